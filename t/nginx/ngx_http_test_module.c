
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * A request with the header "Test-Fail: N" fails to get its N-th allocation,
 * counted from there, and the log says whether it had so many.  There is one
 * counter: such a request has to be alone.
 *
 * A canary is beside whatever a request allocates, and in configurations.
 */


#include "ngx_test.h"

#include <ngx_http.h>


static ngx_int_t ngx_http_test_handler(ngx_http_request_t *r);
static void ngx_http_test_cleanup(void *data);
static void *ngx_http_test_create_conf(ngx_conf_t *cf);
static ngx_int_t ngx_http_test_init(ngx_conf_t *cf);


static ngx_http_module_t  ngx_http_test_module_ctx = {
    NULL,                                  /* preconfiguration */
    ngx_http_test_init,                    /* postconfiguration */

    ngx_http_test_create_conf,             /* create main configuration */
    NULL,                                  /* init main configuration */

    ngx_http_test_create_conf,             /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_test_create_conf,             /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_test_module = {
    NGX_MODULE_V1,
    &ngx_http_test_module_ctx,             /* module context */
    NULL,                                  /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    NULL,                                  /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static u_char *
ngx_http_test_canary(ngx_pool_t *pool)
{
    u_char  *p;

    p = ngx_pnalloc(pool, sizeof(NGX_TEST_CANARY) - 1);

    if (p) {
        ngx_memcpy(p, NGX_TEST_CANARY, sizeof(NGX_TEST_CANARY) - 1);
    }

    return p;
}


static ngx_int_t
ngx_http_test_handler(ngx_http_request_t *r)
{
    ngx_uint_t           i, n;
    ngx_list_part_t     *part;
    ngx_table_elt_t     *h;
    ngx_pool_cleanup_t  *cln;

    if (r != r->main || r->internal) {
        return NGX_DECLINED;
    }

    (void) ngx_http_test_canary(r->pool);
    (void) ngx_http_test_canary(r->connection->pool);

    n = 0;
    part = &r->headers_in.headers.part;

    for ( ;; ) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (h[i].key.len == sizeof("Test-Fail") - 1
                && ngx_strncasecmp(h[i].key.data, (u_char *) "Test-Fail",
                                   sizeof("Test-Fail") - 1)
                   == 0)
            {
                n = ngx_atoi(h[i].value.data, h[i].value.len);
            }
        }

        part = part->next;

        if (part == NULL) {
            break;
        }
    }

    if (n == 0) {
        return NGX_DECLINED;
    }

    cln = ngx_pool_cleanup_add(r->pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    cln->handler = ngx_http_test_cleanup;
    cln->data = r->connection;

    ngx_test_memory_arm(n);

    return NGX_DECLINED;
}


static void
ngx_http_test_cleanup(void *data)
{
    ngx_connection_t  *c = data;

    ngx_uint_t  failed;

    failed = ngx_test_memory_failed();

    ngx_log_error(NGX_LOG_NOTICE, c->log, 0, "test: %ui allocations, %s",
                  ngx_test_memory_arm(0),
                  failed ? "one has failed" : "none has failed");
}


static void *
ngx_http_test_create_conf(ngx_conf_t *cf)
{
    return ngx_http_test_canary(cf->pool);
}


static ngx_int_t
ngx_http_test_init(ngx_conf_t *cf)
{
    ngx_http_handler_pt        *h;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_POST_READ_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_http_test_handler;

    return NGX_OK;
}
