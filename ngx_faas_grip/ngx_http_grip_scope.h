
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#ifndef _NGX_HTTP_GRIP_SCOPE_H_INCLUDED_
#define _NGX_HTTP_GRIP_SCOPE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


typedef struct {
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
 * Gives the request a copy of its variables and captures, so that what is
 * evaluated until _leave() is forgotten then; what was evaluated before
 * stays visible.  A zeroed scope may be entered again and again, but not
 * nested.  NGX_ERROR: memory is out, nothing has changed.
 */
ngx_int_t ngx_http_grip_scope_enter(ngx_http_request_t *r,
    ngx_http_grip_scope_t *scope);
void ngx_http_grip_scope_leave(ngx_http_request_t *r,
    ngx_http_grip_scope_t *scope);


#endif /* _NGX_HTTP_GRIP_SCOPE_H_INCLUDED_ */
