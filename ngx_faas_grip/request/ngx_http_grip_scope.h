
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#ifndef _NGX_HTTP_GRIP_SCOPE_H_INCLUDED_
#define _NGX_HTTP_GRIP_SCOPE_H_INCLUDED_


#include "request/ngx_http_grip_pool.h"


typedef struct {
    ngx_pool_t                  *saved_pool;
    ngx_http_grip_pool_t        *pool;           /* of the event at hand; NULL:
                                                    that of the request */

    ngx_http_variable_value_t   *saved;
    ngx_http_variable_value_t   *own;            /* reused by each event */

#if (NGX_PCRE)
    ngx_uint_t                   ncaptures;
    int                         *captures;
    int                         *own_captures;
    u_char                      *captures_data;
#endif
} ngx_http_grip_scope_t;


/*
 * Gives back what the event before has allocated, and sees to memory for the
 * next one.  The last event of a request has the request's own, so that a
 * request of one event takes what any other does, and what ended the request
 * lives until the response was sent.  Not to be called amid the work of a
 * subrequest.  NGX_ERROR: memory is out.
 */
ngx_int_t ngx_http_grip_scope_next(ngx_http_request_t *r,
    ngx_http_grip_scope_t *scope, ngx_uint_t last);

/* whether there is anything to do for that */
#define ngx_http_grip_scope_used(scope, last)                                 \
    ((scope)->pool ? (last) || ngx_http_grip_pool_used((scope)->pool)         \
                   : !(last))

/*
 * Gives the request a copy of its variables and captures, so that what is
 * evaluated until _leave() is forgotten then; what was evaluated before
 * stays visible; and the pool of the event as r->pool.  A zeroed scope may be
 * entered again and again, but not nested.  NGX_ERROR: memory is out, nothing
 * has changed.
 */
ngx_int_t ngx_http_grip_scope_enter(ngx_http_request_t *r,
    ngx_http_grip_scope_t *scope);
void ngx_http_grip_scope_leave(ngx_http_request_t *r,
    ngx_http_grip_scope_t *scope);

/* the same with the pool only; what outlives the event is for ctx->pool */

#define ngx_http_grip_scope_enter_pool(r, scope)                              \
    (scope)->saved_pool = (r)->pool;                                          \
    if ((scope)->pool) (r)->pool = (scope)->pool->pool

#define ngx_http_grip_scope_leave_pool(r, scope)                              \
    (r)->pool = (scope)->saved_pool


#endif /* _NGX_HTTP_GRIP_SCOPE_H_INCLUDED_ */
