
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * An item to publish: formats, and texts.  An item that passes the check is
 * written so that the proxy, for which our own reader of items stands, takes
 * it, and has the texts that it was made of.  One with a number has its id in
 * each format, and something for streams.
 */


#include "lib/fuzz.h"
#include "wire/ngx_grip_control.h"
#include "wire/ngx_grip_item.h"
#include "wire/ngx_grip_items.h"


#define ITEM_METAS  3


static void item_read(fuzz_input_t *in, ngx_grip_item_t *item);
static void item_plain(ngx_str_t *id);
static void item_accepted(ngx_str_t *text, ngx_grip_item_t *item);
static void item_compare(json_t *json, ngx_grip_item_t *item);
static void item_content(json_t *format, const char *name,
    ngx_grip_item_t *item);
static void item_headers(json_t *response, ngx_grip_item_t *item);
static void item_event(json_t *stream, ngx_grip_item_t *item);
static void item_event_id(u_char *id, size_t len, ngx_grip_item_t *item);


void
fuzz_target(fuzz_input_t *in)
{
    ngx_str_t        text;
    ngx_grip_item_t  item;

    item_read(in, &item);

    if (ngx_grip_item_check(&item) != NULL) {
        return;
    }

    fuzz_holds(ngx_grip_control_channel_valid(&item.channel));

    text = fuzz_room(ngx_grip_item_write(NULL, &item));

    fuzz_holds(ngx_grip_item_write(text.data, &item) == text.len);
    fuzz_holds(!fuzz_has_controls(&text, "\x7f"));

    item_accepted(&text, &item);
    item_compare(fuzz_json(&text), &item);
}


static void
item_read(fuzz_input_t *in, ngx_grip_item_t *item)
{
    ngx_uint_t  flags, i;

    ngx_memzero(item, sizeof(ngx_grip_item_t));

    flags = fuzz_byte(in);

    item->formats = flags & 0xf;
    item->binary = (flags & 0x10) != 0;
    item->no_seq = (flags & 0x20) != 0;
    item->numbered = (flags & 0x40) != 0;

    item->prefix = fuzz_field(in);
    item->channel = fuzz_field(in);
    item->content = fuzz_field(in);
    item->id = fuzz_field(in);
    item->prev_id = fuzz_field(in);
    item->event = fuzz_field(in);
    item->content_type = fuzz_field(in);

    item->meta = fuzz_alloc(ITEM_METAS * sizeof(ngx_grip_pair_t));

    /* names are of a configuration, or of JSON, which has them once */

    for (i = 0; i < ITEM_METAS && in->pos < in->end; i++) {
        item->meta[i].name = fuzz_field(in);
        item->meta[i].value = fuzz_field(in);

        if (item->meta[i].name.len) {
            item->meta[i].name.data[0] = (u_char) ('a' + i);
        }

        if (item->meta[i].name.len != i + 1
            || fuzz_has_controls(&item->meta[i].name, ""))
        {
            break;
        }
    }

    item->nmeta = i;

    if (item->numbered) {
        item->no_seq = 0;

        item_plain(&item->id);
        item_plain(&item->prev_id);
    }
}


/* ids of numbered items are there, and need no escapes */

static void
item_plain(ngx_str_t *id)
{
    size_t  i;

    static const u_char  digits[] = "0123456789abcdef-";

    if (id->len == 0) {
        *id = fuzz_copy("-", 1);
    }

    for (i = 0; i < id->len; i++) {
        id->data[i] = digits[id->data[i] % (sizeof(digits) - 1)];
    }
}


static void
item_accepted(ngx_str_t *text, ngx_grip_item_t *item)
{
    u_char            *p;
    ngx_int_t          rc;
    ngx_str_t          body, error, json, prefix;
    ngx_uint_t         has_ids;
    ngx_grip_items_t  *items;

    body = fuzz_room(sizeof(NGX_GRIP_ITEMS_HEAD) - 1 + text->len
                     + sizeof(NGX_GRIP_ITEMS_TAIL) - 1);

    p = ngx_cpymem(body.data, NGX_GRIP_ITEMS_HEAD,
                   sizeof(NGX_GRIP_ITEMS_HEAD) - 1);
    p = ngx_cpymem(p, text->data, text->len);
    ngx_memcpy(p, NGX_GRIP_ITEMS_TAIL, sizeof(NGX_GRIP_ITEMS_TAIL) - 1);

    rc = ngx_grip_items_read(&items, &body, &error);

    if (rc == NGX_DECLINED) {
        fprintf(stderr, "%.*s\n", (int) error.len, (char *) error.data);
    }

    fuzz_holds(rc == NGX_OK);

    ngx_str_null(&prefix);

    fuzz_holds(ngx_grip_items_next(items, &prefix, &json, &has_ids) == NGX_OK);
    fuzz_holds(has_ids == (item->id.len && item->prev_id.len));
    fuzz_holds(ngx_grip_items_next(items, &prefix, &json, &has_ids)
               == NGX_DONE);

    ngx_grip_items_free(items);
}


static void
item_compare(json_t *json, ngx_grip_item_t *item)
{
    json_t      *formats, *format;
    ngx_str_t    channel, part;
    ngx_uint_t   streams;

    channel = fuzz_string(fuzz_member(json, "channel"));
    fuzz_holds(channel.len == item->prefix.len + item->channel.len);

    part.len = item->channel.len;
    part.data = channel.data + item->prefix.len;
    fuzz_holds(fuzz_same(&part, &item->channel));

    fuzz_holds(item->id.len
               ? fuzz_json_is(fuzz_member(json, "id"), &item->id)
               : fuzz_member(json, "id") == NULL);
    fuzz_holds(item->prev_id.len
               ? fuzz_json_is(fuzz_member(json, "prev-id"), &item->prev_id)
               : fuzz_member(json, "prev-id") == NULL);
    fuzz_holds(json_is_true(json_object_get(json, "no-seq"))
               == (item->no_seq != 0));

    formats = fuzz_member(json, "formats");

    format = json_object_get(formats, "ws-message");
    fuzz_holds((format != NULL)
               == ((item->formats & NGX_GRIP_FORMAT_WS_MESSAGE) != 0));

    if (format) {
        item_content(format, "content", item);
    }

    format = json_object_get(formats, "http-stream");
    streams = item->formats & (NGX_GRIP_FORMAT_HTTP_STREAM
                               |NGX_GRIP_FORMAT_SSE);
    fuzz_holds((format != NULL) == (streams || item->numbered));

    if (format && !streams) {
        part = fuzz_string(fuzz_member(format, "content"));
        fuzz_holds(part.len == 0 && json_object_size(format) == 1);
    }

    if (item->formats & NGX_GRIP_FORMAT_HTTP_STREAM) {
        item_content(format, "content", item);
    }

    if (item->formats & NGX_GRIP_FORMAT_SSE) {
        item_event(format, item);
    }

    format = json_object_get(formats, "http-response");
    fuzz_holds((format != NULL)
               == ((item->formats & NGX_GRIP_FORMAT_HTTP_RESPONSE) != 0));

    if (format) {
        item_content(format, "body", item);
        item_headers(format, item);
    }
}


static void
item_headers(json_t *response, ngx_grip_item_t *item)
{
    size_t   n;
    json_t  *headers;

    headers = json_object_get(response, "headers");
    n = 0;

    if (item->content_type.len) {
        fuzz_holds(fuzz_json_is(fuzz_member(headers, "Content-Type"),
                                &item->content_type));
        n++;
    }

    if (item->numbered) {
        fuzz_holds(fuzz_json_is(fuzz_member(headers, "Last-Event-ID"),
                                &item->id));
        n++;
    }

    fuzz_holds(json_object_size(headers) == n);
    fuzz_holds((headers != NULL) == (n != 0));
}


static void
item_content(json_t *format, const char *name, ngx_grip_item_t *item)
{
    char       binary[sizeof("content-bin")];
    ngx_str_t  content;

    if (!item->binary) {
        fuzz_holds(fuzz_json_is(fuzz_member(format, name), &item->content));
        return;
    }

    (void) snprintf(binary, sizeof(binary), "%s-bin", name);

    content = fuzz_string(fuzz_member(format, binary));
    content = fuzz_base64(&content);

    fuzz_holds(fuzz_same(&content, &item->content));
}


/*
 * An event as a client reads it: nobody has made two of it, or given it other
 * fields, and its data are the lines of the content.
 */

static void
item_event(json_t *stream, ngx_grip_item_t *item)
{
    u_char      *p, *last, *end, *q;
    ngx_str_t    text;
    ngx_uint_t   lines, fields, ids;

    text = fuzz_string(fuzz_member(stream, "content"));

    last = text.data + text.len;
    q = item->content.data;
    lines = 0;
    fields = 0;
    ids = 0;

    fuzz_holds(text.len > 2 && last[-1] == LF && last[-2] == LF);

    for (p = text.data; p < last - 1; p = end + 1) {
        end = memchr(p, LF, last - p);

        fuzz_holds(end > p && memchr(p, CR, end - p) == NULL);

        if (memcmp(p, "id: ", 4) == 0 || memcmp(p, "event: ", 7) == 0) {
            fuzz_holds(lines == 0 && ++fields <= 2);
            fuzz_holds(memchr(p, '\0', end - p) == NULL);

            if (*p == 'i') {
                item_event_id(p + 4, end - (p + 4), item);
                ids++;
            }

            continue;
        }

        fuzz_holds(memcmp(p, "data: ", 6) == 0);

        if (lines++) {
            fuzz_holds(*q == CR || *q == LF);
            q += (*q == CR && q + 1 < item->content.data + item->content.len
                  && q[1] == LF) ? 2 : 1;
        }

        fuzz_holds(memcmp(p + 6, q, end - (p + 6)) == 0);
        q += end - (p + 6);
    }

    fuzz_holds(q == item->content.data + item->content.len);
    fuzz_holds(ids == 1 || (ids == 0 && !item->numbered));
}


/* what no line of a stream can hold is left out */

static void
item_event_id(u_char *id, size_t len, ngx_grip_item_t *item)
{
    size_t  i;
    u_char  ch;

    for (i = 0; i < item->id.len; i++) {
        ch = item->id.data[i];

        if (ch != CR && ch != LF && ch != '\0') {
            fuzz_holds(len && *id == ch);
            id++;
            len--;
        }
    }

    fuzz_holds(len == 0);
}
