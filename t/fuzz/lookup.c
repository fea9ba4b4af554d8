
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * A look into a document: up to three keys, each a field, then the document.
 * It finds what the library finds.
 */


#include "lib/fuzz.h"
#include "text/ngx_grip_document.h"


#define LOOKUP_KEYS  3


static json_t *lookup_library(json_t *json, ngx_str_t *keys, ngx_uint_t n);
static void lookup_compare(json_t *json, ngx_str_t *value);
static ngx_uint_t lookup_index(ngx_str_t *key, size_t *index);


void
fuzz_target(fuzz_input_t *in)
{
    json_t               *json;
    ngx_int_t             rc;
    ngx_str_t             keys[LOOKUP_KEYS], text, value, again;
    ngx_uint_t            i, n;
    ngx_grip_document_t  *doc;

    n = fuzz_byte(in) % (LOOKUP_KEYS + 1);

    for (i = 0; i < n; i++) {
        keys[i] = fuzz_field(in);
    }

    text = fuzz_rest(in);

    rc = ngx_grip_document_parse(text.data, text.len, &doc);

    if (rc == NGX_DECLINED) {
        fuzz_holds(doc == NULL);
        return;
    }

    fuzz_holds(rc == NGX_OK);

    rc = ngx_grip_document_lookup(doc, keys, n, &value);
    fuzz_holds(rc == NGX_OK || rc == NGX_DECLINED);

    if (rc == NGX_OK) {
        fuzz_holds(ngx_grip_document_lookup(doc, keys, n, &again) == NGX_OK);
        fuzz_holds(fuzz_same(&value, &again));
    }

    json = json_loadb((char *) text.data, text.len,
                      JSON_DECODE_ANY|JSON_ALLOW_NUL|JSON_REJECT_DUPLICATES,
                      NULL);

    /* of what the library does not take there is nothing to compare */

    if (json) {
        lookup_compare(lookup_library(json, keys, n),
                       rc == NGX_OK ? &value : NULL);
        json_decref(json);
    }

    ngx_grip_document_free(doc);
}


static json_t *
lookup_library(json_t *json, ngx_str_t *keys, ngx_uint_t n)
{
    size_t      index;
    ngx_uint_t  i;

    for (i = 0; i < n; i++) {

        if (json_is_array(json)) {
            json = lookup_index(&keys[i], &index) ? json_array_get(json, index)
                                                  : NULL;
            continue;
        }

        json = json_object_getn(json, (char *) keys[i].data, keys[i].len);
    }

    return json_is_null(json) ? NULL : json;
}


static ngx_uint_t
lookup_index(ngx_str_t *key, size_t *index)
{
    size_t  i;

    *index = 0;

    for (i = 0; i < key->len; i++) {

        if (key->data[i] < '0' || key->data[i] > '9' || *index > 1000000) {
            return 0;
        }

        *index = *index * 10 + key->data[i] - '0';
    }

    return key->len != 0;
}


static void
lookup_compare(json_t *json, ngx_str_t *value)
{
    json_t  *found;

    fuzz_holds((json == NULL) == (value == NULL));

    if (json == NULL) {
        return;
    }

    if (json_is_string(json)) {
        fuzz_holds(fuzz_json_is(json, value));
        return;
    }

    found = fuzz_json(value);

    fuzz_holds(json_typeof(found) == json_typeof(json));
    fuzz_holds(json_equal(found, json));
}
