
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The directives: the table of contents of the whole module.
 */


#include "connection/ngx_http_grip_connections.h"
#include "function/ngx_http_grip_api_gateway.h"
#include "history/ngx_http_grip_history.h"
#include "hold/ngx_http_grip_hold.h"
#include "lambda/ngx_http_grip_lambda.h"
#include "ngx_http_grip_conf.h"
#include "ngx_http_grip_escape.h"
#include "ngx_http_grip_phases.h"
#include "ngx_http_grip_variables.h"
#include "operation/ngx_http_grip_diagnose.h"
#include "operation/ngx_http_grip_metrics_page.h"
#include "operation/ngx_http_grip_requests.h"
#include "proxy/ngx_http_grip_proxy.h"
#include "publish/ngx_http_grip_control_api.h"
#include "publish/ngx_http_grip_location.h"
#include "publish/ngx_http_grip_publisher.h"
#include "verify/ngx_http_grip_verify.h"
#include "websocket/ngx_http_grip_message_json.h"
#include "websocket/ngx_http_grip_rule.h"
#include "websocket/ngx_http_grip_websocket.h"


static ngx_int_t ngx_http_grip_init_process(ngx_cycle_t *cycle);


static ngx_conf_enum_t  ngx_http_grip_verify_modes[] = {
    { ngx_string("off"), NGX_HTTP_GRIP_VERIFY_OFF },
    { ngx_string("on"), NGX_HTTP_GRIP_VERIFY_ON },
    { ngx_string("optional"), NGX_HTTP_GRIP_VERIFY_OPTIONAL },
    { ngx_null_string, 0 }
};


#if (NGX_HTTP_SSL)

static ngx_conf_bitmask_t  ngx_http_grip_ssl_protocols[] = {
    { ngx_string("TLSv1"), NGX_SSL_TLSv1 },
    { ngx_string("TLSv1.1"), NGX_SSL_TLSv1_1 },
    { ngx_string("TLSv1.2"), NGX_SSL_TLSv1_2 },
    { ngx_string("TLSv1.3"), NGX_SSL_TLSv1_3 },
    { ngx_null_string, 0 }
};

#endif


static ngx_command_t  ngx_http_grip_commands[] = {

    /* the proxy */

    { ngx_string("grip_url"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_http_grip_proxy_url,
      NGX_HTTP_SRV_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("grip_prefix"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_grip_conf_prefix,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("grip_connect_timeout"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_grip_srv_conf_t, upstream.connect_timeout),
      NULL },

    { ngx_string("grip_send_timeout"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_grip_srv_conf_t, upstream.send_timeout),
      NULL },

    { ngx_string("grip_read_timeout"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_grip_srv_conf_t, upstream.read_timeout),
      NULL },

    { ngx_string("grip_bind"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE12,
      ngx_http_upstream_bind_set_slot,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_grip_srv_conf_t, upstream.local),
      NULL },

    { ngx_string("grip_queue_size"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_size_slot,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_grip_srv_conf_t, queue_size),
      NULL },

#if (NGX_HTTP_SSL)

    { ngx_string("grip_ssl_verify"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_grip_srv_conf_t, upstream.ssl_verify),
      NULL },

    { ngx_string("grip_ssl_trusted_certificate"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_grip_srv_conf_t, ssl_trusted_certificate),
      NULL },

    { ngx_string("grip_ssl_verify_depth"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_num_slot,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_grip_srv_conf_t, ssl_verify_depth),
      NULL },

    { ngx_string("grip_ssl_crl"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_grip_srv_conf_t, ssl_crl),
      NULL },

    { ngx_string("grip_ssl_name"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_grip_srv_conf_t, ssl_name),
      NULL },

    { ngx_string("grip_ssl_server_name"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_grip_srv_conf_t, upstream.ssl_server_name),
      NULL },

    { ngx_string("grip_ssl_protocols"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_1MORE,
      ngx_conf_set_bitmask_slot,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_grip_srv_conf_t, ssl_protocols),
      &ngx_http_grip_ssl_protocols },

    { ngx_string("grip_ssl_ciphers"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_grip_srv_conf_t, ssl_ciphers),
      NULL },

    { ngx_string("grip_ssl_certificate"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_grip_srv_conf_t, ssl_certificate),
      NULL },

    { ngx_string("grip_ssl_certificate_key"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_grip_srv_conf_t, ssl_certificate_key),
      NULL },

    { ngx_string("grip_ssl_session_reuse"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_grip_srv_conf_t, upstream.ssl_session_reuse),
      NULL },

#endif

    /* verification */

    { ngx_string("grip_verify"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_grip_conf_verify_mode,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_grip_loc_conf_t, verify),
      &ngx_http_grip_verify_modes },

    { ngx_string("grip_verify_key"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE12,
      ngx_http_grip_verify_conf_key,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    /* WebSockets */

    { ngx_string("grip_websocket"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_http_grip_websocket_conf_location,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("grip_on"),
      NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_BLOCK|NGX_CONF_1MORE,
      ngx_http_grip_rule_conf_on,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("grip_subprotocol"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_grip_conf_subprotocol,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("grip_json_set"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_2MORE,
      ngx_http_grip_message_json_set,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("grip_poll_interval"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_grip_conf_poll_interval,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("grip_max_events"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_grip_conf_max_events,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("grip_max_message_size"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_grip_conf_size_or_off,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_grip_loc_conf_t, max_message_size),
      NULL },

    { ngx_string("grip_max_send_size"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_grip_conf_size_or_off,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_grip_loc_conf_t, max_send_size),
      NULL },

    /* connections */

    { ngx_string("grip_connection"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_grip_loc_conf_t, connection),
      NULL },

    { ngx_string("grip_connections"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS|NGX_CONF_TAKE1,
      ngx_http_grip_connections,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("grip_api_gateway"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS
      |NGX_CONF_TAKE123,
      ngx_http_grip_api_gateway,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    /* functions */

    { ngx_string("grip_call_buffer_size"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_size_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_grip_loc_conf_t, call_buffer_size),
      NULL },

    { ngx_string("grip_call_batch"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_grip_loc_conf_t, call_batch),
      NULL },

    { ngx_string("grip_call_detached_max"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_grip_conf_call_detached_max,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("grip_lambda"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE12,
      ngx_http_grip_lambda_conf_location,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("grip_lambda_binary_types"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_grip_lambda_conf_binary_types,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("grip_lambda_set"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE2,
      ngx_http_grip_lambda_set,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    /* holds */

    { ngx_string("grip_hold"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE12,
      ngx_http_grip_hold_conf_hold,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("grip_hold_body"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE12,
      ngx_http_grip_hold_conf_body,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("grip_channel"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_grip_hold_channel,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("grip_keepalive"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE123,
      ngx_http_grip_hold_conf_keepalive,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("grip_link"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE123,
      ngx_http_grip_hold_channel_link,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("grip_hold_status"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE12,
      ngx_http_grip_hold_conf_status,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("grip_filter_meta"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE2,
      ngx_http_grip_hold_conf_meta,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("grip_expose_headers"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_grip_hold_conf_expose,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    /* publishing */

    { ngx_string("grip_publish"),
      NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_grip_location_conf_publish,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("grip_publish_format"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_grip_location_conf_formats,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("grip_publish_type"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_enum_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_grip_loc_conf_t, publish_type),
      &ngx_http_grip_location_conf_types },

    { ngx_string("grip_publish_id"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_grip_location_conf_value,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_grip_publish_conf_t, id),
      NULL },

    { ngx_string("grip_publish_prev_id"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_grip_location_conf_value,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_grip_publish_conf_t, prev_id),
      NULL },

    { ngx_string("grip_publish_event"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_grip_location_conf_value,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_grip_publish_conf_t, event),
      NULL },

    { ngx_string("grip_publish_meta"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE2,
      ngx_http_grip_location_conf_meta,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("grip_publish_require"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_enum_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_grip_loc_conf_t, publish_require),
      &ngx_http_grip_location_conf_requirements },

    { ngx_string("grip_control"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_http_grip_control_api,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("grip_control_key"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE12,
      ngx_http_grip_control_api_key,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    /* history */

    { ngx_string("grip_history_zone"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_1MORE,
      ngx_http_grip_history_zone,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("grip_history"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_grip_history_set,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("grip_history_from"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_grip_hold_resume_conf_from,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("grip_history_initial"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_grip_hold_resume_conf_initial,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("grip_history_join"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_grip_hold_resume_conf_join,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("grip_history_lost"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_grip_hold_resume_conf_lost,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("grip_history_reset"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_grip_hold_resume_conf_reset,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("grip_history_link"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE12,
      ngx_http_grip_hold_resume_conf_link,
      NGX_HTTP_SRV_CONF_OFFSET,
      0,
      NULL },

    /* operation */

    { ngx_string("grip_metrics_zone"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_grip_metrics_zone,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("grip_metrics"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS|NGX_CONF_TAKE1,
      ngx_http_grip_metrics_page,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("grip_diagnose"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_http_grip_diagnose,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_faas_grip_module_ctx = {
    ngx_http_grip_variables_add,           /* preconfiguration */
    ngx_http_grip_phases_init,             /* postconfiguration */

    ngx_http_grip_conf_create_main,        /* create main configuration */
    ngx_http_grip_conf_init_main,          /* init main configuration */

    ngx_http_grip_proxy_create_conf,       /* create server configuration */
    ngx_http_grip_publisher_conf_merge,    /* merge server configuration */

    ngx_http_grip_conf_create_loc,         /* create location configuration */
    ngx_http_grip_conf_merge_loc           /* merge location configuration */
};


ngx_module_t  ngx_http_faas_grip_module = {
    NGX_MODULE_V1,
    &ngx_http_faas_grip_module_ctx,        /* module context */
    ngx_http_grip_commands,                /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    ngx_http_grip_init_process,            /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_http_grip_metrics_exit_worker,     /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_int_t
ngx_http_grip_init_process(ngx_cycle_t *cycle)
{
    ngx_http_grip_metrics_init_worker(cycle);

    return NGX_OK;
}
