
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * "grip_lambda_set": what nginx puts into the events of a function.
 */


#ifndef _NGX_HTTP_GRIP_LAMBDA_SET_H_INCLUDED_
#define _NGX_HTTP_GRIP_LAMBDA_SET_H_INCLUDED_


#include "function/ngx_grip_lambda.h"
#include "request/ngx_http_grip.h"
#include "request/ngx_http_grip_value.h"


/* a "grip_lambda_set" line */

typedef struct {
    ngx_str_t                    path;
    ngx_str_t                    header;         /* its name, or empty */
    ngx_array_t                  keys;           /* ngx_str_t */
    ngx_http_grip_value_t        value;
} ngx_http_grip_lambda_set_t;


/* the directive */
char *ngx_http_grip_lambda_set(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/*
 * What "grip_lambda_set" says of an event: its members; its headers, behind
 * those of the client; whether one takes the place of the client's.
 * NGX_ERROR: memory is out.
 */
ngx_int_t ngx_http_grip_lambda_set_values(ngx_http_request_t *r,
    ngx_grip_lambda_request_t *request);
ngx_int_t ngx_http_grip_lambda_set_headers(ngx_http_request_t *r,
    ngx_array_t *headers);
ngx_uint_t ngx_http_grip_lambda_set_replaces(ngx_http_request_t *r,
    ngx_str_t *name);


#endif /* _NGX_HTTP_GRIP_LAMBDA_SET_H_INCLUDED_ */
