
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "history/ngx_grip_history_block.h"


static uint32_t ngx_grip_history_block_hash(ngx_grip_history_store_t *store,
    ngx_str_t *name);
static ngx_uint_t ngx_grip_history_block_named(
    ngx_grip_history_store_t *store, ngx_grip_history_name_t *p,
    ngx_str_t *name);
static uint32_t ngx_grip_history_block_alloc(ngx_grip_history_store_t *store);
static void ngx_grip_history_block_free(ngx_grip_history_store_t *store,
    uint32_t n);
static void ngx_grip_history_block_shift(ngx_grip_history_store_t *store,
    ngx_grip_history_name_t *name);
static ngx_uint_t ngx_grip_history_block_past(
    ngx_grip_history_store_t *store, ngx_grip_history_name_t *name,
    ngx_grip_history_place_t *place, uint32_t ttl, uint32_t now);
static uint32_t ngx_grip_history_block_skip(ngx_grip_history_store_t *store,
    ngx_grip_history_name_t *name, ngx_grip_history_place_t *place);


uint32_t
ngx_grip_history_block_find(ngx_grip_history_store_t *store, ngx_str_t *name)
{
    uint32_t                  n, hash;
    ngx_grip_history_name_t  *p;

    hash = ngx_grip_history_block_hash(store, name);

    for (n = store->hash[hash & store->mask]; n; n = p->hash_next) {
        p = ngx_grip_history_name(store, n);

        if (p->hash == hash && ngx_grip_history_block_named(store, p, name)) {
            return n;
        }
    }

    return 0;
}


/*
 * A polynomial, modulo 2^31 - 1, at a place that nobody knows: who names
 * channels, as clients may, cannot choose such that meet in one bucket.
 */

static uint32_t
ngx_grip_history_block_hash(ngx_grip_history_store_t *store, ngx_str_t *name)
{
    size_t    i;
    uint64_t  hash;

    hash = name->len;

    for (i = 0; i < name->len; i++) {
        hash = hash * store->place + name->data[i];
        hash = (hash & 0x7fffffff) + (hash >> 31);
    }

    return (uint32_t) (hash ^ hash >> 15);
}


static ngx_uint_t
ngx_grip_history_block_named(ngx_grip_history_store_t *store,
    ngx_grip_history_name_t *p, ngx_str_t *name)
{
    size_t                     i, len;
    uint32_t                   n;
    ngx_grip_history_block_t  *block;

    if (p->len != name->len) {
        return 0;
    }

    len = ngx_min(name->len, NGX_GRIP_HISTORY_LABEL);

    if (ngx_memcmp(p->label, name->data, len) != 0) {
        return 0;
    }

    for (i = len, n = p->text; i < name->len; i += len, n = block->next) {
        block = ngx_grip_history_block(store, n);
        len = ngx_min(name->len - i, NGX_GRIP_HISTORY_DATA);

        if (ngx_memcmp(block->data, name->data + i, len) != 0) {
            return 0;
        }
    }

    return 1;
}


size_t
ngx_grip_history_block_names(size_t len)
{
    if (len <= NGX_GRIP_HISTORY_LABEL) {
        return 1;
    }

    return 1 + (len - NGX_GRIP_HISTORY_LABEL + NGX_GRIP_HISTORY_DATA - 1)
               / NGX_GRIP_HISTORY_DATA;
}


uint32_t
ngx_grip_history_block_name(ngx_grip_history_store_t *store, ngx_str_t *name)
{
    size_t                     i, len;
    uint32_t                   n, *text;
    ngx_grip_history_name_t   *p;
    ngx_grip_history_block_t  *block;

    n = ngx_grip_history_block_alloc(store);
    p = ngx_grip_history_name(store, n);

    ngx_memzero(p, offsetof(ngx_grip_history_name_t, label));

    p->len = (uint32_t) name->len;
    p->first = 1;

    p->channel = ++store->counter;

    len = ngx_min(name->len, NGX_GRIP_HISTORY_LABEL);
    ngx_memcpy(p->label, name->data, len);

    text = &p->text;

    for (i = len; i < name->len; i += len) {
        *text = ngx_grip_history_block_alloc(store);

        block = ngx_grip_history_block(store, *text);
        len = ngx_min(name->len - i, NGX_GRIP_HISTORY_DATA);

        ngx_memcpy(block->data, name->data + i, len);

        text = &block->next;
    }

    *text = 0;

    p->hash = ngx_grip_history_block_hash(store, name);
    p->hash_next = store->hash[p->hash & store->mask];
    store->hash[p->hash & store->mask] = n;
    store->channels++;

    ngx_grip_history_block_link(store, n, p);

    return n;
}


void
ngx_grip_history_block_unname(ngx_grip_history_store_t *store, uint32_t n)
{
    uint32_t                 *link;
    ngx_grip_history_name_t  *p;

    p = ngx_grip_history_name(store, n);

    link = &store->hash[p->hash & store->mask];

    while (*link != n) {
        link = &ngx_grip_history_name(store, *link)->hash_next;
    }

    *link = p->hash_next;
    store->channels--;
}


void
ngx_grip_history_block_free_name(ngx_grip_history_store_t *store, uint32_t n)
{
    uint32_t  text, next;

    text = ngx_grip_history_name(store, n)->text;

    while (text) {
        next = ngx_grip_history_block(store, text)->next;
        ngx_grip_history_block_free(store, text);
        text = next;
    }

    ngx_grip_history_block_free(store, n);
}


void
ngx_grip_history_block_link(ngx_grip_history_store_t *store, uint32_t n,
    ngx_grip_history_name_t *name)
{
    name->newer = 0;
    name->older = store->recent;

    if (store->recent) {
        ngx_grip_history_name(store, store->recent)->newer = n;

    } else {
        store->idle = n;
    }

    store->recent = n;
}


void
ngx_grip_history_block_unlink(ngx_grip_history_store_t *store,
    ngx_grip_history_name_t *name)
{
    if (name->newer) {
        ngx_grip_history_name(store, name->newer)->older = name->older;

    } else {
        store->recent = name->older;
    }

    if (name->older) {
        ngx_grip_history_name(store, name->older)->newer = name->newer;

    } else {
        store->idle = name->newer;
    }
}


/* blocks that were never used are not touched before they are needed */

static uint32_t
ngx_grip_history_block_alloc(ngx_grip_history_store_t *store)
{
    uint32_t  n;

    store->available--;

    n = store->free;

    if (n) {
        store->free = ngx_grip_history_block(store, n)->next;
        return n;
    }

    return store->fresh++;
}


static void
ngx_grip_history_block_free(ngx_grip_history_store_t *store, uint32_t n)
{
    ngx_grip_history_block(store, n)->next = store->free;

    store->free = n;
    store->available++;
}


void
ngx_grip_history_block_append(ngx_grip_history_store_t *store, uint32_t n)
{
    uint32_t                   b;
    ngx_grip_history_name_t   *name;
    ngx_grip_history_block_t  *block;

    name = ngx_grip_history_name(store, n);

    b = ngx_grip_history_block_alloc(store);
    block = ngx_grip_history_block(store, b);

    block->name = n;
    block->start = NGX_GRIP_HISTORY_DATA;
    block->next = 0;
    block->prev = name->tail;

    if (name->tail) {
        ngx_grip_history_block(store, name->tail)->next = b;

    } else {
        name->head = b;
        name->start = 0;
    }

    name->tail = b;
    name->end = 0;

    block->newer = 0;
    block->older = store->newest;

    if (store->newest) {
        ngx_grip_history_block(store, store->newest)->newer = b;

    } else {
        store->oldest = b;
    }

    store->newest = b;
}


/* gives back the first block of a channel */

static void
ngx_grip_history_block_shift(ngx_grip_history_store_t *store,
    ngx_grip_history_name_t *name)
{
    uint32_t                   b;
    ngx_grip_history_block_t  *block;

    b = name->head;
    block = ngx_grip_history_block(store, b);

    if (block->older) {
        ngx_grip_history_block(store, block->older)->newer = block->newer;

    } else {
        store->oldest = block->newer;
    }

    if (block->newer) {
        ngx_grip_history_block(store, block->newer)->older = block->older;

    } else {
        store->newest = block->older;
    }

    name->head = block->next;

    if (name->head) {
        ngx_grip_history_block(store, name->head)->prev = 0;

    } else {
        name->tail = 0;
    }

    ngx_grip_history_block_free(store, b);
}


void
ngx_grip_history_block_drop_record(ngx_grip_history_store_t *store,
    ngx_grip_history_name_t *name)
{
    uint32_t                  len;
    ngx_grip_history_place_t  place;

    place.block = name->head;
    place.pos = name->start;

    len = ngx_grip_history_block_skip(store, name, &place);

    name->first++;
    name->bytes -= len;

    store->bytes -= len;
    store->items--;

    while (name->head
           && (name->first > name->last || name->head != place.block))
    {
        ngx_grip_history_block_shift(store, name);
    }

    name->start = (uint16_t) place.pos;
}


void
ngx_grip_history_block_drop(ngx_grip_history_store_t *store,
    ngx_grip_history_name_t *name)
{
    uint32_t  block;

    block = name->head;

    do {
        ngx_grip_history_block_drop_record(store, name);
    } while (name->head == block);
}


ngx_uint_t
ngx_grip_history_block_expired(ngx_grip_history_store_t *store,
    ngx_grip_history_name_t *name, uint32_t ttl, uint32_t now)
{
    ngx_grip_history_place_t  place;

    place.block = name->head;
    place.pos = name->start;

    return ngx_grip_history_block_past(store, name, &place, ttl, now);
}


static ngx_uint_t
ngx_grip_history_block_past(ngx_grip_history_store_t *store,
    ngx_grip_history_name_t *name, ngx_grip_history_place_t *place,
    uint32_t ttl, uint32_t now)
{
    ngx_grip_history_head_t   head;
    ngx_grip_history_place_t  from;

    if (ttl == 0) {
        return 0;
    }

    from = *place;

    (void) ngx_grip_history_block_copy(store, name, &from, (u_char *) &head,
                                       sizeof(ngx_grip_history_head_t));

    /* clocks of workers may differ by a moment */

    return (int32_t) (now - head.time) >= (int32_t) ttl;
}


/* by blocks, then by the records of one, as none is older than those before */

uint64_t
ngx_grip_history_block_fresh(ngx_grip_history_store_t *store,
    ngx_grip_history_name_t *name, uint32_t ttl, uint32_t now)
{
    uint32_t                   b;
    uint64_t                   n;
    ngx_grip_history_block_t  *block;
    ngx_grip_history_place_t   place, next;

    n = name->first;
    place.block = name->head;
    place.pos = name->start;

    for (b = name->head; b; b = block->next) {
        block = ngx_grip_history_block(store, b);

        if (b == name->head || block->start == NGX_GRIP_HISTORY_DATA) {
            continue;
        }

        next.block = b;
        next.pos = block->start;

        if (!ngx_grip_history_block_past(store, name, &next, ttl, now)) {
            break;
        }

        n = block->number;
        place = next;
    }

    while (n <= name->last
           && ngx_grip_history_block_past(store, name, &place, ttl, now))
    {
        (void) ngx_grip_history_block_skip(store, name, &place);
        n++;
    }

    return n;
}


/* moves the place behind a record, and returns the length of its texts */

static uint32_t
ngx_grip_history_block_skip(ngx_grip_history_store_t *store,
    ngx_grip_history_name_t *name, ngx_grip_history_place_t *place)
{
    ngx_grip_history_head_t  head;

    (void) ngx_grip_history_block_copy(store, name, place, (u_char *) &head,
                                       sizeof(ngx_grip_history_head_t));
    (void) ngx_grip_history_block_copy(store, name, place, NULL, head.len);

    return head.len;
}


/* by blocks from the nearer end, then by the records of one */

ngx_grip_history_place_t
ngx_grip_history_block_seek(ngx_grip_history_store_t *store,
    ngx_grip_history_name_t *name, uint64_t number)
{
    uint32_t                   b;
    uint64_t                   n;
    ngx_uint_t                 back;
    ngx_grip_history_block_t  *block;
    ngx_grip_history_place_t   place;

    place.block = name->head;
    place.pos = name->start;
    n = name->first;

    back = (number - name->first > name->last - number);

    b = back ? name->tail : ngx_grip_history_block(store, name->head)->next;

    while (b && b != name->head) {
        block = ngx_grip_history_block(store, b);

        if (block->start != NGX_GRIP_HISTORY_DATA) {

            if (block->number <= number) {
                place.block = b;
                place.pos = block->start;
                n = block->number;
            }

            if ((block->number <= number) == back) {
                break;
            }
        }

        b = back ? block->prev : block->next;
    }

    while (n < number) {
        (void) ngx_grip_history_block_skip(store, name, &place);
        n++;
    }

    return place;
}


size_t
ngx_grip_history_block_copy(ngx_grip_history_store_t *store,
    ngx_grip_history_name_t *name, ngx_grip_history_place_t *place,
    u_char *dst, size_t len)
{
    size_t                     n, copied;
    uint32_t                   end;
    ngx_grip_history_block_t  *block;

    copied = 0;

    while (copied < len) {
        block = ngx_grip_history_block(store, place->block);
        end = (place->block == name->tail) ? name->end : NGX_GRIP_HISTORY_DATA;

        n = ngx_min(len - copied, end - place->pos);

        if (dst) {
            ngx_memcpy(dst + copied, block->data + place->pos, n);
        }

        copied += n;
        place->pos += (uint32_t) n;

        if (place->pos < NGX_GRIP_HISTORY_DATA) {
            break;
        }

        if (block->next == 0) {
            break;
        }

        place->block = block->next;
        place->pos = 0;
    }

    return copied;
}
