
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The answer of a Lambda function, as the response to the client.
 */


#include "action/ngx_http_grip_meta.h"
#include "lambda/ngx_http_grip_lambda.h"
#include "request/ngx_http_grip_headers.h"
#include "request/ngx_http_grip_notice.h"


static ngx_uint_t ngx_http_grip_lambda_passes_out(ngx_http_request_t *r,
    ngx_grip_pair_t *header);
static void ngx_http_grip_lambda_meta(ngx_http_request_t *r,
    ngx_grip_pair_t *header);
static ngx_uint_t ngx_http_grip_lambda_unfiltered(
    ngx_http_grip_lambda_t *lambda);


/* what is nginx's own to say */

static ngx_str_t  ngx_http_grip_lambda_own_headers[] = {
    ngx_string("content-length"),
    ngx_string("content-type"),
    ngx_null_string
};


ngx_int_t
ngx_http_grip_lambda_response_send(ngx_http_grip_lambda_t *lambda)
{
    ngx_str_t                 *type;
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

    if (ngx_http_grip_lambda_response_headers(lambda) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    r->headers_out.status = answer->status;

    type = ngx_http_grip_lambda_response_type(answer);

    if (type) {
        ngx_http_grip_headers_take_type(r, type);

    } else if (answer->status != NGX_HTTP_NOT_MODIFIED) {
        ngx_http_grip_headers_take_type(r, &json);
    }

    /* the function has seen the conditions of the request */

    r->disable_not_modified = 1;

    return ngx_http_grip_headers_send_body(r, &answer->body);
}


ngx_int_t
ngx_http_grip_lambda_response_headers(ngx_http_grip_lambda_t *lambda)
{
    ngx_uint_t           i;
    ngx_grip_pair_t     *header;
    ngx_http_request_t  *r;

    r = lambda->request;
    header = lambda->answer->headers;

    for (i = 0; i < lambda->answer->nheaders; i++) {

        if (ngx_http_grip_lambda_passes_out(r, &header[i])
            && ngx_http_grip_headers_take(r, &header[i].name, &header[i].value)
               == NULL)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_http_grip_lambda_passes_out(ngx_http_request_t *r,
    ngx_grip_pair_t *header)
{
    if (!ngx_http_grip_headers_name_valid(&header->name)) {
        ngx_http_grip_notice(r, NGX_LOG_INFO,
                             "grip: a header of the Lambda function is "
                             "skipped: invalid name");
        return 0;
    }

    if (ngx_http_grip_headers_among(&header->name,
                                    ngx_http_grip_lambda_own_headers)
        || ngx_http_grip_headers_among(&header->name,
                                       ngx_http_grip_headers_hop))
    {
        return 0;
    }

    if (header->name.len > sizeof("Set-Meta-") - 1
        && ngx_strncasecmp(header->name.data, (u_char *) "Set-Meta-",
                           sizeof("Set-Meta-") - 1)
           == 0)
    {
        ngx_http_grip_lambda_meta(r, header);
        return 1;
    }

    if (!ngx_http_grip_headers_value_valid(&header->value)) {
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
        if (ngx_http_grip_headers_same(&header[i].name, &name)
            && !ngx_http_grip_headers_value_valid(&header[i].value))
        {
            return 1;
        }
    }

    return 0;
}


ngx_str_t *
ngx_http_grip_lambda_response_type(ngx_grip_lambda_answer_t *answer)
{
    ngx_uint_t  i;

    static ngx_str_t  name = ngx_string("content-type");

    for (i = 0; i < answer->nheaders; i++) {
        if (ngx_http_grip_headers_same(&answer->headers[i].name, &name)
            && answer->headers[i].value.len
            && ngx_http_grip_headers_value_valid(&answer->headers[i].value))
        {
            return &answer->headers[i].value;
        }
    }

    return NULL;
}
