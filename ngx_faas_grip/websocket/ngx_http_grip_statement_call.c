
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The "call" statement of a rule.
 */


#include "request/ngx_http_grip_directive.h"
#include "websocket/ngx_http_grip_statement.h"


static ngx_int_t ngx_http_grip_call_parameter(ngx_http_grip_statement_t *st,
    ngx_str_t *param);


static ngx_conf_enum_t  ngx_http_grip_call_contracts[] = {
    { ngx_string("plain"), NGX_HTTP_GRIP_CALL_PLAIN },
    { ngx_string("json"), NGX_HTTP_GRIP_CALL_JSON },
    { ngx_null_string, 0 }
};


char *
ngx_http_grip_statement_call(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_grip_rule_t  *rule = conf;

    char                       *rv;
    ngx_str_t                  *value;
    ngx_uint_t                  i, literal;
    ngx_http_grip_statement_t  *st;

    st = ngx_http_grip_statement_add(cf, rule, ngx_http_grip_action_call);
    if (st == NULL) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;

    st->call = value[1];

    rv = ngx_http_grip_statement_value(cf, st, &value[1], value, &literal);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    if (literal && ngx_http_grip_directive_uri(cf, &value[1]) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    for (i = 2; i < cf->args->nelts; i++) {
        if (ngx_http_grip_call_parameter(st, &value[i]) != NGX_OK) {
            return ngx_http_grip_directive_invalid(cf, "parameter", &value[i]);
        }
    }

    rv = ngx_http_grip_directive_twice(cf, 2, NULL);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    if (st->action.on_error == NGX_HTTP_GRIP_CALL_REJECT
        && rule->events != NGX_GRIP_WS_OPEN)
    {
        return "has \"on_error=reject\", which is allowed in a rule on "
               "\"open\" only";
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_grip_call_parameter(ngx_http_grip_statement_t *st, ngx_str_t *param)
{
    ngx_int_t  contract;
    ngx_str_t  rest;

    if (ngx_http_grip_parameter(param, "as", &rest)) {
        contract = ngx_http_grip_directive_word(&rest,
                                              ngx_http_grip_call_contracts);

        if (contract == NGX_ERROR) {
            return NGX_DECLINED;
        }

        st->action.contract = contract;

        return NGX_OK;
    }

    if (!ngx_http_grip_parameter(param, "on_error", &rest)) {
        return NGX_DECLINED;
    }

    if (ngx_strcmp(rest.data, "close") == 0) {
        st->action.on_error = NGX_HTTP_GRIP_CALL_CLOSE;

    } else if (ngx_strcmp(rest.data, "ignore") == 0) {
        st->action.on_error = NGX_HTTP_GRIP_CALL_IGNORE;

    } else if (ngx_strcmp(rest.data, "reject") == 0) {
        st->action.on_error = NGX_HTTP_GRIP_CALL_REJECT;

    } else {
        return NGX_DECLINED;
    }

    return NGX_OK;
}
