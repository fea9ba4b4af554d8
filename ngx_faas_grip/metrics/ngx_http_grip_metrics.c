
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Series at configuration time, and what is more than an addition at run time.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_md5.h>

#include "metrics/ngx_http_grip_metrics_zone.h"
#include "text/ngx_grip_json.h"
#include "text/ngx_grip_line.h"
#include "text/ngx_grip_utf8.h"


static ngx_http_grip_zone_t *ngx_http_grip_metrics_next(ngx_cycle_t *cycle,
    ngx_http_grip_zone_t *zone);
static ngx_http_grip_metrics_list_t *ngx_http_grip_metrics_list(
    ngx_conf_t *cf, ngx_http_grip_metrics_t *metrics,
    ngx_http_grip_metrics_family_t *family);
static ngx_int_t ngx_http_grip_metrics_name(ngx_conf_t *cf,
    ngx_http_grip_metric_t *metric, ngx_http_grip_metrics_label_t *labels,
    ngx_uint_t nlabels);
static void ngx_http_grip_metrics_each(ngx_cycle_t *cycle,
    void (*handler)(ngx_http_grip_zone_t *zone));
static ngx_int_t ngx_http_grip_metrics_enlist(ngx_conf_t *cf,
    ngx_http_grip_zone_t *zone, ngx_http_grip_metric_t *metric);


const char  *ngx_http_grip_metrics_statuses[] = {
    "2xx", "3xx", "4xx", "5xx", "none", NULL
};


/* where series count that are not anybody's yet */

static ngx_atomic_t  ngx_http_grip_metrics_unused[NGX_HTTP_GRIP_METRICS_CELLS];


static ngx_msec_t  ngx_http_grip_metrics_bounds[] = {
    1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000
};


char *
ngx_http_grip_metrics_zone(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t                *value;
    ngx_http_grip_zone_t     *zone;
    ngx_http_grip_metrics_t  *metrics;

    value = cf->args->elts;

    zone = ngx_http_grip_zone_declare(cf, &value[1],
                                      &ngx_http_grip_metrics_zone_kind);
    if (zone == NULL) {
        return NGX_CONF_ERROR;
    }

    metrics = ngx_pcalloc(cf->pool, sizeof(ngx_http_grip_metrics_t));

    if (metrics == NULL
        || ngx_array_init(&metrics->families, cf->pool, 16,
                          sizeof(ngx_http_grip_metrics_list_t))
           != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    zone->data = metrics;

    return NGX_CONF_OK;
}


ngx_http_grip_zone_t *
ngx_http_grip_metrics_refer(ngx_conf_t *cf, ngx_str_t *name)
{
    return ngx_http_grip_zone_refer(cf, name, &ngx_http_grip_metrics_zone_kind);
}


ngx_http_grip_zone_t *
ngx_http_grip_metrics_only(ngx_conf_t *cf, u_char *file, ngx_uint_t line)
{
    ngx_http_grip_zone_t  *zone;

    zone = ngx_http_grip_metrics_next(cf->cycle, NULL);

    if (zone == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"grip_metrics\" needs \"grip_metrics_zone\" in %s:%ui",
                      file, line);
        return NULL;
    }

    if (ngx_http_grip_metrics_next(cf->cycle, zone)) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"grip_metrics\" needs the name of a zone, as there are "
                      "several, in %s:%ui", file, line);
        return NULL;
    }

    return zone;
}


ngx_uint_t
ngx_http_grip_metrics_used(ngx_conf_t *cf)
{
    return ngx_http_grip_metrics_next(cf->cycle, NULL) != NULL;
}


static ngx_http_grip_zone_t *
ngx_http_grip_metrics_next(ngx_cycle_t *cycle, ngx_http_grip_zone_t *zone)
{
    do {
        zone = ngx_http_grip_zone_next(cycle, zone);

    } while (zone && (zone->kind != &ngx_http_grip_metrics_zone_kind
                      || zone->data == NULL));

    return zone;
}


ngx_int_t
ngx_http_grip_metrics_series(ngx_conf_t *cf,
    ngx_http_grip_metrics_family_t *family,
    ngx_http_grip_metrics_label_t *labels, ngx_uint_t nlabels,
    const char *name, const char **values, ngx_http_grip_metric_t **series)
{
    ngx_uint_t                      i, n;
    ngx_http_grip_zone_t           *zone;
    ngx_http_grip_metric_t         *metric, *last;
    ngx_http_grip_metrics_label_t   all[NGX_HTTP_GRIP_METRICS_LABELS + 1];

    *series = NULL;
    last = NULL;

    for (n = 0; name && values[n]; n++) { /* void */ }

    ngx_memcpy(all, labels, nlabels * sizeof(ngx_http_grip_metrics_label_t));

    if (name) {
        all[nlabels++].name = name;

    } else {
        n = 1;
    }

    for (zone = ngx_http_grip_metrics_next(cf->cycle, NULL);
         zone;
         zone = ngx_http_grip_metrics_next(cf->cycle, zone))
    {
        metric = ngx_pcalloc(cf->pool, n * sizeof(ngx_http_grip_metric_t));
        if (metric == NULL) {
            return NGX_ERROR;
        }

        for (i = 0; i < n; i++) {

            if (name) {
                all[nlabels - 1].value.len = ngx_strlen(values[i]);
                all[nlabels - 1].value.data = (u_char *) values[i];
            }

            metric[i].cell = ngx_http_grip_metrics_unused;
            metric[i].family = family;

            if (ngx_http_grip_metrics_name(cf, &metric[i], all, nlabels)
                != NGX_OK
                || ngx_http_grip_metrics_enlist(cf, zone, &metric[i])
                   != NGX_OK)
            {
                return NGX_ERROR;
            }

            if (last) {
                last[i].next = &metric[i];
            }
        }

        if (last == NULL) {
            *series = metric;
        }

        last = metric;
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_grip_metrics_read(ngx_conf_t *cf,
    ngx_http_grip_metrics_family_t *family,
    ngx_http_grip_metrics_label_t *labels, ngx_uint_t nlabels,
    ngx_http_grip_metrics_read_pt read, void *data)
{
    ngx_http_grip_metric_t  *metric;

    if (ngx_http_grip_metrics_series(cf, family, labels, nlabels, NULL, NULL,
                                     &metric)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    for ( /* void */ ; metric; metric = metric->next) {
        metric->read = read;
        metric->data = data;
    }

    return NGX_OK;
}


/* writes both forms of the labels, and what the series is known by */

static ngx_int_t
ngx_http_grip_metrics_name(ngx_conf_t *cf, ngx_http_grip_metric_t *metric,
    ngx_http_grip_metrics_label_t *labels, ngx_uint_t nlabels)
{
    size_t      len, name;
    u_char     *p, *json, *text;
    ngx_md5_t   md5;
    ngx_str_t   value;
    ngx_uint_t  i;

    /* a byte becomes U+FFFD or an escape, six at most */

    len = 0;

    for (i = 0; i < nlabels; i++) {
        len += ngx_strlen(labels[i].name) + 6 * labels[i].value.len + 6;
    }

    p = ngx_pnalloc(cf->pool, 3 * len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    json = p + len;
    text = json + len;

    metric->labels.data = p;
    metric->json.data = json;

    for (i = 0; i < nlabels; i++) {

        value.data = text;
        value.len = ngx_grip_utf8_copy(text, len, &labels[i].value);
        ngx_grip_line_mask(&value, '?');

        if (i) {
            *p++ = ',';
            *json++ = ',';
        }

        name = ngx_strlen(labels[i].name);

        p = ngx_cpymem(p, labels[i].name, name);
        *p++ = '=';
        p = ngx_grip_line_quote(p, &value);

        json += ngx_grip_json_member(json, labels[i].name, &value);
    }

    metric->labels.len = p - metric->labels.data;
    metric->json.len = json - metric->json.data;

    ngx_md5_init(&md5);
    ngx_md5_update(&md5, metric->family->name,
                   ngx_strlen(metric->family->name));
    ngx_md5_update(&md5, "{", 1);
    ngx_md5_update(&md5, metric->labels.data, metric->labels.len);
    ngx_md5_final(metric->id, &md5);

    return NGX_OK;
}


/* a series that there is already counts in the cells of that */

static ngx_int_t
ngx_http_grip_metrics_enlist(ngx_conf_t *cf, ngx_http_grip_zone_t *zone,
    ngx_http_grip_metric_t *metric)
{
    ngx_uint_t                      i;
    ngx_http_grip_metric_t        **m;
    ngx_http_grip_metrics_t        *metrics;
    ngx_http_grip_metrics_list_t   *list;

    metrics = zone->data;

    list = ngx_http_grip_metrics_list(cf, metrics, metric->family);
    if (list == NULL) {
        return NGX_ERROR;
    }

    m = list->metrics.elts;

    for (i = 0; i < list->metrics.nelts; i++) {
        if (ngx_memcmp(m[i]->id, metric->id, sizeof(metric->id)) == 0) {
            break;
        }
    }

    if (i < list->metrics.nelts) {
        metric->same = m[i]->same;
        m[i]->same = metric;
        return NGX_OK;
    }

    /* a histogram is as many as are seen of it */

    metrics->nseries += ngx_http_grip_metrics_lines(metric->family);

    if (metrics->nseries > NGX_HTTP_GRIP_METRICS_MAX) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "zone \"%V\" has more than %d series of metrics: there "
                      "are too many locations and rules, in %s:%ui",
                      &zone->name, NGX_HTTP_GRIP_METRICS_MAX, zone->file,
                      zone->line);
        return NGX_ERROR;
    }

    m = ngx_array_push(&list->metrics);
    if (m == NULL) {
        return NGX_ERROR;
    }

    *m = metric;

    return NGX_OK;
}


static ngx_http_grip_metrics_list_t *
ngx_http_grip_metrics_list(ngx_conf_t *cf, ngx_http_grip_metrics_t *metrics,
    ngx_http_grip_metrics_family_t *family)
{
    ngx_uint_t                     i;
    ngx_http_grip_metrics_list_t  *list;

    list = metrics->families.elts;

    for (i = 0; i < metrics->families.nelts; i++) {
        if (list[i].family == family) {
            return &list[i];
        }
    }

    list = ngx_array_push(&metrics->families);

    if (list == NULL
        || ngx_array_init(&list->metrics, cf->pool, 8,
                          sizeof(ngx_http_grip_metric_t *))
           != NGX_OK)
    {
        return NULL;
    }

    list->family = family;

    return list;
}


void
ngx_http_grip_metrics_init_worker(ngx_cycle_t *cycle)
{
    ngx_http_grip_metrics_each(cycle, ngx_http_grip_metrics_zone_enter);
}


void
ngx_http_grip_metrics_exit_worker(ngx_cycle_t *cycle)
{
    ngx_http_grip_metrics_each(cycle, ngx_http_grip_metrics_zone_leave);
}


static void
ngx_http_grip_metrics_each(ngx_cycle_t *cycle,
    void (*handler)(ngx_http_grip_zone_t *zone))
{
    ngx_http_grip_zone_t  *zone;

    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
    {
        return;
    }

    for (zone = ngx_http_grip_metrics_next(cycle, NULL);
         zone;
         zone = ngx_http_grip_metrics_next(cycle, zone))
    {
        handler(zone);
    }
}


void
ngx_http_grip_metrics_happen(ngx_http_grip_metric_t *metric)
{
    ngx_time_t         *tp;
    ngx_atomic_uint_t   now;

    tp = ngx_timeofday();

    now = (ngx_atomic_uint_t) tp->sec * NGX_HTTP_GRIP_METRICS_TICKS
          + tp->msec * NGX_HTTP_GRIP_METRICS_TICKS / 1000;

    for ( /* void */ ; metric; metric = metric->next) {
        *metric->cell = now;
    }
}


ngx_int_t
ngx_http_grip_metrics_latest(ngx_http_grip_metric_t *series, ngx_uint_t n,
    ngx_uint_t *index, time_t *ago)
{
    time_t             sec;
    ngx_uint_t         i;
    ngx_atomic_uint_t  time, latest;

    latest = 0;

    for (i = 0; i < n; i++) {
        time = ngx_http_grip_metrics_zone_latest(&series[i]);

        if (time > latest) {
            latest = time;
            *index = i;
        }
    }

    if (latest == 0) {
        return NGX_DECLINED;
    }

    /* the clock may have been set back since */

    sec = (time_t) (latest / NGX_HTTP_GRIP_METRICS_TICKS);
    *ago = ngx_max(ngx_time() - sec, 0);

    return NGX_OK;
}


void
ngx_http_grip_metrics_observe(ngx_http_grip_metric_t *metric,
    ngx_msec_t duration)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_HTTP_GRIP_METRICS_BOUNDS; i++) {
        if (duration <= ngx_http_grip_metrics_bounds[i]) {
            break;
        }
    }

    for ( /* void */ ; metric; metric = metric->next) {
        (void) ngx_atomic_fetch_add(metric->cell + i, 1);
        (void) ngx_atomic_fetch_add(metric->cell
                                    + NGX_HTTP_GRIP_METRICS_BOUNDS + 1,
                                    duration);
    }
}
