
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The control API: items come as the proxy takes them, and go on by the
 * publishers of the server.
 */


#include "keys/ngx_grip_jwt.h"
#include "publish/ngx_http_grip_control_api.h"
#include "publish/ngx_http_grip_numbering.h"
#include "publish/ngx_http_grip_publisher.h"
#include "request/ngx_http_grip_content.h"
#include "request/ngx_http_grip_headers.h"
#include "request/ngx_http_grip_notice.h"
#include "request/ngx_http_grip_refusal.h"
#include "verify/ngx_http_grip_verify.h"
#include "wire/ngx_grip_items_mark.h"


static ngx_int_t ngx_http_grip_control_api_handler(ngx_http_request_t *r);
static ngx_uint_t ngx_http_grip_control_api_path(ngx_http_request_t *r);
static ngx_uint_t ngx_http_grip_control_api_token(ngx_http_request_t *r,
    ngx_str_t *token);
static void ngx_http_grip_control_api_body(ngx_http_request_t *r);
static ngx_int_t ngx_http_grip_control_api_request(ngx_http_request_t *r);
static ngx_int_t ngx_http_grip_control_api_add(ngx_http_grip_publication_t *pub,
    ngx_grip_items_t *items);
static ngx_int_t ngx_http_grip_control_api_next(
    ngx_http_grip_publication_t *pub, ngx_grip_items_t *items,
    ngx_grip_history_record_t *record);
static ngx_int_t ngx_http_grip_control_api_number(
    ngx_http_grip_publication_t *pub, ngx_grip_items_t *items);
static void ngx_http_grip_control_api_done(ngx_http_request_t *r, void *data);
static ngx_int_t ngx_http_grip_control_api_published(ngx_http_request_t *r,
    ngx_http_grip_publication_t *pub);
static ngx_int_t ngx_http_grip_control_api_answer(ngx_http_request_t *r,
    ngx_uint_t status, ngx_str_t *text);


static ngx_int_t
ngx_http_grip_control_api_handler(ngx_http_request_t *r)
{
    ngx_int_t  rc;

    rc = ngx_http_grip_control_api_access(r, "grip_control");
    if (rc != NGX_OK) {
        return rc;
    }

    if (!ngx_http_grip_control_api_path(r)) {
        return NGX_HTTP_NOT_FOUND;
    }

    if (r->method != NGX_HTTP_POST) {
        return ngx_http_grip_content_not_allowed(r, "POST");
    }

    return ngx_http_grip_content_read(r, ngx_http_grip_control_api_body);
}


/* the path of a GRIP URL may be any; the proxy has no query either */

static ngx_uint_t
ngx_http_grip_control_api_path(ngx_http_request_t *r)
{
    size_t  len;

    static ngx_str_t  end = ngx_string("/publish");

    len = r->uri.len;

    if (len && r->uri.data[len - 1] == '/') {
        len--;
    }

    return len >= end.len
           && ngx_memcmp(r->uri.data + len - end.len, end.data, end.len) == 0
           && r->args.len == 0;
}


ngx_int_t
ngx_http_grip_control_api_access(ngx_http_request_t *r, const char *directive)
{
    ngx_int_t                    rc;
    ngx_str_t                    token;
    ngx_uint_t                   i;
    const char                  *reason, *why;
    ngx_grip_jwt_claims_t        claims;
    ngx_http_grip_loc_conf_t    *glcf;
    ngx_http_grip_verify_key_t  *key;

    static ngx_str_t  challenge = ngx_string("WWW-Authenticate");
    static ngx_str_t  scheme = ngx_string("Bearer");

    if (ngx_http_grip_content_passed(r, NGX_HTTP_GRIP_REFUSAL_PUBLISH,
                                     directive))
    {
        return NGX_HTTP_FORBIDDEN;
    }

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);

    if (glcf->control_keys == NULL) {
        return NGX_OK;
    }

    reason = NULL;

    if (ngx_http_grip_control_api_token(r, &token)) {
        key = glcf->control_keys->elts;

        for (i = 0; i < glcf->control_keys->nelts; i++) {

            rc = ngx_grip_jwt_verify(&token, key[i].key,
                                     key[i].iss.len ? &key[i].iss : NULL,
                                     ngx_time(), &claims, &why);

            if (rc == NGX_OK) {
                return NGX_OK;
            }

            if (rc == NGX_ERROR) {
                ngx_http_grip_notice(r, NGX_LOG_ERR,
                                     "grip: token could not be verified: %s",
                                     why);
                return NGX_HTTP_INTERNAL_SERVER_ERROR;
            }

            reason = ngx_grip_jwt_reason(reason, why);
        }
    }

    ngx_http_grip_notice(r,
                         ngx_http_grip_refusal_level(
                             NGX_HTTP_GRIP_REFUSAL_PUBLISH),
                         "grip: \"%s\" refused a request: %s", directive,
                         reason ? reason : "no token");

    r->headers_out.www_authenticate = ngx_http_grip_headers_out(r, &challenge,
                                                                &scheme);

    return r->headers_out.www_authenticate ? NGX_HTTP_UNAUTHORIZED
                                           : NGX_HTTP_INTERNAL_SERVER_ERROR;
}


static ngx_uint_t
ngx_http_grip_control_api_token(ngx_http_request_t *r, ngx_str_t *token)
{
    ngx_table_elt_t  *h;

    static ngx_str_t  scheme = ngx_string("Bearer ");

    h = r->headers_in.authorization;

    if (h == NULL
        || h->value.len < scheme.len
        || ngx_strncasecmp(h->value.data, scheme.data, scheme.len) != 0)
    {
        return 0;
    }

    token->len = h->value.len - scheme.len;
    token->data = h->value.data + scheme.len;

    while (token->len && *token->data == ' ') {
        token->len--;
        token->data++;
    }

    return 1;
}


static void
ngx_http_grip_control_api_body(ngx_http_request_t *r)
{
    ngx_int_t  rc;

    r->connection->log->action = "publishing items";

    rc = ngx_http_grip_control_api_request(r);

    if (rc != NGX_AGAIN) {
        ngx_http_finalize_request(r, rc);
    }
}


/* NGX_AGAIN: the items are on their way */

static ngx_int_t
ngx_http_grip_control_api_request(ngx_http_request_t *r)
{
    ngx_int_t                     rc;
    ngx_str_t                     body, error;
    ngx_grip_items_t             *items;
    ngx_http_grip_ctx_t          *ctx;
    ngx_http_grip_publication_t  *pub;

    ctx = ngx_http_grip_ctx_get(r);
    pub = ngx_http_grip_publication_create(r);

    if (ctx == NULL || pub == NULL
        || ngx_http_grip_content_body(r, &body) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (r == r->main) {
        ctx->publication = pub;
    }

    /* it did not come through the proxy, and its body may hold many items */

    pub->trusted = (r == r->main);
    pub->handler = ngx_http_grip_control_api_done;
    pub->data = pub;

    rc = ngx_grip_items_read(&items, &body, &error);

    if (rc == NGX_ERROR) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (rc == NGX_OK) {
        rc = ngx_http_grip_control_api_add(pub, items);

    } else {
        ngx_http_grip_notice(r,
                             ngx_http_grip_refusal_level(
                                 NGX_HTTP_GRIP_REFUSAL_PUBLISH),
                             "grip: publish refused: %V",
                             &error);

        rc = ngx_http_grip_control_api_answer(r, NGX_HTTP_BAD_REQUEST, &error);
    }

    ngx_grip_items_free(items);

    return rc;
}


/* all items, or none of them */

static ngx_int_t
ngx_http_grip_control_api_add(ngx_http_grip_publication_t *pub,
    ngx_grip_items_t *items)
{
    ngx_int_t  rc;

    for ( ;; ) {
        rc = pub->history ? ngx_http_grip_control_api_number(pub, items)
                          : ngx_http_grip_control_api_next(pub, items, NULL);

        if (rc == NGX_DONE) {
            break;
        }

        if (rc != NGX_OK) {
            return (rc == NGX_ABORT) ? (ngx_int_t) pub->refused
                                     : NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    if (ngx_http_grip_publication_wait(pub) == NGX_OK) {
        return ngx_http_grip_control_api_published(pub->request, pub);
    }

    return NGX_AGAIN;
}


/* stages the next item; NGX_DONE: there are no more */

static ngx_int_t
ngx_http_grip_control_api_next(ngx_http_grip_publication_t *pub,
    ngx_grip_items_t *items, ngx_grip_history_record_t *record)
{
    ngx_int_t                  rc;
    ngx_str_t                  json, channel;
    ngx_uint_t                 has_ids;
    ngx_http_grip_loc_conf_t  *glcf;

    glcf = ngx_http_get_module_loc_conf(pub->request,
                                        ngx_http_faas_grip_module);

    rc = ngx_grip_items_next(items, &glcf->prefix, &json, &has_ids);

    if (rc != NGX_OK) {
        return rc;
    }

    if (record) {
        ngx_grip_items_channel(items, &channel);

        if (channel.len > NGX_HTTP_GRIP_HISTORY_NAME) {
            ngx_http_grip_notice(pub->request, NGX_LOG_ERR,
                                 "grip: publish refused: the name of the "
                                 "channel is longer than a history allows, %d "
                                 "bytes", NGX_HTTP_GRIP_HISTORY_NAME);
            pub->refused = NGX_HTTP_BAD_REQUEST;
            return NGX_ABORT;
        }
    }

    return ngx_http_grip_publication_add_json(pub, &json,
                                              record ? &channel : NULL, record,
                                              has_ids, 1);
}


static ngx_int_t
ngx_http_grip_control_api_number(ngx_http_grip_publication_t *pub,
    ngx_grip_items_t *items)
{
    ngx_grip_items_mark_t           mark;
    ngx_grip_history_record_t       record;
    ngx_http_grip_history_marks_t  *marks;

    marks = ngx_http_grip_history_marks(pub->request->connection->log);
    if (marks == NULL) {
        return NGX_ERROR;
    }

    mark.id = marks->id;
    mark.prev_id = marks->prev;

    if (ngx_grip_items_mark(items, &mark) != NGX_OK) {
        return NGX_ERROR;
    }

    if (mark.left) {
        return ngx_http_grip_control_api_next(pub, items, NULL);
    }

    if (mark.replaced) {
        ngx_http_grip_numbering_replaced(pub);
    }

    ngx_memzero(&record, sizeof(ngx_grip_history_record_t));

    record.sender = mark.sender;
    record.skip_users = mark.skip_users;
    record.require_sub = mark.require_sub;

    if (mark.has_stream) {
        record.flags |= NGX_GRIP_HISTORY_STREAM
                        | (mark.event ? NGX_GRIP_HISTORY_NAMELESS : 0);
        record.stream = mark.stream;
    }

    if (mark.has_response) {
        record.flags |= NGX_GRIP_HISTORY_RESPONSE;
        record.response = mark.response;
        record.type = mark.type;

        if (mark.has_stream
            && mark.stream.len == mark.response.len
            && ngx_memcmp(mark.stream.data, mark.response.data,
                          mark.stream.len)
               == 0)
        {
            record.flags |= NGX_GRIP_HISTORY_SHARED;
        }
    }

    if (mark.unknown) {
        record.flags |= NGX_GRIP_HISTORY_LOST;
    }

    return ngx_http_grip_control_api_next(pub, items, &record);
}


/* from the event loop: all is known */

static void
ngx_http_grip_control_api_done(ngx_http_request_t *r, void *data)
{
    ngx_http_finalize_request(r, ngx_http_grip_control_api_published(r, data));
}


static ngx_int_t
ngx_http_grip_control_api_published(ngx_http_request_t *r,
    ngx_http_grip_publication_t *pub)
{
    static ngx_str_t  published = ngx_string("Published");

    return (pub->status == NGX_HTTP_OK)
           ? ngx_http_grip_control_api_answer(r, NGX_HTTP_OK, &published)
           : (ngx_int_t) pub->status;
}


/* as the proxy does, errors are plain text in any case */

static ngx_int_t
ngx_http_grip_control_api_answer(ngx_http_request_t *r, ngx_uint_t status,
    ngx_str_t *text)
{
    u_char      *p;
    ngx_str_t   *type, body;
    ngx_uint_t   json;

    static ngx_str_t  text_type = ngx_string("text/plain");
    static ngx_str_t  json_type = ngx_string("application/json");

    json = (status == NGX_HTTP_OK) && ngx_http_grip_content_json(r);
    type = json ? &json_type : &text_type;

    p = ngx_pnalloc(r->pool, sizeof("{\"message\":\"\"}\n") - 1 + text->len);
    if (p == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    body.data = p;

    p = json ? ngx_sprintf(p, "{\"message\":\"%V\"}\n", text)
             : ngx_sprintf(p, "%V\n", text);

    body.len = p - body.data;

    /* it is done, whatever the conditions of the request */

    r->disable_not_modified = 1;

    return ngx_http_grip_content_send(r, status, type, &body);
}


char *
ngx_http_grip_control_api(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_grip_loc_conf_t  *glcf = conf;

    if (glcf->handler == ngx_http_grip_control_api_handler) {
        return "is duplicate";
    }

    glcf->publishes = 1;

    return ngx_http_grip_content_handler(cf, glcf,
                                         ngx_http_grip_control_api_handler);
}


char *
ngx_http_grip_control_api_key(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_grip_loc_conf_t  *glcf = conf;

    return ngx_http_grip_verify_conf_add_key(cf, &glcf->control_keys);
}


void
ngx_http_grip_control_api_merge(ngx_conf_t *cf, ngx_http_grip_loc_conf_t *prev,
    ngx_http_grip_loc_conf_t *conf)
{
    ngx_conf_merge_ptr_value(conf->control_keys, prev->control_keys, NULL);

    if (conf->handler == ngx_http_grip_control_api_handler && !conf->inherited)
    {
        ngx_http_grip_publisher_conf_check(cf, conf);
    }
}
