
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * A module of the tests that owns a zone, and does with it what its requests
 * say: "add" makes a number more, "die" is killed half way of that, "stop"
 * stops there, "none" adds nothing.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "zone/ngx_http_grip_zone.h"


typedef struct {
    ngx_queue_t            queue;
    ngx_uint_t             number;
} ngx_http_test_node_t;


typedef struct {
    ngx_queue_t            nodes;
    ngx_uint_t             kept;         /* reloads that it has seen */
    void                  *memory;
} ngx_http_test_root_t;


static char *ngx_http_test_zone(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_test_zone_use(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static void *ngx_http_test_create_conf(ngx_conf_t *cf);
static ngx_int_t ngx_http_test_check(ngx_conf_t *cf);
static ngx_int_t ngx_http_test_create(ngx_http_grip_zone_t *zone, void **data);
static ngx_int_t ngx_http_test_keep(ngx_http_grip_zone_t *zone,
    ngx_http_grip_zone_t *old, void *root);
static ngx_int_t ngx_http_test_handler(ngx_http_request_t *r);


static ngx_http_grip_zone_kind_t  ngx_http_test_kind = {
    0, ngx_http_test_create, ngx_http_test_keep
};

static ngx_http_grip_zone_kind_t  ngx_http_test_large_kind = {
    100000, ngx_http_test_create, NULL
};


static ngx_command_t  ngx_http_test_commands[] = {

    { ngx_string("test_zone"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE12,
      ngx_http_test_zone,
      0,
      0,
      &ngx_http_test_kind },

    { ngx_string("test_large_zone"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE12,
      ngx_http_test_zone,
      0,
      0,
      &ngx_http_test_large_kind },

    { ngx_string("test_zone_use"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_test_zone_use,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      &ngx_http_test_kind },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_test_zone_module_ctx = {
    NULL,                                  /* preconfiguration */
    ngx_http_test_check,                   /* postconfiguration */

    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_test_create_conf,             /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_test_zone_module = {
    NGX_MODULE_V1,
    &ngx_http_test_zone_module_ctx,        /* module context */
    ngx_http_test_commands,                /* module directives */
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


/* what nginx looks for in a module that it loads */

ngx_module_t  *ngx_modules[] = { &ngx_http_test_zone_module, NULL };
char          *ngx_module_names[] = { "ngx_http_test_zone_module", NULL };
char          *ngx_module_order[] = { NULL };


static char *
ngx_http_test_zone(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t             *value;
    ngx_http_grip_zone_t  *zone;

    value = cf->args->elts;

    zone = ngx_http_grip_zone_declare(cf, &value[1], cmd->post);
    if (zone == NULL) {
        return NGX_CONF_ERROR;
    }

    if (cf->args->nelts == 3) {
        zone->data = (void *) (intptr_t) ngx_atoi(value[2].data, value[2].len);
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_test_zone_use(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_grip_zone_t **zone = conf;

    ngx_str_t                 *value;
    ngx_http_core_loc_conf_t  *clcf;

    value = cf->args->elts;

    *zone = ngx_http_grip_zone_refer(cf, &value[1], cmd->post);
    if (*zone == NULL) {
        return NGX_CONF_ERROR;
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    clcf->handler = ngx_http_test_handler;

    return NGX_CONF_OK;
}


static void *
ngx_http_test_create_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_http_grip_zone_t *));
}


static ngx_int_t
ngx_http_test_check(ngx_conf_t *cf)
{
    return ngx_http_grip_zone_check(cf);
}


static ngx_int_t
ngx_http_test_create(ngx_http_grip_zone_t *zone, void **data)
{
    ngx_http_test_root_t  *root;

    root = ngx_slab_calloc_locked(zone->pool, sizeof(ngx_http_test_root_t));
    if (root == NULL) {
        return NGX_DECLINED;
    }

    ngx_queue_init(&root->nodes);

    if (zone->data) {
        root->memory = ngx_slab_alloc_locked(zone->pool,
                                             (size_t) zone->data);
        if (root->memory == NULL) {
            return NGX_DECLINED;
        }
    }

    *data = root;

    return NGX_OK;
}


static ngx_int_t
ngx_http_test_keep(ngx_http_grip_zone_t *zone, ngx_http_grip_zone_t *old,
    void *data)
{
    ngx_http_test_root_t *root = data;

    if (zone->data != old->data) {
        ngx_log_error(NGX_LOG_EMERG, zone->shm->shm.log, 0,
                      "zone \"%V\" had %z before", &zone->name,
                      (ssize_t) old->data);
        return NGX_ERROR;
    }

    root->kept++;

    return NGX_OK;
}


static ngx_int_t
ngx_http_test_handler(ngx_http_request_t *r)
{
    u_char                *p;
    ngx_str_t              type = ngx_string("text/plain");
    ngx_uint_t             count, kept;
    ngx_queue_t           *q;
    ngx_http_test_node_t  *node;
    ngx_http_test_root_t  *root;
    ngx_http_grip_zone_t  *zone;

    static u_char              text[128];
    ngx_http_complex_value_t   cv;

    zone = *(ngx_http_grip_zone_t **)
               ngx_http_get_module_loc_conf(r, ngx_http_test_zone_module);

    root = ngx_http_grip_zone_lock(zone);
    if (root == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (r->args.len && r->args.data[0] != 'n') {
        node = ngx_slab_alloc_locked(zone->pool, sizeof(ngx_http_test_node_t));

        if (node) {
            ngx_queue_insert_tail(&root->nodes, &node->queue);
        }

        if (r->args.data[0] != 'a') {

            /* where another that reads on would be killed as well */

            root->nodes.next = (ngx_queue_t *) 1;

            raise(r->args.data[0] == 'd' ? SIGKILL : SIGSTOP);
        }
    }

    count = 0;
    kept = root->kept;

    for (q = ngx_queue_head(&root->nodes);
         q != ngx_queue_sentinel(&root->nodes);
         q = ngx_queue_next(q))
    {
        count++;
    }

    ngx_http_grip_zone_unlock(zone);

    p = ngx_sprintf(text, "%ui added, %ui kept, %uz used, worker %P", count,
                    kept, ngx_http_grip_zone_used(zone), ngx_pid);

    ngx_memzero(&cv, sizeof(ngx_http_complex_value_t));
    cv.value.data = text;
    cv.value.len = p - text;

    return ngx_http_send_response(r, NGX_HTTP_OK, &type, &cv);
}
