
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The differences between versions of nginx; "nginx_version" stands here and
 * nowhere else.
 */


#ifndef _NGX_HTTP_GRIP_COMPAT_H_INCLUDED_
#define _NGX_HTTP_GRIP_COMPAT_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


/* headers of one name are linked since 1.23.0 */

#if (nginx_version >= 1023000)
#define ngx_http_grip_table_elt_last(h)  (h)->next = NULL
#else
#define ngx_http_grip_table_elt_last(h)
#endif


/* what follows "keepalive_min_timeout", since 1.27.4 */

#if (nginx_version >= 1027004)
#define ngx_http_grip_keepalive_rest(hc)  (hc)->keepalive_timeout
#else
#define ngx_http_grip_keepalive_rest(hc)  ((void) (hc), 0)
#endif


#endif /* _NGX_HTTP_GRIP_COMPAT_H_INCLUDED_ */
