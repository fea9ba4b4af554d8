
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include "request/ngx_http_grip_labels.h"
#include "request/ngx_http_grip_limit.h"


static ngx_http_grip_metrics_family_t  ngx_http_grip_limit_family = {
    "grip_refusals_total",
    "Refusals because of a limit.",
    NGX_HTTP_GRIP_METRICS_COUNTER
};

static const char  *ngx_http_grip_limit_names[] = {
    "max_events", "max_message_size", "max_send_size", "call_buffer_size",
    "queue_size", "answer", "control_message", "held_response", "item", NULL
};


ngx_int_t
ngx_http_grip_limit_merge(ngx_conf_t *cf, ngx_http_grip_loc_conf_t *conf)
{
    ngx_http_grip_metrics_label_t  labels[2];

    ngx_http_grip_labels(cf, labels);

    return ngx_http_grip_metrics_series(cf, &ngx_http_grip_limit_family,
                                        labels, NGX_HTTP_GRIP_LABELS_SERVER,
                                        "limit", ngx_http_grip_limit_names,
                                        &conf->metrics.limits);
}


void
ngx_http_grip_limit(ngx_http_request_t *r, ngx_uint_t limit)
{
    ngx_http_grip_loc_conf_t  *glcf;

    glcf = ngx_http_get_module_loc_conf(r->main, ngx_http_faas_grip_module);

    ngx_http_grip_metrics_count(glcf->metrics.limits, limit);
}
