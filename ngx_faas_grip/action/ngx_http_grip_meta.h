
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Metas: the state of a connection that the proxy keeps.  Those of the
 * request, and what actions have made of them.  protocol 1.6.
 */


#ifndef _NGX_HTTP_GRIP_META_H_INCLUDED_
#define _NGX_HTTP_GRIP_META_H_INCLUDED_


#include "action/ngx_http_grip_event.h"
#include "wire/ngx_grip_item.h"


/* names that the answer to one request may set: more would not come back */
#define NGX_HTTP_GRIP_META_NAMES_MAX   256


/*
 * Names are the same whatever the case of their letters, and with "_" for
 * "-".  All functions may be called from subrequests and within events.
 */

/*
 * The value of a meta, which is as an action has set it or else, if it is to
 * be believed, as the request has it.  NGX_OK: the value, empty if it was
 * deleted, lives as long as the event at hand.  NGX_DECLINED: there is none.
 * NGX_ERROR: memory is out.
 */
ngx_int_t ngx_http_grip_meta_find(ngx_http_request_t *r, ngx_str_t *name,
    ngx_str_t *value);

/* why no header can hold such a value, a literal, or NULL */
const char *ngx_http_grip_meta_invalid(ngx_str_t *value);

/*
 * Why the proxy could not give such a value back, a literal, or NULL: a header
 * cannot hold it, or is longer than one of a request may be.
 */
const char *ngx_http_grip_meta_unusable(ngx_http_request_t *r,
    ngx_str_t *name, ngx_str_t *value);

/*
 * Sets a meta, or deletes it by an empty value.  Name and value are valid in
 * a header, and are copied, the name with "-" for "_": nginx drops request
 * headers with underscores.  NGX_DECLINED: too many names.  NGX_ERROR: memory
 * is out.
 */
ngx_int_t ngx_http_grip_meta_set(ngx_http_grip_websocket_t *ws,
    ngx_str_t *name, ngx_str_t *value);

/*
 * All that have a value, as ngx_grip_pair_t, for as long as the event at hand.
 * Before each name stands "Meta-", in whatever letters.  NULL: memory is out.
 */
ngx_array_t *ngx_http_grip_meta_list(ngx_http_request_t *r);

/*
 * Sets for a request with another context, whose headers are copies of those of
 * r, what was set for r.  NGX_ERROR: memory is out.
 */
ngx_int_t ngx_http_grip_meta_copy(ngx_http_grip_websocket_t *ws,
    ngx_http_request_t *r);

/* adds a header to the response for each meta that was set or deleted */
ngx_int_t ngx_http_grip_meta_reply(ngx_http_request_t *r);


#endif /* _NGX_HTTP_GRIP_META_H_INCLUDED_ */
