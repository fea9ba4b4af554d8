
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Turns of the event loop.  A request that takes long takes them one after
 * the other, a slice of each, and leaves the rest to the worker's other
 * clients.
 */


#ifndef _NGX_HTTP_GRIP_TURN_H_INCLUDED_
#define _NGX_HTTP_GRIP_TURN_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


typedef void (*ngx_http_grip_turn_handler_pt)(void *data);


/* steps that are taken together not to need a millisecond, until they do */
#define NGX_HTTP_GRIP_TURN_STEPS       8


/* zeroed by the caller, it lives as long as the request */

typedef struct {
    ngx_http_request_t             *request;

    /* of ngx_http_grip_turn.c */

    ngx_queue_t                     queue;
    ngx_http_grip_turn_handler_pt   handler;
    void                           *data;
    ngx_uint_t                      steps;       /* before the clock is asked */
    ngx_msec_t                      asked;       /* when it was last */
    ngx_http_cleanup_t              cleanup;
    ngx_event_t                     timer;
    unsigned                        waiting:1;
} ngx_http_grip_turn_t;


#define ngx_http_grip_turn_init(turn, r)                                     \
    (turn)->request = r;                                                     \
    (turn)->steps = NGX_HTTP_GRIP_TURN_STEPS

/* the last step was a long one, after which the clock is to be asked */
#define ngx_http_grip_turn_long(turn)  (turn)->steps = 0

/* whether this turn of the event loop has taken as long as it should */
ngx_uint_t ngx_http_grip_turn_ask(ngx_http_grip_turn_t *turn);

/* the same after a step of the work, cheap: most of them do not ask */

static ngx_inline ngx_uint_t
ngx_http_grip_turn_over(ngx_http_grip_turn_t *turn)
{
    if (turn->steps) {
        turn->steps--;
        return 0;
    }

    return ngx_http_grip_turn_ask(turn);
}


/*
 * Has the handler called in the next turn, or in one after it, unless the
 * request ends before; the handler may end it.
 */
void ngx_http_grip_turn_wait(ngx_http_grip_turn_t *turn,
    ngx_http_grip_turn_handler_pt handler, void *data);

/* the same, but in so many milliseconds */
void ngx_http_grip_turn_later(ngx_http_grip_turn_t *turn,
    ngx_http_grip_turn_handler_pt handler, void *data, ngx_msec_t timer);


#endif /* _NGX_HTTP_GRIP_TURN_H_INCLUDED_ */
