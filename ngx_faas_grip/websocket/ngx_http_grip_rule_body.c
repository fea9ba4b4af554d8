
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The body of a rule.  The table is its grammar; the statements are commands
 * of a private table, so that their names stand in nobody's way.
 */


#include "request/ngx_http_grip_directive.h"
#include "websocket/ngx_http_grip_statement.h"


static char *ngx_http_grip_rule_statement(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static ngx_uint_t ngx_http_grip_rule_ended(ngx_http_grip_rule_t *rule);


static ngx_command_t  ngx_http_grip_rule_statements[] = {

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
      ngx_http_grip_statement_control_channel,
      0,
      NGX_GRIP_CONTROL_SUBSCRIBE,
      NULL },

    { ngx_string("unsubscribe"),
      NGX_CONF_TAKE1,
      ngx_http_grip_statement_control_channel,
      0,
      NGX_GRIP_CONTROL_UNSUBSCRIBE,
      NULL },

    { ngx_string("detach"),
      NGX_CONF_NOARGS,
      ngx_http_grip_statement_control_detach,
      0,
      0,
      NULL },

    { ngx_string("keepalive"),
      NGX_CONF_1MORE,
      ngx_http_grip_statement_control_keepalive,
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
      NGX_CONF_1MORE,
      ngx_http_grip_statement_call,
      0,
      0,
      NULL },

      ngx_null_command
};


char *
ngx_http_grip_rule_body(ngx_conf_t *cf, ngx_http_grip_rule_t *rule)
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
    cf->handler = ngx_http_grip_rule_statement;
    cf->handler_conf = (void *) rule;

    rv = ngx_conf_parse(cf, NULL);

    *cf = save;

    return rv;
}


static char *
ngx_http_grip_rule_statement(ngx_conf_t *cf, ngx_command_t *dummy, void *conf)
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

    if (ngx_http_grip_rule_ended(conf)) {
        return "\"call\" must be the last action of a rule";
    }

    for (cmd = ngx_http_grip_rule_statements; cmd->name.len; cmd++) {

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
ngx_http_grip_rule_ended(ngx_http_grip_rule_t *rule)
{
    ngx_http_grip_statement_t  *st;

    if (rule->statements.nelts == 0) {
        return 0;
    }

    st = rule->statements.elts;

    return st[rule->statements.nelts - 1].action.run
           == ngx_http_grip_action_call;
}
