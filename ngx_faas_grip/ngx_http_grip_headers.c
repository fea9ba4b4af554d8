
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Headers of requests and responses that nginx has no field for.
 */


#include "ngx_http_grip_headers.h"
#include "ngx_http_grip_compat.h"


ngx_str_t *
ngx_http_grip_find_header_in(ngx_http_request_t *r, u_char *lowcase_name,
    size_t len)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    part = &r->headers_in.headers.part;
    h = part->elts;

    for (i = 0; /* void */ ; i++) {

        if (i >= part->nelts) {
            if (part->next == NULL) {
                return NULL;
            }

            part = part->next;
            h = part->elts;
            i = 0;
        }

        if (h[i].key.len == len
            && ngx_strncmp(h[i].lowcase_key, lowcase_name, len) == 0)
        {
            return &h[i].value;
        }
    }
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
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    part = &r->headers_out.headers.part;
    h = part->elts;

    for (i = 0; /* void */ ; i++) {

        if (i >= part->nelts) {
            if (part->next == NULL) {
                return 0;
            }

            part = part->next;
            h = part->elts;
            i = 0;
        }

        if (h[i].hash
            && h[i].key.len == name->len
            && ngx_strncasecmp(h[i].key.data, name->data, name->len) == 0)
        {
            return 1;
        }
    }
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
