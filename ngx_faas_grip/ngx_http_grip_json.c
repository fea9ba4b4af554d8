
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * JSON in rules: looked up in a message.
 */


#include "ngx_http_grip_json.h"
#include "ngx_http_grip_variables.h"
#include "ngx_http_grip_websocket.h"


static ngx_int_t ngx_http_grip_json_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);


char *
ngx_http_grip_json_set(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t            *value, *key;
    ngx_uint_t            i;
    ngx_array_t          *keys;
    ngx_http_variable_t  *var;

    value = cf->args->elts;

    if (value[1].len < 2 || value[1].data[0] != '$') {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid variable name \"%V\"", &value[1]);
        return NGX_CONF_ERROR;
    }

    value[1].len--;
    value[1].data++;

    var = ngx_http_add_variable(cf, &value[1], NGX_HTTP_VAR_NOCACHEABLE);
    if (var == NULL) {
        return NGX_CONF_ERROR;
    }

    if (var->get_handler) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the variable \"$%V\" is defined already",
                           &value[1]);
        return NGX_CONF_ERROR;
    }

    keys = ngx_array_create(cf->pool, cf->args->nelts - 2, sizeof(ngx_str_t));
    if (keys == NULL) {
        return NGX_CONF_ERROR;
    }

    for (i = 2; i < cf->args->nelts; i++) {
        key = ngx_array_push(keys);
        if (key == NULL) {
            return NGX_CONF_ERROR;
        }

        *key = value[i];
    }

    var->get_handler = ngx_http_grip_json_variable;
    var->data = (uintptr_t) keys;

    return NGX_CONF_OK;
}


/* the message is parsed at most once; a value is copied, as the document
   ends with the event */

static ngx_int_t
ngx_http_grip_json_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_array_t *keys = (ngx_array_t *) data;

    ngx_int_t                   rc;
    ngx_str_t                   value, text;
    ngx_http_grip_ctx_t        *ctx;
    ngx_http_grip_websocket_t  *ws;

    v->not_found = 1;

    ctx = ngx_http_grip_find_ctx(r);

    if (ctx == NULL || ctx->websocket == NULL) {
        return NGX_OK;
    }

    ws = ctx->websocket;

    if (!ws->parsed) {
        ws->parsed = 1;

        if (ws->message.len) {
            ws->document = ngx_grip_document_parse(ws->message.data,
                                                   ws->message.len);
        }
    }

    if (ws->document == NULL) {
        return NGX_OK;
    }

    /* rules ask for the same one time and again */

    if (ws->looked_up == keys) {
        return ws->found.data ? ngx_http_grip_variable_set(v, &ws->found)
                              : NGX_OK;
    }

    rc = ngx_grip_document_lookup(ws->document, keys->elts, keys->nelts,
                                  &value);

    if (rc == NGX_DECLINED) {
        ws->looked_up = keys;
        ngx_str_null(&ws->found);
        return NGX_OK;
    }

    if (rc != NGX_OK) {
        return NGX_ERROR;
    }

    text.len = value.len;
    text.data = ngx_pnalloc(r->pool, value.len);
    if (text.data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(text.data, value.data, value.len);

    ws->looked_up = keys;
    ws->found = text;

    return ngx_http_grip_variable_set(v, &text);
}
