
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * A request as the event of a Lambda function: flags, path, query, host,
 * address, body, and headers.  The function reads in it what was there.
 */


#include "function/ngx_grip_fields.h"
#include "function/ngx_grip_lambda.h"
#include "lib/fuzz.h"
#include "text/ngx_grip_json_tree.h"


#define EVENT_HEADERS  64


static void event_read(fuzz_input_t *in, ngx_grip_lambda_request_t *request);
static void event_compare(json_t *json, ngx_grip_lambda_request_t *request);
static void event_request(json_t *json, ngx_grip_lambda_request_t *request,
    ngx_uint_t version);
static void event_headers(json_t *json, ngx_grip_lambda_request_t *request);
static ngx_uint_t event_has(json_t *map, ngx_grip_pair_t *header);
static ngx_uint_t event_is(json_t *json, ngx_str_t *text);


void
fuzz_target(fuzz_input_t *in)
{
    size_t                     len;
    ngx_str_t                  event;
    ngx_uint_t                 version;
    ngx_grip_json_tree_t       tree;
    ngx_grip_lambda_request_t  request;

    len = in->end - in->pos;

    event_read(in, &request);

    for (version = NGX_GRIP_LAMBDA_1_0; version <= NGX_GRIP_LAMBDA_2_0;
         version++)
    {
        fuzz_holds(ngx_grip_lambda_event(&request, version, &event)
                   == NGX_OK);

        fuzz_holds(!fuzz_has_controls(&event, "\x7f"));
        fuzz_holds(event.len <= 4096 + 64 * len);

        /* not all that is JSON is taken by the library, as a name of NUL */

        fuzz_holds(ngx_grip_json_tree_read(&tree, &event, 0) == NGX_OK);
        event_compare(tree.root, &request);
        event_request(tree.root, &request, version);
        ngx_grip_json_tree_free(&tree);

        free(event.data);
    }
}


static void
event_read(fuzz_input_t *in, ngx_grip_lambda_request_t *request)
{
    ngx_uint_t  flags, i;

    ngx_memzero(request, sizeof(ngx_grip_lambda_request_t));

    flags = fuzz_byte(in);

    request->binary = flags & 1;
    request->sec = (time_t) flags << (flags & 31);

    ngx_str_set(&request->method, "POST");
    ngx_str_set(&request->protocol, "HTTP/1.1");
    ngx_str_set(&request->id, "id");
    ngx_str_set(&request->stage, "$default");

    request->path = fuzz_field(in);
    request->query = fuzz_field(in);
    request->host = fuzz_field(in);
    request->source = fuzz_field(in);
    request->body = fuzz_field(in);

    request->headers = fuzz_alloc(EVENT_HEADERS * sizeof(ngx_grip_pair_t));

    for (i = 0; i < EVENT_HEADERS && in->pos < in->end; i++) {
        request->headers[i].name = fuzz_field(in);
        request->headers[i].value = fuzz_field(in);
    }

    request->nheaders = i;
}


static void
event_compare(json_t *json, ngx_grip_lambda_request_t *request)
{
    json_t      *body;
    ngx_str_t    text;
    ngx_uint_t   binary;

    fuzz_holds(event_is(fuzz_member(fuzz_member(json, "requestContext"),
                                    "domainName"), &request->host));

    body = json_object_get(json, "body");
    binary = json_is_true(json_object_get(json, "isBase64Encoded"));

    if (request->body.len == 0) {
        fuzz_holds(body == NULL || json_is_null(body));
        fuzz_holds(!binary);

        return;
    }

    fuzz_holds(binary == (request->binary || !fuzz_utf8(&request->body)));

    text = fuzz_string(body);

    if (binary) {
        text = fuzz_base64(&text);
    }

    fuzz_holds(fuzz_same(&text, &request->body));
}


static void
event_request(json_t *json, ngx_grip_lambda_request_t *request,
    ngx_uint_t version)
{
    json_t  *context, *part;

    context = fuzz_member(json, "requestContext");

    if (version == NGX_GRIP_LAMBDA_1_0) {
        fuzz_holds(event_is(fuzz_member(json, "path"), &request->path));
        fuzz_holds(event_is(fuzz_member(json, "httpMethod"),
                            &request->method));

        part = fuzz_member(context, "identity");

        event_headers(json, request);

    } else {
        fuzz_holds(event_is(fuzz_member(json, "rawPath"), &request->path));
        fuzz_holds(event_is(fuzz_member(json, "rawQueryString"),
                            &request->query));

        part = fuzz_member(context, "http");

        fuzz_holds(event_is(fuzz_member(part, "path"), &request->path));
    }

    fuzz_holds(event_is(fuzz_member(part, "sourceIp"), &request->source));
    fuzz_holds(event_is(fuzz_member(context, "stage"), &request->stage));
    fuzz_holds(event_is(fuzz_member(context, "requestId"), &request->id));
}


/* each header is among all values of its name, and there are no others */

static void
event_headers(json_t *json, ngx_grip_lambda_request_t *request)
{
    json_t      *map, *values;
    size_t       n;
    ngx_uint_t   i;
    const char  *name;

    map = fuzz_member(json, "multiValueHeaders");
    n = 0;

    json_object_foreach(map, name, values) {
        fuzz_holds(json_array_size(values) != 0);
        n += json_array_size(values);
    }

    fuzz_holds(n == request->nheaders);

    for (i = 0; i < request->nheaders; i++) {
        fuzz_holds(event_has(map, &request->headers[i]));
    }
}


static ngx_uint_t
event_has(json_t *map, ngx_grip_pair_t *header)
{
    size_t       i, len;
    json_t      *values, *value;
    ngx_str_t    utf8;
    const char  *name;

    utf8 = fuzz_room(2 * header->name.len);
    utf8.len = ngx_grip_fields_utf8(utf8.data, &header->name) - utf8.data;

    /* a name with NUL, which nginx takes from nobody, is another one here */

    if (memchr(utf8.data, '\0', utf8.len)) {
        return 1;
    }

    json_object_keylen_foreach(map, name, len, values) {

        if (len != utf8.len || memcmp(name, utf8.data, len) != 0) {
            continue;
        }

        json_array_foreach(values, i, value) {
            if (event_is(value, &header->value)) {
                return 1;
            }
        }
    }

    return 0;
}


/* text that is not UTF-8 is taken for Latin-1 */

static ngx_uint_t
event_is(json_t *json, ngx_str_t *text)
{
    ngx_str_t  utf8;

    utf8 = fuzz_room(2 * text->len);
    utf8.len = ngx_grip_fields_utf8(utf8.data, text) - utf8.data;

    fuzz_holds(fuzz_utf8(&utf8));

    return fuzz_json_is(json, &utf8);
}
