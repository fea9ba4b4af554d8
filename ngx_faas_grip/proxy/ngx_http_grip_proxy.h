
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The proxies: "grip_url" and the settings of the connections to them.
 */


#ifndef _NGX_HTTP_GRIP_PROXY_H_INCLUDED_
#define _NGX_HTTP_GRIP_PROXY_H_INCLUDED_


#include "request/ngx_http_grip.h"


void *ngx_http_grip_create_srv_conf(ngx_conf_t *cf);
char *ngx_http_grip_merge_srv_conf(ngx_conf_t *cf, void *parent, void *child);

/* the "grip_url" directive */
char *ngx_http_grip_url(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/*
 * The value of an environment variable, or an empty string.  A variable
 * that is set is added to the core's "env" list, so that it survives reload
 * and binary upgrade.  NGX_ERROR if memory is out.
 */
ngx_int_t ngx_http_grip_environment(ngx_conf_t *cf, const char *name,
    ngx_str_t *value);


#endif /* _NGX_HTTP_GRIP_PROXY_H_INCLUDED_ */
