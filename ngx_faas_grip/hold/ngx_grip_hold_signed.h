
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Fields of links that were signed with the secret of a store, and their
 * signatures, as a worker has seen them.
 */


#ifndef _NGX_GRIP_HOLD_SIGNED_H_INCLUDED_
#define _NGX_GRIP_HOLD_SIGNED_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "history/ngx_grip_history_store.h"
#include "hold/ngx_grip_hold_link.h"


/* 256 KB in all; longer texts are not kept */
#define NGX_GRIP_HOLD_SIGNED_PLACES  1024
#define NGX_GRIP_HOLD_SIGNED_TEXT    206


typedef struct {
    u_char      secret[NGX_GRIP_HISTORY_SECRET];
    u_char      mac[NGX_GRIP_HOLD_LINK_MAC];
    uint16_t    len;                         /* 0: nothing is kept */
    u_char      text[NGX_GRIP_HOLD_SIGNED_TEXT];
} ngx_grip_hold_signed_t;


/*
 * The place of a text in a table of NGX_GRIP_HOLD_SIGNED_PLACES, which
 * begins as zeros.  It depends on nothing but the text, and others may have the
 * same; there the last one is kept.
 */
ngx_grip_hold_signed_t *ngx_grip_hold_signed_place(
    ngx_grip_hold_signed_t *table, ngx_str_t *text);

/* whether place->mac is that of the text and the secret */
ngx_uint_t ngx_grip_hold_signed_is(ngx_grip_hold_signed_t *place,
    u_char *secret, ngx_str_t *text);

/* keeps a signature, which has to be right, at the place of its text */
void ngx_grip_hold_signed_keep(ngx_grip_hold_signed_t *place,
    u_char *secret, ngx_str_t *text, u_char *mac);


#endif /* _NGX_GRIP_HOLD_SIGNED_H_INCLUDED_ */
