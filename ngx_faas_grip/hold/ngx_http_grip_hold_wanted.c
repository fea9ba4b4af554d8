
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include "hold/ngx_http_grip_hold.h"
#include "request/ngx_http_grip_content.h"
#include "verify/ngx_http_grip_verify.h"


ngx_uint_t
ngx_http_grip_hold_wanted(ngx_http_request_t *r)
{
    const char                *err;
    ngx_http_grip_loc_conf_t  *glcf;

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);

    /* the answer to events of a WebSocket is no response to a client */

    return glcf->hold->mode != NGX_HTTP_GRIP_HOLD_OFF
           && r == r->main
           && (r->method & (NGX_HTTP_GET|NGX_HTTP_POST))
           && ngx_http_grip_verify_trusted(r) == NGX_OK
           && (r->method != NGX_HTTP_POST
               || ngx_http_grip_content_events(r, &err) == NGX_DECLINED);
}
