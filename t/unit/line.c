
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Lines: what may stand in a header, blanks, and what the log gets.
 */


#include "tap.h"
#include "text/ngx_grip_line.h"


#define VALID(text)  is_num(valid(text, sizeof(text) - 1), 1, "\"%s\"", text)
#define INVALID(text)                                                        \
    is_num(valid(text, sizeof(text) - 1), 0, "a control character")
#define TRIMMED(text, expected)  trimmed(text, sizeof(text) - 1, expected)
#define CUT(text, part, rest)  cut(text, sizeof(text) - 1, part, rest)
#define MASKED(text, expected)  masked(text, sizeof(text) - 1, expected)
#define QUOTED(text, expected)  quoted(text, sizeof(text) - 1, expected)


static ngx_uint_t valid(const char *text, size_t len);
static void trimmed(const char *text, size_t len, const char *expected);
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
