
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "proxy/ngx_grip_url_host.h"


static ngx_int_t ngx_grip_url_host_address(ngx_grip_url_t *url,
    ngx_uint_t literal);
static ngx_int_t ngx_grip_url_host_port(ngx_grip_url_t *url, u_char *p,
    u_char *last);


ngx_int_t
ngx_grip_url_host_read(ngx_grip_url_t *url, ngx_str_t *text, const char **err)
{
    u_char      *p, *last;
    in_port_t    port;
    ngx_uint_t   literal;

    p = text->data;
    last = text->data + text->len;

    url->host.data = p;
    literal = p < last && *p == '[';

    if (literal) {
        p = memchr(p, ']', (size_t) (last - p));
        if (p == NULL) {
            *err = "invalid host";
            return NGX_ERROR;
        }

        url->host.data++;
        url->host.len = (size_t) (p++ - url->host.data);

    } else {
        while (p < last && *p != ':') {
            p++;
        }

        url->host.len = (size_t) (p - url->host.data);
    }

    if (ngx_grip_url_host_address(url, literal) != NGX_OK) {
        *err = url->host.len ? "invalid host" : "no host";
        return NGX_ERROR;
    }

    url->host_header.data = text->data;
    url->host_header.len = (size_t) (p - text->data);

    if (p == last) {
        return NGX_OK;
    }

    port = url->port;

    if (*p != ':' || ngx_grip_url_host_port(url, p + 1, last) != NGX_OK) {
        *err = "invalid port";
        return NGX_ERROR;
    }

    if (url->port != port) {
        url->host_header.len = text->len;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_grip_url_host_address(ngx_grip_url_t *url, ngx_uint_t literal)
{
    char              name[INET6_ADDRSTRLEN];
    size_t            i;
    u_char           *p;
    struct in_addr    addr;
    struct in6_addr   addr6;

    if (url->host.len == 0) {
        return NGX_ERROR;
    }

    for (i = 0; i < url->host.len; i++) {
        p = &url->host.data[i];
        *p = ngx_tolower(*p);

        if (!literal
            && !(*p >= 'a' && *p <= 'z') && !(*p >= '0' && *p <= '9')
            && *p != '-' && *p != '.' && *p != '_')
        {
            return NGX_ERROR;
        }
    }

    if (url->host.len >= sizeof(name)) {
        return literal ? NGX_ERROR : NGX_OK;
    }

    memcpy(name, url->host.data, url->host.len);
    name[url->host.len] = '\0';

    if (!literal) {
        url->loopback = strcmp(name, "localhost") == 0
                        || (inet_pton(AF_INET, name, &addr) == 1
                            && ntohl(addr.s_addr) >> 24 == 127);
        return NGX_OK;
    }

    if (strlen(name) != url->host.len
        || inet_pton(AF_INET6, name, &addr6) != 1)
    {
        return NGX_ERROR;
    }

    url->loopback = IN6_IS_ADDR_LOOPBACK(&addr6)
                    || (IN6_IS_ADDR_V4MAPPED(&addr6)
                        && addr6.s6_addr[12] == 127);
    return NGX_OK;
}


static ngx_int_t
ngx_grip_url_host_port(ngx_grip_url_t *url, u_char *p, u_char *last)
{
    ngx_uint_t  port;

    if (p == last || *p == '0' || last - p > 5) {
        return NGX_ERROR;
    }

    port = 0;

    for ( /* void */ ; p < last; p++) {

        if (*p < '0' || *p > '9') {
            return NGX_ERROR;
        }

        port = port * 10 + (*p - '0');
    }

    if (port > 65535) {
        return NGX_ERROR;
    }

    url->port = (in_port_t) port;
    url->has_port = 1;

    return NGX_OK;
}
