
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Items of others, to be numbered by us.
 */


#ifndef _NGX_GRIP_ITEMS_MARK_H_INCLUDED_
#define _NGX_GRIP_ITEMS_MARK_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "wire/ngx_grip_items.h"


typedef struct {
    ngx_str_t                 id;            /* what is to be put in place of */
    ngx_str_t                 prev_id;       /* its ids */

    ngx_str_t                 channel;       /* what is in it, all of it good */
    ngx_str_t                 stream;        /* until the next item is taken */
    ngx_str_t                 response;
    ngx_str_t                 type;
    ngx_str_t                 sender;        /* metas for filters */
    ngx_str_t                 skip_users;
    ngx_str_t                 require_sub;

    unsigned                  left:1;        /* as it is: it has but hints, or
                                                is for one connection */
    unsigned                  replaced:1;    /* it had ids, or "no-seq" */
    unsigned                  has_stream:1;
    unsigned                  has_response:1;
    unsigned                  event:1;       /* the stream's content wants an
                                                "id:" line in front */
    unsigned                  unknown:1;     /* its content cannot be told */
} ngx_grip_items_mark_t;


/*
 * Marks the item that ngx_grip_items_next() is to write next, if there is one:
 * sets its ids; the "id:" line of its event, in the place of others; the
 * "Last-Event-ID" of its response; and a part for streams, which would miss it
 * otherwise.  NGX_ERROR: memory is out.
 */
ngx_int_t ngx_grip_items_mark(ngx_grip_items_t *items,
    ngx_grip_items_mark_t *mark);

/* gives back what the last mark has decoded */
void ngx_grip_items_mark_free(ngx_grip_items_t *items);


#endif /* _NGX_GRIP_ITEMS_MARK_H_INCLUDED_ */
