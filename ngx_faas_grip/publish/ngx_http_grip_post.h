
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * One POST to a control URL, on its way in a background subrequest of the
 * request that leads it.
 */


#ifndef _NGX_HTTP_GRIP_POST_H_INCLUDED_
#define _NGX_HTTP_GRIP_POST_H_INCLUDED_


#include "proxy/ngx_http_grip_endpoint.h"
#include "publish/ngx_http_grip_item.h"
#include "request/ngx_http_grip_pool.h"


typedef struct ngx_http_grip_post_s  ngx_http_grip_post_t;

typedef void (*ngx_http_grip_post_pt)(ngx_http_grip_post_t *post);


/* it lives in a pool of the leader, one of its own */

struct ngx_http_grip_post_s {
    ngx_http_grip_pool_t       *pool;
    ngx_http_grip_endpoint_t   *endpoint;
    ngx_http_request_t         *leader;

    ngx_http_grip_post_pt       handler;     /* it is over */
    void                       *data;

    ngx_queue_t                 queue;       /* deliveries, in order */
    ngx_uint_t                  nitems;
    ngx_uint_t                  nhints;      /* behind these */
    size_t                      len;         /* of the items and the commas */
    ngx_msec_t                  start;       /* when it was made */

    ngx_uint_t                  status;      /* of the answer, else 502, 504;
                                                0: the leader has ended */
    ngx_str_t                   reason;      /* the answer's first line */

    /* the rest belongs to ngx_http_grip_post.c, ..._post_http.c */

    ngx_http_request_t         *request;     /* the subrequest */
    ngx_http_posted_request_t   posted;
    ngx_http_cleanup_t         *cleanup;     /* without a handler: over */
    ngx_buf_t                  *buf;
    ngx_http_status_t           line;
    off_t                       rest;        /* of the answer to be read */

    unsigned                    idempotent:1;  /* each item has an id */
    unsigned                    sent:1;      /* or may have been, in part */
    unsigned                    answered:1;
};


/*
 * Starts the POST, led by the request; at its end, however that comes, its
 * handler is called, never from within this call.
 * The caller runs the posted requests of the leader's connection.
 * NGX_ERROR: memory is out, and nothing was started.
 */
ngx_int_t ngx_http_grip_post_start(ngx_http_grip_post_t *post);

/* the callbacks of the upstream that stand in a file of their own */
ngx_int_t ngx_http_grip_post_http_create(ngx_http_request_t *r);
ngx_int_t ngx_http_grip_post_http_reinit(ngx_http_request_t *r);
ngx_int_t ngx_http_grip_post_http_status(ngx_http_request_t *r);


#endif /* _NGX_HTTP_GRIP_POST_H_INCLUDED_ */
