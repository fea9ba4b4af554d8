
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Locations that are the management API of AWS API Gateway for WebSocket
 * connections, by whose ids the channels of "grip_connection" are published to.
 */


#ifndef _NGX_HTTP_GRIP_CONNECTIONS_H_INCLUDED_
#define _NGX_HTTP_GRIP_CONNECTIONS_H_INCLUDED_


#include "request/ngx_http_grip.h"


/* the directive */
char *ngx_http_grip_connections(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

void ngx_http_grip_connections_merge(ngx_conf_t *cf,
    ngx_http_grip_loc_conf_t *prev, ngx_http_grip_loc_conf_t *conf);


#endif /* _NGX_HTTP_GRIP_CONNECTIONS_H_INCLUDED_ */
