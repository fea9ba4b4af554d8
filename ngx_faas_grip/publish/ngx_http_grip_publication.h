
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The items that a request publishes.
 */


#ifndef _NGX_HTTP_GRIP_PUBLICATION_H_INCLUDED_
#define _NGX_HTTP_GRIP_PUBLICATION_H_INCLUDED_


#include "history/ngx_grip_history_record.h"
#include "request/ngx_http_grip.h"
#include "wire/ngx_grip_item.h"


typedef void (*ngx_http_grip_publication_pt)(ngx_http_request_t *r,
    void *data);


/*
 * The items of one request on their way to the publishers of its server.
 * It lives in the request's pool; what it sends lives in memory of the
 * publishers, and outlives the request if it must.
 */

struct ngx_http_grip_publication_s {
    ngx_http_request_t                *request;
    ngx_array_t                       *publishers;
    ngx_uint_t                         require;

    ngx_http_grip_publication_pt       handler;
    void                              *data;

    ngx_uint_t                         nitems;     /* taken */
    ngx_uint_t                         status;     /* of required items: 200, or
                                                      502, 504 of the first
                                                      that failed */
    ngx_uint_t                         refused;    /* of the last NGX_ABORT:
                                                      413 limit, 503 queue,
                                                      500 no grip_url */
    const char                        *invalid;    /* of the last item that was
                                                      declined, a literal */
    ngx_uint_t                         trusted;    /* a flag: no client's, may
                                                      take all of a queue */
    ngx_msec_t                         time;       /* waited, in all */

    ngx_http_grip_zone_t              *history;    /* or NULL */
    ngx_str_t                          id;         /* of the last item that
                                                      was given one */

    /* the rest belongs to ngx_http_grip_publication.c */
    void                              *state;
};


/*
 * Makes the publication of a request, for all publishers of its server.
 * NULL if memory is out.  Without a grip_url it has no publishers, and
 * adding to it fails.
 */
ngx_http_grip_publication_t *ngx_http_grip_publication_create(
    ngx_http_request_t *r);

/*
 * Stages an item; nothing is kept of the item's memory.  The required ones
 * decide on the publication's status.
 * NGX_DECLINED: it cannot be published (bad channel or text), pub->invalid says
 * why, which is for the caller to log.
 * NGX_ABORT: beyond a limit, or the queue is full, or the request has its
 * share of it, or there is no grip_url, logged at error.  NGX_ERROR: memory is
 * out.
 */
ngx_int_t ngx_http_grip_publication_add(ngx_http_grip_publication_t *pub,
    ngx_grip_item_t *item, ngx_uint_t required);

/*
 * The same with an item that is JSON already, validated by the caller; channel
 * and record are those of an item with marks that a history is to keep, else
 * NULL; has_ids says that it has an id and a prev-id, and so may arrive twice,
 * as the proxy drops what it has seen.
 */
ngx_int_t ngx_http_grip_publication_add_json(ngx_http_grip_publication_t *pub,
    ngx_str_t *json, ngx_str_t *channel,
    ngx_grip_history_record_t *record, ngx_uint_t has_ids,
    ngx_uint_t required);

/* the formats of an item that nobody has said the formats of */
ngx_uint_t ngx_http_grip_publication_formats(ngx_http_grip_publication_t *pub,
    ngx_uint_t binary);

/*
 * Lets leave what is staged: at once when no POST of the publisher is in
 * flight, else with the next one.  It returns before anything was answered.
 */
void ngx_http_grip_publication_flush(ngx_http_grip_publication_t *pub);

/*
 * The same, and says what became of it.  NGX_OK: the fate of all items is known
 * and in pub->status.  NGX_AGAIN: it is not yet; pub->handler will be called
 * once, from the event loop, with the request still counted by the caller.
 * Failures are logged once for each POST, at error.
 */
ngx_int_t ngx_http_grip_publication_wait(ngx_http_grip_publication_t *pub);


/*
 * The results of each publisher for the request, in the order of the "grip_url"
 * lines and in the manner of $upstream_status and $upstream_response_time:
 * "200, 504" and "0.003, 5.001", "-" where nothing is known; in the pool.
 * Empty if nothing was published.  NGX_ERROR: memory is out.
 */
ngx_int_t ngx_http_grip_publication_log_status(ngx_http_grip_publication_t *pub,
    ngx_pool_t *pool, ngx_str_t *out);
ngx_int_t ngx_http_grip_publication_log_time(ngx_http_grip_publication_t *pub,
    ngx_pool_t *pool, ngx_str_t *out);


#endif /* _NGX_HTTP_GRIP_PUBLICATION_H_INCLUDED_ */
