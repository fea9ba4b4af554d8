
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * JSON as a tree.  All that the library takes we take, and it means the same;
 * what we take is written so that the library takes it, and reads back equal.
 */


#include "lib/fuzz.h"
#include "text/ngx_grip_json_tree.h"


static void json_read(ngx_str_t *text, ngx_uint_t unique);
static void json_numbers(ngx_grip_json_tree_t *tree, json_t *value);
static void json_number(ngx_grip_json_tree_t *tree, json_t *real);


void
fuzz_target(fuzz_input_t *in)
{
    ngx_str_t  text;

    text = fuzz_rest(in);

    json_read(&text, 0);
    json_read(&text, 1);
}


static void
json_read(ngx_str_t *text, ngx_uint_t unique)
{
    size_t                 flags;
    json_t                *json;
    ngx_int_t              rc;
    ngx_str_t              written, again;
    json_error_t           error;
    ngx_grip_json_tree_t   tree, second;

    flags = JSON_DECODE_ANY|JSON_ALLOW_NUL
            |(unique ? JSON_REJECT_DUPLICATES : 0);

    json = json_loadb((char *) text->data, text->len, flags, &error);

    rc = ngx_grip_json_tree_read(&tree, text, unique);

    fuzz_holds(rc == NGX_OK || rc == NGX_DECLINED);
    fuzz_holds(rc == NGX_OK || tree.error <= text->len);
    fuzz_holds(rc == NGX_OK || json == NULL);

    json_decref(json);

    if (rc != NGX_OK) {
        ngx_grip_json_tree_free(&tree);
        return;
    }

    json_numbers(&tree, tree.root);

    fuzz_holds(ngx_grip_json_tree_write(&tree, tree.root, &written) == NGX_OK);
    fuzz_holds(!fuzz_has_controls(&written, "\x7f"));

    fuzz_holds(ngx_grip_json_tree_read(&second, &written, 1) == NGX_OK);
    fuzz_holds(second.nnumbers <= tree.nnumbers);
    fuzz_holds(ngx_grip_json_tree_write(&second, second.root, &again)
               == NGX_OK);
    fuzz_holds(fuzz_same(&written, &again));

    free(written.data);
    free(again.data);

    ngx_grip_json_tree_free(&tree);
    ngx_grip_json_tree_free(&second);
}


static void
json_numbers(ngx_grip_json_tree_t *tree, json_t *value)
{
    size_t       i;
    json_t      *child;
    const char  *name;

    if (json_is_real(value)) {
        json_number(tree, value);
    }

    json_array_foreach(value, i, child) {
        json_numbers(tree, child);
    }

    json_object_foreach(value, name, child) {
        json_numbers(tree, child);
    }
}


/* it is where it was written, and is JSON by itself */

static void
json_number(ngx_grip_json_tree_t *tree, json_t *real)
{
    size_t      i;
    ngx_str_t  *number;

    number = ngx_grip_json_tree_number(tree, real);

    fuzz_holds(number >= tree->numbers
               && number < tree->numbers + tree->nnumbers);
    fuzz_holds(number->data >= tree->text.data
               && number->data + number->len
                  <= tree->text.data + tree->text.len);
    fuzz_holds(number->len != 0);

    for (i = 0; i < number->len; i++) {
        fuzz_holds(number->data[i] != '\0'
                   && strchr("0123456789+-.eE", number->data[i]) != NULL);
    }
}
