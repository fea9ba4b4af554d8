
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The headers of a hold.  protocol 3.1.  Those that a backend has set stay
 * as they are.
 */


#include "hold/ngx_http_grip_hold_resume.h"
#include "request/ngx_http_grip_headers.h"
#include "text/ngx_grip_utf8.h"
#include "wire/ngx_grip_control.h"


static ngx_int_t ngx_http_grip_hold_headers_channel(ngx_http_request_t *r,
    ngx_http_grip_channel_t *channel, ngx_str_t *value);
static ngx_int_t ngx_http_grip_hold_headers_entry(ngx_http_request_t *r,
    ngx_http_grip_channel_t *channel, ngx_str_t *prefix, ngx_str_t *name,
    ngx_str_t *prev_id, ngx_str_t *value);
static ngx_int_t ngx_http_grip_hold_prev_id(ngx_http_request_t *r,
    ngx_http_grip_channel_t *channel, ngx_str_t *prev_id);
static ngx_int_t ngx_http_grip_hold_add(ngx_http_request_t *r,
    const char *name, ngx_str_t *value);
static ngx_int_t ngx_http_grip_hold_timeout(ngx_http_request_t *r,
    ngx_http_grip_hold_conf_t *hold);
static ngx_int_t ngx_http_grip_hold_add_keepalive(ngx_http_request_t *r,
    ngx_http_grip_hold_conf_t *hold);
static ngx_uint_t ngx_http_grip_hold_plain(ngx_str_t *text);
static ngx_int_t ngx_http_grip_hold_headers_meta(ngx_http_request_t *r,
    ngx_str_t *name, ngx_str_t *text, ngx_str_t *value);
static ngx_int_t ngx_http_grip_hold_add_metas(ngx_http_request_t *r,
    ngx_array_t *metas);


static ngx_str_t  ngx_http_grip_channel_name = ngx_string("Grip-Channel");
static ngx_str_t  ngx_http_grip_meta_header = ngx_string("Grip-Set-Meta");


ngx_int_t
ngx_http_grip_hold_headers(ngx_http_request_t *r,
    ngx_http_grip_hold_conf_t *hold)
{
    ngx_int_t                 rc;
    ngx_str_t                 value, mode, incremental;
    ngx_uint_t                i, n;
    ngx_array_t              *metas;
    ngx_http_grip_channel_t  *channel;

    static ngx_str_t  grip_hold = ngx_string("Grip-Hold");

    if (ngx_http_grip_hold_headers_sent(r, &grip_hold)) {
        return NGX_DECLINED;
    }

    rc = ngx_http_grip_hold_headers_metas(r, hold, &metas);
    if (rc != NGX_OK) {
        return rc;
    }

    n = ngx_http_grip_hold_headers_sent(r, &ngx_http_grip_channel_name);

    if (n == 0 && hold->channels) {
        channel = hold->channels->elts;

        for (i = 0; i < hold->channels->nelts; i++) {

            rc = ngx_http_grip_hold_headers_channel(r, &channel[i], &value);

            if (rc == NGX_DECLINED) {
                continue;
            }

            if (rc != NGX_OK
                || ngx_http_grip_headers_out(r, &ngx_http_grip_channel_name,
                                             &value)
                   == NULL)
            {
                return NGX_ERROR;
            }

            n++;
        }
    }

    if (n == 0) {
        return NGX_DECLINED;
    }

    ngx_str_null(&incremental);

    if (hold->mode == NGX_HTTP_GRIP_HOLD_RESPONSE) {
        ngx_str_set(&mode, "response");

    } else {
        ngx_str_set(&mode, "stream");
        ngx_str_set(&incremental, "?1");
    }

    if (ngx_http_grip_headers_out(r, &grip_hold, &mode) == NULL
        || ngx_http_grip_hold_timeout(r, hold) != NGX_OK
        || ngx_http_grip_hold_add_keepalive(r, hold) != NGX_OK
        || ngx_http_grip_hold_headers_links(r, hold) != NGX_OK
        || ngx_http_grip_hold_add_metas(r, metas) != NGX_OK
        || ngx_http_grip_hold_add(r, "Grip-Status", &hold->status) != NGX_OK
        || ngx_http_grip_hold_add(r, "Grip-Expose-Headers", &hold->expose)
           != NGX_OK
        || ngx_http_grip_hold_add(r, "Incremental", &incremental) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_grip_hold_headers_has_channel(ngx_http_request_t *r,
    ngx_http_grip_hold_conf_t *hold)
{
    ngx_str_t                 name;
    ngx_uint_t                i;
    ngx_http_grip_channel_t  *channel;

    channel = hold->channels->elts;

    for (i = 0; i < hold->channels->nelts; i++) {

        if (ngx_http_grip_value_get(r, &channel[i].channel, &name) != NGX_OK) {
            return NGX_ERROR;
        }

        if (ngx_grip_control_channel_valid(&name)) {
            return NGX_OK;
        }
    }

    return NGX_DECLINED;
}


/* NGX_DECLINED: the channel is not valid, which is logged */

static ngx_int_t
ngx_http_grip_hold_headers_channel(ngx_http_request_t *r,
    ngx_http_grip_channel_t *channel, ngx_str_t *value)
{
    ngx_str_t                  name, prev_id, prefix;
    ngx_http_grip_ctx_t       *ctx;
    ngx_http_grip_loc_conf_t  *glcf;

    ctx = ngx_http_grip_ctx_find(r);

    if (ctx && ctx->resume) {
        ngx_str_set(&prefix, "");
        name = ctx->resume->channel;
        prev_id = ctx->resume->position;

        return ngx_http_grip_hold_headers_entry(r, channel, &prefix, &name,
                                                &prev_id, value);
    }

    if (ngx_http_grip_value_get(r, &channel->channel, &name) != NGX_OK) {
        return NGX_ERROR;
    }

    if (!ngx_grip_control_channel_valid(&name)) {
        ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                      "grip: \"grip_channel\" skipped: invalid channel");
        return NGX_DECLINED;
    }

    if (ngx_http_grip_hold_prev_id(r, channel, &prev_id) != NGX_OK) {
        return NGX_ERROR;
    }

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);

    return ngx_http_grip_hold_headers_entry(r, channel, &glcf->prefix, &name,
                                            &prev_id, value);
}


static ngx_int_t
ngx_http_grip_hold_headers_entry(ngx_http_request_t *r,
    ngx_http_grip_channel_t *channel, ngx_str_t *prefix, ngx_str_t *name,
    ngx_str_t *prev_id, ngx_str_t *value)
{
    u_char  *p;

    value->len = prefix->len + name->len
                 + (prev_id->len ? sizeof("; prev-id=") - 1 + prev_id->len : 0)
                 + channel->filters.len;

    value->data = ngx_pnalloc(r->pool, value->len);
    if (value->data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_cpymem(value->data, prefix->data, prefix->len);
    p = ngx_cpymem(p, name->data, name->len);

    if (prev_id->len) {
        p = ngx_cpymem(p, "; prev-id=", sizeof("; prev-id=") - 1);
        p = ngx_cpymem(p, prev_id->data, prev_id->len);
    }

    if (channel->filters.len) {
        ngx_memcpy(p, channel->filters.data, channel->filters.len);
    }

    return NGX_OK;
}


/* an unknown id must be absent rather than empty, protocol 3.2 */

static ngx_int_t
ngx_http_grip_hold_prev_id(ngx_http_request_t *r,
    ngx_http_grip_channel_t *channel, ngx_str_t *prev_id)
{
    ngx_str_null(prev_id);

    if (!channel->has_prev_id) {
        return NGX_OK;
    }

    if (ngx_http_grip_value_get(r, &channel->prev_id, prev_id) != NGX_OK) {
        return NGX_ERROR;
    }

    if (prev_id->len && !ngx_grip_control_channel_valid(prev_id)) {
        ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                      "grip: \"prev_id\" skipped: invalid id");
        ngx_str_null(prev_id);
    }

    return NGX_OK;
}


/* adds a header unless it is empty or set by a backend already */

static ngx_int_t
ngx_http_grip_hold_add(ngx_http_request_t *r, const char *name,
    ngx_str_t *value)
{
    ngx_str_t  header;

    header.len = ngx_strlen(name);
    header.data = (u_char *) name;

    if (value->len == 0 || ngx_http_grip_hold_headers_sent(r, &header)) {
        return NGX_OK;
    }

    return ngx_http_grip_headers_out(r, &header, value) ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_http_grip_hold_timeout(ngx_http_request_t *r,
    ngx_http_grip_hold_conf_t *hold)
{
    ngx_str_t  value;

    if (hold->timeout == 0) {
        return NGX_OK;
    }

    value.data = ngx_pnalloc(r->pool, NGX_TIME_T_LEN);
    if (value.data == NULL) {
        return NGX_ERROR;
    }

    value.len = ngx_sprintf(value.data, "%T", hold->timeout) - value.data;

    return ngx_http_grip_hold_add(r, "Grip-Timeout", &value);
}


static ngx_int_t
ngx_http_grip_hold_add_keepalive(ngx_http_request_t *r,
    ngx_http_grip_hold_conf_t *hold)
{
    ngx_str_t             text, value, *kept;
    ngx_http_grip_ctx_t  *ctx;

    if (hold->mode == NGX_HTTP_GRIP_HOLD_RESPONSE) {
        return NGX_OK;
    }

    if (hold->keepalive_header.len || hold->keepalive == NULL) {
        return ngx_http_grip_hold_add(r, "Grip-Keep-Alive",
                                      &hold->keepalive_header);
    }

    ctx = ngx_http_grip_ctx_find(r);

    kept = (ctx && ctx->resume) ? &ctx->resume->keepalive : NULL;

    if (ngx_http_grip_hold_headers_link_kept(r, hold->keepalive, kept, &text)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (text.len == 0) {
        ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                      "grip: \"grip_keepalive\" skipped: no data");
        return NGX_OK;
    }

    if (ngx_http_grip_hold_headers_keepalive(r->pool, &text,
                                             hold->keepalive_timeout,
                                             hold->keepalive_interval, &value)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_grip_hold_add(r, "Grip-Keep-Alive", &value);
}


/*
 * The proxy takes what precedes the first ";" and trims it, so anything but
 * plain text goes as base64.
 */

ngx_int_t
ngx_http_grip_hold_headers_keepalive(ngx_pool_t *pool, ngx_str_t *text,
    time_t timeout, ngx_uint_t interval, ngx_str_t *value)
{
    u_char      *p;
    ngx_str_t    data;
    ngx_uint_t   plain;

    data = *text;
    plain = ngx_http_grip_hold_plain(text);

    if (!plain) {
        data.data = ngx_pnalloc(pool, ngx_base64_encoded_length(text->len));
        if (data.data == NULL) {
            return NGX_ERROR;
        }

        ngx_encode_base64(&data, text);
    }

    value->data = ngx_pnalloc(pool, data.len
                     + sizeof("; format=base64; timeout=; mode=interval") - 1
                     + NGX_TIME_T_LEN);
    if (value->data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_cpymem(value->data, data.data, data.len);

    if (!plain) {
        p = ngx_cpymem(p, "; format=base64", sizeof("; format=base64") - 1);
    }

    if (timeout) {
        p = ngx_sprintf(p, "; timeout=%T", timeout);
    }

    if (interval) {
        p = ngx_cpymem(p, "; mode=interval", sizeof("; mode=interval") - 1);
    }

    value->len = p - value->data;

    return NGX_OK;
}


static ngx_uint_t
ngx_http_grip_hold_plain(ngx_str_t *text)
{
    size_t  i;

    for (i = 0; i < text->len; i++) {
        if (text->data[i] < ' ' || text->data[i] >= 0x7f
            || text->data[i] == ';')
        {
            return 0;
        }
    }

    return text->data[0] != ' ' && text->data[text->len - 1] != ' ';
}


ngx_int_t
ngx_http_grip_hold_headers_metas(ngx_http_request_t *r,
    ngx_http_grip_hold_conf_t *hold, ngx_array_t **metas)
{
    size_t                       len;
    ngx_str_t                    text, *value;
    ngx_uint_t                   i;
    const char                  *reason;
    ngx_http_grip_ctx_t         *ctx;
    ngx_http_grip_value_pair_t  *meta;

    ctx = ngx_http_grip_ctx_find(r);

    if (ctx && ctx->resume) {
        *metas = ctx->resume->metas;
        return NGX_OK;
    }

    *metas = NULL;

    if (hold->metas == NULL
        || ngx_http_grip_headers_sent(r, &ngx_http_grip_meta_header))
    {
        return NGX_OK;
    }

    *metas = ngx_array_create(r->pool, hold->metas->nelts, sizeof(ngx_str_t));
    if (*metas == NULL) {
        return NGX_ERROR;
    }

    len = 0;
    meta = hold->metas->elts;

    for (i = 0; i < hold->metas->nelts; i++) {

        if (ngx_http_grip_value_get(r, &meta[i].value, &text) != NGX_OK) {
            return NGX_ERROR;
        }

        len += meta[i].name.len + text.len;
        reason = NULL;

        if (!ngx_http_grip_headers_value_valid(&text)) {
            reason = "control characters in the value";

        } else if (!ngx_grip_utf8_valid(text.data, text.len)) {
            reason = "invalid UTF-8";

        } else if (len > NGX_GRIP_CONTROL_MAX) {
            reason = "more than 16384 bytes of metas";
        }

        if (reason) {
            ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                          "grip: not held, \"grip_filter_meta\" is unusable: "
                          "%s", reason);
            return NGX_DECLINED;
        }

        value = ngx_array_push(*metas);

        if (value == NULL
            || ngx_http_grip_hold_headers_meta(r, &meta[i].name, &text, value)
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_grip_hold_headers_meta(ngx_http_request_t *r, ngx_str_t *name,
    ngx_str_t *text, ngx_str_t *value)
{
    u_char  *p;

    value->data = ngx_pnalloc(r->pool, name->len + sizeof("=\"\"") - 1
                                       + 2 * text->len);
    if (value->data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_cpymem(value->data, name->data, name->len);
    *p++ = '=';
    p = ngx_grip_line_quote(p, text);

    value->len = p - value->data;

    return NGX_OK;
}


static ngx_int_t
ngx_http_grip_hold_add_metas(ngx_http_request_t *r, ngx_array_t *metas)
{
    ngx_str_t   *value;
    ngx_uint_t   i;

    if (metas == NULL) {
        return NGX_OK;
    }

    value = metas->elts;

    for (i = 0; i < metas->nelts; i++) {
        if (ngx_http_grip_headers_out(r, &ngx_http_grip_meta_header, &value[i])
            == NULL)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}
