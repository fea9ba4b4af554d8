
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The request context, and how it is found again.
 */


#include "request/ngx_http_grip.h"


static void ngx_http_grip_ctx_cleanup(void *data);


ngx_http_grip_ctx_t *
ngx_http_grip_ctx_create(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t   *cln;
    ngx_http_grip_ctx_t  *ctx;

    cln = ngx_pool_cleanup_add(r->main->pool, sizeof(ngx_http_grip_ctx_t));
    if (cln == NULL) {
        return NULL;
    }

    ctx = cln->data;
    ngx_memzero(ctx, sizeof(ngx_http_grip_ctx_t));

    ctx->pool = r->main->pool;

    cln->handler = ngx_http_grip_ctx_cleanup;

    ngx_http_set_ctx(r->main, ctx, ngx_http_faas_grip_module);

    return ctx;
}


ngx_http_grip_ctx_t *
ngx_http_grip_ctx_recover(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t   *cln;
    ngx_http_grip_ctx_t  *ctx;

    for (cln = r->main->pool->cleanup; cln; cln = cln->next) {

        if (cln->handler == ngx_http_grip_ctx_cleanup) {
            ctx = cln->data;
            ngx_http_set_ctx(r->main, ctx, ngx_http_faas_grip_module);
            return ctx;
        }
    }

    return NULL;
}


/* by its address the context is found again */

static void
ngx_http_grip_ctx_cleanup(void *data)
{
}
