
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * A request with what the module looks at.
 */


#ifndef _FUZZ_HTTP_H_INCLUDED_
#define _FUZZ_HTTP_H_INCLUDED_


#include "fuzz.h"
#include "request/ngx_http_grip.h"


typedef struct {
    ngx_http_request_t         request;
    ngx_http_connection_t      http_connection;
    ngx_connection_t           connection;
    ngx_log_t                  log;
    ngx_pool_t                 pool;
    void                      *ctxs[2];
    void                      *loc_confs[2];
    void                      *srv_confs[2];
    ngx_http_grip_ctx_t        ctx;
    ngx_http_grip_loc_conf_t   loc_conf;
    ngx_http_core_srv_conf_t   core_srv_conf;
} fuzz_request_t;


fuzz_request_t *fuzz_request(void);

/* runs what was to be run when its pool is destroyed */
void fuzz_request_end(fuzz_request_t *fr);

/* adds a header as nginx has it */
void fuzz_header(ngx_list_t *headers, ngx_str_t *name, ngx_str_t *value);

/* by RFC 9110, read without haste */
ngx_uint_t fuzz_token(ngx_str_t *text);
ngx_uint_t fuzz_line(ngx_str_t *text);


#endif /* _FUZZ_HTTP_H_INCLUDED_ */
