
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The directives of locations that are Lambda functions.
 */


#include "lambda/ngx_http_grip_lambda.h"
#include "request/ngx_http_grip_content.h"
#include "request/ngx_http_grip_directive.h"
#include "request/ngx_http_grip_headers.h"
#include "verify/ngx_http_grip_verify.h"


static ngx_uint_t ngx_http_grip_lambda_type_valid(ngx_str_t *type);


char *
ngx_http_grip_lambda_conf_location(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_grip_loc_conf_t  *glcf = conf;

    char                         *rv;
    ngx_str_t                    *value, version, name;
    ngx_uint_t                    literal;
    ngx_http_grip_lambda_conf_t  *lambda;

    lambda = glcf->lambda;

    if (lambda->uri) {
        return "is duplicate";
    }

    value = cf->args->elts;

    lambda->target = value[1];
    lambda->uri = ngx_http_grip_directive_value(cf, &value[1], &literal);

    if (lambda->uri == NULL
        || (literal
            && ngx_http_grip_directive_uri(cf, &value[1]) != NGX_CONF_OK))
    {
        return NGX_CONF_ERROR;
    }

    lambda->version = NGX_GRIP_LAMBDA_1_0;

    if (cf->args->nelts == 3) {

        if (!ngx_http_grip_parameter(&value[2], "version", &version)
            || (ngx_strcmp(version.data, "1.0") != 0
                && ngx_strcmp(version.data, "2.0") != 0))
        {
            return ngx_http_grip_directive_invalid(cf, "parameter", &value[2]);
        }

        if (version.data[0] == '2') {
            lambda->version = NGX_GRIP_LAMBDA_2_0;
        }
    }

    /* a variable that others may log is the same to all that have an index */

    ngx_str_set(&name, "request_id");

    lambda->request_id = ngx_http_get_variable_index(cf, &name);
    if (lambda->request_id == NGX_ERROR) {
        return NGX_CONF_ERROR;
    }

    rv = ngx_http_grip_content_handler(cf, glcf,
                                       ngx_http_grip_lambda_handler);

    ngx_http_grip_verify_conf_events(glcf, NGX_HTTP_GRIP_VERIFY_EVENTS);

    return rv;
}


char *
ngx_http_grip_lambda_conf_binary_types(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_grip_loc_conf_t  *glcf = conf;

    ngx_str_t                    *value, *type;
    ngx_uint_t                    i;
    ngx_http_grip_lambda_conf_t  *lambda;

    lambda = glcf->lambda;

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        if (!ngx_http_grip_lambda_type_valid(&value[i])
            || ngx_http_grip_has_variables(&value[i]))
        {
            return ngx_http_grip_directive_invalid(cf, "type", &value[i]);
        }

        type = ngx_http_grip_directive_push(cf, &lambda->binary_types,
                                            sizeof(ngx_str_t));
        if (type == NULL) {
            return NGX_CONF_ERROR;
        }

        *type = value[i];
    }

    return NGX_CONF_OK;
}


/* "type/subtype"; the second, or both, may be an asterisk */

static ngx_uint_t
ngx_http_grip_lambda_type_valid(ngx_str_t *type)
{
    u_char     *slash;
    ngx_str_t   main, sub;

    slash = ngx_strlchr(type->data, type->data + type->len, '/');
    if (slash == NULL) {
        return 0;
    }

    main.data = type->data;
    main.len = slash - type->data;

    sub.data = slash + 1;
    sub.len = type->data + type->len - sub.data;

    if (!ngx_http_grip_headers_name_valid(&main)
        || !ngx_http_grip_headers_name_valid(&sub))
    {
        return 0;
    }

    return ngx_strlchr(main.data, slash, '*') == NULL
           || ngx_strcmp(type->data, "*/*") == 0;
}


ngx_http_grip_lambda_conf_t *
ngx_http_grip_lambda_conf_create(ngx_conf_t *cf)
{
    ngx_http_grip_lambda_conf_t  *lambda;

    /*
     * set by ngx_pcalloc():
     *
     *     lambda->uri = NULL;
     *     lambda->target = { 0, NULL };
     *     lambda->metrics = NULL;
     *     lambda->version = 0;
     *     lambda->request_id = 0;
     */

    lambda = ngx_pcalloc(cf->pool, sizeof(ngx_http_grip_lambda_conf_t));
    if (lambda == NULL) {
        return NULL;
    }

    lambda->binary_types = NGX_CONF_UNSET_PTR;

    return lambda;
}


void
ngx_http_grip_lambda_conf_merge(ngx_http_grip_loc_conf_t *prev,
    ngx_http_grip_loc_conf_t *conf)
{
    ngx_conf_merge_ptr_value(conf->lambda->binary_types,
                             prev->lambda->binary_types, NULL);

    if (conf->inherited) {
        conf->lambda->uri = prev->lambda->uri;
        conf->lambda->version = prev->lambda->version;
        conf->lambda->request_id = prev->lambda->request_id;
        conf->lambda->metrics = prev->lambda->metrics;
    }
}
