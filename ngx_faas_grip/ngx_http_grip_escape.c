
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * $grip_escaped_NAME and $grip_uri_NAME.
 */


#include "ngx_http_grip_escape.h"
#include "request/ngx_http_grip_value.h"
#include "text/ngx_grip_json.h"
#include "text/ngx_grip_utf8.h"


static ngx_http_variable_value_t *ngx_http_grip_escape_value(
    ngx_http_request_t *r, uintptr_t data, ngx_str_t *prefix);
static ngx_int_t ngx_http_grip_escape_known(ngx_conf_t *cf, ngx_str_t *full,
    ngx_str_t *prefix);


static ngx_str_t  ngx_http_grip_escape_json_prefix =
    ngx_string("grip_escaped_");
static ngx_str_t  ngx_http_grip_escape_uri_prefix = ngx_string("grip_uri_");


/* text that is not UTF-8 cannot stand in JSON: it is as good as absent */

ngx_int_t
ngx_http_grip_escape_json(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    uintptr_t data)
{
    ngx_str_t                   text;
    ngx_http_variable_value_t  *vv;

    vv = ngx_http_grip_escape_value(r, data, &ngx_http_grip_escape_json_prefix);
    if (vv == NULL) {
        return ngx_http_grip_value_failed(r, v);
    }

    if (vv->not_found || !ngx_grip_utf8_valid(vv->data, vv->len)) {
        return ngx_http_grip_value_set(v, NULL);
    }

    text.len = ngx_grip_json_escape(NULL, vv->data, vv->len);

    text.data = ngx_pnalloc(r->pool, text.len);
    if (text.data == NULL) {
        return ngx_http_grip_value_failed(r, v);
    }

    (void) ngx_grip_json_escape(text.data, vv->data, vv->len);

    return ngx_http_grip_value_set(v, &text);
}


ngx_int_t
ngx_http_grip_escape_uri(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    uintptr_t data)
{
    ngx_str_t                   text;
    ngx_http_variable_value_t  *vv;

    vv = ngx_http_grip_escape_value(r, data, &ngx_http_grip_escape_uri_prefix);
    if (vv == NULL) {
        return ngx_http_grip_value_failed(r, v);
    }

    if (vv->not_found) {
        return ngx_http_grip_value_set(v, NULL);
    }

    text.len = vv->len + 2 * ngx_escape_uri(NULL, vv->data, vv->len,
                                            NGX_ESCAPE_URI_COMPONENT);

    text.data = ngx_pnalloc(r->pool, text.len);
    if (text.data == NULL) {
        return ngx_http_grip_value_failed(r, v);
    }

    (void) ngx_escape_uri(text.data, vv->data, vv->len,
                          NGX_ESCAPE_URI_COMPONENT);

    return ngx_http_grip_value_set(v, &text);
}


static ngx_http_variable_value_t *
ngx_http_grip_escape_value(ngx_http_request_t *r, uintptr_t data,
    ngx_str_t *prefix)
{
    ngx_str_t *full = (ngx_str_t *) data;

    ngx_str_t  name;

    name.len = full->len - prefix->len;
    name.data = full->data + prefix->len;

    return ngx_http_get_variable(r, &name, ngx_hash_key(name.data, name.len));
}


ngx_int_t
ngx_http_grip_escape_check(ngx_conf_t *cf)
{
    ngx_str_t                   name;
    ngx_uint_t                  i;
    ngx_http_variable_t        *v;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    /* a NAME may be such a variable, too, and is then added behind them */

    for (i = 0; i < cmcf->variables.nelts; i++) {

        v = cmcf->variables.elts;
        name = v[i].name;

        if (ngx_http_grip_escape_known(cf, &name,
                                       &ngx_http_grip_escape_json_prefix)
            != NGX_OK
            || ngx_http_grip_escape_known(cf, &name,
                                          &ngx_http_grip_escape_uri_prefix)
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* what has an index must exist: nginx itself says which variable does not */

static ngx_int_t
ngx_http_grip_escape_known(ngx_conf_t *cf, ngx_str_t *full, ngx_str_t *prefix)
{
    ngx_str_t  name;

    if (full->len < prefix->len
        || ngx_strncmp(full->data, prefix->data, prefix->len) != 0)
    {
        return NGX_OK;
    }

    name.len = full->len - prefix->len;
    name.data = full->data + prefix->len;

    return ngx_http_get_variable_index(cf, &name) == NGX_ERROR ? NGX_ERROR
                                                               : NGX_OK;
}
