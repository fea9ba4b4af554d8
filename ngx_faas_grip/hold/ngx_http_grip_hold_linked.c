
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Links of resumable holds, as the proxy requests them: before anything of the
 * server is done with the request, which is nobody's and has no login.
 */


#include "hold/ngx_http_grip_hold_resume.h"
#include "proxy/ngx_http_grip_proxy.h"
#include "request/ngx_http_grip_content.h"
#include "request/ngx_http_grip_last_id.h"
#include "verify/ngx_http_grip_verify.h"


static ngx_int_t ngx_http_grip_hold_linked_end(ngx_http_request_t *r,
    ngx_http_grip_ctx_t *ctx);


ngx_int_t
ngx_http_grip_hold_linked(ngx_http_request_t *r)
{
    ngx_int_t                  rc;
    ngx_str_t                  page, id;
    ngx_http_grip_ctx_t       *ctx;
    ngx_http_grip_resume_t    *resume;
    ngx_grip_history_query_t   query;
    ngx_http_grip_srv_conf_t  *gscf;

    gscf = ngx_http_get_module_srv_conf(r, ngx_http_faas_grip_module);

    if (gscf->history_holds == NULL
        || r != r->main
        || r->internal
        || r->uri.len <= gscf->history_link.len
        || ngx_memcmp(r->uri.data, gscf->history_link.data,
                      gscf->history_link.len)
           != 0)
    {
        return NGX_DECLINED;
    }

    ctx = ngx_http_grip_ctx_get(r);
    resume = ngx_pcalloc(r->pool, sizeof(ngx_http_grip_resume_t));

    if (ctx == NULL || resume == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (r->method != NGX_HTTP_GET) {
        return NGX_HTTP_NOT_FOUND;
    }

    rc = ngx_http_grip_hold_link_read(r, resume, &page);

    if (rc == NGX_HTTP_NOT_FOUND && ngx_http_grip_verify_trusted(r) == NGX_OK) {
        return ngx_http_grip_hold_linked_end(r, ctx);
    }

    if (rc != NGX_OK) {
        return rc;
    }

    ngx_memzero(&query, sizeof(ngx_grip_history_query_t));

    query.channel = resume->channel;

    if (page.len) {
        id = page;
        query.told = 1;

    } else if (ngx_http_grip_last_id_of(r, &resume->channel, &id) != NGX_OK) {
        id.len = 0;
    }

    if (id.len) {
        query.resumed = 1;
        query.foreign = (ngx_grip_history_id_read(&query.from, &id) != NGX_OK);
    }

    resume->quiet = 1;

    if (ngx_http_grip_hold_resume_read(r, resume, &query) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (page.len == 0 && !resume->more) {

        /* the link of a hold is always the same, and is signed */

        resume->link = r->uri;

    } else if (ngx_http_grip_hold_link_write(r, resume) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ctx->resume = resume;

    return ngx_http_grip_hold_resume_send(r, resume);
}


/*
 * A link that is not known, any more, ends its stream, whose client comes back
 * then.  The proxy does that at once after an empty answer without a link,
 * where it would ask five times more for what is not found.
 */

static ngx_int_t
ngx_http_grip_hold_linked_end(ngx_http_request_t *r, ngx_http_grip_ctx_t *ctx)
{
    ngx_int_t  rc;
    ngx_str_t  body;

    static ngx_str_t  type = ngx_string("text/plain");

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    /* nor does a server with a hold of its own hold it */

    ctx->held = 1;

    ngx_str_null(&body);

    return ngx_http_grip_content_send(r, NGX_HTTP_OK, &type, &body);
}
