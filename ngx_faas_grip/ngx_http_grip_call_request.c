
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The request that a function gets.
 */


#include "ngx_http_grip_call_request.h"
#include "ngx_http_grip_compat.h"
#include "ngx_http_grip_headers.h"


static ngx_int_t ngx_http_grip_call_body(ngx_http_request_t *sr,
    ngx_http_grip_call_t *call);
static ngx_int_t ngx_http_grip_call_headers(ngx_http_request_t *r,
    ngx_http_request_t *sr, ngx_http_grip_call_t *call);
static ngx_uint_t ngx_http_grip_call_replaces(ngx_http_grip_call_t *call,
    ngx_table_elt_t *h);
static ngx_int_t ngx_http_grip_call_add_header(ngx_http_request_t *sr,
    ngx_str_t *name, ngx_str_t *value);
static ngx_int_t ngx_http_grip_call_take_header(ngx_http_request_t *sr,
    ngx_table_elt_t *h);
static ngx_int_t ngx_http_grip_call_variables(ngx_http_request_t *r,
    ngx_http_request_t *sr);


/* headers of the message and of the connection that a call does not pass on */

static ngx_str_t  ngx_http_grip_call_own_headers[] = {
    ngx_string("accept"),
    ngx_string("accept-encoding"),
    ngx_string("connection"),
    ngx_string("connection-id"),
    ngx_string("content-encoding"),
    ngx_string("content-length"),
    ngx_string("content-type"),
    ngx_string("content-bytes-replayed"),
    ngx_string("expect"),
    ngx_string("keep-alive"),
    ngx_string("proxy-connection"),
    ngx_string("sec-websocket-extensions"),
    ngx_string("te"),
    ngx_string("trailer"),
    ngx_string("transfer-encoding"),
    ngx_string("upgrade"),
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
        || ngx_http_grip_call_variables(r, sr) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


void
ngx_http_grip_call_refuse(ngx_http_request_t *sr)
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
    ngx_str_t                 value;
    ngx_uint_t                i;
    ngx_grip_pair_t          *pair;
    ngx_table_elt_t          *h;
    ngx_http_grip_headers_t   hs;

    static ngx_str_t  length = ngx_string("Content-Length");
    static ngx_str_t  type = ngx_string("Content-Type");

    ngx_memzero(&sr->headers_in, sizeof(ngx_http_headers_in_t));

    sr->headers_in.server = r->headers_in.server;
    sr->headers_in.keep_alive_n = -1;
    sr->headers_in.content_length_n = call->body.len;

    if (ngx_list_init(&sr->headers_in.headers, sr->pool, 20,
                      sizeof(ngx_table_elt_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_http_grip_headers_init(&hs, &r->headers_in.headers);

    for ( ;; ) {
        h = ngx_http_grip_headers_next(&hs);
        if (h == NULL) {
            break;
        }

        if (!call->bare
            && ngx_http_grip_call_passes(h)
            && !ngx_http_grip_call_replaces(call, h)
            && ngx_http_grip_call_take_header(sr, h) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

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


ngx_uint_t
ngx_http_grip_call_passes(ngx_table_elt_t *h)
{
    ngx_str_t  *own;

    static ngx_str_t  grip = ngx_string("grip-");
    static ngx_str_t  meta = ngx_string("meta-");

    if (ngx_http_grip_header_begins(h, &grip)
        || ngx_http_grip_header_begins(h, &meta))
    {
        return 0;
    }

    for (own = ngx_http_grip_call_own_headers; own->len; own++) {
        if (ngx_http_grip_header_named(h, own)) {
            return 0;
        }
    }

    return 1;
}


static ngx_uint_t
ngx_http_grip_call_replaces(ngx_http_grip_call_t *call, ngx_table_elt_t *h)
{
    ngx_uint_t        i;
    ngx_grip_pair_t  *pair;

    if (call->headers == NULL) {
        return 0;
    }

    pair = call->headers->elts;

    for (i = 0; i < call->headers->nelts; i++) {
        if (pair[i].name.len == h->key.len
            && ngx_strncasecmp(pair[i].name.data, h->key.data, h->key.len)
               == 0)
        {
            return 1;
        }
    }

    return 0;
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
