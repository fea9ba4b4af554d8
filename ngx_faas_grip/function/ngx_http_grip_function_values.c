
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Values in a function's JSON answer.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <jansson.h>

#include "function/ngx_http_grip_function_values.h"
#include "text/ngx_grip_base64.h"
#include "text/ngx_grip_json_tree.h"


static ngx_int_t ngx_http_grip_values_base64(ngx_http_grip_reader_t *rd,
    json_t *value, ngx_str_t *bytes);
static ngx_int_t ngx_http_grip_values_integer(json_t *value, ngx_uint_t min,
    ngx_uint_t max, ngx_uint_t *n);
static ngx_int_t ngx_http_grip_values_code(ngx_http_grip_reader_t *rd,
    json_t *value, ngx_str_t *code);
static ngx_int_t ngx_http_grip_values_type(json_t *value, ngx_uint_t *type);
static ngx_int_t ngx_http_grip_values_word(json_t *value, const char *no,
    const char *yes);
static ngx_int_t ngx_http_grip_values_formats(json_t *value,
    ngx_uint_t *formats);
static ngx_int_t ngx_http_grip_values_filters(ngx_http_grip_reader_t *rd,
    json_t *value, ngx_http_grip_action_t *action);
static ngx_int_t ngx_http_grip_values_pairs(ngx_http_grip_reader_t *rd,
    json_t *value, ngx_http_grip_action_t *action);
static ngx_int_t ngx_http_grip_values_headers(ngx_http_grip_reader_t *rd,
    json_t *value, ngx_http_grip_action_t *action);


ngx_int_t
ngx_http_grip_function_values_read(ngx_http_grip_reader_t *rd,
    ngx_http_grip_member_e kind, size_t offset, void *data,
    ngx_http_grip_action_t *action)
{
    json_t *value = data;

    ngx_int_t   rc;
    ngx_str_t  *text;

    text = (ngx_str_t *) ((u_char *) action + offset);

    switch (kind) {

    case NGX_HTTP_GRIP_MEMBER_TEXT:
        return ngx_http_grip_function_values_text(rd, value, text);

    case NGX_HTTP_GRIP_MEMBER_CONTENT:
        action->type = NGX_GRIP_WS_TEXT;
        return ngx_http_grip_function_values_text(rd, value, text);

    case NGX_HTTP_GRIP_MEMBER_CONTENT_BIN:
        if (text->data) {
            return NGX_DECLINED;
        }

        action->type = NGX_GRIP_WS_BINARY;
        return ngx_http_grip_values_base64(rd, value, text);

    case NGX_HTTP_GRIP_MEMBER_BASE64:
        return ngx_http_grip_values_base64(rd, value, text);

    case NGX_HTTP_GRIP_MEMBER_TRUE:
        rd->err = "it is not true";
        return json_is_true(value) ? NGX_OK : NGX_DECLINED;

    case NGX_HTTP_GRIP_MEMBER_CODE:
        return ngx_http_grip_values_code(rd, value, &action->code);

    case NGX_HTTP_GRIP_MEMBER_STATUS:
        rd->err = "the status is not 400-599";
        return ngx_http_grip_values_integer(value, 400, 599, &action->status);

    case NGX_HTTP_GRIP_MEMBER_TIMEOUT:
        return ngx_http_grip_values_integer(value, 1, 0x7fffffff,
                                            &action->timeout);

    case NGX_HTTP_GRIP_MEMBER_TYPE:
        return ngx_http_grip_values_type(value, &action->type);

    case NGX_HTTP_GRIP_MEMBER_MODE:
        rc = ngx_http_grip_values_word(value, "idle", "interval");
        action->interval = (rc == 1);
        return rc == NGX_DECLINED ? rc : NGX_OK;

    case NGX_HTTP_GRIP_MEMBER_ON_ERROR:
        rc = ngx_http_grip_values_word(value, "close", "ignore");
        action->ignore_errors = (rc == 1);
        return rc == NGX_DECLINED ? rc : NGX_OK;

    case NGX_HTTP_GRIP_MEMBER_NO_SEQ:
        action->no_seq = json_is_true(value);
        return json_is_boolean(value) ? NGX_OK : NGX_DECLINED;

    case NGX_HTTP_GRIP_MEMBER_FORMATS:
        return ngx_http_grip_values_formats(value, &action->formats);

    case NGX_HTTP_GRIP_MEMBER_FILTERS:
        return ngx_http_grip_values_filters(rd, value, action);

    case NGX_HTTP_GRIP_MEMBER_PAIRS:
        return ngx_http_grip_values_pairs(rd, value, action);

    case NGX_HTTP_GRIP_MEMBER_HEADERS:
        return ngx_http_grip_values_headers(rd, value, action);

    default:
        return NGX_ERROR;
    }
}


ngx_int_t
ngx_http_grip_function_values_text(ngx_http_grip_reader_t *rd, void *data,
    ngx_str_t *text)
{
    json_t *value = data;

    if (!json_is_string(value)) {
        rd->err = "it is not a string";
        return NGX_DECLINED;
    }

    text->len = json_string_length(value);

    text->data = ngx_pnalloc(rd->ws->request->pool, text->len);
    if (text->data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(text->data, json_string_value(value), text->len);

    return NGX_OK;
}


static ngx_int_t
ngx_http_grip_values_base64(ngx_http_grip_reader_t *rd, json_t *value,
    ngx_str_t *bytes)
{
    ngx_int_t  rc;
    ngx_str_t  text;

    rc = ngx_http_grip_function_values_text(rd, value, &text);
    if (rc != NGX_OK) {
        return rc;
    }

    bytes->data = text.data;

    if (ngx_grip_base64_decode(bytes->data, &bytes->len, &text) != NGX_OK) {
        rd->err = "it is not base64";
        return NGX_DECLINED;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_grip_values_integer(json_t *value, ngx_uint_t min, ngx_uint_t max,
    ngx_uint_t *n)
{
    json_int_t  integer;

    integer = json_integer_value(value);

    if (!json_is_integer(value) || integer < (json_int_t) min
        || integer > (json_int_t) max)
    {
        return NGX_DECLINED;
    }

    *n = (ngx_uint_t) integer;

    return NGX_OK;
}


static ngx_int_t
ngx_http_grip_values_code(ngx_http_grip_reader_t *rd, json_t *value,
    ngx_str_t *code)
{
    ngx_uint_t  n;

    if (ngx_http_grip_values_integer(value, 1, 0xffff, &n) != NGX_OK) {
        return NGX_DECLINED;
    }

    code->data = ngx_pnalloc(rd->ws->request->pool, NGX_INT_T_LEN);
    if (code->data == NULL) {
        return NGX_ERROR;
    }

    code->len = ngx_sprintf(code->data, "%ui", n) - code->data;

    return NGX_OK;
}


static ngx_int_t
ngx_http_grip_values_type(json_t *value, ngx_uint_t *type)
{
    ngx_str_t  name;

    name = ngx_grip_json_tree_text(value);

    *type = ngx_grip_ws_message_named(&name);

    return *type ? NGX_OK : NGX_DECLINED;
}


static ngx_int_t
ngx_http_grip_values_word(json_t *value, const char *no, const char *yes)
{
    if (ngx_grip_json_tree_is(value, no)) {
        return 0;
    }

    return ngx_grip_json_tree_is(value, yes) ? 1 : NGX_DECLINED;
}


static ngx_int_t
ngx_http_grip_values_formats(json_t *value, ngx_uint_t *formats)
{
    size_t      i;
    json_t     *format;
    ngx_str_t   name;

    if (!json_is_array(value) || json_array_size(value) == 0) {
        return NGX_DECLINED;
    }

    *formats = 0;

    json_array_foreach(value, i, format) {

        name = ngx_grip_json_tree_text(format);

        if (ngx_grip_item_add_format(formats, &name) != NGX_OK) {
            return NGX_DECLINED;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_grip_values_filters(ngx_http_grip_reader_t *rd, json_t *value,
    ngx_http_grip_action_t *action)
{
    size_t      i;
    json_t     *name;
    ngx_int_t   rc;

    if (!json_is_array(value)) {
        return NGX_DECLINED;
    }

    action->nfilters = json_array_size(value);
    action->filters = ngx_palloc(rd->ws->request->pool,
                                 action->nfilters * sizeof(ngx_str_t));
    if (action->filters == NULL) {
        return NGX_ERROR;
    }

    json_array_foreach(value, i, name) {
        rc = ngx_http_grip_function_values_text(rd, name, &action->filters[i]);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_grip_values_pairs(ngx_http_grip_reader_t *rd, json_t *value,
    ngx_http_grip_action_t *action)
{
    json_t           *text;
    ngx_int_t         rc;
    const char       *name;
    ngx_grip_pair_t  *pair;

    if (!json_is_object(value)) {
        return NGX_DECLINED;
    }

    action->nmeta = json_object_size(value);
    action->meta = ngx_palloc(rd->ws->request->pool,
                              action->nmeta * sizeof(ngx_grip_pair_t));
    if (action->meta == NULL) {
        return NGX_ERROR;
    }

    pair = action->meta;

    json_object_foreach(value, name, text) {

        if (ngx_http_grip_function_values_name(rd, name, &pair->name)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        rc = ngx_http_grip_function_values_text(rd, text, &pair->value);
        if (rc != NGX_OK) {
            return rc;
        }

        pair++;
    }

    return NGX_OK;
}


/* a header is a text, or an array of texts, a line each */

static ngx_int_t
ngx_http_grip_values_headers(ngx_http_grip_reader_t *rd, json_t *value,
    ngx_http_grip_action_t *action)
{
    size_t            i, n;
    json_t           *lines, *line;
    ngx_int_t         rc;
    ngx_str_t         text;
    const char       *name;
    ngx_grip_pair_t  *pair;

    if (!json_is_object(value)) {
        return NGX_DECLINED;
    }

    n = 0;

    json_object_foreach(value, name, lines) {
        n += json_is_array(lines) ? json_array_size(lines) : 1;
    }

    pair = ngx_palloc(rd->ws->request->pool, n * sizeof(ngx_grip_pair_t));
    if (pair == NULL) {
        return NGX_ERROR;
    }

    action->meta = pair;
    action->nmeta = n;

    json_object_foreach(value, name, lines) {

        if (ngx_http_grip_function_values_name(rd, name, &text) != NGX_OK) {
            return NGX_ERROR;
        }

        n = json_is_array(lines) ? json_array_size(lines) : 1;

        for (i = 0; i < n; i++) {
            line = json_is_array(lines) ? json_array_get(lines, i) : lines;

            rc = ngx_http_grip_function_values_text(rd, line, &pair->value);
            if (rc != NGX_OK) {
                return rc;
            }

            pair->name = text;
            pair++;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_grip_function_values_name(ngx_http_grip_reader_t *rd,
    const char *name, ngx_str_t *text)
{
    text->len = ngx_strlen(name);

    text->data = ngx_pnalloc(rd->ws->request->pool, text->len + 1);
    if (text->data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(text->data, name, text->len + 1);

    return NGX_OK;
}
