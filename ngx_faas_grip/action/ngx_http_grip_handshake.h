
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * A handshake that is accepted, and what a function says of it: the
 * subprotocol, and headers of the response that the client gets.
 */


#ifndef _NGX_HTTP_GRIP_HANDSHAKE_H_INCLUDED_
#define _NGX_HTTP_GRIP_HANDSHAKE_H_INCLUDED_


#include "action/ngx_http_grip_action.h"


/*
 * Accepts the handshake: adds OPEN to the answer, and behind it the
 * subscription to the channel of the connection itself, if it is to have one.
 * NGX_ERROR: memory is out.
 */
ngx_int_t ngx_http_grip_handshake_open(ngx_http_grip_websocket_t *ws);

/*
 * The action: target is the subprotocol (NULL data: none is chosen here), meta
 * are the headers; OPEN only.  Invalid ones are skipped.
 */
ngx_int_t ngx_http_grip_handshake_accept(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_action_t *action);

/*
 * The same by the headers of a response, of which those that are nginx's or
 * the proxy's own, or describe its body, are none of the handshake.
 * NGX_ERROR: memory is out.
 */
ngx_int_t ngx_http_grip_handshake_take(ngx_http_grip_websocket_t *ws,
    ngx_list_t *headers);

/*
 * Adds to the response what functions have said, and the location's own choice
 * of a subprotocol if they have made none.  NGX_ERROR: memory is out.
 */
ngx_int_t ngx_http_grip_handshake_reply(ngx_http_grip_websocket_t *ws);


#endif /* _NGX_HTTP_GRIP_HANDSHAKE_H_INCLUDED_ */
