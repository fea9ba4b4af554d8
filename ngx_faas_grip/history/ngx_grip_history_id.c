
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "history/ngx_grip_history_id.h"


/* where the number begins, behind a dash */
#define NGX_GRIP_HISTORY_ID_NUMBER  17


static u_char *ngx_grip_history_id_hex(u_char *dst, uint64_t value,
    ngx_uint_t digits);
static ngx_int_t ngx_grip_history_id_value(u_char *p, ngx_uint_t digits,
    uint64_t *value);


void
ngx_grip_history_id_write(u_char *dst, ngx_grip_history_id_t *id)
{
    dst = ngx_grip_history_id_hex(dst, id->life, 8);
    dst = ngx_grip_history_id_hex(dst, id->channel, 8);
    *dst++ = '-';
    (void) ngx_grip_history_id_hex(dst, id->number, 16);
}


static u_char *
ngx_grip_history_id_hex(u_char *dst, uint64_t value, ngx_uint_t digits)
{
    ngx_uint_t  i;

    static u_char  hex[] = "0123456789abcdef";

    for (i = digits; i-- > 0; value >>= 4) {
        dst[i] = hex[value & 0xf];
    }

    return dst + digits;
}


ngx_int_t
ngx_grip_history_id_read(ngx_grip_history_id_t *id, ngx_str_t *text)
{
    uint64_t  life, channel;

    if (text->len != NGX_GRIP_HISTORY_ID_LEN
        || text->data[NGX_GRIP_HISTORY_ID_NUMBER - 1] != '-'
        || ngx_grip_history_id_value(text->data, 8, &life) != NGX_OK
        || ngx_grip_history_id_value(text->data + 8, 8, &channel) != NGX_OK
        || ngx_grip_history_id_value(text->data + NGX_GRIP_HISTORY_ID_NUMBER,
                                     16, &id->number)
           != NGX_OK)
    {
        return NGX_DECLINED;
    }

    id->life = (uint32_t) life;
    id->channel = (uint32_t) channel;

    return NGX_OK;
}


static ngx_int_t
ngx_grip_history_id_value(u_char *p, ngx_uint_t digits, uint64_t *value)
{
    u_char      ch;
    ngx_uint_t  i;

    *value = 0;

    for (i = 0; i < digits; i++) {
        ch = p[i];

        if (ch >= '0' && ch <= '9') {
            ch -= '0';

        } else if (ch >= 'a' && ch <= 'f') {
            ch -= 'a' - 10;

        } else {
            return NGX_DECLINED;
        }

        *value = *value << 4 | ch;
    }

    return NGX_OK;
}
