
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#ifndef _NGX_HTTP_GRIP_DETACHED_COPY_H_INCLUDED_
#define _NGX_HTTP_GRIP_DETACHED_COPY_H_INCLUDED_


#include "request/ngx_http_grip.h"


/* bytes: all that is ours, and most of what nginx needs for a subrequest */
#define NGX_HTTP_GRIP_DETACHED_POOL    4096


/*
 * Copies into the request mr, which has a connection and a pool of its own and
 * is zeroed else, what subrequests may ask of r and of its connection; nothing
 * refers to their memory then.  NGX_ERROR: memory is out.
 */
ngx_int_t ngx_http_grip_detached_copy(ngx_http_request_t *mr,
    ngx_http_request_t *r);

/* copies a string; data is NULL in both then, or a NUL follows */
ngx_int_t ngx_http_grip_detached_copy_str(ngx_pool_t *pool, ngx_str_t *dst,
    ngx_str_t *src);


#endif /* _NGX_HTTP_GRIP_DETACHED_COPY_H_INCLUDED_ */
