
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Pools within a request: memory for a part of its work, which is given back
 * when that is over, and not only when the request is.
 */


#ifndef _NGX_HTTP_GRIP_POOL_H_INCLUDED_
#define _NGX_HTTP_GRIP_POOL_H_INCLUDED_


#include "request/ngx_http_grip.h"


struct ngx_http_grip_pool_s {
    ngx_pool_t            *pool;

    /* the rest belongs to ngx_http_grip_pool.c, but for the flags */

    ngx_pool_cleanup_t     border;
    ngx_http_grip_pool_t  *next;

    unsigned               lent:1;               /* subrequests have used it */
    unsigned               post:1;               /* a POST's, whose subrequest
                                                    counts the request until */
    unsigned               over:1;               /* it is over */
    unsigned               left:1;               /* when given back it was still
                                                    used: a later time */
};


/*
 * Makes a pool of the main request r, which has its own pool at the time.  A
 * search for a cleanup in it finds those of the request, too.  It lives until
 * it is given back, and no longer than the request.  NULL: memory is out.
 */
ngx_http_grip_pool_t *ngx_http_grip_pool_create(ngx_http_request_t *r);

/* whether there may be something in it */
#define ngx_http_grip_pool_used(gp)                                           \
    ((gp)->pool->d.last != (u_char *) (gp)->pool + sizeof(ngx_pool_t))

/*
 * Empties the pool, which subrequests have not used.  NGX_ERROR: memory is
 * out, and the pool has gone.
 */
ngx_int_t ngx_http_grip_pool_reset(ngx_http_request_t *r,
    ngx_http_grip_pool_t *gp);

/*
 * Gives back the pool: at once, unless there may be background subrequests
 * that use it.  Not to be called amid the work of a subrequest.
 */
void ngx_http_grip_pool_free(ngx_http_request_t *r, ngx_http_grip_pool_t *gp);

/*
 * Gives back those that are over, and those that could not be given back
 * when they should.  Returns how many of the latter are left.  Not to be
 * called amid the work of a subrequest.
 */
ngx_uint_t ngx_http_grip_pool_free_left(ngx_http_request_t *r);


#endif /* _NGX_HTTP_GRIP_POOL_H_INCLUDED_ */
