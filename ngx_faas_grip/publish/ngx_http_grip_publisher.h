
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The publisher: what one control URL is to be sent by one worker.
 *
 * Items wait while a POST is in flight and leave together in the next one.
 * They are memory of the publishers, not of requests: a request may end at
 * any time and takes nobody's items along, its own neither.
 */


#ifndef _NGX_HTTP_GRIP_PUBLISHER_H_INCLUDED_
#define _NGX_HTTP_GRIP_PUBLISHER_H_INCLUDED_


#include "proxy/ngx_http_grip_endpoint.h"
#include "publish/ngx_http_grip_post.h"


/* a POST of several items is no longer, an item alone may be */
#define NGX_HTTP_GRIP_BATCH_SIZE       900000

/* so many, if they wait, leave together; of more, half of them */
#define NGX_HTTP_GRIP_BATCH_ITEMS      128
#define NGX_HTTP_GRIP_BATCH_ITEMS_MAX  65536


/* into so many the queue is divided, and one request may take one */
#define NGX_HTTP_GRIP_QUEUE_SHARES     8


/* what a publisher counts; NULL if nothing is counted */

typedef struct {
    ngx_http_grip_metric_t     *items;       /* these by status */
    ngx_http_grip_metric_t     *posts;
    ngx_http_grip_metric_t     *bytes;
    ngx_http_grip_metric_t     *latest;
    ngx_http_grip_metric_t     *duration;
    ngx_http_grip_metric_t     *queue;
    ngx_uint_t                  waiting;     /* counted in it */
} ngx_http_grip_publisher_metrics_t;


struct ngx_http_grip_publisher_s {
    ngx_http_grip_endpoint_t    endpoint;

    size_t                      size;        /* of what waits or is sent */
    size_t                      max_size;

    ngx_queue_t                 queue;       /* deliveries, in order */
    ngx_uint_t                  nqueued;
    ngx_http_grip_post_t       *post;        /* in flight, or NULL */
    ngx_uint_t                  max_items;   /* of a POST; fewer after
                                                a refusal */
    ngx_event_t                 event;

    ngx_rbtree_t                missed;      /* channels of which the proxy */
    ngx_rbtree_node_t           sentinel;    /* has missed items, */
    ngx_queue_t                 channels;    /* the same */
    size_t                      missed_size; /* of these, and what is kept of
                                                them; counted in size */

    ngx_http_grip_publisher_metrics_t  metrics;
    ngx_str_t                   name;        /* the URL as it was given,
                                                without what is secret */
    ngx_uint_t                  last_status; /* of this worker's last POST,
                                                and when it ended; 0: there
                                                was none */
    time_t                      last;

    unsigned                    full:1;      /* and the log knows */
};


/*
 * Merges the "srv" configuration and makes the publishers of the server, or
 * shares those of the http level.  They are created at configuration time,
 * their state is then each worker's own.
 */
char *ngx_http_grip_publisher_conf_merge(ngx_conf_t *cf, void *parent,
    void *child);

/* warns that there is none for what a location publishes, which is merged */
void ngx_http_grip_publisher_conf_check(ngx_conf_t *cf,
    ngx_http_grip_loc_conf_t *conf);

/*
 * Takes room for size bytes in the queue, of which the request holds so many
 * already; an item may be larger than a share, so that the first one may have
 * any size.  NGX_DECLINED: they would be more than its share, or there is no
 * room, logged at error until there is again.
 */
ngx_int_t ngx_http_grip_publisher_reserve(ngx_http_grip_publisher_t *publisher,
    ngx_http_request_t *r, size_t size, size_t held);

static ngx_inline void
ngx_http_grip_publisher_release(ngx_http_grip_publisher_t *publisher,
    size_t size)
{
    publisher->size -= size;

    if (publisher->size <= publisher->max_size / 2) {
        publisher->full = 0;
    }
}


/*
 * Queues a delivery for which room was reserved.  Its handler is called once
 * from the event loop, after the room was released: with 200, or with the
 * status of the failure: that of the answer, 502, or 504.
 */
void ngx_http_grip_publisher_enqueue(ngx_http_grip_publisher_t *publisher,
    ngx_http_grip_delivery_t *delivery);

/* starts the next POST unless one is in flight: the publisher's event */
void ngx_http_grip_publisher_handler(ngx_event_t *ev);


#endif /* _NGX_HTTP_GRIP_PUBLISHER_H_INCLUDED_ */
