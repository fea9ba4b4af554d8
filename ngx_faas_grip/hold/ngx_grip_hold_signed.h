
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Links that were signed with the secret of a store, as a worker has made or
 * been asked for them: their bytes, and the token that these are in a path.
 */


#ifndef _NGX_GRIP_HOLD_SIGNED_H_INCLUDED_
#define _NGX_GRIP_HOLD_SIGNED_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "history/ngx_grip_history_store.h"
#include "hold/ngx_grip_hold_link.h"
#include "text/ngx_grip_base64.h"


/* 512 KB in all; longer links are not kept */
#define NGX_GRIP_HOLD_SIGNED_PLACES  1024
#define NGX_GRIP_HOLD_SIGNED_BYTES   201


typedef struct {
    u_char      secret[NGX_GRIP_HISTORY_SECRET];
    size_t      len;                         /* 0: nothing is kept */
    u_char      bytes[NGX_GRIP_HOLD_SIGNED_BYTES];
    u_char      token[ngx_grip_base64_url_len(NGX_GRIP_HOLD_SIGNED_BYTES)];
} ngx_grip_hold_signed_t;


/*
 * Find the link of the secret with these fields, or with this token whatever
 * its secret, in a table of NGX_GRIP_HOLD_SIGNED_PLACES, which begins as zeros.
 * NULL: it is not kept.  The link is there until another one is kept.
 */
ngx_grip_hold_signed_t *ngx_grip_hold_signed_by_fields(
    ngx_grip_hold_signed_t *table, u_char *secret, ngx_str_t *fields);
ngx_grip_hold_signed_t *ngx_grip_hold_signed_by_token(
    ngx_grip_hold_signed_t *table, ngx_str_t *token);

/*
 * Keeps a link, whose signature has to be right, for both.  Either has a place
 * that depends on nothing else, and there the last link is kept.
 */
void ngx_grip_hold_signed_keep(ngx_grip_hold_signed_t *table, u_char *secret,
    ngx_str_t *bytes, ngx_str_t *token);


#endif /* _NGX_GRIP_HOLD_SIGNED_H_INCLUDED_ */
