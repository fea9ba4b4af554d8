
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Counts refusals of what is beyond a limit of the configuration or of the
 * proxy.
 */


#ifndef _NGX_HTTP_GRIP_LIMIT_H_INCLUDED_
#define _NGX_HTTP_GRIP_LIMIT_H_INCLUDED_


#include "request/ngx_http_grip.h"


/* a new one has a name in the .c file, too: directives, without "grip_", */

#define NGX_HTTP_GRIP_LIMIT_MAX_EVENTS        0
#define NGX_HTTP_GRIP_LIMIT_MAX_MESSAGE_SIZE  1
#define NGX_HTTP_GRIP_LIMIT_MAX_SEND_SIZE     2
#define NGX_HTTP_GRIP_LIMIT_CALL_BUFFER_SIZE  3
#define NGX_HTTP_GRIP_LIMIT_QUEUE_SIZE        4

/* and the proxy's own limits */

#define NGX_HTTP_GRIP_LIMIT_ANSWER            5
#define NGX_HTTP_GRIP_LIMIT_CONTROL_MESSAGE   6
#define NGX_HTTP_GRIP_LIMIT_HELD_RESPONSE     7
#define NGX_HTTP_GRIP_LIMIT_ITEM              8


/* makes the series of a location that is merged */
ngx_int_t ngx_http_grip_limit_merge(ngx_conf_t *cf,
    ngx_http_grip_loc_conf_t *conf);

/* the main request of r has asked for more */
void ngx_http_grip_limit(ngx_http_request_t *r, ngx_uint_t limit);


#endif /* _NGX_HTTP_GRIP_LIMIT_H_INCLUDED_ */
