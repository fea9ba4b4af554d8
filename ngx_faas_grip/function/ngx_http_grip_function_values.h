
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Values in a function's JSON answer, decoded into actions.
 */


#ifndef _NGX_HTTP_GRIP_FUNCTION_VALUES_H_INCLUDED_
#define _NGX_HTTP_GRIP_FUNCTION_VALUES_H_INCLUDED_


#include "action/ngx_http_grip_action.h"


typedef struct {
    ngx_http_grip_websocket_t   *ws;
    ngx_array_t                 *actions;        /* ngx_http_grip_action_t */
    const char                  *action;         /* being decoded, or NULL */
    const char                  *member;         /* at fault, or NULL */
    const char                  *err;            /* what is wrong with it */
    ngx_uint_t                   opening;        /* a flag: it may reject */
} ngx_http_grip_reader_t;


typedef enum {
    NGX_HTTP_GRIP_MEMBER_METAS = 0,              /* an action each */
    NGX_HTTP_GRIP_MEMBER_OBJECT,                 /* of the members alone */
    NGX_HTTP_GRIP_MEMBER_TEXT,
    NGX_HTTP_GRIP_MEMBER_BASE64,
    NGX_HTTP_GRIP_MEMBER_CONTENT,
    NGX_HTTP_GRIP_MEMBER_CONTENT_BIN,
    NGX_HTTP_GRIP_MEMBER_TRUE,
    NGX_HTTP_GRIP_MEMBER_CODE,
    NGX_HTTP_GRIP_MEMBER_STATUS,
    NGX_HTTP_GRIP_MEMBER_TIMEOUT,
    NGX_HTTP_GRIP_MEMBER_TYPE,
    NGX_HTTP_GRIP_MEMBER_MODE,
    NGX_HTTP_GRIP_MEMBER_NO_SEQ,
    NGX_HTTP_GRIP_MEMBER_ON_ERROR,
    NGX_HTTP_GRIP_MEMBER_FORMATS,
    NGX_HTTP_GRIP_MEMBER_FILTERS,
    NGX_HTTP_GRIP_MEMBER_PAIRS,
    NGX_HTTP_GRIP_MEMBER_HEADERS                 /* the same, or arrays */
} ngx_http_grip_member_e;


/*
 * A value is one of the JSON library, of which only the files that decode know.
 * All return NGX_OK; NGX_DECLINED, which may have set err; or NGX_ERROR if
 * memory is out.  Decoded values are copied to the request's pool.
 */

/* into the fields of that kind; a text into the one at the offset */
ngx_int_t ngx_http_grip_function_values_read(ngx_http_grip_reader_t *rd,
    ngx_http_grip_member_e kind, size_t offset, void *data,
    ngx_http_grip_action_t *action);

/* a string */
ngx_int_t ngx_http_grip_function_values_text(ngx_http_grip_reader_t *rd,
    void *data, ngx_str_t *text);

/* the name of a member, with a zero behind it that is not counted */
ngx_int_t ngx_http_grip_function_values_name(ngx_http_grip_reader_t *rd,
    const char *name, ngx_str_t *text);


#endif /* _NGX_HTTP_GRIP_FUNCTION_VALUES_H_INCLUDED_ */
