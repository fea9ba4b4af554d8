
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The "publish" statement of a rule.
 */


#include "request/ngx_http_grip_directive.h"
#include "text/ngx_grip_utf8.h"
#include "websocket/ngx_http_grip_statement.h"


static ngx_uint_t ngx_http_grip_publish_numbers(ngx_conf_t *cf);
static ngx_int_t ngx_http_grip_publish_parameter(ngx_conf_t *cf,
    ngx_http_grip_statement_t *st, ngx_str_t *param);
static ngx_int_t ngx_http_grip_publish_meta(ngx_conf_t *cf,
    ngx_http_grip_statement_t *st, ngx_str_t *pair);


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

    static ngx_str_t  lists[] = {
        ngx_string("format"),
        ngx_string("meta"),
        ngx_null_string
    };

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
            return ngx_http_grip_directive_invalid(cf, "parameter", &value[i]);
        }

        if (rc != NGX_OK) {
            return NGX_CONF_ERROR;
        }
    }

    rv = ngx_http_grip_directive_twice(cf, 3, lists);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    if (ngx_http_grip_publish_numbers(cf) && rule->numbers == 0) {
        rule->numbers = cf->conf_file->line;
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


/* whether it says something of the order of items, which a history knows */

static ngx_uint_t
ngx_http_grip_publish_numbers(ngx_conf_t *cf)
{
    ngx_str_t   *value, rest;
    ngx_uint_t   i;

    value = cf->args->elts;

    for (i = 3; i < cf->args->nelts; i++) {
        if (ngx_http_grip_parameter(&value[i], "id", &rest)
            || ngx_http_grip_parameter(&value[i], "prev_id", &rest)
            || ngx_strcmp(value[i].data, "no_seq") == 0)
        {
            return 1;
        }
    }

    return 0;
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
        return ngx_grip_item_add_format(&st->action.formats, &rest);
    }

    if (ngx_http_grip_parameter(param, "type", &rest)) {
        st->action.type = ngx_grip_ws_named(&rest)
                          & (NGX_GRIP_WS_TEXT|NGX_GRIP_WS_BINARY);

        return st->action.type ? NGX_OK : NGX_DECLINED;
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


static ngx_int_t
ngx_http_grip_publish_meta(ngx_conf_t *cf, ngx_http_grip_statement_t *st,
    ngx_str_t *pair)
{
    u_char                      *colon;
    ngx_str_t                    text;
    ngx_uint_t                   literal;
    ngx_http_grip_value_pair_t  *meta;

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
