
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * A handshake that is accepted, and what a function says of it.
 */


#include "action/ngx_http_grip_handshake.h"
#include "connection/ngx_http_grip_connection.h"
#include "request/ngx_http_grip_headers.h"
#include "request/ngx_http_grip_notice.h"


static ngx_int_t ngx_http_grip_handshake_add(ngx_http_grip_websocket_t *ws,
    ngx_str_t *name, ngx_str_t *value);
static ngx_int_t ngx_http_grip_handshake_choose(ngx_http_grip_websocket_t *ws,
    ngx_str_t *subprotocol);
static ngx_int_t ngx_http_grip_handshake_copy(ngx_http_request_t *r,
    ngx_str_t *dst, ngx_str_t *src);
static ngx_uint_t ngx_http_grip_handshake_own(ngx_str_t *name);


static ngx_str_t  ngx_http_grip_handshake_subprotocol =
    ngx_string("Sec-WebSocket-Protocol");
static ngx_str_t  ngx_http_grip_handshake_offered =
    ngx_string("sec-websocket-protocol");


ngx_int_t
ngx_http_grip_handshake_open(ngx_http_grip_websocket_t *ws)
{
    ngx_http_grip_action_t     action;
    ngx_http_grip_loc_conf_t  *glcf;

    if (ngx_http_grip_answer_add(&ws->answer, NGX_GRIP_WS_OPEN, 0) == NULL) {
        return NGX_ERROR;
    }

    glcf = ngx_http_get_module_loc_conf(ws->request,
                                        ngx_http_faas_grip_module);

    if (!glcf->connection || ws->connection_id == NULL) {
        return NGX_OK;
    }

    ngx_memzero(&action, sizeof(ngx_http_grip_action_t));

    action.name = "grip_connection";
    action.control = NGX_GRIP_CONTROL_SUBSCRIBE;

    if (ngx_http_grip_connection_channel(ws->request->pool, ws->connection_id,
                                         &action.target)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_grip_action_control(ws, &action);
}


ngx_int_t
ngx_http_grip_handshake_accept(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_action_t *action)
{
    ngx_int_t   rc;
    ngx_uint_t  i;

    if (!ws->opening) {
        return NGX_OK;
    }

    if (action->target.data
        && ngx_http_grip_handshake_choose(ws, &action->target) != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (i = 0; i < action->nmeta; i++) {

        rc = ngx_http_grip_handshake_add(ws, &action->meta[i].name,
                                         &action->meta[i].value);

        if (rc == NGX_DECLINED) {
            ngx_http_grip_notice(ws->request, NGX_LOG_INFO,
                                 "grip: \"accept\" skipped a header that is "
                                 "invalid or that functions may not set");
            continue;
        }

        if (rc != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_grip_handshake_take(ngx_http_grip_websocket_t *ws,
    ngx_list_t *headers)
{
    ngx_int_t                 rc;
    ngx_table_elt_t          *h;
    ngx_http_grip_headers_t   hs;

    if (!ws->opening) {
        return NGX_OK;
    }

    ngx_http_grip_headers_init(&hs, headers);

    for ( ;; ) {
        h = ngx_http_grip_headers_next(&hs);
        if (h == NULL) {
            return NGX_OK;
        }

        if (h->hash == 0) {
            continue;
        }

        if (ngx_http_grip_headers_same(&h->key,
                                       &ngx_http_grip_handshake_subprotocol))
        {
            rc = ngx_http_grip_handshake_choose(ws, &h->value);

        } else {
            rc = ngx_http_grip_handshake_add(ws, &h->key, &h->value);
        }

        if (rc == NGX_ERROR) {
            return NGX_ERROR;
        }
    }
}


/* NGX_DECLINED: it is no header of a handshake */

static ngx_int_t
ngx_http_grip_handshake_add(ngx_http_grip_websocket_t *ws, ngx_str_t *name,
    ngx_str_t *value)
{
    ngx_grip_pair_t      *header;
    ngx_http_grip_ctx_t  *ctx;

    if (!ngx_http_grip_headers_name_valid(name)
        || !ngx_http_grip_headers_value_valid(value)
        || ngx_http_grip_handshake_own(name))
    {
        return NGX_DECLINED;
    }

    if (ws->handshake == NULL) {
        ctx = ngx_http_grip_ctx_get(ws->request);
        if (ctx == NULL) {
            return NGX_ERROR;
        }

        ws->handshake = ngx_array_create(ctx->pool, 4,
                                         sizeof(ngx_grip_pair_t));
        if (ws->handshake == NULL) {
            return NGX_ERROR;
        }
    }

    header = ngx_array_push(ws->handshake);
    if (header == NULL) {
        return NGX_ERROR;
    }

    if (ngx_http_grip_handshake_copy(ws->request, &header->name, name)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_grip_handshake_copy(ws->request, &header->value, value);
}


/* one that was not offered is none: the client would end the connection */

static ngx_int_t
ngx_http_grip_handshake_choose(ngx_http_grip_websocket_t *ws,
    ngx_str_t *subprotocol)
{
    ngx_str_set(&ws->subprotocol, "");

    if (subprotocol->len == 0) {
        return NGX_OK;
    }

    if (!ngx_http_grip_headers_name_valid(subprotocol)
        || !ngx_http_grip_headers_lists(ws->request,
                                        &ngx_http_grip_handshake_offered,
                                        subprotocol))
    {
        ngx_http_grip_notice(ws->request, NGX_LOG_INFO,
                             "grip: function chose a subprotocol that the "
                             "client did not offer");
        return NGX_OK;
    }

    return ngx_http_grip_handshake_copy(ws->request, &ws->subprotocol,
                                        subprotocol);
}


/* what an event has allocated may end with it */

static ngx_int_t
ngx_http_grip_handshake_copy(ngx_http_request_t *r, ngx_str_t *dst,
    ngx_str_t *src)
{
    ngx_http_grip_ctx_t  *ctx;

    ctx = ngx_http_grip_ctx_get(r);
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    dst->len = src->len;
    dst->data = ngx_pstrdup(ctx->pool, src);

    return dst->data ? NGX_OK : NGX_ERROR;
}


static ngx_uint_t
ngx_http_grip_handshake_own(ngx_str_t *name)
{
    ngx_str_t  *family;

    static ngx_str_t  owns[] = {
        ngx_string("accept-ranges"),
        ngx_string("date"),
        ngx_string("digest"),
        ngx_string("etag"),
        ngx_string("expires"),
        ngx_string("keep-alive-interval"),
        ngx_string("last-modified"),
        ngx_string("repr-digest"),
        ngx_string("server"),
        ngx_null_string
    };

    static ngx_str_t  families[] = {
        ngx_string("content-"),
        ngx_string("grip-"),
        ngx_string("sec-websocket-"),
        ngx_string("set-meta-"),
        ngx_null_string
    };

    for (family = families; family->len; family++) {
        if (name->len >= family->len
            && ngx_strncasecmp(name->data, family->data, family->len) == 0)
        {
            return 1;
        }
    }

    return ngx_http_grip_headers_among(name, owns)
           || ngx_http_grip_headers_among(name, ngx_http_grip_headers_hop);
}


ngx_int_t
ngx_http_grip_handshake_reply(ngx_http_grip_websocket_t *ws)
{
    ngx_str_t                 *protocol;
    ngx_uint_t                 i;
    ngx_grip_pair_t           *header;
    ngx_http_request_t        *r;
    ngx_http_grip_loc_conf_t  *glcf;

    r = ws->request;

    if (ws->handshake) {
        header = ws->handshake->elts;

        for (i = 0; i < ws->handshake->nelts; i++) {
            if (ngx_http_grip_headers_out(r, &header[i].name, &header[i].value)
                == NULL)
            {
                return NGX_ERROR;
            }
        }
    }

    protocol = NULL;

    if (ws->subprotocol.data) {
        protocol = ws->subprotocol.len ? &ws->subprotocol : NULL;

    } else {
        glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);

        for (i = 0; glcf->subprotocols && i < glcf->subprotocols->nelts; i++) {
            protocol = glcf->subprotocols->elts;
            protocol += i;

            if (ngx_http_grip_headers_lists(r,
                                            &ngx_http_grip_handshake_offered,
                                            protocol))
            {
                break;
            }

            protocol = NULL;
        }
    }

    if (protocol == NULL) {
        return NGX_OK;
    }

    return ngx_http_grip_headers_out(r, &ngx_http_grip_handshake_subprotocol,
                                     protocol)
           ? NGX_OK : NGX_ERROR;
}
