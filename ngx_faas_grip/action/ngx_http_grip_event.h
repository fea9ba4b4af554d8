
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#ifndef _NGX_HTTP_GRIP_EVENT_H_INCLUDED_
#define _NGX_HTTP_GRIP_EVENT_H_INCLUDED_


#include "websocket/ngx_http_grip_websocket.h"


/*
 * Handles the next event of the request.  NGX_OK: done, ws->done says whether
 * it was the last one.  NGX_ABORT: it failed, and the request with it.
 * NGX_AGAIN: an action waits; ngx_http_grip_websocket_resume() goes on.
 * NGX_ERROR: memory is out.
 */
ngx_int_t ngx_http_grip_event_handle(ngx_http_grip_websocket_t *ws,
    ngx_uint_t type, ngx_str_t *content);

/*
 * Does what the event at hand is owed, if rc, that of its actions, is NGX_OK;
 * else returns rc.
 */
ngx_int_t ngx_http_grip_event_finish(ngx_http_grip_websocket_t *ws,
    ngx_int_t rc);

/* makes it the event at hand, which variables show */
void ngx_http_grip_event_take(ngx_http_grip_websocket_t *ws, ngx_uint_t type,
    ngx_str_t *content);

/* the code of the CLOSE that the next event must be answered with, or 0 */
ngx_uint_t ngx_http_grip_event_refusal(ngx_http_grip_websocket_t *ws,
    ngx_uint_t type, ngx_str_t *content);

/* says so, and ends the connection by that CLOSE for the event at hand */
ngx_int_t ngx_http_grip_event_refuse(ngx_http_grip_websocket_t *ws,
    ngx_uint_t code);

/* ends the connection by a CLOSE with the reason, a literal */
ngx_int_t ngx_http_grip_event_close(ngx_http_grip_websocket_t *ws,
    ngx_uint_t code, const char *reason);

/*
 * Ends the connection by CLOSE 1009, for which there is always room, as a
 * message for it cannot be sent: it would go on with a gap that nobody sees.
 */
ngx_int_t ngx_http_grip_event_unsent(ngx_http_grip_websocket_t *ws);

/* the same, and says that the answer has no room for len bytes of an action */
ngx_int_t ngx_http_grip_event_full(ngx_http_grip_websocket_t *ws,
    const char *action, size_t len);

/*
 * Ends the request as a failure of ours: no further event is run; the answer
 * is what there is of it and a CLOSE 1011 with the reason, a literal; on
 * OPEN it is the status.  A status would cut a live connection, protocol 1.4.
 */
void ngx_http_grip_event_fail(ngx_http_grip_websocket_t *ws,
    ngx_uint_t status, const char *reason);


#endif /* _NGX_HTTP_GRIP_EVENT_H_INCLUDED_ */
