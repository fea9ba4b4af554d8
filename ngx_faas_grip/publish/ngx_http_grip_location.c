
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The content handler of "grip_publish": a request's body becomes an item
 * for each channel, and the request is answered when these are published.
 */


#include "publish/ngx_http_grip_location.h"
#include "publish/ngx_http_grip_publication.h"
#include "request/ngx_http_grip_content.h"
#include "request/ngx_http_grip_headers.h"
#include "request/ngx_http_grip_notice.h"
#include "request/ngx_http_grip_refusal.h"
#include "text/ngx_grip_media.h"


static void ngx_http_grip_location_body(ngx_http_request_t *r);
static ngx_int_t ngx_http_grip_location_request(ngx_http_request_t *r,
    const char **invalid);
static ngx_int_t ngx_http_grip_location_item(ngx_http_request_t *r,
    ngx_http_grip_publication_t *pub, ngx_grip_item_t *item);
static ngx_int_t ngx_http_grip_location_get(ngx_http_request_t *r,
    ngx_http_grip_value_t *value, ngx_str_t *text);
static ngx_int_t ngx_http_grip_location_metas(ngx_http_request_t *r,
    ngx_array_t *metas, ngx_grip_item_t *item);
static void ngx_http_grip_location_type(ngx_http_request_t *r,
    ngx_grip_item_t *item);
static void ngx_http_grip_location_done(ngx_http_request_t *r, void *data);
static ngx_int_t ngx_http_grip_location_answer(ngx_http_request_t *r,
    ngx_uint_t status, const char *text);


ngx_int_t
ngx_http_grip_location_handler(ngx_http_request_t *r)
{
    ngx_http_grip_loc_conf_t  *glcf;

    if (!(r->method & (NGX_HTTP_POST|NGX_HTTP_PUT))) {
        return ngx_http_grip_content_not_allowed(r, "POST, PUT");
    }

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);

    if (!glcf->publish->verified
        && ngx_http_grip_content_passed(r, NGX_HTTP_GRIP_REFUSAL_PUBLISH,
                                        "grip_publish"))
    {
        return NGX_HTTP_FORBIDDEN;
    }

    if (r->headers_in.content_length_n > NGX_GRIP_ITEM_BODY_MAX) {
        ngx_http_grip_notice(r, NGX_LOG_ERR,
                             "grip: publish refused: %O bytes exceed the %d "
                             "bytes that the proxy takes",
                             r->headers_in.content_length_n,
                             NGX_GRIP_ITEM_BODY_MAX);
        return NGX_HTTP_REQUEST_ENTITY_TOO_LARGE;
    }

    return ngx_http_grip_content_read(r, ngx_http_grip_location_body);
}


static void
ngx_http_grip_location_body(ngx_http_request_t *r)
{
    ngx_int_t    rc;
    const char  *invalid;

    r->connection->log->action = "publishing request body";

    invalid = NULL;

    rc = ngx_http_grip_location_request(r, &invalid);

    if (invalid) {
        ngx_http_grip_notice(r,
                             ngx_http_grip_refusal_level(
                                 NGX_HTTP_GRIP_REFUSAL_PUBLISH),
                             "grip: publish refused: %s", invalid);

        rc = ngx_http_grip_location_answer(r, NGX_HTTP_BAD_REQUEST, invalid);
    }

    if (rc != NGX_AGAIN) {
        ngx_http_finalize_request(r, rc);
    }
}


/*
 * NGX_DECLINED: *invalid says what is wrong with the request; NGX_AGAIN: it
 * is on its way; else the request is to be finalized so.
 */

static ngx_int_t
ngx_http_grip_location_request(ngx_http_request_t *r, const char **invalid)
{
    ngx_uint_t                    i;
    ngx_grip_item_t               item;
    ngx_http_grip_ctx_t          *ctx;
    ngx_http_grip_value_t        *channel;
    ngx_http_grip_loc_conf_t     *glcf;
    ngx_http_grip_publication_t  *pub;

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);

    pub = ngx_http_grip_publication_create(r);
    ctx = ngx_http_grip_ctx_get(r);

    if (pub == NULL || ctx == NULL
        || ngx_http_grip_location_item(r, pub, &item) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    pub->handler = ngx_http_grip_location_done;
    pub->data = pub;

    if (r == r->main) {
        ctx->publication = pub;
    }

    channel = glcf->publish->channels->elts;

    for (i = 0; i < glcf->publish->channels->nelts; i++) {

        if (ngx_http_grip_value_get(r, &channel[i], &item.channel) != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        switch (ngx_http_grip_publication_add(pub, &item, 1)) {

        case NGX_OK:
            break;

        case NGX_DECLINED:
            *invalid = pub->invalid;
            return NGX_DECLINED;

        case NGX_ABORT:
            return (ngx_int_t) pub->refused;

        default:
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    if (ngx_http_grip_publication_wait(pub) == NGX_AGAIN) {
        return NGX_AGAIN;
    }

    return NGX_HTTP_INTERNAL_SERVER_ERROR;
}


/* all but the channel, which the body of a request may have several of */

static ngx_int_t
ngx_http_grip_location_item(ngx_http_request_t *r,
    ngx_http_grip_publication_t *pub, ngx_grip_item_t *item)
{
    ngx_http_grip_loc_conf_t      *glcf;
    ngx_http_grip_publish_conf_t  *publish;

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);
    publish = glcf->publish;

    ngx_memzero(item, sizeof(ngx_grip_item_t));

    item->prefix = glcf->prefix;

    ngx_http_grip_location_type(r, item);

    item->formats = publish->formats ? publish->formats
                                     : ngx_http_grip_publication_formats(
                                           pub, item->binary);

    if (ngx_http_grip_location_get(r, publish->id, &item->id) != NGX_OK
        || ngx_http_grip_location_get(r, publish->prev_id, &item->prev_id)
           != NGX_OK
        || ngx_http_grip_location_get(r, publish->event, &item->event)
           != NGX_OK
        || ngx_http_grip_location_metas(r, publish->metas, item) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_grip_content_body(r, &item->content);
}


static ngx_int_t
ngx_http_grip_location_get(ngx_http_request_t *r, ngx_http_grip_value_t *value,
    ngx_str_t *text)
{
    return value ? ngx_http_grip_value_get(r, value, text) : NGX_OK;
}


/* an empty value is no meta value, as a header with an empty value is none */

static ngx_int_t
ngx_http_grip_location_metas(ngx_http_request_t *r, ngx_array_t *metas,
    ngx_grip_item_t *item)
{
    ngx_uint_t        i;
    ngx_grip_pair_t  *meta;

    if (metas == NULL) {
        return NGX_OK;
    }

    meta = ngx_http_grip_value_get_pairs(r, metas);
    if (meta == NULL) {
        return NGX_ERROR;
    }

    item->meta = meta;

    for (i = 0; i < metas->nelts; i++) {
        if (meta[i].value.len) {
            meta[item->nmeta++] = meta[i];
        }
    }

    return NGX_OK;
}


/*
 * The type is that of the content to those who get it as an HTTP response,
 * but for what HTTP clients say by default of any body.
 */

static void
ngx_http_grip_location_type(ngx_http_request_t *r, ngx_grip_item_t *item)
{
    ngx_str_t                 *type;
    ngx_http_grip_loc_conf_t  *glcf;

    static ngx_str_t  form = ngx_string("application/x-www-form-urlencoded");

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);

    item->binary = (glcf->publish_type == NGX_HTTP_GRIP_PUBLISH_BINARY);

    if (r->headers_in.content_type == NULL) {
        return;
    }

    type = &r->headers_in.content_type->value;

    if (ngx_grip_media_is(type, &form)) {
        return;
    }

    item->content_type = *type;

    if (glcf->publish_type == NGX_HTTP_GRIP_PUBLISH_AUTO) {
        item->binary = !ngx_grip_media_is_text(type);
    }
}


/* from the event loop: all is known */

static void
ngx_http_grip_location_done(ngx_http_request_t *r, void *data)
{
    ngx_http_grip_publication_t *pub = data;

    ngx_int_t                  rc;
    ngx_http_grip_loc_conf_t  *glcf;

    static ngx_str_t  last_id = ngx_string("Last-Event-ID");

    rc = (ngx_int_t) pub->status;

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);

    if (rc == NGX_HTTP_OK
        && pub->id.len
        && glcf->publish->channels->nelts == 1
        && ngx_http_grip_headers_out(r, &last_id, &pub->id) == NULL)
    {
        rc = NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (rc == NGX_HTTP_OK) {

        /* it is done, whatever the conditions of the request */

        r->disable_not_modified = 1;

        rc = ngx_http_grip_location_answer(r, NGX_HTTP_OK, "Published");
    }

    ngx_http_finalize_request(r, rc);
}


static ngx_int_t
ngx_http_grip_location_answer(ngx_http_request_t *r, ngx_uint_t status,
    const char *text)
{
    ngx_str_t  body;

    static ngx_str_t  type = ngx_string("text/plain");

    body.len = ngx_strlen(text) + 1;

    body.data = ngx_pnalloc(r->pool, body.len);
    if (body.data == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    *ngx_cpymem(body.data, text, body.len - 1) = LF;

    return ngx_http_grip_content_send(r, status, &type, &body);
}
