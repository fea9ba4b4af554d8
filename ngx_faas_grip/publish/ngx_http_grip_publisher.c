
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Group commit: the queue of a control URL, and who leads its next POST.
 */


#include "publish/ngx_http_grip_missed.h"
#include "publish/ngx_http_grip_publisher_metrics.h"
#include "request/ngx_http_grip_limit.h"
#include "request/ngx_http_grip_notice.h"


static ngx_http_request_t *ngx_http_grip_publisher_leader(
    ngx_http_grip_publisher_t *publisher);
static ngx_http_grip_post_t *ngx_http_grip_publisher_batch(
    ngx_http_grip_publisher_t *publisher, ngx_http_request_t *r);
static void ngx_http_grip_publisher_done(ngx_http_grip_post_t *post);
static void ngx_http_grip_publisher_requeue(
    ngx_http_grip_publisher_t *publisher, ngx_http_grip_post_t *post);
static void ngx_http_grip_publisher_settle(
    ngx_http_grip_publisher_t *publisher, ngx_queue_t *queue,
    ngx_uint_t status);
static ngx_uint_t ngx_http_grip_publisher_divisible(ngx_uint_t status);
static void ngx_http_grip_publisher_log(ngx_http_grip_post_t *post,
    ngx_uint_t level, const char *fmt);
static ngx_uint_t ngx_http_grip_publisher_requests(ngx_queue_t *queue);


ngx_int_t
ngx_http_grip_publisher_reserve(ngx_http_grip_publisher_t *publisher,
    ngx_http_request_t *r, size_t size, size_t held)
{
    size_t  share;

    share = publisher->max_size / NGX_HTTP_GRIP_QUEUE_SHARES;

    if (held && held + size > share) {
        ngx_http_grip_limit(r, NGX_HTTP_GRIP_LIMIT_QUEUE_SIZE);

        ngx_http_grip_notice(r, NGX_LOG_ERR,
                             "grip: publish to %V refused: the request has "
                             "%uz bytes waiting there, more than %uz, its "
                             "share of \"grip_queue_size\"",
                             &publisher->endpoint.url->name, held, share);
        return NGX_DECLINED;
    }

    if (publisher->missed_size) {
        ngx_http_grip_missed_yield(publisher, size);
    }

    if (publisher->size <= publisher->max_size
        && size <= publisher->max_size - publisher->size)
    {
        publisher->size += size;
        return NGX_OK;
    }

    ngx_http_grip_limit(r, NGX_HTTP_GRIP_LIMIT_QUEUE_SIZE);

    if (!publisher->full) {
        publisher->full = 1;

        ngx_http_grip_notice(r, NGX_LOG_ERR,
                             "grip: publish to %V refused: %uz bytes wait "
                             "there already, and \"grip_queue_size\" is %uz",
                             &publisher->endpoint.url->name,
                             publisher->size - publisher->missed_size,
                             publisher->max_size);
    }

    return NGX_DECLINED;
}


void
ngx_http_grip_publisher_enqueue(ngx_http_grip_publisher_t *publisher,
    ngx_http_grip_delivery_t *delivery)
{
    ngx_queue_insert_tail(&publisher->queue, &delivery->queue);
    publisher->nqueued++;
    ngx_http_grip_publisher_metrics_queue(publisher);

    if (publisher->post == NULL) {
        ngx_post_event(&publisher->event, &ngx_posted_events);
    }
}


/*
 * Posted, so that a POST starts from the event loop and not amid the work of
 * some other request, and so that it takes along what all events of one
 * iteration of the loop have queued.
 */

void
ngx_http_grip_publisher_handler(ngx_event_t *ev)
{
    ngx_connection_t           *c;
    ngx_http_request_t         *r;
    ngx_http_grip_post_t       *post;
    ngx_http_grip_publisher_t  *publisher;

    publisher = ev->data;

    if (ngx_queue_empty(&publisher->queue)) {
        return;
    }

    r = ngx_http_grip_publisher_leader(publisher);

    if (r == NULL) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "grip: publish to %V given up: the requests that "
                      "published %uz bytes have ended",
                      &publisher->endpoint.url->name,
                      publisher->size - publisher->missed_size);

        publisher->nqueued = 0;
        ngx_http_grip_publisher_settle(publisher, &publisher->queue,
                                       NGX_HTTP_BAD_GATEWAY);
        return;
    }

    c = r->connection;

    ngx_http_set_log_request(c->log, r);

    /* a request may lead many POSTs, each of which has taken its share */

    (void) ngx_http_grip_pool_free_left(r);

    post = ngx_http_grip_publisher_batch(publisher, r);

    if (post == NULL) {
        publisher->nqueued = 0;
        ngx_http_grip_publisher_settle(publisher, &publisher->queue,
                                       NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    ngx_log_debug4(NGX_LOG_DEBUG_HTTP, c->log, 0,
                   "grip publish to %V: %ui items, %uz bytes, of %ui requests",
                   &publisher->endpoint.url->name, post->nitems, post->len,
                   ngx_http_grip_publisher_requests(&post->queue));

    publisher->post = post;

    if (ngx_http_grip_post_start(post) != NGX_OK) {
        post->status = NGX_HTTP_INTERNAL_SERVER_ERROR;
        ngx_http_grip_publisher_done(post);
        return;
    }

    ngx_http_run_posted_requests(c);
}


/* the first request that still waits for an item */

static ngx_http_request_t *
ngx_http_grip_publisher_leader(ngx_http_grip_publisher_t *publisher)
{
    ngx_queue_t               *q;
    ngx_http_grip_delivery_t  *delivery;

    for (q = ngx_queue_head(&publisher->queue);
         q != ngx_queue_sentinel(&publisher->queue);
         q = ngx_queue_next(q))
    {
        delivery = ngx_queue_data(q, ngx_http_grip_delivery_t, queue);

        if (delivery->item->request) {
            return delivery->item->request->main;
        }
    }

    return NULL;
}


/*
 * The proxy works on a POST while requests that were in the one before are
 * answered, and publish again.  If one POST took all that waits, either would
 * wait for the other.
 */

static ngx_http_grip_post_t *
ngx_http_grip_publisher_batch(ngx_http_grip_publisher_t *publisher,
    ngx_http_request_t *r)
{
    size_t                     len;
    ngx_uint_t                 max;
    ngx_queue_t               *q;
    ngx_http_grip_pool_t      *gp;
    ngx_http_grip_post_t      *post;
    ngx_http_grip_delivery_t  *delivery;

    gp = ngx_http_grip_pool_create(r);
    if (gp == NULL) {
        return NULL;
    }

    gp->post = 1;

    post = ngx_pcalloc(gp->pool, sizeof(ngx_http_grip_post_t));
    if (post == NULL) {
        gp->over = 1;
        return NULL;
    }

    post->pool = gp;
    post->endpoint = &publisher->endpoint;
    post->leader = r;
    post->start = ngx_current_msec;
    post->handler = ngx_http_grip_publisher_done;
    post->data = publisher;
    post->idempotent = 1;

    ngx_queue_init(&post->queue);

    max = ngx_max(publisher->nqueued / 2, NGX_HTTP_GRIP_BATCH_ITEMS);
    max = ngx_min(max, publisher->max_items);

    while (!ngx_queue_empty(&publisher->queue) && post->nitems < max) {
        q = ngx_queue_head(&publisher->queue);
        delivery = ngx_queue_data(q, ngx_http_grip_delivery_t, queue);

        if (!ngx_queue_empty(&publisher->channels)
            && ngx_http_grip_missed_before(publisher, delivery->item))
        {
            continue;
        }

        len = post->len + delivery->item->json.len;

        if (post->nitems) {
            len++;

            if (len > NGX_HTTP_GRIP_BATCH_SIZE) {
                break;
            }
        }

        ngx_queue_remove(q);
        ngx_queue_insert_tail(&post->queue, q);
        publisher->nqueued--;

        post->len = len;
        post->nitems++;

        if (!delivery->item->repeatable) {
            post->idempotent = 0;
        }
    }

    /* where one item alone is tried, its POST has nothing else to blame */

    if (publisher->max_items > 1 && !ngx_queue_empty(&publisher->channels)) {
        ngx_http_grip_missed_hints(publisher, post);
    }

    return post;
}


/* the handler of the POST in flight */

static void
ngx_http_grip_publisher_done(ngx_http_grip_post_t *post)
{
    ngx_uint_t                  status;
    ngx_http_grip_publisher_t  *publisher;

    publisher = post->data;

    publisher->post = NULL;
    post->pool->over = 1;

    ngx_http_grip_publisher_metrics_post(publisher, post);

    status = post->status;

    if (status == 0) {
        ngx_http_grip_publisher_requeue(publisher, post);

    } else if (status >= NGX_HTTP_OK && status < NGX_HTTP_SPECIAL_RESPONSE) {
        publisher->max_items = ngx_min(publisher->max_items * 2,
                                       NGX_HTTP_GRIP_BATCH_ITEMS_MAX);

        ngx_http_grip_publisher_settle(publisher, &post->queue, NGX_HTTP_OK);

    } else if (post->nitems + post->nhints > 1
               && ngx_http_grip_publisher_divisible(status))
    {

        /* the limit is halved down to the bad item, and doubled after it */

        publisher->max_items = ngx_max(post->nitems / 2, 1);

        ngx_http_grip_publisher_log(post, NGX_LOG_WARN,
                                    "grip: publish to %V refused, to be sent "
                                    "in smaller POSTs: %ui, %ui items of "
                                    "%ui requests%s%V");
        ngx_http_grip_publisher_requeue(publisher, post);

    } else {
        ngx_http_grip_publisher_log(post, NGX_LOG_ERR,
                                    "grip: publish to %V failed: %ui, "
                                    "%ui items of %ui requests%s%V");
        ngx_http_grip_publisher_settle(publisher, &post->queue, status);
    }

    ngx_http_grip_publisher_metrics_queue(publisher);

    if (!ngx_queue_empty(&publisher->queue)) {
        ngx_post_event(&publisher->event, &ngx_posted_events);
    }
}


/*
 * Puts the items back where they were, but those that must not be sent
 * again: after a refusal nothing of the POST was published, but when the
 * leader has ended all of it may have been.  Hints are made anew.
 */

static void
ngx_http_grip_publisher_requeue(ngx_http_grip_publisher_t *publisher,
    ngx_http_grip_post_t *post)
{
    ngx_queue_t               *q, lost;
    ngx_http_grip_delivery_t  *delivery;

    ngx_queue_init(&lost);

    while (!ngx_queue_empty(&post->queue)) {
        q = ngx_queue_last(&post->queue);
        delivery = ngx_queue_data(q, ngx_http_grip_delivery_t, queue);

        ngx_queue_remove(q);

        if (delivery->item->hint) {
            ngx_http_grip_publisher_release(publisher, delivery->item->size);
            delivery->item->handler(delivery, NGX_HTTP_BAD_GATEWAY);

        } else if (post->status == 0 && post->sent
                   && !delivery->item->repeatable)
        {
            ngx_queue_insert_head(&lost, q);

        } else {
            ngx_queue_insert_head(&publisher->queue, q);
            publisher->nqueued++;
        }
    }

    if (!ngx_queue_empty(&lost)) {
        ngx_http_grip_notice_unhush(post->leader);

        ngx_log_error(NGX_LOG_ERR, post->leader->connection->log, 0,
                      "grip: publish to %V broken off with the request that "
                      "led it: items without both ids, of %ui requests, failed",
                      &publisher->endpoint.url->name,
                      ngx_http_grip_publisher_requests(&lost));

        ngx_http_grip_publisher_settle(publisher, &lost,
                                       NGX_HTTP_BAD_GATEWAY);
    }
}


static void
ngx_http_grip_publisher_settle(ngx_http_grip_publisher_t *publisher,
    ngx_queue_t *queue, ngx_uint_t status)
{
    ngx_queue_t               *q;
    ngx_http_grip_delivery_t  *delivery;

    /* a handler may answer a client, who then asks another worker */

    ngx_http_grip_publisher_metrics_queue(publisher);

    while (!ngx_queue_empty(queue)) {
        q = ngx_queue_head(queue);
        delivery = ngx_queue_data(q, ngx_http_grip_delivery_t, queue);

        ngx_queue_remove(q);

        ngx_http_grip_publisher_release(publisher, delivery->item->size);

        if (!delivery->item->hint) {
            ngx_http_grip_publisher_metrics_item(publisher, delivery->item,
                                                 status);
        }

        if (status != NGX_HTTP_OK) {
            ngx_http_grip_missed_add(publisher, delivery->item,
                                  !ngx_http_grip_publisher_divisible(status));
        }

        delivery->item->handler(delivery, status);
    }
}


/* whether one item may be to blame for the refusal of all */

static ngx_uint_t
ngx_http_grip_publisher_divisible(ngx_uint_t status)
{
    switch (status) {

    case NGX_HTTP_UNAUTHORIZED:
    case NGX_HTTP_NOT_FOUND:
    case NGX_HTTP_NOT_ALLOWED:
    case NGX_HTTP_REQUEST_TIME_OUT:
    case NGX_HTTP_TOO_MANY_REQUESTS:
        return 0;

    default:
        return status >= NGX_HTTP_BAD_REQUEST
               && status < NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
}


/* once a request that leads, of each proxy */

static void
ngx_http_grip_publisher_log(ngx_http_grip_post_t *post, ngx_uint_t level,
    const char *fmt)
{
    char       *action;
    ngx_log_t  *log;
    ngx_str_t  *name;

    name = &post->endpoint->url->name;
    log = post->leader->connection->log;

    action = log->action;
    log->action = "publishing to grip control";

    ngx_http_grip_notice_kind(post->leader, level, (char *) name->data, fmt,
                              name, post->status, post->nitems,
                              ngx_http_grip_publisher_requests(&post->queue),
                              post->reason.len ? ": " : "", &post->reason);

    log->action = action;

    if (level == NGX_LOG_ERR) {
        ngx_http_grip_notice_hush(post->leader);
    }
}


/* hints are nobody's */

static ngx_uint_t
ngx_http_grip_publisher_requests(ngx_queue_t *queue)
{
    ngx_uint_t                 n;
    ngx_queue_t               *q;
    ngx_http_request_t        *last;
    ngx_http_grip_delivery_t  *delivery;

    n = 0;
    last = NULL;

    for (q = ngx_queue_head(queue);
         q != ngx_queue_sentinel(queue);
         q = ngx_queue_next(q))
    {
        delivery = ngx_queue_data(q, ngx_http_grip_delivery_t, queue);

        if (delivery->item->hint) {
            continue;
        }

        if (n == 0 || delivery->item->request != last) {
            last = delivery->item->request;
            n++;
        }
    }

    return n;
}
