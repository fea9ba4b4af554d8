
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The events by which API Gateway tells a function of a WebSocket connection.
 * Members that are absent there are absent here.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "function/ngx_grip_api_gateway.h"
#include "function/ngx_grip_fields.h"
#include "function/ngx_grip_lambda_time.h"
#include "text/ngx_grip_json.h"


/* fields by their names, each of a name behind the ones that came before */

typedef struct {
    ngx_grip_fields_t    headers;
    ngx_grip_fields_t    query;
    ngx_grip_fields_t    authorizer;
    char                 time[NGX_GRIP_LAMBDA_TIME_SIZE + 64];
} ngx_grip_api_gateway_fields_t;


static ngx_int_t ngx_grip_api_gateway_fields(ngx_grip_api_gateway_t *from,
    ngx_grip_api_gateway_fields_t *fields);
static void ngx_grip_api_gateway_time(ngx_grip_api_gateway_t *from,
    ngx_grip_api_gateway_fields_t *fields);
static int ngx_grip_api_gateway_cmp(const void *one, const void *two);
static int ngx_grip_api_gateway_casecmp(const void *one, const void *two);
static int ngx_grip_api_gateway_order(const ngx_grip_pair_t *first,
    const ngx_grip_pair_t *second, int rc);
static size_t ngx_grip_api_gateway_write(u_char *dst,
    ngx_grip_api_gateway_t *from, ngx_grip_api_gateway_fields_t *fields);
static size_t ngx_grip_api_gateway_disconnect(u_char *dst, ngx_str_t *host);
static size_t ngx_grip_api_gateway_context(u_char *dst,
    ngx_grip_api_gateway_t *from, ngx_grip_api_gateway_fields_t *fields);
static size_t ngx_grip_api_gateway_text(u_char *dst, const char *name,
    ngx_str_t *text);
static size_t ngx_grip_api_gateway_single(u_char *dst, const char *name,
    ngx_grip_fields_t *fields, ngx_uint_t caseless);
static size_t ngx_grip_api_gateway_multi(u_char *dst, const char *name,
    ngx_grip_fields_t *fields, ngx_uint_t caseless);
static ngx_uint_t ngx_grip_api_gateway_same(ngx_grip_fields_t *fields,
    ngx_uint_t i, ngx_uint_t caseless);


ngx_int_t
ngx_grip_api_gateway_event(ngx_grip_api_gateway_t *from, ngx_str_t *event)
{
    ngx_int_t                      rc;
    ngx_grip_api_gateway_fields_t  fields;

    memset(&fields, 0, sizeof(ngx_grip_api_gateway_fields_t));

    rc = ngx_grip_api_gateway_fields(from, &fields);

    if (rc == NGX_OK) {
        ngx_grip_api_gateway_time(from, &fields);

        event->len = ngx_grip_api_gateway_write(NULL, from, &fields);

        event->data = malloc(event->len);

        if (event->data) {
            (void) ngx_grip_api_gateway_write(event->data, from, &fields);

        } else {
            rc = NGX_ERROR;
        }
    }

    ngx_grip_fields_free(&fields.headers);
    ngx_grip_fields_free(&fields.query);
    ngx_grip_fields_free(&fields.authorizer);

    return rc;
}


static ngx_int_t
ngx_grip_api_gateway_fields(ngx_grip_api_gateway_t *from,
    ngx_grip_api_gateway_fields_t *fields)
{
    if (from->nheaders
        && ngx_grip_fields_headers(&fields->headers, from->headers,
                                   from->nheaders, 0)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (from->query.len
        && ngx_grip_fields_query(&fields->query, &from->query) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (from->authorizer.len
        && ngx_grip_fields_query(&fields->authorizer, &from->authorizer)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (fields->headers.npairs) {
        qsort(fields->headers.pairs, fields->headers.npairs,
              sizeof(ngx_grip_pair_t), ngx_grip_api_gateway_casecmp);
    }

    if (fields->query.npairs) {
        qsort(fields->query.pairs, fields->query.npairs,
              sizeof(ngx_grip_pair_t), ngx_grip_api_gateway_cmp);
    }

    return NGX_OK;
}


static void
ngx_grip_api_gateway_time(ngx_grip_api_gateway_t *from,
    ngx_grip_api_gateway_fields_t *fields)
{
    char  time[NGX_GRIP_LAMBDA_TIME_SIZE];

    if (ngx_grip_lambda_time(time, from->sec) != NGX_OK) {
        return;
    }

    (void) snprintf(fields->time, sizeof(fields->time),
                    "\"requestTime\":\"%s\",\"requestTimeEpoch\":%lld,", time,
                    (long long) from->sec * 1000 + (long long) from->msec);
}


/* texts lie one behind the other in the order of the fields */

static int
ngx_grip_api_gateway_cmp(const void *one, const void *two)
{
    const ngx_grip_pair_t *first = one;
    const ngx_grip_pair_t *second = two;

    size_t  len;

    len = ngx_min(first->name.len, second->name.len);

    return ngx_grip_api_gateway_order(first, second,
               len ? memcmp(first->name.data, second->name.data, len) : 0);
}


static int
ngx_grip_api_gateway_casecmp(const void *one, const void *two)
{
    const ngx_grip_pair_t *first = one;
    const ngx_grip_pair_t *second = two;

    return ngx_grip_api_gateway_order(first, second,
               strncasecmp((char *) first->name.data,
                           (char *) second->name.data,
                           ngx_min(first->name.len, second->name.len)));
}


/* by how the beginnings of their names compare, lengths, and places */

static int
ngx_grip_api_gateway_order(const ngx_grip_pair_t *first,
    const ngx_grip_pair_t *second, int rc)
{
    if (rc) {
        return rc;
    }

    if (first->name.len != second->name.len) {
        return (first->name.len < second->name.len) ? -1 : 1;
    }

    return (first->name.data < second->name.data) ? -1 : 1;
}


static size_t
ngx_grip_api_gateway_write(u_char *dst, ngx_grip_api_gateway_t *from,
    ngx_grip_api_gateway_fields_t *fields)
{
    size_t             n;
    ngx_grip_fields_t  variables;

    n = ngx_grip_json_literal(dst, "{");

    if (from->type == NGX_GRIP_API_GATEWAY_CONNECT) {
        n += ngx_grip_api_gateway_single(ngx_grip_json_at(dst, n), "headers",
                                         &fields->headers, 1);
        n += ngx_grip_api_gateway_multi(ngx_grip_json_at(dst, n),
                                        "multiValueHeaders", &fields->headers,
                                        1);
    }

    if (from->type == NGX_GRIP_API_GATEWAY_DISCONNECT) {
        n += ngx_grip_api_gateway_disconnect(ngx_grip_json_at(dst, n),
                                             &from->host);
    }

    if (fields->query.npairs) {
        n += ngx_grip_api_gateway_single(ngx_grip_json_at(dst, n),
                                         "queryStringParameters",
                                         &fields->query, 0);
        n += ngx_grip_api_gateway_multi(ngx_grip_json_at(dst, n),
                                        "multiValueQueryStringParameters",
                                        &fields->query, 0);
    }

    if (from->nvariables) {
        variables.pairs = from->variables;
        variables.npairs = from->nvariables;

        n += ngx_grip_api_gateway_single(ngx_grip_json_at(dst, n),
                                         "stageVariables", &variables, 0);
    }

    n += ngx_grip_api_gateway_context(ngx_grip_json_at(dst, n), from,
                                      fields);

    if (from->type == NGX_GRIP_API_GATEWAY_MESSAGE) {
        n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), "\"body\":");
        n += from->binary
             ? ngx_grip_json_base64(ngx_grip_json_at(dst, n), &from->body)
             : ngx_grip_json_string(ngx_grip_json_at(dst, n), &from->body);
        n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), ",");
    }

    n += ngx_grip_json_literal(ngx_grip_json_at(dst, n),
                               from->binary ? "\"isBase64Encoded\":true}"
                                            : "\"isBase64Encoded\":false}");

    return n;
}


/* as seen there, whatever the headers of the handshake were */

static size_t
ngx_grip_api_gateway_disconnect(u_char *dst, ngx_str_t *host)
{
    size_t  n;

    n = ngx_grip_json_literal(dst, "\"headers\":{");
    n += ngx_grip_json_member(ngx_grip_json_at(dst, n), "Host", host);
    n += ngx_grip_json_literal(ngx_grip_json_at(dst, n),
                               ",\"x-api-key\":\"\",\"X-Forwarded-For\":\"\","
                               "\"x-restapi\":\"\"},"
                               "\"multiValueHeaders\":{\"Host\":[");
    n += ngx_grip_json_string(ngx_grip_json_at(dst, n), host);
    n += ngx_grip_json_literal(ngx_grip_json_at(dst, n),
                               "],\"x-api-key\":[\"\"],"
                               "\"X-Forwarded-For\":[\"\"],"
                               "\"x-restapi\":[\"\"]},");

    return n;
}


static size_t
ngx_grip_api_gateway_context(u_char *dst, ngx_grip_api_gateway_t *from,
    ngx_grip_api_gateway_fields_t *fields)
{
    size_t     n;
    ngx_str_t  type;

    static const char  *types[] = { "CONNECT", "MESSAGE", "DISCONNECT" };

    type.data = (u_char *) types[from->type];
    type.len = ngx_strlen(type.data);

    n = ngx_grip_json_literal(dst, "\"requestContext\":{");
    n += ngx_grip_api_gateway_text(ngx_grip_json_at(dst, n), "routeKey",
                                   &from->route);
    n += ngx_grip_api_gateway_text(ngx_grip_json_at(dst, n), "eventType",
                                   &type);
    n += ngx_grip_api_gateway_text(ngx_grip_json_at(dst, n), "messageId",
                                   &from->message_id);

    if (from->type == NGX_GRIP_API_GATEWAY_DISCONNECT) {
        n += ngx_grip_json_number(ngx_grip_json_at(dst, n),
                                  "disconnectStatusCode", from->code);
        n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), ",");
        n += ngx_grip_json_member(ngx_grip_json_at(dst, n),
                                  "disconnectReason", &from->reason);
        n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), ",");
    }

    if (fields->authorizer.npairs) {
        n += ngx_grip_api_gateway_single(ngx_grip_json_at(dst, n),
                                         "authorizer", &fields->authorizer,
                                         0);
    }

    n += ngx_grip_api_gateway_text(ngx_grip_json_at(dst, n),
                                   "extendedRequestId", &from->id);
    n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), fields->time);

    if (from->connected_at.len) {
        n += ngx_grip_json_literal(ngx_grip_json_at(dst, n),
                                   "\"connectedAt\":");

        if (dst) {
            memcpy(dst + n, from->connected_at.data, from->connected_at.len);
        }

        n += from->connected_at.len;
        n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), ",");
    }

    n += ngx_grip_api_gateway_text(ngx_grip_json_at(dst, n), "stage",
                                   &from->stage);
    n += ngx_grip_api_gateway_text(ngx_grip_json_at(dst, n), "domainName",
                                   &from->domain);
    n += ngx_grip_api_gateway_text(ngx_grip_json_at(dst, n), "connectionId",
                                   &from->connection);
    n += ngx_grip_api_gateway_text(ngx_grip_json_at(dst, n), "apiId",
                                   &from->api);
    n += ngx_grip_api_gateway_text(ngx_grip_json_at(dst, n), "requestId",
                                   &from->id);

    n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), "\"identity\":{");
    n += ngx_grip_api_gateway_text(ngx_grip_json_at(dst, n), "userAgent",
                                   &from->agent);
    n += ngx_grip_json_member(ngx_grip_json_at(dst, n), "sourceIp",
                              &from->source);
    n += ngx_grip_json_literal(ngx_grip_json_at(dst, n),
                               "},\"messageDirection\":\"IN\"},");

    return n;
}


/* with a comma behind it; nothing of an empty one */

static size_t
ngx_grip_api_gateway_text(u_char *dst, const char *name, ngx_str_t *text)
{
    size_t  n;

    if (text->len == 0) {
        return 0;
    }

    n = ngx_grip_json_member(dst, name, text);
    n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), ",");

    return n;
}


/* the last value of each name */

static size_t
ngx_grip_api_gateway_single(u_char *dst, const char *name,
    ngx_grip_fields_t *fields, ngx_uint_t caseless)
{
    size_t       n;
    ngx_uint_t   i;
    const char  *before;

    n = ngx_grip_json_literal(dst, "\"");
    n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), name);
    n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), "\":{");

    before = "";

    for (i = 0; i < fields->npairs; i++) {

        if (i + 1 < fields->npairs
            && ngx_grip_api_gateway_same(fields, i + 1, caseless))
        {
            continue;
        }

        n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), before);
        n += ngx_grip_json_pair(ngx_grip_json_at(dst, n),
                                &fields->pairs[i].name,
                                &fields->pairs[i].value);
        before = ",";
    }

    n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), "},");

    return n;
}


/* all values of each, under the name that the last one has */

static size_t
ngx_grip_api_gateway_multi(u_char *dst, const char *name,
    ngx_grip_fields_t *fields, ngx_uint_t caseless)
{
    size_t       n;
    ngx_uint_t   i, k, last;
    const char  *before;

    n = ngx_grip_json_literal(dst, "\"");
    n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), name);
    n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), "\":{");

    before = "";

    for (i = 0; i < fields->npairs; i = last + 1) {

        last = i;

        while (last + 1 < fields->npairs
               && ngx_grip_api_gateway_same(fields, last + 1, caseless))
        {
            last++;
        }

        n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), before);
        n += ngx_grip_json_string(ngx_grip_json_at(dst, n),
                                  &fields->pairs[last].name);

        before = ":[";

        for (k = i; k <= last; k++) {
            n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), before);
            n += ngx_grip_json_string(ngx_grip_json_at(dst, n),
                                      &fields->pairs[k].value);
            before = ",";
        }

        before = "],";
    }

    n += ngx_grip_json_literal(ngx_grip_json_at(dst, n),
                               fields->npairs ? "]}," : "},");

    return n;
}


/* whether the field has the name of the one before it */

static ngx_uint_t
ngx_grip_api_gateway_same(ngx_grip_fields_t *fields, ngx_uint_t i,
    ngx_uint_t caseless)
{
    ngx_str_t  *name, *before;

    name = &fields->pairs[i].name;
    before = &fields->pairs[i - 1].name;

    if (name->len != before->len) {
        return 0;
    }

    if (caseless) {
        return strncasecmp((char *) name->data, (char *) before->data,
                           name->len)
               == 0;
    }

    return name->len == 0 || memcmp(name->data, before->data, name->len) == 0;
}
