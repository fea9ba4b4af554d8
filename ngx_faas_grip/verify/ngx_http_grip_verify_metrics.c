
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Verdicts about signatures, counted.
 */


#include "request/ngx_http_grip_labels.h"
#include "verify/ngx_http_grip_verify_metrics.h"


static ngx_http_grip_metrics_family_t  ngx_http_grip_verify_metrics_family = {
    "grip_signatures_total",
    "Requests by the verdict about their Grip-Sig, and why it failed.",
    NGX_HTTP_GRIP_METRICS_COUNTER
};


static const char  *ngx_http_grip_verify_metrics_verdicts[] = {
    "success", "none", NULL
};


/* as the log has them; the last is what is none of these */

static const char  *ngx_http_grip_verify_metrics_reasons[] = {
    "expired",
    "not yet valid",
    "no expiry",
    "issuer mismatch",
    "no issuer",
    "signature mismatch",
    "algorithm mismatch",
    "no key",
    "malformed",
    NULL
};


ngx_int_t
ngx_http_grip_verify_metrics(ngx_conf_t *cf, ngx_http_grip_loc_conf_t *conf)
{
    ngx_http_grip_metrics_label_t  labels[2];

    ngx_http_grip_labels(cf, labels);

    labels[1].name = "reason";
    ngx_str_set(&labels[1].value, "");

    if (ngx_http_grip_metrics_series(cf, &ngx_http_grip_verify_metrics_family,
                                     labels, 2, "verdict",
                                     ngx_http_grip_verify_metrics_verdicts,
                                     &conf->metrics.verdicts)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    labels[1].name = "verdict";
    ngx_str_set(&labels[1].value, "failed");

    return ngx_http_grip_metrics_series(cf,
                                        &ngx_http_grip_verify_metrics_family,
                                        labels, 2, "reason",
                                        ngx_http_grip_verify_metrics_reasons,
                                        &conf->metrics.failures);
}


void
ngx_http_grip_verify_metrics_count(ngx_http_grip_loc_conf_t *glcf,
    ngx_http_grip_ctx_t *ctx)
{
    ngx_uint_t  i;

    if (ctx->verdict != NGX_HTTP_GRIP_VERDICT_FAILED) {
        i = (ctx->verdict == NGX_HTTP_GRIP_VERDICT_NONE);
        ngx_http_grip_metrics_add(&glcf->metrics.verdicts[i], 1);
        return;
    }

    for (i = 0; ngx_http_grip_verify_metrics_reasons[i + 1]; i++) {
        if (ngx_strcmp(ctx->reason, ngx_http_grip_verify_metrics_reasons[i])
            == 0)
        {
            break;
        }
    }

    ngx_http_grip_metrics_add(&glcf->metrics.failures[i], 1);
}
