
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#ifndef _NGX_HTTP_GRIP_CALL_COPY_H_INCLUDED_
#define _NGX_HTTP_GRIP_CALL_COPY_H_INCLUDED_


#include "action/ngx_http_grip_event.h"
#include "function/ngx_http_grip_call.h"


/*
 * Gives the request mr the event at hand, as its variables show it, in copies.
 * NGX_ERROR: memory is out.
 */
ngx_int_t ngx_http_grip_call_copy_event(ngx_http_request_t *mr,
    ngx_http_grip_websocket_t *from);

/*
 * Makes dst of a call, but for its handler, to be started for mr, which has its
 * event and to which all memory of it belongs.  NGX_ERROR: memory is out.
 */
ngx_int_t ngx_http_grip_call_copy(ngx_http_request_t *mr,
    ngx_http_grip_call_t *dst, ngx_http_grip_call_t *call);


#endif /* _NGX_HTTP_GRIP_CALL_COPY_H_INCLUDED_ */
