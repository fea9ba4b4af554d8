
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Which proxies there are, and how to talk to them.
 */


#include "proxy/ngx_http_grip_proxy.h"
#include "proxy/ngx_http_grip_ssl.h"
#include "request/ngx_http_grip_directive.h"


static ngx_int_t ngx_http_grip_proxy_add(ngx_conf_t *cf,
    ngx_http_grip_srv_conf_t *conf, ngx_str_t *text, u_char *file,
    const char **err);
static ngx_int_t ngx_http_grip_proxy_name(ngx_conf_t *cf,
    ngx_http_grip_url_t *url);
static void ngx_http_grip_proxy_cleanup(void *data);
static void ngx_http_grip_proxy_warn(ngx_conf_t *cf,
    ngx_http_grip_url_t *url);
static ngx_uint_t ngx_http_grip_proxy_configured(
    ngx_http_grip_srv_conf_t *conf);
static ngx_int_t ngx_http_grip_proxy_add_environment(ngx_conf_t *cf,
    ngx_http_grip_srv_conf_t *conf);
static char *ngx_http_grip_proxy_settings(ngx_conf_t *cf,
    ngx_http_grip_srv_conf_t *prev, ngx_http_grip_srv_conf_t *conf);


void *
ngx_http_grip_proxy_create_conf(ngx_conf_t *cf)
{
    ngx_http_grip_srv_conf_t  *conf;

    conf = ngx_pcalloc(cf->pool, sizeof(ngx_http_grip_srv_conf_t));
    if (conf == NULL) {
        return NULL;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     conf->urls = NULL;
     *     conf->publishers = NULL;
     *     conf->resolver = NULL;
     *     conf->history_link = { 0, NULL };
     *     conf->history_link_timeout = 0;
     *     conf->history_link_params = { 0, NULL };
     *     conf->history_holds = NULL;
     *     conf->ssl_... = { 0, NULL };
     *
     *     conf->upstream.buffering = 0;
     *     conf->upstream.next_upstream_tries = 0;
     *     conf->upstream.next_upstream_timeout = 0;
     *     conf->upstream.ssl = NULL;
     *     conf->upstream.ssl_name = NULL;
     *     conf->upstream.ssl_certificate = NULL;
     */

    conf->upstream.connect_timeout = NGX_CONF_UNSET_MSEC;
    conf->upstream.send_timeout = NGX_CONF_UNSET_MSEC;
    conf->upstream.read_timeout = NGX_CONF_UNSET_MSEC;
    conf->upstream.local = NGX_CONF_UNSET_PTR;

    conf->upstream.ignore_client_abort = 1;
    conf->upstream.buffer_size = ngx_pagesize;
    conf->upstream.next_upstream = NGX_CONF_BITMASK_SET
                                   |NGX_HTTP_UPSTREAM_FT_ERROR
                                   |NGX_HTTP_UPSTREAM_FT_TIMEOUT;

    ngx_str_set(&conf->upstream.module, "grip");

    conf->queue_size = NGX_CONF_UNSET_SIZE;

#if (NGX_HTTP_SSL)
    conf->upstream.ssl_session_reuse = NGX_CONF_UNSET;
    conf->upstream.ssl_server_name = NGX_CONF_UNSET;
    conf->upstream.ssl_verify = NGX_CONF_UNSET;
    conf->ssl_verify_depth = NGX_CONF_UNSET_UINT;
#endif

    return conf;
}


char *
ngx_http_grip_proxy_url(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_grip_srv_conf_t  *gscf = conf;

    ngx_str_t   *value;
    const char  *err;

    value = cf->args->elts;

    err = NULL;

    switch (ngx_http_grip_proxy_add(cf, gscf, &value[1],
                                    cf->conf_file->file.name.data, &err))
    {

    case NGX_OK:
        return NGX_CONF_OK;

    case NGX_DECLINED:

        /* the URL itself holds a key, which is nothing for a log */

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid URL in \"grip_url\": %s", err);
        break;

    default: /* NGX_ERROR */
        break;
    }

    return NGX_CONF_ERROR;
}


/* NGX_DECLINED: the text is no GRIP URL, *err says why */

static ngx_int_t
ngx_http_grip_proxy_add(ngx_conf_t *cf, ngx_http_grip_srv_conf_t *conf,
    ngx_str_t *text, u_char *file, const char **err)
{
    ngx_grip_url_t        parsed;
    ngx_pool_cleanup_t   *cln;
    ngx_http_grip_url_t  *url;

    url = ngx_http_grip_directive_push(cf, &conf->urls,
                                       sizeof(ngx_http_grip_url_t));
    if (url == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(url, sizeof(ngx_http_grip_url_t));

    /* the array may move, what is to be freed does not */

    cln = ngx_pool_cleanup_add(cf->pool, sizeof(ngx_grip_url_t));
    if (cln == NULL) {
        return NGX_ERROR;
    }

    if (ngx_grip_url_parse(text, &parsed, err) != NGX_OK) {
        return NGX_DECLINED;
    }

    cln->handler = ngx_http_grip_proxy_cleanup;
    *(ngx_grip_url_t *) cln->data = parsed;

    url->url = parsed;
    url->file = file;
    url->line = cf->conf_file->line;

#if !(NGX_HTTP_SSL)
    if (parsed.ssl) {
        *err = "https needs nginx built with its SSL module";
        return NGX_DECLINED;
    }
#endif

    if (ngx_http_grip_proxy_name(cf, url) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_http_grip_proxy_warn(cf, url);

    return NGX_OK;
}


static ngx_int_t
ngx_http_grip_proxy_name(ngx_conf_t *cf, ngx_http_grip_url_t *url)
{
    u_char  *p, *last;
    size_t   len;

    len = sizeof("https://") + url->url.host_header.len;

    p = ngx_pnalloc(cf->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    url->name.data = p;
    url->name.len = ngx_sprintf(p, "%s://%V%Z",
                                url->url.ssl ? "https" : "http",
                                &url->url.host_header)
                    - p - 1;

    if (url->file == NULL) {
        ngx_str_set(&url->where,
                    " in the environment variable \"GRIP_URL\"");
        return NGX_OK;
    }

    len = sizeof(" in :") - 1 + ngx_strlen(url->file) + NGX_INT_T_LEN;

    p = ngx_pnalloc(cf->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    last = ngx_sprintf(p, " in %s:%ui", url->file, url->line);

    url->where.len = last - p;
    url->where.data = p;

    return NGX_OK;
}


static void
ngx_http_grip_proxy_cleanup(void *data)
{
    ngx_grip_url_free(data);
}


static void
ngx_http_grip_proxy_warn(ngx_conf_t *cf, ngx_http_grip_url_t *url)
{
    ngx_grip_key_t  *key;

    if (url->url.loopback) {
        return;
    }

    key = url->url.key ? url->url.key : url->url.verify_key;

    if (key && ngx_grip_key_is_well_known(key)) {
        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "the key of %V is the default of Pushpin: everybody "
                      "knows it%V",
                      &url->name, &url->where);
    }
}


char *
ngx_http_grip_proxy_merge(ngx_conf_t *cf, ngx_http_grip_srv_conf_t *prev,
    ngx_http_grip_srv_conf_t *conf, ngx_uint_t *own)
{
    ngx_http_core_loc_conf_t  *clcf;
    ngx_http_core_srv_conf_t  *cscf;

    *own = (conf->urls || ngx_http_grip_proxy_configured(conf));

    if (conf->urls == NULL && prev->urls == NULL
        && ngx_http_grip_proxy_add_environment(cf, prev) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (conf->urls == NULL) {
        conf->urls = prev->urls;
    }

    if (conf->history_link.data == NULL) {
        conf->history_link = prev->history_link;
        conf->history_link_timeout = prev->history_link_timeout;
    }

    if (conf->history_link.data == NULL) {
        ngx_str_set(&conf->history_link, "/.grip/");
        conf->history_link_timeout = 120;
    }

    /* the parent is not merged with anything but the defaults */

    if (ngx_http_grip_proxy_settings(cf, prev, prev) != NGX_CONF_OK
        || ngx_http_grip_proxy_settings(cf, prev, conf) != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (conf->urls == NULL) {
        return NGX_CONF_OK;
    }

    /* cf->ctx->loc_conf is not the server's while this is called */

    cscf = ngx_http_conf_get_module_srv_conf(cf, ngx_http_core_module);
    clcf = cscf->ctx->loc_conf[ngx_http_core_module.ctx_index];

    conf->resolver = clcf->resolver;

    /* at the first server cf->ctx->loc_conf is still that of "http" */

    if (prev->resolver == NULL) {
        clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

        prev->resolver = clcf->resolver ? clcf->resolver : conf->resolver;
    }

    if (prev->resolver != conf->resolver) {
        *own = 1;
    }

    return NGX_CONF_OK;
}


/* whether a setting of the connections stands at the level itself */

static ngx_uint_t
ngx_http_grip_proxy_configured(ngx_http_grip_srv_conf_t *conf)
{
#if (NGX_HTTP_SSL)
    if (ngx_http_grip_ssl_configured(conf)) {
        return 1;
    }
#endif

    return conf->upstream.connect_timeout != NGX_CONF_UNSET_MSEC
           || conf->upstream.send_timeout != NGX_CONF_UNSET_MSEC
           || conf->upstream.read_timeout != NGX_CONF_UNSET_MSEC
           || conf->upstream.local != NGX_CONF_UNSET_PTR
           || conf->queue_size != NGX_CONF_UNSET_SIZE;
}


static ngx_int_t
ngx_http_grip_proxy_add_environment(ngx_conf_t *cf,
    ngx_http_grip_srv_conf_t *conf)
{
    ngx_int_t                   rc;
    ngx_str_t                   value;
    const char                 *err;
    ngx_http_grip_main_conf_t  *gmcf;

    gmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_faas_grip_module);

    if (!gmcf->used) {
        return NGX_OK;
    }

    if (ngx_http_grip_proxy_environment(cf, "GRIP_URL", &value) != NGX_OK) {
        return NGX_ERROR;
    }

    if (value.len == 0) {
        return NGX_OK;
    }

    rc = ngx_http_grip_proxy_add(cf, conf, &value, NULL, &err);

    if (rc == NGX_DECLINED) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "invalid URL in the environment variable "
                      "\"GRIP_URL\": %s", err);
    }

    return (rc == NGX_OK) ? NGX_OK : NGX_ERROR;
}


ngx_int_t
ngx_http_grip_proxy_environment(ngx_conf_t *cf, const char *name,
    ngx_str_t *value)
{
    size_t            len;
    ngx_str_t        *var;
    ngx_uint_t        i;
    ngx_core_conf_t  *ccf;

    ngx_str_null(value);

    value->data = (u_char *) getenv(name);

    if (value->data == NULL || *value->data == '\0') {
        return NGX_OK;
    }

    value->len = ngx_strlen(value->data);

    /* what is not listed here is taken from the environment of workers */

    ccf = (ngx_core_conf_t *) ngx_get_conf(cf->cycle->conf_ctx,
                                           ngx_core_module);

    len = ngx_strlen(name);
    var = ccf->env.elts;

    for (i = 0; i < ccf->env.nelts; i++) {
        if (var[i].len == len && ngx_memcmp(var[i].data, name, len) == 0) {
            return NGX_OK;
        }
    }

    var = ngx_array_push(&ccf->env);
    if (var == NULL) {
        return NGX_ERROR;
    }

    var->len = len;
    var->data = (u_char *) name;

    return NGX_OK;
}


static char *
ngx_http_grip_proxy_settings(ngx_conf_t *cf, ngx_http_grip_srv_conf_t *prev,
    ngx_http_grip_srv_conf_t *conf)
{
    ngx_conf_merge_msec_value(conf->upstream.connect_timeout,
                              prev->upstream.connect_timeout, 2000);
    ngx_conf_merge_msec_value(conf->upstream.send_timeout,
                              prev->upstream.send_timeout, 5000);
    ngx_conf_merge_msec_value(conf->upstream.read_timeout,
                              prev->upstream.read_timeout, 5000);
    ngx_conf_merge_ptr_value(conf->upstream.local, prev->upstream.local,
                             NULL);
    ngx_conf_merge_size_value(conf->queue_size, prev->queue_size,
                              8 * 1024 * 1024);

    if (conf->upstream.local && conf->upstream.local->value) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"grip_bind\" may not contain variables: a POST "
                      "carries the items of many requests");
        return NGX_CONF_ERROR;
    }

#if (NGX_HTTP_SSL)
    return ngx_http_grip_ssl_merge(cf, prev, conf);
#else
    return NGX_CONF_OK;
#endif
}
