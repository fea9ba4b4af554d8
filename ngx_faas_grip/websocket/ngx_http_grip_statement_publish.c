
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The "publish" statement of a rule.
 */


#include "text/ngx_grip_utf8.h"
#include "websocket/ngx_http_grip_statement.h"


static ngx_int_t ngx_http_grip_publish_parameter(ngx_conf_t *cf,
    ngx_http_grip_statement_t *st, ngx_str_t *param);
static ngx_int_t ngx_http_grip_publish_meta(ngx_conf_t *cf,
    ngx_http_grip_statement_t *st, ngx_str_t *pair);


static ngx_conf_enum_t  ngx_http_grip_formats[] = {
    { ngx_string("ws-message"), NGX_GRIP_FORMAT_WS_MESSAGE },
    { ngx_string("http-stream"), NGX_GRIP_FORMAT_HTTP_STREAM },
    { ngx_string("sse"), NGX_GRIP_FORMAT_SSE },
    { ngx_string("http-response"), NGX_GRIP_FORMAT_HTTP_RESPONSE },
    { ngx_null_string, 0 }
};


char *
ngx_http_grip_statement_publish(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_grip_rule_t  *rule = conf;

    char                       *rv;
    ngx_int_t                   rc;
    ngx_str_t                  *value;
    ngx_uint_t                  i, literal;
    ngx_http_grip_statement_t  *st;

    st = ngx_http_grip_statement_add(cf, rule, ngx_http_grip_action_publish);
    if (st == NULL) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;

    rv = ngx_http_grip_statement_target(cf, st, &value[1]);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    rv = ngx_http_grip_statement_value(cf, st, &value[2], value, &literal);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    for (i = 3; i < cf->args->nelts; i++) {

        rc = ngx_http_grip_publish_parameter(cf, st, &value[i]);

        if (rc == NGX_DECLINED) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid parameter \"%V\"", &value[i]);
        }

        if (rc != NGX_OK) {
            return NGX_CONF_ERROR;
        }
    }

    if (literal
        && (st->action.type ? st->action.type == NGX_GRIP_WS_TEXT
                            : !(rule->events & NGX_GRIP_WS_BINARY))
        && !ngx_grip_utf8_valid(value[2].data, value[2].len))
    {
        return "has invalid UTF-8";
    }

    if ((st->action.formats & NGX_GRIP_FORMAT_SSE)
        && (st->action.type ? st->action.type : rule->events)
           == NGX_GRIP_WS_BINARY)
    {
        return "of binary content cannot be in \"sse\" format";
    }

    return NGX_CONF_OK;
}


/* NGX_DECLINED: the parameter is invalid; NGX_ERROR: it was said why */

static ngx_int_t
ngx_http_grip_publish_parameter(ngx_conf_t *cf, ngx_http_grip_statement_t *st,
    ngx_str_t *param)
{
    char       *rv;
    ngx_str_t   rest;
    ngx_uint_t  literal;

    if (ngx_strcmp(param->data, "no_seq") == 0) {
        st->action.no_seq = 1;
        return NGX_OK;
    }

    if (ngx_http_grip_parameter(param, "format", &rest)) {
        return ngx_http_grip_add_format(&st->action.formats, &rest);
    }

    if (ngx_http_grip_parameter(param, "type", &rest)) {

        if (ngx_strcmp(rest.data, "text") == 0) {
            st->action.type = NGX_GRIP_WS_TEXT;
            return NGX_OK;
        }

        if (ngx_strcmp(rest.data, "binary") == 0) {
            st->action.type = NGX_GRIP_WS_BINARY;
            return NGX_OK;
        }

        return NGX_DECLINED;
    }

    if (ngx_http_grip_parameter(param, "on_error", &rest)) {
        st->action.ignore_errors = (ngx_strcmp(rest.data, "ignore") == 0);

        return (st->action.ignore_errors
                || ngx_strcmp(rest.data, "close") == 0)
               ? NGX_OK : NGX_DECLINED;
    }

    if (ngx_http_grip_parameter(param, "meta", &rest)) {
        return ngx_http_grip_publish_meta(cf, st, &rest);
    }

    if (ngx_http_grip_parameter(param, "id", &rest)) {
        rv = ngx_http_grip_statement_value(cf, st, &rest, id, &literal);

    } else if (ngx_http_grip_parameter(param, "prev_id", &rest)) {
        rv = ngx_http_grip_statement_value(cf, st, &rest, prev_id, &literal);

    } else {
        return NGX_DECLINED;
    }

    return rv == NGX_CONF_OK ? NGX_OK : NGX_ERROR;
}


ngx_int_t
ngx_http_grip_add_format(ngx_uint_t *formats, ngx_str_t *name)
{
    ngx_uint_t  format, stream;

    format = ngx_http_grip_format(name);
    stream = NGX_GRIP_FORMAT_HTTP_STREAM|NGX_GRIP_FORMAT_SSE;

    if (format == 0
        || ((format & stream) && ((*formats | format) & stream) == stream))
    {
        return NGX_DECLINED;
    }

    *formats |= format;

    return NGX_OK;
}


ngx_uint_t
ngx_http_grip_format(ngx_str_t *name)
{
    ngx_conf_enum_t  *format;

    for (format = ngx_http_grip_formats; format->name.len; format++) {
        if (format->name.len == name->len
            && ngx_strncmp(format->name.data, name->data, name->len) == 0)
        {
            return format->value;
        }
    }

    return 0;
}


static ngx_int_t
ngx_http_grip_publish_meta(ngx_conf_t *cf, ngx_http_grip_statement_t *st,
    ngx_str_t *pair)
{
    u_char                *colon;
    ngx_str_t              text;
    ngx_uint_t             literal;
    ngx_http_grip_meta_t  *meta;

    colon = ngx_strlchr(pair->data, pair->data + pair->len, ':');

    if (colon == NULL || colon == pair->data) {
        return NGX_DECLINED;
    }

    meta = ngx_array_push(&st->metas);
    if (meta == NULL) {
        return NGX_ERROR;
    }

    meta->name.len = colon - pair->data;
    meta->name.data = pair->data;

    text.len = pair->data + pair->len - (colon + 1);
    text.data = colon + 1;

    if (!ngx_grip_utf8_valid(meta->name.data, meta->name.len)
        || ngx_http_grip_has_variables(&meta->name))
    {
        return NGX_DECLINED;
    }

    return ngx_http_grip_value_compile(cf, &text, &meta->value, &literal);
}
