
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * How a control URL is reached: settled at configuration time, but for the
 * tokens.
 */


#include "keys/ngx_grip_jwt.h"
#include "proxy/ngx_http_grip_endpoint.h"
#include "proxy/ngx_http_grip_ssl.h"


#define NGX_HTTP_GRIP_TOKEN_LIFETIME   600
#define NGX_HTTP_GRIP_TOKEN_RESERVE    60


static ngx_int_t ngx_http_grip_endpoint_upstream(ngx_conf_t *cf,
    ngx_http_grip_endpoint_t *endpoint, ngx_resolver_t *resolver);
static ngx_http_upstream_srv_conf_t *ngx_http_grip_endpoint_find(
    ngx_conf_t *cf, ngx_str_t *host);
static ngx_int_t ngx_http_grip_endpoint_resolve(ngx_conf_t *cf,
    ngx_http_grip_url_t *url, ngx_http_upstream_srv_conf_t *uscf);
static void ngx_http_grip_endpoint_servers(ngx_conf_t *cf,
    ngx_http_grip_url_t *url, ngx_http_upstream_srv_conf_t *uscf);
static ngx_int_t ngx_http_grip_endpoint_token(ngx_conf_t *cf,
    ngx_http_grip_endpoint_t *endpoint);
static ngx_int_t ngx_http_grip_endpoint_sign(
    ngx_http_grip_endpoint_t *endpoint);


ngx_int_t
ngx_http_grip_endpoint_init(ngx_conf_t *cf, ngx_http_grip_endpoint_t *endpoint,
    ngx_http_grip_srv_conf_t *gscf, ngx_http_grip_url_t *url)
{
    u_char  *p;

#if (NGX_HTTP_SSL)
    if (url->url.ssl && ngx_http_grip_ssl_init(cf, gscf) != NGX_OK) {
        return NGX_ERROR;
    }
#endif

    endpoint->url = url;
    endpoint->upstream = gscf->upstream;

    endpoint->path = url->url.publish_uri;
    p = ngx_strlchr(endpoint->path.data,
                    endpoint->path.data + endpoint->path.len, '?');
    if (p) {
        endpoint->path.len = p - endpoint->path.data;
    }

    if (ngx_http_grip_endpoint_upstream(cf, endpoint, gscf->resolver)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (url->url.auth == NGX_GRIP_AUTH_JWT) {
        return ngx_http_grip_endpoint_token(cf, endpoint);
    }

    return NGX_OK;
}


/*
 * The upstream module has initialised its upstreams before configurations
 * are merged, and only now it is known whether there is a resolver: what is
 * new here is initialised here.
 */

static ngx_int_t
ngx_http_grip_endpoint_upstream(ngx_conf_t *cf,
    ngx_http_grip_endpoint_t *endpoint, ngx_resolver_t *resolver)
{
    ngx_url_t                      u;
    ngx_http_grip_url_t           *url;
    ngx_http_upstream_srv_conf_t  *uscf;

    url = endpoint->url;
    uscf = ngx_http_grip_endpoint_find(cf, &url->url.host);

    if (uscf) {

        if (url->url.has_port) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "\"grip_url\" %V names the upstream \"%V\" and may "
                          "not have a port%V",
                          &url->name, &uscf->host, &url->where);
            return NGX_ERROR;
        }

        ngx_http_grip_endpoint_servers(cf, url, uscf);

        endpoint->upstream.upstream = uscf;
        endpoint->keepalive = 1;

        return NGX_OK;
    }

    ngx_memzero(&u, sizeof(ngx_url_t));

    u.url = url->url.host_header;
    u.default_port = url->url.port;
    u.no_resolve = 1;

    if (resolver->connections.nelts && !url->url.loopback) {

        if (ngx_parse_url(cf->pool, &u) != NGX_OK) {
            goto invalid;
        }

        if (u.naddrs == 0) {
            return NGX_OK;
        }

        ngx_memzero(&u, sizeof(ngx_url_t));

        u.url = url->url.host_header;
        u.default_port = url->url.port;
        u.no_resolve = 1;
    }

    uscf = ngx_http_upstream_add(cf, &u, 0);
    if (uscf == NULL) {
        goto invalid;
    }

    if (uscf->peer.init == NULL
        && ngx_http_grip_endpoint_resolve(cf, url, uscf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    endpoint->upstream.upstream = uscf;

    return NGX_OK;

invalid:

    ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                  "invalid host in \"grip_url\" %V%V",
                  &url->name, &url->where);

    return NGX_ERROR;
}


/* an upstream{} block */

static ngx_http_upstream_srv_conf_t *
ngx_http_grip_endpoint_find(ngx_conf_t *cf, ngx_str_t *host)
{
    ngx_uint_t                       i;
    ngx_http_upstream_srv_conf_t   **uscfp;
    ngx_http_upstream_main_conf_t   *umcf;

    umcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_upstream_module);

    uscfp = umcf->upstreams.elts;

    for (i = 0; i < umcf->upstreams.nelts; i++) {

        if ((uscfp[i]->flags & NGX_HTTP_UPSTREAM_CREATE)
            && uscfp[i]->host.len == host->len
            && ngx_strncasecmp(uscfp[i]->host.data, host->data, host->len)
               == 0)
        {
            return uscfp[i];
        }
    }

    return NULL;
}


static ngx_int_t
ngx_http_grip_endpoint_resolve(ngx_conf_t *cf, ngx_http_grip_url_t *url,
    ngx_http_upstream_srv_conf_t *uscf)
{
    ngx_url_t                      u;
    ngx_http_upstream_rr_peer_t   *peer;
    ngx_http_upstream_rr_peers_t  *peers;

    /* nginx says by file and line where a name stands */

    if (url->file == NULL && uscf->servers == NULL) {
        ngx_memzero(&u, sizeof(ngx_url_t));

        u.host = uscf->host;
        u.port = uscf->port;

        if (ngx_inet_resolve_host(cf->pool, &u) != NGX_OK) {
            if (u.err) {
                ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                              "%s in upstream \"%V\"%V",
                              u.err, &uscf->host, &url->where);
            }

            return NGX_ERROR;
        }
    }

    uscf->file_name = url->file ? url->file : (u_char *) "GRIP_URL";
    uscf->line = url->line;

    if (ngx_http_upstream_init_round_robin(cf, uscf) != NGX_OK) {
        return NGX_ERROR;
    }

    /*
     * the addresses of a name are one proxy: when it comes back, nothing is
     * to be refused for "fail_timeout"
     */

    peers = uscf->peer.data;

    for (peer = peers->peer; peer; peer = peer->next) {
        peer->max_fails = 0;
    }

    return NGX_OK;
}


static void
ngx_http_grip_endpoint_servers(ngx_conf_t *cf, ngx_http_grip_url_t *url,
    ngx_http_upstream_srv_conf_t *uscf)
{
    ngx_uint_t                   i, n;
    ngx_http_upstream_server_t  *server;

    n = 0;
    server = uscf->servers->elts;

    for (i = 0; i < uscf->servers->nelts; i++) {
        if (!server[i].backup && !server[i].down) {
            n++;
        }
    }

    if (n > 1) {
        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "each item goes to one of the %ui servers of \"%V\": "
                      "servers of one upstream are alternatives, not a "
                      "fan-out, and each proxy wants a \"grip_url\" of its "
                      "own%V",
                      n, &uscf->host, &url->where);
    }
}


static ngx_int_t
ngx_http_grip_endpoint_token(ngx_conf_t *cf,
    ngx_http_grip_endpoint_t *endpoint)
{
    ngx_grip_url_t  *url;

    url = &endpoint->url->url;

    if (ngx_grip_jwt_sign(NULL, &endpoint->token_size, &url->iss, ngx_time(),
                          url->key)
        != NGX_OK)
    {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "signing a token for \"grip_url\" %V failed%V",
                      &endpoint->url->name, &endpoint->url->where);
        return NGX_ERROR;
    }

    endpoint->token.data = ngx_pnalloc(cf->pool, endpoint->token_size);
    if (endpoint->token.data == NULL) {
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_grip_endpoint_authorization(ngx_http_grip_endpoint_t *endpoint,
    ngx_log_t *log, ngx_str_t *scheme, ngx_str_t *value)
{
    ngx_grip_url_t  *url;

    url = &endpoint->url->url;

    ngx_str_set(scheme, "Authorization: Bearer ");
    *value = url->credentials;

    switch (url->auth) {

    case NGX_GRIP_AUTH_JWT:
        if (ngx_http_grip_endpoint_sign(endpoint) != NGX_OK) {
            ngx_log_error(NGX_LOG_ALERT, log, 0,
                          "grip: signing a token for %V failed",
                          &endpoint->url->name);
            return NGX_ERROR;
        }

        *value = endpoint->token;
        break;

    case NGX_GRIP_AUTH_BEARER:
        break;

    case NGX_GRIP_AUTH_BASIC:
        ngx_str_set(scheme, "Authorization: Basic ");
        break;

    default: /* NGX_GRIP_AUTH_NONE */
        ngx_str_null(scheme);
        ngx_str_null(value);
    }

    return NGX_OK;
}


/* a token serves until shortly before it expires */

static ngx_int_t
ngx_http_grip_endpoint_sign(ngx_http_grip_endpoint_t *endpoint)
{
    size_t           len;
    time_t           now, exp;
    ngx_grip_url_t  *url;

    now = ngx_time();

    if (endpoint->token_exp - now >= NGX_HTTP_GRIP_TOKEN_RESERVE
        && endpoint->token_exp - now <= NGX_HTTP_GRIP_TOKEN_LIFETIME)
    {
        return NGX_OK;
    }

    url = &endpoint->url->url;
    exp = now + NGX_HTTP_GRIP_TOKEN_LIFETIME;

    if (ngx_grip_jwt_sign(NULL, &len, &url->iss, exp, url->key) != NGX_OK
        || len > endpoint->token_size)
    {
        return NGX_ERROR;
    }

    if (ngx_grip_jwt_sign(endpoint->token.data, &len, &url->iss, exp, url->key)
        != NGX_OK)
    {
        endpoint->token_exp = 0;
        return NGX_ERROR;
    }

    endpoint->token.len = len;
    endpoint->token_exp = exp;

    return NGX_OK;
}
