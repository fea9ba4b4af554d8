
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The proxy's connections, kept from being closed as idle.
 */


#include "request/ngx_http_grip_compat.h"
#include "request/ngx_http_grip_headers.h"
#include "verify/ngx_http_grip_keepalive.h"
#include "verify/ngx_http_grip_verify.h"


/* one for each connection of the proxy, in the connection's pool */

typedef struct {
    ngx_event_t             event;               /* its data: the connection */
    ngx_http_connection_t  *hc;
} ngx_http_grip_keepalive_t;


static ngx_http_grip_keepalive_t *ngx_http_grip_keepalive_find(
    ngx_connection_t *c);
static ngx_uint_t ngx_http_grip_keepalive_wanted(ngx_http_request_t *r);
static ngx_http_grip_keepalive_t *ngx_http_grip_keepalive_create(
    ngx_http_request_t *r);
static void ngx_http_grip_keepalive_handler(ngx_event_t *ev);
static void ngx_http_grip_keepalive_cleanup(void *data);


/*
 * The request is freed, and its connection becomes idle, before the posted
 * event is handled (ngx_http_set_keepalive); the loop asks whether to shut
 * down after that (ngx_worker_process_cycle).
 */

ngx_int_t
ngx_http_grip_keepalive_log(ngx_http_request_t *r)
{
    ngx_http_grip_keepalive_t  *ka;

    if (r != r->main
        || r->http_version > NGX_HTTP_VERSION_11
        || ngx_exiting)
    {
        return NGX_OK;
    }

    ka = ngx_http_grip_keepalive_find(r->connection);

    if (ka == NULL) {

        if (!ngx_http_grip_keepalive_wanted(r)) {
            return NGX_OK;
        }

        ka = ngx_http_grip_keepalive_create(r);
        if (ka == NULL) {
            return NGX_ERROR;
        }
    }

    ngx_post_event(&ka->event, &ngx_posted_events);

    return NGX_OK;
}


static ngx_http_grip_keepalive_t *
ngx_http_grip_keepalive_find(ngx_connection_t *c)
{
    ngx_pool_cleanup_t  *cln;

    for (cln = c->pool->cleanup; cln; cln = cln->next) {

        if (cln->handler == ngx_http_grip_keepalive_cleanup) {
            return cln->data;
        }
    }

    return NULL;
}


static ngx_uint_t
ngx_http_grip_keepalive_wanted(ngx_http_request_t *r)
{
    ngx_http_grip_ctx_t       *ctx;
    ngx_http_grip_loc_conf_t  *glcf;

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);

    if (glcf->verify == NGX_HTTP_GRIP_VERIFY_OFF
        && (glcf->handler_trust.verify || glcf->hold_trust.verify))
    {
        return 1;
    }

    if (glcf->verify_keys == NULL
        || ngx_http_grip_header_in(r, "grip-sig") == NULL)
    {
        return 0;
    }

    ctx = ngx_http_grip_verify(r);

    return ctx && ctx->verdict == NGX_HTTP_GRIP_VERDICT_SUCCESS;
}


static ngx_http_grip_keepalive_t *
ngx_http_grip_keepalive_create(ngx_http_request_t *r)
{
    ngx_connection_t           *c;
    ngx_pool_cleanup_t         *cln;
    ngx_http_grip_keepalive_t  *ka;

    c = r->connection;

    cln = ngx_pool_cleanup_add(c->pool, sizeof(ngx_http_grip_keepalive_t));
    if (cln == NULL) {
        return NULL;
    }

    ka = cln->data;
    ngx_memzero(ka, sizeof(ngx_http_grip_keepalive_t));

    ka->event.handler = ngx_http_grip_keepalive_handler;
    ka->event.data = c;
    ka->event.log = c->log;
    ka->event.cancelable = 1;

    ka->hc = r->http_connection;

    cln->handler = ngx_http_grip_keepalive_cleanup;

    return ka;
}


/*
 * A connection that is not idle is no less reusable: a shortage of
 * connections and "worker_shutdown_timeout" close it as any other.
 */

static void
ngx_http_grip_keepalive_handler(ngx_event_t *ev)
{
    ngx_connection_t           *c;
    ngx_http_grip_keepalive_t  *ka;

    c = ev->data;
    ka = (ngx_http_grip_keepalive_t *) ev;

    c->idle = 0;

    if (ngx_http_grip_keepalive_rest(ka->hc) == 0 || !c->read->timer_set) {
        return;
    }

    /*
     * after "keepalive_min_timeout" it becomes idle again, by a timer that
     * precedes ours: of those that expire together the first added is the
     * first
     */

    if (ev->timer_set) {
        ngx_del_timer(ev);
    }

    ngx_add_timer(ev, c->read->timer.key - ngx_current_msec);
}


static void
ngx_http_grip_keepalive_cleanup(void *data)
{
    ngx_http_grip_keepalive_t *ka = data;

    if (ka->event.posted) {
        ngx_delete_posted_event(&ka->event);
    }

    if (ka->event.timer_set) {
        ngx_del_timer(&ka->event);
    }
}
