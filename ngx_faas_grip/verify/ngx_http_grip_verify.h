
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Grip-Sig: whether a request came through the proxy.
 */


#ifndef _NGX_HTTP_GRIP_VERIFY_H_INCLUDED_
#define _NGX_HTTP_GRIP_VERIFY_H_INCLUDED_


#include "keys/ngx_grip_key.h"
#include "request/ngx_http_grip.h"


/* a key that verifies Grip-Sig */

typedef struct {
    ngx_grip_key_t              *key;
    ngx_str_t                    iss;            /* empty: any */
    ngx_http_grip_verified_t    *last;           /* of this worker */
} ngx_http_grip_verify_key_t;


/*
 * Verifies the main request's Grip-Sig by the keys of r's location, once;
 * the verdict, its reason and the issuer are left in the context.
 * NULL: memory is out.  protocol 4.3.
 */
ngx_http_grip_ctx_t *ngx_http_grip_verify(ngx_http_request_t *r);

/*
 * Whether Grip-*, which only the proxy may say, is to be believed: the request
 * is verified, or the location asks for nothing.  NGX_OK, NGX_DECLINED;
 * NGX_ERROR: it cannot be told, memory is out.
 */
ngx_int_t ngx_http_grip_verify_trusted(ngx_http_request_t *r);

/*
 * Whether Connection-Id and Meta-* are: the request must be WebSocket-over-HTTP
 * besides, as the proxy hands those of clients on in all others.  Results as
 * above.
 */
ngx_int_t ngx_http_grip_verify_connection(ngx_http_request_t *r);

/* refuses requests as "grip_verify" says: NGX_DECLINED or 403 */
ngx_int_t ngx_http_grip_verify_preaccess(ngx_http_request_t *r);

/*
 * Adds the key that the directive being parsed names, KEY [iss=ISS], to
 * *keys, which are NULL or unset before the first one.
 */
char *ngx_http_grip_verify_conf_add_key(ngx_conf_t *cf, ngx_array_t **keys);

/* the "grip_verify_key" directive */
char *ngx_http_grip_verify_conf_key(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/*
 * For a directive whose content handler takes events: their mode, if a key is
 * known and "grip_verify" not said.
 */
void ngx_http_grip_verify_conf_events(ngx_http_grip_loc_conf_t *conf,
    ngx_uint_t mode);

/*
 * Settles mode and keys of a location: without "grip_verify_key" the keys
 * are those of the server's "grip_url"s, or of the environment; without
 * "grip_verify" the mode follows from what the location does.
 */
char *ngx_http_grip_verify_conf_merge(ngx_conf_t *cf,
    ngx_http_grip_loc_conf_t *prev, ngx_http_grip_loc_conf_t *conf);

/*
 * Warns, once all locations are merged, if some of those that believe the
 * proxy have no key to know it by, and "grip_verify off" was not said.
 */
void ngx_http_grip_verify_conf_check(ngx_conf_t *cf);


#endif /* _NGX_HTTP_GRIP_VERIFY_H_INCLUDED_ */
