
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Events as API Gateway tells them to Lambda functions, and what it makes of
 * their answers.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <openssl/rand.h>

#include "action/ngx_http_grip_handshake.h"
#include "function/ngx_grip_api_gateway.h"
#include "function/ngx_grip_lambda.h"
#include "function/ngx_http_grip_api_gateway.h"
#include "function/ngx_http_grip_function_api_gateway.h"
#include "function/ngx_http_grip_lambda_set.h"
#include "request/ngx_http_grip_headers.h"
#include "request/ngx_http_grip_notice.h"
#include "text/ngx_grip_base64.h"
#include "text/ngx_grip_utf8.h"


/* ids look like those of AWS: 16 characters of base64, the last one a "=" */
#define NGX_HTTP_GRIP_API_GATEWAY_ID   11


static ngx_int_t ngx_http_grip_api_gateway_ids(ngx_http_grip_function_t *fn,
    ngx_grip_api_gateway_t *event);
static ngx_int_t ngx_http_grip_api_gateway_type(ngx_http_grip_function_t *fn,
    ngx_grip_api_gateway_t *event);
static void ngx_http_grip_api_gateway_end(ngx_http_grip_websocket_t *ws,
    ngx_grip_api_gateway_t *event);
static ngx_int_t ngx_http_grip_api_gateway_headers(ngx_http_request_t *r,
    ngx_grip_api_gateway_t *event);
static ngx_uint_t ngx_http_grip_api_gateway_passes(ngx_http_request_t *r,
    ngx_table_elt_t *h);
static ngx_int_t ngx_http_grip_api_gateway_read(ngx_http_grip_function_t *fn,
    ngx_grip_lambda_answer_t **answer);
static void ngx_http_grip_api_gateway_free(void *data);
static ngx_int_t ngx_http_grip_api_gateway_accept(
    ngx_http_grip_function_t *fn, ngx_grip_lambda_answer_t *answer);
static ngx_int_t ngx_http_grip_api_gateway_send(ngx_http_grip_websocket_t *ws,
    ngx_str_t *text);


ngx_int_t
ngx_http_grip_function_api_gateway_request(ngx_http_grip_function_t *fn)
{
    ngx_time_t              *tp;
    ngx_pool_cleanup_t      *cln;
    ngx_http_request_t      *r;
    ngx_grip_api_gateway_t   event;

    r = fn->websocket->request;

    cln = ngx_pool_cleanup_add(r->pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(&event, sizeof(ngx_grip_api_gateway_t));

    tp = ngx_timeofday();

    event.sec = tp->sec;
    event.msec = tp->msec;
    event.source = r->connection->addr_text;

    if (fn->websocket->connection_id) {
        event.connection = *fn->websocket->connection_id;
    }

    if (r->headers_in.user_agent) {
        event.agent = r->headers_in.user_agent->value;
    }

    if (ngx_http_grip_api_gateway_ids(fn, &event) != NGX_OK
        || ngx_http_grip_api_gateway_names(r, &event) != NGX_OK
        || ngx_http_grip_api_gateway_metas(r, &event) != NGX_OK
        || ngx_http_grip_api_gateway_variables(r, &event) != NGX_OK
        || ngx_http_grip_api_gateway_type(fn, &event) != NGX_OK
        || ngx_http_grip_api_gateway_utf8(r, &event.connection) != NGX_OK
        || ngx_http_grip_api_gateway_utf8(r, &event.agent) != NGX_OK
        || ngx_http_grip_api_gateway_utf8(r, &event.reason) != NGX_OK
        || ngx_http_grip_api_gateway_utf8(r, &event.host) != NGX_OK
        || ngx_grip_api_gateway_event(&event, &fn->call.body) != NGX_OK)
    {
        return NGX_ERROR;
    }

    cln->handler = free;
    cln->data = fn->call.body.data;

    ngx_str_set(&fn->call.content_type, "application/json");
    fn->call.bare = 1;

    return NGX_OK;
}


static ngx_int_t
ngx_http_grip_api_gateway_ids(ngx_http_grip_function_t *fn,
    ngx_grip_api_gateway_t *event)
{
    size_t   len;
    u_char  *p, *bytes;

    /* OpenSSL takes as long for some as for many */

    static u_char  random[32 * 2 * NGX_HTTP_GRIP_API_GATEWAY_ID];
    static size_t  left;

    len = ngx_grip_base64_len(NGX_HTTP_GRIP_API_GATEWAY_ID);

    p = ngx_pnalloc(fn->websocket->request->pool, 2 * len);

    if (p == NULL) {
        return NGX_ERROR;
    }

    if (left == 0) {
        if (RAND_bytes(random, sizeof(random)) != 1) {
            return NGX_ERROR;
        }

        left = sizeof(random);
    }

    left -= 2 * NGX_HTTP_GRIP_API_GATEWAY_ID;
    bytes = random + left;

    fn->id.data = p;
    fn->id.len = len;

    p = ngx_grip_base64_encode(p, bytes, NGX_HTTP_GRIP_API_GATEWAY_ID);

    event->id = fn->id;
    event->message_id.data = p;
    event->message_id.len = len;

    (void) ngx_grip_base64_encode(p, bytes + NGX_HTTP_GRIP_API_GATEWAY_ID,
                                  NGX_HTTP_GRIP_API_GATEWAY_ID);

    return NGX_OK;
}


static ngx_int_t
ngx_http_grip_api_gateway_type(ngx_http_grip_function_t *fn,
    ngx_grip_api_gateway_t *event)
{
    ngx_str_t                  *host;
    ngx_http_request_t         *r;
    ngx_http_grip_websocket_t  *ws;

    ws = fn->websocket;
    r = ws->request;

    switch (ws->event) {

    case NGX_GRIP_WS_OPEN:
        event->type = NGX_GRIP_API_GATEWAY_CONNECT;
        event->query = r->args;
        ngx_str_set(&event->route, "$connect");
        ngx_str_null(&event->message_id);

        return ngx_http_grip_api_gateway_headers(r, event);

    case NGX_GRIP_WS_CLOSE:
    case NGX_GRIP_WS_DISCONNECT:
        event->type = NGX_GRIP_API_GATEWAY_DISCONNECT;
        ngx_str_set(&event->route, "$disconnect");
        ngx_str_null(&event->message_id);

        host = ngx_http_grip_header_in(r, "host");
        if (host) {
            event->host = *host;
        }

        ngx_http_grip_api_gateway_end(ws, event);

        return NGX_OK;

    default:
        event->type = NGX_GRIP_API_GATEWAY_MESSAGE;
        event->body = ws->message;
        event->binary = (ws->event == NGX_GRIP_WS_BINARY);
        event->route = fn->route;

        /* names of other events are not for clients to choose */

        if (fn->route.len == 0 || fn->route.data[0] == '$'
            || !ngx_grip_utf8_valid(fn->route.data, fn->route.len))
        {
            ngx_str_set(&event->route, "$default");
        }

        return NGX_OK;
    }
}


static void
ngx_http_grip_api_gateway_end(ngx_http_grip_websocket_t *ws,
    ngx_grip_api_gateway_t *event)
{
    if (ws->event == NGX_GRIP_WS_DISCONNECT) {
        event->code = 1006;
        ngx_str_set(&event->reason, "Connection closed abnormally");

    } else if (ws->close_code == 0) {
        event->code = 1005;
        ngx_str_set(&event->reason, "Client-side close frame status not set");

    } else {
        event->code = ws->close_code;
        event->reason = ws->close_reason;
    }
}


static ngx_int_t
ngx_http_grip_api_gateway_headers(ngx_http_request_t *r,
    ngx_grip_api_gateway_t *event)
{
    ngx_array_t  *headers;

    headers = ngx_http_grip_lambda_set_headers(r,
                                           ngx_http_grip_api_gateway_passes);
    if (headers == NULL) {
        return NGX_ERROR;
    }

    event->headers = headers->elts;
    event->nheaders = headers->nelts;

    return NGX_OK;
}


static ngx_uint_t
ngx_http_grip_api_gateway_passes(ngx_http_request_t *r, ngx_table_elt_t *h)
{
    return ngx_http_grip_call_request_passes(h);
}


ngx_int_t
ngx_http_grip_function_api_gateway_answer(ngx_http_grip_function_t *fn)
{
    ngx_int_t                   rc;
    ngx_grip_lambda_answer_t   *answer;
    ngx_http_grip_websocket_t  *ws;

    ws = fn->websocket;

    rc = ngx_http_grip_api_gateway_read(fn, &answer);

    if (rc != NGX_OK) {
        return rc;
    }

    if (ws->event == NGX_GRIP_WS_OPEN) {
        return ngx_http_grip_api_gateway_accept(fn, answer);
    }

    if (!fn->reply || answer->body.len == 0
        || !(ws->event & (NGX_GRIP_WS_TEXT|NGX_GRIP_WS_BINARY)))
    {
        return NGX_OK;
    }

    return ngx_http_grip_api_gateway_send(ws, &answer->body);
}


/* NGX_DECLINED: the function has failed, which was logged */

static ngx_int_t
ngx_http_grip_api_gateway_read(ngx_http_grip_function_t *fn,
    ngx_grip_lambda_answer_t **answer)
{
    ngx_str_t                  type, message;
    ngx_uint_t                 failed, version;
    ngx_http_request_t        *r;
    ngx_pool_cleanup_t        *cln;
    ngx_grip_lambda_answer_t  *found;

    r = fn->websocket->request;

    cln = ngx_pool_cleanup_add(r->pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    version = (fn->websocket->event == NGX_GRIP_WS_OPEN)
              ? NGX_GRIP_LAMBDA_1_0 : NGX_GRIP_LAMBDA_WEBSOCKET;

    failed = ngx_http_grip_call_marked(&fn->call);

    found = ngx_grip_lambda_answer_read(&fn->call.answer, version, failed);
    if (found == NULL) {
        return NGX_ERROR;
    }

    cln->handler = ngx_http_grip_api_gateway_free;
    cln->data = found;

    *answer = found;

    if (found->err == NULL) {
        return NGX_OK;
    }

    if (found->error_type.len || found->error_message.len) {
        type = ngx_http_grip_notice_text(r, &found->error_type);
        message = ngx_http_grip_notice_text(r, &found->error_message);

        ngx_http_grip_notice(r, NGX_LOG_ERR,
                             "grip: function \"%V\" failed: %V: %V",
                             &fn->call.uri, &type, &message);
        return NGX_DECLINED;
    }

    /* what is thrown away may be anything but an error */

    if (!failed && !fn->reply
        && fn->websocket->event != NGX_GRIP_WS_OPEN)
    {
        return NGX_OK;
    }

    ngx_http_grip_notice(r, NGX_LOG_ERR,
                         "grip: answer of function \"%V\" is not a response: "
                         "%s", &fn->call.uri, found->err);

    return NGX_DECLINED;
}


static void
ngx_http_grip_api_gateway_free(void *data)
{
    ngx_grip_lambda_answer_free(data);
}


static ngx_int_t
ngx_http_grip_api_gateway_accept(ngx_http_grip_function_t *fn,
    ngx_grip_lambda_answer_t *answer)
{
    ngx_uint_t                  i;
    ngx_http_grip_action_t      action;
    ngx_http_grip_websocket_t  *ws;

    static ngx_str_t  protocol = ngx_string("sec-websocket-protocol");

    ws = fn->websocket;

    if (answer->status >= 400) {
        ws->reject = answer->status;
        ngx_str_null(&ws->reject_body);
        ws->closed = 1;
        ws->done = 1;

        return NGX_OK;
    }

    if (answer->status >= 300) {
        ngx_http_grip_notice(ws->request, NGX_LOG_ERR,
                             "grip: function \"%V\" answered \"open\" with "
                             "status %ui", &fn->call.uri, answer->status);
        return NGX_DECLINED;
    }

    for (i = 0; i < answer->nheaders; i++) {

        if (ngx_http_grip_headers_same(&answer->headers[i].name, &protocol)) {
            ngx_memzero(&action, sizeof(ngx_http_grip_action_t));
            action.target = answer->headers[i].value;

            return ngx_http_grip_handshake_accept(ws, &action);
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_grip_function_api_gateway_failed(ngx_http_grip_function_t *fn)
{
    u_char                     *p;
    ngx_str_t                   frame, id;
    ngx_http_grip_websocket_t  *ws;

    ws = fn->websocket;

    if (ws->event == NGX_GRIP_WS_OPEN) {
        ngx_http_grip_event_fail(ws, NGX_HTTP_BAD_GATEWAY, "function failed");
        return NGX_ABORT;
    }

    if (!(ws->event & (NGX_GRIP_WS_TEXT|NGX_GRIP_WS_BINARY))) {
        return NGX_OK;
    }

    ngx_str_set(&id, "");

    if (ws->connection_id) {
        id = *ws->connection_id;
    }

    frame.len = sizeof("{\"message\": \"Internal server error\", "
                       "\"connectionId\":\"\", \"requestId\":\"\"}") - 1
                + id.len + ngx_escape_json(NULL, id.data, id.len)
                + fn->id.len;

    p = ngx_pnalloc(ws->request->pool, frame.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    frame.data = p;

    p = ngx_cpymem(p, "{\"message\": \"Internal server error\", "
                      "\"connectionId\":\"",
                   sizeof("{\"message\": \"Internal server error\", "
                          "\"connectionId\":\"") - 1);
    p = (u_char *) ngx_escape_json(p, id.data, id.len);
    p = ngx_cpymem(p, "\", \"requestId\":\"",
                   sizeof("\", \"requestId\":\"") - 1);
    p = ngx_cpymem(p, fn->id.data, fn->id.len);
    ngx_memcpy(p, "\"}", 2);

    return ngx_http_grip_api_gateway_send(ws, &frame);
}


static ngx_int_t
ngx_http_grip_api_gateway_send(ngx_http_grip_websocket_t *ws, ngx_str_t *text)
{
    ngx_http_grip_action_t  action;

    ngx_memzero(&action, sizeof(ngx_http_grip_action_t));

    action.name = "call";
    action.value = *text;
    action.type = ngx_grip_utf8_valid(text->data, text->len)
                  ? NGX_GRIP_WS_TEXT : NGX_GRIP_WS_BINARY;

    return ngx_http_grip_action_send(ws, &action);
}
