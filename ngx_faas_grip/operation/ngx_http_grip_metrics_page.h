
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * "grip_metrics": a location that shows what was counted.
 */


#ifndef _NGX_HTTP_GRIP_METRICS_PAGE_H_INCLUDED_
#define _NGX_HTTP_GRIP_METRICS_PAGE_H_INCLUDED_


#include "request/ngx_http_grip.h"


/* the directive */
char *ngx_http_grip_metrics_page(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/* finds the zone of a location that names none; after all are read */
char *ngx_http_grip_metrics_page_merge(ngx_conf_t *cf,
    ngx_http_grip_loc_conf_t *prev, ngx_http_grip_loc_conf_t *conf);


#endif /* _NGX_HTTP_GRIP_METRICS_PAGE_H_INCLUDED_ */
