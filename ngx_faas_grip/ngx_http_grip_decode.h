
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * What the decoders of actions share.  For files that know jansson.
 */


#ifndef _NGX_HTTP_GRIP_DECODE_H_INCLUDED_
#define _NGX_HTTP_GRIP_DECODE_H_INCLUDED_


#include <jansson.h>

#include "ngx_http_grip_action.h"


typedef struct {
    ngx_http_grip_websocket_t   *ws;
    ngx_array_t                 *actions;        /* ngx_http_grip_action_t */
    const char                  *action;         /* being decoded */
    const char                  *member;         /* at fault, or NULL */
    const char                  *err;            /* what is wrong with it */
} ngx_http_grip_decoder_t;


/*
 * All return NGX_OK, NGX_DECLINED after setting err (and member), or
 * NGX_ERROR if memory is out.  Texts are copied to the request's pool.
 */

/* an object that has no members but those */
ngx_int_t ngx_http_grip_decode_object(ngx_http_grip_decoder_t *dec,
    json_t *value, const char **members);

/* a string; one of base64 */
ngx_int_t ngx_http_grip_decode_string(ngx_http_grip_decoder_t *dec,
    json_t *value, ngx_str_t *text);
ngx_int_t ngx_http_grip_decode_base64(ngx_http_grip_decoder_t *dec,
    json_t *value, ngx_str_t *bytes);

/* a member, left as it is if absent: a string, an integer */
ngx_int_t ngx_http_grip_decode_member(ngx_http_grip_decoder_t *dec,
    json_t *object, const char *name, ngx_str_t *text);
ngx_int_t ngx_http_grip_decode_integer(ngx_http_grip_decoder_t *dec,
    json_t *object, const char *name, ngx_uint_t *n);

/* "content", or "content-bin", which makes the type BINARY */
ngx_int_t ngx_http_grip_decode_content(ngx_http_grip_decoder_t *dec,
    json_t *object, ngx_http_grip_action_t *action);

/* the error of a member of a wrong type or value */
ngx_int_t ngx_http_grip_decode_wrong(ngx_http_grip_decoder_t *dec,
    const char *member);

/* adds the action */
ngx_int_t ngx_http_grip_decode_push(ngx_http_grip_decoder_t *dec,
    ngx_http_grip_action_t *action);

/* the decoder of "publish" */
ngx_int_t ngx_http_grip_decode_publish(ngx_http_grip_decoder_t *dec,
    json_t *value, ngx_http_grip_action_t *action);


#endif /* _NGX_HTTP_GRIP_DECODE_H_INCLUDED_ */
