
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Memory is taken when a configuration is loaded, in the master, and counted in
 * without a lock.  A series that two configurations in a row have not had gives
 * its cells to another one: workers that may still count in it are older than
 * both.
 */


#include "metrics/ngx_http_grip_metrics_zone.h"


/* cells of a line of the processor's cache, which workers do not share */
#define NGX_HTTP_GRIP_METRICS_LINE     (64 / sizeof(ngx_atomic_t))


typedef struct ngx_http_grip_metrics_chunk_s  ngx_http_grip_metrics_chunk_t;

struct ngx_http_grip_metrics_chunk_s {
    ngx_http_grip_metrics_chunk_t   *next;
    ngx_uint_t                       nrecords;
    ngx_http_grip_metrics_record_t   records[1];
};


typedef struct {
    ngx_http_grip_metrics_chunk_t   *chunks;
    ngx_uint_t                       generation;
    ngx_atomic_t                     owners[NGX_HTTP_GRIP_METRICS_SLOTS];
} ngx_http_grip_metrics_root_t;


static ngx_int_t ngx_http_grip_metrics_zone_create(ngx_http_grip_zone_t *zone,
    void **root);
static ngx_int_t ngx_http_grip_metrics_zone_keep(ngx_http_grip_zone_t *zone,
    ngx_http_grip_zone_t *old, void *data);
static ngx_int_t ngx_http_grip_metrics_zone_place(ngx_http_grip_zone_t *zone,
    ngx_http_grip_metrics_root_t *root);
static ngx_int_t ngx_http_grip_metrics_zone_chunk(ngx_http_grip_zone_t *zone,
    ngx_http_grip_metrics_root_t *root);
static ngx_http_grip_metric_t *ngx_http_grip_metrics_zone_next(
    ngx_http_grip_zone_t *zone, ngx_uint_t *list, ngx_uint_t *metric);
static ngx_http_grip_metrics_record_t *ngx_http_grip_metrics_zone_find(
    ngx_http_grip_metrics_root_t *root, ngx_http_grip_metric_t *metric);
static ngx_http_grip_metrics_record_t *ngx_http_grip_metrics_zone_reuse(
    ngx_http_grip_metrics_root_t *root, ngx_http_grip_metric_t *metric);
static ngx_uint_t ngx_http_grip_metrics_zone_claim(
    ngx_http_grip_metrics_root_t *root);
static ngx_uint_t ngx_http_grip_metrics_zone_alive(ngx_atomic_uint_t owner);


ngx_http_grip_zone_kind_t  ngx_http_grip_metrics_zone_kind = {
    0,
    ngx_http_grip_metrics_zone_create,
    ngx_http_grip_metrics_zone_keep
};


/* of gauges, for workers that have no slot of their own */

static ngx_atomic_t  ngx_http_grip_metrics_nowhere;


static ngx_int_t
ngx_http_grip_metrics_zone_create(ngx_http_grip_zone_t *zone, void **root)
{
    *root = ngx_slab_calloc_locked(zone->pool,
                                   sizeof(ngx_http_grip_metrics_root_t));

    return *root ? ngx_http_grip_metrics_zone_place(zone, *root)
                 : NGX_DECLINED;
}


static ngx_int_t
ngx_http_grip_metrics_zone_keep(ngx_http_grip_zone_t *zone,
    ngx_http_grip_zone_t *old, void *data)
{
    ngx_http_grip_metrics_root_t *root = data;

    ngx_uint_t                       i, n;
    ngx_http_grip_metric_t          *metric;
    ngx_http_grip_metrics_record_t  *record;

    root->generation++;

    /* configurations that nginx has not taken count for nothing */

    i = 0;
    n = 0;

    while ((metric = ngx_http_grip_metrics_zone_next(old, &i, &n)) != NULL) {

        record = ngx_http_grip_metrics_zone_find(root, metric);

        if (record) {
            record->generation = root->generation - 1;
        }
    }

    return ngx_http_grip_metrics_zone_place(zone, root);
}


/* finds or makes a record for each series of the configuration */

static ngx_int_t
ngx_http_grip_metrics_zone_place(ngx_http_grip_zone_t *zone,
    ngx_http_grip_metrics_root_t *root)
{
    ngx_uint_t               i, n;
    ngx_http_grip_metric_t  *metric;

    i = 0;
    n = 0;

    while ((metric = ngx_http_grip_metrics_zone_next(zone, &i, &n)) != NULL) {

        metric->record = ngx_http_grip_metrics_zone_find(root, metric);

        if (metric->record) {
            metric->record->generation = root->generation;
        }
    }

    i = 0;
    n = 0;

    while ((metric = ngx_http_grip_metrics_zone_next(zone, &i, &n)) != NULL) {

        if (metric->record == NULL) {
            metric->record = ngx_http_grip_metrics_zone_reuse(root, metric);
        }
    }

    return ngx_http_grip_metrics_zone_chunk(zone, root);
}


/* all that are new, slot by slot */

static ngx_int_t
ngx_http_grip_metrics_zone_chunk(ngx_http_grip_zone_t *zone,
    ngx_http_grip_metrics_root_t *root)
{
    size_t                           size, memory;
    ngx_uint_t                       i, n, ncells, nrecords, stride;
    ngx_atomic_t                    *cells;
    ngx_http_grip_metric_t          *metric;
    ngx_http_grip_metrics_chunk_t   *chunk;
    ngx_http_grip_metrics_record_t  *record;

    i = 0;
    n = 0;
    ncells = 0;
    nrecords = 0;

    while ((metric = ngx_http_grip_metrics_zone_next(zone, &i, &n)) != NULL) {
        if (metric->record == NULL) {
            ncells += ngx_http_grip_metrics_zone_cells(metric->family);
            nrecords++;
        }
    }

    if (nrecords == 0) {
        return NGX_OK;
    }

    stride = ngx_align(ncells, NGX_HTTP_GRIP_METRICS_LINE);
    memory = stride * NGX_HTTP_GRIP_METRICS_SLOTS * sizeof(ngx_atomic_t);
    size = sizeof(ngx_http_grip_metrics_chunk_t)
           + nrecords * sizeof(ngx_http_grip_metrics_record_t);

    chunk = ngx_slab_calloc_locked(zone->pool, size);
    cells = ngx_slab_calloc_locked(zone->pool, memory);

    if (chunk == NULL || cells == NULL) {

        if (chunk) {
            ngx_slab_free_locked(zone->pool, chunk);
        }

        if (cells) {
            ngx_slab_free_locked(zone->pool, (void *) cells);
        }

        ngx_log_error(NGX_LOG_EMERG, zone->shm->shm.log, 0,
                      "zone \"%V\" has no room for %ui series, which take "
                      "%uzk", &zone->name, nrecords,
                      (size + memory + 2 * ngx_pagesize) / 1024);
        return NGX_ERROR;
    }

    chunk->nrecords = nrecords;
    chunk->next = root->chunks;
    root->chunks = chunk;

    record = chunk->records;

    i = 0;
    n = 0;

    while ((metric = ngx_http_grip_metrics_zone_next(zone, &i, &n)) != NULL) {
        if (metric->record) {
            continue;
        }

        ngx_memcpy(record->id, metric->id, sizeof(metric->id));

        record->generation = root->generation;
        record->ncells = ngx_http_grip_metrics_zone_cells(metric->family);
        record->stride = stride;
        record->cells = cells;

        cells += record->ncells;
        metric->record = record++;
    }

    return NGX_OK;
}


/* those that are counted, from the metric'th of the list'th family on */

static ngx_http_grip_metric_t *
ngx_http_grip_metrics_zone_next(ngx_http_grip_zone_t *zone, ngx_uint_t *list,
    ngx_uint_t *metric)
{
    ngx_http_grip_metric_t        **m;
    ngx_http_grip_metrics_t        *metrics;
    ngx_http_grip_metrics_list_t   *lists;

    metrics = zone->data;
    lists = metrics->families.elts;

    for ( /* void */ ; *list < metrics->families.nelts; (*list)++) {

        m = lists[*list].metrics.elts;

        while (*metric < lists[*list].metrics.nelts) {
            if (m[(*metric)++]->read == NULL) {
                return m[*metric - 1];
            }
        }

        *metric = 0;
    }

    return NULL;
}


static ngx_http_grip_metrics_record_t *
ngx_http_grip_metrics_zone_find(ngx_http_grip_metrics_root_t *root,
    ngx_http_grip_metric_t *metric)
{
    ngx_uint_t                      i;
    ngx_http_grip_metrics_chunk_t  *chunk;

    for (chunk = root->chunks; chunk; chunk = chunk->next) {
        for (i = 0; i < chunk->nrecords; i++) {
            if (ngx_memcmp(chunk->records[i].id, metric->id,
                           sizeof(metric->id))
                == 0)
            {
                return &chunk->records[i];
            }
        }
    }

    return NULL;
}


static ngx_http_grip_metrics_record_t *
ngx_http_grip_metrics_zone_reuse(ngx_http_grip_metrics_root_t *root,
    ngx_http_grip_metric_t *metric)
{
    ngx_uint_t                       i, n, ncells;
    ngx_http_grip_metrics_chunk_t   *chunk;
    ngx_http_grip_metrics_record_t  *record;

    ncells = ngx_http_grip_metrics_zone_cells(metric->family);

    for (chunk = root->chunks; chunk; chunk = chunk->next) {
        for (i = 0; i < chunk->nrecords; i++) {

            record = &chunk->records[i];

            if (record->ncells != ncells
                || record->generation + 2 > root->generation)
            {
                continue;
            }

            ngx_memcpy(record->id, metric->id, sizeof(metric->id));
            record->generation = root->generation;

            for (n = 0; n < NGX_HTTP_GRIP_METRICS_SLOTS; n++) {
                ngx_memzero((void *) (record->cells + n * record->stride),
                            ncells * sizeof(ngx_atomic_t));
            }

            return record;
        }
    }

    return NULL;
}


void
ngx_http_grip_metrics_zone_enter(ngx_http_grip_zone_t *zone)
{
    ngx_uint_t                     i, n, slot, own;
    ngx_atomic_t                  *cell;
    ngx_http_grip_metric_t       **metric, *m;
    ngx_http_grip_metrics_t       *metrics;
    ngx_http_grip_metrics_list_t  *list;

    slot = ngx_http_grip_metrics_zone_claim(ngx_http_grip_zone_root(zone));

    own = (slot < NGX_HTTP_GRIP_METRICS_SLOTS);

    if (!own) {
        slot = ngx_pid % NGX_HTTP_GRIP_METRICS_SLOTS;
    }

    metrics = zone->data;
    metrics->slot = slot;
    list = metrics->families.elts;

    for (i = 0; i < metrics->families.nelts; i++) {

        metric = list[i].metrics.elts;

        for (n = 0; n < list[i].metrics.nelts; n++) {

            if (metric[n]->read) {
                continue;
            }

            cell = metric[n]->record->cells
                   + slot * metric[n]->record->stride;

            if (list[i].family->type == NGX_HTTP_GRIP_METRICS_GAUGE) {

                if (own) {
                    *cell = 0;

                } else {
                    cell = &ngx_http_grip_metrics_nowhere;
                }
            }

            for (m = metric[n]; m; m = m->same) {
                m->cell = cell;
                m->record = metric[n]->record;
            }
        }
    }
}


/* a slot that no living worker has, from that of the pid on, or none */

static ngx_uint_t
ngx_http_grip_metrics_zone_claim(ngx_http_grip_metrics_root_t *root)
{
    ngx_uint_t         i, slot;
    ngx_atomic_uint_t  owner;

    for (i = 0; i < NGX_HTTP_GRIP_METRICS_SLOTS; i++) {

        slot = (ngx_pid + i) % NGX_HTTP_GRIP_METRICS_SLOTS;
        owner = root->owners[slot];

        if ((owner == 0 || !ngx_http_grip_metrics_zone_alive(owner))
            && ngx_atomic_cmp_set(&root->owners[slot], owner, ngx_pid))
        {
            return slot;
        }
    }

    return NGX_HTTP_GRIP_METRICS_SLOTS;
}


void
ngx_http_grip_metrics_zone_leave(ngx_http_grip_zone_t *zone)
{
    ngx_http_grip_metrics_t       *metrics;
    ngx_http_grip_metrics_root_t  *root;

    root = ngx_http_grip_zone_root(zone);
    metrics = zone->data;

    (void) ngx_atomic_cmp_set(&root->owners[metrics->slot], ngx_pid, 0);
}


/* a process of another user cannot be asked, but it is there */

static ngx_uint_t
ngx_http_grip_metrics_zone_alive(ngx_atomic_uint_t owner)
{
    return kill((ngx_pid_t) owner, 0) == 0 || ngx_errno == NGX_EPERM;
}


void
ngx_http_grip_metrics_zone_sum(ngx_http_grip_zone_t *zone,
    ngx_http_grip_metric_t *metric, ngx_atomic_uint_t *sums)
{
    ngx_uint_t                       i, n;
    ngx_atomic_t                    *cell;
    ngx_atomic_uint_t                owner;
    ngx_http_grip_metrics_root_t    *root;
    ngx_http_grip_metrics_record_t  *record;

    if (metric->read) {
        sums[0] = metric->read(metric->data);
        return;
    }

    if (metric->family->type == NGX_HTTP_GRIP_METRICS_LATEST) {
        sums[0] = ngx_http_grip_metrics_zone_latest(metric);
        return;
    }

    root = ngx_http_grip_zone_root(zone);
    record = metric->record;

    ngx_memzero(sums, record->ncells * sizeof(ngx_atomic_uint_t));

    for (i = 0; i < NGX_HTTP_GRIP_METRICS_SLOTS; i++) {

        cell = record->cells + i * record->stride;

        if (metric->family->type == NGX_HTTP_GRIP_METRICS_GAUGE) {

            owner = root->owners[i];

            if (*cell == 0 || owner == 0
                || !ngx_http_grip_metrics_zone_alive(owner))
            {
                continue;
            }
        }

        for (n = 0; n < record->ncells; n++) {
            sums[n] += cell[n];
        }
    }
}


ngx_atomic_uint_t
ngx_http_grip_metrics_zone_latest(ngx_http_grip_metric_t *metric)
{
    ngx_uint_t                       i;
    ngx_atomic_uint_t                time, latest;
    ngx_http_grip_metrics_record_t  *record;

    record = metric->record;
    latest = 0;

    for (i = 0; i < NGX_HTTP_GRIP_METRICS_SLOTS; i++) {
        time = record->cells[i * record->stride];
        latest = ngx_max(latest, time);
    }

    return latest;
}
