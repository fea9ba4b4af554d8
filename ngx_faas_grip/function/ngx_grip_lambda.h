
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Events and answers of AWS Lambda proxy integrations: what API Gateway and
 * Function URLs make of an HTTP request, and of what a function returns.
 */


#ifndef _NGX_GRIP_LAMBDA_H_INCLUDED_
#define _NGX_GRIP_LAMBDA_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "text/ngx_grip_pair.h"


/* the payload format of REST APIs, and that of HTTP APIs and Function URLs */
#define NGX_GRIP_LAMBDA_1_0           1
#define NGX_GRIP_LAMBDA_2_0           2

/* of an answer alone: to a message of a WebSocket, only its body counts */
#define NGX_GRIP_LAMBDA_WEBSOCKET     3


/* a member to put into an event, whatever it was, and objects on the way */

typedef struct {
    ngx_str_t                *keys;
    ngx_uint_t                nkeys;
    ngx_str_t                 value;
} ngx_grip_lambda_set_t;


typedef struct {
    ngx_str_t                 method;
    ngx_str_t                 path;          /* as it came, not decoded */
    ngx_str_t                 query;         /* the same, empty: none */
    ngx_str_t                 protocol;      /* "HTTP/1.1" */
    ngx_str_t                 host;          /* without a port */
    ngx_str_t                 source;        /* the client's address */
    ngx_str_t                 id;
    ngx_str_t                 stage;
    time_t                    sec;           /* when it came */
    ngx_uint_t                msec;

    ngx_grip_pair_t          *headers;       /* as they came, in order */
    ngx_uint_t                nheaders;

    ngx_grip_lambda_set_t    *sets;
    ngx_uint_t                nsets;

    ngx_str_t                 body;
    unsigned                  binary:1;      /* body as base64, even if it is
                                                UTF-8 */
} ngx_grip_lambda_request_t;


typedef struct {
    ngx_uint_t                status;        /* 200 - 599 */
    ngx_grip_pair_t          *headers;       /* any text, of which the caller
                                                checks what may be sent */
    ngx_uint_t                nheaders;
    ngx_str_t                 body;

    const char               *err;           /* why there is none of these, a
                                                literal, or NULL */
    ngx_str_t                 error_type;    /* the function's own words for */
    ngx_str_t                 error_message; /* it, or empty */
} ngx_grip_lambda_answer_t;


/*
 * Writes the event of the request as JSON.  Text that is not UTF-8 is taken
 * for Latin-1.  The caller calls free() on event->data.  NGX_ERROR: memory is
 * out.
 */
ngx_int_t ngx_grip_lambda_event(ngx_grip_lambda_request_t *request,
    ngx_uint_t version, ngx_str_t *event);

/*
 * Reads what the function has returned; "failed" says that the runtime has
 * marked it as an error.  The contents of the answer live as long as itself and
 * the text.  NULL: memory is out.
 */
ngx_grip_lambda_answer_t *ngx_grip_lambda_answer_read(ngx_str_t *text,
    ngx_uint_t version, ngx_uint_t failed);

void ngx_grip_lambda_answer_free(ngx_grip_lambda_answer_t *answer);


#endif /* _NGX_GRIP_LAMBDA_H_INCLUDED_ */
