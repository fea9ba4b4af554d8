
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Holds at configuration time: the directives, how they merge, and what of
 * them fits together.
 */


#include "hold/ngx_http_grip_hold.h"
#include "request/ngx_http_grip_content.h"
#include "request/ngx_http_grip_directive.h"
#include "request/ngx_http_grip_headers.h"
#include "request/ngx_http_grip_labels.h"
#include "text/ngx_grip_utf8.h"


/* seconds */
#define NGX_HTTP_GRIP_SSE_KEEPALIVE    20


static ngx_int_t ngx_http_grip_hold_conf_alive(ngx_conf_t *cf,
    ngx_http_grip_hold_conf_t *hold);
static void ngx_http_grip_hold_trust(ngx_http_grip_loc_conf_t *conf);
static char *ngx_http_grip_hold_check(ngx_conf_t *cf,
    ngx_http_grip_loc_conf_t *conf);


#define ngx_http_grip_hold_conf(conf)                                        \
    ((ngx_http_grip_loc_conf_t *) (conf))->hold


static ngx_http_grip_metrics_family_t  ngx_http_grip_hold_conf_family = {
    "grip_holds_total",
    "Responses that the proxy was told to hold.",
    NGX_HTTP_GRIP_METRICS_COUNTER
};


static ngx_conf_enum_t  ngx_http_grip_hold_modes[] = {
    { ngx_string("off"), NGX_HTTP_GRIP_HOLD_OFF },
    { ngx_string("response"), NGX_HTTP_GRIP_HOLD_RESPONSE },
    { ngx_string("stream"), NGX_HTTP_GRIP_HOLD_STREAM },
    { ngx_string("sse"), NGX_HTTP_GRIP_HOLD_SSE },
    { ngx_null_string, 0 }
};


char *
ngx_http_grip_hold_conf_hold(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_grip_hold_conf_t  *hold = ngx_http_grip_hold_conf(conf);

    ngx_int_t                   mode;
    ngx_str_t                  *value, rest;
    ngx_http_grip_main_conf_t  *gmcf;

    if (hold->mode != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    value = cf->args->elts;

    hold->file = cf->conf_file->file.name.data;
    hold->line = cf->conf_file->line;
    hold->timeout = 0;

    mode = ngx_http_grip_directive_word(&value[1], ngx_http_grip_hold_modes);

    if (mode == NGX_ERROR) {
        return ngx_http_grip_directive_invalid(cf, "value", &value[1]);
    }

    hold->mode = mode;

    if (hold->mode != NGX_HTTP_GRIP_HOLD_OFF) {
        gmcf = ngx_http_conf_get_module_main_conf(cf,
                                                  ngx_http_faas_grip_module);
        gmcf->used = 1;
    }

    if (cf->args->nelts == 2) {
        return NGX_CONF_OK;
    }

    if (!ngx_http_grip_parameter(&value[2], "timeout", &rest)) {
        return ngx_http_grip_directive_invalid(cf, "parameter", &value[2]);
    }

    if (hold->mode != NGX_HTTP_GRIP_HOLD_RESPONSE) {
        return "has a timeout with \"response\" only";
    }

    /* the proxy would raise it to 5 seconds, protocol 3.1 */

    return ngx_http_grip_hold_conf_seconds(cf, &value[2], &rest, 5,
                                           &hold->timeout);
}


char *
ngx_http_grip_hold_conf_body(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_grip_hold_conf_t  *hold = ngx_http_grip_hold_conf(conf);

    ngx_str_t   *value, rest;
    ngx_uint_t   literal;

    if (hold->body) {
        return "is duplicate";
    }

    value = cf->args->elts;

    hold->body = ngx_http_grip_directive_value(cf, &value[1], &literal);
    if (hold->body == NULL) {
        return NGX_CONF_ERROR;
    }

    if (cf->args->nelts == 3) {
        if (!ngx_http_grip_parameter(&value[2], "type", &rest)
            || rest.len == 0
            || !ngx_http_grip_headers_value_valid(&rest)
            || ngx_http_grip_has_variables(&rest))
        {
            return ngx_http_grip_directive_invalid(cf, "parameter", &value[2]);
        }

        hold->body_type = rest;
    }

    return ngx_http_grip_content_handler(cf, conf, ngx_http_grip_hold_handler);
}


char *
ngx_http_grip_hold_conf_keepalive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_grip_hold_conf_t  *hold = ngx_http_grip_hold_conf(conf);

    ngx_int_t    mode;
    ngx_str_t   *value, rest;
    ngx_uint_t   i, literal;

    if (hold->keepalive != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (value[1].len == 0) {
        return "has no data";
    }

    hold->keepalive = ngx_http_grip_directive_value(cf, &value[1], &literal);
    if (hold->keepalive == NULL) {
        return NGX_CONF_ERROR;
    }

    hold->keepalive_timeout = 0;
    hold->keepalive_interval = 0;

    for (i = 2; i < cf->args->nelts; i++) {

        if (ngx_http_grip_parameter(&value[i], "timeout", &rest)) {
            if (ngx_http_grip_hold_conf_seconds(cf, &value[i], &rest, 1,
                                                &hold->keepalive_timeout)
                != NGX_CONF_OK)
            {
                return NGX_CONF_ERROR;
            }

            continue;
        }

        if (ngx_http_grip_parameter(&value[i], "mode", &rest)) {
            mode = ngx_http_grip_directive_mode(&rest);

            if (mode != NGX_ERROR) {
                hold->keepalive_interval = mode;
                continue;
            }
        }

        return ngx_http_grip_directive_invalid(cf, "parameter", &value[i]);
    }

    return ngx_http_grip_directive_twice(cf, 2, NULL);
}


char *
ngx_http_grip_hold_conf_status(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_grip_hold_conf_t  *hold = ngx_http_grip_hold_conf(conf);

    u_char      *p;
    ngx_int_t    code;
    ngx_str_t   *value;

    if (hold->status.data) {
        return "is duplicate";
    }

    value = cf->args->elts;

    code = ngx_atoi(value[1].data, value[1].len);

    if (code < 200 || code > 999) {
        return ngx_http_grip_directive_invalid(cf, "status", &value[1]);
    }

    if (cf->args->nelts == 2) {
        hold->status = value[1];
        return NGX_CONF_OK;
    }

    if (value[2].len == 0
        || !ngx_http_grip_headers_value_valid(&value[2])
        || ngx_http_grip_has_variables(&value[2]))
    {
        return ngx_http_grip_directive_invalid(cf, "reason", &value[2]);
    }

    hold->status.len = value[1].len + 1 + value[2].len;
    hold->status.data = ngx_pnalloc(cf->pool, hold->status.len);
    if (hold->status.data == NULL) {
        return NGX_CONF_ERROR;
    }

    p = ngx_cpymem(hold->status.data, value[1].data, value[1].len);
    *p++ = ' ';
    ngx_memcpy(p, value[2].data, value[2].len);

    return NGX_CONF_OK;
}


char *
ngx_http_grip_hold_conf_meta(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_grip_hold_conf_t  *hold = ngx_http_grip_hold_conf(conf);

    ngx_str_t                   *value;
    ngx_uint_t                   literal;
    ngx_http_grip_value_pair_t  *meta;

    value = cf->args->elts;

    if (!ngx_http_grip_headers_name_valid(&value[1])
        || ngx_http_grip_has_variables(&value[1]))
    {
        return ngx_http_grip_directive_invalid(cf, "meta name", &value[1]);
    }

    meta = ngx_http_grip_directive_push(cf, &hold->metas,
                                        sizeof(ngx_http_grip_value_pair_t));
    if (meta == NULL) {
        return NGX_CONF_ERROR;
    }

    meta->name = value[1];

    if (ngx_http_grip_value_compile(cf, &value[2], &meta->value, &literal)
        != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (literal && !ngx_http_grip_headers_value_valid(&value[2])) {
        return "has control characters in the value";
    }

    if (literal && !ngx_grip_utf8_valid(value[2].data, value[2].len)) {
        return "has invalid UTF-8";
    }

    return NGX_CONF_OK;
}


char *
ngx_http_grip_hold_conf_expose(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_grip_hold_conf_t  *hold = ngx_http_grip_hold_conf(conf);

    size_t       len;
    u_char      *p;
    ngx_str_t   *value;
    ngx_uint_t   i;

    value = cf->args->elts;
    len = hold->expose.len;

    for (i = 1; i < cf->args->nelts; i++) {

        if (!ngx_http_grip_headers_name_valid(&value[i])
            || ngx_http_grip_has_variables(&value[i]))
        {
            return ngx_http_grip_directive_invalid(cf, "header name",
                                                   &value[i]);
        }

        len += value[i].len + 2;
    }

    p = ngx_pnalloc(cf->pool, len);
    if (p == NULL) {
        return NGX_CONF_ERROR;
    }

    if (hold->expose.len) {
        ngx_memcpy(p, hold->expose.data, hold->expose.len);
    }

    len = hold->expose.len;
    hold->expose.data = p;
    p += len;

    for (i = 1; i < cf->args->nelts; i++) {

        if (p != hold->expose.data) {
            *p++ = ',';
            *p++ = ' ';
        }

        p = ngx_cpymem(p, value[i].data, value[i].len);
    }

    hold->expose.len = p - hold->expose.data;

    return NGX_CONF_OK;
}


ngx_http_grip_hold_conf_t *
ngx_http_grip_hold_conf_create(ngx_conf_t *cf)
{
    ngx_http_grip_hold_conf_t  *hold;

    /*
     * set by ngx_pcalloc():
     *
     *     hold->file = NULL;
     *     hold->line = 0;
     *     hold->timeout = 0;
     *     hold->keepalive_timeout = 0;
     *     hold->keepalive_interval = 0;
     *     hold->keepalive_header = { 0, NULL };
     *     hold->link_timeout = 0;
     *     hold->status = { 0, NULL };
     *     hold->expose = { 0, NULL };
     *     hold->body = NULL;
     *     hold->body_type = { 0, NULL };
     *     hold->history_join = { 0, NULL };
     *     hold->history_reset = { 0, NULL };
     *     hold->resumable = { 0, NULL };
     */

    hold = ngx_pcalloc(cf->pool, sizeof(ngx_http_grip_hold_conf_t));
    if (hold == NULL) {
        return NULL;
    }

    hold->mode = NGX_CONF_UNSET_UINT;
    hold->channels = NGX_CONF_UNSET_PTR;
    hold->keepalive = NGX_CONF_UNSET_PTR;
    hold->link = NGX_CONF_UNSET_PTR;
    hold->gone = NGX_CONF_UNSET_PTR;
    hold->metas = NGX_CONF_UNSET_PTR;
    hold->history_from = NGX_CONF_UNSET_PTR;
    hold->history_initial = NGX_CONF_UNSET_UINT;
    hold->history_continue = NGX_CONF_UNSET_UINT;

    return hold;
}


char *
ngx_http_grip_hold_conf_merge(ngx_conf_t *cf, ngx_http_grip_loc_conf_t *prev,
    ngx_http_grip_loc_conf_t *conf)
{
    ngx_http_grip_hold_conf_t  *ph, *ch;

    ph = prev->hold;
    ch = conf->hold;

    /* the answer to who publishes is none for those who wait, nor is theirs */

    if (ch->mode == NGX_CONF_UNSET_UINT) {
        ch->mode = (ph->mode == NGX_CONF_UNSET_UINT || conf->publishes)
                   ? NGX_HTTP_GRIP_HOLD_OFF : ph->mode;
        ch->timeout = ph->timeout;
        ch->file = ph->file;
        ch->line = ph->line;
    }

    ngx_conf_merge_ptr_value(ch->channels, ph->channels, NULL);
    ngx_conf_merge_ptr_value(ch->metas, ph->metas, NULL);
    ngx_conf_merge_str_value(ch->status, ph->status, "");
    ngx_conf_merge_str_value(ch->expose, ph->expose, "");

    if (ch->keepalive == NGX_CONF_UNSET_PTR) {
        ch->keepalive = (ph->keepalive == NGX_CONF_UNSET_PTR) ? NULL
                                                          : ph->keepalive;
        ch->keepalive_timeout = ph->keepalive_timeout;
        ch->keepalive_interval = ph->keepalive_interval;
    }

    if (ch->link == NGX_CONF_UNSET_PTR) {
        ch->link = (ph->link == NGX_CONF_UNSET_PTR) ? NULL : ph->link;
        ch->link_timeout = ph->link_timeout;
    }

    ngx_conf_merge_ptr_value(ch->gone, ph->gone, NULL);

    if (conf->inherited) {
        ch->body = ph->body;
        ch->body_type = ph->body_type;
    }

    if (ch->mode != NGX_HTTP_GRIP_HOLD_OFF) {
        ngx_http_grip_hold_trust(conf);
    }

    if (ngx_http_grip_hold_conf_alive(cf, ch) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return ngx_http_grip_hold_check(cf, conf);
}


static ngx_int_t
ngx_http_grip_hold_conf_alive(ngx_conf_t *cf, ngx_http_grip_hold_conf_t *hold)
{
    static ngx_str_t  comment = ngx_string(":\n\n");

    if (hold->keepalive == NULL) {
        return (hold->mode == NGX_HTTP_GRIP_HOLD_SSE)
               ? ngx_http_grip_hold_headers_keepalive(cf->pool, &comment,
                                                NGX_HTTP_GRIP_SSE_KEEPALIVE,
                                                hold->keepalive_interval,
                                                &hold->keepalive_header)
               : NGX_OK;
    }

    if (!ngx_http_grip_value_literal(hold->keepalive)
        || hold->keepalive->value.value.len == 0)
    {
        return NGX_OK;
    }

    return ngx_http_grip_hold_headers_keepalive(cf->pool,
                                                &hold->keepalive->value.value,
                                                hold->keepalive_timeout,
                                                hold->keepalive_interval,
                                                &hold->keepalive_header);
}


/* a handler that may look at what is held is not warned of */

static void
ngx_http_grip_hold_trust(ngx_http_grip_loc_conf_t *conf)
{
    ngx_http_grip_trust_t  *trust;

    trust = &conf->hold_trust;

    trust->verify = NGX_HTTP_GRIP_VERIFY_ON;

    if (conf->handler && conf->hold->body == NULL) {
        return;
    }

    trust->name = "grip_hold";
    trust->file = conf->hold->file;
    trust->line = conf->hold->line;
    trust->risk = "forge what a client has received";
}


static char *
ngx_http_grip_hold_check(ngx_conf_t *cf, ngx_http_grip_loc_conf_t *conf)
{
    ngx_uint_t                  i;
    ngx_http_grip_channel_t    *channel;
    ngx_http_grip_hold_conf_t  *hold;

    hold = conf->hold;

    if (hold->body
        && (hold->mode == NGX_HTTP_GRIP_HOLD_OFF || hold->channels == NULL))
    {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"grip_hold_body\" needs \"%s\" in %s:%ui",
                      hold->mode == NGX_HTTP_GRIP_HOLD_OFF ? "grip_hold"
                                                           : "grip_channel",
                      conf->handler_file, conf->handler_line);
        return NGX_CONF_ERROR;
    }

    if (hold->mode == NGX_HTTP_GRIP_HOLD_OFF
        || hold->mode == NGX_HTTP_GRIP_HOLD_RESPONSE
        || hold->channels == NULL
        || hold->link
        || conf->history)
    {
        return NGX_CONF_OK;
    }

    /*
     * the proxy would write an error into the stream, protocol 3.3; a history
     * has a link, and refuses the id itself
     */

    channel = hold->channels->elts;

    for (i = 0; i < hold->channels->nelts; i++) {
        if (channel[i].has_prev_id) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "\"prev_id\" of a \"grip_channel\" needs "
                          "\"grip_link\" with \"grip_hold stream\" or "
                          "\"sse\" in %s:%ui", channel[i].file,
                          channel[i].line);
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


char *
ngx_http_grip_hold_conf_seconds(ngx_conf_t *cf, ngx_str_t *param,
    ngx_str_t *text, time_t least, time_t *seconds)
{
    *seconds = ngx_parse_time(text, 1);

    if (*seconds < least) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid parameter \"%V\", the minimum is %T "
                           "second%s", param, least, least == 1 ? "" : "s");
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


ngx_int_t
ngx_http_grip_hold_conf_metrics(ngx_conf_t *cf, ngx_http_grip_loc_conf_t *conf)
{
    ngx_conf_enum_t                *mode;
    ngx_http_grip_metrics_label_t   labels[3];

    ngx_http_grip_labels(cf, labels);

    for (mode = ngx_http_grip_hold_modes; mode->value != conf->hold->mode;
         mode++)
    {
        /* void */
    }

    labels[2].name = "mode";
    labels[2].value = mode->name;

    return ngx_http_grip_metrics_series(cf, &ngx_http_grip_hold_conf_family,
                                        labels, 3, NULL, NULL,
                                        &conf->metrics.holds);
}
