
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The event scope.  nginx evaluates an indexed variable once in a request, and
 * gives back memory once; a request of ours carries many events, and each has
 * to see its own maps and captures, and may take no more than its share.
 */


#include "request/ngx_http_grip_scope.h"


static ngx_int_t ngx_http_grip_scope_create(ngx_http_request_t *r,
    ngx_http_grip_scope_t *scope, size_t size);


ngx_int_t
ngx_http_grip_scope_next(ngx_http_request_t *r, ngx_http_grip_scope_t *scope,
    ngx_uint_t last)
{
    ngx_http_grip_pool_t  *gp;

    gp = scope->pool;

    if (gp && (gp->lent || last)) {
        ngx_http_grip_pool_free(r, gp);
        scope->pool = NULL;

    } else if (gp) {

        if (ngx_http_grip_pool_reset(r, gp) != NGX_OK) {
            scope->pool = NULL;
            return NGX_ERROR;
        }

        return NGX_OK;
    }

    if (last) {
        return NGX_OK;
    }

    scope->pool = ngx_http_grip_pool_create(r);

    return scope->pool ? NGX_OK : NGX_ERROR;
}


ngx_int_t
ngx_http_grip_scope_enter(ngx_http_request_t *r, ngx_http_grip_scope_t *scope)
{
    size_t                      size;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);

    size = cmcf->variables.nelts * sizeof(ngx_http_variable_value_t);

    if (scope->own == NULL
        && ngx_http_grip_scope_create(r, scope, size) != NGX_OK)
    {
        return NGX_ERROR;
    }

#if (NGX_PCRE)

    /* $1 of the location stays until an expression of the event matches */

    if (r->ncaptures) {
        ngx_memcpy(scope->own_captures, r->captures,
                   cmcf->ncaptures * sizeof(int));
    }

    scope->ncaptures = r->ncaptures;
    scope->captures = r->captures;
    scope->captures_data = r->captures_data;

    r->captures = scope->own_captures;

#endif

    scope->saved = r->variables;
    ngx_memcpy(scope->own, scope->saved, size);
    r->variables = scope->own;

    ngx_http_grip_scope_enter_pool(r, scope);

    return NGX_OK;
}


/*
 * Captures that a clone of the request, as that of "mirror", goes on to use
 * are left to it now: nginx would do so when an expression matches, with
 * memory of the event (ngx_http_regex_exec()).
 */

static ngx_int_t
ngx_http_grip_scope_create(ngx_http_request_t *r,
    ngx_http_grip_scope_t *scope, size_t size)
{
    u_char                     *p;
#if (NGX_PCRE)
    size_t                      len;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);

    len = cmcf->ncaptures * sizeof(int);

    if (r->realloc_captures && r->captures) {
        p = ngx_palloc(r->pool, len);
        if (p == NULL) {
            return NGX_ERROR;
        }

        ngx_memcpy(p, r->captures, len);

        r->captures = (int *) p;
    }

    r->realloc_captures = 0;

    p = ngx_palloc(r->pool, size + len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    scope->own_captures = (int *) (p + size);

#else

    p = ngx_palloc(r->pool, size);
    if (p == NULL) {
        return NGX_ERROR;
    }

#endif

    scope->own = (ngx_http_variable_value_t *) p;

    return NGX_OK;
}


void
ngx_http_grip_scope_leave(ngx_http_request_t *r, ngx_http_grip_scope_t *scope)
{
    ngx_http_grip_scope_leave_pool(r, scope);

    r->variables = scope->saved;

#if (NGX_PCRE)
    r->ncaptures = scope->ncaptures;
    r->captures = scope->captures;
    r->captures_data = scope->captures_data;
#endif
}
