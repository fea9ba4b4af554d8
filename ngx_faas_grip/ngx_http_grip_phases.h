
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#ifndef _NGX_HTTP_GRIP_PHASES_H_INCLUDED_
#define _NGX_HTTP_GRIP_PHASES_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


/*
 * Once all is read: checks what could not be checked before, and puts the
 * module into the phases and the filters of nginx, if some location uses it.
 */
ngx_int_t ngx_http_grip_phases_init(ngx_conf_t *cf);


#endif /* _NGX_HTTP_GRIP_PHASES_H_INCLUDED_ */
