
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The fields of an HTTP request as names and values in UTF-8.
 */


#ifndef _NGX_GRIP_FIELDS_H_INCLUDED_
#define _NGX_GRIP_FIELDS_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "text/ngx_grip_pair.h"


typedef struct {
    ngx_grip_pair_t          *pairs;         /* in the order they came */
    ngx_uint_t                npairs;
    u_char                   *text;          /* that they point into */
} ngx_grip_fields_t;


/*
 * Fill in the fields: headers, with names of lower case on request; the
 * parameters of a query, decoded, as they are where that fails, a missing
 * value empty; the cookies of all Cookie headers, as values alone.
 * NGX_OK: ngx_grip_fields_free() frees them.  NGX_ERROR: memory is out.
 */
ngx_int_t ngx_grip_fields_headers(ngx_grip_fields_t *fields,
    ngx_grip_pair_t *headers, ngx_uint_t n, ngx_uint_t lower);
ngx_int_t ngx_grip_fields_query(ngx_grip_fields_t *fields, ngx_str_t *query);
ngx_int_t ngx_grip_fields_cookies(ngx_grip_fields_t *fields,
    ngx_grip_pair_t *headers, ngx_uint_t n);

void ngx_grip_fields_free(ngx_grip_fields_t *fields);

/* whether the field has that name, of lower case, in any case of letters */
ngx_uint_t ngx_grip_fields_named(ngx_grip_pair_t *field, const char *name);

/*
 * Writes the text as UTF-8, taking it for Latin-1 if it is not, and returns
 * the end of what it wrote, at most twice as much as the text.
 */
u_char *ngx_grip_fields_utf8(u_char *dst, ngx_str_t *text);


#endif /* _NGX_GRIP_FIELDS_H_INCLUDED_ */
