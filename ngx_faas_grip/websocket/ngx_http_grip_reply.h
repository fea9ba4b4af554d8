
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#ifndef _NGX_HTTP_GRIP_REPLY_H_INCLUDED_
#define _NGX_HTTP_GRIP_REPLY_H_INCLUDED_


#include "websocket/ngx_http_grip_websocket.h"


/*
 * Sends what was answered: 200 with the events, Set-Meta-* and, on OPEN, what
 * the handshake needs; or the status of a reject, with its body or nginx's
 * own page.  Finalizes the request.
 */
void ngx_http_grip_reply(ngx_http_grip_websocket_t *ws);


#endif /* _NGX_HTTP_GRIP_REPLY_H_INCLUDED_ */
