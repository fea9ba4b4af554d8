
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The $grip_* variables.  In a subrequest they are those of the main request,
 * whose event it serves.
 */


#include "action/ngx_http_grip_event.h"
#include "action/ngx_http_grip_meta.h"
#include "connection/ngx_http_grip_connection.h"
#include "ngx_http_grip_escape.h"
#include "ngx_http_grip_variables.h"
#include "publish/ngx_http_grip_publication.h"
#include "request/ngx_http_grip_headers.h"
#include "request/ngx_http_grip_last_id.h"
#include "request/ngx_http_grip_value.h"
#include "verify/ngx_http_grip_verify.h"
#include "websocket/ngx_http_grip_websocket.h"


static ngx_int_t ngx_http_grip_event_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_grip_event_text_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_grip_close_code_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_grip_connection_id_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_grip_connection_channel_variable(
    ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_grip_features_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_grip_last_id_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_grip_channel_last_id_variable(
    ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_grip_meta_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_grip_verify_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_grip_iss_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_grip_count_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_grip_publish_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_grip_variable_connection(ngx_http_request_t *r,
    ngx_str_t **id);
static ngx_int_t ngx_http_grip_variable_number(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, ngx_uint_t n);
static ngx_int_t ngx_http_grip_variable_believe(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, ngx_str_t *text, ngx_int_t rc);


#define NGX_HTTP_GRIP_EVENTS_IN        0
#define NGX_HTTP_GRIP_EVENTS_OUT       1
#define NGX_HTTP_GRIP_PUBLISH_ITEMS    2

#define NGX_HTTP_GRIP_PUBLISH_STATUS   0
#define NGX_HTTP_GRIP_PUBLISH_TIME     1


static ngx_http_variable_t  ngx_http_grip_variables[] = {

    { ngx_string("grip_event"), NULL, ngx_http_grip_event_variable,
      0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("grip_message"), NULL, ngx_http_grip_event_text_variable,
      offsetof(ngx_http_grip_websocket_t, message),
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("grip_close_code"), NULL, ngx_http_grip_close_code_variable,
      0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("grip_close_reason"), NULL,
      ngx_http_grip_event_text_variable,
      offsetof(ngx_http_grip_websocket_t, close_reason),
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("grip_connection_id"), NULL,
      ngx_http_grip_connection_id_variable, 0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("grip_connection_channel"), NULL,
      ngx_http_grip_connection_channel_variable,
      0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("grip_meta_"), NULL, ngx_http_grip_meta_variable,
      0, NGX_HTTP_VAR_NOCACHEABLE|NGX_HTTP_VAR_PREFIX, 0 },

    { ngx_string("grip_escaped_"), NULL, ngx_http_grip_escape_json,
      0, NGX_HTTP_VAR_NOCACHEABLE|NGX_HTTP_VAR_PREFIX, 0 },

    { ngx_string("grip_uri_"), NULL, ngx_http_grip_escape_uri,
      0, NGX_HTTP_VAR_NOCACHEABLE|NGX_HTTP_VAR_PREFIX, 0 },

    { ngx_string("grip_verify"), NULL, ngx_http_grip_verify_variable,
      0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("grip_iss"), NULL, ngx_http_grip_iss_variable,
      0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("grip_features"), NULL, ngx_http_grip_features_variable,
      0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("grip_last_id"), NULL, ngx_http_grip_last_id_variable,
      0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("grip_last_id_"), NULL,
      ngx_http_grip_channel_last_id_variable,
      0, NGX_HTTP_VAR_NOCACHEABLE|NGX_HTTP_VAR_PREFIX, 0 },

    { ngx_string("grip_events_in"), NULL, ngx_http_grip_count_variable,
      NGX_HTTP_GRIP_EVENTS_IN, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("grip_events_out"), NULL, ngx_http_grip_count_variable,
      NGX_HTTP_GRIP_EVENTS_OUT, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("grip_publish_items"), NULL, ngx_http_grip_count_variable,
      NGX_HTTP_GRIP_PUBLISH_ITEMS, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("grip_publish_status"), NULL, ngx_http_grip_publish_variable,
      NGX_HTTP_GRIP_PUBLISH_STATUS, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("grip_publish_time"), NULL, ngx_http_grip_publish_variable,
      NGX_HTTP_GRIP_PUBLISH_TIME, NGX_HTTP_VAR_NOCACHEABLE, 0 },

      ngx_http_null_variable
};


ngx_int_t
ngx_http_grip_variables_add(ngx_conf_t *cf)
{
    ngx_http_variable_t  *var, *v;

    for (v = ngx_http_grip_variables; v->name.len; v++) {
        var = ngx_http_add_variable(cf, &v->name, v->flags);
        if (var == NULL) {
            return NGX_ERROR;
        }

        var->get_handler = v->get_handler;
        var->data = v->data;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_grip_event_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_http_grip_ctx_t  *ctx;

    ctx = ngx_http_grip_ctx_find(r);

    return ngx_http_grip_value_set(v, (ctx && ctx->websocket)
                                  ? ngx_grip_ws_name(ctx->websocket->event)
                                  : NULL);
}


static ngx_int_t
ngx_http_grip_event_text_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_str_t            *text;
    ngx_http_grip_ctx_t  *ctx;

    ctx = ngx_http_grip_ctx_find(r);

    text = (ctx && ctx->websocket)
           ? (ngx_str_t *) ((u_char *) ctx->websocket + data) : NULL;

    return ngx_http_grip_value_set(v, text);
}


static ngx_int_t
ngx_http_grip_close_code_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_http_grip_ctx_t  *ctx;

    ctx = ngx_http_grip_ctx_find(r);

    if (ctx == NULL || ctx->websocket == NULL
        || ctx->websocket->close_code == 0)
    {
        return ngx_http_grip_value_set(v, NULL);
    }

    return ngx_http_grip_variable_number(r, v, ctx->websocket->close_code);
}


static ngx_int_t
ngx_http_grip_connection_id_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_int_t   rc;
    ngx_str_t  *id;

    rc = ngx_http_grip_variable_connection(r, &id);

    return ngx_http_grip_variable_believe(r, v, id, rc);
}


/* the location of the events decides, not that of a function */

static ngx_int_t
ngx_http_grip_connection_channel_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_int_t                  rc;
    ngx_str_t                 *id, channel;
    ngx_http_grip_loc_conf_t  *glcf;

    glcf = ngx_http_get_module_loc_conf(r->main, ngx_http_faas_grip_module);

    rc = glcf->connection ? ngx_http_grip_variable_connection(r, &id)
                          : NGX_DECLINED;

    if (rc == NGX_OK) {
        rc = ngx_http_grip_connection_channel(r->pool, id, &channel);
    }

    return ngx_http_grip_variable_believe(r, v, &channel, rc);
}


/* NGX_DECLINED: there is no id that is to be believed */

static ngx_int_t
ngx_http_grip_variable_connection(ngx_http_request_t *r, ngx_str_t **id)
{
    ngx_http_grip_ctx_t  *ctx;

    ctx = ngx_http_grip_ctx_find(r);

    if (ctx && ctx->websocket) {
        *id = ctx->websocket->connection_id;

        return *id ? NGX_OK : NGX_DECLINED;
    }

    *id = ngx_http_grip_header_in(r->main, "connection-id");

    return *id ? ngx_http_grip_verify_connection(r) : NGX_DECLINED;
}


static ngx_int_t
ngx_http_grip_features_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_int_t  rc;
    ngx_str_t  features;

    static ngx_str_t  name = ngx_string("grip-feature");

    rc = ngx_http_grip_verify_trusted(r);

    if (rc == NGX_OK) {
        rc = ngx_http_grip_headers_join(r->main, &name, &features);
    }

    return ngx_http_grip_variable_believe(r, v, &features, rc);
}


/* "Grip-Last" is said by the proxy, "Last-Event-ID" by the client itself */

static ngx_int_t
ngx_http_grip_last_id_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_int_t  rc;
    ngx_str_t  id;

    rc = ngx_http_grip_last_id(r, NULL, &id);

    if (rc == NGX_OK) {
        rc = ngx_http_grip_verify_trusted(r);
    }

    if (rc != NGX_DECLINED) {
        return ngx_http_grip_variable_believe(r, v, &id, rc);
    }

    return ngx_http_grip_value_set(v,
                          ngx_http_grip_header_in(r->main, "last-event-id"));
}


static ngx_int_t
ngx_http_grip_channel_last_id_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_str_t *name = (ngx_str_t *) data;

    ngx_int_t  rc;
    ngx_str_t  id, channel;

    channel.len = name->len - (sizeof("grip_last_id_") - 1);
    channel.data = name->data + sizeof("grip_last_id_") - 1;

    rc = ngx_http_grip_last_id(r, &channel, &id);

    if (rc == NGX_OK) {
        rc = ngx_http_grip_verify_trusted(r);
    }

    return ngx_http_grip_variable_believe(r, v, &id, rc);
}


static ngx_int_t
ngx_http_grip_meta_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_str_t *name = (ngx_str_t *) data;

    ngx_int_t  rc;
    ngx_str_t  meta, value;

    meta.len = name->len - (sizeof("grip_meta_") - 1);
    meta.data = name->data + sizeof("grip_meta_") - 1;

    rc = ngx_http_grip_meta_find(r, &meta, &value);

    return ngx_http_grip_variable_believe(r, v, &value, rc);
}


static ngx_int_t
ngx_http_grip_verify_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    u_char               *p;
    ngx_str_t             text;
    ngx_http_grip_ctx_t  *ctx;

    ctx = ngx_http_grip_verify(r);
    if (ctx == NULL) {
        return ngx_http_grip_value_failed(r, v);
    }

    switch (ctx->verdict) {

    case NGX_HTTP_GRIP_VERDICT_SUCCESS:
        ngx_str_set(&text, "SUCCESS");
        break;

    case NGX_HTTP_GRIP_VERDICT_FAILED:
        text.len = sizeof("FAILED:") - 1 + ngx_strlen(ctx->reason);
        text.data = ngx_pnalloc(r->pool, text.len);
        if (text.data == NULL) {
            return ngx_http_grip_value_failed(r, v);
        }

        p = ngx_cpymem(text.data, "FAILED:", sizeof("FAILED:") - 1);
        ngx_memcpy(p, ctx->reason, text.len - (sizeof("FAILED:") - 1));
        break;

    default:
        ngx_str_set(&text, "NONE");
    }

    return ngx_http_grip_value_set(v, &text);
}


static ngx_int_t
ngx_http_grip_iss_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_http_grip_ctx_t  *ctx;

    ctx = ngx_http_grip_verify(r);
    if (ctx == NULL) {
        return ngx_http_grip_value_failed(r, v);
    }

    if (ctx->verdict != NGX_HTTP_GRIP_VERDICT_SUCCESS || ctx->iss.len == 0) {
        return ngx_http_grip_value_set(v, NULL);
    }

    return ngx_http_grip_value_set(v, &ctx->iss);
}


static ngx_int_t
ngx_http_grip_count_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_uint_t            n;
    ngx_http_grip_ctx_t  *ctx;

    ctx = ngx_http_grip_ctx_find(r);

    if (ctx == NULL
        || (data == NGX_HTTP_GRIP_PUBLISH_ITEMS ? ctx->publication == NULL
                                                : ctx->websocket == NULL))
    {
        return ngx_http_grip_value_set(v, NULL);
    }

    switch (data) {

    case NGX_HTTP_GRIP_EVENTS_IN:
        n = ctx->websocket->nevents;
        break;

    case NGX_HTTP_GRIP_EVENTS_OUT:
        n = ctx->websocket->answer.nevents;
        break;

    default: /* NGX_HTTP_GRIP_PUBLISH_ITEMS */
        n = ctx->publication->nitems;
    }

    return ngx_http_grip_variable_number(r, v, n);
}


static ngx_int_t
ngx_http_grip_publish_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_int_t             rc;
    ngx_str_t             text;
    ngx_http_grip_ctx_t  *ctx;

    ctx = ngx_http_grip_ctx_find(r);

    if (ctx == NULL || ctx->publication == NULL
        || ctx->publication->nitems == 0)
    {
        return ngx_http_grip_value_set(v, NULL);
    }

    rc = (data == NGX_HTTP_GRIP_PUBLISH_STATUS)
         ? ngx_http_grip_publication_log_status(ctx->publication, r->pool,
                                            &text)
         : ngx_http_grip_publication_log_time(ctx->publication, r->pool, &text);

    return rc == NGX_OK ? ngx_http_grip_value_set(v, &text)
                        : ngx_http_grip_value_failed(r, v);
}


static ngx_int_t
ngx_http_grip_variable_number(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, ngx_uint_t n)
{
    ngx_str_t  text;

    text.data = ngx_pnalloc(r->pool, NGX_INT_T_LEN);
    if (text.data == NULL) {
        return ngx_http_grip_value_failed(r, v);
    }

    text.len = ngx_sprintf(text.data, "%ui", n) - text.data;

    return ngx_http_grip_value_set(v, &text);
}


/* NGX_OK: the value is the text; NGX_DECLINED: not found; NGX_ERROR */

static ngx_int_t
ngx_http_grip_variable_believe(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, ngx_str_t *text, ngx_int_t rc)
{
    if (rc == NGX_ERROR) {
        return ngx_http_grip_value_failed(r, v);
    }

    return ngx_http_grip_value_set(v, rc == NGX_OK ? text : NULL);
}
