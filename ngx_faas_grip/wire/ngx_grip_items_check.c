
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * What an item is made of, and what must be there.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <jansson.h>

#include "wire/ngx_grip_items_check.h"
#include "wire/ngx_grip_items_member.h"
#include "wire/ngx_grip_ws.h"


typedef struct {
    const char              *name;
    const char              *owner;      /* the name in messages */
    const ngx_grip_field_t  *send;
    const ngx_grip_field_t  *content;    /* of a send; the first one counts */
    const char              *missing;    /* how to name these */
    const ngx_grip_field_t  *close;
} ngx_grip_format_t;


static ngx_int_t ngx_grip_items_fields(ngx_grip_items_t *items,
    const char *owner, const ngx_grip_field_t *field, json_t *object);
static ngx_int_t ngx_grip_items_formats(ngx_grip_items_t *items, json_t *item);
static ngx_int_t ngx_grip_items_format(ngx_grip_items_t *items,
    const ngx_grip_format_t *format, json_t *json);
static ngx_int_t ngx_grip_items_content(ngx_grip_items_t *items,
    const ngx_grip_format_t *format, json_t *json);


/* all in the order in which Pushpin looks at them */

static const ngx_grip_field_t  ngx_grip_item_ids[] = {
    { "channel", NGX_GRIP_FIELD_STRING, 0 },
    { "id", NGX_GRIP_FIELD_STRING, 0 },
    { "prev-id", NGX_GRIP_FIELD_STRING, 0 },
    { NULL, 0, 0 }
};


static const ngx_grip_field_t  ngx_grip_item_properties[] = {
    { "meta", NGX_GRIP_FIELD_META, 0 },
    { "size", NGX_GRIP_FIELD_NUMBER, NGX_MAX_INT32_VALUE },
    { "no-seq", NGX_GRIP_FIELD_FLAG, 0 },
    { NULL, 0, 0 }
};


static const ngx_grip_field_t  ngx_grip_response_send[] = {
    { "code", NGX_GRIP_FIELD_NUMBER, 999 },
    { "reason", NGX_GRIP_FIELD_STRING, 0 },
    { "headers", NGX_GRIP_FIELD_HEADERS, 0 },
    { "content-filters", NGX_GRIP_FIELD_STRINGS, 0 },
    { NULL, 0, 0 }
};


static const ngx_grip_field_t  ngx_grip_stream_send[] = {
    { "content-filters", NGX_GRIP_FIELD_STRINGS, 0 },
    { NULL, 0, 0 }
};


static const ngx_grip_field_t  ngx_grip_message_send[] = {
    { "type", NGX_GRIP_FIELD_TYPE, 0 },
    { "content-filters", NGX_GRIP_FIELD_STRINGS, 0 },
    { NULL, 0, 0 }
};


static const ngx_grip_field_t  ngx_grip_message_close[] = {
    { "code", NGX_GRIP_FIELD_NUMBER, 65535 },
    { "reason", NGX_GRIP_FIELD_STRING, NGX_GRIP_WS_REASON_MAX },
    { NULL, 0, 0 }
};


static const ngx_grip_field_t  ngx_grip_body[] = {
    { "body-bin", NGX_GRIP_FIELD_STRING, 0 },
    { "body", NGX_GRIP_FIELD_STRING, 0 },
    { "body-patch", NGX_GRIP_FIELD_LIST, 0 },
    { NULL, 0, 0 }
};


static const ngx_grip_field_t  ngx_grip_content[] = {
    { "content-bin", NGX_GRIP_FIELD_STRING, 0 },
    { "content", NGX_GRIP_FIELD_STRING, 0 },
    { NULL, 0, 0 }
};


static const ngx_grip_field_t  ngx_grip_nothing[] = {
    { NULL, 0, 0 }
};


static const ngx_grip_format_t  ngx_grip_formats[] = {

    { "http-response", "'http-response'",
      ngx_grip_response_send,
      ngx_grip_body, "'body', 'body-bin', or 'body-patch'",
      ngx_grip_nothing },

    { "http-stream", "'http-stream'",
      ngx_grip_stream_send,
      ngx_grip_content, "'content' or 'content-bin'",
      ngx_grip_nothing },

    { "ws-message", "'ws-message'",
      ngx_grip_message_send,
      ngx_grip_content, "'content' or 'content-bin'",
      ngx_grip_message_close },

    { NULL, NULL, NULL, NULL, NULL, NULL }
};


static const char  ngx_grip_item_owner[] = "publish item object";


ngx_int_t
ngx_grip_items_check(ngx_grip_items_t *items, void *value)
{
    json_t *item = value;

    ngx_int_t  rc;

    if (!json_is_object(item)) {
        return ngx_grip_items_fail(items, "%s is not an object",
                                   ngx_grip_item_owner);
    }

    if (json_object_get(item, "channel") == NULL) {
        return ngx_grip_items_fail(items, "%s does not contain 'channel'",
                                   ngx_grip_item_owner);
    }

    rc = ngx_grip_items_fields(items, ngx_grip_item_owner, ngx_grip_item_ids,
                               item);
    if (rc != NGX_OK) {
        return rc;
    }

    rc = ngx_grip_items_formats(items, item);
    if (rc != NGX_OK) {
        return rc;
    }

    return ngx_grip_items_fields(items, ngx_grip_item_owner,
                                 ngx_grip_item_properties, item);
}


static ngx_int_t
ngx_grip_items_fields(ngx_grip_items_t *items,
    const char *owner, const ngx_grip_field_t *field, json_t *object)
{
    json_t     *value;
    ngx_int_t   rc;

    for ( /* void */ ; field->name; field++) {
        value = json_object_get(object, field->name);

        if (value == NULL) {
            continue;
        }

        rc = ngx_grip_items_field(items, owner, field, value);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}


/* older libraries put the formats into the item itself */

static ngx_int_t
ngx_grip_items_formats(ngx_grip_items_t *items, json_t *item)
{
    json_t                   *formats, *value;
    ngx_int_t                 rc;
    ngx_uint_t                n;
    const ngx_grip_format_t  *format;

    n = 0;
    formats = json_object_get(item, "formats");

    if (formats == NULL) {
        formats = item;

    } else if (json_is_object(formats)) {
        n = json_object_size(formats);

    } else {
        return ngx_grip_items_wrong(items, ngx_grip_item_owner, "formats",
                                    "wrong type");
    }

    for (format = ngx_grip_formats; format->name; format++) {
        value = json_object_get(formats, format->name);

        if (value == NULL) {
            continue;
        }

        rc = ngx_grip_items_format(items, format, value);
        if (rc != NGX_OK) {
            return rc;
        }

        n++;
    }

    return n ? NGX_OK : ngx_grip_items_fail(items, "no formats specified");
}


static ngx_int_t
ngx_grip_items_format(ngx_grip_items_t *items, const ngx_grip_format_t *format,
    json_t *json)
{
    json_t      *action;
    ngx_int_t    rc;
    const char  *text;

    if (!json_is_object(json)) {
        return ngx_grip_items_fail(items, "%s is not an object", format->owner);
    }

    action = json_object_get(json, "action");

    if (action && !json_is_string(action)) {
        return ngx_grip_items_wrong(items, format->owner, "action",
                                    "wrong type");
    }

    text = json_string_value(action);

    if (text == NULL || ngx_strcmp(text, "send") == 0) {
        rc = ngx_grip_items_fields(items, format->owner, format->send, json);
        if (rc != NGX_OK) {
            return rc;
        }

        return ngx_grip_items_content(items, format, json);
    }

    if (ngx_strcmp(text, "close") == 0) {
        return ngx_grip_items_fields(items, format->owner, format->close, json);
    }

    if (ngx_strcmp(text, "hint") == 0 || ngx_strcmp(text, "refresh") == 0) {
        return NGX_OK;
    }

    return ngx_grip_items_wrong(items, format->owner, "action",
                                "unknown value");
}


static ngx_int_t
ngx_grip_items_content(ngx_grip_items_t *items, const ngx_grip_format_t *format,
    json_t *json)
{
    json_t                  *value;
    const char              *type;
    const ngx_grip_field_t  *field;

    for (field = format->content; field->name; field++) {
        value = json_object_get(json, field->name);

        if (value) {
            return ngx_grip_items_field(items, format->owner, field, value);
        }
    }

    type = json_string_value(json_object_get(json, "type"));

    if (format->send == ngx_grip_message_send && type && type[0] == 'p') {

        /* Pushpin takes a ping without content, but does not send it */

        return json_object_set_new(json, "content", json_string("")) == 0
               ? NGX_OK : NGX_ERROR;
    }

    return ngx_grip_items_fail(items, "%s does not contain %s", format->owner,
                               format->missing);
}
