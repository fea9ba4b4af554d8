
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
 * over, in at most timeout milliseconds (0: the default).  NGX_OK: it was
 * started, or its URI cannot be called, which was logged.  NGX_DECLINED: too
 * many are running, which was noted; nothing has changed.  NGX_ERROR: memory is
 * out.
 */
ngx_int_t ngx_http_grip_call_detached(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_call_t *call, ngx_msec_t timeout);


#endif /* _NGX_HTTP_GRIP_CALL_DETACHED_H_INCLUDED_ */
