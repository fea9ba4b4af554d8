
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Actions: what can be done about an event.  Rules compile to them.
 */


#ifndef _NGX_HTTP_GRIP_ACTION_H_INCLUDED_
#define _NGX_HTTP_GRIP_ACTION_H_INCLUDED_


#include "action/ngx_http_grip_event.h"
#include "wire/ngx_grip_control.h"
#include "wire/ngx_grip_item.h"


/* what the failure of a call does; the default rejects an OPEN, and closes */
#define NGX_HTTP_GRIP_CALL_DEFAULT     0
#define NGX_HTTP_GRIP_CALL_CLOSE       1
#define NGX_HTTP_GRIP_CALL_IGNORE      2
#define NGX_HTTP_GRIP_CALL_REJECT      3

/* what a function is told, and how it answers: "as=" */
#define NGX_HTTP_GRIP_CALL_PLAIN       0
#define NGX_HTTP_GRIP_CALL_JSON        1
#define NGX_HTTP_GRIP_CALL_API_GATEWAY 2


typedef struct ngx_http_grip_action_s  ngx_http_grip_action_t;

/*
 * NGX_OK: done, or skipped with a log line.  NGX_ABORT: it failed, and the
 * request with it (by ngx_http_grip_event_fail() or _close()).  NGX_AGAIN: it
 * waits, and is the last one of its rule.  NGX_ERROR: memory is out.
 */
typedef ngx_int_t (*ngx_http_grip_action_pt)(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_action_t *action);


/*
 * An action ready to be run, all its values known.  Which fields count is said
 * at each function below.  Strings must live as long as the event at hand: what
 * outlives it is copied.
 */

struct ngx_http_grip_action_s {
    const char               *name;
    ngx_http_grip_action_pt   run;

    ngx_str_t                 target;        /* channel or meta name */
    ngx_str_t                 value;         /* message, reason, body */
    ngx_str_t                 code;          /* text of a close code */
    ngx_str_t                 id;
    ngx_str_t                 prev_id;

    ngx_uint_t                type;          /* of an event or message; of a
                                                publication: 0 as the event */
    ngx_uint_t                status;        /* of a reject */
    ngx_uint_t                timeout;       /* seconds, of a call milli-
                                                seconds; 0: default */
    ngx_uint_t                formats;       /* 0: those of the type */

    ngx_str_t                *filters;
    ngx_uint_t                nfilters;
    ngx_grip_pair_t          *meta;
    ngx_uint_t                nmeta;

    ngx_http_grip_call_metrics_t  *metrics;  /* of a call, or NULL */

    ngx_grip_control_type_e   control;

    unsigned                  interval:1;
    unsigned                  no_seq:1;
    unsigned                  ignore_errors:1;
    unsigned                  contract:2;    /* call: NGX_HTTP_GRIP_CALL_* */
    unsigned                  detached:1;    /* call: nobody waits for it */
    unsigned                  reply:1;       /* call: its body is for the
                                                client */
    unsigned                  on_error:2;    /* call: NGX_HTTP_GRIP_CALL_* */
};


/* type (TEXT, BINARY, PING, PONG), value */
ngx_int_t ngx_http_grip_action_send(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_action_t *action);

/* code, value: the reason; both are made what may be sent, it always closes */
ngx_int_t ngx_http_grip_action_close(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_action_t *action);

ngx_int_t ngx_http_grip_action_disconnect(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_action_t *action);

/* status, value: the body (NULL data: nginx's own); OPEN only */
ngx_int_t ngx_http_grip_action_reject(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_action_t *action);

/* control; target, value, filters, type, timeout, interval as it needs */
ngx_int_t ngx_http_grip_action_control(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_action_t *action);

/* target, value (empty: delete) */
ngx_int_t ngx_http_grip_action_set_meta(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_action_t *action);

/* target, value, type, formats, id, prev_id, meta, no_seq, ignore_errors */
ngx_int_t ngx_http_grip_action_publish(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_action_t *action);

/*
 * value: URI, contract, target: route, reply, on_error, detached, timeout;
 * NGX_AGAIN, if it is waited for; see ngx_http_grip_function.h
 */
ngx_int_t ngx_http_grip_action_call(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_action_t *action);


/* a close code of decimal digits that may be sent, else NGX_ERROR */
ngx_int_t ngx_http_grip_action_close_code(ngx_str_t *code);


#endif /* _NGX_HTTP_GRIP_ACTION_H_INCLUDED_ */
