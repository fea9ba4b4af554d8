
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The directives of locations that publish.
 */


#include "publish/ngx_http_grip_location.h"
#include "publish/ngx_http_grip_publisher.h"
#include "request/ngx_http_grip_content.h"
#include "request/ngx_http_grip_directive.h"
#include "text/ngx_grip_utf8.h"
#include "wire/ngx_grip_control.h"
#include "wire/ngx_grip_item.h"


static char *ngx_http_grip_location_compile(ngx_conf_t *cf,
    ngx_str_t *text, ngx_http_grip_value_t *value);
static char *ngx_http_grip_location_channel(ngx_conf_t *cf,
    ngx_http_grip_publish_conf_t *publish, ngx_str_t *channel);


ngx_conf_enum_t  ngx_http_grip_location_conf_requirements[] = {
    { ngx_string("any"), NGX_HTTP_GRIP_REQUIRE_ANY },
    { ngx_string("all"), NGX_HTTP_GRIP_REQUIRE_ALL },
    { ngx_null_string, 0 }
};


ngx_conf_enum_t  ngx_http_grip_location_conf_types[] = {
    { ngx_string("auto"), NGX_HTTP_GRIP_PUBLISH_AUTO },
    { ngx_string("text"), NGX_HTTP_GRIP_PUBLISH_TEXT },
    { ngx_string("binary"), NGX_HTTP_GRIP_PUBLISH_BINARY },
    { ngx_null_string, 0 }
};


char *
ngx_http_grip_location_conf_publish(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_grip_loc_conf_t  *glcf = conf;

    char        *rv;
    ngx_str_t   *value;
    ngx_uint_t   i;

    if (glcf->publish->channels) {
        return "is duplicate";
    }

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {
        rv = ngx_http_grip_location_channel(cf, glcf->publish, &value[i]);

        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    glcf->publishes = 1;

    return ngx_http_grip_content_handler(cf, glcf,
                                         ngx_http_grip_location_handler);
}


static char *
ngx_http_grip_location_channel(ngx_conf_t *cf,
    ngx_http_grip_publish_conf_t *publish, ngx_str_t *channel)
{
    ngx_uint_t              literal;
    ngx_http_grip_value_t  *value;

    value = ngx_http_grip_directive_push(cf, &publish->channels,
                                         sizeof(ngx_http_grip_value_t));

    if (value == NULL
        || ngx_http_grip_value_compile(cf, channel, value, &literal) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (literal && !ngx_grip_control_channel_valid(channel)) {
        return ngx_http_grip_directive_invalid(cf, "channel", channel);
    }

    return NGX_CONF_OK;
}


char *
ngx_http_grip_location_conf_formats(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_grip_loc_conf_t  *glcf = conf;

    ngx_str_t   *value;
    ngx_uint_t   i, format;

    if (glcf->publish->formats) {
        return "is duplicate";
    }

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        format = ngx_grip_item_format(&value[i]);

        if (format == 0) {
            return ngx_http_grip_directive_invalid(cf, "format", &value[i]);
        }

        if (glcf->publish->formats & format) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "duplicate format \"%V\"", &value[i]);
            return NGX_CONF_ERROR;
        }

        glcf->publish->formats |= format;
    }

    if ((glcf->publish->formats & NGX_GRIP_FORMAT_HTTP_STREAM)
        && (glcf->publish->formats & NGX_GRIP_FORMAT_SSE))
    {
        return "takes \"http-stream\" or \"sse\", which are the same to the "
               "proxy";
    }

    return NGX_CONF_OK;
}


/* "grip_publish_id" and the like */

char *
ngx_http_grip_location_conf_value(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_grip_loc_conf_t  *glcf = conf;

    ngx_str_t               *value;
    ngx_http_grip_value_t  **vp;

    vp = (ngx_http_grip_value_t **) ((char *) glcf->publish + cmd->offset);

    if (*vp) {
        return "is duplicate";
    }

    value = cf->args->elts;

    *vp = ngx_palloc(cf->pool, sizeof(ngx_http_grip_value_t));
    if (*vp == NULL) {
        return NGX_CONF_ERROR;
    }

    return ngx_http_grip_location_compile(cf, &value[1], *vp);
}


static char *
ngx_http_grip_location_compile(ngx_conf_t *cf, ngx_str_t *text,
    ngx_http_grip_value_t *value)
{
    ngx_uint_t  literal;

    if (ngx_http_grip_value_compile(cf, text, value, &literal) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (literal && !ngx_grip_utf8_valid(text->data, text->len)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"%V\" is not valid UTF-8",
                           text);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


char *
ngx_http_grip_location_conf_meta(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_grip_loc_conf_t  *glcf = conf;

    ngx_str_t                   *value;
    ngx_http_grip_value_pair_t  *meta;

    value = cf->args->elts;

    if (value[1].len == 0
        || ngx_http_grip_has_variables(&value[1])
        || !ngx_grip_utf8_valid(value[1].data, value[1].len))
    {
        return ngx_http_grip_directive_invalid(cf, "name", &value[1]);
    }

    meta = ngx_http_grip_directive_push(cf, &glcf->publish->metas,
                                        sizeof(ngx_http_grip_value_pair_t));
    if (meta == NULL) {
        return NGX_CONF_ERROR;
    }

    meta->name = value[1];

    return ngx_http_grip_location_compile(cf, &value[2], &meta->value);
}


ngx_http_grip_publish_conf_t *
ngx_http_grip_location_conf_create(ngx_conf_t *cf)
{
    /*
     * set by ngx_pcalloc():
     *
     *     conf->channels = NULL;
     *     conf->formats = 0;
     *     conf->id = NULL;
     *     conf->prev_id = NULL;
     *     conf->event = NULL;
     *     conf->metas = NULL;
     *     conf->verified = 0;
     */

    return ngx_pcalloc(cf->pool, sizeof(ngx_http_grip_publish_conf_t));
}


char *
ngx_http_grip_location_conf_merge(ngx_conf_t *cf,
    ngx_http_grip_loc_conf_t *prev, ngx_http_grip_loc_conf_t *conf)
{
    ngx_http_core_loc_conf_t      *clcf;
    ngx_http_grip_publish_conf_t  *from, *to;

    from = prev->publish;
    to = conf->publish;

    if (to->formats == 0) {
        to->formats = from->formats;
    }

    if (to->id == NULL) {
        to->id = from->id;
    }

    if (to->prev_id == NULL) {
        to->prev_id = from->prev_id;
    }

    if (to->event == NULL) {
        to->event = from->event;
    }

    if (to->metas == NULL) {
        to->metas = from->metas;
    }

    to->verified = (conf->verify == NGX_HTTP_GRIP_VERIFY_ON);

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    /* an "if" block is the same location */

    if (clcf->noname && to->channels == NULL) {
        to->channels = from->channels;

        if (conf->verify == NGX_CONF_UNSET_UINT) {
            to->verified = from->verified;
        }

        return NGX_CONF_OK;
    }

    if (to->channels
        && conf->publish_type == NGX_HTTP_GRIP_PUBLISH_BINARY
        && (to->formats & NGX_GRIP_FORMAT_SSE))
    {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"grip_publish\" of binary content cannot be in "
                      "\"sse\" format in %s:%ui", conf->handler_file,
                      conf->handler_line);
        return NGX_CONF_ERROR;
    }

    if (to->channels && conf->history && (to->id || to->prev_id)) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"%s\" is not allowed with \"grip_history\", which "
                      "numbers items itself, for \"grip_publish\" in %s:%ui",
                      to->id ? "grip_publish_id" : "grip_publish_prev_id",
                      conf->handler_file, conf->handler_line);
        return NGX_CONF_ERROR;
    }

    if (to->channels) {
        ngx_http_grip_publisher_conf_check(cf, conf);
    }

    return NGX_CONF_OK;
}
