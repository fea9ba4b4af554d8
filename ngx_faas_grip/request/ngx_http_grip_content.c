
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The parts that content handlers of ours share.
 */


#include "request/ngx_http_grip_content.h"
#include "request/ngx_http_grip_headers.h"
#include "request/ngx_http_grip_notice.h"
#include "request/ngx_http_grip_refusal.h"
#include "text/ngx_grip_media.h"
#include "text/ngx_grip_percent.h"


/* the lines of a request that have the name Content-Type */

typedef struct {
    ngx_uint_t  lines;
    ngx_uint_t  events;                          /* some resemble events */
    ngx_uint_t  exact;                           /* one is as the proxy's */
    ngx_uint_t  other;                           /* another type is first */
    ngx_uint_t  late;                            /* Grip-Sig is behind one, */
    ngx_uint_t  passed;                          /* and Grip-Feature behind it:
                                                    the type is a client's */
} ngx_http_grip_content_types_t;


static void ngx_http_grip_content_types(ngx_http_request_t *r,
    ngx_http_grip_content_types_t *types);
static void ngx_http_grip_content_type(ngx_str_t *value,
    ngx_http_grip_content_types_t *types);
static ngx_uint_t ngx_http_grip_content_resembles(u_char *p, u_char *end);
static ngx_int_t ngx_http_grip_content_join(ngx_http_request_body_t *rb);
static ngx_int_t ngx_http_grip_content_copy(ngx_http_request_t *r,
    size_t size);


static ngx_str_t  ngx_http_grip_content_events_type =
    ngx_string("application/websocket-events");


char *
ngx_http_grip_content_handler(ngx_conf_t *cf, ngx_http_grip_loc_conf_t *glcf,
    ngx_http_handler_pt handler)
{
    ngx_str_t                  *value;
    ngx_http_core_loc_conf_t   *clcf;
    ngx_http_grip_main_conf_t  *gmcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->handler) {
        return "conflicts with another content handler of the location";
    }

    clcf->handler = handler;

    value = cf->args->elts;

    glcf->handler = handler;
    glcf->handler_name = (const char *) value[0].data;
    glcf->handler_file = cf->conf_file->file.name.data;
    glcf->handler_line = cf->conf_file->line;

    gmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_faas_grip_module);
    gmcf->used = 1;

    return NGX_CONF_OK;
}


char *
ngx_http_grip_content_merge(ngx_conf_t *cf, ngx_http_grip_loc_conf_t *prev,
    ngx_http_grip_loc_conf_t *conf)
{
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (conf->handler && clcf->handler != conf->handler) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"%s\" conflicts with another content handler of the "
                      "location in %s:%ui", conf->handler_name,
                      conf->handler_file, conf->handler_line);
        return NGX_CONF_ERROR;
    }

    if (clcf->noname && clcf->handler == NULL && prev->handler) {
        conf->handler = prev->handler;
        conf->handler_name = prev->handler_name;
        conf->handler_file = prev->handler_file;
        conf->handler_line = prev->handler_line;
        conf->handler_trust = prev->handler_trust;
        conf->websocket = prev->websocket;
        conf->inherited = 1;

        /* an "if" block keeps the handler that the location has set */

        if (clcf->lmt_excpt) {
            clcf->handler = prev->handler;
        }
    }

    return NGX_CONF_OK;
}


ngx_int_t
ngx_http_grip_content_events(ngx_http_request_t *r, const char **err)
{
    ngx_http_grip_content_types_t  types;

    ngx_http_grip_content_types(r, &types);

    if (!types.events) {
        return NGX_DECLINED;
    }

    if (types.other) {
        *err = "another \"Content-Type\" comes first";
        return NGX_HTTP_UNSUPPORTED_MEDIA_TYPE;
    }

    if (types.lines > 1) {
        *err = "more than one \"Content-Type\"";
        return NGX_HTTP_BAD_REQUEST;
    }

    if (!types.exact) {
        *err = "\"Content-Type\" is written in another way";
        return NGX_HTTP_BAD_REQUEST;
    }

    if (types.passed) {
        *err = "\"Content-Type\" precedes \"Grip-Sig\" and \"Grip-Feature\"";
        return NGX_HTTP_BAD_REQUEST;
    }

    /* of the client's request, which an error page may have made a GET */

    if (r->request_line.len < 5
        || ngx_memcmp(r->request_line.data, "POST ", 5) != 0)
    {
        *err = "method is not POST";
        return NGX_HTTP_BAD_REQUEST;
    }

    /* the proxy chooses a route by the bytes of the path */

    if (!ngx_grip_percent_canonical(&r->unparsed_uri)) {
        *err = "path is not in canonical form";
        return NGX_HTTP_BAD_REQUEST;
    }

    return NGX_OK;
}


/*
 * To events of its own the proxy adds the type last.  To the request of a
 * client it adds the signature last, and its features behind that: there the
 * type is the client's, whatever the proxy has overlooked (1.36: it sees an
 * empty line, and passes on the one behind it).  Any other order is left to
 * who stands between: some sort headers by name.
 */

static void
ngx_http_grip_content_types(ngx_http_request_t *r,
    ngx_http_grip_content_types_t *types)
{
    ngx_table_elt_t          *h;
    ngx_http_grip_headers_t   hs;

    ngx_memzero(types, sizeof(ngx_http_grip_content_types_t));

    ngx_http_grip_headers_init(&hs, &r->headers_in.headers);

    while ((h = ngx_http_grip_headers_next(&hs)) != NULL) {

        switch (h->key.len) {

        case sizeof("content-type") - 1:
            if (ngx_http_grip_headers_is(h, "content-type")) {
                ngx_http_grip_content_type(&h->value, types);

            } else if (types->late
                       && ngx_http_grip_headers_is(h, "grip-feature"))
            {
                types->passed = 1;
            }

            break;

        case sizeof("grip-sig") - 1:
            if (ngx_http_grip_headers_is(h, "grip-sig")) {
                types->late = types->lines;
            }

            break;
        }
    }
}


static void
ngx_http_grip_content_type(ngx_str_t *value,
    ngx_http_grip_content_types_t *types)
{
    u_char      *p, *end;
    ngx_str_t    ch, *type;
    ngx_uint_t   inside;

    types->lines++;

    type = &ngx_http_grip_content_events_type;

    if (value->len == type->len
        && ngx_memcmp(value->data, type->data, type->len) == 0)
    {
        types->events = 1;
        types->exact = 1;
        return;
    }

    inside = 0;
    end = value->data + value->len;

    for (p = value->data; p < end; p++) {

        if (!inside && ngx_http_grip_content_resembles(p, end)) {
            types->events = 1;
            return;
        }

        ch.len = 1;
        ch.data = p;
        inside = ngx_http_grip_headers_name_valid(&ch);

        if (inside && !types->events) {
            types->other = 1;
        }
    }
}


/* a parser that is lax enough might take it for the type of events */

static ngx_uint_t
ngx_http_grip_content_resembles(u_char *p, u_char *end)
{
    size_t      i;
    ngx_str_t  *type, next;

    type = &ngx_http_grip_content_events_type;

    for (i = 0; i < type->len; i++, p++) {

        while (i > 0 && p < end && (*p <= ' ' || *p == 0x7f)) {
            p++;
        }

        if (p == end || ngx_tolower(*p) != type->data[i]) {
            return 0;
        }
    }

    next.len = 1;
    next.data = p;

    return p == end || !ngx_http_grip_headers_name_valid(&next);
}


ngx_int_t
ngx_http_grip_content_admit(ngx_http_request_t *r)
{
    ngx_int_t    rc;
    ngx_uint_t   level;
    const char  *err;

    rc = ngx_http_grip_content_events(r, &err);

    if (rc == NGX_OK) {
        return r->method == NGX_HTTP_POST ? NGX_OK : NGX_DECLINED;
    }

    if (rc != NGX_DECLINED) {
        level = ngx_http_grip_refusal_level(NGX_HTTP_GRIP_REFUSAL_FORGERY);

        ngx_log_error(level, r->connection->log, 0,
                      "grip: WebSocket events refused: %s, a client may pose "
                      "as the proxy", err);
    }

    return rc;
}


ngx_int_t
ngx_http_grip_content_unsupported(ngx_http_request_t *r)
{
    ngx_uint_t  level;

    level = ngx_http_grip_refusal_level(NGX_HTTP_GRIP_REFUSAL_EVENTS);

    ngx_log_error(level, r->connection->log, 0,
                  "grip: not a WebSocket-over-HTTP request%s",
                  ngx_http_grip_refusal_advice(level,
                              "the route of the proxy may lack \"over_http\", "
                              "or the client does not use the proxy"));

    return NGX_HTTP_UNSUPPORTED_MEDIA_TYPE;
}


ngx_int_t
ngx_http_grip_content_not_allowed(ngx_http_request_t *r, const char *methods)
{
    ngx_str_t  value;

    static ngx_str_t  allow = ngx_string("Allow");

    value.len = ngx_strlen(methods);
    value.data = (u_char *) methods;

    return ngx_http_grip_headers_out(r, &allow, &value)
           ? NGX_HTTP_NOT_ALLOWED : NGX_HTTP_INTERNAL_SERVER_ERROR;
}


ngx_uint_t
ngx_http_grip_content_passed(ngx_http_request_t *r, ngx_uint_t kind,
    const char *directive)
{
    if (ngx_http_grip_header_in(r, "grip-sig") == NULL) {
        return 0;
    }

    ngx_http_grip_notice(r, ngx_http_grip_refusal_level(kind),
                         "grip: \"%s\" refused a request that came through "
                         "the proxy", directive);

    return 1;
}


ngx_int_t
ngx_http_grip_content_read(ngx_http_request_t *r,
    ngx_http_client_body_handler_pt handler)
{
    ngx_int_t  rc;

    r->request_body_in_single_buf = 1;

    rc = ngx_http_read_client_request_body(r, handler);

    return (rc >= NGX_HTTP_SPECIAL_RESPONSE) ? rc : NGX_DONE;
}


ngx_int_t
ngx_http_grip_content_send(ngx_http_request_t *r, ngx_uint_t status,
    ngx_str_t *type, ngx_str_t *text)
{
    ngx_http_complex_value_t  cv;

    ngx_memzero(&cv, sizeof(ngx_http_complex_value_t));

    cv.value = *text;

    return ngx_http_send_response(r, status, type, &cv);
}


/*
 * nginx may have the body in several buffers, or in a temporary file,
 * "request_body_in_single_buf" notwithstanding (ngx_http_request_body.c).
 * Joined once, it stays so: its second reader finds it where the first did.
 */

ngx_int_t
ngx_http_grip_content_body(ngx_http_request_t *r, ngx_str_t *body)
{
    size_t        size;
    ngx_chain_t  *cl, *bufs;

    bufs = r->request_body ? r->request_body->bufs : NULL;

    size = 0;

    for (cl = bufs; cl; cl = cl->next) {
        size += (size_t) ngx_buf_size(cl->buf);
    }

    if (size == 0) {
        ngx_str_set(body, "");
        return NGX_OK;
    }

    if ((bufs->next || bufs->buf->in_file)
        && ngx_http_grip_content_join(r->request_body) != NGX_OK
        && ngx_http_grip_content_copy(r, size) != NGX_OK)
    {
        return NGX_ERROR;
    }

    body->len = size;
    body->data = r->request_body->bufs->buf->pos;

    return NGX_OK;
}


/*
 * Bytes that came with the request header are a buffer of their own.  The other
 * one follows it if the header buffer has room for both; else, for a body "in a
 * single buffer", nginx makes it large enough to hold both, and leaves it at
 * that (ngx_http_request_body.c).  A copy would take as much memory again.
 */

static ngx_int_t
ngx_http_grip_content_join(ngx_http_request_body_t *rb)
{
    size_t      len;
    ngx_buf_t  *first, *b;

    if (rb->bufs->next == NULL || rb->bufs->next->next
        || rb->buf == NULL)
    {
        return NGX_DECLINED;
    }

    first = rb->bufs->buf;
    b = rb->bufs->next->buf;

    if (first->in_file || b->in_file) {
        return NGX_DECLINED;
    }

    len = first->last - first->pos;

    if (first->last == b->pos) {
        b->pos = first->pos;

    } else if (b->start == rb->buf->start
               && len <= (size_t) (rb->buf->end - b->last))
    {
        ngx_memmove(b->pos + len, b->pos, b->last - b->pos);
        ngx_memcpy(b->pos, first->pos, len);
        b->last += len;

    } else {
        return NGX_DECLINED;
    }

    rb->bufs = rb->bufs->next;

    return NGX_OK;
}


static ngx_int_t
ngx_http_grip_content_copy(ngx_http_request_t *r, size_t size)
{
    ssize_t       n;
    ngx_buf_t    *b, *copy;
    ngx_chain_t  *cl, *joined;

    joined = ngx_alloc_chain_link(r->pool);
    copy = ngx_create_temp_buf(r->pool, size);

    if (joined == NULL || copy == NULL) {
        return NGX_ERROR;
    }

    for (cl = r->request_body->bufs; cl; cl = cl->next) {
        b = cl->buf;

        if (b->last == b->pos && !b->in_file) {
            continue;
        }

        if (!b->in_file) {
            copy->last = ngx_cpymem(copy->last, b->pos, b->last - b->pos);
            continue;
        }

        size = (size_t) (b->file_last - b->file_pos);

        n = ngx_read_file(b->file, copy->last, size, b->file_pos);

        if (n != (ssize_t) size) {
            ngx_log_error(NGX_LOG_CRIT, r->connection->log, 0,
                          "grip: request body could not be read back from "
                          "\"%V\"", &b->file->name);
            return NGX_ERROR;
        }

        copy->last += n;
    }

    joined->buf = copy;
    joined->next = NULL;

    r->request_body->bufs = joined;

    return NGX_OK;
}


/* the first type in "Accept" that we have decides */

ngx_uint_t
ngx_http_grip_content_json(ngx_http_request_t *r)
{
    ngx_str_t                 list, range;
    ngx_table_elt_t          *h;
    ngx_http_grip_headers_t   hs;

    static ngx_str_t  accept = ngx_string("accept");

    static ngx_str_t  json = ngx_string("application/json");
    static ngx_str_t  text = ngx_string("text/plain");

    ngx_http_grip_headers_init(&hs, &r->headers_in.headers);

    for ( ;; ) {
        h = ngx_http_grip_headers_find(&hs, &accept);
        if (h == NULL) {
            return 0;
        }

        list = h->value;

        while (ngx_http_grip_headers_element(&list, &range)) {

            range = ngx_grip_media_type(&range);

            if (ngx_grip_media_is(&text, &range)) {
                return 0;
            }

            if (ngx_grip_media_is(&json, &range)) {
                return 1;
            }
        }
    }
}
