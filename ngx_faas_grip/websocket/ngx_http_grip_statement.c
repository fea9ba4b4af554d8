
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The statements of a rule, but for those that have files of their own.
 */


#include "action/ngx_http_grip_meta.h"
#include "request/ngx_http_grip_directive.h"
#include "request/ngx_http_grip_headers.h"
#include "text/ngx_grip_utf8.h"
#include "websocket/ngx_http_grip_statement.h"


ngx_http_grip_statement_t *
ngx_http_grip_statement_add(ngx_conf_t *cf, ngx_http_grip_rule_t *rule,
    ngx_http_grip_action_pt run)
{
    ngx_str_t                  *value;
    ngx_http_grip_statement_t  *st;

    st = ngx_array_push(&rule->statements);
    if (st == NULL) {
        return NULL;
    }

    ngx_memzero(st, sizeof(ngx_http_grip_statement_t));

    value = cf->args->elts;

    st->action.name = (const char *) value[0].data;
    st->action.run = run;

    if (ngx_array_init(&st->slots, cf->pool, 2, sizeof(ngx_http_grip_slot_t))
        != NGX_OK
        || ngx_array_init(&st->filters, cf->pool, 2, sizeof(ngx_str_t))
           != NGX_OK
        || ngx_array_init(&st->metas, cf->pool, 2,
                          sizeof(ngx_http_grip_value_pair_t))
           != NGX_OK)
    {
        return NULL;
    }

    return st;
}


char *
ngx_http_grip_statement_message(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_grip_rule_t  *rule = conf;

    char                       *rv;
    ngx_str_t                  *value, *text;
    ngx_uint_t                  literal;
    ngx_http_grip_statement_t  *st;

    st = ngx_http_grip_statement_add(cf, rule, ngx_http_grip_action_send);
    if (st == NULL) {
        return NGX_CONF_ERROR;
    }

    st->action.type = cmd->offset;
    ngx_str_set(&st->action.value, "");

    if (cf->args->nelts == 1) {
        return NGX_CONF_OK;
    }

    value = cf->args->elts;
    text = &value[1];

    rv = ngx_http_grip_statement_value(cf, st, text, value, &literal);
    if (rv != NGX_CONF_OK || !literal) {
        return rv;
    }

    return ngx_http_grip_statement_content(st, text);
}


char *
ngx_http_grip_statement_content(ngx_http_grip_statement_t *st, ngx_str_t *text)
{
    if (st->action.type == NGX_GRIP_WS_TEXT
        && !ngx_grip_utf8_valid(text->data, text->len))
    {
        return "has invalid UTF-8";
    }

    if ((st->action.type & (NGX_GRIP_WS_PING|NGX_GRIP_WS_PONG))
        && text->len > NGX_GRIP_WS_PAYLOAD_MAX)
    {
        return "has a payload longer than 125 bytes";
    }

    return NGX_CONF_OK;
}


char *
ngx_http_grip_statement_close(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_grip_rule_t  *rule = conf;

    char                       *rv;
    ngx_str_t                  *value;
    ngx_uint_t                  literal;
    ngx_http_grip_statement_t  *st;

    st = ngx_http_grip_statement_add(cf, rule, ngx_http_grip_action_close);
    if (st == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_str_set(&st->action.value, "");

    value = cf->args->elts;

    if (cf->args->nelts > 1) {
        rv = ngx_http_grip_statement_value(cf, st, &value[1], code, &literal);
        if (rv != NGX_CONF_OK) {
            return rv;
        }

        if (literal
            && ngx_http_grip_action_close_code(&value[1]) == NGX_ERROR)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid close code \"%V\", it must be "
                               "1000-1003, 1007-1014 or 3000-4999", &value[1]);
            return NGX_CONF_ERROR;
        }
    }

    if (cf->args->nelts > 2) {
        rv = ngx_http_grip_statement_value(cf, st, &value[2], value, &literal);
        if (rv != NGX_CONF_OK) {
            return rv;
        }

        if (literal && value[2].len > NGX_GRIP_WS_REASON_MAX) {
            return "has a reason longer than 123 bytes";
        }

        if (literal && !ngx_grip_utf8_valid(value[2].data, value[2].len)) {
            return "has invalid UTF-8";
        }
    }

    return NGX_CONF_OK;
}


char *
ngx_http_grip_statement_disconnect(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    return ngx_http_grip_statement_add(cf, conf,
                                       ngx_http_grip_action_disconnect)
           ? NGX_CONF_OK : NGX_CONF_ERROR;
}


char *
ngx_http_grip_statement_reject(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_grip_rule_t  *rule = conf;

    ngx_int_t                   status;
    ngx_str_t                  *value;
    ngx_uint_t                  literal;
    ngx_http_grip_statement_t  *st;

    if (rule->events != NGX_GRIP_WS_OPEN) {
        return "is allowed in a rule on \"open\" only";
    }

    st = ngx_http_grip_statement_add(cf, rule, ngx_http_grip_action_reject);
    if (st == NULL) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;

    status = ngx_atoi(value[1].data, value[1].len);

    if (status < 400 || status > 599) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid status \"%V\", it must be 400-599",
                           &value[1]);
        return NGX_CONF_ERROR;
    }

    st->action.status = status;

    if (cf->args->nelts == 2) {
        return NGX_CONF_OK;
    }

    return ngx_http_grip_statement_value(cf, st, &value[2], value, &literal);
}


char *
ngx_http_grip_statement_meta(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_grip_rule_t  *rule = conf;

    char                       *rv;
    ngx_str_t                  *value;
    ngx_uint_t                  literal;
    const char                 *reason;
    ngx_http_grip_statement_t  *st;

    st = ngx_http_grip_statement_add(cf, rule,
                                     (ngx_http_grip_action_pt) cmd->post);
    if (st == NULL) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;

    st->action.target = value[1];

    if (st->action.run == ngx_http_grip_action_set_meta) {

        if (!ngx_http_grip_headers_name_valid(&value[1])
            || ngx_http_grip_has_variables(&value[1]))
        {
            return ngx_http_grip_directive_invalid(cf, "meta name", &value[1]);
        }

    } else {
        st->action.control = NGX_GRIP_CONTROL_SET_META;

        if (value[1].len == 0
            || ngx_http_grip_has_variables(&value[1])
            || !ngx_grip_utf8_valid(value[1].data, value[1].len))
        {
            return ngx_http_grip_directive_invalid(cf, "meta name", &value[1]);
        }
    }

    rv = ngx_http_grip_statement_value(cf, st, &value[2], value, &literal);

    if (rv != NGX_CONF_OK || !literal) {
        return rv;
    }

    if (st->action.run == ngx_http_grip_action_set_meta) {

        reason = ngx_http_grip_meta_invalid(&value[2]);

        if (reason == NULL) {
            return NGX_CONF_OK;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"set_meta\" has %s",
                           reason);
        return NGX_CONF_ERROR;
    }

    return ngx_grip_utf8_valid(value[2].data, value[2].len)
           ? NGX_CONF_OK : "has invalid UTF-8";
}


char *
ngx_http_grip_statement_target(ngx_conf_t *cf, ngx_http_grip_statement_t *st,
    ngx_str_t *text)
{
    char        *rv;
    ngx_uint_t   literal;

    rv = ngx_http_grip_statement_value(cf, st, text, target, &literal);

    if (rv == NGX_CONF_OK && literal && !ngx_grip_control_channel_valid(text)) {
        return ngx_http_grip_directive_invalid(cf, "channel", text);
    }

    return rv;
}


char *
ngx_http_grip_statement_text(ngx_conf_t *cf, ngx_http_grip_statement_t *st,
    ngx_str_t *text, size_t offset, ngx_uint_t *literal)
{
    ngx_http_grip_slot_t   *slot;
    ngx_http_grip_value_t   value;

    static ngx_str_t  message = ngx_string("$grip_message");

    if (ngx_http_grip_value_compile(cf, text, &value, literal) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (*literal) {
        *(ngx_str_t *) ((u_char *) &st->action + offset) = *text;
        return NGX_CONF_OK;
    }

    slot = ngx_array_push(&st->slots);
    if (slot == NULL) {
        return NGX_CONF_ERROR;
    }

    slot->value = value;
    slot->offset = offset;
    slot->message = (text->len == message.len
                     && ngx_strcmp(text->data, message.data) == 0);

    return NGX_CONF_OK;
}
