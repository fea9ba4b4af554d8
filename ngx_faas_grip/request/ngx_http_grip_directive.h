
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The parts that directives have in common: lists, parameters, and texts with
 * variables.
 */


#ifndef _NGX_HTTP_GRIP_DIRECTIVE_H_INCLUDED_
#define _NGX_HTTP_GRIP_DIRECTIVE_H_INCLUDED_


#include "request/ngx_http_grip_value.h"


/* whether a parameter is "name=...", and what follows */
#define ngx_http_grip_parameter(param, name, rest)                           \
    ((param)->len >= sizeof(name "=") - 1                                    \
     && ngx_strncmp((param)->data, name "=", sizeof(name "=") - 1) == 0      \
     && ((rest)->len = (param)->len - (sizeof(name "=") - 1),                \
         (rest)->data = (param)->data + sizeof(name "=") - 1, 1))


/* logs 'invalid WHAT "TEXT"', and returns NGX_CONF_ERROR */
char *ngx_http_grip_directive_invalid(ngx_conf_t *cf, const char *what,
    ngx_str_t *text);

/*
 * Adds an element of that size to a list, which is made if it is NULL or unset.
 * NULL: memory is out.
 */
void *ngx_http_grip_directive_push(ngx_conf_t *cf, ngx_array_t **list,
    size_t size);

/*
 * Compiles a text into a value of its own, as ngx_http_grip_value_compile()
 * does.  NULL: memory is out, or it was logged what is wrong.
 */
ngx_http_grip_value_t *ngx_http_grip_directive_value(ngx_conf_t *cf,
    ngx_str_t *text, ngx_uint_t *literal);

/* whether a literal is the URI of a location; logs if it is not */
char *ngx_http_grip_directive_uri(ngx_conf_t *cf, ngx_str_t *uri);

/* the value of one of the words, NGX_ERROR: the text is none of them */
ngx_int_t ngx_http_grip_directive_word(ngx_str_t *text,
    ngx_conf_enum_t *words);

/* of "mode=" of a keep-alive: 1 for "interval", 0 for "idle", or NGX_ERROR */
ngx_int_t ngx_http_grip_directive_mode(ngx_str_t *text);

/*
 * Refuses, from that argument of the directive on, a parameter that is given
 * twice; those that are lists may be, and are named by an array that ends with
 * an empty string, or by NULL if there are none.
 */
char *ngx_http_grip_directive_twice(ngx_conf_t *cf, ngx_uint_t first,
    ngx_str_t *lists);


#endif /* _NGX_HTTP_GRIP_DIRECTIVE_H_INCLUDED_ */
