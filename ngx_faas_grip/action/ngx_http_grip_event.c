
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * One event: what nobody must see, what it is owed whatever was done about it,
 * and how a connection ends.  protocol 1.4, 1.5.
 */


#include "action/ngx_http_grip_event.h"
#include "request/ngx_http_grip_limit.h"
#include "request/ngx_http_grip_notice.h"
#include "text/ngx_grip_utf8.h"


static ngx_int_t ngx_http_grip_event_oblige_one(
    ngx_http_grip_websocket_t *ws);
static ngx_int_t ngx_http_grip_event_pong(ngx_http_grip_websocket_t *ws);
static ngx_int_t ngx_http_grip_event_echo(ngx_http_grip_websocket_t *ws);


void
ngx_http_grip_event_take(ngx_http_grip_websocket_t *ws, ngx_uint_t type,
    ngx_str_t *content)
{
    ws->event = type;
    ws->content = *content;
    ws->ponged = 0;
    ws->parsed = 0;
    ws->close_code = 0;
    ngx_str_set(&ws->message, "");
    ngx_str_null(&ws->close_reason);

    if (ws->document) {
        ngx_grip_document_free(ws->document);
        ws->document = NULL;
        ws->looked_up = NULL;
    }

    switch (type) {

    case NGX_GRIP_WS_TEXT:
    case NGX_GRIP_WS_BINARY:
    case NGX_GRIP_WS_PING:
    case NGX_GRIP_WS_PONG:
        ws->message = *content;
        break;

    case NGX_GRIP_WS_CLOSE:
        ngx_grip_ws_close_parse(content, &ws->close_code, &ws->close_reason);
        break;
    }
}


ngx_uint_t
ngx_http_grip_event_refusal(ngx_http_grip_websocket_t *ws, ngx_uint_t type,
    ngx_str_t *content)
{
    ngx_http_grip_loc_conf_t  *glcf;

    glcf = ngx_http_get_module_loc_conf(ws->request,
                                        ngx_http_faas_grip_module);

    if (ws->nevents >= glcf->max_events) {

        /* nothing follows the end of the connection, so it may be one more */

        if (ws->nevents > glcf->max_events
            || !(type & (NGX_GRIP_WS_CLOSE|NGX_GRIP_WS_DISCONNECT)))
        {
            return NGX_GRIP_WS_CLOSE_TRY_LATER;
        }
    }

    if (!(type & (NGX_GRIP_WS_TEXT|NGX_GRIP_WS_BINARY))) {
        return 0;
    }

    if (glcf->max_message_size && content->len > glcf->max_message_size) {
        return NGX_GRIP_WS_CLOSE_TOO_BIG;
    }

    if (type == NGX_GRIP_WS_TEXT
        && !ngx_grip_utf8_valid(content->data, content->len))
    {
        return NGX_GRIP_WS_CLOSE_INVALID_DATA;
    }

    return 0;
}


ngx_int_t
ngx_http_grip_event_refuse(ngx_http_grip_websocket_t *ws, ngx_uint_t code)
{
    if (code == NGX_GRIP_WS_CLOSE_TRY_LATER) {
        ngx_http_grip_limit(ws->request, NGX_HTTP_GRIP_LIMIT_MAX_EVENTS);

        ngx_http_grip_notice(ws->request, NGX_LOG_INFO,
                             "grip: request has more events than "
                             "\"grip_max_events\"");

        return ngx_http_grip_event_close(ws, code, "too many events");
    }

    if (code == NGX_GRIP_WS_CLOSE_TOO_BIG) {
        ngx_http_grip_limit(ws->request, NGX_HTTP_GRIP_LIMIT_MAX_MESSAGE_SIZE);

        ngx_http_grip_notice(ws->request, NGX_LOG_INFO,
                             "grip: message of %uz bytes exceeds "
                             "\"grip_max_message_size\"", ws->content.len);

        return ngx_http_grip_event_close(ws, code, "message too big");
    }

    ngx_http_grip_notice(ws->request, NGX_LOG_INFO,
                         "grip: text message is not valid UTF-8");

    return ngx_http_grip_event_close(ws, code, "invalid UTF-8");
}


ngx_uint_t
ngx_http_grip_event_opens(ngx_http_grip_websocket_t *ws)
{
    ngx_grip_ws_event_t  *ev;

    if (ws->batch == NULL) {
        return ws->event == NGX_GRIP_WS_OPEN;
    }

    ev = ws->batch->elts;

    return ev[0].type == NGX_GRIP_WS_OPEN;
}


ngx_int_t
ngx_http_grip_event_oblige(ngx_http_grip_websocket_t *ws)
{
    ngx_uint_t            i, ponged;
    ngx_array_t          *batch;
    ngx_grip_ws_event_t  *ev;

    batch = ws->batch;

    if (batch == NULL) {
        return ngx_http_grip_event_oblige_one(ws);
    }

    ws->batch = NULL;

    ev = batch->elts;
    ponged = ws->ponged;

    for (i = 0; i < batch->nelts; i++) {
        ngx_http_grip_event_take(ws, ev[i].type, &ev[i].content);
        ws->ponged = ponged;

        if (ngx_http_grip_event_oblige_one(ws) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_grip_event_oblige_one(ngx_http_grip_websocket_t *ws)
{
    switch (ws->event) {

    case NGX_GRIP_WS_PING:
        return (ws->ponged || ws->closed) ? NGX_OK
                                          : ngx_http_grip_event_pong(ws);

    case NGX_GRIP_WS_CLOSE:
        ws->done = 1;

        return ws->closed ? NGX_OK : ngx_http_grip_event_echo(ws);

    case NGX_GRIP_WS_DISCONNECT:

        /* nobody is left to read an answer */

        ngx_http_grip_answer_clear(&ws->answer);
        ws->closed = 1;
        ws->done = 1;

        return NGX_OK;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_grip_event_pong(ngx_http_grip_websocket_t *ws)
{
    u_char     *p;
    ngx_str_t  *content;

    content = &ws->content;

    if (content->len > NGX_GRIP_WS_PAYLOAD_MAX) {
        return NGX_OK;
    }

    if (!ngx_http_grip_answer_fits(&ws->answer, content->len)) {
        return ngx_http_grip_event_full(ws, "pong", content->len);
    }

    p = ngx_http_grip_answer_add(&ws->answer, NGX_GRIP_WS_PONG, content->len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(p, content->data, content->len);

    return NGX_OK;
}


/* CLOSE with the client's code and reason, as far as these may be sent */

static ngx_int_t
ngx_http_grip_event_echo(ngx_http_grip_websocket_t *ws)
{
    ngx_uint_t  code;

    code = ws->close_code;

    if (!ngx_grip_ws_close_code_valid(code)) {
        code = 0;
    }

    ws->closed = 1;

    return ngx_http_grip_answer_add_close(&ws->answer, code,
                                          &ws->close_reason);
}


ngx_int_t
ngx_http_grip_event_close(ngx_http_grip_websocket_t *ws, ngx_uint_t code,
    const char *reason)
{
    ngx_str_t  text;

    ws->done = 1;

    if (ws->closed) {
        return NGX_OK;
    }

    ws->closed = 1;

    text.len = ngx_strlen(reason);
    text.data = (u_char *) reason;

    return ngx_http_grip_answer_add_close(&ws->answer, code, &text);
}


ngx_int_t
ngx_http_grip_event_unsent(ngx_http_grip_websocket_t *ws)
{
    return ngx_http_grip_event_close(ws, NGX_GRIP_WS_CLOSE_TOO_BIG,
                                     "message too big to send");
}


ngx_int_t
ngx_http_grip_event_full(ngx_http_grip_websocket_t *ws, const char *action,
    size_t len)
{
    ngx_http_grip_limit(ws->request, NGX_HTTP_GRIP_LIMIT_ANSWER);

    len += ws->answer.size + NGX_GRIP_WS_LINE_LEN + 2
           + NGX_HTTP_GRIP_ANSWER_RESERVE;

    ngx_http_grip_notice(ws->request, NGX_LOG_ERR,
                         "grip: \"%s\" refused: %uz bytes exceed the proxy's "
                         "limit for an answer, %d bytes",
                         action, len, NGX_HTTP_GRIP_ANSWER_MAX);

    return ngx_http_grip_event_unsent(ws);
}


void
ngx_http_grip_event_fail(ngx_http_grip_websocket_t *ws,
    ngx_uint_t status, const char *reason)
{
    ws->done = 1;

    if (ws->opening) {
        if (ws->reject == 0) {
            ws->reject = status;
            ngx_str_null(&ws->reject_body);
        }

        return;
    }

    if (ws->event == NGX_GRIP_WS_DISCONNECT) {
        ngx_http_grip_answer_clear(&ws->answer);
        return;
    }

    if (ngx_http_grip_event_close(ws, NGX_GRIP_WS_CLOSE_INTERNAL, reason)
        != NGX_OK)
    {
        /* no memory even for this: the proxy will see the connection end */
        ws->reject = NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
}
