
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include "publish/ngx_http_grip_publisher_metrics.h"


static ngx_http_grip_metrics_family_t  ngx_http_grip_publisher_metrics_items = {
    "grip_publish_items_total",
    "Items that were to be published, by the class of the status.",
    NGX_HTTP_GRIP_METRICS_COUNTER
};

static ngx_http_grip_metrics_family_t  ngx_http_grip_publisher_metrics_posts = {
    "grip_publish_posts_total",
    "POSTs to a proxy, of any number of items.",
    NGX_HTTP_GRIP_METRICS_COUNTER
};

static ngx_http_grip_metrics_family_t  ngx_http_grip_publisher_metrics_bytes = {
    "grip_publish_bytes_total",
    "Bytes of items that were to be published.",
    NGX_HTTP_GRIP_METRICS_COUNTER
};

static ngx_http_grip_metrics_family_t  ngx_http_grip_publisher_metrics_last = {
    "grip_publish_last_post_timestamp_seconds",
    "When the last POST ended, by the class of its status.",
    NGX_HTTP_GRIP_METRICS_LATEST
};

static ngx_http_grip_metrics_family_t  ngx_http_grip_publisher_metrics_time = {
    "grip_publish_duration_seconds",
    "Time from a POST to its answer.",
    NGX_HTTP_GRIP_METRICS_HISTOGRAM
};

static ngx_http_grip_metrics_family_t  ngx_http_grip_publisher_metrics_wait = {
    "grip_publish_queue_items",
    "Items that wait or are on their way.",
    NGX_HTTP_GRIP_METRICS_GAUGE
};


ngx_int_t
ngx_http_grip_publisher_metrics(ngx_conf_t *cf,
    ngx_http_grip_publisher_t *publisher)
{
    u_char                         *p, *metrics;
    ngx_str_t                      *name, *path;
    ngx_uint_t                      i;
    ngx_http_grip_metrics_label_t   label;

    static struct {
        ngx_http_grip_metrics_family_t  *family;
        const char                      *name;
        size_t                           offset;
    } all[] = {
        { &ngx_http_grip_publisher_metrics_items, "status",
          offsetof(ngx_http_grip_publisher_metrics_t, items) },
        { &ngx_http_grip_publisher_metrics_posts, "status",
          offsetof(ngx_http_grip_publisher_metrics_t, posts) },
        { &ngx_http_grip_publisher_metrics_bytes, "status",
          offsetof(ngx_http_grip_publisher_metrics_t, bytes) },
        { &ngx_http_grip_publisher_metrics_last, "status",
          offsetof(ngx_http_grip_publisher_metrics_t, latest) },
        { &ngx_http_grip_publisher_metrics_time, NULL,
          offsetof(ngx_http_grip_publisher_metrics_t, duration) },
        { &ngx_http_grip_publisher_metrics_wait, NULL,
          offsetof(ngx_http_grip_publisher_metrics_t, queue) },
        { NULL, NULL, 0 }
    };

    metrics = (u_char *) &publisher->metrics;

    name = &publisher->endpoint.url->name;
    path = &publisher->endpoint.path;

    label.name = "proxy";
    label.value.len = name->len + path->len - (sizeof("/publish/") - 1);
    label.value.data = ngx_pnalloc(cf->pool, name->len + path->len);
    if (label.value.data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_cpymem(label.value.data, name->data, name->len);
    ngx_memcpy(p, path->data, path->len);

    publisher->name = label.value;

    for (i = 0; all[i].family; i++) {
        if (ngx_http_grip_metrics_series(cf, all[i].family, &label, 1,
                                         all[i].name,
                                         ngx_http_grip_metrics_statuses,
                                         (ngx_http_grip_metric_t **)
                                             (metrics + all[i].offset))
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


void
ngx_http_grip_publisher_metrics_post(ngx_http_grip_publisher_t *publisher,
    ngx_http_grip_post_t *post)
{
    ngx_uint_t  i;

    i = ngx_http_grip_metrics_status(post->status);

    publisher->last_status = post->status;
    publisher->last = ngx_time();

    if (publisher->metrics.posts) {
        ngx_http_grip_metrics_add(&publisher->metrics.posts[i], 1);
        ngx_http_grip_metrics_happen(&publisher->metrics.latest[i]);
    }

    ngx_http_grip_metrics_observe(publisher->metrics.duration,
                                  ngx_current_msec - post->start);
}


void
ngx_http_grip_publisher_metrics_item(ngx_http_grip_publisher_t *publisher,
    ngx_http_grip_item_t *item, ngx_uint_t status)
{
    ngx_uint_t  i;

    i = ngx_http_grip_metrics_status(status);

    if (publisher->metrics.items) {
        ngx_http_grip_metrics_add(&publisher->metrics.items[i], 1);
        ngx_http_grip_metrics_add(&publisher->metrics.bytes[i], item->json.len);
    }
}


void
ngx_http_grip_publisher_metrics_queue(ngx_http_grip_publisher_t *publisher)
{
    ngx_uint_t  waiting;

    waiting = publisher->nqueued
              + (publisher->post ? publisher->post->nitems : 0);

    /* publishers of servers with settings of their own share the series */

    ngx_http_grip_metrics_add(publisher->metrics.queue,
                              waiting - publisher->metrics.waiting);

    publisher->metrics.waiting = waiting;
}
