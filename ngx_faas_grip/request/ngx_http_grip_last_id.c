
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The last ids that the proxy says its client has got.
 */


#include "request/ngx_http_grip_headers.h"
#include "request/ngx_http_grip_last_id.h"
#include "text/ngx_grip_line.h"


static ngx_int_t ngx_http_grip_last_id_find(ngx_http_request_t *r,
    ngx_str_t *prefix, ngx_str_t *name, ngx_str_t *id);
static ngx_int_t ngx_http_grip_last_id_line(ngx_str_t line, ngx_str_t *prefix,
    ngx_str_t *name, ngx_str_t *id);
static ngx_int_t ngx_http_grip_last_id_entry(ngx_str_t entry,
    ngx_str_t *prefix, ngx_str_t *name, ngx_str_t *id);
static ngx_uint_t ngx_http_grip_last_id_named(ngx_str_t channel,
    ngx_str_t *prefix, ngx_str_t *name);


ngx_int_t
ngx_http_grip_last_id(ngx_http_request_t *r, ngx_str_t *name, ngx_str_t *id)
{
    ngx_http_grip_loc_conf_t  *glcf;

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);

    return ngx_http_grip_last_id_find(r, &glcf->prefix, name, id);
}


ngx_int_t
ngx_http_grip_last_id_of(ngx_http_request_t *r, ngx_str_t *channel,
    ngx_str_t *id)
{
    return ngx_http_grip_last_id_find(r, NULL, channel, id);
}


/* without a prefix the name is that of the channel itself */

static ngx_int_t
ngx_http_grip_last_id_find(ngx_http_request_t *r, ngx_str_t *prefix,
    ngx_str_t *name, ngx_str_t *id)
{
    ngx_table_elt_t          *h;
    ngx_http_grip_headers_t   hs;

    static ngx_str_t  last = ngx_string("grip-last");

    ngx_http_grip_headers_init(&hs, &r->main->headers_in.headers);

    while ((h = ngx_http_grip_headers_find(&hs, &last)) != NULL) {
        if (ngx_http_grip_last_id_line(h->value, prefix, name, id) == NGX_OK) {
            return NGX_OK;
        }
    }

    return NGX_DECLINED;
}


static ngx_int_t
ngx_http_grip_last_id_line(ngx_str_t line, ngx_str_t *prefix, ngx_str_t *name,
    ngx_str_t *id)
{
    ngx_str_t  entry;

    while (ngx_http_grip_headers_element(&line, &entry)) {
        if (ngx_http_grip_last_id_entry(entry, prefix, name, id) == NGX_OK) {
            return NGX_OK;
        }
    }

    return NGX_DECLINED;
}


static ngx_int_t
ngx_http_grip_last_id_entry(ngx_str_t entry, ngx_str_t *prefix,
    ngx_str_t *name, ngx_str_t *id)
{
    ngx_str_t  channel, param, key;

    channel = ngx_grip_line_cut(&entry, ';');

    if (prefix == NULL) {
        if (channel.len != name->len
            || ngx_memcmp(channel.data, name->data, name->len) != 0)
        {
            return NGX_DECLINED;
        }

    } else if (name && !ngx_http_grip_last_id_named(channel, prefix, name)) {
        return NGX_DECLINED;
    }

    while (entry.len) {
        param = ngx_grip_line_cut(&entry, ';');
        key = ngx_grip_line_cut(&param, '=');

        if (key.len == sizeof("last-id") - 1
            && ngx_strncasecmp(key.data, (u_char *) "last-id", key.len) == 0)
        {
            *id = param;
            return NGX_OK;
        }
    }

    return NGX_DECLINED;
}


/* to a variable's name, all that it cannot hold is an underscore */

static ngx_uint_t
ngx_http_grip_last_id_named(ngx_str_t channel, ngx_str_t *prefix,
    ngx_str_t *name)
{
    size_t  i;
    u_char  ch;

    if (channel.len >= prefix->len
        && ngx_memcmp(channel.data, prefix->data, prefix->len) == 0)
    {
        channel.len -= prefix->len;
        channel.data += prefix->len;
    }

    if (channel.len != name->len) {
        return 0;
    }

    for (i = 0; i < channel.len; i++) {
        ch = ngx_tolower(channel.data[i]);

        if ((ch < 'a' || ch > 'z') && (ch < '0' || ch > '9')) {
            ch = '_';
        }

        if (ch != name->data[i]) {
            return 0;
        }
    }

    return 1;
}
