
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Variables that are the text of another one, escaped for where it is put.
 */


#ifndef _NGX_HTTP_GRIP_ESCAPE_H_INCLUDED_
#define _NGX_HTTP_GRIP_ESCAPE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


/* the getter of $grip_escaped_NAME, data is the variable's name */
ngx_int_t ngx_http_grip_escape_json(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);

/* the getter of $grip_uri_NAME, likewise */
ngx_int_t ngx_http_grip_escape_uri(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);

/*
 * Makes those of an unknown $NAME an error, which nginx logs; for
 * postconfiguration.
 */
ngx_int_t ngx_http_grip_escape_check(ngx_conf_t *cf);


#endif /* _NGX_HTTP_GRIP_ESCAPE_H_INCLUDED_ */
