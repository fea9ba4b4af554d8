
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "hold/ngx_grip_hold_signed.h"

#include <openssl/crypto.h>


/* characters of a token that have something of its MAC */
#define NGX_GRIP_HOLD_SIGNED_HEAD                                            \
    ngx_grip_base64_url_len(NGX_GRIP_HOLD_LINK_MAC)


static ngx_grip_hold_signed_t *ngx_grip_hold_signed_place(
    ngx_grip_hold_signed_t *table, u_char *text, size_t len);


ngx_grip_hold_signed_t *
ngx_grip_hold_signed_by_fields(ngx_grip_hold_signed_t *table, u_char *secret,
    ngx_str_t *fields)
{
    ngx_grip_hold_signed_t  *place;

    place = ngx_grip_hold_signed_place(table, fields->data, fields->len);

    if (place->len == 0
        || place->len - NGX_GRIP_HOLD_LINK_MAC != fields->len
        || ngx_memcmp(place->bytes + NGX_GRIP_HOLD_LINK_MAC, fields->data,
                      fields->len)
           != 0
        || ngx_memcmp(place->secret, secret, NGX_GRIP_HISTORY_SECRET) != 0)
    {
        return NULL;
    }

    return place;
}


ngx_grip_hold_signed_t *
ngx_grip_hold_signed_by_token(ngx_grip_hold_signed_t *table, ngx_str_t *token)
{
    ngx_grip_hold_signed_t  *place;

    if (token->len < NGX_GRIP_HOLD_SIGNED_HEAD) {
        return NULL;
    }

    place = ngx_grip_hold_signed_place(table, token->data,
                                       NGX_GRIP_HOLD_SIGNED_HEAD);

    /* nobody learns a MAC from how long it takes to find another one */

    if (place->len == 0
        || ngx_grip_base64_url_len(place->len) != token->len
        || ngx_memcmp(place->token + NGX_GRIP_HOLD_SIGNED_HEAD,
                      token->data + NGX_GRIP_HOLD_SIGNED_HEAD,
                      token->len - NGX_GRIP_HOLD_SIGNED_HEAD)
           != 0
        || CRYPTO_memcmp(place->token, token->data, NGX_GRIP_HOLD_SIGNED_HEAD)
           != 0)
    {
        return NULL;
    }

    return place;
}


void
ngx_grip_hold_signed_keep(ngx_grip_hold_signed_t *table, u_char *secret,
    ngx_str_t *bytes, ngx_str_t *token)
{
    ngx_str_t                fields;
    ngx_uint_t               i;
    ngx_grip_hold_signed_t  *place[2];

    if (bytes->len > NGX_GRIP_HOLD_SIGNED_BYTES) {
        return;
    }

    fields = ngx_grip_hold_link_fields(bytes);

    place[0] = ngx_grip_hold_signed_place(table, fields.data, fields.len);
    place[1] = ngx_grip_hold_signed_place(table, token->data,
                                          NGX_GRIP_HOLD_SIGNED_HEAD);

    for (i = 0; i < 2; i++) {
        place[i]->len = bytes->len;

        ngx_memcpy(place[i]->secret, secret, NGX_GRIP_HISTORY_SECRET);
        ngx_memcpy(place[i]->bytes, bytes->data, bytes->len);
        ngx_memcpy(place[i]->token, token->data, token->len);
    }
}


static ngx_grip_hold_signed_t *
ngx_grip_hold_signed_place(ngx_grip_hold_signed_t *table, u_char *text,
    size_t len)
{
    size_t    i;
    uint32_t  hash;

    hash = 2166136261u;

    for (i = 0; i < len; i++) {
        hash = (hash ^ text[i]) * 16777619u;
    }

    hash ^= hash >> 15;

    return &table[hash % NGX_GRIP_HOLD_SIGNED_PLACES];
}
