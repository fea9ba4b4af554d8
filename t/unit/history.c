
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The store of what was published: its limits, what follows a position, and a
 * long run against a model that keeps all.
 */


#include "tap.h"

#include <time.h>

#include "history/ngx_grip_history_block.h"
#include "history/ngx_grip_history_id.h"
#include "history/ngx_grip_history_record.h"
#include "history/ngx_grip_history_store.h"
#include "hold/ngx_grip_hold_signed.h"


#define LIFE  0x5eed1234


static ngx_grip_history_limits_t  limits = { 1000, 1024 * 1024, 0, 0 };

static u_char  record[1024 * 1024];
static u_char  buf[2 * 1024 * 1024];


static ngx_grip_history_store_t *
create_at(size_t size, uint32_t place)
{
    void  *data;

    data = calloc(1, size);

    if (data == NULL) {
        printf("Bail out! no memory\n");
        exit(2);
    }

    return ngx_grip_history_store_create(data, size, LIFE, place);
}


static ngx_grip_history_store_t *
create(size_t size)
{
    return create_at(size, 1);
}


static ngx_int_t
append(ngx_grip_history_store_t *store, const char *channel,
    const char *content, size_t len, uint32_t now, ngx_grip_history_id_t *id)
{
    size_t                     size;
    ngx_str_t                  name;
    ngx_grip_history_id_t      prev, own;
    ngx_grip_history_record_t  r;

    memset(&r, 0, sizeof(r));
    r.flags = NGX_GRIP_HISTORY_STREAM;
    r.stream.data = (u_char *) content;
    r.stream.len = len;

    size = ngx_grip_history_record_write(record, &r);

    name.data = (u_char *) channel;
    name.len = strlen(channel);

    return ngx_grip_history_store_append(store, &limits, &name, record, size,
                                         now, id ? id : &own, &prev);
}


/* what follows, as texts with blanks between */

static ngx_str_t
read_from(ngx_grip_history_store_t *store, const char *channel,
    ngx_grip_history_query_t *q)
{
    size_t                     n, i;
    ngx_str_t                  out;
    static u_char              text[2 * 1024 * 1024];
    ngx_grip_history_record_t  r;

    memset(&r, 0, sizeof(r));

    q->channel.data = (u_char *) channel;
    q->channel.len = strlen(channel);

    ngx_grip_history_store_read(store, &limits, q, buf, sizeof(buf));

    out.data = text;
    out.len = 0;

    for (i = 0; i < q->len; i += n) {
        n = ngx_grip_history_record_read(&r, buf + i, q->len - i);

        if (n > q->len - i) {
            break;
        }

        if (out.len) {
            text[out.len++] = ' ';
        }

        memcpy(text + out.len, r.stream.data, r.stream.len);
        out.len += r.stream.len;
    }

    return out;
}


static ngx_grip_history_query_t
after(uint32_t life, uint32_t channel, uint64_t number)
{
    ngx_grip_history_query_t  q;

    memset(&q, 0, sizeof(q));
    q.from.life = life;
    q.from.channel = channel;
    q.from.number = number;
    q.resumed = 1;

    return q;
}


static void
test_ids(void)
{
    ngx_str_t              text;
    u_char                 out[NGX_GRIP_HISTORY_ID_LEN];
    ngx_uint_t             i;
    ngx_grip_history_id_t  id, back;

    static const char  *wrong[] = {
        "", "5", "00000000000000010000000000000000",
        "0000000100000002_0000000000000003",
        "000000010000000G-0000000000000003",
        "000000010000000A-0000000000000003",
        "0000000100000002-000000000000000:",
        "0000000100000002-00000000000000031",
        "0000000100000002-000000000000000`",
        "0000000100000002-000000000000000g",
        "000000010000000\xb1-0000000000000003",
        "0000000100000002\xad" "0000000000000003", NULL
    };

    static const uint64_t  numbers[] = { 0, 8, 9, 14, 15, 0xff, 0x9f, 0xf9,
                                         0xfffffff, 0xffffffff, 0x99999999,
                                         0x7fffffffffffffff };

    id.life = 0xdeadbeef;
    id.channel = 42;
    id.number = 0x0123456789abcdef;

    ngx_grip_history_id_write(out, &id);

    text.data = out;
    text.len = sizeof(out);

    is_str(&text, "deadbeef0000002a-0123456789abcdef", "an id is written");

    text = guarded(out, sizeof(out));

    ok(ngx_grip_history_id_read(&back, &text) == NGX_OK
       && back.life == id.life && back.channel == id.channel
       && back.number == id.number, "and read again");

    for (i = 0; wrong[i]; i++) {
        text = guarded(wrong[i], strlen(wrong[i]));
        is_num(ngx_grip_history_id_read(&back, &text), NGX_DECLINED,
               "\"%s\" is no id", wrong[i]);
    }

    for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        id.number = numbers[i];
        ngx_grip_history_id_write(out, &id);

        text = guarded(out, sizeof(out));
        ngx_grip_history_id_next(text.data);

        ok(ngx_grip_history_id_read(&back, &text) == NGX_OK
           && back.life == id.life && back.channel == id.channel
           && back.number == id.number + 1,
           "%llx is counted on", (unsigned long long) numbers[i]);
    }
}


/* what is kept is found by all of it, and nothing else is */

static ngx_str_t
signed_bytes(u_char *to, ngx_uint_t mac, const char *text)
{
    ngx_str_t  bytes;

    memset(to, (int) mac, NGX_GRIP_HOLD_LINK_MAC);

    bytes.data = to;
    bytes.len = NGX_GRIP_HOLD_LINK_MAC
                + (size_t) sprintf((char *) to + NGX_GRIP_HOLD_LINK_MAC, "%s",
                                   text);

    return bytes;
}


static ngx_str_t
signed_token(u_char *to, ngx_str_t *bytes)
{
    ngx_str_t  token;

    token.data = to;
    token.len = (size_t) (ngx_grip_base64_url_encode(to, bytes->data,
                                                     bytes->len)
                          - to);

    return token;
}


static void
test_signed_long(ngx_grip_hold_signed_t *table, u_char *secret)
{
    ngx_str_t  bytes, fields, token;

    static u_char  text[300], longest[400];

    bytes.data = text;

    for (bytes.len = NGX_GRIP_HOLD_SIGNED_BYTES;
         bytes.len <= NGX_GRIP_HOLD_SIGNED_BYTES + 1;
         bytes.len++)
    {
        fields = ngx_grip_hold_link_fields(&bytes);
        token = signed_token(longest, &bytes);

        ngx_grip_hold_signed_keep(table, secret, &bytes, &token);

        is_num(ngx_grip_hold_signed_by_fields(table, secret, &fields) != NULL,
               bytes.len == NGX_GRIP_HOLD_SIGNED_BYTES,
               "a link of %zu bytes is kept or is not", bytes.len);
    }
}


static void
test_signed(void)
{
    u_char                   secret[NGX_GRIP_HISTORY_SECRET], a[64], b[64],
                             ta[96], tb[96];
    char                     other[16];
    ngx_str_t                bytes, fields, token, cut, collides;
    ngx_uint_t               i;
    ngx_grip_hold_signed_t  *place;

    static ngx_grip_hold_signed_t  table[NGX_GRIP_HOLD_SIGNED_PLACES];

    memset(secret, 0, sizeof(secret));

    bytes = signed_bytes(a, 1, "the room");
    fields = ngx_grip_hold_link_fields(&bytes);
    token = signed_token(ta, &bytes);

    ok(ngx_grip_hold_signed_by_fields(table, secret, &fields) == NULL
       && ngx_grip_hold_signed_by_token(table, &token) == NULL,
       "nothing is kept");

    ngx_grip_hold_signed_keep(table, secret, &bytes, &token);

    place = ngx_grip_hold_signed_by_fields(table, secret, &fields);

    ok(place && memcmp(place->token, ta, token.len) == 0,
       "a link is kept by its fields");

    place = ngx_grip_hold_signed_by_token(table, &token);

    ok(place && place->len == bytes.len
       && memcmp(place->bytes, a, bytes.len) == 0
       && memcmp(place->secret, secret, sizeof(secret)) == 0,
       "and by its token");

    secret[NGX_GRIP_HISTORY_SECRET - 1] = 1;
    ok(ngx_grip_hold_signed_by_fields(table, secret, &fields) == NULL,
       "it is that of its secret");
    secret[NGX_GRIP_HISTORY_SECRET - 1] = 0;

    cut = fields;
    cut.len--;
    ok(ngx_grip_hold_signed_by_fields(table, secret, &cut) == NULL,
       "of all of its fields");

    for (i = 0; i < token.len; i++) {
        cut = token;
        cut.len = i;

        ta[i]++;
        ok(ngx_grip_hold_signed_by_token(table, &token) == NULL
           && ngx_grip_hold_signed_by_token(table, &cut) == NULL,
           "and of all of its token");
        ta[i]--;
    }

    place = ngx_grip_hold_signed_by_fields(table, secret, &fields);

    for (i = 0; ; i++) {
        sprintf(other, "%08lu", (unsigned long) i);

        bytes = signed_bytes(b, 2, other);
        collides = ngx_grip_hold_link_fields(&bytes);
        token = signed_token(tb, &bytes);

        ngx_grip_hold_signed_keep(table, secret, &bytes, &token);

        if (ngx_grip_hold_signed_by_fields(table, secret, &collides) == place) {
            break;
        }
    }

    ok(memcmp(place->token, tb, token.len) == 0
       && ngx_grip_hold_signed_by_fields(table, secret, &fields) == NULL,
       "another one of the same place takes it");

    test_signed_long(table, secret);
}


static void
test_records(void)
{
    size_t                     n, i;
    ngx_str_t                  part;
    ngx_grip_history_record_t  r, back;

    memset(&r, 0, sizeof(r));
    r.flags = NGX_GRIP_HISTORY_STREAM|NGX_GRIP_HISTORY_EVENT
              |NGX_GRIP_HISTORY_RESPONSE|NGX_GRIP_HISTORY_SHARED;
    ngx_str_set(&r.stream, "hello");
    ngx_str_set(&r.event, "greeting");
    ngx_str_set(&r.type, "text/plain");
    ngx_str_set(&r.sender, "ann");
    ngx_str_set(&r.skip_users, "bob, eve");
    ngx_str_set(&r.require_sub, "vip");

    n = ngx_grip_history_record_write(NULL, &r);
    is_num(ngx_grip_history_record_write(record, &r), n,
           "a record is as long as it is counted");

    for (i = 0; i < n; i++) {
        part = guarded(record, i);

        if (ngx_grip_history_record_read(&back, part.data, i) <= i) {
            break;
        }
    }

    is_num(i, n, "one that is cut is told by its size");

    part = guarded(record, n);
    is_num(ngx_grip_history_record_read(&back, part.data, n), n,
           "one that is whole is read");
    is_str(&back.stream, "hello", "its stream");
    is_str(&back.response, "hello", "its response, which is the same");
    is_str(&back.event, "greeting", "its event");
    is_str(&back.type, "text/plain", "its type");
    is_str(&back.sender, "ann", "its sender");
    is_str(&back.skip_users, "bob, eve", "its users");
    is_str(&back.require_sub, "vip", "its channel");

    r.event.len = 65536;
    is_num(ngx_grip_history_record_write(record, &r),
           sizeof(ngx_grip_history_head_t), "what is too long is lost");
}


static void
test_positions(void)
{
    ngx_str_t                  out;
    ngx_grip_history_id_t      first, last;
    ngx_grip_history_store_t  *store;
    ngx_grip_history_query_t   q;

    store = create(1024 * 1024);

    q = after(LIFE, 0, 0);
    out = read_from(store, "room", &q);
    ok(out.len == 0 && !q.lost && q.from.number == 0 && q.from.channel == 0,
       "an unknown channel is where all channels begin");
    is_num(store->channels, 0, "and is not made by asking");

    q = after(LIFE, 7, 3);
    out = read_from(store, "room", &q);
    ok(q.lost, "who has seen items of an unknown channel has lost some");

    append(store, "room", "one", 3, 0, &first);
    append(store, "room", "two", 3, 0, NULL);
    append(store, "room", "three", 5, 0, &last);

    ok(first.number == 1 && last.number == 3
       && first.channel == last.channel, "items are numbered");

    q = after(LIFE, 0, 0);
    out = read_from(store, "room", &q);
    is_str(&out, "one two three", "all, from where all channels begin");
    ok(!q.lost && q.last.number == 3, "nothing was lost");

    q = after(LIFE, first.channel, 1);
    out = read_from(store, "room", &q);
    is_str(&out, "two three", "those after the first");

    q = after(LIFE, first.channel, 3);
    out = read_from(store, "room", &q);
    ok(out.len == 0 && !q.lost, "none after the last");

    q = after(LIFE, first.channel, 4);
    out = read_from(store, "room", &q);
    is_str(&out, "one two three", "a number that was never given: all");
    ok(q.lost, "and it is told");

    q = after(LIFE, first.channel, ~(uint64_t) 0);
    (void) read_from(store, "room", &q);
    ok(q.lost, "the largest number, too");

    q = after(LIFE, first.channel + 1, 1);
    out = read_from(store, "room", &q);
    ok(q.lost && out.len == 13, "another channel's id");

    q = after(LIFE + 1, first.channel, 1);
    (void) read_from(store, "room", &q);
    ok(q.lost, "another life's id");

    memset(&q, 0, sizeof(q));
    out = read_from(store, "room", &q);
    ok(out.len == 0 && q.from.number == 3 && !q.lost,
       "without a position: from now on");

    memset(&q, 0, sizeof(q));
    q.initial = 2;
    out = read_from(store, "room", &q);
    is_str(&out, "two three", "or the last ones");

    memset(&q, 0, sizeof(q));
    q.initial = 9;
    out = read_from(store, "room", &q);
    is_str(&out, "one two three", "as far as there are");

    free(store);
}


static void
test_limits(void)
{
    ngx_str_t                  out;
    ngx_uint_t                 i;
    char                       content[200];
    ngx_grip_history_id_t      id;
    ngx_grip_history_store_t  *store;
    ngx_grip_history_query_t   q;

    memset(content, 'x', sizeof(content));

    store = create(1024 * 1024);

    limits.items = 3;

    for (i = 0; i < 10; i++) {
        append(store, "a", &"0123456789"[i], 1, 0, &id);
        is_num(store->items, i < 3 ? i + 1 : 3, "items after %lu", i + 1);
    }

    q = after(LIFE, id.channel, 7);
    out = read_from(store, "a", &q);
    is_str(&out, "7 8 9", "the last three");
    ok(!q.lost, "which follow the one before them");

    q = after(LIFE, id.channel, 6);
    out = read_from(store, "a", &q);
    ok(q.lost && out.len == 5, "but not the one before that");

    limits.items = 1000;
    limits.bytes = 1600;

    for (i = 0; i < 20; i++) {
        append(store, "b", content, 200, 0, &id);
    }

    q = after(LIFE, id.channel, 12);
    out = read_from(store, "b", &q);
    is_num(out.len, 8 * 201 - 1, "eight times 200 bytes");
    ok(!q.lost, "follow the twelfth");

    is_num(append(store, "b", content, 200, 0, NULL), NGX_OK,
           "an eighth of the bytes");
    is_num(append(store, "b", (char *) buf, 201, 0, &id), NGX_DECLINED,
           "a byte more is not kept");
    is_num(id.number, 22, "but numbered");
    append(store, "b", "on", 2, 0, NULL);

    q = after(LIFE, id.channel, 20);
    out = read_from(store, "b", &q);
    ok(q.lost, "who resumes across it is told");
    is_num(q.from.number, 20, "goes on where he was");
    is_num(out.len, 204, "and gets what is kept before and behind it");

    q = after(LIFE, id.channel, 20);
    q.told = 1;
    (void) read_from(store, "b", &q);
    ok(!q.lost, "once");

    q = after(LIFE, id.channel, 3);
    out = read_from(store, "b", &q);
    ok(q.lost && q.from.number == 14 && out.len == 7 * 201 + 3,
       "who is behind all that is kept gets all of it");

    q = after(LIFE, id.channel, 22);
    out = read_from(store, "b", &q);
    is_str(&out, "on", "who resumes after it is not");
    ok(!q.lost, "at all");

    limits.bytes = 1024 * 1024;

    free(store);
}


static void
test_time(void)
{
    ngx_str_t                  out;
    ngx_uint_t                 i;
    char                       name[16];
    ngx_grip_history_id_t      id;
    ngx_grip_history_store_t  *store;
    ngx_grip_history_query_t   q;

    store = create(1024 * 1024);

    limits.ttl = 10;

    append(store, "c", "old", 3, 100, &id);
    append(store, "c", "new", 3, 105, NULL);

    q = after(LIFE, 0, 0);
    q.now = 109;
    out = read_from(store, "c", &q);
    is_str(&out, "old new", "before their time is over");

    q = after(LIFE, 0, 0);
    q.now = 110;
    out = read_from(store, "c", &q);
    is_str(&out, "new", "and when that of one is");
    ok(q.lost, "it is lost");

    q = after(LIFE, id.channel, 2);
    q.now = 200;
    out = read_from(store, "c", &q);
    ok(!q.lost && q.last.number == 2 && out.len == 0,
       "a channel whose items have expired is known");

    append(store, "c", "more", 4, 200, &id);
    is_num(id.number, 3, "and goes on");

    limits.ttl = 0;
    limits.channels = 5;

    for (i = 0; i < 20; i++) {
        sprintf(name, "n%d", (int) i);
        append(store, "keep", "k", 1, 0, NULL);
        append(store, name, "x", 1, 0, NULL);
    }

    is_num(store->channels, 5, "so many channels");

    q = after(LIFE, 0, 0);
    out = read_from(store, "keep", &q);
    is_num(out.len, 39, "of which the one is left that is published to");

    q = after(LIFE, 0, 0);
    out = read_from(store, "n15", &q);
    is_num(out.len, 0, "and not one that is not");

    limits.channels = 0;

    free(store);
}


/* who reads a channel does not keep it, and what is oldest goes first */

static void
test_order(void)
{
    size_t                     n;
    ngx_str_t                  out;
    static char                content[NGX_GRIP_HISTORY_DATA
                                       - sizeof(ngx_grip_history_head_t)];
    ngx_grip_history_store_t  *store;
    ngx_grip_history_query_t   q;

    store = create(NGX_GRIP_HISTORY_MIN);

    limits.channels = 2;

    append(store, "a", "1", 1, 0, NULL);
    append(store, "b", "2", 1, 0, NULL);

    q = after(LIFE, 0, 0);
    (void) read_from(store, "a", &q);

    append(store, "c", "3", 1, 0, NULL);

    q = after(LIFE, 0, 0);
    out = read_from(store, "a", &q);
    is_num(out.len, 0, "a channel that was read is gone");

    q = after(LIFE, 0, 0);
    out = read_from(store, "b", &q);
    is_str(&out, "2", "and not the one that was published to later");

    limits.channels = 0;

    free(store);

    /* a block each, until none is left, and one more */

    store = create(NGX_GRIP_HISTORY_MIN);

    append(store, "one", content, sizeof(content), 0, NULL);
    append(store, "two", content, sizeof(content), 0, NULL);
    append(store, "one", content, sizeof(content), 0, NULL);

    while (store->available) {
        append(store, "two", content, sizeof(content), 0, NULL);
    }

    for (n = 0; n < 3; n++) {
        append(store, "two", content, sizeof(content), 0, NULL);

        out.len = 3;
        out.data = (u_char *) "one";
        is_num(ngx_grip_history_name(store,
                   ngx_grip_history_block_find(store, &out))->first,
               n < 2 ? 2 : 3, "the items of one channel, after %zu", n + 1);

        out.data = (u_char *) "two";
        is_num(ngx_grip_history_name(store,
                   ngx_grip_history_block_find(store, &out))->first,
               n < 1 ? 1 : 2, "and of the other, as they came");
    }

    is_num(store->evicted, 3, "are counted");

    free(store);
}


/* limits that a reload has lowered are reached by and by */

static void
test_lowered(void)
{
    char                       name[16];
    uint64_t                   before, items, channels;
    ngx_uint_t                 i;
    ngx_grip_history_store_t  *store;

    store = create(4 * 1024 * 1024);

    limits.items = 10000;

    for (i = 0; i < 10000; i++) {
        append(store, "room", "x", 1, 0, NULL);
    }

    for (i = 0; i < 500; i++) {
        sprintf(name, "n%d", (int) i);
        append(store, name, "x", 1, 0, NULL);
    }

    limits.items = 5;
    items = 0;

    for (i = 0; i < 20; i++) {
        before = store->items;
        append(store, "room", "x", 1, 0, NULL);
        items = ngx_max(items, before - ngx_min(store->items, before));
    }

    ok(items > 5 && items <= NGX_GRIP_HISTORY_EXPIRED,
       "no publisher drops more than so many items, %lu", items);
    is_num(store->items, 505, "and so many are left in the end");

    limits.channels = 3;
    channels = 0;

    for (i = 0; i < 600; i++) {
        before = store->channels;
        sprintf(name, "m%d", (int) i);
        append(store, name, "x", 1, 0, NULL);
        channels = ngx_max(channels,
                           before - ngx_min(store->channels, before));
    }

    ok(channels > 3 && channels <= 64,
       "nor more than so many channels, %lu", channels);
    is_num(store->channels, 3, "and so many are left");
    ok(store->items <= 3 + 1, "with their items");

    limits.items = 1000;
    limits.channels = 0;

    free(store);
}


/* against a model: the time of each item */

#define AGED  20000


static void
test_expiry(void)
{
    size_t                     n;
    uint32_t                   now;
    uint64_t                   first, last, items, most;
    ngx_uint_t                 wrong;
    static uint32_t            times[AGED + 2];
    ngx_grip_history_id_t      id;
    ngx_grip_history_store_t  *store;
    ngx_grip_history_query_t   q;
    ngx_grip_history_record_t  r;

    memset(&r, 0, sizeof(r));

    store = create(16 * 1024 * 1024);

    limits.items = AGED;
    limits.bytes = 16 * 1024 * 1024;
    limits.ttl = 100;

    first = 1;
    now = 1000;
    most = 0;
    wrong = 0;

    srandom(2);

    for (last = 0; last < AGED; ) {

        /* many in a while, and then, mostly before all expire, a reader */

        for (n = random() % 4000; n && last < AGED; n--) {
            times[++last] = now;
            append(store, "aged", (char *) &last, sizeof(last), now, &id);
            now += (random() % 50 == 0);
        }

        now += random() % 120;

        while (first <= last && now - times[first] >= limits.ttl) {
            first++;
        }

        q = after(LIFE, 0, 0);
        q.now = now;
        ngx_str_set(&q.channel, "aged");

        items = store->items;
        ngx_grip_history_store_read(store, &limits, &q, buf, sizeof(buf));
        most = ngx_max(most, items - store->items);

        wrong += (q.from.number != first - 1) + (q.lost != (first > 1));

        for (n = 0; n < q.len; first++) {
            n += ngx_grip_history_record_read(&r, buf + n, q.len - n);
            wrong += (memcmp(r.stream.data, &first, sizeof(first)) != 0);
        }

        wrong += (first != last + 1);
        first = q.from.number + 1;
    }

    is_num(wrong, 0, "what is read is what has not expired");
    ok(most > 0 && most <= NGX_GRIP_HISTORY_EXPIRED,
       "no reader drops more than so many of the others, %lu", most);

    limits.items = 1000;
    limits.bytes = 1024 * 1024;
    limits.ttl = 0;

    free(store);
}


static void
test_names(void)
{
    ngx_str_t                  out;
    ngx_uint_t                 i, n;
    char                       name[4097];
    ngx_grip_history_store_t  *store;
    ngx_grip_history_query_t   q;

    store = create(NGX_GRIP_HISTORY_MIN);
    n = store->available;

    for (i = 1; i <= 4096; i += 13) {
        memset(name, 'n', i);
        name[i] = '\0';

        append(store, name, "x", 1, 0, NULL);

        q = after(LIFE, 0, 0);
        out = read_from(store, name, &q);

        if (out.len != 1) {
            break;
        }

        name[i - 1] = 'm';

        if (ngx_grip_history_block_find(store, &q.channel)) {
            break;
        }
    }

    ok(i > 4096, "names of all lengths, in the smallest store");

    limits.channels = 1;

    for (i = 0; i < 100; i++) {
        append(store, "last", "x", 1, 0, NULL);
    }

    limits.channels = 0;

    for (i = 0; store->oldest && i < n; i++) {
        ngx_grip_history_block_drop(store,
            ngx_grip_history_name(store,
                ngx_grip_history_block(store, store->oldest)->name));
    }

    is_num(store->available, n - 1, "no block is lost but that of the name");

    free(store);
}


/* the bucket of a channel, which is published to */

static uint32_t
bucket(ngx_grip_history_store_t *store, const char *channel)
{
    uint32_t   n;
    ngx_str_t  name;

    append(store, channel, "x", 1, 0, NULL);

    name.data = (u_char *) channel;
    name.len = strlen(channel);

    n = ngx_grip_history_block_find(store, &name);

    return ngx_grip_history_name(store, n)->hash & store->mask;
}


/* names that meet in a bucket of one store, in that of another one */

#define MEETING  64


static void
test_buckets(void)
{
    char                       name[32];
    ngx_uint_t                 i, n, met, most;
    ngx_grip_history_store_t  *store, *other;
    static ngx_uint_t          counts[1024];

    store = create_at(1024 * 1024, 1);
    other = create_at(1024 * 1024, 2);

    most = 0;

    for (i = 0, met = 0; met < MEETING; i++) {
        sprintf(name, "room-%u", (unsigned) i);

        if (bucket(store, name) != 0) {
            continue;
        }

        met++;
        n = ++counts[bucket(other, name)];
        most = ngx_max(most, n);
    }

    ok(most < 8, "names that meet in one store are apart in others");
    ok(i > MEETING * 200, "and few of all meet");

    free(store);
    free(other);
}


/* each item says its channel and its number, and is as long as these tell */

#define CHANNELS  50


static size_t
length(ngx_uint_t channel, uint64_t number)
{
    uint32_t  x;

    x = (uint32_t) (channel * 2654435761u + number * 40503u);
    x ^= x >> 13;
    x *= 0x5bd1e995;
    x ^= x >> 15;

    return (x % 64 == 0) ? 16 + x % 20000 : 16 + x % 300;
}


static ngx_uint_t
matches(ngx_grip_history_store_t *store, ngx_uint_t channel, char *name)
{
    size_t                     n, i;
    uint64_t                   number;
    char                       begins[32];
    ngx_grip_history_query_t   q;
    ngx_grip_history_record_t  r;

    memset(&r, 0, sizeof(r));

    q = after(0, 0, 0);
    q.channel.data = (u_char *) name;
    q.channel.len = strlen(name);

    ngx_grip_history_store_read(store, &limits, &q, buf, sizeof(buf));

    number = q.from.number;

    for (i = 0; i < q.len; i += n) {
        n = ngx_grip_history_record_read(&r, buf + i, q.len - i);
        number++;

        sprintf(begins, "%d:%d ", (int) channel, (int) number);

        if (r.flags & NGX_GRIP_HISTORY_LOST) {
            continue;
        }

        if (n > q.len - i
            || r.stream.len != length(channel, number)
            || memcmp(r.stream.data, begins, strlen(begins)) != 0)
        {
            return 0;
        }
    }

    return number == q.last.number;
}


static void
test_run(size_t size, ngx_uint_t count)
{
    size_t                     content, len;
    uint32_t                   n;
    uint64_t                   blocks, items, bytes;
    ngx_uint_t                 i, c, wrong;
    char                       name[32], text[20400];
    ngx_grip_history_id_t      id;
    ngx_grip_history_name_t   *p;
    ngx_grip_history_store_t  *store;

    store = create(size);
    content = store->available;
    wrong = 0;

    srandom(1);

    for (i = 0; i < count; i++) {

        /* some often, some seldom */

        c = random() % CHANNELS;
        c = c * c / CHANNELS;

        sprintf(name, "channel %d", (int) c);

        n = ngx_grip_history_block_find(store,
                &(ngx_str_t) { strlen(name), (u_char *) name });
        id.number = n ? ngx_grip_history_name(store, n)->last + 1 : 1;

        len = length(c, id.number);
        memset(text, 'x', len);
        text[sprintf(text, "%d:%d ", (int) c, (int) id.number)] = 'x';

        append(store, name, text, len, 0, &id);

        if (i % 97 == 0 && !matches(store, c, name)) {
            wrong++;
        }
    }

    is_num(wrong, 0, "what is read is what was published, in %lu bytes", size);

    blocks = 0;
    items = 0;
    bytes = 0;

    for (n = store->recent; n; n = p->older) {
        p = ngx_grip_history_name(store, n);
        items += p->last + 1 - p->first;
        bytes += p->bytes;
        blocks++;
    }

    is_num(store->channels, blocks, "channels are counted");

    for (n = store->dropped; n; n = p->older) {
        p = ngx_grip_history_name(store, n);
        items += p->head ? p->last + 1 - p->first : 0;
        bytes += p->bytes;
        blocks++;
    }

    is_num(store->items, items, "items are counted");
    is_num(store->bytes, bytes, "bytes are counted");

    for (n = store->oldest; n; n = ngx_grip_history_block(store, n)->newer) {
        blocks++;
    }

    is_num(blocks + store->available, content, "no block is lost");

    free(store);
}


static size_t
count_free(ngx_grip_history_store_t *store)
{
    size_t    count;
    uint32_t  n;

    count = 0;

    for (n = store->free; n; n = ngx_grip_history_block(store, n)->next) {
        count++;
    }

    return count + store->blocks - store->fresh;
}


/* what the contents of channels take, packed, and the blocks of their names */

static size_t
count_needed(ngx_grip_history_store_t *store)
{
    size_t                    count, len;
    uint32_t                  n;
    ngx_grip_history_name_t  *p;

    count = 0;

    for (n = store->recent; n; n = p->older) {
        p = ngx_grip_history_name(store, n);

        len = p->bytes + (p->last + 1 - p->first)
                         * sizeof(ngx_grip_history_head_t);

        /* the first and the last may be full in part */

        count += 1 + (len + NGX_GRIP_HISTORY_DATA - 1) / NGX_GRIP_HISTORY_DATA
                 + 1;
    }

    return count;
}


/* a million of any size, in any of 1000 channels, of all of which some go */

static void
test_fragmentation(void)
{
    size_t                     all;
    ngx_uint_t                 i, failed;
    char                       name[32];
    static char                text[100000];
    ngx_grip_history_store_t  *store;

    store = create(16 * 1024 * 1024);
    all = store->available;
    failed = 0;

    memset(text, 'x', sizeof(text));
    srandom(2);

    for (i = 0; i < 1000000; i++) {
        sprintf(name, "channel %d", (int) (random() % 1000));

        if (append(store, name, text, random() % (i % 50 ? 400 : 20000), i,
                   NULL)
            != NGX_OK)
        {
            failed++;
        }
    }

    is_num(failed, 0, "none of a million is refused");
    is_num(store->dropped, 0, "no channel is left to be cleared");
    is_num(count_free(store), store->available, "free blocks are counted");
    ok(all - store->available <= count_needed(store),
       "no more blocks are taken than contents need: %lu of %lu",
       all - store->available, count_needed(store));

    ok(append(store, "channel 0", text, sizeof(text), i, NULL) == NGX_OK,
       "and the largest item finds room");

    free(store);
}


/* of 100 bytes each, as a location publishes them for streams and responses */

static void
test_density(void)
{
    size_t                     all, taken;
    ngx_uint_t                 i;
    char                       name[32], text[100];
    ngx_grip_history_store_t  *store;

    store = create(32 * 1024 * 1024);
    all = store->available;

    memset(text, 'x', sizeof(text));

    for (i = 0; i < 100000; i++) {
        sprintf(name, "channel %d", (int) i % 100);
        append(store, name, text, sizeof(text), 0, NULL);
    }

    taken = (all - store->available) * NGX_GRIP_HISTORY_BLOCK;

    is_num(store->items, 100000, "all are kept");
    ok(taken <= 200 * 100000, "an item of 100 bytes takes %lu",
       taken / 100000);

    free(store);
}


/* the least nanoseconds of the processor that it takes to read from a number */

static long
read_time(ngx_grip_history_store_t *store, ngx_grip_history_id_t *id,
    uint64_t number)
{
    long                      t, least;
    ngx_uint_t                i;
    struct timespec           from, to;
    ngx_grip_history_query_t  q;

    least = 0;

    for (i = 0; i < 50; i++) {
        q = after(id->life, id->channel, number);

        ngx_str_set(&q.channel, "room");

        (void) clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
        ngx_grip_history_store_read(store, &limits, &q, buf, 1000);
        (void) clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);

        t = (to.tv_sec - from.tv_sec) * 1000000000 + to.tv_nsec - from.tv_nsec;

        if (i == 0 || t < least) {
            least = t;
        }
    }

    return least;
}


/* by records it was more than ten times as long from one end */

static void
test_seek(void)
{
    long                       before, behind;
    ngx_uint_t                 i, items;
    ngx_grip_history_id_t      id;
    ngx_grip_history_store_t  *store;

    items = limits.items;
    limits.items = 50000;

    store = create(8 * 1024 * 1024);

    for (i = 0; i < limits.items; i++) {
        append(store, "room", "x", 1, 0, &id);
    }

    before = read_time(store, &id, limits.items / 2 - 100);
    behind = read_time(store, &id, limits.items / 2 + 100);

    ok(before < 4 * behind, "an item is found by blocks from either end: "
       "%ld ns, %ld ns", before, behind);

    limits.items = items;

    free(store);
}


int
main(void)
{
    test_ids();
    test_signed();
    test_records();
    test_positions();
    test_limits();
    test_time();
    test_order();
    test_lowered();
    test_expiry();
    test_names();
    test_seek();
    test_buckets();

    test_fragmentation();
    test_density();

    test_run(64 * 1024, 100000);
    test_run(1024 * 1024, 200000);
    test_run(64 * 1024 * 1024, 50000);

    limits.channels = 7;
    test_run(1024 * 1024, 100000);

    limits.items = 5;
    test_run(1024 * 1024, 100000);

    limits.items = 1000;
    limits.bytes = 4000;
    limits.channels = 0;
    test_run(1024 * 1024, 100000);

    return tap_done();
}
