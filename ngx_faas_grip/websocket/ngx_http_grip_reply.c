
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The response to a WebSocket-over-HTTP request.  protocol 1.4.
 */


#include "action/ngx_http_grip_handshake.h"
#include "action/ngx_http_grip_meta.h"
#include "function/ngx_http_grip_call_detached.h"
#include "request/ngx_http_grip_content.h"
#include "request/ngx_http_grip_headers.h"
#include "request/ngx_http_grip_notice.h"
#include "websocket/ngx_http_grip_reply.h"


static ngx_int_t ngx_http_grip_reply_send(ngx_http_grip_websocket_t *ws);
static ngx_int_t ngx_http_grip_reply_reject(ngx_http_grip_websocket_t *ws);
static ngx_int_t ngx_http_grip_reply_call(ngx_http_request_t *r,
    ngx_http_grip_call_t *call);
static ngx_uint_t ngx_http_grip_reply_passes(ngx_table_elt_t *h);
static ngx_int_t ngx_http_grip_reply_headers(ngx_http_grip_websocket_t *ws);
static ngx_int_t ngx_http_grip_reply_open_headers(
    ngx_http_grip_websocket_t *ws);


void
ngx_http_grip_reply(ngx_http_grip_websocket_t *ws)
{
    ngx_int_t            rc;
    ngx_http_request_t  *r;

    r = ws->request;

    ngx_http_grip_notice_flush(r);

    rc = ngx_http_grip_reply_send(ws);

    if (ws->put_off) {
        ngx_http_grip_call_detached_put_off(ws);
    }

    ngx_http_finalize_request(r, rc);
}


static ngx_int_t
ngx_http_grip_reply_send(ngx_http_grip_websocket_t *ws)
{
    ngx_int_t            rc;
    ngx_http_request_t  *r;

    r = ws->request;

    r->connection->log->action = "sending grip events";

    if (ws->reject) {
        return ngx_http_grip_reply_reject(ws);
    }

    r->headers_out.status = NGX_HTTP_OK;

    rc = ws->headers ? ws->headers(ws) : ngx_http_grip_reply_headers(ws);

    if (rc != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_grip_answer_send(r, &ws->answer);
}


static ngx_int_t
ngx_http_grip_reply_reject(ngx_http_grip_websocket_t *ws)
{
    static ngx_str_t  type = ngx_string("text/plain");

    if (ws->reject_call) {
        return ngx_http_grip_reply_call(ws->request, ws->reject_call);
    }

    /* to nginx some statuses mean to say nothing, or to say another one */

    if (ws->reject_body.data == NULL
        && ws->reject != NGX_HTTP_REQUEST_TIME_OUT
        && ws->reject != NGX_HTTP_CLOSE
        && !(ws->reject >= NGX_HTTP_NGINX_CODES
             && ws->reject <= NGX_HTTP_CLIENT_CLOSED_REQUEST))
    {
        return (ngx_int_t) ws->reject;
    }

    return ngx_http_grip_content_send(ws->request, ws->reject, &type,
                                      &ws->reject_body);
}


/* a function's own answer, as it is: status, headers and body */

static ngx_int_t
ngx_http_grip_reply_call(ngx_http_request_t *r, ngx_http_grip_call_t *call)
{
    ngx_table_elt_t          *h;
    ngx_http_headers_out_t   *from;
    ngx_http_grip_headers_t   hs;

    from = &call->subrequest->headers_out;

    ngx_http_grip_headers_init(&hs, &from->headers);

    for ( ;; ) {
        h = ngx_http_grip_headers_next(&hs);
        if (h == NULL) {
            break;
        }

        if (ngx_http_grip_reply_passes(h)
            && ngx_http_grip_headers_take(r, &h->key, &h->value) == NULL)
        {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    r->headers_out.status = call->status;
    r->headers_out.content_type = from->content_type;
    r->headers_out.content_type_len = from->content_type_len;
    r->headers_out.content_type_lowcase = NULL;
    r->headers_out.charset = from->charset;

    return ngx_http_grip_headers_send_body(r, &call->answer);
}


static ngx_uint_t
ngx_http_grip_reply_passes(ngx_table_elt_t *h)
{
    static ngx_str_t  owns[] = {
        ngx_string("accept-ranges"),
        ngx_string("content-length"),
        ngx_string("content-type"),
        ngx_string("date"),
        ngx_string("server"),
        ngx_null_string
    };

    return h->hash
           && !(h->key.len > 5
                && ngx_strncasecmp(h->key.data, (u_char *) "grip-", 5) == 0)
           && !(h->key.len > 9
                && ngx_strncasecmp(h->key.data, (u_char *) "set-meta-", 9)
                   == 0)
           && !ngx_http_grip_headers_among(&h->key, owns)
           && !ngx_http_grip_headers_among(&h->key, ngx_http_grip_headers_hop);
}


static ngx_int_t
ngx_http_grip_reply_headers(ngx_http_grip_websocket_t *ws)
{
    if (ws->opening && ngx_http_grip_reply_open_headers(ws) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_grip_meta_reply(ws->request);
}


static ngx_int_t
ngx_http_grip_reply_open_headers(ngx_http_grip_websocket_t *ws)
{
    ngx_str_t                  value;
    ngx_http_request_t        *r;
    ngx_http_grip_loc_conf_t  *glcf;

    static ngx_str_t  extensions = ngx_string("Sec-WebSocket-Extensions");
    static ngx_str_t  grip = ngx_string("grip");
    static ngx_str_t  interval = ngx_string("Keep-Alive-Interval");

    r = ws->request;
    glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);

    if (ws->grip
        && ngx_http_grip_headers_out(r, &extensions, &grip) == NULL)
    {
        return NGX_ERROR;
    }

    if (glcf->poll_interval) {
        value.data = ngx_pnalloc(r->pool, NGX_TIME_T_LEN);
        if (value.data == NULL) {
            return NGX_ERROR;
        }

        value.len = ngx_sprintf(value.data, "%T", glcf->poll_interval)
                    - value.data;

        if (ngx_http_grip_headers_out(r, &interval, &value) == NULL) {
            return NGX_ERROR;
        }
    }

    return ngx_http_grip_handshake_reply(ws);
}
