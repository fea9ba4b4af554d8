
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Calls that nobody waits for.
 */


#ifndef _NGX_HTTP_GRIP_CALL_DETACHED_H_INCLUDED_
#define _NGX_HTTP_GRIP_CALL_DETACHED_H_INCLUDED_


#include "action/ngx_http_grip_event.h"
#include "function/ngx_http_grip_call.h"


/* that run at a time, of one connection and of one request */
#define NGX_HTTP_GRIP_CALL_DETACHED_MAX      16

/* milliseconds of its whole life, if the rule does not say */
#define NGX_HTTP_GRIP_CALL_DETACHED_TIMEOUT  60000


/*
 * Starts the call, which a contract has made about the event at hand, for a
 * request of our own: with copies of all that it needs, so that ws and its
 * request may go on, or end.  Its answer is thrown away; of the failures of one
 * request the first is logged at error; it is logged as a request when it is
 * over.  That of the last event is put off until _put_off().  NGX_OK: it was
 * started or put off, or its URI cannot be called, which was logged.
 * NGX_DECLINED: too many are running, which was noted; nothing has changed.
 * NGX_ERROR: memory is out.
 */
ngx_int_t ngx_http_grip_call_detached(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_call_t *call);

/*
 * Starts the call that was put off, of a request that has one, so that the
 * client does not wait for the copies: when its answer was sent, before the
 * request is finalized.  Memory that is out is logged.
 */
void ngx_http_grip_call_detached_put_off(ngx_http_grip_websocket_t *ws);


#endif /* _NGX_HTTP_GRIP_CALL_DETACHED_H_INCLUDED_ */
