
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The event scope.  nginx evaluates an indexed variable once in a request;
 * a request of ours carries many events, and each has to see its own maps
 * and captures.
 */


#include "ngx_http_grip_scope.h"


ngx_int_t
ngx_http_grip_scope_enter(ngx_http_request_t *r, ngx_http_grip_scope_t *scope)
{
#if (NGX_PCRE)
    size_t                      len;
#endif
    size_t                      size;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);

    size = cmcf->variables.nelts * sizeof(ngx_http_variable_value_t);

    if (scope->own == NULL) {
        scope->own = ngx_palloc(r->pool, size);
        if (scope->own == NULL) {
            return NGX_ERROR;
        }
    }

#if (NGX_PCRE)

    /* $1 of the location stays until an expression of the event matches */

    if (r->ncaptures) {
        len = cmcf->ncaptures * sizeof(int);

        if (scope->own_captures == NULL) {
            scope->own_captures = ngx_palloc(r->pool, len);
            if (scope->own_captures == NULL) {
                return NGX_ERROR;
            }
        }

        ngx_memcpy(scope->own_captures, r->captures, len);
    }

    scope->ncaptures = r->ncaptures;
    scope->captures = r->captures;
    scope->captures_data = r->captures_data;

    r->captures = scope->own_captures;

#endif

    scope->saved = r->variables;
    ngx_memcpy(scope->own, scope->saved, size);
    r->variables = scope->own;

    return NGX_OK;
}


void
ngx_http_grip_scope_leave(ngx_http_request_t *r, ngx_http_grip_scope_t *scope)
{
    r->variables = scope->saved;

#if (NGX_PCRE)
    scope->own_captures = r->captures;

    r->ncaptures = scope->ncaptures;
    r->captures = scope->captures;
    r->captures_data = scope->captures_data;
#endif
}
