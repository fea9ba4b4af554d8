
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The body of a rule.  The table is its grammar; the statements are commands
 * of a private table, so that their names stand in nobody's way.
 */


#include "text/ngx_grip_utf8.h"
#include "request/ngx_http_grip_directive.h"
#include "request/ngx_http_grip_headers.h"
#include "websocket/ngx_http_grip_statement.h"


static char *ngx_http_grip_statement(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static ngx_uint_t ngx_http_grip_statement_ended(ngx_http_grip_rule_t *rule);
static char *ngx_http_grip_statement_message(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
static char *ngx_http_grip_statement_close(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_grip_statement_disconnect(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
static char *ngx_http_grip_statement_reject(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
static char *ngx_http_grip_statement_meta(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


static ngx_command_t  ngx_http_grip_statement_commands[] = {

    { ngx_string("send"),
      NGX_CONF_TAKE1,
      ngx_http_grip_statement_message,
      0,
      NGX_GRIP_WS_TEXT,
      NULL },

    { ngx_string("send_binary"),
      NGX_CONF_TAKE1,
      ngx_http_grip_statement_message,
      0,
      NGX_GRIP_WS_BINARY,
      NULL },

    { ngx_string("ping"),
      NGX_CONF_NOARGS|NGX_CONF_TAKE1,
      ngx_http_grip_statement_message,
      0,
      NGX_GRIP_WS_PING,
      NULL },

    { ngx_string("pong"),
      NGX_CONF_NOARGS|NGX_CONF_TAKE1,
      ngx_http_grip_statement_message,
      0,
      NGX_GRIP_WS_PONG,
      NULL },

    { ngx_string("close"),
      NGX_CONF_NOARGS|NGX_CONF_TAKE12,
      ngx_http_grip_statement_close,
      0,
      0,
      NULL },

    { ngx_string("disconnect"),
      NGX_CONF_NOARGS,
      ngx_http_grip_statement_disconnect,
      0,
      0,
      NULL },

    { ngx_string("reject"),
      NGX_CONF_TAKE12,
      ngx_http_grip_statement_reject,
      0,
      0,
      NULL },

    { ngx_string("subscribe"),
      NGX_CONF_1MORE,
      ngx_http_grip_statement_channel,
      0,
      NGX_GRIP_CONTROL_SUBSCRIBE,
      NULL },

    { ngx_string("unsubscribe"),
      NGX_CONF_TAKE1,
      ngx_http_grip_statement_channel,
      0,
      NGX_GRIP_CONTROL_UNSUBSCRIBE,
      NULL },

    { ngx_string("detach"),
      NGX_CONF_NOARGS,
      ngx_http_grip_statement_detach,
      0,
      0,
      NULL },

    { ngx_string("keepalive"),
      NGX_CONF_1MORE,
      ngx_http_grip_statement_keepalive,
      0,
      0,
      NULL },

    { ngx_string("set_meta"),
      NGX_CONF_TAKE2,
      ngx_http_grip_statement_meta,
      0,
      0,
      ngx_http_grip_action_set_meta },

    { ngx_string("filter_meta"),
      NGX_CONF_TAKE2,
      ngx_http_grip_statement_meta,
      0,
      0,
      ngx_http_grip_action_control },

    { ngx_string("publish"),
      NGX_CONF_2MORE,
      ngx_http_grip_statement_publish,
      0,
      0,
      NULL },

    { ngx_string("call"),
      NGX_CONF_TAKE123,
      ngx_http_grip_statement_call,
      0,
      0,
      NULL },

      ngx_null_command
};


char *
ngx_http_grip_statements(ngx_conf_t *cf, ngx_http_grip_rule_t *rule)
{
    char        *rv;
    ngx_conf_t   save;

    if (ngx_array_init(&rule->statements, cf->pool, 2,
                       sizeof(ngx_http_grip_statement_t))
        != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    save = *cf;
    cf->handler = ngx_http_grip_statement;
    cf->handler_conf = (void *) rule;

    rv = ngx_conf_parse(cf, NULL);

    *cf = save;

    return rv;
}


static char *
ngx_http_grip_statement(ngx_conf_t *cf, ngx_command_t *dummy, void *conf)
{
    char           *rv;
    ngx_str_t      *value;
    ngx_uint_t      n;
    ngx_command_t  *cmd;

    value = cf->args->elts;
    n = cf->args->nelts - 1;

    if (ngx_strcmp(value[0].data, "include") == 0) {
        if (n != 1) {
            return "invalid number of arguments in \"include\"";
        }

        return ngx_conf_include(cf, dummy, conf);
    }

    if (ngx_http_grip_statement_ended(conf)) {
        return "\"call\" must be the last action of a rule";
    }

    for (cmd = ngx_http_grip_statement_commands; cmd->name.len; cmd++) {

        if (cmd->name.len != value[0].len
            || ngx_strcmp(cmd->name.data, value[0].data) != 0)
        {
            continue;
        }

        if (!((cmd->type & NGX_CONF_1MORE) && n >= 1)
            && !((cmd->type & NGX_CONF_2MORE) && n >= 2)
            && !(n < NGX_CONF_MAX_ARGS && (cmd->type & (1u << n))))
        {
            return ngx_http_grip_directive_invalid(cf, "number of arguments in",
                                                   &value[0]);
        }

        rv = cmd->set(cf, cmd, conf);

        if (rv != NGX_CONF_OK && rv != NGX_CONF_ERROR) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"%V\" %s", &value[0],
                               rv);
            return NGX_CONF_ERROR;
        }

        return rv;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "unknown action \"%V\"",
                       &value[0]);

    return NGX_CONF_ERROR;
}


static ngx_uint_t
ngx_http_grip_statement_ended(ngx_http_grip_rule_t *rule)
{
    ngx_http_grip_statement_t  *st;

    if (rule->statements.nelts == 0) {
        return 0;
    }

    st = rule->statements.elts;

    return st[rule->statements.nelts - 1].action.run
           == ngx_http_grip_action_call;
}


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


static char *
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


static char *
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

        if (literal && ngx_http_grip_close_code(&value[1]) == NGX_ERROR) {
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


static char *
ngx_http_grip_statement_disconnect(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    return ngx_http_grip_statement_add(cf, conf,
                                       ngx_http_grip_action_disconnect)
           ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static char *
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


static char *
ngx_http_grip_statement_meta(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_grip_rule_t  *rule = conf;

    char                       *rv;
    ngx_str_t                  *value;
    ngx_uint_t                  literal;
    ngx_http_grip_statement_t  *st;

    st = ngx_http_grip_statement_add(cf, rule,
                                     (ngx_http_grip_action_pt) cmd->post);
    if (st == NULL) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;

    st->action.target = value[1];

    if (st->action.run == ngx_http_grip_action_set_meta) {

        if (!ngx_http_grip_header_name_valid(&value[1])
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
        return ngx_http_grip_header_value_valid(&value[2])
               ? NGX_CONF_OK : "has control characters in the value";
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
