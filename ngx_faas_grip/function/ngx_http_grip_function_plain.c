
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The plain contract: a message is a body, all else are headers.
 */


#include "action/ngx_http_grip_event.h"
#include "action/ngx_http_grip_handshake.h"
#include "action/ngx_http_grip_meta.h"
#include "function/ngx_http_grip_function.h"
#include "request/ngx_http_grip_headers.h"
#include "text/ngx_grip_line.h"
#include "text/ngx_grip_media.h"


static ngx_int_t ngx_http_grip_plain_add(ngx_array_t *headers,
    const char *name, ngx_str_t *value);
static ngx_int_t ngx_http_grip_plain_metas(ngx_http_grip_function_t *fn,
    ngx_array_t *headers);
static ngx_int_t ngx_http_grip_plain_set_metas(ngx_http_grip_function_t *fn);
static ngx_int_t ngx_http_grip_plain_channels(ngx_http_grip_function_t *fn,
    ngx_str_t *header, ngx_grip_control_type_e control);
static ngx_int_t ngx_http_grip_plain_channel(ngx_http_grip_function_t *fn,
    ngx_str_t *channel, ngx_grip_control_type_e control);
static ngx_int_t ngx_http_grip_plain_filters(ngx_http_grip_function_t *fn,
    ngx_str_t *params, ngx_http_grip_action_t *action);
static ngx_int_t ngx_http_grip_plain_message(ngx_http_grip_function_t *fn);
static ngx_int_t ngx_http_grip_plain_close(ngx_http_grip_function_t *fn);


ngx_int_t
ngx_http_grip_function_plain_request(ngx_http_grip_function_t *fn)
{
    ngx_str_t                   code;
    ngx_array_t                *headers;
    ngx_http_grip_websocket_t  *ws;

    ws = fn->websocket;

    headers = ngx_array_create(ws->request->pool, 8, sizeof(ngx_grip_pair_t));
    if (headers == NULL) {
        return NGX_ERROR;
    }

    fn->call.headers = headers;

    if (ngx_http_grip_plain_add(headers, "Grip-Event",
                                ngx_grip_ws_name(ws->event))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ws->connection_id
        && ngx_http_grip_plain_add(headers, "Connection-Id", ws->connection_id)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ws->close_code) {
        code.data = ngx_pnalloc(ws->request->pool, NGX_INT_T_LEN);
        if (code.data == NULL) {
            return NGX_ERROR;
        }

        code.len = ngx_sprintf(code.data, "%ui", ws->close_code) - code.data;

        if (ngx_http_grip_plain_add(headers, "Grip-Close-Code", &code)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    fn->call.body = (ws->event == NGX_GRIP_WS_CLOSE) ? ws->close_reason
                                                     : ws->message;

    if (ws->event & (NGX_GRIP_WS_BINARY|NGX_GRIP_WS_PING|NGX_GRIP_WS_PONG)) {
        ngx_str_set(&fn->call.content_type, "application/octet-stream");

    } else {
        ngx_str_set(&fn->call.content_type, "text/plain; charset=utf-8");
    }

    return ngx_http_grip_plain_metas(fn, headers);
}


static ngx_int_t
ngx_http_grip_plain_add(ngx_array_t *headers, const char *name,
    ngx_str_t *value)
{
    ngx_grip_pair_t  *pair;

    pair = ngx_array_push(headers);
    if (pair == NULL) {
        return NGX_ERROR;
    }

    pair->name.len = ngx_strlen(name);
    pair->name.data = (u_char *) name;
    pair->value = *value;

    return NGX_OK;
}


static ngx_int_t
ngx_http_grip_plain_metas(ngx_http_grip_function_t *fn, ngx_array_t *headers)
{
    ngx_uint_t        i;
    ngx_array_t      *metas;
    ngx_grip_pair_t  *meta, *pair;

    metas = ngx_http_grip_meta_list(fn->websocket->request);
    if (metas == NULL) {
        return NGX_ERROR;
    }

    meta = metas->elts;

    for (i = 0; i < metas->nelts; i++) {

        pair = ngx_array_push(headers);
        if (pair == NULL) {
            return NGX_ERROR;
        }

        pair->name.len = sizeof("Meta-") - 1 + meta[i].name.len;
        pair->name.data = meta[i].name.data - (sizeof("Meta-") - 1);
        pair->value = meta[i].value;
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_grip_function_plain_answer(ngx_http_grip_function_t *fn)
{
    ngx_int_t    rc;
    ngx_list_t  *headers;

    static ngx_str_t  subscribe = ngx_string("grip-channel");
    static ngx_str_t  unsubscribe = ngx_string("grip-unsubscribe");

    rc = ngx_http_grip_plain_set_metas(fn);

    if (rc != NGX_OK) {
        return rc;
    }

    headers = &fn->call.subrequest->headers_out.headers;

    if (ngx_http_grip_handshake_take(fn->websocket, headers) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_http_grip_plain_channels(fn, &subscribe,
                                     NGX_GRIP_CONTROL_SUBSCRIBE)
        != NGX_OK
        || ngx_http_grip_plain_channels(fn, &unsubscribe,
                                        NGX_GRIP_CONTROL_UNSUBSCRIBE)
           != NGX_OK
        || ngx_http_grip_plain_message(fn) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_grip_plain_close(fn);
}


static ngx_int_t
ngx_http_grip_plain_set_metas(ngx_http_grip_function_t *fn)
{
    ngx_int_t                 rc;
    ngx_table_elt_t          *h;
    ngx_http_grip_action_t    action;
    ngx_http_grip_headers_t   hs;

    ngx_memzero(&action, sizeof(ngx_http_grip_action_t));
    action.name = "set_meta";

    ngx_http_grip_headers_init(&hs, &fn->call.subrequest->headers_out.headers);

    for ( ;; ) {
        h = ngx_http_grip_headers_next(&hs);
        if (h == NULL) {
            return NGX_OK;
        }

        if (h->hash == 0
            || h->key.len <= sizeof("Set-Meta-") - 1
            || ngx_strncasecmp(h->key.data, (u_char *) "Set-Meta-",
                               sizeof("Set-Meta-") - 1)
               != 0)
        {
            continue;
        }

        action.target.len = h->key.len - (sizeof("Set-Meta-") - 1);
        action.target.data = h->key.data + sizeof("Set-Meta-") - 1;
        action.value = h->value;

        rc = ngx_http_grip_action_set_meta(fn->websocket, &action);
        if (rc != NGX_OK) {
            return rc;
        }
    }
}


/* "name", "name; filter=a; filter=b", several by commas or headers */

static ngx_int_t
ngx_http_grip_plain_channels(ngx_http_grip_function_t *fn, ngx_str_t *header,
    ngx_grip_control_type_e control)
{
    ngx_str_t                 list, channel;
    ngx_table_elt_t          *h;
    ngx_http_grip_headers_t   hs;

    ngx_http_grip_headers_init(&hs, &fn->call.subrequest->headers_out.headers);

    while ((h = ngx_http_grip_headers_find_out(&hs, header)) != NULL) {
        list = h->value;

        while (list.len) {
            channel = ngx_grip_line_cut(&list, ',');

            if (ngx_http_grip_plain_channel(fn, &channel, control) != NGX_OK) {
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_grip_plain_channel(ngx_http_grip_function_t *fn, ngx_str_t *channel,
    ngx_grip_control_type_e control)
{
    ngx_http_grip_action_t  action;

    ngx_memzero(&action, sizeof(ngx_http_grip_action_t));

    action.name = (control == NGX_GRIP_CONTROL_SUBSCRIBE) ? "subscribe"
                                                          : "unsubscribe";
    action.control = control;
    action.target = ngx_grip_line_cut(channel, ';');

    if (action.target.len == 0) {
        return NGX_OK;
    }

    if (channel->len
        && ngx_http_grip_plain_filters(fn, channel, &action) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_grip_action_control(fn->websocket, &action);
}


static ngx_int_t
ngx_http_grip_plain_filters(ngx_http_grip_function_t *fn, ngx_str_t *params,
    ngx_http_grip_action_t *action)
{
    ngx_str_t     param, name, *filter;
    ngx_array_t  *filters;

    static ngx_str_t  known = ngx_string("filter");

    filters = ngx_array_create(fn->websocket->request->pool, 2,
                               sizeof(ngx_str_t));
    if (filters == NULL) {
        return NGX_ERROR;
    }

    while (params->len) {
        param = ngx_grip_line_cut(params, ';');
        name = ngx_grip_line_cut(&param, '=');

        if (!ngx_http_grip_headers_same(&name, &known)) {
            continue;
        }

        filter = ngx_array_push(filters);
        if (filter == NULL) {
            return NGX_ERROR;
        }

        /* one without a name is no filter, and keeps from subscribing */

        *filter = param;
    }

    action->filters = filters->elts;
    action->nfilters = filters->nelts;

    return NGX_OK;
}


static ngx_int_t
ngx_http_grip_plain_message(ngx_http_grip_function_t *fn)
{
    ngx_http_grip_action_t  action;

    static ngx_str_t  binary = ngx_string("application/octet-stream");

    if (fn->call.answer.len == 0
        || fn->call.status == NGX_HTTP_NO_CONTENT)
    {
        return NGX_OK;
    }

    ngx_memzero(&action, sizeof(ngx_http_grip_action_t));

    action.name = "send";
    action.type = NGX_GRIP_WS_TEXT;
    action.value = fn->call.answer;

    if (ngx_grip_media_is(&fn->call.subrequest->headers_out.content_type,
                          &binary))
    {
        action.type = NGX_GRIP_WS_BINARY;
    }

    return ngx_http_grip_action_send(fn->websocket, &action);
}


/* "Grip-Close: CODE [REASON]" */

static ngx_int_t
ngx_http_grip_plain_close(ngx_http_grip_function_t *fn)
{
    ngx_table_elt_t          *h;
    ngx_http_grip_action_t    action;
    ngx_http_grip_headers_t   hs;

    static ngx_str_t  name = ngx_string("grip-close");

    ngx_http_grip_headers_init(&hs, &fn->call.subrequest->headers_out.headers);

    h = ngx_http_grip_headers_find_out(&hs, &name);
    if (h == NULL) {
        return NGX_OK;
    }

    ngx_memzero(&action, sizeof(ngx_http_grip_action_t));

    action.name = "close";

    action.value = h->value;
    action.code = ngx_grip_line_cut(&action.value, ' ');

    return ngx_http_grip_action_close(fn->websocket, &action);
}
