
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * WebSocket-over-HTTP events, read in place and written by hand.  The body
 * of a request is hostile: what it says of lengths is believed only after
 * it has been compared with what is there.
 */


#include "text/ngx_grip_utf8.h"
#include "wire/ngx_grip_ws.h"


/* the start of nearly all events */
#define NGX_GRIP_WS_TEXT_LINE    "TEXT "

/* unknown types are skipped, but a text without an end is not a type */
#define NGX_GRIP_WS_TYPE_MAX     32

/* more cannot be meant, and these cannot overflow */
#define NGX_GRIP_WS_DIGITS_MAX   8


static u_char *ngx_grip_ws_read_type(ngx_grip_ws_reader_t *rd, u_char *p,
    ngx_uint_t *type);
static u_char *ngx_grip_ws_read_content(ngx_grip_ws_reader_t *rd, u_char *p,
    ngx_str_t *content);
static u_char *ngx_grip_ws_read_len(ngx_grip_ws_reader_t *rd, u_char *p,
    size_t *len);
static u_char *ngx_grip_ws_read_crlf(ngx_grip_ws_reader_t *rd, u_char *p,
    const char *err);
static u_char *ngx_grip_ws_error(ngx_grip_ws_reader_t *rd, u_char *p,
    const char *err);
static ngx_uint_t ngx_grip_ws_type(u_char *p, size_t len);


/* in the order of the bits; all are copied at the length of the longest */

static const struct {
    size_t  len;
    u_char  data[sizeof("DISCONNECT")];
} ngx_grip_ws_types[] = {
    { 4, "OPEN" },
    { 4, "TEXT" },
    { 6, "BINARY" },
    { 4, "PING" },
    { 4, "PONG" },
    { 5, "CLOSE" },
    { 10, "DISCONNECT" }
};


/* in the same order */

static ngx_str_t  ngx_grip_ws_names[] = {
    ngx_string("open"),
    ngx_string("text"),
    ngx_string("binary"),
    ngx_string("ping"),
    ngx_string("pong"),
    ngx_string("close"),
    ngx_string("disconnect"),
    ngx_string("poll"),
    ngx_null_string
};


ngx_str_t *
ngx_grip_ws_name(ngx_uint_t type)
{
    ngx_uint_t  i;

    for (i = 0; ngx_grip_ws_names[i].len; i++) {
        if (type == (ngx_uint_t) 1 << i) {
            return &ngx_grip_ws_names[i];
        }
    }

    return NULL;
}


ngx_uint_t
ngx_grip_ws_named(ngx_str_t *name)
{
    ngx_str_t  *known;

    for (known = ngx_grip_ws_names; known->len; known++) {
        if (known->len == name->len
            && ngx_memcmp(known->data, name->data, name->len) == 0)
        {
            return (ngx_uint_t) 1 << (known - ngx_grip_ws_names);
        }
    }

    return 0;
}


ngx_uint_t
ngx_grip_ws_message_named(ngx_str_t *name)
{
    return ngx_grip_ws_named(name)
           & (NGX_GRIP_WS_TEXT|NGX_GRIP_WS_BINARY
              |NGX_GRIP_WS_PING|NGX_GRIP_WS_PONG);
}


ngx_int_t
ngx_grip_ws_read(ngx_grip_ws_reader_t *rd, ngx_grip_ws_event_t *ev)
{
    u_char  *p;

    while (rd->pos < rd->end) {

        p = ngx_grip_ws_read_type(rd, rd->pos, &ev->type);
        if (p == NULL) {
            return NGX_ERROR;
        }

        if (p < rd->end && *p == ' ') {
            p = ngx_grip_ws_read_content(rd, p + 1, &ev->content);

        } else {
            p = ngx_grip_ws_read_crlf(rd, p, "no CRLF after event type");

            ev->content.len = 0;
            ev->content.data = p;
        }

        if (p == NULL) {
            return NGX_ERROR;
        }

        rd->pos = p;

        if (ev->type) {
            return NGX_OK;
        }
    }

    return NGX_DONE;
}


/* each of the following returns where it has read to, or NULL */

static u_char *
ngx_grip_ws_read_type(ngx_grip_ws_reader_t *rd, u_char *p, ngx_uint_t *type)
{
    size_t   len;
    u_char  *last;

    len = sizeof(NGX_GRIP_WS_TEXT_LINE) - 1;

    if ((size_t) (rd->end - p) > len
        && ngx_memcmp(p, NGX_GRIP_WS_TEXT_LINE, len) == 0)
    {
        *type = NGX_GRIP_WS_TEXT;
        return p + len - 1;
    }

    last = rd->end;

    if (last - p > NGX_GRIP_WS_TYPE_MAX) {
        last = p + NGX_GRIP_WS_TYPE_MAX;
    }

    while (p < last && *p > ' ' && *p < 0x7f) {
        p++;
    }

    if (p == rd->pos) {
        return ngx_grip_ws_error(rd, p, "no event type");
    }

    *type = ngx_grip_ws_type(rd->pos, (size_t) (p - rd->pos));

    return p;
}


static u_char *
ngx_grip_ws_read_content(ngx_grip_ws_reader_t *rd, u_char *p,
    ngx_str_t *content)
{
    size_t   len;
    u_char  *digits;

    digits = p;

    p = ngx_grip_ws_read_len(rd, p, &len);
    if (p == NULL) {
        return NULL;
    }

    p = ngx_grip_ws_read_crlf(rd, p, "no CRLF after content length");
    if (p == NULL) {
        return NULL;
    }

    if (len > (size_t) (rd->end - p)) {
        return ngx_grip_ws_error(rd, digits,
                                 "content length is beyond the end");
    }

    content->len = len;
    content->data = p;

    return ngx_grip_ws_read_crlf(rd, p + len, "no CRLF after content");
}


static u_char *
ngx_grip_ws_read_len(ngx_grip_ws_reader_t *rd, u_char *p, size_t *len)
{
    u_char  ch, *digits, *last;
    size_t  n;

    n = 0;
    last = rd->end;

    if (last - p > NGX_GRIP_WS_DIGITS_MAX) {
        last = p + NGX_GRIP_WS_DIGITS_MAX + 1;
    }

    for (digits = p; p < last; p++) {
        ch = (u_char) (*p - '0');

        if (ch > 9) {
            ch = (u_char) ((*p | 0x20) - 'a');

            if (ch > 5) {
                break;
            }

            ch += 10;
        }

        n = n * 16 + ch;
    }

    if (p - digits > NGX_GRIP_WS_DIGITS_MAX) {
        return ngx_grip_ws_error(rd, p - 1, "content length is too long");
    }

    if (p == digits) {
        return ngx_grip_ws_error(rd, p, "no hexadecimal content length");
    }

    *len = n;

    return p;
}


static u_char *
ngx_grip_ws_read_crlf(ngx_grip_ws_reader_t *rd, u_char *p, const char *err)
{
    if (rd->end - p > 1 && p[0] == CR && p[1] == LF) {
        return p + 2;
    }

    if (p < rd->end && *p == CR) {
        p++;
    }

    return ngx_grip_ws_error(rd, p, err);
}


static u_char *
ngx_grip_ws_error(ngx_grip_ws_reader_t *rd, u_char *p, const char *err)
{
    rd->pos = p;
    rd->err = err;

    return NULL;
}


static ngx_uint_t
ngx_grip_ws_type(u_char *p, size_t len)
{
    switch (len) {

    case 4:
        if (ngx_memcmp(p, "TEXT", 4) == 0) {
            return NGX_GRIP_WS_TEXT;
        }

        if (ngx_memcmp(p, "OPEN", 4) == 0) {
            return NGX_GRIP_WS_OPEN;
        }

        if (ngx_memcmp(p, "PING", 4) == 0) {
            return NGX_GRIP_WS_PING;
        }

        return ngx_memcmp(p, "PONG", 4) == 0 ? NGX_GRIP_WS_PONG : 0;

    case 5:
        return ngx_memcmp(p, "CLOSE", 5) == 0 ? NGX_GRIP_WS_CLOSE : 0;

    case 6:
        return ngx_memcmp(p, "BINARY", 6) == 0 ? NGX_GRIP_WS_BINARY : 0;

    case 10:
        return ngx_memcmp(p, "DISCONNECT", 10) == 0 ? NGX_GRIP_WS_DISCONNECT
                                                    : 0;

    default:
        return 0;
    }
}


u_char *
ngx_grip_ws_write_line(u_char *p, ngx_uint_t type, size_t len)
{
    size_t       n;
    u_char      *last;
    ngx_uint_t   i, digits;

    static const u_char  hex[] = "0123456789abcdef";

    i = ngx_grip_ws_index(type);

    ngx_memcpy(p, ngx_grip_ws_types[i].data,
               sizeof(ngx_grip_ws_types[i].data));
    p += ngx_grip_ws_types[i].len;

    if (len) {
        *p++ = ' ';

        for (n = len >> 4, digits = 1; n; n >>= 4) {
            digits++;
        }

        for (last = p + digits, p = last; len; len >>= 4) {
            *--p = hex[len & 0x0f];
        }

        p = last;
    }

    *p++ = CR;
    *p++ = LF;

    return p;
}


void
ngx_grip_ws_close_parse(ngx_str_t *content, ngx_uint_t *code,
    ngx_str_t *reason)
{
    if (content->len < 2) {
        *code = 0;

        reason->len = 0;
        reason->data = content->data + content->len;

        return;
    }

    *code = (ngx_uint_t) (content->data[0] << 8) | content->data[1];

    reason->len = content->len - 2;
    reason->data = content->data + 2;
}


size_t
ngx_grip_ws_write_reason(u_char *dst, ngx_str_t *reason)
{
    return ngx_grip_utf8_copy(dst, NGX_GRIP_WS_REASON_MAX, reason);
}


ngx_uint_t
ngx_grip_ws_close_code_valid(ngx_uint_t code)
{
    return (code >= 1000 && code <= 1003)
           || (code >= 1007 && code <= 1014)
           || (code >= 3000 && code <= 4999);
}
