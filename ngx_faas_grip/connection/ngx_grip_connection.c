
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include "connection/ngx_grip_connection.h"
#include "text/ngx_grip_json.h"


/* the path before it may be any, as it stands in the URL that callers have */

ngx_int_t
ngx_grip_connection_id(ngx_str_t *path, ngx_str_t *id)
{
    u_char  *p, *last;

    static ngx_str_t  name = ngx_string("/@connections/");

    last = path->data + path->len;

    if (path->len <= name.len) {
        return NGX_DECLINED;
    }

    for (p = last - name.len - 1; p >= path->data; p--) {

        if (ngx_memcmp(p, name.data, name.len) == 0) {
            id->data = p + name.len;
            id->len = (size_t) (last - id->data);

            return NGX_OK;
        }
    }

    return NGX_DECLINED;
}


size_t
ngx_grip_connection_write(u_char *dst, ngx_grip_connection_item_t *item)
{
    size_t     n;
    ngx_str_t  action;

    action.len = ngx_strlen(item->action);
    action.data = (u_char *) item->action;

    n = ngx_grip_json_literal(dst, "{\"channel\":");
    n += ngx_grip_json_joined(ngx_grip_json_at(dst, n), &item->prefix,
                              &item->channel);
    n += ngx_grip_json_literal(ngx_grip_json_at(dst, n),
                               ",\"formats\":{\"ws-message\":{");
    n += ngx_grip_json_member(ngx_grip_json_at(dst, n), "action", &action);

    if (item->code) {
        n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), ",");
        n += ngx_grip_json_number(ngx_grip_json_at(dst, n), "code",
                                  item->code);
    }

    if (item->reason.len) {
        n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), ",");
        n += ngx_grip_json_member(ngx_grip_json_at(dst, n), "reason",
                                  &item->reason);
    }

    n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), "}}}");

    return n;
}
