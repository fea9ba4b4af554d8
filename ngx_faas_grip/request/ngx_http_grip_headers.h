
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#ifndef _NGX_HTTP_GRIP_HEADERS_H_INCLUDED_
#define _NGX_HTTP_GRIP_HEADERS_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "text/ngx_grip_line.h"


/* a walk over a list of headers, of a request or a response */

typedef struct {
    ngx_list_part_t   *part;
    ngx_uint_t         i;
} ngx_http_grip_headers_t;


#define ngx_http_grip_headers_init(hs, list)                                 \
    (hs)->part = &(list)->part;                                              \
    (hs)->i = 0

/* whether there are none at all */
#define ngx_http_grip_headers_none(list)                                     \
    ((list)->part.nelts == 0 && (list)->part.next == NULL)

/* the next header, NULL at the end */

static ngx_inline ngx_table_elt_t *
ngx_http_grip_headers_next(ngx_http_grip_headers_t *hs)
{
    ngx_table_elt_t  *h;

    while (hs->i >= hs->part->nelts) {
        if (hs->part->next == NULL) {
            return NULL;
        }

        hs->part = hs->part->next;
        hs->i = 0;
    }

    h = hs->part->elts;

    return &h[hs->i++];
}


/* whether a request header, of a name as long, has that lower-case name */
#define ngx_http_grip_headers_is(h, name)                                    \
    (ngx_memcmp((h)->lowcase_key, name, sizeof(name) - 1) == 0)

/* the next request header of that lower-case name, NULL at the end */
ngx_table_elt_t *ngx_http_grip_headers_find(ngx_http_grip_headers_t *hs,
    ngx_str_t *name);

/*
 * The first request header of that lower-case name, or NULL.  The value
 * belongs to the request.
 */
#define ngx_http_grip_header_in(r, name)                                     \
    ngx_http_grip_headers_first(r, (u_char *) (name), sizeof(name) - 1)

ngx_str_t *ngx_http_grip_headers_first(ngx_http_request_t *r,
    u_char *lowcase_name, size_t len);

/*
 * Whether the name of a request header is, or begins with, that lower-case
 * text, of whose dashes any may be underscores: with "underscores_in_headers"
 * a client can send such a name, which the proxy takes for another one, while
 * it is the same to whom gets headers as CGI variables.
 */
ngx_uint_t ngx_http_grip_headers_named(ngx_table_elt_t *h, ngx_str_t *name);
ngx_uint_t ngx_http_grip_headers_begins(ngx_table_elt_t *h, ngx_str_t *name);

/* whether it is so one of a list of names that ends with an empty one */
ngx_uint_t ngx_http_grip_headers_listed(ngx_table_elt_t *h, ngx_str_t *names);

/* names of what concerns one connection, and goes along with nothing */
extern ngx_str_t  ngx_http_grip_headers_hop[];

/* whether two names, of any headers, are the same, whatever their letters */
#define ngx_http_grip_headers_same(a, b)                                     \
    ((a)->len == (b)->len                                                    \
     && ngx_strncasecmp((a)->data, (b)->data, (a)->len) == 0)

/* whether a name is so one of a list that ends with an empty one */
ngx_uint_t ngx_http_grip_headers_among(ngx_str_t *name, ngx_str_t *names);

/* the next response header of that name that is sent, NULL at the end */
ngx_table_elt_t *ngx_http_grip_headers_find_out(ngx_http_grip_headers_t *hs,
    ngx_str_t *name);

/*
 * Takes the next element, with its parameters, off a list, which is what is
 * left of a header value; both point into that.  0: there is none.
 */
ngx_uint_t ngx_http_grip_headers_element(ngx_str_t *list, ngx_str_t *element);

/*
 * Sets *list to all lines of the request header of that lower-case name, as one
 * list that lives as long as the request.  NGX_DECLINED: there is none.
 * NGX_ERROR: memory is out.
 */
ngx_int_t ngx_http_grip_headers_join(ngx_http_request_t *r, ngx_str_t *name,
    ngx_str_t *list);

/*
 * Whether a request header of that lower-case name, which is a list, has the
 * token in one of its lines, with or without parameters.
 */
ngx_uint_t ngx_http_grip_headers_lists(ngx_http_request_t *r, ngx_str_t *name,
    ngx_str_t *token);

/* the same of one line */
ngx_uint_t ngx_http_grip_headers_holds(ngx_str_t list, ngx_str_t *token);

/*
 * Adds a response header.  Name and value must live as long as the request
 * and be free of control characters.  NULL: memory is out.
 */
ngx_table_elt_t *ngx_http_grip_headers_out(ngx_http_request_t *r,
    ngx_str_t *name, ngx_str_t *value);

/*
 * The same with a header that a function has answered: what it says of its
 * body is set where filters of nginx look for it.
 */
ngx_table_elt_t *ngx_http_grip_headers_take(ngx_http_request_t *r,
    ngx_str_t *name, ngx_str_t *value);

/*
 * Sets the response's Content-Type, charset included, to the value, which must
 * live as long as the request.
 */
void ngx_http_grip_headers_take_type(ngx_http_request_t *r, ngx_str_t *value);

/*
 * Lets the response, whose type is set, arrive byte by byte, whatever filters
 * the location has, and whatever types these are for, but for those that append
 * to it.  The body is so long, or -1 if that is not known.  NGX_ERROR: memory
 * is out.
 */
ngx_int_t ngx_http_grip_headers_untouched(ngx_http_request_t *r, off_t length);

/*
 * The same but for the charset, which the location may add, and for types: only
 * filters that rewrite do nothing.
 */
ngx_int_t ngx_http_grip_headers_verbatim(ngx_http_request_t *r, off_t length);

/* whether the response has a header of that name already */
ngx_uint_t ngx_http_grip_headers_sent(ngx_http_request_t *r, ngx_str_t *name);

/*
 * Whether the body of the response is not what it is without an encoding, for
 * which backends have names, too.
 */
ngx_uint_t ngx_http_grip_headers_encoded(ngx_http_request_t *r);

/*
 * Sends the response header, which is set but for the length, and the body,
 * which must live as long as the request.  Returns what the filters do.
 */
ngx_int_t ngx_http_grip_headers_send_body(ngx_http_request_t *r,
    ngx_str_t *body);

/* whether the text may stand in a header */
#define ngx_http_grip_headers_value_valid(value)  ngx_grip_line_valid(value)

/* whether the text is a token of RFC 9110, as header names are */
ngx_uint_t ngx_http_grip_headers_name_valid(ngx_str_t *name);


#endif /* _NGX_HTTP_GRIP_HEADERS_H_INCLUDED_ */
