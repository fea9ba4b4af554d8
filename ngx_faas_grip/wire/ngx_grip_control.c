
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Control messages: what a WebSocket tells its proxy, in a text message
 * that begins with "c:" and never reaches the client.  The proxy ignores
 * silently what it does not understand, so these must be right.
 */


#include "text/ngx_grip_json.h"
#include "text/ngx_grip_utf8.h"
#include "wire/ngx_grip_control.h"
#include "wire/ngx_grip_ws.h"


static size_t ngx_grip_control_channel(u_char *dst,
    ngx_grip_control_t *control);
static size_t ngx_grip_control_filters(u_char *dst,
    ngx_grip_control_t *control);
static size_t ngx_grip_control_keepalive(u_char *dst,
    ngx_grip_control_t *control);
static size_t ngx_grip_control_meta(u_char *dst, ngx_grip_control_t *control);


size_t
ngx_grip_control_write(u_char *dst, ngx_grip_control_t *control)
{
    size_t  n;

    static const char  *types[] = {
        "subscribe",
        "unsubscribe",
        "detach",
        "keep-alive",
        "set-meta"
    };

    n = ngx_grip_json_literal(dst, "c:{\"type\":\"");
    n += ngx_grip_json_literal(ngx_grip_json_at(dst, n),
                               types[control->type]);
    n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), "\"");

    switch (control->type) {

    case NGX_GRIP_CONTROL_SUBSCRIBE:
        n += ngx_grip_control_channel(ngx_grip_json_at(dst, n), control);
        n += ngx_grip_control_filters(ngx_grip_json_at(dst, n), control);
        break;

    case NGX_GRIP_CONTROL_UNSUBSCRIBE:
        n += ngx_grip_control_channel(ngx_grip_json_at(dst, n), control);
        break;

    case NGX_GRIP_CONTROL_DETACH:
        break;

    case NGX_GRIP_CONTROL_KEEPALIVE:
        n += ngx_grip_control_keepalive(ngx_grip_json_at(dst, n), control);
        break;

    case NGX_GRIP_CONTROL_SET_META:
        n += ngx_grip_control_meta(ngx_grip_json_at(dst, n), control);
        break;
    }

    n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), "}");

    return n;
}


static size_t
ngx_grip_control_channel(u_char *dst, ngx_grip_control_t *control)
{
    size_t  n;

    n = ngx_grip_json_literal(dst, ",\"channel\":");
    n += ngx_grip_json_joined(ngx_grip_json_at(dst, n), &control->prefix,
                              &control->name);

    return n;
}


static size_t
ngx_grip_control_filters(u_char *dst, ngx_grip_control_t *control)
{
    size_t      n;
    ngx_uint_t  i;

    if (control->nfilters == 0) {
        return 0;
    }

    n = ngx_grip_json_literal(dst, ",\"filters\":[");

    for (i = 0; i < control->nfilters; i++) {
        if (i) {
            n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), ",");
        }

        n += ngx_grip_json_string(ngx_grip_json_at(dst, n),
                                  &control->filters[i]);
    }

    n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), "]");

    return n;
}


static size_t
ngx_grip_control_keepalive(u_char *dst, ngx_grip_control_t *control)
{
    size_t      n;
    ngx_uint_t  type;

    type = control->message_type ? control->message_type : NGX_GRIP_WS_TEXT;

    n = ngx_grip_json_literal(dst, ",");
    n += ngx_grip_json_member(ngx_grip_json_at(dst, n), "message-type",
                              ngx_grip_ws_name(type));

    /* content is there even if empty: without it the proxy stops */

    if (type == NGX_GRIP_WS_BINARY
        || !ngx_grip_utf8_valid(control->value.data, control->value.len))
    {
        n += ngx_grip_json_literal(ngx_grip_json_at(dst, n),
                                   ",\"content-bin\":");
        n += ngx_grip_json_base64(ngx_grip_json_at(dst, n), &control->value);

    } else {
        n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), ",");
        n += ngx_grip_json_member(ngx_grip_json_at(dst, n), "content",
                                  &control->value);
    }

    if (control->timeout) {
        n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), ",");
        n += ngx_grip_json_number(ngx_grip_json_at(dst, n), "timeout",
                                  control->timeout);
    }

    if (control->interval) {
        n += ngx_grip_json_literal(ngx_grip_json_at(dst, n),
                                   ",\"mode\":\"interval\"");
    }

    return n;
}


static size_t
ngx_grip_control_meta(u_char *dst, ngx_grip_control_t *control)
{
    size_t  n;

    n = ngx_grip_json_literal(dst, ",");
    n += ngx_grip_json_member(ngx_grip_json_at(dst, n), "name",
                              &control->name);

    /* a name alone is deleted */

    if (control->value.len) {
        n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), ",");
        n += ngx_grip_json_member(ngx_grip_json_at(dst, n), "value",
                                  &control->value);
    }

    return n;
}


ngx_uint_t
ngx_grip_control_channel_valid(ngx_str_t *channel)
{
    size_t  i;

    if (channel->len == 0
        || !ngx_grip_utf8_valid(channel->data, channel->len))
    {
        return 0;
    }

    /* the proxy leaves them out, and takes the name for that of another one */

    if (channel->data[0] == ' '
        || channel->data[channel->len - 1] == ' '
        || ngx_grip_utf8_mark(channel))
    {
        return 0;
    }

    for (i = 0; i < channel->len; i++) {
        switch (channel->data[i]) {

        case ',':
        case ';':
        case '"':
        case 0x7f:
            return 0;

        default:
            if (channel->data[i] < 0x20) {
                return 0;
            }
        }
    }

    return 1;
}


ngx_uint_t
ngx_grip_control_prefix_valid(ngx_str_t *prefix)
{
    ngx_str_t  text;

    if (prefix->len == 0) {
        return 1;
    }

    text = *prefix;

    while (text.len && text.data[text.len - 1] == ' ') {
        text.len--;
    }

    return ngx_grip_control_channel_valid(&text);
}


ngx_uint_t
ngx_grip_control_channel_of_one(ngx_str_t *channel)
{
    size_t  len;

    len = sizeof(NGX_GRIP_CONTROL_CONNECTION) - 1;

    return channel->len > len
           && ngx_memcmp(channel->data, NGX_GRIP_CONTROL_CONNECTION, len) == 0;
}
