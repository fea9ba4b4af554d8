
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The types that members of items may have, in the words of Pushpin.  Where
 * Pushpin would make something of nonsense, and send it to clients, the check
 * is stricter.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <jansson.h>

#include "text/ngx_grip_line.h"
#include "text/ngx_grip_utf8.h"
#include "wire/ngx_grip_items_member.h"
#include "wire/ngx_grip_ws.h"


static const char *ngx_grip_items_string(json_t *value, size_t max);
static const char *ngx_grip_items_number(ngx_grip_items_t *items,
    json_t *value, size_t max);
static const char *ngx_grip_items_type(json_t *value);
static ngx_int_t ngx_grip_items_meta(ngx_grip_items_t *items, json_t *meta);
static ngx_int_t ngx_grip_items_strings(ngx_grip_items_t *items,
    const char *name, json_t *list);
static ngx_int_t ngx_grip_items_headers(ngx_grip_items_t *items,
    json_t *headers);
static ngx_int_t ngx_grip_items_header(ngx_grip_items_t *items, json_t *pair);
static ngx_uint_t ngx_grip_items_header_name(const char *name, size_t len);
static const char *ngx_grip_items_header_value(json_t *value);


ngx_int_t
ngx_grip_items_member_fail(ngx_grip_items_t *items, const char *fmt, ...)
{
    int         n;
    char       *text;
    va_list     args;
    ngx_str_t   line;

    static const char  head[] = "Invalid format: ";

    va_start(args, fmt);
    n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);

    text = (n < 0) ? NULL : malloc(sizeof(head) + (size_t) n);
    if (text == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(text, head, sizeof(head) - 1);

    va_start(args, fmt);
    (void) vsnprintf(text + sizeof(head) - 1, (size_t) n + 1, fmt, args);
    va_end(args);

    /* names come from anywhere, and this goes to the log */

    line.len = ngx_strlen(text);
    line.data = (u_char *) text;
    ngx_grip_line_mask(&line, '?');

    items->text = text;

    return NGX_DECLINED;
}


ngx_int_t
ngx_grip_items_member_wrong(ngx_grip_items_t *items, const char *name,
    const char *what)
{
    return ngx_grip_items_member_fail(items, "%s contains '%s' with %s",
                                      items->owner, name, what);
}


ngx_int_t
ngx_grip_items_member_check(ngx_grip_items_t *items,
    const ngx_grip_items_member_t *member, void *data)
{
    json_t *value = data;

    const char  *wrong;

    wrong = NULL;

    switch (member->kind) {

    case NGX_GRIP_MEMBER_STRING:
        wrong = ngx_grip_items_string(value, member->max);
        break;

    case NGX_GRIP_MEMBER_NUMBER:
        wrong = ngx_grip_items_number(items, value, member->max);
        break;

    case NGX_GRIP_MEMBER_TYPE:
        wrong = ngx_grip_items_type(value);
        break;

    case NGX_GRIP_MEMBER_FLAG:
        wrong = json_is_boolean(value) ? NULL : "wrong type";
        break;

    case NGX_GRIP_MEMBER_LIST:
        wrong = json_is_array(value) ? NULL : "wrong type";
        break;

    case NGX_GRIP_MEMBER_STRINGS:
        return ngx_grip_items_strings(items, member->name, value);

    case NGX_GRIP_MEMBER_META:
        return ngx_grip_items_meta(items, value);

    case NGX_GRIP_MEMBER_HEADERS:
        return ngx_grip_items_headers(items, value);
    }

    return wrong ? ngx_grip_items_member_wrong(items, member->name, wrong)
                 : NGX_OK;
}


static const char *
ngx_grip_items_string(json_t *value, size_t max)
{
    if (!json_is_string(value)) {
        return "wrong type";
    }

    return (max && json_string_length(value) > max) ? "invalid value" : NULL;
}


/* from 0 on; it may be quoted */

static const char *
ngx_grip_items_number(ngx_grip_items_t *items, json_t *value, size_t max)
{
    char        *end;
    double       number;
    ngx_str_t   *real;
    const char  *text;

    if (json_is_string(value)) {
        text = json_string_value(value);
        number = (double) strtol(text, &end, 10);

        if (end == text || end != text + json_string_length(value)) {
            return "invalid value";
        }

    } else if (json_is_integer(value)) {
        number = (double) json_integer_value(value);

    } else if (json_is_real(value)) {
        real = ngx_grip_json_tree_number(&items->tree, value);
        number = strtod((char *) real->data, NULL);

    } else {
        return "wrong type";
    }

    return (number >= 0 && number <= (double) max) ? NULL : "invalid value";
}


static const char *
ngx_grip_items_type(json_t *value)
{
    ngx_str_t  type;

    if (!json_is_string(value)) {
        return "wrong type";
    }

    type = ngx_grip_json_tree_text(value);

    return ngx_grip_ws_message_named(&type) ? NULL : "unknown value";
}


/*
 * The proxy leaves a byte order mark out of names, too: the member would be
 * another one, which has not been looked at.
 */

ngx_int_t
ngx_grip_items_member_names(ngx_grip_items_t *items, const char *owner,
    void *object)
{
    json_t      *value;
    ngx_str_t    text;
    const char  *name;

    json_object_foreach((json_t *) object, name, value) {

        text.len = ngx_strlen(name);
        text.data = (u_char *) name;

        if (ngx_grip_utf8_mark(&text)) {
            return ngx_grip_items_member_fail(items, "%s contains a name that "
                                              "begins with a byte order mark",
                                              owner);
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_grip_items_meta(ngx_grip_items_t *items, json_t *meta)
{
    json_t      *value;
    const char  *name;

    if (!json_is_object(meta)) {
        return ngx_grip_items_member_wrong(items, "meta", "wrong type");
    }

    json_object_foreach(meta, name, value) {
        if (!json_is_string(value)) {
            return ngx_grip_items_member_fail(items, "'meta' contains '%s' "
                                              "with wrong type", name);
        }
    }

    return ngx_grip_items_member_names(items, "'meta'", meta);
}


static ngx_int_t
ngx_grip_items_strings(ngx_grip_items_t *items, const char *name,
    json_t *list)
{
    size_t   i;
    json_t  *value;

    if (!json_is_array(list)) {
        return ngx_grip_items_member_wrong(items, name, "wrong type");
    }

    json_array_foreach(list, i, value) {
        if (!json_is_string(value)) {
            return ngx_grip_items_member_fail(items,
                                              "%s contains element with wrong "
                                              "type", name);
        }
    }

    return NGX_OK;
}


/* an object, or a list of pairs */

static ngx_int_t
ngx_grip_items_headers(ngx_grip_items_t *items, json_t *headers)
{
    size_t       i;
    json_t      *value;
    ngx_int_t    rc;
    const char  *name, *wrong;

    if (!json_is_object(headers) && !json_is_array(headers)) {
        return ngx_grip_items_member_wrong(items, "headers", "wrong type");
    }

    json_array_foreach(headers, i, value) {
        rc = ngx_grip_items_header(items, value);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    json_object_foreach(headers, name, value) {

        if (!ngx_grip_items_header_name(name, ngx_strlen(name))) {
            return ngx_grip_items_member_fail(items, "headers contains "
                                              "invalid name");
        }

        wrong = ngx_grip_items_header_value(value);

        if (wrong) {
            return ngx_grip_items_member_fail(items, "headers contains '%s' "
                                              "with %s", name, wrong);
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_grip_items_header(ngx_grip_items_t *items, json_t *pair)
{
    json_t      *name;
    const char  *wrong;

    if (!json_is_array(pair)) {
        return ngx_grip_items_member_fail(items, "headers contains element "
                                          "with wrong type");
    }

    if (json_array_size(pair) != 2) {
        return ngx_grip_items_member_fail(items, "headers contains list with "
                                          "wrong number of elements");
    }

    name = json_array_get(pair, 0);

    if (!json_is_string(name)) {
        return ngx_grip_items_member_fail(items, "header contains name "
                                          "element with wrong type");
    }

    if (!ngx_grip_items_header_name(json_string_value(name),
                                    json_string_length(name)))
    {
        return ngx_grip_items_member_fail(items, "header contains name "
                                          "element with invalid value");
    }

    wrong = ngx_grip_items_header_value(json_array_get(pair, 1));

    return wrong ? ngx_grip_items_member_fail(items, "header contains value "
                                              "element with %s", wrong)
                 : NGX_OK;
}


/* Pushpin would write line ends in names and values as they are */

static ngx_uint_t
ngx_grip_items_header_name(const char *name, size_t len)
{
    size_t  i;

    for (i = 0; i < len; i++) {
        if ((u_char) name[i] <= ' ' || (u_char) name[i] >= 0x7f
            || name[i] == ':')
        {
            return 0;
        }
    }

    return len != 0;
}


static const char *
ngx_grip_items_header_value(json_t *value)
{
    ngx_str_t  text;

    if (!json_is_string(value)) {
        return "wrong type";
    }

    text = ngx_grip_json_tree_text(value);

    return ngx_grip_line_valid(&text) ? NULL : "invalid value";
}


ngx_str_t
ngx_grip_items_member_channel(void *item)
{
    size_t     n;
    ngx_str_t  channel;

    channel = ngx_grip_json_tree_text(json_object_get(item, "channel"));

    n = ngx_grip_utf8_mark(&channel);

    channel.len -= n;
    channel.data += n;

    return channel;
}
