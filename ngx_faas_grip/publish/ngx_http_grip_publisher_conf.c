
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The publishers of a server.
 */


#include "publish/ngx_http_grip_missed.h"
#include "publish/ngx_http_grip_publisher_metrics.h"


static char *ngx_http_grip_publisher_create_all(ngx_conf_t *cf,
    ngx_http_grip_srv_conf_t *conf);
static ngx_http_grip_publisher_t *ngx_http_grip_publisher_create(
    ngx_conf_t *cf, ngx_http_grip_srv_conf_t *conf, ngx_http_grip_url_t *url);


char *
ngx_http_grip_publisher_conf_merge(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_grip_srv_conf_t *prev = parent;
    ngx_http_grip_srv_conf_t *conf = child;

    ngx_uint_t  own;

    if (ngx_http_grip_proxy_merge(cf, prev, conf, &own) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    if (conf->urls == NULL) {
        return NGX_CONF_OK;
    }

    if (own) {
        return ngx_http_grip_publisher_create_all(cf, conf);
    }

    if (prev->publishers == NULL
        && ngx_http_grip_publisher_create_all(cf, prev) != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    conf->publishers = prev->publishers;

    return NGX_CONF_OK;
}


static char *
ngx_http_grip_publisher_create_all(ngx_conf_t *cf,
    ngx_http_grip_srv_conf_t *conf)
{
    ngx_uint_t                   i;
    ngx_http_grip_url_t         *url;
    ngx_http_grip_publisher_t  **publisher;

    conf->publishers = ngx_array_create(cf->pool, conf->urls->nelts,
                                        sizeof(ngx_http_grip_publisher_t *));
    if (conf->publishers == NULL) {
        return NGX_CONF_ERROR;
    }

    url = conf->urls->elts;

    for (i = 0; i < conf->urls->nelts; i++) {

        publisher = ngx_array_push(conf->publishers);
        if (publisher == NULL) {
            return NGX_CONF_ERROR;
        }

        *publisher = ngx_http_grip_publisher_create(cf, conf, &url[i]);
        if (*publisher == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


static ngx_http_grip_publisher_t *
ngx_http_grip_publisher_create(ngx_conf_t *cf,
    ngx_http_grip_srv_conf_t *conf, ngx_http_grip_url_t *url)
{
    ngx_http_grip_publisher_t  *publisher;

    publisher = ngx_pcalloc(cf->pool, sizeof(ngx_http_grip_publisher_t));
    if (publisher == NULL) {
        return NULL;
    }

    publisher->max_size = conf->queue_size;
    publisher->max_items = NGX_HTTP_GRIP_BATCH_ITEMS_MAX;

    ngx_queue_init(&publisher->queue);

    if (ngx_http_grip_missed_init(publisher, cf->pool) != NGX_OK) {
        return NULL;
    }

    publisher->event.handler = ngx_http_grip_publisher_handler;
    publisher->event.data = publisher;
    publisher->event.log = &cf->cycle->new_log;

    if (ngx_http_grip_endpoint_init(cf, &publisher->endpoint, conf, url)
        != NGX_OK)
    {
        return NULL;
    }

    if (ngx_http_grip_publisher_metrics(cf, publisher) != NGX_OK) {
        return NULL;
    }

    return publisher;
}


void
ngx_http_grip_publisher_conf_check(ngx_conf_t *cf,
    ngx_http_grip_loc_conf_t *conf)
{
    ngx_http_grip_srv_conf_t  *gscf;

    gscf = ngx_http_conf_get_module_srv_conf(cf, ngx_http_faas_grip_module);

    if (gscf->publishers == NULL) {
        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "there is no \"grip_url\" for \"%s\" in %s:%ui",
                      conf->handler_name, conf->handler_file,
                      conf->handler_line);
    }
}
