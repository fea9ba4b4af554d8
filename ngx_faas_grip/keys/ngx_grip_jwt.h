
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#ifndef _NGX_GRIP_JWT_H_INCLUDED_
#define _NGX_GRIP_JWT_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "keys/ngx_grip_key.h"


#define NGX_GRIP_JWT_MAX              4096
#define NGX_GRIP_JWT_ISS_MAX          256


typedef struct {
    time_t                    exp;
    size_t                    iss_len;       /* 0: absent */
    u_char                    iss[NGX_GRIP_JWT_ISS_MAX];
} ngx_grip_jwt_claims_t;


/*
 * Verifies a compact JWS by the key at the time now: exactly three parts of
 * unpadded base64url, the key's own algorithm, its signature, exp in the
 * future, nbf, if present, not in it, and, if iss is not NULL, an equal iss.
 * NGX_OK: claims are set.  NGX_DECLINED: refused, *reason is a short literal
 * such as "expired" or "signature mismatch".  NGX_ERROR: out of memory or
 * OpenSSL failed, *reason likewise.  protocol 4.3.
 */
ngx_int_t ngx_grip_jwt_verify(ngx_str_t *token, ngx_grip_key_t *key,
    ngx_str_t *iss, time_t now, ngx_grip_jwt_claims_t *claims,
    const char **reason);

/*
 * Verifies the signature alone.  It is enough for a token whose header and
 * claims are, byte for byte, those of one that the key has verified, if the
 * claims have not expired.  Returns as ngx_grip_jwt_verify().
 */
ngx_int_t ngx_grip_jwt_verify_signature(ngx_str_t *token, ngx_grip_key_t *key,
    const char **reason);

/*
 * Signs {"iss":iss,"exp":exp} with HS256.  With dst == NULL only sets *len,
 * the size of the token; else writes it to dst.  NGX_ERROR if the key is
 * not a secret, iss is not valid UTF-8 or longer than NGX_GRIP_JWT_ISS_MAX,
 * or OpenSSL failed.  protocol 5.
 */
ngx_int_t ngx_grip_jwt_sign(u_char *dst, size_t *len, ngx_str_t *iss,
    time_t exp, ngx_grip_key_t *key);

/*
 * Of two reasons why keys have not verified a token the one that tells more:
 * how far its check has come.  The first may be NULL.
 */
const char *ngx_grip_jwt_reason(const char *one, const char *other);


#endif /* _NGX_GRIP_JWT_H_INCLUDED_ */
