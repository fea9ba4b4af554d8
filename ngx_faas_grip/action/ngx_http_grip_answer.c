
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Ordinary answers are one buffer; long messages are sent from where they
 * are, between small buffers.
 */


#include "action/ngx_http_grip_answer.h"
#include "request/ngx_http_grip_headers.h"


#define NGX_HTTP_GRIP_ANSWER_BUFFER    8192


static ngx_int_t ngx_http_grip_answer_headers(ngx_http_request_t *r,
    size_t size);
static u_char *ngx_http_grip_answer_room(ngx_http_grip_answer_t *answer,
    size_t size);
static ngx_int_t ngx_http_grip_answer_link(ngx_http_grip_answer_t *answer,
    ngx_buf_t *b);


ngx_int_t
ngx_http_grip_answer_init(ngx_http_grip_answer_t *answer, ngx_pool_t *pool,
    size_t size)
{
    answer->pool = pool;
    answer->buf = NULL;
    answer->metrics = NULL;

    ngx_http_grip_answer_clear(answer);

    return ngx_http_grip_answer_room(answer,
                                     ngx_min(size, NGX_HTTP_GRIP_ANSWER_BUFFER))
           ? NGX_OK : NGX_ERROR;
}


void
ngx_http_grip_answer_clear(ngx_http_grip_answer_t *answer)
{
    answer->out = NULL;
    answer->last = &answer->out;
    answer->buf = NULL;
    answer->size = 0;
    answer->nevents = 0;

    if (answer->metrics) {
        ngx_memzero(answer->counts, sizeof(answer->counts));
    }
}


static ngx_inline void
ngx_http_grip_answer_count(ngx_http_grip_answer_t *answer, ngx_uint_t type)
{
    answer->nevents++;

    if (answer->metrics) {
        answer->counts[ngx_grip_ws_index(type)]++;
    }
}


u_char *
ngx_http_grip_answer_add(ngx_http_grip_answer_t *answer, ngx_uint_t type,
    size_t len)
{
    u_char  *p, *start;

    start = ngx_http_grip_answer_room(answer, NGX_GRIP_WS_LINE_LEN + len + 2);
    if (start == NULL) {
        return NULL;
    }

    p = ngx_grip_ws_write_line(start, type, len);

    answer->buf->last = p;
    answer->size += p - start;
    ngx_http_grip_answer_count(answer, type);

    if (len) {
        p[len] = CR;
        p[len + 1] = LF;

        answer->buf->last += len + 2;
        answer->size += len + 2;
    }

    return p;
}


ngx_int_t
ngx_http_grip_answer_add_text(ngx_http_grip_answer_t *answer, ngx_uint_t type,
    ngx_str_t *prefix, ngx_str_t *text)
{
    u_char     *p, *start;
    ngx_buf_t  *b;

    if (text->len <= NGX_HTTP_GRIP_ANSWER_COPY) {
        p = ngx_http_grip_answer_add(answer, type, prefix->len + text->len);
        if (p == NULL) {
            return NGX_ERROR;
        }

        p = ngx_cpymem(p, prefix->data, prefix->len);
        ngx_memcpy(p, text->data, text->len);

        return NGX_OK;
    }

    start = ngx_http_grip_answer_room(answer,
                                      NGX_GRIP_WS_LINE_LEN + prefix->len);
    if (start == NULL) {
        return NGX_ERROR;
    }

    p = ngx_grip_ws_write_line(start, type, prefix->len + text->len);
    p = ngx_cpymem(p, prefix->data, prefix->len);

    answer->buf->last = p;
    answer->size += (p - start) + text->len + 2;
    ngx_http_grip_answer_count(answer, type);

    b = ngx_calloc_buf(answer->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->pos = text->data;
    b->last = text->data + text->len;
    b->memory = 1;

    if (ngx_http_grip_answer_link(answer, b) != NGX_OK) {
        return NGX_ERROR;
    }

    /* what follows cannot be put into the buffer before the text */

    answer->buf = NULL;

    p = ngx_http_grip_answer_room(answer, 2);
    if (p == NULL) {
        return NGX_ERROR;
    }

    *p++ = CR;
    *p++ = LF;

    answer->buf->last = p;

    return NGX_OK;
}


ngx_int_t
ngx_http_grip_answer_add_close(ngx_http_grip_answer_t *answer,
    ngx_uint_t code, ngx_str_t *reason)
{
    size_t   len;
    u_char  *p, text[NGX_GRIP_WS_REASON_MAX];

    if (code == 0) {
        return ngx_http_grip_answer_add(answer, NGX_GRIP_WS_CLOSE, 0)
               ? NGX_OK : NGX_ERROR;
    }

    if (!ngx_grip_ws_close_code_valid(code)) {
        code = NGX_GRIP_WS_CLOSE_NORMAL;
    }

    len = ngx_grip_ws_write_reason(text, reason);

    p = ngx_http_grip_answer_add(answer, NGX_GRIP_WS_CLOSE, 2 + len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    *p++ = (u_char) (code >> 8);
    *p++ = (u_char) (code & 0xff);
    ngx_memcpy(p, text, len);

    return NGX_OK;
}


ngx_int_t
ngx_http_grip_answer_send(ngx_http_request_t *r,
    ngx_http_grip_answer_t *answer)
{
    ngx_int_t     rc;
    ngx_uint_t    i;
    ngx_chain_t  *cl;

    for (i = 0; answer->metrics && i < NGX_GRIP_WS_TYPES; i++) {
        if (answer->counts[i]) {
            ngx_http_grip_metrics_add(&answer->metrics[i], answer->counts[i]);
        }
    }

    if (ngx_http_grip_answer_headers(r, answer->size) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    for (cl = answer->out; cl->next; cl = cl->next) { /* void */ }

    cl->buf->last_buf = 1;
    cl->buf->last_in_chain = 1;

    return ngx_http_output_filter(r, answer->out);
}


static ngx_int_t
ngx_http_grip_answer_headers(ngx_http_request_t *r, size_t size)
{
    ngx_str_set(&r->headers_out.content_type,
                "application/websocket-events");

    /* conditions of the handshake are for a representation: this is none */

    r->disable_not_modified = 1;

    if (size == 0) {
        r->header_only = 1;
    }

    return ngx_http_grip_headers_untouched(r, (off_t) size);
}


/* room for size bytes in the buffer being filled, which may be a new one */

static u_char *
ngx_http_grip_answer_room(ngx_http_grip_answer_t *answer, size_t size)
{
    ngx_buf_t  *b;

    b = answer->buf;

    if (b && size <= (size_t) (b->end - b->last)) {
        return b->last;
    }

    if (b && b->last == b->pos) {

        /* an empty buffer in the chain would be an error of its own */

        b->start = ngx_palloc(answer->pool, size);
        if (b->start == NULL) {
            return NULL;
        }

        b->pos = b->start;
        b->last = b->start;
        b->end = b->start + size;

        return b->last;
    }

    if (answer->size) {
        size = ngx_max(size, NGX_HTTP_GRIP_ANSWER_BUFFER);
    }

    b = ngx_create_temp_buf(answer->pool, size);
    if (b == NULL || ngx_http_grip_answer_link(answer, b) != NGX_OK) {
        return NULL;
    }

    answer->buf = b;

    return b->last;
}


static ngx_int_t
ngx_http_grip_answer_link(ngx_http_grip_answer_t *answer, ngx_buf_t *b)
{
    ngx_chain_t  *cl;

    cl = ngx_alloc_chain_link(answer->pool);
    if (cl == NULL) {
        return NGX_ERROR;
    }

    cl->buf = b;
    cl->next = NULL;

    *answer->last = cl;
    answer->last = &cl->next;

    return NGX_OK;
}
