
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#ifndef _NGX_GRIP_KEY_H_INCLUDED_
#define _NGX_GRIP_KEY_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


typedef enum {
    NGX_GRIP_KEY_SECRET = 0,                 /* HS256 */
    NGX_GRIP_KEY_EC,                         /* P-256, ES256 */
    NGX_GRIP_KEY_RSA                         /* RS256 */
} ngx_grip_key_type_e;

#define NGX_GRIP_KEY_MAC_LEN          32


typedef struct ngx_grip_key_s  ngx_grip_key_t;


/*
 * Makes a key of its configured form: plain text, "base64:..." (either
 * alphabet, blanks stand for "+"), "file:PATH" (an absolute one), each of which
 * may hold PEM (SPKI or PKCS#8) or a JWK (oct, EC P-256, RSA), and "fastly",
 * the public key that all Fastly services share.  protocol 5, 4.2.  Text that
 * looks like PEM or a JWK and is none is refused, and never a secret.  The key
 * is malloc'ed: ngx_grip_key_free() it.  NULL on error: *err is a literal that
 * says why ("not base64", "no such file") and never holds key material.
 */
ngx_grip_key_t *ngx_grip_key_create(ngx_str_t *value, const char **err);

/* the same for a secret of any bytes, which are taken as they are */
ngx_grip_key_t *ngx_grip_key_create_secret(ngx_str_t *secret,
    const char **err);

void ngx_grip_key_free(ngx_grip_key_t *key);

ngx_grip_key_type_e ngx_grip_key_type(const ngx_grip_key_t *key);

/* whether it is the public key shared by all Fastly services */
ngx_uint_t ngx_grip_key_is_fastly(const ngx_grip_key_t *key);

/* whether it is "changeme", which every Pushpin is installed with */
ngx_uint_t ngx_grip_key_is_well_known(const ngx_grip_key_t *key);

/*
 * NGX_OK if sig is the JWS signature of the input by this key with the one
 * algorithm its type implies, NGX_DECLINED if not, NGX_ERROR if OpenSSL
 * failed.  ES256 signatures are 64 bytes, R and S.  Constant time for HMAC.
 */
ngx_int_t ngx_grip_key_verify(ngx_grip_key_t *key, ngx_str_t *input,
    ngx_str_t *sig);

/*
 * HS256 of the input by a secret to mac, NGX_GRIP_KEY_MAC_LEN bytes.
 * NGX_ERROR for other keys and if OpenSSL failed.
 */
ngx_int_t ngx_grip_key_sign(ngx_grip_key_t *key, ngx_str_t *input,
    u_char *mac);


#endif /* _NGX_GRIP_KEY_H_INCLUDED_ */
