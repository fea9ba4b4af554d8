
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "history/ngx_grip_history_record.h"


#define NGX_GRIP_HISTORY_TEXT_MAX  0xffff


static u_char *ngx_grip_history_record_put(u_char *dst, ngx_str_t *text);


size_t
ngx_grip_history_record_write(u_char *dst, ngx_grip_history_record_t *record)
{
    u_char                   *p;
    ngx_grip_history_head_t   head;

    ngx_memzero(&head, sizeof(ngx_grip_history_head_t));

    if ((record->flags & NGX_GRIP_HISTORY_LOST)
        || record->event.len > NGX_GRIP_HISTORY_TEXT_MAX
        || record->type.len > NGX_GRIP_HISTORY_TEXT_MAX
        || record->sender.len > NGX_GRIP_HISTORY_TEXT_MAX
        || record->skip_users.len > NGX_GRIP_HISTORY_TEXT_MAX
        || record->require_sub.len > NGX_GRIP_HISTORY_TEXT_MAX)
    {
        head.flags = NGX_GRIP_HISTORY_LOST;

        if (dst) {
            ngx_memcpy(dst, &head, sizeof(ngx_grip_history_head_t));
        }

        return sizeof(ngx_grip_history_head_t);
    }

    head.flags = (uint16_t) record->flags;
    head.event = (uint16_t) record->event.len;
    head.type = (uint16_t) record->type.len;
    head.sender = (uint16_t) record->sender.len;
    head.skip_users = (uint16_t) record->skip_users.len;
    head.require_sub = (uint16_t) record->require_sub.len;

    if (record->flags & (NGX_GRIP_HISTORY_STREAM|NGX_GRIP_HISTORY_SHARED)) {
        head.stream = (uint32_t) record->stream.len;
    }

    if ((record->flags & (NGX_GRIP_HISTORY_RESPONSE|NGX_GRIP_HISTORY_SHARED))
        == NGX_GRIP_HISTORY_RESPONSE)
    {
        head.response = (uint32_t) record->response.len;
    }

    head.len = (uint32_t) (head.event + head.type + head.sender
                           + head.skip_users + head.require_sub)
               + head.stream + head.response;

    if (dst == NULL) {
        return sizeof(ngx_grip_history_head_t) + head.len;
    }

    p = ngx_cpymem(dst, &head, sizeof(ngx_grip_history_head_t));

    p = ngx_grip_history_record_put(p, &record->event);
    p = ngx_grip_history_record_put(p, &record->type);
    p = ngx_grip_history_record_put(p, &record->sender);
    p = ngx_grip_history_record_put(p, &record->skip_users);
    p = ngx_grip_history_record_put(p, &record->require_sub);

    if (head.stream) {
        p = ngx_grip_history_record_put(p, &record->stream);
    }

    if (head.response) {
        p = ngx_grip_history_record_put(p, &record->response);
    }

    return (size_t) (p - dst);
}


static u_char *
ngx_grip_history_record_put(u_char *dst, ngx_str_t *text)
{
    return text->len ? ngx_cpymem(dst, text->data, text->len) : dst;
}
