
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#ifndef _NGX_HTTP_GRIP_VALUE_H_INCLUDED_
#define _NGX_HTTP_GRIP_VALUE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "text/ngx_grip_pair.h"


/* a text with variables; a lone variable is not copied */

typedef struct {
    ngx_int_t                   index;           /* of a lone variable, or
                                                    NGX_CONF_UNSET */
    ngx_http_complex_value_t    value;
} ngx_http_grip_value_t;


/* a name, and such a text */

typedef struct {
    ngx_str_t                   name;
    ngx_http_grip_value_t       value;
} ngx_http_grip_value_pair_t;


/*
 * Compiles a text, and says in *literal whether it holds no variables: then
 * the text itself, value->value.value, is its value.
 */
ngx_int_t ngx_http_grip_value_compile(ngx_conf_t *cf, ngx_str_t *text,
    ngx_http_grip_value_t *value, ngx_uint_t *literal);

/* whether it holds none, once it is compiled */
#define ngx_http_grip_value_literal(text)                                    \
    ((text)->index == NGX_CONF_UNSET && (text)->value.lengths == NULL)

/*
 * Evaluates it; the value lives as long as r->pool, within an event its own.
 * NGX_ERROR: memory is out, or was when the request asked for a variable of the
 * module, wherever that was.
 */
ngx_int_t ngx_http_grip_value_get(ngx_http_request_t *r,
    ngx_http_grip_value_t *value, ngx_str_t *text);

/* the same of a variable by its index; NULL where that is NGX_ERROR */
ngx_http_variable_value_t *ngx_http_grip_value_variable(ngx_http_request_t *r,
    ngx_int_t index);

/* evaluates the texts of ngx_http_grip_value_pair_t, NULL if memory is out */
ngx_grip_pair_t *ngx_http_grip_value_get_pairs(ngx_http_request_t *r,
    ngx_array_t *pairs);

/* makes the text, which is not copied, the value; NULL: it is not found */
ngx_int_t ngx_http_grip_value_set(ngx_http_variable_value_t *v,
    ngx_str_t *text);

/*
 * For a getter to return when memory is out, NGX_ERROR: the variable is not
 * found for the rest of the request, which evaluates no more texts.
 */
ngx_int_t ngx_http_grip_value_failed(ngx_http_request_t *r,
    ngx_http_variable_value_t *v);

/* whether the text, without "$", can name a variable */
ngx_uint_t ngx_http_grip_value_name(ngx_str_t *name);

/* whether it looks like it: a mistake in a text that takes no variables */
#define ngx_http_grip_has_variables(text)                                    \
    (ngx_strlchr((text)->data, (text)->data + (text)->len, '$') != NULL)


#endif /* _NGX_HTTP_GRIP_VALUE_H_INCLUDED_ */
