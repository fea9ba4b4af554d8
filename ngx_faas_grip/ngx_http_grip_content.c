
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * What content handlers of ours share.
 */


#include "ngx_http_grip_content.h"


static ngx_int_t ngx_http_grip_content_join(ngx_http_request_body_t *rb);
static ngx_int_t ngx_http_grip_content_copy(ngx_http_request_t *r,
    size_t size);


char *
ngx_http_grip_content_handler(ngx_conf_t *cf, ngx_http_grip_loc_conf_t *glcf,
    ngx_http_handler_pt handler)
{
    ngx_str_t                  *value;
    ngx_http_core_loc_conf_t   *clcf;
    ngx_http_grip_main_conf_t  *gmcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->handler) {
        return "conflicts with another content handler of the location";
    }

    clcf->handler = handler;

    value = cf->args->elts;

    glcf->handler = handler;
    glcf->handler_name = (const char *) value[0].data;
    glcf->handler_file = cf->conf_file->file.name.data;
    glcf->handler_line = cf->conf_file->line;

    gmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_faas_grip_module);
    gmcf->used = 1;

    return NGX_CONF_OK;
}


char *
ngx_http_grip_content_merge(ngx_conf_t *cf, ngx_http_grip_loc_conf_t *prev,
    ngx_http_grip_loc_conf_t *conf)
{
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (conf->handler && clcf->handler != conf->handler) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"%s\" conflicts with another content handler of the "
                      "location in %s:%ui", conf->handler_name,
                      conf->handler_file, conf->handler_line);
        return NGX_CONF_ERROR;
    }

    if (clcf->noname && clcf->handler == NULL && prev->handler) {
        conf->handler = prev->handler;
        conf->handler_name = prev->handler_name;
        conf->handler_file = prev->handler_file;
        conf->handler_line = prev->handler_line;
        conf->websocket = prev->websocket;
        conf->inherited = 1;

        /* an "if" block keeps the handler that the location has set */

        if (clcf->lmt_excpt) {
            clcf->handler = prev->handler;
        }
    }

    return NGX_CONF_OK;
}


/*
 * nginx may have the body in several buffers, or in a temporary file,
 * "request_body_in_single_buf" notwithstanding (ngx_http_request_body.c).
 * Joined once, it stays so: its second reader finds it where the first did.
 */

ngx_int_t
ngx_http_grip_content_body(ngx_http_request_t *r, ngx_str_t *body)
{
    size_t        size;
    ngx_chain_t  *cl, *bufs;

    bufs = r->request_body ? r->request_body->bufs : NULL;

    size = 0;

    for (cl = bufs; cl; cl = cl->next) {
        size += (size_t) ngx_buf_size(cl->buf);
    }

    if (size == 0) {
        ngx_str_set(body, "");
        return NGX_OK;
    }

    if ((bufs->next || bufs->buf->in_file)
        && ngx_http_grip_content_join(r->request_body) != NGX_OK
        && ngx_http_grip_content_copy(r, size) != NGX_OK)
    {
        return NGX_ERROR;
    }

    body->len = size;
    body->data = r->request_body->bufs->buf->pos;

    return NGX_OK;
}


/*
 * What came with the request header is a buffer of its own.  The other one
 * follows it if the header buffer has room for both; else, for a body "in a
 * single buffer", nginx makes it large enough to hold both, and leaves it at
 * that (ngx_http_request_body.c).  A copy would take as much memory again.
 */

static ngx_int_t
ngx_http_grip_content_join(ngx_http_request_body_t *rb)
{
    size_t      len;
    ngx_buf_t  *first, *b;

    if (rb->bufs->next == NULL || rb->bufs->next->next
        || rb->buf == NULL)
    {
        return NGX_DECLINED;
    }

    first = rb->bufs->buf;
    b = rb->bufs->next->buf;

    if (first->in_file || b->in_file) {
        return NGX_DECLINED;
    }

    len = first->last - first->pos;

    if (first->last == b->pos) {
        b->pos = first->pos;

    } else if (b->start == rb->buf->start
               && len <= (size_t) (rb->buf->end - b->last))
    {
        ngx_memmove(b->pos + len, b->pos, b->last - b->pos);
        ngx_memcpy(b->pos, first->pos, len);
        b->last += len;

    } else {
        return NGX_DECLINED;
    }

    rb->bufs = rb->bufs->next;

    return NGX_OK;
}


static ngx_int_t
ngx_http_grip_content_copy(ngx_http_request_t *r, size_t size)
{
    ssize_t       n;
    ngx_buf_t    *b, *copy;
    ngx_chain_t  *cl, *joined;

    joined = ngx_alloc_chain_link(r->pool);
    copy = ngx_create_temp_buf(r->pool, size);

    if (joined == NULL || copy == NULL) {
        return NGX_ERROR;
    }

    for (cl = r->request_body->bufs; cl; cl = cl->next) {
        b = cl->buf;

        if (!b->in_file) {
            copy->last = ngx_cpymem(copy->last, b->pos, b->last - b->pos);
            continue;
        }

        size = (size_t) (b->file_last - b->file_pos);

        n = ngx_read_file(b->file, copy->last, size, b->file_pos);

        if (n != (ssize_t) size) {
            ngx_log_error(NGX_LOG_CRIT, r->connection->log, 0,
                          "grip: request body could not be read back from "
                          "\"%V\"", &b->file->name);
            return NGX_ERROR;
        }

        copy->last += n;
    }

    joined->buf = copy;
    joined->next = NULL;

    r->request_body->bufs = joined;

    return NGX_OK;
}
