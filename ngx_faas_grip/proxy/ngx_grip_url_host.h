
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#ifndef _NGX_GRIP_URL_HOST_H_INCLUDED_
#define _NGX_GRIP_URL_HOST_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "proxy/ngx_grip_url.h"


/*
 * Reads host[:port] of a URL whose port is already that of its scheme:
 * sets host (in lower case, in place), host_header, loopback, and port and
 * has_port if there is one.  NGX_ERROR: *err is a literal that says why.
 */
ngx_int_t ngx_grip_url_host_read(ngx_grip_url_t *url, ngx_str_t *text,
    const char **err);


#endif /* _NGX_GRIP_URL_HOST_H_INCLUDED_ */
