
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#ifndef _NGX_GRIP_URL_H_INCLUDED_
#define _NGX_GRIP_URL_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "keys/ngx_grip_key.h"


typedef enum {
    NGX_GRIP_AUTH_NONE = 0,
    NGX_GRIP_AUTH_JWT,                       /* iss and key */
    NGX_GRIP_AUTH_BEARER,                    /* key alone, sent as it is */
    NGX_GRIP_AUTH_BASIC                      /* user:password@ */
} ngx_grip_auth_e;


/*
 * A GRIP URL, protocol 5.  All strings point into one malloc'ed block that
 * the URL owns together with its keys.
 */
typedef struct {
    unsigned                  ssl:1;         /* https */
    unsigned                  loopback:1;    /* the host is a loopback one:
                                                "localhost" or an address */
    unsigned                  has_port:1;    /* the URL names the port */

    ngx_str_t                 host;          /* IPv6 without brackets */
    in_port_t                 port;          /* host order, 80 or 443 if none */
    ngx_str_t                 host_header;   /* as for the Host header */
    ngx_str_t                 publish_uri;   /* path, "/publish/", foreign
                                                query parameters */

    ngx_grip_auth_e           auth;
    ngx_str_t                 iss;           /* JWT */
    ngx_grip_key_t           *key;           /* JWT, always a secret */
    ngx_str_t                 credentials;   /* bearer token, or base64 of
                                                user:password */

    ngx_grip_key_t           *verify_key;    /* verify-key=, else key if it is
                                                a secret used for JWT: then
                                                verify_key == key; or NULL */
    ngx_str_t                 verify_iss;    /* empty: any issuer */

    void                     *block;
} ngx_grip_url_t;


/*
 * Parses a GRIP URL.  NGX_ERROR: nothing is held, *err, good until the next
 * call, names the offending part ("invalid port", "invalid \"key\": not
 * base64") and never holds key material.  After NGX_OK call
 * ngx_grip_url_free().
 */
ngx_int_t ngx_grip_url_parse(ngx_str_t *text, ngx_grip_url_t *url,
    const char **err);
void ngx_grip_url_free(ngx_grip_url_t *url);


#endif /* _NGX_GRIP_URL_H_INCLUDED_ */
