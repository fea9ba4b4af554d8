
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "text/ngx_grip_media.h"
#include "tap.h"


#define TYPE(value, expected)                                                \
    type(value, sizeof(value) - 1, expected, __LINE__)
#define IS(value, range)  is(value, sizeof(value) - 1, range, 1, __LINE__)
#define IS_NOT(value, range)  is(value, sizeof(value) - 1, range, 0, __LINE__)
#define TEXT(value)  text(value, sizeof(value) - 1, 1, __LINE__)
#define BINARY(value)  text(value, sizeof(value) - 1, 0, __LINE__)


static void type(const char *value, size_t len, const char *expected,
    int line);
static void is(const char *value, size_t len, const char *range,
    ngx_uint_t expected, int line);
static void text(const char *value, size_t len, ngx_uint_t expected,
    int line);


int
main(void)
{
    TYPE("", "");
    TYPE("text/plain", "text/plain");
    TYPE("text/plain;charset=utf-8", "text/plain");
    TYPE(" \ttext/plain\t ; charset=utf-8", "text/plain");
    TYPE("Text/Plain \t", "Text/Plain");
    TYPE(" \t", "");
    TYPE("; a=b", "");

    IS("text/plain", "text/plain");
    IS("\tTEXT/Plain ;a=b", "text/plain");
    IS("text/plain", "TEXT/plain");
    IS("text/plain;a=b", "text/*");
    IS("text/plain;a=b", "*/*");
    IS_NOT("text/plain2", "text/plain");
    IS_NOT("text/plai", "text/plain");
    IS_NOT("text/plain, text/html", "text/plain");
    IS_NOT("text/", "text/*");
    IS_NOT("text", "text/*");
    IS_NOT("textual/x", "text/*");
    IS_NOT("", "text/*");
    IS_NOT(";a=b", "*/*");
    IS_NOT("a", "*");
    IS("*", "*");

    TEXT("");
    TEXT(";charset=utf-8");
    TEXT("text/x-anything");
    TEXT("TEXT/HTML; charset=utf-8");
    TEXT("application/json");
    TEXT("application/json ;charset=UTF-8");
    TEXT("application/json\t;charset=UTF-8");
    TEXT("Application/X-NDJSON");
    TEXT("application/ndjson");
    TEXT("application/yaml");
    TEXT("application/x-yaml");
    TEXT("application/graphql");
    TEXT("application/graphql-response+json");
    TEXT("application/javascript");
    TEXT("application/x-javascript");
    TEXT("application/xml");
    TEXT("image/svg+XML;a=b");
    TEXT("application/openapi+yaml");
    TEXT("application/x-www-form-urlencoded");
    TEXT("application/x-www-form-urlencoded;charset=UTF-8");

    BINARY("application/octet-stream");
    BINARY("application/octet-stream; a=text/plain");
    BINARY("image/png");
    BINARY("text/");
    BINARY("textual/x");
    BINARY("+json");
    BINARY("application/jsonp");
    BINARY("application/vnd.msgpack;x=+json");
    BINARY("multipart/form-data; boundary=x");
    BINARY("application/\xe4");

    return tap_done();
}


static void
type(const char *value, size_t len, const char *expected, int line)
{
    ngx_str_t  given, got;

    given = guarded(value, len);
    got = ngx_grip_media_type(&given);

    if (!ok(got.len == strlen(expected)
            && memcmp(got.data, expected, got.len) == 0,
            "\"%s\" names \"%s\"", value, expected))
    {
        printf("#   line %d: \"%.*s\"\n", line, (int) got.len,
               (char *) got.data);
    }
}


static void
is(const char *value, size_t len, const char *range, ngx_uint_t expected,
    int line)
{
    ngx_str_t  given, of;

    given = guarded(value, len);
    of = guarded(range, strlen(range));

    if (!ok(ngx_grip_media_is(&given, &of) == expected,
            "\"%s\" is %s\"%s\"", value, expected ? "" : "not ", range))
    {
        printf("#   line %d\n", line);
    }
}


static void
text(const char *value, size_t len, ngx_uint_t expected, int line)
{
    ngx_str_t  given;

    given = guarded(value, len);

    if (!ok(ngx_grip_media_is_text(&given) == expected, "\"%s\" is %s",
            value, expected ? "text" : "binary"))
    {
        printf("#   line %d\n", line);
    }
}
