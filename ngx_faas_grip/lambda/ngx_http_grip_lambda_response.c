
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * What a Lambda function has answered, as the response to the client.
 */


#include "request/ngx_http_grip_headers.h"
#include "lambda/ngx_http_grip_lambda.h"
#include "action/ngx_http_grip_meta.h"
#include "request/ngx_http_grip_notice.h"


/* a header that nginx knows as a field, too */

typedef struct {
    ngx_str_t   name;
    ngx_uint_t  offset;
} ngx_http_grip_lambda_header_t;


static ngx_uint_t ngx_http_grip_lambda_passes_out(ngx_http_request_t *r,
    ngx_grip_pair_t *header);
static void ngx_http_grip_lambda_meta(ngx_http_request_t *r,
    ngx_grip_pair_t *header);
static ngx_uint_t ngx_http_grip_lambda_unfiltered(
    ngx_http_grip_lambda_t *lambda);
static ngx_uint_t ngx_http_grip_lambda_named(ngx_grip_pair_t *header,
    ngx_str_t *name);
static void ngx_http_grip_lambda_set_type(ngx_http_request_t *r,
    ngx_str_t *type);


static ngx_http_grip_lambda_header_t  ngx_http_grip_lambda_headers_out[] = {
    { ngx_string("content-encoding"),
      offsetof(ngx_http_headers_out_t, content_encoding) },
    { ngx_string("date"), offsetof(ngx_http_headers_out_t, date) },
    { ngx_string("etag"), offsetof(ngx_http_headers_out_t, etag) },
    { ngx_string("expires"), offsetof(ngx_http_headers_out_t, expires) },
    { ngx_string("last-modified"),
      offsetof(ngx_http_headers_out_t, last_modified) },
    { ngx_string("server"), offsetof(ngx_http_headers_out_t, server) },
    { ngx_null_string, 0 }
};


/* what is nginx's own to say */

static ngx_str_t  ngx_http_grip_lambda_own_headers[] = {
    ngx_string("connection"),
    ngx_string("content-length"),
    ngx_string("content-type"),
    ngx_string("keep-alive"),
    ngx_string("proxy-connection"),
    ngx_string("te"),
    ngx_string("trailer"),
    ngx_string("transfer-encoding"),
    ngx_string("upgrade"),
    ngx_null_string
};


ngx_int_t
ngx_http_grip_lambda_respond(ngx_http_grip_lambda_t *lambda)
{
    ngx_http_request_t        *r;
    ngx_grip_lambda_answer_t  *answer;

    static ngx_str_t  json = ngx_string("application/json");

    r = lambda->request;
    answer = lambda->answer;

    r->connection->log->action = "sending answer of Lambda function";

    if (ngx_http_grip_lambda_unfiltered(lambda)) {
        ngx_http_grip_notice(r, NGX_LOG_ERR,
                             "grip: Lambda function \"%V\" failed: header "
                             "\"Grip-Set-Meta\" has control characters",
                             &lambda->call.uri);
        return NGX_HTTP_BAD_GATEWAY;
    }

    if (ngx_http_grip_lambda_send_headers(lambda) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    r->headers_out.status = answer->status;

    ngx_http_grip_lambda_set_type(r, ngx_http_grip_lambda_type(answer)
                                     ? ngx_http_grip_lambda_type(answer)
                                     : &json);

    /* the function has seen the conditions of the request */

    r->disable_not_modified = 1;

    return ngx_http_grip_send_body(r, &answer->body);
}


ngx_int_t
ngx_http_grip_lambda_send_headers(ngx_http_grip_lambda_t *lambda)
{
    ngx_uint_t                      i;
    ngx_grip_pair_t                *header;
    ngx_table_elt_t                *h, **field;
    ngx_http_request_t             *r;
    ngx_http_grip_lambda_header_t  *known;

    r = lambda->request;
    header = lambda->answer->headers;

    for (i = 0; i < lambda->answer->nheaders; i++) {

        if (!ngx_http_grip_lambda_passes_out(r, &header[i])) {
            continue;
        }

        h = ngx_http_grip_header_out(r, &header[i].name, &header[i].value);
        if (h == NULL) {
            return NGX_ERROR;
        }

        for (known = ngx_http_grip_lambda_headers_out;
             known->name.len;
             known++)
        {
            if (ngx_http_grip_lambda_named(&header[i], &known->name)) {
                field = (ngx_table_elt_t **) ((char *) &r->headers_out
                                              + known->offset);
                *field = h;
            }
        }
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_http_grip_lambda_passes_out(ngx_http_request_t *r,
    ngx_grip_pair_t *header)
{
    ngx_str_t  *own;

    if (!ngx_http_grip_header_name_valid(&header->name)) {
        ngx_http_grip_notice(r, NGX_LOG_INFO,
                             "grip: a header of the Lambda function is "
                             "skipped: invalid name");
        return 0;
    }

    for (own = ngx_http_grip_lambda_own_headers; own->len; own++) {
        if (ngx_http_grip_lambda_named(header, own)) {
            return 0;
        }
    }

    if (header->name.len > sizeof("Set-Meta-") - 1
        && ngx_strncasecmp(header->name.data, (u_char *) "Set-Meta-",
                           sizeof("Set-Meta-") - 1)
           == 0)
    {
        ngx_http_grip_lambda_meta(r, header);
        return 1;
    }

    if (!ngx_http_grip_header_value_valid(&header->value)) {
        ngx_http_grip_notice(r, NGX_LOG_INFO,
                             "grip: header \"%V\" of the Lambda function is "
                             "skipped: control characters in the value",
                             &header->name);
        return 0;
    }

    return 1;
}


/* as the action "set_meta": the value before must not live on */

static void
ngx_http_grip_lambda_meta(ngx_http_request_t *r, ngx_grip_pair_t *header)
{
    ngx_str_t    name;
    const char  *reason;

    name.len = header->name.len - (sizeof("Set-Meta-") - 1);
    name.data = header->name.data + sizeof("Set-Meta-") - 1;

    reason = ngx_http_grip_meta_unusable(r, &name, &header->value);

    if (reason) {
        ngx_http_grip_notice_kind(r, NGX_LOG_INFO, reason,
                                  "grip: header \"%V\" of the Lambda "
                                  "function deletes the meta: %s",
                                  &header->name, reason);
        ngx_str_set(&header->value, "");
    }
}


/* whether a hold would lack what its filters look at */

static ngx_uint_t
ngx_http_grip_lambda_unfiltered(ngx_http_grip_lambda_t *lambda)
{
    ngx_uint_t        i;
    ngx_grip_pair_t  *header;

    static ngx_str_t  name = ngx_string("Grip-Set-Meta");

    header = lambda->answer->headers;

    for (i = 0; i < lambda->answer->nheaders; i++) {
        if (ngx_http_grip_lambda_named(&header[i], &name)
            && !ngx_http_grip_header_value_valid(&header[i].value))
        {
            return 1;
        }
    }

    return 0;
}


ngx_str_t *
ngx_http_grip_lambda_type(ngx_grip_lambda_answer_t *answer)
{
    ngx_uint_t  i;

    static ngx_str_t  name = ngx_string("content-type");

    for (i = 0; i < answer->nheaders; i++) {
        if (ngx_http_grip_lambda_named(&answer->headers[i], &name)
            && answer->headers[i].value.len
            && ngx_http_grip_header_value_valid(&answer->headers[i].value))
        {
            return &answer->headers[i].value;
        }
    }

    return NULL;
}


static ngx_uint_t
ngx_http_grip_lambda_named(ngx_grip_pair_t *header, ngx_str_t *name)
{
    return header->name.len == name->len
           && ngx_strncasecmp(header->name.data, name->data, name->len) == 0;
}


/* filters look at the type alone, and must know of a charset */

static void
ngx_http_grip_lambda_set_type(ngx_http_request_t *r, ngx_str_t *type)
{
    u_char  *p, *last;

    r->headers_out.content_type = *type;
    r->headers_out.content_type_len = type->len;
    r->headers_out.content_type_lowcase = NULL;

    last = type->data + type->len;

    p = ngx_strlchr(type->data, last, ';');
    if (p == NULL) {
        return;
    }

    r->headers_out.content_type_len = p - type->data;

    p = ngx_strlcasestrn(p, last, (u_char *) "charset=", 8 - 1);
    if (p == NULL) {
        return;
    }

    p += sizeof("charset=") - 1;

    if (p < last && *p == '"') {
        p++;
    }

    r->headers_out.charset.data = p;

    while (p < last && *p != '"' && *p != ';' && *p != ' ') {
        p++;
    }

    r->headers_out.charset.len = p - r->headers_out.charset.data;
}
