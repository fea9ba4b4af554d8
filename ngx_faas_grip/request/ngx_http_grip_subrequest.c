
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include "request/ngx_http_grip_subrequest.h"


ngx_int_t
ngx_http_grip_subrequest(ngx_http_request_t *r, ngx_str_t *uri,
    ngx_str_t *args, ngx_http_request_t **sr, ngx_http_post_subrequest_t *ps,
    ngx_uint_t flags, ngx_http_posted_request_t *posted)
{
    void  *active;

    active = r->connection->data;
    *sr = NULL;

    if (ngx_http_subrequest(r, uri, args, sr, ps, flags) == NGX_OK) {
        return NGX_OK;
    }

    if (*sr == NULL) {
        r->connection->data = active;
        return NGX_ERROR;
    }

    /* it is complete, and only what it would be posted by was missing */

    return ngx_http_post_request(*sr, posted);
}
