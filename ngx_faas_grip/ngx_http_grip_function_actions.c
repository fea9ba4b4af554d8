
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * A function's JSON answer, decoded to the actions that rules compile to.
 * All of it is understood before any of it is done.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_http_grip_decode.h"
#include "ngx_http_grip_function.h"
#include "ngx_http_grip_statement.h"


/* an answer of more actions than any proxy could take is a mistake */
#define NGX_HTTP_GRIP_ACTIONS_MAX      10000


typedef ngx_int_t (*ngx_http_grip_decode_pt)(ngx_http_grip_decoder_t *dec,
    json_t *value, ngx_http_grip_action_t *action);


static ngx_int_t ngx_http_grip_decode_all(ngx_http_grip_decoder_t *dec,
    json_t *root);
static ngx_int_t ngx_http_grip_decode_one(ngx_http_grip_decoder_t *dec,
    const char *name, json_t *value);
static ngx_int_t ngx_http_grip_decode_text(ngx_http_grip_decoder_t *dec,
    json_t *value, ngx_http_grip_action_t *action);
static ngx_int_t ngx_http_grip_decode_binary(ngx_http_grip_decoder_t *dec,
    json_t *value, ngx_http_grip_action_t *action);
static ngx_int_t ngx_http_grip_decode_close(ngx_http_grip_decoder_t *dec,
    json_t *value, ngx_http_grip_action_t *action);
static ngx_int_t ngx_http_grip_decode_flag(ngx_http_grip_decoder_t *dec,
    json_t *value, ngx_http_grip_action_t *action);
static ngx_int_t ngx_http_grip_decode_reject(ngx_http_grip_decoder_t *dec,
    json_t *value, ngx_http_grip_action_t *action);
static ngx_int_t ngx_http_grip_decode_channel(ngx_http_grip_decoder_t *dec,
    json_t *value, ngx_http_grip_action_t *action);
static ngx_int_t ngx_http_grip_decode_keepalive(ngx_http_grip_decoder_t *dec,
    json_t *value, ngx_http_grip_action_t *action);
static ngx_int_t ngx_http_grip_decode_metas(ngx_http_grip_decoder_t *dec,
    json_t *value, ngx_http_grip_action_t *action);


typedef struct {
    const char                 *name;
    ngx_http_grip_decode_pt     decode;
    ngx_http_grip_action_pt     run;
    ngx_uint_t                  type;
    ngx_grip_control_type_e     control;
} ngx_http_grip_decode_t;


static ngx_http_grip_decode_t  ngx_http_grip_decodes[] = {

    { "send", ngx_http_grip_decode_text, ngx_http_grip_action_send,
      NGX_GRIP_WS_TEXT, 0 },

    { "send_binary", ngx_http_grip_decode_binary, ngx_http_grip_action_send,
      NGX_GRIP_WS_BINARY, 0 },

    { "ping", ngx_http_grip_decode_text, ngx_http_grip_action_send,
      NGX_GRIP_WS_PING, 0 },

    { "pong", ngx_http_grip_decode_text, ngx_http_grip_action_send,
      NGX_GRIP_WS_PONG, 0 },

    { "close", ngx_http_grip_decode_close, ngx_http_grip_action_close, 0, 0 },

    { "disconnect", ngx_http_grip_decode_flag,
      ngx_http_grip_action_disconnect, 0, 0 },

    { "reject", ngx_http_grip_decode_reject, ngx_http_grip_action_reject,
      0, 0 },

    { "subscribe", ngx_http_grip_decode_channel, ngx_http_grip_action_control,
      0, NGX_GRIP_CONTROL_SUBSCRIBE },

    { "unsubscribe", ngx_http_grip_decode_channel,
      ngx_http_grip_action_control, 0, NGX_GRIP_CONTROL_UNSUBSCRIBE },

    { "detach", ngx_http_grip_decode_flag, ngx_http_grip_action_control,
      0, NGX_GRIP_CONTROL_DETACH },

    { "keepalive", ngx_http_grip_decode_keepalive,
      ngx_http_grip_action_control, NGX_GRIP_WS_TEXT,
      NGX_GRIP_CONTROL_KEEPALIVE },

    { "set_meta", ngx_http_grip_decode_metas, ngx_http_grip_action_set_meta,
      0, 0 },

    { "filter_meta", ngx_http_grip_decode_metas, ngx_http_grip_action_control,
      0, NGX_GRIP_CONTROL_SET_META },

    { "publish", ngx_http_grip_decode_publish, ngx_http_grip_action_publish,
      0, 0 },

    { NULL, NULL, NULL, 0, 0 }
};


ngx_int_t
ngx_http_grip_json_actions(ngx_http_grip_websocket_t *ws, ngx_str_t *answer,
    ngx_array_t *actions)
{
    json_t                   *root;
    ngx_int_t                 rc;
    ngx_log_t                *log;
    json_error_t              jerr;
    ngx_http_grip_decoder_t   dec;

    log = ws->request->connection->log;

    root = json_loadb((char *) answer->data, answer->len,
                      JSON_REJECT_DUPLICATES|JSON_ALLOW_NUL, &jerr);

    if (root == NULL) {
        ngx_log_error(NGX_LOG_ERR, log, 0,
                      "grip: function answered what is not JSON, at byte %d",
                      jerr.position);
        return NGX_DECLINED;
    }

    dec.ws = ws;
    dec.actions = actions;
    dec.action = NULL;
    dec.member = NULL;
    dec.err = NULL;

    rc = ngx_http_grip_decode_all(&dec, root);

    if (rc == NGX_DECLINED && dec.member) {
        ngx_log_error(NGX_LOG_ERR, log, 0,
                      "grip: function answered action \"%s\": \"%s\" %s",
                      dec.action, dec.member, dec.err);

    } else if (rc == NGX_DECLINED && dec.action) {
        ngx_log_error(NGX_LOG_ERR, log, 0,
                      "grip: function answered action \"%s\": %s", dec.action,
                      dec.err);

    } else if (rc == NGX_DECLINED) {
        ngx_log_error(NGX_LOG_ERR, log, 0, "grip: function answered %s",
                      dec.err);
    }

    json_decref(root);

    return rc;
}


static ngx_int_t
ngx_http_grip_decode_all(ngx_http_grip_decoder_t *dec, json_t *root)
{
    size_t       i;
    void        *iter;
    json_t      *object;
    ngx_int_t    rc;

    if (!json_is_array(root)) {
        dec->err = "JSON that is not an array of actions";
        return NGX_DECLINED;
    }

    if (json_array_size(root) > NGX_HTTP_GRIP_ACTIONS_MAX) {
        dec->err = "too many actions";
        return NGX_DECLINED;
    }

    json_array_foreach(root, i, object) {

        if (!json_is_object(object) || json_object_size(object) != 1) {
            dec->action = NULL;
            dec->err = "an action that is not an object of one member";
            return NGX_DECLINED;
        }

        iter = json_object_iter(object);

        rc = ngx_http_grip_decode_one(dec, json_object_iter_key(iter),
                                      json_object_iter_value(iter));
        if (rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_grip_decode_one(ngx_http_grip_decoder_t *dec, const char *name,
    json_t *value)
{
    ngx_http_grip_action_t   action;
    ngx_http_grip_decode_t  *decode;

    dec->action = name;

    for (decode = ngx_http_grip_decodes; decode->name; decode++) {

        if (ngx_strcmp(decode->name, name) != 0) {
            continue;
        }

        ngx_memzero(&action, sizeof(ngx_http_grip_action_t));

        action.name = decode->name;
        action.run = decode->run;
        action.type = decode->type;
        action.control = decode->control;

        return decode->decode(dec, value, &action);
    }

    dec->err = "it is unknown";

    return NGX_DECLINED;
}


static ngx_int_t
ngx_http_grip_decode_text(ngx_http_grip_decoder_t *dec, json_t *value,
    ngx_http_grip_action_t *action)
{
    ngx_int_t  rc;

    rc = ngx_http_grip_decode_string(dec, value, &action->value);

    return rc == NGX_OK ? ngx_http_grip_decode_push(dec, action) : rc;
}


static ngx_int_t
ngx_http_grip_decode_binary(ngx_http_grip_decoder_t *dec, json_t *value,
    ngx_http_grip_action_t *action)
{
    ngx_int_t  rc;

    rc = ngx_http_grip_decode_base64(dec, value, &action->value);

    return rc == NGX_OK ? ngx_http_grip_decode_push(dec, action) : rc;
}


/* true, or an object of code and reason */

static ngx_int_t
ngx_http_grip_decode_close(ngx_http_grip_decoder_t *dec, json_t *value,
    ngx_http_grip_action_t *action)
{
    ngx_int_t  rc;
    ngx_uint_t  code;

    static const char  *members[] = { "code", "reason", NULL };

    if (json_is_true(value)) {
        return ngx_http_grip_decode_push(dec, action);
    }

    code = 0;

    if ((rc = ngx_http_grip_decode_object(dec, value, members)) != NGX_OK
        || (rc = ngx_http_grip_decode_integer(dec, value, "code", &code))
           != NGX_OK
        || (rc = ngx_http_grip_decode_member(dec, value, "reason",
                                             &action->value))
           != NGX_OK)
    {
        return rc;
    }

    if (code) {
        action->code.data = ngx_pnalloc(dec->ws->request->pool,
                                        NGX_INT_T_LEN);
        if (action->code.data == NULL) {
            return NGX_ERROR;
        }

        action->code.len = ngx_sprintf(action->code.data, "%ui", code)
                           - action->code.data;
    }

    return ngx_http_grip_decode_push(dec, action);
}


static ngx_int_t
ngx_http_grip_decode_flag(ngx_http_grip_decoder_t *dec, json_t *value,
    ngx_http_grip_action_t *action)
{
    if (!json_is_true(value)) {
        dec->err = "it is not true";
        return NGX_DECLINED;
    }

    return ngx_http_grip_decode_push(dec, action);
}


/* a status, or an object of status and body */

static ngx_int_t
ngx_http_grip_decode_reject(ngx_http_grip_decoder_t *dec, json_t *value,
    ngx_http_grip_action_t *action)
{
    ngx_int_t  rc;

    static const char  *members[] = { "status", "body", NULL };

    if (dec->ws->event != NGX_GRIP_WS_OPEN) {
        dec->err = "it is for \"open\" only";
        return NGX_DECLINED;
    }

    if (json_is_integer(value)) {
        action->status = (ngx_uint_t) json_integer_value(value);

    } else {
        if ((rc = ngx_http_grip_decode_object(dec, value, members)) != NGX_OK
            || (rc = ngx_http_grip_decode_integer(dec, value, "status",
                                                  &action->status))
               != NGX_OK
            || (rc = ngx_http_grip_decode_member(dec, value, "body",
                                                 &action->value))
               != NGX_OK)
        {
            return rc;
        }
    }

    if (action->status < 400 || action->status > 599) {
        dec->err = "the status is not 400-599";
        return NGX_DECLINED;
    }

    return ngx_http_grip_decode_push(dec, action);
}


/* a channel, or an object of channel and filters */

static ngx_int_t
ngx_http_grip_decode_channel(ngx_http_grip_decoder_t *dec, json_t *value,
    ngx_http_grip_action_t *action)
{
    size_t       i, n;
    json_t      *filters;
    ngx_int_t    rc;

    static const char  *members[] = { "channel", "filters", NULL };

    if (!json_is_object(value)) {
        rc = ngx_http_grip_decode_string(dec, value, &action->target);

        return rc == NGX_OK ? ngx_http_grip_decode_push(dec, action) : rc;
    }

    if ((rc = ngx_http_grip_decode_object(dec, value, members)) != NGX_OK
        || (rc = ngx_http_grip_decode_member(dec, value, "channel",
                                             &action->target))
           != NGX_OK)
    {
        return rc;
    }

    filters = json_object_get(value, "filters");

    if (filters) {
        if (!json_is_array(filters)) {
            return ngx_http_grip_decode_wrong(dec, "filters");
        }

        n = json_array_size(filters);

        action->nfilters = n;
        action->filters = ngx_palloc(dec->ws->request->pool,
                                     n * sizeof(ngx_str_t));
        if (action->filters == NULL) {
            return NGX_ERROR;
        }

        for (i = 0; i < n; i++) {
            rc = ngx_http_grip_decode_string(dec, json_array_get(filters, i),
                                             &action->filters[i]);
            if (rc != NGX_OK) {
                return rc;
            }
        }
    }

    return ngx_http_grip_decode_push(dec, action);
}


static ngx_int_t
ngx_http_grip_decode_keepalive(ngx_http_grip_decoder_t *dec, json_t *value,
    ngx_http_grip_action_t *action)
{
    ngx_int_t   rc;
    ngx_str_t   type, mode;

    static const char  *members[] = { "content", "content-bin", "type",
                                      "timeout", "mode", NULL };

    ngx_str_null(&type);
    ngx_str_null(&mode);

    if ((rc = ngx_http_grip_decode_object(dec, value, members)) != NGX_OK
        || (rc = ngx_http_grip_decode_content(dec, value, action)) != NGX_OK
        || (rc = ngx_http_grip_decode_member(dec, value, "type", &type))
           != NGX_OK
        || (rc = ngx_http_grip_decode_member(dec, value, "mode", &mode))
           != NGX_OK
        || (rc = ngx_http_grip_decode_integer(dec, value, "timeout",
                                              &action->timeout))
           != NGX_OK)
    {
        return rc;
    }

    if (type.len) {
        action->type = ngx_http_grip_message_type(&type);

        if (action->type == 0) {
            return ngx_http_grip_decode_wrong(dec, "type");
        }
    }

    action->interval = (mode.len == sizeof("interval") - 1
                        && ngx_strncmp(mode.data, "interval", mode.len) == 0);

    if (mode.len && !action->interval
        && (mode.len != sizeof("idle") - 1
            || ngx_strncmp(mode.data, "idle", mode.len) != 0))
    {
        return ngx_http_grip_decode_wrong(dec, "mode");
    }

    return ngx_http_grip_decode_push(dec, action);
}


/* an object of names and texts, an action each; null deletes */

static ngx_int_t
ngx_http_grip_decode_metas(ngx_http_grip_decoder_t *dec, json_t *value,
    ngx_http_grip_action_t *action)
{
    size_t       len;
    u_char      *p;
    json_t      *text;
    ngx_int_t    rc;
    const char  *name;

    if (!json_is_object(value)) {
        dec->err = "it is not an object";
        return NGX_DECLINED;
    }

    json_object_foreach(value, name, text) {

        len = ngx_strlen(name);

        p = ngx_pnalloc(dec->ws->request->pool, len);
        if (p == NULL) {
            return NGX_ERROR;
        }

        action->target.len = len;
        action->target.data = p;
        ngx_memcpy(p, name, len);

        if (action->run == ngx_http_grip_action_set_meta) {
            ngx_http_grip_meta_name(&action->target);
        }

        ngx_str_set(&action->value, "");

        if (!json_is_null(text)) {
            rc = ngx_http_grip_decode_string(dec, text, &action->value);
            if (rc != NGX_OK) {
                return rc;
            }
        }

        if (ngx_http_grip_decode_push(dec, action) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}
