
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * A control URL as something that a request can be sent to.
 */


#ifndef _NGX_HTTP_GRIP_ENDPOINT_H_INCLUDED_
#define _NGX_HTTP_GRIP_ENDPOINT_H_INCLUDED_


#include "proxy/ngx_http_grip_proxy.h"


typedef struct {
    ngx_http_grip_url_t        *url;
    ngx_str_t                   path;        /* of the URL, without a query */
    ngx_http_upstream_conf_t    upstream;    /* .upstream is NULL: resolve the
                                                name for each request */

    ngx_str_t                   token;       /* JWT */
    size_t                      token_size;
    time_t                      token_exp;

    unsigned                    keepalive:1;
} ngx_http_grip_endpoint_t;


/*
 * Settles how a URL is reached by the settings of gscf, which are merged; the
 * endpoint is zeroed before.  NGX_ERROR: logged at emerg.
 */
ngx_int_t ngx_http_grip_endpoint_init(ngx_conf_t *cf,
    ngx_http_grip_endpoint_t *endpoint, ngx_http_grip_srv_conf_t *gscf,
    ngx_http_grip_url_t *url);

/*
 * Sets *scheme to "Authorization: " and a scheme, and *value to what follows;
 * both are empty if the URL has no credentials.  They are good until the next
 * call.  NGX_ERROR: a token could not be signed, which was logged at alert.
 */
ngx_int_t ngx_http_grip_endpoint_authorization(
    ngx_http_grip_endpoint_t *endpoint, ngx_log_t *log, ngx_str_t *scheme,
    ngx_str_t *value);


#endif /* _NGX_HTTP_GRIP_ENDPOINT_H_INCLUDED_ */
