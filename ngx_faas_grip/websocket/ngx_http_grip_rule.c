
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Rules at run time: the first that matches wins.
 */


#include "websocket/ngx_http_grip_rule.h"


static ngx_int_t ngx_http_grip_rule_match(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_rule_t *rule);
static ngx_int_t ngx_http_grip_rule_match_subject(
    ngx_http_grip_websocket_t *ws, ngx_http_grip_rule_t *rule);
static ngx_int_t ngx_http_grip_rule_run(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_rule_t *rule);
static ngx_int_t ngx_http_grip_statement_eval(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_statement_t *st, ngx_http_grip_action_t *action);


ngx_int_t
ngx_http_grip_rules_run(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_rules_t *rules)
{
    if (ngx_http_grip_rules_match(ws, rules) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ws->rule == NULL) {
        return NGX_OK;
    }

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, ws->request->connection->log, 0,
                   "grip rule matched: %s:%ui", ws->rule->file,
                   ws->rule->line);

    return ngx_http_grip_rule_run(ws, ws->rule);
}


ngx_int_t
ngx_http_grip_rules_match(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_rules_t *rules)
{
    ngx_int_t              rc;
    ngx_uint_t             i;
    ngx_http_grip_rule_t  *rule;

    ws->rule = NULL;
    rule = rules->rules.elts;

    for (i = 0; i < rules->rules.nelts; i++) {

        if (!(rule[i].events & ws->event)) {
            continue;
        }

        rc = ngx_http_grip_rule_match(ws, &rule[i]);

        if (rc == NGX_OK) {
            ws->rule = &rule[i];
            return NGX_OK;
        }

        if (rc != NGX_DECLINED) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_grip_rule_match(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_rule_t *rule)
{
    ngx_int_t  rc;
    ngx_str_t  value;

    if (rule->match != NGX_HTTP_GRIP_MATCH_ALL) {
        rc = ngx_http_grip_rule_match_subject(ws, rule);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    if (rule->condition) {
        if (ngx_http_complex_value(ws->request, rule->condition, &value)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (value.len == 0 || (value.len == 1 && value.data[0] == '0')) {
            return NGX_DECLINED;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_grip_rule_match_subject(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_rule_t *rule)
{
    ngx_str_t                   subject;
    ngx_http_variable_value_t  *vv;

    if (rule->subject == NGX_CONF_UNSET) {
        subject = ws->message;

    } else {
        vv = ngx_http_get_flushed_variable(ws->request, rule->subject);
        if (vv == NULL) {
            return NGX_ERROR;
        }

        ngx_str_null(&subject);

        if (!vv->not_found && vv->len) {
            subject.len = vv->len;
            subject.data = vv->data;
        }
    }

    if (subject.len == 0) {

        /* PCRE wants a pointer even to nothing */
        subject.data = (u_char *) "";
    }

#if (NGX_PCRE)
    if (rule->match == NGX_HTTP_GRIP_MATCH_REGEX) {
        return ngx_http_regex_exec(ws->request, rule->regex, &subject);
    }
#endif

    if (subject.len != rule->pattern.len
        || ngx_memcmp(subject.data, rule->pattern.data, subject.len) != 0)
    {
        return NGX_DECLINED;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_grip_rule_run(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_rule_t *rule)
{
    ngx_int_t                   rc;
    ngx_uint_t                  i;
    ngx_http_grip_action_t      action;
    ngx_http_grip_statement_t  *st;

    st = rule->statements.elts;

    for (i = 0; i < rule->statements.nelts; i++) {

        action = st[i].action;

        if (ngx_http_grip_statement_eval(ws, &st[i], &action)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        rc = action.run(ws, &action);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_grip_statement_eval(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_statement_t *st, ngx_http_grip_action_t *action)
{
    ngx_str_t             *text;
    ngx_uint_t             i;
    ngx_http_request_t    *r;
    ngx_http_grip_slot_t  *slot;

    r = ws->request;
    slot = st->slots.elts;

    for (i = 0; i < st->slots.nelts; i++) {
        text = (ngx_str_t *) ((u_char *) action + slot[i].offset);

        if (slot[i].message) {
            *text = ws->message;
            continue;
        }

        if (ngx_http_grip_value_get(r, &slot[i].value, text) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (st->metas.nelts == 0) {
        return NGX_OK;
    }

    action->meta = ngx_http_grip_value_get_pairs(r, &st->metas);
    action->nmeta = st->metas.nelts;

    return action->meta ? NGX_OK : NGX_ERROR;
}
