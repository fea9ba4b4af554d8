
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * WebSocket-over-HTTP events.  The corpus folders hold request bodies: each
 * of valid/ must be read to its end, each of invalid/ must be refused at the
 * offset that follows the "@" of its name.
 */


#include <dirent.h>

#include "tap.h"
#include "wire/ngx_grip_ws.h"


#ifndef CORPUS
#define CORPUS       "t/corpus"
#endif

#define CORPUS_MAX   65536


typedef void (*corpus_pt)(const char *name, ngx_str_t *body);


static void test_read(void);
static void test_unknown(void);
static void test_near_types(void);
static void test_errors(void);
static void test_digits(void);
static void test_prefixes(void);
static void test_write(void);
static void test_round_trip(void);
static void test_byte_pairs(void);
static void test_close(void);
static void test_reason(void);
static void test_corpus(const char *root);
static int corpus_each(const char *root, const char *dir, corpus_pt check);
static void corpus_valid(const char *name, ngx_str_t *body);
static void corpus_invalid(const char *name, ngx_str_t *body);
static void reader(ngx_grip_ws_reader_t *rd, ngx_str_t *body);
static u_char *append(u_char *p, ngx_grip_ws_event_t *ev);


#define body_of(text)  guarded(text, sizeof(text) - 1)


int
main(int argc, char **argv)
{
    const char  *root;

    root = getenv("CORPUS");

    if (argc > 1) {
        root = argv[1];
    }

    test_read();
    test_unknown();
    test_near_types();
    test_errors();
    test_digits();
    test_prefixes();
    test_write();
    test_round_trip();
    test_byte_pairs();
    test_close();
    test_reason();
    test_corpus(root ? root : CORPUS);

    return tap_done();
}


static void
test_read(void)
{
    ngx_str_t             body;
    ngx_grip_ws_event_t   ev;
    ngx_grip_ws_reader_t  rd;

    body = body_of("OPEN\r\n");
    reader(&rd, &body);

    is_num(ngx_grip_ws_read(&rd, &ev), NGX_OK, "an open is read");
    is_num(ev.type, NGX_GRIP_WS_OPEN, "its type");
    is_str(&ev.content, "", "it has no content");
    ok(ev.content.data != NULL, "no content is not a null pointer");
    is_num(ngx_grip_ws_read(&rd, &ev), NGX_DONE, "then the end");
    is_num(ngx_grip_ws_read(&rd, &ev), NGX_DONE, "and the end again");

    body = body_of("TEXT 2\r\nhi\r\n" "TEXT\r\n" "TEXT 0\r\n\r\n"
                   "BINARY 4\r\n\x00\xff\r\n\r\n" "BINARY\r\n"
                   "PING 2\r\npp\r\n" "PONG\r\n" "CLOSE 2\r\n\x03\xe8\r\n");
    reader(&rd, &body);

    is_num(ngx_grip_ws_read(&rd, &ev), NGX_OK, "a batch: text");
    is_num(ev.type, NGX_GRIP_WS_TEXT, "its type");
    is_str(&ev.content, "hi", "its content");
    ok(ev.content.data == body.data + 8, "content points into the body");

    is_num(ngx_grip_ws_read(&rd, &ev), NGX_OK, "text without a length");
    is_num(ev.type, NGX_GRIP_WS_TEXT, "is an empty message");
    is_str(&ev.content, "", "without content");

    is_num(ngx_grip_ws_read(&rd, &ev), NGX_OK, "text of length 0");
    is_num(ev.type, NGX_GRIP_WS_TEXT, "is an empty message, too");
    is_str(&ev.content, "", "without content");

    is_num(ngx_grip_ws_read(&rd, &ev), NGX_OK, "binary");
    is_num(ev.type, NGX_GRIP_WS_BINARY, "its type");
    is_str(&ev.content, "\x00\xff\r\n", "may contain NUL and CRLF");

    is_num(ngx_grip_ws_read(&rd, &ev), NGX_OK, "empty binary");
    is_num(ev.type, NGX_GRIP_WS_BINARY, "its type");
    is_str(&ev.content, "", "its content");

    is_num(ngx_grip_ws_read(&rd, &ev), NGX_OK, "ping");
    is_num(ev.type, NGX_GRIP_WS_PING, "its type");
    is_str(&ev.content, "pp", "its payload");

    is_num(ngx_grip_ws_read(&rd, &ev), NGX_OK, "pong");
    is_num(ev.type, NGX_GRIP_WS_PONG, "its type");

    is_num(ngx_grip_ws_read(&rd, &ev), NGX_OK, "close");
    is_num(ev.type, NGX_GRIP_WS_CLOSE, "its type");
    is_str(&ev.content, "\x03\xe8", "its payload");
    is_num(ngx_grip_ws_read(&rd, &ev), NGX_DONE, "the end of the batch");

    body = body_of("DISCONNECT\r\n");
    reader(&rd, &body);

    is_num(ngx_grip_ws_read(&rd, &ev), NGX_OK, "disconnect");
    is_num(ev.type, NGX_GRIP_WS_DISCONNECT, "its type");

    body = body_of("TEXT 1F\r\n0123456789012345678901234567890\r\n"
                   "TEXT 0000000a\r\n0123456789\r\n");
    reader(&rd, &body);

    is_num(ngx_grip_ws_read(&rd, &ev), NGX_OK, "a length in upper case");
    is_num(ev.content.len, 31, "is hexadecimal");
    is_num(ngx_grip_ws_read(&rd, &ev), NGX_OK, "a length of eight digits");
    is_num(ev.content.len, 10, "may have leading zeros");

    body = body_of("");
    reader(&rd, &body);
    is_num(ngx_grip_ws_read(&rd, &ev), NGX_DONE, "an empty body has no events");

    ngx_memzero(&rd, sizeof(ngx_grip_ws_reader_t));
    is_num(ngx_grip_ws_read(&rd, &ev), NGX_DONE, "nor has no body");
}


static void
test_unknown(void)
{
    ngx_str_t             body;
    ngx_grip_ws_event_t   ev;
    ngx_grip_ws_reader_t  rd;

    body = body_of("FUTURE\r\n" "future-2 8\r\nTEXT 9\r\n\r\n"
                   "text 1\r\nx\r\n" "TEXTS\r\n" "PANG\r\n" "CLOSED\r\n"
                   "DISCONNEC\r\n" "BINARX 1\r\n\r\r\n" "{}!~\r\n"
                   "TEXT 1\r\na\r\n" "LAST\r\n");
    reader(&rd, &body);

    is_num(ngx_grip_ws_read(&rd, &ev), NGX_OK, "unknown types are skipped");
    is_num(ev.type, NGX_GRIP_WS_TEXT, "up to a known one");
    is_str(&ev.content, "a", "together with their content");
    is_num(ngx_grip_ws_read(&rd, &ev), NGX_DONE, "also at the end");
}


/* a known type with any one letter changed is unknown */

static void
test_near_types(void)
{
    size_t                i, n, len;
    ngx_str_t             body;
    ngx_uint_t            wrong;
    ngx_grip_ws_event_t   ev;
    ngx_grip_ws_reader_t  rd;

    static const char  *types[] = {
        "OPEN\r\n", "TEXT\r\n", "BINARY\r\n", "PING\r\n", "PONG\r\n",
        "CLOSE\r\n", "DISCONNECT\r\n"
    };

    wrong = 0;

    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        len = strlen(types[i]);

        for (n = 0; n < len - 2; n++) {
            body = guarded(types[i], len);
            body.data[n] ^= 0x20;
            reader(&rd, &body);

            wrong += ngx_grip_ws_read(&rd, &ev) != NGX_DONE;
        }
    }

    is_num(wrong, 0, "types are compared to their last letter");
}


static void
test_errors(void)
{
    ngx_str_t             body;
    ngx_grip_ws_event_t   ev;
    ngx_grip_ws_reader_t  rd;

    body = body_of("TEXT 1\r\na\r\n" "TEXT 2\r\na\r\n");
    reader(&rd, &body);

    is_num(ngx_grip_ws_read(&rd, &ev), NGX_OK, "what precedes an error");
    is_str(&ev.content, "a", "is read");
    is_num(ngx_grip_ws_read(&rd, &ev), NGX_ERROR,
           "content may not borrow from its CRLF");
    is_num(rd.pos - rd.start, 21, "the error is where CRLF should be");
    ok(rd.err && strcmp(rd.err, "no CRLF after content") == 0,
       "and says so");

    body = body_of("TEXT ffffffff\r\na\r\n");
    reader(&rd, &body);

    is_num(ngx_grip_ws_read(&rd, &ev), NGX_ERROR, "a length of 4 GB");
    is_num(rd.pos - rd.start, 5, "is refused at its first digit");
    ok(rd.err && strcmp(rd.err, "content length is beyond the end") == 0,
       "and says so");
}


/* each byte in the place of a digit, with more content than it can mean */

static void
test_digits(void)
{
    char                  text[64];
    ngx_int_t             rc;
    ngx_str_t             body;
    ngx_uint_t            ch, wrong;
    ngx_grip_ws_event_t   ev;
    ngx_grip_ws_reader_t  rd;

    wrong = 0;

    for (ch = 0; ch < 256; ch++) {
        memset(text, 'x', sizeof(text));
        memcpy(text, "TEXT 0", 6);
        text[6] = (char) ch;
        text[7] = CR;
        text[8] = LF;

        body.len = sizeof(text);
        body.data = (u_char *) text;
        reader(&rd, &body);

        rc = ngx_grip_ws_read(&rd, &ev);

        /* what is a digit is wrong only later, as no CRLF is in the content */

        if (ch < 0x80 && strchr("0123456789abcdefABCDEF", (int) ch) && ch) {
            text[7] = '\0';
            wrong += rd.pos - rd.start != 9 + strtol(text + 5, NULL, 16);

        } else if (ch == CR) {
            wrong += rd.pos - rd.start != 7;

        } else {
            wrong += rd.pos - rd.start != 6;
        }

        wrong += rc != NGX_ERROR;
    }

    is_num(wrong, 0, "only hexadecimal digits are digits");
}


/* of a batch cut anywhere only whole events come out */

static void
test_prefixes(void)
{
    size_t                len, whole;
    ngx_int_t             rc;
    ngx_str_t             body;
    ngx_uint_t            good;
    ngx_grip_ws_event_t   ev;
    ngx_grip_ws_reader_t  rd;

    static const char  batch[] =
        "TEXT a\r\n0123456789\r\n" "BINARY\r\n" "FUTURE 2\r\n\r\n\r\n"
        "CLOSE 2\r\n\x03\xe8\r\n";

    good = 1;

    for (len = 0; len < sizeof(batch); len++) {
        body = guarded(batch, len);
        reader(&rd, &body);

        whole = 0;

        while ((rc = ngx_grip_ws_read(&rd, &ev)) == NGX_OK) {
            whole = rd.pos - rd.start;
        }

        if (rc == NGX_DONE) {
            /* 20, 28 and 42 are where events end */
            good &= (len == 0 || len == 20 || len == 28 || len == 42
                     || len == sizeof(batch) - 1);

        } else {
            good &= (rc == NGX_ERROR && rd.err != NULL && whole <= len
                     && rd.pos >= rd.start && rd.pos <= rd.end);
        }
    }

    ok(good, "a batch that is cut inside an event is refused");
}


static void
test_write(void)
{
    size_t      i;
    u_char      line[NGX_GRIP_WS_LINE_LEN];
    ngx_str_t   text;

    static const struct {
        ngx_uint_t   type;
        size_t       len;
        const char  *line;
    } lines[] = {
        { NGX_GRIP_WS_OPEN, 0, "OPEN\r\n" },
        { NGX_GRIP_WS_TEXT, 0, "TEXT\r\n" },
        { NGX_GRIP_WS_TEXT, 1, "TEXT 1\r\n" },
        { NGX_GRIP_WS_TEXT, 15, "TEXT f\r\n" },
        { NGX_GRIP_WS_TEXT, 16, "TEXT 10\r\n" },
        { NGX_GRIP_WS_TEXT, 65, "TEXT 41\r\n" },
        { NGX_GRIP_WS_TEXT, 150000, "TEXT 249f0\r\n" },
        { NGX_GRIP_WS_BINARY, 255, "BINARY ff\r\n" },
        { NGX_GRIP_WS_BINARY, 256, "BINARY 100\r\n" },
        { NGX_GRIP_WS_PING, 125, "PING 7d\r\n" },
        { NGX_GRIP_WS_PONG, 2, "PONG 2\r\n" },
        { NGX_GRIP_WS_CLOSE, 2, "CLOSE 2\r\n" },
        { NGX_GRIP_WS_DISCONNECT, 0, "DISCONNECT\r\n" }
    };

    for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        text.data = line;
        text.len = ngx_grip_ws_write_line(line, lines[i].type, lines[i].len)
                   - line;

        ok(text.len == strlen(lines[i].line)
           && memcmp(line, lines[i].line, text.len) == 0,
           "type %d with %d bytes: %.*s", (int) lines[i].type,
           (int) lines[i].len, (int) text.len - 2, line);
    }

    text.len = ngx_grip_ws_write_line(line, NGX_GRIP_WS_DISCONNECT,
                                      (size_t) -1)
               - line;
    is_num(text.len, NGX_GRIP_WS_LINE_LEN, "the longest line is that long");
}


static void
test_round_trip(void)
{
    size_t                i;
    u_char               *buf, *p;
    ngx_str_t             body;
    ngx_uint_t            type;
    ngx_grip_ws_event_t   ev, got;
    ngx_grip_ws_reader_t  rd;

    static const size_t  sizes[] = {
        0, 1, 15, 16, 255, 256, 4095, 4096, 32768, 199999, 1048575, 1048576
    };

    buf = malloc(1048576 + 64);
    ev.content.data = malloc(1048576);

    if (buf == NULL || ev.content.data == NULL) {
        printf("Bail out! no memory\n");
        exit(2);
    }

    for (i = 0; i < 1048576; i++) {
        ev.content.data[i] = (u_char) "\r\nTEXT 3\r\n\x00\xff"[i % 12];
    }

    for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        for (type = 1; type <= NGX_GRIP_WS_DISCONNECT; type <<= 1) {
            ev.type = type;
            ev.content.len = sizes[i];

            p = append(buf, &ev);

            body = guarded(buf, p - buf);
            reader(&rd, &body);

            ok(ngx_grip_ws_read(&rd, &got) == NGX_OK
               && got.type == type
               && got.content.len == sizes[i]
               && memcmp(got.content.data, ev.content.data, sizes[i]) == 0
               && ngx_grip_ws_read(&rd, &got) == NGX_DONE,
               "type %d with %d bytes is read as it was written",
               (int) type, (int) sizes[i]);
        }
    }

    free(buf);
    free(ev.content.data);
}


static void
test_byte_pairs(void)
{
    size_t                n;
    u_char               *buf, *p, pair[2];
    ngx_str_t             body;
    ngx_grip_ws_event_t   ev;
    ngx_grip_ws_reader_t  rd;

    buf = malloc(65536 * sizeof("BINARY 2\r\n..\r\n"));

    if (buf == NULL) {
        printf("Bail out! no memory\n");
        exit(2);
    }

    ev.type = NGX_GRIP_WS_BINARY;
    ev.content.len = 2;
    ev.content.data = pair;

    p = buf;

    for (n = 0; n < 65536; n++) {
        pair[0] = (u_char) (n >> 8);
        pair[1] = (u_char) n;
        p = append(p, &ev);
    }

    body = guarded(buf, p - buf);
    reader(&rd, &body);

    for (n = 0; ngx_grip_ws_read(&rd, &ev) == NGX_OK; n++) {
        if (ev.type != NGX_GRIP_WS_BINARY
            || ev.content.len != 2
            || (size_t) (ev.content.data[0] << 8 | ev.content.data[1]) != n)
        {
            break;
        }
    }

    is_num(n, 65536, "every pair of bytes is content like any other");

    free(buf);
}


static void
test_close(void)
{
    ngx_str_t   content, reason;
    ngx_uint_t  code, n, valid;

    content = body_of("");
    ngx_grip_ws_close_parse(&content, &code, &reason);
    is_num(code, 0, "an empty close has no code");
    is_str(&reason, "", "nor a reason");

    content = body_of("\x03");
    ngx_grip_ws_close_parse(&content, &code, &reason);
    is_num(code, 0, "a close of one byte has no code");
    is_str(&reason, "", "nor a reason");

    content = body_of("\x03\xe8");
    ngx_grip_ws_close_parse(&content, &code, &reason);
    is_num(code, 1000, "a close of two bytes has a code");
    is_str(&reason, "", "and no reason");

    content = body_of("\xff\xfe" "bye \xc3\xa9");
    ngx_grip_ws_close_parse(&content, &code, &reason);
    is_num(code, 0xfffe, "the code is big-endian and unsigned");
    is_str(&reason, "bye \xc3\xa9", "the reason follows it");

    for (n = 0, valid = 0; n < 70000; n++) {
        valid += ngx_grip_ws_close_code_valid(n);
    }

    is_num(valid, 4 + 8 + 2000, "no other code may be sent than");
    ok(ngx_grip_ws_close_code_valid(1000) && ngx_grip_ws_close_code_valid(1003),
       "1000 to 1003");
    ok(ngx_grip_ws_close_code_valid(1007) && ngx_grip_ws_close_code_valid(1014),
       "1007 to 1014");
    ok(ngx_grip_ws_close_code_valid(3000) && ngx_grip_ws_close_code_valid(4999),
       "3000 to 4999");
}


static void
test_reason(void)
{
    u_char     dst[NGX_GRIP_WS_REASON_MAX + 1], long_text[200];
    ngx_str_t  text, reason;

    reason.data = dst;

    text = body_of("bye \xc3\xa9\xff");
    reason.len = ngx_grip_ws_write_reason(dst, &text);
    is_str(&reason, "bye \xc3\xa9\xef\xbf\xbd",
           "a reason is sent as UTF-8, whatever it is");

    memset(long_text, 'a', sizeof(long_text));
    text = guarded((char *) long_text, NGX_GRIP_WS_REASON_MAX);
    is_num(ngx_grip_ws_write_reason(dst, &text), 123, "one of 123 bytes fits");

    text = guarded((char *) long_text, sizeof(long_text));
    is_num(ngx_grip_ws_write_reason(dst, &text), 123, "a longer one is cut");

    ngx_memcpy(long_text + 122, "\xc3\xa9", 2);
    text = guarded((char *) long_text, sizeof(long_text));
    is_num(ngx_grip_ws_write_reason(dst, &text), 122,
           "but no character of it");

    ngx_str_null(&text);
    is_num(ngx_grip_ws_write_reason(dst, &text), 0, "no reason is none");
}


static void
test_corpus(const char *root)
{
    ok(corpus_each(root, "ws/valid", corpus_valid) >= 30,
       "the valid corpus of %s is there", root);
    ok(corpus_each(root, "ws/invalid", corpus_invalid) >= 40,
       "the invalid corpus of %s is there", root);
}


static int
corpus_each(const char *root, const char *dir, corpus_pt check)
{
    int             n;
    DIR            *d;
    FILE           *file;
    size_t          len;
    ngx_str_t       body;
    struct dirent  *entry;

    static char    path[4096];
    static u_char  buf[CORPUS_MAX];

    snprintf(path, sizeof(path), "%s/%s", root, dir);

    d = opendir(path);
    if (d == NULL) {
        return 0;
    }

    n = 0;

    while ((entry = readdir(d)) != NULL) {
        if (entry->d_name[0] == '.') {
            continue;
        }

        snprintf(path, sizeof(path), "%s/%s/%s", root, dir, entry->d_name);

        file = fopen(path, "rb");
        if (file == NULL) {
            continue;
        }

        len = fread(buf, 1, sizeof(buf), file);
        fclose(file);

        body = guarded(buf, len);
        check(entry->d_name, &body);

        n++;
    }

    closedir(d);

    return n;
}


static void
corpus_valid(const char *name, ngx_str_t *body)
{
    u_char               *buf, *p;
    ngx_int_t             rc;
    ngx_str_t             copy;
    ngx_uint_t            same;
    ngx_grip_ws_event_t   ev, again;
    ngx_grip_ws_reader_t  rd, second;

    buf = malloc(body->len + NGX_GRIP_WS_LINE_LEN);

    if (buf == NULL) {
        printf("Bail out! no memory\n");
        exit(2);
    }

    p = buf;
    reader(&rd, body);

    while ((rc = ngx_grip_ws_read(&rd, &ev)) == NGX_OK) {
        p = append(p, &ev);
    }

    is_num(rc, NGX_DONE, "valid: %s", name);

    copy = guarded(buf, p - buf);
    reader(&rd, body);
    reader(&second, &copy);

    for (same = 1; same && ngx_grip_ws_read(&rd, &ev) == NGX_OK; /* void */) {
        same = ngx_grip_ws_read(&second, &again) == NGX_OK
               && ev.type == again.type
               && ev.content.len == again.content.len
               && memcmp(ev.content.data, again.content.data, ev.content.len)
                  == 0;
    }

    ok(same && ngx_grip_ws_read(&second, &again) == NGX_DONE,
       "valid: %s, written and read again", name);

    free(buf);
}


static void
corpus_invalid(const char *name, ngx_str_t *body)
{
    ngx_int_t             rc;
    const char           *at;
    ngx_grip_ws_event_t   ev;
    ngx_grip_ws_reader_t  rd;

    reader(&rd, body);

    do {
        rc = ngx_grip_ws_read(&rd, &ev);
    } while (rc == NGX_OK);

    is_num(rc, NGX_ERROR, "invalid: %s", name);

    at = strchr(name, '@');

    is_num(rd.pos - rd.start, at ? atol(at + 1) : -1,
           "invalid: %s: %s", name, rd.err ? rd.err : "no reason");
}


static void
reader(ngx_grip_ws_reader_t *rd, ngx_str_t *body)
{
    rd->start = body->data;
    rd->pos = body->data;
    rd->end = body->data + body->len;
    rd->err = NULL;
}


static u_char *
append(u_char *p, ngx_grip_ws_event_t *ev)
{
    p = ngx_grip_ws_write_line(p, ev->type, ev->content.len);

    if (ev->content.len) {
        p = ngx_cpymem(p, ev->content.data, ev->content.len);
        *p++ = CR;
        *p++ = LF;
    }

    return p;
}
