
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <jansson.h>

#include "function/ngx_grip_lambda_map.h"


static ngx_int_t ngx_grip_lambda_map_add(json_t *single, json_t *multi,
    ngx_grip_pair_t *field);
static ngx_int_t ngx_grip_lambda_map_join(json_t *map);
static json_t *ngx_grip_lambda_map_joined(json_t *values);


ngx_int_t
ngx_grip_lambda_map_put(void *single, void *multi, ngx_grip_fields_t *fields,
    ngx_uint_t apart)
{
    ngx_int_t   rc;
    ngx_uint_t  i;

    rc = NGX_OK;

    for (i = 0; i < fields->npairs && rc == NGX_OK; i++) {
        if (!apart || !ngx_grip_fields_named(&fields->pairs[i], "cookie")) {
            rc = ngx_grip_lambda_map_add(single, multi, &fields->pairs[i]);
        }
    }

    ngx_grip_fields_free(fields);

    return (rc == NGX_OK && multi == NULL) ? ngx_grip_lambda_map_join(single)
                                           : rc;
}


/*
 * Of several values of a name, the last one counts where there is a map of
 * them all; else they are gathered, to be joined when all are known: a client
 * may repeat a name as often as its request has room for it.
 */

static ngx_int_t
ngx_grip_lambda_map_add(json_t *single, json_t *multi, ngx_grip_pair_t *field)
{
    size_t       len;
    json_t      *value, *all, *map;
    const char  *key;

    key = (char *) field->name.data;
    len = field->name.len;

    value = json_stringn_nocheck((char *) field->value.data,
                                 field->value.len);

    if (multi && json_object_setn(single, key, len, value)) {
        json_decref(value);
        return NGX_ERROR;
    }

    map = multi ? multi : single;
    all = json_object_getn(map, key, len);

    if (all == NULL) {
        all = json_array();

        if (json_object_setn_new(map, key, len, all)) {
            json_decref(value);
            return NGX_ERROR;
        }
    }

    return json_array_append_new(all, value) ? NGX_ERROR : NGX_OK;
}


/* makes texts of the arrays of values */

static ngx_int_t
ngx_grip_lambda_map_join(json_t *map)
{
    void    *iter;
    json_t  *value;

    for (iter = json_object_iter(map);
         iter;
         iter = json_object_iter_next(map, iter))
    {
        value = ngx_grip_lambda_map_joined(json_object_iter_value(iter));

        if (json_object_iter_set_new(map, iter, value)) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static json_t *
ngx_grip_lambda_map_joined(json_t *values)
{
    size_t      i;
    u_char     *p;
    json_t     *value, *json;
    ngx_str_t   text;

    text.len = json_array_size(values) - 1;

    json_array_foreach(values, i, value) {
        text.len += json_string_length(value);
    }

    text.data = malloc(text.len + 1);
    if (text.data == NULL) {
        return NULL;
    }

    p = text.data;

    json_array_foreach(values, i, value) {

        if (i) {
            *p++ = ',';
        }

        p = ngx_cpymem(p, json_string_value(value),
                       json_string_length(value));
    }

    json = json_stringn_nocheck((char *) text.data, text.len);

    free(text.data);

    return json;
}
