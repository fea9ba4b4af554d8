
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The actions.  Values may come from clients: an action that they make
 * impossible is skipped with a line at info, rule 7 of the design.
 */


#include "action/ngx_http_grip_action.h"
#include "action/ngx_http_grip_event.h"
#include "action/ngx_http_grip_meta.h"
#include "publish/ngx_http_grip_publication.h"
#include "request/ngx_http_grip_headers.h"
#include "request/ngx_http_grip_limit.h"
#include "request/ngx_http_grip_notice.h"
#include "text/ngx_grip_utf8.h"


/* the proxy's default, protocol 2.3 */
#define NGX_HTTP_GRIP_SUBSCRIBES_MAX   20


static ngx_int_t ngx_http_grip_action_skip(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_action_t *action, const char *reason);
static ngx_int_t ngx_http_grip_action_keep(ngx_http_grip_websocket_t *ws,
    ngx_str_t *value);
static ngx_uint_t ngx_http_grip_action_text(ngx_http_grip_websocket_t *ws,
    ngx_str_t *value);
static ngx_int_t ngx_http_grip_action_too_long(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_action_t *action, size_t len);
static ngx_int_t ngx_http_grip_action_unfiltered(
    ngx_http_grip_websocket_t *ws, ngx_http_grip_action_t *action,
    const char *reason);
static const char *ngx_http_grip_action_control_check(
    ngx_grip_control_t *control);


static ngx_str_t  ngx_http_grip_message_prefix = ngx_string("m:");
static ngx_str_t  ngx_http_grip_no_prefix = ngx_string("");


ngx_int_t
ngx_http_grip_action_send(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_action_t *action)
{
    size_t      len;
    ngx_str_t  *prefix;

    if (ws->closed) {
        return NGX_OK;
    }

    prefix = &ngx_http_grip_no_prefix;

    if (action->type & (NGX_GRIP_WS_PING|NGX_GRIP_WS_PONG)) {

        if (action->value.len > NGX_GRIP_WS_PAYLOAD_MAX) {
            return ngx_http_grip_action_skip(ws, action,
                                             "payload longer than 125 bytes");
        }

        if (action->type == NGX_GRIP_WS_PONG) {
            ws->ponged = 1;
        }

    } else {

        if (action->type == NGX_GRIP_WS_TEXT
            && !ngx_http_grip_action_text(ws, &action->value))
        {
            return ngx_http_grip_action_skip(ws, action, "invalid UTF-8");
        }

        if (ws->grip) {
            prefix = &ngx_http_grip_message_prefix;
        }

        len = prefix->len + action->value.len;

        if (ws->max_send_size && len > ws->max_send_size) {
            ngx_http_grip_notice(ws->request, NGX_LOG_ERR,
                                 "grip: \"%s\" refused: %uz bytes exceed "
                                 "\"grip_max_send_size\", %uz bytes",
                                 action->name, len, ws->max_send_size);
            ngx_http_grip_limit(ws->request, NGX_HTTP_GRIP_LIMIT_MAX_SEND_SIZE);
            return ngx_http_grip_event_unsent(ws);
        }
    }

    len = prefix->len + action->value.len;

    if (!ngx_http_grip_answer_fits(&ws->answer, len)) {
        return ngx_http_grip_event_full(ws, action->name, len);
    }

    if (action->value.len > NGX_HTTP_GRIP_ANSWER_COPY
        && ngx_http_grip_action_keep(ws, &action->value) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_grip_answer_add_text(&ws->answer, action->type, prefix,
                                         &action->value);
}


/* the answer links a long text: it must outlive the event, as the body does */

static ngx_int_t
ngx_http_grip_action_keep(ngx_http_grip_websocket_t *ws, ngx_str_t *value)
{
    u_char  *p;

    if (value->data >= ws->reader.start && value->data < ws->reader.end) {
        return NGX_OK;
    }

    p = ngx_pnalloc(ws->answer.pool, value->len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(p, value->data, value->len);
    value->data = p;

    return NGX_OK;
}


/* the client's own text was found valid before any rule saw it */

static ngx_uint_t
ngx_http_grip_action_text(ngx_http_grip_websocket_t *ws, ngx_str_t *value)
{
    return (ws->event == NGX_GRIP_WS_TEXT
            && value->data == ws->message.data
            && value->len == ws->message.len)
           || ngx_grip_utf8_valid(value->data, value->len);
}


ngx_int_t
ngx_http_grip_action_close(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_action_t *action)
{
    ngx_int_t  code;

    if (ws->closed) {
        return NGX_OK;
    }

    code = ngx_http_grip_action_close_code(&action->code);

    if (code == NGX_ERROR) {
        code = NGX_GRIP_WS_CLOSE_NORMAL;

        if (action->code.len) {
            ngx_http_grip_notice(ws->request, NGX_LOG_INFO,
                                 "grip: \"close\" with a code that must not "
                                 "be sent, %i is sent instead", code);
        }
    }

    ws->closed = 1;
    ws->done = 1;

    return ngx_http_grip_answer_add_close(&ws->answer, code, &action->value);
}


ngx_int_t
ngx_http_grip_action_close_code(ngx_str_t *code)
{
    ngx_int_t  n;

    n = ngx_atoi(code->data, code->len);

    if (n == NGX_ERROR || !ngx_grip_ws_close_code_valid(n)) {
        return NGX_ERROR;
    }

    return n;
}


ngx_int_t
ngx_http_grip_action_disconnect(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_action_t *action)
{
    if (ws->closed) {
        return NGX_OK;
    }

    ws->closed = 1;
    ws->done = 1;

    return ngx_http_grip_answer_add(&ws->answer, NGX_GRIP_WS_DISCONNECT, 0)
           ? NGX_OK : NGX_ERROR;
}


ngx_int_t
ngx_http_grip_action_reject(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_action_t *action)
{
    if (!ws->opening || ws->closed) {
        return NGX_OK;
    }

    ws->reject = action->status;
    ws->reject_body = action->value;
    ws->closed = 1;
    ws->done = 1;

    return NGX_OK;
}


ngx_int_t
ngx_http_grip_action_control(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_action_t *action)
{
    size_t                     len;
    u_char                    *p;
    const char                *reason;
    ngx_grip_control_t         control;
    ngx_http_grip_loc_conf_t  *glcf;

    if (ws->closed) {
        return NGX_OK;
    }

    if (!ws->grip) {
        return ngx_http_grip_action_skip(ws, action,
                                         "the proxy does not offer GRIP");
    }

    ngx_memzero(&control, sizeof(ngx_grip_control_t));

    control.type = action->control;
    control.name = action->target;
    control.value = action->value;
    control.filters = action->filters;
    control.nfilters = action->nfilters;
    control.message_type = action->type;
    control.timeout = action->timeout;
    control.interval = action->interval;

    if (control.type == NGX_GRIP_CONTROL_SUBSCRIBE
        || control.type == NGX_GRIP_CONTROL_UNSUBSCRIBE)
    {
        glcf = ngx_http_get_module_loc_conf(ws->request,
                                            ngx_http_faas_grip_module);
        control.prefix = glcf->prefix;
    }

    reason = ngx_http_grip_action_control_check(&control);
    if (reason) {
        return (control.type == NGX_GRIP_CONTROL_SET_META)
               ? ngx_http_grip_action_unfiltered(ws, action, reason)
               : ngx_http_grip_action_skip(ws, action, reason);
    }

    len = ngx_grip_control_write(NULL, &control);

    if (len > NGX_GRIP_CONTROL_MAX) {
        return ngx_http_grip_action_too_long(ws, action, len);
    }

    if (!ngx_http_grip_answer_fits(&ws->answer, len)) {
        return ngx_http_grip_event_full(ws, action->name, len);
    }

    if (control.type == NGX_GRIP_CONTROL_SUBSCRIBE
        && ++ws->nsubscribes == NGX_HTTP_GRIP_SUBSCRIBES_MAX + 1)
    {
        ngx_http_grip_notice(ws->request, NGX_LOG_WARN,
                             "grip: more than %d subscriptions in an answer: "
                             "the proxy ignores those beyond its limit for a "
                             "connection", NGX_HTTP_GRIP_SUBSCRIBES_MAX);
    }

    p = ngx_http_grip_answer_add(&ws->answer, NGX_GRIP_WS_TEXT, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_grip_control_write(p, &control);

    return NGX_OK;
}


/* what is not granted may be left out, what is to be taken away must not be */

static ngx_int_t
ngx_http_grip_action_too_long(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_action_t *action, size_t len)
{
    ngx_http_grip_limit(ws->request, NGX_HTTP_GRIP_LIMIT_CONTROL_MESSAGE);

    if (action->control == NGX_GRIP_CONTROL_SET_META) {
        return ngx_http_grip_action_unfiltered(ws, action,
                                               "beyond the proxy's limit for "
                                               "a control message");
    }

    ngx_http_grip_notice(ws->request, NGX_LOG_ERR,
                         "grip: \"%s\" refused: %uz bytes exceed the proxy's "
                         "limit for a control message, %d bytes",
                         action->name, len, NGX_GRIP_CONTROL_MAX);

    return (action->control == NGX_GRIP_CONTROL_UNSUBSCRIBE)
           ? ngx_http_grip_event_unsent(ws) : NGX_OK;
}


/*
 * Without the meta a filter would let through what it is to keep back, so the
 * connection ends; when it has ended already there is nobody to protect.
 */

static ngx_int_t
ngx_http_grip_action_unfiltered(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_action_t *action, const char *reason)
{
    if (ws->event == NGX_GRIP_WS_DISCONNECT) {
        return ngx_http_grip_action_skip(ws, action, reason);
    }

    ngx_http_grip_notice_kind(ws->request, NGX_LOG_INFO, reason,
                              "grip: \"%s\" closes the connection: %s",
                              action->name, reason);

    if (ngx_http_grip_event_close(ws, NGX_GRIP_WS_CLOSE_POLICY,
                                  "invalid filter meta")
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return NGX_ABORT;
}


static const char *
ngx_http_grip_action_control_check(ngx_grip_control_t *control)
{
    ngx_uint_t  i;

    for (i = 0; i < control->nfilters; i++) {
        if (control->filters[i].len == 0
            || !ngx_grip_utf8_valid(control->filters[i].data,
                                    control->filters[i].len))
        {
            return "invalid filter";
        }
    }

    switch (control->type) {

    case NGX_GRIP_CONTROL_SUBSCRIBE:
    case NGX_GRIP_CONTROL_UNSUBSCRIBE:
        return ngx_grip_control_channel_valid(&control->name)
               ? NULL : "invalid channel";

    case NGX_GRIP_CONTROL_SET_META:
        if (control->name.len == 0) {
            return "no name";
        }

        return ngx_grip_utf8_valid(control->value.data, control->value.len)
               ? NULL : "invalid UTF-8";

    case NGX_GRIP_CONTROL_KEEPALIVE:
        if (control->message_type == NGX_GRIP_WS_TEXT
            && !ngx_grip_utf8_valid(control->value.data, control->value.len))
        {
            return "invalid UTF-8";
        }

        if ((control->message_type & (NGX_GRIP_WS_PING|NGX_GRIP_WS_PONG))
            && control->value.len > NGX_GRIP_WS_PAYLOAD_MAX)
        {
            return "payload longer than 125 bytes";
        }

        return NULL;

    default:
        return NULL;
    }
}


ngx_int_t
ngx_http_grip_action_set_meta(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_action_t *action)
{
    ngx_int_t    rc;
    ngx_str_t    value;
    const char  *reason;

    if (!ngx_http_grip_headers_name_valid(&action->target)) {
        return ngx_http_grip_action_skip(ws, action, "invalid name");
    }

    value = action->value;

    reason = ngx_http_grip_meta_unusable(ws->request, &action->target, &value);

    if (reason) {
        ngx_http_grip_notice_kind(ws->request, NGX_LOG_INFO, reason,
                                  "grip: \"%s\" deletes the meta: %s",
                                  action->name, reason);
        ngx_str_set(&value, "");
    }

    rc = ngx_http_grip_meta_set(ws, &action->target, &value);

    if (rc == NGX_DECLINED) {
        ngx_http_grip_notice(ws->request, NGX_LOG_ERR,
                             "grip: \"%s\" failed: more than %d names in an "
                             "answer", action->name,
                             NGX_HTTP_GRIP_META_NAMES_MAX);

        ngx_http_grip_event_fail(ws, NGX_HTTP_INTERNAL_SERVER_ERROR,
                                 "too many metas");
        return NGX_ABORT;
    }

    return rc;
}


ngx_int_t
ngx_http_grip_action_publish(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_action_t *action)
{
    ngx_int_t                  rc;
    ngx_uint_t                 type;
    ngx_pool_t                *pool;
    ngx_grip_item_t            item;
    ngx_http_request_t        *r;
    ngx_http_grip_ctx_t       *ctx;
    ngx_http_grip_loc_conf_t  *glcf;

    r = ws->request;

    ctx = ngx_http_grip_ctx_get(r);
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    if (ctx->publication == NULL) {

        /* it outlives the event */

        pool = r->pool;
        r->pool = ctx->pool;

        ctx->publication = ngx_http_grip_publication_create(r);

        r->pool = pool;

        if (ctx->publication == NULL) {
            return NGX_ERROR;
        }
    }

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);

    type = action->type ? action->type : ws->event;

    ngx_memzero(&item, sizeof(ngx_grip_item_t));

    item.prefix = glcf->prefix;
    item.channel = action->target;
    item.content = action->value;
    item.id = action->id;
    item.prev_id = action->prev_id;
    item.meta = action->meta;
    item.nmeta = action->nmeta;
    item.binary = (type == NGX_GRIP_WS_BINARY);
    item.formats = action->formats ? action->formats
                                   : ngx_http_grip_publication_formats(
                                         ctx->publication, item.binary);
    item.no_seq = action->no_seq;

    rc = ngx_http_grip_publication_add(ctx->publication, &item,
                                       !action->ignore_errors);

    if (rc == NGX_DECLINED) {
        ngx_http_grip_notice_kind(r, NGX_LOG_INFO, ctx->publication->invalid,
                                  "grip: publish skipped: %s",
                                  ctx->publication->invalid);
        return NGX_OK;
    }

    if (rc == NGX_ABORT && !action->ignore_errors) {
        ngx_http_grip_event_fail(ws, NGX_HTTP_BAD_GATEWAY,
                                 "publish failed");
        return NGX_ABORT;
    }

    return rc == NGX_ERROR ? NGX_ERROR : NGX_OK;
}


static ngx_int_t
ngx_http_grip_action_skip(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_action_t *action, const char *reason)
{
    ngx_http_grip_notice_kind(ws->request, NGX_LOG_INFO, reason,
                              "grip: \"%s\" skipped: %s", action->name,
                              reason);

    return NGX_OK;
}
