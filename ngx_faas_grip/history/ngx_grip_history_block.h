
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The blocks of a store, for the store alone: they are known by their numbers,
 * 0 is none.
 */


#ifndef _NGX_GRIP_HISTORY_BLOCK_H_INCLUDED_
#define _NGX_GRIP_HISTORY_BLOCK_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "history/ngx_grip_history_store.h"


#define NGX_GRIP_HISTORY_DATA   (NGX_GRIP_HISTORY_BLOCK - 32)
#define NGX_GRIP_HISTORY_LABEL  (NGX_GRIP_HISTORY_BLOCK - 96)

/* what is dropped in one go of what is past its time */
#define NGX_GRIP_HISTORY_EXPIRED  1024


/* contents of a channel */

typedef struct {
    uint32_t    next;                        /* of the channel; of those that
                                                are free, of a name's text */
    uint32_t    prev;
    uint32_t    older;                       /* of all with contents */
    uint32_t    newer;
    uint32_t    name;                        /* the channel */
    uint16_t    start;                       /* where the first record begins
                                                here, _DATA: none does */
    uint16_t    unused;
    uint64_t    number;                      /* of that one */
    u_char      data[NGX_GRIP_HISTORY_DATA];
} ngx_grip_history_block_t;


/* a channel */

typedef struct {
    uint32_t    hash_next;
    uint32_t    hash;
    uint32_t    newer;                       /* by publishing */
    uint32_t    older;

    uint32_t    len;                         /* of the name */
    uint32_t    text;                        /* where it goes on */
    uint32_t    channel;                     /* its number in ids */
    uint32_t    head;
    uint32_t    tail;
    uint16_t    start;                       /* of the first record, in head */
    uint16_t    end;                         /* of the last one, in tail */

    uint64_t    first;                       /* that is kept: last + 1: none */
    uint64_t    last;
    uint64_t    lost;                        /* the last that was not kept */
    uint64_t    bytes;
    uint64_t    unused[3];
    u_char      label[NGX_GRIP_HISTORY_LABEL];
} ngx_grip_history_name_t;


/* a place in the contents of a channel */

typedef struct {
    uint32_t    block;
    uint32_t    pos;
} ngx_grip_history_place_t;


#define ngx_grip_history_at(store, n)                                        \
    ((void *) ((u_char *) (store) + (store)->first                           \
               + (size_t) (n) * NGX_GRIP_HISTORY_BLOCK))

static ngx_inline ngx_grip_history_block_t *
ngx_grip_history_block(ngx_grip_history_store_t *store, uint32_t n)
{
    return ngx_grip_history_at(store, n);
}


static ngx_inline ngx_grip_history_name_t *
ngx_grip_history_name(ngx_grip_history_store_t *store, uint32_t n)
{
    return ngx_grip_history_at(store, n);
}


/* the channel of that name, 0: there is none */
uint32_t ngx_grip_history_block_find(ngx_grip_history_store_t *store,
    ngx_str_t *name);

/* the number of blocks that such a name takes, and one of it, which are free */
size_t ngx_grip_history_block_names(size_t len);
uint32_t ngx_grip_history_block_name(ngx_grip_history_store_t *store,
    ngx_str_t *name);

/* takes a channel out of the hash; gives back its name, without contents */
void ngx_grip_history_block_unname(ngx_grip_history_store_t *store,
    uint32_t n);
void ngx_grip_history_block_free_name(ngx_grip_history_store_t *store,
    uint32_t n);

/* the order of channels by publishing */
void ngx_grip_history_block_link(ngx_grip_history_store_t *store, uint32_t n,
    ngx_grip_history_name_t *name);
void ngx_grip_history_block_unlink(ngx_grip_history_store_t *store,
    ngx_grip_history_name_t *name);

/* appends an empty block, which is free, to the contents of a channel */
void ngx_grip_history_block_append(ngx_grip_history_store_t *store,
    uint32_t n);

/*
 * Drops the first record of a channel, or all that begin in its first block,
 * and gives back what is empty then.
 */
void ngx_grip_history_block_drop_record(ngx_grip_history_store_t *store,
    ngx_grip_history_name_t *name);
void ngx_grip_history_block_drop(ngx_grip_history_store_t *store,
    ngx_grip_history_name_t *name);

/* whether the first record of a channel, which has one, is past its time */
ngx_uint_t ngx_grip_history_block_expired(ngx_grip_history_store_t *store,
    ngx_grip_history_name_t *name, uint32_t ttl, uint32_t now);

/*
 * The number of the first record that is not, last + 1: all are.  The time is
 * that of walking through the blocks; nothing is dropped.
 */
uint64_t ngx_grip_history_block_fresh(ngx_grip_history_store_t *store,
    ngx_grip_history_name_t *name, uint32_t ttl, uint32_t now);

/* the place of a record that is kept */
ngx_grip_history_place_t ngx_grip_history_block_seek(
    ngx_grip_history_store_t *store, ngx_grip_history_name_t *name,
    uint64_t number);

/*
 * Copies, or skips for dst == NULL, up to len bytes, and moves the place.
 * Returns how many there were.
 */
size_t ngx_grip_history_block_copy(ngx_grip_history_store_t *store,
    ngx_grip_history_name_t *name, ngx_grip_history_place_t *place,
    u_char *dst, size_t len);


#endif /* _NGX_GRIP_HISTORY_BLOCK_H_INCLUDED_ */
