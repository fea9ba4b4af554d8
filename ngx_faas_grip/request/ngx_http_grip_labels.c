
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include "request/ngx_http_grip_labels.h"


void
ngx_http_grip_labels(ngx_conf_t *cf, ngx_http_grip_metrics_label_t *labels)
{
    ngx_http_core_loc_conf_t  *clcf;
    ngx_http_core_srv_conf_t  *cscf;

    cscf = ngx_http_conf_get_module_srv_conf(cf, ngx_http_core_module);
    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    labels[0].name = "server";
    labels[0].value = cscf->server_name;

    labels[1].name = "location";
    labels[1].value = clcf->name;
}


ngx_uint_t
ngx_http_grip_labels_merge(ngx_conf_t *cf, ngx_http_grip_loc_conf_t *prev,
    ngx_http_grip_loc_conf_t *conf)
{
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->noname) {
        conf->metrics = prev->metrics;
        return 0;
    }

    return clcf->name.len && ngx_http_grip_metrics_used(cf);
}
