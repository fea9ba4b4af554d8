
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#ifndef _NGX_GRIP_CONTROL_H_INCLUDED_
#define _NGX_GRIP_CONTROL_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/* a control message must fit into one frame of the proxy, "c:" included */
#define NGX_GRIP_CONTROL_MAX          16384

/* how the channel of one connection begins; its id follows */
#define NGX_GRIP_CONTROL_CONNECTION   "connection-"


typedef enum {
    NGX_GRIP_CONTROL_SUBSCRIBE = 0,
    NGX_GRIP_CONTROL_UNSUBSCRIBE,
    NGX_GRIP_CONTROL_DETACH,
    NGX_GRIP_CONTROL_KEEPALIVE,
    NGX_GRIP_CONTROL_SET_META
} ngx_grip_control_type_e;


typedef struct {
    ngx_grip_control_type_e   type;

    ngx_str_t                 prefix;        /* put before a channel */
    ngx_str_t                 name;          /* channel or meta name */
    ngx_str_t                 value;         /* of meta, or keep-alive data;
                                                an empty meta value deletes */

    ngx_str_t                *filters;       /* subscribe */
    ngx_uint_t                nfilters;

    ngx_uint_t                message_type;  /* keep-alive: NGX_GRIP_WS_TEXT,
                                                _BINARY, _PING or _PONG */
    ngx_uint_t                timeout;       /* seconds, 0: proxy's default */
    unsigned                  interval:1;    /* mode, else idle */
} ngx_grip_control_t;


/*
 * Writes the control message with its "c:" and returns the number of bytes;
 * with dst == NULL only counts.  All strings must be valid UTF-8, but for
 * keep-alive data, which is written as base64 when it is not, or when the
 * type is binary.  protocol 2.3.
 */
size_t ngx_grip_control_write(u_char *dst, ngx_grip_control_t *control);

/*
 * Whether a channel may be subscribed, held or published: valid UTF-8, not
 * empty, without control characters and the three that are syntax in
 * Grip-Channel: comma, semicolon, double quote; and without a blank at an end
 * or a byte order mark in front, which the proxy leaves out.  protocol 3.1.
 */
ngx_uint_t ngx_grip_control_channel_valid(ngx_str_t *channel);

/*
 * Whether it may be put before a channel: it is empty, or one itself, but that
 * blanks at its end are amid the name.
 */
ngx_uint_t ngx_grip_control_prefix_valid(ngx_str_t *prefix);

/* whether it is, without a prefix, the channel of one connection */
ngx_uint_t ngx_grip_control_channel_of_one(ngx_str_t *channel);


#endif /* _NGX_GRIP_CONTROL_H_INCLUDED_ */
