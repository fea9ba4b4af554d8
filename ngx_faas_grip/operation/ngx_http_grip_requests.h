
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Requests, counted when they are logged, and zones, measured when asked for.
 */


#ifndef _NGX_HTTP_GRIP_REQUESTS_H_INCLUDED_
#define _NGX_HTTP_GRIP_REQUESTS_H_INCLUDED_


#include "request/ngx_http_grip.h"


/* makes the series of a location that does something of ours */
ngx_int_t ngx_http_grip_requests_merge(ngx_conf_t *cf,
    ngx_http_grip_loc_conf_t *conf);

/* makes the series of zones, and counts from now on; for postconfiguration */
ngx_int_t ngx_http_grip_requests_init(ngx_conf_t *cf);


#endif /* _NGX_HTTP_GRIP_REQUESTS_H_INCLUDED_ */
