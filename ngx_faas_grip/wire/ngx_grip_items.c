
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Items that others wrote, as they came and as they go on.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <math.h>

#include <jansson.h>

#include "wire/ngx_grip_items.h"
#include "wire/ngx_grip_items_member.h"
#include "wire/ngx_grip_ws.h"


typedef struct {
    const char                     *name;
    const char                     *owner;    /* the name in messages */
    const ngx_grip_items_member_t  *send;
    const ngx_grip_items_member_t  *content;  /* of a send; the first counts */
    const char                     *missing;  /* how to name these */
    const ngx_grip_items_member_t  *close;
} ngx_grip_items_format_t;


static ngx_int_t ngx_grip_items_parse(ngx_grip_items_t *items,
    ngx_str_t *body, const char **why);
static void ngx_grip_items_numbers(ngx_grip_items_t *items);
static ngx_int_t ngx_grip_items_check_all(ngx_grip_items_t *items);
static ngx_int_t ngx_grip_items_check(ngx_grip_items_t *items, json_t *item);
static ngx_int_t ngx_grip_items_check_members(ngx_grip_items_t *items,
    const ngx_grip_items_member_t *member, json_t *object);
static ngx_int_t ngx_grip_items_check_formats(ngx_grip_items_t *items,
    json_t *item);
static ngx_int_t ngx_grip_items_check_format(ngx_grip_items_t *items,
    const ngx_grip_items_format_t *format, json_t *json);
static ngx_int_t ngx_grip_items_check_content(ngx_grip_items_t *items,
    const ngx_grip_items_format_t *format, json_t *json);
static ngx_int_t ngx_grip_items_prefix(json_t *item, ngx_str_t *prefix);


/* all in the order in which Pushpin looks at them */

static const ngx_grip_items_member_t  ngx_grip_items_ids[] = {
    { "channel", NGX_GRIP_MEMBER_STRING, 0 },
    { "id", NGX_GRIP_MEMBER_STRING, 0 },
    { "prev-id", NGX_GRIP_MEMBER_STRING, 0 },
    { NULL, 0, 0 }
};


static const ngx_grip_items_member_t  ngx_grip_items_properties[] = {
    { "meta", NGX_GRIP_MEMBER_META, 0 },
    { "size", NGX_GRIP_MEMBER_NUMBER, NGX_MAX_INT32_VALUE },
    { "no-seq", NGX_GRIP_MEMBER_FLAG, 0 },
    { NULL, 0, 0 }
};


static const ngx_grip_items_member_t  ngx_grip_items_response_send[] = {
    { "code", NGX_GRIP_MEMBER_NUMBER, 999 },
    { "reason", NGX_GRIP_MEMBER_STRING, 0 },
    { "headers", NGX_GRIP_MEMBER_HEADERS, 0 },
    { "content-filters", NGX_GRIP_MEMBER_STRINGS, 0 },
    { NULL, 0, 0 }
};


static const ngx_grip_items_member_t  ngx_grip_items_stream_send[] = {
    { "content-filters", NGX_GRIP_MEMBER_STRINGS, 0 },
    { NULL, 0, 0 }
};


static const ngx_grip_items_member_t  ngx_grip_items_message_send[] = {
    { "type", NGX_GRIP_MEMBER_TYPE, 0 },
    { "content-filters", NGX_GRIP_MEMBER_STRINGS, 0 },
    { NULL, 0, 0 }
};


static const ngx_grip_items_member_t  ngx_grip_items_message_close[] = {
    { "code", NGX_GRIP_MEMBER_NUMBER, 65535 },
    { "reason", NGX_GRIP_MEMBER_STRING, NGX_GRIP_WS_REASON_MAX },
    { NULL, 0, 0 }
};


static const ngx_grip_items_member_t  ngx_grip_items_body[] = {
    { "body-bin", NGX_GRIP_MEMBER_STRING, 0 },
    { "body", NGX_GRIP_MEMBER_STRING, 0 },
    { "body-patch", NGX_GRIP_MEMBER_LIST, 0 },
    { NULL, 0, 0 }
};


static const ngx_grip_items_member_t  ngx_grip_items_content[] = {
    { "content-bin", NGX_GRIP_MEMBER_STRING, 0 },
    { "content", NGX_GRIP_MEMBER_STRING, 0 },
    { NULL, 0, 0 }
};


static const ngx_grip_items_member_t  ngx_grip_items_nothing[] = {
    { NULL, 0, 0 }
};


static const ngx_grip_items_format_t  ngx_grip_items_formats[] = {

    { "http-response", "'http-response'",
      ngx_grip_items_response_send,
      ngx_grip_items_body, "'body', 'body-bin', or 'body-patch'",
      ngx_grip_items_nothing },

    { "http-stream", "'http-stream'",
      ngx_grip_items_stream_send,
      ngx_grip_items_content, "'content' or 'content-bin'",
      ngx_grip_items_nothing },

    { "ws-message", "'ws-message'",
      ngx_grip_items_message_send,
      ngx_grip_items_content, "'content' or 'content-bin'",
      ngx_grip_items_message_close },

    { NULL, NULL, NULL, NULL, NULL, NULL }
};


ngx_int_t
ngx_grip_items_read(ngx_grip_items_t **items, ngx_str_t *body,
    ngx_str_t *error)
{
    ngx_int_t          rc;
    const char        *why;
    ngx_grip_items_t  *read;

    read = calloc(1, sizeof(ngx_grip_items_t));
    if (read == NULL) {
        return NGX_ERROR;
    }

    rc = ngx_grip_items_parse(read, body, &why);

    if (rc == NGX_OK) {
        rc = ngx_grip_items_check_all(read);
        why = read->text;
    }

    if (rc == NGX_ERROR) {
        ngx_grip_items_free(read);
        return NGX_ERROR;
    }

    if (rc == NGX_DECLINED) {
        error->len = ngx_strlen(why);
        error->data = (u_char *) why;
    }

    *items = read;

    return rc;
}


void
ngx_grip_items_free(ngx_grip_items_t *items)
{
    ngx_grip_json_tree_free(&items->tree);
    free(items->text);
    free(items->decoded[0]);
    free(items->decoded[1]);
    free(items);
}


static ngx_int_t
ngx_grip_items_parse(ngx_grip_items_t *items, ngx_str_t *body,
    const char **why)
{
    json_t     *root, *list;
    ngx_int_t   rc;

    rc = ngx_grip_json_tree_read(&items->tree, body, 0);
    root = items->tree.root;

    if (rc == NGX_DECLINED
        || (rc == NGX_OK && !json_is_object(root) && !json_is_array(root)))
    {
        *why = "Body is not valid JSON.";
        return NGX_DECLINED;
    }

    if (rc != NGX_OK) {
        return NGX_ERROR;
    }

    if (!json_is_object(root)) {
        *why = "Invalid format.";
        return NGX_DECLINED;
    }

    list = json_object_get(root, "items");

    if (list == NULL) {
        *why = "Invalid format: object does not contain 'items'";
        return NGX_DECLINED;
    }

    if (!json_is_array(list)) {
        *why = "Invalid format: object contains 'items' with wrong type";
        return NGX_DECLINED;
    }

    items->list = list;

    ngx_grip_items_numbers(items);

    return NGX_OK;
}


/* the proxy refuses what no double holds, and this is as near as one gets */

static void
ngx_grip_items_numbers(ngx_grip_items_t *items)
{
    double       number;
    ngx_uint_t   i;
    ngx_str_t   *numbers;

    numbers = items->tree.numbers;

    for (i = 0; i < items->tree.nnumbers; i++) {
        errno = 0;
        number = strtod((char *) numbers[i].data, NULL);

        if (errno != ERANGE) {
            continue;
        }

        if (number == 0) {
            ngx_str_set(&numbers[i], "0");

        } else if (number == HUGE_VAL) {
            ngx_str_set(&numbers[i], "1.7976931348623157e308");

        } else if (number == -HUGE_VAL) {
            ngx_str_set(&numbers[i], "-1.7976931348623157e308");
        }
    }
}


static ngx_int_t
ngx_grip_items_check_all(ngx_grip_items_t *items)
{
    size_t      i;
    json_t     *item;
    ngx_int_t   rc;

    json_array_foreach(items->list, i, item) {
        rc = ngx_grip_items_check(items, item);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_grip_items_check(ngx_grip_items_t *items, json_t *item)
{
    ngx_int_t  rc;

    items->owner = "publish item object";

    if (!json_is_object(item)) {
        return ngx_grip_items_member_fail(items, "%s is not an object",
                                          items->owner);
    }

    if (json_object_get(item, "channel") == NULL) {
        return ngx_grip_items_member_fail(items,
                                          "%s does not contain 'channel'",
                                          items->owner);
    }

    rc = ngx_grip_items_member_names(items, items->owner, item);

    if (rc == NGX_OK) {
        rc = ngx_grip_items_check_members(items, ngx_grip_items_ids, item);
    }

    if (rc == NGX_OK) {
        rc = ngx_grip_items_check_formats(items, item);
    }

    if (rc == NGX_OK) {
        rc = ngx_grip_items_check_members(items, ngx_grip_items_properties,
                                          item);
    }

    return rc;
}


static ngx_int_t
ngx_grip_items_check_members(ngx_grip_items_t *items,
    const ngx_grip_items_member_t *member, json_t *object)
{
    json_t     *value;
    ngx_int_t   rc;

    for ( /* void */ ; member->name; member++) {
        value = json_object_get(object, member->name);

        if (value == NULL) {
            continue;
        }

        rc = ngx_grip_items_member_check(items, member, value);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}


/* older libraries put the formats into the item itself */

static ngx_int_t
ngx_grip_items_check_formats(ngx_grip_items_t *items, json_t *item)
{
    json_t                         *formats, *value;
    ngx_int_t                       rc;
    ngx_uint_t                      n;
    const char                     *owner;
    const ngx_grip_items_format_t  *format;

    n = 0;
    owner = items->owner;
    formats = json_object_get(item, "formats");

    if (formats == NULL) {
        formats = item;

    } else if (json_is_object(formats)) {
        n = json_object_size(formats);

        rc = ngx_grip_items_member_names(items, "'formats'", formats);
        if (rc != NGX_OK) {
            return rc;
        }

    } else {
        return ngx_grip_items_member_wrong(items, "formats", "wrong type");
    }

    for (format = ngx_grip_items_formats; format->name; format++) {
        value = json_object_get(formats, format->name);

        if (value == NULL) {
            continue;
        }

        items->owner = format->owner;

        rc = ngx_grip_items_check_format(items, format, value);
        if (rc != NGX_OK) {
            return rc;
        }

        n++;
    }

    items->owner = owner;

    return n ? NGX_OK
             : ngx_grip_items_member_fail(items, "no formats specified");
}


static ngx_int_t
ngx_grip_items_check_format(ngx_grip_items_t *items,
    const ngx_grip_items_format_t *format, json_t *json)
{
    json_t     *action;
    ngx_int_t   rc;

    if (!json_is_object(json)) {
        return ngx_grip_items_member_fail(items, "%s is not an object",
                                          format->owner);
    }

    rc = ngx_grip_items_member_names(items, format->owner, json);
    if (rc != NGX_OK) {
        return rc;
    }

    action = json_object_get(json, "action");

    if (action && !json_is_string(action)) {
        return ngx_grip_items_member_wrong(items, "action", "wrong type");
    }

    if (action == NULL || ngx_grip_json_tree_is(action, "send")) {
        rc = ngx_grip_items_check_members(items, format->send, json);

        return rc == NGX_OK
               ? ngx_grip_items_check_content(items, format, json) : rc;
    }

    if (ngx_grip_json_tree_is(action, "close")) {
        return ngx_grip_items_check_members(items, format->close, json);
    }

    if (ngx_grip_json_tree_is(action, "hint")
        || ngx_grip_json_tree_is(action, "refresh"))
    {
        return NGX_OK;
    }

    return ngx_grip_items_member_wrong(items, "action", "unknown value");
}


static ngx_int_t
ngx_grip_items_check_content(ngx_grip_items_t *items,
    const ngx_grip_items_format_t *format, json_t *json)
{
    json_t                         *value;
    const char                     *type;
    const ngx_grip_items_member_t  *member;

    for (member = format->content; member->name; member++) {
        value = json_object_get(json, member->name);

        if (value) {
            return ngx_grip_items_member_check(items, member, value);
        }
    }

    type = json_string_value(json_object_get(json, "type"));

    if (format->send == ngx_grip_items_message_send && type && type[0] == 'p')
    {
        /* Pushpin takes a ping without content, but does not send it */

        return json_object_set_new(json, "content", json_string("")) == 0
               ? NGX_OK : NGX_ERROR;
    }

    return ngx_grip_items_member_fail(items, "%s does not contain %s",
                                      format->owner, format->missing);
}


ngx_int_t
ngx_grip_items_next(ngx_grip_items_t *items, ngx_str_t *prefix,
    ngx_str_t *json, ngx_uint_t *has_ids)
{
    json_t  *item;

    item = json_array_get(items->list, items->next);

    if (item == NULL) {
        return NGX_DONE;
    }

    items->next++;

    free(items->text);
    items->text = NULL;

    if (prefix->len && ngx_grip_items_prefix(item, prefix) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_grip_json_tree_write(&items->tree, item, json) != NGX_OK) {
        return NGX_ERROR;
    }

    items->text = (char *) json->data;

    *has_ids = json_string_length(json_object_get(item, "id")) != 0
               && json_string_length(json_object_get(item, "prev-id")) != 0;

    return NGX_OK;
}


void
ngx_grip_items_channel(ngx_grip_items_t *items, ngx_str_t *channel)
{
    json_t  *item;

    item = json_array_get(items->list, items->next - 1);

    *channel = ngx_grip_items_member_channel(item);
}


static ngx_int_t
ngx_grip_items_prefix(json_t *item, ngx_str_t *prefix)
{
    int      rc;
    char    *name;
    size_t   len;
    json_t  *channel;

    channel = json_object_get(item, "channel");
    len = json_string_length(channel);

    name = malloc(prefix->len + len);
    if (name == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(name, prefix->data, prefix->len);
    ngx_memcpy(name + prefix->len, json_string_value(channel), len);

    rc = json_string_setn(channel, name, prefix->len + len);

    free(name);

    return rc == 0 ? NGX_OK : NGX_ERROR;
}
