
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * How holds merge, and what of them fits together.
 */


#include "hold/ngx_http_grip_hold.h"


static void ngx_http_grip_hold_trust(ngx_http_grip_loc_conf_t *conf);
static char *ngx_http_grip_hold_check(ngx_conf_t *cf,
    ngx_http_grip_loc_conf_t *conf);


ngx_http_grip_hold_conf_t *
ngx_http_grip_hold_create_conf(ngx_conf_t *cf)
{
    ngx_http_grip_hold_conf_t  *hold;

    /*
     * set by ngx_pcalloc():
     *
     *     hold->file = NULL;
     *     hold->line = 0;
     *     hold->status = { 0, NULL };
     *     hold->expose = { 0, NULL };
     *     hold->body = NULL;
     *     hold->body_type = { 0, NULL };
     */

    hold = ngx_pcalloc(cf->pool, sizeof(ngx_http_grip_hold_conf_t));
    if (hold == NULL) {
        return NULL;
    }

    hold->mode = NGX_CONF_UNSET_UINT;
    hold->channels = NGX_CONF_UNSET_PTR;
    hold->keepalive = NGX_CONF_UNSET_PTR;
    hold->link = NGX_CONF_UNSET_PTR;
    hold->gone = NGX_CONF_UNSET_PTR;
    hold->metas = NGX_CONF_UNSET_PTR;

    return hold;
}


char *
ngx_http_grip_hold_merge_conf(ngx_conf_t *cf, ngx_http_grip_loc_conf_t *prev,
    ngx_http_grip_loc_conf_t *conf)
{
    ngx_http_grip_hold_conf_t  *ph, *ch;

    ph = prev->hold;
    ch = conf->hold;

    if (ch->mode == NGX_CONF_UNSET_UINT) {
        ch->mode = (ph->mode == NGX_CONF_UNSET_UINT) ? NGX_HTTP_GRIP_HOLD_OFF
                                                     : ph->mode;
        ch->timeout = ph->timeout;
        ch->file = ph->file;
        ch->line = ph->line;
    }

    ngx_conf_merge_ptr_value(ch->channels, ph->channels, NULL);
    ngx_conf_merge_ptr_value(ch->metas, ph->metas, NULL);
    ngx_conf_merge_str_value(ch->status, ph->status, "");
    ngx_conf_merge_str_value(ch->expose, ph->expose, "");

    if (ch->keepalive == NGX_CONF_UNSET_PTR) {
        ch->keepalive = (ph->keepalive == NGX_CONF_UNSET_PTR) ? NULL
                                                          : ph->keepalive;
        ch->keepalive_timeout = ph->keepalive_timeout;
        ch->keepalive_interval = ph->keepalive_interval;
    }

    if (ch->link == NGX_CONF_UNSET_PTR) {
        ch->link = (ph->link == NGX_CONF_UNSET_PTR) ? NULL : ph->link;
        ch->link_timeout = ph->link_timeout;
    }

    ngx_conf_merge_ptr_value(ch->gone, ph->gone, NULL);

    if (conf->inherited) {
        ch->body = ph->body;
        ch->body_type = ph->body_type;
    }

    if (ch->mode != NGX_HTTP_GRIP_HOLD_OFF) {
        ngx_http_grip_hold_trust(conf);
    }

    return ngx_http_grip_hold_check(cf, conf);
}


/* a handler that may look at what is held is not warned of */

static void
ngx_http_grip_hold_trust(ngx_http_grip_loc_conf_t *conf)
{
    ngx_http_grip_trust_t  *trust;

    trust = &conf->hold_trust;

    trust->verify = NGX_HTTP_GRIP_VERIFY_ON;

    if (conf->handler && conf->hold->body == NULL) {
        return;
    }

    trust->name = "grip_hold";
    trust->file = conf->hold->file;
    trust->line = conf->hold->line;
    trust->risk = "forge what a client has received";
}


static char *
ngx_http_grip_hold_check(ngx_conf_t *cf, ngx_http_grip_loc_conf_t *conf)
{
    ngx_uint_t                  i;
    ngx_http_grip_channel_t    *channel;
    ngx_http_grip_hold_conf_t  *hold;

    hold = conf->hold;

    if (hold->body
        && (hold->mode == NGX_HTTP_GRIP_HOLD_OFF || hold->channels == NULL))
    {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"grip_hold_body\" needs \"%s\" in %s:%ui",
                      hold->mode == NGX_HTTP_GRIP_HOLD_OFF ? "grip_hold"
                                                           : "grip_channel",
                      conf->handler_file, conf->handler_line);
        return NGX_CONF_ERROR;
    }

    if (hold->body
        && hold->mode == NGX_HTTP_GRIP_HOLD_RESPONSE
        && hold->body->index == NGX_CONF_UNSET
        && hold->body->value.lengths == NULL
        && hold->body->value.value.len > NGX_HTTP_GRIP_HOLD_BODY_MAX)
    {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"grip_hold_body\" is longer than what the proxy takes "
                      "as a held response, %d bytes, in %s:%ui",
                      NGX_HTTP_GRIP_HOLD_BODY_MAX, conf->handler_file,
                      conf->handler_line);
        return NGX_CONF_ERROR;
    }

    if (hold->mode == NGX_HTTP_GRIP_HOLD_OFF
        || hold->mode == NGX_HTTP_GRIP_HOLD_RESPONSE
        || hold->channels == NULL
        || hold->link)
    {
        return NGX_CONF_OK;
    }

    /* the proxy would write an error into the stream, protocol 3.3 */

    channel = hold->channels->elts;

    for (i = 0; i < hold->channels->nelts; i++) {
        if (channel[i].has_prev_id) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "\"prev_id\" of a \"grip_channel\" needs "
                          "\"grip_link\" with \"grip_hold stream\" or "
                          "\"sse\" in %s:%ui", channel[i].file,
                          channel[i].line);
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}
