
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include "request/ngx_http_grip_refusal.h"


#define NGX_HTTP_GRIP_REFUSAL_INTERVAL  60000


ngx_uint_t
ngx_http_grip_refusal_level(ngx_uint_t kind)
{
    static struct {
        ngx_msec_t  time;
        ngx_uint_t  said;
    } last[NGX_HTTP_GRIP_REFUSALS];

    if (last[kind].said
        && ngx_current_msec - last[kind].time < NGX_HTTP_GRIP_REFUSAL_INTERVAL)
    {
        return NGX_LOG_INFO;
    }

    last[kind].said = 1;
    last[kind].time = ngx_current_msec;

    return NGX_LOG_WARN;
}
