
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include "history/ngx_http_grip_history.h"

#include <openssl/rand.h>


/* of the marks; few contents have it */
#define NGX_HTTP_GRIP_HISTORY_MARK  '~'


static ngx_http_grip_history_marks_t  ngx_http_grip_history_own;


ngx_int_t
ngx_http_grip_history_append(ngx_http_grip_zone_t *zone, ngx_str_t *channel,
    u_char *record, size_t size, u_char *id, u_char *prev)
{
    ngx_int_t                  rc;
    ngx_grip_history_id_t      this, before;
    ngx_grip_history_store_t  *store;

    store = ngx_http_grip_zone_lock(zone);
    if (store == NULL) {
        return NGX_ERROR;
    }

    rc = ngx_grip_history_store_append(store, zone->data, channel, record,
                                       size,
                                       (uint32_t) (ngx_current_msec / 1000),
                                       &this, &before);

    ngx_http_grip_zone_unlock(zone);

    ngx_grip_history_id_write(prev, &before);

    if (before.channel) {
        ngx_memcpy(id, prev, NGX_GRIP_HISTORY_ID_LEN);
        ngx_grip_history_id_next(id);

    } else {
        ngx_grip_history_id_write(id, &this);
    }

    return rc;
}


ngx_int_t
ngx_http_grip_history_read(ngx_http_grip_zone_t *zone,
    ngx_grip_history_query_t *query, u_char **records)
{
    ngx_grip_history_store_t  *store;

    static u_char  buf[NGX_HTTP_GRIP_HISTORY_COPY];

    query->now = (uint32_t) (ngx_current_msec / 1000);

    store = ngx_http_grip_zone_lock(zone);
    if (store == NULL) {
        return NGX_ERROR;
    }

    if (query->resumed && query->skip == 0) {
        store->resumes++;
    }

    ngx_grip_history_store_read(store, zone->data, query, buf, sizeof(buf));

    store->lost += query->lost;

    ngx_http_grip_zone_unlock(zone);

    *records = buf;

    return NGX_OK;
}


ngx_int_t
ngx_http_grip_history_secret(ngx_http_grip_zone_t *zone, u_char *secret)
{
    ngx_grip_history_store_t  *store;

    store = ngx_http_grip_zone_lock(zone);
    if (store == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(secret, store->secret, NGX_GRIP_HISTORY_SECRET);

    ngx_http_grip_zone_unlock(zone);

    return NGX_OK;
}


ngx_http_grip_history_marks_t *
ngx_http_grip_history_marks(ngx_log_t *log)
{
    u_char      random[16], *p;
    ngx_uint_t  i;

    static u_char  text[2 * NGX_GRIP_HISTORY_ID_LEN];

    if (ngx_http_grip_history_own.id.len) {
        return &ngx_http_grip_history_own;
    }

    p = text;

    for (i = 0; i < 2; i++) {

        if (RAND_bytes(random, sizeof(random)) != 1) {
            ngx_log_error(NGX_LOG_ALERT, log, 0, "grip: RAND_bytes() failed");
            return NULL;
        }

        *p++ = NGX_HTTP_GRIP_HISTORY_MARK;
        p = ngx_hex_dump(p, random, sizeof(random));
    }

    ngx_http_grip_history_own.id.len = NGX_GRIP_HISTORY_ID_LEN;
    ngx_http_grip_history_own.id.data = text;

    ngx_http_grip_history_own.prev.len = NGX_GRIP_HISTORY_ID_LEN;
    ngx_http_grip_history_own.prev.data = text + NGX_GRIP_HISTORY_ID_LEN;

    return &ngx_http_grip_history_own;
}


void
ngx_http_grip_history_stamp(ngx_str_t *json, u_char *id, u_char *prev)
{
    u_char  *p, *last;

    p = json->data;
    last = json->data + json->len;

    while (last - p >= NGX_GRIP_HISTORY_ID_LEN) {

        p = memchr(p, NGX_HTTP_GRIP_HISTORY_MARK,
                   last - p - NGX_GRIP_HISTORY_ID_LEN + 1);
        if (p == NULL) {
            return;
        }

        if (ngx_memcmp(p, ngx_http_grip_history_own.id.data,
                       NGX_GRIP_HISTORY_ID_LEN)
            == 0)
        {
            p = ngx_cpymem(p, id, NGX_GRIP_HISTORY_ID_LEN);

        } else if (ngx_memcmp(p, ngx_http_grip_history_own.prev.data,
                              NGX_GRIP_HISTORY_ID_LEN)
                   == 0)
        {
            p = ngx_cpymem(p, prev, NGX_GRIP_HISTORY_ID_LEN);

        } else {
            p++;
        }
    }
}
