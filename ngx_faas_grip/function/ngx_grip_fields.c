
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "function/ngx_grip_fields.h"
#include "text/ngx_grip_percent.h"
#include "text/ngx_grip_utf8.h"


static ngx_int_t ngx_grip_fields_create(ngx_grip_fields_t *fields,
    ngx_uint_t n, size_t len);
static u_char *ngx_grip_fields_put(u_char *p, ngx_str_t *to, ngx_str_t *from);
static u_char *ngx_grip_fields_put_decoded(u_char *p, ngx_str_t *to,
    ngx_str_t *from);
static ngx_uint_t ngx_grip_fields_next(ngx_str_t *rest, u_char separator,
    ngx_str_t *part);
static ngx_uint_t ngx_grip_fields_count(ngx_str_t *text, u_char separator);


ngx_int_t
ngx_grip_fields_headers(ngx_grip_fields_t *fields, ngx_grip_pair_t *headers,
    ngx_uint_t n, ngx_uint_t lower)
{
    size_t            len, j;
    u_char           *p;
    ngx_uint_t        i;
    ngx_grip_pair_t  *pair;

    len = 0;

    for (i = 0; i < n; i++) {
        len += headers[i].name.len + headers[i].value.len;
    }

    if (ngx_grip_fields_create(fields, n, len) != NGX_OK) {
        return NGX_ERROR;
    }

    p = fields->text;

    for (i = 0; i < n; i++) {
        pair = &fields->pairs[fields->npairs++];

        p = ngx_grip_fields_put(p, &pair->name, &headers[i].name);
        p = ngx_grip_fields_put(p, &pair->value, &headers[i].value);

        if (lower) {
            for (j = 0; j < pair->name.len; j++) {
                pair->name.data[j] = ngx_tolower(pair->name.data[j]);
            }
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_grip_fields_query(ngx_grip_fields_t *fields, ngx_str_t *query)
{
    u_char           *p;
    ngx_str_t         rest, part, name;
    ngx_grip_pair_t  *pair;

    /* a part is decoded in the room of what it may become as UTF-8 */

    if (ngx_grip_fields_create(fields, ngx_grip_fields_count(query, '&'),
                               query->len)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    p = fields->text;
    rest = *query;

    while (ngx_grip_fields_next(&rest, '&', &part)) {

        if (part.len == 0) {
            continue;
        }

        (void) ngx_grip_fields_next(&part, '=', &name);

        pair = &fields->pairs[fields->npairs++];

        p = ngx_grip_fields_put_decoded(p, &pair->name, &name);
        p = ngx_grip_fields_put_decoded(p, &pair->value, &part);
    }

    return NGX_OK;
}


ngx_int_t
ngx_grip_fields_cookies(ngx_grip_fields_t *fields, ngx_grip_pair_t *headers,
    ngx_uint_t n)
{
    size_t            len;
    u_char           *p;
    ngx_str_t         rest, part;
    ngx_uint_t        i, count;
    ngx_grip_pair_t  *pair;

    len = 0;
    count = 0;

    for (i = 0; i < n; i++) {
        if (ngx_grip_fields_named(&headers[i], "cookie")) {
            len += headers[i].value.len;
            count += ngx_grip_fields_count(&headers[i].value, ';');
        }
    }

    if (ngx_grip_fields_create(fields, count, len) != NGX_OK) {
        return NGX_ERROR;
    }

    p = fields->text;

    for (i = 0; i < n; i++) {

        if (!ngx_grip_fields_named(&headers[i], "cookie")) {
            continue;
        }

        rest = headers[i].value;

        while (ngx_grip_fields_next(&rest, ';', &part)) {

            while (part.len && *part.data == ' ') {
                part.len--;
                part.data++;
            }

            if (part.len) {
                pair = &fields->pairs[fields->npairs++];
                ngx_str_null(&pair->name);
                p = ngx_grip_fields_put(p, &pair->value, &part);
            }
        }
    }

    return NGX_OK;
}


void
ngx_grip_fields_free(ngx_grip_fields_t *fields)
{
    free(fields->pairs);
    free(fields->text);

    /* what could not be created is freed by its owner once more */

    fields->pairs = NULL;
    fields->text = NULL;
}


/* room for n fields whose bytes are len, each of which may take two */

static ngx_int_t
ngx_grip_fields_create(ngx_grip_fields_t *fields, ngx_uint_t n, size_t len)
{
    fields->npairs = 0;
    fields->pairs = malloc((n + 1) * sizeof(ngx_grip_pair_t));
    fields->text = malloc(len * 2 + 1);

    if (fields->pairs == NULL || fields->text == NULL) {
        ngx_grip_fields_free(fields);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static u_char *
ngx_grip_fields_put(u_char *p, ngx_str_t *to, ngx_str_t *from)
{
    to->data = p;
    p = ngx_grip_fields_utf8(p, from);
    to->len = (size_t) (p - to->data);

    return p;
}


/* the second half of the room of from is where it is decoded */

static u_char *
ngx_grip_fields_put_decoded(u_char *p, ngx_str_t *to, ngx_str_t *from)
{
    ngx_str_t  text;

    text.len = from->len;
    text.data = p + from->len;

    ngx_memcpy(text.data, from->data, from->len);

    if (ngx_grip_percent_decode(&text, 1) != NGX_OK) {
        return ngx_grip_fields_put(p, to, from);
    }

    return ngx_grip_fields_put(p, to, &text);
}


/* takes the part before the separator, or all; 0: there is nothing left */

static ngx_uint_t
ngx_grip_fields_next(ngx_str_t *rest, u_char separator, ngx_str_t *part)
{
    *part = *rest;

    if (rest->len == 0) {
        return 0;
    }

    for (part->len = 0; part->len < rest->len; part->len++) {
        if (rest->data[part->len] == separator) {
            rest->data += part->len + 1;
            rest->len -= part->len + 1;
            return 1;
        }
    }

    rest->data += rest->len;
    rest->len = 0;

    return 1;
}


static ngx_uint_t
ngx_grip_fields_count(ngx_str_t *text, u_char separator)
{
    size_t      i;
    ngx_uint_t  n;

    n = 1;

    for (i = 0; i < text->len; i++) {
        n += (text->data[i] == separator);
    }

    return n;
}


ngx_uint_t
ngx_grip_fields_named(ngx_grip_pair_t *field, const char *name)
{
    size_t  i;

    if (field->name.len != ngx_strlen(name)) {
        return 0;
    }

    for (i = 0; i < field->name.len; i++) {
        if (ngx_tolower(field->name.data[i]) != (u_char) name[i]) {
            return 0;
        }
    }

    return 1;
}


u_char *
ngx_grip_fields_utf8(u_char *dst, ngx_str_t *text)
{
    size_t  i;
    u_char  ch;

    if (text->len == 0) {
        return dst;
    }

    if (ngx_grip_utf8_valid(text->data, text->len)) {
        ngx_memmove(dst, text->data, text->len);
        return dst + text->len;
    }

    for (i = 0; i < text->len; i++) {
        ch = text->data[i];

        if (ch < 0x80) {
            *dst++ = ch;

        } else {
            *dst++ = (u_char) (0xc0 | ch >> 6);
            *dst++ = (u_char) (0x80 | (ch & 0x3f));
        }
    }

    return dst;
}
