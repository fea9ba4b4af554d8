
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * A WebSocket-over-HTTP request: its events and its answer.
 */


#ifndef _NGX_HTTP_GRIP_WEBSOCKET_H_INCLUDED_
#define _NGX_HTTP_GRIP_WEBSOCKET_H_INCLUDED_


#include "text/ngx_grip_document.h"
#include "request/ngx_http_grip.h"
#include "action/ngx_http_grip_answer.h"
#include "request/ngx_http_grip_scope.h"
#include "request/ngx_http_grip_turn.h"


struct ngx_http_grip_websocket_s {
    ngx_http_request_t          *request;
    ngx_http_grip_turn_t         turn;

    /* the request */

    ngx_str_t                   *connection_id;  /* NULL: not to be believed */
    ngx_grip_ws_reader_t         reader;
    ngx_str_t                    json_headers;   /* for functions, once made */

    /* the event at hand */

    ngx_uint_t                   event;          /* NGX_GRIP_WS_* */
    ngx_str_t                    content;        /* as it came */
    ngx_str_t                    message;        /* empty where none */
    ngx_uint_t                   close_code;     /* 0: none */
    ngx_str_t                    close_reason;
    ngx_grip_document_t         *document;       /* the message as JSON */
    ngx_array_t                 *looked_up;      /* the last keys, and */
    ngx_str_t                    found;          /* what they gave */
    ngx_http_grip_scope_t        scope;
    ngx_http_grip_rule_t        *rule;           /* that matched, or NULL */

    /* the answer */

    ngx_http_grip_answer_t       answer;
    size_t                       max_send_size;  /* 0: no limit */
    ngx_uint_t                   nevents;        /* handled */
    ngx_uint_t                   nsubscribes;

    ngx_uint_t                   reject;         /* status, 0: accept */
    ngx_str_t                    reject_body;    /* NULL data: nginx's own */
    ngx_http_grip_call_t        *reject_call;    /* whose answer it is */

    unsigned                     trusted:1;      /* Meta-* and the like */
    unsigned                     grip:1;         /* the proxy offers GRIP */
    unsigned                     opening:1;      /* the request is an OPEN */
    unsigned                     parsed:1;       /* document was asked for */
    unsigned                     ponged:1;       /* of the event at hand */
    unsigned                     closed:1;       /* nothing may follow */
    unsigned                     done:1;         /* no event may follow */
};


/* the "grip_websocket" directive */
char *ngx_http_grip_websocket(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/* warns of limits too small for it, and marks its rules as used */
char *ngx_http_grip_websocket_merge(ngx_conf_t *cf,
    ngx_http_grip_loc_conf_t *conf);

/* the content handler that it sets */
ngx_int_t ngx_http_grip_websocket_handler(ngx_http_request_t *r);

/*
 * What each handler of such requests does: makes what is known of one, before
 * the body is read, and reads the events when it was, all of which are well
 * formed then.  NGX_OK, or the status that the request ends with.
 */
ngx_int_t ngx_http_grip_websocket_start(ngx_http_request_t *r,
    ngx_http_grip_websocket_t **started);
ngx_int_t ngx_http_grip_websocket_read(ngx_http_grip_websocket_t *ws);

/* goes on after an action has waited; rc is what became of it */
void ngx_http_grip_websocket_resume(ngx_http_grip_websocket_t *ws,
    ngx_int_t rc);


#endif /* _NGX_HTTP_GRIP_WEBSOCKET_H_INCLUDED_ */
