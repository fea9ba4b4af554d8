
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Locations that speak the control API of the proxy: what is posted there is
 * published by our own grip_urls, whose keys the callers need not know.
 */


#ifndef _NGX_HTTP_GRIP_CONTROL_API_H_INCLUDED_
#define _NGX_HTTP_GRIP_CONTROL_API_H_INCLUDED_


#include "request/ngx_http_grip.h"


/* the directives */
char *ngx_http_grip_control_api(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_grip_control_api_key(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/*
 * Whether the request may publish what it likes: it did not come through the
 * proxy, and bears a token of "grip_control_key", if there is one.  NGX_OK, or
 * the status to refuse it with: 403, 401 with WWW-Authenticate set, 500.  The
 * directive, a literal, is for the log.
 */
ngx_int_t ngx_http_grip_control_api_access(ngx_http_request_t *r,
    const char *directive);

void ngx_http_grip_control_api_merge(ngx_conf_t *cf,
    ngx_http_grip_loc_conf_t *prev, ngx_http_grip_loc_conf_t *conf);


#endif /* _NGX_HTTP_GRIP_CONTROL_API_H_INCLUDED_ */
