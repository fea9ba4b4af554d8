
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * One connection, addressed: a channel that nobody else is subscribed to.
 */


#ifndef _NGX_HTTP_GRIP_CONNECTION_H_INCLUDED_
#define _NGX_HTTP_GRIP_CONNECTION_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/*
 * Sets *channel to that of the connection with that id, without a prefix; it
 * lives as long as the pool.  An id that no channel can hold makes one that is
 * none.  NGX_ERROR: memory is out.
 */
ngx_int_t ngx_http_grip_connection_channel(ngx_pool_t *pool, ngx_str_t *id,
    ngx_str_t *channel);


#endif /* _NGX_HTTP_GRIP_CONNECTION_H_INCLUDED_ */
