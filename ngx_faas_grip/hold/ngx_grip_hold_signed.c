
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "hold/ngx_grip_hold_signed.h"


ngx_grip_hold_signed_t *
ngx_grip_hold_signed_place(ngx_grip_hold_signed_t *table,
    ngx_str_t *text)
{
    size_t    i;
    uint32_t  hash;

    hash = 2166136261u;

    for (i = 0; i < text->len; i++) {
        hash = (hash ^ text->data[i]) * 16777619u;
    }

    hash ^= hash >> 15;

    return &table[hash % NGX_GRIP_HOLD_SIGNED_PLACES];
}


ngx_uint_t
ngx_grip_hold_signed_is(ngx_grip_hold_signed_t *place, u_char *secret,
    ngx_str_t *text)
{
    return place->len != 0
           && place->len == text->len
           && ngx_memcmp(place->text, text->data, text->len) == 0
           && ngx_memcmp(place->secret, secret, NGX_GRIP_HISTORY_SECRET) == 0;
}


void
ngx_grip_hold_signed_keep(ngx_grip_hold_signed_t *place, u_char *secret,
    ngx_str_t *text, u_char *mac)
{
    if (text->len == 0 || text->len > NGX_GRIP_HOLD_SIGNED_TEXT) {
        return;
    }

    place->len = (uint16_t) text->len;

    ngx_memcpy(place->text, text->data, text->len);
    ngx_memcpy(place->secret, secret, NGX_GRIP_HISTORY_SECRET);
    ngx_memcpy(place->mac, mac, NGX_GRIP_HOLD_LINK_MAC);
}
