
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Items that others wrote, as they came and as they go on.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <math.h>

#include <jansson.h>

#include "wire/ngx_grip_items.h"
#include "wire/ngx_grip_items_check.h"
#include "wire/ngx_grip_items_member.h"


static ngx_int_t ngx_grip_items_parse(ngx_grip_items_t *items,
    ngx_str_t *body, const char **why);
static void ngx_grip_items_numbers(ngx_grip_items_t *items);
static ngx_int_t ngx_grip_items_check_all(ngx_grip_items_t *items);
static ngx_int_t ngx_grip_items_prefix(json_t *item, ngx_str_t *prefix);


ngx_int_t
ngx_grip_items_read(ngx_grip_items_t **items, ngx_str_t *body,
    ngx_str_t *error)
{
    ngx_int_t          rc;
    const char        *why;
    ngx_grip_items_t  *read;

    read = calloc(1, sizeof(ngx_grip_items_t));
    if (read == NULL) {
        return NGX_ERROR;
    }

    rc = ngx_grip_items_parse(read, body, &why);

    if (rc == NGX_OK) {
        rc = ngx_grip_items_check_all(read);
        why = read->text;
    }

    if (rc == NGX_ERROR) {
        ngx_grip_items_free(read);
        return NGX_ERROR;
    }

    if (rc == NGX_DECLINED) {
        error->len = ngx_strlen(why);
        error->data = (u_char *) why;
    }

    *items = read;

    return rc;
}


void
ngx_grip_items_free(ngx_grip_items_t *items)
{
    ngx_grip_json_tree_free(&items->tree);
    free(items->text);
    free(items);
}


static ngx_int_t
ngx_grip_items_parse(ngx_grip_items_t *items, ngx_str_t *body,
    const char **why)
{
    json_t     *root, *list;
    ngx_int_t   rc;

    rc = ngx_grip_json_tree_read(&items->tree, body, 0);
    root = items->tree.root;

    if (rc == NGX_DECLINED
        || (rc == NGX_OK && !json_is_object(root) && !json_is_array(root)))
    {
        *why = "Body is not valid JSON.";
        return NGX_DECLINED;
    }

    if (rc != NGX_OK) {
        return NGX_ERROR;
    }

    if (!json_is_object(root)) {
        *why = "Invalid format.";
        return NGX_DECLINED;
    }

    list = json_object_get(root, "items");

    if (list == NULL) {
        *why = "Invalid format: object does not contain 'items'";
        return NGX_DECLINED;
    }

    if (!json_is_array(list)) {
        *why = "Invalid format: object contains 'items' with wrong type";
        return NGX_DECLINED;
    }

    items->list = list;

    ngx_grip_items_numbers(items);

    return NGX_OK;
}


/* the proxy refuses what no double holds, and this is as near as one gets */

static void
ngx_grip_items_numbers(ngx_grip_items_t *items)
{
    double       number;
    ngx_uint_t   i;
    ngx_str_t   *numbers;

    numbers = items->tree.numbers;

    for (i = 0; i < items->tree.nnumbers; i++) {
        errno = 0;
        number = strtod((char *) numbers[i].data, NULL);

        if (errno != ERANGE) {
            continue;
        }

        if (number == 0) {
            ngx_str_set(&numbers[i], "0");

        } else if (number == HUGE_VAL) {
            ngx_str_set(&numbers[i], "1.7976931348623157e308");

        } else if (number == -HUGE_VAL) {
            ngx_str_set(&numbers[i], "-1.7976931348623157e308");
        }
    }
}


static ngx_int_t
ngx_grip_items_check_all(ngx_grip_items_t *items)
{
    size_t      i;
    json_t     *item;
    ngx_int_t   rc;

    json_array_foreach(items->list, i, item) {
        rc = ngx_grip_items_check(items, item);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_grip_items_next(ngx_grip_items_t *items, ngx_str_t *prefix,
    ngx_str_t *json, ngx_uint_t *has_ids)
{
    json_t  *item;

    item = json_array_get(items->list, items->next);

    if (item == NULL) {
        return NGX_DONE;
    }

    items->next++;

    free(items->text);
    items->text = NULL;

    if (prefix->len && ngx_grip_items_prefix(item, prefix) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_grip_json_tree_write(&items->tree, item, json) != NGX_OK) {
        return NGX_ERROR;
    }

    items->text = (char *) json->data;

    *has_ids = json_string_length(json_object_get(item, "id")) != 0
               && json_string_length(json_object_get(item, "prev-id")) != 0;

    return NGX_OK;
}


static ngx_int_t
ngx_grip_items_prefix(json_t *item, ngx_str_t *prefix)
{
    int      rc;
    char    *name;
    size_t   len;
    json_t  *channel;

    channel = json_object_get(item, "channel");
    len = json_string_length(channel);

    name = malloc(prefix->len + len);
    if (name == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(name, prefix->data, prefix->len);
    ngx_memcpy(name + prefix->len, json_string_value(channel), len);

    rc = json_string_setn(channel, name, prefix->len + len);

    free(name);

    return rc == 0 ? NGX_OK : NGX_ERROR;
}
