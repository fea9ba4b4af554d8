
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include "hold/ngx_grip_hold_link.h"

#include <openssl/crypto.h>


static ngx_inline size_t ngx_grip_hold_link_field(u_char *dst, size_t n,
    ngx_str_t *field);
static ngx_int_t ngx_grip_hold_link_mac(ngx_str_t *bytes, ngx_grip_key_t *key,
    u_char *mac);


size_t
ngx_grip_hold_link_write(u_char *dst, ngx_grip_hold_link_t *link)
{
    size_t      n;
    ngx_uint_t  i;

    n = ngx_grip_hold_link_field(dst, NGX_GRIP_HOLD_LINK_MAC, &link->location);
    n = ngx_grip_hold_link_field(dst, n, &link->channel);
    n = ngx_grip_hold_link_field(dst, n, &link->position);
    n = ngx_grip_hold_link_field(dst, n, &link->keepalive);
    n = ngx_grip_hold_link_field(dst, n, &link->gone);

    for (i = 0; i < link->nmetas; i++) {
        n = ngx_grip_hold_link_field(dst, n, &link->metas[i]);
    }

    return n;
}


static ngx_inline size_t
ngx_grip_hold_link_field(u_char *dst, size_t n, ngx_str_t *field)
{
    if (dst) {
        dst[n] = (u_char) (field->len >> 8);
        dst[n + 1] = (u_char) field->len;

        if (field->len) {
            ngx_memcpy(dst + n + 2, field->data, field->len);
        }
    }

    return n + 2 + field->len;
}


ngx_int_t
ngx_grip_hold_link_sign(ngx_str_t *bytes, ngx_grip_key_t *key)
{
    return ngx_grip_hold_link_mac(bytes, key, bytes->data);
}


static ngx_int_t
ngx_grip_hold_link_mac(ngx_str_t *bytes, ngx_grip_key_t *key, u_char *mac)
{
    u_char     all[NGX_GRIP_KEY_MAC_LEN];
    ngx_str_t  fields;

    fields = ngx_grip_hold_link_fields(bytes);

    if (ngx_grip_key_sign(key, &fields, all) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_memcpy(mac, all, NGX_GRIP_HOLD_LINK_MAC);

    return NGX_OK;
}


ngx_int_t
ngx_grip_hold_link_read(ngx_grip_hold_link_t *link, ngx_str_t *bytes,
    ngx_str_t *metas)
{
    ngx_str_t  fields, field;

    if (bytes->len < NGX_GRIP_HOLD_LINK_MAC) {
        return NGX_DECLINED;
    }

    fields = ngx_grip_hold_link_fields(bytes);

    if (!ngx_grip_hold_link_next(&fields, &link->location)
        || !ngx_grip_hold_link_next(&fields, &link->channel)
        || !ngx_grip_hold_link_next(&fields, &link->position)
        || !ngx_grip_hold_link_next(&fields, &link->keepalive)
        || !ngx_grip_hold_link_next(&fields, &link->gone))
    {
        return NGX_DECLINED;
    }

    *metas = fields;

    while (ngx_grip_hold_link_next(&fields, &field)) { /* void */ }

    return fields.len ? NGX_DECLINED : NGX_OK;
}


ngx_uint_t
ngx_grip_hold_link_next(ngx_str_t *fields, ngx_str_t *field)
{
    size_t  len;

    if (fields->len < 2) {
        return 0;
    }

    len = (size_t) fields->data[0] << 8 | fields->data[1];

    if (len > fields->len - 2) {
        return 0;
    }

    field->len = len;
    field->data = fields->data + 2;

    fields->len -= 2 + len;
    fields->data += 2 + len;

    return 1;
}


ngx_int_t
ngx_grip_hold_link_verify(ngx_str_t *bytes, ngx_grip_key_t *key)
{
    u_char  mac[NGX_GRIP_HOLD_LINK_MAC];

    if (ngx_grip_hold_link_mac(bytes, key, mac) != NGX_OK) {
        return NGX_ERROR;
    }

    return CRYPTO_memcmp(mac, bytes->data, NGX_GRIP_HOLD_LINK_MAC) == 0
           ? NGX_OK : NGX_DECLINED;
}
