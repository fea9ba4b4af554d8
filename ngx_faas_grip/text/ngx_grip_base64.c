
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "text/ngx_grip_base64.h"


/* a value of six bits, or one of the plain alphabet only, or none */
#define NGX_GRIP_BASE64_PLAIN    0x40
#define NGX_GRIP_BASE64_INVALID  0x80


#define ngx_grip_base64_is_break(ch)  ((ch) == CR || (ch) == LF)


static u_char *ngx_grip_base64_encode_chars(u_char *dst, const u_char *src,
    size_t len, const u_char *chars);
static u_char *ngx_grip_base64_decode_chars(u_char *dst, const u_char *src,
    size_t len, u_char refused, ngx_uint_t *unused);
static ngx_int_t ngx_grip_base64_decode_four(const u_char *src,
    u_char refused);


static const u_char  ngx_grip_base64_values[128] = {

#define PL  NGX_GRIP_BASE64_PLAIN
#define XX  NGX_GRIP_BASE64_INVALID

    XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
    XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,

    /* the blank is a "+" */
    62|PL, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, 62|PL, XX, 62, XX, 63|PL,
    52, 53, 54, 55, 56, 57, 58, 59, 60, 61, XX, XX, XX, XX, XX, XX,

    XX,  0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14,
    15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, XX, XX, XX, XX, 63,

    XX, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
    41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, XX, XX, XX, XX, XX

#undef PL
#undef XX

};


static const u_char  ngx_grip_base64_chars[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static const u_char  ngx_grip_base64_url_chars[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";


ngx_int_t
ngx_grip_base64_decode(u_char *dst, size_t *len, ngx_str_t *text)
{
    size_t       n;
    u_char      *last;
    ngx_uint_t   padding, unused;

    n = text->len;
    padding = 0;

    while (n && (ngx_grip_base64_is_break(text->data[n - 1])
                 || (text->data[n - 1] == '=' && padding++ < 2)))
    {
        n--;
    }

    last = ngx_grip_base64_decode_chars(dst, text->data, n,
                                        NGX_GRIP_BASE64_INVALID, &unused);
    if (last == NULL) {
        return NGX_ERROR;
    }

    *len = (size_t) (last - dst);

    return NGX_OK;
}


ngx_int_t
ngx_grip_base64_url_decode(u_char *dst, size_t *len, ngx_str_t *text)
{
    u_char      *last;
    ngx_uint_t   unused;

    last = ngx_grip_base64_decode_chars(dst, text->data, text->len,
                                        NGX_GRIP_BASE64_INVALID
                                        |NGX_GRIP_BASE64_PLAIN, &unused);

    if (last == NULL || unused != 0) {
        return NGX_ERROR;
    }

    *len = (size_t) (last - dst);

    return NGX_OK;
}


u_char *
ngx_grip_base64_encode(u_char *dst, const u_char *src, size_t len)
{
    dst = ngx_grip_base64_encode_chars(dst, src, len, ngx_grip_base64_chars);

    for ( /* void */ ; len % 3; len++) {
        *dst++ = '=';
    }

    return dst;
}


u_char *
ngx_grip_base64_url_encode(u_char *dst, const u_char *src, size_t len)
{
    return ngx_grip_base64_encode_chars(dst, src, len,
                                        ngx_grip_base64_url_chars);
}


static u_char *
ngx_grip_base64_encode_chars(u_char *dst, const u_char *src, size_t len,
    const u_char *chars)
{
    for ( /* void */ ; len > 2; len -= 3, src += 3) {
        *dst++ = chars[src[0] >> 2];
        *dst++ = chars[(src[0] & 0x03) << 4 | src[1] >> 4];
        *dst++ = chars[(src[1] & 0x0f) << 2 | src[2] >> 6];
        *dst++ = chars[src[2] & 0x3f];
    }

    if (len == 1) {
        *dst++ = chars[src[0] >> 2];
        *dst++ = chars[(src[0] & 0x03) << 4];
    }

    if (len == 2) {
        *dst++ = chars[src[0] >> 2];
        *dst++ = chars[(src[0] & 0x03) << 4 | src[1] >> 4];
        *dst++ = chars[(src[1] & 0x0f) << 2];
    }

    return dst;
}


static u_char *
ngx_grip_base64_decode_chars(u_char *dst, const u_char *src, size_t len,
    u_char refused, ngx_uint_t *unused)
{
    u_char       value;
    size_t       i, n;
    ngx_int_t    four;
    ngx_uint_t   bits, nbits;

    for (i = 0; len - i >= 4; i += 4) {

        four = ngx_grip_base64_decode_four(src + i, refused);
        if (four == NGX_ERROR) {
            break;
        }

        *dst++ = (u_char) (four >> 16);
        *dst++ = (u_char) (four >> 8);
        *dst++ = (u_char) four;
    }

    /* what is left, or the rest of a text in lines */

    n = 0;
    bits = 0;
    nbits = 0;

    for ( /* void */ ; i < len; i++) {

        if (ngx_grip_base64_is_break(src[i])
            && refused == NGX_GRIP_BASE64_INVALID)
        {
            continue;
        }

        if (src[i] >= 128) {
            return NULL;
        }

        value = ngx_grip_base64_values[src[i]];

        if (value & refused) {
            return NULL;
        }

        n++;
        bits = bits << 6 | (value & 0x3f);
        nbits += 6;

        if (nbits >= 8) {
            nbits -= 8;
            *dst++ = (u_char) (bits >> nbits);
            bits &= 0xff >> (8 - nbits);
        }
    }

    *unused = bits;

    return n % 4 == 1 ? NULL : dst;
}


/* the three bytes of four characters, of which none is to be left out */

static ngx_int_t
ngx_grip_base64_decode_four(const u_char *src, u_char refused)
{
    u_char  a, b, c, d;

    if ((src[0] | src[1] | src[2] | src[3]) & 0x80) {
        return NGX_ERROR;
    }

    a = ngx_grip_base64_values[src[0]];
    b = ngx_grip_base64_values[src[1]];
    c = ngx_grip_base64_values[src[2]];
    d = ngx_grip_base64_values[src[3]];

    if ((a | b | c | d) & refused) {
        return NGX_ERROR;
    }

    return (a & 0x3f) << 18 | (b & 0x3f) << 12 | (c & 0x3f) << 6 | (d & 0x3f);
}
