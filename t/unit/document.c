
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "text/ngx_grip_document.h"
#include "tap.h"


/* what the keys, "/" between them, lead to in the document */
#define FOUND(document, keys, expected)                                      \
    found(document, keys, expected, sizeof(expected) - 1, __LINE__)
#define ABSENT(document, keys)    absent(document, keys, __LINE__)
#define NOT_PARSED(document)                                                 \
    not_parsed(document, sizeof(document) - 1, __LINE__)


static void test_types(void);
static void test_paths(void);
static void test_numbers(void);
static void test_texts(void);
static void test_refused(void);
static void test_limits(void);
static void test_lifetime(void);
static void found(const char *document, const char *keys,
    const char *expected, size_t len, int line);
static void absent(const char *document, const char *keys, int line);
static void not_parsed(const char *document, size_t len, int line);
static ngx_int_t lookup(ngx_grip_document_t *doc, const char *keys,
    ngx_str_t *value);
static ngx_grip_document_t *parse(const char *document, size_t len);


int
main(void)
{
    test_types();
    test_paths();
    test_numbers();
    test_texts();
    test_refused();
    test_limits();
    test_lifetime();

    return tap_done();
}


static void
test_types(void)
{
    FOUND("{\"a\":\"text\"}", "a", "text");
    FOUND("{\"a\":\"\"}", "a", "");
    FOUND("{\"a\":1}", "a", "1");
    FOUND("{\"a\":true}", "a", "true");
    FOUND("{\"a\":false}", "a", "false");
    FOUND("{\"a\": { \"c\" : 1, \"b\" : [ ] } }", "a", "{\"c\":1,\"b\":[]}");
    FOUND("{\"a\": [ 1 , \"x\" , null ] }", "a", "[1,\"x\",null]");
    ABSENT("{\"a\":null}", "a");

    FOUND("\"text\"", "", "text");
    FOUND(" 17 ", "", "17");
    FOUND("true", "", "true");
    FOUND("{ \"a\" : 1 }", "", "{\"a\":1}");
    ABSENT("null", "");
}


static void
test_paths(void)
{
    FOUND("{\"a\":{\"b\":{\"c\":\"x\"}}}", "a/b/c", "x");
    FOUND("[[\"x\",\"y\"],[\"z\"]]", "0/1", "y");
    FOUND("[[\"x\",\"y\"],[\"z\"]]", "1/00", "z");
    FOUND("{\"0\":\"x\"}", "0", "x");
    FOUND("{\"a\":[{\"b\":7}]}", "a/0/b", "7");

    ABSENT("{\"a\":1}", "b");
    ABSENT("{\"ab\":1}", "a");
    ABSENT("{\"a\":1}", "ab");
    ABSENT("{\"a\":1}", "A");
    ABSENT("{\"a\":\"x\"}", "a/0");
    ABSENT("{\"a\":null}", "a/b");
    ABSENT("[1,2]", "2");
    ABSENT("[1,2]", "/");
    ABSENT("[1,2]", "-1");
    ABSENT("[1,2]", "+1");
    ABSENT("[1,2]", "a");
    ABSENT("[1,2]", "1a");
    ABSENT("[1,2]", "18446744073709551616");
    ABSENT("[1,2]", "99999999999999999999999999999999");
    ABSENT("1", "0");
}


static void
test_numbers(void)
{
    FOUND("[0]", "0", "0");
    FOUND("[-0]", "0", "-0");
    FOUND("[9223372036854775807]", "0", "9223372036854775807");
    FOUND("[-9223372036854775808]", "0", "-9223372036854775808");
    FOUND("[9007199254740993]", "0", "9007199254740993");
    FOUND("[18446744073709551615]", "0", "18446744073709551615");
    FOUND("99999999999999999999", "", "99999999999999999999");

    FOUND("[0.1]", "0", "0.1");
    FOUND("[1.0]", "0", "1.0");
    FOUND("[19.99]", "0", "19.99");
    FOUND("[-1.5e-7]", "0", "-1.5e-7");
    FOUND("[1e3]", "0", "1e3");
    FOUND("[1E+999]", "0", "1E+999");
    FOUND("[4.50]", "0", "4.50");
    FOUND("[0.1, 0.30000000000000004]", "1", "0.30000000000000004");
    FOUND("[3.141592653589793]", "0", "3.141592653589793");
    FOUND("[{\"price\":0.1,\"tax\":[19.99]}]", "0",
          "{\"price\":0.1,\"tax\":[19.99]}");
    FOUND("[[0.5, 0.30000000000000004]]", "0", "[0.5,0.30000000000000004]");
    FOUND("[[1, 2.50, \"3.0\", 1e999]]", "0", "[1,2.50,\"3.0\",1e999]");
}


static void
test_texts(void)
{
    FOUND("[\"a\\u0000b\"]", "0", "a\0b");
    FOUND("[\"\\u00e9\\ud83d\\ude00\"]", "0", "\xc3\xa9\xf0\x9f\x98\x80");
    FOUND("[\"\\\"\\\\\\/\\n\"]", "0", "\"\\/\n");
    FOUND("[[\"\\\"\\u0000\\u00e9/\"]]", "0", "[\"\\\"\\u0000\xc3\xa9/\"]");
    FOUND("\"\\ud800\"", "", "\xef\xbf\xbd");
    FOUND("{\"a\\u0000b\":1}", "a\xef\xbf\xbd" "b", "1");
    FOUND("\xef\xbb\xbf{\"a\":1}", "a", "1");
    FOUND("{\"\xc3\xa9\":1}", "\xc3\xa9", "1");
    FOUND("{\"\\u00e9\":1}", "\xc3\xa9", "1");
}


static void
test_refused(void)
{
    NOT_PARSED("");
    NOT_PARSED(" ");
    NOT_PARSED("{");
    NOT_PARSED("}");
    NOT_PARSED("]");
    NOT_PARSED("[}");
    NOT_PARSED("{\"a\":1} x");
    NOT_PARSED("1 2");
    NOT_PARSED("{'a':1}");
    NOT_PARSED("{\"a\":1,}");
    NOT_PARSED("{\"a\":1,\"a\":2}");
    NOT_PARSED("[\"a]");
    NOT_PARSED("\"a\\");
    NOT_PARSED("\"a\\\"");
    NOT_PARSED("\"\xff\"");
    NOT_PARSED("[1]\0");
    NOT_PARSED("nul");
}


static void
test_limits(void)
{
    size_t                i, n;
    char                 *text;
    ngx_grip_document_t  *doc;

    n = NGX_GRIP_DOCUMENT_DEPTH_MAX;
    text = malloc(NGX_GRIP_DOCUMENT_SIZE_MAX + 1);

    for (i = 0; i <= n; i++) {
        text[i] = '[';
        text[n + 1 + i] = ']';
    }

    doc = parse(text + 1, 2 * n);
    ok(doc != NULL, "the deepest document");
    ngx_grip_document_free(doc);

    ok(parse(text, 2 * n + 2) == NULL, "one that is deeper");

    memset(text, '[', NGX_GRIP_DOCUMENT_SIZE_MAX);
    ok(parse(text, NGX_GRIP_DOCUMENT_SIZE_MAX) == NULL, "the deepest of all");

    n = 2 * NGX_GRIP_DOCUMENT_VALUES_MAX;

    for (i = 0; i < n; i += 2) {
        text[i] = (i == 0) ? '[' : ',';
        text[i + 1] = '1';
    }

    text[n - 2] = ']';

    doc = parse(text, n - 1);
    ok(doc != NULL, "the document of the most values");
    ngx_grip_document_free(doc);

    text[n - 2] = ',';
    text[n] = ']';
    ok(parse(text, n + 1) == NULL, "one of more values");

    text[0] = '"';
    text[1] = '\\';
    text[2] = '"';
    text[NGX_GRIP_DOCUMENT_SIZE_MAX - 1] = '"';

    doc = parse(text, NGX_GRIP_DOCUMENT_SIZE_MAX);
    ok(doc != NULL, "brackets in a string are not deep, and the largest size");
    ngx_grip_document_free(doc);

    text[NGX_GRIP_DOCUMENT_SIZE_MAX] = ' ';
    ok(parse(text, NGX_GRIP_DOCUMENT_SIZE_MAX + 1) == NULL,
       "one that is larger");

    for (i = 0; i < 300; i += 3) {
        memcpy(text + i, "[],", 3);
    }

    memmove(text + 1, text, 299);
    text[0] = '[';
    text[300] = ']';

    doc = parse(text, 301);
    ok(doc != NULL, "many arrays next to each other are not deep");
    ngx_grip_document_free(doc);

    free(text);

    ngx_grip_document_free(NULL);
}


static void
test_lifetime(void)
{
    ngx_str_t             a, b, c;
    ngx_grip_document_t  *doc;

    static const char     text[] = "{\"a\":[1,2],\"b\":3,\"c\":\"x\"}";

    doc = parse(text, sizeof(text) - 1);

    (void) lookup(doc, "a", &a);
    (void) lookup(doc, "b", &b);
    (void) lookup(doc, "c", &c);
    (void) lookup(doc, "", &c);

    is_str(&a, "[1,2]", "a value stays while others are looked up");
    is_str(&b, "3", "and so does the next one");
    is_str(&c, "{\"a\":[1,2],\"b\":3,\"c\":\"x\"}", "and the last one");

    ngx_grip_document_free(doc);
}


static void
found(const char *document, const char *keys, const char *expected,
    size_t len, int line)
{
    ngx_int_t             rc;
    ngx_str_t             value;
    ngx_grip_document_t  *doc;

    ngx_str_null(&value);
    doc = parse(document, strlen(document));
    rc = doc ? lookup(doc, keys, &value) : NGX_ERROR;

    if (!ok(rc == NGX_OK && value.len == len
            && memcmp(value.data, expected, len) == 0,
            "%s has \"%s\"", document, keys))
    {
        printf("#   line %d: rc %ld, \"%.*s\"\n", line, (long) rc,
               (int) value.len, (char *) value.data);
    }

    ngx_grip_document_free(doc);
}


static void
absent(const char *document, const char *keys, int line)
{
    ngx_int_t             rc;
    ngx_str_t             value;
    ngx_grip_document_t  *doc;

    doc = parse(document, strlen(document));
    rc = doc ? lookup(doc, keys, &value) : NGX_ERROR;

    if (!ok(rc == NGX_DECLINED, "%s has no \"%s\"", document, keys)) {
        printf("#   line %d: rc %ld\n", line, (long) rc);
    }

    ngx_grip_document_free(doc);
}


static void
not_parsed(const char *document, size_t len, int line)
{
    ngx_grip_document_t  *doc;

    doc = parse(document, len);

    if (!ok(doc == NULL, "no JSON, or none of ours")) {
        printf("#   line %d: %s\n", line, document);
    }

    ngx_grip_document_free(doc);
}


static ngx_int_t
lookup(ngx_grip_document_t *doc, const char *keys, ngx_str_t *value)
{
    size_t       len;
    ngx_str_t    key[8];
    ngx_uint_t   n;

    for (n = 0; *keys; n++) {
        len = strcspn(keys, "/");

        key[n] = guarded(keys, len);

        keys += len + (keys[len] == '/');
    }

    return ngx_grip_document_lookup(doc, key, n, value);
}


static ngx_grip_document_t *
parse(const char *document, size_t len)
{
    ngx_str_t             text;
    ngx_grip_document_t  *doc;

    text = guarded(document, len);

    if (ngx_grip_document_parse(text.data, text.len, &doc) == NGX_ERROR) {
        abort();
    }

    return doc;
}
