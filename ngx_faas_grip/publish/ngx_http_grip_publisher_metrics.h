
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Publishing, counted by the proxy that gets it.
 */


#ifndef _NGX_HTTP_GRIP_PUBLISHER_METRICS_H_INCLUDED_
#define _NGX_HTTP_GRIP_PUBLISHER_METRICS_H_INCLUDED_


#include "publish/ngx_http_grip_publisher.h"


/* makes the series of a publisher; NGX_ERROR as for all series */
ngx_int_t ngx_http_grip_publisher_metrics(ngx_conf_t *cf,
    ngx_http_grip_publisher_t *publisher);

/* a POST that is over, with its status */
void ngx_http_grip_publisher_metrics_post(ngx_http_grip_publisher_t *publisher,
    ngx_http_grip_post_t *post);

/* an item whose fate is known */
void ngx_http_grip_publisher_metrics_item(ngx_http_grip_publisher_t *publisher,
    ngx_http_grip_item_t *item, ngx_uint_t status);

/* what waits has changed */
void ngx_http_grip_publisher_metrics_queue(
    ngx_http_grip_publisher_t *publisher);


#endif /* _NGX_HTTP_GRIP_PUBLISHER_METRICS_H_INCLUDED_ */
