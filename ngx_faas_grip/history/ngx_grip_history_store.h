
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The store: what was published in channels, in one piece of memory that is
 * divided into blocks of one size.  The caller has locked it.
 *
 * A channel is a block with its name; its records are packed into a chain of
 * others.  All these chains are one queue, too, in the order in which their
 * blocks were taken: when memory is full the oldest one is given back, whosever
 * it is, so that nothing is fragmented and nothing is refused.
 */


#ifndef _NGX_GRIP_HISTORY_STORE_H_INCLUDED_
#define _NGX_GRIP_HISTORY_STORE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "history/ngx_grip_history_id.h"
#include "history/ngx_grip_history_record.h"


#define NGX_GRIP_HISTORY_BLOCK    512

/* the least memory, and the part of a channel's bytes that one item may have */
#define NGX_GRIP_HISTORY_MIN      (64 * NGX_GRIP_HISTORY_BLOCK)
#define NGX_GRIP_HISTORY_SHARE    8

#define NGX_GRIP_HISTORY_SECRET   32


typedef struct {
    ngx_uint_t                 items;        /* of a channel */
    size_t                     bytes;        /* of their contents */
    uint32_t                   ttl;          /* seconds, 0: for ever */
    ngx_uint_t                 channels;     /* 0: as many as there may be */
} ngx_grip_history_limits_t;


typedef struct {
    uint32_t                   life;         /* of its content, in ids */
    uint32_t                   counter;      /* of channels, in ids */
    uint32_t                   blocks;       /* there are, */
    uint32_t                   available,    /* are in no use, */
                               fresh;        /* or never were, from here on */
    uint32_t                   mask;         /* of the hash, */
    uint32_t                   place;        /* where it is taken */
    size_t                     first;        /* where the blocks begin */

    uint32_t                   free;
    uint32_t                   oldest;       /* of those with contents */
    uint32_t                   newest;
    uint32_t                   recent;       /* channels by publishing */
    uint32_t                   idle;
    uint32_t                   dropped;      /* channels to be cleared */

    uint64_t                   channels;     /* what there is */
    uint64_t                   items;
    uint64_t                   bytes;

    uint64_t                   evicted;      /* records before their limits */
    uint64_t                   resumes;      /* counted by the caller */
    uint64_t                   lost;

    u_char                     secret[NGX_GRIP_HISTORY_SECRET];

    uint32_t                   hash[1];
} ngx_grip_history_store_t;


/* a question, and the answer */

typedef struct {
    ngx_str_t                  channel;      /* its whole name */
    ngx_grip_history_id_t      from;         /* what precedes the first record
                                                that is asked for */
    size_t                     skip;         /* bytes of that one */
    uint32_t                   now;          /* seconds */
    ngx_uint_t                 initial;      /* without "from": the last ones */

    ngx_grip_history_id_t      last;         /* of the channel */
    size_t                     len;          /* bytes that were copied */

    unsigned                   resumed:1;    /* there is "from", */
    unsigned                   foreign:1;    /* which is none of ours, or */
    unsigned                   told:1;       /* is one of a client that knows
                                                of what it has lost */
    unsigned                   lost:1;       /* the answer does not follow it */
} ngx_grip_history_query_t;


/*
 * Makes a store of the memory, of which only the head is touched; life and
 * place are random, and so is the secret of the store, which the caller sets.
 * All but the life are nobody's to know.  NULL: the memory is too small.
 */
ngx_grip_history_store_t *ngx_grip_history_store_create(void *data,
    size_t size, uint32_t life, uint32_t place);

/* how many channels a store of that size may have at most */
ngx_uint_t ngx_grip_history_store_channels(size_t size);

/*
 * Appends a record, its size that of its head and its texts, to the channel,
 * which is created if it is not known, and sets both ids.  The record becomes
 * what is kept: its time is set.  NGX_DECLINED: it was too large for the
 * channel or the store, and is kept as a lost one.
 */
ngx_int_t ngx_grip_history_store_append(ngx_grip_history_store_t *store,
    ngx_grip_history_limits_t *limits, ngx_str_t *channel, u_char *record,
    size_t size, uint32_t now, ngx_grip_history_id_t *id,
    ngx_grip_history_id_t *prev);

/*
 * Answers a question: settles query->from, which becomes a position of the
 * channel, and copies what follows it, at most size bytes; the last record
 * may be cut.  lost: items are missing between what was "from" and what is.
 */
void ngx_grip_history_store_read(ngx_grip_history_store_t *store,
    ngx_grip_history_limits_t *limits, ngx_grip_history_query_t *query,
    u_char *buf, size_t size);


#endif /* _NGX_GRIP_HISTORY_STORE_H_INCLUDED_ */
