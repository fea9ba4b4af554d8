
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * "grip_lambda_set": what nginx puts into the events of a function.
 */


#include "function/ngx_http_grip_lambda_set.h"
#include "request/ngx_http_grip_directive.h"
#include "request/ngx_http_grip_headers.h"
#include "text/ngx_grip_utf8.h"


static char *ngx_http_grip_lambda_set_path(ngx_conf_t *cf,
    ngx_http_grip_lambda_set_t *set);
static ngx_uint_t ngx_http_grip_lambda_set_valid(
    ngx_http_grip_lambda_set_t *set);
static ngx_uint_t ngx_http_grip_lambda_set_one(ngx_str_t *path,
    ngx_str_t *paths);
static ngx_uint_t ngx_http_grip_lambda_set_within(ngx_str_t *path,
    ngx_str_t *other);
static ngx_uint_t ngx_http_grip_lambda_set_replaces(ngx_http_request_t *r,
    ngx_str_t *name);
static ngx_int_t ngx_http_grip_lambda_set_own_headers(ngx_http_request_t *r,
    ngx_array_t *headers);


/* what is no text of its own, but holds members that may be set */

static ngx_str_t  ngx_http_grip_lambda_set_objects[] = {
    ngx_string("headers"),
    ngx_string("pathParameters"),
    ngx_string("requestContext"),
    ngx_string("requestContext.authorizer"),
    ngx_string("requestContext.http"),
    ngx_string("requestContext.identity"),
    ngx_string("stageVariables"),
    ngx_null_string
};


static ngx_str_t  ngx_http_grip_lambda_set_texts[] = {
    ngx_string("httpMethod"),
    ngx_string("path"),
    ngx_string("rawPath"),
    ngx_string("resource"),
    ngx_string("routeKey"),
    ngx_null_string
};


char *
ngx_http_grip_lambda_set(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_grip_loc_conf_t  *glcf = conf;

    ngx_str_t                    *value;
    ngx_uint_t                    i, literal;
    ngx_http_grip_lambda_set_t   *set, *other;

    set = ngx_http_grip_directive_push(cf, &glcf->lambda_sets,
                                       sizeof(ngx_http_grip_lambda_set_t));
    if (set == NULL) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;

    ngx_memzero(set, sizeof(ngx_http_grip_lambda_set_t));
    set->path = value[1];

    if (ngx_http_grip_lambda_set_path(cf, set) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    other = glcf->lambda_sets->elts;

    for (i = 0; i < glcf->lambda_sets->nelts - 1; i++) {
        if (ngx_http_grip_lambda_set_within(&set->path, &other[i].path)
            || ngx_http_grip_lambda_set_within(&other[i].path, &set->path))
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"%V\" conflicts with \"%V\"", &set->path,
                               &other[i].path);
            return NGX_CONF_ERROR;
        }
    }

    return ngx_http_grip_value_compile(cf, &value[2], &set->value, &literal)
           == NGX_OK ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static char *
ngx_http_grip_lambda_set_path(ngx_conf_t *cf, ngx_http_grip_lambda_set_t *set)
{
    u_char     *p, *dot, *last;
    ngx_str_t  *key;

    if (ngx_array_init(&set->keys, cf->pool, 4, sizeof(ngx_str_t)) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    last = set->path.data + set->path.len;

    for (p = set->path.data; p <= last; p = dot + 1) {

        dot = ngx_strlchr(p, last, '.');
        if (dot == NULL) {
            dot = last;
        }

        key = ngx_array_push(&set->keys);
        if (key == NULL) {
            return NGX_CONF_ERROR;
        }

        key->data = p;
        key->len = dot - p;
    }

    if (set->path.len > sizeof("headers.") - 1
        && ngx_strncmp(set->path.data, "headers.", sizeof("headers.") - 1)
           == 0)
    {
        set->header.data = set->path.data + sizeof("headers.") - 1;
        set->header.len = last - set->header.data;
    }

    return ngx_http_grip_lambda_set_valid(set)
           ? NGX_CONF_OK
           : ngx_http_grip_directive_invalid(cf, "path", &set->path);
}


static ngx_uint_t
ngx_http_grip_lambda_set_valid(ngx_http_grip_lambda_set_t *set)
{
    ngx_str_t   *key, *known;
    ngx_uint_t   i;

    if (ngx_http_grip_has_variables(&set->path)
        || !ngx_grip_utf8_valid(set->path.data, set->path.len))
    {
        return 0;
    }

    if (set->header.len) {
        return ngx_http_grip_headers_name_valid(&set->header);
    }

    key = set->keys.elts;

    for (i = 0; i < set->keys.nelts; i++) {
        if (key[i].len == 0) {
            return 0;
        }
    }

    if (ngx_http_grip_lambda_set_one(&set->path,
                                     ngx_http_grip_lambda_set_texts))
    {
        return 1;
    }

    if (ngx_http_grip_lambda_set_one(&set->path,
                                     ngx_http_grip_lambda_set_objects))
    {
        return 0;
    }

    for (known = ngx_http_grip_lambda_set_objects; known->len; known++) {
        if (ngx_http_grip_lambda_set_within(&set->path, known)) {
            return 1;
        }
    }

    return 0;
}


static ngx_uint_t
ngx_http_grip_lambda_set_one(ngx_str_t *path, ngx_str_t *paths)
{
    for ( /* void */ ; paths->len; paths++) {
        if (paths->len == path->len
            && ngx_strncmp(paths->data, path->data, path->len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


/* whether it is the other one, or a member of that; headers have no members,
   and any case of letters */

static ngx_uint_t
ngx_http_grip_lambda_set_within(ngx_str_t *path, ngx_str_t *other)
{
    ngx_int_t  differ;

    if (path->len < other->len) {
        return 0;
    }

    if (ngx_strncmp(path->data, "headers.", sizeof("headers.") - 1) == 0) {
        return path->len == other->len
               && ngx_strncasecmp(path->data, other->data, other->len) == 0;
    }

    differ = ngx_memcmp(path->data, other->data, other->len);

    return !differ
           && (path->len == other->len || path->data[other->len] == '.');
}


ngx_int_t
ngx_http_grip_lambda_set_values(ngx_http_request_t *r,
    ngx_grip_lambda_request_t *request)
{
    ngx_str_t                    value;
    ngx_uint_t                   i;
    ngx_grip_lambda_set_t       *to;
    ngx_http_grip_loc_conf_t    *glcf;
    ngx_http_grip_lambda_set_t  *set;

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);

    if (glcf->lambda_sets == NULL) {
        return NGX_OK;
    }

    to = ngx_palloc(r->pool, glcf->lambda_sets->nelts
                             * sizeof(ngx_grip_lambda_set_t));
    if (to == NULL) {
        return NGX_ERROR;
    }

    request->sets = to;
    set = glcf->lambda_sets->elts;

    for (i = 0; i < glcf->lambda_sets->nelts; i++) {

        if (set[i].header.len) {
            continue;
        }

        if (ngx_http_grip_value_get(r, &set[i].value, &value) != NGX_OK) {
            return NGX_ERROR;
        }

        if (value.len) {
            to->keys = set[i].keys.elts;
            to->nkeys = set[i].keys.nelts;
            to->value = value;
            to++;
        }
    }

    request->nsets = to - request->sets;

    return NGX_OK;
}


ngx_array_t *
ngx_http_grip_lambda_set_headers(ngx_http_request_t *r,
    ngx_http_grip_lambda_set_passes_pt passes)
{
    ngx_array_t              *headers;
    ngx_grip_pair_t          *header;
    ngx_table_elt_t          *h;
    ngx_http_grip_headers_t   hs;

    headers = ngx_array_create(r->pool, 20, sizeof(ngx_grip_pair_t));
    if (headers == NULL) {
        return NULL;
    }

    ngx_http_grip_headers_init(&hs, &r->headers_in.headers);

    while ((h = ngx_http_grip_headers_next(&hs)) != NULL) {

        if (!passes(r, h) || ngx_http_grip_lambda_set_replaces(r, &h->key)) {
            continue;
        }

        header = ngx_array_push(headers);
        if (header == NULL) {
            return NULL;
        }

        header->name = h->key;
        header->value = h->value;
    }

    if (ngx_http_grip_lambda_set_own_headers(r, headers) != NGX_OK) {
        return NULL;
    }

    return headers;
}


/* to who gets headers as CGI variables, a dash is an underscore */

static ngx_uint_t
ngx_http_grip_lambda_set_replaces(ngx_http_request_t *r, ngx_str_t *name)
{
    size_t                       j;
    u_char                       ch, with;
    ngx_uint_t                   i;
    ngx_http_grip_loc_conf_t    *glcf;
    ngx_http_grip_lambda_set_t  *set;

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);

    if (glcf->lambda_sets == NULL) {
        return 0;
    }

    set = glcf->lambda_sets->elts;

    for (i = 0; i < glcf->lambda_sets->nelts; i++) {

        if (set[i].header.len != name->len) {
            continue;
        }

        for (j = 0; j < name->len; j++) {
            ch = ngx_tolower(name->data[j]);
            with = ngx_tolower(set[i].header.data[j]);

            if ((ch == '_' ? '-' : ch) != (with == '_' ? '-' : with)) {
                break;
            }
        }

        if (j == name->len) {
            return 1;
        }
    }

    return 0;
}


static ngx_int_t
ngx_http_grip_lambda_set_own_headers(ngx_http_request_t *r,
    ngx_array_t *headers)
{
    ngx_str_t                    value;
    ngx_uint_t                   i;
    ngx_grip_pair_t             *header;
    ngx_http_grip_loc_conf_t    *glcf;
    ngx_http_grip_lambda_set_t  *set;

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);

    if (glcf->lambda_sets == NULL) {
        return NGX_OK;
    }

    set = glcf->lambda_sets->elts;

    for (i = 0; i < glcf->lambda_sets->nelts; i++) {

        if (set[i].header.len == 0) {
            continue;
        }

        if (ngx_http_grip_value_get(r, &set[i].value, &value) != NGX_OK) {
            return NGX_ERROR;
        }

        if (value.len == 0) {
            continue;
        }

        header = ngx_array_push(headers);
        if (header == NULL) {
            return NGX_ERROR;
        }

        header->name = set[i].header;
        header->value = value;
    }

    return NGX_OK;
}
