
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Headers of requests and responses that nginx has no field for, and bodies
 * that are in memory.
 */


#include "request/ngx_http_grip_headers.h"
#include "request/ngx_http_grip_compat.h"


ngx_str_t *
ngx_http_grip_find_header_in(ngx_http_request_t *r, u_char *lowcase_name,
    size_t len)
{
    ngx_table_elt_t          *h;
    ngx_http_grip_headers_t   hs;

    ngx_http_grip_headers_init(&hs, &r->headers_in.headers);

    for ( ;; ) {
        h = ngx_http_grip_headers_next(&hs);
        if (h == NULL) {
            return NULL;
        }

        if (h->key.len == len
            && ngx_memcmp(h->lowcase_key, lowcase_name, len) == 0)
        {
            return &h->value;
        }
    }
}


ngx_uint_t
ngx_http_grip_header_named(ngx_table_elt_t *h, ngx_str_t *name)
{
    return h->key.len == name->len && ngx_http_grip_header_begins(h, name);
}


ngx_uint_t
ngx_http_grip_header_begins(ngx_table_elt_t *h, ngx_str_t *name)
{
    size_t  i;
    u_char  ch;

    if (h->key.len < name->len) {
        return 0;
    }

    for (i = 0; i < name->len; i++) {
        ch = h->lowcase_key[i];

        if (ch != name->data[i] && (ch != '_' || name->data[i] != '-')) {
            return 0;
        }
    }

    return 1;
}


ngx_uint_t
ngx_http_grip_header_has_token(ngx_str_t *value, ngx_str_t *token)
{
    u_char  *p, *end, *start, *last;

    p = value->data;
    end = p + value->len;

    while (p < end) {

        while (p < end && (*p == ' ' || *p == '\t' || *p == ',')) {
            p++;
        }

        start = p;

        while (p < end && *p != ',' && *p != ';') {
            p++;
        }

        last = p;

        while (last > start && (last[-1] == ' ' || last[-1] == '\t')) {
            last--;
        }

        if ((size_t) (last - start) == token->len
            && ngx_memcmp(start, token->data, token->len) == 0)
        {
            return 1;
        }

        while (p < end && *p != ',') {
            p++;
        }
    }

    return 0;
}


ngx_table_elt_t *
ngx_http_grip_header_out(ngx_http_request_t *r, ngx_str_t *name,
    ngx_str_t *value)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NULL;
    }

    h->hash = 1;
    h->key = *name;
    h->value = *value;
    h->lowcase_key = NULL;
    ngx_http_grip_table_elt_last(h);

    return h;
}


ngx_uint_t
ngx_http_grip_header_sent(ngx_http_request_t *r, ngx_str_t *name)
{
    ngx_table_elt_t          *h;
    ngx_http_grip_headers_t   hs;

    ngx_http_grip_headers_init(&hs, &r->headers_out.headers);

    for ( ;; ) {
        h = ngx_http_grip_headers_next(&hs);
        if (h == NULL) {
            return 0;
        }

        if (h->hash
            && h->key.len == name->len
            && ngx_strncasecmp(h->key.data, name->data, name->len) == 0)
        {
            return 1;
        }
    }
}


ngx_int_t
ngx_http_grip_send_body(ngx_http_request_t *r, ngx_str_t *body)
{
    ngx_int_t     rc;
    ngx_buf_t    *b;
    ngx_chain_t   out;

    r->headers_out.content_length_n = body->len;

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->pos = body->data;
    b->last = b->pos + body->len;
    b->memory = body->len ? 1 : 0;
    b->last_buf = 1;
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}


ngx_uint_t
ngx_http_grip_header_value_valid(ngx_str_t *value)
{
    size_t  i;
    u_char  ch;

    for (i = 0; i < value->len; i++) {
        ch = value->data[i];

        if ((ch < ' ' && ch != '\t') || ch == 0x7f) {
            return 0;
        }
    }

    return 1;
}


ngx_uint_t
ngx_http_grip_header_name_valid(ngx_str_t *name)
{
    size_t  i;
    u_char  ch;

    for (i = 0; i < name->len; i++) {
        ch = name->data[i];

        if (ch <= ' ' || ch >= 0x7f
            || ngx_strchr("\"(),/:;<=>?@[\\]{}", ch) != NULL)
        {
            return 0;
        }
    }

    return name->len != 0;
}
