
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The "call" statement of a rule.
 */


#include "request/ngx_http_grip_directive.h"
#include "websocket/ngx_http_grip_statement.h"


static ngx_int_t ngx_http_grip_statement_call_parameter(
    ngx_http_grip_statement_t *st, ngx_str_t *param);
static ngx_int_t ngx_http_grip_statement_call_on_error(
    ngx_http_grip_statement_t *st, ngx_str_t *word);
static char *ngx_http_grip_statement_call_detached(
    ngx_http_grip_statement_t *st, ngx_http_grip_rule_t *rule);


static ngx_conf_enum_t  ngx_http_grip_statement_call_contracts[] = {
    { ngx_string("plain"), NGX_HTTP_GRIP_CALL_PLAIN },
    { ngx_string("json"), NGX_HTTP_GRIP_CALL_JSON },
    { ngx_string("api-gateway"), NGX_HTTP_GRIP_CALL_API_GATEWAY },
    { ngx_null_string, 0 }
};


char *
ngx_http_grip_statement_call(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_grip_rule_t  *rule = conf;

    char                       *rv;
    ngx_str_t                  *value, route;
    ngx_uint_t                  i, literal, routed;
    ngx_http_grip_statement_t  *st;

    st = ngx_http_grip_statement_add(cf, rule, ngx_http_grip_action_call);
    if (st == NULL) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;

    st->call = value[1];
    routed = 0;

    rv = ngx_http_grip_statement_value(cf, st, &value[1], value, &literal);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    if (literal && ngx_http_grip_directive_uri(cf, &value[1]) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    for (i = 2; i < cf->args->nelts; i++) {

        if (ngx_http_grip_parameter(&value[i], "route", &route) && route.len) {

            rv = ngx_http_grip_statement_value(cf, st, &route, target,
                                               &literal);
            if (rv != NGX_CONF_OK) {
                return rv;
            }

            routed = 1;
            continue;
        }

        if (ngx_http_grip_statement_call_parameter(st, &value[i]) != NGX_OK) {
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

    if (st->action.contract == NGX_HTTP_GRIP_CALL_API_GATEWAY) {

        if (st->action.reply && st->action.detached) {
            return "has \"reply\" and \"detached\"";
        }

        return (rule->events & (NGX_GRIP_WS_PING|NGX_GRIP_WS_PONG
                                |NGX_GRIP_WS_POLL))
               ? "has \"as=api-gateway\", which knows no pings, pongs and "
                 "polls"
               : ngx_http_grip_statement_call_detached(st, rule);
    }

    if (routed || st->action.reply) {
        return "has \"route=\" or \"reply\" without \"as=api-gateway\"";
    }

    return ngx_http_grip_statement_call_detached(st, rule);
}


static ngx_int_t
ngx_http_grip_statement_call_parameter(ngx_http_grip_statement_t *st,
    ngx_str_t *param)
{
    ngx_int_t  contract, timeout;
    ngx_str_t  rest;

    if (ngx_strcmp(param->data, "reply") == 0) {
        st->action.reply = 1;
        return NGX_OK;
    }

    if (ngx_http_grip_parameter(param, "as", &rest)) {
        contract = ngx_http_grip_directive_word(&rest,
                                       ngx_http_grip_statement_call_contracts);

        if (contract == NGX_ERROR) {
            return NGX_DECLINED;
        }

        st->action.contract = contract;

        return NGX_OK;
    }

    if (ngx_http_grip_parameter(param, "on_error", &rest)) {
        return ngx_http_grip_statement_call_on_error(st, &rest);
    }

    if (ngx_strcmp(param->data, "detached") == 0) {
        st->action.detached = 1;
        return NGX_OK;
    }

    if (ngx_http_grip_parameter(param, "timeout", &rest)) {
        timeout = ngx_parse_time(&rest, 0);

        if (timeout == NGX_ERROR || timeout == 0) {
            return NGX_DECLINED;
        }

        st->action.timeout = timeout;

        return NGX_OK;
    }

    return NGX_DECLINED;
}


static ngx_int_t
ngx_http_grip_statement_call_on_error(ngx_http_grip_statement_t *st,
    ngx_str_t *word)
{
    ngx_int_t  n;

    static ngx_conf_enum_t  words[] = {
        { ngx_string("close"), NGX_HTTP_GRIP_CALL_CLOSE },
        { ngx_string("ignore"), NGX_HTTP_GRIP_CALL_IGNORE },
        { ngx_string("reject"), NGX_HTTP_GRIP_CALL_REJECT },
        { ngx_null_string, 0 }
    };

    n = ngx_http_grip_directive_word(word, words);

    if (n == NGX_ERROR) {
        return NGX_DECLINED;
    }

    st->action.on_error = n;

    return NGX_OK;
}


/* who opens a connection is told what came of it */

static char *
ngx_http_grip_statement_call_detached(ngx_http_grip_statement_t *st,
    ngx_http_grip_rule_t *rule)
{
    if (!st->action.detached) {
        return st->action.timeout
               ? "has \"timeout=\", which is allowed with \"detached\" only"
               : NGX_CONF_OK;
    }

    if (rule->events & NGX_GRIP_WS_OPEN) {
        return "has \"detached\", which is not allowed in a rule on \"open\"";
    }

    if (st->action.on_error != NGX_HTTP_GRIP_CALL_DEFAULT) {
        return "has both \"detached\" and \"on_error=\"";
    }

    return NGX_CONF_OK;
}
