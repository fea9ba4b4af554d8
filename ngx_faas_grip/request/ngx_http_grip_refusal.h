
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * How loudly it is said that requests are refused: clients, who cause it,
 * must not fill the log.
 */


#ifndef _NGX_HTTP_GRIP_REFUSAL_H_INCLUDED_
#define _NGX_HTTP_GRIP_REFUSAL_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/* kinds, each with a line a minute of its own */

#define NGX_HTTP_GRIP_REFUSAL_FORGERY    0  /* events that the proxy never
                                               sends */
#define NGX_HTTP_GRIP_REFUSAL_EVENTS     1  /* a request that has none */
#define NGX_HTTP_GRIP_REFUSAL_MISSING    2  /* no signature */
#define NGX_HTTP_GRIP_REFUSAL_SIGNATURE  3  /* that of another key */
#define NGX_HTTP_GRIP_REFUSAL_EXPIRED    4  /* one that is past its time */
#define NGX_HTTP_GRIP_REFUSAL_ISSUER     5  /* that of another issuer */
#define NGX_HTTP_GRIP_REFUSAL_PUBLISH    6  /* who may not publish */
#define NGX_HTTP_GRIP_REFUSAL_METRICS    7  /* nor see what is counted */
#define NGX_HTTP_GRIP_REFUSALS           8


/*
 * Adds what to look at to a line that is logged at NGX_LOG_WARN: the level is
 * evaluated twice here and by ngx_log_error(), so let it be a variable.
 */
#define ngx_http_grip_refusal_advice(level, text)                            \
    ((level) == NGX_LOG_WARN ? "; " text : "")

/*
 * The level at which a refusal of that kind is logged: NGX_LOG_WARN for the
 * first one in a worker and then once a minute, NGX_LOG_INFO between.
 */
ngx_uint_t ngx_http_grip_refusal_level(ngx_uint_t kind);


#endif /* _NGX_HTTP_GRIP_REFUSAL_H_INCLUDED_ */
