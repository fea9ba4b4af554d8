
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The headers of a hold that say where it goes on.
 */


#include "hold/ngx_http_grip_hold_resume.h"
#include "proxy/ngx_http_grip_proxy.h"
#include "request/ngx_http_grip_headers.h"
#include "text/ngx_grip_percent.h"


static ngx_int_t ngx_http_grip_hold_link_value(ngx_http_request_t *r,
    ngx_http_grip_value_t *link, ngx_str_t *kept, const char *rel,
    time_t timeout);
static ngx_int_t ngx_http_grip_hold_link_uri(ngx_http_request_t *r,
    ngx_str_t *uri, const char *rel, time_t timeout);


static ngx_str_t  ngx_http_grip_link_name = ngx_string("Grip-Link");


/* what the answer to a link replaces, or could not know */

ngx_uint_t
ngx_http_grip_hold_headers_link_spoilt(ngx_http_request_t *r)
{
    ngx_table_elt_t          *h;
    ngx_http_grip_headers_t   hs;

    static ngx_str_t  names[] = {
        ngx_string("grip-channel"),
        ngx_string("grip-hold"),
        ngx_string("grip-keep-alive"),
        ngx_string("grip-link"),
        ngx_string("grip-set-meta"),
        ngx_null_string
    };

    ngx_http_grip_headers_init(&hs, &r->headers_out.headers);

    while ((h = ngx_http_grip_headers_next(&hs)) != NULL) {

        if (h->hash && ngx_http_grip_headers_among(&h->key, names)) {
            ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                          "grip: held without history: the response has "
                          "a \"%V\" of its own", &h->key);
            return 1;
        }
    }

    return 0;
}


/* a proxy that does not know of "gone" would refuse the response */

ngx_int_t
ngx_http_grip_hold_headers_links(ngx_http_request_t *r,
    ngx_http_grip_hold_conf_t *hold)
{
    ngx_str_t            *kept;
    ngx_http_grip_ctx_t  *ctx;

    static ngx_str_t  features = ngx_string("grip-feature");
    static ngx_str_t  gone = ngx_string("link:gone");

    if (ngx_http_grip_hold_headers_sent(r, &ngx_http_grip_link_name)) {
        return NGX_OK;
    }

    ctx = ngx_http_grip_ctx_find(r);

    if (ctx && ctx->resume
        && ngx_http_grip_hold_headers_link_resume(r, ctx->resume) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (hold->link
        && ngx_http_grip_hold_link_value(r, hold->link, NULL, "next",
                                         hold->link_timeout)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (hold->gone == NULL) {
        return NGX_OK;
    }

    if (!ngx_http_grip_headers_lists(r, &features, &gone)) {
        return NGX_OK;
    }

    kept = (ctx && ctx->resume && ctx->resume->link.len) ? &ctx->resume->gone
                                                         : NULL;

    return ngx_http_grip_hold_link_value(r, hold->gone, kept, "gone", 0);
}


ngx_int_t
ngx_http_grip_hold_headers_link_kept(ngx_http_request_t *r,
    ngx_http_grip_value_t *value, ngx_str_t *kept, ngx_str_t *text)
{
    if (kept == NULL || ngx_http_grip_value_literal(value)) {
        return ngx_http_grip_value_get(r, value, text);
    }

    *text = *kept;

    return NGX_OK;
}


/*
 * Where a stream goes on that has a history, and where a response is.  A link
 * of ours has no character that needs an encoding.
 */

ngx_int_t
ngx_http_grip_hold_headers_link_resume(ngx_http_request_t *r,
    ngx_http_grip_resume_t *resume)
{
    u_char                    *p;
    ngx_str_t                  value, *params;
    ngx_table_elt_t           *h;
    ngx_http_grip_headers_t    hs;
    ngx_http_grip_srv_conf_t  *gscf;

    static ngx_str_t  page = ngx_string(">; rel=next");
    static ngx_str_t  last_id = ngx_string("Last-Event-ID");

    if (resume->link.len == 0) {

        ngx_http_grip_headers_init(&hs, &r->headers_out.headers);

        while ((h = ngx_http_grip_headers_find_out(&hs, &last_id)) != NULL) {
            h->hash = 0;
        }

        return ngx_http_grip_headers_out(r, &last_id, &resume->position)
               ? NGX_OK : NGX_ERROR;
    }

    gscf = ngx_http_get_module_srv_conf(r, ngx_http_faas_grip_module);

    params = resume->more ? &page : &gscf->history_link_params;

    value.len = 1 + resume->link.len + params->len;
    value.data = ngx_pnalloc(r->pool, value.len);
    if (value.data == NULL) {
        return NGX_ERROR;
    }

    p = value.data;
    *p++ = '<';
    p = ngx_cpymem(p, resume->link.data, resume->link.len);
    ngx_memcpy(p, params->data, params->len);

    return ngx_http_grip_headers_out(r, &ngx_http_grip_link_name, &value)
           ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_http_grip_hold_link_value(ngx_http_request_t *r,
    ngx_http_grip_value_t *link, ngx_str_t *kept, const char *rel,
    time_t timeout)
{
    ngx_str_t  uri;

    if (ngx_http_grip_hold_headers_link_kept(r, link, kept, &uri) != NGX_OK) {
        return NGX_ERROR;
    }

    if (uri.len == 0) {
        ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                      "grip: \"grip_link\" skipped: no URI");
        return NGX_OK;
    }

    return ngx_http_grip_hold_link_uri(r, &uri, rel, timeout);
}


static ngx_int_t
ngx_http_grip_hold_link_uri(ngx_http_request_t *r, ngx_str_t *uri,
    const char *rel, time_t timeout)
{
    size_t      len;
    u_char     *p;
    ngx_str_t   value;

    /* the proxy splits the header at these before it looks for "<" */

    len = ngx_grip_percent_uri(NULL, uri, ",;");

    value.data = ngx_pnalloc(r->pool, sizeof("<>; rel=next; timeout=") - 1
                                      + len + NGX_TIME_T_LEN);
    if (value.data == NULL) {
        return NGX_ERROR;
    }

    p = value.data;
    *p++ = '<';

    (void) ngx_grip_percent_uri(p, uri, ",;");
    p += len;

    p = ngx_sprintf(p, ">; rel=%s", rel);

    if (timeout) {
        p = ngx_sprintf(p, "; timeout=%T", timeout);
    }

    value.len = p - value.data;

    return ngx_http_grip_headers_out(r, &ngx_http_grip_link_name, &value)
           ? NGX_OK : NGX_ERROR;
}
