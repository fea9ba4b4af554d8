
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Lines of the error log that a client can cause by the thousand, said once.
 * They are kept in the pool of the request, as those of events come and go.
 */


#include "request/ngx_http_grip_notice.h"
#include "text/ngx_grip_line.h"


#define NGX_HTTP_GRIP_NOTICE_LEN       1024


typedef struct {
    const char                  *fmt;
    const char                  *kind;
    ngx_uint_t                   level;
    ngx_uint_t                   count;
    size_t                       len;
    u_char                       text[NGX_HTTP_GRIP_NOTICE_LEN];
} ngx_http_grip_notice_t;


struct ngx_http_grip_notices_s {
    ngx_http_cleanup_t           cleanup;
    ngx_http_request_t          *request;
    ngx_uint_t                   level;          /* of a log that is hushed */
    ngx_uint_t                   n;
    ngx_uint_t                   others;         /* not kept */
    ngx_http_grip_notice_t       notices[NGX_HTTP_GRIP_NOTICES_MAX];
};


static void ngx_http_grip_notice_add(ngx_http_request_t *r, ngx_uint_t level,
    const char *kind, const char *fmt, va_list args);
static ngx_http_grip_notices_t *ngx_http_grip_notices(ngx_http_request_t *r);
static ngx_http_grip_notice_t *ngx_http_grip_notice_find(
    ngx_http_grip_notices_t *notices, ngx_uint_t level, const char *kind,
    const char *fmt);
static void ngx_http_grip_notices_log(ngx_http_grip_notices_t *notices);
static void ngx_http_grip_notices_cleanup(void *data);


void
ngx_http_grip_notice(ngx_http_request_t *r, ngx_uint_t level, const char *fmt,
    ...)
{
    va_list  args;

    va_start(args, fmt);
    ngx_http_grip_notice_add(r, level, fmt, fmt, args);
    va_end(args);
}


void
ngx_http_grip_notice_kind(ngx_http_request_t *r, ngx_uint_t level,
    const char *kind, const char *fmt, ...)
{
    va_list  args;

    va_start(args, fmt);
    ngx_http_grip_notice_add(r, level, kind, fmt, args);
    va_end(args);
}


static void
ngx_http_grip_notice_add(ngx_http_request_t *r, ngx_uint_t level,
    const char *kind, const char *fmt, va_list args)
{
    u_char                   *last, text[NGX_HTTP_GRIP_NOTICE_LEN];
    ngx_log_t                *log;
    ngx_http_grip_notice_t   *notice;
    ngx_http_grip_notices_t  *notices;

    log = r->connection->log;

    if (ngx_http_grip_notice_level(r) < level) {
        return;
    }

    notice = NULL;
    notices = ngx_http_grip_notices(r);

    if (notices) {
        notice = ngx_http_grip_notice_find(notices, level, kind, fmt);

        if (notice == NULL || notice->count++) {
            return;
        }
    }

    last = ngx_vslprintf(text, text + NGX_HTTP_GRIP_NOTICE_LEN, fmt, args);

    if (notice == NULL) {
        ngx_log_error(level, log, 0, "%*s", (size_t) (last - text), text);
        return;
    }

    notice->len = last - text;
    ngx_memcpy(notice->text, text, notice->len);
}


/* those of a request with events; NULL: there are none, or memory is out */

static ngx_http_grip_notices_t *
ngx_http_grip_notices(ngx_http_request_t *r)
{
    ngx_http_grip_ctx_t      *ctx;
    ngx_http_grip_notices_t  *notices;

    ctx = ngx_http_grip_ctx_find(r);

    if (ctx == NULL || ctx->websocket == NULL) {
        return NULL;
    }

    if (ctx->notices) {
        return ctx->notices;
    }

    notices = ngx_palloc(ctx->pool, sizeof(ngx_http_grip_notices_t));
    if (notices == NULL) {
        return NULL;
    }

    notices->request = r->main;
    notices->level = 0;
    notices->n = 0;
    notices->others = 0;

    notices->cleanup.handler = ngx_http_grip_notices_cleanup;
    notices->cleanup.data = notices;
    notices->cleanup.next = r->main->cleanup;

    r->main->cleanup = &notices->cleanup;
    ctx->notices = notices;

    return notices;
}


/* NULL: there are too many kinds, and this one is of no greater weight */

static ngx_http_grip_notice_t *
ngx_http_grip_notice_find(ngx_http_grip_notices_t *notices, ngx_uint_t level,
    const char *kind, const char *fmt)
{
    ngx_uint_t               i;
    ngx_http_grip_notice_t  *notice, *least;

    least = notices->notices;

    for (i = 0; i < notices->n; i++) {
        notice = &notices->notices[i];

        if (notice->fmt == fmt && ngx_strcmp(notice->kind, kind) == 0) {
            return notice;
        }

        if (notice->level > least->level) {
            least = notice;
        }
    }

    if (notices->n < NGX_HTTP_GRIP_NOTICES_MAX) {
        notice = &notices->notices[notices->n++];

    } else if (level < least->level) {
        notices->others += least->count;
        notice = least;

    } else {
        notices->others++;
        return NULL;
    }

    notice->fmt = fmt;
    notice->kind = kind;
    notice->level = level;
    notice->count = 0;

    return notice;
}


void
ngx_http_grip_notice_flush(ngx_http_request_t *r)
{
    ngx_http_grip_ctx_t  *ctx;

    ctx = ngx_http_grip_ctx_find(r);

    if (ctx && ctx->notices) {
        ngx_http_grip_notices_log(ctx->notices);
    }
}


static void
ngx_http_grip_notices_log(ngx_http_grip_notices_t *notices)
{
    u_char                  *last, number[64];
    ngx_log_t               *log;
    ngx_uint_t               i;
    ngx_http_grip_notice_t  *notice;

    ngx_http_grip_notice_unhush(notices->request);

    log = notices->request->connection->log;

    for (i = 0; i < notices->n; i++) {
        notice = &notices->notices[i];
        last = number;

        if (notice->count > 1) {
            last = ngx_sprintf(last, " (the first of %ui)", notice->count);
        }

        if (notices->others && i == notices->n - 1) {
            last = ngx_sprintf(last, ", and %ui of other kinds",
                               notices->others);
        }

        ngx_log_error(notice->level, log, 0, "%*s%*s",
                      notice->len, notice->text,
                      (size_t) (last - number), number);
    }

    notices->n = 0;
    notices->others = 0;
}


void
ngx_http_grip_notice_hush(ngx_http_request_t *r)
{
    ngx_log_t                *log;
    ngx_http_grip_notices_t  *notices;

    log = r->connection->log;

    if (log->log_level <= NGX_HTTP_GRIP_NOTICE_HUSHED
        || log->log_level >= NGX_LOG_DEBUG)
    {
        return;
    }

    notices = ngx_http_grip_notices(r);

    if (notices) {
        notices->level = log->log_level;
        log->log_level = NGX_HTTP_GRIP_NOTICE_HUSHED;
    }
}


void
ngx_http_grip_notice_unhush(ngx_http_request_t *r)
{
    r->connection->log->log_level = ngx_http_grip_notice_level(r);
}


ngx_uint_t
ngx_http_grip_notice_level(ngx_http_request_t *r)
{
    ngx_uint_t            level;
    ngx_http_grip_ctx_t  *ctx;

    level = r->connection->log->log_level;

    if (level != NGX_HTTP_GRIP_NOTICE_HUSHED) {
        return level;
    }

    ctx = ngx_http_grip_ctx_find(r);

    return (ctx && ctx->notices && ctx->notices->level) ? ctx->notices->level
                                                        : level;
}


/* the client may leave in the middle of its events */

static void
ngx_http_grip_notices_cleanup(void *data)
{
    ngx_http_grip_notices_t *notices = data;

    ngx_http_grip_ctx_t  *ctx;

    ngx_http_grip_notices_log(notices);

    ctx = ngx_http_grip_ctx_find(notices->request);

    if (ctx) {
        ctx->notices = NULL;
    }
}


ngx_str_t
ngx_http_grip_notice_text(ngx_http_request_t *r, ngx_str_t *text)
{
    ngx_str_t  line;

    line.len = ngx_min(text->len, NGX_HTTP_GRIP_NOTICE_TEXT);

    line.data = ngx_pnalloc(r->pool, line.len);

    if (line.data == NULL || line.len == 0) {
        line.len = 0;
        return line;
    }

    ngx_memcpy(line.data, text->data, line.len);
    ngx_grip_line_mask(&line, ' ');

    return line;
}
