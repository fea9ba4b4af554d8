
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The event of a request.
 */


#include "lambda/ngx_http_grip_lambda.h"
#include "request/ngx_http_grip_content.h"
#include "request/ngx_http_grip_headers.h"
#include "text/ngx_grip_media.h"
#include "verify/ngx_http_grip_verify.h"


static ngx_int_t ngx_http_grip_lambda_uri_parts(ngx_http_request_t *r,
    ngx_grip_lambda_request_t *request);
static ngx_uint_t ngx_http_grip_lambda_passes_in(ngx_http_request_t *r,
    ngx_table_elt_t *h);
static ngx_uint_t ngx_http_grip_lambda_binary(ngx_http_request_t *r);


ngx_int_t
ngx_http_grip_lambda_event(ngx_http_request_t *r, ngx_str_t *body,
    ngx_str_t *event)
{
    ngx_array_t                *headers;
    ngx_pool_cleanup_t         *cln;
    ngx_http_grip_loc_conf_t   *glcf;
    ngx_http_variable_value_t  *id;
    ngx_grip_lambda_request_t   request;

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);

    id = ngx_http_get_indexed_variable(r, glcf->lambda->request_id);
    cln = ngx_pool_cleanup_add(r->pool, 0);
    headers = ngx_http_grip_lambda_set_headers(r,
                                              ngx_http_grip_lambda_passes_in);

    if (id == NULL || cln == NULL || headers == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(&request, sizeof(ngx_grip_lambda_request_t));

    request.method = r->method_name;
    request.protocol = r->http_protocol;
    request.host = r->headers_in.server;
    request.source = r->connection->addr_text;
    request.id.len = id->len;
    request.id.data = id->data;
    ngx_str_set(&request.stage, "$default");
    request.sec = r->start_sec;
    request.msec = r->start_msec;
    request.headers = headers->elts;
    request.nheaders = headers->nelts;
    request.body = *body;
    request.binary = ngx_http_grip_lambda_binary(r);

    if (ngx_http_grip_lambda_uri_parts(r, &request) != NGX_OK
        || ngx_http_grip_lambda_set_values(r, &request) != NGX_OK
        || ngx_grip_lambda_event(&request, glcf->lambda->version, event)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    cln->handler = free;
    cln->data = event->data;

    return NGX_OK;
}


/* as the client has written it, unless a rewrite has changed it */

static ngx_int_t
ngx_http_grip_lambda_uri_parts(ngx_http_request_t *r,
    ngx_grip_lambda_request_t *request)
{
    u_char     *p, *last;
    uintptr_t   escape;

    if (r->valid_unparsed_uri) {
        request->path = r->unparsed_uri;

        last = request->path.data + request->path.len;
        p = ngx_strlchr(request->path.data, last, '?');

        if (p) {
            request->path.len = p - request->path.data;
            request->query.data = p + 1;
            request->query.len = last - (p + 1);
        }

        return NGX_OK;
    }

    request->query = r->args;

    escape = 2 * ngx_escape_uri(NULL, r->uri.data, r->uri.len,
                                NGX_ESCAPE_URI);

    request->path.len = r->uri.len + escape;
    request->path.data = ngx_pnalloc(r->pool, request->path.len);
    if (request->path.data == NULL) {
        return NGX_ERROR;
    }

    if (escape) {
        (void) ngx_escape_uri(request->path.data, r->uri.data, r->uri.len,
                              NGX_ESCAPE_URI);
    } else {
        ngx_memcpy(request->path.data, r->uri.data, r->uri.len);
    }

    return NGX_OK;
}


/*
 * Headers that only the proxy may write pass if it wrote them, the signature
 * never.  An underscore where the proxy writes a dash is a client's.
 */

static ngx_uint_t
ngx_http_grip_lambda_passes_in(ngx_http_request_t *r, ngx_table_elt_t *h)
{
    static ngx_str_t  signature = ngx_string("grip-sig");
    static ngx_str_t  grip = ngx_string("grip-");
    static ngx_str_t  meta = ngx_string("meta-");
    static ngx_str_t  id = ngx_string("connection-id");
    static ngx_str_t  expect = ngx_string("expect");

    if (ngx_http_grip_headers_named(h, &signature)) {
        return 0;
    }

    if (ngx_http_grip_headers_begins(h, &grip)) {
        return h->lowcase_key[grip.len - 1] == '-'
               && ngx_http_grip_verify_trusted(r) == NGX_OK;
    }

    if (ngx_http_grip_headers_begins(h, &meta)) {
        return h->lowcase_key[meta.len - 1] == '-'
               && ngx_http_grip_verify_connection(r) == NGX_OK;
    }

    if (ngx_http_grip_headers_named(h, &id)) {
        return ngx_strncmp(h->lowcase_key, id.data, id.len) == 0
               && ngx_http_grip_verify_connection(r) == NGX_OK;
    }

    return !ngx_http_grip_headers_named(h, &expect)
           && !ngx_http_grip_headers_listed(h, ngx_http_grip_headers_hop);
}


/* whether the type of the body is one that is always sent as base64 */

static ngx_uint_t
ngx_http_grip_lambda_binary(ngx_http_request_t *r)
{
    ngx_str_t                 *value, *type;
    ngx_uint_t                 i;
    const char                *err;
    ngx_http_grip_loc_conf_t  *glcf;

    if (r->headers_in.content_type == NULL) {
        return 0;
    }

    if (ngx_http_grip_content_events(r, &err) == NGX_OK) {
        return 1;
    }

    value = &r->headers_in.content_type->value;

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);

    if (glcf->lambda->binary_types == NULL) {
        return 0;
    }

    type = glcf->lambda->binary_types->elts;

    for (i = 0; i < glcf->lambda->binary_types->nelts; i++) {
        if (ngx_grip_media_is(value, &type[i])) {
            return 1;
        }
    }

    return 0;
}
