
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The configuration and request context types, shared by all files of the
 * http layer.
 */


#ifndef _NGX_HTTP_GRIP_H_INCLUDED_
#define _NGX_HTTP_GRIP_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "metrics/ngx_http_grip_metrics.h"
#include "wire/ngx_grip_ws.h"


#define NGX_HTTP_GRIP_VERSION          "0.9.0"

#define NGX_HTTP_GRIP_VERIFY_OFF       0
#define NGX_HTTP_GRIP_VERIFY_ON        1
#define NGX_HTTP_GRIP_VERIFY_OPTIONAL  2
/* nothing was said and nothing is required, but a key is known: believe
   what is verified, and only that */
#define NGX_HTTP_GRIP_VERIFY_LAZY      3
/* on for WebSocket-over-HTTP requests, optional for others */
#define NGX_HTTP_GRIP_VERIFY_EVENTS    4

#define NGX_HTTP_GRIP_REQUIRE_ANY      0
#define NGX_HTTP_GRIP_REQUIRE_ALL      1

#define NGX_HTTP_GRIP_PUBLISH_AUTO     0         /* as Content-Type says */
#define NGX_HTTP_GRIP_PUBLISH_TEXT     1
#define NGX_HTTP_GRIP_PUBLISH_BINARY   2


typedef struct ngx_http_grip_publisher_s    ngx_http_grip_publisher_t;
typedef struct ngx_http_grip_publication_s  ngx_http_grip_publication_t;
typedef struct ngx_http_grip_websocket_s    ngx_http_grip_websocket_t;
typedef struct ngx_http_grip_rules_s        ngx_http_grip_rules_t;
typedef struct ngx_http_grip_rule_s         ngx_http_grip_rule_t;
typedef struct ngx_http_grip_resume_s       ngx_http_grip_resume_t;
typedef struct ngx_http_grip_hold_conf_s    ngx_http_grip_hold_conf_t;
typedef struct ngx_http_grip_publish_conf_s  ngx_http_grip_publish_conf_t;
typedef struct ngx_http_grip_call_s         ngx_http_grip_call_t;
typedef struct ngx_http_grip_pool_s         ngx_http_grip_pool_t;
typedef struct ngx_http_grip_lambda_conf_s  ngx_http_grip_lambda_conf_t;
typedef struct ngx_http_grip_api_gateway_s  ngx_http_grip_api_gateway_t;
typedef struct ngx_http_grip_verified_s     ngx_http_grip_verified_t;
typedef struct ngx_http_grip_metas_s        ngx_http_grip_metas_t;
typedef struct ngx_http_grip_notices_s      ngx_http_grip_notices_t;
typedef struct ngx_http_grip_json_texts_s   ngx_http_grip_json_texts_t;
typedef struct ngx_http_grip_loc_conf_s     ngx_http_grip_loc_conf_t;


typedef enum {
    NGX_HTTP_GRIP_VERDICT_UNKNOWN = 0,           /* not asked yet */
    NGX_HTTP_GRIP_VERDICT_NONE,                  /* there is no Grip-Sig */
    NGX_HTTP_GRIP_VERDICT_SUCCESS,
    NGX_HTTP_GRIP_VERDICT_FAILED
} ngx_http_grip_verdict_e;


/* a directive whose location believes what the proxy alone may say */

typedef struct {
    ngx_uint_t                   verify;         /* if a key is known: _ON,
                                                    _EVENTS, _OFF: none */
    const char                  *name;           /* NULL: nothing to warn of */
    u_char                      *file;
    ngx_uint_t                   line;
    const char                  *risk;           /* what others could do, if
                                                    no key is known */
} ngx_http_grip_trust_t;


typedef struct {
    ngx_array_t                  rules;          /* ngx_http_grip_rules_t * */
    struct ngx_grip_key_s       *verify_key;     /* GRIP_VERIFY_KEY, made when
                                                    it is first asked for */

    ngx_http_grip_trust_t       *unverified;     /* of the first location that
                                                    nobody left unverified */
    ngx_uint_t                   unverified_more;

    ngx_uint_t                   call_detached_max;  /* of a worker; unset: a
                                                        quarter of its
                                                        connections */
    ngx_array_t                 *call_detached_variables;
                                                     /* to copy, NULL: not
                                                        known yet */

    unsigned                     resumes:1;      /* some location's holds do */
    unsigned                     used:1;         /* some location needs the
                                                    proxy: the environment
                                                    matters */
} ngx_http_grip_main_conf_t;


/* what a location counts; each is NULL if there is nothing to count */

typedef struct {
    ngx_http_grip_metric_t      *requests;       /* by status */
    ngx_http_grip_metric_t      *events_in;      /* by ngx_grip_ws_index() */
    ngx_http_grip_metric_t      *events_out;
    ngx_http_grip_metric_t     **rules;          /* one for each */
    ngx_http_grip_metric_t      *holds;
    ngx_http_grip_metric_t      *verdicts;       /* success, none */
    ngx_http_grip_metric_t      *failures;       /* by reason */
    ngx_http_grip_metric_t      *limits;         /* see ..._grip_limit.h */
} ngx_http_grip_loc_metrics_t;


/* and what a call does, wherever it is written */

typedef struct {
    ngx_http_grip_metric_t      *calls;          /* by status */
    ngx_http_grip_metric_t      *duration;
} ngx_http_grip_call_metrics_t;


struct ngx_http_grip_loc_conf_s {
    /* the proxy */
    ngx_str_t                    prefix;

    /* verification */
    ngx_uint_t                   verify;         /* NGX_HTTP_GRIP_VERIFY_* */
    ngx_array_t                 *verify_keys;    /* ngx_http_grip_verify_key_t,
                                                    NULL: none known */
    ngx_http_grip_trust_t        hold_trust;

    /* WebSockets */
    ngx_http_grip_rules_t       *rules;
    ngx_array_t                 *subprotocols;   /* ngx_str_t */
    time_t                       poll_interval;  /* seconds, 0: off */
    ngx_uint_t                   max_events;     /* of a request */
    size_t                       max_message_size;  /* 0: off */
    size_t                       max_send_size;  /* 0: off; unset: as the
                                                    proxy's version needs */
    ngx_flag_t                   connection;     /* each has a channel */
    size_t                       connections_size;  /* of a message to one */

    /* functions */
    size_t                       call_buffer_size;
    ngx_flag_t                   call_batch;
    ngx_http_grip_lambda_conf_t *lambda;
    ngx_array_t                 *lambda_sets;    /* ..._lambda_set_t */
    ngx_http_grip_api_gateway_t *api_gateway;    /* NULL: nothing was said */

    /* holds */
    ngx_http_grip_hold_conf_t   *hold;

    /* publishing */
    ngx_http_grip_publish_conf_t *publish;
    ngx_uint_t                   publish_type;
    ngx_uint_t                   publish_require;
    ngx_array_t                 *control_keys;   /* ngx_http_grip_verify_key_t,
                                                    NULL: none needed */

    ngx_http_grip_zone_t        *history;        /* NULL: off */

    ngx_http_handler_pt          handler;        /* of ours, if any, and */
    u_char                      *handler_file;   /* where it was asked for */
    ngx_uint_t                   handler_line;
    const char                  *handler_name;
    ngx_http_grip_trust_t        handler_trust;

    ngx_http_grip_loc_metrics_t  metrics;
    ngx_http_grip_zone_t        *metrics_zone;   /* of "grip_metrics" */

    unsigned                     websocket:1;
    unsigned                     publishes:1;    /* inherits no hold */
    unsigned                     inherited:1;    /* an "if" block that shares
                                                    the handler */
    unsigned                     verify_said:1;  /* here or at a level above */
};


/*
 * The context of a client request.  It belongs to the main request and survives
 * internal redirects, see ngx_http_grip_ctx_get().
 */

typedef struct {
    ngx_pool_t                  *pool;           /* of the main request */

    ngx_http_grip_verdict_e      verdict;        /* see ..._grip_verify.h */
    const char                  *reason;         /* FAILED: why */
    ngx_str_t                    iss;            /* SUCCESS: who signed */
    ngx_array_t                 *keys;           /* those asked */

    ngx_http_grip_pool_t        *pools;
    ngx_http_grip_metas_t       *metas;          /* NULL: not asked for */
    ngx_http_grip_websocket_t   *websocket;
    ngx_http_grip_publication_t *publication;
    ngx_http_grip_call_t        *call;           /* in flight, or NULL */
    ngx_http_headers_in_t       *call_headers;   /* of the client, for calls,
                                                    NULL: not made yet */
    ngx_http_grip_notices_t     *notices;        /* for the log, or NULL */
    ngx_http_grip_json_texts_t  *json_texts;     /* of "grip_json_set", or
                                                    NULL */

    ngx_http_grip_resume_t      *resume;         /* of a hold with a history,
                                                    or NULL */
    size_t                       held_size;      /* seen, if not known before */
    unsigned                     recognised:1;   /* "events" is known */
    unsigned                     events:1;       /* it is WebSocket-over-HTTP,
                                                    for Meta-* and the like */
    unsigned                     failed:1;       /* a variable, as memory was
                                                    out: so do texts */
    unsigned                     held:1;
    unsigned                     measured:1;     /* its size is still to see */
    unsigned                     comment:1;      /* goes before the body */
    unsigned                     bare:1;         /* the response has no headers
                                                    but those of its hold */
    unsigned                     unlinked:1;     /* its link is too long, which
                                                    was logged */
} ngx_http_grip_ctx_t;


extern ngx_module_t  ngx_http_faas_grip_module;


/* the two parts of the functions below that are seldom needed */
ngx_http_grip_ctx_t *ngx_http_grip_ctx_create(ngx_http_request_t *r);
ngx_http_grip_ctx_t *ngx_http_grip_ctx_recover(ngx_http_request_t *r);


/*
 * The context of the request's main request; NULL if none was made yet.  It is
 * found again after an internal redirect or an error page, which both clear
 * r->ctx (ngx_http_core_module.c).
 */
static ngx_inline ngx_http_grip_ctx_t *
ngx_http_grip_ctx_find(ngx_http_request_t *r)
{
    ngx_http_grip_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r->main, ngx_http_faas_grip_module);

    if (ctx == NULL && (r->main->internal || r->main->filter_finalize)) {
        ctx = ngx_http_grip_ctx_recover(r);
    }

    return ctx;
}


/* the same, made on first use; NULL if memory is out */

static ngx_inline ngx_http_grip_ctx_t *
ngx_http_grip_ctx_get(ngx_http_request_t *r)
{
    ngx_http_grip_ctx_t  *ctx;

    ctx = ngx_http_grip_ctx_find(r);

    return ctx ? ctx : ngx_http_grip_ctx_create(r);
}


#endif /* _NGX_HTTP_GRIP_H_INCLUDED_ */
