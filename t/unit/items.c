
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The corpus has a body a line, and before it, a tab between them, what it is
 * answered with.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "wire/ngx_grip_items.h"
#include "tap.h"


/* what the items of the body go on as, a space between them */
#define GOES_ON(body, prefix, expected)                                      \
    goes_on(body, prefix, expected, sizeof(expected) - 1, __LINE__)
#define REFUSED(body, expected)   refused(body, sizeof(body) - 1, expected)


static void test_corpus(const char *name);
static void test_untouched(void);
static void test_values(void);
static void test_prefix(void);
static void test_pings(void);
static void test_ids(void);
static void test_bytes(void);
static void test_abandoned(void);
static void goes_on(const char *body, const char *prefix,
    const char *expected, size_t len, int line);
static void refused(const char *body, size_t len, const char *expected);
static ngx_uint_t has_ids(const char *body);
static ngx_grip_items_t *read_items(const char *body);


int
main(void)
{
    test_corpus("pushpin");
    test_corpus("ours");
    test_untouched();
    test_values();
    test_prefix();
    test_pings();
    test_ids();
    test_bytes();
    test_abandoned();

    return tap_done();
}


static void
test_corpus(const char *name)
{
    FILE              *file;
    char               path[256], *line, *body;
    size_t             size;
    ssize_t            len;
    ngx_int_t          rc;
    ngx_str_t          input, error;
    ngx_grip_items_t  *items;

    (void) snprintf(path, sizeof(path), "%s/items/%s", CORPUS, name);

    file = fopen(path, "r");
    if (file == NULL) {
        ok(0, "%s can be read", path);
        return;
    }

    line = NULL;
    size = 0;

    while ((len = getline(&line, &size, file)) > 1) {
        body = strchr(line, '\t') + 1;
        body[-1] = '\0';

        input = guarded(body, line + len - 1 - body);

        rc = ngx_grip_items_read(&items, &input, &error);

        if (rc == NGX_OK) {
            ngx_str_set(&error, "Published");
        }

        ok(rc != NGX_ERROR
           && error.len == strlen(line)
           && memcmp(error.data, line, error.len) == 0,
           "%.*s: %s", (int) input.len, (char *) input.data, line);

        ngx_grip_items_free(items);
    }

    free(line);
    fclose(file);
}


static void
test_untouched(void)
{
    GOES_ON("{\"items\":[]}", "", "");

    GOES_ON("{ \"items\" : [ { \"channel\" : \"c\" , \"formats\" : "
            "{ \"ws-message\" : { \"content\" : \"x\" } } } ] }", "",
            "{\"channel\":\"c\",\"formats\":{\"ws-message\":"
            "{\"content\":\"x\"}}}");

    GOES_ON("{\"items\":[{\"zzz\":[1,null,true,{}],\"channel\":\"c\","
            "\"ws-message\":{\"content\":\"x\",\"a\":-1.5},\"b\":2}],\"c\":3}",
            "",
            "{\"zzz\":[1,null,true,{}],\"channel\":\"c\","
            "\"ws-message\":{\"content\":\"x\",\"a\":-1.5},\"b\":2}");

    GOES_ON("{\"items\":[{\"channel\":\"c\",\"mqtt\":{},\"http-stream\":"
            "{\"action\":\"close\"}},{\"channel\":\"d\",\"formats\":"
            "{\"mqtt\":{\"content\":7}}}]}", "",
            "{\"channel\":\"c\",\"mqtt\":{},\"http-stream\":"
            "{\"action\":\"close\"}} {\"channel\":\"d\",\"formats\":"
            "{\"mqtt\":{\"content\":7}}}");
}


/* numbers go on as they came, but for those that the proxy cannot read */

static void
test_values(void)
{
    GOES_ON("\xef\xbb\xbf{\"items\":[{\"channel\":\"c\",\"x\":{},"
            "\"ws-message\":{\"content\":\"\\ud83d\"},"
            "\"y\":[1.50,-0,2e2,0.1,18446744073709551616]}]}", "p-",
            "{\"channel\":\"p-c\",\"x\":{},\"ws-message\":"
            "{\"content\":\"\xef\xbf\xbd\"},"
            "\"y\":[1.50,-0,2e2,0.1,18446744073709551616]}");

    GOES_ON("{\"items\":[{\"channel\":\"c\",\"ws-message\":{\"content\":\"x\"},"
            "\"y\":[1e999,-1E+400,1e308,-1e-999,5e-324,-0,0e-999]}]}", "",
            "{\"channel\":\"c\",\"ws-message\":{\"content\":\"x\"},"
            "\"y\":[1.7976931348623157e308,-1.7976931348623157e308,1e308,"
            "0,5e-324,-0,0e-999]}");
}


static void
test_prefix(void)
{
    GOES_ON("{\"items\":[{\"channel\":\"c\",\"formats\":{\"x\":1}},"
            "{\"formats\":{\"x\":1},\"channel\":\"\"}]}", "pre-",
            "{\"channel\":\"pre-c\",\"formats\":{\"x\":1}} "
            "{\"formats\":{\"x\":1},\"channel\":\"pre-\"}");

    GOES_ON("{\"items\":[{\"channel\":\"a\\u0000b\",\"formats\":{\"x\":1}}]}",
            "\xc3\xa9",
            "{\"channel\":\"\xc3\xa9""a\\u0000b\",\"formats\":{\"x\":1}}");
}


static void
test_pings(void)
{
    GOES_ON("{\"items\":[{\"channel\":\"c\",\"ws-message\":"
            "{\"type\":\"ping\"}}]}", "",
            "{\"channel\":\"c\",\"ws-message\":{\"type\":\"ping\","
            "\"content\":\"\"}}");

    GOES_ON("{\"items\":[{\"channel\":\"c\",\"ws-message\":"
            "{\"type\":\"pong\",\"content\":\"x\"}}]}", "",
            "{\"channel\":\"c\",\"ws-message\":{\"type\":\"pong\","
            "\"content\":\"x\"}}");

    GOES_ON("{\"items\":[{\"channel\":\"c\",\"ws-message\":"
            "{\"type\":\"ping\",\"content-bin\":\"\"}}]}", "",
            "{\"channel\":\"c\",\"ws-message\":{\"type\":\"ping\","
            "\"content-bin\":\"\"}}");

    REFUSED("{\"items\":[{\"channel\":\"c\",\"http-stream\":"
            "{\"type\":\"ping\"}}]}",
            "Invalid format: 'http-stream' does not contain 'content' or "
            "'content-bin'");
}


static void
test_ids(void)
{
    ok(has_ids("\"id\":\"1\",\"prev-id\":\"0\""), "both ids");
    ok(!has_ids("\"id\":\"1\""), "an id alone");
    ok(!has_ids("\"prev-id\":\"1\""), "a previous id alone");
    ok(!has_ids("\"id\":\"\",\"prev-id\":\"0\""), "an empty id");
    ok(!has_ids("\"id\":\"1\",\"prev-id\":\"\""), "an empty previous id");
    ok(!has_ids("\"size\":1"), "no id");
}


static void
test_bytes(void)
{
    GOES_ON("{\"items\":[{\"channel\":\"c\",\"http-stream\":{\"content\":"
            "\"\\u0000\\r\\n\\u00e9\\u2028/\\ud83d\\ude00\"}}]}", "",
            "{\"channel\":\"c\",\"http-stream\":{\"content\":"
            "\"\\u0000\\r\\n\xc3\xa9\xe2\x80\xa8/\xf0\x9f\x98\x80\"}}");

    REFUSED("{\"items\":[{\"channel\":\"c\",\"http-stream\":{\"content\":"
            "\"x\"},\"meta\":{\"a\\r\\n\\u007f\\u00e9\":1}}]}",
            "Invalid format: 'meta' contains 'a???\xc3\xa9' with wrong type");

    REFUSED("", "Body is not valid JSON.");
    REFUSED("{\"items\":[{\"channel\":\"\xff\"}]}", "Body is not valid JSON.");
    REFUSED("{\"items\":[]}\0", "Body is not valid JSON.");
    REFUSED("\xef\xbb\xbf\xef\xbb\xbf{\"items\":[]}",
            "Body is not valid JSON.");
}


static void
test_abandoned(void)
{
    ngx_str_t          json, none;
    ngx_uint_t         ids;
    ngx_grip_items_t  *items;

    ngx_str_null(&none);

    items = read_items("{\"items\":[{\"channel\":\"c\",\"formats\":{\"x\":1}},"
                       "{\"channel\":\"d\",\"formats\":{\"x\":1}}]}");

    ok(ngx_grip_items_next(items, &none, &json, &ids) == NGX_OK,
       "the first of two");

    ngx_grip_items_free(items);
}


static void
goes_on(const char *body, const char *prefix, const char *expected, size_t len,
    int line)
{
    ngx_int_t          rc;
    ngx_str_t          json, pre, all;
    ngx_uint_t         ids;
    ngx_grip_items_t  *items;

    items = read_items(body);
    if (items == NULL) {
        ok(0, "line %d is read", line);
        return;
    }

    pre.len = strlen(prefix);
    pre.data = (u_char *) prefix;

    all.len = 0;
    all.data = malloc(len + 1024);

    while ((rc = ngx_grip_items_next(items, &pre, &json, &ids)) == NGX_OK) {
        if (all.len) {
            all.data[all.len++] = ' ';
        }

        memcpy(all.data + all.len, json.data, json.len);
        all.len += json.len;
    }

    is_num(rc, NGX_DONE, "line %d: the items end", line);
    tap_str(&all, expected, len, __FILE__, line, "%s", body);

    free(all.data);
    ngx_grip_items_free(items);
}


static void
refused(const char *body, size_t len, const char *expected)
{
    ngx_int_t          rc;
    ngx_str_t          input, error;
    ngx_grip_items_t  *items;

    input = guarded(body, len);
    rc = ngx_grip_items_read(&items, &input, &error);

    ok(rc == NGX_DECLINED
       && error.len == strlen(expected)
       && memcmp(error.data, expected, error.len) == 0,
       "%s", expected);

    if (rc != NGX_ERROR) {
        ngx_grip_items_free(items);
    }
}


static ngx_uint_t
has_ids(const char *properties)
{
    char               body[256];
    ngx_str_t          json, none;
    ngx_uint_t         ids;
    ngx_grip_items_t  *items;

    ngx_str_null(&none);

    (void) snprintf(body, sizeof(body), "{\"items\":[{\"channel\":\"c\","
                    "\"formats\":{\"x\":1},%s}]}", properties);

    items = read_items(body);
    ids = 2;

    (void) ngx_grip_items_next(items, &none, &json, &ids);

    ngx_grip_items_free(items);

    return ids;
}


static ngx_grip_items_t *
read_items(const char *body)
{
    ngx_str_t          input, error;
    ngx_grip_items_t  *items;

    input = guarded(body, strlen(body));

    if (ngx_grip_items_read(&items, &input, &error) == NGX_OK) {
        return items;
    }

    printf("#   %.*s\n", (int) error.len, (char *) error.data);
    ngx_grip_items_free(items);

    return NULL;
}
