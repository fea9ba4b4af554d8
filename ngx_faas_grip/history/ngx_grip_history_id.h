
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Ids of items, "LIFECHANNEL-NUMBER" in hex of fixed width: so they sort as
 * texts, may stand in headers, and a client can see by itself that one is
 * missing.
 */


#ifndef _NGX_GRIP_HISTORY_ID_H_INCLUDED_
#define _NGX_GRIP_HISTORY_ID_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


#define NGX_GRIP_HISTORY_ID_LEN  33


/*
 * The number is that of an item, from 1 on without a gap; 0 is the position
 * before the first.  The channel is a number that none of the 4 billion
 * channels before it has had in the life of the store; 0: there is none yet,
 * and so nothing was published either.
 */

typedef struct {
    uint32_t    life;
    uint32_t    channel;
    uint64_t    number;
} ngx_grip_history_id_t;


/* writes NGX_GRIP_HISTORY_ID_LEN bytes */
void ngx_grip_history_id_write(u_char *dst, ngx_grip_history_id_t *id);

/* makes the text of an id that of the next number */
void ngx_grip_history_id_next(u_char *text);

/* NGX_DECLINED: the text is none */
ngx_int_t ngx_grip_history_id_read(ngx_grip_history_id_t *id, ngx_str_t *text);


#endif /* _NGX_GRIP_HISTORY_ID_H_INCLUDED_ */
