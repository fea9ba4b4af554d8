
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * A subrequest has the pool of its parent at the time it is made.  Of what is
 * in there a main request keeps three things beyond the subrequest's end:
 * contexts, cleanups, and background subrequests.
 */


#include "request/ngx_http_grip_pool.h"


static ngx_http_grip_pool_t *ngx_http_grip_pool_slot(ngx_http_grip_ctx_t *ctx);
static ngx_int_t ngx_http_grip_pool_open(ngx_http_request_t *r,
    ngx_http_grip_pool_t *gp);
static void ngx_http_grip_pool_border(void *data);
static void ngx_http_grip_pool_close(void *data);
static void ngx_http_grip_pool_forget(ngx_http_request_t *r,
    ngx_pool_t *pool);
static ngx_uint_t ngx_http_grip_pool_has(ngx_pool_t *pool, void *p);
static ngx_uint_t ngx_http_grip_pool_quiet(ngx_http_request_t *r,
    ngx_http_grip_ctx_t *ctx);


ngx_http_grip_pool_t *
ngx_http_grip_pool_create(ngx_http_request_t *r)
{
    ngx_http_grip_ctx_t   *ctx;
    ngx_http_grip_pool_t  *gp;

    ctx = ngx_http_grip_ctx_get(r);
    if (ctx == NULL) {
        return NULL;
    }

    gp = ngx_http_grip_pool_slot(ctx);

    if (gp == NULL || ngx_http_grip_pool_open(r, gp) != NGX_OK) {
        return NULL;
    }

    gp->lent = 0;
    gp->post = 0;
    gp->over = 0;
    gp->left = 0;

    return gp;
}


static ngx_http_grip_pool_t *
ngx_http_grip_pool_slot(ngx_http_grip_ctx_t *ctx)
{
    ngx_pool_cleanup_t    *cln;
    ngx_http_grip_pool_t  *gp;

    for (gp = ctx->pools; gp; gp = gp->next) {
        if (gp->pool == NULL) {
            return gp;
        }
    }

    cln = ngx_pool_cleanup_add(ctx->pool, sizeof(ngx_http_grip_pool_t));
    if (cln == NULL) {
        return NULL;
    }

    gp = cln->data;
    gp->pool = NULL;
    gp->next = ctx->pools;
    ctx->pools = gp;

    cln->handler = ngx_http_grip_pool_close;

    return gp;
}


/*
 * Some look for a context in the cleanups of r->pool, in a subrequest too
 * (ngx_http_realip_module.c), and some run those at the top of the list that
 * are theirs, and drop them (ngx_http_limit_conn_module.c).
 */

static ngx_int_t
ngx_http_grip_pool_open(ngx_http_request_t *r, ngx_http_grip_pool_t *gp)
{
    ngx_http_core_srv_conf_t  *cscf;

    cscf = ngx_http_get_module_srv_conf(r, ngx_http_core_module);

    gp->pool = ngx_create_pool(cscf->request_pool_size, r->connection->log);
    if (gp->pool == NULL) {
        return NGX_ERROR;
    }

    gp->border.handler = ngx_http_grip_pool_border;
    gp->border.data = NULL;
    gp->border.next = r->pool->cleanup;

    gp->pool->cleanup = &gp->border;

    return NGX_OK;
}


static void
ngx_http_grip_pool_border(void *data)
{
}


static void
ngx_http_grip_pool_close(void *data)
{
    ngx_http_grip_pool_t *gp = data;

    if (gp->pool) {
        gp->border.next = NULL;
        ngx_destroy_pool(gp->pool);
        gp->pool = NULL;
    }
}


ngx_int_t
ngx_http_grip_pool_reset(ngx_http_request_t *r, ngx_http_grip_pool_t *gp)
{
    ngx_pool_t  *pool;

    pool = gp->pool;

    if (!ngx_http_grip_pool_used(gp)) {
        return NGX_OK;
    }

    ngx_http_grip_pool_forget(r, pool);

    if (pool->cleanup == &gp->border && pool->d.next == NULL) {
        ngx_reset_pool(pool);
        return NGX_OK;
    }

    ngx_http_grip_pool_close(gp);

    return ngx_http_grip_pool_open(r, gp);
}


void
ngx_http_grip_pool_free(ngx_http_request_t *r, ngx_http_grip_pool_t *gp)
{
    ngx_http_grip_ctx_t  *ctx;

    if (!ngx_http_grip_pool_used(gp)) {
        ngx_http_grip_pool_close(gp);
        return;
    }

    ctx = ngx_http_grip_ctx_find(r);

    if (gp->lent && !ngx_http_grip_pool_quiet(r, ctx)) {
        gp->left = 1;
        return;
    }

    ngx_http_grip_pool_forget(r, gp->pool);
    ngx_http_grip_pool_close(gp);
}


ngx_uint_t
ngx_http_grip_pool_free_left(ngx_http_request_t *r)
{
    ngx_uint_t             n;
    ngx_http_grip_ctx_t   *ctx;
    ngx_http_grip_pool_t  *gp;

    n = 0;
    ctx = ngx_http_grip_ctx_find(r);

    if (ctx == NULL) {
        return 0;
    }

    for (gp = ctx->pools; gp; gp = gp->next) {

        if (gp->pool == NULL || (!gp->over && !gp->left)) {
            continue;
        }

        if (gp->left && !ngx_http_grip_pool_quiet(r, ctx)) {
            n++;
            continue;
        }

        ngx_http_grip_pool_forget(r, gp->pool);
        ngx_http_grip_pool_close(gp);
    }

    return n;
}


/*
 * Takes all that is in the pool out of the lists of the request: contexts that
 * filters of subrequests have given it, as ssi does, and its cleanups, which
 * upstreams, njs and others add for a subrequest as well.
 */

static void
ngx_http_grip_pool_forget(ngx_http_request_t *r, ngx_pool_t *pool)
{
    ngx_uint_t            i;
    ngx_http_cleanup_t   *cln, **last;
    ngx_http_log_ctx_t   *log;

    last = &r->cleanup;

    while (*last) {
        cln = *last;

        if (!ngx_http_grip_pool_has(pool, cln)
            && !ngx_http_grip_pool_has(pool, cln->data))
        {
            last = &cln->next;
            continue;
        }

        *last = cln->next;

        if (cln->handler) {
            cln->handler(cln->data);

            /* which may have changed the list */
            last = &r->cleanup;
        }
    }

    for (i = 0; i < ngx_http_max_module; i++) {
        if (r->ctx[i] && ngx_http_grip_pool_has(pool, r->ctx[i])) {
            r->ctx[i] = NULL;
        }
    }

    log = r->connection->log->data;

    if (ngx_http_grip_pool_has(pool, log->current_request)) {
        log->current_request = r;
    }
}


static ngx_uint_t
ngx_http_grip_pool_has(ngx_pool_t *pool, void *p)
{
    ngx_pool_t        *block;
    ngx_pool_large_t  *large;

    if (p == NULL) {
        return 0;
    }

    for (block = pool; block; block = block->d.next) {
        if ((u_char *) p >= (u_char *) block && (u_char *) p < block->d.end) {
            return 1;
        }
    }

    for (large = pool->large; large; large = large->next) {
        if (large->alloc == p) {
            return 1;
        }
    }

    return 0;
}


/*
 * Whether the request has no subrequests but POSTs to the proxy, which have
 * pools of their own.  Only a subrequest in the background, as that of
 * "proxy_cache_background_update", remains of a call; it counts the request,
 * which else is counted once.
 */

static ngx_uint_t
ngx_http_grip_pool_quiet(ngx_http_request_t *r, ngx_http_grip_ctx_t *ctx)
{
    ngx_uint_t             n;
    ngx_http_grip_pool_t  *gp;

    n = 1;

    for (gp = ctx->pools; gp; gp = gp->next) {
        if (gp->pool && gp->post && !gp->over) {
            n++;
        }
    }

    return r->count == n && r->blocked == 0 && r->connection->data == r
           && r->postponed == NULL && r->posted_requests == NULL;
}
