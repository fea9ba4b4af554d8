
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The events of an answer to the proxy, as a chain of buffers.
 */


#ifndef _NGX_HTTP_GRIP_ANSWER_H_INCLUDED_
#define _NGX_HTTP_GRIP_ANSWER_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "metrics/ngx_http_grip_metrics.h"
#include "wire/ngx_grip_ws.h"


/* the proxy takes no longer answer, protocol 1.4 */
#define NGX_HTTP_GRIP_ANSWER_MAX       1000000

/* kept free for the CLOSE that ends a failed answer */
#define NGX_HTTP_GRIP_ANSWER_RESERVE   (NGX_GRIP_WS_LINE_LEN                  \
                                        + NGX_GRIP_WS_PAYLOAD_MAX + 2)

/* a text of more is not copied into an answer */
#define NGX_HTTP_GRIP_ANSWER_COPY      4096


typedef struct {
    ngx_pool_t    *pool;
    ngx_chain_t   *out;
    ngx_chain_t  **last;
    ngx_buf_t     *buf;                          /* the one being filled */
    size_t         size;
    ngx_uint_t     nevents;

    /* what is counted when it is sent, by ngx_grip_ws_index(), or NULL */
    ngx_http_grip_metric_t  *metrics;
    ngx_uint_t     counts[NGX_GRIP_WS_TYPES];
} ngx_http_grip_answer_t;


/* makes it empty, zeroed before; size is what the answer will probably take */
ngx_int_t ngx_http_grip_answer_init(ngx_http_grip_answer_t *answer,
    ngx_pool_t *pool, size_t size);

/* forgets what it holds */
void ngx_http_grip_answer_clear(ngx_http_grip_answer_t *answer);

/* whether a message of len bytes still fits under the proxy's limit */

static ngx_inline ngx_uint_t
ngx_http_grip_answer_fits(ngx_http_grip_answer_t *answer, size_t len)
{
    size_t  rest;

    rest = NGX_HTTP_GRIP_ANSWER_MAX - NGX_HTTP_GRIP_ANSWER_RESERVE
           - NGX_GRIP_WS_LINE_LEN - 2;

    return answer->size <= rest && len <= rest - answer->size;
}


/*
 * Adds an event with len bytes of content and returns where these are to be
 * written by the caller; NULL if memory is out.
 */
u_char *ngx_http_grip_answer_add(ngx_http_grip_answer_t *answer,
    ngx_uint_t type, size_t len);

/*
 * Adds an event whose content is the prefix and the text.  A long text is
 * not copied: it must stay as it is until the request ends.
 */
ngx_int_t ngx_http_grip_answer_add_text(ngx_http_grip_answer_t *answer,
    ngx_uint_t type, ngx_str_t *prefix, ngx_str_t *text);

/*
 * Adds a CLOSE, for which there is always room: an empty one without a code
 * (0), else one that may be sent whatever it is given: 1000 for a code that
 * must not be, and of the reason as much as fits, with U+FFFD for what is no
 * UTF-8.
 */
ngx_int_t ngx_http_grip_answer_add_close(ngx_http_grip_answer_t *answer,
    ngx_uint_t code, ngx_str_t *reason);

/*
 * Sends the response header, whose status and own headers are set, with
 * Content-Type application/websocket-events, and the events.  Returns what
 * the output filters do.
 */
ngx_int_t ngx_http_grip_answer_send(ngx_http_request_t *r,
    ngx_http_grip_answer_t *answer);


#endif /* _NGX_HTTP_GRIP_ANSWER_H_INCLUDED_ */
