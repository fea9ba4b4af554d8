
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Events of WebSocket APIs of AWS API Gateway, as a Lambda function gets them.
 */


#ifndef _NGX_GRIP_API_GATEWAY_H_INCLUDED_
#define _NGX_GRIP_API_GATEWAY_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "text/ngx_grip_pair.h"


typedef enum {
    NGX_GRIP_API_GATEWAY_CONNECT = 0,
    NGX_GRIP_API_GATEWAY_MESSAGE,
    NGX_GRIP_API_GATEWAY_DISCONNECT
} ngx_grip_api_gateway_type_e;


/* texts are UTF-8, and absent if they are empty, unless it says otherwise */

typedef struct {
    ngx_grip_api_gateway_type_e   type;
    ngx_str_t                     route;
    ngx_str_t                     id;            /* of the event */
    ngx_str_t                     message_id;    /* MESSAGE */
    ngx_str_t                     connection;
    ngx_str_t                     connected_at;  /* milliseconds, in digits */
    ngx_str_t                     domain;
    ngx_str_t                     stage;
    ngx_str_t                     api;
    ngx_str_t                     source;        /* the client's address */
    ngx_str_t                     agent;
    time_t                        sec;           /* when it came */
    ngx_uint_t                    msec;

    ngx_grip_pair_t              *headers;       /* CONNECT, any bytes */
    ngx_uint_t                    nheaders;
    ngx_str_t                     query;         /* CONNECT, as it came */
    ngx_str_t                     host;          /* DISCONNECT */

    ngx_grip_pair_t              *variables;     /* of the stage */
    ngx_uint_t                    nvariables;
    ngx_str_t                     authorizer;    /* written as a query */

    ngx_uint_t                    code;          /* DISCONNECT */
    ngx_str_t                     reason;        /* never absent then */

    ngx_str_t                     body;          /* MESSAGE, never absent */
    unsigned                      binary:1;      /* as base64 */
} ngx_grip_api_gateway_t;


/*
 * Writes the event as JSON.  The caller calls free() on event->data.
 * NGX_ERROR: memory is out.
 */
ngx_int_t ngx_grip_api_gateway_event(ngx_grip_api_gateway_t *from,
    ngx_str_t *event);


#endif /* _NGX_GRIP_API_GATEWAY_H_INCLUDED_ */
