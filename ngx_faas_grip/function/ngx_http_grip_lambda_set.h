
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

/* whether a header of the client is one that functions get */
typedef ngx_uint_t (*ngx_http_grip_lambda_set_passes_pt)(
    ngx_http_request_t *r, ngx_table_elt_t *h);

/*
 * The members of an event that "grip_lambda_set" sets.  NGX_ERROR: memory is
 * out.
 */
ngx_int_t ngx_http_grip_lambda_set_values(ngx_http_request_t *r,
    ngx_grip_lambda_request_t *request);

/*
 * Gathers the headers of an event, as ngx_grip_pair_t: those of the client that
 * pass, unless "grip_lambda_set" takes their place, and its own behind them.
 * NULL: memory is out.
 */
ngx_array_t *ngx_http_grip_lambda_set_headers(ngx_http_request_t *r,
    ngx_http_grip_lambda_set_passes_pt passes);


#endif /* _NGX_HTTP_GRIP_LAMBDA_SET_H_INCLUDED_ */
