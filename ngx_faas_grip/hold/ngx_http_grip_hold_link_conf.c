
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The links of a hold at configuration time: where a stream goes on, and who
 * hears that its client has gone.
 */


#include "hold/ngx_http_grip_hold.h"


static ngx_uint_t ngx_http_grip_link_varies(ngx_str_t *uri);


char *
ngx_http_grip_link(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_grip_loc_conf_t  *glcf = conf;

    time_t                      timeout;
    ngx_str_t                  *value, rest;
    ngx_uint_t                  i, literal;
    ngx_http_grip_value_t     **link;
    ngx_http_grip_hold_conf_t  *hold;

    hold = glcf->hold;
    value = cf->args->elts;

    if (value[1].len == 0) {
        return "has no URI";
    }

    link = &hold->link;
    timeout = 0;

    for (i = 2; i < cf->args->nelts; i++) {

        if (ngx_http_grip_parameter(&value[i], "timeout", &rest)) {
            if (ngx_http_grip_hold_seconds(cf, &value[i], &rest, 1, &timeout)
                != NGX_CONF_OK)
            {
                return NGX_CONF_ERROR;
            }

            continue;
        }

        if (ngx_http_grip_parameter(&value[i], "rel", &rest)) {

            if (ngx_strcmp(rest.data, "gone") == 0) {
                link = &hold->gone;
                continue;
            }

            if (ngx_strcmp(rest.data, "next") == 0) {
                continue;
            }
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid parameter \"%V\"",
                           &value[i]);
        return NGX_CONF_ERROR;
    }

    if (ngx_http_grip_value_twice(cf, 2, NULL) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    if (*link != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    if (link == &hold->gone) {

        if (timeout) {
            return "has a timeout with \"rel=next\" only";
        }

    } else {
        hold->link_timeout = timeout;

        if (ngx_http_grip_link_varies(&value[1])) {
            ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                               "streams whose \"grip_link\" differs in the "
                               "query alone may get the response to one of "
                               "them: put the variable into the path");
        }
    }

    return ngx_http_grip_hold_value(cf, &value[1], link, &literal);
}


/*
 * Whether the query has variables, or is one, as far as names tell: the proxy
 * knows links by their paths.  protocol 3.3
 */

static ngx_uint_t
ngx_http_grip_link_varies(ngx_str_t *uri)
{
    u_char     *p, *last;
    ngx_str_t  *query;

    static ngx_str_t  queries[] = {
        ngx_string("args"),
        ngx_string("is_args"),
        ngx_string("query_string"),
        ngx_string("request_uri"),
        ngx_null_string
    };

    last = uri->data + uri->len;

    for (p = uri->data; p < last && *p != '?'; p++) {

        if (*p != '$') {
            continue;
        }

        for (query = queries; query->len; query++) {
            if (ngx_strncasecmp(p + (p[1] == '{' ? 2 : 1), query->data,
                                query->len)
                == 0)
            {
                return 1;
            }
        }
    }

    return ngx_strlchr(p, last, '$') != NULL;
}
