
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "text/ngx_grip_json_tree.h"
#include "tap.h"


/* what is read, and written again without blanks */
#define STAYS(text)             becomes(text, text)
#define REFUSED(text, offset)                                                \
    refused(text, sizeof(text) - 1, offset, __LINE__)


static void test_numbers(void);
static void test_not_numbers(void);
static void test_halves(void);
static void test_names(void);
static void test_marks(void);
static void test_offsets(void);
static void test_twice(void);
static void test_many(void);
static void becomes(const char *text, const char *expected);
static void refused(const char *text, size_t len, size_t offset, int line);


int
main(void)
{
    test_numbers();
    test_not_numbers();
    test_halves();
    test_names();
    test_marks();
    test_offsets();
    test_twice();
    test_many();

    return tap_done();
}


static void
test_numbers(void)
{
    ngx_uint_t  i;
    char        text[1024];

    /* what programs of all languages write */

    static const char  *numbers[] = {
        "0", "-0", "0.0", "-0.0", "-0e0", "7", "-7", "2.0", "1.10", "0.1",
        "0.30000000000000004", "3.141592653589793", "19.99", "200.0",
        "1e3", "1E3", "1e+3", "1E+03", "1e-3", "2.5e-7", "6.02214076e23",
        "5e-324", "2.2250738585072014e-308", "1.7976931348623157e308",
        "1e999", "-1e999", "1e-999", "1E400", "0e999999999999999999999",
        "2147483647", "4294967295", "9007199254740991", "9007199254740993",
        "999999999999999999", "1000000000000000000", "-999999999999999999",
        "9223372036854775807", "9223372036854775808", "-9223372036854775808",
        "-9223372036854775809", "18446744073709551615",
        "18446744073709551616", "1288834974657000000000",
        "340282366920938463463374607431768211456",
        "123456789012345678901234567890.123456789012345678901234567890e10",
        "1764196262.123456", "-122.41941550000001", "37.7749", "1e5", "1.0E7",
        "100000000000000000000000000000000000000000000000000000000000000000",
    };

    for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        STAYS(numbers[i]);

        (void) snprintf(text, sizeof(text), "[%s]", numbers[i]);
        STAYS(text);

        (void) snprintf(text, sizeof(text), "{\"a\":%s,\"b\":[%s,\"%s\",1.5]}",
                        numbers[i], numbers[i], numbers[i]);
        STAYS(text);
    }

    text[0] = '[';
    memset(text + 1, '9', 1000);
    (void) strcpy(text + 1001, "]");
    STAYS(text);

    becomes(" [ 1.50 , 2.0e1 , -3.25 ] ", "[1.50,2.0e1,-3.25]");
}


/* what the library refuses, it is given to refuse */

static void
test_not_numbers(void)
{
    ngx_uint_t  i;
    char        text[64];

    static const char  *numbers[] = {
        "01", "-01", "00", "01.5", "-", "--1", "--1.5", "+1", "+1.5", ".5",
        "-.5", "1.", "1.e5", "1.5.", "1.5.7", "1e", "1e+", "1E-", "1.5e",
        "1.5e+", "1e5e5", "1e5.5", "2-1.5", "1.5-2", "1.5-2.5", "1-", "0x10",
        "1_000", "1,5,", "1.5 2.5", "1.5f", "12345678901234567890L",
        "012345678901234567890", "-012345678901234567890", "NaN", "Infinity",
        "-Infinity", "1e--1.5", "1.-1.5", "\xd9\xa1",
    };

    for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        ngx_grip_json_tree_t  tree;
        ngx_str_t             json;

        (void) snprintf(text, sizeof(text), "[%s]", numbers[i]);
        json = guarded(text, strlen(text));

        ok(ngx_grip_json_tree_read(&tree, &json, 1) == NGX_DECLINED,
           "%s is no number", numbers[i]);

        json = guarded(numbers[i], strlen(numbers[i]));

        ok(ngx_grip_json_tree_read(&tree, &json, 1) == NGX_DECLINED,
           "%s, and no text", numbers[i]);

        ngx_grip_json_tree_free(&tree);
    }
}


#define FFFD  "\xef\xbf\xbd"


static void
test_halves(void)
{
    becomes("\"\\ud83d\"", "\"" FFFD "\"");
    becomes("\"\\ude00\"", "\"" FFFD "\"");
    becomes("\"\\uD83D\\uDE00\"", "\"\xf0\x9f\x98\x80\"");
    becomes("\"\\ud83d\\ud83d\\ude00\"", "\"" FFFD "\xf0\x9f\x98\x80\"");
    becomes("\"\\ud83d\\ude00\\ude00\"", "\"\xf0\x9f\x98\x80" FFFD "\"");
    becomes("\"\\ude00\\ud83d\"", "\"" FFFD FFFD "\"");
    becomes("\"\\ud83d\\u00e9\"", "\"" FFFD "\xc3\xa9\"");
    becomes("\"\\ud83d\\n\"", "\"" FFFD "\\n\"");
    becomes("\"a\\ud83db\\ude00c\"", "\"a" FFFD "b" FFFD "c\"");
    becomes("\"\\\\ud83d\"", "\"\\\\ud83d\"");
    becomes("\"\\\\\\ud83d\"", "\"\\\\" FFFD "\"");
    becomes("\"\\\"\\ud83d\\\"\"", "\"\\\"" FFFD "\\\"\"");
    becomes("\"\\ud7ff\\ue000\\uffff\"",
            "\"\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\"");
    becomes("{\"\\ud83d\":[1.50,\"\\udbff\"]}",
            "{\"" FFFD "\":[1.50,\"" FFFD "\"]}");
    becomes("\"\\u0000\"", "\"\\u0000\"");

    REFUSED("\"\\ud83\"", 7);
    REFUSED("\"\\ud83g\"", 7);
    REFUSED("\"\\ud83d", 7);
    REFUSED("\"\\ud83d\\", 8);
    REFUSED("\"\\ud83d\\u", 9);
    REFUSED("\"\\", 2);
    REFUSED("\"\xed\xa0\xbd\"", 1);
}


static void
test_names(void)
{
    becomes("{\"\\u0000A\\u0000b\":\"\\u0000\"}",
            "{\"" FFFD "A" FFFD "b\":\"\\u0000\"}");
    becomes("{\"\\u0000\\\"\" \t\r\n:1}", "{\"" FFFD "\\\"\":1}");
    becomes("[\"\\u0000\",\":\"]", "[\"\\u0000\",\":\"]");
    becomes("{\"\\\\u0000\":1}", "{\"\\\\u0000\":1}");

    REFUSED("{\"\\u0000", 8);
    REFUSED("{\"\\u0000\\", 9);
    REFUSED("{\"\\u0000\"", 9);
    REFUSED("[\"\\u0000\":1]", 10);
}


static void
test_marks(void)
{
    becomes("\xef\xbb\xbf{\"a\":1}", "{\"a\":1}");
    becomes("\xef\xbb\xbf \"\xef\xbb\xbf\"", "\"\xef\xbb\xbf\"");

    REFUSED("\xef\xbb\xbf", 3);
    REFUSED("\xef\xbb", 0);
    REFUSED(" \xef\xbb\xbf{}", 4);
    REFUSED("\xef\xbb\xbf\xef\xbb\xbf{}", 6);
}


/* where it is no JSON is said of what was written */

static void
test_offsets(void)
{
    REFUSED("", 0);
    REFUSED("[1,2,3,x]", 8);
    REFUSED("[1.25,2,3e10,x]", 14);
    REFUSED("[-1.25,-2.5,3e10,x]", 18);
    REFUSED("\xef\xbb\xbf[1.25,x]", 10);
    REFUSED("[x,1.25]", 2);
    REFUSED("[1.2,1.2,1.2,1.2,1.2,1.2,1.2,1.2,1.2,1.2,1.2,1.2,x]", 50);
}


static void
test_twice(void)
{
    ngx_str_t             text, json;
    ngx_grip_json_tree_t  tree;

    text = guarded("{\"a\":1.0,\"a\":2.0}", 17);

    is_num(ngx_grip_json_tree_read(&tree, &text, 1), NGX_DECLINED,
           "a name twice");

    is_num(ngx_grip_json_tree_read(&tree, &text, 0), NGX_OK,
           "a name twice, of which the last one counts");

    is_num(ngx_grip_json_tree_write(&tree, tree.root, &json), NGX_OK,
           "it is written");
    is_str(&json, "{\"a\":2.0}", "with its own number");

    free(json.data);
    ngx_grip_json_tree_free(&tree);
}


/* a number stays what it is among many others */

static void
test_many(void)
{
    size_t   len;
    char    *text;
    int      i;

    text = malloc(1000000);
    len = 0;

    text[len++] = '[';

    for (i = 0; i < 100002; i++) {
        len += sprintf(text + len, "%s%s%d%s", i ? "," : "",
                       i % 7 ? "" : "-", i, i % 3 ? "e0" : "");
    }

    (void) strcpy(text + len, "]");

    STAYS(text);

    free(text);
}


static void
becomes(const char *text, const char *expected)
{
    ngx_str_t             input, json;
    ngx_grip_json_tree_t  tree;

    input = guarded(text, strlen(text));
    ngx_str_null(&json);

    if (ngx_grip_json_tree_read(&tree, &input, 1) == NGX_OK) {
        (void) ngx_grip_json_tree_write(&tree, tree.root, &json);

    } else {
        printf("#   at byte %lu\n", (unsigned long) tree.error);
    }

    tap_str(&json, expected, strlen(expected), __FILE__, __LINE__, "%.60s",
            text);

    free(json.data);
    ngx_grip_json_tree_free(&tree);
}


static void
refused(const char *text, size_t len, size_t offset, int line)
{
    ngx_str_t             input;
    ngx_grip_json_tree_t  tree;

    input = guarded(text, len);

    is_num(ngx_grip_json_tree_read(&tree, &input, 1), NGX_DECLINED,
           "line %d: no JSON", line);
    is_num(tree.error, offset, "line %d: from there on", line);

    ngx_grip_json_tree_free(&tree);
}
