
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The parts of its event that a detached call has.
 */


#include "action/ngx_http_grip_meta.h"
#include "detached/ngx_http_grip_detached_copy.h"
#include "function/ngx_http_grip_call_copy.h"


ngx_int_t
ngx_http_grip_call_copy_event(ngx_http_request_t *mr,
    ngx_http_grip_websocket_t *from)
{
    ngx_pool_t                 *pool;
    ngx_http_grip_ctx_t        *ctx;
    ngx_http_grip_websocket_t  *ws;

    pool = mr->pool;

    ctx = ngx_http_grip_ctx_get(mr);
    ws = ngx_pcalloc(pool, sizeof(ngx_http_grip_websocket_t));

    if (ctx == NULL || ws == NULL) {
        return NGX_ERROR;
    }

    ws->request = mr;
    ws->event = from->event;
    ws->close_code = from->close_code;
    ws->nevents = from->nevents;
    ws->trusted = from->trusted;
    ws->grip = from->grip;

    if (from->connection_id) {
        ws->connection_id = ngx_palloc(pool, sizeof(ngx_str_t));

        if (ws->connection_id == NULL
            || ngx_http_grip_detached_copy_str(pool, ws->connection_id,
                                               from->connection_id)
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    if (ngx_http_grip_detached_copy_str(pool, &ws->message, &from->message)
        != NGX_OK
        || ngx_http_grip_detached_copy_str(pool, &ws->close_reason,
                                           &from->close_reason)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    ctx->websocket = ws;

    return ngx_http_grip_meta_copy(ws, from->request);
}


ngx_int_t
ngx_http_grip_call_copy(ngx_http_request_t *mr, ngx_http_grip_call_t *dst,
    ngx_http_grip_call_t *call)
{
    ngx_str_t            *message;
    ngx_pool_t           *pool;
    ngx_uint_t            i;
    ngx_grip_pair_t      *pair, *copy;
    ngx_http_grip_ctx_t  *ctx;

    pool = mr->pool;

    dst->bare = call->bare;
    dst->metrics = call->metrics;
    dst->detached = 1;
    dst->discard = 1;

    /* which a plain call has for its body */

    ctx = ngx_http_grip_ctx_find(mr);
    message = &ctx->websocket->message;

    if (call->body.len == message->len
        && ngx_memcmp(call->body.data, message->data, message->len) == 0)
    {
        dst->body = *message;

    } else if (ngx_http_grip_detached_copy_str(pool, &dst->body,
                                               &call->body)
               != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_http_grip_detached_copy_str(pool, &dst->uri, &call->uri)
        != NGX_OK
        || ngx_http_grip_detached_copy_str(pool, &dst->content_type,
                                           &call->content_type)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (call->headers == NULL) {
        return NGX_OK;
    }

    dst->headers = ngx_array_create(pool, call->headers->nelts + 1,
                                        sizeof(ngx_grip_pair_t));
    if (dst->headers == NULL) {
        return NGX_ERROR;
    }

    pair = call->headers->elts;
    copy = ngx_array_push_n(dst->headers, call->headers->nelts);

    if (copy == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < call->headers->nelts; i++) {
        if (ngx_http_grip_detached_copy_str(pool, &copy[i].name, &pair[i].name)
            != NGX_OK
            || ngx_http_grip_detached_copy_str(pool, &copy[i].value,
                                               &pair[i].value)
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}
