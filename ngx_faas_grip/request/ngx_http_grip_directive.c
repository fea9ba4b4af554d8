
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The parts that directives have in common.
 */


#include "request/ngx_http_grip_directive.h"


char *
ngx_http_grip_directive_invalid(ngx_conf_t *cf, const char *what,
    ngx_str_t *text)
{
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid %s \"%V\"", what, text);

    return NGX_CONF_ERROR;
}


void *
ngx_http_grip_directive_push(ngx_conf_t *cf, ngx_array_t **list, size_t size)
{
    if (*list == NULL || *list == NGX_CONF_UNSET_PTR) {
        *list = ngx_array_create(cf->pool, 2, size);
        if (*list == NULL) {
            return NULL;
        }
    }

    return ngx_array_push(*list);
}


ngx_http_grip_value_t *
ngx_http_grip_directive_value(ngx_conf_t *cf, ngx_str_t *text,
    ngx_uint_t *literal)
{
    ngx_http_grip_value_t  *value;

    value = ngx_palloc(cf->pool, sizeof(ngx_http_grip_value_t));

    if (value == NULL
        || ngx_http_grip_value_compile(cf, text, value, literal) != NGX_OK)
    {
        return NULL;
    }

    return value;
}


char *
ngx_http_grip_directive_uri(ngx_conf_t *cf, ngx_str_t *uri)
{
    if (uri->len && uri->data[0] == '/') {
        return NGX_CONF_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid URI \"%V\", it must start with \"/\"", uri);

    return NGX_CONF_ERROR;
}


ngx_int_t
ngx_http_grip_directive_word(ngx_str_t *text, ngx_conf_enum_t *words)
{
    for ( /* void */ ; words->name.len; words++) {
        if (words->name.len == text->len
            && ngx_strncmp(words->name.data, text->data, text->len) == 0)
        {
            return (ngx_int_t) words->value;
        }
    }

    return NGX_ERROR;
}


ngx_int_t
ngx_http_grip_directive_mode(ngx_str_t *text)
{
    static ngx_conf_enum_t  modes[] = {
        { ngx_string("idle"), 0 },
        { ngx_string("interval"), 1 },
        { ngx_null_string, 0 }
    };

    return ngx_http_grip_directive_word(text, modes);
}


char *
ngx_http_grip_directive_twice(ngx_conf_t *cf, ngx_uint_t first,
    ngx_str_t *lists)
{
    u_char      *p;
    size_t       len;
    ngx_str_t   *value, *list;
    ngx_uint_t   i, n;

    value = cf->args->elts;

    for (i = first; i < cf->args->nelts; i++) {

        p = ngx_strlchr(value[i].data, value[i].data + value[i].len, '=');

        /* with the "=", or the whole of a flag */

        len = p ? (size_t) (p + 1 - value[i].data) : value[i].len;

        for (list = lists; list && list->len; list++) {
            if (list->len == len - 1
                && ngx_strncmp(list->data, value[i].data, list->len) == 0)
            {
                break;
            }
        }

        if (list && list->len) {
            continue;
        }

        for (n = first; n < i; n++) {
            if (value[n].len >= len
                && (p || value[n].len == len)
                && ngx_strncmp(value[n].data, value[i].data, len) == 0)
            {
                ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                                   "duplicate parameter \"%V\"", &value[i]);
                return NGX_CONF_ERROR;
            }
        }
    }

    return NGX_CONF_OK;
}
