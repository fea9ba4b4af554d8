
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The contracts of functions that handle events: plain, where the message is
 * the body, JSON, and that of API Gateway.
 */


#ifndef _NGX_HTTP_GRIP_FUNCTION_H_INCLUDED_
#define _NGX_HTTP_GRIP_FUNCTION_H_INCLUDED_


#include "action/ngx_http_grip_action.h"
#include "function/ngx_http_grip_call.h"


typedef struct {
    ngx_http_grip_call_t         call;
    ngx_http_grip_websocket_t   *websocket;
    ngx_uint_t                   on_error;
    ngx_uint_t                   contract;
    ngx_uint_t                   detached;       /* a flag: whatever comes of
                                                    it changes nothing */
    ngx_str_t                    route;          /* api-gateway: its key, */
    ngx_uint_t                   reply;          /* a flag, and */
    ngx_str_t                    id;             /* that of the event */
} ngx_http_grip_function_t;


/*
 * Makes the request of the call.  NGX_ERROR: memory is out.
 */
ngx_int_t ngx_http_grip_function_plain_request(ngx_http_grip_function_t *fn);
ngx_int_t ngx_http_grip_function_json_request(ngx_http_grip_function_t *fn);
ngx_int_t ngx_http_grip_function_api_gateway_request(
    ngx_http_grip_function_t *fn);

/*
 * Does what the answer, of a status 2xx, asks for.  Returns as an action
 * does, or NGX_DECLINED: the answer is not to be understood, which was logged
 * at error, and nothing was done.
 */
ngx_int_t ngx_http_grip_function_plain_answer(ngx_http_grip_function_t *fn);
ngx_int_t ngx_http_grip_function_json_answer(ngx_http_grip_function_t *fn);
ngx_int_t ngx_http_grip_function_api_gateway_answer(
    ngx_http_grip_function_t *fn);

/*
 * Decodes a JSON answer into an array of ngx_http_grip_action_t: NGX_OK,
 * NGX_DECLINED and NGX_ERROR as above.
 */
ngx_int_t ngx_http_grip_function_actions_read(ngx_http_grip_function_t *fn,
    ngx_array_t *actions);


#endif /* _NGX_HTTP_GRIP_FUNCTION_H_INCLUDED_ */
