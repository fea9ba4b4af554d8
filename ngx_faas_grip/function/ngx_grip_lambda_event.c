
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * An HTTP request as the event that a Lambda function gets.  A json_t that is
 * NULL means that memory is out, as it does to jansson, which passes it on.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <jansson.h>

#include "function/ngx_grip_fields.h"
#include "function/ngx_grip_lambda.h"
#include "function/ngx_grip_lambda_map.h"
#include "function/ngx_grip_lambda_time.h"
#include "text/ngx_grip_base64.h"
#include "text/ngx_grip_json_dump.h"
#include "text/ngx_grip_utf8.h"


static json_t *ngx_grip_lambda_event_1_0(ngx_grip_lambda_request_t *request);
static json_t *ngx_grip_lambda_event_2_0(ngx_grip_lambda_request_t *request);
static json_t *ngx_grip_lambda_context_1_0(ngx_grip_lambda_request_t *request);
static json_t *ngx_grip_lambda_context_2_0(ngx_grip_lambda_request_t *request);
static json_t *ngx_grip_lambda_context(ngx_grip_lambda_request_t *request,
    json_t *more);
static json_t *ngx_grip_lambda_identity(ngx_grip_lambda_request_t *request);
static json_t *ngx_grip_lambda_http(ngx_grip_lambda_request_t *request);
static json_t *ngx_grip_lambda_agent(ngx_grip_lambda_request_t *request);
static json_t *ngx_grip_lambda_event_time(ngx_grip_lambda_request_t *request);
static json_t *ngx_grip_lambda_epoch(ngx_grip_lambda_request_t *request);
static int ngx_grip_lambda_binary(ngx_grip_lambda_request_t *request);
static json_t *ngx_grip_lambda_body(ngx_grip_lambda_request_t *request);
static json_t *ngx_grip_lambda_filled(json_t *map);
static ngx_int_t ngx_grip_lambda_headers(ngx_grip_lambda_request_t *request,
    json_t *single, json_t *multi);
static ngx_int_t ngx_grip_lambda_query(ngx_grip_lambda_request_t *request,
    json_t *single, json_t *multi);
static json_t *ngx_grip_lambda_cookies(ngx_grip_lambda_request_t *request);
static ngx_int_t ngx_grip_lambda_set(json_t *event,
    ngx_grip_lambda_set_t *set);
static json_t *ngx_grip_lambda_string(ngx_str_t *text);
static json_t *ngx_grip_lambda_text(ngx_str_t *text);


ngx_int_t
ngx_grip_lambda_event(ngx_grip_lambda_request_t *request, ngx_uint_t version,
    ngx_str_t *event)
{
    json_t      *json;
    ngx_int_t    rc;
    ngx_uint_t   i;

    json = (version == NGX_GRIP_LAMBDA_1_0)
           ? ngx_grip_lambda_event_1_0(request)
           : ngx_grip_lambda_event_2_0(request);

    if (json == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < request->nsets; i++) {
        if (ngx_grip_lambda_set(json, &request->sets[i]) != NGX_OK) {
            json_decref(json);
            return NGX_ERROR;
        }
    }

    rc = ngx_grip_json_dump(json, event);

    json_decref(json);

    return rc;
}


/* what is empty is null */

static json_t *
ngx_grip_lambda_event_1_0(ngx_grip_lambda_request_t *request)
{
    json_t  *headers, *values, *query, *queries;

    headers = json_object();
    values = json_object();
    query = json_object();
    queries = json_object();

    if (headers == NULL || values == NULL || query == NULL || queries == NULL
        || ngx_grip_lambda_headers(request, headers, values) != NGX_OK
        || ngx_grip_lambda_query(request, query, queries) != NGX_OK)
    {
        json_decref(headers);
        json_decref(values);
        json_decref(query);
        json_decref(queries);

        return NULL;
    }

    return json_pack("{s:s, s:o, s:o, s:o, s:o?, s:o?, s:o?, s:o?, s:n, s:n,"
                     " s:o, s:o, s:b}",
                     "version", "1.0",
                     "resource", ngx_grip_lambda_text(&request->path),
                     "path", ngx_grip_lambda_text(&request->path),
                     "httpMethod", ngx_grip_lambda_text(&request->method),
                     "headers", ngx_grip_lambda_filled(headers),
                     "multiValueHeaders", ngx_grip_lambda_filled(values),
                     "queryStringParameters", ngx_grip_lambda_filled(query),
                     "multiValueQueryStringParameters",
                     ngx_grip_lambda_filled(queries),
                     "pathParameters",
                     "stageVariables",
                     "requestContext", ngx_grip_lambda_context_1_0(request),
                     "body", request->body.len ? ngx_grip_lambda_body(request)
                                               : json_null(),
                     "isBase64Encoded", ngx_grip_lambda_binary(request));
}


/* what is empty is absent, but for headers and the query as it came */

static json_t *
ngx_grip_lambda_event_2_0(ngx_grip_lambda_request_t *request)
{
    json_t  *event, *headers, *query, *cookies;

    headers = json_object();
    query = json_object();
    cookies = ngx_grip_lambda_cookies(request);

    if (headers == NULL || query == NULL || cookies == NULL
        || ngx_grip_lambda_headers(request, headers, NULL) != NGX_OK
        || ngx_grip_lambda_query(request, query, NULL) != NGX_OK)
    {
        json_decref(headers);
        json_decref(query);
        json_decref(cookies);

        return NULL;
    }

    event = json_pack("{s:s, s:s, s:o, s:o, s:o*, s:o, s:o*, s:o, s:b}",
                      "version", "2.0",
                      "routeKey", "$default",
                      "rawPath", ngx_grip_lambda_text(&request->path),
                      "rawQueryString", ngx_grip_lambda_text(&request->query),
                      "cookies", ngx_grip_lambda_filled(cookies),
                      "headers", headers,
                      "queryStringParameters", ngx_grip_lambda_filled(query),
                      "requestContext", ngx_grip_lambda_context_2_0(request),
                      "isBase64Encoded", ngx_grip_lambda_binary(request));

    if (request->body.len
        && json_object_set_new(event, "body", ngx_grip_lambda_body(request)))
    {
        json_decref(event);
        return NULL;
    }

    return event;
}


static json_t *
ngx_grip_lambda_context_1_0(ngx_grip_lambda_request_t *request)
{
    json_t  *more;

    more = json_pack("{s:n, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:n, s:o}",
                     "authorizer",
                     "extendedRequestId", ngx_grip_lambda_text(&request->id),
                     "httpMethod", ngx_grip_lambda_text(&request->method),
                     "identity", ngx_grip_lambda_identity(request),
                     "path", ngx_grip_lambda_text(&request->path),
                     "protocol", ngx_grip_lambda_text(&request->protocol),
                     "requestTime", ngx_grip_lambda_event_time(request),
                     "requestTimeEpoch", ngx_grip_lambda_epoch(request),
                     "resourceId",
                     "resourcePath", ngx_grip_lambda_text(&request->path));

    return ngx_grip_lambda_context(request, more);
}


static json_t *
ngx_grip_lambda_context_2_0(ngx_grip_lambda_request_t *request)
{
    json_t  *more;

    more = json_pack("{s:o, s:s, s:o, s:o}",
                     "http", ngx_grip_lambda_http(request),
                     "routeKey", "$default",
                     "time", ngx_grip_lambda_event_time(request),
                     "timeEpoch", ngx_grip_lambda_epoch(request));

    return ngx_grip_lambda_context(request, more);
}


/* what both formats have, and more; no account of AWS is involved */

static json_t *
ngx_grip_lambda_context(ngx_grip_lambda_request_t *request, json_t *more)
{
    u_char     *dot;
    json_t     *context;
    ngx_str_t   label;

    label = request->host;

    dot = label.len ? memchr(label.data, '.', label.len) : NULL;
    if (dot) {
        label.len = (size_t) (dot - label.data);
    }

    context = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}",
                        "accountId", "anonymous",
                        "apiId", ngx_grip_lambda_text(&label),
                        "domainName", ngx_grip_lambda_text(&request->host),
                        "domainPrefix", ngx_grip_lambda_text(&label),
                        "requestId", ngx_grip_lambda_text(&request->id),
                        "stage", ngx_grip_lambda_text(&request->stage));

    if (json_object_update_new(context, more)) {
        json_decref(context);
        return NULL;
    }

    return context;
}


static json_t *
ngx_grip_lambda_identity(ngx_grip_lambda_request_t *request)
{
    return json_pack("{s:n, s:n, s:n, s:n, s:n, s:n, s:n, s:n, s:o, s:n, s:o,"
                     " s:n}",
                     "accessKey",
                     "accountId",
                     "caller",
                     "cognitoAuthenticationProvider",
                     "cognitoAuthenticationType",
                     "cognitoIdentityId",
                     "cognitoIdentityPoolId",
                     "principalOrgId",
                     "sourceIp", ngx_grip_lambda_text(&request->source),
                     "user",
                     "userAgent", ngx_grip_lambda_agent(request),
                     "userArn");
}


static json_t *
ngx_grip_lambda_http(ngx_grip_lambda_request_t *request)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o}",
                     "method", ngx_grip_lambda_text(&request->method),
                     "path", ngx_grip_lambda_text(&request->path),
                     "protocol", ngx_grip_lambda_text(&request->protocol),
                     "sourceIp", ngx_grip_lambda_text(&request->source),
                     "userAgent", ngx_grip_lambda_agent(request));
}


static json_t *
ngx_grip_lambda_agent(ngx_grip_lambda_request_t *request)
{
    ngx_uint_t  i;

    for (i = 0; i < request->nheaders; i++) {
        if (ngx_grip_fields_named(&request->headers[i], "user-agent")) {
            return ngx_grip_lambda_text(&request->headers[i].value);
        }
    }

    return json_null();
}


static json_t *
ngx_grip_lambda_event_time(ngx_grip_lambda_request_t *request)
{
    char  text[NGX_GRIP_LAMBDA_TIME_SIZE];

    return (ngx_grip_lambda_time(text, request->sec) == NGX_OK)
           ? json_string(text) : NULL;
}


static json_t *
ngx_grip_lambda_epoch(ngx_grip_lambda_request_t *request)
{
    return json_integer((json_int_t) request->sec * 1000
                        + (json_int_t) request->msec);
}


static int
ngx_grip_lambda_binary(ngx_grip_lambda_request_t *request)
{
    return request->body.len
           && (request->binary
               || !ngx_grip_utf8_valid(request->body.data,
                                       request->body.len));
}


static json_t *
ngx_grip_lambda_body(ngx_grip_lambda_request_t *request)
{
    json_t     *json;
    ngx_str_t  *body, text;

    body = &request->body;

    if (!ngx_grip_lambda_binary(request)) {
        return ngx_grip_lambda_string(body);
    }

    text.len = ngx_grip_base64_len(body->len);

    text.data = malloc(text.len);
    if (text.data == NULL) {
        return NULL;
    }

    (void) ngx_grip_base64_encode(text.data, body->data, body->len);

    json = ngx_grip_lambda_string(&text);

    free(text.data);

    return json;
}


/* takes the map, and gives it back unless it is empty */

static json_t *
ngx_grip_lambda_filled(json_t *map)
{
    if (json_object_size(map) || json_array_size(map)) {
        return map;
    }

    json_decref(map);

    return NULL;
}


static ngx_int_t
ngx_grip_lambda_headers(ngx_grip_lambda_request_t *request, json_t *single,
    json_t *multi)
{
    ngx_uint_t         lower;
    ngx_grip_fields_t  headers;

    /* without the second map, the format is that whose cookies are apart */

    lower = (multi == NULL);

    if (ngx_grip_fields_headers(&headers, request->headers,
                                request->nheaders, lower)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_grip_lambda_map_put(single, multi, &headers, lower);
}


static ngx_int_t
ngx_grip_lambda_query(ngx_grip_lambda_request_t *request, json_t *single,
    json_t *multi)
{
    ngx_grip_fields_t  query;

    if (ngx_grip_fields_query(&query, &request->query) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_grip_lambda_map_put(single, multi, &query, 0);
}


static json_t *
ngx_grip_lambda_cookies(ngx_grip_lambda_request_t *request)
{
    json_t             *array;
    ngx_uint_t          i;
    ngx_grip_fields_t   cookies;

    if (ngx_grip_fields_cookies(&cookies, request->headers, request->nheaders)
        != NGX_OK)
    {
        return NULL;
    }

    array = json_array();

    for (i = 0; i < cookies.npairs && array; i++) {
        if (json_array_append_new(array,
                              ngx_grip_lambda_string(&cookies.pairs[i].value)))
        {
            json_decref(array);
            array = NULL;
        }
    }

    ngx_grip_fields_free(&cookies);

    return array;
}


static ngx_int_t
ngx_grip_lambda_set(json_t *event, ngx_grip_lambda_set_t *set)
{
    json_t      *child;
    ngx_str_t   *key;
    ngx_uint_t   i;

    for (i = 0; i < set->nkeys - 1; i++) {
        key = &set->keys[i];
        child = json_object_getn(event, (char *) key->data, key->len);

        if (!json_is_object(child)) {
            child = json_object();

            if (json_object_setn_new(event, (char *) key->data, key->len,
                                     child))
            {
                return NGX_ERROR;
            }
        }

        event = child;
    }

    key = &set->keys[i];

    return json_object_setn_new(event, (char *) key->data, key->len,
                                ngx_grip_lambda_text(&set->value))
           ? NGX_ERROR : NGX_OK;
}


/* of text that is known to be UTF-8 */

static json_t *
ngx_grip_lambda_string(ngx_str_t *text)
{
    return json_stringn_nocheck((char *) text->data, text->len);
}


static json_t *
ngx_grip_lambda_text(ngx_str_t *text)
{
    json_t     *json;
    ngx_str_t   utf8;

    utf8.data = malloc(text->len * 2 + 1);
    if (utf8.data == NULL) {
        return NULL;
    }

    utf8.len = (size_t) (ngx_grip_fields_utf8(utf8.data, text) - utf8.data);

    json = ngx_grip_lambda_string(&utf8);

    free(utf8.data);

    return json;
}
