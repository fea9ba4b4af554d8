
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The members common to all events of functions of API Gateway: those of the
 * connection.
 */


#include "action/ngx_http_grip_meta.h"
#include "function/ngx_grip_fields.h"
#include "function/ngx_http_grip_api_gateway.h"
#include "function/ngx_http_grip_lambda_set.h"
#include "request/ngx_http_grip_directive.h"
#include "request/ngx_http_grip_notice.h"
#include "text/ngx_grip_utf8.h"


struct ngx_http_grip_api_gateway_s {
    ngx_http_grip_value_t   *domain;
    ngx_http_grip_value_t   *stage;
    ngx_http_grip_value_t   *api;
};


static ngx_int_t ngx_http_grip_api_gateway_authorizer(ngx_http_request_t *r,
    ngx_str_t *text);
static ngx_uint_t ngx_http_grip_api_gateway_set(
    ngx_http_grip_lambda_set_t *set, ngx_str_t *object, ngx_str_t *name);
static ngx_int_t ngx_http_grip_api_gateway_remember(
    ngx_http_grip_websocket_t *ws, ngx_str_t *name, ngx_str_t *value);


static ngx_str_t  ngx_http_grip_api_gateway_connected =
    ngx_string("aws-connected-at");
static ngx_str_t  ngx_http_grip_api_gateway_authorized =
    ngx_string("aws-authorizer");


ngx_int_t
ngx_http_grip_api_gateway_names(ngx_http_request_t *r,
    ngx_grip_api_gateway_t *event)
{
    u_char                       *last;
    ngx_http_grip_loc_conf_t     *glcf;
    ngx_http_grip_api_gateway_t  *conf;

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);
    conf = glcf->api_gateway;

    event->domain = r->headers_in.server;

    ngx_str_set(&event->stage, "$default");
    ngx_str_set(&event->api, "grip");

    if (r->uri.len > 1) {
        event->stage.data = r->uri.data + 1;

        last = ngx_strlchr(r->uri.data + 1, r->uri.data + r->uri.len, '/');

        event->stage.len = (last ? last : r->uri.data + r->uri.len)
                           - event->stage.data;
    }

    if (conf
        && ((conf->domain
             && ngx_http_grip_value_get(r, conf->domain, &event->domain)
                != NGX_OK)
            || (conf->stage
                && ngx_http_grip_value_get(r, conf->stage, &event->stage)
                   != NGX_OK)
            || (conf->api
                && ngx_http_grip_value_get(r, conf->api, &event->api)
                   != NGX_OK)))
    {
        return NGX_ERROR;
    }

    if (ngx_http_grip_api_gateway_utf8(r, &event->domain) != NGX_OK
        || ngx_http_grip_api_gateway_utf8(r, &event->stage) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_grip_api_gateway_utf8(r, &event->api);
}


/* what was set is in them, unless nobody can be believed */

ngx_int_t
ngx_http_grip_api_gateway_metas(ngx_http_request_t *r,
    ngx_grip_api_gateway_t *event)
{
    ngx_int_t  rc;

    rc = ngx_http_grip_meta_find(r, &ngx_http_grip_api_gateway_connected,
                                 &event->connected_at);

    if (rc == NGX_ERROR) {
        return NGX_ERROR;
    }

    if (rc != NGX_OK
        || event->connected_at.len > 15
        || ngx_atoof(event->connected_at.data, event->connected_at.len) <= 0
        || event->connected_at.data[0] == '0')
    {
        ngx_str_null(&event->connected_at);
    }

    rc = ngx_http_grip_meta_find(r, &ngx_http_grip_api_gateway_authorized,
                                 &event->authorizer);

    if (rc == NGX_DECLINED) {
        ngx_str_null(&event->authorizer);
    }

    return (rc == NGX_ERROR) ? NGX_ERROR : NGX_OK;
}


ngx_int_t
ngx_http_grip_api_gateway_variables(ngx_http_request_t *r,
    ngx_grip_api_gateway_t *event)
{
    ngx_str_t                    name, value;
    ngx_uint_t                   i;
    ngx_grip_pair_t             *pair;
    ngx_http_grip_loc_conf_t    *glcf;
    ngx_http_grip_lambda_set_t  *set;

    static ngx_str_t  object = ngx_string("stageVariables.");

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);

    if (glcf->lambda_sets == NULL) {
        return NGX_OK;
    }

    pair = ngx_palloc(r->pool, glcf->lambda_sets->nelts
                               * sizeof(ngx_grip_pair_t));
    if (pair == NULL) {
        return NGX_ERROR;
    }

    event->variables = pair;
    set = glcf->lambda_sets->elts;

    for (i = 0; i < glcf->lambda_sets->nelts; i++) {

        if (!ngx_http_grip_api_gateway_set(&set[i], &object, &name)) {
            continue;
        }

        if (ngx_http_grip_value_get(r, &set[i].value, &value) != NGX_OK
            || ngx_http_grip_api_gateway_utf8(r, &value) != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (value.len) {
            pair[event->nvariables].name = name;
            pair[event->nvariables++].value = value;
        }
    }

    return NGX_OK;
}


/* a query: a header can hold it, whatever the values are */

static ngx_int_t
ngx_http_grip_api_gateway_authorizer(ngx_http_request_t *r, ngx_str_t *text)
{
    u_char                      *p;
    size_t                       len;
    ngx_str_t                    name, value, before;
    ngx_uint_t                   i;
    ngx_http_grip_loc_conf_t    *glcf;
    ngx_http_grip_lambda_set_t  *set;

    static ngx_str_t  object = ngx_string("requestContext.authorizer.");

    ngx_str_null(text);

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);

    if (glcf->lambda_sets == NULL) {
        return NGX_OK;
    }

    set = glcf->lambda_sets->elts;

    for (i = 0; i < glcf->lambda_sets->nelts; i++) {

        if (!ngx_http_grip_api_gateway_set(&set[i], &object, &name)) {
            continue;
        }

        if (ngx_http_grip_value_get(r, &set[i].value, &value) != NGX_OK) {
            return NGX_ERROR;
        }

        if (value.len == 0) {
            continue;
        }

        before = *text;
        len = before.len + sizeof("&=") - 1 + 3 * name.len + 3 * value.len;

        p = ngx_pnalloc(r->pool, len);
        if (p == NULL) {
            return NGX_ERROR;
        }

        text->data = p;

        if (before.len) {
            p = ngx_cpymem(p, before.data, before.len);
            *p++ = '&';
        }

        p = (u_char *) ngx_escape_uri(p, name.data, name.len,
                                      NGX_ESCAPE_URI_COMPONENT);
        *p++ = '=';
        p = (u_char *) ngx_escape_uri(p, value.data, value.len,
                                      NGX_ESCAPE_URI_COMPONENT);

        text->len = p - text->data;
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_http_grip_api_gateway_set(ngx_http_grip_lambda_set_t *set,
    ngx_str_t *object, ngx_str_t *name)
{
    if (set->path.len <= object->len
        || ngx_strncmp(set->path.data, object->data, object->len) != 0)
    {
        return 0;
    }

    name->data = set->path.data + object->len;
    name->len = set->path.len - object->len;

    return 1;
}


ngx_int_t
ngx_http_grip_api_gateway_utf8(ngx_http_request_t *r, ngx_str_t *text)
{
    u_char  *p;

    if (ngx_grip_utf8_valid(text->data, text->len)) {
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, 2 * text->len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    text->len = ngx_grip_fields_utf8(p, text) - p;
    text->data = p;

    return NGX_OK;
}


ngx_int_t
ngx_http_grip_api_gateway_open(ngx_http_grip_websocket_t *ws)
{
    ngx_int_t            rc;
    ngx_str_t            value;
    ngx_http_request_t  *r;

    u_char  text[NGX_TIME_T_LEN + sizeof("000")];

    r = ws->request;

    value.data = text;
    value.len = ngx_sprintf(text, "%T%03M", r->start_sec, r->start_msec)
                - text;

    rc = ngx_http_grip_api_gateway_remember(ws,
                              &ngx_http_grip_api_gateway_connected, &value);

    if (rc == NGX_OK) {
        rc = ngx_http_grip_api_gateway_authorizer(r, &value);
    }

    if (rc != NGX_OK || value.len == 0) {
        return rc;
    }

    return ngx_http_grip_api_gateway_remember(ws,
                             &ngx_http_grip_api_gateway_authorized, &value);
}


/*
 * Without it, later events would be somebody else's, or nobody's.  No rule has
 * set a meta yet, so there is room for it.
 */

static ngx_int_t
ngx_http_grip_api_gateway_remember(ngx_http_grip_websocket_t *ws,
    ngx_str_t *name, ngx_str_t *value)
{
    const char  *reason;

    reason = ngx_http_grip_meta_unusable(ws->request, name, value);

    if (reason == NULL) {
        return ngx_http_grip_meta_set(ws, name, value);
    }

    ngx_http_grip_notice(ws->request, NGX_LOG_ERR,
                         "grip: meta \"%V\" cannot be set: %s", name, reason);

    ngx_http_grip_event_fail(ws, NGX_HTTP_INTERNAL_SERVER_ERROR,
                             "internal error");

    return NGX_ABORT;
}


char *
ngx_http_grip_api_gateway(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_grip_loc_conf_t  *glcf = conf;

    ngx_str_t                    *value, rest;
    ngx_uint_t                    i, literal;
    ngx_http_grip_value_t       **to;
    ngx_http_grip_api_gateway_t  *api;

    if (glcf->api_gateway != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    api = ngx_pcalloc(cf->pool, sizeof(ngx_http_grip_api_gateway_t));
    if (api == NULL) {
        return NGX_CONF_ERROR;
    }

    glcf->api_gateway = api;
    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        if (ngx_http_grip_parameter(&value[i], "domain", &rest)) {
            to = &api->domain;

        } else if (ngx_http_grip_parameter(&value[i], "stage", &rest)) {
            to = &api->stage;

        } else if (ngx_http_grip_parameter(&value[i], "api", &rest)) {
            to = &api->api;

        } else {
            ngx_str_null(&rest);
        }

        if (rest.len == 0) {
            return ngx_http_grip_directive_invalid(cf, "parameter", &value[i]);
        }

        *to = ngx_http_grip_directive_value(cf, &rest, &literal);
        if (*to == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    return ngx_http_grip_directive_twice(cf, 1, NULL);
}
