
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Metrics.  Series are made when the configuration is read, one for each
 * combination of labels; a request only ever adds to those there are.  Without
 * "grip_metrics_zone" there are none, and their pointers are NULL.
 *
 * To count something new: a family, ngx_http_grip_metrics_series() where the
 * configuration is merged, ngx_http_grip_metrics_count() where it happens.
 */


#ifndef _NGX_HTTP_GRIP_METRICS_H_INCLUDED_
#define _NGX_HTTP_GRIP_METRICS_H_INCLUDED_


#include "zone/ngx_http_grip_zone.h"


#define NGX_HTTP_GRIP_METRICS_COUNTER    0
#define NGX_HTTP_GRIP_METRICS_GAUGE      1       /* of each worker, added up */
#define NGX_HTTP_GRIP_METRICS_HISTOGRAM  2       /* of milliseconds */
#define NGX_HTTP_GRIP_METRICS_LATEST     3       /* when it happened last */

/* of a second, in which that is kept: since 1970 they must fit into a cell */
#if (NGX_PTR_SIZE == 8)
#define NGX_HTTP_GRIP_METRICS_TICKS      1000
#else
#define NGX_HTTP_GRIP_METRICS_TICKS      1
#endif

#define NGX_HTTP_GRIP_METRICS_BOUNDS     13

/* of a histogram: one for each bound, one beyond them, the sum */
#define NGX_HTTP_GRIP_METRICS_CELLS      (NGX_HTTP_GRIP_METRICS_BOUNDS + 2)

/* workers that have counters of their own; more of them share */
#define NGX_HTTP_GRIP_METRICS_SLOTS      64

#define NGX_HTTP_GRIP_METRICS_LABELS     4

#define NGX_HTTP_GRIP_METRICS_MAX        2000    /* series of a zone */


typedef struct ngx_http_grip_metric_s  ngx_http_grip_metric_t;

typedef ngx_atomic_uint_t (*ngx_http_grip_metrics_read_pt)(void *data);


typedef struct {
    const char                      *name;       /* with its unit, and "_total"
                                                    if it is a counter */
    const char                      *help;
    ngx_uint_t                       type;
} ngx_http_grip_metrics_family_t;


typedef struct {
    const char                      *name;
    ngx_str_t                        value;      /* any bytes */
} ngx_http_grip_metrics_label_t;


struct ngx_http_grip_metric_s {
    ngx_atomic_t                    *cell;       /* of this worker */
    ngx_http_grip_metric_t          *next;       /* in another zone */
    ngx_http_grip_metric_t          *same;       /* of the same labels */

    ngx_http_grip_metrics_read_pt    read;       /* or NULL: it is counted */
    void                            *data;

    struct ngx_http_grip_metrics_record_s  *record;
    u_char                           id[16];     /* of family and labels */
    ngx_http_grip_metrics_family_t  *family;
    ngx_str_t                        labels;     /* name="value",... */
    ngx_str_t                        json;       /* "name":"value",... */
};


/* "grip_metrics_zone" */
char *ngx_http_grip_metrics_zone(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/*
 * The zone of a name, which may be declared later, or of none: the only one,
 * or NULL, which is logged at emerg, once all directives are read.
 */
ngx_http_grip_zone_t *ngx_http_grip_metrics_refer(ngx_conf_t *cf,
    ngx_str_t *name);
ngx_http_grip_zone_t *ngx_http_grip_metrics_only(ngx_conf_t *cf, u_char *file,
    ngx_uint_t line);

/* whether anything is counted; known when all directives were read */
ngx_uint_t ngx_http_grip_metrics_used(ngx_conf_t *cf);

/*
 * Makes the series of a family with those labels: one, if name is NULL, or one
 * for each value of the label of that name, which has the index of the value;
 * NULL ends the values.  Sets *series to the first of them, to NULL if nothing
 * is counted.  Series of the same labels are one.  For merging and for
 * postconfiguration.  NGX_ERROR: memory is out, or there are too many, which is
 * logged.
 */
ngx_int_t ngx_http_grip_metrics_series(ngx_conf_t *cf,
    ngx_http_grip_metrics_family_t *family,
    ngx_http_grip_metrics_label_t *labels, ngx_uint_t nlabels,
    const char *name, const char **values, ngx_http_grip_metric_t **series);

/* the same for one value that is read when somebody asks for it */
ngx_int_t ngx_http_grip_metrics_read(ngx_conf_t *cf,
    ngx_http_grip_metrics_family_t *family,
    ngx_http_grip_metrics_label_t *labels, ngx_uint_t nlabels,
    ngx_http_grip_metrics_read_pt read, void *data);

/* when a worker starts, and when it ends */
void ngx_http_grip_metrics_init_worker(ngx_cycle_t *cycle);
void ngx_http_grip_metrics_exit_worker(ngx_cycle_t *cycle);

/* a duration in milliseconds, of a histogram */
void ngx_http_grip_metrics_observe(ngx_http_grip_metric_t *metric,
    ngx_msec_t duration);

/* that it happens now, of a series of times */
void ngx_http_grip_metrics_happen(ngx_http_grip_metric_t *metric);

/*
 * Which of n series of times has the latest one, of all workers, and sets *ago
 * to the seconds since.  NGX_DECLINED: none has any.
 */
ngx_int_t ngx_http_grip_metrics_latest(ngx_http_grip_metric_t *series,
    ngx_uint_t n, ngx_uint_t *index, time_t *ago);


/* a gauge becomes less by what is negative */

static ngx_inline void
ngx_http_grip_metrics_add(ngx_http_grip_metric_t *metric, ngx_uint_t n)
{
    for ( /* void */ ; metric; metric = metric->next) {
        (void) ngx_atomic_fetch_add(metric->cell, n);
    }
}


/* one more of the series of that index, if there are any */

#define ngx_http_grip_metrics_count(series, index)                           \
    if (series) {                                                            \
        ngx_http_grip_metrics_add(&(series)[index], 1);                      \
    }


/* the label "status", by class, for statuses and 0: there was none */

extern const char  *ngx_http_grip_metrics_statuses[];

#define NGX_HTTP_GRIP_METRICS_STATUSES   5

#define ngx_http_grip_metrics_status(status)                                 \
    ((status) >= 200 && (status) < 600 ? (status) / 100 - 2 : 4)


#endif /* _NGX_HTTP_GRIP_METRICS_H_INCLUDED_ */
