
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Members of a function's JSON answer.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_http_grip_decode.h"
#include "ngx_http_grip_statement.h"


static ngx_int_t ngx_http_grip_decode_formats(ngx_http_grip_decoder_t *dec,
    json_t *formats, ngx_http_grip_action_t *action);
static ngx_int_t ngx_http_grip_decode_publish_meta(
    ngx_http_grip_decoder_t *dec, json_t *metas,
    ngx_http_grip_action_t *action);


ngx_int_t
ngx_http_grip_decode_object(ngx_http_grip_decoder_t *dec, json_t *value,
    const char **members)
{
    json_t      *member;
    ngx_uint_t   i;
    const char  *name;

    if (!json_is_object(value)) {
        dec->err = "it has a wrong type";
        return NGX_DECLINED;
    }

    json_object_foreach(value, name, member) {

        for (i = 0; members[i]; i++) {
            if (ngx_strcmp(members[i], name) == 0) {
                break;
            }
        }

        if (members[i] == NULL) {
            dec->member = name;
            dec->err = "is unknown";
            return NGX_DECLINED;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_grip_decode_string(ngx_http_grip_decoder_t *dec, json_t *value,
    ngx_str_t *text)
{
    if (!json_is_string(value)) {
        dec->err = "it is not a string";
        return NGX_DECLINED;
    }

    text->len = json_string_length(value);

    text->data = ngx_pnalloc(dec->ws->request->pool, text->len);
    if (text->data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(text->data, json_string_value(value), text->len);

    return NGX_OK;
}


ngx_int_t
ngx_http_grip_decode_base64(ngx_http_grip_decoder_t *dec, json_t *value,
    ngx_str_t *bytes)
{
    ngx_int_t  rc;
    ngx_str_t  text;

    rc = ngx_http_grip_decode_string(dec, value, &text);
    if (rc != NGX_OK) {
        return rc;
    }

    bytes->data = ngx_pnalloc(dec->ws->request->pool,
                              ngx_base64_decoded_length(text.len));
    if (bytes->data == NULL) {
        return NGX_ERROR;
    }

    if (ngx_decode_base64(bytes, &text) != NGX_OK) {
        dec->err = "it is not base64";
        return NGX_DECLINED;
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_grip_decode_member(ngx_http_grip_decoder_t *dec, json_t *object,
    const char *name, ngx_str_t *text)
{
    json_t  *value;

    value = json_object_get(object, name);

    if (value == NULL) {
        return NGX_OK;
    }

    if (!json_is_string(value)) {
        return ngx_http_grip_decode_wrong(dec, name);
    }

    return ngx_http_grip_decode_string(dec, value, text);
}


ngx_int_t
ngx_http_grip_decode_integer(ngx_http_grip_decoder_t *dec, json_t *object,
    const char *name, ngx_uint_t *n)
{
    json_t        *value;
    json_int_t     integer;

    value = json_object_get(object, name);

    if (value == NULL) {
        return NGX_OK;
    }

    integer = json_integer_value(value);

    if (!json_is_integer(value) || integer < 1 || integer > 0x7fffffff) {
        return ngx_http_grip_decode_wrong(dec, name);
    }

    *n = (ngx_uint_t) integer;

    return NGX_OK;
}


ngx_int_t
ngx_http_grip_decode_content(ngx_http_grip_decoder_t *dec, json_t *object,
    ngx_http_grip_action_t *action)
{
    json_t     *text, *binary;
    ngx_int_t   rc;

    text = json_object_get(object, "content");
    binary = json_object_get(object, "content-bin");

    if ((text == NULL) == (binary == NULL)) {
        dec->err = "it needs one of \"content\" and \"content-bin\"";
        return NGX_DECLINED;
    }

    if (text) {
        action->type = NGX_GRIP_WS_TEXT;
        return ngx_http_grip_decode_member(dec, object, "content",
                                           &action->value);
    }

    action->type = NGX_GRIP_WS_BINARY;

    rc = ngx_http_grip_decode_base64(dec, binary, &action->value);

    return rc == NGX_DECLINED ? ngx_http_grip_decode_wrong(dec, "content-bin")
                              : rc;
}


ngx_int_t
ngx_http_grip_decode_wrong(ngx_http_grip_decoder_t *dec, const char *member)
{
    dec->member = member;
    dec->err = "has a wrong type or value";

    return NGX_DECLINED;
}


ngx_int_t
ngx_http_grip_decode_push(ngx_http_grip_decoder_t *dec,
    ngx_http_grip_action_t *action)
{
    ngx_http_grip_action_t  *pushed;

    pushed = ngx_array_push(dec->actions);
    if (pushed == NULL) {
        return NGX_ERROR;
    }

    *pushed = *action;

    return NGX_OK;
}


ngx_int_t
ngx_http_grip_decode_publish(ngx_http_grip_decoder_t *dec, json_t *value,
    ngx_http_grip_action_t *action)
{
    json_t     *no_seq;
    ngx_int_t   rc;
    ngx_str_t   on_error;

    static const char  *members[] = { "channel", "content", "content-bin",
                                      "formats", "id", "prev-id", "meta",
                                      "no-seq", "on_error", NULL };

    ngx_str_null(&on_error);

    if ((rc = ngx_http_grip_decode_object(dec, value, members)) != NGX_OK
        || (rc = ngx_http_grip_decode_content(dec, value, action)) != NGX_OK
        || (rc = ngx_http_grip_decode_member(dec, value, "channel",
                                             &action->target))
           != NGX_OK
        || (rc = ngx_http_grip_decode_member(dec, value, "id", &action->id))
           != NGX_OK
        || (rc = ngx_http_grip_decode_member(dec, value, "prev-id",
                                             &action->prev_id))
           != NGX_OK
        || (rc = ngx_http_grip_decode_member(dec, value, "on_error",
                                             &on_error))
           != NGX_OK
        || (rc = ngx_http_grip_decode_formats(dec,
                                           json_object_get(value, "formats"),
                                           action))
           != NGX_OK
        || (rc = ngx_http_grip_decode_publish_meta(dec,
                                              json_object_get(value, "meta"),
                                              action))
           != NGX_OK)
    {
        return rc;
    }

    no_seq = json_object_get(value, "no-seq");

    if (no_seq && !json_is_boolean(no_seq)) {
        return ngx_http_grip_decode_wrong(dec, "no-seq");
    }

    action->no_seq = json_is_true(no_seq);

    action->ignore_errors = (on_error.len == sizeof("ignore") - 1
                             && ngx_strncmp(on_error.data, "ignore",
                                            on_error.len) == 0);

    if (on_error.len && !action->ignore_errors
        && (on_error.len != sizeof("close") - 1
            || ngx_strncmp(on_error.data, "close", on_error.len) != 0))
    {
        return ngx_http_grip_decode_wrong(dec, "on_error");
    }

    return ngx_http_grip_decode_push(dec, action);
}


static ngx_int_t
ngx_http_grip_decode_formats(ngx_http_grip_decoder_t *dec, json_t *formats,
    ngx_http_grip_action_t *action)
{
    size_t      i;
    json_t     *name;
    ngx_str_t   text;

    if (formats == NULL) {
        action->formats = NGX_GRIP_FORMAT_WS_MESSAGE;
        return NGX_OK;
    }

    if (!json_is_array(formats) || json_array_size(formats) == 0) {
        return ngx_http_grip_decode_wrong(dec, "formats");
    }

    json_array_foreach(formats, i, name) {

        if (!json_is_string(name)) {
            return ngx_http_grip_decode_wrong(dec, "formats");
        }

        text.len = json_string_length(name);
        text.data = (u_char *) json_string_value(name);

        if (ngx_http_grip_add_format(&action->formats, &text) != NGX_OK) {
            return ngx_http_grip_decode_wrong(dec, "formats");
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_grip_decode_publish_meta(ngx_http_grip_decoder_t *dec, json_t *metas,
    ngx_http_grip_action_t *action)
{
    size_t            len;
    json_t           *value;
    ngx_int_t         rc;
    const char       *name;
    ngx_grip_pair_t  *meta;

    if (metas == NULL) {
        return NGX_OK;
    }

    if (!json_is_object(metas)) {
        return ngx_http_grip_decode_wrong(dec, "meta");
    }

    meta = ngx_palloc(dec->ws->request->pool,
                      json_object_size(metas) * sizeof(ngx_grip_pair_t));
    if (meta == NULL) {
        return NGX_ERROR;
    }

    action->meta = meta;
    action->nmeta = json_object_size(metas);

    json_object_foreach(metas, name, value) {

        len = ngx_strlen(name);

        meta->name.len = len;
        meta->name.data = ngx_pnalloc(dec->ws->request->pool, len);
        if (meta->name.data == NULL) {
            return NGX_ERROR;
        }

        ngx_memcpy(meta->name.data, name, len);

        rc = ngx_http_grip_decode_string(dec, value, &meta->value);

        if (rc != NGX_OK) {
            return rc == NGX_DECLINED ? ngx_http_grip_decode_wrong(dec, "meta")
                                      : rc;
        }

        meta++;
    }

    return NGX_OK;
}
