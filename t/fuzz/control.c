
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Control messages: kind, prefix, name, value, and filters.  The library reads
 * from the text what it was made of, and no more.
 */


#include "lib/fuzz.h"
#include "text/ngx_grip_utf8.h"
#include "wire/ngx_grip_control.h"
#include "wire/ngx_grip_ws.h"


#define CONTROL_FILTERS  4


static void control_read(fuzz_input_t *in, ngx_grip_control_t *control);
static void control_compare(json_t *json, ngx_grip_control_t *control);
static void control_channel(json_t *json, ngx_grip_control_t *control);
static void control_keepalive(json_t *json, ngx_grip_control_t *control);
static ngx_uint_t control_valid(ngx_grip_control_t *control);


void
fuzz_target(fuzz_input_t *in)
{
    ngx_str_t           text, json;
    ngx_uint_t          i;
    ngx_grip_control_t  control;

    control_read(in, &control);

    if (ngx_grip_control_channel_valid(&control.name)) {
        fuzz_holds(control.name.len && fuzz_utf8(&control.name));
        fuzz_holds(!fuzz_has_controls(&control.name, ""));

        for (i = 0; i < control.name.len; i++) {
            fuzz_holds(control.name.data[i] == '\0'
                       || strchr(",;\"", control.name.data[i]) == NULL);
        }
    }

    if (!control_valid(&control)) {
        return;
    }

    text = fuzz_room(ngx_grip_control_write(NULL, &control));

    fuzz_holds(ngx_grip_control_write(text.data, &control) == text.len);
    fuzz_holds(text.len > 2 && memcmp(text.data, "c:", 2) == 0);
    fuzz_holds(!fuzz_has_controls(&text, "\x7f"));

    json.data = text.data + 2;
    json.len = text.len - 2;

    control_compare(fuzz_json(&json), &control);
}


static void
control_read(fuzz_input_t *in, ngx_grip_control_t *control)
{
    ngx_uint_t  flags, i;

    static const ngx_uint_t  types[] = {
        NGX_GRIP_WS_TEXT, NGX_GRIP_WS_BINARY, NGX_GRIP_WS_PING,
        NGX_GRIP_WS_PONG
    };

    ngx_memzero(control, sizeof(ngx_grip_control_t));

    control->type = fuzz_byte(in) % (NGX_GRIP_CONTROL_SET_META + 1);

    flags = fuzz_byte(in);

    control->message_type = types[flags & 3];
    control->interval = (flags & 4) != 0;
    control->timeout = fuzz_byte(in) * (flags & 8 ? 1 : 0x1234567);

    control->prefix = fuzz_field(in);
    control->name = fuzz_field(in);
    control->value = fuzz_field(in);

    control->filters = fuzz_alloc(CONTROL_FILTERS * sizeof(ngx_str_t));

    for (i = 0; i < CONTROL_FILTERS && in->pos < in->end; i++) {
        control->filters[i] = fuzz_field(in);
    }

    control->nfilters = i;
}


/* what the contract asks of the caller */

static ngx_uint_t
control_valid(ngx_grip_control_t *control)
{
    ngx_uint_t  i;

    for (i = 0; i < control->nfilters; i++) {
        if (!fuzz_utf8(&control->filters[i])) {
            return 0;
        }
    }

    return fuzz_utf8(&control->prefix) && fuzz_utf8(&control->name)
           && (control->type == NGX_GRIP_CONTROL_KEEPALIVE
               || fuzz_utf8(&control->value));
}


static void
control_compare(json_t *json, ngx_grip_control_t *control)
{
    json_t      *filters;
    ngx_str_t    type;
    ngx_uint_t   i;

    static const char  *types[] = {
        "subscribe", "unsubscribe", "detach", "keep-alive", "set-meta"
    };

    type = fuzz_string(fuzz_member(json, "type"));
    fuzz_holds(fuzz_is(&type, types[control->type]));

    filters = json_object_get(json, "filters");

    switch (control->type) {

    case NGX_GRIP_CONTROL_SUBSCRIBE:
        control_channel(json, control);
        fuzz_holds(json_array_size(filters) == control->nfilters);
        fuzz_holds(json_object_size(json) == 2U + (filters != NULL));

        for (i = 0; i < control->nfilters; i++) {
            fuzz_holds(fuzz_json_is(json_array_get(filters, i),
                                    &control->filters[i]));
        }

        break;

    case NGX_GRIP_CONTROL_UNSUBSCRIBE:
        control_channel(json, control);
        fuzz_holds(json_object_size(json) == 2);
        break;

    case NGX_GRIP_CONTROL_DETACH:
        fuzz_holds(json_object_size(json) == 1);
        break;

    case NGX_GRIP_CONTROL_KEEPALIVE:
        control_keepalive(json, control);
        break;

    case NGX_GRIP_CONTROL_SET_META:
        fuzz_holds(fuzz_json_is(fuzz_member(json, "name"), &control->name));
        fuzz_holds(json_object_size(json) == 2U + (control->value.len != 0));
        fuzz_holds(control->value.len == 0
                   || fuzz_json_is(fuzz_member(json, "value"),
                                   &control->value));
        break;
    }
}


static void
control_channel(json_t *json, ngx_grip_control_t *control)
{
    ngx_str_t  channel, part;

    channel = fuzz_string(fuzz_member(json, "channel"));

    fuzz_holds(channel.len == control->prefix.len + control->name.len);

    part = channel;
    part.len = control->prefix.len;
    fuzz_holds(fuzz_same(&part, &control->prefix));

    part.len = control->name.len;
    part.data = channel.data + control->prefix.len;
    fuzz_holds(fuzz_same(&part, &control->name));
}


static void
control_keepalive(json_t *json, ngx_grip_control_t *control)
{
    json_t      *timeout, *text;
    ngx_str_t    bytes;
    ngx_uint_t   utf8;

    utf8 = fuzz_utf8(&control->value)
           && control->message_type != NGX_GRIP_WS_BINARY;

    fuzz_holds(fuzz_json_is(fuzz_member(json, "message-type"),
                            ngx_grip_ws_name(control->message_type)));

    text = fuzz_member(json, utf8 ? "content" : "content-bin");
    bytes = fuzz_string(text);

    if (!utf8) {
        bytes = fuzz_base64(&bytes);
    }

    fuzz_holds(fuzz_same(&bytes, &control->value));

    timeout = json_object_get(json, "timeout");

    fuzz_holds((timeout != NULL) == (control->timeout != 0));
    fuzz_holds((ngx_uint_t) json_integer_value(timeout) == control->timeout);

    fuzz_holds((json_object_get(json, "mode") != NULL)
               == (control->interval != 0));
    fuzz_holds(json_object_size(json) == 3U + (timeout != NULL)
                                         + (control->interval != 0));
}
