
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * An item to publish, as it waits and is sent.
 */


#ifndef _NGX_HTTP_GRIP_ITEM_H_INCLUDED_
#define _NGX_HTTP_GRIP_ITEM_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


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
    ngx_str_t                   channel;     /* of one with a number, in full;
                                                else empty */
    ngx_str_t                   record;      /* for the history, or empty */
    ngx_msec_t                  failed;      /* since then it is kept */
    ngx_uint_t                  status;      /* of the first failure, or 0 */

    ngx_uint_t                  pending;     /* deliveries */
    ngx_uint_t                  acknowledged;

    unsigned                    repeatable:1;    /* may be sent twice */
    unsigned                    required:1;
    unsigned                    hint:1;
    unsigned                    unknown:1;       /* what it holds */

    ngx_http_grip_delivery_t    deliveries[1];
};


#endif /* _NGX_HTTP_GRIP_ITEM_H_INCLUDED_ */
