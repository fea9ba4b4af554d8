
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#ifndef _NGX_HTTP_GRIP_JSON_H_INCLUDED_
#define _NGX_HTTP_GRIP_JSON_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


/* the "grip_json_set" directive */
char *ngx_http_grip_json_set(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/* the getter of $grip_escaped_NAME, data is the variable's name */
ngx_int_t ngx_http_grip_escaped_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);


/*
 * Makes $grip_escaped_NAME of an unknown $NAME an error; for postconfiguration.
 */
ngx_int_t ngx_http_grip_escaped_check(ngx_conf_t *cf);


#endif /* _NGX_HTTP_GRIP_JSON_H_INCLUDED_ */
