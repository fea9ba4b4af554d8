
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The contract of WebSocket APIs of AWS API Gateway.
 */


#ifndef _NGX_HTTP_GRIP_FUNCTION_API_GATEWAY_H_INCLUDED_
#define _NGX_HTTP_GRIP_FUNCTION_API_GATEWAY_H_INCLUDED_


#include "function/ngx_http_grip_function.h"


/* what AWS does about a function that failed; returns as an action does */
ngx_int_t ngx_http_grip_function_api_gateway_failed(
    ngx_http_grip_function_t *fn);


#endif /* _NGX_HTTP_GRIP_FUNCTION_API_GATEWAY_H_INCLUDED_ */
