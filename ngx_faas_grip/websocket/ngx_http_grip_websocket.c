
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The content handler of WebSocket-over-HTTP: the way of a request from its
 * body to the answer.  protocol 1.
 */


#include "action/ngx_http_grip_handshake.h"
#include "function/ngx_http_grip_api_gateway.h"
#include "publish/ngx_http_grip_publication.h"
#include "request/ngx_http_grip_content.h"
#include "request/ngx_http_grip_headers.h"
#include "request/ngx_http_grip_notice.h"
#include "verify/ngx_http_grip_verify.h"
#include "websocket/ngx_http_grip_reply.h"
#include "websocket/ngx_http_grip_rule.h"
#include "websocket/ngx_http_grip_websocket.h"


/* calls whose subrequests are not over, and milliseconds to wait for them */
#define NGX_HTTP_GRIP_POOLS_LEFT_MAX   8
#define NGX_HTTP_GRIP_POOLS_LEFT_TIME  10

/* of Pushpin before 1.38, protocol 1.4 */
#define NGX_HTTP_GRIP_SEND_SIZE_MAX    32768


static ngx_http_grip_websocket_t *ngx_http_grip_websocket_create(
    ngx_http_request_t *r);
static void ngx_http_grip_websocket_headers(ngx_http_grip_websocket_t *ws);
static void ngx_http_grip_websocket_body(ngx_http_request_t *r);
static ngx_int_t ngx_http_grip_websocket_read(ngx_http_grip_websocket_t *ws);
static ngx_int_t ngx_http_grip_websocket_check(ngx_http_grip_websocket_t *ws);
static void ngx_http_grip_websocket_turn(void *data);
static void ngx_http_grip_websocket_go_on(ngx_http_grip_websocket_t *ws);
static ngx_int_t ngx_http_grip_websocket_event(ngx_http_grip_websocket_t *ws,
    ngx_uint_t type, ngx_str_t *content);
static ngx_int_t ngx_http_grip_websocket_rules(ngx_http_grip_websocket_t *ws);
static void ngx_http_grip_websocket_resume(ngx_http_grip_websocket_t *ws,
    ngx_int_t rc);
static ngx_int_t ngx_http_grip_websocket_crowded(
    ngx_http_grip_websocket_t *ws);
static void ngx_http_grip_websocket_retry(void *data);
static ngx_int_t ngx_http_grip_websocket_next(ngx_http_grip_websocket_t *ws);
static ngx_int_t ngx_http_grip_websocket_yield(ngx_http_grip_websocket_t *ws);
static void ngx_http_grip_websocket_published(ngx_http_request_t *r,
    void *data);


ngx_int_t
ngx_http_grip_websocket_handler(ngx_http_request_t *r)
{
    ngx_int_t                   rc;
    ngx_http_grip_websocket_t  *ws;

    if (r != r->main) {
        ngx_http_grip_notice(r, NGX_LOG_ERR,
                             "grip: \"grip_websocket\" in a subrequest");
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_http_grip_content_admit(r);

    if (rc == NGX_DECLINED) {
        return ngx_http_grip_content_unsupported(r);
    }

    if (rc == NGX_OK) {
        rc = ngx_http_grip_websocket_start(r, &ws);
    }

    if (rc != NGX_OK) {
        return rc;
    }

    return ngx_http_grip_content_read(r, ngx_http_grip_websocket_body);
}


ngx_int_t
ngx_http_grip_websocket_start(ngx_http_request_t *r,
    ngx_http_grip_websocket_t **started)
{
    ngx_int_t                   rc;
    ngx_http_grip_ctx_t        *ctx;
    ngx_http_grip_websocket_t  *ws;

    ctx = ngx_http_grip_ctx_get(r);
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ws = ngx_http_grip_websocket_create(r);
    if (ws == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_http_grip_websocket_headers(ws);

    if (ws->connection_id == NULL || ws->connection_id->len == 0) {
        ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                      "grip: no \"Connection-Id\" header");
        return NGX_HTTP_BAD_REQUEST;
    }

    /* that it is WebSocket-over-HTTP is known */

    rc = ngx_http_grip_verify_trusted(r);
    if (rc == NGX_ERROR) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ws->trusted = (rc == NGX_OK);

    if (!ws->trusted) {
        ws->connection_id = NULL;
    }

    ctx->websocket = ws;

    /* after an error page, nothing that led there is part of this answer */

    ctx->publication = NULL;
    ctx->metas = NULL;

    *started = ws;

    return NGX_OK;
}


static ngx_http_grip_websocket_t *
ngx_http_grip_websocket_create(ngx_http_request_t *r)
{
    ngx_http_grip_websocket_t  *ws;

    ws = ngx_pcalloc(r->pool, sizeof(ngx_http_grip_websocket_t));
    if (ws == NULL) {
        return NULL;
    }

    ws->request = r;
    ws->resume = ngx_http_grip_websocket_resume;
    ws->handler = ngx_http_grip_websocket_rules;
    ngx_http_grip_turn_init(&ws->turn, r);

    return ws;
}


/* what the proxy says of a connection, in one walk through the headers */

static void
ngx_http_grip_websocket_headers(ngx_http_grip_websocket_t *ws)
{
    ngx_uint_t                 gone;
    ngx_table_elt_t           *h;
    ngx_http_grip_headers_t    hs;
    ngx_http_grip_loc_conf_t  *glcf;

    static ngx_str_t  grip = ngx_string("grip");
    static ngx_str_t  link = ngx_string("link:gone");

    gone = 0;

    ngx_http_grip_headers_init(&hs, &ws->request->headers_in.headers);

    while ((h = ngx_http_grip_headers_next(&hs)) != NULL) {

        switch (h->key.len) {

        case sizeof("connection-id") - 1:
            if (ws->connection_id == NULL
                && ngx_http_grip_headers_is(h, "connection-id"))
            {
                ws->connection_id = &h->value;
            }

            break;

        case sizeof("sec-websocket-extensions") - 1:
            if (ngx_http_grip_headers_is(h, "sec-websocket-extensions")) {
                ws->grip |= ngx_http_grip_headers_holds(h->value, &grip);
            }

            break;

        case sizeof("grip-feature") - 1:
            if (ngx_http_grip_headers_is(h, "grip-feature")) {
                gone |= ngx_http_grip_headers_holds(h->value, &link);
            }

            break;
        }
    }

    glcf = ngx_http_get_module_loc_conf(ws->request,
                                        ngx_http_faas_grip_module);

    ws->metrics = glcf->metrics.events_in ? &glcf->metrics : NULL;
    ws->max_send_size = glcf->max_send_size;

    if (ws->max_send_size == NGX_CONF_UNSET_SIZE) {
        ws->max_send_size = gone ? 0 : NGX_HTTP_GRIP_SEND_SIZE_MAX;
    }
}


static void
ngx_http_grip_websocket_body(ngx_http_request_t *r)
{
    ngx_http_grip_ctx_t  *ctx;

    ctx = ngx_http_grip_ctx_get(r);

    if (ctx == NULL) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    ngx_http_grip_websocket_run(ctx->websocket);
}


void
ngx_http_grip_websocket_run(ngx_http_grip_websocket_t *ws)
{
    ngx_int_t  rc;

    rc = ngx_http_grip_websocket_read(ws);

    if (rc != NGX_OK) {
        ngx_http_finalize_request(ws->request, rc);
        return;
    }

    ngx_http_grip_websocket_go_on(ws);
}


static ngx_int_t
ngx_http_grip_websocket_read(ngx_http_grip_websocket_t *ws)
{
    ngx_str_t            body;
    ngx_http_request_t  *r;

    r = ws->request;
    r->connection->log->action = "reading grip events";

    if (ngx_http_grip_content_body(r, &body) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ws->reader.start = body.data;
    ws->reader.pos = body.data;
    ws->reader.end = body.data + body.len;

    if (ngx_http_grip_websocket_check(ws) != NGX_OK) {
        return NGX_HTTP_BAD_REQUEST;
    }

    if (ngx_http_grip_answer_init(&ws->answer, r->pool, body.len + 256)
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ws->metrics) {
        ws->answer.metrics = ws->metrics->events_out;
    }

    return NGX_OK;
}


/* the whole body, before any of it has an effect */

static ngx_int_t
ngx_http_grip_websocket_check(ngx_http_grip_websocket_t *ws)
{
    ngx_int_t             rc;
    ngx_grip_ws_event_t   ev;
    ngx_grip_ws_reader_t  rd;

    rd = ws->reader;

    rc = ngx_grip_ws_read(&rd, &ws->first);

    if (rc == NGX_OK) {
        ws->reader.pos = rd.pos;
        ws->opening = (ws->first.type == NGX_GRIP_WS_OPEN);
    }

    while (rc == NGX_OK) {

        rc = ngx_grip_ws_read(&rd, &ev);

        if (rc == NGX_OK && ev.type == NGX_GRIP_WS_OPEN) {
            rd.err = "OPEN after another event";
            rc = NGX_ERROR;
        }
    }

    if (rc == NGX_DONE) {
        return NGX_OK;
    }

    ngx_log_error(NGX_LOG_INFO, ws->request->connection->log, 0,
                  "grip: invalid event at offset %uz: %s",
                  (size_t) (rd.pos - rd.start), rd.err);

    return NGX_ERROR;
}


static void
ngx_http_grip_websocket_turn(void *data)
{
    ngx_http_grip_websocket_t *ws = data;

    ngx_http_grip_websocket_go_on(ws);
}


static void
ngx_http_grip_websocket_go_on(ngx_http_grip_websocket_t *ws)
{
    ngx_int_t             rc;
    ngx_http_request_t   *r;
    ngx_grip_ws_event_t   ev;
    ngx_http_grip_ctx_t  *ctx;

    r = ws->request;
    r->connection->log->action = "running grip rules";

    while (!ws->done) {

        if (ws->first.type) {
            ev = ws->first;
            ws->first.type = 0;
            rc = ngx_http_grip_websocket_event(ws, ev.type, &ev.content);

        } else if (ngx_grip_ws_read(&ws->reader, &ev) == NGX_OK) {
            rc = ngx_http_grip_websocket_event(ws, ev.type, &ev.content);

        } else if (ws->nevents == 0
                   && (ws->reader.start == ws->reader.end || ws->whole))
        {
            ngx_str_null(&ev.content);
            rc = ngx_http_grip_websocket_event(ws, NGX_GRIP_WS_POLL,
                                               &ev.content);

        } else {
            break;
        }

        if (rc == NGX_AGAIN) {
            return;
        }

        if (rc == NGX_ERROR) {
            ngx_http_grip_event_fail(ws, NGX_HTTP_INTERNAL_SERVER_ERROR,
                                     "internal error");
        }

        if (ngx_http_grip_turn_over(&ws->turn)
            && ngx_http_grip_websocket_yield(ws) == NGX_AGAIN)
        {
            return;
        }
    }

    ctx = ngx_http_grip_ctx_get(r);
    if (ctx == NULL) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    if (ctx->publication == NULL) {
        ngx_http_grip_reply(ws);
        return;
    }

    ctx->publication->handler = ngx_http_grip_websocket_published;
    ctx->publication->data = ws;

    if (ngx_http_grip_publication_wait(ctx->publication) == NGX_AGAIN) {
        return;
    }

    ngx_http_grip_websocket_published(r, ws);
}


static ngx_int_t
ngx_http_grip_websocket_event(ngx_http_grip_websocket_t *ws, ngx_uint_t type,
    ngx_str_t *content)
{
    ngx_int_t   rc;
    ngx_uint_t  code;

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, ws->request->connection->log, 0,
                   "grip event: %ui, %uz bytes", type, content->len);

    ngx_http_grip_event_take(ws, type, content);

    code = ngx_http_grip_event_refusal(ws, type, content);

    ngx_http_grip_event_count(ws, type);

    if (code) {
        return ngx_http_grip_event_refuse(ws, code);
    }

    rc = ws->handler(ws);

    /* a message alone is owed nothing */

    if (rc != NGX_OK
        || (ws->batch == NULL
            && (type & (NGX_GRIP_WS_TEXT|NGX_GRIP_WS_BINARY))))
    {
        return rc;
    }

    return ngx_http_grip_event_oblige(ws);
}


static ngx_int_t
ngx_http_grip_websocket_rules(ngx_http_grip_websocket_t *ws)
{
    ngx_int_t                  rc;
    ngx_http_request_t        *r;
    ngx_http_grip_loc_conf_t  *glcf;

    r = ws->request;

    if (ws->event == NGX_GRIP_WS_OPEN
        && ngx_http_grip_handshake_open(ws) != NGX_OK)
    {
        return NGX_ERROR;
    }

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);

    if (glcf->rules == NULL) {
        return NGX_OK;
    }

    if (ngx_http_grip_websocket_next(ws) != NGX_OK
        || ngx_http_grip_scope_enter(r, &ws->scope) != NGX_OK)
    {
        return NGX_ERROR;
    }

    rc = (ws->event == NGX_GRIP_WS_OPEN && glcf->rules->api_gateway)
         ? ngx_http_grip_api_gateway_open(ws) : NGX_OK;

    if (rc == NGX_OK) {
        rc = ngx_http_grip_rule_run_first(ws, glcf->rules);
    }

    ngx_http_grip_scope_leave(r, &ws->scope);

    return rc;
}


/* gives back what the event before has taken */

static ngx_int_t
ngx_http_grip_websocket_next(ngx_http_grip_websocket_t *ws)
{
    ngx_uint_t  last;

    last = (ws->reader.pos == ws->reader.end);

    return ngx_http_grip_scope_used(&ws->scope, last)
           ? ngx_http_grip_scope_next(ws->request, &ws->scope, last) : NGX_OK;
}


/* NGX_AGAIN: there are more events, and they are for another turn */

static ngx_int_t
ngx_http_grip_websocket_yield(ngx_http_grip_websocket_t *ws)
{
    if (ws->done || ws->reader.pos == ws->reader.end) {
        return NGX_OK;
    }

    ngx_http_grip_turn_wait(&ws->turn, ngx_http_grip_websocket_turn, ws);

    return NGX_AGAIN;
}


static void
ngx_http_grip_websocket_resume(ngx_http_grip_websocket_t *ws, ngx_int_t rc)
{
    if (rc == NGX_OK) {
        rc = ngx_http_grip_event_oblige(ws);
    }

    if (rc == NGX_ERROR) {
        ngx_http_grip_event_fail(ws, NGX_HTTP_INTERNAL_SERVER_ERROR,
                                 "internal error");
    }

    if (ngx_http_grip_websocket_crowded(ws) == NGX_AGAIN) {
        return;
    }

    /* a call that met no upstream has not left this turn */

    ngx_http_grip_turn_long(&ws->turn);

    if (ngx_http_grip_turn_over(&ws->turn)
        && ngx_http_grip_websocket_yield(ws) == NGX_AGAIN)
    {
        return;
    }

    ngx_http_grip_websocket_go_on(ws);
}


/*
 * NGX_AGAIN: earlier calls have left too many subrequests in the background,
 * whose memory is not to be given back before they end, which nobody tells.
 */

static ngx_int_t
ngx_http_grip_websocket_crowded(ngx_http_grip_websocket_t *ws)
{
    if (ws->done
        || ws->scope.pool == NULL
        || ngx_http_grip_pool_free_left(ws->request)
           < NGX_HTTP_GRIP_POOLS_LEFT_MAX)
    {
        return NGX_OK;
    }

    ngx_http_grip_turn_later(&ws->turn, ngx_http_grip_websocket_retry, ws,
                             NGX_HTTP_GRIP_POOLS_LEFT_TIME);

    return NGX_AGAIN;
}


static void
ngx_http_grip_websocket_retry(void *data)
{
    ngx_http_grip_websocket_t *ws = data;

    if (ngx_http_grip_websocket_crowded(ws) == NGX_OK) {
        ngx_http_grip_websocket_go_on(ws);
    }
}


static void
ngx_http_grip_websocket_published(ngx_http_request_t *r, void *data)
{
    ngx_http_grip_ctx_t        *ctx;
    ngx_http_grip_websocket_t  *ws = data;

    ctx = ngx_http_grip_ctx_get(r);

    if (ctx == NULL || ctx->publication->status != NGX_HTTP_OK) {
        ngx_http_grip_event_fail(ws,
                                 ctx ? ctx->publication->status
                                     : NGX_HTTP_INTERNAL_SERVER_ERROR,
                                 "publish failed");
    }

    ngx_http_grip_reply(ws);
}
