
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * A request of our own: a main request that belongs to no client and runs no
 * phase, for the subrequests that are made of it.
 */


#ifndef _NGX_HTTP_GRIP_DETACHED_H_INCLUDED_
#define _NGX_HTTP_GRIP_DETACHED_H_INCLUDED_


#include "request/ngx_http_grip.h"


typedef struct ngx_http_grip_detached_s  ngx_http_grip_detached_t;

/* it ended, and why, a literal */
typedef void (*ngx_http_grip_detached_handler_pt)(ngx_http_grip_detached_t *d,
    const char *why);


struct ngx_http_grip_detached_s {
    ngx_http_request_t                 *request;

    /* of the one that made it */

    ngx_http_grip_detached_handler_pt   handler;
    void                               *data;

    /* of ngx_http_grip_detached.c */

    ngx_connection_t                    connection;
    ngx_event_t                         read;
    ngx_event_t                         write;
    ngx_event_t                         event;   /* starts, and ends it */
    ngx_event_t                         timer;   /* of its whole life */
    ngx_log_t                           log;
    ngx_http_log_ctx_t                  log_ctx;
    ngx_http_connection_t               http_connection;
    ngx_http_cleanup_t                  cleanup;
    ngx_queue_t                         queue;   /* all of the worker */
    const char                         *why;

    unsigned                            closed:1;
    unsigned                            torn:1;  /* nothing of it runs on */
};


/*
 * Makes a request that looks to its subrequests as r does at the moment: of
 * the same server, location and connection, with copies of its headers, of what
 * is known of their signature, and of the variables that "set", maps and
 * captures have made.  It has a pool and a log context of its own, no body, and
 * a time to live in milliseconds.  NULL: memory is out.
 *
 * Subrequests are made as of any main request and begin to run after _start(),
 * from the event loop.  It ends
 *
 *     - by ngx_http_grip_detached_close(), at any time, from its subrequests,
 *       too; or
 *     - when its time is up, when nginx tears it down, or when the worker may
 *       not wait any longer while it shuts down ("worker_shutdown_timeout"):
 *       then the handler is called, once, from the event loop, while all its
 *       memory is still there.
 *
 * In both cases it is freed later, from the event loop, when threads and
 * subrequests in the background have let go of it.  nginx's own functions do
 * not close it, whatever becomes of a subrequest, and count it nowhere.
 */
ngx_http_grip_detached_t *ngx_http_grip_detached_create(ngx_http_request_t *r,
    ngx_msec_t timeout);

void ngx_http_grip_detached_start(ngx_http_grip_detached_t *d);

void ngx_http_grip_detached_close(ngx_http_grip_detached_t *d);

/* how many there are in this worker, until they are freed */
ngx_uint_t ngx_http_grip_detached_count(void);


#endif /* _NGX_HTTP_GRIP_DETACHED_H_INCLUDED_ */
