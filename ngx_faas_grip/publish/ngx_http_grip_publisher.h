
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


#include "proxy/ngx_http_grip_proxy.h"


/* a POST of several items is no longer, an item alone may be */
#define NGX_HTTP_GRIP_BATCH_SIZE       900000

/* so many, if they wait, leave together; of more, half of them */
#define NGX_HTTP_GRIP_BATCH_ITEMS      128
#define NGX_HTTP_GRIP_BATCH_ITEMS_MAX  65536


/* into so many the queue is divided, and one request may take one */
#define NGX_HTTP_GRIP_QUEUE_SHARES     8


typedef struct ngx_http_grip_post_s      ngx_http_grip_post_t;
typedef struct ngx_http_grip_item_s      ngx_http_grip_item_t;
typedef struct ngx_http_grip_delivery_s  ngx_http_grip_delivery_t;

typedef void (*ngx_http_grip_delivery_pt)(ngx_http_grip_delivery_t *delivery,
    ngx_uint_t status);


/* the way of an item to one publisher */

struct ngx_http_grip_delivery_s {
    ngx_queue_t                 queue;       /* of a publisher or a POST */
    ngx_http_grip_item_t       *item;
};


/* an item in memory, shared by all publishers of its request */

struct ngx_http_grip_item_s {
    ngx_queue_t                 queue;       /* of its publication */
    ngx_http_request_t         *request;     /* NULL: it has ended */

    ngx_http_grip_delivery_pt   handler;     /* once for each delivery */
    void                       *data;

    size_t                      size;        /* all of the memory */
    ngx_str_t                   json;
    ngx_uint_t                  status;      /* of the first failure, or 0 */

    ngx_uint_t                  pending;     /* deliveries */
    ngx_uint_t                  acknowledged;

    unsigned                    repeatable:1;    /* may be sent twice */
    unsigned                    required:1;

    ngx_http_grip_delivery_t    deliveries[1];
};


struct ngx_http_grip_publisher_s {
    ngx_http_grip_url_t        *url;
    ngx_str_t                   path;        /* of the URL, without a query */
    ngx_http_upstream_conf_t    upstream;    /* .upstream is NULL: resolve the
                                                name for each POST */

    size_t                      size;        /* of what waits or is sent */
    size_t                      max_size;

    ngx_queue_t                 queue;       /* deliveries, in order */
    ngx_uint_t                  nqueued;
    ngx_http_grip_post_t       *post;        /* in flight, or NULL */
    ngx_uint_t                  max_items;   /* of a POST; fewer after
                                                a refusal */
    ngx_event_t                 event;

    ngx_str_t                   token;       /* JWT */
    size_t                      token_size;
    time_t                      token_exp;

    unsigned                    keepalive:1;
    unsigned                    full:1;      /* and the log knows */
};


/*
 * Makes the publisher of a URL by the settings of gscf, which are merged.
 * It is created at configuration time, its state is then each worker's own.
 * NULL: logged at emerg.
 */
ngx_http_grip_publisher_t *ngx_http_grip_publisher_create(ngx_conf_t *cf,
    ngx_http_grip_srv_conf_t *gscf, ngx_http_grip_url_t *url);

/*
 * Takes room for size bytes in the queue, of which the request holds so many
 * already; an item may be larger than a share, so that the first one may have
 * any size.  NGX_DECLINED: they would be more than its share, or there is no
 * room, logged at error until there is again.
 */
ngx_int_t ngx_http_grip_publisher_reserve(ngx_http_grip_publisher_t *publisher,
    ngx_http_request_t *r, size_t size, size_t held);
void ngx_http_grip_publisher_release(ngx_http_grip_publisher_t *publisher,
    size_t size);

/*
 * Queues a delivery for which room was reserved.  Its handler is called once
 * from the event loop, after the room was released: with 200, or with the
 * status of the failure: that of the answer, 502, or 504.
 */
void ngx_http_grip_publisher_enqueue(ngx_http_grip_publisher_t *publisher,
    ngx_http_grip_delivery_t *delivery);

/* starts the next POST unless one is in flight: the publisher's event */
void ngx_http_grip_publisher_handler(ngx_event_t *ev);

/* the POST in flight is over, see its status */
void ngx_http_grip_publisher_done(ngx_http_grip_publisher_t *publisher,
    ngx_http_grip_post_t *post);


#endif /* _NGX_HTTP_GRIP_PUBLISHER_H_INCLUDED_ */
