
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * A location of events.
 */


#ifndef _NGX_HTTP_GRIP_WEBSOCKET_H_INCLUDED_
#define _NGX_HTTP_GRIP_WEBSOCKET_H_INCLUDED_


#include "action/ngx_http_grip_event.h"


/* the "grip_websocket" directive */
char *ngx_http_grip_websocket_conf_location(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/* warns of limits too small for it, and marks its rules as used */
char *ngx_http_grip_websocket_conf_merge(ngx_conf_t *cf,
    ngx_http_grip_loc_conf_t *conf);

/* what a location of events counts; NGX_ERROR as for all series */
ngx_int_t ngx_http_grip_websocket_conf_metrics(ngx_conf_t *cf,
    ngx_http_grip_loc_conf_t *conf);

/* the content handler that it sets */
ngx_int_t ngx_http_grip_websocket_handler(ngx_http_request_t *r);

/*
 * Makes what is known of such a request, before the body is read.  NGX_OK, or
 * the status that the request ends with.
 */
ngx_int_t ngx_http_grip_websocket_start(ngx_http_request_t *r,
    ngx_http_grip_websocket_t **started);

/*
 * Goes through the events, when the body was read, and finalizes the request:
 * each that nobody has refused is for ws->handler, and is then done what it is
 * owed.  The handler returns as an action does, may take along events that
 * follow (ws->batch), and is that of rules unless another is set.
 */
void ngx_http_grip_websocket_run(ngx_http_grip_websocket_t *ws);


#endif /* _NGX_HTTP_GRIP_WEBSOCKET_H_INCLUDED_ */
