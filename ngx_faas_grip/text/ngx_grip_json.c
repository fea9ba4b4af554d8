
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Writes JSON strings; nothing here reads JSON.  Every writer counts when
 * its destination is NULL and by that very code writes when it is not, so
 * that the two passes cannot differ.
 */


#include "text/ngx_grip_base64.h"
#include "text/ngx_grip_json.h"


/* each byte of a word the same */
#define NGX_GRIP_JSON_BYTES(c)   ((uint64_t) (c) * 0x0101010101010101)


static u_char *ngx_grip_json_plain_end(u_char *first, u_char *p, u_char *last);
static ngx_uint_t ngx_grip_json_plain_word(u_char *p);
static size_t ngx_grip_json_escape_char(u_char *dst, u_char *p);


size_t
ngx_grip_json_escape(u_char *dst, u_char *src, size_t len)
{
    size_t   n;
    u_char  *p, *last, *plain;

    if (len == 0) {
        return 0;
    }

    n = 0;
    p = src;
    last = src + len;

    while (p < last) {
        plain = p;
        p = ngx_grip_json_plain_end(src, p, last);

        if (dst) {
            ngx_memcpy(dst + n, plain, (size_t) (p - plain));
        }

        n += (size_t) (p - plain);

        if (p < last) {
            n += ngx_grip_json_escape_char(ngx_grip_json_at(dst, n), p);

            /* above ASCII only U+2028 and U+2029 are escaped */

            p += (*p < 0x80) ? 1 : 3;
        }
    }

    return n;
}


static u_char *
ngx_grip_json_plain_end(u_char *first, u_char *p, u_char *last)
{
    while (p < last) {

        if (last - p >= (ptrdiff_t) sizeof(uint64_t)) {
            if (ngx_grip_json_plain_word(p)) {
                p += sizeof(uint64_t);
                continue;
            }

        /* the last bytes as a word with some of those before them */

        } else if (last - first >= (ptrdiff_t) sizeof(uint64_t)
                   && ngx_grip_json_plain_word(last - sizeof(uint64_t)))
        {
            return last;
        }

        if (*p < 0x20 || *p == '"' || *p == '\\') {
            break;
        }

        /* these end a line in JavaScript, where JSON may be pasted */

        if (*p == 0xe2 && last - p > 2
            && p[1] == 0x80 && (p[2] == 0xa8 || p[2] == 0xa9))
        {
            break;
        }

        p++;
    }

    return p;
}


/* whether eight bytes are all ASCII that needs no escape */

static ngx_uint_t
ngx_grip_json_plain_word(u_char *p)
{
    uint64_t  word, found;

    ngx_memcpy(&word, p, sizeof(word));

    found = word
            | (word - NGX_GRIP_JSON_BYTES(0x20))
            | ((word ^ NGX_GRIP_JSON_BYTES('"')) - NGX_GRIP_JSON_BYTES(1))
            | ((word ^ NGX_GRIP_JSON_BYTES('\\')) - NGX_GRIP_JSON_BYTES(1));

    return (found & NGX_GRIP_JSON_BYTES(0x80)) == 0;
}


static size_t
ngx_grip_json_escape_char(u_char *dst, u_char *p)
{
    u_char  ch, text[6];
    size_t  n;

    static const u_char  hex[] = "0123456789abcdef";

    text[0] = '\\';
    n = 2;

    switch (*p) {

    case '"':
    case '\\':
        text[1] = *p;
        break;

    case '\b':
        text[1] = 'b';
        break;

    case '\f':
        text[1] = 'f';
        break;

    case LF:
        text[1] = 'n';
        break;

    case CR:
        text[1] = 'r';
        break;

    case '\t':
        text[1] = 't';
        break;

    default:
        ch = (u_char) (*p < 0x80 ? *p : p[2] - 0x80);

        text[1] = 'u';
        text[2] = (u_char) (*p < 0x80 ? '0' : '2');
        text[3] = '0';
        text[4] = hex[ch >> 4];
        text[5] = hex[ch & 0x0f];

        n = 6;
    }

    if (dst) {
        ngx_memcpy(dst, text, n);
    }

    return n;
}


size_t
ngx_grip_json_member(u_char *dst, const char *name, ngx_str_t *value)
{
    size_t  n;

    n = ngx_grip_json_literal(dst, "\"");
    n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), name);
    n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), "\":");
    n += ngx_grip_json_string(ngx_grip_json_at(dst, n), value);

    return n;
}


size_t
ngx_grip_json_pair(u_char *dst, ngx_str_t *name, ngx_str_t *value)
{
    size_t  n;

    n = ngx_grip_json_string(dst, name);
    n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), ":");
    n += ngx_grip_json_string(ngx_grip_json_at(dst, n), value);

    return n;
}


size_t
ngx_grip_json_number(u_char *dst, const char *name, ngx_uint_t value)
{
    char    digits[NGX_INT_T_LEN + 1], *p;
    size_t  n;

    p = digits + NGX_INT_T_LEN;
    *p = '\0';

    do {
        *--p = (char) ('0' + value % 10);
        value /= 10;
    } while (value);

    n = ngx_grip_json_literal(dst, "\"");
    n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), name);
    n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), "\":");
    n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), p);

    return n;
}


size_t
ngx_grip_json_string(u_char *dst, ngx_str_t *value)
{
    size_t  n;

    n = ngx_grip_json_literal(dst, "\"");
    n += ngx_grip_json_escape(ngx_grip_json_at(dst, n), value->data,
                              value->len);
    n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), "\"");

    return n;
}


size_t
ngx_grip_json_joined(u_char *dst, ngx_str_t *first, ngx_str_t *second)
{
    size_t  n;

    n = ngx_grip_json_literal(dst, "\"");
    n += ngx_grip_json_escape(ngx_grip_json_at(dst, n), first->data,
                              first->len);
    n += ngx_grip_json_escape(ngx_grip_json_at(dst, n), second->data,
                              second->len);
    n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), "\"");

    return n;
}


size_t
ngx_grip_json_base64(u_char *dst, ngx_str_t *value)
{
    size_t  n;

    n = ngx_grip_json_literal(dst, "\"");

    if (dst) {
        (void) ngx_grip_base64_encode(dst + n, value->data, value->len);
    }

    n += ngx_grip_base64_len(value->len);
    n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), "\"");

    return n;
}
