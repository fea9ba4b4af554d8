
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <jansson.h>

#include "text/ngx_grip_base64.h"
#include "text/ngx_grip_utf8.h"
#include "wire/ngx_grip_control.h"
#include "wire/ngx_grip_items_mark.h"
#include "wire/ngx_grip_items_member.h"


static ngx_uint_t ngx_grip_items_mark_hints(json_t *formats);
static ngx_uint_t ngx_grip_items_mark_sends(json_t *format);
static ngx_int_t ngx_grip_items_mark_ids(json_t *item,
    ngx_grip_items_mark_t *mark);
static void ngx_grip_items_mark_metas(json_t *item,
    ngx_grip_items_mark_t *mark);
static ngx_int_t ngx_grip_items_mark_stream(ngx_grip_items_t *items,
    json_t *formats, ngx_grip_items_mark_t *mark);
static ngx_int_t ngx_grip_items_mark_event(json_t *stream,
    ngx_grip_items_mark_t *mark);
static ngx_uint_t ngx_grip_items_mark_begins(ngx_str_t *text,
    const char *name);
static size_t ngx_grip_items_mark_rest(u_char *dst, ngx_str_t *text);
static ngx_uint_t ngx_grip_items_mark_names(ngx_str_t *line);
static ngx_int_t ngx_grip_items_mark_response(ngx_grip_items_t *items,
    json_t *response, ngx_grip_items_mark_t *mark);
static ngx_int_t ngx_grip_items_mark_headers(json_t *response,
    ngx_grip_items_mark_t *mark);
static ngx_uint_t ngx_grip_items_mark_header(const char *name, json_t *value,
    ngx_grip_items_mark_t *mark);
static ngx_int_t ngx_grip_items_mark_content(ngx_grip_items_t *items,
    json_t *format, const char *binary, const char *name, ngx_str_t *content,
    ngx_grip_items_mark_t *mark);


ngx_int_t
ngx_grip_items_mark(ngx_grip_items_t *items, ngx_grip_items_mark_t *mark)
{
    json_t      *item, *formats, *response;
    ngx_str_t    id, prev_id;

    ngx_grip_items_mark_free(items);

    id = mark->id;
    prev_id = mark->prev_id;

    ngx_memzero(mark, sizeof(ngx_grip_items_mark_t));

    mark->id = id;
    mark->prev_id = prev_id;

    item = json_array_get(items->list, items->next);

    if (item == NULL) {
        return NGX_OK;
    }

    formats = json_object_get(item, "formats");

    if (formats == NULL) {
        formats = item;
    }

    mark->channel = ngx_grip_items_member_channel(item);

    if (ngx_grip_items_mark_hints(formats)
        || ngx_grip_control_channel_of_one(&mark->channel))
    {
        mark->left = 1;
        return NGX_OK;
    }

    if (ngx_grip_items_mark_ids(item, mark) != NGX_OK
        || ngx_grip_items_mark_stream(items, formats, mark) != NGX_OK)
    {
        return NGX_ERROR;
    }

    response = json_object_get(formats, "http-response");

    if (response && ngx_grip_items_mark_sends(response)
        && ngx_grip_items_mark_response(items, response, mark) != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_grip_items_mark_metas(item, mark);

    return NGX_OK;
}


void
ngx_grip_items_mark_free(ngx_grip_items_t *items)
{
    ngx_uint_t  i;

    for (i = 0; i < 2; i++) {
        free(items->decoded[i]);
        items->decoded[i] = NULL;
    }
}


/* hints need no ids, and are no content that could be missed */

static ngx_uint_t
ngx_grip_items_mark_hints(json_t *formats)
{
    json_t      *format;
    ngx_uint_t   i, n;

    static const char  *names[] = {
        "http-response", "http-stream", "ws-message"
    };

    n = 0;

    for (i = 0; i < 3; i++) {
        format = json_object_get(formats, names[i]);

        if (format == NULL) {
            continue;
        }

        if (!ngx_grip_json_tree_is(json_object_get(format, "action"), "hint"))
        {
            return 0;
        }

        n++;
    }

    return n != 0;
}


static ngx_uint_t
ngx_grip_items_mark_sends(json_t *format)
{
    json_t  *action;

    action = json_object_get(format, "action");

    return action == NULL || ngx_grip_json_tree_is(action, "send");
}


static ngx_int_t
ngx_grip_items_mark_ids(json_t *item, ngx_grip_items_mark_t *mark)
{
    mark->replaced = json_object_get(item, "id")
                     || json_object_get(item, "prev-id")
                     || json_is_true(json_object_get(item, "no-seq"));

    (void) json_object_del(item, "no-seq");

    return (json_object_set_new(item, "id",
                                json_stringn((char *) mark->id.data,
                                             mark->id.len))
            == 0
            && json_object_set_new(item, "prev-id",
                                   json_stringn((char *) mark->prev_id.data,
                                                mark->prev_id.len))
               == 0)
           ? NGX_OK : NGX_ERROR;
}


static void
ngx_grip_items_mark_metas(json_t *item, ngx_grip_items_mark_t *mark)
{
    json_t  *meta;

    meta = json_object_get(item, "meta");

    mark->sender = ngx_grip_json_tree_text(json_object_get(meta, "sender"));
    mark->skip_users = ngx_grip_json_tree_text(json_object_get(meta,
                                                               "skip_users"));
    mark->require_sub = ngx_grip_json_tree_text(json_object_get(meta,
                                                              "require_sub"));
}


static ngx_int_t
ngx_grip_items_mark_stream(ngx_grip_items_t *items, json_t *formats,
    ngx_grip_items_mark_t *mark)
{
    json_t     *stream;
    ngx_int_t   rc;

    stream = json_object_get(formats, "http-stream");

    if (stream == NULL) {
        return json_object_set_new(formats, "http-stream",
                                   json_pack("{s:s}", "content", ""))
               == 0 ? NGX_OK : NGX_ERROR;
    }

    if (!ngx_grip_items_mark_sends(stream)) {
        return NGX_OK;
    }

    rc = ngx_grip_items_mark_content(items, stream, "content-bin", "content",
                                     &mark->stream, mark);

    if (rc != NGX_OK || mark->unknown) {
        return rc;
    }

    mark->has_stream = 1;

    if (ngx_grip_items_mark_begins(&mark->stream, "event:")
        || ngx_grip_items_mark_begins(&mark->stream, "data:")
        || ngx_grip_items_mark_begins(&mark->stream, "id:"))
    {
        return ngx_grip_items_mark_event(stream, mark);
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_grip_items_mark_begins(ngx_str_t *text, const char *name)
{
    size_t  len;

    len = ngx_strlen(name);

    return text->len >= len && ngx_memcmp(text->data, name, len) == 0;
}


/* a second "id:" line would win */

static ngx_int_t
ngx_grip_items_mark_event(json_t *stream, ngx_grip_items_mark_t *mark)
{
    int      rc;
    u_char  *text, *p;
    size_t   len;

    if (!ngx_grip_utf8_valid(mark->stream.data, mark->stream.len)) {
        return NGX_OK;
    }

    text = malloc(sizeof("id: \n") - 1 + mark->id.len + mark->stream.len);
    if (text == NULL) {
        return NGX_ERROR;
    }

    p = ngx_cpymem(text, "id: ", sizeof("id: ") - 1);
    p = ngx_cpymem(p, mark->id.data, mark->id.len);
    *p++ = LF;

    len = ngx_grip_items_mark_rest(p, &mark->stream);

    rc = json_object_set_new(stream, "content",
                             json_stringn((char *) text,
                                          (size_t) (p - text) + len));

    free(text);

    if (rc != 0) {
        return NGX_ERROR;
    }

    (void) json_object_del(stream, "content-bin");

    /* what is kept is told from the line in front by its length */

    mark->stream = ngx_grip_json_tree_text(json_object_get(stream, "content"));

    mark->stream.data += mark->stream.len - len;
    mark->stream.len = len;
    mark->event = 1;

    return NGX_OK;
}


/* copies all lines but those of ids, with their ends */

static size_t
ngx_grip_items_mark_rest(u_char *dst, ngx_str_t *text)
{
    u_char     *p, *last, *d;
    ngx_str_t   line;

    d = dst;
    p = text->data;
    last = p + text->len;

    while (p < last) {
        line.data = p;

        while (p < last && *p != CR && *p != LF) {
            p++;
        }

        if (p < last && *p == CR && last - p > 1 && p[1] == LF) {
            p++;
        }

        if (p < last) {
            p++;
        }

        line.len = (size_t) (p - line.data);

        if (!ngx_grip_items_mark_names(&line)) {
            d = ngx_cpymem(d, line.data, line.len);
        }
    }

    return (size_t) (d - dst);
}


/* whether the line is of an id, without a colon of one that is empty */

static ngx_uint_t
ngx_grip_items_mark_names(ngx_str_t *line)
{
    u_char  ch;

    ch = (line->len > 2) ? line->data[2] : LF;

    return ngx_grip_items_mark_begins(line, "id")
           && (ch == ':' || ch == CR || ch == LF);
}


static ngx_int_t
ngx_grip_items_mark_response(ngx_grip_items_t *items, json_t *response,
    ngx_grip_items_mark_t *mark)
{
    /* a patch is of a body that is held, and is none itself */

    if (json_object_get(response, "body")
        || json_object_get(response, "body-bin"))
    {
        mark->has_response = 1;

        if (ngx_grip_items_mark_content(items, response, "body-bin", "body",
                                        &mark->response, mark)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return ngx_grip_items_mark_headers(response, mark);
}


/* headers are an object, or a list of pairs; names are as they were written */

static ngx_int_t
ngx_grip_items_mark_headers(json_t *response, ngx_grip_items_mark_t *mark)
{
    size_t       i;
    json_t      *headers, *pair, *id;
    const char  *name;
    void        *next;

    headers = json_object_get(response, "headers");
    id = json_stringn((char *) mark->id.data, mark->id.len);

    if (headers == NULL) {
        return json_object_set_new(response, "headers",
                                   json_pack("{s:o}", "Last-Event-ID", id))
               == 0 ? NGX_OK : NGX_ERROR;
    }

    if (json_is_array(headers)) {

        for (i = json_array_size(headers); i-- > 0; /* void */) {
            pair = json_array_get(headers, i);

            if (ngx_grip_items_mark_header(
                    json_string_value(json_array_get(pair, 0)),
                    json_array_get(pair, 1), mark))
            {
                (void) json_array_remove(headers, i);
            }
        }

        return json_array_append_new(headers, json_pack("[so]",
                                                        "Last-Event-ID", id))
               == 0 ? NGX_OK : NGX_ERROR;
    }

    json_object_foreach_safe(headers, next, name, pair) {
        if (ngx_grip_items_mark_header(name, pair, mark)) {
            (void) json_object_del(headers, name);
        }
    }

    return json_object_set_new(headers, "Last-Event-ID", id) == 0 ? NGX_OK
                                                                 : NGX_ERROR;
}


/* whether the header is one that ours takes the place of */

static ngx_uint_t
ngx_grip_items_mark_header(const char *name, json_t *value,
    ngx_grip_items_mark_t *mark)
{
    if (name == NULL) {
        return 0;
    }

    if (strcasecmp(name, "Content-Type") == 0) {
        mark->type = ngx_grip_json_tree_text(value);
    }

    return strcasecmp(name, "Last-Event-ID") == 0;
}


/* binary content wins, as it does with the proxy */

static ngx_int_t
ngx_grip_items_mark_content(ngx_grip_items_t *items, json_t *format,
    const char *binary, const char *name, ngx_str_t *content,
    ngx_grip_items_mark_t *mark)
{
    size_t      len;
    u_char     *p;
    json_t     *value;
    ngx_str_t   text;

    value = json_object_get(format, binary);

    if (value == NULL) {
        *content = ngx_grip_json_tree_text(json_object_get(format, name));
        return NGX_OK;
    }

    text = ngx_grip_json_tree_text(value);

    p = malloc(ngx_grip_base64_decoded_max(text.len));
    if (p == NULL) {
        return NGX_ERROR;
    }

    items->decoded[content == &mark->response] = p;

    if (ngx_grip_base64_decode(p, &len, &text) != NGX_OK) {
        mark->unknown = 1;
        return NGX_OK;
    }

    content->data = p;
    content->len = len;

    return NGX_OK;
}
