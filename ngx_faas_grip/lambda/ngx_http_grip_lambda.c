
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The content handler of Lambda functions: from a request to a call, and from
 * its answer to the response.
 */


#include "action/ngx_http_grip_event.h"
#include "lambda/ngx_http_grip_lambda.h"
#include "request/ngx_http_grip_content.h"
#include "request/ngx_http_grip_headers.h"
#include "request/ngx_http_grip_notice.h"
#include "text/ngx_grip_line.h"
#include "text/ngx_grip_media.h"
#include "websocket/ngx_http_grip_websocket.h"


static void ngx_http_grip_lambda_body(ngx_http_request_t *r);
static ngx_int_t ngx_http_grip_lambda_invoke(ngx_http_grip_websocket_t *ws);
static ngx_int_t ngx_http_grip_lambda_gather(ngx_http_grip_websocket_t *ws);
static ngx_int_t ngx_http_grip_lambda_call(ngx_http_grip_lambda_t *lambda,
    ngx_str_t *body);
static void ngx_http_grip_lambda_answered(ngx_http_grip_call_t *call);
static ngx_uint_t ngx_http_grip_lambda_read(ngx_http_grip_lambda_t *lambda);
static void ngx_http_grip_lambda_cleanup(void *data);
static void ngx_http_grip_lambda_log(ngx_http_grip_lambda_t *lambda);
static ngx_int_t ngx_http_grip_lambda_result(ngx_http_grip_lambda_t *lambda);
static ngx_int_t ngx_http_grip_lambda_headers(ngx_http_grip_websocket_t *ws);
static ngx_uint_t ngx_http_grip_lambda_accepted(
    ngx_http_grip_lambda_t *lambda);
static ngx_int_t ngx_http_grip_lambda_fail(ngx_http_grip_lambda_t *lambda,
    ngx_uint_t status);


ngx_int_t
ngx_http_grip_lambda_handler(ngx_http_request_t *r)
{
    ngx_int_t                   rc;
    ngx_http_grip_websocket_t  *ws;

    if (r != r->main) {
        ngx_http_grip_notice(r, NGX_LOG_ERR,
                             "grip: \"grip_lambda\" in a subrequest");
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_http_grip_content_admit(r);

    if (rc == NGX_OK) {
        rc = ngx_http_grip_websocket_start(r, &ws);
    }

    if (rc != NGX_OK && rc != NGX_DECLINED) {
        return rc;
    }

    return ngx_http_grip_content_read(r, ngx_http_grip_lambda_body);
}


static void
ngx_http_grip_lambda_body(ngx_http_request_t *r)
{
    ngx_int_t                rc;
    ngx_str_t                body;
    ngx_http_grip_ctx_t     *ctx;
    ngx_http_grip_lambda_t  *lambda;

    ctx = ngx_http_grip_ctx_get(r);
    lambda = ngx_pcalloc(r->pool, sizeof(ngx_http_grip_lambda_t));

    if (ctx == NULL || lambda == NULL
        || ngx_http_grip_content_body(r, &body) != NGX_OK)
    {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    lambda->request = r;

    /* an error page of events is a page */

    if (ctx->websocket && r->method == NGX_HTTP_POST) {
        lambda->websocket = ctx->websocket;

        ctx->websocket->handler = ngx_http_grip_lambda_invoke;
        ctx->websocket->data = lambda;
        ctx->websocket->whole = 1;

        ngx_http_grip_websocket_run(ctx->websocket);
        return;
    }

    rc = ngx_http_grip_lambda_call(lambda, &body);

    if (rc != NGX_AGAIN) {
        ngx_http_finalize_request(r, rc);
    }
}


/* the function gets the body up to the first event that nobody must see */

static ngx_int_t
ngx_http_grip_lambda_invoke(ngx_http_grip_websocket_t *ws)
{
    ngx_str_t  body;

    if (ngx_http_grip_lambda_gather(ws) != NGX_OK) {
        return ngx_http_grip_lambda_fail(ws->data,
                                         NGX_HTTP_INTERNAL_SERVER_ERROR);
    }

    body.data = ws->reader.start;
    body.len = ws->reader.pos - ws->reader.start;

    return ngx_http_grip_lambda_call(ws->data, &body);
}


static ngx_int_t
ngx_http_grip_lambda_gather(ngx_http_grip_websocket_t *ws)
{
    ngx_grip_ws_event_t   *ev;
    ngx_grip_ws_reader_t   rd;

    ws->batch = ngx_array_create(ws->request->pool, 1,
                                 sizeof(ngx_grip_ws_event_t));
    if (ws->batch == NULL) {
        return NGX_ERROR;
    }

    ev = ngx_array_push(ws->batch);
    if (ev == NULL) {
        return NGX_ERROR;
    }

    ev->type = ws->event;
    ev->content = ws->content;

    for (rd = ws->reader; /* void */ ; ws->reader = rd) {

        ev = ngx_array_push(ws->batch);
        if (ev == NULL) {
            return NGX_ERROR;
        }

        if (ngx_grip_ws_read(&rd, ev) != NGX_OK) {
            ws->reader = rd;
            break;
        }

        if (ngx_http_grip_event_refusal(ws, ev->type, &ev->content)) {
            break;
        }

        ngx_http_grip_event_count(ws, ev->type);
        ngx_http_grip_event_take(ws, ev->type, &ev->content);
    }

    ws->batch->nelts--;

    return NGX_OK;
}


/* NGX_AGAIN: it waits for the answer; else as ngx_http_grip_lambda_result() */

static ngx_int_t
ngx_http_grip_lambda_call(ngx_http_grip_lambda_t *lambda, ngx_str_t *body)
{
    ngx_int_t                  rc;
    ngx_http_request_t        *r;
    ngx_http_grip_call_t      *call;
    ngx_http_grip_loc_conf_t  *glcf;

    r = lambda->request;
    call = &lambda->call;

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);

    if (ngx_http_grip_value_get(r, glcf->lambda->uri, &call->uri) != NGX_OK
        || ngx_http_grip_lambda_event(r, body, &call->body) != NGX_OK)
    {
        return ngx_http_grip_lambda_fail(lambda,
                                         NGX_HTTP_INTERNAL_SERVER_ERROR);
    }

    ngx_str_set(&call->content_type, "application/json");
    call->bare = 1;
    call->max = glcf->call_buffer_size;
    call->metrics = glcf->lambda->metrics;
    call->handler = ngx_http_grip_lambda_answered;
    call->data = lambda;

    r->connection->log->action = "calling Lambda function";

    rc = ngx_http_grip_call_start(r, call);

    if (rc == NGX_OK) {
        return NGX_AGAIN;
    }

    return rc == NGX_DECLINED
           ? ngx_http_grip_lambda_result(lambda)
           : ngx_http_grip_lambda_fail(lambda,
                                       NGX_HTTP_INTERNAL_SERVER_ERROR);
}


static void
ngx_http_grip_lambda_answered(ngx_http_grip_call_t *call)
{
    ngx_int_t                rc;
    ngx_http_grip_lambda_t  *lambda;

    lambda = call->data;

    rc = ngx_http_grip_lambda_result(lambda);

    if (lambda->websocket && !lambda->responded) {
        lambda->websocket->resume(lambda->websocket, rc);

    } else {
        ngx_http_finalize_request(lambda->request, rc);
    }
}


/* 200: lambda->answer is a response; else what the failure amounts to */

static ngx_uint_t
ngx_http_grip_lambda_read(ngx_http_grip_lambda_t *lambda)
{
    ngx_uint_t                 failed;
    ngx_http_request_t        *r;
    ngx_pool_cleanup_t        *cln;
    ngx_http_grip_call_t      *call;
    ngx_http_grip_loc_conf_t  *glcf;

    r = lambda->request;
    call = &lambda->call;

    if (call->error) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "grip: Lambda function \"%V\" failed: %s", &call->uri,
                      call->error);
        return NGX_HTTP_BAD_GATEWAY;
    }

    if (call->status != NGX_HTTP_OK) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "grip: Lambda function \"%V\" failed: status %ui",
                      &call->uri, call->status);
        return call->status == NGX_HTTP_GATEWAY_TIME_OUT
               ? NGX_HTTP_GATEWAY_TIME_OUT : NGX_HTTP_BAD_GATEWAY;
    }

    if (ngx_http_grip_headers_encoded(call->subrequest)) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "grip: Lambda function \"%V\" failed: its answer has a "
                      "\"Content-Encoding\"", &call->uri);
        return NGX_HTTP_BAD_GATEWAY;
    }

    cln = ngx_pool_cleanup_add(r->pool, 0);
    if (cln == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);

    failed = ngx_http_grip_call_marked(call);

    lambda->answer = ngx_grip_lambda_answer_read(&call->answer,
                                                 glcf->lambda->version,
                                                 failed);
    if (lambda->answer == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    cln->handler = ngx_http_grip_lambda_cleanup;
    cln->data = lambda->answer;

    if (lambda->answer->err) {
        ngx_http_grip_lambda_log(lambda);
        return NGX_HTTP_BAD_GATEWAY;
    }

    return NGX_HTTP_OK;
}


static void
ngx_http_grip_lambda_cleanup(void *data)
{
    ngx_grip_lambda_answer_free(data);
}


static void
ngx_http_grip_lambda_log(ngx_http_grip_lambda_t *lambda)
{
    ngx_str_t                  type, message;
    ngx_http_request_t        *r;
    ngx_grip_lambda_answer_t  *answer;

    r = lambda->request;
    answer = lambda->answer;

    if (answer->error_type.len == 0 && answer->error_message.len == 0) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "grip: answer of Lambda function \"%V\" is not a "
                      "response: %s", &lambda->call.uri, answer->err);
        return;
    }

    type = ngx_http_grip_notice_text(r, &answer->error_type);
    message = ngx_http_grip_notice_text(r, &answer->error_message);

    ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                  "grip: Lambda function \"%V\" failed: %V: %V",
                  &lambda->call.uri, &type, &message);
}


/*
 * As an action returns; or, of a plain request and of an OPEN that is answered
 * by a response, what to finalize the request with.
 */

static ngx_int_t
ngx_http_grip_lambda_result(ngx_http_grip_lambda_t *lambda)
{
    ngx_int_t                   rc;
    ngx_uint_t                  status;
    ngx_http_grip_websocket_t  *ws;

    status = ngx_http_grip_lambda_read(lambda);

    if (status != NGX_HTTP_OK) {
        return ngx_http_grip_lambda_fail(lambda, status);
    }

    ws = lambda->websocket;

    if (ws == NULL) {
        return ngx_http_grip_lambda_response_send(lambda);
    }

    if (!ngx_http_grip_lambda_accepted(lambda)) {

        if (ws->opening) {
            lambda->responded = 1;
            return ngx_http_grip_lambda_response_send(lambda);
        }

        return ngx_http_grip_lambda_fail(lambda, NGX_HTTP_BAD_GATEWAY);
    }

    rc = ngx_http_grip_lambda_websocket_events(lambda);

    if (rc != NGX_OK) {
        return ngx_http_grip_lambda_fail(lambda, rc == NGX_DECLINED
                                             ? NGX_HTTP_BAD_GATEWAY
                                             : NGX_HTTP_INTERNAL_SERVER_ERROR);
    }

    ws->headers = ngx_http_grip_lambda_headers;

    return NGX_OK;
}


static ngx_int_t
ngx_http_grip_lambda_headers(ngx_http_grip_websocket_t *ws)
{
    return ngx_http_grip_lambda_response_headers(ws->data);
}


/* whether the response is one that holds events */

static ngx_uint_t
ngx_http_grip_lambda_accepted(ngx_http_grip_lambda_t *lambda)
{
    ngx_str_t   *type;
    ngx_uint_t   level;

    static ngx_str_t  events = ngx_string("application/websocket-events");

    if (lambda->answer->status != NGX_HTTP_OK) {
        level = lambda->websocket->opening ? NGX_LOG_INFO : NGX_LOG_ERR;

        ngx_log_error(level, lambda->request->connection->log, 0,
                      "grip: Lambda function \"%V\" answered events with "
                      "status %ui", &lambda->call.uri,
                      lambda->answer->status);
        return 0;
    }

    /* written as HTTP allows: what the proxy gets is written by us */

    type = ngx_http_grip_lambda_response_type(lambda->answer);

    if (type && ngx_grip_media_is(type, &events)) {
        return 1;
    }

    ngx_log_error(NGX_LOG_ERR, lambda->request->connection->log, 0,
                  "grip: Lambda function \"%V\" answered events with status "
                  "200, but not with events", &lambda->call.uri);

    return 0;
}


static ngx_int_t
ngx_http_grip_lambda_fail(ngx_http_grip_lambda_t *lambda, ngx_uint_t status)
{
    if (lambda->websocket == NULL) {
        return (ngx_int_t) status;
    }

    ngx_http_grip_event_fail(lambda->websocket, status, "function failed");

    return NGX_ABORT;
}
