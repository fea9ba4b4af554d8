
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include "operation/ngx_http_grip_requests.h"
#include "request/ngx_http_grip_labels.h"


static ngx_int_t ngx_http_grip_requests_log(ngx_http_request_t *r);
static ngx_atomic_uint_t ngx_http_grip_requests_zone_size(void *data);
static ngx_atomic_uint_t ngx_http_grip_requests_zone_used(void *data);


static ngx_http_grip_metrics_family_t  ngx_http_grip_requests_family = {
    "grip_requests_total",
    "Requests, by the directive that answers and the class of the status.",
    NGX_HTTP_GRIP_METRICS_COUNTER
};

static ngx_http_grip_metrics_family_t  ngx_http_grip_requests_bytes = {
    "grip_zone_bytes",
    "Bytes in use of a zone of shared memory.",
    NGX_HTTP_GRIP_METRICS_GAUGE
};

static ngx_http_grip_metrics_family_t  ngx_http_grip_requests_size = {
    "grip_zone_size_bytes",
    "Size of a zone of shared memory.",
    NGX_HTTP_GRIP_METRICS_GAUGE
};


ngx_int_t
ngx_http_grip_requests_merge(ngx_conf_t *cf, ngx_http_grip_loc_conf_t *conf)
{
    ngx_http_grip_metrics_label_t  labels[3];

    ngx_http_grip_labels(cf, labels);

    labels[2].name = "kind";
    ngx_str_set(&labels[2].value, "hold");

    /* by the directive, without "grip_" */

    if (conf->handler && ngx_strcmp(conf->handler_name, "grip_hold_body") != 0)
    {
        labels[2].value.data = (u_char *) conf->handler_name
                               + sizeof("grip_") - 1;
        labels[2].value.len = ngx_strlen(labels[2].value.data);
    }

    return ngx_http_grip_metrics_series(cf, &ngx_http_grip_requests_family,
                                        labels, 3, "status",
                                        ngx_http_grip_metrics_statuses,
                                        &conf->metrics.requests);
}


ngx_int_t
ngx_http_grip_requests_init(ngx_conf_t *cf)
{
    ngx_http_handler_pt            *h;
    ngx_http_grip_zone_t           *zone;
    ngx_http_core_main_conf_t      *cmcf;
    ngx_http_grip_metrics_label_t   label;

    if (!ngx_http_grip_metrics_used(cf)) {
        return NGX_OK;
    }

    label.name = "zone";

    for (zone = ngx_http_grip_zone_next(cf->cycle, NULL);
         zone;
         zone = ngx_http_grip_zone_next(cf->cycle, zone))
    {
        label.value = zone->name;

        if (ngx_http_grip_metrics_read(cf, &ngx_http_grip_requests_bytes,
                                       &label, 1,
                                       ngx_http_grip_requests_zone_used, zone)
            != NGX_OK
            || ngx_http_grip_metrics_read(cf, &ngx_http_grip_requests_size,
                                          &label, 1,
                                          ngx_http_grip_requests_zone_size,
                                          zone)
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_LOG_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_http_grip_requests_log;

    return NGX_OK;
}


static ngx_int_t
ngx_http_grip_requests_log(ngx_http_request_t *r)
{
    ngx_uint_t                 status;
    ngx_http_grip_loc_conf_t  *glcf;

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);

    if (glcf->metrics.requests == NULL || r != r->main) {
        return NGX_OK;
    }

    status = r->err_status ? r->err_status : r->headers_out.status;

    ngx_http_grip_metrics_count(glcf->metrics.requests,
                                ngx_http_grip_metrics_status(status));

    return NGX_OK;
}


static ngx_atomic_uint_t
ngx_http_grip_requests_zone_used(void *data)
{
    return ngx_http_grip_zone_used(data);
}


static ngx_atomic_uint_t
ngx_http_grip_requests_zone_size(void *data)
{
    ngx_http_grip_zone_t *zone = data;

    return zone->shm->shm.size;
}
