
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#ifndef _NGX_GRIP_JWK_H_INCLUDED_
#define _NGX_GRIP_JWK_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "keys/ngx_grip_key.h"


#define NGX_GRIP_JWK_COORDINATE_LEN  32


/* the public half of a JSON web key: its numbers are big-endian bytes */
typedef struct {
    ngx_grip_key_type_e   type;

    ngx_str_t             secret;            /* oct: k */
    ngx_str_t             x;                 /* EC, of the length above */
    ngx_str_t             y;
    ngx_str_t             modulus;           /* RSA: n, e */
    ngx_str_t             exponent;

    u_char               *block;             /* all that these point into */
} ngx_grip_jwk_t;


/*
 * Parses a JWK of the three types of keys.  NGX_ERROR: nothing is held,
 * *err is a literal that says why.  After NGX_OK the caller frees
 * jwk->block, which may hold a secret.
 */
ngx_int_t ngx_grip_jwk_parse(ngx_str_t *text, ngx_grip_jwk_t *jwk,
    const char **err);


#endif /* _NGX_GRIP_JWK_H_INCLUDED_ */
