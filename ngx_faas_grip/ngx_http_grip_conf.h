
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#ifndef _NGX_HTTP_GRIP_CONF_H_INCLUDED_
#define _NGX_HTTP_GRIP_CONF_H_INCLUDED_


#include "request/ngx_http_grip.h"


/* the directives */
char *ngx_http_grip_conf_prefix(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_grip_conf_subprotocol(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_grip_conf_poll_interval(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_grip_conf_size_or_off(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_grip_conf_max_events(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_grip_conf_call_detached_max(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_grip_conf_verify_mode(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

void *ngx_http_grip_conf_create_main(ngx_conf_t *cf);
char *ngx_http_grip_conf_init_main(ngx_conf_t *cf, void *conf);
void *ngx_http_grip_conf_create_loc(ngx_conf_t *cf);
char *ngx_http_grip_conf_merge_loc(ngx_conf_t *cf, void *parent, void *child);


#endif /* _NGX_HTTP_GRIP_CONF_H_INCLUDED_ */
