
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_grip_percent.h"
#include "tap.h"


#define DECODED(text, form, expected)                                        \
    decoded(text, sizeof(text) - 1, form, expected, sizeof(expected) - 1,    \
            __LINE__)
#define REFUSED(text)  refused(text, sizeof(text) - 1, __LINE__)


static void decoded(const char *text, size_t len, ngx_uint_t form,
    const char *expected, size_t expected_len, int line);
static void refused(const char *text, size_t len, int line);


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

    return tap_done();
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
