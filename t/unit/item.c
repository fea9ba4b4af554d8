
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Publish items, byte by byte as the proxy is to read them, and server-sent
 * events.
 */


#include <jansson.h>

#include "tap.h"
#include "wire/ngx_grip_item.h"


static void test_formats(void);
static void test_properties(void);
static void test_binary(void);
static void test_sse(void);
static void test_sse_item(void);
static void test_numbered(void);
static void test_sse_lines(void);
static void test_batch(void);
static void test_check(void);
static void test_check_binary(void);
static void item_init(ngx_grip_item_t *item);
static ngx_str_t written(ngx_grip_item_t *item);
static ngx_str_t sse(const char *content, size_t len, const char *event,
    const char *id);
static ngx_str_t sse_read(ngx_grip_item_t *item);


#define sse_of(content)  sse(content, sizeof(content) - 1, "", "")


int
main(void)
{
    test_formats();
    test_properties();
    test_binary();
    test_sse();
    test_sse_item();
    test_numbered();
    test_sse_lines();
    test_batch();
    test_check();
    test_check_binary();

    return tap_done();
}


static void
test_formats(void)
{
    ngx_str_t        got;
    ngx_grip_item_t  item;

    item_init(&item);

    got = written(&item);
    is_str(&got, "{\"channel\":\"room\",\"formats\":{"
                 "\"ws-message\":{\"content\":\"hi\"}}}",
           "a ws-message");

    item.formats = NGX_GRIP_FORMAT_HTTP_STREAM;

    got = written(&item);
    is_str(&got, "{\"channel\":\"room\",\"formats\":{"
                 "\"http-stream\":{\"content\":\"hi\"}}}",
           "an http-stream");

    item.formats = NGX_GRIP_FORMAT_HTTP_RESPONSE;

    got = written(&item);
    is_str(&got, "{\"channel\":\"room\",\"formats\":{"
                 "\"http-response\":{\"body\":\"hi\"}}}",
           "an http-response");

    ngx_str_set(&item.content_type, "text/x; a=\"b\"");

    got = written(&item);
    is_str(&got, "{\"channel\":\"room\",\"formats\":{"
                 "\"http-response\":{\"body\":\"hi\","
                 "\"headers\":{\"Content-Type\":\"text/x; a=\\\"b\\\"\"}}}}",
           "an http-response with a type");

    item.formats = NGX_GRIP_FORMAT_WS_MESSAGE|NGX_GRIP_FORMAT_HTTP_STREAM
                   |NGX_GRIP_FORMAT_HTTP_RESPONSE;
    ngx_str_null(&item.content_type);
    ngx_str_set(&item.content, "say \"hi\"\r\n");

    got = written(&item);
    is_str(&got, "{\"channel\":\"room\",\"formats\":{"
                 "\"ws-message\":{\"content\":\"say \\\"hi\\\"\\r\\n\"},"
                 "\"http-stream\":{\"content\":\"say \\\"hi\\\"\\r\\n\"},"
                 "\"http-response\":{\"body\":\"say \\\"hi\\\"\\r\\n\"}}}",
           "all three, escaped");

    item.formats = NGX_GRIP_FORMAT_HTTP_STREAM|NGX_GRIP_FORMAT_HTTP_RESPONSE;
    ngx_str_null(&item.content);

    got = written(&item);
    is_str(&got, "{\"channel\":\"room\",\"formats\":{"
                 "\"http-stream\":{\"content\":\"\"},"
                 "\"http-response\":{\"body\":\"\"}}}",
           "content may be empty");
}


static void
test_properties(void)
{
    ngx_str_t        got;
    ngx_grip_item_t  item;

    static ngx_grip_pair_t  meta[] = {
        { ngx_string("sender"), ngx_string("al\"ice") },
        { ngx_string("\"x"), ngx_string("") }
    };

    item_init(&item);

    ngx_str_set(&item.prefix, "app\\");
    ngx_str_set(&item.channel, "r\xc3\xb6om");

    got = written(&item);
    is_str(&got, "{\"channel\":\"app\\\\r\xc3\xb6om\",\"formats\":{"
                 "\"ws-message\":{\"content\":\"hi\"}}}",
           "the prefix precedes the channel");

    item_init(&item);

    ngx_str_set(&item.id, "5");

    got = written(&item);
    is_str(&got, "{\"channel\":\"room\",\"id\":\"5\",\"formats\":{"
                 "\"ws-message\":{\"content\":\"hi\"}}}",
           "the id is a string");

    item.no_seq = 1;
    item.meta = meta;
    item.nmeta = 1;
    ngx_str_null(&item.id);
    ngx_str_set(&item.prev_id, "4\"");

    got = written(&item);
    is_str(&got, "{\"channel\":\"room\",\"prev-id\":\"4\\\"\",\"no-seq\":true,"
                 "\"meta\":{\"sender\":\"al\\\"ice\"},\"formats\":{"
                 "\"ws-message\":{\"content\":\"hi\"}}}",
           "prev-id, no-seq and meta");

    item.nmeta = 2;
    ngx_str_set(&item.id, "5");

    got = written(&item);
    is_str(&got, "{\"channel\":\"room\",\"id\":\"5\",\"prev-id\":\"4\\\"\","
                 "\"no-seq\":true,"
                 "\"meta\":{\"sender\":\"al\\\"ice\",\"\\\"x\":\"\"},"
                 "\"formats\":{\"ws-message\":{\"content\":\"hi\"}}}",
           "all properties");
}


static void
test_binary(void)
{
    ngx_str_t        got;
    ngx_grip_item_t  item;

    item_init(&item);

    item.binary = 1;
    item.formats = NGX_GRIP_FORMAT_WS_MESSAGE|NGX_GRIP_FORMAT_HTTP_STREAM
                   |NGX_GRIP_FORMAT_HTTP_RESPONSE;
    ngx_str_set(&item.content, "\x00\xff\r\n");

    got = written(&item);
    is_str(&got, "{\"channel\":\"room\",\"formats\":{"
                 "\"ws-message\":{\"content-bin\":\"AP8NCg==\"},"
                 "\"http-stream\":{\"content-bin\":\"AP8NCg==\"},"
                 "\"http-response\":{\"body-bin\":\"AP8NCg==\"}}}",
           "binary content is base64");

    item.formats = NGX_GRIP_FORMAT_WS_MESSAGE;
    ngx_str_null(&item.content);

    got = written(&item);
    is_str(&got, "{\"channel\":\"room\",\"formats\":{"
                 "\"ws-message\":{\"content-bin\":\"\"}}}",
           "and may be empty");
}


static void
test_sse(void)
{
    ngx_str_t        got;
    ngx_grip_item_t  item;

    got = sse_of("hello");
    is_str(&got, "data: hello\n\n", "an event of one line");

    got = sse_of("");
    is_str(&got, "data: \n\n", "an event without content has a line, too");

    item_init(&item);
    item.formats = NGX_GRIP_FORMAT_SSE;
    ngx_str_null(&item.content);

    got = sse_read(&item);
    is_str(&got, "data: \n\n", "and so it has without a string");

    got = sse_of("a\nb\rc\r\nd");
    is_str(&got, "data: a\ndata: b\ndata: c\ndata: d\n\n",
           "LF, CR and CRLF separate lines");

    got = sse_of("a\n\r\n\rb");
    is_str(&got, "data: a\ndata: \ndata: \ndata: b\n\n",
           "lines may be empty");

    got = sse_of("a\n");
    is_str(&got, "data: a\ndata: \n\n", "a last LF is not lost");

    got = sse_of("a\r");
    is_str(&got, "data: a\ndata: \n\n", "nor a last CR");

    got = sse_of("\r\n");
    is_str(&got, "data: \ndata: \n\n", "nor a CRLF alone");

    got = sse_of(" a\0:b");
    is_str(&got, "data:  a\0:b\n\n", "all else stays as it is");

    got = sse("x", 1, "update", "7");
    is_str(&got, "event: update\nid: 7\ndata: x\n\n", "event name and id");

    got = sse("x", 1, "", "7");
    is_str(&got, "id: 7\ndata: x\n\n", "an id alone");

    got = sse("x", 1, "\rup\r\n\ndate\n", "7\n8");
    is_str(&got, "event: update\nid: 78\ndata: x\n\n",
           "CR and LF cannot break out of name and id");

    got = sse("", 0, "\r\n", "\n");
    is_str(&got, "data: \n\n", "a name and an id of nothing else are left out");
}


static void
test_sse_item(void)
{
    ngx_str_t        got;
    ngx_grip_item_t  item;

    item_init(&item);

    item.formats = NGX_GRIP_FORMAT_SSE;
    ngx_str_set(&item.id, "5\n\0" "6");
    ngx_str_set(&item.event, "a\"b");
    ngx_str_set(&item.content, "say \"hi\"\nto all");

    got = written(&item);
    is_str(&got, "{\"channel\":\"room\",\"id\":\"5\\n\\u00006\",\"formats\":{"
                 "\"http-stream\":{\"content\":\"event: a\\\"b\\nid: 56\\n"
                 "data: say \\\"hi\\\"\\ndata: to all\\n\\n\"}}}",
           "an item of server-sent events");

    item.formats = NGX_GRIP_FORMAT_WS_MESSAGE|NGX_GRIP_FORMAT_SSE
                   |NGX_GRIP_FORMAT_HTTP_RESPONSE;
    ngx_str_null(&item.id);
    ngx_str_null(&item.event);
    ngx_str_set(&item.content, "a\n");

    got = written(&item);
    is_str(&got, "{\"channel\":\"room\",\"formats\":{"
                 "\"ws-message\":{\"content\":\"a\\n\"},"
                 "\"http-stream\":{\"content\":\"data: a\\ndata: \\n\\n\"},"
                 "\"http-response\":{\"body\":\"a\\n\"}}}",
           "the other formats do not see the framing");
}


static void
test_numbered(void)
{
    ngx_str_t        got;
    ngx_grip_item_t  item;

    item_init(&item);

    item.numbered = 1;
    item.formats = NGX_GRIP_FORMAT_WS_MESSAGE|NGX_GRIP_FORMAT_SSE
                   |NGX_GRIP_FORMAT_HTTP_RESPONSE;
    ngx_str_set(&item.id, "a-2");
    ngx_str_set(&item.prev_id, "a-1");
    ngx_str_set(&item.event, "new");
    ngx_str_set(&item.content, "\"b\"");
    ngx_str_set(&item.content_type, "text/x");

    got = written(&item);
    is_str(&got, "{\"channel\":\"room\",\"id\":\"a-2\","
                 "\"prev-id\":\"a-1\",\"formats\":{"
                 "\"ws-message\":{\"content\":\"\\\"b\\\"\"},"
                 "\"http-stream\":{\"content\":\"event: new\\nid: a-2\\n"
                 "data: \\\"b\\\"\\n\\n\"},"
                 "\"http-response\":{\"body\":\"\\\"b\\\"\",\"headers\":{"
                 "\"Content-Type\":\"text/x\",\"Last-Event-ID\":\"a-2\"}}}}",
           "each format of a numbered item has its id");

    item.formats = NGX_GRIP_FORMAT_WS_MESSAGE|NGX_GRIP_FORMAT_HTTP_RESPONSE;
    item.binary = 1;
    ngx_str_null(&item.content_type);
    ngx_str_set(&item.content, "\x00\xff\r\n");

    got = written(&item);
    is_str(&got, "{\"channel\":\"room\",\"id\":\"a-2\","
                 "\"prev-id\":\"a-1\",\"formats\":{"
                 "\"ws-message\":{\"content-bin\":\"AP8NCg==\"},"
                 "\"http-stream\":{\"content\":\"\"},"
                 "\"http-response\":{\"body-bin\":\"AP8NCg==\",\"headers\":{"
                 "\"Last-Event-ID\":\"a-2\"}}}}",
           "streams hear of one that has nothing for them");
}


/* whatever the content is, its lines are those of the data */

static void
test_sse_lines(void)
{
    size_t      len, i, n;
    u_char      buf[64], lines[64], *p, *last;
    uint32_t    random;
    ngx_str_t   got;
    ngx_uint_t  wrong, round;

    static const u_char  letters[] = "ab\r\n\r\n\"\\: \t\x01\0";

    random = 1;
    wrong = 0;

    for (round = 0; round < 500; round++) {
        len = round % sizeof(buf);

        for (i = 0; i < len; i++) {
            random = random * 1103515245 + 12345;
            buf[i] = letters[(random >> 16) % (sizeof(letters) - 1)];
        }

        for (i = 0, n = 0; i < len; i++) {
            if (buf[i] != LF || i == 0 || buf[i - 1] != CR) {
                lines[n++] = (u_char) (buf[i] == CR ? LF : buf[i]);
            }
        }

        got = sse((char *) buf, len, "", "");

        p = got.data;
        last = p + got.len;

        for (i = 0; last - p > 6 && memcmp(p, "data: ", 6) == 0; i++) {

            for (p += 6; p < last && *p != LF && i < n; i++) {
                wrong += *p++ != lines[i];
            }

            wrong += p == last || *p++ != LF || (i < n && lines[i] != LF);
        }

        wrong += i != n + 1 || last - p != 1 || *p != LF;
    }

    is_num(wrong, 0, "the lines of server-sent events are those of the "
                     "content");
}


static void
test_batch(void)
{
    char             body[512];
    json_t          *json;
    ngx_str_t        got;
    ngx_grip_item_t  item;

    item_init(&item);

    got = written(&item);

    snprintf(body, sizeof(body), "%s%.*s,%.*s%s", NGX_GRIP_ITEMS_HEAD,
             (int) got.len, (char *) got.data, (int) got.len,
             (char *) got.data, NGX_GRIP_ITEMS_TAIL);

    json = json_loads(body, JSON_REJECT_DUPLICATES, NULL);

    is_num(json_array_size(json_object_get(json, "items")), 2,
           "items between head and tail are a batch");

    json_decref(json);
}


static void
test_check(void)
{
    const char       *err;
    ngx_grip_item_t   item;
    ngx_grip_pair_t   meta[2];

    item_init(&item);
    ok(ngx_grip_item_check(&item) == NULL, "a plain item can be published");

#define refused(expected, name)                                              \
    err = ngx_grip_item_check(&item);                                        \
    ok(err && strcmp(err, expected) == 0, "refused: %s", name);              \
    item_init(&item)

    ngx_str_null(&item.channel);
    refused("invalid channel", "no channel");

    ngx_str_null(&item.channel);
    ngx_str_set(&item.prefix, "app-");
    refused("invalid channel", "no channel behind a prefix");

    ngx_str_set(&item.channel, "a,b");
    refused("invalid channel", "a channel with a comma");

    ngx_str_set(&item.prefix, "a;");
    refused("invalid channel", "a prefix with a semicolon");

    item.formats = 0;
    refused("no format", "no format");

    item.formats = 0x80;
    refused("no format", "an unknown format");

    item.formats = NGX_GRIP_FORMAT_HTTP_STREAM|NGX_GRIP_FORMAT_SSE;
    refused("both \"sse\" and \"http-stream\" formats", "both stream formats");

    item.formats = NGX_GRIP_FORMAT_WS_MESSAGE|NGX_GRIP_FORMAT_SSE;
    item.binary = 1;
    refused("binary content in \"sse\" format", "binary server-sent events");

    ngx_str_set(&item.content, "a\xff");
    refused("content is not UTF-8", "content that is not UTF-8");

    ngx_str_set(&item.id, "\xc3");
    refused("id is not UTF-8", "an id that is not UTF-8");

    ngx_str_set(&item.prev_id, "\xc3");
    refused("previous id is not UTF-8", "a previous id that is not UTF-8");

    ngx_str_set(&item.event, "\xc3");
    refused("event name is not UTF-8", "an event name that is not UTF-8");

    ngx_str_set(&item.content_type, "\xc3");
    refused("invalid content type", "a content type that is not UTF-8");

    ngx_str_set(&item.content_type, "text/plain\r\nSet-Cookie: a=b");
    refused("invalid content type", "a content type that splits a header");

    ngx_str_set(&item.content_type, "text/\x7fplain");
    refused("invalid content type", "a content type with DEL");

    ngx_str_set(&meta[0].name, "a");
    ngx_str_set(&meta[0].value, "b");
    meta[1] = meta[0];
    item.meta = meta;
    item.nmeta = 2;
    ok(ngx_grip_item_check(&item) == NULL, "meta can be published");

    ngx_str_set(&meta[1].value, "\xff");
    refused("meta is not UTF-8", "a value of meta that is not UTF-8");

    meta[1] = meta[0];
    ngx_str_set(&meta[1].name, "\xff");
    item.meta = meta;
    item.nmeta = 2;
    refused("meta is not UTF-8", "a name of meta that is not UTF-8");

#undef refused
}


static void
test_check_binary(void)
{
    ngx_grip_item_t  item;

    item_init(&item);

    item.binary = 1;
    item.formats = NGX_GRIP_FORMAT_WS_MESSAGE|NGX_GRIP_FORMAT_HTTP_STREAM
                   |NGX_GRIP_FORMAT_HTTP_RESPONSE;
    ngx_str_set(&item.content, "a\xff");

    ok(ngx_grip_item_check(&item) == NULL, "binary content may be any bytes");

    ngx_str_null(&item.content);
    ok(ngx_grip_item_check(&item) == NULL, "and none");

    item_init(&item);
    ngx_str_null(&item.content);
    ngx_str_set(&item.content_type, "text/plain;\tcharset=utf-8");
    ok(ngx_grip_item_check(&item) == NULL, "text may be empty, too");
}


static void
item_init(ngx_grip_item_t *item)
{
    ngx_memzero(item, sizeof(ngx_grip_item_t));

    ngx_str_set(&item->channel, "room");
    ngx_str_set(&item->content, "hi");
    item->formats = NGX_GRIP_FORMAT_WS_MESSAGE;
}


static ngx_str_t
written(ngx_grip_item_t *item)
{
    size_t     n;
    ngx_str_t  out;

    static const u_char  room[4096];

    n = ngx_grip_item_write(NULL, item);

    out = guarded(room, n);
    out.len = ngx_grip_item_write(out.data, item);

    if (out.len != n) {
        ok(0, "%d bytes were counted, %d written", (int) n, (int) out.len);
    }

    return out;
}


static ngx_str_t
sse(const char *content, size_t len, const char *event, const char *id)
{
    ngx_grip_item_t  item;

    item_init(&item);

    item.formats = NGX_GRIP_FORMAT_SSE;
    item.content = guarded(content, len);
    item.event = guarded(event, strlen(event));
    item.id = guarded(id, strlen(id));

    return sse_read(&item);
}


/* the event that is the content of the item */

static ngx_str_t
sse_read(ngx_grip_item_t *item)
{
    json_t     *json, *content;
    ngx_str_t   text, event;

    text = written(item);

    json = json_loadb((char *) text.data, text.len,
                      JSON_REJECT_DUPLICATES|JSON_ALLOW_NUL, NULL);

    content = json_object_get(
                  json_object_get(json_object_get(json, "formats"),
                                  "http-stream"),
                  "content");

    event = guarded(json_string_value(content), json_string_length(content));

    json_decref(json);

    return event;
}
