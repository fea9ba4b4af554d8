
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Channels and links of a hold, at configuration time; links say where a stream
 * goes on, and who hears that its client has gone.
 */


#include "hold/ngx_http_grip_hold.h"
#include "request/ngx_http_grip_directive.h"
#include "request/ngx_http_grip_headers.h"
#include "wire/ngx_grip_control.h"


static char *ngx_http_grip_hold_channel_parameter(ngx_conf_t *cf,
    ngx_http_grip_channel_t *channel, ngx_str_t *param);
static char *ngx_http_grip_hold_channel_filter(ngx_conf_t *cf,
    ngx_http_grip_channel_t *channel, ngx_str_t *name);
static ngx_uint_t ngx_http_grip_hold_channel_link_varies(ngx_str_t *uri);


char *
ngx_http_grip_hold_channel(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_grip_loc_conf_t  *glcf = conf;

    char                       *rv;
    ngx_str_t                  *value;
    ngx_uint_t                  i, literal;
    ngx_http_grip_channel_t    *channel;
    ngx_http_grip_hold_conf_t  *hold;

    static ngx_str_t  lists[] = { ngx_string("filter"), ngx_null_string };

    hold = glcf->hold;

    channel = ngx_http_grip_directive_push(cf, &hold->channels,
                                           sizeof(ngx_http_grip_channel_t));
    if (channel == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(channel, sizeof(ngx_http_grip_channel_t));

    channel->file = cf->conf_file->file.name.data;
    channel->line = cf->conf_file->line;

    value = cf->args->elts;

    if (ngx_http_grip_value_compile(cf, &value[1], &channel->channel, &literal)
        != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (literal && !ngx_grip_control_channel_valid(&value[1])) {
        return ngx_http_grip_directive_invalid(cf, "channel", &value[1]);
    }

    for (i = 2; i < cf->args->nelts; i++) {
        rv = ngx_http_grip_hold_channel_parameter(cf, channel, &value[i]);
        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    return ngx_http_grip_directive_twice(cf, 2, lists);
}


static char *
ngx_http_grip_hold_channel_parameter(ngx_conf_t *cf,
    ngx_http_grip_channel_t *channel, ngx_str_t *param)
{
    ngx_str_t   rest;
    ngx_uint_t  literal;

    if (ngx_http_grip_parameter(param, "prev_id", &rest)
        && rest.len)
    {
        channel->has_prev_id = 1;

        if (ngx_http_grip_value_compile(cf, &rest, &channel->prev_id, &literal)
            != NGX_OK)
        {
            return NGX_CONF_ERROR;
        }

        if (!literal || ngx_grip_control_channel_valid(&rest)) {
            return NGX_CONF_OK;
        }

    } else if (ngx_http_grip_parameter(param, "filter", &rest)
               && ngx_http_grip_headers_name_valid(&rest)
               && !ngx_http_grip_has_variables(&rest))
    {
        return ngx_http_grip_hold_channel_filter(cf, channel, &rest);
    }

    return ngx_http_grip_directive_invalid(cf, "parameter", param);
}


static char *
ngx_http_grip_hold_channel_filter(ngx_conf_t *cf,
    ngx_http_grip_channel_t *channel, ngx_str_t *name)
{
    u_char     *p;
    ngx_int_t   filter;
    ngx_str_t   filters;

    static ngx_conf_enum_t  known[] = {
        { ngx_string("skip-self"), NGX_HTTP_GRIP_FILTER_SKIP_SELF },
        { ngx_string("skip-users"), NGX_HTTP_GRIP_FILTER_SKIP_USERS },
        { ngx_string("require-sub"), NGX_HTTP_GRIP_FILTER_REQUIRE_SUB },
        { ngx_null_string, 0 }
    };

    filter = ngx_http_grip_directive_word(name, known);

    channel->filter_mask |= (filter == NGX_ERROR)
                            ? NGX_HTTP_GRIP_FILTER_OTHER : (ngx_uint_t) filter;

    filters.len = channel->filters.len + sizeof("; filter=") - 1 + name->len;

    filters.data = ngx_pnalloc(cf->pool, filters.len);
    if (filters.data == NULL) {
        return NGX_CONF_ERROR;
    }

    p = filters.data;

    if (channel->filters.len) {
        p = ngx_cpymem(p, channel->filters.data, channel->filters.len);
    }

    p = ngx_cpymem(p, "; filter=", sizeof("; filter=") - 1);
    ngx_memcpy(p, name->data, name->len);

    channel->filters = filters;

    return NGX_CONF_OK;
}


char *
ngx_http_grip_hold_channel_link(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
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
            if (ngx_http_grip_hold_conf_seconds(cf, &value[i], &rest, 1,
                                                &timeout)
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

        return ngx_http_grip_directive_invalid(cf, "parameter", &value[i]);
    }

    if (ngx_http_grip_directive_twice(cf, 2, NULL) != NGX_CONF_OK) {
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

        if (ngx_http_grip_hold_channel_link_varies(&value[1])) {
            ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                               "streams whose \"grip_link\" differs in the "
                               "query alone may get the response to one of "
                               "them: put the variable into the path");
        }
    }

    *link = ngx_http_grip_directive_value(cf, &value[1], &literal);

    return *link ? NGX_CONF_OK : NGX_CONF_ERROR;
}


/*
 * Whether the query has variables, or is one, as far as names tell: the proxy
 * knows links by their paths.  protocol 3.3
 */

static ngx_uint_t
ngx_http_grip_hold_channel_link_varies(ngx_str_t *uri)
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
