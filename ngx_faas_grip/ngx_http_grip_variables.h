
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

/* makes the text, which is not copied, the value; NULL: it is not found */
ngx_int_t ngx_http_grip_variable_set(ngx_http_variable_value_t *v,
    ngx_str_t *text);


#endif /* _NGX_HTTP_GRIP_VARIABLES_H_INCLUDED_ */
