
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * A token: how it is made, then what it is made of.  A token that we have
 * signed is refused for its claims alone, and any other is refused.
 */


#include "keys/ngx_grip_jwt.h"
#include "lib/fuzz.h"
#include "text/ngx_grip_base64.h"


#define TOKEN_NOW  1700000000


static ngx_grip_key_t *token_key(const char *text);
static ngx_str_t token_signed(ngx_str_t *header, ngx_str_t *claims,
    ngx_grip_key_t *key);
static void token_verify(ngx_str_t *token, ngx_grip_key_t *key,
    ngx_str_t *iss);
static void token_claims(ngx_str_t *token, ngx_grip_jwt_claims_t *claims,
    ngx_str_t *iss);
static void token_sign(fuzz_input_t *in, ngx_grip_key_t *key);


void
fuzz_target(fuzz_input_t *in)
{
    ngx_str_t    iss, header, claims, token;
    ngx_uint_t   how;

    static ngx_grip_key_t  *secret, *other, *fastly;

    if (secret == NULL) {
        secret = token_key("changeme");
        other = token_key("another");
        fastly = token_key("fastly");
    }

    how = fuzz_byte(in);

    if (how & 1) {
        token_sign(in, secret);
        return;
    }

    iss = fuzz_field(in);

    if (how & 2) {
        header = fuzz_field(in);
        claims = fuzz_rest(in);
        token = token_signed(&header, &claims, secret);

    } else {
        token = fuzz_rest(in);
    }

    token_verify(&token, secret, (how & 4) ? &iss : NULL);
    token_verify(&token, other, NULL);
    token_verify(&token, fastly, NULL);
}


static ngx_grip_key_t *
token_key(const char *text)
{
    ngx_str_t        value;
    const char      *err;
    ngx_grip_key_t  *key;

    value.len = strlen(text);
    value.data = (u_char *) text;

    key = ngx_grip_key_create(&value, &err);
    fuzz_holds(key != NULL);

    return key;
}


static ngx_str_t
token_signed(ngx_str_t *header, ngx_str_t *claims, ngx_grip_key_t *key)
{
    u_char     *p, mac[NGX_GRIP_KEY_MAC_LEN];
    ngx_str_t   token, input;

    token = fuzz_room(ngx_grip_base64_url_len(header->len) + 1
                      + ngx_grip_base64_url_len(claims->len) + 1
                      + ngx_grip_base64_url_len(sizeof(mac)));

    p = ngx_grip_base64_url_encode(token.data, header->data, header->len);
    *p++ = '.';
    p = ngx_grip_base64_url_encode(p, claims->data, claims->len);

    input.len = p - token.data;
    input.data = token.data;

    fuzz_holds(ngx_grip_key_sign(key, &input, mac) == NGX_OK);

    *p++ = '.';
    p = ngx_grip_base64_url_encode(p, mac, sizeof(mac));

    fuzz_holds(p == token.data + token.len);

    return token;
}


static void
token_verify(ngx_str_t *token, ngx_grip_key_t *key, ngx_str_t *iss)
{
    size_t                 i;
    ngx_int_t              rc;
    ngx_str_t              changed;
    const char            *reason;
    ngx_grip_jwt_claims_t  claims;

    reason = NULL;
    rc = ngx_grip_jwt_verify(token, key, iss, TOKEN_NOW, &claims, &reason);

    fuzz_holds(rc == NGX_OK || rc == NGX_DECLINED);

    if (rc == NGX_DECLINED) {
        fuzz_holds(reason != NULL && strlen(reason) < 40);
        return;
    }

    fuzz_holds(token->len <= NGX_GRIP_JWT_MAX);
    fuzz_holds(ngx_grip_jwt_verify_signature(token, key, &reason) == NGX_OK);

    token_claims(token, &claims, iss);

    /* of a token there is one spelling */

    changed = fuzz_copy(token->data, token->len);

    for (i = 0; i < token->len; i += 7) {
        changed.data[i] ^= 1;

        fuzz_holds(ngx_grip_jwt_verify(&changed, key, iss, TOKEN_NOW, &claims,
                                       &reason)
                   == NGX_DECLINED);

        changed.data[i] ^= 1;
    }
}


/* the claims are those that the token has */

static void
token_claims(ngx_str_t *token, ngx_grip_jwt_claims_t *claims, ngx_str_t *iss)
{
    u_char     *dot;
    size_t      len;
    json_t     *json, *value;
    ngx_str_t   part, text;

    dot = memchr(token->data, '.', token->len);

    part.data = dot + 1;
    dot = memchr(part.data, '.', token->data + token->len - part.data);
    part.len = dot - part.data;

    text = fuzz_room(ngx_grip_base64_decoded_max(part.len));
    fuzz_holds(ngx_grip_base64_url_decode(text.data, &len, &part) == NGX_OK);
    text.len = len;

    json = fuzz_json(&text);
    value = fuzz_member(json, "exp");

    fuzz_holds(json_is_number(value));
    fuzz_holds(json_number_value(value) > TOKEN_NOW);
    fuzz_holds(claims->exp >= TOKEN_NOW);
    fuzz_holds((double) claims->exp <= json_number_value(value));

    value = json_object_get(json, "nbf");
    fuzz_holds(value == NULL || json_number_value(value) <= TOKEN_NOW);

    text.len = claims->iss_len;
    text.data = claims->iss;

    value = json_object_get(json, "iss");

    fuzz_holds((value == NULL) == (text.len == 0));
    fuzz_holds(value == NULL || fuzz_json_is(value, &text));
    fuzz_holds(iss == NULL || fuzz_same(iss, &text));
}


/* what we sign for is what is verified */

static void
token_sign(fuzz_input_t *in, ngx_grip_key_t *key)
{
    size_t                 len, again;
    ngx_str_t              iss, token;
    const char            *reason;
    ngx_grip_jwt_claims_t  claims;

    iss = fuzz_rest(in);

    if (ngx_grip_jwt_sign(NULL, &len, &iss, TOKEN_NOW + 600, key) != NGX_OK) {
        fuzz_holds(iss.len > NGX_GRIP_JWT_ISS_MAX || !fuzz_utf8(&iss));
        return;
    }

    token = fuzz_room(len);

    fuzz_holds(ngx_grip_jwt_sign(token.data, &again, &iss, TOKEN_NOW + 600,
                                 key)
               == NGX_OK);
    fuzz_holds(again == len);

    if (iss.len == 0 || memchr(iss.data, '\0', iss.len)) {
        return;
    }

    fuzz_holds(ngx_grip_jwt_verify(&token, key, &iss, TOKEN_NOW, &claims,
                                   &reason)
               == NGX_OK);
    fuzz_holds(claims.exp == TOKEN_NOW + 600);
}
