
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * A subrequest that is a fresh request: ngx_http_subrequest() lends it the
 * parent's headers, body and variables (ngx_http_core_module.c), and what
 * serves it must see none of them.
 */


#include "function/ngx_http_grip_call.h"
#include "function/ngx_http_grip_call_metrics.h"
#include "function/ngx_http_grip_call_request.h"
#include "request/ngx_http_grip_headers.h"
#include "request/ngx_http_grip_limit.h"
#include "request/ngx_http_grip_subrequest.h"
#include "text/ngx_grip_percent.h"


static ngx_int_t ngx_http_grip_call_done(ngx_http_request_t *sr, void *data,
    ngx_int_t rc);
static ngx_int_t ngx_http_grip_call_uri(ngx_http_request_t *r,
    ngx_http_grip_call_t *call, ngx_str_t *uri, ngx_str_t *args);
static ngx_uint_t ngx_http_grip_call_uri_printable(ngx_str_t *uri);
static ngx_uint_t ngx_http_grip_call_uri_dotted(ngx_str_t *uri);
static void ngx_http_grip_call_resume(ngx_http_request_t *r);
static ngx_int_t ngx_http_grip_call_join(ngx_http_grip_call_t *call);
static ngx_http_grip_call_t *ngx_http_grip_call_of(ngx_http_request_t *r);
static ngx_int_t ngx_http_grip_call_body_filter(ngx_http_request_t *r,
    ngx_chain_t *in);
static void ngx_http_grip_call_stop(ngx_http_request_t *r);
static ngx_int_t ngx_http_grip_call_capture(ngx_http_request_t *r,
    ngx_http_grip_call_t *call, ngx_buf_t *b);


static ngx_http_output_body_filter_pt  ngx_http_next_body_filter;


/*
 * Only files are left to the handlers of the content phase; those do not answer
 * a POST, but to a call they may.
 */

ngx_int_t
ngx_http_grip_call_content(ngx_http_request_t *r)
{
    ngx_http_grip_call_t  *call;

    call = (r == r->main) ? NULL : ngx_http_grip_call_of(r);

    if (call && call->subrequest == r) {
        r->method = NGX_HTTP_GET;
    }

    return NGX_DECLINED;
}


void
ngx_http_grip_call_init(void)
{
    ngx_http_next_body_filter = ngx_http_top_body_filter;
    ngx_http_top_body_filter = ngx_http_grip_call_body_filter;
}


ngx_int_t
ngx_http_grip_call_start(ngx_http_request_t *r, ngx_http_grip_call_t *call)
{
    ngx_int_t                    rc;
    ngx_str_t                    uri, args;
    ngx_http_request_t          *sr;
    ngx_http_grip_ctx_t         *ctx;
    ngx_http_post_subrequest_t  *ps;

    ctx = ngx_http_grip_ctx_get(r);
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    rc = ngx_http_grip_call_uri(r, call, &uri, &args);
    if (rc != NGX_OK) {
        return rc;
    }

    ps = ngx_palloc(r->pool, sizeof(ngx_http_post_subrequest_t));
    if (ps == NULL) {
        return NGX_ERROR;
    }

    ps->handler = ngx_http_grip_call_done;
    ps->data = call;

    call->start = ngx_current_msec;
    call->captured = NULL;
    call->last = &call->captured;
    call->size = 0;
    call->status = 0;
    call->error = NULL;
    call->complete = 0;

    if (ngx_http_grip_subrequest(r, &uri, &args, &sr, ps,
                                 NGX_HTTP_SUBREQUEST_WAITED, &call->posted)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    /* from here on the subrequest is posted and will run, come what may */

    call->subrequest = sr;
    ctx->call = call;

    sr->filter_need_in_memory = 1;

    if (ngx_http_grip_call_request(r, sr, call) != NGX_OK) {
        call->error = "out of memory";
        sr->write_event_handler = ngx_http_grip_call_request_refuse;
    }

    return NGX_OK;
}


/*
 * A client's text in the URI must not reach beyond it: a backend gets it as it
 * is here, and so does the log.
 */

static ngx_int_t
ngx_http_grip_call_uri(ngx_http_request_t *r, ngx_http_grip_call_t *call,
    ngx_str_t *uri, ngx_str_t *args)
{
    size_t      len;
    u_char     *p;
    ngx_uint_t  flags;

    len = ngx_grip_percent_uri(NULL, &call->uri, "");

    if (len != call->uri.len) {
        p = ngx_pnalloc(r->pool, len);
        if (p == NULL) {
            ngx_str_null(&call->uri);
            return NGX_ERROR;
        }

        (void) ngx_grip_percent_uri(p, &call->uri, "");

        call->uri.len = len;
        call->uri.data = p;
    }

    *uri = call->uri;
    ngx_str_null(args);
    flags = 0;

    if (uri->len == 0 || uri->data[0] != '/'
        || !ngx_http_grip_call_uri_printable(uri)
        || ngx_http_parse_unsafe_uri(r, uri, args, &flags) != NGX_OK
        || ngx_http_grip_call_uri_dotted(uri))
    {
        call->error = "invalid URI";
        return NGX_DECLINED;
    }

    return NGX_OK;
}


/* nginx decodes the path, and logs what it is then */

static ngx_uint_t
ngx_http_grip_call_uri_printable(ngx_str_t *uri)
{
    u_char  *p, *last;

    last = uri->data + uri->len;

    for (p = uri->data; p < last && *p != '?'; p++) {

        if (*p == '%'
            && (p[1] < '2' || (p[1] == '7' && ngx_tolower(p[2]) == 'f')))
        {
            return 0;
        }
    }

    return 1;
}


/*
 * Of the segments that a backend takes away, nginx refuses "..": none of them
 * can be encoded.
 */

static ngx_uint_t
ngx_http_grip_call_uri_dotted(ngx_str_t *uri)
{
    u_char  *p, *last;

    last = uri->data + uri->len;

    for (p = uri->data; p < last; p++) {

        if (p[0] == '/' && last - p > 1 && p[1] == '.'
            && (last - p == 2 || p[2] == '/'))
        {
            return 1;
        }
    }

    return 0;
}


/*
 * This is called again after an error page was made of a status, and before
 * filters have let go of all output; but not after the parent was woken, as
 * there is no other subrequest that is waited for, and this one was active
 * (ngx_http_finalize_request()).  An error must not get through, as it would
 * end the main request.
 */

static ngx_int_t
ngx_http_grip_call_done(ngx_http_request_t *sr, void *data, ngx_int_t rc)
{
    ngx_http_grip_call_t *call = data;

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, sr->connection->log, 0,
                   "grip call done: %i, status %ui", rc,
                   sr->headers_out.status);

    if (sr->connection->error) {
        return rc;
    }

    switch (rc) {

    case NGX_OK:
    case NGX_AGAIN:

        /* a file that is read by a thread is on its way (NGX_AGAIN) */

        if (sr->buffered || sr->postponed) {
            return rc;
        }

        call->status = sr->headers_out.status;

        if (call->error) {
            break;
        }

        if (call->status == 0) {
            call->error = "no answer";

        } else if (sr->upstream && !call->complete && !sr->header_only) {

            /* an upstream that fails in mid-answer ends without saying so */

            call->error = "answer cut off";
        }

        break;

    case NGX_HTTP_CLOSE:
    case NGX_HTTP_REQUEST_TIME_OUT:
    case NGX_HTTP_CLIENT_CLOSED_REQUEST:

        /* they would end the connection, and are meant for that of a client */

        if (call->error == NULL) {
            call->error = "no answer";
        }

        break;

    default:
        if (rc >= NGX_HTTP_SPECIAL_RESPONSE || rc == NGX_HTTP_CREATED
            || rc == NGX_HTTP_NO_CONTENT)
        {
            return rc;
        }

        if (call->error == NULL) {
            call->error = "answer cut off";
        }
    }

    sr->parent->write_event_handler = ngx_http_grip_call_resume;

    return NGX_OK;
}


/* the main request, posted when its subrequest was finalized */

static void
ngx_http_grip_call_resume(ngx_http_request_t *r)
{
    ngx_connection_t      *c;
    ngx_http_grip_ctx_t   *ctx;
    ngx_http_grip_call_t  *call;

    c = r->connection;

    /* of a subrequest that waited for its output (ngx_http_writer()) */

    if (c->write->timer_set) {
        ngx_del_timer(c->write);
    }

    r->write_event_handler = ngx_http_request_empty_handler;
    c->log->action = "calling grip function";

    ctx = ngx_http_grip_ctx_find(r);

    if (ctx == NULL || ctx->call == NULL) {
        return;
    }

    call = ctx->call;
    ctx->call = NULL;

    if (call->error == NULL && ngx_http_grip_call_join(call) != NGX_OK) {
        call->error = "out of memory";
    }

    if (call->metrics) {
        ngx_http_grip_call_metrics_count(call);
    }

    /* a runtime marks it, so that the body, which is gone, need not be read */

    if (call->error == NULL && call->discard
        && ngx_http_grip_call_marked(call))
    {
        call->error = "it returned an error";
    }

    call->handler(call);
}


ngx_uint_t
ngx_http_grip_call_marked(ngx_http_grip_call_t *call)
{
    static ngx_str_t  name = ngx_string("x-amz-function-error");

    return ngx_http_grip_headers_sent(call->subrequest, &name);
}


static ngx_int_t
ngx_http_grip_call_join(ngx_http_grip_call_t *call)
{
    u_char       *p;
    ngx_chain_t  *cl;

    call->answer.len = call->size;

    if (call->captured == NULL) {
        call->answer.data = (u_char *) "";
        return NGX_OK;
    }

    if (call->captured->next == NULL) {
        call->answer.data = call->captured->buf->pos;
        return NGX_OK;
    }

    p = ngx_pnalloc(call->subrequest->pool, call->size);
    if (p == NULL) {
        return NGX_ERROR;
    }

    call->answer.data = p;

    for (cl = call->captured; cl; cl = cl->next) {
        p = ngx_cpymem(p, cl->buf->pos, cl->buf->last - cl->buf->pos);
    }

    return NGX_OK;
}


/* the call that a subrequest, or a subrequest of its, serves */

static ngx_http_grip_call_t *
ngx_http_grip_call_of(ngx_http_request_t *r)
{
    for ( /* void */ ; r != r->main; r = r->parent) {
        if (r->post_subrequest
            && r->post_subrequest->handler == ngx_http_grip_call_done)
        {
            return r->post_subrequest->data;
        }
    }

    return NULL;
}


static ngx_int_t
ngx_http_grip_call_body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_chain_t           *cl;
    ngx_http_grip_call_t  *call;

    call = (r == r->main) ? NULL : ngx_http_grip_call_of(r);

    if (call == NULL) {
        return ngx_http_next_body_filter(r, in);
    }

    for (cl = in; cl; cl = cl->next) {

        if (call->error == NULL
            && ngx_http_grip_call_capture(r, call, cl->buf) != NGX_OK)
        {
            ngx_http_grip_call_stop(r);
        }

        if (r == call->subrequest
            && (cl->buf->last_in_chain || cl->buf->last_buf))
        {
            call->complete = 1;
        }

        cl->buf->pos = cl->buf->last;
        cl->buf->file_pos = cl->buf->file_last;
    }

    return NGX_OK;
}


/*
 * An error of a body filter would be one of the client's connection
 * (ngx_http_output_filter()), so the upstream is made to stop reading.
 */

static void
ngx_http_grip_call_stop(ngx_http_request_t *r)
{
    ngx_http_upstream_t  *u;

    u = r->upstream;

    if (u == NULL) {
        return;
    }

    if (u->buffering && u->pipe) {
        u->pipe->downstream_error = 1;

        /* or newer versions of nginx would read on, into a temporary file */

        u->pipe->upstream_error = 1;

    } else {
        u->length = 0;
    }
}


/* what is captured is copied, since the buffers go round */

static ngx_int_t
ngx_http_grip_call_capture(ngx_http_request_t *r, ngx_http_grip_call_t *call,
    ngx_buf_t *b)
{
    size_t        size;
    ngx_buf_t    *copy;
    ngx_chain_t  *cl;

    if (call->discard || !ngx_buf_in_memory(b)) {
        return NGX_OK;
    }

    size = b->last - b->pos;

    if (size > call->max - call->size) {
        call->error = "answer too large";
        ngx_http_grip_limit(r, NGX_HTTP_GRIP_LIMIT_CALL_BUFFER_SIZE);
        return NGX_ERROR;
    }

    if (size) {
        cl = ngx_alloc_chain_link(r->pool);
        copy = ngx_create_temp_buf(r->pool, size);

        if (cl == NULL || copy == NULL) {
            call->error = "out of memory";
            return NGX_ERROR;
        }

        copy->last = ngx_cpymem(copy->last, b->pos, size);

        cl->buf = copy;
        cl->next = NULL;

        *call->last = cl;
        call->last = &cl->next;
        call->size += size;
    }

    return NGX_OK;
}
