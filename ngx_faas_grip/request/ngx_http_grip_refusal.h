
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

#define NGX_HTTP_GRIP_REFUSAL_FORGERY  0    /* events that the proxy never
                                               sends */
#define NGX_HTTP_GRIP_REFUSALS         1


/*
 * The level at which a refusal of that kind is logged: NGX_LOG_WARN for the
 * first one in a worker and then once a minute, NGX_LOG_INFO between.
 */
ngx_uint_t ngx_http_grip_refusal_level(ngx_uint_t kind);


#endif /* _NGX_HTTP_GRIP_REFUSAL_H_INCLUDED_ */
