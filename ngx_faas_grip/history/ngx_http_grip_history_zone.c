
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The zones of histories, at configuration time and as they begin.
 */


#include "history/ngx_http_grip_history.h"
#include "metrics/ngx_http_grip_metrics.h"
#include "request/ngx_http_grip_directive.h"

#include <openssl/rand.h>


/* what is asked of a zone when its metrics are read */

typedef struct {
    ngx_http_grip_zone_t  *zone;
    size_t                 offset;           /* of the number in the store */
} ngx_http_grip_history_zone_number_t;


static ngx_int_t ngx_http_grip_history_zone_create(ngx_http_grip_zone_t *zone,
    void **root);
static char *ngx_http_grip_history_zone_parameter(ngx_conf_t *cf,
    ngx_grip_history_limits_t *limits, ngx_str_t *param);
static char *ngx_http_grip_history_zone_number(ngx_conf_t *cf,
    ngx_str_t *param, ngx_str_t *text, ngx_uint_t *number);
static ngx_atomic_uint_t ngx_http_grip_history_zone_count(void *data);


static ngx_http_grip_zone_kind_t  ngx_http_grip_history_kind = {
    2 * NGX_GRIP_HISTORY_MIN,
    ngx_http_grip_history_zone_create,
    NULL
};

static ngx_http_grip_metrics_family_t  ngx_http_grip_history_zone_channels = {
    "grip_history_channels",
    "Channels in a history.",
    NGX_HTTP_GRIP_METRICS_GAUGE
};

static ngx_http_grip_metrics_family_t  ngx_http_grip_history_zone_items = {
    "grip_history_items",
    "Items in a history.",
    NGX_HTTP_GRIP_METRICS_GAUGE
};

static ngx_http_grip_metrics_family_t  ngx_http_grip_history_zone_bytes = {
    "grip_history_bytes",
    "Bytes of the contents of these items.",
    NGX_HTTP_GRIP_METRICS_GAUGE
};

static ngx_http_grip_metrics_family_t  ngx_http_grip_history_zone_evicted = {
    "grip_history_evictions_total",
    "Items dropped before their limits, for lack of memory.",
    NGX_HTTP_GRIP_METRICS_COUNTER
};

static ngx_http_grip_metrics_family_t  ngx_http_grip_history_zone_resumes = {
    "grip_history_resumes_total",
    "Requests with a position, of clients and of links.",
    NGX_HTTP_GRIP_METRICS_COUNTER
};

static ngx_http_grip_metrics_family_t  ngx_http_grip_history_zone_lost = {
    "grip_history_lost_total",
    "Requests with a position after which items are missing.",
    NGX_HTTP_GRIP_METRICS_COUNTER
};


char *
ngx_http_grip_history_zone(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    char                       *rv;
    ngx_str_t                  *value;
    ngx_uint_t                  i, max;
    ngx_http_grip_zone_t       *zone;
    ngx_grip_history_limits_t  *limits;

    value = cf->args->elts;

    zone = ngx_http_grip_zone_declare(cf, &value[1],
                                      &ngx_http_grip_history_kind);
    if (zone == NULL) {
        return NGX_CONF_ERROR;
    }

    limits = ngx_pcalloc(cf->pool, sizeof(ngx_grip_history_limits_t));
    if (limits == NULL) {
        return NGX_CONF_ERROR;
    }

    limits->items = 1000;
    limits->bytes = 1024 * 1024;

    for (i = 2; i < cf->args->nelts; i++) {
        rv = ngx_http_grip_history_zone_parameter(cf, limits, &value[i]);
        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    max = ngx_grip_history_store_channels(zone->shm->shm.size);

    if (limits->channels > max) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "a zone of that size can have %ui channels", max);
        return NGX_CONF_ERROR;
    }

    zone->data = limits;

    return ngx_http_grip_directive_twice(cf, 2, NULL);
}


static char *
ngx_http_grip_history_zone_parameter(ngx_conf_t *cf,
    ngx_grip_history_limits_t *limits, ngx_str_t *param)
{
    time_t      ttl;
    ssize_t     bytes;
    ngx_str_t   rest;

    if (ngx_http_grip_parameter(param, "items", &rest)) {
        return ngx_http_grip_history_zone_number(cf, param, &rest,
                                                 &limits->items);
    }

    if (ngx_http_grip_parameter(param, "channels", &rest)) {
        return ngx_http_grip_history_zone_number(cf, param, &rest,
                                                 &limits->channels);
    }

    if (ngx_http_grip_parameter(param, "bytes", &rest)) {
        bytes = ngx_parse_size(&rest);

        /* an eighth of it is what an item may have */

        if (bytes >= 1024 && bytes <= NGX_MAX_INT32_VALUE) {
            limits->bytes = bytes;
            return NGX_CONF_OK;
        }

    } else if (ngx_http_grip_parameter(param, "ttl", &rest)) {
        ttl = ngx_parse_time(&rest, 1);

        if (ttl > 0 && ttl <= NGX_MAX_INT32_VALUE / 2) {
            limits->ttl = (uint32_t) ttl;
            return NGX_CONF_OK;
        }
    }

    return ngx_http_grip_directive_invalid(cf, "parameter", param);
}


static char *
ngx_http_grip_history_zone_number(ngx_conf_t *cf, ngx_str_t *param,
    ngx_str_t *text, ngx_uint_t *number)
{
    ngx_int_t  n;

    n = ngx_atoi(text->data, text->len);

    if (n == NGX_ERROR || n == 0 || n > NGX_MAX_INT32_VALUE) {
        return ngx_http_grip_directive_invalid(cf, "parameter", param);
    }

    *number = n;

    return NGX_CONF_OK;
}


char *
ngx_http_grip_history_set(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_grip_loc_conf_t  *glcf = conf;

    ngx_str_t  *value;

    if (glcf->history != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "off") == 0) {
        glcf->history = NULL;
        return NGX_CONF_OK;
    }

    glcf->history = ngx_http_grip_zone_refer(cf, &value[1],
                                             &ngx_http_grip_history_kind);

    return glcf->history ? NGX_CONF_OK : NGX_CONF_ERROR;
}


/* all of the memory is one piece, whose head alone is touched */

static ngx_int_t
ngx_http_grip_history_zone_create(ngx_http_grip_zone_t *zone, void **root)
{
    void                      *data;
    size_t                     size;
    ngx_grip_history_store_t  *store;

    struct {
        uint32_t               life;
        uint32_t               place;
        u_char                 secret[NGX_GRIP_HISTORY_SECRET];
    } random;

    size = zone->pool->pfree * ngx_pagesize;

    data = ngx_slab_alloc_locked(zone->pool, size);
    if (data == NULL) {
        return NGX_DECLINED;
    }

    if (RAND_bytes((u_char *) &random, sizeof(random)) != 1) {
        ngx_log_error(NGX_LOG_EMERG, zone->shm->shm.log, 0,
                      "RAND_bytes() failed for history \"%V\"", &zone->name);
        return NGX_ERROR;
    }

    store = ngx_grip_history_store_create(data, size, random.life,
                                          random.place);
    if (store == NULL) {
        return NGX_DECLINED;
    }

    ngx_memcpy(store->secret, random.secret, NGX_GRIP_HISTORY_SECRET);

    *root = store;

    return NGX_OK;
}


ngx_int_t
ngx_http_grip_history_zone_metrics(ngx_conf_t *cf)
{
    ngx_uint_t                            i;
    ngx_http_grip_zone_t                 *zone;
    ngx_http_grip_metrics_label_t         label;
    ngx_http_grip_history_zone_number_t  *number;

    static struct {
        ngx_http_grip_metrics_family_t  *family;
        size_t                           offset;
    } all[] = {
        { &ngx_http_grip_history_zone_channels,
          offsetof(ngx_grip_history_store_t, channels) },
        { &ngx_http_grip_history_zone_items,
          offsetof(ngx_grip_history_store_t, items) },
        { &ngx_http_grip_history_zone_bytes,
          offsetof(ngx_grip_history_store_t, bytes) },
        { &ngx_http_grip_history_zone_evicted,
          offsetof(ngx_grip_history_store_t, evicted) },
        { &ngx_http_grip_history_zone_resumes,
          offsetof(ngx_grip_history_store_t, resumes) },
        { &ngx_http_grip_history_zone_lost,
          offsetof(ngx_grip_history_store_t, lost) }
    };

    label.name = "zone";

    for (zone = ngx_http_grip_zone_next(cf->cycle, NULL);
         zone;
         zone = ngx_http_grip_zone_next(cf->cycle, zone))
    {
        if (zone->kind != &ngx_http_grip_history_kind) {
            continue;
        }

        label.value = zone->name;

        for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {

            number = ngx_palloc(cf->pool,
                                sizeof(ngx_http_grip_history_zone_number_t));
            if (number == NULL) {
                return NGX_ERROR;
            }

            number->zone = zone;
            number->offset = all[i].offset;

            if (ngx_http_grip_metrics_read(cf, all[i].family, &label, 1,
                                           ngx_http_grip_history_zone_count,
                                           number)
                != NGX_OK)
            {
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


static ngx_atomic_uint_t
ngx_http_grip_history_zone_count(void *data)
{
    ngx_http_grip_history_zone_number_t *number = data;

    uint64_t                   count;
    ngx_grip_history_store_t  *store;

    store = ngx_http_grip_zone_lock(number->zone);
    if (store == NULL) {
        return 0;
    }

    count = *(uint64_t *) ((u_char *) store + number->offset);

    ngx_http_grip_zone_unlock(number->zone);

    return (ngx_atomic_uint_t) count;
}
