
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Functions of API Gateway: by which names they find the management API, and
 * what later events of a connection know of its beginning.
 */


#ifndef _NGX_HTTP_GRIP_API_GATEWAY_H_INCLUDED_
#define _NGX_HTTP_GRIP_API_GATEWAY_H_INCLUDED_


#include "action/ngx_http_grip_event.h"
#include "function/ngx_grip_api_gateway.h"


/* the "grip_api_gateway" directive */
char *ngx_http_grip_api_gateway(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/*
 * Sets the metas by which later events of a connection know what was known
 * when it was opened; for an OPEN, before its rules.  NGX_ABORT: they cannot
 * be kept, which was logged, and the request fails.  NGX_ERROR: memory is out.
 */
ngx_int_t ngx_http_grip_api_gateway_open(ngx_http_grip_websocket_t *ws);

/*
 * Fill in domain, stage and api; what the metas say; stage variables.  It
 * lives as long as the event at hand.  NGX_ERROR: memory is out.
 */
ngx_int_t ngx_http_grip_api_gateway_names(ngx_http_request_t *r,
    ngx_grip_api_gateway_t *event);
ngx_int_t ngx_http_grip_api_gateway_metas(ngx_http_request_t *r,
    ngx_grip_api_gateway_t *event);
ngx_int_t ngx_http_grip_api_gateway_variables(ngx_http_request_t *r,
    ngx_grip_api_gateway_t *event);

/* makes the text UTF-8, taking it for Latin-1 if it is not */
ngx_int_t ngx_http_grip_api_gateway_utf8(ngx_http_request_t *r,
    ngx_str_t *text);


#endif /* _NGX_HTTP_GRIP_API_GATEWAY_H_INCLUDED_ */
