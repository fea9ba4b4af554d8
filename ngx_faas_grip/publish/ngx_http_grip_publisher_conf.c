
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * How a publisher reaches its control URL, settled at configuration time.
 */


#include "keys/ngx_grip_jwt.h"

#include "publish/ngx_http_grip_publisher.h"


static ngx_int_t ngx_http_grip_publisher_upstream(ngx_conf_t *cf,
    ngx_http_grip_publisher_t *publisher, ngx_resolver_t *resolver);
static ngx_http_upstream_srv_conf_t *ngx_http_grip_publisher_find(
    ngx_conf_t *cf, ngx_str_t *host);
static ngx_int_t ngx_http_grip_publisher_resolve(ngx_conf_t *cf,
    ngx_http_grip_url_t *url, ngx_http_upstream_srv_conf_t *uscf);
static void ngx_http_grip_publisher_servers(ngx_conf_t *cf,
    ngx_http_grip_url_t *url, ngx_http_upstream_srv_conf_t *uscf);
static ngx_int_t ngx_http_grip_publisher_token(ngx_conf_t *cf,
    ngx_http_grip_publisher_t *publisher);


ngx_http_grip_publisher_t *
ngx_http_grip_publisher_create(ngx_conf_t *cf, ngx_http_grip_srv_conf_t *gscf,
    ngx_http_grip_url_t *url)
{
    u_char                     *p;
    ngx_http_grip_publisher_t  *publisher;

    publisher = ngx_pcalloc(cf->pool, sizeof(ngx_http_grip_publisher_t));
    if (publisher == NULL) {
        return NULL;
    }

    publisher->url = url;
    publisher->upstream = gscf->upstream;
    publisher->max_size = gscf->queue_size;
    publisher->max_items = NGX_HTTP_GRIP_BATCH_ITEMS_MAX;

    publisher->path = url->url.publish_uri;
    p = ngx_strlchr(publisher->path.data,
                    publisher->path.data + publisher->path.len, '?');
    if (p) {
        publisher->path.len = p - publisher->path.data;
    }

    ngx_queue_init(&publisher->queue);

    publisher->event.handler = ngx_http_grip_publisher_handler;
    publisher->event.data = publisher;
    publisher->event.log = &cf->cycle->new_log;

    if (ngx_http_grip_publisher_upstream(cf, publisher, gscf->resolver)
        != NGX_OK)
    {
        return NULL;
    }

    if (url->url.auth == NGX_GRIP_AUTH_JWT
        && ngx_http_grip_publisher_token(cf, publisher) != NGX_OK)
    {
        return NULL;
    }

    return publisher;
}


/*
 * The upstream module has initialised its upstreams before configurations
 * are merged, and only now it is known whether there is a resolver: what is
 * new here is initialised here.
 */

static ngx_int_t
ngx_http_grip_publisher_upstream(ngx_conf_t *cf,
    ngx_http_grip_publisher_t *publisher, ngx_resolver_t *resolver)
{
    ngx_url_t                      u;
    ngx_http_grip_url_t           *url;
    ngx_http_upstream_srv_conf_t  *uscf;

    url = publisher->url;
    uscf = ngx_http_grip_publisher_find(cf, &url->url.host);

    if (uscf) {

        if (url->url.has_port) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "\"grip_url\" %V names the upstream \"%V\" and may "
                          "not have a port%V",
                          &url->name, &uscf->host, &url->where);
            return NGX_ERROR;
        }

        ngx_http_grip_publisher_servers(cf, url, uscf);

        publisher->upstream.upstream = uscf;
        publisher->keepalive = 1;

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
        && ngx_http_grip_publisher_resolve(cf, url, uscf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    publisher->upstream.upstream = uscf;

    return NGX_OK;

invalid:

    ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                  "invalid host in \"grip_url\" %V%V",
                  &url->name, &url->where);

    return NGX_ERROR;
}


/* an upstream{} block */

static ngx_http_upstream_srv_conf_t *
ngx_http_grip_publisher_find(ngx_conf_t *cf, ngx_str_t *host)
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
ngx_http_grip_publisher_resolve(ngx_conf_t *cf, ngx_http_grip_url_t *url,
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
ngx_http_grip_publisher_servers(ngx_conf_t *cf, ngx_http_grip_url_t *url,
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
ngx_http_grip_publisher_token(ngx_conf_t *cf,
    ngx_http_grip_publisher_t *publisher)
{
    ngx_grip_url_t  *url;

    url = &publisher->url->url;

    if (ngx_grip_jwt_sign(NULL, &publisher->token_size, &url->iss, ngx_time(),
                          url->key)
        != NGX_OK)
    {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "signing a token for \"grip_url\" %V failed%V",
                      &publisher->url->name, &publisher->url->where);
        return NGX_ERROR;
    }

    publisher->token.data = ngx_pnalloc(cf->pool, publisher->token_size);
    if (publisher->token.data == NULL) {
        return NGX_ERROR;
    }

    return NGX_OK;
}
