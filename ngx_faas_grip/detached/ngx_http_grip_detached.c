
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The life of a request of our own.  nginx closes a request by closing its
 * connection, and there is none: so the request is held ("blocked", "count"),
 * ngx_http_close_request() leaves it at that, and its end is always here.
 */


#include "detached/ngx_http_grip_detached.h"
#include "detached/ngx_http_grip_detached_copy.h"


/* milliseconds between two looks whether all has let go of it */
#define NGX_HTTP_GRIP_DETACHED_POLL    10

/* milliseconds between two looks whether the worker shuts down */
#define NGX_HTTP_GRIP_DETACHED_TICK    500

/* references of ours to a request, beyond those that nginx counts */
#define NGX_HTTP_GRIP_DETACHED_HOLD    2


#define ngx_http_grip_detached_of(p, field)                                  \
    (ngx_http_grip_detached_t *)                                             \
        ((u_char *) (p) - offsetof(ngx_http_grip_detached_t, field))


static void ngx_http_grip_detached_connect(ngx_http_grip_detached_t *d,
    ngx_connection_t *from);
static void ngx_http_grip_detached_add(ngx_http_grip_detached_t *d,
    ngx_msec_t timeout);
static void ngx_http_grip_detached_event(ngx_event_t *ev);
static void ngx_http_grip_detached_timer(ngx_event_t *ev);
static void ngx_http_grip_detached_tick(ngx_event_t *ev);
static void ngx_http_grip_detached_torn(void *data);
static void ngx_http_grip_detached_end(ngx_http_grip_detached_t *d,
    const char *why);
static void ngx_http_grip_detached_tear_down(ngx_http_grip_detached_t *d);
static ngx_uint_t ngx_http_grip_detached_busy(ngx_http_grip_detached_t *d);
static void ngx_http_grip_detached_free(ngx_http_grip_detached_t *d);
static void ngx_http_grip_detached_forget(ngx_event_t *ev);


/* of this worker */

static ngx_queue_t       ngx_http_grip_detached_all;
static ngx_uint_t        ngx_http_grip_detached_n;
static ngx_event_t       ngx_http_grip_detached_clock;
static ngx_connection_t  ngx_http_grip_detached_dummy;
static ngx_msec_t        ngx_http_grip_detached_exiting;


ngx_http_grip_detached_t *
ngx_http_grip_detached_create(ngx_http_request_t *r, ngx_msec_t timeout)
{
    ngx_pool_t                *pool;
    ngx_http_request_t        *mr;
    ngx_http_grip_detached_t  *d;

    pool = ngx_create_pool(NGX_HTTP_GRIP_DETACHED_POOL, r->connection->log);
    if (pool == NULL) {
        return NULL;
    }

    d = ngx_pcalloc(pool, sizeof(ngx_http_grip_detached_t));
    mr = ngx_pcalloc(pool, sizeof(ngx_http_request_t));

    if (d == NULL || mr == NULL) {
        ngx_destroy_pool(pool);
        return NULL;
    }

    d->request = mr;

    mr->signature = NGX_HTTP_MODULE;
    mr->connection = &d->connection;
    mr->http_connection = &d->http_connection;
    mr->pool = pool;
    mr->main = mr;

    ngx_http_grip_detached_connect(d, r->connection);

    if (ngx_http_grip_detached_copy(mr, r) != NGX_OK) {
        ngx_destroy_pool(pool);
        return NULL;
    }

    /* whose handler wants a whole request */

    pool->log = &d->log;

    mr->read_event_handler = ngx_http_request_empty_handler;
    mr->write_event_handler = ngx_http_request_empty_handler;

    mr->count = NGX_HTTP_GRIP_DETACHED_HOLD;
    mr->blocked = 1;

    d->cleanup.handler = ngx_http_grip_detached_torn;
    d->cleanup.data = d;

    mr->cleanup = &d->cleanup;

    ngx_http_grip_detached_add(d, timeout);

    return d;
}


/*
 * A connection that is allocated, since ngx_get_connection() would close those
 * of clients to find one.  Nothing is ever read from it or written to it, and
 * nginx must not add it to epoll or the like: with events that are reported
 * once it is as if that was done; others are not asked for while it is ready.
 * It must be ready to be written to, or large answers would go to a file.
 */

static void
ngx_http_grip_detached_connect(ngx_http_grip_detached_t *d,
    ngx_connection_t *from)
{
    ngx_connection_t  *c;

    c = &d->connection;

    d->log = *from->log;
    d->log.data = &d->log_ctx;
    d->log.action = NULL;

    d->log_ctx.connection = c;
    d->log_ctx.request = d->request;
    d->log_ctx.current_request = d->request;

    c->fd = (ngx_socket_t) -1;
    c->data = d->request;
    c->pool = d->request->pool;
    c->log = &d->log;
    c->log_error = NGX_ERROR_INFO;

    c->read = &d->read;
    c->read->data = c;
    c->read->log = c->log;
    c->read->handler = from->read->handler;
    c->read->active = 1;

    c->write = &d->write;
    c->write->data = c;
    c->write->log = c->log;
    c->write->handler = from->write->handler;
    c->write->write = 1;
    c->write->ready = 1;
    c->write->active = (ngx_event_flags & NGX_USE_CLEAR_EVENT) ? 1 : 0;

    c->sndlowat = 1;
    c->tcp_nodelay = NGX_TCP_NODELAY_DISABLED;
    c->tcp_nopush = NGX_TCP_NOPUSH_DISABLED;

    d->event.handler = ngx_http_grip_detached_event;
    d->event.data = c;
    d->event.log = c->log;

    d->timer.handler = ngx_http_grip_detached_timer;
    d->timer.data = c;
    d->timer.log = c->log;
}


/*
 * The timer is not cancelable: it keeps a worker that exits, which else would
 * not wait for a thread.
 */

static void
ngx_http_grip_detached_add(ngx_http_grip_detached_t *d, ngx_msec_t timeout)
{
    ngx_event_t      *ev;
    ngx_core_conf_t  *ccf;

    if (ngx_http_grip_detached_all.next == NULL) {
        ngx_queue_init(&ngx_http_grip_detached_all);
    }

    ngx_queue_insert_tail(&ngx_http_grip_detached_all, &d->queue);
    ngx_http_grip_detached_n++;

    ngx_add_timer(&d->timer, timeout);

    ev = &ngx_http_grip_detached_clock;
    ccf = (ngx_core_conf_t *) ngx_get_conf(ngx_cycle->conf_ctx,
                                           ngx_core_module);

    if (ccf->shutdown_timeout && !ev->timer_set) {
        ngx_http_grip_detached_dummy.fd = (ngx_socket_t) -1;

        ev->handler = ngx_http_grip_detached_tick;
        ev->data = &ngx_http_grip_detached_dummy;
        ev->log = ngx_cycle->log;
        ev->cancelable = 1;

        ngx_add_timer(ev, NGX_HTTP_GRIP_DETACHED_TICK);
    }
}


void
ngx_http_grip_detached_start(ngx_http_grip_detached_t *d)
{
    ngx_post_event(&d->event, &ngx_posted_events);
}


void
ngx_http_grip_detached_close(ngx_http_grip_detached_t *d)
{
    d->closed = 1;

    ngx_post_event(&d->event, &ngx_posted_events);
}


ngx_uint_t
ngx_http_grip_detached_count(void)
{
    return ngx_http_grip_detached_n;
}


/* at the bottom of the event loop, where nothing of the request is at work */

static void
ngx_http_grip_detached_event(ngx_event_t *ev)
{
    ngx_connection_t          *c;
    ngx_http_grip_detached_t  *d;

    d = ngx_http_grip_detached_of(ev, event);
    c = &d->connection;

    ev->timedout = 0;

    if (d->torn && !d->closed) {
        ngx_http_grip_detached_end(d, d->why);
    }

    if (!d->closed) {
        ngx_http_run_posted_requests(c);
        return;
    }

    if (ngx_http_grip_detached_busy(d)) {
        ngx_add_timer(ev, NGX_HTTP_GRIP_DETACHED_POLL);
        return;
    }

    ngx_http_grip_detached_free(d);
}


/* what is left of it in the background goes with it */

static void
ngx_http_grip_detached_timer(ngx_event_t *ev)
{
    ngx_http_grip_detached_t  *d;

    d = ngx_http_grip_detached_of(ev, timer);

    ev->timedout = 0;

    ngx_http_grip_detached_tear_down(d);

    if (!d->closed) {
        ngx_http_grip_detached_end(d, "timed out");
    }

    /* a thread that is still at work keeps the worker, too */

    ngx_post_event(&d->event, &ngx_posted_events);
}


/*
 * "worker_shutdown_timeout" closes connections of clients and of upstreams,
 * but knows none of ours; and nobody tells when a worker begins to shut down.
 */

static void
ngx_http_grip_detached_tick(ngx_event_t *ev)
{
    ngx_queue_t               *q;
    ngx_core_conf_t           *ccf;
    ngx_http_grip_detached_t  *d;

    ev->timedout = 0;

    if (ngx_queue_empty(&ngx_http_grip_detached_all)) {
        return;
    }

    if (ngx_exiting && ngx_http_grip_detached_exiting == 0) {
        ngx_http_grip_detached_exiting = ngx_current_msec;
    }

    ccf = (ngx_core_conf_t *) ngx_get_conf(ngx_cycle->conf_ctx,
                                           ngx_core_module);

    if (ngx_exiting
        && (ngx_msec_int_t) (ngx_current_msec - ngx_http_grip_detached_exiting
                             - ccf->shutdown_timeout) >= 0)
    {
        for (q = ngx_queue_head(&ngx_http_grip_detached_all);
             q != ngx_queue_sentinel(&ngx_http_grip_detached_all);
             q = ngx_queue_next(q))
        {
            d = ngx_queue_data(q, ngx_http_grip_detached_t, queue);

            ngx_http_grip_detached_tear_down(d);
            ngx_post_event(&d->event, &ngx_posted_events);

            d->why = "the worker shuts down";
        }
    }

    ngx_add_timer(ev, NGX_HTTP_GRIP_DETACHED_TICK);
}


/*
 * The last cleanup of a request that nginx tears down, or of one that we do.
 * Requests that were posted must not run any more: ngx_http_terminate_request()
 * forgets them, but not those of a request that is blocked, when a subrequest
 * in the background has it tear down all (ngx_http_run_posted_requests()).
 */

static void
ngx_http_grip_detached_torn(void *data)
{
    ngx_http_grip_detached_t *d = data;

    d->torn = 1;
    d->why = "torn down";

    d->connection.destroyed = 1;

    ngx_post_event(&d->event, &ngx_posted_events);
}


static void
ngx_http_grip_detached_end(ngx_http_grip_detached_t *d, const char *why)
{
    d->closed = 1;

    if (d->handler) {
        d->handler(d, why);
    }
}


/* as ngx_http_terminate_request() does, which is not to be called by others */

static void
ngx_http_grip_detached_tear_down(ngx_http_grip_detached_t *d)
{
    ngx_connection_t    *c;
    ngx_http_cleanup_t  *cln;
    ngx_http_request_t  *r;

    r = d->request;
    c = &d->connection;

    cln = r->cleanup;
    r->cleanup = NULL;

    while (cln) {
        if (cln->handler) {
            cln->handler(cln->data);
        }

        cln = cln->next;
    }

    /*
     * A thread comes back to these; else it would read its file to the end.  An
     * update of a cache, in the background, may go on until all is freed, which
     * cleans up what it has begun.
     */

    r = c->data;

    r->read_event_handler = ngx_http_request_empty_handler;
    r->write_event_handler = ngx_http_request_empty_handler;
}


/*
 * Nobody tells when threads, or subrequests in the background, as of "mirror",
 * are over.
 */

static ngx_uint_t
ngx_http_grip_detached_busy(ngx_http_grip_detached_t *d)
{
    ngx_http_request_t  *r;

    r = d->request;

    if (r->blocked > 1) {
        return 1;
    }

    return !d->torn
           && (r->count > NGX_HTTP_GRIP_DETACHED_HOLD
               || r->posted_requests != NULL);
}


static void
ngx_http_grip_detached_free(ngx_http_grip_detached_t *d)
{
    ngx_log_debug0(NGX_LOG_DEBUG_HTTP, d->connection.log, 0,
                   "grip detached request freed");

    ngx_http_grip_detached_tear_down(d);

    ngx_http_grip_detached_forget(&d->read);
    ngx_http_grip_detached_forget(&d->write);
    ngx_http_grip_detached_forget(&d->event);
    ngx_http_grip_detached_forget(&d->timer);

    ngx_queue_remove(&d->queue);
    ngx_http_grip_detached_n--;

    if (ngx_http_grip_detached_n == 0
        && ngx_http_grip_detached_clock.timer_set)
    {
        ngx_del_timer(&ngx_http_grip_detached_clock);
    }

    ngx_destroy_pool(d->request->pool);
}


static void
ngx_http_grip_detached_forget(ngx_event_t *ev)
{
    if (ev->posted) {
        ngx_delete_posted_event(ev);
    }

    if (ev->timer_set) {
        ngx_del_timer(ev);
    }
}
