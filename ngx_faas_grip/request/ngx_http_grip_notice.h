
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Lines of the error log about the events of one request: one for each kind,
 * however many events say the same.
 */


#ifndef _NGX_HTTP_GRIP_NOTICE_H_INCLUDED_
#define _NGX_HTTP_GRIP_NOTICE_H_INCLUDED_


#include "request/ngx_http_grip.h"


/* lines that a request may add to the log */
#define NGX_HTTP_GRIP_NOTICES_MAX      3

/* the level of a log that is hushed */
#define NGX_HTTP_GRIP_NOTICE_HUSHED    NGX_LOG_ALERT

/* bytes of a text of others in one */
#define NGX_HTTP_GRIP_NOTICE_TEXT      512


/*
 * Notes a line for the log of the main request of r.  The format, a literal,
 * is its kind: of each kind the first is kept, and how many there were.  Of
 * too many kinds the gravest are kept.  Where there are no events the line is
 * logged at once.
 */
void ngx_http_grip_notice(ngx_http_request_t *r, ngx_uint_t level,
    const char *fmt, ...);

/* the same, of a kind that another literal names */
void ngx_http_grip_notice_kind(ngx_http_request_t *r, ngx_uint_t level,
    const char *kind, const char *fmt, ...);

/*
 * The beginning of a text as it may stand in the log, which is read by lines:
 * a client may have written it.  Empty if memory is out.
 */
ngx_str_t ngx_http_grip_notice_text(ngx_http_request_t *r, ngx_str_t *text);

/*
 * Has nginx log nothing below an alert about the request until the notices are
 * logged, if it has events: one of them has failed, of which a notice has the
 * number, and thousands may fail alike.  A log for debugging goes on.
 */
void ngx_http_grip_notice_hush(ngx_http_request_t *r);
void ngx_http_grip_notice_unhush(ngx_http_request_t *r);

/* the level of its log when that is not hushed */
ngx_uint_t ngx_http_grip_notice_level(ngx_http_request_t *r);

/*
 * Logs what was noted.  It needs no call if the request ends otherwise.
 */
void ngx_http_grip_notice_flush(ngx_http_request_t *r);


#endif /* _NGX_HTTP_GRIP_NOTICE_H_INCLUDED_ */
