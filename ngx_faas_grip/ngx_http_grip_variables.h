
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#ifndef _NGX_HTTP_GRIP_VARIABLES_H_INCLUDED_
#define _NGX_HTTP_GRIP_VARIABLES_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


/* adds the $grip_* variables; for preconfiguration */
ngx_int_t ngx_http_grip_variables_add(ngx_conf_t *cf);


#endif /* _NGX_HTTP_GRIP_VARIABLES_H_INCLUDED_ */
