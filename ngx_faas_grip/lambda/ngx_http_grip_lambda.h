
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * A location whose requests are the events of a Lambda function.
 */


#ifndef _NGX_HTTP_GRIP_LAMBDA_H_INCLUDED_
#define _NGX_HTTP_GRIP_LAMBDA_H_INCLUDED_


#include "function/ngx_grip_lambda.h"
#include "function/ngx_http_grip_call.h"
#include "function/ngx_http_grip_lambda_set.h"
#include "request/ngx_http_grip.h"


struct ngx_http_grip_lambda_conf_s {
    ngx_http_grip_value_t       *uri;            /* NULL: none here */
    ngx_str_t                    target;         /* the same, as written */
    ngx_http_grip_call_metrics_t *metrics;       /* of its calls, or NULL */
    ngx_uint_t                   version;        /* NGX_GRIP_LAMBDA_* */
    ngx_int_t                    request_id;     /* index of the variable */
    ngx_array_t                 *binary_types;   /* ngx_str_t */
};


typedef struct {
    ngx_http_request_t          *request;
    ngx_http_grip_websocket_t   *websocket;      /* NULL: a plain request */
    ngx_http_grip_call_t         call;
    ngx_grip_lambda_answer_t    *answer;
    ngx_uint_t                   responded;      /* a flag: to an OPEN, by
                                                    what holds no events */
} ngx_http_grip_lambda_t;


/* the directives */
char *ngx_http_grip_lambda_conf_location(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_grip_lambda_conf_binary_types(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);

ngx_http_grip_lambda_conf_t *ngx_http_grip_lambda_conf_create(ngx_conf_t *cf);
void ngx_http_grip_lambda_conf_merge(ngx_http_grip_loc_conf_t *prev,
    ngx_http_grip_loc_conf_t *conf);

/* the content handler of "grip_lambda" */
ngx_int_t ngx_http_grip_lambda_handler(ngx_http_request_t *r);

/*
 * Sets *event to the event of the request with that body; it lives as long
 * as the request.  NGX_ERROR: memory is out.
 */
ngx_int_t ngx_http_grip_lambda_event(ngx_http_request_t *r, ngx_str_t *body,
    ngx_str_t *event);

/*
 * Sends what the function has answered, as it is, and returns the status to
 * finalize the request with.
 */
ngx_int_t ngx_http_grip_lambda_response_send(ngx_http_grip_lambda_t *lambda);

/* adds the response's own headers, but for Content-Type */
ngx_int_t ngx_http_grip_lambda_response_headers(ngx_http_grip_lambda_t *lambda);

/* the response's Content-Type, or NULL */
ngx_str_t *ngx_http_grip_lambda_response_type(ngx_grip_lambda_answer_t *answer);

/*
 * Adds the events of the response to the answer.  NGX_DECLINED: they are no
 * answer to those of the request, which was logged.  NGX_ERROR: memory is out.
 */
ngx_int_t ngx_http_grip_lambda_websocket_events(ngx_http_grip_lambda_t *lambda);


#endif /* _NGX_HTTP_GRIP_LAMBDA_H_INCLUDED_ */
