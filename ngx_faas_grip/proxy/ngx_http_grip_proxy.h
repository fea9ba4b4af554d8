
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The proxies: "grip_url" and the settings of the connections to them.
 */


#ifndef _NGX_HTTP_GRIP_PROXY_H_INCLUDED_
#define _NGX_HTTP_GRIP_PROXY_H_INCLUDED_


#include "proxy/ngx_grip_url.h"
#include "request/ngx_http_grip.h"


/* a "grip_url" line */

typedef struct {
    ngx_grip_url_t               url;
    ngx_str_t                    name;           /* for messages: scheme, host
                                                    and port, no key; it
                                                    ends with a zero */
    u_char                      *file;           /* NULL: the environment */
    ngx_uint_t                   line;
    ngx_str_t                    where;          /* for messages: " in ..." */
} ngx_http_grip_url_t;


typedef struct {
    ngx_array_t                 *urls;           /* ngx_http_grip_url_t */
    ngx_array_t                 *publishers;     /* ngx_http_grip_publisher_t *,
                                                    one for each url */

    ngx_http_upstream_conf_t     upstream;       /* for all publishers */
    ngx_resolver_t              *resolver;       /* that they may use */
    size_t                       queue_size;

    ngx_str_t                    history_link;   /* below which links are, */
    time_t                       history_link_timeout;
    ngx_str_t                    history_link_params;  /* what follows one in
                                                          its header */
    ngx_array_t                 *history_holds;  /* of locations that these
                                                    name, or NULL */

#if (NGX_HTTP_SSL)
    ngx_uint_t                   ssl_protocols;
    ngx_str_t                    ssl_ciphers;
    ngx_str_t                    ssl_name;
    ngx_uint_t                   ssl_verify_depth;
    ngx_str_t                    ssl_trusted_certificate;
    ngx_str_t                    ssl_crl;
    ngx_str_t                    ssl_certificate;
    ngx_str_t                    ssl_certificate_key;
#endif
} ngx_http_grip_srv_conf_t;


void *ngx_http_grip_proxy_create_conf(ngx_conf_t *cf);

/*
 * Settles the URLs of a server, the settings of the connections to them and
 * the resolver; prev is the http level, and is settled as well.  *own says
 * whether any of them differ from that level's.
 */
char *ngx_http_grip_proxy_merge(ngx_conf_t *cf, ngx_http_grip_srv_conf_t *prev,
    ngx_http_grip_srv_conf_t *conf, ngx_uint_t *own);

/* the "grip_url" directive */
char *ngx_http_grip_proxy_url(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/*
 * The value of an environment variable, or an empty string.  A variable
 * that is set is added to the core's "env" list, so that it survives reload
 * and binary upgrade.  NGX_ERROR if memory is out.
 */
ngx_int_t ngx_http_grip_proxy_environment(ngx_conf_t *cf, const char *name,
    ngx_str_t *value);


#endif /* _NGX_HTTP_GRIP_PROXY_H_INCLUDED_ */
