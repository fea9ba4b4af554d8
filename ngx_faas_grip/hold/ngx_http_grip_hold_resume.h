
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Holds that resume: where the client of a request is, and what it has missed.
 */


#ifndef _NGX_HTTP_GRIP_HOLD_RESUME_H_INCLUDED_
#define _NGX_HTTP_GRIP_HOLD_RESUME_H_INCLUDED_


#include "history/ngx_http_grip_history.h"
#include "hold/ngx_http_grip_hold.h"
#include "request/ngx_http_grip_headers.h"


/* makes a browser see a stream of events open */
#define NGX_HTTP_GRIP_COMMENT      ":\n\n"
#define NGX_HTTP_GRIP_COMMENT_LEN  (sizeof(NGX_HTTP_GRIP_COMMENT) - 1)

/* the position of a response is too old */
#define NGX_HTTP_GRIP_GONE  410


/* of a request; see ctx->resume */

struct ngx_http_grip_resume_s {
    ngx_http_grip_hold_conf_t   *hold;           /* of its location */
    ngx_str_t                    channel;        /* in full */
    ngx_array_t                 *metas;          /* headers, or NULL */
    ngx_str_t                    keepalive;      /* of texts that hold */
    ngx_str_t                    gone;           /* variables, the values */

    ngx_str_t                    position;       /* after what is answered */
    ngx_str_t                    items;          /* the body, or follow it;
                                                    behind a comment */
    ngx_str_t                    type;           /* of a response */
    ngx_str_t                    link;           /* empty: none */
    ngx_uint_t                   status;         /* of what is answered */

    unsigned                     more:1;         /* there is: no hold, but the
                                                    link of a page */
    unsigned                     answered:1;     /* no hold either */
    unsigned                     quiet:1;        /* no comment, if empty */
    unsigned                     instead:1;      /* of the content that the
                                                    location has sent */
    unsigned                     alone:1;        /* no content of a location */
};


/* how a resumable location is known in links */

typedef struct {
    ngx_str_t                    location;       /* as it is written */
    ngx_str_t                    name;           /* with its number among those
                                                    that are written so */
    void                       **loc_conf;
} ngx_http_grip_resumable_t;


/* whether the response to be held has a header of that name already */

static ngx_inline ngx_uint_t
ngx_http_grip_hold_headers_sent(ngx_http_request_t *r, ngx_str_t *name)
{
    ngx_http_grip_ctx_t  *ctx;

    ctx = ngx_http_grip_ctx_find(r);

    return !(ctx && ctx->bare) && ngx_http_grip_headers_sent(r, name);
}


/* for the precontent phase: answers who resumes, and marks where others are */
ngx_int_t ngx_http_grip_hold_resume(ngx_http_request_t *r);

/*
 * Looks where the request is and what it has missed, and notes it in
 * ctx->resume.  NGX_DECLINED: it is none that could be held.  NGX_ERROR: memory
 * is out, or the zone unusable, which was logged.
 */
ngx_int_t ngx_http_grip_hold_resume_begin(ngx_http_request_t *r,
    ngx_grip_history_query_t *query);

/*
 * Does so for a response that is made already, as that of a rewrite is, and
 * makes it the answer to who resumes.  Results as above.
 */
ngx_int_t ngx_http_grip_hold_resume_late(ngx_http_request_t *r,
    ngx_http_grip_ctx_t *ctx);

/*
 * Puts the items, once, behind the end of what the location sends, or in its
 * place.  NGX_ERROR: memory is out.
 */
ngx_int_t ngx_http_grip_hold_resume_body(ngx_http_request_t *r,
    ngx_http_grip_resume_t *resume, ngx_chain_t *in);

/*
 * Sets resume->items and so on to what follows the query.  NGX_ERROR: memory is
 * out, or the zone unusable, which was logged.
 */
ngx_int_t ngx_http_grip_hold_resume_read(ngx_http_request_t *r,
    ngx_http_grip_resume_t *resume, ngx_grip_history_query_t *query);

/*
 * Renders records, of which the last may be cut, into resume->items, and sets
 * the position after them.  NGX_ERROR: memory is out.
 */
ngx_int_t ngx_http_grip_hold_resume_items(ngx_http_request_t *r,
    ngx_http_grip_resume_t *resume, ngx_grip_history_query_t *query,
    u_char *records);

/* sends resume->items as the response, of events with the comment if need be */
ngx_int_t ngx_http_grip_hold_resume_send(ngx_http_request_t *r,
    ngx_http_grip_resume_t *resume);

/*
 * Sets *text to the value, which was kept, unless that is NULL: the link of a
 * hold has it from there, as its request has nothing of the client.  A value
 * without variables is none that is kept.  NGX_ERROR: memory is out.
 */
ngx_int_t ngx_http_grip_hold_headers_link_kept(ngx_http_request_t *r,
    ngx_http_grip_value_t *value, ngx_str_t *kept, ngx_str_t *text);

/*
 * Whether a backend has said something of the hold that the link of ours does
 * not know, which is logged: then the hold has neither link nor history.
 */
ngx_uint_t ngx_http_grip_hold_headers_link_spoilt(ngx_http_request_t *r);

/* the headers that say so: a link, or the position of a response */
ngx_int_t ngx_http_grip_hold_headers_link_resume(ngx_http_request_t *r,
    ngx_http_grip_resume_t *resume);

/* all links of a hold */
ngx_int_t ngx_http_grip_hold_headers_links(ngx_http_request_t *r,
    ngx_http_grip_hold_conf_t *hold);

/*
 * Whether the link of a hold, and that of a page, can be requested.  If not,
 * that is logged at error, once a request.
 */
ngx_uint_t ngx_http_grip_hold_link_fits(ngx_http_request_t *r,
    ngx_http_grip_resume_t *resume);

/* makes the link of a hold, or of a page, which has its position */
ngx_int_t ngx_http_grip_hold_link_write(ngx_http_request_t *r,
    ngx_http_grip_resume_t *resume);

/*
 * Reads the link that the request is for, which is from then on one of the
 * location that it names.  NGX_OK: it is one of ours, and of the proxy; *page
 * is where a page begins, or empty.  Else a status.
 */
ngx_int_t ngx_http_grip_hold_link_read(ngx_http_request_t *r,
    ngx_http_grip_resume_t *resume, ngx_str_t *page);

/* for the server rewrite phase: answers links */
ngx_int_t ngx_http_grip_hold_linked(ngx_http_request_t *r);


#endif /* _NGX_HTTP_GRIP_HOLD_RESUME_H_INCLUDED_ */
