
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The "call" action: from an event to a function, and from its answer back to
 * the event.
 */


#include "action/ngx_http_grip_event.h"
#include "function/ngx_http_grip_function.h"
#include "request/ngx_http_grip_headers.h"
#include "request/ngx_http_grip_notice.h"
#include "publish/ngx_http_grip_publication.h"
#include "websocket/ngx_http_grip_rule.h"


static ngx_int_t ngx_http_grip_function_start(ngx_http_grip_function_t *fn);
static ngx_int_t ngx_http_grip_function_batch(ngx_http_grip_function_t *fn);
static void ngx_http_grip_function_turn(void *data);
static ngx_int_t ngx_http_grip_function_gather(ngx_http_grip_function_t *fn);
static ngx_int_t ngx_http_grip_function_collect(
    ngx_http_grip_function_t *fn);
static ngx_int_t ngx_http_grip_function_gathered(
    ngx_http_grip_function_t *fn);
static ngx_int_t ngx_http_grip_function_belongs(
    ngx_http_grip_function_t *fn, ngx_grip_ws_event_t *ev,
    ngx_http_grip_rule_t *rule);
static ngx_int_t ngx_http_grip_function_same_uri(
    ngx_http_grip_function_t *fn, ngx_http_grip_rule_t *rule);
static ngx_int_t ngx_http_grip_function_publish(
    ngx_http_grip_websocket_t *ws);
static void ngx_http_grip_function_answered(ngx_http_grip_call_t *call);
static ngx_int_t ngx_http_grip_function_result(ngx_http_grip_function_t *fn);
static ngx_uint_t ngx_http_grip_function_rejects(
    ngx_http_grip_function_t *fn);
static ngx_int_t ngx_http_grip_function_failed(ngx_http_grip_function_t *fn,
    ngx_uint_t status);
static ngx_int_t ngx_http_grip_function_oblige(ngx_http_grip_function_t *fn);


ngx_int_t
ngx_http_grip_action_call(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_action_t *action)
{
    ngx_grip_ws_event_t       *ev;
    ngx_http_grip_function_t  *fn;
    ngx_http_grip_loc_conf_t  *glcf;

    glcf = ngx_http_get_module_loc_conf(ws->request,
                                        ngx_http_faas_grip_module);

    fn = ngx_pcalloc(ws->request->pool, sizeof(ngx_http_grip_function_t));
    if (fn == NULL) {
        return NGX_ERROR;
    }

    fn->websocket = ws;
    fn->on_error = action->on_error;
    fn->json = action->json;

    fn->call.uri = action->value;
    fn->call.max = glcf->call_buffer_size;
    fn->call.handler = ngx_http_grip_function_answered;
    fn->call.data = fn;

    if (ngx_array_init(&fn->events, ws->request->pool, 1,
                       sizeof(ngx_grip_ws_event_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ev = ngx_array_push(&fn->events);
    if (ev == NULL) {
        return NGX_ERROR;
    }

    ev->type = ws->event;
    ev->content = ws->content;

    if (fn->json && glcf->call_batch && ws->rule->statements.nelts == 1) {
        return ngx_http_grip_function_batch(fn);
    }

    return ngx_http_grip_function_start(fn);
}


/* returns as the action does */

static ngx_int_t
ngx_http_grip_function_start(ngx_http_grip_function_t *fn)
{
    ngx_int_t                   rc;
    ngx_http_grip_websocket_t  *ws;

    ws = fn->websocket;

    if (ngx_http_grip_function_publish(ws) != NGX_OK) {
        return NGX_ERROR;
    }

    rc = fn->json ? ngx_http_grip_json_request(fn)
                  : ngx_http_grip_plain_request(fn);

    if (rc != NGX_OK) {
        return NGX_ERROR;
    }

    ws->request->connection->log->action = "calling grip function";

    if (ws->scope.pool) {
        ws->scope.pool->lent = 1;
    }

    rc = ngx_http_grip_call_start(ws->request, &fn->call);

    if (rc != NGX_OK) {

        if (rc == NGX_ERROR) {
            fn->call.error = "it could not be started";
        }

        rc = ngx_http_grip_function_result(fn);

        return (rc == NGX_OK) ? ngx_http_grip_function_oblige(fn) : rc;
    }

    return NGX_AGAIN;
}


/*
 * Each event is matched in a scope of its own, and gives back what that took;
 * this is the scope of the first, whose memory the call has.
 */

static ngx_int_t
ngx_http_grip_function_batch(ngx_http_grip_function_t *fn)
{
    ngx_int_t                   rc;
    ngx_http_grip_websocket_t  *ws;

    ws = fn->websocket;
    fn->rule = ws->rule;

    ngx_http_grip_scope_leave(ws->request, &ws->scope);

    fn->pool = ws->scope.pool;
    ws->scope.pool = NULL;

    rc = ngx_http_grip_function_gather(fn);

    if (ngx_http_grip_scope_enter(ws->request, &ws->scope) != NGX_OK) {
        return NGX_ERROR;
    }

    return (rc == NGX_OK) ? ngx_http_grip_function_gathered(fn) : rc;
}


/* in another turn, outside of any scope */

static void
ngx_http_grip_function_turn(void *data)
{
    ngx_http_grip_function_t *fn = data;

    ngx_int_t                   rc;
    ngx_http_grip_websocket_t  *ws;

    ws = fn->websocket;

    rc = ngx_http_grip_function_gather(fn);

    if (rc == NGX_OK) {
        rc = ngx_http_grip_scope_enter(ws->request, &ws->scope);

        if (rc == NGX_OK) {
            rc = ngx_http_grip_function_gathered(fn);

            ngx_http_grip_scope_leave(ws->request, &ws->scope);
        }
    }

    if (rc != NGX_AGAIN) {
        ws->resume(ws, rc);
    }
}


/*
 * The events that follow and are the same rule's go along, up to one that is
 * another's, or nobody's, or must not be seen by rules.  NGX_AGAIN: there may
 * be more, for which ngx_http_grip_function_turn() looks.
 */

static ngx_int_t
ngx_http_grip_function_gather(ngx_http_grip_function_t *fn)
{
    ngx_int_t                   rc;
    ngx_http_grip_websocket_t  *ws;

    rc = ngx_http_grip_function_collect(fn);

    if (rc == NGX_AGAIN) {
        return rc;
    }

    ws = fn->websocket;

    (void) ngx_http_grip_scope_next(ws->request, &ws->scope, 1);

    ws->scope.pool = fn->pool;

    return rc;
}


static ngx_int_t
ngx_http_grip_function_collect(ngx_http_grip_function_t *fn)
{
    ngx_int_t                   rc;
    ngx_grip_ws_event_t         ev, *next;
    ngx_grip_ws_reader_t        rd;
    ngx_http_grip_websocket_t  *ws;

    ws = fn->websocket;

    next = fn->events.elts;
    next += fn->events.nelts - 1;

    /* nothing runs behind the end of the connection */

    while (!(next->type & (NGX_GRIP_WS_CLOSE|NGX_GRIP_WS_DISCONNECT))) {
        rd = ws->reader;

        if (ngx_grip_ws_read(&rd, &ev) != NGX_OK) {
            break;
        }

        rc = ngx_http_grip_scope_next(ws->request, &ws->scope, 0);

        if (rc == NGX_OK) {
            rc = ngx_http_grip_function_belongs(fn, &ev, fn->rule);
        }

        if (rc != NGX_OK) {
            return rc == NGX_DECLINED ? NGX_OK : rc;
        }

        next = ngx_array_push(&fn->events);
        if (next == NULL) {
            return NGX_ERROR;
        }

        *next = ev;
        ws->reader = rd;
        ws->nevents++;

        if (ngx_http_grip_turn_over(&ws->turn)) {
            ngx_http_grip_turn_wait(&ws->turn, ngx_http_grip_function_turn,
                                    fn);
            return NGX_AGAIN;
        }
    }

    return NGX_OK;
}


/* the function's location sees what the match of the last event captures */

static ngx_int_t
ngx_http_grip_function_gathered(ngx_http_grip_function_t *fn)
{
    ngx_grip_ws_event_t        *last;
    ngx_http_grip_loc_conf_t   *glcf;
    ngx_http_grip_websocket_t  *ws;

    ws = fn->websocket;

    last = fn->events.elts;
    last += fn->events.nelts - 1;

    ngx_http_grip_event_take(ws, last->type, &last->content);

    glcf = ngx_http_get_module_loc_conf(ws->request,
                                        ngx_http_faas_grip_module);

    if (ngx_http_grip_rules_match(ws, glcf->rules) != NGX_OK) {
        return NGX_ERROR;
    }

    ws->rule = fn->rule;

    return ngx_http_grip_function_start(fn);
}


static ngx_int_t
ngx_http_grip_function_belongs(ngx_http_grip_function_t *fn,
    ngx_grip_ws_event_t *ev, ngx_http_grip_rule_t *rule)
{
    ngx_int_t                   rc;
    ngx_http_grip_loc_conf_t   *glcf;
    ngx_http_grip_websocket_t  *ws;

    ws = fn->websocket;

    if (ngx_http_grip_event_refusal(ws, ev->type, &ev->content)) {
        return NGX_DECLINED;
    }

    glcf = ngx_http_get_module_loc_conf(ws->request,
                                        ngx_http_faas_grip_module);

    ngx_http_grip_event_take(ws, ev->type, &ev->content);

    if (ngx_http_grip_scope_enter(ws->request, &ws->scope) != NGX_OK) {
        return NGX_ERROR;
    }

    rc = ngx_http_grip_rules_match(ws, glcf->rules);

    if (rc == NGX_OK) {
        rc = (ws->rule == rule) ? ngx_http_grip_function_same_uri(fn, rule)
                                : NGX_DECLINED;
    }

    ngx_http_grip_scope_leave(ws->request, &ws->scope);

    return rc;
}


/* the URI may hold what the event says: another one is another function */

static ngx_int_t
ngx_http_grip_function_same_uri(ngx_http_grip_function_t *fn,
    ngx_http_grip_rule_t *rule)
{
    ngx_str_t                   uri;
    ngx_http_grip_slot_t       *slot;
    ngx_http_grip_statement_t  *st;

    st = rule->statements.elts;

    if (st->slots.nelts == 0) {
        return NGX_OK;
    }

    slot = st->slots.elts;

    if (ngx_http_grip_value_get(fn->websocket->request, &slot->value, &uri)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return (uri.len == fn->call.uri.len
            && ngx_memcmp(uri.data, fn->call.uri.data, uri.len) == 0)
           ? NGX_OK : NGX_DECLINED;
}


/* what earlier events publish need not wait for the function */

static ngx_int_t
ngx_http_grip_function_publish(ngx_http_grip_websocket_t *ws)
{
    ngx_http_grip_ctx_t  *ctx;

    ctx = ngx_http_grip_ctx_find(ws->request);

    return (ctx && ctx->publication)
           ? ngx_http_grip_publication_flush(ctx->publication) : NGX_OK;
}


static void
ngx_http_grip_function_answered(ngx_http_grip_call_t *call)
{
    ngx_http_grip_function_t *fn = call->data;

    ngx_int_t                   rc;
    ngx_http_grip_websocket_t  *ws;

    ws = fn->websocket;

    ngx_http_grip_scope_enter_pool(ws->request, &ws->scope);

    rc = ngx_http_grip_function_result(fn);

    if (rc == NGX_OK) {
        rc = ngx_http_grip_function_oblige(fn);
    }

    ngx_http_grip_scope_leave_pool(ws->request, &ws->scope);

    ws->resume(ws, rc);
}


static ngx_int_t
ngx_http_grip_function_result(ngx_http_grip_function_t *fn)
{
    ngx_int_t              rc;
    ngx_http_grip_call_t  *call;

    call = &fn->call;

    if (call->error) {
        ngx_http_grip_notice(fn->websocket->request, NGX_LOG_ERR,
                             "grip: function \"%V\" failed: %s", &call->uri,
                             call->error);

        return ngx_http_grip_function_failed(fn, NGX_HTTP_BAD_GATEWAY);
    }

    if (call->status < 200 || call->status > 299) {

        if (fn->websocket->event == NGX_GRIP_WS_OPEN && !fn->json
            && ngx_http_grip_function_rejects(fn))
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

        return ngx_http_grip_function_failed(fn,
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

        return ngx_http_grip_function_failed(fn, NGX_HTTP_BAD_GATEWAY);
    }

    rc = fn->json ? ngx_http_grip_json_answer(fn)
                  : ngx_http_grip_plain_answer(fn);

    return rc == NGX_DECLINED
           ? ngx_http_grip_function_failed(fn, NGX_HTTP_BAD_GATEWAY) : rc;
}


/*
 * On OPEN a status is the function's own answer; one of 500 and more may be
 * nginx's about a function that is down, if the rule says what to do then.
 */

static ngx_uint_t
ngx_http_grip_function_rejects(ngx_http_grip_function_t *fn)
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
ngx_http_grip_function_failed(ngx_http_grip_function_t *fn,
    ngx_uint_t status)
{
    ngx_http_grip_websocket_t  *ws;

    ws = fn->websocket;

    if (fn->on_error == NGX_HTTP_GRIP_CALL_IGNORE) {
        return NGX_OK;
    }

    if (ws->opening && fn->on_error == NGX_HTTP_GRIP_CALL_CLOSE) {
        return ngx_http_grip_event_close(ws, NGX_GRIP_WS_CLOSE_INTERNAL,
                                         "function failed");
    }

    ngx_http_grip_event_fail(ws, status, "function failed");

    return NGX_ABORT;
}


/* the last event is finished as any other; here are those before it */

static ngx_int_t
ngx_http_grip_function_oblige(ngx_http_grip_function_t *fn)
{
    ngx_uint_t            i, n, ponged;
    ngx_grip_ws_event_t  *ev;

    ev = fn->events.elts;
    n = fn->events.nelts - 1;
    ponged = fn->websocket->ponged;

    if (n == 0) {
        return NGX_OK;
    }

    for (i = 0; i < n; i++) {
        ngx_http_grip_event_take(fn->websocket, ev[i].type, &ev[i].content);
        fn->websocket->ponged = ponged;

        if (ngx_http_grip_event_oblige(fn->websocket) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    ngx_http_grip_event_take(fn->websocket, ev[n].type, &ev[n].content);
    fn->websocket->ponged = ponged;

    return NGX_OK;
}
