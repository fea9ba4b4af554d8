
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * One POST: a background subrequest that runs no phases and has no location,
 * only an upstream.  Its answer goes nowhere: "post_action" keeps it from
 * the filters and from watching the leader's client.
 */


#include "ngx_grip_jwt.h"

#include "ngx_http_grip_post.h"


#define NGX_HTTP_GRIP_POST_REST_MAX    65536

#define NGX_HTTP_GRIP_TOKEN_LIFETIME   600
#define NGX_HTTP_GRIP_TOKEN_RESERVE    60


static void ngx_http_grip_post_init(ngx_http_request_t *r);
static ngx_int_t ngx_http_grip_post_resolve(ngx_http_request_t *r,
    ngx_http_grip_url_t *url);
static ngx_int_t ngx_http_grip_post_create_request(ngx_http_request_t *r);
static ngx_int_t ngx_http_grip_post_authorization(
    ngx_http_grip_publisher_t *publisher, ngx_log_t *log, ngx_str_t *scheme,
    ngx_str_t *value);
static ngx_int_t ngx_http_grip_post_token(
    ngx_http_grip_publisher_t *publisher);
static u_char *ngx_http_grip_post_items(u_char *p, ngx_queue_t *queue);
static ngx_int_t ngx_http_grip_post_reinit_request(ngx_http_request_t *r);
static ngx_int_t ngx_http_grip_post_process_status(ngx_http_request_t *r);
static ngx_int_t ngx_http_grip_post_process_header(ngx_http_request_t *r);
static ngx_int_t ngx_http_grip_post_header(ngx_http_request_t *r);
static ngx_int_t ngx_http_grip_post_answered(ngx_http_request_t *r);
static void ngx_http_grip_post_reason(ngx_http_request_t *r,
    ngx_http_grip_post_t *post);
static ngx_int_t ngx_http_grip_post_process_rest(ngx_http_request_t *r);
static void ngx_http_grip_post_abort_request(ngx_http_request_t *r);
static void ngx_http_grip_post_finalize_request(ngx_http_request_t *r,
    ngx_int_t rc);
static ngx_int_t ngx_http_grip_post_done(ngx_http_request_t *r, void *data,
    ngx_int_t rc);
static void ngx_http_grip_post_cleanup(void *data);
static void ngx_http_grip_post_over(ngx_http_grip_post_t *post);


static ngx_str_t  ngx_http_grip_post_method = ngx_string("POST");


ngx_int_t
ngx_http_grip_post_start(ngx_http_grip_post_t *post)
{
    ngx_http_request_t          *r, *sr;
    ngx_http_cleanup_t          *cln;
    ngx_http_post_subrequest_t  *ps;

    r = post->leader;

    ps = ngx_palloc(r->pool, sizeof(ngx_http_post_subrequest_t));
    if (ps == NULL) {
        return NGX_ERROR;
    }

    ps->handler = ngx_http_grip_post_done;
    ps->data = post;

    cln = ngx_http_cleanup_add(r, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    if (ngx_http_subrequest(r, &post->publisher->path, NULL, &sr, ps,
                            NGX_HTTP_SUBREQUEST_BACKGROUND)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    cln->handler = ngx_http_grip_post_cleanup;
    cln->data = post;

    post->cleanup = cln;
    post->request = sr;

    /* the method by which the upstream knows what it must not send again */

    sr->method = post->idempotent ? NGX_HTTP_PUT : NGX_HTTP_POST;
    sr->method_name = ngx_http_grip_post_method;

    sr->request_body = NULL;
    sr->post_action = 1;

    sr->write_event_handler = ngx_http_grip_post_init;

    return NGX_OK;
}


static void
ngx_http_grip_post_init(ngx_http_request_t *r)
{
    ngx_http_upstream_t        *u;
    ngx_http_grip_post_t       *post;
    ngx_http_grip_publisher_t  *publisher;

    post = r->post_subrequest->data;
    publisher = post->publisher;

    r->write_event_handler = ngx_http_request_empty_handler;

    if (post->cleanup->handler == NULL) {
        ngx_http_finalize_request(r, NGX_DONE);
        return;
    }

    if (ngx_http_upstream_create(r) != NGX_OK) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    u = r->upstream;

    if (publisher->upstream.upstream == NULL
        && ngx_http_grip_post_resolve(r, publisher->url) != NGX_OK)
    {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    u->conf = &publisher->upstream;
    u->uri = publisher->path;
    u->output.tag = (ngx_buf_tag_t) &ngx_http_faas_grip_module;

    if (publisher->url->url.ssl) {
        ngx_str_set(&u->schema, "https://");
#if (NGX_HTTP_SSL)
        u->ssl = 1;
#endif

    } else {
        ngx_str_set(&u->schema, "http://");
    }

    u->create_request = ngx_http_grip_post_create_request;
    u->reinit_request = ngx_http_grip_post_reinit_request;
    u->process_header = ngx_http_grip_post_process_status;
    u->abort_request = ngx_http_grip_post_abort_request;
    u->finalize_request = ngx_http_grip_post_finalize_request;

    ngx_http_upstream_init(r);
}


static ngx_int_t
ngx_http_grip_post_resolve(ngx_http_request_t *r, ngx_http_grip_url_t *url)
{
    ngx_http_upstream_resolved_t  *resolved;

    resolved = ngx_pcalloc(r->pool, sizeof(ngx_http_upstream_resolved_t));
    if (resolved == NULL) {
        return NGX_ERROR;
    }

    resolved->host = url->url.host;
    resolved->port = url->url.port;
    resolved->no_port = !url->url.has_port;

    r->upstream->resolved = resolved;

    return NGX_OK;
}


static ngx_int_t
ngx_http_grip_post_create_request(ngx_http_request_t *r)
{
    size_t                      len, body;
    ngx_buf_t                  *b;
    ngx_str_t                   scheme, value, connection;
    ngx_chain_t                *cl;
    ngx_grip_url_t             *url;
    ngx_http_grip_post_t       *post;
    ngx_http_grip_publisher_t  *publisher;

    post = r->post_subrequest->data;
    publisher = post->publisher;
    url = &publisher->url->url;

    if (ngx_http_grip_post_authorization(publisher, r->connection->log,
                                         &scheme, &value)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_str_null(&connection);

    if (!publisher->keepalive) {
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

    b->last = ngx_http_grip_post_items(b->last, &post->queue);
    b->last_buf = 1;

    post->buf = b;
    r->upstream->request_bufs = cl;

    r->connection->log->action = "publishing to grip control";

    return NGX_OK;
}


static ngx_int_t
ngx_http_grip_post_authorization(ngx_http_grip_publisher_t *publisher,
    ngx_log_t *log, ngx_str_t *scheme, ngx_str_t *value)
{
    ngx_grip_url_t  *url;

    url = &publisher->url->url;

    ngx_str_set(scheme, "Authorization: Bearer ");
    *value = url->credentials;

    switch (url->auth) {

    case NGX_GRIP_AUTH_JWT:
        if (ngx_http_grip_post_token(publisher) != NGX_OK) {
            ngx_log_error(NGX_LOG_ALERT, log, 0,
                          "grip: signing a token for %V failed",
                          &publisher->url->name);
            return NGX_ERROR;
        }

        *value = publisher->token;
        break;

    case NGX_GRIP_AUTH_BEARER:
        break;

    case NGX_GRIP_AUTH_BASIC:
        ngx_str_set(scheme, "Authorization: Basic ");
        break;

    default: /* NGX_GRIP_AUTH_NONE */
        ngx_str_null(scheme);
        ngx_str_null(value);
    }

    return NGX_OK;
}


/* a token serves until shortly before it expires */

static ngx_int_t
ngx_http_grip_post_token(ngx_http_grip_publisher_t *publisher)
{
    size_t           len;
    time_t           now, exp;
    ngx_grip_url_t  *url;

    now = ngx_time();

    if (publisher->token_exp - now >= NGX_HTTP_GRIP_TOKEN_RESERVE
        && publisher->token_exp - now <= NGX_HTTP_GRIP_TOKEN_LIFETIME)
    {
        return NGX_OK;
    }

    url = &publisher->url->url;
    exp = now + NGX_HTTP_GRIP_TOKEN_LIFETIME;

    if (ngx_grip_jwt_sign(NULL, &len, &url->iss, exp, url->key) != NGX_OK
        || len > publisher->token_size)
    {
        return NGX_ERROR;
    }

    if (ngx_grip_jwt_sign(publisher->token.data, &len, &url->iss, exp,
                          url->key)
        != NGX_OK)
    {
        publisher->token_exp = 0;
        return NGX_ERROR;
    }

    publisher->token.len = len;
    publisher->token_exp = exp;

    return NGX_OK;
}


static u_char *
ngx_http_grip_post_items(u_char *p, ngx_queue_t *queue)
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


static ngx_int_t
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


static ngx_int_t
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


static void
ngx_http_grip_post_abort_request(ngx_http_request_t *r)
{
    ngx_log_debug0(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "grip post abort request");
}


static void
ngx_http_grip_post_finalize_request(ngx_http_request_t *r, ngx_int_t rc)
{
    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "grip post finalize request: %i", rc);
}


static ngx_int_t
ngx_http_grip_post_done(ngx_http_request_t *r, void *data, ngx_int_t rc)
{
    ngx_http_grip_post_t  *post = data;

    if (post->cleanup->handler == NULL) {
        return NGX_OK;
    }

    if (!post->answered) {

        switch (rc) {

        case NGX_HTTP_CLIENT_CLOSED_REQUEST:
            post->status = 0;
            break;

        case NGX_HTTP_GATEWAY_TIME_OUT:
        case NGX_HTTP_INTERNAL_SERVER_ERROR:
            post->status = rc;
            break;

        default:
            post->status = NGX_HTTP_BAD_GATEWAY;
        }
    }

    ngx_http_grip_post_over(post);

    /* a failure is not the leader's */

    return NGX_OK;
}


/* the leader is torn down */

static void
ngx_http_grip_post_cleanup(void *data)
{
    ngx_http_grip_post_t  *post = data;

    ngx_http_grip_post_over(post);
}


static void
ngx_http_grip_post_over(ngx_http_grip_post_t *post)
{
    post->cleanup->handler = NULL;

    if (post->request->upstream) {
        post->sent = post->request->upstream->request_sent;
    }

    if (post->buf) {
        (void) ngx_pfree(post->request->pool, post->buf->start);
        post->buf = NULL;
    }

    ngx_http_grip_publisher_done(post->publisher, post);
}
