
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#ifndef _NGX_GRIP_ITEMS_H_INCLUDED_
#define _NGX_GRIP_ITEMS_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/* what somebody posts to the control API: {"items":[...]} */

typedef struct ngx_grip_items_s  ngx_grip_items_t;


/*
 * Reads a body and checks of all items what the proxy knows of them: it
 * would refuse all for one bad item, in the same words.
 * NGX_OK: *items are good.  NGX_DECLINED: *error says what is wrong, and
 * lives as long as *items.  NGX_ERROR: memory is out, there are no items.
 */
ngx_int_t ngx_grip_items_read(ngx_grip_items_t **items, ngx_str_t *body,
    ngx_str_t *error);
void ngx_grip_items_free(ngx_grip_items_t *items);

/*
 * Writes the next of good items as JSON, with the prefix before its channel
 * and with all that it had, known or not.  The text lives until the next one
 * is written.  An item that has both ids may be sent again: the proxy knows
 * that it has seen it.
 * NGX_DONE: there are no more.  NGX_ERROR: memory is out.
 */
ngx_int_t ngx_grip_items_next(ngx_grip_items_t *items, ngx_str_t *prefix,
    ngx_str_t *json, ngx_uint_t *has_ids);

/* the channel of the item that was written last, good as long as that */
void ngx_grip_items_channel(ngx_grip_items_t *items, ngx_str_t *channel);


#endif /* _NGX_GRIP_ITEMS_H_INCLUDED_ */
