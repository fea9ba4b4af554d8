
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Control messages, byte by byte as the proxy is to read them, and names of
 * channels.
 */


#include <jansson.h>

#include "tap.h"
#include "wire/ngx_grip_control.h"
#include "wire/ngx_grip_ws.h"


static void test_channels(void);
static void test_detach(void);
static void test_keepalive(void);
static void test_meta(void);
static void test_escaping(void);
static void test_channel_valid(void);
static ngx_str_t written(ngx_grip_control_t *control);


int
main(void)
{
    test_channels();
    test_detach();
    test_keepalive();
    test_meta();
    test_escaping();
    test_channel_valid();

    return tap_done();
}


static void
test_channels(void)
{
    ngx_str_t           got;
    ngx_grip_control_t  control;

    static ngx_str_t  filters[] = {
        ngx_string("skip-self"),
        ngx_string("var-subst")
    };

    ngx_memzero(&control, sizeof(ngx_grip_control_t));

    control.type = NGX_GRIP_CONTROL_SUBSCRIBE;
    ngx_str_set(&control.name, "room-1");

    got = written(&control);
    is_str(&got, "c:{\"type\":\"subscribe\",\"channel\":\"room-1\"}",
           "subscribe");
    is_num(got.len, 0x29, "is as long as the proxy's documentation has it");

    ngx_str_set(&control.prefix, "app-");

    got = written(&control);
    is_str(&got, "c:{\"type\":\"subscribe\",\"channel\":\"app-room-1\"}",
           "subscribe: the prefix precedes the channel");

    control.filters = filters;
    control.nfilters = 1;

    got = written(&control);
    is_str(&got, "c:{\"type\":\"subscribe\",\"channel\":\"app-room-1\","
                 "\"filters\":[\"skip-self\"]}",
           "subscribe: a filter");

    control.nfilters = 2;

    got = written(&control);
    is_str(&got, "c:{\"type\":\"subscribe\",\"channel\":\"app-room-1\","
                 "\"filters\":[\"skip-self\",\"var-subst\"]}",
           "subscribe: filters in their order");

    control.type = NGX_GRIP_CONTROL_UNSUBSCRIBE;

    got = written(&control);
    is_str(&got, "c:{\"type\":\"unsubscribe\",\"channel\":\"app-room-1\"}",
           "unsubscribe: with the prefix, without filters");
}


static void
test_detach(void)
{
    ngx_str_t           got;
    ngx_grip_control_t  control;

    ngx_memzero(&control, sizeof(ngx_grip_control_t));

    control.type = NGX_GRIP_CONTROL_DETACH;

    got = written(&control);
    is_str(&got, "c:{\"type\":\"detach\"}", "detach");
}


static void
test_keepalive(void)
{
    ngx_str_t           got;
    ngx_grip_control_t  control;

    ngx_memzero(&control, sizeof(ngx_grip_control_t));

    control.type = NGX_GRIP_CONTROL_KEEPALIVE;
    control.message_type = NGX_GRIP_WS_PING;

    got = written(&control);
    is_str(&got, "c:{\"type\":\"keep-alive\",\"message-type\":\"ping\","
                 "\"content\":\"\"}",
           "keep-alive: an empty ping has content, or it would be off");

    control.timeout = 20;

    got = written(&control);
    is_str(&got, "c:{\"type\":\"keep-alive\",\"message-type\":\"ping\","
                 "\"content\":\"\",\"timeout\":20}",
           "keep-alive: the timeout is a number");

    control.message_type = NGX_GRIP_WS_TEXT;
    control.timeout = 4294967295;
    control.interval = 1;
    ngx_str_set(&control.value, "still \"here\"");

    got = written(&control);
    is_str(&got, "c:{\"type\":\"keep-alive\",\"message-type\":\"text\","
                 "\"content\":\"still \\\"here\\\"\",\"timeout\":4294967295,"
                 "\"mode\":\"interval\"}",
           "keep-alive: text at an interval");

    control.interval = 0;
    control.timeout = 0;
    control.message_type = NGX_GRIP_WS_BINARY;
    ngx_str_set(&control.value, "abc");

    got = written(&control);
    is_str(&got, "c:{\"type\":\"keep-alive\",\"message-type\":\"binary\","
                 "\"content-bin\":\"YWJj\"}",
           "keep-alive: binary is base64 even if it is text");

    control.message_type = NGX_GRIP_WS_PONG;
    ngx_str_set(&control.value, "\xff\x00");

    got = written(&control);
    is_str(&got, "c:{\"type\":\"keep-alive\",\"message-type\":\"pong\","
                 "\"content-bin\":\"/wA=\"}",
           "keep-alive: what is not UTF-8 is base64 and keeps its type");
}


static void
test_meta(void)
{
    ngx_str_t           got;
    ngx_grip_control_t  control;

    ngx_memzero(&control, sizeof(ngx_grip_control_t));

    control.type = NGX_GRIP_CONTROL_SET_META;
    ngx_str_set(&control.name, "user");
    ngx_str_set(&control.value, "alice");
    ngx_str_set(&control.prefix, "app-");

    got = written(&control);
    is_str(&got, "c:{\"type\":\"set-meta\",\"name\":\"user\","
                 "\"value\":\"alice\"}",
           "set-meta: name and value, no prefix");

    ngx_str_null(&control.value);

    got = written(&control);
    is_str(&got, "c:{\"type\":\"set-meta\",\"name\":\"user\"}",
           "set-meta: an empty value deletes");
}


static void
test_escaping(void)
{
    json_t              *json;
    ngx_str_t            got, filter;
    ngx_grip_control_t   control;

    ngx_memzero(&control, sizeof(ngx_grip_control_t));

    control.type = NGX_GRIP_CONTROL_SUBSCRIBE;
    ngx_str_set(&control.prefix, "\\");
    ngx_str_set(&control.name, "\"},{\"\r\n\xc3\xa9");
    ngx_str_set(&filter, "a\"]b");
    control.filters = &filter;
    control.nfilters = 1;

    got = written(&control);

    json = json_loadb((char *) got.data + 2, got.len - 2,
                      JSON_REJECT_DUPLICATES, NULL);

    ok(json != NULL && json_object_size(json) == 3
       && strcmp(json_string_value(json_object_get(json, "channel")),
                 "\\\"},{\"\r\n\xc3\xa9")
          == 0
       && strcmp(json_string_value(
                             json_array_get(json_object_get(json, "filters"),
                                            0)),
                 "a\"]b")
          == 0,
       "nothing breaks out of its string");

    json_decref(json);
}


static void
test_channel_valid(void)
{
    char        byte[3];
    ngx_str_t   channel;
    ngx_uint_t  ch, wrong;

    channel = guarded("room/1 %'{}\xc3\xa9", 13);
    ok(ngx_grip_control_channel_valid(&channel),
       "a channel may be almost any text");

    channel = guarded("", 0);
    ok(!ngx_grip_control_channel_valid(&channel), "it may not be empty");

    ngx_str_null(&channel);
    ok(!ngx_grip_control_channel_valid(&channel), "nor missing");

    channel = guarded("room\xc3", 5);
    ok(!ngx_grip_control_channel_valid(&channel), "nor other than UTF-8");

    channel = guarded("room ", 5);
    ok(!ngx_grip_control_channel_valid(&channel), "nor end with a blank");

    channel = guarded(" room", 5);
    ok(!ngx_grip_control_channel_valid(&channel), "nor begin with one");

    channel = guarded("\xef\xbb\xbfroom", 7);
    ok(!ngx_grip_control_channel_valid(&channel),
       "nor with a byte order mark");

    channel = guarded("\xef\xbb\xbf", 3);
    ok(!ngx_grip_control_channel_valid(&channel), "nor be one alone");

    channel = guarded("room  ", 6);
    ok(ngx_grip_control_prefix_valid(&channel), "a prefix may end with blanks");

    channel = guarded(" room", 5);
    ok(!ngx_grip_control_prefix_valid(&channel), "but not begin with one");

    channel = guarded("  ", 2);
    ok(!ngx_grip_control_prefix_valid(&channel), "nor be blank");

    channel = guarded("\xef\xbb\xbf ", 4);
    ok(!ngx_grip_control_prefix_valid(&channel), "nor be a byte order mark");

    ngx_str_null(&channel);
    ok(ngx_grip_control_prefix_valid(&channel), "it may be missing");

    wrong = 0;

    for (ch = 0; ch < 0x80; ch++) {
        byte[0] = 'a';
        byte[1] = (char) ch;
        byte[2] = 'b';

        channel.len = 3;
        channel.data = (u_char *) byte;

        wrong += ngx_grip_control_channel_valid(&channel)
                 != (ch >= 0x20 && ch != 0x7f
                     && ch != ',' && ch != ';' && ch != '"');
    }

    is_num(wrong, 0,
           "of ASCII only control characters, comma, semicolon and quote "
           "are refused");
}


static ngx_str_t
written(ngx_grip_control_t *control)
{
    size_t     n;
    ngx_str_t  out;

    static const u_char  room[4096];

    n = ngx_grip_control_write(NULL, control);

    out = guarded(room, n);
    out.len = ngx_grip_control_write(out.data, control);

    if (out.len != n) {
        ok(0, "%d bytes were counted, %d written", (int) n, (int) out.len);
    }

    return out;
}
