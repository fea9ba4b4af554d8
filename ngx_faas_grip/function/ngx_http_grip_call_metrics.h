
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Calls of functions, counted by the location that the configuration names.
 */


#ifndef _NGX_HTTP_GRIP_CALL_METRICS_H_INCLUDED_
#define _NGX_HTTP_GRIP_CALL_METRICS_H_INCLUDED_


#include "function/ngx_http_grip_call.h"


/*
 * Makes the series of a URI as it is written in the configuration, of which
 * the query is left out; NULL in *metrics: nothing is counted.  NGX_ERROR as
 * for all series.
 */
ngx_int_t ngx_http_grip_call_metrics(ngx_conf_t *cf, ngx_str_t *uri,
    ngx_http_grip_call_metrics_t **metrics);

/* a call that is over */
void ngx_http_grip_call_metrics_count(ngx_http_grip_call_t *call);


#endif /* _NGX_HTTP_GRIP_CALL_METRICS_H_INCLUDED_ */
