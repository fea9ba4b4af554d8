
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Calls of functions: any location of nginx, by a subrequest that is a fresh
 * request, whose answer is captured.
 */


#ifndef _NGX_HTTP_GRIP_CALL_H_INCLUDED_
#define _NGX_HTTP_GRIP_CALL_H_INCLUDED_


#include "request/ngx_http_grip.h"


typedef void (*ngx_http_grip_call_handler_pt)(ngx_http_grip_call_t *call);


/*
 * A call.  The caller makes it in the pool that the request has at the time,
 * and the subrequest with it, zeroed, sets the first part, and finds the rest
 * set when the handler is called.
 */

struct ngx_http_grip_call_s {
    ngx_str_t                       uri;             /* with arguments; from
                                                        _start() on encoded,
                                                        fit for the log */
    ngx_str_t                       content_type;
    ngx_str_t                       body;            /* may be empty */
    ngx_array_t                    *headers;         /* ngx_grip_pair_t, added
                                                        to the client's own,
                                                        or NULL */
    ngx_uint_t                      bare;            /* a flag: none of the
                                                        client's own */
    ngx_uint_t                      detached;        /* a flag: the request is
                                                        not a client's, and
                                                        its variables go to
                                                        the subrequest */
    ngx_uint_t                      discard;         /* a flag: nobody wants
                                                        the answer's body; it
                                                        is an error if its
                                                        headers say so */
    ngx_msec_t                      timeout;         /* of the life of a
                                                        detached one, 0: the
                                                        default */
    size_t                          max;             /* bytes of an answer */
    ngx_http_grip_call_metrics_t   *metrics;         /* or NULL */
    ngx_http_grip_call_handler_pt   handler;
    void                           *data;

    /* the answer */

    ngx_http_request_t             *subrequest;      /* its headers_out */
    ngx_uint_t                      status;          /* 0: there was none */
    ngx_str_t                       answer;          /* the whole body */
    const char                     *error;           /* why there is no whole
                                                        answer, or NULL */

    /* of ngx_http_grip_call.c */

    ngx_http_posted_request_t       posted;
    ngx_msec_t                      start;
    ngx_chain_t                    *captured;
    ngx_chain_t                   **last;
    size_t                          size;
    unsigned                        complete:1;
};


/*
 * Starts the call for the main request r, whose body was read and which the
 * caller has counted (it returns NGX_DONE from its content handler).  The
 * client's headers go along, but for Grip-*, Meta-*, Connection-Id, which
 * call->headers may have, and those of the body and of the connection.
 * NGX_OK: the handler will be called once, from the event loop, unless the
 * request ends before.  Else it will not be called.  NGX_DECLINED: the URI
 * cannot be called, which call->error says; NGX_ERROR: memory is out, or nginx
 * refused the subrequest.
 */
ngx_int_t ngx_http_grip_call_start(ngx_http_request_t *r,
    ngx_http_grip_call_t *call);

/*
 * Whether a runtime of Lambda has marked the answer of a call, which has ended,
 * as an error of the function.
 */
ngx_uint_t ngx_http_grip_call_marked(ngx_http_grip_call_t *call);

/*
 * Whether a request header goes along with a call: not those of the message
 * and of the connection, nor those that only the proxy may set.
 */
ngx_uint_t ngx_http_grip_call_request_passes(ngx_table_elt_t *h);

/* lets files answer calls; for the content phase */
ngx_int_t ngx_http_grip_call_content(ngx_http_request_t *r);

/* installs the capturing filter; for postconfiguration */
void ngx_http_grip_call_init(void);


#endif /* _NGX_HTTP_GRIP_CALL_H_INCLUDED_ */
