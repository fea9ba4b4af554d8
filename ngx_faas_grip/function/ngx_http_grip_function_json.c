
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The JSON contract: events as an object, actions as an array.  The answer is
 * decoded in ngx_http_grip_function_actions.c.
 */


#include "action/ngx_http_grip_event.h"
#include "action/ngx_http_grip_meta.h"
#include "function/ngx_http_grip_function.h"
#include "request/ngx_http_grip_headers.h"
#include "text/ngx_grip_json.h"
#include "text/ngx_grip_utf8.h"


typedef struct {
    ngx_str_t                   *name;
    u_char                      *lowcase_name;
    ngx_str_t                   *value;
    ngx_uint_t                   n;              /* its place in the request */
} ngx_http_grip_json_header_t;


static ngx_array_t *ngx_http_grip_json_metas(ngx_http_grip_websocket_t *ws);
static ngx_int_t ngx_http_grip_json_headers(ngx_http_grip_websocket_t *ws);
static ngx_int_t ngx_http_grip_json_collect(ngx_http_request_t *r,
    ngx_array_t *headers);
static int ngx_libc_cdecl ngx_http_grip_json_header_cmp(const void *one,
    const void *two);
static size_t ngx_http_grip_json_write_headers(u_char *dst,
    ngx_array_t *headers);
static size_t ngx_http_grip_json_write(u_char *dst,
    ngx_http_grip_function_t *fn, ngx_array_t *metas);
static size_t ngx_http_grip_json_write_metas(u_char *dst, ngx_array_t *metas);
static size_t ngx_http_grip_json_write_events(u_char *dst,
    ngx_grip_ws_event_t *ev, ngx_uint_t nevents);
static size_t ngx_http_grip_json_write_event(u_char *dst,
    ngx_grip_ws_event_t *ev);
static size_t ngx_http_grip_json_write_close(u_char *dst,
    ngx_str_t *content);
static size_t ngx_http_grip_json_write_text(u_char *dst, const char *name,
    ngx_str_t *text);


ngx_int_t
ngx_http_grip_function_json_request(ngx_http_grip_function_t *fn)
{
    size_t                      len;
    u_char                     *p;
    ngx_array_t                *metas;
    ngx_http_grip_websocket_t  *ws;

    ws = fn->websocket;

    ngx_str_set(&fn->call.content_type, "application/json");

    if (ws->json_headers.data == NULL
        && ngx_http_grip_json_headers(ws) != NGX_OK)
    {
        return NGX_ERROR;
    }

    metas = ngx_http_grip_json_metas(ws);
    if (metas == NULL) {
        return NGX_ERROR;
    }

    len = ngx_http_grip_json_write(NULL, fn, metas);

    p = ngx_pnalloc(ws->request->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_http_grip_json_write(p, fn, metas);

    fn->call.body.len = len;
    fn->call.body.data = p;

    return NGX_OK;
}


/* the proxy gives them in whatever letters they were set */

static ngx_array_t *
ngx_http_grip_json_metas(ngx_http_grip_websocket_t *ws)
{
    u_char           *name;
    ngx_uint_t        i;
    ngx_array_t      *metas;
    ngx_grip_pair_t  *meta;

    metas = ngx_http_grip_meta_list(ws->request);
    if (metas == NULL) {
        return NULL;
    }

    meta = metas->elts;

    for (i = 0; i < metas->nelts; i++) {
        name = ngx_pnalloc(ws->request->pool, meta[i].name.len);
        if (name == NULL) {
            return NULL;
        }

        ngx_strlow(name, meta[i].name.data, meta[i].name.len);
        meta[i].name.data = name;
    }

    return metas;
}


/* they are the same for each event of the request */

static ngx_int_t
ngx_http_grip_json_headers(ngx_http_grip_websocket_t *ws)
{
    ngx_str_t            *text;
    ngx_array_t           headers;
    ngx_http_request_t   *r;
    ngx_http_grip_ctx_t  *ctx;

    r = ws->request;

    ctx = ngx_http_grip_ctx_get(r);
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    if (ngx_array_init(&headers, r->pool, 20,
                       sizeof(ngx_http_grip_json_header_t))
        != NGX_OK
        || ngx_http_grip_json_collect(r, &headers) != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_qsort(headers.elts, headers.nelts,
              sizeof(ngx_http_grip_json_header_t),
              ngx_http_grip_json_header_cmp);

    text = &ws->json_headers;

    text->len = ngx_http_grip_json_write_headers(NULL, &headers);

    text->data = ngx_pnalloc(ctx->pool, text->len);
    if (text->data == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_http_grip_json_write_headers(text->data, &headers);

    return NGX_OK;
}


static ngx_int_t
ngx_http_grip_json_collect(ngx_http_request_t *r, ngx_array_t *headers)
{
    ngx_table_elt_t              *h;
    ngx_http_grip_headers_t       hs;
    ngx_http_grip_json_header_t  *header;

    ngx_http_grip_headers_init(&hs, &r->headers_in.headers);

    for ( ;; ) {
        h = ngx_http_grip_headers_next(&hs);
        if (h == NULL) {
            return NGX_OK;
        }

        if (!ngx_http_grip_call_request_passes(h)
            || !ngx_grip_utf8_valid(h->key.data, h->key.len)
            || !ngx_grip_utf8_valid(h->value.data, h->value.len))
        {
            continue;
        }

        header = ngx_array_push(headers);
        if (header == NULL) {
            return NGX_ERROR;
        }

        header->name = &h->key;
        header->lowcase_name = h->lowcase_key;
        header->value = &h->value;
        header->n = headers->nelts;
    }
}


static int ngx_libc_cdecl
ngx_http_grip_json_header_cmp(const void *one, const void *two)
{
    const ngx_http_grip_json_header_t *first = one;
    const ngx_http_grip_json_header_t *second = two;

    ngx_int_t  rc;

    rc = ngx_memn2cmp(first->lowcase_name, second->lowcase_name,
                      first->name->len, second->name->len);

    if (rc == 0) {
        rc = (first->n < second->n) ? -1 : 1;
    }

    return (int) rc;
}


/* one name, one text: several headers are joined as HTTP does */

static size_t
ngx_http_grip_json_write_headers(u_char *dst, ngx_array_t *headers)
{
    size_t                        n;
    ngx_uint_t                    i;
    ngx_http_grip_json_header_t  *h, *prev;

    static ngx_str_t  cookie = ngx_string("cookie");

    prev = NULL;
    h = headers->elts;
    n = ngx_grip_json_literal(dst, "{");

    for (i = 0; i < headers->nelts; i++, prev = h++) {

        if (prev
            && ngx_memn2cmp(prev->lowcase_name, h->lowcase_name,
                            prev->name->len, h->name->len)
               == 0)
        {
            n += ngx_grip_json_literal(ngx_grip_json_at(dst, n),
                          ngx_memn2cmp(h->lowcase_name, cookie.data,
                                       h->name->len, cookie.len)
                          ? ", " : "; ");

        } else {
            n += ngx_grip_json_literal(ngx_grip_json_at(dst, n),
                                       prev ? "\",\"" : "\"");
            n += ngx_grip_json_escape(ngx_grip_json_at(dst, n),
                                      h->lowcase_name, h->name->len);
            n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), "\":\"");
        }

        n += ngx_grip_json_escape(ngx_grip_json_at(dst, n), h->value->data,
                                  h->value->len);
    }

    n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), prev ? "\"}" : "}");

    return n;
}


static size_t
ngx_http_grip_json_write(u_char *dst, ngx_http_grip_function_t *fn,
    ngx_array_t *metas)
{
    size_t                      n;
    ngx_grip_ws_event_t         ev;
    ngx_http_grip_loc_conf_t   *glcf;
    ngx_http_grip_websocket_t  *ws;

    ws = fn->websocket;

    glcf = ngx_http_get_module_loc_conf(ws->request,
                                        ngx_http_faas_grip_module);

    n = ngx_grip_json_literal(dst, "{");

    if (ws->connection_id) {
        n += ngx_http_grip_json_write_text(ngx_grip_json_at(dst, n),
                                           "connection", ws->connection_id);
    }

    n += ngx_http_grip_json_write_text(ngx_grip_json_at(dst, n), "uri",
                                       &ws->request->unparsed_uri);

    n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), "\"meta\":");
    n += ngx_http_grip_json_write_metas(ngx_grip_json_at(dst, n), metas);

    n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), ",\"headers\":");

    if (dst) {
        ngx_memcpy(dst + n, ws->json_headers.data, ws->json_headers.len);
    }

    n += ws->json_headers.len;

    ev.type = ws->event;
    ev.content = ws->content;

    if (!glcf->call_batch) {
        n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), ",");
        n += ngx_http_grip_json_write_event(ngx_grip_json_at(dst, n), &ev);

    } else {
        n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), ",\"events\":");
        n += ws->batch
             ? ngx_http_grip_json_write_events(ngx_grip_json_at(dst, n),
                                               ws->batch->elts,
                                               ws->batch->nelts)
             : ngx_http_grip_json_write_events(ngx_grip_json_at(dst, n),
                                               &ev, 1);
    }

    n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), "}");

    return n;
}


static size_t
ngx_http_grip_json_write_metas(u_char *dst, ngx_array_t *metas)
{
    size_t            n;
    ngx_uint_t        i;
    const char       *before;
    ngx_grip_pair_t  *meta;

    before = "";
    meta = metas->elts;
    n = ngx_grip_json_literal(dst, "{");

    for (i = 0; i < metas->nelts; i++) {

        if (!ngx_grip_utf8_valid(meta[i].name.data, meta[i].name.len)
            || !ngx_grip_utf8_valid(meta[i].value.data, meta[i].value.len))
        {
            continue;
        }

        n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), before);
        n += ngx_grip_json_pair(ngx_grip_json_at(dst, n), &meta[i].name,
                                &meta[i].value);

        before = ",";
    }

    n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), "}");

    return n;
}


static size_t
ngx_http_grip_json_write_events(u_char *dst, ngx_grip_ws_event_t *ev,
    ngx_uint_t nevents)
{
    size_t      n;
    ngx_uint_t  i;

    n = ngx_grip_json_literal(dst, "[");

    for (i = 0; i < nevents; i++) {
        n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), i ? ",{" : "{");
        n += ngx_http_grip_json_write_event(ngx_grip_json_at(dst, n), &ev[i]);
        n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), "}");
    }

    n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), "]");

    return n;
}


static size_t
ngx_http_grip_json_write_event(u_char *dst, ngx_grip_ws_event_t *ev)
{
    size_t  n;

    n = ngx_grip_json_member(dst, "event", ngx_grip_ws_name(ev->type));

    switch (ev->type) {

    case NGX_GRIP_WS_TEXT:
        n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), ",");
        n += ngx_grip_json_member(ngx_grip_json_at(dst, n), "content",
                                  &ev->content);
        break;

    case NGX_GRIP_WS_BINARY:
    case NGX_GRIP_WS_PING:
    case NGX_GRIP_WS_PONG:
        n += ngx_grip_json_literal(ngx_grip_json_at(dst, n),
                                   ",\"content-bin\":");
        n += ngx_grip_json_base64(ngx_grip_json_at(dst, n), &ev->content);
        break;

    case NGX_GRIP_WS_CLOSE:
        n += ngx_http_grip_json_write_close(ngx_grip_json_at(dst, n),
                                            &ev->content);
        break;
    }

    return n;
}


static size_t
ngx_http_grip_json_write_close(u_char *dst, ngx_str_t *content)
{
    size_t      n;
    ngx_str_t   reason;
    ngx_uint_t  code;

    ngx_grip_ws_close_parse(content, &code, &reason);

    if (code == 0) {
        return 0;
    }

    n = ngx_grip_json_literal(dst, ",");
    n += ngx_grip_json_number(ngx_grip_json_at(dst, n), "code", code);

    if (reason.len && ngx_grip_utf8_valid(reason.data, reason.len)) {
        n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), ",");
        n += ngx_grip_json_member(ngx_grip_json_at(dst, n), "reason",
                                  &reason);
    }

    return n;
}


/* with a comma behind it; text that is not UTF-8 is left out */

static size_t
ngx_http_grip_json_write_text(u_char *dst, const char *name, ngx_str_t *text)
{
    size_t  n;

    if (!ngx_grip_utf8_valid(text->data, text->len)) {
        return 0;
    }

    n = ngx_grip_json_member(dst, name, text);
    n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), ",");

    return n;
}


ngx_int_t
ngx_http_grip_function_json_answer(ngx_http_grip_function_t *fn)
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

    rc = ngx_http_grip_function_actions_read(fn, &actions);
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
