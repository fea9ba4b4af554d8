
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The proxy's connections outlive a graceful shutdown.
 *
 * A worker that shuts down closes its idle connections, and may do so just
 * when the proxy writes a request on one.  The proxy does not repeat such a
 * request if it could have had an effect: its client is lost.  So we let the
 * proxy's connections be; the next request on one is answered with
 * "Connection: close", as nginx does while it shuts down, or
 * "keepalive_timeout" ends it.
 */


#ifndef _NGX_HTTP_GRIP_KEEPALIVE_H_INCLUDED_
#define _NGX_HTTP_GRIP_KEEPALIVE_H_INCLUDED_


#include "request/ngx_http_grip.h"


/*
 * The log phase handler.  A request is the proxy's if its signature is good,
 * wherever a key is known, or if verification is off in a location that
 * answers the proxy; and so are all requests of its connection.
 */
ngx_int_t ngx_http_grip_keepalive_log(ngx_http_request_t *r);


#endif /* _NGX_HTTP_GRIP_KEEPALIVE_H_INCLUDED_ */
