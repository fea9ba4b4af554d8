
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Lines: what may stand in a header, blanks, and what the log gets; and what
 * the proxy leaves out of texts.
 */


#include "tap.h"
#include "text/ngx_grip_line.h"
#include "text/ngx_grip_utf8.h"


#define VALID(text)  is_num(valid(text, sizeof(text) - 1), 1, "\"%s\"", text)
#define INVALID(text)                                                        \
    is_num(valid(text, sizeof(text) - 1), 0, "a control character")
#define TRIMMED(text, expected)  trimmed(text, sizeof(text) - 1, expected)
#define SPACED(space)  spaced(space, sizeof(space) - 1, 1)
#define UNSPACED(text)  spaced(text, sizeof(text) - 1, 0)
#define MARKED(text, len)  marked(text, sizeof(text) - 1, len)
#define CUT(text, part, rest)  cut(text, sizeof(text) - 1, part, rest)
#define MASKED(text, expected)  masked(text, sizeof(text) - 1, expected)
#define QUOTED(text, expected)  quoted(text, sizeof(text) - 1, expected)


static ngx_uint_t valid(const char *text, size_t len);
static void trimmed(const char *text, size_t len, const char *expected);
static void spaced(const char *text, size_t len, ngx_uint_t space);
static void marked(const char *text, size_t len, size_t expected);
static void cut(const char *text, size_t len, const char *part,
    const char *rest);
static void masked(const char *text, size_t len, const char *expected);
static void quoted(const char *text, size_t len, const char *expected);
static ngx_uint_t same(ngx_str_t *text, const char *expected);


int
main(void)
{
    VALID("");
    VALID("a\tb c");
    VALID("\x80\xff~ ");
    INVALID("\0");
    INVALID("a\n");
    INVALID("\rb");
    INVALID("\x1f");
    INVALID("\x7f");

    TRIMMED("", "");
    TRIMMED(" ", "");
    TRIMMED("\t \t", "");
    TRIMMED("a", "a");
    TRIMMED(" \ta b\t ", "a b");
    TRIMMED("\na\n", "\na\n");

    SPACED("");
    SPACED(" ");
    SPACED("\t\n\v\f\r");
    SPACED("\xc2\x85\xc2\xa0");
    SPACED("\xe1\x9a\x80 \xe2\x80\x80\xe2\x80\x8a\n\xe2\x80\xa8");
    SPACED("\xe2\x80\xa9\xe2\x80\xaf\xe2\x81\x9f\xe3\x80\x80");
    UNSPACED("\b");
    UNSPACED("\x1c");
    UNSPACED("\xc2\x84");
    UNSPACED("\xc2");
    UNSPACED("\xe2\x80\x8b");
    UNSPACED("\xe2\x80");
    UNSPACED("\xef\xbb\xbf");

    MARKED("", 0);
    MARKED("\xef\xbb", 0);
    MARKED("\xef\xbb\xbf", 3);
    MARKED("\xef\xbb\xbf\xef\xbb\xbf" "a", 3);
    MARKED("a\xef\xbb\xbf", 0);

    CUT("", "", "");
    CUT("a", "a", "");
    CUT(";", "", "");
    CUT("a;", "a", "");
    CUT(";b", "", "b");
    CUT("a;b;c", "a", "b;c");
    CUT(" \ta b\t ;\t b ; c ", "a b", "b ; c");
    CUT("  ", "", "");

    MASKED("", "");
    MASKED("a b", "a b");
    MASKED("\0a\tb\r\n\x7f\xff", "?a?b???\xff");

    QUOTED("", "\"\"");
    QUOTED("a\tb'", "\"a\tb'\"");
    QUOTED("\\\"", "\"\\\\\\\"\"");

    return tap_done();
}


static ngx_uint_t
valid(const char *text, size_t len)
{
    ngx_str_t  s;

    s = guarded(text, len);

    return ngx_grip_line_valid(&s);
}


static void
trimmed(const char *text, size_t len, const char *expected)
{
    ngx_str_t  s;

    s = guarded(text, len);
    ngx_grip_line_trim(&s);

    ok(same(&s, expected), "trimmed: \"%s\"", expected);
}


/* in front of a text, behind it, and alone */

static void
spaced(const char *text, size_t len, ngx_uint_t space)
{
    size_t      n;
    char        all[64];
    ngx_str_t   s;
    ngx_uint_t  i;

    for (i = 0; i < 4; i++) {
        n = 0;

        if (i & 1) {
            memcpy(all, text, len);
            n = len;
        }

        memcpy(all + n, "a \xc3\xa9", 4);
        n += 4;

        if (i & 2) {
            memcpy(all + n, text, len);
            n += len;
        }

        s = guarded(all, n);
        ngx_grip_utf8_trim(&s);

        ok(s.len == (space ? 4 : n)
           && memcmp(s.data, space ? "a \xc3\xa9" : all, s.len) == 0,
           "%lu bytes that are %sspace", len, space ? "" : "no ");
    }

    s = guarded(text, len);
    ngx_grip_utf8_trim(&s);
    is_num(s.len, space ? 0 : len, "they alone");
}


static void
marked(const char *text, size_t len, size_t expected)
{
    ngx_str_t  s;

    s = guarded(text, len);
    is_num(ngx_grip_utf8_mark(&s), expected, "a mark in front");
}


static void
cut(const char *text, size_t len, const char *part, const char *rest)
{
    ngx_str_t  s, before;

    s = guarded(text, len);
    before = ngx_grip_line_cut(&s, ';');

    ok(same(&before, part) && same(&s, rest), "cut: \"%s\", \"%s\"", part,
       rest);
}


static void
masked(const char *text, size_t len, const char *expected)
{
    ngx_str_t  s;

    s = guarded(text, len);
    ngx_grip_line_mask(&s, '?');

    ok(same(&s, expected), "masked: \"%s\"", expected);
}


static void
quoted(const char *text, size_t len, const char *expected)
{
    u_char     buf[64];
    ngx_str_t  s, got;

    s = guarded(text, len);

    got.data = buf;
    got.len = (size_t) (ngx_grip_line_quote(buf, &s) - buf);

    ok(same(&got, expected), "quoted: %s", expected);
}


static ngx_uint_t
same(ngx_str_t *text, const char *expected)
{
    return text->len == strlen(expected)
           && memcmp(text->data, expected, text->len) == 0;
}
