
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#ifndef _NGX_HTTP_GRIP_VERIFY_METRICS_H_INCLUDED_
#define _NGX_HTTP_GRIP_VERIFY_METRICS_H_INCLUDED_


#include "request/ngx_http_grip.h"


/*
 * Makes the series of a location where somebody may ask for a verdict; they
 * are those of its server.  NGX_ERROR as for all series.
 */
ngx_int_t ngx_http_grip_verify_metrics(ngx_conf_t *cf,
    ngx_http_grip_loc_conf_t *conf);

/* counts the verdict that was just reached, where there are series of them */
void ngx_http_grip_verify_metrics_count(ngx_http_grip_loc_conf_t *glcf,
    ngx_http_grip_ctx_t *ctx);


#endif /* _NGX_HTTP_GRIP_VERIFY_METRICS_H_INCLUDED_ */
