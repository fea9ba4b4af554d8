
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include "function/ngx_http_grip_call_metrics.h"


static ngx_http_grip_metrics_family_t  ngx_http_grip_call_metrics_calls = {
    "grip_calls_total",
    "Calls of functions, by the class of the status of the answer.",
    NGX_HTTP_GRIP_METRICS_COUNTER
};

static ngx_http_grip_metrics_family_t  ngx_http_grip_call_metrics_duration = {
    "grip_call_duration_seconds",
    "Time from a call to its answer.",
    NGX_HTTP_GRIP_METRICS_HISTOGRAM
};


ngx_int_t
ngx_http_grip_call_metrics(ngx_conf_t *cf, ngx_str_t *uri,
    ngx_http_grip_call_metrics_t **metrics)
{
    u_char                         *p;
    ngx_http_grip_metrics_label_t   label;

    *metrics = NULL;

    if (!ngx_http_grip_metrics_used(cf)) {
        return NGX_OK;
    }

    *metrics = ngx_palloc(cf->pool, sizeof(ngx_http_grip_call_metrics_t));
    if (*metrics == NULL) {
        return NGX_ERROR;
    }

    label.name = "call";
    label.value = *uri;

    p = ngx_strlchr(uri->data, uri->data + uri->len, '?');
    if (p) {
        label.value.len = p - uri->data;
    }

    if (ngx_http_grip_metrics_series(cf, &ngx_http_grip_call_metrics_calls,
                                     &label, 1, "status",
                                     ngx_http_grip_metrics_statuses,
                                     &(*metrics)->calls)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_grip_metrics_series(cf,
                                        &ngx_http_grip_call_metrics_duration,
                                        &label, 1, NULL, NULL,
                                        &(*metrics)->duration);
}


void
ngx_http_grip_call_metrics_count(ngx_http_grip_call_t *call)
{
    ngx_uint_t  status;

    /* a part of an answer is none */

    status = call->error ? 0 : call->status;

    ngx_http_grip_metrics_count(call->metrics->calls,
                                ngx_http_grip_metrics_status(status));

    ngx_http_grip_metrics_observe(call->metrics->duration,
                                  ngx_current_msec - call->start);
}
