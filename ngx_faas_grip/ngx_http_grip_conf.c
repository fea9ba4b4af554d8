
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The main and location configuration, and the directives that are but a
 * value in it.
 */


#include "connection/ngx_http_grip_connections.h"
#include "function/ngx_http_grip_call_metrics.h"
#include "hold/ngx_http_grip_hold.h"
#include "lambda/ngx_http_grip_lambda.h"
#include "ngx_http_grip_conf.h"
#include "operation/ngx_http_grip_diagnose.h"
#include "operation/ngx_http_grip_metrics_page.h"
#include "operation/ngx_http_grip_requests.h"
#include "proxy/ngx_http_grip_proxy.h"
#include "publish/ngx_http_grip_control_api.h"
#include "publish/ngx_http_grip_location.h"
#include "request/ngx_http_grip_content.h"
#include "request/ngx_http_grip_directive.h"
#include "request/ngx_http_grip_headers.h"
#include "request/ngx_http_grip_labels.h"
#include "request/ngx_http_grip_limit.h"
#include "verify/ngx_http_grip_verify.h"
#include "verify/ngx_http_grip_verify_metrics.h"
#include "websocket/ngx_http_grip_websocket.h"
#include "wire/ngx_grip_control.h"


static char *ngx_http_grip_conf_metrics(ngx_conf_t *cf,
    ngx_http_grip_loc_conf_t *prev, ngx_http_grip_loc_conf_t *conf);


char *
ngx_http_grip_conf_prefix(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_grip_loc_conf_t  *glcf = conf;

    ngx_str_t  *value;

    if (glcf->prefix.data) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (!ngx_grip_control_prefix_valid(&value[1])
        || ngx_http_grip_has_variables(&value[1]))
    {
        return ngx_http_grip_directive_invalid(cf, "prefix", &value[1]);
    }

    glcf->prefix = value[1];

    return NGX_CONF_OK;
}


char *
ngx_http_grip_conf_subprotocol(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_grip_loc_conf_t  *glcf = conf;

    ngx_str_t   *value, *name;
    ngx_uint_t   i;

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        if (!ngx_http_grip_headers_name_valid(&value[i])
            || ngx_http_grip_has_variables(&value[i]))
        {
            return ngx_http_grip_directive_invalid(cf, "subprotocol",
                                                   &value[i]);
        }

        name = ngx_http_grip_directive_push(cf, &glcf->subprotocols,
                                            sizeof(ngx_str_t));
        if (name == NULL) {
            return NGX_CONF_ERROR;
        }

        *name = value[i];
    }

    return NGX_CONF_OK;
}


char *
ngx_http_grip_conf_poll_interval(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_grip_loc_conf_t  *glcf = conf;

    ngx_str_t  *value;

    if (glcf->poll_interval != NGX_CONF_UNSET) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "off") == 0) {
        glcf->poll_interval = 0;
        return NGX_CONF_OK;
    }

    glcf->poll_interval = ngx_parse_time(&value[1], 1);

    if (glcf->poll_interval == (time_t) NGX_ERROR) {
        return "invalid value";
    }

    /* the proxy would raise it, protocol 1.7 */

    if (glcf->poll_interval < 20) {
        return "must be 20 seconds or more";
    }

    return NGX_CONF_OK;
}


char *
ngx_http_grip_conf_size_or_off(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    size_t     *size;
    ngx_str_t  *value;

    size = (size_t *) ((char *) conf + cmd->offset);

    if (*size != NGX_CONF_UNSET_SIZE) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "off") == 0) {
        *size = 0;
        return NGX_CONF_OK;
    }

    *size = ngx_parse_size(&value[1]);

    if (*size == (size_t) NGX_ERROR || *size == 0) {
        return "invalid value";
    }

    return NGX_CONF_OK;
}


char *
ngx_http_grip_conf_max_events(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_grip_loc_conf_t *glcf = conf;

    ngx_int_t   n;
    ngx_str_t  *value;

    if (glcf->max_events != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "off") == 0) {
        glcf->max_events = NGX_MAX_INT_T_VALUE;
        return NGX_CONF_OK;
    }

    n = ngx_atoi(value[1].data, value[1].len);

    if (n == NGX_ERROR || n == 0) {
        return "invalid value";
    }

    glcf->max_events = n;

    return NGX_CONF_OK;
}


char *
ngx_http_grip_conf_call_detached_max(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_grip_main_conf_t *gmcf = conf;

    ngx_int_t   n;
    ngx_str_t  *value;

    if (gmcf->call_detached_max != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    value = cf->args->elts;

    n = ngx_atoi(value[1].data, value[1].len);

    if (n == NGX_ERROR || n == 0) {
        return "invalid value";
    }

    gmcf->call_detached_max = n;

    return NGX_CONF_OK;
}


char *
ngx_http_grip_conf_verify_mode(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_grip_main_conf_t  *gmcf;

    gmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_faas_grip_module);
    gmcf->used = 1;

    return ngx_conf_set_enum_slot(cf, cmd, conf);
}


void *
ngx_http_grip_conf_create_main(ngx_conf_t *cf)
{
    ngx_http_grip_main_conf_t  *conf;

    /*
     * set by ngx_pcalloc():
     *
     *     conf->verify_key = NULL;
     *     conf->unverified = NULL;
     *     conf->unverified_more = 0;
     *     conf->call_detached_variables = NULL;
     *     conf->resumes = 0;
     *     conf->used = 0;
     */

    conf = ngx_pcalloc(cf->pool, sizeof(ngx_http_grip_main_conf_t));
    if (conf == NULL) {
        return NULL;
    }

    conf->call_detached_max = NGX_CONF_UNSET_UINT;

    if (ngx_array_init(&conf->rules, cf->pool, 4,
                       sizeof(ngx_http_grip_rules_t *))
        != NGX_OK)
    {
        return NULL;
    }

    return conf;
}


/* what the environment says stands for directives at the http level */

char *
ngx_http_grip_conf_init_main(ngx_conf_t *cf, void *conf)
{
    ngx_http_grip_main_conf_t *gmcf = conf;

    ngx_http_grip_loc_conf_t  *glcf;

    glcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_faas_grip_module);

    /* the http level is merged with none, which would find it out */

    glcf->verify_said = (glcf->verify != NGX_CONF_UNSET_UINT);

    if (!gmcf->used || glcf->prefix.data) {
        return NGX_CONF_OK;
    }

    if (ngx_http_grip_proxy_environment(cf, "GRIP_PREFIX", &glcf->prefix)
        != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (!ngx_grip_control_prefix_valid(&glcf->prefix)) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "invalid prefix in the environment variable "
                      "\"GRIP_PREFIX\"");
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


void *
ngx_http_grip_conf_create_loc(ngx_conf_t *cf)
{
    ngx_http_grip_loc_conf_t  *conf;

    /*
     * set by ngx_pcalloc():
     *
     *     conf->prefix = { 0, NULL };
     *     conf->hold_trust = { 0, NULL };
     *     conf->handler = NULL;
     *     conf->handler_trust = { 0, NULL };
     *     conf->metrics = { NULL };
     *     conf->metrics_zone = NULL;
     *     conf->websocket = 0;
     *     conf->inherited = 0;
     *     conf->verify_said = 0;
     */

    conf = ngx_pcalloc(cf->pool, sizeof(ngx_http_grip_loc_conf_t));
    if (conf == NULL) {
        return NULL;
    }

    conf->verify = NGX_CONF_UNSET_UINT;
    conf->verify_keys = NGX_CONF_UNSET_PTR;
    conf->rules = NGX_CONF_UNSET_PTR;
    conf->subprotocols = NGX_CONF_UNSET_PTR;
    conf->poll_interval = NGX_CONF_UNSET;
    conf->max_events = NGX_CONF_UNSET_UINT;
    conf->max_message_size = NGX_CONF_UNSET_SIZE;
    conf->max_send_size = NGX_CONF_UNSET_SIZE;
    conf->connection = NGX_CONF_UNSET;
    conf->connections_size = NGX_CONF_UNSET_SIZE;
    conf->call_buffer_size = NGX_CONF_UNSET_SIZE;
    conf->call_batch = NGX_CONF_UNSET;
    conf->lambda_sets = NGX_CONF_UNSET_PTR;
    conf->api_gateway = NGX_CONF_UNSET_PTR;
    conf->publish_type = NGX_CONF_UNSET_UINT;
    conf->publish_require = NGX_CONF_UNSET_UINT;
    conf->control_keys = NGX_CONF_UNSET_PTR;
    conf->history = NGX_CONF_UNSET_PTR;

    conf->hold = ngx_http_grip_hold_conf_create(cf);
    if (conf->hold == NULL) {
        return NULL;
    }

    conf->lambda = ngx_http_grip_lambda_conf_create(cf);
    if (conf->lambda == NULL) {
        return NULL;
    }

    conf->publish = ngx_http_grip_location_conf_create(cf);
    if (conf->publish == NULL) {
        return NULL;
    }

    return conf;
}


char *
ngx_http_grip_conf_merge_loc(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_grip_loc_conf_t *prev = parent;
    ngx_http_grip_loc_conf_t *conf = child;

    ngx_conf_merge_str_value(conf->prefix, prev->prefix, "");

    ngx_conf_merge_ptr_value(conf->rules, prev->rules, NULL);
    ngx_conf_merge_ptr_value(conf->subprotocols, prev->subprotocols, NULL);
    ngx_conf_merge_value(conf->poll_interval, prev->poll_interval, 0);
    ngx_conf_merge_uint_value(conf->max_events, prev->max_events, 10000);
    ngx_conf_merge_size_value(conf->max_message_size, prev->max_message_size,
                              0);

    /* stays unset when nobody set it: the proxy's version decides */

    if (conf->max_send_size == NGX_CONF_UNSET_SIZE) {
        conf->max_send_size = prev->max_send_size;
    }

    ngx_conf_merge_value(conf->connection, prev->connection, 0);
    ngx_conf_merge_size_value(conf->call_buffer_size, prev->call_buffer_size,
                              1024 * 1024);
    ngx_conf_merge_value(conf->call_batch, prev->call_batch, 0);
    ngx_conf_merge_ptr_value(conf->lambda_sets, prev->lambda_sets, NULL);
    ngx_conf_merge_ptr_value(conf->api_gateway, prev->api_gateway, NULL);
    ngx_conf_merge_uint_value(conf->publish_type, prev->publish_type,
                              NGX_HTTP_GRIP_PUBLISH_AUTO);
    ngx_conf_merge_uint_value(conf->publish_require, prev->publish_require,
                              NGX_HTTP_GRIP_REQUIRE_ANY);

    ngx_conf_merge_ptr_value(conf->history, prev->history, NULL);

    if (ngx_http_grip_content_merge(cf, prev, conf) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    ngx_http_grip_connections_merge(cf, prev, conf);
    ngx_http_grip_control_api_merge(cf, prev, conf);
    ngx_http_grip_diagnose_merge(conf);
    ngx_http_grip_lambda_conf_merge(prev, conf);

    if (ngx_http_grip_hold_conf_merge(cf, prev, conf) != NGX_CONF_OK
        || ngx_http_grip_hold_resume_conf_merge(cf, prev, conf) != NGX_CONF_OK
        || ngx_http_grip_location_conf_merge(cf, prev, conf) != NGX_CONF_OK
        || ngx_http_grip_verify_conf_merge(cf, prev, conf) != NGX_CONF_OK
        || ngx_http_grip_metrics_page_merge(cf, prev, conf) != NGX_CONF_OK
        || ngx_http_grip_websocket_conf_merge(cf, conf) != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    return ngx_http_grip_conf_metrics(cf, prev, conf);
}


/* the series of a location that has something of ours, but for their page */

static char *
ngx_http_grip_conf_metrics(ngx_conf_t *cf, ngx_http_grip_loc_conf_t *prev,
    ngx_http_grip_loc_conf_t *conf)
{
    if (!ngx_http_grip_labels_merge(cf, prev, conf) || conf->metrics_zone) {
        return NGX_CONF_OK;
    }

    if (conf->verify != NGX_HTTP_GRIP_VERIFY_OFF
        && ngx_http_grip_verify_metrics(cf, conf) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (conf->handler == NULL && !ngx_http_grip_hold_used(conf->hold)) {
        return NGX_CONF_OK;
    }

    if (ngx_http_grip_requests_merge(cf, conf) != NGX_OK
        || ngx_http_grip_limit_merge(cf, conf) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (ngx_http_grip_hold_used(conf->hold)
        && ngx_http_grip_hold_conf_metrics(cf, conf) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (conf->lambda->uri
        && ngx_http_grip_call_metrics(cf, &conf->lambda->target,
                                      &conf->lambda->metrics)
           != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    if ((conf->websocket || conf->lambda->uri)
        && ngx_http_grip_websocket_conf_metrics(cf, conf) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}
