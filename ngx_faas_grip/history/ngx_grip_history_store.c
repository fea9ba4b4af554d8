
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "history/ngx_grip_history_block.h"
#include "history/ngx_grip_history_store.h"


/* what one publication may clear of channels that were dropped before */
#define NGX_GRIP_HISTORY_CLEARED     32

/* what it may drop beyond what it needs, so that new limits are reached */
#define NGX_GRIP_HISTORY_DROPPED     64

/* blocks for each bucket, and for each channel that there may be */
#define NGX_GRIP_HISTORY_BUCKET      4
#define NGX_GRIP_HISTORY_PER_NAME    4


static uint32_t ngx_grip_history_store_buckets(uint32_t blocks);
static uint32_t ngx_grip_history_store_name(ngx_grip_history_store_t *store,
    ngx_str_t *name);
static uint32_t ngx_grip_history_store_add(ngx_grip_history_store_t *store,
    ngx_grip_history_limits_t *limits, ngx_str_t *name);
static ngx_uint_t ngx_grip_history_store_room(ngx_grip_history_store_t *store,
    uint32_t n, size_t size);
static size_t ngx_grip_history_store_need(ngx_grip_history_store_t *store,
    uint32_t n, size_t size);
static ngx_uint_t ngx_grip_history_store_evict(
    ngx_grip_history_store_t *store, uint32_t spared);
static void ngx_grip_history_store_forget(ngx_grip_history_store_t *store,
    uint32_t n);
static void ngx_grip_history_store_clear(ngx_grip_history_store_t *store,
    ngx_uint_t max);
static void ngx_grip_history_store_limit(ngx_grip_history_store_t *store,
    ngx_grip_history_limits_t *limits, uint32_t n, size_t len, uint32_t now);
static void ngx_grip_history_store_begin(ngx_grip_history_store_t *store,
    uint32_t n);
static void ngx_grip_history_store_write(ngx_grip_history_store_t *store,
    uint32_t n, u_char *data, size_t size);


ngx_grip_history_store_t *
ngx_grip_history_store_create(void *data, size_t size, uint32_t life,
    uint32_t place)
{
    size_t                     first;
    uint32_t                   blocks, buckets;
    ngx_grip_history_store_t  *store;

    if (size < NGX_GRIP_HISTORY_MIN) {
        return NULL;
    }

    blocks = (uint32_t) ngx_min(size / NGX_GRIP_HISTORY_BLOCK, 0x7fffffff);
    buckets = ngx_grip_history_store_buckets(blocks);

    first = offsetof(ngx_grip_history_store_t, hash)
            + buckets * sizeof(uint32_t);
    first = ngx_align(first, (size_t) 8);

    ngx_memzero(data, first);

    store = data;

    store->life = life;
    store->first = first;
    store->mask = buckets - 1;

    /* large, and so small that a number of 64 bits has room for its products */

    store->place = (place & 0x3fffffff) | 0x10000000;

    /* the block of number 0 is none */

    store->fresh = 1;
    store->blocks = (uint32_t) ngx_min((size - first) / NGX_GRIP_HISTORY_BLOCK,
                                       blocks);
    store->available = store->blocks - 1;

    return store;
}


static uint32_t
ngx_grip_history_store_buckets(uint32_t blocks)
{
    uint32_t  buckets;

    for (buckets = 16;
         buckets < blocks / NGX_GRIP_HISTORY_BUCKET;
         buckets *= 2)
    {
        /* void */
    }

    return buckets;
}


/* the others are left for contents */

ngx_uint_t
ngx_grip_history_store_channels(size_t size)
{
    return size / NGX_GRIP_HISTORY_BLOCK / NGX_GRIP_HISTORY_PER_NAME;
}


ngx_int_t
ngx_grip_history_store_append(ngx_grip_history_store_t *store,
    ngx_grip_history_limits_t *limits, ngx_str_t *channel, u_char *record,
    size_t size, uint32_t now, ngx_grip_history_id_t *id,
    ngx_grip_history_id_t *prev)
{
    size_t                     len;
    uint32_t                   n;
    ngx_int_t                  rc;
    ngx_grip_history_head_t    head;
    ngx_grip_history_name_t   *name;

    ngx_grip_history_store_clear(store, NGX_GRIP_HISTORY_CLEARED);

    ngx_memcpy(&head, record, sizeof(ngx_grip_history_head_t));
    len = head.len;

    n = ngx_grip_history_store_add(store, limits, channel);
    name = ngx_grip_history_name(store, n);

    rc = NGX_OK;

    if (len > limits->bytes / NGX_GRIP_HISTORY_SHARE
        || (head.flags & NGX_GRIP_HISTORY_LOST)
        || size > (size_t) store->blocks / 2 * NGX_GRIP_HISTORY_BLOCK)
    {
        rc = NGX_DECLINED;
    }

    if (rc == NGX_OK) {
        ngx_grip_history_store_limit(store, limits, n, len, now);

        if (!ngx_grip_history_store_room(store, n, size)) {
            rc = NGX_DECLINED;
        }
    }

    if (rc != NGX_OK) {
        ngx_memzero(&head, sizeof(ngx_grip_history_head_t));
        head.flags = NGX_GRIP_HISTORY_LOST;

        len = 0;
        size = sizeof(ngx_grip_history_head_t);

        ngx_grip_history_store_limit(store, limits, n, 0, now);
        (void) ngx_grip_history_store_room(store, n, size);

        name->lost = name->last + 1;
    }

    head.time = now;
    ngx_memcpy(record, &head, sizeof(ngx_grip_history_head_t));

    prev->life = store->life;
    prev->channel = name->last ? name->channel : 0;
    prev->number = name->last;

    ngx_grip_history_store_begin(store, n);
    ngx_grip_history_store_write(store, n, record, size);

    name->bytes += len;
    store->bytes += len;

    id->life = store->life;
    id->channel = name->channel;
    id->number = name->last;

    return rc;
}


static uint32_t
ngx_grip_history_store_name(ngx_grip_history_store_t *store, ngx_str_t *name)
{
    uint32_t                   n;
    ngx_grip_history_name_t   *p;

    n = ngx_grip_history_block_find(store, name);

    if (n == 0) {
        return 0;
    }

    p = ngx_grip_history_name(store, n);

    /* to the front of those that were published to */

    if (store->recent != n) {
        ngx_grip_history_block_unlink(store, p);
        ngx_grip_history_block_link(store, n, p);
    }

    return n;
}


static uint32_t
ngx_grip_history_store_add(ngx_grip_history_store_t *store,
    ngx_grip_history_limits_t *limits, ngx_str_t *name)
{
    size_t       need;
    uint32_t     n;
    uint64_t     max;
    ngx_uint_t   i;

    n = ngx_grip_history_store_name(store, name);

    if (n) {
        return n;
    }

    max = ngx_max(store->blocks / NGX_GRIP_HISTORY_PER_NAME, 1);

    if (limits->channels && limits->channels < max) {
        max = limits->channels;
    }

    for (i = 0;
         store->channels >= max && i < NGX_GRIP_HISTORY_DROPPED;
         i++)
    {
        ngx_grip_history_store_forget(store, store->idle);
    }

    need = ngx_grip_history_block_names(name->len);

    while (store->available < need) {
        (void) ngx_grip_history_store_evict(store, 0);
    }

    return ngx_grip_history_block_name(store, name);
}


/* makes room for size bytes behind those of a channel, which is spared */

static ngx_uint_t
ngx_grip_history_store_room(ngx_grip_history_store_t *store, uint32_t n,
    size_t size)
{
    while (store->available < ngx_grip_history_store_need(store, n, size)) {
        if (!ngx_grip_history_store_evict(store, n)) {
            return 0;
        }
    }

    return 1;
}


/* blocks */

static size_t
ngx_grip_history_store_need(ngx_grip_history_store_t *store, uint32_t n,
    size_t size)
{
    size_t                     rest;
    ngx_grip_history_name_t   *name;

    name = ngx_grip_history_name(store, n);

    rest = name->tail ? NGX_GRIP_HISTORY_DATA - name->end : 0;

    if (size <= rest) {
        return 0;
    }

    return (size - rest + NGX_GRIP_HISTORY_DATA - 1) / NGX_GRIP_HISTORY_DATA;
}


/* gives back a block at least; 0: there is nothing that may be given back */

static ngx_uint_t
ngx_grip_history_store_evict(ngx_grip_history_store_t *store, uint32_t spared)
{
    uint64_t                   items;
    ngx_grip_history_block_t  *block;

    if (store->oldest) {
        items = store->items;

        block = ngx_grip_history_block(store, store->oldest);
        ngx_grip_history_block_drop(store,
                                    ngx_grip_history_name(store, block->name));

        store->evicted += items - store->items;

        return 1;
    }

    if (store->dropped == 0) {
        if (store->idle == 0 || store->idle == spared) {
            return 0;
        }

        ngx_grip_history_store_forget(store, store->idle);
    }

    ngx_grip_history_store_clear(store, NGX_GRIP_HISTORY_CLEARED);

    return 1;
}


/* the channel is not known any more; its blocks are given back by and by */

static void
ngx_grip_history_store_forget(ngx_grip_history_store_t *store, uint32_t n)
{
    ngx_grip_history_name_t  *name;

    if (n == 0) {
        return;
    }

    name = ngx_grip_history_name(store, n);

    ngx_grip_history_block_unname(store, n);
    ngx_grip_history_block_unlink(store, name);

    name->older = store->dropped;
    store->dropped = n;
}


static void
ngx_grip_history_store_clear(ngx_grip_history_store_t *store, ngx_uint_t max)
{
    uint32_t                  n;
    uint64_t                  items;
    ngx_grip_history_name_t  *name;

    while (store->dropped && max--) {
        n = store->dropped;
        name = ngx_grip_history_name(store, n);

        if (name->head) {
            items = store->items;
            ngx_grip_history_block_drop(store, name);
            store->evicted += items - store->items;
            continue;
        }

        store->dropped = name->older;
        ngx_grip_history_block_free_name(store, n);
    }
}


/* makes room for one more item of len bytes within the limits of a channel */

static void
ngx_grip_history_store_limit(ngx_grip_history_store_t *store,
    ngx_grip_history_limits_t *limits, uint32_t n, size_t len, uint32_t now)
{
    ngx_uint_t                i;
    ngx_grip_history_name_t  *name;

    name = ngx_grip_history_name(store, n);

    for (i = 0; name->head && i < NGX_GRIP_HISTORY_EXPIRED; i++) {

        if (name->last - name->first + 1 < limits->items
            && !ngx_grip_history_block_expired(store, name, limits->ttl, now))
        {
            break;
        }

        ngx_grip_history_block_drop_record(store, name);
    }

    /* the items of the channel, at most, each of which goes once */

    while (name->head && name->bytes + len > limits->bytes) {
        ngx_grip_history_block_drop_record(store, name);
    }
}


/* begins a record, for which there is room */

static void
ngx_grip_history_store_begin(ngx_grip_history_store_t *store, uint32_t n)
{
    ngx_grip_history_name_t   *name;
    ngx_grip_history_block_t  *block;

    name = ngx_grip_history_name(store, n);

    name->last++;
    store->items++;

    if (name->tail == 0 || name->end == NGX_GRIP_HISTORY_DATA) {
        ngx_grip_history_block_append(store, n);
    }

    block = ngx_grip_history_block(store, name->tail);

    if (block->start == NGX_GRIP_HISTORY_DATA) {
        block->start = name->end;
        block->number = name->last;
    }

    if (name->first == name->last) {
        name->start = name->end;
    }
}


static void
ngx_grip_history_store_write(ngx_grip_history_store_t *store, uint32_t n,
    u_char *data, size_t size)
{
    size_t                     len;
    ngx_grip_history_name_t   *name;
    ngx_grip_history_block_t  *block;

    name = ngx_grip_history_name(store, n);

    while (size) {

        if (name->end == NGX_GRIP_HISTORY_DATA) {
            ngx_grip_history_block_append(store, n);
        }

        block = ngx_grip_history_block(store, name->tail);

        len = ngx_min(size, (size_t) (NGX_GRIP_HISTORY_DATA - name->end));

        ngx_memcpy(block->data + name->end, data, len);

        name->end += (uint16_t) len;
        data += len;
        size -= len;
    }
}
