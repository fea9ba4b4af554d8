
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * UTF-8 and JSON strings.  Written texts are also parsed again, so that the
 * tests do not share the mistakes of the writer.
 */


#include <jansson.h>

#include "tap.h"
#include "text/ngx_grip_json.h"
#include "text/ngx_grip_utf8.h"


static void test_utf8_table(void);
static void test_utf8_all(void);
static void test_utf8_places(void);
static void test_utf8_copy(void);
static void test_escape(void);
static void test_escape_places(void);
static void test_escape_code_points(void);
static void test_strings(void);
static void test_base64(void);
static ngx_uint_t utf8_reference(ngx_uint_t a, ngx_uint_t b, ngx_uint_t c);
static ngx_str_t escaped(ngx_str_t *text);
static ngx_uint_t parses_back(ngx_str_t *string, ngx_str_t *text);
static size_t utf8_encode(u_char *p, uint32_t ch);


int
main(void)
{
    test_utf8_table();
    test_utf8_all();
    test_utf8_places();
    test_utf8_copy();
    test_escape();
    test_escape_places();
    test_escape_code_points();
    test_strings();
    test_base64();

    return tap_done();
}


static void
test_utf8_table(void)
{
    size_t     i;
    ngx_str_t  text;

    static const struct {
        ngx_uint_t   valid;
        const char  *text;
        const char  *name;
    } cases[] = {
        { 1, "", "nothing" },
        { 1, "plain text, and more than a word of it", "ASCII" },
        { 1, "\xc2\x80", "U+0080" },
        { 1, "\xdf\xbf", "U+07FF" },
        { 1, "\xe0\xa0\x80", "U+0800" },
        { 1, "\xed\x9f\xbf", "U+D7FF" },
        { 1, "\xee\x80\x80", "U+E000" },
        { 1, "\xef\xbf\xbf", "U+FFFF" },
        { 1, "\xf0\x90\x80\x80", "U+10000" },
        { 1, "\xf1\x80\x80\x80", "U+40000" },
        { 1, "\xf4\x8f\xbf\xbf", "U+10FFFF" },
        { 0, "\x80", "a continuation byte alone" },
        { 0, "\xc0\x80", "U+0000 in two bytes" },
        { 0, "\xc1\xbf", "U+007F in two bytes" },
        { 0, "\xe0\x9f\xbf", "U+07FF in three bytes" },
        { 0, "\xed\xa0\x80", "U+D800, a surrogate" },
        { 0, "\xed\xbf\xbf", "U+DFFF, a surrogate" },
        { 0, "\xf0\x8f\xbf\xbf", "U+FFFF in four bytes" },
        { 0, "\xf4\x90\x80\x80", "U+110000" },
        { 0, "\xf5\x80\x80\x80", "F5" },
        { 0, "\xff", "FF" },
        { 0, "\xc3", "a character cut after one byte of two" },
        { 0, "\xe2\x82", "a character cut after two bytes of three" },
        { 0, "\xf0\x9f\x98", "a character cut after three bytes of four" },
        { 0, "\xe2\x82x", "a character broken by ASCII" },
        { 0, "\xf0\x9f\x98\xc3", "a character broken by another" }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        text = guarded(cases[i].text, strlen(cases[i].text));

        is_num(ngx_grip_utf8_valid(text.data, text.len), cases[i].valid,
               "%s is %s", cases[i].name,
               cases[i].valid ? "well-formed" : "refused");
    }

    is_num(ngx_grip_utf8_valid(NULL, 0), 1, "no text is well-formed");
    is_num(ngx_grip_utf8_valid((u_char *) "a\0b", 3), 1, "NUL is a character");
}


/* all of three bytes, against the columns of table 3-7 */

static void
test_utf8_all(void)
{
    u_char      p[4];
    ngx_uint_t  a, b, c, wrong;

    wrong = 0;

    for (a = 0; a < 256; a++) {
        for (b = 0; b < 256; b++) {
            for (c = 0; c < 256; c++) {
                p[0] = (u_char) a;
                p[1] = (u_char) b;
                p[2] = (u_char) c;

                wrong += ngx_grip_utf8_valid(p, 3) != utf8_reference(a, b, c);
            }
        }
    }

    is_num(wrong, 0, "all sequences of three bytes are judged by table 3-7");

    wrong = 0;
    p[3] = 0x80;

    for (a = 0xe0; a < 256; a++) {
        for (b = 0; b < 256; b++) {
            for (c = 0; c < 256; c++) {
                p[0] = (u_char) a;
                p[1] = (u_char) b;
                p[2] = (u_char) c;

                wrong += ngx_grip_utf8_valid(p, 4)
                         != (c >= 0x80 && c <= 0xbf
                             && ((a == 0xf0 && b >= 0x90 && b <= 0xbf)
                                 || (a >= 0xf1 && a <= 0xf3
                                     && b >= 0x80 && b <= 0xbf)
                                 || (a == 0xf4 && b >= 0x80 && b <= 0x8f)));
            }
        }
    }

    is_num(wrong, 0, "and those of four that end in a continuation byte");
}


static ngx_uint_t
utf8_reference(ngx_uint_t a, ngx_uint_t b, ngx_uint_t c)
{
    ngx_uint_t  two, three;

    two = a >= 0xc2 && a <= 0xdf && b >= 0x80 && b <= 0xbf;

    three = (c >= 0x80 && c <= 0xbf)
            && ((a == 0xe0 && b >= 0xa0 && b <= 0xbf)
                || (a >= 0xe1 && a <= 0xec && b >= 0x80 && b <= 0xbf)
                || (a == 0xed && b >= 0x80 && b <= 0x9f)
                || (a >= 0xee && a <= 0xef && b >= 0x80 && b <= 0xbf));

    return three
           || (two && c < 0x80)
           || (a < 0x80 && b < 0x80 && c < 0x80)
           || (a < 0x80
               && b >= 0xc2 && b <= 0xdf && c >= 0x80 && c <= 0xbf);
}


/* a fault must be found wherever it stands in a word of ASCII */

static void
test_utf8_places(void)
{
    u_char     *p;
    size_t      len, i;
    ngx_str_t   buf;
    ngx_uint_t  wrong;

    static const u_char  room[100];

    wrong = 0;
    buf = guarded(room, sizeof(room));

    for (len = 1; len <= buf.len; len++) {
        p = buf.data + buf.len - len;

        for (i = 0; i < len; i++) {
            memset(p, 'a', len);

            p[i] = 0xc3;
            wrong += ngx_grip_utf8_valid(p, len);

            if (i + 1 < len) {
                p[i + 1] = 0xa9;
                wrong += !ngx_grip_utf8_valid(p, len);
            }
        }
    }

    is_num(wrong, 0, "a character is judged alike in every place of a text");
}


static void
test_utf8_copy(void)
{
    size_t     i, max, len;
    u_char     dst[64];
    ngx_str_t  text, copy;

    static const struct {
        const char  *text;
        size_t       max;
        const char  *copy;
        const char  *name;
    } cases[] = {
        { "", 8, "", "nothing stays nothing" },
        { "", 0, "", "in no room, too" },
        { "a", 0, "", "no room takes nothing" },
        { "abc", 8, "abc", "what fits is copied" },
        { "abc", 3, "abc", "what just fits, too" },
        { "abcd", 3, "abc", "the rest is cut" },
        { "a\xc3\xa9", 3, "a\xc3\xa9", "a character of two bytes fits" },
        { "ab\xc3\xa9", 3, "ab", "or is left out" },
        { "a\xe2\x82\xac", 3, "a", "one of three bytes, too" },
        { "\xf0\x9f\x98\x80x", 4, "\xf0\x9f\x98\x80", "one of four fits" },
        { "\xf0\x9f\x98\x80x", 3, "", "nothing follows what is left out" },
        { "a\xff" "b", 8, "a\xef\xbf\xbd" "b", "a bad byte is replaced" },
        { "\xff", 8, "\xef\xbf\xbd", "be it the only one" },
        { "a\xff", 3, "a", "a replacement is not cut either" },
        { "\x80\xff\xc3", 8, "\xef\xbf\xbd", "several bad bytes are one" },
        { "\xe2\x82z", 8, "\xef\xbf\xbdz", "a character that is cut is one" },
        { "\xff\xc3\xa9\xff", 8, "\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd",
          "good ones among them stay" },
        { "\xed\xa0\x80", 8, "\xef\xbf\xbd", "a surrogate is one" }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        text = guarded(cases[i].text, strlen(cases[i].text));

        copy.data = dst;
        copy.len = ngx_grip_utf8_copy(dst, cases[i].max, &text);

        ok(copy.len == strlen(cases[i].copy)
           && memcmp(dst, cases[i].copy, copy.len) == 0,
           "%s", cases[i].name);
    }

    text = guarded("a\0b", 3);
    is_num(ngx_grip_utf8_copy(dst, 8, &text), 3, "NUL is copied");

    ngx_str_null(&text);
    is_num(ngx_grip_utf8_copy(dst, 8, &text), 0, "no text is no bytes");

    /* whatever the room, it is not left and no character is cut */

    text = guarded("a\xc3\xa9\xff\xe2\x82\xac\xf0\x9f\x98\x80\xe2\x82", 13);

    for (max = 0; max < 20; max++) {
        memset(dst, 'x', sizeof(dst));
        len = ngx_grip_utf8_copy(dst, max, &text);

        ok(len <= max && ngx_grip_utf8_valid(dst, len) && dst[len] == 'x',
           "at most %d bytes", (int) max);
    }
}


static void
test_escape(void)
{
    size_t     i;
    ngx_str_t  text, got;

    static const struct {
        const char  *text;
        const char  *expected;
        const char  *name;
    } cases[] = {
        { "", "", "nothing" },
        { "plain / text", "plain / text", "ASCII stays, the slash too" },
        { "say \"hi\"", "say \\\"hi\\\"", "quotes" },
        { "a\\b", "a\\\\b", "a backslash" },
        { "\b\f\n\r\t", "\\b\\f\\n\\r\\t", "controls with a short form" },
        { "\x01\x1f\x0b", "\\u0001\\u001f\\u000b", "other controls" },
        { "\x7f", "\x7f", "DEL stays" },
        { "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f", "UTF-8 stays" },
        { "a\xe2\x80\xa8" "b\xe2\x80\xa9", "a\\u2028b\\u2029",
          "U+2028 and U+2029" },
        { "\xe2\x80\xa7\xe2\x80\xaa\xe2\x82\xa8", "\xe2\x80\xa7\xe2\x80\xaa"
          "\xe2\x82\xa8", "their neighbours stay" },
        { "\"\"\"\"\"\"\"\"", "\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"",
          "nothing but quotes" }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        text = guarded(cases[i].text, strlen(cases[i].text));
        got = escaped(&text);

        ok(got.len == strlen(cases[i].expected)
           && memcmp(got.data, cases[i].expected, got.len) == 0,
           "escape: %s", cases[i].name);
    }

    text = guarded("a\0b", 3);
    got = escaped(&text);
    is_str(&got, "a\\u0000b", "escape: NUL");

    is_num(ngx_grip_json_escape(NULL, NULL, 0), 0, "escape: no text");

    /* not valid, yet nothing behind the end may be looked at */

    text = guarded("a\xe2\x80", 3);
    is_num(ngx_grip_json_escape(NULL, text.data, text.len), 3,
           "escape: a character that is cut");
}


static void
test_escape_places(void)
{
    size_t      i, len;
    u_char      buf[32], out[256];
    ngx_str_t   text, string;
    ngx_uint_t  ch, wrong, n;

    wrong = 0;

    for (len = 1; len <= sizeof(buf); len++) {
        for (i = 0; i < len; i++) {
            for (ch = 0; ch < 0x80; ch++) {
                memset(buf, ch == '!' ? '#' : '!', len);
                buf[i] = (u_char) ch;

                n = (ch == '"' || ch == '\\' || ch == '\b' || ch == '\f'
                     || ch == '\n' || ch == '\r' || ch == '\t')
                    ? 2 : ch < 0x20 ? 6 : 1;

                string.data = out;
                string.len = ngx_grip_json_escape(out, buf, len);

                wrong += string.len != len - 1 + n;
                wrong += ngx_grip_json_escape(NULL, buf, len) != string.len;

                if (i == 0 || i == len - 1) {
                    text.data = buf;
                    text.len = len;
                    wrong += !parses_back(&string, &text);
                }
            }
        }
    }

    is_num(wrong, 0, "each ASCII character is escaped alike in every place");
}


/* every character there is, in runs of 4096 */

static void
test_escape_code_points(void)
{
    size_t      len, n;
    u_char     *out;
    uint32_t    ch, end;
    ngx_str_t   text, string;
    ngx_uint_t  wrong;

    static u_char  buf[4096 * 4];

    wrong = 0;

    for (ch = 0; ch < 0x110000; ch = end) {
        end = ch + 4096;

        for (len = 0; ch < end; ch++) {
            if (ch < 0xd800 || ch > 0xdfff) {
                len += utf8_encode(buf + len, ch);
            }
        }

        text.data = buf;
        text.len = len;

        n = ngx_grip_json_escape(NULL, buf, len);

        out = malloc(n + 1);
        if (out == NULL) {
            printf("Bail out! no memory\n");
            exit(2);
        }

        string.data = out;
        string.len = ngx_grip_json_escape(out, buf, len);

        wrong += string.len != n;
        wrong += !parses_back(&string, &text);
        wrong += !ngx_grip_utf8_valid(buf, len);

        free(out);
    }

    is_num(wrong, 0, "every character is parsed as it was written");
}


static void
test_strings(void)
{
    u_char     buf[128];
    ngx_str_t  got, value, first;

    got.data = buf;

    ngx_str_set(&value, "a\"b");

    got.len = ngx_grip_json_string(buf, &value);
    is_str(&got, "\"a\\\"b\"", "a string has its quotes");
    is_num(ngx_grip_json_string(NULL, &value), got.len, "and is counted");

    got.len = ngx_grip_json_member(buf, "prev-id", &value);
    is_str(&got, "\"prev-id\":\"a\\\"b\"", "a member has name and value");
    is_num(ngx_grip_json_member(NULL, "prev-id", &value), got.len,
           "and is counted");

    ngx_str_set(&first, "\\");

    got.len = ngx_grip_json_joined(buf, &first, &value);
    is_str(&got, "\"\\\\a\\\"b\"", "two texts are one string");
    is_num(ngx_grip_json_joined(NULL, &first, &value), got.len,
           "and are counted");

    got.len = ngx_grip_json_pair(buf, &first, &value);
    is_str(&got, "\"\\\\\":\"a\\\"b\"", "the name of a pair is escaped");

    ngx_str_null(&value);

    got.len = ngx_grip_json_member(buf, "x", &value);
    is_str(&got, "\"x\":\"\"", "a value may be empty");

    got.len = ngx_grip_json_joined(buf, &value, &value);
    is_str(&got, "\"\"", "and so may two texts");

    got.len = ngx_grip_json_number(buf, "n", 0);
    is_str(&got, "\"n\":0", "a number may be nought");

    got.len = ngx_grip_json_number(buf, "n", 1024);
    is_str(&got, "\"n\":1024", "or have digits");
    is_num(ngx_grip_json_number(NULL, "n", 1024), got.len, "and is counted");

    got.len = ngx_grip_json_literal(buf, "\"");
    is_str(&got, "\"", "a literal is written as it is");
}


static void
test_base64(void)
{
    size_t     i;
    u_char     buf[64];
    ngx_str_t  got, value, out;

    static const struct {
        const char  *text;
        const char  *expected;
    } cases[] = {
        { "", "\"\"" },
        { "f", "\"Zg==\"" },
        { "fo", "\"Zm8=\"" },
        { "foo", "\"Zm9v\"" },
        { "foob", "\"Zm9vYg==\"" },
        { "fooba", "\"Zm9vYmE=\"" },
        { "foobar", "\"Zm9vYmFy\"" },
        { "\xfb\xff\xfe", "\"+//+\"" }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        value = guarded(cases[i].text, strlen(cases[i].text));

        /* not a byte may be written behind the count */

        out = guarded(buf, ngx_grip_json_base64(NULL, &value));

        got.data = out.data;
        got.len = ngx_grip_json_base64(out.data, &value);

        ok(got.len == out.len && got.len == strlen(cases[i].expected)
           && memcmp(got.data, cases[i].expected, got.len) == 0,
           "base64: %s", cases[i].expected);
    }
}


static ngx_str_t
escaped(ngx_str_t *text)
{
    size_t     n;
    ngx_str_t  out;

    static const u_char  room[4096];

    n = ngx_grip_json_escape(NULL, text->data, text->len);

    out = guarded(room, n);
    out.len = ngx_grip_json_escape(out.data, text->data, text->len);

    return out;
}


static ngx_uint_t
parses_back(ngx_str_t *string, ngx_str_t *text)
{
    char        *quoted;
    json_t      *json;
    ngx_uint_t   same;

    quoted = malloc(string->len + 2);
    if (quoted == NULL) {
        return 0;
    }

    quoted[0] = '"';
    memcpy(quoted + 1, string->data, string->len);
    quoted[string->len + 1] = '"';

    json = json_loadb(quoted, string->len + 2,
                      JSON_DECODE_ANY|JSON_ALLOW_NUL, NULL);

    same = json != NULL
           && json_string_length(json) == text->len
           && memcmp(json_string_value(json), text->data, text->len) == 0;

    json_decref(json);
    free(quoted);

    return same;
}


static size_t
utf8_encode(u_char *p, uint32_t ch)
{
    if (ch < 0x80) {
        p[0] = (u_char) ch;
        return 1;
    }

    if (ch < 0x800) {
        p[0] = (u_char) (0xc0 | ch >> 6);
        p[1] = (u_char) (0x80 | (ch & 0x3f));
        return 2;
    }

    if (ch < 0x10000) {
        p[0] = (u_char) (0xe0 | ch >> 12);
        p[1] = (u_char) (0x80 | (ch >> 6 & 0x3f));
        p[2] = (u_char) (0x80 | (ch & 0x3f));
        return 3;
    }

    p[0] = (u_char) (0xf0 | ch >> 18);
    p[1] = (u_char) (0x80 | (ch >> 12 & 0x3f));
    p[2] = (u_char) (0x80 | (ch >> 6 & 0x3f));
    p[3] = (u_char) (0x80 | (ch & 0x3f));

    return 4;
}
