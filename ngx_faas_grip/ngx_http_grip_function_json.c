
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The JSON contract: events as an object, actions as an array.  The answer is
 * decoded in ngx_http_grip_function_actions.c.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <jansson.h>

#include "ngx_grip_json.h"
#include "ngx_http_grip_event.h"
#include "ngx_http_grip_function.h"
#include "ngx_http_grip_headers.h"
#include "ngx_http_grip_meta.h"


static json_t *ngx_http_grip_json_object(ngx_http_grip_function_t *fn);
static json_t *ngx_http_grip_json_events(ngx_http_grip_function_t *fn);
static ngx_int_t ngx_http_grip_json_event(ngx_http_request_t *r,
    json_t *object, ngx_grip_ws_event_t *ev);
static ngx_int_t ngx_http_grip_json_close(json_t *object, ngx_str_t *content);
static json_t *ngx_http_grip_json_metas(ngx_http_grip_websocket_t *ws);
static json_t *ngx_http_grip_json_headers(ngx_http_request_t *r);
static ngx_int_t ngx_http_grip_json_header(ngx_http_request_t *r,
    json_t *headers, ngx_table_elt_t *h);
static ngx_int_t ngx_http_grip_json_put(json_t *object, const char *name,
    ngx_str_t *text);
static ngx_int_t ngx_http_grip_json_put_bin(ngx_http_request_t *r,
    json_t *object, ngx_str_t *bytes);
static ngx_int_t ngx_http_grip_json_body(ngx_http_grip_function_t *fn,
    json_t *object);


ngx_int_t
ngx_http_grip_json_request(ngx_http_grip_function_t *fn)
{
    json_t     *object;
    ngx_int_t   rc;

    ngx_str_set(&fn->call.content_type, "application/json");

    object = ngx_http_grip_json_object(fn);
    if (object == NULL) {
        return NGX_ERROR;
    }

    rc = ngx_http_grip_json_body(fn, object);

    json_decref(object);

    return rc;
}


static json_t *
ngx_http_grip_json_object(ngx_http_grip_function_t *fn)
{
    json_t                     *object;
    ngx_http_request_t         *r;
    ngx_grip_ws_event_t        *ev;
    ngx_http_grip_loc_conf_t   *glcf;
    ngx_http_grip_websocket_t  *ws;

    ws = fn->websocket;
    r = ws->request;
    glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);

    object = json_object();
    if (object == NULL) {
        return NULL;
    }

    ev = fn->events.elts;

    if ((ws->connection_id
         && ngx_http_grip_json_put(object, "connection", ws->connection_id)
            != NGX_OK)
        || ngx_http_grip_json_put(object, "uri", &r->unparsed_uri) != NGX_OK
        || json_object_set_new(object, "meta", ngx_http_grip_json_metas(ws))
           != 0
        || json_object_set_new(object, "headers",
                               ngx_http_grip_json_headers(r))
           != 0
        || (glcf->call_batch
            ? json_object_set_new(object, "events",
                                  ngx_http_grip_json_events(fn)) != 0
            : ngx_http_grip_json_event(r, object, &ev[0]) != NGX_OK))
    {
        json_decref(object);
        return NULL;
    }

    return object;
}


static json_t *
ngx_http_grip_json_events(ngx_http_grip_function_t *fn)
{
    json_t               *events, *event;
    ngx_uint_t            i;
    ngx_grip_ws_event_t  *ev;

    events = json_array();
    if (events == NULL) {
        return NULL;
    }

    ev = fn->events.elts;

    for (i = 0; i < fn->events.nelts; i++) {
        event = json_object();

        if (json_array_append_new(events, event) != 0
            || ngx_http_grip_json_event(fn->websocket->request, event, &ev[i])
               != NGX_OK)
        {
            json_decref(events);
            return NULL;
        }
    }

    return events;
}


static ngx_int_t
ngx_http_grip_json_event(ngx_http_request_t *r, json_t *object,
    ngx_grip_ws_event_t *ev)
{
    ngx_str_t  name;

    if (ngx_http_grip_event_name(ev->type, &name) != NGX_OK
        || ngx_http_grip_json_put(object, "event", &name) != NGX_OK)
    {
        return NGX_ERROR;
    }

    switch (ev->type) {

    case NGX_GRIP_WS_TEXT:
        return ngx_http_grip_json_put(object, "content", &ev->content);

    case NGX_GRIP_WS_BINARY:
    case NGX_GRIP_WS_PING:
    case NGX_GRIP_WS_PONG:
        return ngx_http_grip_json_put_bin(r, object, &ev->content);

    case NGX_GRIP_WS_CLOSE:
        return ngx_http_grip_json_close(object, &ev->content);

    default:
        return NGX_OK;
    }
}


static ngx_int_t
ngx_http_grip_json_close(json_t *object, ngx_str_t *content)
{
    ngx_str_t   reason;
    ngx_uint_t  code;

    ngx_grip_ws_close_parse(content, &code, &reason);

    if (code == 0) {
        return NGX_OK;
    }

    if (json_object_set_new(object, "code", json_integer(code)) != 0) {
        return NGX_ERROR;
    }

    if (reason.len == 0 || !ngx_grip_utf8_valid(reason.data, reason.len)) {
        return NGX_OK;
    }

    return ngx_http_grip_json_put(object, "reason", &reason);
}


static json_t *
ngx_http_grip_json_metas(ngx_http_grip_websocket_t *ws)
{
    size_t            j;
    u_char           *name;
    json_t           *object;
    ngx_uint_t        i;
    ngx_array_t      *metas;
    ngx_grip_pair_t  *meta;

    metas = ngx_http_grip_meta_list(ws->request);
    if (metas == NULL) {
        return NULL;
    }

    object = json_object();
    if (object == NULL) {
        return NULL;
    }

    meta = metas->elts;

    for (i = 0; i < metas->nelts; i++) {

        if (!ngx_grip_utf8_valid(meta[i].name.data, meta[i].name.len)
            || !ngx_grip_utf8_valid(meta[i].value.data, meta[i].value.len))
        {
            continue;
        }

        /* the proxy gives them in whatever letters they were set */

        name = ngx_pnalloc(ws->request->pool, meta[i].name.len + 1);
        if (name == NULL) {
            json_decref(object);
            return NULL;
        }

        for (j = 0; j < meta[i].name.len; j++) {
            name[j] = ngx_tolower(meta[i].name.data[j]);
        }

        name[j] = '\0';

        if (ngx_http_grip_json_put(object, (char *) name, &meta[i].value)
            != NGX_OK)
        {
            json_decref(object);
            return NULL;
        }
    }

    return object;
}


static json_t *
ngx_http_grip_json_headers(ngx_http_request_t *r)
{
    json_t                   *object;
    ngx_table_elt_t          *h;
    ngx_http_grip_headers_t   hs;

    object = json_object();
    if (object == NULL) {
        return NULL;
    }

    ngx_http_grip_headers_init(&hs, &r->headers_in.headers);

    for ( ;; ) {
        h = ngx_http_grip_headers_next(&hs);
        if (h == NULL) {
            return object;
        }

        if (ngx_http_grip_call_passes(h)
            && ngx_http_grip_json_header(r, object, h) != NGX_OK)
        {
            json_decref(object);
            return NULL;
        }
    }
}


/* one name, one text: several headers are joined as HTTP does */

static ngx_int_t
ngx_http_grip_json_header(ngx_http_request_t *r, json_t *headers,
    ngx_table_elt_t *h)
{
    char    *name;
    json_t  *before, *joined;

    name = (char *) ngx_pnalloc(r->pool, h->key.len + 1);
    if (name == NULL) {
        return NGX_ERROR;
    }

    ngx_cpystrn((u_char *) name, h->lowcase_key, h->key.len + 1);

    if (!ngx_grip_utf8_valid(h->key.data, h->key.len)
        || !ngx_grip_utf8_valid(h->value.data, h->value.len))
    {
        return NGX_OK;
    }

    before = json_object_get(headers, name);

    if (before == NULL) {
        return ngx_http_grip_json_put(headers, name, &h->value);
    }

    joined = json_sprintf("%s%s%.*s", json_string_value(before),
                          ngx_strcmp(name, "cookie") == 0 ? "; " : ", ",
                          (int) h->value.len, (const char *) h->value.data);

    return json_object_set_new(headers, name, joined) == 0 ? NGX_OK
                                                           : NGX_ERROR;
}


/* text that is not UTF-8 is left out */

static ngx_int_t
ngx_http_grip_json_put(json_t *object, const char *name, ngx_str_t *text)
{
    if (!ngx_grip_utf8_valid(text->data, text->len)) {
        return NGX_OK;
    }

    return json_object_set_new(object, name,
                               json_stringn((const char *) text->data,
                                            text->len))
           == 0 ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_http_grip_json_put_bin(ngx_http_request_t *r, json_t *object,
    ngx_str_t *bytes)
{
    ngx_str_t  text;

    text.data = ngx_pnalloc(r->pool, ngx_base64_encoded_length(bytes->len));
    if (text.data == NULL) {
        return NGX_ERROR;
    }

    ngx_encode_base64(&text, bytes);

    return ngx_http_grip_json_put(object, "content-bin", &text);
}


static ngx_int_t
ngx_http_grip_json_body(ngx_http_grip_function_t *fn, json_t *object)
{
    size_t  len;
    u_char  *p;

    len = json_dumpb(object, NULL, 0, JSON_COMPACT);
    if (len == 0) {
        return NGX_ERROR;
    }

    p = ngx_pnalloc(fn->websocket->request->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    (void) json_dumpb(object, (char *) p, len, JSON_COMPACT);

    fn->call.body.len = len;
    fn->call.body.data = p;

    return NGX_OK;
}


ngx_int_t
ngx_http_grip_json_answer(ngx_http_grip_function_t *fn)
{
    ngx_int_t                rc;
    ngx_uint_t               i;
    ngx_array_t              actions;
    ngx_http_grip_action_t  *action;

    if (fn->call.answer.len == 0) {
        return NGX_OK;
    }

    if (ngx_array_init(&actions, fn->websocket->request->pool, 4,
                       sizeof(ngx_http_grip_action_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    rc = ngx_http_grip_json_actions(fn, &actions);
    if (rc != NGX_OK) {
        return rc;
    }

    action = actions.elts;

    for (i = 0; i < actions.nelts; i++) {
        rc = action[i].run(fn->websocket, &action[i]);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}
