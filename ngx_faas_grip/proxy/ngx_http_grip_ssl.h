
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#ifndef _NGX_HTTP_GRIP_SSL_H_INCLUDED_
#define _NGX_HTTP_GRIP_SSL_H_INCLUDED_


#include "proxy/ngx_http_grip_proxy.h"


#if (NGX_HTTP_SSL)

/* whether a "grip_ssl_..." directive stands at the level itself */
ngx_uint_t ngx_http_grip_ssl_configured(ngx_http_grip_srv_conf_t *conf);

/*
 * Merges the settings of TLS connections.  Levels that differ in none share
 * a context, which is made by ngx_http_grip_ssl_init() for the first https
 * URL.
 */
char *ngx_http_grip_ssl_merge(ngx_conf_t *cf, ngx_http_grip_srv_conf_t *prev,
    ngx_http_grip_srv_conf_t *conf);
ngx_int_t ngx_http_grip_ssl_init(ngx_conf_t *cf,
    ngx_http_grip_srv_conf_t *conf);

#endif


#endif /* _NGX_HTTP_GRIP_SSL_H_INCLUDED_ */
