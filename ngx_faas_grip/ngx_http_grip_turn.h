
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


/* zeroed, but for the request, as long as which it lives */

typedef struct {
    ngx_http_request_t             *request;

    /* of ngx_http_grip_turn.c */

    ngx_queue_t                     queue;
    ngx_http_grip_turn_handler_pt   handler;
    void                           *data;
    ngx_uint_t                      steps;       /* since the clock was asked */
    ngx_msec_t                      asked;
    unsigned                        costly:1;    /* steps: each is timed */
    unsigned                        waiting:1;
    unsigned                        cleanup:1;
} ngx_http_grip_turn_t;


/*
 * Called after a step of the work, tells whether no other one should be done
 * in this turn.  Cheap: only some of the calls read the clock, but for those
 * after ngx_http_grip_turn_long().
 */
ngx_uint_t ngx_http_grip_turn_over(ngx_http_grip_turn_t *turn);

/* the last step was a long one */
#define ngx_http_grip_turn_long(turn)  (turn)->costly = 1

/*
 * Has the handler called in the next turn, or in one after it, unless the
 * request ends before; the handler may end it.  NGX_ERROR: memory is out, and
 * the handler is not called.
 */
ngx_int_t ngx_http_grip_turn_wait(ngx_http_grip_turn_t *turn,
    ngx_http_grip_turn_handler_pt handler, void *data);


#endif /* _NGX_HTTP_GRIP_TURN_H_INCLUDED_ */
