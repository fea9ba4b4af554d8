
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The answer of a function to an event, by each of the contracts: flags, how
 * many headers, these, and the body.  The proxy gets events that can be read in
 * any case, no message of a function is a control message, and no header has a
 * byte that would end it.
 */


#include "action/ngx_http_grip_handshake.h"
#include "action/ngx_http_grip_meta.h"
#include "function/ngx_http_grip_function.h"
#include "function/ngx_http_grip_function_api_gateway.h"
#include "lib/http.h"
#include "request/ngx_http_grip_headers.h"


#define FUNCTION_ROOM     5000


typedef struct {
    fuzz_request_t             *fr;
    fuzz_request_t             *sub;
    ngx_http_grip_websocket_t   ws;
    ngx_http_grip_function_t    fn;
} function_t;


static void function_read(fuzz_input_t *in, function_t *f);
static ngx_int_t function_answer(function_t *f);
static ngx_str_t function_events(function_t *f);
static void function_reader(ngx_grip_ws_reader_t *rd, ngx_str_t *events);
static void function_check(function_t *f, ngx_str_t *events);
static void function_text(function_t *f, ngx_str_t *text);
static void function_channel(function_t *f, json_t *json);
static void function_headers(function_t *f);
static void function_header(function_t *f, ngx_table_elt_t *h);
static void function_plain(function_t *f, ngx_str_t *events);
static ngx_uint_t function_message(function_t *f, ngx_str_t *events,
    ngx_uint_t n, ngx_str_t *text);
static void function_json(function_t *f, ngx_str_t *events);


void
fuzz_target(fuzz_input_t *in)
{
    ngx_int_t    rc;
    ngx_str_t    events;
    function_t  *f;

    f = memset(fuzz_alloc(sizeof(function_t)), 0, sizeof(function_t));

    function_read(in, f);

    rc = function_answer(f);

    fuzz_holds(rc == NGX_OK || rc == NGX_DECLINED || rc == NGX_ABORT);
    fuzz_holds(f->ws.reject == 0
               || (f->ws.opening && f->ws.reject >= 400
                   && f->ws.reject <= 599));

    events = function_events(f);

    function_check(f, &events);
    function_headers(f);

    if (rc == NGX_OK && f->fn.contract == NGX_HTTP_GRIP_CALL_PLAIN) {
        function_plain(f, &events);
    }

    if (rc == NGX_OK && f->fn.contract == NGX_HTTP_GRIP_CALL_JSON) {
        function_json(f, &events);
    }

    fuzz_request_end(f->fr);
}


static void
function_read(fuzz_input_t *in, function_t *f)
{
    ngx_str_t    name, value;
    ngx_uint_t   flags, i, n;

    static ngx_str_t  id = ngx_string("id"), content = ngx_string("echo");
    static ngx_str_t  offered = ngx_string("Sec-WebSocket-Protocol");
    static ngx_str_t  protocols = ngx_string("chat, v2.chat");
    static ngx_str_t  meta = ngx_string("Meta-User");
    static ngx_str_t  type = ngx_string("content-type");

    static const ngx_uint_t  types[] = {
        NGX_GRIP_WS_OPEN, NGX_GRIP_WS_TEXT, NGX_GRIP_WS_BINARY,
        NGX_GRIP_WS_PING, NGX_GRIP_WS_PONG, NGX_GRIP_WS_CLOSE,
        NGX_GRIP_WS_DISCONNECT, NGX_GRIP_WS_TEXT
    };

    f->fr = fuzz_request();
    f->sub = fuzz_request();

    f->fr->ctx.websocket = &f->ws;

    fuzz_header(&f->fr->request.headers_in.headers, &offered, &protocols);
    fuzz_header(&f->fr->request.headers_in.headers, &meta, &content);

    flags = fuzz_byte(in);

    f->ws.request = &f->fr->request;
    f->ws.connection_id = &id;
    f->ws.trusted = 1;
    f->ws.grip = (flags & 8) == 0;
    f->ws.opening = (types[flags & 7] == NGX_GRIP_WS_OPEN);

    fuzz_holds(ngx_http_grip_answer_init(&f->ws.answer, f->fr->request.pool,
                                         64)
               == NGX_OK);

    f->fn.contract = (flags >> 4) % 3;
    f->fn.reply = (flags & 0x40) != 0;
    f->fn.websocket = &f->ws;
    f->fn.call.subrequest = &f->sub->request;
    f->fn.call.status = 200;
    f->fn.id = id;
    ngx_str_set(&f->fn.call.uri, "/function");

    n = fuzz_byte(in);
    f->ws.max_send_size = (n & 0x80) ? FUNCTION_ROOM : 0;

    for (i = 0; i < (n & 0x7f) && in->pos < in->end; i++) {
        name = fuzz_field(in);
        value = fuzz_field(in);

        fuzz_header(&f->sub->request.headers_out.headers, &name, &value);

        if (ngx_http_grip_headers_same(&name, &type)) {
            f->sub->request.headers_out.content_type = value;
        }
    }

    f->fn.call.answer = fuzz_rest(in);

    ngx_http_grip_event_take(&f->ws, types[flags & 7], &content);
}


static ngx_int_t
function_answer(function_t *f)
{
    ngx_int_t  rc;

    if (f->ws.opening) {
        fuzz_holds(ngx_http_grip_handshake_open(&f->ws) == NGX_OK);
    }

    switch (f->fn.contract) {

    case NGX_HTTP_GRIP_CALL_PLAIN:
        rc = ngx_http_grip_function_plain_answer(&f->fn);
        break;

    case NGX_HTTP_GRIP_CALL_JSON:
        rc = ngx_http_grip_function_json_answer(&f->fn);
        break;

    default:
        rc = ngx_http_grip_function_api_gateway_answer(&f->fn);

        if (rc == NGX_DECLINED) {
            rc = ngx_http_grip_function_api_gateway_failed(&f->fn);
        }
    }

    if (rc == NGX_DECLINED) {
        ngx_http_grip_event_fail(&f->ws, 502, "function failed");
    }

    fuzz_holds(ngx_http_grip_event_oblige(&f->ws) == NGX_OK);

    return rc;
}


/* what goes to the proxy, as one text */

static ngx_str_t
function_events(function_t *f)
{
    u_char       *p;
    ngx_str_t     events;
    ngx_chain_t  *cl;

    events = fuzz_room(f->ws.answer.size);
    p = events.data;

    fuzz_holds(events.len <= NGX_HTTP_GRIP_ANSWER_MAX);

    for (cl = f->ws.answer.out; cl; cl = cl->next) {
        fuzz_holds(ngx_buf_size(cl->buf) <= events.data + events.len - p);
        p = ngx_cpymem(p, cl->buf->pos, ngx_buf_size(cl->buf));
    }

    fuzz_holds(p == events.data + events.len);

    return events;
}


static void
function_reader(ngx_grip_ws_reader_t *rd, ngx_str_t *events)
{
    ngx_memzero(rd, sizeof(ngx_grip_ws_reader_t));

    rd->start = events->data;
    rd->pos = events->data;
    rd->end = events->data + events->len;
}


static void
function_check(function_t *f, ngx_str_t *events)
{
    ngx_int_t              rc;
    ngx_uint_t             n, ended;
    ngx_grip_ws_event_t    ev;
    ngx_grip_ws_reader_t   rd;

    function_reader(&rd, events);

    ended = 0;

    for (n = 0; (rc = ngx_grip_ws_read(&rd, &ev)) == NGX_OK; n++) {
        fuzz_holds(!ended);

        switch (ev.type) {

        case NGX_GRIP_WS_OPEN:
            fuzz_holds(n == 0 && f->ws.opening && ev.content.len == 0);
            break;

        case NGX_GRIP_WS_TEXT:
            function_text(f, &ev.content);
            break;

        case NGX_GRIP_WS_BINARY:
            fuzz_holds(!f->ws.grip
                       || (ev.content.len >= 2
                           && memcmp(ev.content.data, "m:", 2) == 0));
            break;

        case NGX_GRIP_WS_PING:
        case NGX_GRIP_WS_PONG:
            fuzz_holds(ev.content.len <= NGX_GRIP_WS_PAYLOAD_MAX);
            break;

        case NGX_GRIP_WS_CLOSE:
            fuzz_holds(ev.content.len != 1);
            fuzz_holds(ev.content.len <= NGX_GRIP_WS_PAYLOAD_MAX);

            if (ev.content.len) {
                fuzz_holds(ngx_grip_ws_close_code_valid(
                               ev.content.data[0] << 8 | ev.content.data[1]));
                ev.content.data += 2;
                ev.content.len -= 2;
                fuzz_holds(fuzz_utf8(&ev.content));
            }

            ended = 1;
            break;

        default:
            fuzz_holds(ev.type == NGX_GRIP_WS_DISCONNECT);
            ended = 1;
        }
    }

    fuzz_holds(rc == NGX_DONE && n == f->ws.answer.nevents);
    fuzz_holds(f->ws.event != NGX_GRIP_WS_DISCONNECT || n == 0);
}


static void
function_text(function_t *f, ngx_str_t *text)
{
    ngx_str_t  json;

    fuzz_holds(fuzz_utf8(text));

    if (!f->ws.grip) {
        return;
    }

    fuzz_holds(text->len >= 2 && text->data[1] == ':');

    if (text->data[0] == 'm') {
        fuzz_holds(f->ws.max_send_size == 0
                   || text->len <= f->ws.max_send_size);
        return;
    }

    fuzz_holds(text->data[0] == 'c' && text->len <= NGX_GRIP_CONTROL_MAX);
    fuzz_holds(!fuzz_has_controls(text, "\x7f"));

    json.data = text->data + 2;
    json.len = text->len - 2;

    function_channel(f, fuzz_json(&json));
}


/* nobody has a channel without the prefix, but that of the connection */

static void
function_channel(function_t *f, json_t *json)
{
    json_t     *channel;
    ngx_str_t   name;

    fuzz_holds(json_is_string(fuzz_member(json, "type")));

    channel = json_object_get(json, "channel");

    if (channel == NULL) {
        return;
    }

    name = fuzz_string(channel);

    fuzz_holds(name.len > sizeof("prefix-") - 1
               && memcmp(name.data, "prefix-", sizeof("prefix-") - 1) == 0);

    name.data += sizeof("prefix-") - 1;
    name.len -= sizeof("prefix-") - 1;

    fuzz_holds(fuzz_utf8(&name) && !fuzz_has_controls(&name, ""));
}


static void
function_headers(function_t *f)
{
    ngx_uint_t                n, metas;
    ngx_table_elt_t          *h;
    ngx_http_request_t       *r;
    ngx_http_grip_headers_t   hs;

    r = &f->fr->request;

    fuzz_holds(ngx_http_grip_handshake_reply(&f->ws) == NGX_OK);
    fuzz_holds(ngx_http_grip_meta_reply(r) == NGX_OK);

    ngx_http_grip_headers_init(&hs, &r->headers_out.headers);

    metas = 0;

    for (n = 0; (h = ngx_http_grip_headers_next(&hs)) != NULL; n++) {
        function_header(f, h);

        metas += h->key.len >= 9
                 && strncasecmp((char *) h->key.data, "set-meta-", 9) == 0;
    }

    fuzz_holds(f->ws.opening || n == metas);
    fuzz_holds(metas <= NGX_HTTP_GRIP_META_NAMES_MAX);
}


static void
function_header(function_t *f, ngx_table_elt_t *h)
{
    size_t                    i;
    ngx_str_t                 name;
    ngx_uint_t                said;
    ngx_table_elt_t          *other;
    ngx_http_grip_headers_t   hs;

    static ngx_str_t  protocol = ngx_string("Sec-WebSocket-Protocol");

    fuzz_holds(fuzz_token(&h->key));
    fuzz_holds(fuzz_line(&h->value));

    name = fuzz_copy(h->key.data, h->key.len);
    ngx_strlow(name.data, name.data, name.len);

    if (ngx_http_grip_headers_same(&name, &protocol)) {
        fuzz_holds(fuzz_is(&h->value, "chat")
                   || fuzz_is(&h->value, "v2.chat"));
        return;
    }

    fuzz_holds(!fuzz_is(&name, "connection") && !fuzz_is(&name, "upgrade"));
    fuzz_holds(!fuzz_is(&name, "transfer-encoding"));

    for (i = 0; i + 14 <= name.len; i++) {
        fuzz_holds(i != 0 || memcmp(name.data, "sec-websocket-", 14) != 0);
    }

    fuzz_holds(name.len < 8 || memcmp(name.data, "content-", 8) != 0);
    fuzz_holds(name.len < 5 || memcmp(name.data, "grip-", 5) != 0);

    if (f->fn.contract != NGX_HTTP_GRIP_CALL_PLAIN) {
        return;
    }

    /* it is one of those that the function has said, or a meta deleted */

    ngx_http_grip_headers_init(&hs, &f->sub->request.headers_out.headers);

    said = (h->value.len == 0);

    while ((other = ngx_http_grip_headers_next(&hs)) != NULL) {
        said |= fuzz_same(&other->value, &h->value);
    }

    fuzz_holds(said);
}


/* a body that can be sent arrives as it is */

static void
function_plain(function_t *f, ngx_str_t *events)
{
    ngx_str_t  text, type;

    text = f->fn.call.answer;
    type = f->sub->request.headers_out.content_type;

    if (text.len == 0 || f->ws.event == NGX_GRIP_WS_DISCONNECT
        || (f->ws.max_send_size && text.len + 2 > f->ws.max_send_size)
        || (!fuzz_utf8(&text) && type.len == 0))
    {
        return;
    }

    if (type.len && !fuzz_utf8(&text)) {
        return;
    }

    fuzz_holds(function_message(f, events, 0, &text) == 1);
}


/* whether the n-th message is that one; 2: there are no so many */

static ngx_uint_t
function_message(function_t *f, ngx_str_t *events, ngx_uint_t n,
    ngx_str_t *text)
{
    ngx_str_t              content;
    ngx_grip_ws_event_t    ev;
    ngx_grip_ws_reader_t   rd;

    function_reader(&rd, events);

    while (ngx_grip_ws_read(&rd, &ev) == NGX_OK) {

        if (!(ev.type & (NGX_GRIP_WS_TEXT|NGX_GRIP_WS_BINARY))) {
            continue;
        }

        content = ev.content;

        if (f->ws.grip) {
            if (content.data[0] == 'c') {
                continue;
            }

            content.data += 2;
            content.len -= 2;
        }

        if (n-- == 0) {
            return fuzz_same(&content, text);
        }
    }

    return 2;
}


/* the texts of "send" arrive in their order */

static void
function_json(function_t *f, ngx_str_t *events)
{
    size_t       i;
    json_t      *json, *action, *send;
    ngx_str_t    text;
    ngx_uint_t   n;

    if (f->fn.call.answer.len == 0
        || f->ws.event == NGX_GRIP_WS_DISCONNECT)
    {
        return;
    }

    json = json_loadb((char *) f->fn.call.answer.data, f->fn.call.answer.len,
                      JSON_DECODE_ANY|JSON_ALLOW_NUL|JSON_REJECT_DUPLICATES,
                      NULL);

    n = 0;

    json_array_foreach(json, i, action) {
        send = json_object_get(action, "send");

        if (send == NULL) {

            /* an end, or what is not compared here */

            if (json_object_get(action, "set_meta") == NULL
                && json_object_get(action, "subscribe") == NULL
                && json_object_get(action, "unsubscribe") == NULL)
            {
                break;
            }

            continue;
        }

        text = fuzz_string(send);

        if (f->ws.max_send_size && text.len + 2 > f->ws.max_send_size) {
            break;
        }

        fuzz_holds(function_message(f, events, n++, &text) == 1);
    }

    json_decref(json);
}
