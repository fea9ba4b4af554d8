
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * A function's JSON answer, decoded to the actions that rules compile to.
 * All of it is understood before any of it is done.  Tables tell of what kind
 * values are; ngx_http_grip_function_values.c knows the kinds.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <jansson.h>

#include "action/ngx_http_grip_event.h"
#include "action/ngx_http_grip_handshake.h"
#include "function/ngx_http_grip_function.h"
#include "function/ngx_http_grip_function_values.h"
#include "request/ngx_http_grip_notice.h"
#include "text/ngx_grip_json_tree.h"
#include "text/ngx_grip_line.h"


/* an answer of more actions than any proxy could take is a mistake */
#define NGX_HTTP_GRIP_ACTIONS_MAX      10000


typedef struct {
    const char                  *name;
    ngx_http_grip_member_e       kind;
    size_t                       offset;         /* of a text in the action */
    ngx_uint_t                   required;       /* a flag: this text must be
                                                    set, by whichever member */
} ngx_http_grip_member_t;


typedef struct {
    const char                  *name;
    ngx_http_grip_action_pt      run;
    ngx_uint_t                   type;
    ngx_grip_control_type_e      control;
    ngx_http_grip_member_e       kind;
    size_t                       offset;
    ngx_http_grip_member_t      *members;        /* it may be an object, too */
} ngx_http_grip_known_t;


static ngx_int_t ngx_http_grip_actions_all(ngx_http_grip_reader_t *rd,
    json_t *root);
static ngx_int_t ngx_http_grip_actions_one(ngx_http_grip_reader_t *rd,
    const char *name, json_t *value);
static ngx_int_t ngx_http_grip_actions_action(ngx_http_grip_reader_t *rd,
    ngx_http_grip_known_t *known, json_t *value);
static ngx_int_t ngx_http_grip_actions_metas(ngx_http_grip_reader_t *rd,
    json_t *value, ngx_http_grip_action_t *action);
static ngx_int_t ngx_http_grip_actions_object(ngx_http_grip_reader_t *rd,
    ngx_http_grip_member_t *members, json_t *value,
    ngx_http_grip_action_t *action);
static ngx_int_t ngx_http_grip_actions_known(ngx_http_grip_reader_t *rd,
    ngx_http_grip_member_t *members, json_t *value);
static const char *ngx_http_grip_actions_printable(
    ngx_http_grip_reader_t *rd, const char *name);


#define ngx_http_grip_text(field)  offsetof(ngx_http_grip_action_t, field)


static ngx_http_grip_member_t  ngx_http_grip_close_members[] = {
    { "code", NGX_HTTP_GRIP_MEMBER_CODE, 0, 0 },
    { "reason", NGX_HTTP_GRIP_MEMBER_TEXT, ngx_http_grip_text(value), 0 },
    { NULL, 0, 0, 0 }
};


static ngx_http_grip_member_t  ngx_http_grip_accept_members[] = {
    { "subprotocol", NGX_HTTP_GRIP_MEMBER_TEXT, ngx_http_grip_text(target),
      0 },
    { "headers", NGX_HTTP_GRIP_MEMBER_HEADERS, 0, 0 },
    { NULL, 0, 0, 0 }
};


static ngx_http_grip_member_t  ngx_http_grip_reject_members[] = {
    { "status", NGX_HTTP_GRIP_MEMBER_STATUS, 0, 0 },
    { "body", NGX_HTTP_GRIP_MEMBER_TEXT, ngx_http_grip_text(value), 0 },
    { NULL, 0, 0, 0 }
};


static ngx_http_grip_member_t  ngx_http_grip_subscribe_members[] = {
    { "channel", NGX_HTTP_GRIP_MEMBER_TEXT, ngx_http_grip_text(target), 1 },
    { "filters", NGX_HTTP_GRIP_MEMBER_FILTERS, 0, 0 },
    { NULL, 0, 0, 0 }
};


/* in the order of decoding: "type" has the last word about the content */

static ngx_http_grip_member_t  ngx_http_grip_keepalive_members[] = {
    { "content", NGX_HTTP_GRIP_MEMBER_CONTENT, ngx_http_grip_text(value), 1 },
    { "content-bin", NGX_HTTP_GRIP_MEMBER_CONTENT_BIN,
      ngx_http_grip_text(value), 1 },
    { "type", NGX_HTTP_GRIP_MEMBER_TYPE, 0, 0 },
    { "timeout", NGX_HTTP_GRIP_MEMBER_TIMEOUT, 0, 0 },
    { "mode", NGX_HTTP_GRIP_MEMBER_MODE, 0, 0 },
    { NULL, 0, 0, 0 }
};


static ngx_http_grip_member_t  ngx_http_grip_publish_members[] = {
    { "channel", NGX_HTTP_GRIP_MEMBER_TEXT, ngx_http_grip_text(target), 1 },
    { "content", NGX_HTTP_GRIP_MEMBER_CONTENT, ngx_http_grip_text(value), 1 },
    { "content-bin", NGX_HTTP_GRIP_MEMBER_CONTENT_BIN,
      ngx_http_grip_text(value), 1 },
    { "formats", NGX_HTTP_GRIP_MEMBER_FORMATS, 0, 0 },
    { "id", NGX_HTTP_GRIP_MEMBER_TEXT, ngx_http_grip_text(id), 0 },
    { "prev-id", NGX_HTTP_GRIP_MEMBER_TEXT, ngx_http_grip_text(prev_id), 0 },
    { "meta", NGX_HTTP_GRIP_MEMBER_PAIRS, 0, 0 },
    { "no-seq", NGX_HTTP_GRIP_MEMBER_NO_SEQ, 0, 0 },
    { "on_error", NGX_HTTP_GRIP_MEMBER_ON_ERROR, 0, 0 },
    { NULL, 0, 0, 0 }
};


static ngx_http_grip_known_t  ngx_http_grip_function_actions[] = {

    { "send", ngx_http_grip_action_send, NGX_GRIP_WS_TEXT, 0,
      NGX_HTTP_GRIP_MEMBER_TEXT, ngx_http_grip_text(value), NULL },

    { "send_binary", ngx_http_grip_action_send, NGX_GRIP_WS_BINARY, 0,
      NGX_HTTP_GRIP_MEMBER_BASE64, ngx_http_grip_text(value), NULL },

    { "ping", ngx_http_grip_action_send, NGX_GRIP_WS_PING, 0,
      NGX_HTTP_GRIP_MEMBER_TEXT, ngx_http_grip_text(value), NULL },

    { "pong", ngx_http_grip_action_send, NGX_GRIP_WS_PONG, 0,
      NGX_HTTP_GRIP_MEMBER_TEXT, ngx_http_grip_text(value), NULL },

    { "close", ngx_http_grip_action_close, 0, 0,
      NGX_HTTP_GRIP_MEMBER_TRUE, 0, ngx_http_grip_close_members },

    { "disconnect", ngx_http_grip_action_disconnect, 0, 0,
      NGX_HTTP_GRIP_MEMBER_TRUE, 0, NULL },

    { "accept", ngx_http_grip_handshake_accept, 0, 0,
      NGX_HTTP_GRIP_MEMBER_OBJECT, 0, ngx_http_grip_accept_members },

    { "reject", ngx_http_grip_action_reject, 0, 0,
      NGX_HTTP_GRIP_MEMBER_STATUS, 0, ngx_http_grip_reject_members },

    { "subscribe", ngx_http_grip_action_control, 0,
      NGX_GRIP_CONTROL_SUBSCRIBE, NGX_HTTP_GRIP_MEMBER_TEXT,
      ngx_http_grip_text(target), ngx_http_grip_subscribe_members },

    { "unsubscribe", ngx_http_grip_action_control, 0,
      NGX_GRIP_CONTROL_UNSUBSCRIBE, NGX_HTTP_GRIP_MEMBER_TEXT,
      ngx_http_grip_text(target), NULL },

    { "detach", ngx_http_grip_action_control, 0, NGX_GRIP_CONTROL_DETACH,
      NGX_HTTP_GRIP_MEMBER_TRUE, 0, NULL },

    { "keepalive", ngx_http_grip_action_control, 0,
      NGX_GRIP_CONTROL_KEEPALIVE, NGX_HTTP_GRIP_MEMBER_OBJECT, 0,
      ngx_http_grip_keepalive_members },

    { "set_meta", ngx_http_grip_action_set_meta, 0, 0,
      NGX_HTTP_GRIP_MEMBER_METAS, 0, NULL },

    { "filter_meta", ngx_http_grip_action_control, 0,
      NGX_GRIP_CONTROL_SET_META, NGX_HTTP_GRIP_MEMBER_METAS, 0, NULL },

    { "publish", ngx_http_grip_action_publish, 0, 0,
      NGX_HTTP_GRIP_MEMBER_OBJECT, 0, ngx_http_grip_publish_members },

    { NULL, NULL, 0, 0, 0, 0, NULL }
};


ngx_int_t
ngx_http_grip_function_actions_read(ngx_http_grip_function_t *fn,
    ngx_array_t *actions)
{
    ngx_int_t                 rc;
    ngx_http_request_t       *r;
    ngx_grip_json_tree_t      tree;
    ngx_http_grip_reader_t    rd;

    r = fn->websocket->request;

    rc = ngx_grip_json_tree_read(&tree, &fn->call.answer, 1);

    if (rc == NGX_DECLINED) {
        ngx_http_grip_notice(r, NGX_LOG_ERR,
                             "grip: function answered invalid JSON at byte "
                             "%uz", tree.error);
    }

    if (rc != NGX_OK) {
        return rc;
    }

    rd.ws = fn->websocket;
    rd.actions = actions;
    rd.action = NULL;
    rd.member = NULL;
    rd.err = NULL;
    rd.opening = ngx_http_grip_event_opens(fn->websocket);

    rc = ngx_http_grip_actions_all(&rd, tree.root);

    if (rc == NGX_DECLINED && rd.member) {
        ngx_http_grip_notice(r, NGX_LOG_ERR,
                             "grip: function answered action \"%s\": \"%s\" "
                             "%s", rd.action, rd.member, rd.err);

    } else if (rc == NGX_DECLINED && rd.action) {
        ngx_http_grip_notice(r, NGX_LOG_ERR,
                             "grip: function answered action \"%s\": %s",
                             rd.action, rd.err);

    } else if (rc == NGX_DECLINED) {
        ngx_http_grip_notice(r, NGX_LOG_ERR, "grip: function answered %s",
                             rd.err);
    }

    ngx_grip_json_tree_free(&tree);

    return rc;
}


static ngx_int_t
ngx_http_grip_actions_all(ngx_http_grip_reader_t *rd, json_t *root)
{
    size_t      i;
    void       *iter;
    json_t     *object;
    ngx_int_t   rc;

    if (!json_is_array(root)) {
        rd->err = "JSON that is not an array of actions";
        return NGX_DECLINED;
    }

    if (json_array_size(root) > NGX_HTTP_GRIP_ACTIONS_MAX) {
        rd->err = "too many actions";
        return NGX_DECLINED;
    }

    json_array_foreach(root, i, object) {

        if (!json_is_object(object) || json_object_size(object) != 1) {
            rd->action = NULL;
            rd->err = "an action that is not an object of one member";
            return NGX_DECLINED;
        }

        iter = json_object_iter(object);

        rc = ngx_http_grip_actions_one(rd, json_object_iter_key(iter),
                                       json_object_iter_value(iter));
        if (rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_grip_actions_one(ngx_http_grip_reader_t *rd, const char *name,
    json_t *value)
{
    ngx_http_grip_known_t  *known;

    for (known = ngx_http_grip_function_actions; known->name; known++) {

        if (ngx_strcmp(known->name, name) == 0) {
            rd->action = known->name;
            return ngx_http_grip_actions_action(rd, known, value);
        }
    }

    rd->action = ngx_http_grip_actions_printable(rd, name);
    rd->err = "it is unknown";

    return rd->action ? NGX_DECLINED : NGX_ERROR;
}


static ngx_int_t
ngx_http_grip_actions_action(ngx_http_grip_reader_t *rd,
    ngx_http_grip_known_t *known, json_t *value)
{
    ngx_int_t                rc;
    ngx_http_grip_action_t   action, *pushed;

    ngx_memzero(&action, sizeof(ngx_http_grip_action_t));

    action.name = known->name;
    action.run = known->run;
    action.type = known->type;
    action.control = known->control;

    if (known->kind == NGX_HTTP_GRIP_MEMBER_METAS) {
        return ngx_http_grip_actions_metas(rd, value, &action);
    }

    if (known->members
        && (json_is_object(value)
            || known->kind == NGX_HTTP_GRIP_MEMBER_OBJECT))
    {
        rc = ngx_http_grip_actions_object(rd, known->members, value, &action);

    } else {
        rc = ngx_http_grip_function_values_read(rd, known->kind, known->offset,
                                                value, &action);
    }

    if (rc != NGX_OK) {
        return rc;
    }

    if (!rd->opening
        && (known->run == ngx_http_grip_action_reject
            || known->run == ngx_http_grip_handshake_accept))
    {
        rd->err = "it is for \"open\" only";
        return NGX_DECLINED;
    }

    if (known->run == ngx_http_grip_action_reject && action.status == 0) {
        rd->member = "status";
        rd->err = "is missing";
        return NGX_DECLINED;
    }

    pushed = ngx_array_push(rd->actions);
    if (pushed == NULL) {
        return NGX_ERROR;
    }

    *pushed = action;

    return NGX_OK;
}


/* an object of names and texts, an action each; null deletes */

static ngx_int_t
ngx_http_grip_actions_metas(ngx_http_grip_reader_t *rd, json_t *value,
    ngx_http_grip_action_t *action)
{
    json_t                  *text;
    ngx_int_t                rc;
    const char              *name;
    ngx_http_grip_action_t  *pushed;

    if (!json_is_object(value)) {
        rd->err = "it is not an object";
        return NGX_DECLINED;
    }

    json_object_foreach(value, name, text) {

        if (rd->actions->nelts >= NGX_HTTP_GRIP_ACTIONS_MAX) {
            rd->err = "too many actions";
            return NGX_DECLINED;
        }

        pushed = ngx_array_push(rd->actions);
        if (pushed == NULL) {
            return NGX_ERROR;
        }

        *pushed = *action;

        if (ngx_http_grip_function_values_name(rd, name, &pushed->target)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (json_is_null(text)) {
            continue;
        }

        rc = ngx_http_grip_function_values_text(rd, text, &pushed->value);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_grip_actions_object(ngx_http_grip_reader_t *rd,
    ngx_http_grip_member_t *members, json_t *value,
    ngx_http_grip_action_t *action)
{
    json_t                  *member;
    ngx_int_t                rc;
    ngx_str_t               *text;
    ngx_http_grip_member_t  *m;

    rc = ngx_http_grip_actions_known(rd, members, value);
    if (rc != NGX_OK) {
        return rc;
    }

    for (m = members; m->name; m++) {

        member = json_object_get(value, m->name);

        if (member == NULL) {
            continue;
        }

        rc = ngx_http_grip_function_values_read(rd, m->kind, m->offset, member,
                                                action);

        if (rc == NGX_DECLINED) {
            rd->member = m->name;
            rd->err = "has a wrong type or value";
        }

        if (rc != NGX_OK) {
            return rc;
        }
    }

    for (m = members; m->name; m++) {

        text = (ngx_str_t *) ((u_char *) action + m->offset);

        if (m->required && text->data == NULL) {
            rd->member = m->name;
            rd->err = "is missing";
            return NGX_DECLINED;
        }
    }

    return NGX_OK;
}


/* the value is an object, and has no members but those */

static ngx_int_t
ngx_http_grip_actions_known(ngx_http_grip_reader_t *rd,
    ngx_http_grip_member_t *members, json_t *value)
{
    json_t                  *member;
    const char              *name;
    ngx_http_grip_member_t  *m;

    if (!json_is_object(value)) {
        rd->err = "it is not an object";
        return NGX_DECLINED;
    }

    json_object_foreach(value, name, member) {

        for (m = members; m->name; m++) {
            if (ngx_strcmp(m->name, name) == 0) {
                break;
            }
        }

        if (m->name == NULL) {
            rd->member = ngx_http_grip_actions_printable(rd, name);
            rd->err = "is unknown";
            return rd->member ? NGX_DECLINED : NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* functions may echo what clients have said, and this goes to the log */

static const char *
ngx_http_grip_actions_printable(ngx_http_grip_reader_t *rd, const char *name)
{
    ngx_str_t  text;

    if (ngx_http_grip_function_values_name(rd, name, &text) != NGX_OK) {
        return NULL;
    }

    ngx_grip_line_mask(&text, '?');

    return (const char *) text.data;
}
