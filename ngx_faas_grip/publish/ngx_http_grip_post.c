
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * One POST: a background subrequest that runs no phases and has no location,
 * only an upstream.  Its answer goes nowhere: "post_action" keeps it from
 * the filters and from watching the leader's client.
 */


#include "publish/ngx_http_grip_post.h"
#include "request/ngx_http_grip_subrequest.h"


static ngx_int_t ngx_http_grip_post_subrequest(ngx_http_grip_post_t *post);
static void ngx_http_grip_post_init(ngx_http_request_t *r);
static ngx_int_t ngx_http_grip_post_resolve(ngx_http_request_t *r,
    ngx_http_grip_url_t *url);
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
    ngx_int_t            rc;
    ngx_pool_t          *pool;
    ngx_http_request_t  *r;

    r = post->leader;

    pool = r->pool;
    r->pool = post->pool->pool;

    rc = ngx_http_grip_post_subrequest(post);

    r->pool = pool;

    return rc;
}


static ngx_int_t
ngx_http_grip_post_subrequest(ngx_http_grip_post_t *post)
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

    if (ngx_http_grip_subrequest(r, &post->endpoint->path, NULL, &sr, ps,
                                 NGX_HTTP_SUBREQUEST_BACKGROUND,
                                 &post->posted)
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

    /* it is a post action itself, and has none */

    sr->post_action = 1;
    sr->uri_changes = 0;

    sr->write_event_handler = ngx_http_grip_post_init;

    return NGX_OK;
}


static void
ngx_http_grip_post_init(ngx_http_request_t *r)
{
    ngx_http_upstream_t       *u;
    ngx_http_grip_post_t      *post;
    ngx_http_grip_endpoint_t  *endpoint;

    post = r->post_subrequest->data;
    endpoint = post->endpoint;

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

    if (endpoint->upstream.upstream == NULL
        && ngx_http_grip_post_resolve(r, endpoint->url) != NGX_OK)
    {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    u->conf = &endpoint->upstream;
    u->uri = endpoint->path;
    u->output.tag = (ngx_buf_tag_t) &ngx_http_faas_grip_module;

    if (endpoint->url->url.ssl) {
        ngx_str_set(&u->schema, "https://");
#if (NGX_HTTP_SSL)
        u->ssl = 1;
#endif

    } else {
        ngx_str_set(&u->schema, "http://");
    }

    u->create_request = ngx_http_grip_post_http_create;
    u->reinit_request = ngx_http_grip_post_http_reinit;
    u->process_header = ngx_http_grip_post_http_status;
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

    post->handler(post);
}
