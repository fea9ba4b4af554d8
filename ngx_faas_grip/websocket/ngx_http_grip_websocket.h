
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * A location of events.
 */


#ifndef _NGX_HTTP_GRIP_WEBSOCKET_H_INCLUDED_
#define _NGX_HTTP_GRIP_WEBSOCKET_H_INCLUDED_


#include "action/ngx_http_grip_event.h"


/* the "grip_websocket" directive */
char *ngx_http_grip_websocket(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/* warns of limits too small for it, and marks its rules as used */
char *ngx_http_grip_websocket_merge(ngx_conf_t *cf,
    ngx_http_grip_loc_conf_t *conf);

/* the content handler that it sets */
ngx_int_t ngx_http_grip_websocket_handler(ngx_http_request_t *r);

/*
 * What each handler of such requests does: makes what is known of one, before
 * the body is read, and reads the events when it was, all of which are well
 * formed then.  NGX_OK, or the status that the request ends with.
 */
ngx_int_t ngx_http_grip_websocket_start(ngx_http_request_t *r,
    ngx_http_grip_websocket_t **started);
ngx_int_t ngx_http_grip_websocket_read(ngx_http_grip_websocket_t *ws);


#endif /* _NGX_HTTP_GRIP_WEBSOCKET_H_INCLUDED_ */
