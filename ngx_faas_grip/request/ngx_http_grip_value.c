
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Texts with variables.
 */


#include "request/ngx_http_grip.h"
#include "request/ngx_http_grip_value.h"


ngx_int_t
ngx_http_grip_value_compile(ngx_conf_t *cf, ngx_str_t *text,
    ngx_http_grip_value_t *value, ngx_uint_t *literal)
{
    ngx_str_t                         name;
    ngx_http_compile_complex_value_t  ccv;

    *literal = 0;
    value->index = NGX_CONF_UNSET;

    if (text->len > 1 && text->data[0] == '$') {
        name.len = text->len - 1;
        name.data = text->data + 1;

        if (ngx_http_grip_value_name(&name)) {
            value->index = ngx_http_get_variable_index(cf, &name);
            return value->index == NGX_ERROR ? NGX_ERROR : NGX_OK;
        }
    }

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

    ccv.cf = cf;
    ccv.value = text;
    ccv.complex_value = &value->value;

    if (ngx_http_compile_complex_value(&ccv) != NGX_OK) {
        return NGX_ERROR;
    }

    *literal = (value->value.lengths == NULL);

    return NGX_OK;
}


/* "$1" is no variable, but a capture that only a complex value knows */

ngx_uint_t
ngx_http_grip_value_name(ngx_str_t *name)
{
    size_t  i;
    u_char  ch;

    for (i = 0; i < name->len; i++) {
        ch = name->data[i];

        if (!(ch >= 'a' && ch <= 'z') && !(ch >= 'A' && ch <= 'Z')
            && !(ch >= '0' && ch <= '9' && i) && ch != '_')
        {
            return 0;
        }
    }

    return name->len != 0;
}


ngx_int_t
ngx_http_grip_value_get(ngx_http_request_t *r, ngx_http_grip_value_t *value,
    ngx_str_t *text)
{
    ngx_http_grip_ctx_t        *ctx;
    ngx_http_variable_value_t  *vv;

    if (value->index == NGX_CONF_UNSET) {
        ctx = ngx_http_grip_ctx_get(r);
        if (ctx == NULL) {
            return NGX_ERROR;
        }

        if (ngx_http_complex_value(r, &value->value, text) != NGX_OK) {
            return NGX_ERROR;
        }

        /* to a script, a variable that failed is an empty one */

        return ctx->failed ? NGX_ERROR : NGX_OK;
    }

    vv = ngx_http_grip_value_variable(r, value->index);
    if (vv == NULL) {
        return NGX_ERROR;
    }

    if (vv->not_found || vv->len == 0) {
        ngx_str_set(text, "");
        return NGX_OK;
    }

    text->len = vv->len;
    text->data = vv->data;

    return NGX_OK;
}


ngx_http_variable_value_t *
ngx_http_grip_value_variable(ngx_http_request_t *r, ngx_int_t index)
{
    ngx_http_grip_ctx_t        *ctx;
    ngx_http_variable_value_t  *vv;

    ctx = ngx_http_grip_ctx_get(r);
    if (ctx == NULL) {
        return NULL;
    }

    vv = ngx_http_get_flushed_variable(r, index);

    return ctx->failed ? NULL : vv;
}


ngx_grip_pair_t *
ngx_http_grip_value_get_pairs(ngx_http_request_t *r, ngx_array_t *pairs)
{
    ngx_uint_t                   i;
    ngx_grip_pair_t             *got;
    ngx_http_grip_value_pair_t  *pair;

    got = ngx_palloc(r->pool, pairs->nelts * sizeof(ngx_grip_pair_t));
    if (got == NULL) {
        return NULL;
    }

    pair = pairs->elts;

    for (i = 0; i < pairs->nelts; i++) {
        got[i].name = pair[i].name;

        if (ngx_http_grip_value_get(r, &pair[i].value, &got[i].value)
            != NGX_OK)
        {
            return NULL;
        }
    }

    return got;
}


ngx_int_t
ngx_http_grip_value_set(ngx_http_variable_value_t *v, ngx_str_t *text)
{
    if (text == NULL) {
        v->not_found = 1;
        return NGX_OK;
    }

    v->len = text->len;
    v->data = text->data;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}


/*
 * Scripts measure a text, and then ask for what is not cacheable once more to
 * copy it: a value that could be had only then would be longer than its room.
 */

ngx_int_t
ngx_http_grip_value_failed(ngx_http_request_t *r, ngx_http_variable_value_t *v)
{
    ngx_http_grip_ctx_t  *ctx;

    v->no_cacheable = 0;

    ctx = ngx_http_grip_ctx_get(r);
    if (ctx) {
        ctx->failed = 1;
    }

    return NGX_ERROR;
}
