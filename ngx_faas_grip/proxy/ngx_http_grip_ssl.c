
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * TLS toward control URLs.
 */


#include "proxy/ngx_http_grip_ssl.h"


#if (NGX_HTTP_SSL)


/* public chains may have more than one intermediate certificate */
#define NGX_HTTP_GRIP_SSL_VERIFY_DEPTH  4


static ngx_int_t ngx_http_grip_ssl_name(ngx_conf_t *cf,
    ngx_http_grip_srv_conf_t *conf);
static ngx_int_t ngx_http_grip_ssl_trust(ngx_conf_t *cf,
    ngx_http_grip_srv_conf_t *conf);


ngx_uint_t
ngx_http_grip_ssl_configured(ngx_http_grip_srv_conf_t *conf)
{
    return conf->ssl_protocols
           || conf->ssl_ciphers.data
           || conf->ssl_name.data
           || conf->ssl_verify_depth != NGX_CONF_UNSET_UINT
           || conf->ssl_trusted_certificate.data
           || conf->ssl_crl.data
           || conf->ssl_certificate.data
           || conf->ssl_certificate_key.data
           || conf->upstream.ssl_session_reuse != NGX_CONF_UNSET
           || conf->upstream.ssl_server_name != NGX_CONF_UNSET
           || conf->upstream.ssl_verify != NGX_CONF_UNSET;
}


char *
ngx_http_grip_ssl_merge(ngx_conf_t *cf, ngx_http_grip_srv_conf_t *prev,
    ngx_http_grip_srv_conf_t *conf)
{
    if (!ngx_http_grip_ssl_configured(conf)) {
        conf->upstream.ssl = prev->upstream.ssl;
    }

    if (conf->upstream.ssl == NULL) {
        conf->upstream.ssl = ngx_pcalloc(cf->pool, sizeof(ngx_ssl_t));
        if (conf->upstream.ssl == NULL) {
            return NGX_CONF_ERROR;
        }

        conf->upstream.ssl->log = cf->log;
    }

    ngx_conf_merge_bitmask_value(conf->ssl_protocols, prev->ssl_protocols,
                                 (NGX_CONF_BITMASK_SET
                                  |NGX_SSL_TLSv1_2|NGX_SSL_TLSv1_3));
    ngx_conf_merge_str_value(conf->ssl_ciphers, prev->ssl_ciphers, "DEFAULT");
    ngx_conf_merge_str_value(conf->ssl_name, prev->ssl_name, "");
    ngx_conf_merge_uint_value(conf->ssl_verify_depth, prev->ssl_verify_depth,
                              NGX_HTTP_GRIP_SSL_VERIFY_DEPTH);
    ngx_conf_merge_str_value(conf->ssl_trusted_certificate,
                             prev->ssl_trusted_certificate, "");
    ngx_conf_merge_str_value(conf->ssl_crl, prev->ssl_crl, "");
    ngx_conf_merge_str_value(conf->ssl_certificate, prev->ssl_certificate, "");
    ngx_conf_merge_str_value(conf->ssl_certificate_key,
                             prev->ssl_certificate_key, "");

    ngx_conf_merge_value(conf->upstream.ssl_session_reuse,
                         prev->upstream.ssl_session_reuse, 1);
    ngx_conf_merge_value(conf->upstream.ssl_server_name,
                         prev->upstream.ssl_server_name, 1);
    ngx_conf_merge_value(conf->upstream.ssl_verify,
                         prev->upstream.ssl_verify, 1);

    return ngx_http_grip_ssl_name(cf, conf) == NGX_OK ? NGX_CONF_OK
                                                      : NGX_CONF_ERROR;
}


/* without a name of its own the upstream takes the host of the URL */

static ngx_int_t
ngx_http_grip_ssl_name(ngx_conf_t *cf, ngx_http_grip_srv_conf_t *conf)
{
    if (conf->ssl_name.len == 0) {
        return NGX_OK;
    }

    conf->upstream.ssl_name = ngx_pcalloc(cf->pool,
                                          sizeof(ngx_http_complex_value_t));
    if (conf->upstream.ssl_name == NULL) {
        return NGX_ERROR;
    }

    conf->upstream.ssl_name->value = conf->ssl_name;

    return NGX_OK;
}


ngx_int_t
ngx_http_grip_ssl_init(ngx_conf_t *cf, ngx_http_grip_srv_conf_t *conf)
{
    ngx_ssl_t           *ssl;
    ngx_pool_cleanup_t  *cln;

    ssl = conf->upstream.ssl;

    if (ssl->ctx) {
        return NGX_OK;
    }

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    if (ngx_ssl_create(ssl, conf->ssl_protocols, NULL) != NGX_OK) {
        return NGX_ERROR;
    }

    cln->handler = ngx_ssl_cleanup_ctx;
    cln->data = ssl;

    if (ngx_ssl_ciphers(cf, ssl, &conf->ssl_ciphers, 0) != NGX_OK) {
        return NGX_ERROR;
    }

    if (conf->ssl_certificate.len) {

        if (conf->ssl_certificate_key.len == 0) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "no \"grip_ssl_certificate_key\" is defined for "
                          "certificate \"%V\"", &conf->ssl_certificate);
            return NGX_ERROR;
        }

        if (ngx_ssl_certificate(cf, ssl, &conf->ssl_certificate,
                                &conf->ssl_certificate_key, NULL)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    if (conf->upstream.ssl_verify
        && ngx_http_grip_ssl_trust(cf, conf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_ssl_client_session_cache(cf, ssl,
                                        conf->upstream.ssl_session_reuse);
}


static ngx_int_t
ngx_http_grip_ssl_trust(ngx_conf_t *cf, ngx_http_grip_srv_conf_t *conf)
{
    ngx_ssl_t  *ssl;

    ssl = conf->upstream.ssl;

    if (ngx_ssl_trusted_certificate(cf, ssl, &conf->ssl_trusted_certificate,
                                    (ngx_int_t) conf->ssl_verify_depth)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (conf->ssl_trusted_certificate.len == 0
        && SSL_CTX_set_default_verify_paths(ssl->ctx) == 0)
    {
        ngx_ssl_error(NGX_LOG_EMERG, ssl->log, 0,
                      "SSL_CTX_set_default_verify_paths() failed");
        return NGX_ERROR;
    }

    return ngx_ssl_crl(cf, ssl, &conf->ssl_crl);
}


#endif
