
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <jansson.h>

#include "text/ngx_grip_json_dump.h"


/* bytes that there is room for at first */
#define NGX_GRIP_JSON_DUMP_ROOM       1024


typedef struct {
    u_char                   *data;
    size_t                    len;
    size_t                    size;
} ngx_grip_json_dump_t;


static int ngx_grip_json_dump_append(const char *data, size_t len, void *to);


ngx_int_t
ngx_grip_json_dump(void *value, ngx_str_t *text)
{
    ngx_grip_json_dump_t  dump;

    memset(&dump, 0, sizeof(ngx_grip_json_dump_t));

    if (json_dump_callback(value, ngx_grip_json_dump_append, &dump,
                           JSON_ENCODE_ANY|JSON_COMPACT)
        != 0)
    {
        free(dump.data);
        return NGX_ERROR;
    }

    text->len = dump.len;
    text->data = dump.data;

    return NGX_OK;
}


static int
ngx_grip_json_dump_append(const char *data, size_t len, void *to)
{
    ngx_grip_json_dump_t *dump = to;

    size_t   size;
    u_char  *p;

    if (len > dump->size - dump->len) {
        size = 2 * dump->size + len + NGX_GRIP_JSON_DUMP_ROOM;

        p = realloc(dump->data, size);
        if (p == NULL) {
            return -1;
        }

        dump->data = p;
        dump->size = size;
    }

    memcpy(dump->data + dump->len, data, len);
    dump->len += len;

    return 0;
}
