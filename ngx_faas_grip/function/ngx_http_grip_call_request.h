
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#ifndef _NGX_HTTP_GRIP_CALL_REQUEST_H_INCLUDED_
#define _NGX_HTTP_GRIP_CALL_REQUEST_H_INCLUDED_


#include "function/ngx_http_grip_call.h"


/*
 * Makes of the subrequest sr, which was just created by r, the request of the
 * call: method, headers, body and variables of its own.  NGX_ERROR: memory
 * is out, and sr must not be run as it is.
 */
ngx_int_t ngx_http_grip_call_request(ngx_http_request_t *r,
    ngx_http_request_t *sr, ngx_http_grip_call_t *call);

/* the write event handler of a subrequest that must not be run */
void ngx_http_grip_call_request_refuse(ngx_http_request_t *sr);


#endif /* _NGX_HTTP_GRIP_CALL_REQUEST_H_INCLUDED_ */
