
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The alphabets of texts: UTF-8, JSON strings, base64, percent-encoding.
 */


#include "lib/fuzz.h"
#include "text/ngx_grip_base64.h"
#include "text/ngx_grip_json.h"
#include "text/ngx_grip_percent.h"
#include "text/ngx_grip_utf8.h"


static void text_utf8(ngx_str_t *text);
static void text_json(ngx_str_t *text);
static void text_base64(ngx_str_t *text);
static void text_base64_decode(ngx_str_t *text);
static void text_uri(ngx_str_t *text);
static void text_canonical(ngx_str_t *text);
static ngx_str_t text_decoded(ngx_str_t *text, ngx_uint_t form);


void
fuzz_target(fuzz_input_t *in)
{
    ngx_str_t  text;

    text = fuzz_rest(in);

    text_utf8(&text);
    text_json(&text);
    text_base64(&text);
    text_base64_decode(&text);
    text_uri(&text);
    text_canonical(&text);
}


static void
text_utf8(ngx_str_t *text)
{
    size_t      max;
    ngx_str_t   copy;
    ngx_uint_t  valid;

    valid = ngx_grip_utf8_valid(text->data, text->len);

    fuzz_holds(valid == fuzz_utf8(text));

    for (max = 0; max < 3 * text->len + 8; max = 2 * max + 1) {
        copy = fuzz_room(max);

        copy.len = ngx_grip_utf8_copy(copy.data, max, text);

        fuzz_holds(copy.len <= max);
        fuzz_holds(fuzz_utf8(&copy));

        if (valid) {
            fuzz_holds(memcmp(copy.data, text->data, copy.len) == 0);
            fuzz_holds(copy.len == text->len || copy.len + 4 > max);
        }
    }
}


/* what is escaped is what the library reads again, and of no control */

static void
text_json(ngx_str_t *text)
{
    ngx_str_t  json;

    if (ngx_grip_utf8_valid(text->data, text->len)) {
        json = fuzz_room(ngx_grip_json_string(NULL, text));

        fuzz_holds(ngx_grip_json_string(json.data, text) == json.len);
        fuzz_holds(json.len <= 6 * text->len + 2);
        fuzz_holds(!fuzz_has_controls(&json, "\x7f"));
        fuzz_holds(fuzz_json_is(fuzz_json(&json), text));
    }

    json = fuzz_room(ngx_grip_json_base64(NULL, text));

    fuzz_holds(ngx_grip_json_base64(json.data, text) == json.len);

    json = fuzz_string(fuzz_json(&json));
    json = fuzz_base64(&json);

    fuzz_holds(fuzz_same(&json, text));
}


static void
text_base64(ngx_str_t *text)
{
    size_t     len;
    ngx_str_t  encoded, bytes;

    encoded = fuzz_room(ngx_grip_base64_len(text->len));

    fuzz_holds(ngx_grip_base64_encode(encoded.data, text->data, text->len)
               == encoded.data + encoded.len);

    bytes = fuzz_base64(&encoded);
    fuzz_holds(fuzz_same(&bytes, text));

    bytes = fuzz_room(ngx_grip_base64_decoded_max(encoded.len));
    fuzz_holds(ngx_grip_base64_decode(bytes.data, &len, &encoded) == NGX_OK);
    bytes.len = len;
    fuzz_holds(fuzz_same(&bytes, text));

    encoded = fuzz_room(ngx_grip_base64_url_len(text->len));

    fuzz_holds(ngx_grip_base64_url_encode(encoded.data, text->data, text->len)
               == encoded.data + encoded.len);

    /* the input may be where it is decoded to */

    fuzz_holds(ngx_grip_base64_url_decode(encoded.data, &len, &encoded)
               == NGX_OK);
    encoded.len = len;
    fuzz_holds(fuzz_same(&encoded, text));
}


/* each value of JWS has one spelling; both decoders agree on that */

static void
text_base64_decode(ngx_str_t *text)
{
    size_t     len;
    ngx_str_t  bytes, again;

    bytes = fuzz_room(ngx_grip_base64_decoded_max(text->len));

    if (ngx_grip_base64_decode(bytes.data, &len, text) == NGX_OK) {
        fuzz_holds(len <= bytes.len);
    }

    if (ngx_grip_base64_url_decode(bytes.data, &len, text) != NGX_OK) {
        return;
    }

    fuzz_holds(len <= bytes.len);
    bytes.len = len;

    again = fuzz_room(ngx_grip_base64_url_len(len));
    (void) ngx_grip_base64_url_encode(again.data, bytes.data, len);

    fuzz_holds(fuzz_same(&again, text));

    again = fuzz_room(ngx_grip_base64_decoded_max(text->len));
    fuzz_holds(ngx_grip_base64_decode(again.data, &len, text) == NGX_OK);
    again.len = len;

    fuzz_holds(fuzz_same(&again, &bytes));
}


/* a URI of ours has no byte that none may have, and stays as it is then */

static void
text_uri(ngx_str_t *text)
{
    size_t       i, m;
    u_char       ch;
    ngx_str_t    uri, again, decoded;

    static const char  *more[] = { "", "?", "%/?&=+;" };

    for (m = 0; m < 2; m++) {
        uri = fuzz_room(ngx_grip_percent_uri(NULL, text, more[m]));

        fuzz_holds(ngx_grip_percent_uri(uri.data, text, more[m]) == uri.len);
        fuzz_holds(uri.len <= 3 * text->len);

        for (i = 0; i < uri.len; i++) {
            ch = uri.data[i];

            fuzz_holds(ch > ' ' && ch < 0x7f);
            fuzz_holds(strchr("\"#<>\\^`{|}", ch) == NULL);
            fuzz_holds(strchr(more[m], ch) == NULL);
        }

        again = fuzz_room(ngx_grip_percent_uri(NULL, &uri, more[m]));
        (void) ngx_grip_percent_uri(again.data, &uri, more[m]);
        fuzz_holds(fuzz_same(&again, &uri));

        decoded = text_decoded(&uri, 0);
        fuzz_holds(decoded.data != NULL);

        again = text_decoded(text, 0);

        if (again.data) {
            fuzz_holds(fuzz_same(&again, &decoded));
        }
    }
}


/* a path in canonical form has no other name for any of its segments */

static void
text_canonical(ngx_str_t *text)
{
    size_t     i;
    u_char     ch;
    ngx_str_t  path, decoded, query;

    decoded = text_decoded(text, 0);
    query = text_decoded(text, 1);

    fuzz_holds((decoded.data == NULL) == (query.data == NULL));
    fuzz_holds(decoded.len <= text->len);

    if (!ngx_grip_percent_canonical(text)) {
        return;
    }

    fuzz_holds(text->len && text->data[0] == '/');

    for (i = 0; i < text->len && text->data[i] != '?'; i++) {
        ch = text->data[i];

        fuzz_holds(ch > ' ' && ch < 0x7f && ch != '\\' && ch != '#');

        if (ch == '/' && i + 1 < text->len) {
            fuzz_holds(text->data[i + 1] != '/');
        }

        if (ch == '%') {
            i += 2;
        }
    }

    path = *text;
    path.len = i;

    decoded = text_decoded(&path, 0);
    fuzz_holds(decoded.data != NULL);

    for (i = 1; i < decoded.len; i++) {
        fuzz_holds(decoded.data[i] != '/' || decoded.data[i - 1] != '/');
    }
}


static ngx_str_t
text_decoded(ngx_str_t *text, ngx_uint_t form)
{
    ngx_str_t  copy;

    copy = fuzz_copy(text->data, text->len);

    if (ngx_grip_percent_decode(&copy, form) != NGX_OK) {
        ngx_str_null(&copy);
    }

    return copy;
}
