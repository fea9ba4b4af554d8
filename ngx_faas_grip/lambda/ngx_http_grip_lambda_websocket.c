
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The events that a Lambda function has answered.  protocol 1.4.
 */


#include "action/ngx_http_grip_event.h"
#include "action/ngx_http_grip_handshake.h"
#include "lambda/ngx_http_grip_lambda.h"
#include "request/ngx_http_grip_headers.h"
#include "request/ngx_http_grip_limit.h"
#include "request/ngx_http_grip_notice.h"
#include "text/ngx_grip_utf8.h"
#include "wire/ngx_grip_control.h"


static ngx_int_t ngx_http_grip_lambda_check(ngx_http_grip_lambda_t *lambda);
static ngx_int_t ngx_http_grip_lambda_add(ngx_http_grip_lambda_t *lambda,
    ngx_grip_ws_event_t *ev);
static ngx_int_t ngx_http_grip_lambda_open(ngx_http_grip_lambda_t *lambda);
static ngx_int_t ngx_http_grip_lambda_check_size(
    ngx_http_grip_lambda_t *lambda, ngx_grip_ws_event_t *ev);
static ngx_int_t ngx_http_grip_lambda_close(ngx_http_grip_lambda_t *lambda,
    ngx_str_t *content);


ngx_int_t
ngx_http_grip_lambda_websocket_events(ngx_http_grip_lambda_t *lambda)
{
    ngx_int_t                   rc;
    ngx_grip_ws_event_t         ev;
    ngx_grip_ws_reader_t        rd;
    ngx_http_grip_websocket_t  *ws;

    if (ngx_http_grip_lambda_check(lambda) != NGX_OK) {
        return NGX_DECLINED;
    }

    ws = lambda->websocket;

    rd.start = lambda->answer->body.data;
    rd.pos = rd.start;
    rd.end = rd.start + lambda->answer->body.len;

    while (!ws->closed && ngx_grip_ws_read(&rd, &ev) == NGX_OK) {

        /* a function that answers pings answers them all */

        ws->ponged |= (ev.type == NGX_GRIP_WS_PONG);

        rc = ngx_http_grip_lambda_check_size(lambda, &ev);

        if (rc == NGX_OK) {
            rc = ngx_http_grip_lambda_add(lambda, &ev);
        }

        if (rc == NGX_ERROR) {
            return NGX_ERROR;
        }
    }

    ws->done = ws->closed;

    return NGX_OK;
}


/* the whole body, before any of it is sent */

static ngx_int_t
ngx_http_grip_lambda_check(ngx_http_grip_lambda_t *lambda)
{
    ngx_int_t              rc;
    ngx_uint_t             n;
    const char            *err;
    ngx_grip_ws_event_t    ev;
    ngx_grip_ws_reader_t   rd;

    rd.start = lambda->answer->body.data;
    rd.pos = rd.start;
    rd.end = rd.start + lambda->answer->body.len;

    for (n = 0, err = NULL; err == NULL; n++) {

        rc = ngx_grip_ws_read(&rd, &ev);

        if (rc == NGX_ERROR) {
            err = rd.err;

        } else if (rc == NGX_OK && ev.type == NGX_GRIP_WS_TEXT
                   && !ngx_grip_utf8_valid(ev.content.data, ev.content.len))
        {
            err = "TEXT is not UTF-8";

        } else if (rc == NGX_OK && n && ev.type == NGX_GRIP_WS_OPEN) {
            err = "OPEN after another event";

        } else if (n == 0 && lambda->websocket->opening) {

            if (rc == NGX_DONE || ev.type != NGX_GRIP_WS_OPEN) {
                err = "OPEN is neither accepted nor rejected";
            }

        } else if (n == 0 && rc == NGX_OK && ev.type == NGX_GRIP_WS_OPEN) {
            err = "OPEN on a connection that is open";
        }

        if (rc == NGX_DONE && err == NULL) {
            return NGX_OK;
        }
    }

    ngx_log_error(NGX_LOG_ERR, lambda->request->connection->log, 0,
                  "grip: events of Lambda function \"%V\" are invalid: %s",
                  &lambda->call.uri, err);

    return NGX_DECLINED;
}


static ngx_int_t
ngx_http_grip_lambda_add(ngx_http_grip_lambda_t *lambda,
    ngx_grip_ws_event_t *ev)
{
    ngx_http_grip_websocket_t  *ws;

    static ngx_str_t  empty = ngx_string("");

    ws = lambda->websocket;

    switch (ev->type) {

    case NGX_GRIP_WS_CLOSE:
        return ngx_http_grip_lambda_close(lambda, &ev->content);

    case NGX_GRIP_WS_OPEN:
        return ngx_http_grip_lambda_open(lambda);

    case NGX_GRIP_WS_DISCONNECT:
        ev->content.len = 0;
        ws->closed = 1;
        break;
    }

    return ngx_http_grip_answer_add_text(&ws->answer, ev->type, &empty,
                                         &ev->content);
}


/*
 * Whether GRIP is spoken is for the function to say: without it, a control
 * message would be a message for the client.
 */

static ngx_int_t
ngx_http_grip_lambda_open(ngx_http_grip_lambda_t *lambda)
{
    ngx_uint_t                  i, grip;
    ngx_grip_pair_t            *header;
    ngx_http_grip_websocket_t  *ws;

    static ngx_str_t  token = ngx_string("grip");
    static ngx_str_t  name = ngx_string("sec-websocket-extensions");

    ws = lambda->websocket;
    header = lambda->answer->headers;

    grip = 0;

    for (i = 0; i < lambda->answer->nheaders; i++) {
        if (ngx_http_grip_headers_same(&header[i].name, &name)) {
            grip |= ngx_http_grip_headers_holds(header[i].value, &token);
        }
    }

    ws->grip = ws->grip && grip;

    return ngx_http_grip_handshake_open(ws);
}


/*
 * NGX_DECLINED: the event is not to be sent.  A ping that a client would not
 * take is left out; a message that the proxy would not survive, or not get,
 * ends the connection, and so does a control message that is too long: it may
 * be one that takes something away.
 */

static ngx_int_t
ngx_http_grip_lambda_check_size(ngx_http_grip_lambda_t *lambda,
    ngx_grip_ws_event_t *ev)
{
    size_t                      max;
    ngx_uint_t                  kind;
    const char                 *limit;
    ngx_http_grip_websocket_t  *ws;

    ws = lambda->websocket;

    switch (ev->type) {

    case NGX_GRIP_WS_TEXT:
    case NGX_GRIP_WS_BINARY:

        max = ws->max_send_size;
        limit = "\"grip_max_send_size\"";
        kind = NGX_HTTP_GRIP_LIMIT_MAX_SEND_SIZE;

        if (ev->type == NGX_GRIP_WS_TEXT
            && ev->content.len >= 2
            && ngx_strncmp(ev->content.data, "c:", 2) == 0)
        {
            max = NGX_GRIP_CONTROL_MAX;
            limit = "the proxy's limit for a control message";
            kind = NGX_HTTP_GRIP_LIMIT_CONTROL_MESSAGE;
        }

        if (max && ev->content.len > max) {
            ngx_http_grip_limit(lambda->request, kind);

            ngx_http_grip_notice(lambda->request, NGX_LOG_ERR,
                                 "grip: event of Lambda function \"%V\" is "
                                 "refused: %uz bytes exceed %s, %uz bytes",
                                 &lambda->call.uri, ev->content.len, limit,
                                 max);

            return ngx_http_grip_event_unsent(ws) == NGX_OK ? NGX_DECLINED
                                                            : NGX_ERROR;
        }

        break;

    case NGX_GRIP_WS_PING:
    case NGX_GRIP_WS_PONG:

        if (ev->content.len > NGX_GRIP_WS_PAYLOAD_MAX) {
            ngx_http_grip_notice(lambda->request, NGX_LOG_ERR,
                                 "grip: event of Lambda function \"%V\" is "
                                 "skipped: %uz bytes exceed the limit of "
                                 "WebSocket pings and pongs, %d bytes",
                                 &lambda->call.uri, ev->content.len,
                                 NGX_GRIP_WS_PAYLOAD_MAX);
            return NGX_DECLINED;
        }

        break;

    default:
        return NGX_OK;
    }

    if (ngx_http_grip_answer_fits(&ws->answer, ev->content.len)) {
        return NGX_OK;
    }

    ngx_http_grip_limit(lambda->request, NGX_HTTP_GRIP_LIMIT_ANSWER);

    ngx_http_grip_notice(lambda->request, NGX_LOG_ERR,
                         "grip: event of Lambda function \"%V\" is refused: "
                         "the answer would exceed the proxy's limit for a "
                         "response, %d bytes", &lambda->call.uri,
                         NGX_HTTP_GRIP_ANSWER_MAX);

    return ngx_http_grip_event_unsent(ws) == NGX_OK ? NGX_DECLINED : NGX_ERROR;
}


/*
 * A code that must not be sent would be a protocol error to the client; the
 * library of functions for Node.js sends 0 for none.
 */

static ngx_int_t
ngx_http_grip_lambda_close(ngx_http_grip_lambda_t *lambda,
    ngx_str_t *content)
{
    ngx_str_t                   reason;
    ngx_uint_t                  code;
    ngx_http_grip_websocket_t  *ws;

    ws = lambda->websocket;
    ws->closed = 1;

    ngx_grip_ws_close_parse(content, &code, &reason);

    if (content->len >= 2 && !ngx_grip_ws_close_code_valid(code)) {
        ngx_http_grip_notice(lambda->request, NGX_LOG_INFO,
                             "grip: Lambda function \"%V\" closes with code "
                             "%ui, 1000 is sent instead", &lambda->call.uri,
                             code);
        code = NGX_GRIP_WS_CLOSE_NORMAL;
    }

    return ngx_http_grip_answer_add_close(&ws->answer, code, &reason);
}
