
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Links of resumable holds: fields that are written and read back, bytes that
 * are signed whatever they are, or a link as anybody may request it.  One that
 * is good has one spelling.
 */


#include "hold/ngx_grip_hold_link.h"
#include "lib/fuzz.h"
#include "text/ngx_grip_base64.h"
#include "text/ngx_grip_percent.h"


#define LINK_METAS    3
#define LINK_CHANGES  16


static ngx_grip_key_t *link_key(const char *text);
static void link_written(fuzz_input_t *in);
static ngx_str_t link_text(ngx_grip_hold_link_t *link);
static ngx_str_t link_signed(ngx_str_t *bytes);
static ngx_uint_t link_read(ngx_str_t *text, ngx_grip_key_t *key,
    ngx_grip_hold_link_t *link);
static void link_same(ngx_grip_hold_link_t *one, ngx_grip_hold_link_t *other);
static void link_spelling(ngx_str_t *text);
static void link_within(ngx_str_t *bytes, ngx_str_t *field);


/* of 32 bytes, as the secret of a zone */

static ngx_grip_key_t  *link_secret, *link_other;


void
fuzz_target(fuzz_input_t *in)
{
    ngx_str_t             text;
    ngx_uint_t            how;
    ngx_grip_hold_link_t  link;

    if (link_secret == NULL) {
        link_secret = link_key("0123456789abcdef0123456789abcdef");
        link_other = link_key("0123456789abcdef0123456789abcdeg");
    }

    how = fuzz_byte(in);

    if (how & 1) {
        link_written(in);
        return;
    }

    text = fuzz_rest(in);

    if (how & 2) {
        text = link_signed(&text);
    }

    if (link_read(&text, link_secret, &link)) {
        link_spelling(&text);
    }

    fuzz_holds(!link_read(&text, link_other, &link));
}


static ngx_grip_key_t *
link_key(const char *text)
{
    ngx_str_t        secret;
    const char      *err;
    ngx_grip_key_t  *key;

    secret.len = strlen(text);
    secret.data = (u_char *) text;

    key = ngx_grip_key_create_secret(&secret, &err);
    fuzz_holds(key != NULL);

    return key;
}


static void
link_written(fuzz_input_t *in)
{
    size_t                i;
    ngx_str_t             text, metas[LINK_METAS], changed;
    ngx_uint_t            bit, from;
    ngx_grip_hold_link_t  link, read;

    bit = fuzz_byte(in) % 8;
    from = fuzz_byte(in);

    link.location = fuzz_field(in);
    link.channel = fuzz_field(in);
    link.position = fuzz_field(in);
    link.keepalive = fuzz_field(in);
    link.gone = fuzz_field(in);
    link.metas = metas;

    for (link.nmetas = 0;
         link.nmetas < LINK_METAS && in->pos < in->end;
         link.nmetas++)
    {
        metas[link.nmetas] = fuzz_field(in);
    }

    text = link_text(&link);

    fuzz_holds(link_read(&text, link_secret, &read));
    link_same(&link, &read);

    fuzz_holds(!link_read(&text, link_other, &read));

    /* the path of a request as it is, and a header's URI */

    fuzz_holds(ngx_grip_percent_uri(NULL, &text, ",;") == text.len);

    for (i = 0; i < text.len; i++) {
        fuzz_holds(text.data[i] > ' ' && text.data[i] < 0x7f
                   && strchr("%/.?#<>", text.data[i]) == NULL);
    }

    changed = fuzz_copy(text.data, text.len);

    for (i = from % LINK_CHANGES; i < text.len;
         i += 1 + text.len / LINK_CHANGES)
    {
        changed.data[i] ^= 1 << bit;
        fuzz_holds(!link_read(&changed, link_secret, &read));
        changed.data[i] ^= 1 << bit;
    }

    changed.len--;
    fuzz_holds(!link_read(&changed, link_secret, &read));

    changed = fuzz_room(text.len + 1);
    memcpy(changed.data, text.data, text.len);
    changed.data[text.len] = (u_char) from;

    fuzz_holds(!link_read(&changed, link_secret, &read));
}


static ngx_str_t
link_text(ngx_grip_hold_link_t *link)
{
    ngx_str_t  bytes;

    bytes = fuzz_room(ngx_grip_hold_link_write(NULL, link));

    fuzz_holds(ngx_grip_hold_link_write(bytes.data, link) == bytes.len);

    bytes.data += NGX_GRIP_HOLD_LINK_MAC;
    bytes.len -= NGX_GRIP_HOLD_LINK_MAC;

    return link_signed(&bytes);
}


/* fields, or what is none, behind their MAC */

static ngx_str_t
link_signed(ngx_str_t *fields)
{
    ngx_str_t  bytes, text;

    bytes = fuzz_room(NGX_GRIP_HOLD_LINK_MAC + fields->len);
    memcpy(bytes.data + NGX_GRIP_HOLD_LINK_MAC, fields->data, fields->len);

    fuzz_holds(ngx_grip_hold_link_sign(&bytes, link_secret) == NGX_OK);
    fuzz_holds(memcmp(bytes.data + NGX_GRIP_HOLD_LINK_MAC, fields->data,
                      fields->len)
               == 0);

    text = fuzz_room(ngx_grip_base64_url_len(bytes.len));

    fuzz_holds(ngx_grip_base64_url_encode(text.data, bytes.data, bytes.len)
               == text.data + text.len);

    return text;
}


/* whether it is a link by the key */

static ngx_uint_t
link_read(ngx_str_t *text, ngx_grip_key_t *key, ngx_grip_hold_link_t *link)
{
    ngx_int_t   rc;
    ngx_str_t   bytes, metas, meta;
    ngx_uint_t  nmetas;

    bytes = fuzz_room(ngx_grip_base64_decoded_max(text->len));

    if (ngx_grip_base64_url_decode(bytes.data, &bytes.len, text) != NGX_OK) {
        return 0;
    }

    /* from here on it ends where its memory does */

    bytes = fuzz_copy(bytes.data, bytes.len);

    rc = ngx_grip_hold_link_read(link, &bytes, &metas);
    fuzz_holds(rc == NGX_OK || rc == NGX_DECLINED);

    if (rc != NGX_OK) {
        return 0;
    }

    link_within(&bytes, &link->location);
    link_within(&bytes, &link->channel);
    link_within(&bytes, &link->position);
    link_within(&bytes, &link->keepalive);
    link_within(&bytes, &link->gone);
    link_within(&bytes, &metas);

    link->metas = fuzz_alloc((metas.len / 2 + 1) * sizeof(ngx_str_t));

    for (nmetas = 0; ngx_grip_hold_link_next(&metas, &meta); nmetas++) {
        link_within(&bytes, &meta);
        link->metas[nmetas] = meta;
    }

    fuzz_holds(metas.len == 0);

    link->nmetas = nmetas;

    rc = ngx_grip_hold_link_verify(&bytes, key);
    fuzz_holds(rc == NGX_OK || rc == NGX_DECLINED);

    return rc == NGX_OK;
}


static void
link_same(ngx_grip_hold_link_t *one, ngx_grip_hold_link_t *other)
{
    ngx_uint_t  i;

    fuzz_holds(fuzz_same(&one->location, &other->location));
    fuzz_holds(fuzz_same(&one->channel, &other->channel));
    fuzz_holds(fuzz_same(&one->position, &other->position));
    fuzz_holds(fuzz_same(&one->keepalive, &other->keepalive));
    fuzz_holds(fuzz_same(&one->gone, &other->gone));
    fuzz_holds(one->nmetas == other->nmetas);

    for (i = 0; i < one->nmetas; i++) {
        fuzz_holds(fuzz_same(&one->metas[i], &other->metas[i]));
    }
}


/* what was read of a good one is written as it was */

static void
link_spelling(ngx_str_t *text)
{
    ngx_str_t             again;
    ngx_grip_hold_link_t  link;

    fuzz_holds(link_read(text, link_secret, &link));

    again = link_text(&link);

    fuzz_holds(fuzz_same(&again, text));
}


static void
link_within(ngx_str_t *bytes, ngx_str_t *field)
{
    fuzz_holds(field->data >= bytes->data + NGX_GRIP_HOLD_LINK_MAC);
    fuzz_holds(field->data + field->len <= bytes->data + bytes->len);
}
