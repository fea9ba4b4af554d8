
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The request that a function gets.
 */


#include "function/ngx_http_grip_call_request.h"
#include "request/ngx_http_grip_compat.h"
#include "request/ngx_http_grip_headers.h"
#include "wire/ngx_grip_item.h"


static ngx_int_t ngx_http_grip_call_body(ngx_http_request_t *sr,
    ngx_http_grip_call_t *call);
static ngx_int_t ngx_http_grip_call_headers(ngx_http_request_t *r,
    ngx_http_request_t *sr, ngx_http_grip_call_t *call);
static void ngx_http_grip_call_no_headers(ngx_http_request_t *r,
    ngx_http_request_t *sr);
static ngx_int_t ngx_http_grip_call_client_headers(ngx_http_request_t *r,
    ngx_http_request_t *sr, ngx_http_grip_ctx_t *ctx);
static ngx_int_t ngx_http_grip_call_own_part(ngx_http_request_t *sr,
    ngx_uint_t n);
static ngx_int_t ngx_http_grip_call_add_header(ngx_http_request_t *sr,
    ngx_str_t *name, ngx_str_t *value);
static ngx_int_t ngx_http_grip_call_take_header(ngx_http_request_t *sr,
    ngx_table_elt_t *h);
static ngx_int_t ngx_http_grip_call_variables(ngx_http_request_t *r,
    ngx_http_request_t *sr);


/*
 * Headers of the message that a call does not pass on; and it asks for all of
 * an answer, whatever the client knows of another one.
 */

static ngx_str_t  ngx_http_grip_call_own_headers[] = {
    ngx_string("accept"),
    ngx_string("accept-encoding"),
    ngx_string("connection-id"),
    ngx_string("content-encoding"),
    ngx_string("content-length"),
    ngx_string("content-type"),
    ngx_string("content-bytes-replayed"),
    ngx_string("expect"),
    ngx_string("range"),
    ngx_string("sec-websocket-extensions"),
    ngx_null_string
};


ngx_int_t
ngx_http_grip_call_request(ngx_http_request_t *r, ngx_http_request_t *sr,
    ngx_http_grip_call_t *call)
{
    static ngx_str_t  post = ngx_string("POST");

    sr->method = NGX_HTTP_POST;
    sr->method_name = post;
    sr->unparsed_uri = call->uri;

    /* so that a "/" of a client's text, encoded, does not become one */

    sr->valid_unparsed_uri = 1;

    if (ngx_http_grip_call_headers(r, sr, call) != NGX_OK
        || ngx_http_grip_call_body(sr, call) != NGX_OK
        || (!call->detached && ngx_http_grip_call_variables(r, sr) != NGX_OK))
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


void
ngx_http_grip_call_request_refuse(ngx_http_request_t *sr)
{
    ngx_http_finalize_request(sr, NGX_ERROR);
}


static ngx_int_t
ngx_http_grip_call_body(ngx_http_request_t *sr, ngx_http_grip_call_t *call)
{
    ngx_buf_t                *b;
    ngx_http_request_body_t  *rb;

    rb = ngx_pcalloc(sr->pool, sizeof(ngx_http_request_body_t));
    if (rb == NULL) {
        return NGX_ERROR;
    }

    sr->request_body = rb;

    if (call->body.len == 0) {
        return NGX_OK;
    }

    b = ngx_calloc_buf(sr->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->start = call->body.data;
    b->pos = b->start;
    b->last = b->start + call->body.len;
    b->end = b->last;
    b->memory = 1;
    b->last_buf = 1;

    rb->buf = b;

    rb->bufs = ngx_alloc_chain_link(sr->pool);
    if (rb->bufs == NULL) {
        return NGX_ERROR;
    }

    rb->bufs->buf = b;
    rb->bufs->next = NULL;

    return NGX_OK;
}


static ngx_int_t
ngx_http_grip_call_headers(ngx_http_request_t *r, ngx_http_request_t *sr,
    ngx_http_grip_call_t *call)
{
    ngx_str_t             value;
    ngx_uint_t            i, n;
    ngx_grip_pair_t      *pair;
    ngx_http_grip_ctx_t  *ctx;

    static ngx_str_t  length = ngx_string("Content-Length");
    static ngx_str_t  type = ngx_string("Content-Type");

    n = 2 + (call->headers ? call->headers->nelts : 0);

    if (call->bare) {
        ngx_http_grip_call_no_headers(r, sr);

        if (ngx_list_init(&sr->headers_in.headers, sr->pool, n,
                          sizeof(ngx_table_elt_t))
            != NGX_OK)
        {
            return NGX_ERROR;
        }

    } else {
        ctx = ngx_http_grip_ctx_get(r);

        if (ctx == NULL
            || (ctx->call_headers == NULL
                && ngx_http_grip_call_client_headers(r, sr, ctx) != NGX_OK))
        {
            return NGX_ERROR;
        }

        sr->headers_in = *ctx->call_headers;

        if (ngx_http_grip_call_own_part(sr, n) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    sr->headers_in.content_length_n = (off_t) call->body.len;

    value.data = ngx_pnalloc(sr->pool, NGX_SIZE_T_LEN);
    if (value.data == NULL) {
        return NGX_ERROR;
    }

    value.len = ngx_sprintf(value.data, "%uz", call->body.len) - value.data;

    if (ngx_http_grip_call_add_header(sr, &length, &value) != NGX_OK
        || ngx_http_grip_call_add_header(sr, &type, &call->content_type)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (call->headers == NULL) {
        return NGX_OK;
    }

    pair = call->headers->elts;

    for (i = 0; i < call->headers->nelts; i++) {
        if (ngx_http_grip_call_add_header(sr, &pair[i].name, &pair[i].value)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static void
ngx_http_grip_call_no_headers(ngx_http_request_t *r, ngx_http_request_t *sr)
{
    ngx_memzero(&sr->headers_in, sizeof(ngx_http_headers_in_t));

    sr->headers_in.server = r->headers_in.server;
    sr->headers_in.keep_alive_n = -1;
}


/*
 * Those of the client are the same for all calls of the request, which share
 * them: they are one part of a list, and in the main request's pool.
 */

static ngx_int_t
ngx_http_grip_call_client_headers(ngx_http_request_t *r,
    ngx_http_request_t *sr, ngx_http_grip_ctx_t *ctx)
{
    ngx_int_t                 rc;
    ngx_pool_t               *pool;
    ngx_uint_t                n;
    ngx_table_elt_t          *h;
    ngx_http_headers_in_t    *headers;
    ngx_http_grip_headers_t   hs;

    n = 0;

    ngx_http_grip_headers_init(&hs, &r->headers_in.headers);

    while (ngx_http_grip_headers_next(&hs)) {
        n++;
    }

    headers = ngx_palloc(ctx->pool, sizeof(ngx_http_headers_in_t));
    if (headers == NULL) {
        return NGX_ERROR;
    }

    ngx_http_grip_call_no_headers(r, sr);

    pool = sr->pool;
    sr->pool = ctx->pool;

    rc = ngx_list_init(&sr->headers_in.headers, sr->pool, n ? n : 1,
                       sizeof(ngx_table_elt_t));

    ngx_http_grip_headers_init(&hs, &r->headers_in.headers);

    while (rc == NGX_OK) {
        h = ngx_http_grip_headers_next(&hs);
        if (h == NULL) {
            break;
        }

        if (ngx_http_grip_call_request_passes(h)) {
            rc = ngx_http_grip_call_take_header(sr, h);
        }
    }

    sr->pool = pool;

    if (rc != NGX_OK) {
        return NGX_ERROR;
    }

    *headers = sr->headers_in;
    ctx->call_headers = headers;

    return NGX_OK;
}


/* behind those, so that whatever is added is this call's alone */

static ngx_int_t
ngx_http_grip_call_own_part(ngx_http_request_t *sr, ngx_uint_t n)
{
    ngx_list_t       *list;
    ngx_list_part_t  *part;

    list = &sr->headers_in.headers;

    part = ngx_palloc(sr->pool, sizeof(ngx_list_part_t));
    if (part == NULL) {
        return NGX_ERROR;
    }

    part->elts = ngx_palloc(sr->pool, n * sizeof(ngx_table_elt_t));
    if (part->elts == NULL) {
        return NGX_ERROR;
    }

    part->nelts = 0;
    part->next = NULL;

    list->part.next = part;
    list->last = part;
    list->nalloc = n;
    list->pool = sr->pool;

    return NGX_OK;
}


ngx_uint_t
ngx_http_grip_call_request_passes(ngx_table_elt_t *h)
{
    static ngx_str_t  grip = ngx_string("grip-");
    static ngx_str_t  meta = ngx_string("meta-");
    static ngx_str_t  condition = ngx_string("if-");

    return !ngx_http_grip_headers_begins(h, &grip)
           && !ngx_http_grip_headers_begins(h, &condition)
           && !ngx_http_grip_headers_begins(h, &meta)
           && !ngx_http_grip_headers_listed(h, ngx_http_grip_call_own_headers)
           && !ngx_http_grip_headers_listed(h, ngx_http_grip_headers_hop);
}


static ngx_int_t
ngx_http_grip_call_add_header(ngx_http_request_t *sr, ngx_str_t *name,
    ngx_str_t *value)
{
    ngx_table_elt_t  h;

    ngx_memzero(&h, sizeof(ngx_table_elt_t));

    h.key = *name;
    h.value = *value;

    h.lowcase_key = ngx_pnalloc(sr->pool, name->len);
    if (h.lowcase_key == NULL) {
        return NGX_ERROR;
    }

    h.hash = ngx_hash_strlow(h.lowcase_key, name->data, name->len);

    return ngx_http_grip_call_take_header(sr, &h);
}


/*
 * The core's own handlers fill in the fields of headers_in, but for Host,
 * whose would look for a server anew.
 */

static ngx_int_t
ngx_http_grip_call_take_header(ngx_http_request_t *sr, ngx_table_elt_t *from)
{
    ngx_table_elt_t            *h;
    ngx_http_header_t          *hh;
    ngx_http_core_main_conf_t  *cmcf;

    h = ngx_list_push(&sr->headers_in.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = *from;
    ngx_http_grip_table_elt_last(h);

    if (h->key.len == sizeof("host") - 1
        && ngx_strncmp(h->lowcase_key, "host", sizeof("host") - 1) == 0)
    {
        sr->headers_in.host = h;
        return NGX_OK;
    }

    cmcf = ngx_http_get_module_main_conf(sr, ngx_http_core_module);

    hh = ngx_hash_find(&cmcf->headers_in_hash, h->hash, h->lowcase_key,
                       h->key.len);

    return hh ? hh->handler(sr, h, hh->offset) : NGX_OK;
}


/*
 * Variables that a rule, a map or "set" made are those of the event; those
 * of nginx are of the request, and this is another one.
 */

static ngx_int_t
ngx_http_grip_call_variables(ngx_http_request_t *r, ngx_http_request_t *sr)
{
    ngx_uint_t                  i;
    ngx_http_variable_t        *v;
    ngx_http_variable_value_t  *values;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);

    values = ngx_pcalloc(r->pool, cmcf->variables.nelts
                                  * sizeof(ngx_http_variable_value_t));
    if (values == NULL) {
        return NGX_ERROR;
    }

    v = cmcf->variables.elts;

    for (i = 0; i < cmcf->variables.nelts; i++) {
        if ((v[i].flags & NGX_HTTP_VAR_CHANGEABLE)
            && v[i].set_handler == NULL)
        {
            values[i] = r->variables[i];
        }
    }

    sr->variables = values;

    return NGX_OK;
}
