
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * "grip_on" at configuration time: its events, what it matches, and which
 * rules can never match.  The body is compiled in ngx_http_grip_rule_body.c.
 */


#include "request/ngx_http_grip_directive.h"
#include "websocket/ngx_http_grip_statement.h"


#define NGX_HTTP_GRIP_MESSAGE  (NGX_GRIP_WS_TEXT|NGX_GRIP_WS_BINARY)
#define NGX_HTTP_GRIP_GONE     (NGX_GRIP_WS_CLOSE|NGX_GRIP_WS_DISCONNECT)
#define NGX_HTTP_GRIP_ANY      (NGX_GRIP_WS_OPEN|NGX_HTTP_GRIP_MESSAGE       \
                                |NGX_HTTP_GRIP_GONE)


static ngx_int_t ngx_http_grip_rule_events(ngx_conf_t *cf,
    ngx_http_grip_rule_t *rule, ngx_str_t *value);
static char *ngx_http_grip_rule_arguments(ngx_conf_t *cf,
    ngx_http_grip_rule_t *rule);
static ngx_int_t ngx_http_grip_rule_operator(ngx_http_grip_rule_t *rule,
    ngx_str_t *value);
static char *ngx_http_grip_rule_subject(ngx_conf_t *cf,
    ngx_http_grip_rule_t *rule, ngx_str_t *value);
static char *ngx_http_grip_rule_pattern(ngx_conf_t *cf,
    ngx_http_grip_rule_t *rule, ngx_str_t *value);
static void ngx_http_grip_rule_reachable(ngx_conf_t *cf,
    ngx_http_grip_rules_t *rules, ngx_http_grip_rule_t *rule);
static ngx_uint_t ngx_http_grip_rule_covers(ngx_http_grip_rule_t *earlier,
    ngx_http_grip_rule_t *rule);
static void ngx_http_grip_rule_echo(ngx_conf_t *cf,
    ngx_http_grip_rule_t *rule);
static ngx_uint_t ngx_http_grip_rule_api_gateway(ngx_http_grip_rule_t *rule);


static ngx_conf_enum_t  ngx_http_grip_rule_groups[] = {
    { ngx_string("message"), NGX_HTTP_GRIP_MESSAGE },
    { ngx_string("gone"), NGX_HTTP_GRIP_GONE },
    { ngx_string("any"), NGX_HTTP_GRIP_ANY },
    { ngx_null_string, 0 }
};


char *
ngx_http_grip_rule_conf_on(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_grip_loc_conf_t  *glcf = conf;

    char                       *rv;
    ngx_str_t                  *value;
    ngx_http_grip_rule_t       *rule;
    ngx_http_grip_rules_t      *rules, **registered;
    ngx_http_grip_main_conf_t  *gmcf;

    if (glcf->rules == NGX_CONF_UNSET_PTR) {

        rules = ngx_pcalloc(cf->pool, sizeof(ngx_http_grip_rules_t));
        if (rules == NULL) {
            return NGX_CONF_ERROR;
        }

        if (ngx_array_init(&rules->rules, cf->pool, 4,
                           sizeof(ngx_http_grip_rule_t))
            != NGX_OK)
        {
            return NGX_CONF_ERROR;
        }

        gmcf = ngx_http_conf_get_module_main_conf(cf,
                                                  ngx_http_faas_grip_module);

        registered = ngx_array_push(&gmcf->rules);
        if (registered == NULL) {
            return NGX_CONF_ERROR;
        }

        *registered = rules;
        glcf->rules = rules;
    }

    rules = glcf->rules;

    rule = ngx_array_push(&rules->rules);
    if (rule == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(rule, sizeof(ngx_http_grip_rule_t));

    rule->subject = NGX_CONF_UNSET;
    rule->file = cf->conf_file->file.name.data;
    rule->line = cf->conf_file->line;

    value = cf->args->elts;

    if (ngx_http_grip_rule_events(cf, rule, &value[1]) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    rv = ngx_http_grip_rule_arguments(cf, rule);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    ngx_http_grip_rule_reachable(cf, rules, rule);

    rv = ngx_http_grip_rule_body(cf, rule);

    if (rv == NGX_CONF_OK) {
        ngx_http_grip_rule_echo(cf, rule);

        rules->api_gateway |= ngx_http_grip_rule_api_gateway(rule);
    }

    return rv;
}


static ngx_int_t
ngx_http_grip_rule_events(ngx_conf_t *cf, ngx_http_grip_rule_t *rule,
    ngx_str_t *value)
{
    ngx_int_t  events;

    rule->event = *value;
    rule->events = ngx_grip_ws_named(value);

    if (rule->events) {
        return NGX_OK;
    }

    events = ngx_http_grip_directive_word(value, ngx_http_grip_rule_groups);

    if (events != NGX_ERROR) {
        rule->events = events;
        return NGX_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "unknown event \"%V\" in \"grip_on\"", value);

    return NGX_ERROR;
}


/* [[$subject] OP PATTERN] [if=$var] */

static char *
ngx_http_grip_rule_arguments(ngx_conf_t *cf, ngx_http_grip_rule_t *rule)
{
    char        *rv;
    ngx_str_t   *value, *last;
    ngx_uint_t   literal;

    value = cf->args->elts;
    last = value + cf->args->nelts;
    value += 2;

    if (value < last && value->len > 1 && value->data[0] == '$') {

        if (value + 1 == last
            || ngx_http_grip_rule_operator(rule, &value[1]) != NGX_OK)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "no \"=\", \"~\" or \"~*\" after \"%V\"", value);
            return NGX_CONF_ERROR;
        }

        rv = ngx_http_grip_rule_subject(cf, rule, value);
        if (rv != NGX_CONF_OK) {
            return rv;
        }

        value++;
    }

    if (value < last && ngx_http_grip_rule_operator(rule, value) == NGX_OK) {

        if (value + 1 == last) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "no pattern after \"%V\"", value);
            return NGX_CONF_ERROR;
        }

        rv = ngx_http_grip_rule_pattern(cf, rule, &value[1]);
        if (rv != NGX_CONF_OK) {
            return rv;
        }

        value += 2;
    }

    if (value < last
        && ngx_http_grip_parameter(value, "if", &rule->condition_text)
        && rule->condition_text.len)
    {
        rule->condition = ngx_http_grip_directive_value(cf,
                                            &rule->condition_text, &literal);
        if (rule->condition == NULL) {
            return NGX_CONF_ERROR;
        }

        value++;
    }

    if (value < last) {
        return ngx_http_grip_directive_invalid(cf, "parameter", value);
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_grip_rule_operator(ngx_http_grip_rule_t *rule, ngx_str_t *value)
{
    if (value->len == 1 && value->data[0] == '=') {
        rule->match = NGX_HTTP_GRIP_MATCH_EQUAL;
        return NGX_OK;
    }

    if (value->len == 0 || value->data[0] != '~') {
        return NGX_DECLINED;
    }

    if (value->len == 1 || (value->len == 2 && value->data[1] == '*')) {
        rule->match = NGX_HTTP_GRIP_MATCH_REGEX;
        rule->caseless = (value->len == 2);
        return NGX_OK;
    }

    return NGX_DECLINED;
}


static char *
ngx_http_grip_rule_subject(ngx_conf_t *cf, ngx_http_grip_rule_t *rule,
    ngx_str_t *value)
{
    ngx_str_t  name;

    name.len = value->len - 1;
    name.data = value->data + 1;

    if (!ngx_http_grip_value_name(&name)) {
        return ngx_http_grip_directive_invalid(cf, "variable name", value);
    }

    rule->subject = ngx_http_get_variable_index(cf, &name);

    return rule->subject == NGX_ERROR ? NGX_CONF_ERROR : NGX_CONF_OK;
}


static char *
ngx_http_grip_rule_pattern(ngx_conf_t *cf, ngx_http_grip_rule_t *rule,
    ngx_str_t *value)
{
#if (NGX_PCRE)
    u_char               errstr[NGX_MAX_CONF_ERRSTR];
    ngx_regex_compile_t  rc;
#endif

    rule->pattern = *value;

    if (rule->match != NGX_HTTP_GRIP_MATCH_REGEX) {
        return NGX_CONF_OK;
    }

#if (NGX_PCRE)

    ngx_memzero(&rc, sizeof(ngx_regex_compile_t));

    rc.pattern = *value;
    rc.err.len = NGX_MAX_CONF_ERRSTR;
    rc.err.data = errstr;
    rc.options = rule->caseless ? NGX_REGEX_CASELESS : 0;

    rule->regex = ngx_http_regex_compile(cf, &rc);

    return rule->regex ? NGX_CONF_OK : NGX_CONF_ERROR;

#else

    return "needs nginx with the PCRE library for regular expressions";

#endif
}


static void
ngx_http_grip_rule_reachable(ngx_conf_t *cf, ngx_http_grip_rules_t *rules,
    ngx_http_grip_rule_t *rule)
{
    ngx_uint_t             i, events;
    ngx_http_grip_rule_t  *earlier;

    if (rule->match == NGX_HTTP_GRIP_MATCH_EQUAL
        && rule->subject == NGX_CONF_UNSET
        && rule->pattern.len
        && (rule->events & ~(NGX_GRIP_WS_OPEN|NGX_HTTP_GRIP_GONE
                             |NGX_GRIP_WS_POLL)) == 0)
    {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "this rule can never match: its event has no "
                           "message");
        return;
    }

    events = rule->events;
    earlier = rules->rules.elts;

    for (i = 0; &earlier[i] != rule; i++) {

        if (!ngx_http_grip_rule_covers(&earlier[i], rule)) {
            continue;
        }

        events &= ~earlier[i].events;

        if (events == 0) {
            ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                               "this rule can never match: the one in %s:%ui "
                               "always does before", earlier[i].file,
                               earlier[i].line);
            return;
        }
    }
}


/* whether the earlier rule matches each of its events that the rule does */

static ngx_uint_t
ngx_http_grip_rule_covers(ngx_http_grip_rule_t *earlier,
    ngx_http_grip_rule_t *rule)
{
    if (earlier->condition
        && (rule->condition == NULL
            || earlier->condition_text.len != rule->condition_text.len
            || ngx_strncmp(earlier->condition_text.data,
                           rule->condition_text.data,
                           rule->condition_text.len)
               != 0))
    {
        return 0;
    }

    if (earlier->match == NGX_HTTP_GRIP_MATCH_ALL) {
        return 1;
    }

    return earlier->match == rule->match
           && earlier->subject == rule->subject
           && earlier->caseless == rule->caseless
           && earlier->pattern.len == rule->pattern.len
           && ngx_memcmp(earlier->pattern.data, rule->pattern.data,
                         rule->pattern.len)
              == 0;
}


/*
 * A subscription is in force only after the answer, and a publication precedes
 * the answer, protocol 2.3.
 */

static void
ngx_http_grip_rule_echo(ngx_conf_t *cf, ngx_http_grip_rule_t *rule)
{
    ngx_uint_t                  i, j;
    ngx_http_grip_action_t     *sub, *pub;
    ngx_http_grip_statement_t  *st;

    st = rule->statements.elts;

    for (i = 0; i < rule->statements.nelts; i++) {
        sub = &st[i].action;

        if (sub->run != ngx_http_grip_action_control
            || sub->control != NGX_GRIP_CONTROL_SUBSCRIBE
            || sub->target.len == 0)
        {
            continue;
        }

        for (j = 0; j < rule->statements.nelts; j++) {
            pub = &st[j].action;

            if (pub->run == ngx_http_grip_action_publish
                && pub->target.len == sub->target.len
                && ngx_strncmp(pub->target.data, sub->target.data,
                               sub->target.len)
                   == 0)
            {
                ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                              "the rule subscribes and publishes to \"%V\": "
                              "the connection that subscribes will not get "
                              "this message, use \"send\" for it, in %s:%ui",
                              &sub->target, rule->file, rule->line);
            }
        }
    }
}


void
ngx_http_grip_rule_conf_check(ngx_conf_t *cf, ngx_array_t *rules)
{
    ngx_uint_t              i;
    ngx_http_grip_rule_t   *rule;
    ngx_http_grip_rules_t **list;

    list = rules->elts;

    for (i = 0; i < rules->nelts; i++) {

        if (list[i]->used) {
            continue;
        }

        rule = list[i]->rules.elts;

        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "\"grip_on\" has no effect: no \"grip_websocket\" uses "
                      "it in %s:%ui", rule->file, rule->line);
    }
}


/* a call is the last of its rule */

static ngx_uint_t
ngx_http_grip_rule_api_gateway(ngx_http_grip_rule_t *rule)
{
    ngx_http_grip_statement_t  *st;

    st = rule->statements.elts;

    return rule->statements.nelts
           && st[rule->statements.nelts - 1].action.contract
              == NGX_HTTP_GRIP_CALL_API_GATEWAY;
}
