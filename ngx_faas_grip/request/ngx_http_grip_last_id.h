
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The last ids that the proxy says its client has got, in "Grip-Last" headers:
 * "CHANNEL; last-id=ID", one a channel.  protocol 3.3.
 */


#ifndef _NGX_HTTP_GRIP_LAST_ID_H_INCLUDED_
#define _NGX_HTTP_GRIP_LAST_ID_H_INCLUDED_


#include "request/ngx_http_grip.h"


/*
 * Sets *id to the first that is said: of the channel whose name, without
 * "grip_prefix", nginx would take for that part of a variable's name, in
 * lower case, or of any channel for NULL.  It belongs to the request.
 * NGX_DECLINED: there is none.  Whether the headers are to be believed is for
 * the caller to know.
 */
ngx_int_t ngx_http_grip_last_id(ngx_http_request_t *r, ngx_str_t *name,
    ngx_str_t *id);

/* the same of a channel whose name is given in full */
ngx_int_t ngx_http_grip_last_id_of(ngx_http_request_t *r, ngx_str_t *channel,
    ngx_str_t *id);


#endif /* _NGX_HTTP_GRIP_LAST_ID_H_INCLUDED_ */
