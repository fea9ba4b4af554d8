
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The answer to a POST: its status, and whether the connection serves again.
 */


#include "publish/ngx_http_grip_post.h"


#define NGX_HTTP_GRIP_POST_REST_MAX    65536
#define NGX_HTTP_GRIP_POST_REASON_LEN  128


static ngx_int_t ngx_http_grip_post_process_header(ngx_http_request_t *r);
static ngx_int_t ngx_http_grip_post_header(ngx_http_request_t *r);
static ngx_int_t ngx_http_grip_post_answered(ngx_http_request_t *r);
static void ngx_http_grip_post_reason(ngx_http_request_t *r,
    ngx_http_grip_post_t *post);
static ngx_int_t ngx_http_grip_post_process_rest(ngx_http_request_t *r);


ngx_int_t
ngx_http_grip_post_reinit_request(ngx_http_request_t *r)
{
    ngx_http_grip_post_t  *post;

    post = r->post_subrequest->data;

    post->answered = 0;
    post->status = 0;
    ngx_str_null(&post->reason);
    ngx_memzero(&post->line, sizeof(ngx_http_status_t));

    r->upstream->process_header = ngx_http_grip_post_process_status;
    r->state = 0;

    return NGX_OK;
}


ngx_int_t
ngx_http_grip_post_process_status(ngx_http_request_t *r)
{
    ngx_int_t              rc;
    ngx_http_upstream_t   *u;
    ngx_http_grip_post_t  *post;

    post = r->post_subrequest->data;
    u = r->upstream;

    rc = ngx_http_parse_status_line(r, &u->buffer, &post->line);

    if (rc == NGX_AGAIN) {
        return NGX_AGAIN;
    }

    if (rc == NGX_ERROR) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "grip: the control URL sent no HTTP response");
        return NGX_HTTP_UPSTREAM_INVALID_HEADER;
    }

    u->headers_in.status_n = post->line.code;
    u->headers_in.connection_close =
                              (post->line.http_version < NGX_HTTP_VERSION_11);

    u->process_header = ngx_http_grip_post_process_header;

    return ngx_http_grip_post_process_header(r);
}


/*
 * The headers are not kept: nothing of the answer is passed on, and what the
 * upstream would do by them is not wanted.
 */

static ngx_int_t
ngx_http_grip_post_process_header(ngx_http_request_t *r)
{
    ngx_int_t             rc;
    ngx_http_upstream_t  *u;

    u = r->upstream;

    for ( ;; ) {

        rc = ngx_http_parse_header_line(r, &u->buffer, 1);

        if (rc == NGX_AGAIN) {
            return NGX_AGAIN;
        }

        if (rc == NGX_HTTP_PARSE_HEADER_DONE) {
            break;
        }

        if (rc != NGX_OK || ngx_http_grip_post_header(r) != NGX_OK) {
            ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                          "grip: the control URL sent an invalid header");
            return NGX_HTTP_UPSTREAM_INVALID_HEADER;
        }
    }

    if (u->headers_in.status_n < NGX_HTTP_OK) {

        /* an interim response */

        (void) ngx_http_grip_post_reinit_request(r);
        return ngx_http_grip_post_process_status(r);
    }

    return ngx_http_grip_post_answered(r);
}


static ngx_int_t
ngx_http_grip_post_header(ngx_http_request_t *r)
{
    ngx_str_t             name, value;
    ngx_http_upstream_t  *u;

    u = r->upstream;

    name.len = r->header_name_end - r->header_name_start;
    name.data = r->header_name_start;
    value.len = r->header_end - r->header_start;
    value.data = r->header_start;

    if (name.len == sizeof("Content-Length") - 1
        && ngx_strncasecmp(name.data, (u_char *) "Content-Length", name.len)
           == 0)
    {
        u->headers_in.content_length_n = ngx_atoof(value.data, value.len);

        if (u->headers_in.content_length_n == NGX_ERROR) {
            return NGX_ERROR;
        }

        return NGX_OK;
    }

    if (name.len == sizeof("Connection") - 1
        && ngx_strncasecmp(name.data, (u_char *) "Connection", name.len) == 0
        && ngx_strlcasestrn(value.data, value.data + value.len,
                            (u_char *) "close", 5 - 1)
           != NULL)
    {
        u->headers_in.connection_close = 1;
    }

    if (name.len == sizeof("Transfer-Encoding") - 1
        && ngx_strncasecmp(name.data, (u_char *) "Transfer-Encoding", name.len)
           == 0)
    {
        u->headers_in.chunked = 1;
    }

    return NGX_OK;
}


/*
 * The status is the answer.  Its body is read only if the connection may
 * serve again, and if that is worth it.
 */

static ngx_int_t
ngx_http_grip_post_answered(ngx_http_request_t *r)
{
    ngx_http_upstream_t   *u;
    ngx_http_grip_post_t  *post;

    post = r->post_subrequest->data;
    u = r->upstream;

    post->answered = 1;
    post->status = u->headers_in.status_n;

    if (post->status >= NGX_HTTP_SPECIAL_RESPONSE) {
        ngx_http_grip_post_reason(r, post);
    }

    if (post->status == NGX_HTTP_NO_CONTENT) {
        u->headers_in.content_length_n = 0;
    }

    if (!post->publisher->keepalive
        || u->headers_in.connection_close
        || u->headers_in.chunked
        || u->headers_in.content_length_n < 0
        || u->headers_in.content_length_n > NGX_HTTP_GRIP_POST_REST_MAX)
    {
        return NGX_OK;
    }

    post->rest = u->headers_in.content_length_n;

    u->process_header = ngx_http_grip_post_process_rest;

    return ngx_http_grip_post_process_rest(r);
}


/* the first line of a refusal, for the log */

static void
ngx_http_grip_post_reason(ngx_http_request_t *r, ngx_http_grip_post_t *post)
{
    u_char     *p, *last;
    ngx_buf_t  *b;
    ngx_str_t   reason;

    b = &r->upstream->buffer;

    last = b->pos + ngx_min(b->last - b->pos, NGX_HTTP_GRIP_POST_REASON_LEN);

    for (p = b->pos; p < last; p++) {
        if (*p < 0x20 || *p > 0x7e) {
            break;
        }
    }

    reason.len = p - b->pos;
    reason.data = ngx_pnalloc(r->pool, reason.len);

    if (reason.data) {
        ngx_memcpy(reason.data, b->pos, reason.len);
        post->reason = reason;
    }
}


static ngx_int_t
ngx_http_grip_post_process_rest(ngx_http_request_t *r)
{
    off_t                  n;
    ngx_buf_t             *b;
    ngx_http_grip_post_t  *post;

    post = r->post_subrequest->data;
    b = &r->upstream->buffer;

    n = b->last - b->pos;

    if (n > post->rest) {
        return NGX_OK;
    }

    post->rest -= n;

    b->pos = b->start;
    b->last = b->start;

    if (post->rest) {
        return NGX_AGAIN;
    }

    r->upstream->keepalive = 1;

    return NGX_OK;
}
