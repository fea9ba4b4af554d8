
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The record of an item: a head of fixed size, and the texts behind it.
 */


#ifndef _NGX_GRIP_HISTORY_RECORD_H_INCLUDED_
#define _NGX_GRIP_HISTORY_RECORD_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/* what there is for streams; in an event, whose data the content is */
#define NGX_GRIP_HISTORY_STREAM    0x01
#define NGX_GRIP_HISTORY_EVENT     0x02
/* what there is for responses; the same content, kept once */
#define NGX_GRIP_HISTORY_RESPONSE  0x04
#define NGX_GRIP_HISTORY_SHARED    0x08
/* the content was not kept */
#define NGX_GRIP_HISTORY_LOST      0x10
/* what there is for streams is an event but for its "id:" line */
#define NGX_GRIP_HISTORY_NAMELESS  0x20
/* the content of the event is known to be one line */
#define NGX_GRIP_HISTORY_LINE      0x40


/* in memory as in the store */

typedef struct {
    uint32_t    len;                         /* of the texts */
    uint32_t    time;                        /* set by the store */
    uint32_t    stream;                      /* lengths */
    uint32_t    response;
    uint16_t    event;
    uint16_t    type;
    uint16_t    sender;
    uint16_t    skip_users;
    uint16_t    require_sub;
    uint16_t    flags;
} ngx_grip_history_head_t;


typedef struct {
    ngx_uint_t  flags;
    ngx_str_t   stream;
    ngx_str_t   response;                    /* unused if it is shared */
    ngx_str_t   event;                       /* the name of the event */
    ngx_str_t   type;                        /* of the response */

    ngx_str_t   sender;                      /* metas that filters look at */
    ngx_str_t   skip_users;
    ngx_str_t   require_sub;
} ngx_grip_history_record_t;


/*
 * Writes the record, and returns its size; with dst == NULL only counts.  An
 * item that is too long to be kept is LOST, and has a head alone.
 */
size_t ngx_grip_history_record_write(u_char *dst,
    ngx_grip_history_record_t *record);


/* sets a text of a record in place, and returns its end */

static ngx_inline u_char *
ngx_grip_history_record_text(u_char *p, ngx_str_t *text, size_t len)
{
    text->len = len;
    text->data = p;

    return p + len;
}


/*
 * Sets *record to the first one in len bytes, texts in place, and returns its
 * size, or that of what is missing if it is more than len.  Inline, as it is
 * for each item of an answer, which uses two or three of the texts.
 */

static ngx_inline size_t
ngx_grip_history_record_read(ngx_grip_history_record_t *record, u_char *data,
    size_t len)
{
    u_char                   *p;
    ngx_grip_history_head_t   head;

    if (len < sizeof(ngx_grip_history_head_t)) {
        return sizeof(ngx_grip_history_head_t);
    }

    ngx_memcpy(&head, data, sizeof(ngx_grip_history_head_t));

    if (len - sizeof(ngx_grip_history_head_t) < head.len) {
        return sizeof(ngx_grip_history_head_t) + head.len;
    }

    record->flags = head.flags;

    p = data + sizeof(ngx_grip_history_head_t);

    p = ngx_grip_history_record_text(p, &record->event, head.event);
    p = ngx_grip_history_record_text(p, &record->type, head.type);
    p = ngx_grip_history_record_text(p, &record->sender, head.sender);
    p = ngx_grip_history_record_text(p, &record->skip_users, head.skip_users);
    p = ngx_grip_history_record_text(p, &record->require_sub,
                                     head.require_sub);
    p = ngx_grip_history_record_text(p, &record->stream, head.stream);
    p = ngx_grip_history_record_text(p, &record->response, head.response);

    if (head.flags & NGX_GRIP_HISTORY_SHARED) {
        record->response = record->stream;
    }

    return (size_t) (p - data);
}


#endif /* _NGX_GRIP_HISTORY_RECORD_H_INCLUDED_ */
