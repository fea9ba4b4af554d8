
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * A request to a connection: its path, then code and reason of a close.  The
 * id is that of the path, and what is published is for its channel alone.
 */


#include "connection/ngx_grip_connection.h"
#include "connection/ngx_http_grip_connection.h"
#include "lib/fuzz.h"
#include "text/ngx_grip_utf8.h"
#include "wire/ngx_grip_control.h"
#include "wire/ngx_grip_items.h"
#include "wire/ngx_grip_ws.h"


static void connection_path(ngx_str_t *path, ngx_int_t rc, ngx_str_t *id);
static size_t connection_last(ngx_str_t *path);
static void connection_item(ngx_grip_connection_item_t *item);
static void connection_items(ngx_str_t *json, json_t *written);


static ngx_str_t  connection_name = ngx_string("/@connections/");


void
fuzz_target(fuzz_input_t *in)
{
    ngx_int_t                    rc;
    ngx_str_t                    path, id, channel;
    ngx_uint_t                   code;
    ngx_grip_connection_item_t   item;

    code = fuzz_byte(in) << 8;
    code |= fuzz_byte(in);

    path = fuzz_field(in);

    rc = ngx_grip_connection_id(&path, &id);
    connection_path(&path, rc, &id);

    if (rc != NGX_OK) {
        return;
    }

    fuzz_holds(ngx_http_grip_connection_channel(NULL, &id, &channel)
               == NGX_OK);

    fuzz_holds(channel.len == strlen(NGX_GRIP_CONTROL_CONNECTION) + id.len);

    if (!ngx_grip_control_channel_valid(&channel)) {
        return;
    }

    fuzz_holds(fuzz_utf8(&id) && !fuzz_has_controls(&id, ""));
    fuzz_holds(ngx_grip_control_channel_of_one(&channel));

    memset(&item, 0, sizeof(ngx_grip_connection_item_t));

    ngx_str_set(&item.prefix, "prefix-");
    item.channel = channel;
    item.action = "refresh";

    connection_item(&item);

    item.reason = fuzz_rest(in);

    if (!ngx_grip_ws_close_code_valid(code)
        || item.reason.len > NGX_GRIP_WS_REASON_MAX
        || !ngx_grip_utf8_valid(item.reason.data, item.reason.len))
    {
        return;
    }

    item.action = "close";
    item.code = code;

    connection_item(&item);
}


/* all that follows the last name, and something does */

static void
connection_path(ngx_str_t *path, ngx_int_t rc, ngx_str_t *id)
{
    u_char     *p;
    size_t      last;
    ngx_str_t   again, same;

    last = connection_last(path);

    fuzz_holds(rc == (last ? NGX_OK : NGX_DECLINED));

    if (rc != NGX_OK) {
        return;
    }

    fuzz_holds(id->data == path->data + last && id->len == path->len - last);
    fuzz_holds(id->len != 0 && connection_last(id) == 0);

    /* by any other way it is the same connection */

    again = fuzz_room(5 + connection_name.len + id->len);

    p = ngx_cpymem(again.data, "/prod", 5);
    p = ngx_cpymem(p, connection_name.data, connection_name.len);
    ngx_memcpy(p, id->data, id->len);

    fuzz_holds(ngx_grip_connection_id(&again, &same) == NGX_OK);
    fuzz_holds(fuzz_same(&same, id));
}


/* where what follows begins, 0: nowhere */

static size_t
connection_last(ngx_str_t *path)
{
    size_t  i, last;

    last = 0;

    for (i = 0; i + connection_name.len < path->len; i++) {
        if (memcmp(path->data + i, connection_name.data, connection_name.len)
            == 0)
        {
            last = i + connection_name.len;
        }
    }

    return last;
}


static void
connection_item(ngx_grip_connection_item_t *item)
{
    json_t     *written, *format;
    ngx_str_t   json, channel, whole, action;

    json = fuzz_room(ngx_grip_connection_write(NULL, item));

    fuzz_holds(ngx_grip_connection_write(json.data, item) == json.len);
    fuzz_holds(!fuzz_has_controls(&json, "\x7f"));

    written = fuzz_json(&json);
    fuzz_holds(json_object_size(written) == 2);

    channel = fuzz_string(fuzz_member(written, "channel"));

    whole = fuzz_room(item->prefix.len + item->channel.len);
    ngx_memcpy(ngx_cpymem(whole.data, item->prefix.data, item->prefix.len),
               item->channel.data, item->channel.len);

    fuzz_holds(fuzz_same(&channel, &whole));

    written = fuzz_member(written, "formats");
    fuzz_holds(json_object_size(written) == 1);

    format = fuzz_member(written, "ws-message");

    action = fuzz_string(fuzz_member(format, "action"));
    fuzz_holds(fuzz_is(&action, item->action));

    fuzz_holds(json_object_size(format)
               == 1 + (size_t) (item->code != 0)
                  + (size_t) (item->reason.len != 0));

    if (item->code) {
        fuzz_holds(json_integer_value(fuzz_member(format, "code"))
                   == (json_int_t) item->code);
    }

    if (item->reason.len) {
        fuzz_holds(fuzz_json_is(fuzz_member(format, "reason"),
                                &item->reason));
    }

    connection_items(&json, fuzz_json(&json));
}


/* who publishes it himself is told nothing against it, and it is the same */

static void
connection_items(ngx_str_t *json, json_t *written)
{
    u_char            *p;
    ngx_str_t          body, error, again, none;
    ngx_uint_t         has_ids;
    ngx_grip_items_t  *items;

    body = fuzz_room(json->len + sizeof("{\"items\":[]}") - 1);

    p = ngx_cpymem(body.data, "{\"items\":[", sizeof("{\"items\":[") - 1);
    p = ngx_cpymem(p, json->data, json->len);
    ngx_memcpy(p, "]}", 2);

    ngx_str_null(&none);

    fuzz_holds(ngx_grip_items_read(&items, &body, &error) == NGX_OK);
    fuzz_holds(ngx_grip_items_next(items, &none, &again, &has_ids) == NGX_OK);
    fuzz_holds(json_equal(fuzz_json(&again), written) && !has_ids);
    fuzz_holds(ngx_grip_items_next(items, &none, &again, &has_ids)
               == NGX_DONE);

    ngx_grip_items_free(items);
}
