
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * A WebSocket-over-HTTP request: what is known of its connection, the event
 * at hand, and the answer so far.
 */


#ifndef _NGX_HTTP_GRIP_EVENT_H_INCLUDED_
#define _NGX_HTTP_GRIP_EVENT_H_INCLUDED_


#include "action/ngx_http_grip_answer.h"
#include "request/ngx_http_grip.h"
#include "request/ngx_http_grip_scope.h"
#include "request/ngx_http_grip_turn.h"
#include "text/ngx_grip_document.h"


typedef ngx_int_t (*ngx_http_grip_handler_pt)(ngx_http_grip_websocket_t *ws);

/* goes on after an action has waited; rc is what became of it */
typedef void (*ngx_http_grip_resume_pt)(ngx_http_grip_websocket_t *ws,
    ngx_int_t rc);


/* how many detached calls a request has, see ngx_http_grip_call_detached.h */
typedef struct ngx_http_grip_detachment_s  ngx_http_grip_detachment_t;


struct ngx_http_grip_websocket_s {
    ngx_http_request_t          *request;
    ngx_http_grip_turn_t         turn;
    ngx_http_grip_resume_pt      resume;

    /* who handles its events, see ngx_http_grip_websocket.h */

    ngx_http_grip_handler_pt     handler;
    ngx_http_grip_handler_pt     headers;        /* of the answer; NULL: those
                                                    of the module */
    void                        *data;

    /* the request */

    ngx_str_t                   *connection_id;  /* NULL: not to be believed */
    ngx_grip_ws_reader_t         reader;         /* of the events to come, */
    ngx_grip_ws_event_t          first;          /* the first was read when all
                                                    were checked; type 0: it
                                                    was handled, or is none */
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
    ngx_array_t                 *batch;          /* ngx_grip_ws_event_t, those
                                                    that an action is about, up
                                                    to the one at hand; NULL:
                                                    that one alone */

    /* the answer */

    ngx_http_grip_answer_t       answer;
    size_t                       max_send_size;  /* 0: no limit */
    ngx_uint_t                   nevents;        /* handled */
    ngx_http_grip_loc_metrics_t *metrics;        /* of the location, NULL: none
                                                    are counted */
    ngx_uint_t                   nsubscribes;

    ngx_uint_t                   reject;         /* status, 0: accept */
    ngx_str_t                    reject_body;    /* NULL data: nginx's own */
    ngx_http_grip_call_t        *reject_call;    /* whose answer it is */

    ngx_str_t                    subprotocol;    /* a function's choice, NULL
                                                    data: none was made */
    ngx_array_t                 *handshake;      /* ngx_grip_pair_t, headers
                                                    of functions, or NULL */

    ngx_http_grip_detachment_t  *detachment;     /* of its calls, or NULL */
    ngx_http_grip_call_t        *put_off;        /* until the answer is sent,
                                                    or NULL */

    unsigned                     trusted:1;      /* Meta-* and the like */
    unsigned                     grip:1;         /* the proxy offers GRIP */
    unsigned                     opening:1;      /* the request is an OPEN */
    unsigned                     parsed:1;       /* document was asked for */
    unsigned                     freed:1;        /* the last one will be */
    unsigned                     ponged:1;       /* of the event at hand */
    unsigned                     closed:1;       /* nothing may follow */
    unsigned                     done:1;         /* no event may follow */
    unsigned                     whole:1;        /* the handler is called even
                                                    if no event is known */
};


/* makes it the event at hand, which variables show */
void ngx_http_grip_event_take(ngx_http_grip_websocket_t *ws, ngx_uint_t type,
    ngx_str_t *content);

/* it is one more of the events of the request that were handled */

static ngx_inline void
ngx_http_grip_event_count(ngx_http_grip_websocket_t *ws, ngx_uint_t type)
{
    ws->nevents++;

    if (ws->metrics) {
        ngx_http_grip_metrics_count(ws->metrics->events_in,
                                    ngx_grip_ws_index(type));
    }
}


/* the code of the CLOSE that the next event must be answered with, or 0 */
ngx_uint_t ngx_http_grip_event_refusal(ngx_http_grip_websocket_t *ws,
    ngx_uint_t type, ngx_str_t *content);

/* says so, and ends the connection by that CLOSE for the event at hand */
ngx_int_t ngx_http_grip_event_refuse(ngx_http_grip_websocket_t *ws,
    ngx_uint_t code);

/* whether an OPEN is at hand, the first of several, too */
ngx_uint_t ngx_http_grip_event_opens(ngx_http_grip_websocket_t *ws);

/* does what the events at hand are owed, whatever their actions did */
ngx_int_t ngx_http_grip_event_oblige(ngx_http_grip_websocket_t *ws);

/* ends the connection by a CLOSE with the reason, a literal */
ngx_int_t ngx_http_grip_event_close(ngx_http_grip_websocket_t *ws,
    ngx_uint_t code, const char *reason);

/*
 * Ends the connection by CLOSE 1009, for which there is always room, as a
 * message for it cannot be sent: it would go on with a gap that nobody sees.
 */
ngx_int_t ngx_http_grip_event_unsent(ngx_http_grip_websocket_t *ws);

/* the same, and says that the answer has no room for len bytes of an action */
ngx_int_t ngx_http_grip_event_full(ngx_http_grip_websocket_t *ws,
    const char *action, size_t len);

/*
 * Ends the request as a failure of ours: no further event is run; the answer
 * is what there is of it and a CLOSE 1011 with the reason, a literal; on
 * OPEN it is the status.  A status would cut a live connection, protocol 1.4.
 */
void ngx_http_grip_event_fail(ngx_http_grip_websocket_t *ws,
    ngx_uint_t status, const char *reason);


#endif /* _NGX_HTTP_GRIP_EVENT_H_INCLUDED_ */
