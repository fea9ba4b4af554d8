
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * A request as the event of a Lambda function: flags, path, query, host,
 * address, body, and headers.  The function reads in it what was there.  Some
 * requests are made again of the same over and over, which costs as many times
 * as much and no more.
 */


#include "function/ngx_grip_fields.h"
#include "function/ngx_grip_lambda.h"
#include "lib/fuzz.h"
#include "text/ngx_grip_json_tree.h"


#define EVENT_HEADERS   64

/* of the request that is as large as nginx takes one by default */
#define EVENT_LEN       8192

/* one of so many inputs is tried over and over */
#define EVENT_REPEATED  256


static void event_versions(ngx_grip_lambda_request_t *request,
    ngx_uint_t versions, size_t len, fuzz_cost_t *costs);
static void event_again(ngx_grip_lambda_request_t *request,
    ngx_uint_t versions, size_t len, size_t times, fuzz_cost_t *costs);
static void event_parse(ngx_grip_json_tree_t *tree, ngx_str_t *event);
static ngx_uint_t event_read(fuzz_input_t *in,
    ngx_grip_lambda_request_t *request);
static void event_repeat(ngx_str_t *text, size_t times);
static void event_compare(json_t *json, ngx_grip_lambda_request_t *request);
static void event_request(json_t *json, ngx_grip_lambda_request_t *request,
    ngx_uint_t version);
static void event_headers(json_t *json, ngx_grip_lambda_request_t *request);
static size_t event_count(json_t *counts, ngx_str_t *name);
static ngx_uint_t event_is(json_t *json, ngx_str_t *text);
static ngx_str_t event_utf8(ngx_str_t *text);


void
fuzz_target(fuzz_input_t *in)
{
    size_t                     len, times, i, sum;
    ngx_uint_t                 versions;
    fuzz_cost_t                costs[NGX_GRIP_LAMBDA_2_0 + 1];
    ngx_grip_lambda_request_t  request;

    len = in->end - in->pos;
    sum = 0;

    for (i = 0; i < len; i++) {
        sum = sum * 31 + in->pos[i];
    }

    versions = event_read(in, &request);

    event_versions(&request, versions, len, costs);

    times = len ? EVENT_LEN / len : 0;

    if (times > 1 && sum % EVENT_REPEATED == 0) {
        in->tried += times * len;
        event_again(&request, versions, len, times, costs);
    }
}


static void
event_versions(ngx_grip_lambda_request_t *request, ngx_uint_t versions,
    size_t len, fuzz_cost_t *costs)
{
    ngx_str_t             event;
    ngx_uint_t            version;
    fuzz_cost_t           before;
    ngx_grip_json_tree_t  tree;

    for (version = NGX_GRIP_LAMBDA_1_0; version <= NGX_GRIP_LAMBDA_2_0;
         version++)
    {
        if (!(versions & (1 << version))) {
            continue;
        }

        before = fuzz_cost();

        fuzz_holds(ngx_grip_lambda_event(request, version, &event) == NGX_OK);

        costs[version] = fuzz_cost();
        costs[version].edges -= before.edges;
        costs[version].memory -= before.memory;

        fuzz_holds(!fuzz_has_controls(&event, "\x7f"));
        fuzz_holds(event.len <= 4096 + 64 * len);

        event_parse(&tree, &event);
        event_compare(tree.root, request);
        event_request(tree.root, request, version);
        ngx_grip_json_tree_free(&tree);

        free(event.data);
    }
}


static void
event_again(ngx_grip_lambda_request_t *request, ngx_uint_t versions,
    size_t len, size_t times, fuzz_cost_t *costs)
{
    ngx_uint_t        i, version;
    fuzz_cost_t       again[NGX_GRIP_LAMBDA_2_0 + 1];
    ngx_grip_pair_t  *headers;

    event_repeat(&request->path, times);
    event_repeat(&request->query, times);
    event_repeat(&request->host, times);
    event_repeat(&request->source, times);
    event_repeat(&request->body, times);

    headers = request->headers;
    request->nheaders *= times;
    request->headers = fuzz_alloc(request->nheaders * sizeof(ngx_grip_pair_t));

    for (i = 0; i < request->nheaders; i++) {
        request->headers[i] = headers[i % (request->nheaders / times)];
    }

    event_versions(request, versions, times * len, again);

    for (version = NGX_GRIP_LAMBDA_1_0; version <= NGX_GRIP_LAMBDA_2_0;
         version++)
    {
        if (versions & (1 << version)) {
            fuzz_holds(again[version].edges
                       <= 4 * times * costs[version].edges);
            fuzz_holds(again[version].memory
                       <= 4 * times * costs[version].memory);
        }
    }
}


static void
event_repeat(ngx_str_t *text, size_t times)
{
    size_t     i;
    ngx_str_t  all;

    all = fuzz_room(text->len * times);

    for (i = 0; i < all.len; i++) {
        all.data[i] = text->data[i % text->len];
    }

    *text = all;
}


/* not all that is JSON is taken by the library, as a name of NUL */

static void
event_parse(ngx_grip_json_tree_t *tree, ngx_str_t *event)
{
    ngx_memzero(tree, sizeof(ngx_grip_json_tree_t));

    tree->root = json_loadb((char *) event->data, event->len, JSON_ALLOW_NUL,
                            NULL);

    if (tree->root == NULL) {
        fuzz_holds(ngx_grip_json_tree_read(tree, event, 0) == NGX_OK);
    }
}


/* the versions that are tried are bits of the flags, none of them: both are */

static ngx_uint_t
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

    flags = (flags >> 5) & ((1 << NGX_GRIP_LAMBDA_1_0)
                            | (1 << NGX_GRIP_LAMBDA_2_0));

    return flags ? flags : (1 << NGX_GRIP_LAMBDA_1_0)
                           | (1 << NGX_GRIP_LAMBDA_2_0);
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


/* all values of a name are there in order, and there are no others */

static void
event_headers(json_t *json, ngx_grip_lambda_request_t *request)
{
    json_t           *map, *counts, *values;
    size_t            n;
    ngx_str_t         name;
    ngx_uint_t        i;
    const char       *key;
    ngx_grip_pair_t  *header;

    map = fuzz_member(json, "multiValueHeaders");
    counts = json_object();
    n = 0;

    json_object_foreach(map, key, values) {
        fuzz_holds(json_array_size(values) != 0);
        n += json_array_size(values);
    }

    fuzz_holds(n == request->nheaders);

    for (i = 0; i < request->nheaders; i++) {
        header = &request->headers[i];
        name = event_utf8(&header->name);

        /* a name with NUL, which nginx takes from nobody, is another here */

        if (name.len && memchr(name.data, '\0', name.len)) {
            continue;
        }

        n = event_count(counts, &name);
        values = json_object_getn(map, (char *) name.data, name.len);

        fuzz_holds(event_is(json_array_get(values, n), &header->value));
    }

    json_decref(counts);
}


/* how often the name was there before */

static size_t
event_count(json_t *counts, ngx_str_t *name)
{
    json_t  *count;

    count = json_object_getn(counts, (char *) name->data, name->len);

    if (count == NULL) {
        fuzz_holds(json_object_setn_new(counts, (char *) name->data,
                                        name->len, json_integer(1)) == 0);
        return 0;
    }

    (void) json_integer_set(count, json_integer_value(count) + 1);

    return (size_t) json_integer_value(count) - 1;
}


static ngx_uint_t
event_is(json_t *json, ngx_str_t *text)
{
    ngx_str_t  utf8;

    utf8 = event_utf8(text);

    return fuzz_json_is(json, &utf8);
}


/* text that is not UTF-8 is taken for Latin-1 */

static ngx_str_t
event_utf8(ngx_str_t *text)
{
    ngx_str_t  utf8;

    utf8 = fuzz_room(2 * text->len);
    utf8.len = ngx_grip_fields_utf8(utf8.data, text) - utf8.data;

    fuzz_holds(fuzz_utf8(&utf8));

    return utf8;
}
