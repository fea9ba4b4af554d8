
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Where a response is held: the filters, and the handler of locations that
 * have nothing else to answer.  The filters add a hold or do not; they never
 * refuse a response.
 */


#include "hold/ngx_http_grip_hold_resume.h"
#include "request/ngx_http_grip_content.h"
#include "request/ngx_http_grip_headers.h"
#include "request/ngx_http_grip_limit.h"
#include "text/ngx_grip_media.h"
#include "verify/ngx_http_grip_verify.h"


static ngx_int_t ngx_http_grip_hold_header_filter(ngx_http_request_t *r);
static ngx_int_t ngx_http_grip_hold_body_filter(ngx_http_request_t *r,
    ngx_chain_t *in);
static void ngx_http_grip_hold_withdraw(ngx_http_request_t *r);
static ngx_int_t ngx_http_grip_hold_resumed(ngx_http_request_t *r,
    ngx_http_grip_hold_conf_t *hold, ngx_http_grip_ctx_t *ctx);
static ngx_uint_t ngx_http_grip_hold_allowed(ngx_http_request_t *r,
    ngx_http_grip_hold_conf_t *hold);
static ngx_int_t ngx_http_grip_hold_response(ngx_http_request_t *r,
    ngx_http_grip_hold_conf_t *hold);
static ngx_int_t ngx_http_grip_hold_not_modified(ngx_http_request_t *r,
    ngx_http_grip_hold_conf_t *hold);
static void ngx_http_grip_hold_clear(ngx_http_request_t *r, ngx_str_t *names);
static ngx_int_t ngx_http_grip_hold_sse(ngx_http_request_t *r);
static void ngx_http_grip_hold_measure(ngx_http_request_t *r,
    ngx_http_grip_ctx_t *ctx, ngx_chain_t *in);


static ngx_http_output_header_filter_pt  ngx_http_next_header_filter;
static ngx_http_output_body_filter_pt    ngx_http_next_body_filter;


/* what is told of a body as a whole, and of how long it is fresh */

static ngx_str_t  ngx_http_grip_hold_descriptions[] = {
    ngx_string("accept-ranges"),
    ngx_string("content-digest"),
    ngx_string("content-encoding"),
    ngx_string("content-md5"),
    ngx_string("content-range"),
    ngx_string("digest"),
    ngx_string("expires"),
    ngx_string("repr-digest"),
    ngx_null_string
};


static ngx_str_t  ngx_http_grip_hold_validators[] = {
    ngx_string("etag"),
    ngx_string("last-modified"),
    ngx_null_string
};


static ngx_str_t  ngx_http_grip_sse_type = ngx_string("text/event-stream");
static ngx_str_t  ngx_http_grip_sse_comment =
    ngx_string(NGX_HTTP_GRIP_COMMENT);


void
ngx_http_grip_hold_init(void)
{
    ngx_http_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_http_grip_hold_header_filter;

    ngx_http_next_body_filter = ngx_http_top_body_filter;
    ngx_http_top_body_filter = ngx_http_grip_hold_body_filter;
}


/*
 * The proxy repeats what it gets to all that come back from a hold: it must
 * not be a local 304, nor compressed, by a backend or by nginx.
 */

ngx_int_t
ngx_http_grip_hold_rewrite(ngx_http_request_t *r)
{
    ngx_table_elt_t          *h;
    ngx_http_grip_headers_t   hs;

    static ngx_str_t  name = ngx_string("accept-encoding");

    if (!ngx_http_grip_hold_wanted(r)) {
        return NGX_DECLINED;
    }

    r->disable_not_modified = 1;

    ngx_http_grip_headers_init(&hs, &r->headers_in.headers);

    for ( ;; ) {
        h = ngx_http_grip_headers_find(&hs, &name);
        if (h == NULL) {
            return NGX_DECLINED;
        }

        h->value.len = 0;
    }
}


ngx_int_t
ngx_http_grip_hold_handler(ngx_http_request_t *r)
{
    ngx_int_t                   rc;
    ngx_str_t                   type, body;
    ngx_array_t                *metas;
    ngx_http_grip_loc_conf_t   *glcf;
    ngx_http_grip_hold_conf_t  *hold;

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD|NGX_HTTP_POST))) {
        return ngx_http_grip_content_not_allowed(r, "GET, HEAD, POST");
    }

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);
    hold = glcf->hold;

    if (ngx_http_grip_hold_wanted(r)) {

        rc = ngx_http_grip_hold_headers_has_channel(r, hold);

        if (rc == NGX_DECLINED) {
            ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                          "grip: no valid channel to hold the request on");
            return NGX_HTTP_BAD_REQUEST;
        }

        if (rc == NGX_OK) {
            rc = ngx_http_grip_hold_headers_metas(r, hold, &metas);

            if (rc == NGX_DECLINED) {
                return NGX_HTTP_BAD_REQUEST;
            }
        }

        if (rc != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    if (ngx_http_grip_value_get(r, hold->body, &body) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    type = hold->body_type;

    if (type.len == 0) {
        if (hold->mode == NGX_HTTP_GRIP_HOLD_SSE) {
            type = ngx_http_grip_sse_type;

        } else {
            ngx_str_set(&type, "text/plain");
        }
    }

    return ngx_http_grip_content_send(r, NGX_HTTP_OK, &type, &body);
}


static ngx_int_t
ngx_http_grip_hold_header_filter(ngx_http_request_t *r)
{
    ngx_int_t                   rc;
    ngx_http_grip_ctx_t        *ctx;
    ngx_http_grip_loc_conf_t   *glcf;
    ngx_http_grip_hold_conf_t  *hold;

    static ngx_str_t  instruct = ngx_string("application/grip-instruct");

    ngx_http_grip_hold_withdraw(r);

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);
    hold = glcf->hold;

    if (hold->mode == NGX_HTTP_GRIP_HOLD_OFF
        || !ngx_http_grip_hold_wanted(r))
    {
        return ngx_http_next_header_filter(r);
    }

    if (r->headers_out.status == NGX_HTTP_OK
        && ngx_grip_media_is(&r->headers_out.content_type, &instruct))
    {
        /* a hold of the backend's own, all of it in the body */

        if (ngx_http_grip_headers_untouched(r, r->headers_out.content_length_n)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        return ngx_http_next_header_filter(r);
    }

    ctx = ngx_http_grip_ctx_get(r);
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    if (ctx->held || ctx->websocket) {
        return ngx_http_next_header_filter(r);
    }

    ctx->bare = ngx_http_grip_headers_none(&r->headers_out.headers);

    if (glcf->history && !ngx_http_grip_hold_headers_link_spoilt(r)) {
        rc = ngx_http_grip_hold_resumed(r, hold, ctx);

        if (rc != NGX_DECLINED) {
            return rc;
        }

    } else {
        ctx->resume = NULL;
    }

    if (!ngx_http_grip_hold_allowed(r, hold)) {
        return ngx_http_next_header_filter(r);
    }

    switch (ngx_http_grip_hold_headers(r, hold)) {

    case NGX_DECLINED:
        return ngx_http_next_header_filter(r);

    case NGX_ERROR:
        return NGX_ERROR;
    }

    ngx_http_grip_metrics_count(glcf->metrics.holds, 0);

    ctx->held = 1;
    ctx->measured = (hold->mode == NGX_HTTP_GRIP_HOLD_RESPONSE
                     && r->headers_out.content_length_n == -1);

    if (ngx_http_grip_hold_response(r, hold) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_next_header_filter(r);
}


/* if a filter behind ours has made an error of the response, which follows */

static void
ngx_http_grip_hold_withdraw(ngx_http_request_t *r)
{
    ngx_http_grip_ctx_t  *ctx;

    ctx = (r->filter_finalize && r == r->main) ? ngx_http_grip_ctx_find(r)
                                               : NULL;

    if (ctx) {
        ctx->held = 0;
        ctx->measured = 0;
        ctx->comment = 0;
    }
}


/*
 * Sends what is no hold: the newer items of a response, or a page of a stream.
 * NGX_DECLINED: the response is neither.
 */

static ngx_int_t
ngx_http_grip_hold_resumed(ngx_http_request_t *r,
    ngx_http_grip_hold_conf_t *hold, ngx_http_grip_ctx_t *ctx)
{
    ngx_int_t  rc;

    /*
     * A rewrite has answered before anybody looked, or who looked was another
     * location.
     */

    if (ctx->resume == NULL || ctx->resume->hold != hold) {

        ctx->resume = NULL;

        if (r->headers_out.status != NGX_HTTP_OK) {
            return NGX_DECLINED;
        }

        rc = ngx_http_grip_hold_resume_late(r, ctx);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    if (r->headers_out.status != ctx->resume->status
        || (!ctx->resume->answered
            && (!ctx->resume->more || ngx_http_grip_headers_encoded(r))))
    {
        return NGX_DECLINED;
    }

    ctx->held = 1;

    if (ngx_http_grip_hold_headers_link_resume(r, ctx->resume) != NGX_OK
        || ngx_http_grip_hold_response(r, hold) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_next_header_filter(r);
}


static ngx_uint_t
ngx_http_grip_hold_allowed(ngx_http_request_t *r,
    ngx_http_grip_hold_conf_t *hold)
{
    if (r->headers_out.status != NGX_HTTP_OK
        && !(r->headers_out.status == NGX_HTTP_NOT_MODIFIED
             && r->upstream
             && hold->mode == NGX_HTTP_GRIP_HOLD_RESPONSE))
    {
        return 0;
    }

    if (ngx_http_grip_headers_encoded(r)) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "grip: response not held: it is compressed, and the "
                      "proxy does not keep \"Content-Encoding\"");
        return 0;
    }

    if (hold->mode == NGX_HTTP_GRIP_HOLD_RESPONSE
        && r->headers_out.content_length_n > NGX_HTTP_GRIP_HOLD_BODY_MAX)
    {
        ngx_http_grip_limit(r, NGX_HTTP_GRIP_LIMIT_HELD_RESPONSE);

        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "grip: response not held: its %O bytes exceed the "
                      "proxy's limit for a held response, %d bytes",
                      r->headers_out.content_length_n,
                      NGX_HTTP_GRIP_HOLD_BODY_MAX);
        return 0;
    }

    return 1;
}


/*
 * Makes of the response what can be held.  Something else follows it or comes
 * in its place, so nothing may be told of the body that is not true of that;
 * and nobody may answer the next request with it.
 */

static ngx_int_t
ngx_http_grip_hold_response(ngx_http_request_t *r,
    ngx_http_grip_hold_conf_t *hold)
{
    ngx_int_t             rc;
    ngx_http_grip_ctx_t  *ctx;

    static ngx_str_t  cache_control = ngx_string("Cache-Control");
    static ngx_str_t  no_store = ngx_string("no-store");

    ngx_http_grip_hold_clear(r, ngx_http_grip_hold_descriptions);

    r->allow_ranges = 0;
    r->headers_out.accept_ranges = NULL;
    r->headers_out.content_encoding = NULL;
    r->headers_out.content_range = NULL;
    r->headers_out.expires = NULL;

    if (r->headers_out.status == NGX_HTTP_NOT_MODIFIED) {
        rc = ngx_http_grip_hold_not_modified(r, hold);

    } else {
        ngx_http_grip_hold_clear(r, ngx_http_grip_hold_validators);

        r->headers_out.etag = NULL;
        ngx_http_clear_last_modified(r);

        rc = (hold->mode == NGX_HTTP_GRIP_HOLD_SSE)
             ? ngx_http_grip_hold_sse(r) : NGX_OK;
    }

    if (rc != NGX_OK) {
        return NGX_ERROR;
    }

    ctx = ngx_http_grip_ctx_find(r);

    if (ctx && ctx->resume && ctx->resume->items.len) {
        ngx_http_clear_content_length(r);
    }

    /* what has been published is no text of the location */

    if (ctx && ctx->resume && ctx->resume->alone
        && ngx_http_grip_headers_verbatim(r, r->headers_out.content_length_n)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_http_grip_hold_headers_sent(r, &cache_control)) {
        return NGX_OK;
    }

    return ngx_http_grip_headers_out(r, &cache_control, &no_store) ? NGX_OK
                                                                  : NGX_ERROR;
}


/* what nginx sends with a 304 is too little to hold */

static ngx_int_t
ngx_http_grip_hold_not_modified(ngx_http_request_t *r,
    ngx_http_grip_hold_conf_t *hold)
{
    static ngx_str_t  name = ngx_string("Grip-Status");
    static ngx_str_t  not_modified = ngx_string("304");

    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.status_line.len = 0;

    ngx_http_clear_content_length(r);
    r->headers_out.content_length_n = 0;

    if (hold->status.len) {
        return NGX_OK;
    }

    return ngx_http_grip_headers_out(r, &name, &not_modified) ? NGX_OK
                                                             : NGX_ERROR;
}


/* all lines of each name */

static void
ngx_http_grip_hold_clear(ngx_http_request_t *r, ngx_str_t *names)
{
    ngx_table_elt_t          *h;
    ngx_http_grip_ctx_t      *ctx;
    ngx_http_grip_headers_t   hs;

    ctx = ngx_http_grip_ctx_find(r);

    if (ctx && ctx->bare) {
        return;
    }

    ngx_http_grip_headers_init(&hs, &r->headers_out.headers);

    while ((h = ngx_http_grip_headers_next(&hs)) != NULL) {
        if (ngx_http_grip_headers_among(&h->key, names)) {
            h->hash = 0;
        }
    }
}


/* what an EventSource needs; the comment makes a browser see the stream open */

static ngx_int_t
ngx_http_grip_hold_sse(ngx_http_request_t *r)
{
    off_t                 len;
    ngx_http_grip_ctx_t  *ctx;

    ctx = ngx_http_grip_ctx_get(r);
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    ctx->comment = (ctx->resume == NULL || !ctx->resume->quiet);

    r->headers_out.content_type = ngx_http_grip_sse_type;
    r->headers_out.content_type_len = ngx_http_grip_sse_type.len;
    r->headers_out.content_type_lowcase = NULL;
    ngx_str_null(&r->headers_out.charset);

    len = r->headers_out.content_length_n;
    ngx_http_clear_content_length(r);

    if (len != -1) {
        r->headers_out.content_length_n = len;

        if (ctx->comment) {
            r->headers_out.content_length_n +=
                                        (off_t) ngx_http_grip_sse_comment.len;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_grip_hold_body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_buf_t            *b;
    ngx_chain_t          *cl;
    ngx_http_grip_ctx_t  *ctx;

    ctx = (r == r->main && in) ? ngx_http_grip_ctx_find(r) : NULL;

    if (ctx && ctx->measured) {
        ngx_http_grip_hold_measure(r, ctx, in);
    }

    if (ctx && ctx->held && ctx->resume
        && ngx_http_grip_hold_resume_body(r, ctx->resume, in) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ctx == NULL || !ctx->comment) {
        return ngx_http_next_body_filter(r, in);
    }

    ctx->comment = 0;

    b = ngx_calloc_buf(r->pool);
    cl = ngx_alloc_chain_link(r->pool);

    if (b == NULL || cl == NULL) {
        return NGX_ERROR;
    }

    b->pos = ngx_http_grip_sse_comment.data;
    b->last = b->pos + ngx_http_grip_sse_comment.len;
    b->memory = 1;

    cl->buf = b;
    cl->next = in;

    return ngx_http_next_body_filter(r, cl);
}


/* what is too long is known too late to do more than say so */

static void
ngx_http_grip_hold_measure(ngx_http_request_t *r, ngx_http_grip_ctx_t *ctx,
    ngx_chain_t *in)
{
    ngx_chain_t  *cl;

    for (cl = in; cl; cl = cl->next) {
        ctx->held_size += (size_t) ngx_buf_size(cl->buf);
    }

    if (ctx->held_size > NGX_HTTP_GRIP_HOLD_BODY_MAX) {
        ctx->measured = 0;

        ngx_http_grip_limit(r, NGX_HTTP_GRIP_LIMIT_HELD_RESPONSE);

        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "grip: response exceeds the proxy's limit for a held "
                      "response, %d bytes", NGX_HTTP_GRIP_HOLD_BODY_MAX);
    }
}
