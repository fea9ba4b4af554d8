
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "history/ngx_grip_history_id.h"


/* where the number begins, behind a dash */
#define NGX_GRIP_HISTORY_ID_NUMBER  17


static u_char *ngx_grip_history_id_hex(u_char *dst, uint32_t value);
static uint32_t ngx_grip_history_id_value(u_char *p);


void
ngx_grip_history_id_write(u_char *dst, ngx_grip_history_id_t *id)
{
    dst = ngx_grip_history_id_hex(dst, id->life);
    dst = ngx_grip_history_id_hex(dst, id->channel);
    *dst++ = '-';
    dst = ngx_grip_history_id_hex(dst, (uint32_t) (id->number >> 32));
    (void) ngx_grip_history_id_hex(dst, (uint32_t) id->number);
}


/*
 * The digits are spread over the bytes of a number, the first one over the
 * highest, and all become characters at once.
 */

static u_char *
ngx_grip_history_id_hex(u_char *dst, uint32_t value)
{
    uint64_t  n, letters;

    n = value;
    n = (n << 16 | n) & 0x0000ffff0000ffff;
    n = (n << 8 | n) & 0x00ff00ff00ff00ff;
    n = (n << 4 | n) & 0x0f0f0f0f0f0f0f0f;

    letters = (n + 0x0606060606060606) >> 4 & 0x0101010101010101;

    n += 0x3030303030303030 + letters * ('a' - '0' - 10);

    dst[0] = (u_char) (n >> 56);
    dst[1] = (u_char) (n >> 48);
    dst[2] = (u_char) (n >> 40);
    dst[3] = (u_char) (n >> 32);
    dst[4] = (u_char) (n >> 24);
    dst[5] = (u_char) (n >> 16);
    dst[6] = (u_char) (n >> 8);
    dst[7] = (u_char) n;

    return dst + 8;
}


void
ngx_grip_history_id_next(u_char *text)
{
    u_char  *p;

    for (p = text + NGX_GRIP_HISTORY_ID_LEN - 1; *p == 'f'; p--) {
        *p = '0';
    }

    *p = (*p == '9') ? 'a' : *p + 1;
}


/* what it is that would be written so, if it would */

ngx_int_t
ngx_grip_history_id_read(ngx_grip_history_id_t *id, ngx_str_t *text)
{
    u_char  written[NGX_GRIP_HISTORY_ID_LEN], *number;

    if (text->len != NGX_GRIP_HISTORY_ID_LEN) {
        return NGX_DECLINED;
    }

    number = text->data + NGX_GRIP_HISTORY_ID_NUMBER;

    id->life = ngx_grip_history_id_value(text->data);
    id->channel = ngx_grip_history_id_value(text->data + 8);
    id->number = (uint64_t) ngx_grip_history_id_value(number) << 32
                 | ngx_grip_history_id_value(number + 8);

    ngx_grip_history_id_write(written, id);

    return ngx_memcmp(written, text->data, NGX_GRIP_HISTORY_ID_LEN) == 0
           ? NGX_OK : NGX_DECLINED;
}


/* of eight hexadecimal digits: "a" ends in 1, and so on; of others, any */

static uint32_t
ngx_grip_history_id_value(u_char *p)
{
    uint64_t  n;

    n = (uint64_t) p[0] << 56 | (uint64_t) p[1] << 48
        | (uint64_t) p[2] << 40 | (uint64_t) p[3] << 32
        | (uint64_t) p[4] << 24 | (uint64_t) p[5] << 16
        | (uint64_t) p[6] << 8 | (uint64_t) p[7];

    n = (n & 0x0f0f0f0f0f0f0f0f) + (n >> 6 & 0x0101010101010101) * 9;

    n = (n >> 4 | n) & 0x00ff00ff00ff00ff;
    n = (n >> 8 | n) & 0x0000ffff0000ffff;

    return (uint32_t) (n >> 16 | n);
}
