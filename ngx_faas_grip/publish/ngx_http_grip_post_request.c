
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The request of a POST: credentials, header, items.
 */


#include "keys/ngx_grip_jwt.h"

#include "wire/ngx_grip_item.h"
#include "publish/ngx_http_grip_post.h"


#define NGX_HTTP_GRIP_TOKEN_LIFETIME   600
#define NGX_HTTP_GRIP_TOKEN_RESERVE    60


static ngx_int_t ngx_http_grip_post_authorization(
    ngx_http_grip_publisher_t *publisher, ngx_log_t *log, ngx_str_t *scheme,
    ngx_str_t *value);
static ngx_int_t ngx_http_grip_post_token(
    ngx_http_grip_publisher_t *publisher);
static u_char *ngx_http_grip_post_items(u_char *p, ngx_queue_t *queue);


ngx_int_t
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
