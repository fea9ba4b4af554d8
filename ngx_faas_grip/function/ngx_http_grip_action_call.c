
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The "call" action: from an event to a function, and from its answer back to
 * the event.
 */


#include "action/ngx_http_grip_event.h"
#include "function/ngx_http_grip_call_detached.h"
#include "function/ngx_http_grip_function_api_gateway.h"
#include "publish/ngx_http_grip_publication.h"
#include "request/ngx_http_grip_headers.h"
#include "request/ngx_http_grip_notice.h"


typedef struct {
    ngx_int_t  (*request)(ngx_http_grip_function_t *fn);
    ngx_int_t  (*answer)(ngx_http_grip_function_t *fn);
} ngx_http_grip_contract_t;


static void ngx_http_grip_action_call_answered(ngx_http_grip_call_t *call);
static ngx_int_t ngx_http_grip_action_call_result(
    ngx_http_grip_function_t *fn);
static ngx_uint_t ngx_http_grip_action_call_rejects(
    ngx_http_grip_function_t *fn);
static ngx_int_t ngx_http_grip_action_call_failed(
    ngx_http_grip_function_t *fn, ngx_uint_t status);


/* by NGX_HTTP_GRIP_CALL_* */

static ngx_http_grip_contract_t  ngx_http_grip_contracts[] = {
    { ngx_http_grip_function_plain_request,
      ngx_http_grip_function_plain_answer },
    { ngx_http_grip_function_json_request,
      ngx_http_grip_function_json_answer },
    { ngx_http_grip_function_api_gateway_request,
      ngx_http_grip_function_api_gateway_answer }
};


ngx_int_t
ngx_http_grip_action_call(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_action_t *action)
{
    ngx_int_t                  rc;
    ngx_http_request_t        *r;
    ngx_http_grip_ctx_t       *ctx;
    ngx_http_grip_function_t  *fn;
    ngx_http_grip_loc_conf_t  *glcf;

    r = ws->request;

    fn = ngx_pcalloc(r->pool, sizeof(ngx_http_grip_function_t));
    if (fn == NULL) {
        return NGX_ERROR;
    }

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);

    fn->websocket = ws;
    fn->on_error = action->on_error;
    fn->contract = action->contract;
    fn->detached = action->detached;
    fn->route = action->target;
    fn->reply = action->reply;

    fn->call.uri = action->value;
    fn->call.discard = action->detached;
    fn->call.timeout = action->timeout;
    fn->call.max = glcf->call_buffer_size;
    fn->call.metrics = action->metrics;
    fn->call.handler = ngx_http_grip_action_call_answered;
    fn->call.data = fn;

    /* what earlier events publish need not wait for the function */

    ctx = ngx_http_grip_ctx_find(r);

    if (ctx && ctx->publication) {
        ngx_http_grip_publication_flush(ctx->publication);
    }

    rc = ngx_http_grip_contracts[fn->contract].request(fn);

    if (rc != NGX_OK) {
        return NGX_ERROR;
    }

    if (action->detached) {
        rc = ngx_http_grip_call_detached(ws, &fn->call);

        if (rc != NGX_DECLINED) {
            return rc;
        }
    }

    r->connection->log->action = "calling grip function";

    if (ws->scope.pool) {
        ws->scope.pool->lent = 1;
    }

    rc = ngx_http_grip_call_start(r, &fn->call);

    if (rc == NGX_OK) {
        return NGX_AGAIN;
    }

    if (rc == NGX_ERROR) {
        fn->call.error = "it could not be started";
    }

    return ngx_http_grip_action_call_result(fn);
}


static void
ngx_http_grip_action_call_answered(ngx_http_grip_call_t *call)
{
    ngx_http_grip_function_t *fn = call->data;

    ngx_int_t                   rc;
    ngx_http_grip_websocket_t  *ws;

    ws = fn->websocket;

    ngx_http_grip_scope_enter_pool(ws->request, &ws->scope);

    rc = ngx_http_grip_action_call_result(fn);

    ngx_http_grip_scope_leave_pool(ws->request, &ws->scope);

    ws->resume(ws, rc);
}


static ngx_int_t
ngx_http_grip_action_call_result(ngx_http_grip_function_t *fn)
{
    ngx_int_t              rc;
    ngx_http_grip_call_t  *call;

    call = &fn->call;

    if (call->error) {
        ngx_http_grip_notice(fn->websocket->request, NGX_LOG_ERR,
                             "grip: function \"%V\" failed: %s", &call->uri,
                             call->error);

        return ngx_http_grip_action_call_failed(fn, NGX_HTTP_BAD_GATEWAY);
    }

    if (fn->detached && call->status < 400) {
        return NGX_OK;
    }

    if (call->status < 200 || call->status > 299) {

        if (fn->websocket->event == NGX_GRIP_WS_OPEN
            && fn->contract == NGX_HTTP_GRIP_CALL_PLAIN
            && ngx_http_grip_action_call_rejects(fn))
        {
            fn->websocket->reject = call->status;
            fn->websocket->reject_call = call;
            fn->websocket->closed = 1;
            fn->websocket->done = 1;

            return NGX_OK;
        }

        ngx_http_grip_notice(fn->websocket->request, NGX_LOG_ERR,
                             "grip: function \"%V\" failed: status %ui",
                             &call->uri, call->status);

        return ngx_http_grip_action_call_failed(fn,
                                  call->status == NGX_HTTP_GATEWAY_TIME_OUT
                                  ? NGX_HTTP_GATEWAY_TIME_OUT
                                  : NGX_HTTP_BAD_GATEWAY);
    }

    if (call->answer.len
        && ngx_http_grip_headers_encoded(call->subrequest))
    {
        ngx_http_grip_notice(fn->websocket->request, NGX_LOG_ERR,
                             "grip: function \"%V\" failed: its answer has a "
                             "\"Content-Encoding\"", &call->uri);

        return ngx_http_grip_action_call_failed(fn, NGX_HTTP_BAD_GATEWAY);
    }

    rc = ngx_http_grip_contracts[fn->contract].answer(fn);

    return rc == NGX_DECLINED
           ? ngx_http_grip_action_call_failed(fn, NGX_HTTP_BAD_GATEWAY) : rc;
}


/*
 * On OPEN a status is the function's own answer; one of 500 and more may be
 * nginx's about a function that is down, if the rule says what to do then.
 */

static ngx_uint_t
ngx_http_grip_action_call_rejects(ngx_http_grip_function_t *fn)
{
    if (fn->call.status >= 500
        && (fn->on_error == NGX_HTTP_GRIP_CALL_CLOSE
            || fn->on_error == NGX_HTTP_GRIP_CALL_IGNORE))
    {
        return 0;
    }

    return fn->call.status >= 300 && fn->call.status < 600;
}


static ngx_int_t
ngx_http_grip_action_call_failed(ngx_http_grip_function_t *fn,
    ngx_uint_t status)
{
    ngx_http_grip_websocket_t  *ws;

    ws = fn->websocket;

    ngx_http_grip_notice_hush(ws->request);

    if (fn->detached || fn->on_error == NGX_HTTP_GRIP_CALL_IGNORE) {
        return NGX_OK;
    }

    if (fn->contract == NGX_HTTP_GRIP_CALL_API_GATEWAY
        && fn->on_error != NGX_HTTP_GRIP_CALL_CLOSE)
    {
        return ngx_http_grip_function_api_gateway_failed(fn);
    }

    if (ws->opening && fn->on_error == NGX_HTTP_GRIP_CALL_CLOSE) {
        return ngx_http_grip_event_close(ws, NGX_GRIP_WS_CLOSE_INTERNAL,
                                         "function failed");
    }

    ngx_http_grip_event_fail(ws, status, "function failed");

    return NGX_ABORT;
}
