
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * A detached call: it counts for its worker, its connection and its request
 * while it runs, and sees what its event was.
 */


#include "detached/ngx_http_grip_detached.h"
#include "function/ngx_http_grip_call_copy.h"
#include "function/ngx_http_grip_call_detached.h"
#include "function/ngx_http_grip_call_metrics.h"
#include "request/ngx_http_grip_notice.h"


/* of a request; it lives as long as that and its calls */

struct ngx_http_grip_detachment_s {
    ngx_uint_t                   refs;
    ngx_uint_t                   running;
    unsigned                     failed:1;       /* which was logged */
};


/* a connection of which calls are running */

typedef struct {
    ngx_str_node_t               node;
    ngx_uint_t                   running;
} ngx_http_grip_call_peer_t;


typedef struct {
    ngx_http_grip_call_t         call;
    ngx_http_grip_detached_t    *detached;
    ngx_http_grip_detachment_t  *detachment;
    ngx_http_grip_call_peer_t   *peer;           /* NULL: nobody knows which */
} ngx_http_grip_call_detached_t;


static ngx_int_t ngx_http_grip_call_detached_start(
    ngx_http_grip_websocket_t *ws, ngx_http_grip_call_t *call);
static const char *ngx_http_grip_call_detached_full(
    ngx_http_grip_websocket_t *ws);
static ngx_http_grip_call_peer_t *ngx_http_grip_call_peer(ngx_str_t *id);
static ngx_http_grip_detachment_t *ngx_http_grip_call_detachment(
    ngx_http_grip_websocket_t *ws);
static void ngx_http_grip_call_detachment_cleanup(void *data);
static ngx_int_t ngx_http_grip_call_detached_count(
    ngx_http_grip_call_detached_t *dc, ngx_http_grip_websocket_t *ws);
static void ngx_http_grip_call_detached_uncount(void *data);
static void ngx_http_grip_call_detached_answered(ngx_http_grip_call_t *call);
static void ngx_http_grip_call_detached_ended(ngx_http_grip_detached_t *d,
    const char *why);
static void ngx_http_grip_call_detached_failed(
    ngx_http_grip_call_detached_t *dc);
static void ngx_http_grip_call_detached_log(
    ngx_http_grip_call_detached_t *dc);


/* of this worker, by the ids of connections */

static ngx_rbtree_t       ngx_http_grip_call_peers;
static ngx_rbtree_node_t  ngx_http_grip_call_sentinel;


ngx_int_t
ngx_http_grip_call_detached(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_call_t *call)
{
    ngx_str_t             uri;
    const char           *full;
    ngx_http_grip_ctx_t  *ctx;

    full = ngx_http_grip_call_detached_full(ws);

    if (full) {
        uri = ngx_http_grip_notice_text(ws->request, &call->uri);

        ngx_http_grip_notice(ws->request, NGX_LOG_WARN,
                             "grip: waiting for detached function \"%V\": too "
                             "many of this %s are running", &uri, full);

        return NGX_DECLINED;
    }

    ctx = ngx_http_grip_ctx_find(ws->request);

    /*
     * A call is the last that a rule does.  If this event is the last one, too,
     * and the answer waits for nothing, then it will find all as it is now:
     * the last event has the request's pool.
     */

    if (ws->reader.pos == ws->reader.end
        && ws->scope.pool == NULL
        && ws->batch == NULL
        && (ctx == NULL || ctx->publication == NULL))
    {
        ws->put_off = call;
        return NGX_OK;
    }

    return ngx_http_grip_call_detached_start(ws, call);
}


/* in the scope of its event, with the variables and captures of the rule */

void
ngx_http_grip_call_detached_put_off(ngx_http_grip_websocket_t *ws)
{
    ngx_str_t                   uri;
    ngx_http_request_t         *r;
    ngx_http_grip_call_t       *call;
    ngx_http_variable_value_t  *variables;

    call = ws->put_off;
    ws->put_off = NULL;

    r = ws->request;
    variables = r->variables;
    r->variables = ws->scope.own;

    if (ngx_http_grip_call_detached_start(ws, call) != NGX_OK) {
        uri = ngx_http_grip_notice_text(r, &call->uri);

        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "grip: detached function \"%V\" failed: it could not be "
                      "started", &uri);
    }

    r->variables = variables;
}


static ngx_int_t
ngx_http_grip_call_detached_start(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_call_t *call)
{
    ngx_int_t                       rc;
    ngx_uint_t                      level;
    ngx_http_grip_detached_t       *d;
    ngx_http_grip_call_detached_t  *dc;

    d = ngx_http_grip_detached_create(ws->request,
                         call->timeout ? call->timeout
                                       : NGX_HTTP_GRIP_CALL_DETACHED_TIMEOUT);
    if (d == NULL) {
        return NGX_ERROR;
    }

    dc = ngx_pcalloc(d->request->pool, sizeof(ngx_http_grip_call_detached_t));

    if (dc == NULL) {
        ngx_http_grip_detached_close(d);
        return NGX_ERROR;
    }

    dc->detached = d;
    dc->call.handler = ngx_http_grip_call_detached_answered;
    dc->call.data = dc;

    if (ngx_http_grip_call_detached_count(dc, ws) != NGX_OK
        || ngx_http_grip_call_copy_event(d->request, ws) != NGX_OK
        || ngx_http_grip_call_copy(d->request, &dc->call, call) != NGX_OK)
    {
        ngx_http_grip_detached_close(d);
        return NGX_ERROR;
    }

    level = ngx_http_grip_notice_level(ws->request);

    if (dc->detachment->failed && level < NGX_LOG_DEBUG) {
        level = ngx_min(level, NGX_HTTP_GRIP_NOTICE_HUSHED);
    }

    d->request->connection->log->log_level = level;

    rc = ngx_http_grip_call_start(d->request, &dc->call);

    if (rc == NGX_OK) {
        d->handler = ngx_http_grip_call_detached_ended;
        d->data = dc;

        ngx_http_grip_detached_start(d);

        return NGX_OK;
    }

    if (rc == NGX_DECLINED) {
        ngx_http_grip_call_detached_failed(dc);
        rc = NGX_OK;
    }

    ngx_http_grip_detached_close(d);

    return rc;
}


/* of what there are too many, or NULL */

static const char *
ngx_http_grip_call_detached_full(ngx_http_grip_websocket_t *ws)
{
    ngx_uint_t                  max;
    ngx_http_grip_call_peer_t  *peer;
    ngx_http_grip_main_conf_t  *gmcf;

    gmcf = ngx_http_get_module_main_conf(ws->request,
                                         ngx_http_faas_grip_module);

    max = gmcf->call_detached_max;

    if (max == NGX_CONF_UNSET_UINT) {
        max = ngx_cycle->connection_n / 4;
    }

    if (ngx_http_grip_detached_count() >= max) {
        return "worker";
    }

    if (ws->detachment
        && ws->detachment->running >= NGX_HTTP_GRIP_CALL_DETACHED_MAX)
    {
        return "request";
    }

    if (ws->connection_id == NULL) {
        return NULL;
    }

    peer = ngx_http_grip_call_peer(ws->connection_id);

    return (peer && peer->running >= NGX_HTTP_GRIP_CALL_DETACHED_MAX)
           ? "connection" : NULL;
}


static ngx_http_grip_call_peer_t *
ngx_http_grip_call_peer(ngx_str_t *id)
{
    if (ngx_http_grip_call_peers.root == NULL) {
        ngx_rbtree_init(&ngx_http_grip_call_peers,
                        &ngx_http_grip_call_sentinel,
                        ngx_str_rbtree_insert_value);
    }

    return (ngx_http_grip_call_peer_t *)
               ngx_str_rbtree_lookup(&ngx_http_grip_call_peers, id,
                                     ngx_crc32_short(id->data, id->len));
}


static ngx_http_grip_detachment_t *
ngx_http_grip_call_detachment(ngx_http_grip_websocket_t *ws)
{
    ngx_pool_cleanup_t          *cln;
    ngx_http_grip_ctx_t         *ctx;
    ngx_http_grip_detachment_t  *detachment;

    if (ws->detachment) {
        return ws->detachment;
    }

    ctx = ngx_http_grip_ctx_get(ws->request);
    if (ctx == NULL) {
        return NULL;
    }

    cln = ngx_pool_cleanup_add(ctx->pool, 0);
    if (cln == NULL) {
        return NULL;
    }

    detachment = ngx_alloc(sizeof(ngx_http_grip_detachment_t),
                           ws->request->connection->log);
    if (detachment == NULL) {
        return NULL;
    }

    detachment->refs = 1;
    detachment->running = 0;
    detachment->failed = 0;

    cln->handler = ngx_http_grip_call_detachment_cleanup;
    cln->data = detachment;

    ws->detachment = detachment;

    return detachment;
}


static void
ngx_http_grip_call_detachment_cleanup(void *data)
{
    ngx_http_grip_detachment_t *detachment = data;

    if (--detachment->refs == 0) {
        ngx_free(detachment);
    }
}


/* from now on, and until its pool goes */

static ngx_int_t
ngx_http_grip_call_detached_count(ngx_http_grip_call_detached_t *dc,
    ngx_http_grip_websocket_t *ws)
{
    ngx_str_t                  *id;
    ngx_pool_cleanup_t         *cln;
    ngx_http_grip_call_peer_t  *peer;

    dc->detachment = ngx_http_grip_call_detachment(ws);
    if (dc->detachment == NULL) {
        return NGX_ERROR;
    }

    cln = ngx_pool_cleanup_add(dc->detached->request->pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    id = ws->connection_id;
    peer = id ? ngx_http_grip_call_peer(id) : NULL;

    if (id && peer == NULL) {

        peer = ngx_alloc(sizeof(ngx_http_grip_call_peer_t) + id->len,
                         ws->request->connection->log);
        if (peer == NULL) {
            return NGX_ERROR;
        }

        peer->running = 0;
        peer->node.node.key = ngx_crc32_short(id->data, id->len);
        peer->node.str.len = id->len;
        peer->node.str.data = (u_char *) peer
                              + sizeof(ngx_http_grip_call_peer_t);

        ngx_memcpy(peer->node.str.data, id->data, id->len);

        ngx_rbtree_insert(&ngx_http_grip_call_peers, &peer->node.node);
    }

    if (peer) {
        peer->running++;
    }

    dc->peer = peer;
    dc->detachment->running++;
    dc->detachment->refs++;

    cln->handler = ngx_http_grip_call_detached_uncount;
    cln->data = dc;

    return NGX_OK;
}


static void
ngx_http_grip_call_detached_uncount(void *data)
{
    ngx_http_grip_call_detached_t *dc = data;

    if (dc->peer && --dc->peer->running == 0) {
        ngx_rbtree_delete(&ngx_http_grip_call_peers, &dc->peer->node.node);
        ngx_free(dc->peer);
    }

    dc->detachment->running--;

    ngx_http_grip_call_detachment_cleanup(dc->detachment);
}


static void
ngx_http_grip_call_detached_answered(ngx_http_grip_call_t *call)
{
    ngx_http_grip_call_detached_t *dc = call->data;

    if (call->error || call->status >= 400) {
        ngx_http_grip_call_detached_failed(dc);
    }

    ngx_http_grip_call_detached_log(dc);

    ngx_http_grip_detached_close(dc->detached);
}


static void
ngx_http_grip_call_detached_ended(ngx_http_grip_detached_t *d,
    const char *why)
{
    ngx_http_grip_call_detached_t *dc = d->data;

    ngx_http_request_t  *sr;

    if (dc->call.error == NULL) {
        dc->call.error = why;
    }

    ngx_http_grip_call_detached_failed(dc);

    if (dc->call.metrics) {
        ngx_http_grip_call_metrics_count(&dc->call);
    }

    sr = dc->call.subrequest;

    if (sr->headers_out.status == 0) {
        sr->headers_out.status = NGX_HTTP_GATEWAY_TIME_OUT;
    }

    ngx_http_grip_call_detached_log(dc);
}


static void
ngx_http_grip_call_detached_failed(ngx_http_grip_call_detached_t *dc)
{
    ngx_log_t             *log;
    ngx_http_grip_call_t  *call;

    if (dc->detachment->failed) {
        return;
    }

    dc->detachment->failed = 1;

    call = &dc->call;
    log = dc->detached->request->connection->log;

    if (call->error) {
        ngx_log_error(NGX_LOG_ERR, log, 0,
                      "grip: detached function \"%V\" failed: %s", &call->uri,
                      call->error);
        return;
    }

    ngx_log_error(NGX_LOG_ERR, log, 0,
                  "grip: detached function \"%V\" failed: status %ui",
                  &call->uri, call->status);
}


/*
 * It is a request, though nginx logs no subrequests unless it is told to, and
 * says of this one what the function was asked for.
 */

static void
ngx_http_grip_call_detached_log(ngx_http_grip_call_detached_t *dc)
{
    ngx_str_t                   line;
    ngx_uint_t                  i, n;
    ngx_http_request_t         *sr;
    ngx_http_handler_pt        *log;
    ngx_http_core_loc_conf_t   *clcf;
    ngx_http_core_main_conf_t  *cmcf;

    sr = dc->call.subrequest;

    clcf = ngx_http_get_module_loc_conf(sr, ngx_http_core_module);

    if (sr->logged && clcf->log_subrequest) {
        return;
    }

    sr->logged = 1;

    line.len = sizeof("POST  ") - 1 + dc->call.uri.len
               + sr->http_protocol.len;

    line.data = ngx_pnalloc(sr->pool, line.len);

    if (line.data) {
        ngx_sprintf(line.data, "POST %V %V", &dc->call.uri,
                    &sr->http_protocol);

        sr->request_line = line;
    }

    sr->connection->log->action = "logging request";

    cmcf = ngx_http_get_module_main_conf(sr, ngx_http_core_module);

    log = cmcf->phases[NGX_HTTP_LOG_PHASE].handlers.elts;
    n = cmcf->phases[NGX_HTTP_LOG_PHASE].handlers.nelts;

    for (i = 0; i < n; i++) {
        log[i](sr);
    }
}
