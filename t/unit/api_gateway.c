
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "function/ngx_grip_api_gateway.h"
#include "tap.h"


#define STR(text)   guarded(text, sizeof(text) - 1)

/* what the event is, to the byte */
#define IS(expected, name)                                                   \
    is_event(expected, sizeof(expected) - 1, name, __LINE__)

#define TIMES                                                                \
    "\"requestTime\":\"29/Feb/2020:23:59:59 +0000\","                        \
    "\"requestTimeEpoch\":1583020799042,"


static void test_connect(void);
static void test_message(void);
static void test_disconnect(void);
static void test_absent(void);
static void test_headers(void);
static void test_query(void);
static void test_authorizer(void);
static void test_variables(void);
static void test_quotes(void);
static void test_time(void);
static void event_reset(ngx_grip_api_gateway_type_e type);
static void header(ngx_str_t name, ngx_str_t value);
static void is_event(const char *expected, size_t len, const char *name,
    int line);


static ngx_grip_api_gateway_t  event;
static ngx_grip_pair_t         pairs[20];


int
main(void)
{
    test_connect();
    test_message();
    test_disconnect();
    test_absent();
    test_headers();
    test_query();
    test_authorizer();
    test_variables();
    test_quotes();
    test_time();

    return tap_done();
}


static void
test_connect(void)
{
    event_reset(NGX_GRIP_API_GATEWAY_CONNECT);

    event.route = STR("$connect");
    event.id = STR("id=");
    event.connection = STR("c1");
    event.connected_at = STR("1583020799042");
    event.domain = STR("ws.example.com");
    event.stage = STR("prod");
    event.api = STR("grip");
    event.source = STR("192.0.2.1");
    event.agent = STR("curl/8");

    header(STR("Host"), STR("ws.example.com"));

    IS("{\"headers\":{\"Host\":\"ws.example.com\"},"
       "\"multiValueHeaders\":{\"Host\":[\"ws.example.com\"]},"
       "\"requestContext\":{\"routeKey\":\"$connect\","
       "\"eventType\":\"CONNECT\",\"extendedRequestId\":\"id=\"," TIMES
       "\"connectedAt\":1583020799042,\"stage\":\"prod\","
       "\"domainName\":\"ws.example.com\",\"connectionId\":\"c1\","
       "\"apiId\":\"grip\",\"requestId\":\"id=\","
       "\"identity\":{\"userAgent\":\"curl/8\",\"sourceIp\":\"192.0.2.1\"},"
       "\"messageDirection\":\"IN\"},\"isBase64Encoded\":false}",
       "CONNECT");
}


static void
test_message(void)
{
    event_reset(NGX_GRIP_API_GATEWAY_MESSAGE);

    event.route = STR("$default");
    event.message_id = STR("m=");
    event.body = STR("{\"a\":\"\xc3\xa4\"}");

    IS("{\"requestContext\":{\"routeKey\":\"$default\","
       "\"eventType\":\"MESSAGE\",\"messageId\":\"m=\"," TIMES
       "\"identity\":{\"sourceIp\":\"\"},\"messageDirection\":\"IN\"},"
       "\"body\":\"{\\\"a\\\":\\\"\xc3\xa4\\\"}\",\"isBase64Encoded\":false}",
       "MESSAGE of text");

    event.body = STR("\x00\xff");
    event.binary = 1;

    IS("{\"requestContext\":{\"routeKey\":\"$default\","
       "\"eventType\":\"MESSAGE\",\"messageId\":\"m=\"," TIMES
       "\"identity\":{\"sourceIp\":\"\"},\"messageDirection\":\"IN\"},"
       "\"body\":\"AP8=\",\"isBase64Encoded\":true}",
       "MESSAGE of bytes");
}


static void
test_disconnect(void)
{
    event_reset(NGX_GRIP_API_GATEWAY_DISCONNECT);

    event.route = STR("$disconnect");
    event.host = STR("h");
    event.code = 4001;
    event.reason = STR("bye");

    /* they are not those of the request */

    header(STR("X-Own"), STR("x"));

    IS("{\"headers\":{\"Host\":\"h\",\"x-api-key\":\"\","
       "\"X-Forwarded-For\":\"\",\"x-restapi\":\"\"},"
       "\"multiValueHeaders\":{\"Host\":[\"h\"],\"x-api-key\":[\"\"],"
       "\"X-Forwarded-For\":[\"\"],\"x-restapi\":[\"\"]},"
       "\"requestContext\":{\"routeKey\":\"$disconnect\","
       "\"eventType\":\"DISCONNECT\",\"disconnectStatusCode\":4001,"
       "\"disconnectReason\":\"bye\"," TIMES
       "\"identity\":{\"sourceIp\":\"\"},\"messageDirection\":\"IN\"},"
       "\"isBase64Encoded\":false}",
       "DISCONNECT");
}


static void
test_absent(void)
{
    event_reset(NGX_GRIP_API_GATEWAY_MESSAGE);

    IS("{\"requestContext\":{\"eventType\":\"MESSAGE\"," TIMES
       "\"identity\":{\"sourceIp\":\"\"},\"messageDirection\":\"IN\"},"
       "\"body\":\"\",\"isBase64Encoded\":false}",
       "what is empty is absent, but for the body");

    event_reset(NGX_GRIP_API_GATEWAY_CONNECT);

    IS("{\"headers\":{},\"multiValueHeaders\":{},"
       "\"requestContext\":{\"eventType\":\"CONNECT\"," TIMES
       "\"identity\":{\"sourceIp\":\"\"},\"messageDirection\":\"IN\"},"
       "\"isBase64Encoded\":false}",
       "and the headers");
}


static void
test_headers(void)
{
    event_reset(NGX_GRIP_API_GATEWAY_CONNECT);

    header(STR("X-B"), STR("1"));
    header(STR("x-a"), STR("caf\xe9"));
    header(STR("X-b"), STR("2"));
    header(STR("X-Bc"), STR(""));
    header(STR("x-B"), STR("3"));

    IS("{\"headers\":{\"x-a\":\"caf\xc3\xa9\",\"x-B\":\"3\",\"X-Bc\":\"\"},"
       "\"multiValueHeaders\":{\"x-a\":[\"caf\xc3\xa9\"],"
       "\"x-B\":[\"1\",\"2\",\"3\"],\"X-Bc\":[\"\"]},"
       "\"requestContext\":{\"eventType\":\"CONNECT\"," TIMES
       "\"identity\":{\"sourceIp\":\"\"},\"messageDirection\":\"IN\"},"
       "\"isBase64Encoded\":false}",
       "headers of a name in any case of letters, Latin-1");
}


static void
test_query(void)
{
    event_reset(NGX_GRIP_API_GATEWAY_CONNECT);

    event.query = STR("b=1&a&=x&B=2&b=%C3%A4+%22&&c=%zz&=y&b=%ff");

    IS("{\"headers\":{},\"multiValueHeaders\":{},"
       "\"queryStringParameters\":{\"\":\"y\",\"B\":\"2\",\"a\":\"\","
       "\"b\":\"\xc3\xbf\",\"c\":\"%zz\"},"
       "\"multiValueQueryStringParameters\":{\"\":[\"x\",\"y\"],"
       "\"B\":[\"2\"],\"a\":[\"\"],"
       "\"b\":[\"1\",\"\xc3\xa4 \\\"\",\"\xc3\xbf\"],\"c\":[\"%zz\"]},"
       "\"requestContext\":{\"eventType\":\"CONNECT\"," TIMES
       "\"identity\":{\"sourceIp\":\"\"},\"messageDirection\":\"IN\"},"
       "\"isBase64Encoded\":false}",
       "parameters of the query, by case, decoded where that can be done");
}


static void
test_authorizer(void)
{
    event_reset(NGX_GRIP_API_GATEWAY_MESSAGE);

    event.authorizer = STR("principalId=a%26b&n=%22");

    IS("{\"requestContext\":{\"eventType\":\"MESSAGE\","
       "\"authorizer\":{\"principalId\":\"a&b\",\"n\":\"\\\"\"}," TIMES
       "\"identity\":{\"sourceIp\":\"\"},\"messageDirection\":\"IN\"},"
       "\"body\":\"\",\"isBase64Encoded\":false}",
       "authorizer");
}


static void
test_variables(void)
{
    event_reset(NGX_GRIP_API_GATEWAY_MESSAGE);

    pairs[0].name = STR("color");
    pairs[0].value = STR("blue");
    pairs[1].name = STR("a");
    pairs[1].value = STR("\n");

    event.variables = pairs;
    event.nvariables = 2;

    IS("{\"stageVariables\":{\"color\":\"blue\",\"a\":\"\\n\"},"
       "\"requestContext\":{\"eventType\":\"MESSAGE\"," TIMES
       "\"identity\":{\"sourceIp\":\"\"},\"messageDirection\":\"IN\"},"
       "\"body\":\"\",\"isBase64Encoded\":false}",
       "stage variables");
}


/* no text of a client ends a string */

static void
test_quotes(void)
{
    event_reset(NGX_GRIP_API_GATEWAY_CONNECT);

    event.route = STR("\"r\\");
    event.connection = STR("\"c");
    event.agent = STR("\x01\"");

    header(STR("\"n"), STR("\"v\\"));

    IS("{\"headers\":{\"\\\"n\":\"\\\"v\\\\\"},"
       "\"multiValueHeaders\":{\"\\\"n\":[\"\\\"v\\\\\"]},"
       "\"requestContext\":{\"routeKey\":\"\\\"r\\\\\","
       "\"eventType\":\"CONNECT\"," TIMES
       "\"connectionId\":\"\\\"c\","
       "\"identity\":{\"userAgent\":\"\\u0001\\\"\",\"sourceIp\":\"\"},"
       "\"messageDirection\":\"IN\"},\"isBase64Encoded\":false}",
       "quotes");
}


static void
test_time(void)
{
    event_reset(NGX_GRIP_API_GATEWAY_MESSAGE);

    event.sec = 0;
    event.msec = 7;

    IS("{\"requestContext\":{\"eventType\":\"MESSAGE\","
       "\"requestTime\":\"01/Jan/1970:00:00:00 +0000\","
       "\"requestTimeEpoch\":7,"
       "\"identity\":{\"sourceIp\":\"\"},\"messageDirection\":\"IN\"},"
       "\"body\":\"\",\"isBase64Encoded\":false}",
       "the first moment");
}


/* of the 29th of February 2020, with nothing in it */

static void
event_reset(ngx_grip_api_gateway_type_e type)
{
    memset(&event, 0, sizeof(ngx_grip_api_gateway_t));

    event.type = type;
    event.sec = 1583020799;
    event.msec = 42;
    event.headers = pairs;
}


static void
header(ngx_str_t name, ngx_str_t value)
{
    pairs[event.nheaders].name = name;
    pairs[event.nheaders++].value = value;
}


static void
is_event(const char *expected, size_t len, const char *name, int line)
{
    ngx_str_t  text;

    if (ngx_grip_api_gateway_event(&event, &text) != NGX_OK) {
        tap_ok(0, __FILE__, line, "%s: there is no event", name);
        return;
    }

    tap_str(&text, expected, len, __FILE__, line, "%s", name);

    free(text.data);
}
