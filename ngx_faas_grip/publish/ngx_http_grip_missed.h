
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The numbered items that a proxy has missed.  To WebSockets each gap delays
 * the message behind it, so what failed a moment ago is sent before the next
 * item of its channel; and once the proxy is there again, it is told to ask for
 * what it has missed.
 */


#ifndef _NGX_HTTP_GRIP_MISSED_H_INCLUDED_
#define _NGX_HTTP_GRIP_MISSED_H_INCLUDED_


#include "publish/ngx_http_grip_publisher.h"


/* milliseconds that the proxy waits for the item before */
#define NGX_HTTP_GRIP_MISSED_TIME    5000

/* milliseconds before what has failed twice is sent once more */
#define NGX_HTTP_GRIP_MISSED_PAUSE   100

/* channels that one POST has hints for */
#define NGX_HTTP_GRIP_MISSED_HINTS   1000


/* nothing is missed yet; what will be is freed with the pool */
ngx_int_t ngx_http_grip_missed_init(ngx_http_grip_publisher_t *publisher,
    ngx_pool_t *pool);

/*
 * The proxy has not got an item.  If it has a number, its channel is noted, and
 * with "keep" a copy of it kept for its time, if there is room in the queue, of
 * which copies and names take a part at most: for one that was before all in
 * the queue, and was not refused for itself.
 */
void ngx_http_grip_missed_add(ngx_http_grip_publisher_t *publisher,
    ngx_http_grip_item_t *item, ngx_uint_t keep);

/*
 * Gives back what is kept and noted, the oldest first, until there is room for
 * size bytes; nothing, if that would not do.
 */
void ngx_http_grip_missed_yield(ngx_http_grip_publisher_t *publisher,
    size_t size);

/*
 * Puts what is kept of the item's channel to the front of the queue, where the
 * item is.  Returns whether there was something; there is nothing for
 * NGX_HTTP_GRIP_MISSED_PAUSE after some of it has failed again.
 */
ngx_uint_t ngx_http_grip_missed_before(ngx_http_grip_publisher_t *publisher,
    ngx_http_grip_item_t *item);

/* adds hints to a POST, for all channels that were noted */
void ngx_http_grip_missed_hints(ngx_http_grip_publisher_t *publisher,
    ngx_http_grip_post_t *post);


#endif /* _NGX_HTTP_GRIP_MISSED_H_INCLUDED_ */
