
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <jansson.h>

#include "text/ngx_grip_document.h"
#include "text/ngx_grip_json_tree.h"


typedef struct ngx_grip_document_text_s  ngx_grip_document_text_t;

struct ngx_grip_document_text_s {
    ngx_grip_document_text_t   *next;
    ngx_str_t                   json;
};


struct ngx_grip_document_s {
    ngx_grip_json_tree_t        tree;
    ngx_grip_document_text_t   *texts;       /* what lookups have written */
};


static ngx_int_t ngx_grip_document_admit(u_char *p, size_t len);
static json_t *ngx_grip_document_child(json_t *value, ngx_str_t *key);
static json_t *ngx_grip_document_element(json_t *array, ngx_str_t *key);
static ngx_int_t ngx_grip_document_write(ngx_grip_document_t *doc,
    json_t *json, ngx_str_t *value);


ngx_int_t
ngx_grip_document_parse(u_char *p, size_t len, ngx_grip_document_t **doc)
{
    ngx_int_t             rc;
    ngx_str_t             text;
    ngx_grip_document_t  *d;

    *doc = NULL;

    if (len == 0
        || len > NGX_GRIP_DOCUMENT_SIZE_MAX
        || ngx_grip_document_admit(p, len) != NGX_OK)
    {
        return NGX_DECLINED;
    }

    d = malloc(sizeof(ngx_grip_document_t));
    if (d == NULL) {
        return NGX_ERROR;
    }

    d->texts = NULL;

    text.len = len;
    text.data = p;

    rc = ngx_grip_json_tree_read(&d->tree, &text, 1);

    if (rc != NGX_OK) {
        free(d);
        return rc;
    }

    *doc = d;

    return NGX_OK;
}


void
ngx_grip_document_free(ngx_grip_document_t *doc)
{
    ngx_grip_document_text_t  *text, *next;

    if (doc == NULL) {
        return;
    }

    for (text = doc->texts; text; text = next) {
        next = text->next;
        free(text->json.data);
        free(text);
    }

    ngx_grip_json_tree_free(&doc->tree);

    free(doc);
}


ngx_int_t
ngx_grip_document_lookup(ngx_grip_document_t *doc, ngx_str_t *keys,
    ngx_uint_t nkeys, ngx_str_t *value)
{
    json_t      *json;
    ngx_uint_t   i;

    json = doc->tree.root;

    for (i = 0; i < nkeys; i++) {
        json = ngx_grip_document_child(json, &keys[i]);

        if (json == NULL) {
            return NGX_DECLINED;
        }
    }

    if (json_is_null(json)) {
        return NGX_DECLINED;
    }

    if (json_is_string(json)) {
        *value = ngx_grip_json_tree_text(json);

        return NGX_OK;
    }

    return ngx_grip_document_write(doc, json, value);
}


/*
 * The parser recurses, and takes up to 250 bytes for a value: how deep and how
 * many is seen before it starts.  It stops itself at a bracket that closes
 * nothing.
 */

static ngx_int_t
ngx_grip_document_admit(u_char *p, size_t len)
{
    u_char      *last;
    ngx_uint_t   depth, quoted, values;

    depth = 0;
    quoted = 0;
    values = 1;

    for (last = p + len; p < last; p++) {

        if (quoted) {

            if (*p == '"') {
                quoted = 0;

            } else if (*p == '\\' && last - p > 1) {
                p++;
            }

            continue;
        }

        switch (*p) {

        case '"':
            quoted = 1;
            break;

        case '{':
        case '[':

            if (depth++ == NGX_GRIP_DOCUMENT_DEPTH_MAX) {
                return NGX_DECLINED;
            }

            values++;
            break;

        case ',':
            values++;
            break;

        case '}':
        case ']':
            depth--;
            break;
        }
    }

    return (values <= NGX_GRIP_DOCUMENT_VALUES_MAX) ? NGX_OK : NGX_DECLINED;
}


static json_t *
ngx_grip_document_child(json_t *value, ngx_str_t *key)
{
    if (json_is_object(value)) {
        return json_object_getn(value, (char *) key->data, key->len);
    }

    if (json_is_array(value)) {
        return ngx_grip_document_element(value, key);
    }

    return NULL;
}


static json_t *
ngx_grip_document_element(json_t *array, ngx_str_t *key)
{
    size_t  i, index;

    if (key->len == 0) {
        return NULL;
    }

    index = 0;

    for (i = 0; i < key->len; i++) {

        if (key->data[i] < '0' || key->data[i] > '9') {
            return NULL;
        }

        /* no document has as many elements as it has bytes */

        if (index > NGX_GRIP_DOCUMENT_SIZE_MAX) {
            return NULL;
        }

        index = index * 10 + (key->data[i] - '0');
    }

    return json_array_get(array, index);
}


static ngx_int_t
ngx_grip_document_write(ngx_grip_document_t *doc, json_t *json,
    ngx_str_t *value)
{
    ngx_grip_document_text_t  *text;

    if (json_is_real(json)) {
        *value = *ngx_grip_json_tree_number(&doc->tree, json);
        return NGX_OK;
    }

    text = malloc(sizeof(ngx_grip_document_text_t));
    if (text == NULL) {
        return NGX_ERROR;
    }

    if (ngx_grip_json_tree_write(&doc->tree, json, &text->json) != NGX_OK) {
        free(text);
        return NGX_ERROR;
    }

    text->next = doc->texts;
    doc->texts = text;

    *value = text->json;

    return NGX_OK;
}
