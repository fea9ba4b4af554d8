
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#ifndef _NGX_HTTP_GRIP_CONTENT_H_INCLUDED_
#define _NGX_HTTP_GRIP_CONTENT_H_INCLUDED_


#include "request/ngx_http_grip.h"


/*
 * Makes handler the content handler of the location whose directive is being
 * parsed; the text of an error if it has another one already.
 */
char *ngx_http_grip_content_handler(ngx_conf_t *cf,
    ngx_http_grip_loc_conf_t *glcf, ngx_http_handler_pt handler);

/*
 * Checks in merge that no later directive has put another content handler in
 * the place of ours, and passes what the location does on to its "if" and
 * "limit_except" blocks.
 */
char *ngx_http_grip_content_merge(ngx_conf_t *cf,
    ngx_http_grip_loc_conf_t *prev, ngx_http_grip_loc_conf_t *conf);

/*
 * Whether the client's request is WebSocket-over-HTTP: a POST with one
 * Content-Type, "application/websocket-events" byte for byte, which the proxy
 * has not passed on from a client, and a path in canonical form.  It stays one
 * when an error page makes a GET of it.
 * NGX_OK: it is one.  NGX_DECLINED: it is of another kind.  A status, 400 or
 * 415: it resembles one, as a client's does that poses as the proxy, and *err
 * says in what it differs; it must be refused.
 */
ngx_int_t ngx_http_grip_content_events(ngx_http_request_t *r,
    const char **err);

/*
 * The same, asked by a handler: what resembles events is logged, and an error
 * page is of another kind.
 */
ngx_int_t ngx_http_grip_content_admit(ngx_http_request_t *r);

/* says that a request has no events where it must have some; returns 415 */
ngx_int_t ngx_http_grip_content_unsupported(ngx_http_request_t *r);

/*
 * Refuses the method of the request: says which ones are allowed, a literal
 * list, and returns 405, or 500 if memory is out.
 */
ngx_int_t ngx_http_grip_content_not_allowed(ngx_http_request_t *r,
    const char *methods);

/*
 * Whether the request came through the proxy, from anyone, to a directive that
 * is not for them: that is logged, by a refusal of the kind.
 */
ngx_uint_t ngx_http_grip_content_passed(ngx_http_request_t *r,
    ngx_uint_t kind, const char *directive);

/*
 * Has the body read, and returns what the content handler does, whose part
 * behind the body the handler is.
 */
ngx_int_t ngx_http_grip_content_read(ngx_http_request_t *r,
    ngx_http_client_body_handler_pt handler);

/*
 * Sends a response of a text, which lives as long as the request.  Returns what
 * the filters do.
 */
ngx_int_t ngx_http_grip_content_send(ngx_http_request_t *r, ngx_uint_t status,
    ngx_str_t *type, ngx_str_t *text);

/*
 * Sets *body to the request's body, which was read, as one piece of memory
 * that lives as long as the request, and is the same for each who asks.
 * NGX_ERROR: memory is out, or the temporary file could not be read, which is
 * logged.
 */
ngx_int_t ngx_http_grip_content_body(ngx_http_request_t *r, ngx_str_t *body);

/*
 * Whether the client wants JSON: of "application/json" and "text/plain" in
 * "Accept" the former is there, or comes first.
 */
ngx_uint_t ngx_http_grip_content_json(ngx_http_request_t *r);


#endif /* _NGX_HTTP_GRIP_CONTENT_H_INCLUDED_ */
