
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#ifndef _NGX_HTTP_GRIP_LABELS_H_INCLUDED_
#define _NGX_HTTP_GRIP_LABELS_H_INCLUDED_


#include "request/ngx_http_grip.h"


#define NGX_HTTP_GRIP_LABELS_SERVER    1
#define NGX_HTTP_GRIP_LABELS_LOCATION  2


/*
 * The labels of what is counted in the location that is being merged: the
 * first name of its server and its own name.  Its first ones are enough for
 * what is the same in all of the server.
 */
void ngx_http_grip_labels(ngx_conf_t *cf,
    ngx_http_grip_metrics_label_t *labels);

/*
 * Whether a location that is being merged counts for itself: not if nothing is
 * counted, if it is none, or if it is an "if" or "limit_except" block, which
 * then counts as what it stands in does.
 */
ngx_uint_t ngx_http_grip_labels_merge(ngx_conf_t *cf,
    ngx_http_grip_loc_conf_t *prev, ngx_http_grip_loc_conf_t *conf);


#endif /* _NGX_HTTP_GRIP_LABELS_H_INCLUDED_ */
