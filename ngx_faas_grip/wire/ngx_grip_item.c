
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Publish items: one message to one channel, in each of the formats that
 * its subscribers may want.  The proxy refuses a whole batch for one bad
 * item, hence the check.
 */


#include "text/ngx_grip_json.h"
#include "text/ngx_grip_line.h"
#include "text/ngx_grip_utf8.h"
#include "wire/ngx_grip_control.h"
#include "wire/ngx_grip_item.h"
#include "wire/ngx_grip_sse.h"


#define NGX_GRIP_FORMATS                                                     \
    (NGX_GRIP_FORMAT_WS_MESSAGE | NGX_GRIP_FORMAT_HTTP_STREAM                \
     | NGX_GRIP_FORMAT_SSE | NGX_GRIP_FORMAT_HTTP_RESPONSE)


static ngx_uint_t ngx_grip_item_text_valid(ngx_str_t *text);
static ngx_uint_t ngx_grip_item_header_valid(ngx_str_t *value);
static size_t ngx_grip_item_properties(u_char *dst, ngx_grip_item_t *item);
static size_t ngx_grip_item_id(u_char *dst, ngx_grip_item_t *item,
    ngx_str_t *id);
static size_t ngx_grip_item_meta(u_char *dst, ngx_grip_item_t *item);
static size_t ngx_grip_item_contents(u_char *dst, ngx_grip_item_t *item);
static size_t ngx_grip_item_stream(u_char *dst, ngx_grip_item_t *item,
    ngx_str_t *value);
static size_t ngx_grip_item_event(u_char *dst, ngx_grip_item_t *item);
static size_t ngx_grip_item_response(u_char *dst, ngx_grip_item_t *item,
    ngx_str_t *value);
static size_t ngx_grip_item_headers(u_char *dst, ngx_grip_item_t *item);
static size_t ngx_grip_item_content(u_char *dst, const char *name,
    ngx_grip_item_t *item, ngx_str_t *value);


static const struct {
    ngx_str_t   name;
    ngx_uint_t  format;
} ngx_grip_item_formats[] = {
    { ngx_string("ws-message"), NGX_GRIP_FORMAT_WS_MESSAGE },
    { ngx_string("http-stream"), NGX_GRIP_FORMAT_HTTP_STREAM },
    { ngx_string("sse"), NGX_GRIP_FORMAT_SSE },
    { ngx_string("http-response"), NGX_GRIP_FORMAT_HTTP_RESPONSE },
    { ngx_null_string, 0 }
};


ngx_uint_t
ngx_grip_item_format(ngx_str_t *name)
{
    ngx_uint_t  i;

    for (i = 0; ngx_grip_item_formats[i].name.len; i++) {
        if (ngx_grip_item_formats[i].name.len == name->len
            && ngx_memcmp(ngx_grip_item_formats[i].name.data, name->data,
                          name->len)
               == 0)
        {
            break;
        }
    }

    return ngx_grip_item_formats[i].format;
}


ngx_int_t
ngx_grip_item_add_format(ngx_uint_t *formats, ngx_str_t *name)
{
    ngx_uint_t  format, stream;

    format = ngx_grip_item_format(name);
    stream = NGX_GRIP_FORMAT_HTTP_STREAM|NGX_GRIP_FORMAT_SSE;

    if (format == 0
        || ((format & stream) && ((*formats | format) & stream) == stream))
    {
        return NGX_DECLINED;
    }

    *formats |= format;

    return NGX_OK;
}


const char *
ngx_grip_item_check(ngx_grip_item_t *item)
{
    ngx_uint_t  i;

    if (!ngx_grip_control_prefix_valid(&item->prefix)
        || !ngx_grip_control_channel_valid(&item->channel))
    {
        return "invalid channel";
    }

    if (!(item->formats & NGX_GRIP_FORMATS)) {
        return "no format";
    }

    if (item->formats & NGX_GRIP_FORMAT_SSE) {

        if (item->formats & NGX_GRIP_FORMAT_HTTP_STREAM) {
            return "both \"sse\" and \"http-stream\" formats";
        }

        if (item->binary) {
            return "binary content in \"sse\" format";
        }
    }

    if (!item->binary && !ngx_grip_item_text_valid(&item->content)) {
        return "content is not UTF-8";
    }

    if (!ngx_grip_item_text_valid(&item->id)) {
        return "id is not UTF-8";
    }

    if (!ngx_grip_item_text_valid(&item->prev_id)) {
        return "previous id is not UTF-8";
    }

    if (!ngx_grip_item_text_valid(&item->event)) {
        return "event name is not UTF-8";
    }

    if (!ngx_grip_item_header_valid(&item->content_type)) {
        return "invalid content type";
    }

    for (i = 0; i < item->nmeta; i++) {
        if (!ngx_grip_item_text_valid(&item->meta[i].name)
            || !ngx_grip_item_text_valid(&item->meta[i].value))
        {
            return "meta is not UTF-8";
        }
    }

    return NULL;
}


static ngx_uint_t
ngx_grip_item_text_valid(ngx_str_t *text)
{
    return ngx_grip_utf8_valid(text->data, text->len);
}


/* the proxy would write it to the client as it is */

static ngx_uint_t
ngx_grip_item_header_valid(ngx_str_t *value)
{
    return ngx_grip_line_valid(value) && ngx_grip_item_text_valid(value);
}


size_t
ngx_grip_item_write(u_char *dst, ngx_grip_item_t *item)
{
    size_t  n;

    n = ngx_grip_json_literal(dst, "{\"channel\":");
    n += ngx_grip_json_joined(ngx_grip_json_at(dst, n), &item->prefix,
                              &item->channel);
    n += ngx_grip_item_properties(ngx_grip_json_at(dst, n), item);

    n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), ",\"formats\":{");
    n += ngx_grip_item_contents(ngx_grip_json_at(dst, n), item);
    n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), "}}");

    return n;
}


/* what is empty is left out: the proxy takes "" for an id like any other */

static size_t
ngx_grip_item_properties(u_char *dst, ngx_grip_item_t *item)
{
    size_t  n;

    n = 0;

    if (item->id.len) {
        n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), ",\"id\":\"");
        n += ngx_grip_item_id(ngx_grip_json_at(dst, n), item, &item->id);
        n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), "\"");
    }

    if (item->prev_id.len) {
        n += ngx_grip_json_literal(ngx_grip_json_at(dst, n),
                                   ",\"prev-id\":\"");
        n += ngx_grip_item_id(ngx_grip_json_at(dst, n), item, &item->prev_id);
        n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), "\"");
    }

    if (item->no_seq) {
        n += ngx_grip_json_literal(ngx_grip_json_at(dst, n),
                                   ",\"no-seq\":true");
    }

    if (item->nmeta) {
        n += ngx_grip_item_meta(ngx_grip_json_at(dst, n), item);
    }

    return n;
}


/* that of a numbered item is one that needs no escapes */

static size_t
ngx_grip_item_id(u_char *dst, ngx_grip_item_t *item, ngx_str_t *id)
{
    return item->numbered ? ngx_grip_json_plain(dst, id)
                          : ngx_grip_json_escape(dst, id->data, id->len);
}


static size_t
ngx_grip_item_meta(u_char *dst, ngx_grip_item_t *item)
{
    size_t            n;
    ngx_uint_t        i;
    ngx_grip_pair_t  *pair;

    n = ngx_grip_json_literal(dst, ",\"meta\":{");

    for (i = 0; i < item->nmeta; i++) {
        pair = &item->meta[i];

        if (i) {
            n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), ",");
        }

        n += ngx_grip_json_pair(ngx_grip_json_at(dst, n), &pair->name,
                                &pair->value);
    }

    n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), "}");

    return n;
}


static size_t
ngx_grip_item_contents(u_char *dst, ngx_grip_item_t *item)
{
    size_t     n;
    ngx_str_t  value;

    n = 0;
    ngx_str_null(&value);

    if (item->formats & NGX_GRIP_FORMAT_WS_MESSAGE) {
        n += ngx_grip_json_literal(dst, "\"ws-message\":{");
        n += ngx_grip_item_content(ngx_grip_json_at(dst, n), "\"content", item,
                                   &value);
        n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), "}");
    }

    if (item->formats & (NGX_GRIP_FORMAT_HTTP_STREAM|NGX_GRIP_FORMAT_SSE)) {
        if (n) {
            n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), ",");
        }

        n += ngx_grip_item_stream(ngx_grip_json_at(dst, n), item, &value);

    } else if (item->numbered) {
        if (n) {
            n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), ",");
        }

        n += ngx_grip_json_literal(ngx_grip_json_at(dst, n),
                                   "\"http-stream\":{\"content\":\"\"}");
    }

    if (item->formats & NGX_GRIP_FORMAT_HTTP_RESPONSE) {
        if (n) {
            n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), ",");
        }

        n += ngx_grip_item_response(ngx_grip_json_at(dst, n), item, &value);
    }

    return n;
}


static size_t
ngx_grip_item_stream(u_char *dst, ngx_grip_item_t *item, ngx_str_t *value)
{
    size_t  n;

    n = ngx_grip_json_literal(dst, "\"http-stream\":{");

    if (item->formats & NGX_GRIP_FORMAT_SSE) {
        n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), "\"content\":\"");
        n += ngx_grip_item_event(ngx_grip_json_at(dst, n), item);
        n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), "\"");

    } else {
        n += ngx_grip_item_content(ngx_grip_json_at(dst, n), "\"content", item,
                                   value);
    }

    n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), "}");

    return n;
}


static size_t
ngx_grip_item_event(u_char *dst, ngx_grip_item_t *item)
{
    size_t  n;

    if (!item->numbered) {
        return ngx_grip_sse_write(dst, &item->event, &item->id,
                                  &item->content, 1);
    }

    n = ngx_grip_sse_line(dst, "event: ", &item->event, 1);

    n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), "id: ");
    n += ngx_grip_json_plain(ngx_grip_json_at(dst, n), &item->id);
    n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), "\\n");

    n += ngx_grip_sse_data(ngx_grip_json_at(dst, n), &item->content, 1);

    return n;
}


static size_t
ngx_grip_item_response(u_char *dst, ngx_grip_item_t *item, ngx_str_t *value)
{
    size_t  n;

    n = ngx_grip_json_literal(dst, "\"http-response\":{");
    n += ngx_grip_item_content(ngx_grip_json_at(dst, n), "\"body", item, value);

    if (item->content_type.len || item->numbered) {
        n += ngx_grip_json_literal(ngx_grip_json_at(dst, n),
                                   ",\"headers\":{");
        n += ngx_grip_item_headers(ngx_grip_json_at(dst, n), item);
        n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), "}");
    }

    n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), "}");

    return n;
}


/* without an id of its own it would go out with that of the timeout answer */

static size_t
ngx_grip_item_headers(u_char *dst, ngx_grip_item_t *item)
{
    size_t  n;

    n = 0;

    if (item->content_type.len) {
        n += ngx_grip_json_member(dst, "Content-Type", &item->content_type);
    }

    if (item->numbered) {
        if (n) {
            n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), ",");
        }

        n += ngx_grip_json_literal(ngx_grip_json_at(dst, n),
                                   "\"Last-Event-ID\":\"");
        n += ngx_grip_json_plain(ngx_grip_json_at(dst, n), &item->id);
        n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), "\"");
    }

    return n;
}


/* the value is the same in each format: it is made once, and copied then */

static size_t
ngx_grip_item_content(u_char *dst, const char *name, ngx_grip_item_t *item,
    ngx_str_t *value)
{
    size_t  n;

    n = ngx_grip_json_literal(dst, name);
    n += ngx_grip_json_literal(ngx_grip_json_at(dst, n),
                               item->binary ? "-bin\":" : "\":");

    if (value->len == 0) {
        value->data = ngx_grip_json_at(dst, n);
        value->len = item->binary
                     ? ngx_grip_json_base64(value->data, &item->content)
                     : ngx_grip_json_string(value->data, &item->content);

    } else if (dst) {
        ngx_memcpy(dst + n, value->data, value->len);
    }

    return n + value->len;
}
