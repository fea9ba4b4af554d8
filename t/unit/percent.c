
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "text/ngx_grip_percent.h"
#include "tap.h"


#define DECODED(text, form, expected)                                        \
    decoded(text, sizeof(text) - 1, form, expected, sizeof(expected) - 1,    \
            __LINE__)
#define WRITTEN(text, more, expected)                                        \
    written(text, sizeof(text) - 1, more, expected, __LINE__)
#define REFUSED(text)  refused(text, sizeof(text) - 1, __LINE__)
#define CANONICAL(text)  canonical(text, sizeof(text) - 1, 1, __LINE__)
#define ANOTHER(text)  canonical(text, sizeof(text) - 1, 0, __LINE__)


static void paths(void);
static void decoded(const char *text, size_t len, ngx_uint_t form,
    const char *expected, size_t expected_len, int line);
static void refused(const char *text, size_t len, int line);
static void written(const char *text, size_t len, const char *more,
    const char *expected, int line);
static void canonical(const char *text, size_t len, ngx_uint_t expected,
    int line);


int
main(void)
{
    DECODED("", 1, "");
    DECODED("abc", 1, "abc");
    DECODED("%61%62%63", 1, "abc");
    DECODED("a%2Fb%2fc", 0, "a/b/c");
    DECODED("%00%ff%FF", 0, "\0\xff\xff");
    DECODED("%2561", 0, "%61");
    DECODED("a+b%2B", 1, "a b+");
    DECODED("a+b%2B", 0, "a+b+");
    DECODED("\xff", 0, "\xff");

    REFUSED("%");
    REFUSED("a%");
    REFUSED("a%4");
    REFUSED("%%41");
    REFUSED("%4g");
    REFUSED("%g4");
    REFUSED("%4:");
    REFUSED("%/0");
    REFUSED("%@0");
    REFUSED("%`0");
    REFUSED("%.0");
    REFUSED("% 1");

    WRITTEN("", "", "");
    WRITTEN("/fn?a=b&c=d+e;f,g:@!$'()*/?[]~-._", "",
            "/fn?a=b&c=d+e;f,g:@!$'()*/?[]~-._");
    WRITTEN("/a b\t\r\n\0\x1f\x7f", "", "/a%20b%09%0D%0A%00%1F%7F");
    WRITTEN("/\"#<>\\^`{|}", "", "/%22%23%3C%3E%5C%5E%60%7B%7C%7D");
    WRITTEN("/\xc3\xa9\xff\x80", "", "/%C3%A9%FF%80");
    WRITTEN("/%2f%2F%00", "", "/%2f%2F%00");
    WRITTEN("/100%", "", "/100%25");
    WRITTEN("/%2", "", "/%252");
    WRITTEN("/%%41%4g%g4", "", "/%25%41%254g%25g4");
    WRITTEN("/a,b;c", ",;", "/a%2Cb%3Bc");
    WRITTEN("/\0,", ",", "/%00%2C");

    paths();

    return tap_done();
}


static void
paths(void)
{
    CANONICAL("/");
    CANONICAL("/a");
    CANONICAL("/a/");
    CANONICAL("/a/b.c/~d_e-f/0");
    CANONICAL("/.../.a/a./..a/a..");
    CANONICAL("/a%20b%2C%3A%40%2b/%c3%A9");
    CANONICAL("/:@!$&'()*+,;=|\"<>^`{}[]");
    CANONICAL("/%25%2561");
    CANONICAL("/a%3Fb%23c%5Cd%00%7F");
    CANONICAL("/?");
    CANONICAL("/a?/../b//%41\\#%");
    CANONICAL("/a/?b");

    ANOTHER("");
    ANOTHER("a");
    ANOTHER("%2Fa");
    ANOTHER("//");
    ANOTHER("//a");
    ANOTHER("/a//b");
    ANOTHER("/a//");
    ANOTHER("/.");
    ANOTHER("/./a");
    ANOTHER("/a/.");
    ANOTHER("/a/./b");
    ANOTHER("/..");
    ANOTHER("/../a");
    ANOTHER("/a/..");
    ANOTHER("/api/../ws");
    ANOTHER("/%2e");
    ANOTHER("/a/%2E./b");
    ANOTHER("/a/.%2e");
    ANOTHER("/a\\b");
    ANOTHER("/a/..\\b");
    ANOTHER("/a#b");
    ANOTHER("/%77s");
    ANOTHER("/w%53");
    ANOTHER("/%30");
    ANOTHER("/%2D");
    ANOTHER("/%5f");
    ANOTHER("/%7e");
    ANOTHER("/a%2Fb");
    ANOTHER("/a%2fb");
    ANOTHER("/a b");
    ANOTHER("/a\tb");
    ANOTHER("/a\x7f");
    ANOTHER("/caf\xc3\xa9");
    ANOTHER("/%");
    ANOTHER("/%4");
    ANOTHER("/%2");
    ANOTHER("/%zz");
    ANOTHER("?a");
    ANOTHER("//?a");
    ANOTHER("/.?a");
    ANOTHER("/a/..?b");
    ANOTHER("/%41?b");
}


static void
decoded(const char *text, size_t len, ngx_uint_t form, const char *expected,
    size_t expected_len, int line)
{
    ngx_int_t  rc;
    ngx_str_t  s;

    s = guarded(text, len);
    rc = ngx_grip_percent_decode(&s, form);

    if (!ok(rc == NGX_OK && s.len == expected_len
            && memcmp(s.data, expected, expected_len) == 0, "\"%s\"", text))
    {
        printf("#   line %d: rc %ld, \"%.*s\"\n", line, (long) rc,
               (int) s.len, (char *) s.data);
    }
}


static void
refused(const char *text, size_t len, int line)
{
    ngx_str_t  s;

    s = guarded(text, len);

    if (!ok(ngx_grip_percent_decode(&s, 1) == NGX_ERROR, "refused: \"%s\"",
            text))
    {
        printf("#   line %d\n", line);
    }
}


static void
written(const char *text, size_t len, const char *more, const char *expected,
    int line)
{
    size_t     n, m;
    u_char     buf[256];
    ngx_str_t  s;

    s = guarded(text, len);

    n = ngx_grip_percent_uri(NULL, &s, more);
    m = ngx_grip_percent_uri(buf, &s, more);

    if (!ok(n == m && n == strlen(expected) && memcmp(buf, expected, n) == 0,
            "written: \"%s\"", text))
    {
        printf("#   line %d: %zu, %zu, \"%.*s\"\n", line, n, m, (int) m,
               (char *) buf);
    }
}


static void
canonical(const char *text, size_t len, ngx_uint_t expected, int line)
{
    ngx_str_t  s;

    s = guarded(text, len);

    if (!ok(ngx_grip_percent_canonical(&s) == expected,
            "\"%s\" is %scanonical", text, expected ? "" : "not "))
    {
        printf("#   line %d\n", line);
    }
}
