
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The channel of a connection.
 */


#include "connection/ngx_http_grip_connection.h"
#include "wire/ngx_grip_control.h"


ngx_int_t
ngx_http_grip_connection_channel(ngx_pool_t *pool, ngx_str_t *id,
    ngx_str_t *channel)
{
    u_char  *p;

    static ngx_str_t  name = ngx_string(NGX_GRIP_CONTROL_CONNECTION);

    channel->len = name.len + id->len;

    channel->data = ngx_pnalloc(pool, channel->len);
    if (channel->data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_cpymem(channel->data, name.data, name.len);
    ngx_memcpy(p, id->data, id->len);

    return NGX_OK;
}
