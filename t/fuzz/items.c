
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Items that others have written.  Those that are good go on as they were, but
 * for the prefix, and are good for the proxy, too.
 */


#include "lib/fuzz.h"
#include "wire/ngx_grip_items.h"


static ngx_str_t items_again(ngx_str_t *body, const char *prefix);
static void items_item(json_t *item, ngx_uint_t has_ids);
static void items_strings(json_t *item);


void
fuzz_target(fuzz_input_t *in)
{
    ngx_str_t  body, again, once_more;

    body = fuzz_rest(in);

    (void) items_again(&body, "prefix-");
    again = items_again(&body, "");

    if (again.data) {
        once_more = items_again(&again, "");
        fuzz_holds(fuzz_same(&again, &once_more));
    }
}


/* a body of the items as they go on; data is NULL if they do not */

static ngx_str_t
items_again(ngx_str_t *body, const char *prefix)
{
    u_char            *p;
    ngx_int_t          rc;
    ngx_str_t          again, error, json, before, channel;
    ngx_uint_t         has_ids;
    ngx_grip_items_t  *items;

    before.len = strlen(prefix);
    before.data = (u_char *) prefix;

    rc = ngx_grip_items_read(&items, body, &error);

    if (rc == NGX_DECLINED) {
        fuzz_holds(error.len && !fuzz_has_controls(&error, ""));
        ngx_grip_items_free(items);

        ngx_str_null(&again);

        return again;
    }

    fuzz_holds(rc == NGX_OK);

    /* a number that no double holds may be longer than it was */

    again = fuzz_room(6 * body->len + 64);
    p = ngx_cpymem(again.data, "{\"items\":[", sizeof("{\"items\":[") - 1);

    for ( ;; ) {
        rc = ngx_grip_items_next(items, &before, &json, &has_ids);

        if (rc == NGX_DONE) {
            break;
        }

        fuzz_holds(rc == NGX_OK);
        fuzz_holds(!fuzz_has_controls(&json, "\x7f"));

        items_item(fuzz_json(&json), has_ids);

        channel = fuzz_string(fuzz_member(fuzz_json(&json), "channel"));
        fuzz_holds(channel.len >= before.len
                   && memcmp(channel.data, before.data, before.len) == 0);

        if (before.len) {
            continue;
        }

        if (p[-1] == '}') {
            *p++ = ',';
        }

        fuzz_holds(p + json.len + 2 <= again.data + again.len);
        p = ngx_cpymem(p, json.data, json.len);
    }

    p = ngx_cpymem(p, "]}", 2);
    again.len = p - again.data;

    ngx_grip_items_free(items);

    return again;
}


/* what the proxy asks of an item, in few words */

static void
items_item(json_t *item, ngx_uint_t has_ids)
{
    json_t  *id, *prev_id, *formats;

    fuzz_holds(json_is_string(fuzz_member(item, "channel")));

    id = json_object_get(item, "id");
    prev_id = json_object_get(item, "prev-id");

    fuzz_holds(id == NULL || json_is_string(id));
    fuzz_holds(prev_id == NULL || json_is_string(prev_id));
    fuzz_holds(has_ids == (json_string_length(id) != 0
                           && json_string_length(prev_id) != 0));

    formats = json_object_get(item, "formats");
    fuzz_holds(formats == NULL || json_is_object(formats));

    items_strings(formats ? formats : item);
}


/* an action is one that the proxy knows, all of it */

static void
items_strings(json_t *formats)
{
    size_t       i;
    json_t      *format, *action;
    ngx_str_t    text;

    static const char  *names[] = {
        "http-response", "http-stream", "ws-message"
    };

    for (i = 0; i < 3; i++) {
        format = json_object_get(formats, names[i]);
        action = json_object_get(format, "action");

        if (action == NULL) {
            continue;
        }

        text = fuzz_string(action);

        fuzz_holds(fuzz_is(&text, "send") || fuzz_is(&text, "close")
                   || fuzz_is(&text, "hint") || fuzz_is(&text, "refresh"));
    }
}
