
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * One connection in texts: a URI that has its id, and items that do something
 * to it.
 */


#ifndef _NGX_GRIP_CONNECTION_H_INCLUDED_
#define _NGX_GRIP_CONNECTION_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


typedef struct {
    ngx_str_t     prefix;                        /* put before the channel */
    ngx_str_t     channel;
    const char   *action;
    ngx_uint_t    code;                          /* 0: absent */
    ngx_str_t     reason;                        /* empty: absent */
} ngx_grip_connection_item_t;


/*
 * Sets *id to what follows the last "/@connections/" of a decoded path, any
 * bytes, and more than none.  NGX_DECLINED: there is no such thing.
 */
ngx_int_t ngx_grip_connection_id(ngx_str_t *path, ngx_str_t *id);

/*
 * Writes the JSON object of an item and returns the number of bytes; with
 * dst == NULL only counts.  All strings must be valid UTF-8.
 */
size_t ngx_grip_connection_write(u_char *dst,
    ngx_grip_connection_item_t *item);


#endif /* _NGX_GRIP_CONNECTION_H_INCLUDED_ */
