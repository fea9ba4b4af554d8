
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <math.h>

#include <jansson.h>

#include "text/ngx_grip_json_dump.h"
#include "text/ngx_grip_json_tree.h"


/* what always fits in an integer of the library */
#define NGX_GRIP_JSON_TREE_DIGITS     18


/* a text that is made for the library, or with dst == NULL only measured */

typedef struct {
    ngx_grip_json_tree_t     *tree;
    u_char                   *dst;
    size_t                    len;
    ngx_uint_t                count;         /* of the numbers so far */
    ngx_uint_t                changed;       /* flag */
} ngx_grip_json_tree_copy_t;


static ngx_int_t ngx_grip_json_tree_prepare(ngx_grip_json_tree_t *tree,
    ngx_str_t *text, u_char **prepared);
static void ngx_grip_json_tree_copy(ngx_grip_json_tree_copy_t *copy,
    ngx_str_t *text);
static void ngx_grip_json_tree_put(ngx_grip_json_tree_copy_t *copy,
    const void *data, size_t len);
static u_char *ngx_grip_json_tree_string(ngx_grip_json_tree_copy_t *copy,
    u_char *p, u_char *last);
static ngx_uint_t ngx_grip_json_tree_is_name(u_char *p, u_char *last);
static ngx_int_t ngx_grip_json_tree_unit(u_char *p, u_char *last);
static u_char *ngx_grip_json_tree_count(ngx_grip_json_tree_copy_t *copy,
    u_char *p, u_char *last);
static u_char *ngx_grip_json_tree_number_end(u_char *p, u_char *last,
    ngx_uint_t *real);
static size_t ngx_grip_json_tree_offset(ngx_grip_json_tree_t *tree,
    size_t offset);
static size_t ngx_grip_json_tree_restore(ngx_grip_json_tree_t *tree,
    u_char *dst, u_char *p, u_char *last);


ngx_int_t
ngx_grip_json_tree_read(ngx_grip_json_tree_t *tree, ngx_str_t *text,
    ngx_uint_t unique)
{
    size_t         flags;
    u_char        *prepared;
    ngx_str_t      json;
    json_error_t   error;

    ngx_memzero(tree, sizeof(ngx_grip_json_tree_t));

    tree->text = *text;

    if (text->len >= 3 && ngx_memcmp(text->data, "\xef\xbb\xbf", 3) == 0) {
        tree->text.data += 3;
        tree->text.len -= 3;
    }

    json = tree->text;

    if (ngx_grip_json_tree_prepare(tree, &json, &prepared) != NGX_OK) {
        return NGX_ERROR;
    }

    flags = JSON_DECODE_ANY|JSON_ALLOW_NUL
            |(unique ? JSON_REJECT_DUPLICATES : 0);

    tree->root = json_loadb((char *) json.data, json.len, flags, &error);

    free(prepared);

    if (tree->root) {
        return NGX_OK;
    }

    tree->error = (size_t) (tree->text.data - text->data)
                  + ngx_grip_json_tree_offset(tree, (size_t) error.position);

    ngx_grip_json_tree_free(tree);

    /* of most allocations that fail the library says nothing at all */

    return (error.text[0] == '\0'
            || json_error_code(&error) == json_error_out_of_memory)
           ? NGX_ERROR : NGX_DECLINED;
}


void
ngx_grip_json_tree_free(ngx_grip_json_tree_t *tree)
{
    json_decref(tree->root);
    free(tree->numbers);

    tree->root = NULL;
    tree->numbers = NULL;
    tree->nnumbers = 0;
}


ngx_str_t
ngx_grip_json_tree_text(void *value)
{
    ngx_str_t  text;

    ngx_str_set(&text, "");

    if (json_is_string((json_t *) value)) {
        text.len = json_string_length(value);
        text.data = (u_char *) json_string_value(value);
    }

    return text;
}


ngx_uint_t
ngx_grip_json_tree_is(void *value, const char *text)
{
    size_t  len;

    len = ngx_strlen(text);

    return json_is_string((json_t *) value)
           && json_string_length(value) == len
           && ngx_memcmp(json_string_value(value), text, len) == 0;
}


/* most texts are given to the library as they are: *prepared is then NULL */

static ngx_int_t
ngx_grip_json_tree_prepare(ngx_grip_json_tree_t *tree, ngx_str_t *text,
    u_char **prepared)
{
    ngx_grip_json_tree_copy_t  copy;

    *prepared = NULL;

    ngx_memzero(&copy, sizeof(ngx_grip_json_tree_copy_t));

    copy.tree = tree;

    ngx_grip_json_tree_copy(&copy, text);

    if (!copy.changed) {
        return NGX_OK;
    }

    copy.dst = malloc(copy.len);
    if (copy.dst == NULL) {
        return NGX_ERROR;
    }

    if (copy.count) {
        tree->numbers = malloc(copy.count * sizeof(ngx_str_t));

        if (tree->numbers == NULL) {
            free(copy.dst);
            return NGX_ERROR;
        }

        tree->nnumbers = copy.count;
    }

    copy.len = 0;
    copy.count = 0;

    ngx_grip_json_tree_copy(&copy, text);

    text->len = copy.len;
    text->data = copy.dst;

    *prepared = copy.dst;

    return NGX_OK;
}


/* whether it is JSON at all is left to the library */

static void
ngx_grip_json_tree_copy(ngx_grip_json_tree_copy_t *copy, ngx_str_t *text)
{
    u_char  *p, *from, *last;

    p = text->data;
    from = p;
    last = p + text->len;

    while (p < last) {

        if (*p != '"' && *p != '-' && (*p < '0' || *p > '9')) {
            p++;
            continue;
        }

        ngx_grip_json_tree_put(copy, from, (size_t) (p - from));

        from = (*p == '"') ? ngx_grip_json_tree_string(copy, p, last)
                           : ngx_grip_json_tree_count(copy, p, last);
        p = from;
    }

    ngx_grip_json_tree_put(copy, from, (size_t) (p - from));
}


static void
ngx_grip_json_tree_put(ngx_grip_json_tree_copy_t *copy, const void *data,
    size_t len)
{
    if (copy->dst) {
        ngx_memcpy(copy->dst + copy->len, data, len);
    }

    copy->len += len;
}


/* returns what follows the string that begins at p */

static u_char *
ngx_grip_json_tree_string(ngx_grip_json_tree_copy_t *copy, u_char *p,
    u_char *last)
{
    u_char      *from;
    ngx_int_t    unit, low;
    ngx_uint_t   named;

    from = p++;
    named = 2;

    while (p < last && *p != '"') {

        if (*p != '\\') {
            p++;
            continue;
        }

        unit = ngx_grip_json_tree_unit(p, last);

        if (unit == NGX_DECLINED) {
            p += (last - p > 1) ? 2 : 1;
            continue;
        }

        p += 6;

        if (unit >= 0xd800 && unit <= 0xdbff) {
            low = ngx_grip_json_tree_unit(p, last);

            if (low >= 0xdc00 && low <= 0xdfff) {
                p += 6;
                continue;
            }

        } else if (unit == 0) {

            if (named == 2) {
                named = ngx_grip_json_tree_is_name(p, last);
            }

            if (!named) {
                continue;
            }

        } else if (unit < 0xdc00 || unit > 0xdfff) {
            continue;
        }

        ngx_grip_json_tree_put(copy, from, (size_t) (p - 6 - from));
        ngx_grip_json_tree_put(copy, "\\ufffd", 6);

        copy->changed = 1;
        from = p;
    }

    if (p < last) {
        p++;
    }

    ngx_grip_json_tree_put(copy, from, (size_t) (p - from));

    return p;
}


/* whether the string that p is in is followed by a colon */

static ngx_uint_t
ngx_grip_json_tree_is_name(u_char *p, u_char *last)
{
    while (p < last && *p != '"') {
        p += (*p == '\\' && last - p > 1) ? 2 : 1;
    }

    while (++p < last) {

        if (*p != ' ' && *p != '\t' && *p != CR && *p != LF) {
            return *p == ':';
        }
    }

    return 0;
}


/* of UTF-16, if an escape of one is there */

static ngx_int_t
ngx_grip_json_tree_unit(u_char *p, u_char *last)
{
    u_char      ch;
    ngx_int_t   unit;
    ngx_uint_t  i;

    if (last - p < 6 || p[0] != '\\' || p[1] != 'u') {
        return NGX_DECLINED;
    }

    unit = 0;

    for (i = 2; i < 6; i++) {
        ch = p[i];

        if (ch >= '0' && ch <= '9') {
            unit = unit * 16 + (ch - '0');
            continue;
        }

        ch |= 0x20;

        if (ch < 'a' || ch > 'f') {
            return NGX_DECLINED;
        }

        unit = unit * 16 + (ch - 'a' + 10);
    }

    return unit;
}


/*
 * Returns what follows the number that begins at p.  It keeps its sign, and
 * gets an exponent, so that nothing around it makes another number of it.
 */

static u_char *
ngx_grip_json_tree_count(ngx_grip_json_tree_copy_t *copy, u_char *p,
    u_char *last)
{
    int         len;
    char        real[sizeof("-e0") + NGX_INT_T_LEN];
    u_char     *end;
    ngx_str_t  *number;
    ngx_uint_t  counted;

    end = ngx_grip_json_tree_number_end(p, last, &counted);

    if (!counted) {
        ngx_grip_json_tree_put(copy, p, (size_t) (end - p));
        return end;
    }

    if (copy->dst) {
        number = &copy->tree->numbers[copy->count];

        number->len = (size_t) (end - p);
        number->data = p;
    }

    len = sprintf(real, "%s%lue0", *p == '-' ? "-" : "",
                  (unsigned long) copy->count);

    ngx_grip_json_tree_put(copy, real, (size_t) len);

    copy->count++;
    copy->changed = 1;

    return end;
}


/* what does not end as a number must is left to the library, to be refused */

static u_char *
ngx_grip_json_tree_number_end(u_char *p, u_char *last, ngx_uint_t *real)
{
    u_char      *start;
    ngx_uint_t   minus;

    *real = 0;

    minus = (*p == '-');
    p += minus;
    start = p;

    while (p < last && *p >= '0' && *p <= '9') {
        p++;
    }

    if (p == start || (*start == '0' && p - start > 1)) {
        return p;
    }

    *real = (p - start > NGX_GRIP_JSON_TREE_DIGITS)
            || (minus && *start == '0');

    if (p < last && *p == '.') {

        for (start = ++p; p < last && *p >= '0' && *p <= '9'; p++) {
            /* void */
        }

        *real = (p != start);

        if (!*real) {
            return p;
        }
    }

    if (p < last && (*p == 'e' || *p == 'E')) {
        p++;

        if (p < last && (*p == '+' || *p == '-')) {
            p++;
        }

        for (start = p; p < last && *p >= '0' && *p <= '9'; p++) {
            /* void */
        }

        *real = (p != start);
    }

    return p;
}


/* an offset in what the library was given, in the text itself */

static size_t
ngx_grip_json_tree_offset(ngx_grip_json_tree_t *tree, size_t offset)
{
    size_t      len;
    ngx_str_t  *number;
    ngx_uint_t  i, digits, next;

    digits = 1;
    next = 10;

    for (i = 0; i < tree->nnumbers; i++) {

        if (i == next) {
            digits++;
            next *= 10;
        }

        number = &tree->numbers[i];
        len = (number->data[0] == '-') + digits + sizeof("e0") - 1;

        if ((size_t) (number->data - tree->text.data) + len > offset) {

            /* within it there are no more bytes than were written */

            return ngx_min(offset, (size_t) (number->data - tree->text.data)
                                   + number->len);
        }

        offset = offset - len + number->len;
    }

    return offset;
}


ngx_str_t *
ngx_grip_json_tree_number(ngx_grip_json_tree_t *tree, void *real)
{
    return &tree->numbers[(ngx_uint_t) fabs(json_real_value(real))];
}


ngx_int_t
ngx_grip_json_tree_write(ngx_grip_json_tree_t *tree, void *value,
    ngx_str_t *text)
{
    ngx_str_t  json;

    if (ngx_grip_json_dump(value, &json) != NGX_OK) {
        return NGX_ERROR;
    }

    if (tree->nnumbers == 0) {
        *text = json;
        return NGX_OK;
    }

    text->len = ngx_grip_json_tree_restore(tree, NULL, json.data,
                                           json.data + json.len);

    /* that no text is empty is what the analyzer does not see */

    text->data = malloc(text->len);    /* NOLINT(clang-analyzer-*) */
    if (text->data == NULL) {
        free(json.data);
        return NGX_ERROR;
    }

    (void) ngx_grip_json_tree_restore(tree, text->data, json.data,
                                      json.data + json.len);

    free(json.data);

    return NGX_OK;
}


/* the library writes reals with a point: each is one that was counted */

static size_t
ngx_grip_json_tree_restore(ngx_grip_json_tree_t *tree, u_char *dst, u_char *p,
    u_char *last)
{
    u_char                     *from;
    ngx_str_t                  *number;
    ngx_uint_t                  n;
    ngx_grip_json_tree_copy_t   copy;

    ngx_memzero(&copy, sizeof(ngx_grip_json_tree_copy_t));

    copy.dst = dst;

    while (p < last) {
        from = p;

        if (*p == '"') {

            for (p++; *p != '"'; p++) {
                p += (*p == '\\');
            }

            p++;

        } else if (*p == '-' || (*p >= '0' && *p <= '9')) {

            p += (*p == '-');

            for (n = 0; p < last && *p >= '0' && *p <= '9'; p++) {
                n = n * 10 + (*p - '0');
            }

            if (p < last && *p == '.') {
                number = &tree->numbers[n];

                ngx_grip_json_tree_put(&copy, number->data, number->len);
                p += sizeof(".0") - 1;

                continue;
            }

        } else {
            p++;
        }

        ngx_grip_json_tree_put(&copy, from, (size_t) (p - from));
    }

    return copy.len;
}
