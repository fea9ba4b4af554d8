
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The management API of connections: ".../@connections/ID".  Nothing here knows
 * who is connected, so a request that was published is done.
 */


#include "connection/ngx_grip_connection.h"
#include "connection/ngx_http_grip_connection.h"
#include "connection/ngx_http_grip_connections.h"
#include "publish/ngx_http_grip_control_api.h"
#include "publish/ngx_http_grip_publication.h"
#include "publish/ngx_http_grip_publisher.h"
#include "request/ngx_http_grip_content.h"
#include "request/ngx_http_grip_directive.h"
#include "request/ngx_http_grip_headers.h"
#include "request/ngx_http_grip_notice.h"
#include "request/ngx_http_grip_refusal.h"
#include "text/ngx_grip_utf8.h"
#include "wire/ngx_grip_control.h"


/* of a message, as on AWS */
#define NGX_HTTP_GRIP_CONNECTIONS_SIZE  131072


typedef struct {
    ngx_uint_t    status;
    ngx_str_t     type;
    const char   *message;                       /* unless there is another */
} ngx_http_grip_connections_error_t;


static ngx_int_t ngx_http_grip_connections_handler(ngx_http_request_t *r);
static void ngx_http_grip_connections_body(ngx_http_request_t *r);
static ngx_int_t ngx_http_grip_connections_request(ngx_http_request_t *r,
    const char **invalid);
static ngx_int_t ngx_http_grip_connections_send(
    ngx_http_grip_publication_t *pub, ngx_str_t *channel,
    const char **invalid);
static ngx_int_t ngx_http_grip_connections_refresh(
    ngx_http_grip_publication_t *pub, ngx_str_t *channel);
static ngx_int_t ngx_http_grip_connections_close(
    ngx_http_grip_publication_t *pub, ngx_str_t *channel,
    const char **invalid);
static ngx_int_t ngx_http_grip_connections_action(
    ngx_http_grip_publication_t *pub, ngx_grip_connection_item_t *item);
static ngx_uint_t ngx_http_grip_connections_is_refresh(ngx_http_request_t *r);
static void ngx_http_grip_connections_done(ngx_http_request_t *r, void *data);
static ngx_int_t ngx_http_grip_connections_answer(ngx_http_request_t *r,
    ngx_uint_t status, const char *message);
static ngx_int_t ngx_http_grip_connections_error(ngx_http_request_t *r,
    ngx_uint_t status, const char *message, ngx_str_t *body);


/* names as AWS has them, or would; the last one is that of all others */

static ngx_http_grip_connections_error_t  ngx_http_grip_connections_errors[] = {

    { NGX_HTTP_BAD_REQUEST, ngx_string("BadRequestException"),
      "Bad Request" },
    { NGX_HTTP_UNAUTHORIZED, ngx_string("UnauthorizedException"),
      "Unauthorized" },
    { NGX_HTTP_FORBIDDEN, ngx_string("ForbiddenException"), "Forbidden" },
    { NGX_HTTP_NOT_FOUND, ngx_string("NotFoundException"), "Not Found" },
    { NGX_HTTP_NOT_ALLOWED, ngx_string("MethodNotAllowedException"),
      "Method Not Allowed" },
    { NGX_HTTP_REQUEST_ENTITY_TOO_LARGE,
      ngx_string("PayloadTooLargeException"), "Message too long" },
    { NGX_HTTP_INTERNAL_SERVER_ERROR,
      ngx_string("InternalServerErrorException"), "Internal server error" },
    { 0, ngx_string("ServiceUnavailableException"), "Service Unavailable" }
};


static ngx_int_t
ngx_http_grip_connections_handler(ngx_http_request_t *r)
{
    ngx_int_t                  rc;
    ngx_str_t                  id;
    ngx_http_grip_loc_conf_t  *glcf;

    rc = ngx_http_grip_control_api_access(r, "grip_connections");
    if (rc != NGX_OK) {
        return ngx_http_grip_connections_answer(r, rc, NULL);
    }

    if (ngx_grip_connection_id(&r->uri, &id) != NGX_OK) {
        return ngx_http_grip_connections_answer(r, NGX_HTTP_NOT_FOUND, NULL);
    }

    if (!(r->method & (NGX_HTTP_POST|NGX_HTTP_DELETE))) {
        rc = ngx_http_grip_content_not_allowed(r, "POST, DELETE");
        return ngx_http_grip_connections_answer(r, rc, NULL);
    }

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);

    if (r->method == NGX_HTTP_POST
        && r->headers_in.content_length_n > (off_t) glcf->connections_size)
    {
        return ngx_http_grip_connections_answer(r,
                                     NGX_HTTP_REQUEST_ENTITY_TOO_LARGE, NULL);
    }

    return ngx_http_grip_content_read(r, ngx_http_grip_connections_body);
}


static void
ngx_http_grip_connections_body(ngx_http_request_t *r)
{
    ngx_int_t    rc;
    const char  *invalid;

    r->connection->log->action = "publishing to a connection";

    invalid = NULL;

    rc = ngx_http_grip_connections_request(r, &invalid);

    if (rc == NGX_DECLINED) {
        ngx_http_grip_notice(r,
                             ngx_http_grip_refusal_level(
                                 NGX_HTTP_GRIP_REFUSAL_PUBLISH),
                             "grip: \"grip_connections\" refused a request: "
                             "%s", invalid);

        rc = NGX_HTTP_BAD_REQUEST;
    }

    if (rc != NGX_AGAIN) {
        ngx_http_finalize_request(r,
                           ngx_http_grip_connections_answer(r, rc, invalid));
    }
}


/*
 * NGX_AGAIN: it is on its way.  NGX_DECLINED: *invalid says what is wrong with
 * the request.  Else the status of a failure.
 */

static ngx_int_t
ngx_http_grip_connections_request(ngx_http_request_t *r, const char **invalid)
{
    ngx_int_t                     rc;
    ngx_str_t                     id, channel;
    ngx_http_grip_ctx_t          *ctx;
    ngx_http_grip_publication_t  *pub;

    ctx = ngx_http_grip_ctx_get(r);
    pub = ngx_http_grip_publication_create(r);

    if (ctx == NULL || pub == NULL
        || ngx_grip_connection_id(&r->uri, &id) != NGX_OK
        || ngx_http_grip_connection_channel(r->pool, &id, &channel) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (!ngx_grip_control_channel_valid(&channel)) {
        *invalid = "Invalid connectionId";
        return NGX_DECLINED;
    }

    if (r == r->main) {
        ctx->publication = pub;
    }

    pub->trusted = (r == r->main);
    pub->handler = ngx_http_grip_connections_done;
    pub->data = pub;

    if (r->method == NGX_HTTP_DELETE) {
        rc = ngx_http_grip_connections_close(pub, &channel, invalid);

    } else if (ngx_http_grip_connections_is_refresh(r)) {
        rc = ngx_http_grip_connections_refresh(pub, &channel);

    } else {
        rc = ngx_http_grip_connections_send(pub, &channel, invalid);
    }

    if (rc == NGX_ABORT) {
        return (ngx_int_t) pub->refused;
    }

    if (rc != NGX_OK) {
        return (rc == NGX_ERROR) ? NGX_HTTP_INTERNAL_SERVER_ERROR : rc;
    }

    return (ngx_http_grip_publication_wait(pub) == NGX_AGAIN)
           ? NGX_AGAIN : NGX_HTTP_INTERNAL_SERVER_ERROR;
}


static ngx_int_t
ngx_http_grip_connections_send(ngx_http_grip_publication_t *pub,
    ngx_str_t *channel, const char **invalid)
{
    ngx_int_t                  rc;
    ngx_grip_item_t            item;
    ngx_http_request_t        *r;
    ngx_http_grip_loc_conf_t  *glcf;

    r = pub->request;
    glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);

    ngx_memzero(&item, sizeof(ngx_grip_item_t));

    if (ngx_http_grip_content_body(r, &item.content) != NGX_OK) {
        return NGX_ERROR;
    }

    if (item.content.len == 0) {
        *invalid = "Message must not be empty";
        return NGX_DECLINED;
    }

    if (item.content.len > glcf->connections_size) {
        return NGX_HTTP_REQUEST_ENTITY_TOO_LARGE;
    }

    item.prefix = glcf->prefix;
    item.channel = *channel;
    item.formats = NGX_GRIP_FORMAT_WS_MESSAGE;
    item.binary = !ngx_grip_utf8_valid(item.content.data, item.content.len);

    rc = ngx_http_grip_publication_add(pub, &item, 1);

    *invalid = pub->invalid;

    return rc;
}


static ngx_int_t
ngx_http_grip_connections_refresh(ngx_http_grip_publication_t *pub,
    ngx_str_t *channel)
{
    ngx_grip_connection_item_t  item;

    ngx_memzero(&item, sizeof(ngx_grip_connection_item_t));

    item.channel = *channel;
    item.action = "refresh";

    return ngx_http_grip_connections_action(pub, &item);
}


static ngx_int_t
ngx_http_grip_connections_close(ngx_http_grip_publication_t *pub,
    ngx_str_t *channel, const char **invalid)
{
    u_char                      *dst, *src;
    ngx_int_t                    code;
    ngx_str_t                    value;
    ngx_http_request_t          *r;
    ngx_grip_connection_item_t   item;

    r = pub->request;
    code = NGX_GRIP_WS_CLOSE_NORMAL;

    ngx_memzero(&item, sizeof(ngx_grip_connection_item_t));

    item.channel = *channel;
    item.action = "close";

    if (ngx_http_arg(r, (u_char *) "code", sizeof("code") - 1, &value)
        == NGX_OK)
    {
        code = ngx_atoi(value.data, value.len);

        if (code == NGX_ERROR || !ngx_grip_ws_close_code_valid(code)) {
            *invalid = "Invalid code";
            return NGX_DECLINED;
        }
    }

    item.code = (ngx_uint_t) code;

    if (ngx_http_arg(r, (u_char *) "reason", sizeof("reason") - 1, &value)
        == NGX_OK)
    {
        item.reason.data = ngx_pnalloc(r->pool, value.len);
        if (item.reason.data == NULL) {
            return NGX_ERROR;
        }

        dst = item.reason.data;
        src = value.data;

        ngx_unescape_uri(&dst, &src, value.len, 0);

        item.reason.len = dst - item.reason.data;

        if (item.reason.len > NGX_GRIP_WS_REASON_MAX
            || !ngx_grip_utf8_valid(item.reason.data, item.reason.len))
        {
            *invalid = "Invalid reason";
            return NGX_DECLINED;
        }
    }

    return ngx_http_grip_connections_action(pub, &item);
}


static ngx_int_t
ngx_http_grip_connections_action(ngx_http_grip_publication_t *pub,
    ngx_grip_connection_item_t *item)
{
    ngx_str_t                  json;
    ngx_http_grip_loc_conf_t  *glcf;

    glcf = ngx_http_get_module_loc_conf(pub->request,
                                        ngx_http_faas_grip_module);

    item->prefix = glcf->prefix;

    json.len = ngx_grip_connection_write(NULL, item);

    json.data = ngx_pnalloc(pub->request->pool, json.len);
    if (json.data == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_grip_connection_write(json.data, item);

    return ngx_http_grip_publication_add_json(pub, &json, NULL, NULL, 0, 1);
}


/* "?refresh", with a value or without one */

static ngx_uint_t
ngx_http_grip_connections_is_refresh(ngx_http_request_t *r)
{
    ngx_str_t  value;

    static ngx_str_t  name = ngx_string("refresh");

    return (r->args.len == name.len
            && ngx_strncmp(r->args.data, name.data, name.len) == 0)
           || ngx_http_arg(r, name.data, name.len, &value) == NGX_OK;
}


/* from the event loop: all is known */

static void
ngx_http_grip_connections_done(ngx_http_request_t *r, void *data)
{
    ngx_http_grip_publication_t *pub = data;

    ngx_uint_t  status;

    status = pub->status;

    if (status == NGX_HTTP_OK && r->method == NGX_HTTP_DELETE) {
        status = NGX_HTTP_NO_CONTENT;
    }

    ngx_http_finalize_request(r,
                           ngx_http_grip_connections_answer(r, status, NULL));
}


static ngx_int_t
ngx_http_grip_connections_answer(ngx_http_request_t *r, ngx_uint_t status,
    const char *message)
{
    ngx_str_t  body;

    static ngx_str_t  type = ngx_string("application/json");

    ngx_str_null(&body);

    if (status >= NGX_HTTP_SPECIAL_RESPONSE
        && ngx_http_grip_connections_error(r, status, message, &body)
           != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /* it is done, whatever the conditions of the request */

    r->disable_not_modified = 1;

    return ngx_http_grip_content_send(r, status, &type, &body);
}


/* the libraries of AWS find an error by the name in the header */

static ngx_int_t
ngx_http_grip_connections_error(ngx_http_request_t *r, ngx_uint_t status,
    const char *message, ngx_str_t *body)
{
    size_t                              len;
    ngx_http_grip_connections_error_t  *error;

    static ngx_str_t  name = ngx_string("x-amzn-ErrorType");

    error = ngx_http_grip_connections_errors;

    while (error->status && error->status != status) {
        error++;
    }

    if (message == NULL) {
        message = error->message;
    }

    len = sizeof("{\"message\":\"\"}") - 1 + ngx_strlen(message);

    body->data = ngx_pnalloc(r->pool, len);

    if (body->data == NULL
        || ngx_http_grip_headers_out(r, &name, &error->type) == NULL)
    {
        return NGX_ERROR;
    }

    body->len = ngx_sprintf(body->data, "{\"message\":\"%s\"}", message)
                - body->data;

    return NGX_OK;
}


char *
ngx_http_grip_connections(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_grip_loc_conf_t  *glcf = conf;

    ssize_t     size;
    ngx_str_t  *value, rest;

    if (glcf->handler == ngx_http_grip_connections_handler) {
        return "is duplicate";
    }

    if (cf->args->nelts == 2) {
        value = cf->args->elts;

        size = ngx_http_grip_parameter(&value[1], "max_size", &rest)
               ? ngx_parse_size(&rest) : NGX_ERROR;

        if (size <= 0) {
            return ngx_http_grip_directive_invalid(cf, "parameter", &value[1]);
        }

        glcf->connections_size = size;
    }

    glcf->publishes = 1;

    return ngx_http_grip_content_handler(cf, glcf,
                                         ngx_http_grip_connections_handler);
}


void
ngx_http_grip_connections_merge(ngx_conf_t *cf,
    ngx_http_grip_loc_conf_t *prev, ngx_http_grip_loc_conf_t *conf)
{
    if (conf->connections_size == NGX_CONF_UNSET_SIZE) {
        conf->connections_size = conf->inherited
                                 ? prev->connections_size
                                 : NGX_HTTP_GRIP_CONNECTIONS_SIZE;
    }

    if (conf->handler == ngx_http_grip_connections_handler && !conf->inherited)
    {
        ngx_http_grip_publisher_conf_check(cf, conf);
    }
}
