
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Holds: instructions to the proxy in the headers of an HTTP response.
 */


#ifndef _NGX_HTTP_GRIP_HOLD_H_INCLUDED_
#define _NGX_HTTP_GRIP_HOLD_H_INCLUDED_


#include "request/ngx_http_grip.h"
#include "request/ngx_http_grip_value.h"


#define NGX_HTTP_GRIP_HOLD_OFF         0
#define NGX_HTTP_GRIP_HOLD_RESPONSE    1
#define NGX_HTTP_GRIP_HOLD_STREAM      2
#define NGX_HTTP_GRIP_HOLD_SSE         3

/* what the proxy takes as the body of a response hold, protocol 3 */
#define NGX_HTTP_GRIP_HOLD_BODY_MAX    100000


/* filters of the proxy that we know */
#define NGX_HTTP_GRIP_FILTER_SKIP_SELF    0x01
#define NGX_HTTP_GRIP_FILTER_SKIP_USERS   0x02
#define NGX_HTTP_GRIP_FILTER_REQUIRE_SUB  0x04
#define NGX_HTTP_GRIP_FILTER_OTHER        0x08


/* a "grip_channel" line */

typedef struct {
    ngx_http_grip_value_t        channel;
    ngx_http_grip_value_t        prev_id;
    ngx_str_t                    filters;        /* "; filter=a; filter=b" */
    ngx_uint_t                   filter_mask;
    unsigned                     has_prev_id:1;
    u_char                      *file;
    ngx_uint_t                   line;
} ngx_http_grip_channel_t;


struct ngx_http_grip_hold_conf_s {
    ngx_uint_t                   mode;
    u_char                      *file;           /* where it was said */
    ngx_uint_t                   line;
    time_t                       timeout;        /* of a response hold,
                                                    0: the proxy's own */
    ngx_array_t                 *channels;       /* ngx_http_grip_channel_t */

    ngx_http_grip_value_t       *keepalive;
    time_t                       keepalive_timeout;
    ngx_uint_t                   keepalive_interval;  /* a flag */
    ngx_str_t                    keepalive_header;  /* the value, if it is known
                                                       without a request */

    ngx_http_grip_value_t       *link;
    time_t                       link_timeout;
    ngx_http_grip_value_t       *gone;           /* the link for the end */

    ngx_str_t                    status;         /* "CODE REASON" */
    ngx_array_t                 *metas;          /* ..._value_pair_t */
    ngx_str_t                    expose;         /* "NAME, NAME" */

    ngx_http_grip_value_t       *body;           /* of "grip_hold_body" */
    ngx_str_t                    body_type;      /* empty: by mode */

    ngx_array_t                 *history_from;   /* ngx_http_grip_value_t, or
                                                    NULL: Last-Event-ID */
    ngx_uint_t                   history_initial;
    ngx_str_t                    history_join;
    ngx_uint_t                   history_continue;  /* a flag */
    ngx_str_t                    history_reset;
    ngx_str_t                    resumable;      /* its name in links */
};


/* whether a merged configuration may hold anything */

#define ngx_http_grip_hold_used(hold)                                        \
    ((hold)->mode != NGX_HTTP_GRIP_HOLD_OFF && (hold)->channels)


/* the directives */
char *ngx_http_grip_hold_conf_hold(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_grip_hold_conf_body(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_grip_hold_channel(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_grip_hold_conf_keepalive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_grip_hold_channel_link(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_grip_hold_conf_status(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_grip_hold_conf_meta(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_grip_hold_conf_expose(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

ngx_http_grip_hold_conf_t *ngx_http_grip_hold_conf_create(ngx_conf_t *cf);
char *ngx_http_grip_hold_conf_merge(ngx_conf_t *cf,
    ngx_http_grip_loc_conf_t *prev, ngx_http_grip_loc_conf_t *conf);

/* the series of a location that holds; NGX_ERROR as for all series */
ngx_int_t ngx_http_grip_hold_conf_metrics(ngx_conf_t *cf,
    ngx_http_grip_loc_conf_t *conf);

/* the time of a parameter, in whole seconds; returns as a directive does */
char *ngx_http_grip_hold_conf_seconds(ngx_conf_t *cf, ngx_str_t *param,
    ngx_str_t *text, time_t least, time_t *seconds);

/* the directives of holds that resume */
char *ngx_http_grip_hold_resume_conf_from(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_grip_hold_resume_conf_initial(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
char *ngx_http_grip_hold_resume_conf_join(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_grip_hold_resume_conf_lost(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_grip_hold_resume_conf_reset(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_grip_hold_resume_conf_link(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/* merges these, and notes a location that links may name */
char *ngx_http_grip_hold_resume_conf_merge(ngx_conf_t *cf,
    ngx_http_grip_loc_conf_t *prev, ngx_http_grip_loc_conf_t *conf);

/* whether the request may be held, as far as that is known before a response */
ngx_uint_t ngx_http_grip_hold_wanted(ngx_http_request_t *r);

/* the content handler of "grip_hold_body" */
ngx_int_t ngx_http_grip_hold_handler(ngx_http_request_t *r);

/* prepares a request that will be held; for the rewrite phase */
ngx_int_t ngx_http_grip_hold_rewrite(ngx_http_request_t *r);

/* installs the filters; for postconfiguration */
void ngx_http_grip_hold_init(void);

/*
 * Adds the headers of the hold that the location asks for.  NGX_OK: added.
 * NGX_DECLINED: no channel is valid or a meta is not, nothing was added; what
 * is invalid is logged at info.  NGX_ERROR: memory is out.
 */
ngx_int_t ngx_http_grip_hold_headers(ngx_http_request_t *r,
    ngx_http_grip_hold_conf_t *hold);

/*
 * NGX_OK: the location has a channel that is valid for the request.
 * NGX_DECLINED: it has none; nothing is logged.  NGX_ERROR: memory is out.
 */
ngx_int_t ngx_http_grip_hold_headers_has_channel(ngx_http_request_t *r,
    ngx_http_grip_hold_conf_t *hold);

/*
 * Sets *metas to the values of the headers of the location's metas, ngx_str_t,
 * or to NULL for none.  NGX_DECLINED: one is unusable, which was logged at
 * info: the filters that look at it could not do what they are for.
 * NGX_ERROR: memory is out.
 */
ngx_int_t ngx_http_grip_hold_headers_metas(ngx_http_request_t *r,
    ngx_http_grip_hold_conf_t *hold, ngx_array_t **metas);

/*
 * Sets *value to that of the header which asks for a keep-alive, its text not
 * empty, its timeout in seconds, or 0.  NGX_ERROR: memory is out.
 */
ngx_int_t ngx_http_grip_hold_headers_keepalive(ngx_pool_t *pool,
    ngx_str_t *text, time_t timeout, ngx_uint_t interval, ngx_str_t *value);


#endif /* _NGX_HTTP_GRIP_HOLD_H_INCLUDED_ */
