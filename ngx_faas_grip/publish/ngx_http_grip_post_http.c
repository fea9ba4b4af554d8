
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * A POST as HTTP: its header and items, the status of the answer, and whether
 * the connection serves again.
 */


#include "publish/ngx_http_grip_post.h"
#include "wire/ngx_grip_item.h"


#define NGX_HTTP_GRIP_POST_REST_MAX    65536
#define NGX_HTTP_GRIP_POST_REASON_LEN  128


static u_char *ngx_http_grip_post_http_items(u_char *p, ngx_queue_t *queue);
static ngx_int_t ngx_http_grip_post_http_header_lines(ngx_http_request_t *r);
static ngx_int_t ngx_http_grip_post_http_header(ngx_http_request_t *r);
static ngx_int_t ngx_http_grip_post_http_answered(ngx_http_request_t *r);
static void ngx_http_grip_post_http_reason(ngx_http_request_t *r,
    ngx_http_grip_post_t *post);
static ngx_int_t ngx_http_grip_post_http_rest(ngx_http_request_t *r);


ngx_int_t
ngx_http_grip_post_http_create(ngx_http_request_t *r)
{
    size_t                     len, body;
    ngx_buf_t                 *b;
    ngx_str_t                  scheme, value, connection;
    ngx_chain_t               *cl;
    ngx_grip_url_t            *url;
    ngx_http_grip_post_t      *post;
    ngx_http_grip_endpoint_t  *endpoint;

    post = r->post_subrequest->data;
    endpoint = post->endpoint;
    url = &endpoint->url->url;

    if (ngx_http_grip_endpoint_authorization(endpoint, r->connection->log,
                                             &scheme, &value)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_str_null(&connection);

    if (!endpoint->keepalive) {
        ngx_str_set(&connection, "Connection: close" CRLF);
    }

    body = sizeof(NGX_GRIP_ITEMS_HEAD) - 1 + post->len
           + sizeof(NGX_GRIP_ITEMS_TAIL) - 1;

    len = sizeof("POST  HTTP/1.1" CRLF) - 1 + url->publish_uri.len
          + sizeof("Host: " CRLF) - 1 + url->host_header.len
          + sizeof("Content-Type: application/json" CRLF) - 1
          + sizeof("Content-Length: " CRLF) - 1 + NGX_SIZE_T_LEN
          + connection.len + scheme.len + value.len
          + sizeof(CRLF CRLF) - 1 + body;

    b = ngx_create_temp_buf(r->pool, len);
    if (b == NULL) {
        return NGX_ERROR;
    }

    cl = ngx_alloc_chain_link(r->pool);
    if (cl == NULL) {
        return NGX_ERROR;
    }

    cl->buf = b;
    cl->next = NULL;

    b->last = ngx_sprintf(b->last, "POST %V HTTP/1.1" CRLF
                          "Host: %V" CRLF
                          "Content-Type: application/json" CRLF
                          "Content-Length: %uz" CRLF
                          "%V%V%V%s" CRLF,
                          &url->publish_uri, &url->host_header, body,
                          &connection, &scheme, &value,
                          scheme.len ? CRLF : "");

    b->last = ngx_http_grip_post_http_items(b->last, &post->queue);
    b->last_buf = 1;

    post->buf = b;
    r->upstream->request_bufs = cl;

    r->connection->log->action = "publishing to grip control";

    return NGX_OK;
}


static u_char *
ngx_http_grip_post_http_items(u_char *p, ngx_queue_t *queue)
{
    ngx_queue_t               *q;
    ngx_http_grip_delivery_t  *delivery;

    p = ngx_cpymem(p, NGX_GRIP_ITEMS_HEAD, sizeof(NGX_GRIP_ITEMS_HEAD) - 1);

    for (q = ngx_queue_head(queue);
         q != ngx_queue_sentinel(queue);
         q = ngx_queue_next(q))
    {
        delivery = ngx_queue_data(q, ngx_http_grip_delivery_t, queue);

        if (q != ngx_queue_head(queue)) {
            *p++ = ',';
        }

        p = ngx_cpymem(p, delivery->item->json.data,
                       delivery->item->json.len);
    }

    return ngx_cpymem(p, NGX_GRIP_ITEMS_TAIL,
                      sizeof(NGX_GRIP_ITEMS_TAIL) - 1);
}


ngx_int_t
ngx_http_grip_post_http_reinit(ngx_http_request_t *r)
{
    ngx_http_grip_post_t  *post;

    post = r->post_subrequest->data;

    post->answered = 0;
    post->status = 0;
    ngx_str_null(&post->reason);
    ngx_memzero(&post->line, sizeof(ngx_http_status_t));

    r->upstream->process_header = ngx_http_grip_post_http_status;
    r->state = 0;

    return NGX_OK;
}


ngx_int_t
ngx_http_grip_post_http_status(ngx_http_request_t *r)
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

    u->process_header = ngx_http_grip_post_http_header_lines;

    return ngx_http_grip_post_http_header_lines(r);
}


/*
 * The headers are not kept: nothing of the answer is passed on, and what the
 * upstream would do by them is not wanted.
 */

static ngx_int_t
ngx_http_grip_post_http_header_lines(ngx_http_request_t *r)
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

        if (rc != NGX_OK || ngx_http_grip_post_http_header(r) != NGX_OK) {
            ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                          "grip: the control URL sent an invalid header");
            return NGX_HTTP_UPSTREAM_INVALID_HEADER;
        }
    }

    if (u->headers_in.status_n < NGX_HTTP_OK) {

        /* an interim response */

        (void) ngx_http_grip_post_http_reinit(r);
        return ngx_http_grip_post_http_status(r);
    }

    return ngx_http_grip_post_http_answered(r);
}


static ngx_int_t
ngx_http_grip_post_http_header(ngx_http_request_t *r)
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
ngx_http_grip_post_http_answered(ngx_http_request_t *r)
{
    ngx_http_upstream_t   *u;
    ngx_http_grip_post_t  *post;

    post = r->post_subrequest->data;
    u = r->upstream;

    post->answered = 1;
    post->status = u->headers_in.status_n;

    if (post->status >= NGX_HTTP_SPECIAL_RESPONSE) {
        ngx_http_grip_post_http_reason(r, post);
    }

    if (post->status == NGX_HTTP_NO_CONTENT) {
        u->headers_in.content_length_n = 0;
    }

    if (!post->endpoint->keepalive
        || u->headers_in.connection_close
        || u->headers_in.chunked
        || u->headers_in.content_length_n < 0
        || u->headers_in.content_length_n > NGX_HTTP_GRIP_POST_REST_MAX)
    {
        return NGX_OK;
    }

    post->rest = u->headers_in.content_length_n;

    u->process_header = ngx_http_grip_post_http_rest;

    return ngx_http_grip_post_http_rest(r);
}


/* the first line of a refusal, for the log */

static void
ngx_http_grip_post_http_reason(ngx_http_request_t *r,
    ngx_http_grip_post_t *post)
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
ngx_http_grip_post_http_rest(ngx_http_request_t *r)
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
