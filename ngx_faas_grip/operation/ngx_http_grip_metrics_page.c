
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include "metrics/ngx_http_grip_metrics_text.h"
#include "operation/ngx_http_grip_metrics_page.h"
#include "request/ngx_http_grip_content.h"
#include "request/ngx_http_grip_refusal.h"


static ngx_int_t ngx_http_grip_metrics_page_handler(ngx_http_request_t *r);


char *
ngx_http_grip_metrics_page(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_grip_loc_conf_t  *glcf = conf;

    ngx_str_t  *value;

    if (glcf->handler == ngx_http_grip_metrics_page_handler) {
        return "is duplicate";
    }

    if (cf->args->nelts == 2) {
        value = cf->args->elts;

        glcf->metrics_zone = ngx_http_grip_metrics_refer(cf, &value[1]);
        if (glcf->metrics_zone == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    return ngx_http_grip_content_handler(cf, glcf,
                                         ngx_http_grip_metrics_page_handler);
}


char *
ngx_http_grip_metrics_page_merge(ngx_conf_t *cf,
    ngx_http_grip_loc_conf_t *prev, ngx_http_grip_loc_conf_t *conf)
{
    if (conf->handler != ngx_http_grip_metrics_page_handler) {
        return NGX_CONF_OK;
    }

    if (conf->inherited) {
        conf->metrics_zone = prev->metrics_zone;

    } else if (conf->metrics_zone == NULL) {
        conf->metrics_zone = ngx_http_grip_metrics_only(cf, conf->handler_file,
                                                        conf->handler_line);
    }

    return conf->metrics_zone ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static ngx_int_t
ngx_http_grip_metrics_page_handler(ngx_http_request_t *r)
{
    ngx_int_t                  rc;
    ngx_str_t                 *type, text;
    ngx_uint_t                 json;
    ngx_http_grip_loc_conf_t  *glcf;

    static ngx_str_t  json_type = ngx_string("application/json");
    static ngx_str_t  text_type =
                        ngx_string("text/plain; version=0.0.4; charset=utf-8");

    if (ngx_http_grip_content_passed(r, NGX_HTTP_GRIP_REFUSAL_METRICS,
                                     "grip_metrics"))
    {
        return NGX_HTTP_FORBIDDEN;
    }

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return ngx_http_grip_content_not_allowed(r, "GET, HEAD");
    }

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);

    json = ngx_http_grip_content_json(r);
    type = json ? &json_type : &text_type;

    if (ngx_http_grip_metrics_text(r->pool, glcf->metrics_zone, json, &text)
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_grip_content_send(r, NGX_HTTP_OK, type, &text);
}
