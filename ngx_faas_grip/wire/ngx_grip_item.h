
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#ifndef _NGX_GRIP_ITEM_H_INCLUDED_
#define _NGX_GRIP_ITEM_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "text/ngx_grip_pair.h"


/* what the proxy takes in one POST, protocol 6.2 */
#define NGX_GRIP_ITEM_BODY_MAX        1000000

/* around the items of a POST; between them stands a comma */
#define NGX_GRIP_ITEMS_HEAD           "{\"items\":["
#define NGX_GRIP_ITEMS_TAIL           "]}"

/* formats, a mask; SSE shares the http-stream slot */
#define NGX_GRIP_FORMAT_WS_MESSAGE    0x01
#define NGX_GRIP_FORMAT_HTTP_STREAM   0x02
#define NGX_GRIP_FORMAT_SSE           0x04
#define NGX_GRIP_FORMAT_HTTP_RESPONSE 0x08

/* where nothing is said: each kind of client; an event holds no binary data */
#define NGX_GRIP_FORMATS_TEXT         (NGX_GRIP_FORMAT_WS_MESSAGE            \
                                       |NGX_GRIP_FORMAT_SSE                  \
                                       |NGX_GRIP_FORMAT_HTTP_RESPONSE)
#define NGX_GRIP_FORMATS_BINARY       (NGX_GRIP_FORMAT_WS_MESSAGE            \
                                       |NGX_GRIP_FORMAT_HTTP_STREAM          \
                                       |NGX_GRIP_FORMAT_HTTP_RESPONSE)

#define ngx_grip_formats(binary)                                             \
    ((binary) ? NGX_GRIP_FORMATS_BINARY : NGX_GRIP_FORMATS_TEXT)


typedef struct {
    ngx_str_t                 prefix;        /* put before the channel */
    ngx_str_t                 channel;
    ngx_str_t                 content;
    ngx_uint_t                formats;

    ngx_str_t                 id;            /* empty: absent */
    ngx_str_t                 prev_id;
    ngx_grip_pair_t          *meta;
    ngx_uint_t                nmeta;

    ngx_str_t                 event;         /* SSE event name; with SSE the
                                                id is also that of the event */
    ngx_str_t                 content_type;  /* of http-response, may be empty*/

    unsigned                  binary:1;      /* content as base64 */
    unsigned                  no_seq:1;
    unsigned                  numbered:1;    /* no one may miss it: streams
                                                that have nothing of it, too;
                                                its ids need no escapes, and
                                                are there */
} ngx_grip_item_t;


/*
 * The mask of a format, "ws-message", "http-stream", "sse" or
 * "http-response"; 0: unknown.
 */
ngx_uint_t ngx_grip_item_format(ngx_str_t *name);

/*
 * Adds a format of that name to the mask.  NGX_DECLINED: there is none, or
 * it would share the slot of another.
 */
ngx_int_t ngx_grip_item_add_format(ngx_uint_t *formats, ngx_str_t *name);

/*
 * Why the item cannot be published, a literal, or NULL if it can: prefix or
 * channel, UTF-8 of each text, a content type that is no header value, an
 * SSE of binary content, no format, both stream formats.
 */
const char *ngx_grip_item_check(ngx_grip_item_t *item);

/*
 * Writes the JSON object of an item that has passed the check and returns
 * the number of bytes; with dst == NULL only counts.  protocol 6.1.
 */
size_t ngx_grip_item_write(u_char *dst, ngx_grip_item_t *item);


#endif /* _NGX_GRIP_ITEM_H_INCLUDED_ */
