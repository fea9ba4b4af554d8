
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "history/ngx_grip_history_block.h"
#include "history/ngx_grip_history_store.h"


static void ngx_grip_history_store_read_unknown(
    ngx_grip_history_store_t *store, ngx_grip_history_query_t *query);
static void ngx_grip_history_store_read_from(ngx_grip_history_store_t *store,
    ngx_grip_history_name_t *name, uint64_t first,
    ngx_grip_history_query_t *query);
static ngx_uint_t ngx_grip_history_store_read_lost(
    ngx_grip_history_store_t *store, ngx_grip_history_name_t *name,
    uint64_t first, ngx_grip_history_query_t *query);


void
ngx_grip_history_store_read(ngx_grip_history_store_t *store,
    ngx_grip_history_limits_t *limits, ngx_grip_history_query_t *query,
    u_char *buf, size_t size)
{
    uint32_t                   n;
    uint64_t                   first;
    ngx_uint_t                 i;
    ngx_grip_history_name_t   *name;
    ngx_grip_history_place_t   place;

    query->len = 0;
    query->lost = 0;

    n = ngx_grip_history_block_find(store, &query->channel);

    if (n == 0) {
        ngx_grip_history_store_read_unknown(store, query);
        return;
    }

    name = ngx_grip_history_name(store, n);

    /* what is left of the expired is passed over, and dropped the next time */

    for (i = 0;
         name->head
         && i < NGX_GRIP_HISTORY_EXPIRED
         && ngx_grip_history_block_expired(store, name, limits->ttl,
                                           query->now);
         i++)
    {
        ngx_grip_history_block_drop_record(store, name);
    }

    first = ngx_grip_history_block_fresh(store, name, limits->ttl, query->now);

    ngx_grip_history_store_read_from(store, name, first, query);

    if (query->from.number >= name->last) {
        return;
    }

    place = ngx_grip_history_block_seek(store, name, query->from.number + 1);

    (void) ngx_grip_history_block_copy(store, name, &place, NULL, query->skip);

    query->len = ngx_grip_history_block_copy(store, name, &place, buf, size);
}


/* what a channel that was never published to has: no items, and no memory */

static void
ngx_grip_history_store_read_unknown(ngx_grip_history_store_t *store,
    ngx_grip_history_query_t *query)
{
    query->lost = query->resumed
                  && (query->foreign
                      || query->from.life != store->life
                      || query->from.channel != 0
                      || query->from.number != 0);

    query->from.life = store->life;
    query->from.channel = 0;
    query->from.number = 0;

    query->last = query->from;
}


static void
ngx_grip_history_store_read_from(ngx_grip_history_store_t *store,
    ngx_grip_history_name_t *name, uint64_t first,
    ngx_grip_history_query_t *query)
{
    uint64_t  number, kept;

    kept = name->last + 1 - first;

    if (!query->resumed) {
        number = name->last - ngx_min(kept, query->initial);

    } else if (ngx_grip_history_store_read_lost(store, name, first, query)) {
        query->lost = 1;
        number = first - 1;

    } else {
        number = query->from.number;

        /* what lies before an item that was not kept is not sent again */

        query->lost = (number < name->lost && !query->told);
    }

    query->from.life = store->life;
    query->from.channel = number ? name->channel : 0;
    query->from.number = number;

    query->last.life = store->life;
    query->last.channel = name->channel;
    query->last.number = name->last;
}


static ngx_uint_t
ngx_grip_history_store_read_lost(ngx_grip_history_store_t *store,
    ngx_grip_history_name_t *name, uint64_t first,
    ngx_grip_history_query_t *query)
{
    if (query->foreign
        || query->from.life != store->life
        || (query->from.channel != name->channel
            && (query->from.channel != 0 || query->from.number != 0)))
    {
        return 1;
    }

    /* the number of somebody else's item may be any */

    return query->from.number > name->last
           || query->from.number + 1 < first;
}
