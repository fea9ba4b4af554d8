
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Locations that publish the bodies of their requests.
 */


#ifndef _NGX_HTTP_GRIP_LOCATION_H_INCLUDED_
#define _NGX_HTTP_GRIP_LOCATION_H_INCLUDED_


#include "request/ngx_http_grip.h"
#include "request/ngx_http_grip_value.h"


struct ngx_http_grip_publish_conf_s {
    ngx_array_t                 *channels;       /* ngx_http_grip_value_t */
    ngx_uint_t                   formats;        /* a mask, 0: those of the
                                                    type */
    ngx_http_grip_value_t       *id;
    ngx_http_grip_value_t       *prev_id;
    ngx_http_grip_value_t       *event;
    ngx_array_t                 *metas;          /* ..._value_pair_t */

    unsigned                     verified:1;     /* "grip_verify on" is said
                                                    by the very location */
};


/* words of "grip_publish_require" and "grip_publish_type" */
extern ngx_conf_enum_t  ngx_http_grip_location_conf_requirements[];
extern ngx_conf_enum_t  ngx_http_grip_location_conf_types[];

/* the directives */
char *ngx_http_grip_location_conf_publish(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_grip_location_conf_formats(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_grip_location_conf_value(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_grip_location_conf_meta(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

ngx_http_grip_publish_conf_t *ngx_http_grip_location_conf_create(
    ngx_conf_t *cf);

/* to be called before the location's "grip_verify" is merged */
char *ngx_http_grip_location_conf_merge(ngx_conf_t *cf,
    ngx_http_grip_loc_conf_t *prev, ngx_http_grip_loc_conf_t *conf);

/* the content handler of "grip_publish" */
ngx_int_t ngx_http_grip_location_handler(ngx_http_request_t *r);


#endif /* _NGX_HTTP_GRIP_LOCATION_H_INCLUDED_ */
