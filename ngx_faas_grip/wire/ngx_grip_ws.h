
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#ifndef _NGX_GRIP_WS_H_INCLUDED_
#define _NGX_GRIP_WS_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/*
 * WebSocket-over-HTTP events.  The types are bits, so that a set of them
 * is a mask.
 */

#define NGX_GRIP_WS_OPEN         0x0001
#define NGX_GRIP_WS_TEXT         0x0002
#define NGX_GRIP_WS_BINARY       0x0004
#define NGX_GRIP_WS_PING         0x0008
#define NGX_GRIP_WS_PONG         0x0010
#define NGX_GRIP_WS_CLOSE        0x0020
#define NGX_GRIP_WS_DISCONNECT   0x0040

/* that of an empty body, which has no line */
#define NGX_GRIP_WS_POLL         0x0080

/* the longest type line: "DISCONNECT", a space, hex digits, CRLF */
#define NGX_GRIP_WS_LINE_LEN     (sizeof("DISCONNECT") + 2 * sizeof(size_t) + 2)

/* limits of RFC 6455, sections 5.5 and 5.5.1 */
#define NGX_GRIP_WS_PAYLOAD_MAX  125
#define NGX_GRIP_WS_REASON_MAX   123

#define NGX_GRIP_WS_CLOSE_NORMAL         1000
#define NGX_GRIP_WS_CLOSE_INVALID_DATA   1007
#define NGX_GRIP_WS_CLOSE_POLICY         1008
#define NGX_GRIP_WS_CLOSE_TOO_BIG        1009
#define NGX_GRIP_WS_CLOSE_INTERNAL       1011
#define NGX_GRIP_WS_CLOSE_TRY_LATER      1013


typedef struct {
    u_char       *start;
    u_char       *pos;
    u_char       *end;
    const char   *err;
} ngx_grip_ws_reader_t;


typedef struct {
    ngx_uint_t    type;
    ngx_str_t     content;
} ngx_grip_ws_event_t;


/* the name of a type, in lower case; NULL: it has none */
ngx_str_t *ngx_grip_ws_name(ngx_uint_t type);

/* types have indices, too, from 0 to NGX_GRIP_WS_TYPES - 1 */
#define NGX_GRIP_WS_TYPES        8

static ngx_inline ngx_uint_t
ngx_grip_ws_index(ngx_uint_t type)
{
    ngx_uint_t  i;

    for (i = 0; type >>= 1; i++) { /* void */ }

    return i;
}

/* the type of that name; 0: unknown */
ngx_uint_t ngx_grip_ws_named(ngx_str_t *name);

/* the same of those that are messages: "text", "binary", "ping", "pong" */
ngx_uint_t ngx_grip_ws_message_named(ngx_str_t *name);

/*
 * Reads the next event of a known type; unknown types are skipped.
 * NGX_OK: ev is set, ev->content points into the input (empty, never NULL).
 * NGX_DONE: end of the input.  NGX_ERROR: rd->err says why (a literal), and
 * rd->pos - rd->start is the offset of the offending byte.  protocol 1.2.
 */
ngx_int_t ngx_grip_ws_read(ngx_grip_ws_reader_t *rd, ngx_grip_ws_event_t *ev);

/*
 * Writes the type line of an event with len bytes of content to p, which has
 * room for NGX_GRIP_WS_LINE_LEN bytes, all of which may change, and returns the
 * end of it.  The content and a CRLF follow it unless len is 0: then the event
 * is complete.
 */
u_char *ngx_grip_ws_write_line(u_char *p, ngx_uint_t type, size_t len);

/*
 * Splits the content of a CLOSE event.  *code is 0 if there is none (less
 * than two bytes); the reason points into the content.
 */
void ngx_grip_ws_close_parse(ngx_str_t *content, ngx_uint_t *code,
    ngx_str_t *reason);

/*
 * Writes what may be sent of a reason to dst, which has room for
 * NGX_GRIP_WS_REASON_MAX bytes, and returns its length: as many characters as
 * fit, with U+FFFD for what is no UTF-8.
 */
size_t ngx_grip_ws_write_reason(u_char *dst, ngx_str_t *reason);

/* whether the code may be sent: 1000-1003, 1007-1014, 3000-4999 */
ngx_uint_t ngx_grip_ws_close_code_valid(ngx_uint_t code);


#endif /* _NGX_GRIP_WS_H_INCLUDED_ */
