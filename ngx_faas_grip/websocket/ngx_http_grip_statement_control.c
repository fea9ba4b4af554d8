
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The statements of a rule that are GRIP control messages.
 */


#include "request/ngx_http_grip_directive.h"
#include "text/ngx_grip_utf8.h"
#include "websocket/ngx_http_grip_statement.h"


char *
ngx_http_grip_statement_control_channel(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_grip_rule_t  *rule = conf;

    char                       *rv;
    ngx_str_t                  *value, *filter, rest;
    ngx_uint_t                  i;
    ngx_http_grip_statement_t  *st;

    st = ngx_http_grip_statement_add(cf, rule, ngx_http_grip_action_control);
    if (st == NULL) {
        return NGX_CONF_ERROR;
    }

    st->action.control = cmd->offset;

    value = cf->args->elts;

    rv = ngx_http_grip_statement_target(cf, st, &value[1]);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    for (i = 2; i < cf->args->nelts; i++) {

        if (!ngx_http_grip_parameter(&value[i], "filter", &rest)
            || rest.len == 0
            || ngx_http_grip_has_variables(&rest)
            || !ngx_grip_utf8_valid(rest.data, rest.len))
        {
            return ngx_http_grip_directive_invalid(cf, "parameter", &value[i]);
        }

        filter = ngx_array_push(&st->filters);
        if (filter == NULL) {
            return NGX_CONF_ERROR;
        }

        *filter = rest;
    }

    st->action.filters = st->filters.elts;
    st->action.nfilters = st->filters.nelts;

    return NGX_CONF_OK;
}


char *
ngx_http_grip_statement_control_detach(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_grip_statement_t  *st;

    st = ngx_http_grip_statement_add(cf, conf, ngx_http_grip_action_control);
    if (st == NULL) {
        return NGX_CONF_ERROR;
    }

    st->action.control = NGX_GRIP_CONTROL_DETACH;

    return NGX_CONF_OK;
}


char *
ngx_http_grip_statement_control_keepalive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_grip_rule_t  *rule = conf;

    char                       *rv;
    ngx_int_t                   n;
    ngx_str_t                  *value, rest;
    ngx_uint_t                  i, literal;
    ngx_http_grip_statement_t  *st;

    st = ngx_http_grip_statement_add(cf, rule, ngx_http_grip_action_control);
    if (st == NULL) {
        return NGX_CONF_ERROR;
    }

    st->action.control = NGX_GRIP_CONTROL_KEEPALIVE;
    st->action.type = NGX_GRIP_WS_TEXT;

    value = cf->args->elts;

    rv = ngx_http_grip_statement_value(cf, st, &value[1], value, &literal);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    for (i = 2; i < cf->args->nelts; i++) {

        if (ngx_http_grip_parameter(&value[i], "type", &rest)) {

            st->action.type = ngx_grip_ws_message_named(&rest);
            if (st->action.type) {
                continue;
            }

        } else if (ngx_http_grip_parameter(&value[i], "timeout", &rest)) {

            n = ngx_parse_time(&rest, 1);

            if (n > 0) {
                st->action.timeout = n;
                continue;
            }

        } else if (ngx_http_grip_parameter(&value[i], "mode", &rest)) {

            n = ngx_http_grip_directive_mode(&rest);

            if (n != NGX_ERROR) {
                st->action.interval = n;
                continue;
            }
        }

        return ngx_http_grip_directive_invalid(cf, "parameter", &value[i]);
    }

    rv = ngx_http_grip_directive_twice(cf, 2, NULL);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    return literal ? ngx_http_grip_statement_content(st, &value[1])
                   : NGX_CONF_OK;
}
