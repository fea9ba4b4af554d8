
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * WebSocket-over-HTTP events.  Events that are read lie within the body, in
 * order; written again, they read back the same, and so on for ever.
 */


#include "lib/fuzz.h"
#include "text/ngx_grip_utf8.h"
#include "wire/ngx_grip_ws.h"


static ngx_str_t events_again(ngx_str_t *body);
static u_char *events_write(u_char *p, ngx_grip_ws_event_t *ev);
static void events_close(ngx_grip_ws_event_t *ev);
static void events_name(ngx_uint_t type);
static void events_reader(ngx_grip_ws_reader_t *rd, ngx_str_t *body);


void
fuzz_target(fuzz_input_t *in)
{
    ngx_str_t             body, again, once_more;
    ngx_grip_ws_event_t   ev;
    ngx_grip_ws_reader_t  rd;

    body = fuzz_rest(in);

    again = events_again(&body);

    if (again.data == NULL) {
        return;
    }

    fuzz_holds(again.len <= body.len);

    once_more = events_again(&again);

    fuzz_holds(once_more.data != NULL);
    fuzz_holds(fuzz_same(&again, &once_more));

    /* nothing is read of a body that is cut within its last event */

    if (again.len == 0) {
        return;
    }

    again.len--;
    events_reader(&rd, &again);

    while (ngx_grip_ws_read(&rd, &ev) == NGX_OK) { /* void */ }

    fuzz_holds(rd.err != NULL);
}


/* the events of the body as we write them; data is NULL if it is malformed */

static ngx_str_t
events_again(ngx_str_t *body)
{
    u_char                *p, *last;
    ngx_int_t              rc;
    ngx_str_t              again;
    ngx_grip_ws_event_t    ev;
    ngx_grip_ws_reader_t   rd;

    events_reader(&rd, body);

    /* the line needs room that its event may not have */

    again = fuzz_room(body->len + NGX_GRIP_WS_LINE_LEN);
    p = again.data;
    last = body->data;

    while ((rc = ngx_grip_ws_read(&rd, &ev)) == NGX_OK) {

        fuzz_holds(ev.content.data >= last);
        fuzz_holds(rd.pos <= rd.end);
        fuzz_holds(ev.content.data + ev.content.len <= rd.pos);

        last = rd.pos;

        events_name(ev.type);
        events_close(&ev);

        p = events_write(p, &ev);
    }

    if (rc == NGX_DONE) {
        fuzz_holds(rd.pos == rd.end);
        fuzz_holds(ngx_grip_ws_read(&rd, &ev) == NGX_DONE);

        again.len = p - again.data;

        return again;
    }

    fuzz_holds(rc == NGX_ERROR);
    fuzz_holds(rd.err != NULL);
    fuzz_holds(rd.pos >= body->data && rd.pos <= rd.end);

    ngx_str_null(&again);

    return again;
}


static u_char *
events_write(u_char *p, ngx_grip_ws_event_t *ev)
{
    u_char  line[NGX_GRIP_WS_LINE_LEN], *last;

    last = ngx_grip_ws_write_line(line, ev->type, ev->content.len);

    p = ngx_cpymem(p, line, last - line);

    if (ev->content.len) {
        p = ngx_cpymem(p, ev->content.data, ev->content.len);
        *p++ = CR;
        *p++ = LF;
    }

    return p;
}


/* what is echoed of a CLOSE is UTF-8 that fits, and all that does */

static void
events_close(ngx_grip_ws_event_t *ev)
{
    size_t       len;
    ngx_str_t    reason, copy;
    ngx_uint_t   code;

    ngx_grip_ws_close_parse(&ev->content, &code, &reason);

    fuzz_holds(code <= 0xffff);
    fuzz_holds(code != 0 || reason.len == 0 || ev->content.len >= 2);
    fuzz_holds(reason.data + reason.len
               == ev->content.data + ev->content.len);

    copy = fuzz_room(NGX_GRIP_WS_REASON_MAX);
    len = ngx_grip_ws_write_reason(copy.data, &reason);

    fuzz_holds(len <= copy.len);
    copy.len = len;

    fuzz_holds(fuzz_utf8(&copy));

    if (fuzz_utf8(&reason)) {
        fuzz_holds(memcmp(copy.data, reason.data, len) == 0);
        fuzz_holds(reason.len == len || len > NGX_GRIP_WS_REASON_MAX - 4);
    }
}


static void
events_name(ngx_uint_t type)
{
    ngx_str_t  *name;

    name = ngx_grip_ws_name(type);

    fuzz_holds(name != NULL);
    fuzz_holds(ngx_grip_ws_named(name) == type);
}


static void
events_reader(ngx_grip_ws_reader_t *rd, ngx_str_t *body)
{
    ngx_memzero(rd, sizeof(ngx_grip_ws_reader_t));

    rd->start = body->data;
    rd->pos = body->data;
    rd->end = body->data + body->len;
}
