
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The directives: the table of contents of the whole module.
 */


#include "ngx_grip_control.h"
#include "ngx_http_grip_content.h"
#include "ngx_http_grip_headers.h"
#include "ngx_http_grip_json.h"
#include "ngx_http_grip_proxy.h"
#include "ngx_http_grip_rule.h"
#include "ngx_http_grip_variables.h"
#include "ngx_http_grip_verify.h"
#include "ngx_http_grip_websocket.h"


static char *ngx_http_grip_prefix(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_grip_subprotocol(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_grip_poll_interval(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_grip_size_or_off(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

static ngx_int_t ngx_http_grip_postconfiguration(ngx_conf_t *cf);
static void *ngx_http_grip_create_main_conf(ngx_conf_t *cf);
static char *ngx_http_grip_init_main_conf(ngx_conf_t *cf, void *conf);
static void *ngx_http_grip_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_grip_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);
static void ngx_http_grip_ctx_cleanup(void *data);


static ngx_conf_enum_t  ngx_http_grip_verify_modes[] = {
    { ngx_string("off"), NGX_HTTP_GRIP_VERIFY_OFF },
    { ngx_string("on"), NGX_HTTP_GRIP_VERIFY_ON },
    { ngx_string("optional"), NGX_HTTP_GRIP_VERIFY_OPTIONAL },
    { ngx_null_string, 0 }
};


#if (NGX_HTTP_SSL)

static ngx_conf_bitmask_t  ngx_http_grip_ssl_protocols[] = {
    { ngx_string("TLSv1"), NGX_SSL_TLSv1 },
    { ngx_string("TLSv1.1"), NGX_SSL_TLSv1_1 },
    { ngx_string("TLSv1.2"), NGX_SSL_TLSv1_2 },
    { ngx_string("TLSv1.3"), NGX_SSL_TLSv1_3 },
    { ngx_null_string, 0 }
};

#endif


static ngx_command_t  ngx_http_grip_commands[] = {

    /* the proxy */

    { ngx_string("grip_url"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_http_grip_url,
      NGX_HTTP_SRV_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("grip_prefix"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_grip_prefix,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("grip_connect_timeout"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_grip_srv_conf_t, upstream.connect_timeout),
      NULL },

    { ngx_string("grip_send_timeout"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_grip_srv_conf_t, upstream.send_timeout),
      NULL },

    { ngx_string("grip_read_timeout"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_grip_srv_conf_t, upstream.read_timeout),
      NULL },

    { ngx_string("grip_bind"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE12,
      ngx_http_upstream_bind_set_slot,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_grip_srv_conf_t, upstream.local),
      NULL },

    { ngx_string("grip_queue_size"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_size_slot,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_grip_srv_conf_t, queue_size),
      NULL },

#if (NGX_HTTP_SSL)

    { ngx_string("grip_ssl_verify"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_grip_srv_conf_t, upstream.ssl_verify),
      NULL },

    { ngx_string("grip_ssl_trusted_certificate"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_grip_srv_conf_t, ssl_trusted_certificate),
      NULL },

    { ngx_string("grip_ssl_verify_depth"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_num_slot,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_grip_srv_conf_t, ssl_verify_depth),
      NULL },

    { ngx_string("grip_ssl_crl"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_grip_srv_conf_t, ssl_crl),
      NULL },

    { ngx_string("grip_ssl_name"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_grip_srv_conf_t, ssl_name),
      NULL },

    { ngx_string("grip_ssl_server_name"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_grip_srv_conf_t, upstream.ssl_server_name),
      NULL },

    { ngx_string("grip_ssl_protocols"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_1MORE,
      ngx_conf_set_bitmask_slot,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_grip_srv_conf_t, ssl_protocols),
      &ngx_http_grip_ssl_protocols },

    { ngx_string("grip_ssl_ciphers"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_grip_srv_conf_t, ssl_ciphers),
      NULL },

    { ngx_string("grip_ssl_certificate"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_grip_srv_conf_t, ssl_certificate),
      NULL },

    { ngx_string("grip_ssl_certificate_key"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_grip_srv_conf_t, ssl_certificate_key),
      NULL },

    { ngx_string("grip_ssl_session_reuse"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_grip_srv_conf_t, upstream.ssl_session_reuse),
      NULL },

#endif

    /* verification */

    { ngx_string("grip_verify"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_enum_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_grip_loc_conf_t, verify),
      &ngx_http_grip_verify_modes },

    { ngx_string("grip_verify_key"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE12,
      ngx_http_grip_verify_key,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    /* WebSockets */

    { ngx_string("grip_websocket"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_http_grip_websocket,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("grip_on"),
      NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_BLOCK|NGX_CONF_1MORE,
      ngx_http_grip_on,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("grip_subprotocol"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_grip_subprotocol,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("grip_json_set"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_2MORE,
      ngx_http_grip_json_set,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("grip_poll_interval"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_grip_poll_interval,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("grip_max_message_size"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_grip_size_or_off,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_grip_loc_conf_t, max_message_size),
      NULL },

    { ngx_string("grip_max_send_size"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_grip_size_or_off,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_grip_loc_conf_t, max_send_size),
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_faas_grip_module_ctx = {
    ngx_http_grip_add_variables,           /* preconfiguration */
    ngx_http_grip_postconfiguration,       /* postconfiguration */

    ngx_http_grip_create_main_conf,        /* create main configuration */
    ngx_http_grip_init_main_conf,          /* init main configuration */

    ngx_http_grip_create_srv_conf,         /* create server configuration */
    ngx_http_grip_merge_srv_conf,          /* merge server configuration */

    ngx_http_grip_create_loc_conf,         /* create location configuration */
    ngx_http_grip_merge_loc_conf           /* merge location configuration */
};


ngx_module_t  ngx_http_faas_grip_module = {
    NGX_MODULE_V1,
    &ngx_http_faas_grip_module_ctx,        /* module context */
    ngx_http_grip_commands,                /* module directives */
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


static char *
ngx_http_grip_prefix(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_grip_loc_conf_t  *glcf = conf;

    ngx_str_t  *value;

    if (glcf->prefix.data) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (value[1].len && !ngx_grip_channel_valid(&value[1])) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid prefix \"%V\"",
                           &value[1]);
        return NGX_CONF_ERROR;
    }

    glcf->prefix = value[1];

    return NGX_CONF_OK;
}


static char *
ngx_http_grip_subprotocol(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_grip_loc_conf_t  *glcf = conf;

    ngx_str_t   *value, *name;
    ngx_uint_t   i;

    if (glcf->subprotocols == NGX_CONF_UNSET_PTR) {
        glcf->subprotocols = ngx_array_create(cf->pool, 2, sizeof(ngx_str_t));
        if (glcf->subprotocols == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        if (!ngx_http_grip_header_name_valid(&value[i])) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid subprotocol \"%V\"", &value[i]);
            return NGX_CONF_ERROR;
        }

        name = ngx_array_push(glcf->subprotocols);
        if (name == NULL) {
            return NGX_CONF_ERROR;
        }

        *name = value[i];
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_grip_poll_interval(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_grip_loc_conf_t  *glcf = conf;

    ngx_str_t  *value;

    if (glcf->poll_interval != NGX_CONF_UNSET) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "off") == 0) {
        glcf->poll_interval = 0;
        return NGX_CONF_OK;
    }

    glcf->poll_interval = ngx_parse_time(&value[1], 1);

    if (glcf->poll_interval == (time_t) NGX_ERROR) {
        return "invalid value";
    }

    /* the proxy would raise it, protocol 1.7 */

    if (glcf->poll_interval < 20) {
        return "must be 20 seconds or more";
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_grip_size_or_off(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    size_t     *size;
    ngx_str_t  *value;

    size = (size_t *) ((char *) conf + cmd->offset);

    if (*size != NGX_CONF_UNSET_SIZE) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "off") == 0) {
        *size = 0;
        return NGX_CONF_OK;
    }

    *size = ngx_parse_size(&value[1]);

    if (*size == (size_t) NGX_ERROR || *size == 0) {
        return "invalid value";
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_grip_postconfiguration(ngx_conf_t *cf)
{
    ngx_http_handler_pt        *h;
    ngx_http_core_main_conf_t  *cmcf;
    ngx_http_grip_main_conf_t  *gmcf;

    gmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_faas_grip_module);
    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    ngx_http_grip_rules_check(cf, &gmcf->rules);

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_PREACCESS_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_http_grip_verify_preaccess;

    return NGX_OK;
}


static void *
ngx_http_grip_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_grip_main_conf_t  *conf;

    /*
     * set by ngx_pcalloc():
     *
     *     conf->used = 0;
     */

    conf = ngx_pcalloc(cf->pool, sizeof(ngx_http_grip_main_conf_t));
    if (conf == NULL) {
        return NULL;
    }

    if (ngx_array_init(&conf->rules, cf->pool, 4,
                       sizeof(ngx_http_grip_rules_t *))
        != NGX_OK)
    {
        return NULL;
    }

    return conf;
}


/* what the environment says stands for directives at the http level */

static char *
ngx_http_grip_init_main_conf(ngx_conf_t *cf, void *conf)
{
    ngx_http_grip_main_conf_t *gmcf = conf;

    ngx_http_grip_loc_conf_t  *glcf;

    glcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_faas_grip_module);

    if (!gmcf->used || glcf->prefix.data) {
        return NGX_CONF_OK;
    }

    if (ngx_http_grip_environment(cf, "GRIP_PREFIX", &glcf->prefix)
        != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (glcf->prefix.len && !ngx_grip_channel_valid(&glcf->prefix)) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "invalid prefix in the environment variable "
                      "\"GRIP_PREFIX\"");
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static void *
ngx_http_grip_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_grip_loc_conf_t  *conf;

    /*
     * set by ngx_pcalloc():
     *
     *     conf->prefix = { 0, NULL };
     *     conf->handler = NULL;
     *     conf->websocket = 0;
     *     conf->inherited = 0;
     *     conf->verify_said = 0;
     */

    conf = ngx_pcalloc(cf->pool, sizeof(ngx_http_grip_loc_conf_t));
    if (conf == NULL) {
        return NULL;
    }

    conf->verify = NGX_CONF_UNSET_UINT;
    conf->verify_keys = NGX_CONF_UNSET_PTR;
    conf->rules = NGX_CONF_UNSET_PTR;
    conf->subprotocols = NGX_CONF_UNSET_PTR;
    conf->poll_interval = NGX_CONF_UNSET;
    conf->max_message_size = NGX_CONF_UNSET_SIZE;
    conf->max_send_size = NGX_CONF_UNSET_SIZE;
    conf->publish_require = NGX_CONF_UNSET_UINT;

    return conf;
}


static char *
ngx_http_grip_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_grip_loc_conf_t *prev = parent;
    ngx_http_grip_loc_conf_t *conf = child;

    ngx_conf_merge_str_value(conf->prefix, prev->prefix, "");

    ngx_conf_merge_ptr_value(conf->rules, prev->rules, NULL);
    ngx_conf_merge_ptr_value(conf->subprotocols, prev->subprotocols, NULL);
    ngx_conf_merge_value(conf->poll_interval, prev->poll_interval, 0);
    ngx_conf_merge_size_value(conf->max_message_size, prev->max_message_size,
                              0);

    /* stays unset when nobody set it: the proxy's version decides */

    if (conf->max_send_size == NGX_CONF_UNSET_SIZE) {
        conf->max_send_size = prev->max_send_size;
    }

    ngx_conf_merge_uint_value(conf->publish_require, prev->publish_require,
                              NGX_HTTP_GRIP_REQUIRE_ANY);

    if (ngx_http_grip_content_merge(cf, prev, conf) != NGX_CONF_OK
        || ngx_http_grip_verify_merge(cf, prev, conf) != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    return ngx_http_grip_websocket_merge(cf, conf);
}


ngx_http_grip_ctx_t *
ngx_http_grip_get_ctx(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t   *cln;
    ngx_http_grip_ctx_t  *ctx;

    ctx = ngx_http_grip_find_ctx(r);
    if (ctx) {
        return ctx;
    }

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_http_grip_ctx_t));
    if (cln == NULL) {
        return NULL;
    }

    ctx = cln->data;
    ngx_memzero(ctx, sizeof(ngx_http_grip_ctx_t));

    cln->handler = ngx_http_grip_ctx_cleanup;

    ngx_http_set_ctx(r->main, ctx, ngx_http_faas_grip_module);

    return ctx;
}


ngx_http_grip_ctx_t *
ngx_http_grip_find_ctx(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t   *cln;
    ngx_http_grip_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r->main, ngx_http_faas_grip_module);

    if (ctx || (!r->main->internal && !r->main->filter_finalize)) {
        return ctx;
    }

    for (cln = r->pool->cleanup; cln; cln = cln->next) {

        if (cln->handler == ngx_http_grip_ctx_cleanup) {
            ctx = cln->data;
            ngx_http_set_ctx(r->main, ctx, ngx_http_faas_grip_module);
            return ctx;
        }
    }

    return NULL;
}


/* by its address the context is found again */

static void
ngx_http_grip_ctx_cleanup(void *data)
{
}
