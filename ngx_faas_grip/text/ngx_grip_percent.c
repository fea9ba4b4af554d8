
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "text/ngx_grip_percent.h"


static ngx_uint_t ngx_grip_percent_stays(u_char *p, u_char *last,
    const char *more);
static ngx_int_t ngx_grip_percent_byte(u_char *p, u_char *last);
static ngx_int_t ngx_grip_percent_hex(u_char c);


/* letters, digits, and "-", ".", "_", "~": RFC 3986, 2.3 */

static const uint32_t  ngx_grip_percent_bits[] = {
    0x00000000, 0x03ff6000, 0x87fffffe, 0x47fffffe, 0, 0, 0, 0
};

#define ngx_grip_percent_unreserved(ch)                                      \
    (ngx_grip_percent_bits[(ch) >> 5] & (1U << ((ch) & 0x1f)))


ngx_int_t
ngx_grip_percent_decode(ngx_str_t *text, ngx_uint_t form)
{
    u_char     *p, *dst, *last;
    ngx_int_t   byte;

    /* an absent text has no address to count from */

    if (text->len == 0) {
        return NGX_OK;
    }

    dst = text->data;
    last = text->data + text->len;

    for (p = text->data; p < last; p++) {

        if (*p == '+' && form) {
            *dst++ = ' ';
            continue;
        }

        if (*p != '%') {
            *dst++ = *p;
            continue;
        }

        byte = ngx_grip_percent_byte(p, last);
        if (byte == NGX_ERROR) {
            return NGX_ERROR;
        }

        *dst++ = (u_char) byte;
        p += 2;
    }

    text->len = (size_t) (dst - text->data);

    return NGX_OK;
}


size_t
ngx_grip_percent_uri(u_char *dst, ngx_str_t *text, const char *more)
{
    size_t   len;
    u_char  *p, *last, *run;

    static const u_char  hex[] = "0123456789ABCDEF";

    if (text->len == 0) {
        return 0;
    }

    len = text->len;
    p = text->data;
    last = p + len;

    for ( ;; ) {
        run = p;

        while (p < last
               && (ngx_grip_percent_unreserved(*p)
                   || ngx_grip_percent_stays(p, last, more)))
        {
            p++;
        }

        if (dst) {
            dst = ngx_cpymem(dst, run, (size_t) (p - run));
        }

        if (p == last) {
            return len;
        }

        len += 2;

        if (dst) {
            *dst++ = '%';
            *dst++ = hex[*p >> 4];
            *dst++ = hex[*p & 0xf];
        }

        p++;
    }
}


/* RFC 3986, appendix A */

static ngx_uint_t
ngx_grip_percent_stays(u_char *p, u_char *last, const char *more)
{
    if (*p <= ' ' || *p >= 0x7f
        || ngx_strchr("\"#<>\\^`{|}", *p) != NULL)
    {
        return 0;
    }

    if (*p == '%') {
        return last - p >= 3
               && ngx_grip_percent_hex(p[1]) != NGX_ERROR
               && ngx_grip_percent_hex(p[2]) != NGX_ERROR;
    }

    return ngx_strchr(more, *p) == NULL;
}


ngx_uint_t
ngx_grip_percent_canonical(ngx_str_t *uri)
{
    u_char     *p, *last, *segment;
    ngx_int_t   byte;

    p = uri->data;
    last = p + uri->len;

    if (p == last || *p != '/') {
        return 0;
    }

    while (p < last) {

        segment = ++p;                          /* behind a slash */

        for ( /* void */ ; p < last && *p != '/'; p++) {

            if (ngx_grip_percent_unreserved(*p)) {
                continue;
            }

            if (*p == '?') {
                last = p;
                break;
            }

            if (*p <= ' ' || *p >= 0x7f || *p == '\\' || *p == '#') {
                return 0;
            }

            if (*p != '%') {
                continue;
            }

            byte = ngx_grip_percent_byte(p, last);

            if (byte == NGX_ERROR || byte == '/'
                || ngx_grip_percent_unreserved((u_char) byte))
            {
                return 0;
            }

            p += 2;
        }

        if ((p == segment && p < last)
            || (p - segment == 1 && segment[0] == '.')
            || (p - segment == 2 && segment[0] == '.' && segment[1] == '.'))
        {
            return 0;
        }
    }

    return 1;
}


/* the byte that "%" and two hex digits stand for */

static ngx_int_t
ngx_grip_percent_byte(u_char *p, u_char *last)
{
    ngx_int_t  high, low;

    if (last - p < 3) {
        return NGX_ERROR;
    }

    high = ngx_grip_percent_hex(p[1]);
    low = ngx_grip_percent_hex(p[2]);

    if (high == NGX_ERROR || low == NGX_ERROR) {
        return NGX_ERROR;
    }

    return high << 4 | low;
}


static ngx_int_t
ngx_grip_percent_hex(u_char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    c = ngx_tolower(c);

    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }

    return NGX_ERROR;
}
