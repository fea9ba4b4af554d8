
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#ifndef _NGX_HTTP_GRIP_CONF_H_INCLUDED_
#define _NGX_HTTP_GRIP_CONF_H_INCLUDED_


#include "request/ngx_http_grip.h"


/* the directives */
char *ngx_http_grip_prefix(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_grip_subprotocol(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_grip_poll_interval(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_grip_size_or_off(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_grip_max_events(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_grip_verify_mode(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

void *ngx_http_grip_create_main_conf(ngx_conf_t *cf);
char *ngx_http_grip_init_main_conf(ngx_conf_t *cf, void *conf);
void *ngx_http_grip_create_loc_conf(ngx_conf_t *cf);
char *ngx_http_grip_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child);


#endif /* _NGX_HTTP_GRIP_CONF_H_INCLUDED_ */
