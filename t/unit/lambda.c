
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <jansson.h>

#include "function/ngx_grip_lambda.h"
#include "text/ngx_grip_document.h"
#include "tap.h"


#define V1  NGX_GRIP_LAMBDA_1_0
#define V2  NGX_GRIP_LAMBDA_2_0

/* what the keys, "/" between them, lead to in the event of the request */
#define HAS(version, keys, expected)                                         \
    has(version, keys, expected, sizeof(expected) - 1, __LINE__)
#define HAS_NOT(version, keys)    has_not(version, keys, __LINE__)

#define STR(text)                 guarded(text, sizeof(text) - 1)

#define REFUSED(version, text, why)   refused(version, text, why, __LINE__)

/* of memory of the library, before what it gets */
#define HEAD                          16


static void test_request(void);
static void test_headers(void);
static void test_cookies(void);
static void test_query(void);
static void test_body(void);
static void test_empty(void);
static void test_encoding(void);
static void test_answer(void);
static void test_answer_headers(void);
static void test_answer_body(void);
static void test_answer_bare(void);
static void test_answer_refused(void);
static void test_answer_deep(void);
static void test_answer_headers_max(void);
static void test_answer_error(void);
static void *library_malloc(size_t size);
static void library_free(void *p);
static void request_reset(void);
static void header(const char *name, const char *value);
static void has(ngx_uint_t version, const char *keys, const char *expected,
    size_t len, int line);
static void has_not(ngx_uint_t version, const char *keys, int line);
static ngx_int_t lookup(ngx_uint_t version, const char *keys,
    ngx_grip_document_t **doc, ngx_str_t *value);
static ngx_grip_lambda_answer_t *answer(ngx_uint_t version, const char *text,
    ngx_uint_t failed);
static void refused(ngx_uint_t version, const char *text, const char *why,
    int line);
static void answer_header(ngx_grip_lambda_answer_t *a, ngx_uint_t i,
    const char *name, const char *value);


static ngx_grip_lambda_request_t  request;
static ngx_grip_pair_t            headers[20];


int
main(void)
{
    /* another module of nginx may do so: it is no memory for free() */

    json_set_alloc_funcs(library_malloc, library_free);

    test_request();
    test_headers();
    test_cookies();
    test_query();
    test_body();
    test_empty();
    test_encoding();
    test_answer();
    test_answer_headers();
    test_answer_body();
    test_answer_bare();
    test_answer_refused();
    test_answer_deep();
    test_answer_headers_max();
    test_answer_error();

    return tap_done();
}


static void
test_request(void)
{
    request_reset();
    header("User-Agent", "curl/8");

    HAS(V1, "version", "1.0");
    HAS(V1, "resource", "/a%20b/c");
    HAS(V1, "path", "/a%20b/c");
    HAS(V1, "httpMethod", "POST");
    HAS_NOT(V1, "rawPath");
    HAS_NOT(V1, "pathParameters");
    HAS_NOT(V1, "stageVariables");
    HAS(V1, "requestContext/accountId", "anonymous");
    HAS(V1, "requestContext/apiId", "api");
    HAS(V1, "requestContext/domainName", "api.example.com");
    HAS(V1, "requestContext/domainPrefix", "api");
    HAS(V1, "requestContext/requestId", "4711");
    HAS(V1, "requestContext/extendedRequestId", "4711");
    HAS(V1, "requestContext/stage", "$default");
    HAS(V1, "requestContext/httpMethod", "POST");
    HAS(V1, "requestContext/path", "/a%20b/c");
    HAS(V1, "requestContext/resourcePath", "/a%20b/c");
    HAS(V1, "requestContext/protocol", "HTTP/1.1");
    HAS(V1, "requestContext/requestTime", "29/Feb/2020:23:59:59 +0000");
    HAS(V1, "requestContext/requestTimeEpoch", "1583020799042");
    HAS(V1, "requestContext/identity/sourceIp", "192.0.2.1");
    HAS(V1, "requestContext/identity/userAgent", "curl/8");
    HAS_NOT(V1, "requestContext/http");

    HAS(V2, "version", "2.0");
    HAS(V2, "routeKey", "$default");
    HAS(V2, "rawPath", "/a%20b/c");
    HAS_NOT(V2, "path");
    HAS_NOT(V2, "httpMethod");
    HAS(V2, "requestContext/accountId", "anonymous");
    HAS(V2, "requestContext/domainName", "api.example.com");
    HAS(V2, "requestContext/requestId", "4711");
    HAS(V2, "requestContext/routeKey", "$default");
    HAS(V2, "requestContext/stage", "$default");
    HAS(V2, "requestContext/http/method", "POST");
    HAS(V2, "requestContext/http/path", "/a%20b/c");
    HAS(V2, "requestContext/http/protocol", "HTTP/1.1");
    HAS(V2, "requestContext/http/sourceIp", "192.0.2.1");
    HAS(V2, "requestContext/http/userAgent", "curl/8");
    HAS(V2, "requestContext/time", "29/Feb/2020:23:59:59 +0000");
    HAS(V2, "requestContext/timeEpoch", "1583020799042");
    HAS_NOT(V2, "requestContext/identity");
}


static void
test_headers(void)
{
    request_reset();
    header("Accept", "*/*");
    header("X-Two", "a");
    header("X-Two", "b, c");
    header("x-two", "d");
    header("Empty", "");

    HAS(V1, "headers", "{\"Accept\":\"*/*\",\"X-Two\":\"b, c\","
                       "\"x-two\":\"d\",\"Empty\":\"\"}");
    HAS(V1, "multiValueHeaders",
        "{\"Accept\":[\"*/*\"],\"X-Two\":[\"a\",\"b, c\"],"
        "\"x-two\":[\"d\"],\"Empty\":[\"\"]}");

    HAS(V2, "headers", "{\"accept\":\"*/*\",\"x-two\":\"a,b, c,d\","
                       "\"empty\":\"\"}");
    HAS_NOT(V2, "multiValueHeaders");
}


static void
test_cookies(void)
{
    request_reset();
    header("Cookie", "a=1; b=\"2 3\";c");
    header("cookie", "; d=4;");

    HAS(V1, "headers", "{\"Cookie\":\"a=1; b=\\\"2 3\\\";c\","
                       "\"cookie\":\"; d=4;\"}");
    HAS_NOT(V1, "cookies");

    HAS(V2, "headers", "{}");
    HAS(V2, "cookies", "[\"a=1\",\"b=\\\"2 3\\\"\",\"c\",\"d=4\"]");

    request_reset();
    header("Cookie", " ; ");

    HAS_NOT(V2, "cookies");
}


static void
test_query(void)
{
    request_reset();
    request.query = STR("a=1&b=x%20y+z&a=%C3%A4&c&=e&&d=%zz&f=50%&g=h=i&");

    HAS(V1, "queryStringParameters",
        "{\"a\":\"\303\244\",\"b\":\"x y z\",\"c\":\"\",\"\":\"e\","
        "\"d\":\"%zz\",\"f\":\"50%\",\"g\":\"h=i\"}");
    HAS(V1, "multiValueQueryStringParameters",
        "{\"a\":[\"1\",\"\303\244\"],\"b\":[\"x y z\"],\"c\":[\"\"],"
        "\"\":[\"e\"],\"d\":[\"%zz\"],\"f\":[\"50%\"],\"g\":[\"h=i\"]}");
    HAS_NOT(V1, "rawQueryString");

    HAS(V2, "queryStringParameters",
        "{\"a\":\"1,\303\244\",\"b\":\"x y z\",\"c\":\"\",\"\":\"e\","
        "\"d\":\"%zz\",\"f\":\"50%\",\"g\":\"h=i\"}");
    HAS(V2, "rawQueryString",
        "a=1&b=x%20y+z&a=%C3%A4&c&=e&&d=%zz&f=50%&g=h=i&");
    HAS_NOT(V2, "multiValueQueryStringParameters");

    request.query = STR("a=%00b&a=c%00");

    HAS(V1, "multiValueQueryStringParameters/a/0", "\0b");
    HAS(V2, "queryStringParameters/a", "\0b,c\0");

    request.query = STR("&&");

    HAS_NOT(V1, "queryStringParameters");
    HAS_NOT(V1, "multiValueQueryStringParameters");
    HAS_NOT(V2, "queryStringParameters");
    HAS(V2, "rawQueryString", "&&");
}


static void
test_body(void)
{
    ngx_uint_t  version;

    for (version = V1; version <= V2; version++) {
        request_reset();
        request.body = STR("{\"a\":\"\\\\\303\244\"}");

        HAS(version, "body", "{\"a\":\"\\\\\303\244\"}");
        HAS(version, "isBase64Encoded", "false");

        request.binary = 1;

        HAS(version, "body", "eyJhIjoiXFzDpCJ9");
        HAS(version, "isBase64Encoded", "true");

        request_reset();
        request.body = STR("\377\0\r\n");

        HAS(version, "body", "/wANCg==");
        HAS(version, "isBase64Encoded", "true");

        request_reset();
        request.body = STR("a\0b");

        HAS(version, "body", "a\0b");
        HAS(version, "isBase64Encoded", "false");
    }
}


static void
test_empty(void)
{
    request_reset();

    HAS_NOT(V1, "headers");
    HAS_NOT(V1, "multiValueHeaders");
    HAS_NOT(V1, "queryStringParameters");
    HAS_NOT(V1, "multiValueQueryStringParameters");
    HAS_NOT(V1, "body");
    HAS_NOT(V1, "requestContext/identity/userAgent");

    HAS(V2, "headers", "{}");
    HAS(V2, "rawQueryString", "");
    HAS_NOT(V2, "cookies");
    HAS_NOT(V2, "queryStringParameters");
    HAS_NOT(V2, "body");

    /* binary is a property of a body */

    request.binary = 1;

    HAS(V1, "isBase64Encoded", "false");
    HAS(V2, "isBase64Encoded", "false");
}


/* what came as Latin-1, and what would break out of a JSON string */

static void
test_encoding(void)
{
    ngx_uint_t  version;

    for (version = V1; version <= V2; version++) {
        request_reset();
        header("x", "caf\351 \200\377");
        header("y", "\303\244");
        header("z", "\"\\\t\1");
        request.path = STR("/\351");
        request.query = STR("q=%E9&r=\351");

        HAS(version, "headers/x", "caf\303\251 \302\200\303\277");
        HAS(version, "headers/y", "\303\244");
        HAS(version, "headers/z", "\"\\\t\1");
        HAS(version, "queryStringParameters/q", "\303\251");
        HAS(version, "queryStringParameters/r", "\303\251");
    }

    HAS(V1, "path", "/\303\251");
    HAS(V2, "rawPath", "/\303\251");
    HAS(V2, "rawQueryString", "q=%E9&r=\303\251");
}


static void
test_answer(void)
{
    ngx_uint_t                 version;
    ngx_grip_lambda_answer_t  *a;

    for (version = V1; version <= V2; version++) {
        a = answer(version, "{\"statusCode\":201,\"body\":\"b\\u0000\"}", 0);

        ok(a->err == NULL, "%lu: a response", version);
        is_num(a->status, 201, "%lu: its status", version);
        is_num(a->nheaders, 0, "%lu: its headers", version);
        is_str(&a->body, "b\0", "%lu: its body", version);

        ngx_grip_lambda_answer_free(a);

        a = answer(version, "{\"statusCode\":\"404\",\"headers\":null,"
                   "\"multiValueHeaders\":null,\"cookies\":null,\"body\":null,"
                   "\"isBase64Encoded\":null,\"more\":[]}", 0);

        ok(a->err == NULL, "%lu: what is null is absent", version);
        is_num(a->status, 404, "%lu: a status in quotes", version);
        is_str(&a->body, "", "%lu: no body", version);

        ngx_grip_lambda_answer_free(a);
    }
}


static void
test_answer_headers(void)
{
    const char                *text;
    ngx_grip_lambda_answer_t  *a;

    a = answer(V1, "{\"statusCode\":2e2,\"headers\":{\"A\":1.50,"
                   "\"B\":-18446744073709551616,\"C\":\"\\ud83d\"},"
                   "\"multiValueHeaders\":{\"D\":[1.0,1e999]}}", 0);

    is_num(a->status, 200, "a status that is no integer");
    is_num(a->nheaders, 5, "numbers as they were written");
    answer_header(a, 0, "D", "1.0");
    answer_header(a, 1, "D", "1e999");
    answer_header(a, 2, "A", "1.50");
    answer_header(a, 3, "B", "-18446744073709551616");
    answer_header(a, 4, "C", "\357\277\275");

    ngx_grip_lambda_answer_free(a);

    text = "{\"statusCode\":200,"
           "\"headers\":{\"A\":\"1\",\"set-cookie\":\"x=1\",\"N\":-7,"
                        "\"T\":true,\"F\":false,\"Z\":null,\"E\":\"\"},"
           "\"multiValueHeaders\":{\"Set-Cookie\":[\"x=1\",\"y=2\"],"
                        "\"A\":[\"2\"],\"None\":[]},"
           "\"cookies\":[\"c=3\",\"d=4; Path=/\"]}";

    a = answer(V1, text, 0);

    is_num(a->nheaders, 8, "1.0: headers of both maps");
    answer_header(a, 0, "Set-Cookie", "x=1");
    answer_header(a, 1, "Set-Cookie", "y=2");
    answer_header(a, 2, "A", "2");
    answer_header(a, 3, "A", "1");
    answer_header(a, 4, "N", "-7");
    answer_header(a, 5, "T", "true");
    answer_header(a, 6, "F", "false");
    answer_header(a, 7, "E", "");

    ngx_grip_lambda_answer_free(a);

    a = answer(V2, text, 0);

    is_num(a->nheaders, 8, "2.0: headers and cookies");
    answer_header(a, 0, "A", "1");
    answer_header(a, 1, "set-cookie", "x=1");
    answer_header(a, 5, "E", "");
    answer_header(a, 6, "Set-Cookie", "c=3");
    answer_header(a, 7, "Set-Cookie", "d=4; Path=/");

    ngx_grip_lambda_answer_free(a);
}


static void
test_answer_body(void)
{
    ngx_grip_lambda_answer_t  *a;

    a = answer(V1, "{\"statusCode\":200,\"isBase64Encoded\":true,"
                   "\"body\":\"AP8NCg==\"}", 0);
    is_str(&a->body, "\0\377\r\n", "base64 is decoded");
    ngx_grip_lambda_answer_free(a);

    a = answer(V2, "{\"statusCode\":200,\"isBase64Encoded\":true,"
                   "\"body\":\"\"}", 0);
    is_str(&a->body, "", "empty base64 is decoded");
    ngx_grip_lambda_answer_free(a);

    a = answer(V1, "{\"statusCode\":200,\"isBase64Encoded\":true}", 0);
    is_str(&a->body, "", "no body is no base64");
    ngx_grip_lambda_answer_free(a);

    a = answer(V1, "{\"statusCode\":200,\"isBase64Encoded\":false,"
                   "\"body\":\"AP8NCg==\"}", 0);
    is_str(&a->body, "AP8NCg==", "what is not said to be base64 is text");
    ngx_grip_lambda_answer_free(a);

    a = answer(V1, "{\"statusCode\":200,\"isBase64Encoded\":\"true\","
                   "\"body\":\"AP8N\\nCg==\\r\\n\"}", 0);
    is_str(&a->body, "\0\377\r\n", "said in quotes, and in several lines");
    ngx_grip_lambda_answer_free(a);

    a = answer(V2, "{\"statusCode\":200,\"isBase64Encoded\":\"False\","
                   "\"base64Encoded\":true,\"body\":\"AP8NCg==\"}", 0);
    is_str(&a->body, "AP8NCg==", "the first name counts");
    ngx_grip_lambda_answer_free(a);

    a = answer(V2, "{\"statusCode\":200,\"base64Encoded\":true,"
                   "\"body\":\"AP8NCg==\"}", 0);
    is_str(&a->body, "\0\377\r\n", "or else the other one");
    ngx_grip_lambda_answer_free(a);
}


/* format 2.0 infers a response from anything */

static void
test_answer_bare(void)
{
    ngx_uint_t                 i;
    ngx_grip_lambda_answer_t  *a;

    static const char  *bare[][2] = {
        { "\"Hello from Lambda!\"", "Hello from Lambda!" },
        { "{ \"message\": \"hi\" }", "{ \"message\": \"hi\" }" },
        { "{\"statusCode\":null}", "{\"statusCode\":null}" },
        { "{\"errorMessage\":\"mine\"}", "{\"errorMessage\":\"mine\"}" },
        { "[1,2]", "[1,2]" },
        { "1.50", "1.50" },
        { "2.0", "2.0" },
        { "18446744073709551616", "18446744073709551616" },
        { "\"\\ud83d\"", "\357\277\275" },
        { "{\"a\":\"\\ud83d\",\"b\":1e999}",
          "{\"a\":\"\\ud83d\",\"b\":1e999}" },
        { "null", "null" },
        { "\"\"", "" },
        { NULL, NULL }
    };

    for (i = 0; bare[i][0]; i++) {
        a = answer(V2, bare[i][0], 0);

        ok(a->err == NULL, "2.0: %s is a response", bare[i][0]);
        is_num(a->status, 200, "of status 200");
        answer_header(a, 0, "Content-Type", "application/json");
        ok(a->body.len == strlen(bare[i][1])
           && memcmp(a->body.data, bare[i][1], a->body.len) == 0,
           "with the body %s", bare[i][1]);

        ngx_grip_lambda_answer_free(a);
    }
}


static void
test_answer_refused(void)
{
    ngx_uint_t  version;

    REFUSED(V1, "\"text\"", "it is not an object");
    REFUSED(V1, "[]", "it is not an object");
    REFUSED(V1, "null", "it is not an object");
    REFUSED(V1, "{}", "\"statusCode\" is missing");
    REFUSED(V1, "{\"statusCode\":null}", "\"statusCode\" is missing");
    REFUSED(V1, "{\"statusCode\":200,\"multiValueHeaders\":[]}",
            "\"multiValueHeaders\" is not an object");
    REFUSED(V1, "{\"statusCode\":200,\"multiValueHeaders\":{\"A\":\"b\"}}",
            "a value of \"multiValueHeaders\" is not an array");
    REFUSED(V1, "{\"statusCode\":200,\"multiValueHeaders\":{\"A\":[{}]}}",
            "a header is not a string");
    REFUSED(V2, "{\"statusCode\":200,\"cookies\":\"a=b\"}",
            "\"cookies\" is not an array");
    REFUSED(V2, "{\"statusCode\":200,\"cookies\":[[]]}",
            "a header is not a string");

    for (version = V1; version <= V2; version++) {
        REFUSED(version, "", "it is empty");
        REFUSED(version, "{", "it is not JSON");
        REFUSED(version, "{\"statusCode\":200}x", "it is not JSON");
        REFUSED(version, "{\"statusCode\":200,\"statusCode\":200}",
                "it is not JSON");
        REFUSED(version, "{\"statusCode\":200,\"body\":\"\377\"}",
                "it is not JSON");

        REFUSED(version, "{\"statusCode\":199}",
                "\"statusCode\" is not a valid status");
        REFUSED(version, "{\"statusCode\":600}",
                "\"statusCode\" is not a valid status");
        REFUSED(version, "{\"statusCode\":4294967496}",
                "\"statusCode\" is not a valid status");
        REFUSED(version, "{\"statusCode\":-200}",
                "\"statusCode\" is not a valid status");
        REFUSED(version, "{\"statusCode\":200.5}",
                "\"statusCode\" is not a valid status");
        REFUSED(version, "{\"statusCode\":1e999}",
                "\"statusCode\" is not a valid status");
        REFUSED(version, "{\"statusCode\":-2e2}",
                "\"statusCode\" is not a valid status");
        REFUSED(version, "{\"statusCode\":18446744073709551816}",
                "\"statusCode\" is not a valid status");
        REFUSED(version, "{\"statusCode\":true}",
                "\"statusCode\" is not a valid status");
        REFUSED(version, "{\"statusCode\":\"20x\"}",
                "\"statusCode\" is not a valid status");
        REFUSED(version, "{\"statusCode\":\"0200\"}",
                "\"statusCode\" is not a valid status");

        REFUSED(version, "{\"statusCode\":200,\"headers\":\"A: b\"}",
                "\"headers\" is not an object");
        REFUSED(version, "{\"statusCode\":200,\"headers\":{\"A\":[\"b\"]}}",
                "a header is not a string");

        REFUSED(version, "{\"statusCode\":200,\"body\":{\"a\":1}}",
                "\"body\" is not a string");
        REFUSED(version, "{\"statusCode\":200,\"body\":1}",
                "\"body\" is not a string");
        REFUSED(version, "{\"statusCode\":200,\"body\":\"*\","
                         "\"isBase64Encoded\":true}",
                "\"body\" is not base64");
        REFUSED(version, "{\"statusCode\":200,\"body\":\"AA==\","
                         "\"isBase64Encoded\":\"yes\"}",
                "\"isBase64Encoded\" is not a boolean");
        REFUSED(version, "{\"statusCode\":200,\"body\":\"AA==\","
                         "\"isBase64Encoded\":1}",
                "\"isBase64Encoded\" is not a boolean");

        REFUSED(version, "{\"statusCode\":200,\"body\":\"\","
                         "\"isBase64Encoded\":\"true\\u0000x\"}",
                "\"isBase64Encoded\" is not a boolean");
        REFUSED(version, "{\"statusCode\":200,\"body\":\"AA==\","
                         "\"base64Encoded\":[]}",
                "\"isBase64Encoded\" is not a boolean");
    }
}


/* the parser recurses, and knows when to stop */

static void
test_answer_deep(void)
{
    char  text[100001];

    memset(text, '[', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';

    REFUSED(V2, text, "it is not JSON");
}


/* no more than a thousand, whatever they are said by */

static void
test_answer_headers_max(void)
{
    char                      *p, text[16384];
    ngx_uint_t                 i, n;
    ngx_grip_lambda_answer_t  *a;

    for (n = 1000; n <= 1001; n++) {
        p = text + sprintf(text, "{\"statusCode\":200,"
                                 "\"headers\":{\"A\":\"b\"},"
                                 "\"multiValueHeaders\":{\"C\":[\"\"");

        for (i = 2; i < n; i++) {
            p += sprintf(p, ",\"\"");
        }

        (void) sprintf(p, "]}}");

        a = answer(V1, text, 0);

        if (n == 1000) {
            ok(a->err == NULL && a->nheaders == n, "a thousand headers");

        } else {
            ok(a->err && strcmp(a->err, "it has too many headers") == 0,
               "one more");
        }

        ngx_grip_lambda_answer_free(a);
    }
}


static void
test_answer_error(void)
{
    ngx_uint_t                 version;
    ngx_grip_lambda_answer_t  *a;

    for (version = V1; version <= V2; version++) {

        a = answer(version, "{\"errorType\":\"Error\",\"errorMessage\":"
                            "\"broken\",\"trace\":[]}", 0);
        ok(a->err && strcmp(a->err, "it is an error") == 0,
           "%lu: an error is seen by its shape", version);
        is_str(&a->error_type, "Error", "%lu: its type", version);
        is_str(&a->error_message, "broken", "%lu: its message", version);
        ngx_grip_lambda_answer_free(a);

        a = answer(version, "{\"errorMessage\":\"Task timed out\"}", 1);
        ok(a->err && strcmp(a->err, "it is an error") == 0,
           "%lu: an error is seen by its mark", version);
        is_str(&a->error_type, "", "%lu: it has no type", version);
        is_str(&a->error_message, "Task timed out", "%lu: but a message",
               version);
        ngx_grip_lambda_answer_free(a);

        a = answer(version, "{\"statusCode\":200}", 1);
        ok(a->err && strcmp(a->err, "it is an error") == 0,
           "%lu: a marked answer is no response", version);
        ngx_grip_lambda_answer_free(a);

        a = answer(version, "out of memory", 1);
        ok(a->err && strcmp(a->err, "it is an error") == 0,
           "%lu: an error need not be JSON", version);
        is_str(&a->error_message, "", "%lu: it has no message", version);
        ngx_grip_lambda_answer_free(a);

        a = answer(version, "{\"statusCode\":500,\"errorType\":\"Error\","
                            "\"errorMessage\":\"handled\"}", 0);
        ok(a->err == NULL, "%lu: a response may name an error", version);
        is_num(a->status, 500, "%lu: of any status", version);
        ngx_grip_lambda_answer_free(a);
    }

    REFUSED(V1, "{\"errorMessage\":\"mine\"}", "\"statusCode\" is missing");
    REFUSED(V1, "{\"errorType\":1,\"errorMessage\":2}",
            "\"statusCode\" is missing");
}


static void *
library_malloc(size_t size)
{
    u_char  *p;

    p = malloc(HEAD + size);

    return p ? p + HEAD : NULL;
}


static void
library_free(void *p)
{
    if (p) {
        free((u_char *) p - HEAD);
    }
}


static void
request_reset(void)
{
    memset(&request, 0, sizeof(request));

    request.method = STR("POST");
    request.path = STR("/a%20b/c");
    request.query = STR("");
    request.protocol = STR("HTTP/1.1");
    request.host = STR("api.example.com");
    request.source = STR("192.0.2.1");
    request.id = STR("4711");
    request.stage = STR("$default");
    request.sec = 1583020799;
    request.msec = 42;
    request.headers = headers;
    request.body = STR("");
}


static void
header(const char *name, const char *value)
{
    headers[request.nheaders].name = guarded(name, strlen(name));
    headers[request.nheaders].value = guarded(value, strlen(value));
    request.nheaders++;
}


static void
has(ngx_uint_t version, const char *keys, const char *expected, size_t len,
    int line)
{
    ngx_int_t             rc;
    ngx_str_t             value;
    ngx_grip_document_t  *doc;

    rc = lookup(version, keys, &doc, &value);

    if (!ok(rc == NGX_OK && value.len == len
            && memcmp(value.data, expected, len) == 0,
            "line %d: %lu.0 %s", line, version, keys))
    {
        printf("#   got \"%.*s\"\n#   expected \"%.*s\"\n",
               rc == NGX_OK ? (int) value.len : 0, (char *) value.data,
               (int) len, expected);
    }

    ngx_grip_document_free(doc);
}


static void
has_not(ngx_uint_t version, const char *keys, int line)
{
    ngx_str_t             value;
    ngx_grip_document_t  *doc;

    is_num(lookup(version, keys, &doc, &value), NGX_DECLINED,
           "line %d: %lu.0 has no %s", line, version, keys);

    ngx_grip_document_free(doc);
}


static ngx_int_t
lookup(ngx_uint_t version, const char *keys, ngx_grip_document_t **doc,
    ngx_str_t *value)
{
    ngx_int_t   rc;
    ngx_str_t   event, path[8];
    ngx_uint_t  n;

    rc = ngx_grip_lambda_event(&request, version, &event);

    if (rc != NGX_OK) {
        *doc = NULL;
        return rc;
    }

    rc = ngx_grip_document_parse(event.data, event.len, doc);
    free(event.data);

    if (rc != NGX_OK) {
        return NGX_ERROR;
    }

    for (n = 0; n < 8; n++) {
        path[n].data = (u_char *) keys;
        path[n].len = strcspn(keys, "/");

        keys += path[n].len;

        if (*keys++ == '\0') {
            break;
        }
    }

    return ngx_grip_document_lookup(*doc, path, n + 1, value);
}


static ngx_grip_lambda_answer_t *
answer(ngx_uint_t version, const char *text, ngx_uint_t failed)
{
    ngx_str_t                  str;
    ngx_grip_lambda_answer_t  *a;

    str = guarded(text, strlen(text));

    a = ngx_grip_lambda_answer_read(&str, version, failed);

    if (a == NULL) {
        printf("Bail out! no memory for an answer\n");
        exit(2);
    }

    return a;
}


static void
refused(ngx_uint_t version, const char *text, const char *why, int line)
{
    ngx_grip_lambda_answer_t  *a;

    a = answer(version, text, 0);

    if (!ok(a->err && strcmp(a->err, why) == 0, "line %d: %lu.0 refuses %.60s",
            line, version, text))
    {
        printf("#   got \"%s\", expected \"%s\"\n", a->err ? a->err : "",
               why);
    }

    ngx_grip_lambda_answer_free(a);
}


static void
answer_header(ngx_grip_lambda_answer_t *a, ngx_uint_t i, const char *name,
    const char *value)
{
    ok(i < a->nheaders
       && a->headers[i].name.len == strlen(name)
       && memcmp(a->headers[i].name.data, name, strlen(name)) == 0
       && a->headers[i].value.len == strlen(value)
       && memcmp(a->headers[i].value.data, value, strlen(value)) == 0,
       "the header %s: %s", name, value);
}
