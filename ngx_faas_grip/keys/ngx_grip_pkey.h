
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#ifndef _NGX_GRIP_PKEY_H_INCLUDED_
#define _NGX_GRIP_PKEY_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "keys/ngx_grip_jwk.h"
#include "keys/ngx_grip_key.h"


#define NGX_GRIP_PKEY_RSA_BITS_MIN    2048


/* a public key, of P-256 or RSA, that is ready to verify */
typedef struct ngx_grip_pkey_s  ngx_grip_pkey_t;


/*
 * Make a key of a PEM text (SPKI, or PKCS#8 for its public half) or of a
 * JWK that is not a secret.  NULL on error: *err is a literal.  The key is
 * malloc'ed: ngx_grip_pkey_free() it.  All may leave errors in OpenSSL's
 * queue.
 */
ngx_grip_pkey_t *ngx_grip_pkey_from_pem(ngx_str_t *text, const char **err);
ngx_grip_pkey_t *ngx_grip_pkey_from_jwk(ngx_grip_jwk_t *jwk,
    const char **err);
void ngx_grip_pkey_free(ngx_grip_pkey_t *key);

ngx_grip_key_type_e ngx_grip_pkey_type(const ngx_grip_pkey_t *key);

ngx_uint_t ngx_grip_pkey_equal(const ngx_grip_pkey_t *a,
    const ngx_grip_pkey_t *b);

/*
 * As ngx_grip_key_verify().
 */
ngx_int_t ngx_grip_pkey_verify(ngx_grip_pkey_t *key, ngx_str_t *input,
    ngx_str_t *sig);


#endif /* _NGX_GRIP_PKEY_H_INCLUDED_ */
