
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

    scope->saved = r->variables;
    ngx_memcpy(scope->own, scope->saved, size);
    r->variables = scope->own;

#if (NGX_PCRE)
    scope->ncaptures = r->ncaptures;
    scope->captures = r->captures;
    scope->captures_data = r->captures_data;

    r->ncaptures = 0;
    r->captures = scope->own_captures;
    r->captures_data = NULL;
#endif

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
