
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * "grip_diagnose": a location that tells what nginx knows of the request that
 * it gets, and of the proxies of its server.
 */


#ifndef _NGX_HTTP_GRIP_DIAGNOSE_H_INCLUDED_
#define _NGX_HTTP_GRIP_DIAGNOSE_H_INCLUDED_


#include "request/ngx_http_grip.h"


/* the directive */
char *ngx_http_grip_diagnose(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/*
 * Has such a location answer all requests, signed or not, unless
 * "grip_verify" stands in it; before the modes of verification are merged.
 */
void ngx_http_grip_diagnose_merge(ngx_http_grip_loc_conf_t *conf);


#endif /* _NGX_HTTP_GRIP_DIAGNOSE_H_INCLUDED_ */
