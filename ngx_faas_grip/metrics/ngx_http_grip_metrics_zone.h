
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The memory of series.
 */


#ifndef _NGX_HTTP_GRIP_METRICS_ZONE_H_INCLUDED_
#define _NGX_HTTP_GRIP_METRICS_ZONE_H_INCLUDED_


#include "metrics/ngx_http_grip_metrics.h"


/* what a zone has of a series */

typedef struct ngx_http_grip_metrics_record_s {
    u_char                           id[16];
    ngx_uint_t                       generation; /* that last had it */
    ngx_uint_t                       ncells;
    ngx_uint_t                       stride;     /* from slot to slot */
    ngx_atomic_t                    *cells;
} ngx_http_grip_metrics_record_t;


/* the series of one family, in the order in which they were made */

typedef struct {
    ngx_http_grip_metrics_family_t  *family;
    ngx_array_t                      metrics;    /* ..._metric_t * */
} ngx_http_grip_metrics_list_t;


/* zone->data */

typedef struct {
    ngx_array_t                      families;   /* ..._list_t */
    ngx_uint_t                       nseries;
    ngx_uint_t                       slot;       /* of this worker */
} ngx_http_grip_metrics_t;


extern ngx_http_grip_zone_kind_t  ngx_http_grip_metrics_zone_kind;


#define ngx_http_grip_metrics_zone_cells(family)                             \
    ((family)->type == NGX_HTTP_GRIP_METRICS_HISTOGRAM                       \
     ? NGX_HTTP_GRIP_METRICS_CELLS : 1)

/* what Prometheus sees of it: the sum and the number, too */
#define ngx_http_grip_metrics_lines(family)                                  \
    ((family)->type == NGX_HTTP_GRIP_METRICS_HISTOGRAM                       \
     ? NGX_HTTP_GRIP_METRICS_BOUNDS + 3 : 1)

/* gives this worker a slot of its own, and its series their cells in it */
void ngx_http_grip_metrics_zone_enter(ngx_http_grip_zone_t *zone);
void ngx_http_grip_metrics_zone_leave(ngx_http_grip_zone_t *zone);

/* adds up the cells of a series: those of all slots, of a gauge those alive */
void ngx_http_grip_metrics_zone_sum(ngx_http_grip_zone_t *zone,
    ngx_http_grip_metric_t *metric, ngx_atomic_uint_t *sums);

/* the greatest of the cells of a series of times, of all slots */
ngx_atomic_uint_t ngx_http_grip_metrics_zone_latest(
    ngx_http_grip_metric_t *metric);


#endif /* _NGX_HTTP_GRIP_METRICS_ZONE_H_INCLUDED_ */
