
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Metrics, written.
 */


#ifndef _NGX_HTTP_GRIP_METRICS_TEXT_H_INCLUDED_
#define _NGX_HTTP_GRIP_METRICS_TEXT_H_INCLUDED_


#include "metrics/ngx_http_grip_metrics.h"


/*
 * All series of a zone, in memory of the pool: in the text format of
 * Prometheus, or as a JSON object of arrays, one for each family.  NGX_ERROR:
 * memory is out.
 */
ngx_int_t ngx_http_grip_metrics_text(ngx_pool_t *pool,
    ngx_http_grip_zone_t *zone, ngx_uint_t json, ngx_str_t *text);


#endif /* _NGX_HTTP_GRIP_METRICS_TEXT_H_INCLUDED_ */
