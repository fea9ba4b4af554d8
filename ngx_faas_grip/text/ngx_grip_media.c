
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Whether a request has events of WebSockets is not asked here: that is a
 * matter of bytes (ngx_http_grip_content_events()).
 */


#include "text/ngx_grip_line.h"
#include "text/ngx_grip_media.h"


static ngx_uint_t ngx_grip_media_same(u_char *p, u_char *range, size_t len);
static ngx_uint_t ngx_grip_media_ends(ngx_str_t *type, ngx_str_t *suffix);


ngx_str_t
ngx_grip_media_type(ngx_str_t *value)
{
    ngx_str_t  text;

    text = *value;

    return ngx_grip_line_cut(&text, ';');
}


ngx_uint_t
ngx_grip_media_is(ngx_str_t *value, ngx_str_t *range)
{
    size_t     len;
    ngx_str_t  type;

    type = ngx_grip_media_type(value);
    len = range->len;

    if (len < 2 || range->data[len - 1] != '*' || range->data[len - 2] != '/')
    {
        return type.len == len
               && ngx_grip_media_same(type.data, range->data, len);
    }

    if (len == 3 && range->data[0] == '*') {
        return type.len != 0;
    }

    return type.len >= len
           && ngx_grip_media_same(type.data, range->data, len - 1);
}


ngx_uint_t
ngx_grip_media_is_text(ngx_str_t *value)
{
    ngx_str_t  *text, type;

    static ngx_str_t  texts[] = {
        ngx_string("text/*"),
        ngx_string("application/ecmascript"),
        ngx_string("application/graphql"),
        ngx_string("application/javascript"),
        ngx_string("application/json"),
        ngx_string("application/ndjson"),
        ngx_string("application/x-javascript"),
        ngx_string("application/x-ndjson"),
        ngx_string("application/x-www-form-urlencoded"),
        ngx_string("application/x-yaml"),
        ngx_string("application/xml"),
        ngx_string("application/yaml"),
        ngx_null_string
    };

    static ngx_str_t  suffixes[] = {
        ngx_string("+json"),
        ngx_string("+xml"),
        ngx_string("+yaml"),
        ngx_null_string
    };

    type = ngx_grip_media_type(value);

    if (type.len == 0) {
        return 1;
    }

    for (text = texts; text->len; text++) {
        if (ngx_grip_media_is(&type, text)) {
            return 1;
        }
    }

    for (text = suffixes; text->len; text++) {
        if (ngx_grip_media_ends(&type, text)) {
            return 1;
        }
    }

    return 0;
}


static ngx_uint_t
ngx_grip_media_ends(ngx_str_t *type, ngx_str_t *suffix)
{
    return type->len > suffix->len
           && ngx_grip_media_same(type->data + type->len - suffix->len,
                                  suffix->data, suffix->len);
}


/* the range of a location may be in any letters, too */

static ngx_uint_t
ngx_grip_media_same(u_char *p, u_char *range, size_t len)
{
    size_t  i;

    for (i = 0; i < len; i++) {
        if (ngx_tolower(p[i]) != ngx_tolower(range[i])) {
            return 0;
        }
    }

    return 1;
}
