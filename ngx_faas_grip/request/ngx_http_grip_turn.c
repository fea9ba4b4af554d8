
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * All requests of a worker that wait share one event: however many there are,
 * they take one slice of a turn together, and one after the other.
 */


#include "request/ngx_http_grip_turn.h"


/* milliseconds of a turn */
#define NGX_HTTP_GRIP_TURN_SLICE       5

/* a worker that exits stays for timers alone: one is set while any waits */
#define NGX_HTTP_GRIP_TURN_TIMER       60000


static ngx_uint_t ngx_http_grip_turn_elapsed(ngx_msec_t now);
static ngx_msec_t ngx_http_grip_turn_clock(void);
static void ngx_http_grip_turn_set(ngx_http_grip_turn_t *turn,
    ngx_http_grip_turn_handler_pt handler, void *data);
static void ngx_http_grip_turn_timer(ngx_event_t *ev);
static void ngx_http_grip_turn_post(void);
static void ngx_http_grip_turn_handler(ngx_event_t *ev);
static void ngx_http_grip_turn_cleanup(void *data);


/* of this worker */

static ngx_queue_t       ngx_http_grip_turn_waiting;
static ngx_msec_t        ngx_http_grip_turn_start;
static ngx_event_t       ngx_http_grip_turn_event;
static ngx_connection_t  ngx_http_grip_turn_dummy;


ngx_uint_t
ngx_http_grip_turn_ask(ngx_http_grip_turn_t *turn)
{
    ngx_msec_t  now;

    now = ngx_http_grip_turn_clock();

    turn->steps = (now == turn->asked) ? NGX_HTTP_GRIP_TURN_STEPS : 0;
    turn->asked = now;

    return ngx_http_grip_turn_elapsed(now);
}


/*
 * nginx sets its clock when a turn begins, so this counts what other requests
 * have taken of it, too; but with "timer_resolution" the clock stands still
 * for many turns.
 */

static ngx_uint_t
ngx_http_grip_turn_elapsed(ngx_msec_t now)
{
    ngx_msec_t  start;

    start = ngx_http_grip_turn_start;

    if ((ngx_msec_int_t) (ngx_current_msec - start) > 0) {
        start = ngx_current_msec;
    }

    return now - start >= NGX_HTTP_GRIP_TURN_SLICE;
}


/* the clock of ngx_current_msec, which is left as it is (ngx_times.c) */

static ngx_msec_t
ngx_http_grip_turn_clock(void)
{
#if (NGX_HAVE_CLOCK_MONOTONIC)
    struct timespec  ts;

#if defined(CLOCK_MONOTONIC_FAST)
    (void) clock_gettime(CLOCK_MONOTONIC_FAST, &ts);
#else
    (void) clock_gettime(CLOCK_MONOTONIC, &ts);
#endif

    return (ngx_msec_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;

#else

    ngx_time_update();

    return ngx_current_msec;

#endif
}


void
ngx_http_grip_turn_wait(ngx_http_grip_turn_t *turn,
    ngx_http_grip_turn_handler_pt handler, void *data)
{
    ngx_http_grip_turn_set(turn, handler, data);

    if (ngx_http_grip_turn_waiting.next == NULL) {
        ngx_queue_init(&ngx_http_grip_turn_waiting);
    }

    ngx_queue_insert_tail(&ngx_http_grip_turn_waiting, &turn->queue);

    turn->waiting = 1;

    ngx_http_grip_turn_post();
}


void
ngx_http_grip_turn_later(ngx_http_grip_turn_t *turn,
    ngx_http_grip_turn_handler_pt handler, void *data, ngx_msec_t timer)
{
    ngx_http_grip_turn_set(turn, handler, data);

    turn->timer.handler = ngx_http_grip_turn_timer;
    turn->timer.data = turn->request->connection;
    turn->timer.log = turn->request->connection->log;

    ngx_add_timer(&turn->timer, timer);
}


static void
ngx_http_grip_turn_set(ngx_http_grip_turn_t *turn,
    ngx_http_grip_turn_handler_pt handler, void *data)
{
    ngx_http_cleanup_t  *cln;

    cln = &turn->cleanup;

    if (cln->handler == NULL) {

        /* runs before the pool goes, and when the request is torn down */

        cln->handler = ngx_http_grip_turn_cleanup;
        cln->data = turn;
        cln->next = turn->request->cleanup;

        turn->request->cleanup = cln;
    }

    turn->handler = handler;
    turn->data = data;

    turn->request->write_event_handler = ngx_http_request_empty_handler;
}


static void
ngx_http_grip_turn_timer(ngx_event_t *ev)
{
    ngx_connection_t      *c;
    ngx_http_grip_turn_t  *turn;

    turn = (ngx_http_grip_turn_t *)
                        ((u_char *) ev - offsetof(ngx_http_grip_turn_t, timer));

    c = turn->request->connection;

    ngx_http_set_log_request(c->log, turn->request);

    turn->handler(turn->data);

    ngx_http_run_posted_requests(c);
}


static void
ngx_http_grip_turn_post(void)
{
    ngx_event_t  *ev;

    ev = &ngx_http_grip_turn_event;

    ngx_http_grip_turn_dummy.fd = (ngx_socket_t) -1;

    ev->handler = ngx_http_grip_turn_handler;
    ev->data = &ngx_http_grip_turn_dummy;
    ev->log = ngx_cycle->log;

    if (!ev->posted) {
        ngx_post_event(ev, &ngx_posted_next_events);
    }

    if (!ev->timer_set) {
        ngx_add_timer(ev, NGX_HTTP_GRIP_TURN_TIMER);
    }
}


static void
ngx_http_grip_turn_handler(ngx_event_t *ev)
{
    ngx_queue_t           *q;
    ngx_connection_t      *c;
    ngx_http_grip_turn_t  *turn;

    ngx_http_grip_turn_start = ngx_http_grip_turn_clock();

    while (!ngx_queue_empty(&ngx_http_grip_turn_waiting)) {
        q = ngx_queue_head(&ngx_http_grip_turn_waiting);
        turn = ngx_queue_data(q, ngx_http_grip_turn_t, queue);

        ngx_queue_remove(q);
        turn->waiting = 0;

        c = turn->request->connection;

        ngx_http_set_log_request(c->log, turn->request);

        ngx_log_debug0(NGX_LOG_DEBUG_HTTP, c->log, 0, "grip turn");

        turn->handler(turn->data);

        ngx_http_run_posted_requests(c);

        if (ngx_http_grip_turn_elapsed(ngx_http_grip_turn_clock())) {
            break;
        }
    }

    if (!ngx_queue_empty(&ngx_http_grip_turn_waiting)) {
        ngx_http_grip_turn_post();

    } else if (ev->timer_set) {
        ngx_del_timer(ev);
    }
}


static void
ngx_http_grip_turn_cleanup(void *data)
{
    ngx_http_grip_turn_t *turn = data;

    if (turn->waiting) {
        ngx_queue_remove(&turn->queue);
        turn->waiting = 0;
    }

    if (turn->timer.timer_set) {
        ngx_del_timer(&turn->timer);
    }
}
