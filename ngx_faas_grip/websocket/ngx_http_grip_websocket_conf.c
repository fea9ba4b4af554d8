
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * "grip_websocket" at configuration time.
 */


#include "function/ngx_http_grip_call_metrics.h"
#include "request/ngx_http_grip_content.h"
#include "request/ngx_http_grip_labels.h"
#include "verify/ngx_http_grip_verify.h"
#include "websocket/ngx_http_grip_rule.h"
#include "websocket/ngx_http_grip_websocket.h"


/* what a batch may take, protocol 1.3 */
#define NGX_HTTP_GRIP_BODY_BUFFER      (256 * 1024)
#define NGX_HTTP_GRIP_BODY_MAX         (512 * 1024)


static char *ngx_http_grip_websocket_conf_numbers(ngx_conf_t *cf,
    ngx_http_grip_rules_t *rules);
static ngx_int_t ngx_http_grip_websocket_conf_events(ngx_conf_t *cf,
    ngx_http_grip_metrics_label_t *labels, const char *direction,
    ngx_http_grip_metric_t **series);
static ngx_int_t ngx_http_grip_websocket_conf_calls(ngx_conf_t *cf,
    ngx_http_grip_rule_t *rule);


static ngx_http_grip_metrics_family_t  ngx_http_grip_websocket_conf_family = {
    "grip_events_total",
    "WebSocket events, from and to clients.",
    NGX_HTTP_GRIP_METRICS_COUNTER
};

static ngx_http_grip_metrics_family_t  ngx_http_grip_websocket_conf_hits = {
    "grip_rule_hits_total",
    "Events that a rule of grip_on has taken.",
    NGX_HTTP_GRIP_METRICS_COUNTER
};


char *
ngx_http_grip_websocket_conf_location(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_grip_loc_conf_t  *glcf = conf;

    char  *rv;

    if (glcf->websocket) {
        return "is duplicate";
    }

    glcf->websocket = 1;

    rv = ngx_http_grip_content_handler(cf, glcf,
                                       ngx_http_grip_websocket_handler);

    ngx_http_grip_verify_conf_events(glcf, NGX_HTTP_GRIP_VERIFY_ON);

    return rv;
}


char *
ngx_http_grip_websocket_conf_merge(ngx_conf_t *cf,
    ngx_http_grip_loc_conf_t *conf)
{
    ngx_http_core_loc_conf_t  *clcf;

    if (!conf->websocket || conf->inherited) {
        return NGX_CONF_OK;
    }

    if (conf->rules) {
        conf->rules->used = 1;

        if (conf->history
            && ngx_http_grip_websocket_conf_numbers(cf, conf->rules)
               != NGX_CONF_OK)
        {
            return NGX_CONF_ERROR;
        }
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->client_body_buffer_size < NGX_HTTP_GRIP_BODY_BUFFER) {
        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "\"client_body_buffer_size\" is less than 256k for "
                      "\"grip_websocket\" in %s:%ui: larger batches of "
                      "events will go through a temporary file",
                      conf->handler_file, conf->handler_line);
    }

    if (clcf->client_max_body_size
        && clcf->client_max_body_size < NGX_HTTP_GRIP_BODY_MAX)
    {
        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "\"client_max_body_size\" is less than 512k for "
                      "\"grip_websocket\" in %s:%ui: clients will be cut off, "
                      "as batches of events may be that large",
                      conf->handler_file, conf->handler_line);
    }

    return NGX_CONF_OK;
}


ngx_int_t
ngx_http_grip_websocket_conf_metrics(ngx_conf_t *cf,
    ngx_http_grip_loc_conf_t *conf)
{
    u_char                          number[NGX_INT_T_LEN];
    ngx_uint_t                      i;
    ngx_http_grip_rule_t           *rule;
    ngx_http_grip_loc_metrics_t    *metrics;
    ngx_http_grip_metrics_label_t   labels[4];

    metrics = &conf->metrics;

    ngx_http_grip_labels(cf, labels);

    if (ngx_http_grip_websocket_conf_events(cf, labels, "in",
                                            &metrics->events_in)
        != NGX_OK
        || ngx_http_grip_websocket_conf_events(cf, labels, "out",
                                               &metrics->events_out)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (conf->rules == NULL || !conf->websocket) {
        return NGX_OK;
    }

    metrics->rules = ngx_palloc(cf->pool, conf->rules->rules.nelts
                                          * sizeof(ngx_http_grip_metric_t *));
    if (metrics->rules == NULL) {
        return NGX_ERROR;
    }

    rule = conf->rules->rules.elts;

    labels[2].name = "event";
    labels[3].name = "rule";
    labels[3].value.data = number;

    for (i = 0; i < conf->rules->rules.nelts; i++) {

        labels[2].value = rule[i].event;
        labels[3].value.len = ngx_sprintf(number, "%ui", i + 1) - number;

        if (ngx_http_grip_metrics_series(cf, &ngx_http_grip_websocket_conf_hits,
                                         labels, 4, NULL, NULL,
                                         &metrics->rules[i])
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (ngx_http_grip_websocket_conf_calls(cf, &rule[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_grip_websocket_conf_calls(ngx_conf_t *cf, ngx_http_grip_rule_t *rule)
{
    ngx_uint_t                  i;
    ngx_http_grip_statement_t  *st;

    st = rule->statements.elts;

    for (i = 0; i < rule->statements.nelts; i++) {

        /* rules of a server are those of several locations */

        if (st[i].call.len == 0 || st[i].action.metrics) {
            continue;
        }

        if (ngx_http_grip_call_metrics(cf, &st[i].call, &st[i].action.metrics)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_grip_websocket_conf_events(ngx_conf_t *cf,
    ngx_http_grip_metrics_label_t *labels, const char *direction,
    ngx_http_grip_metric_t **series)
{
    ngx_uint_t   i;
    const char  *types[NGX_GRIP_WS_TYPES + 1];

    for (i = 0; i < NGX_GRIP_WS_TYPES; i++) {
        types[i] = (const char *) ngx_grip_ws_name((ngx_uint_t) 1 << i)->data;
    }

    types[i] = NULL;

    labels[2].name = "direction";
    labels[2].value.data = (u_char *) direction;
    labels[2].value.len = ngx_strlen(direction);

    return ngx_http_grip_metrics_series(cf,
                                        &ngx_http_grip_websocket_conf_family,
                                        labels, 3, "type", types, series);
}


/* a history gives all items their ids */

static char *
ngx_http_grip_websocket_conf_numbers(ngx_conf_t *cf,
    ngx_http_grip_rules_t *rules)
{
    ngx_uint_t             i;
    ngx_http_grip_rule_t  *rule;

    rule = rules->rules.elts;

    for (i = 0; i < rules->rules.nelts; i++) {

        if (rule[i].numbers) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "\"publish\" may not have \"id=\", \"prev_id=\" or "
                          "\"no_seq\" with \"grip_history\", which numbers "
                          "items itself, in %s:%ui", rule[i].file,
                          rule[i].numbers);
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}
