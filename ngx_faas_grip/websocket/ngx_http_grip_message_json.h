
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#ifndef _NGX_HTTP_GRIP_MESSAGE_JSON_H_INCLUDED_
#define _NGX_HTTP_GRIP_MESSAGE_JSON_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


/* the "grip_json_set" directive */
char *ngx_http_grip_message_json_set(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


#endif /* _NGX_HTTP_GRIP_MESSAGE_JSON_H_INCLUDED_ */
