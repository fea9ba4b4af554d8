
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#ifndef _NGX_HTTP_GRIP_SUBREQUEST_H_INCLUDED_
#define _NGX_HTTP_GRIP_SUBREQUEST_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


/*
 * ngx_http_subrequest(), which when it fails leaves the request as it was, so
 * that its pool can be given back and the request go on: nginx may have counted
 * the subrequest, and made it the active one.  "posted" is of the caller, and
 * lives until the subrequest runs.  NGX_ERROR: nothing was started.
 */
ngx_int_t ngx_http_grip_subrequest(ngx_http_request_t *r, ngx_str_t *uri,
    ngx_str_t *args, ngx_http_request_t **sr, ngx_http_post_subrequest_t *ps,
    ngx_uint_t flags, ngx_http_posted_request_t *posted);


#endif /* _NGX_HTTP_GRIP_SUBREQUEST_H_INCLUDED_ */
