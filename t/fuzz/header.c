
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Lists in headers: a text to look for, then up to three lines of it.  A text
 * that is found is in them, an element that is written is read back, and it
 * makes no difference how the elements are spread over lines.
 */


#include "history/ngx_grip_history_id.h"
#include "lib/http.h"
#include "request/ngx_http_grip_headers.h"
#include "request/ngx_http_grip_last_id.h"
#include "text/ngx_grip_media.h"


#define HEADER_LINES  3


static void header_elements(ngx_str_t *line);
static void header_names(ngx_str_t *name);
static void header_last_id(fuzz_request_t *fr, ngx_str_t *channel,
    ngx_str_t *lines, ngx_uint_t n);
static void header_written(ngx_str_t *channel);
static void header_type(fuzz_request_t *fr, ngx_str_t *value);
static void header_id(ngx_str_t *text);
static ngx_uint_t header_within(ngx_str_t *part, ngx_str_t *line);
static ngx_uint_t header_plain(ngx_str_t *text);


void
fuzz_target(fuzz_input_t *in)
{
    ngx_str_t        wanted, list, lines[HEADER_LINES];
    ngx_int_t        rc;
    ngx_uint_t       i, n, lists;
    fuzz_request_t  *fr;

    static ngx_str_t  name = ngx_string("grip-last");

    fr = fuzz_request();

    wanted = fuzz_field(in);
    lists = 0;

    for (n = 0; n < HEADER_LINES && in->pos < in->end; n++) {
        lines[n] = fuzz_field(in);

        fuzz_header(&fr->request.headers_in.headers, &name, &lines[n]);

        header_elements(&lines[n]);
        header_type(fr, &lines[n]);

        lists |= ngx_http_grip_headers_holds(lines[n], &wanted);
    }

    fuzz_holds(ngx_http_grip_headers_lists(&fr->request, &name, &wanted)
               == lists);

    rc = ngx_http_grip_headers_join(&fr->request, &name, &list);
    fuzz_holds(rc == (n ? NGX_OK : NGX_DECLINED));

    if (rc == NGX_OK) {
        header_elements(&list);
    }

    for (i = 0; i < n; i++) {
        fuzz_holds(list.len >= lines[i].len);
    }

    header_names(&wanted);
    header_last_id(fr, &wanted, lines, n);
    header_written(&wanted);
    header_id(&wanted);
}


/* in order, not empty, without blanks around, and all that is no comma */

static void
header_elements(ngx_str_t *line)
{
    u_char     *p;
    size_t      i;
    ngx_str_t   list, element;

    list = *line;
    p = line->data;

    while (ngx_http_grip_headers_element(&list, &element)) {
        fuzz_holds(element.len && element.data >= p);
        fuzz_holds(header_within(&element, line));
        fuzz_holds(strchr(" \t,", element.data[0]) == NULL
                   || element.data[0] == '\0');
        fuzz_holds(element.data[element.len - 1] != ' '
                   && element.data[element.len - 1] != '\t');
        fuzz_holds(ngx_http_grip_headers_holds(*line, &element));

        while (p < element.data) {
            fuzz_holds(*p != '\0' && strchr(" \t,", *p++) != NULL);
        }

        p = element.data + element.len;

        if (memchr(element.data, '"', element.len) == NULL) {
            fuzz_holds(memchr(element.data, ',', element.len) == NULL);
        }

        fuzz_holds(list.data + list.len == line->data + line->len);
    }

    for (i = p - line->data; i < line->len; i++) {
        fuzz_holds(line->data[i] != '\0'
                   && strchr(" \t,", line->data[i]) != NULL);
    }
}


static void
header_names(ngx_str_t *name)
{
    ngx_str_t  upper, names[2];
    size_t     i;

    fuzz_holds(ngx_http_grip_headers_name_valid(name) == fuzz_token(name));
    fuzz_holds(ngx_http_grip_headers_value_valid(name) == fuzz_line(name));

    upper = fuzz_copy(name->data, name->len);

    for (i = 0; i < upper.len; i++) {
        if (upper.data[i] >= 'a' && upper.data[i] <= 'z') {
            upper.data[i] &= ~0x20;
        }
    }

    names[0] = *name;
    ngx_str_null(&names[1]);

    fuzz_holds(ngx_http_grip_headers_among(&upper, names)
               == (name->len != 0));
}


static void
header_last_id(fuzz_request_t *fr, ngx_str_t *channel, ngx_str_t *lines,
    ngx_uint_t n)
{
    ngx_int_t        rc;
    ngx_str_t        id, joined;
    ngx_uint_t       i, found;
    fuzz_request_t  *single;

    static ngx_str_t  name = ngx_string("grip-last");

    rc = ngx_http_grip_last_id_of(&fr->request, channel, &id);
    fuzz_holds(rc == NGX_OK || rc == NGX_DECLINED);

    found = 0;

    for (i = 0; rc == NGX_OK && i < n; i++) {
        found |= header_within(&id, &lines[i]);
    }

    fuzz_holds(found == (rc == NGX_OK));

    if (rc == NGX_OK) {
        fuzz_holds(ngx_http_grip_last_id(&fr->request, NULL, &id) == NGX_OK);
        rc = ngx_http_grip_last_id_of(&fr->request, channel, &id);
    }

    /* lines are one list, unless a quote is open at the end of one */

    for (i = 0; i < n; i++) {
        if (memchr(lines[i].data, '"', lines[i].len)) {
            return;
        }
    }

    if (n == 0) {
        return;
    }

    fuzz_holds(ngx_http_grip_headers_join(&fr->request, &name, &joined)
               == NGX_OK);

    single = fuzz_request();
    fuzz_header(&single->request.headers_in.headers, &name, &joined);

    fuzz_holds(ngx_http_grip_last_id_of(&single->request, channel, &joined)
               == rc);
    fuzz_holds(rc != NGX_OK || fuzz_same(&joined, &id));
}


/* a position of a channel, as the proxy says it, is found again */

static void
header_written(ngx_str_t *channel)
{
    u_char                 *p;
    ngx_str_t               line, text, id;
    fuzz_request_t         *fr;
    ngx_grip_history_id_t   position, read;

    static ngx_str_t  name = ngx_string("grip-last");

    if (!header_plain(channel)) {
        return;
    }

    position.life = (uint32_t) channel->len * 0x9e3779b1;
    position.channel = 1 + (uint32_t) channel->len;
    position.number = channel->data[0] * (uint64_t) 0x123456789abcdef;

    id = fuzz_room(NGX_GRIP_HISTORY_ID_LEN);
    ngx_grip_history_id_write(id.data, &position);

    line = fuzz_room(channel->len + sizeof("; last-id=") - 1 + id.len);

    p = ngx_cpymem(line.data, channel->data, channel->len);
    p = ngx_cpymem(p, "; last-id=", sizeof("; last-id=") - 1);
    ngx_memcpy(p, id.data, id.len);

    fr = fuzz_request();
    fuzz_header(&fr->request.headers_in.headers, &name, &line);

    fuzz_holds(ngx_http_grip_last_id_of(&fr->request, channel, &text)
               == NGX_OK);
    fuzz_holds(fuzz_same(&text, &id));
    fuzz_holds(ngx_grip_history_id_read(&read, &text) == NGX_OK);
    fuzz_holds(memcmp(&read, &position, sizeof(read)) == 0);
}


static void
header_type(fuzz_request_t *fr, ngx_str_t *value)
{
    ngx_str_t                type;
    ngx_http_headers_out_t  *out;

    out = &fr->request.headers_out;

    ngx_http_grip_headers_take_type(&fr->request, value);

    type = ngx_grip_media_type(value);

    fuzz_holds(out->content_type_len == type.len);
    fuzz_holds(header_within(&out->content_type, value));
    fuzz_holds(out->charset.data == NULL
               || header_within(&out->charset, value));
}


/* an id has one spelling */

static void
header_id(ngx_str_t *text)
{
    ngx_str_t              again;
    ngx_grip_history_id_t  id;

    if (ngx_grip_history_id_read(&id, text) != NGX_OK) {
        return;
    }

    again = fuzz_room(NGX_GRIP_HISTORY_ID_LEN);
    ngx_grip_history_id_write(again.data, &id);

    fuzz_holds(fuzz_same(&again, text));
}


static ngx_uint_t
header_within(ngx_str_t *part, ngx_str_t *line)
{
    return part->data >= line->data
           && part->data + part->len <= line->data + line->len;
}


/* a channel that has no need of quotes */

static ngx_uint_t
header_plain(ngx_str_t *text)
{
    size_t  i;

    for (i = 0; i < text->len; i++) {
        if (text->data[i] <= ' ' || text->data[i] == 0x7f
            || strchr("\",;", text->data[i]) != NULL)
        {
            return 0;
        }
    }

    return text->len != 0;
}
