
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include "text/ngx_grip_line.h"


#define ngx_grip_line_blank(ch)  ((ch) == ' ' || (ch) == '\t')


static ngx_inline void ngx_grip_line_ends(ngx_str_t *text);


ngx_uint_t
ngx_grip_line_valid(ngx_str_t *text)
{
    size_t  i;
    u_char  ch;

    for (i = 0; i < text->len; i++) {
        ch = text->data[i];

        if ((ch < ' ' && ch != '\t') || ch == 0x7f) {
            return 0;
        }
    }

    return 1;
}


void
ngx_grip_line_trim(ngx_str_t *text)
{
    ngx_grip_line_ends(text);
}


/* inline, as mostly there is nothing to take off */

static ngx_inline void
ngx_grip_line_ends(ngx_str_t *text)
{
    u_char  *p, *last;

    if (text->len == 0) {
        return;
    }

    p = text->data;
    last = p + text->len;

    while (p < last && ngx_grip_line_blank(*p)) {
        p++;
    }

    while (p < last && ngx_grip_line_blank(last[-1])) {
        last--;
    }

    text->data = p;
    text->len = (size_t) (last - p);
}


ngx_str_t
ngx_grip_line_cut(ngx_str_t *text, u_char separator)
{
    u_char     *p, *last;
    ngx_str_t   part;

    /* an absent header has no address to count from */

    if (text->len == 0) {
        return *text;
    }

    last = text->data + text->len;

    p = memchr(text->data, separator, text->len);
    if (p == NULL) {
        p = last;
    }

    part.data = text->data;
    part.len = (size_t) (p - text->data);

    text->data = (p == last) ? last : p + 1;
    text->len = (size_t) (last - text->data);

    ngx_grip_line_ends(&part);
    ngx_grip_line_ends(text);

    return part;
}


void
ngx_grip_line_mask(ngx_str_t *text, u_char with)
{
    size_t  i;

    for (i = 0; i < text->len; i++) {
        if (text->data[i] < ' ' || text->data[i] == 0x7f) {
            text->data[i] = with;
        }
    }
}


u_char *
ngx_grip_line_quote(u_char *dst, ngx_str_t *text)
{
    size_t  i;

    *dst++ = '"';

    for (i = 0; i < text->len; i++) {
        if (text->data[i] == '"' || text->data[i] == '\\') {
            *dst++ = '\\';
        }

        *dst++ = text->data[i];
    }

    *dst++ = '"';

    return dst;
}
