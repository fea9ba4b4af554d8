
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include "metrics/ngx_http_grip_metrics_text.h"
#include "metrics/ngx_http_grip_metrics_zone.h"


/* of a line, beyond its name and labels: braces, a bound, a number */
#define NGX_HTTP_GRIP_METRICS_LINE     64


static size_t ngx_http_grip_metrics_text_size(
    ngx_http_grip_metrics_list_t *list);
static u_char *ngx_http_grip_metrics_text_family(u_char *p,
    ngx_http_grip_zone_t *zone, ngx_http_grip_metrics_list_t *list);
static u_char *ngx_http_grip_metrics_text_histogram(u_char *p,
    ngx_http_grip_metric_t *metric, ngx_atomic_uint_t *sums);
static u_char *ngx_http_grip_metrics_text_value(u_char *p,
    ngx_http_grip_metric_t *metric, ngx_atomic_uint_t value);
static u_char *ngx_http_grip_metrics_text_json(u_char *p,
    ngx_http_grip_zone_t *zone, ngx_http_grip_metrics_list_t *list);
static u_char *ngx_http_grip_metrics_text_json_histogram(u_char *p,
    ngx_atomic_uint_t *sums);


static const char  *ngx_http_grip_metrics_text_bounds[] = {
    "0.001", "0.0025", "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5",
    "1", "2.5", "5", "10", "+Inf"
};


ngx_int_t
ngx_http_grip_metrics_text(ngx_pool_t *pool, ngx_http_grip_zone_t *zone,
    ngx_uint_t json, ngx_str_t *text)
{
    size_t                         size;
    u_char                        *p;
    ngx_uint_t                     i;
    ngx_http_grip_metrics_t       *metrics;
    ngx_http_grip_metrics_list_t  *list;

    metrics = zone->data;
    list = metrics->families.elts;

    size = sizeof("{\n}\n");

    for (i = 0; i < metrics->families.nelts; i++) {
        size += ngx_http_grip_metrics_text_size(&list[i]);
    }

    p = ngx_pnalloc(pool, size);
    if (p == NULL) {
        return NGX_ERROR;
    }

    text->data = p;

    if (!json) {

        for (i = 0; i < metrics->families.nelts; i++) {
            p = ngx_http_grip_metrics_text_family(p, zone, &list[i]);
        }

        text->len = p - text->data;

        return NGX_OK;
    }

    *p++ = '{';

    for (i = 0; i < metrics->families.nelts; i++) {

        if (i) {
            *p++ = ',';
        }

        p = ngx_http_grip_metrics_text_json(p, zone, &list[i]);
    }

    *p++ = '}';
    *p++ = LF;

    text->len = p - text->data;

    return NGX_OK;
}


/* whichever format is longer */

static size_t
ngx_http_grip_metrics_text_size(ngx_http_grip_metrics_list_t *list)
{
    size_t                    size, name;
    ngx_uint_t                i, lines;
    ngx_http_grip_metric_t  **metric;

    name = ngx_strlen(list->family->name);
    metric = list->metrics.elts;

    lines = ngx_http_grip_metrics_lines(list->family);

    size = sizeof("# HELP  \n# TYPE  histogram\n") + 2 * name
           + ngx_strlen(list->family->help);

    for (i = 0; i < list->metrics.nelts; i++) {
        size += lines * (name + metric[i]->labels.len + metric[i]->json.len
                         + NGX_HTTP_GRIP_METRICS_LINE + NGX_ATOMIC_T_LEN);
    }

    return size;
}


static u_char *
ngx_http_grip_metrics_text_family(u_char *p, ngx_http_grip_zone_t *zone,
    ngx_http_grip_metrics_list_t *list)
{
    ngx_uint_t                 i;
    ngx_atomic_uint_t          sums[NGX_HTTP_GRIP_METRICS_CELLS];
    ngx_http_grip_metric_t   **metric;

    static const char  *types[] = { "counter", "gauge", "histogram", "gauge" };

    p = ngx_sprintf(p, "# HELP %s %s\n# TYPE %s %s\n", list->family->name,
                    list->family->help, list->family->name,
                    types[list->family->type]);

    metric = list->metrics.elts;

    for (i = 0; i < list->metrics.nelts; i++) {

        ngx_http_grip_metrics_zone_sum(zone, metric[i], sums);

        if (list->family->type == NGX_HTTP_GRIP_METRICS_HISTOGRAM) {
            p = ngx_http_grip_metrics_text_histogram(p, metric[i], sums);
            continue;
        }

        p = ngx_sprintf(p, "%s%s%V%s ", list->family->name,
                        metric[i]->labels.len ? "{" : "", &metric[i]->labels,
                        metric[i]->labels.len ? "}" : "");
        p = ngx_http_grip_metrics_text_value(p, metric[i], sums[0]);
        *p++ = LF;
    }

    return p;
}


/* times are in seconds */

static u_char *
ngx_http_grip_metrics_text_value(u_char *p, ngx_http_grip_metric_t *metric,
    ngx_atomic_uint_t value)
{
    if (metric->family->type != NGX_HTTP_GRIP_METRICS_LATEST) {
        return ngx_sprintf(p, "%uA", value);
    }

#if (NGX_PTR_SIZE == 8)
    return ngx_sprintf(p, "%uA.%03uA", value / NGX_HTTP_GRIP_METRICS_TICKS,
                       value % NGX_HTTP_GRIP_METRICS_TICKS);
#else
    return ngx_sprintf(p, "%uA", value);
#endif
}


static u_char *
ngx_http_grip_metrics_text_histogram(u_char *p, ngx_http_grip_metric_t *metric,
    ngx_atomic_uint_t *sums)
{
    const char         *name, *comma;
    ngx_str_t          *labels;
    ngx_uint_t          i;
    ngx_atomic_uint_t   n, sum;

    name = metric->family->name;
    labels = &metric->labels;
    comma = labels->len ? "," : "";

    n = 0;

    for (i = 0; i <= NGX_HTTP_GRIP_METRICS_BOUNDS; i++) {
        n += sums[i];

        p = ngx_sprintf(p, "%s_bucket{%V%sle=\"%s\"} %uA\n", name, labels,
                        comma, ngx_http_grip_metrics_text_bounds[i], n);
    }

    sum = sums[NGX_HTTP_GRIP_METRICS_BOUNDS + 1];

    p = ngx_sprintf(p, "%s_sum{%V} %uA.%03uA\n", name, labels, sum / 1000,
                    sum % 1000);

    return ngx_sprintf(p, "%s_count{%V} %uA\n", name, labels, n);
}


static u_char *
ngx_http_grip_metrics_text_json(u_char *p, ngx_http_grip_zone_t *zone,
    ngx_http_grip_metrics_list_t *list)
{
    ngx_uint_t                i;
    ngx_atomic_uint_t         sums[NGX_HTTP_GRIP_METRICS_CELLS];
    ngx_http_grip_metric_t  **metric;

    p = ngx_sprintf(p, "\n\"%s\":[", list->family->name);

    metric = list->metrics.elts;

    for (i = 0; i < list->metrics.nelts; i++) {

        ngx_http_grip_metrics_zone_sum(zone, metric[i], sums);

        p = ngx_sprintf(p, "%s\n{\"labels\":{%V},", i ? "," : "",
                        &metric[i]->json);

        if (list->family->type == NGX_HTTP_GRIP_METRICS_HISTOGRAM) {
            p = ngx_http_grip_metrics_text_json_histogram(p, sums);

        } else {
            p = ngx_cpymem(p, "\"value\":", sizeof("\"value\":") - 1);
            p = ngx_http_grip_metrics_text_value(p, metric[i], sums[0]);
            *p++ = '}';
        }
    }

    *p++ = ']';

    return p;
}


static u_char *
ngx_http_grip_metrics_text_json_histogram(u_char *p, ngx_atomic_uint_t *sums)
{
    ngx_uint_t         i;
    ngx_atomic_uint_t  n, sum;

    p = ngx_cpymem(p, "\"buckets\":{", sizeof("\"buckets\":{") - 1);

    n = 0;

    for (i = 0; i <= NGX_HTTP_GRIP_METRICS_BOUNDS; i++) {
        n += sums[i];

        p = ngx_sprintf(p, "%s\"%s\":%uA", i ? "," : "",
                        ngx_http_grip_metrics_text_bounds[i], n);
    }

    sum = sums[NGX_HTTP_GRIP_METRICS_BOUNDS + 1];

    return ngx_sprintf(p, "},\"sum\":%uA.%03uA,\"count\":%uA}", sum / 1000,
                       sum % 1000, n);
}
