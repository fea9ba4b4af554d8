
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The ids of items that a history keeps.  They are not known before the item
 * leaves: so that those of one channel leave in the order of their numbers.
 */


#ifndef _NGX_HTTP_GRIP_NUMBERING_H_INCLUDED_
#define _NGX_HTTP_GRIP_NUMBERING_H_INCLUDED_


#include "history/ngx_http_grip_history.h"
#include "publish/ngx_http_grip_item.h"
#include "publish/ngx_http_grip_publication.h"


/*
 * Sets *own to the item, with marks in the place of its ids, and *record to
 * what is to be kept of it.  NGX_DECLINED: the name of its channel is too long,
 * as pub->invalid says.  NGX_ERROR: there are no marks.
 */
ngx_int_t ngx_http_grip_numbering_item(ngx_http_grip_publication_t *pub,
    ngx_grip_item_t *item, ngx_grip_item_t *own,
    ngx_grip_history_record_t *record);

/* says, once a worker, that an item brought ids of its own */
void ngx_http_grip_numbering_replaced(ngx_http_grip_publication_t *pub);

/*
 * Leaves the record with an item whose JSON has marks or is to have them, and
 * the name of its channel, which is in two parts: in that many bytes behind the
 * JSON.
 */
size_t ngx_http_grip_numbering_size(ngx_str_t *prefix, ngx_str_t *channel,
    ngx_grip_history_record_t *record);
void ngx_http_grip_numbering_keep(ngx_http_grip_item_t *item,
    ngx_str_t *prefix, ngx_str_t *channel, ngx_grip_history_record_t *record);

/* keeps the record, and puts the ids in the place of the marks */
void ngx_http_grip_numbering_stamp(ngx_http_grip_publication_t *pub,
    ngx_http_grip_item_t *item);


#endif /* _NGX_HTTP_GRIP_NUMBERING_H_INCLUDED_ */
