
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * "grip_websocket" at configuration time.
 */


#include "request/ngx_http_grip_content.h"
#include "verify/ngx_http_grip_verify.h"
#include "websocket/ngx_http_grip_rule.h"
#include "websocket/ngx_http_grip_websocket.h"


/* what a batch may take, protocol 1.3 */
#define NGX_HTTP_GRIP_BODY_BUFFER      (256 * 1024)
#define NGX_HTTP_GRIP_BODY_MAX         (512 * 1024)


char *
ngx_http_grip_websocket_conf_location(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_grip_loc_conf_t  *glcf = conf;

    char  *rv;

    if (glcf->websocket) {
        return "is duplicate";
    }

    glcf->websocket = 1;

    rv = ngx_http_grip_content_handler(cf, glcf,
                                       ngx_http_grip_websocket_handler);

    ngx_http_grip_verify_conf_events(glcf, NGX_HTTP_GRIP_VERIFY_ON);

    return rv;
}


char *
ngx_http_grip_websocket_conf_merge(ngx_conf_t *cf,
    ngx_http_grip_loc_conf_t *conf)
{
    ngx_http_core_loc_conf_t  *clcf;

    if (!conf->websocket || conf->inherited) {
        return NGX_CONF_OK;
    }

    if (conf->rules) {
        conf->rules->used = 1;
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->client_body_buffer_size < NGX_HTTP_GRIP_BODY_BUFFER) {
        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "\"client_body_buffer_size\" is less than 256k for "
                      "\"grip_websocket\" in %s:%ui: larger batches of "
                      "events will go through a temporary file",
                      conf->handler_file, conf->handler_line);
    }

    if (clcf->client_max_body_size
        && clcf->client_max_body_size < NGX_HTTP_GRIP_BODY_MAX)
    {
        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "\"client_max_body_size\" is less than 512k for "
                      "\"grip_websocket\" in %s:%ui: clients will be cut "
                      "off, as batches of events may be as large",
                      conf->handler_file, conf->handler_line);
    }

    return NGX_CONF_OK;
}
