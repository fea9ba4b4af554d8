
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <jansson.h>

#include "keys/ngx_grip_jwt.h"
#include "text/ngx_grip_base64.h"
#include "text/ngx_grip_json.h"
#include "text/ngx_grip_json_tree.h"
#include "text/ngx_grip_utf8.h"


/* {"alg":"HS256","typ":"JWT"} */
#define NGX_GRIP_JWT_HEADER  "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"

/* a byte of iss is at most six of JSON, and the claims have some around it */
#define NGX_GRIP_JWT_CLAIMS_MAX  (6 * NGX_GRIP_JWT_ISS_MAX + 64)

/* what a time_t can hold, with room to add to it */
#define NGX_GRIP_JWT_TIME_MAX  ((time_t) 1 << (8 * sizeof(time_t) - 3))


typedef struct {
    ngx_str_t   header;
    ngx_str_t   payload;
    ngx_str_t   signature;
    ngx_str_t   signed_input;                /* header.payload */
} ngx_grip_jwt_parts_t;


static ngx_int_t ngx_grip_jwt_split(ngx_str_t *token,
    ngx_grip_jwt_parts_t *parts, const char **reason);
static ngx_int_t ngx_grip_jwt_check_header(ngx_str_t *text,
    ngx_grip_key_t *key, const char **reason);
static ngx_int_t ngx_grip_jwt_check_signature(ngx_grip_jwt_parts_t *parts,
    ngx_grip_key_t *key, const char **reason);
static ngx_int_t ngx_grip_jwt_check_claims(ngx_str_t *text, ngx_str_t *iss,
    time_t now, ngx_grip_jwt_claims_t *claims, const char **reason);
static ngx_int_t ngx_grip_jwt_check_times(json_t *root, time_t now,
    ngx_grip_jwt_claims_t *claims, const char **reason);
static ngx_int_t ngx_grip_jwt_check_iss(json_t *root, ngx_str_t *iss,
    ngx_grip_jwt_claims_t *claims, const char **reason);
static json_t *ngx_grip_jwt_object(ngx_str_t *text);
static const char *ngx_grip_jwt_algorithm(const ngx_grip_key_t *key);
static size_t ngx_grip_jwt_write_claims(u_char *dst, ngx_str_t *iss,
    time_t exp);


ngx_int_t
ngx_grip_jwt_verify(ngx_str_t *token, ngx_grip_key_t *key, ngx_str_t *iss,
    time_t now, ngx_grip_jwt_claims_t *claims, const char **reason)
{
    ngx_int_t             rc;
    ngx_grip_jwt_parts_t  parts;

    if (ngx_grip_jwt_split(token, &parts, reason) != NGX_OK) {
        return NGX_DECLINED;
    }

    rc = ngx_grip_jwt_check_header(&parts.header, key, reason);

    if (rc != NGX_OK) {
        return rc;
    }

    rc = ngx_grip_jwt_check_signature(&parts, key, reason);

    if (rc != NGX_OK) {
        return rc;
    }

    return ngx_grip_jwt_check_claims(&parts.payload, iss, now, claims, reason);
}


ngx_int_t
ngx_grip_jwt_verify_signature(ngx_str_t *token, ngx_grip_key_t *key,
    const char **reason)
{
    ngx_grip_jwt_parts_t  parts;

    if (ngx_grip_jwt_split(token, &parts, reason) != NGX_OK) {
        return NGX_DECLINED;
    }

    return ngx_grip_jwt_check_signature(&parts, key, reason);
}


const char *
ngx_grip_jwt_reason(const char *one, const char *other)
{
    ngx_uint_t  i;

    static const char  *least[] = {
        "algorithm mismatch", "signature mismatch", NULL
    };

    for (i = 0; least[i]; i++) {

        if (one == NULL || strcmp(one, least[i]) == 0) {
            return other;
        }

        if (strcmp(other, least[i]) == 0) {
            return one;
        }
    }

    return one;
}


ngx_int_t
ngx_grip_jwt_sign(u_char *dst, size_t *len, ngx_str_t *iss, time_t exp,
    ngx_grip_key_t *key)
{
    size_t      n;
    u_char     *p;
    u_char      text[NGX_GRIP_JWT_CLAIMS_MAX], mac[NGX_GRIP_KEY_MAC_LEN];
    ngx_str_t   input;

    if (ngx_grip_key_type(key) != NGX_GRIP_KEY_SECRET
        || iss->len > NGX_GRIP_JWT_ISS_MAX
        || !ngx_grip_utf8_valid(iss->data, iss->len))
    {
        return NGX_ERROR;
    }

    n = ngx_grip_jwt_write_claims(text, iss, exp);

    *len = sizeof(NGX_GRIP_JWT_HEADER) - 1
           + 1 + ngx_grip_base64_url_len(n)
           + 1 + ngx_grip_base64_url_len(NGX_GRIP_KEY_MAC_LEN);

    if (dst == NULL) {
        return NGX_OK;
    }

    p = ngx_cpymem(dst, NGX_GRIP_JWT_HEADER, sizeof(NGX_GRIP_JWT_HEADER) - 1);
    *p++ = '.';
    p = ngx_grip_base64_url_encode(p, text, n);

    input.len = (size_t) (p - dst);
    input.data = dst;

    if (ngx_grip_key_sign(key, &input, mac) != NGX_OK) {
        return NGX_ERROR;
    }

    *p++ = '.';
    (void) ngx_grip_base64_url_encode(p, mac, NGX_GRIP_KEY_MAC_LEN);

    return NGX_OK;
}


static ngx_int_t
ngx_grip_jwt_split(ngx_str_t *token, ngx_grip_jwt_parts_t *parts,
    const char **reason)
{
    u_char  *dot, *last;

    if (token->len > NGX_GRIP_JWT_MAX) {
        *reason = "token too long";
        return NGX_DECLINED;
    }

    *reason = "malformed token";

    last = token->data + token->len;

    parts->header.data = token->data;

    dot = token->len ? memchr(token->data, '.', token->len) : NULL;
    if (dot == NULL) {
        return NGX_DECLINED;
    }

    parts->header.len = (size_t) (dot - token->data);
    parts->payload.data = dot + 1;

    dot = memchr(dot + 1, '.', (size_t) (last - (dot + 1)));
    if (dot == NULL) {
        return NGX_DECLINED;
    }

    parts->payload.len = (size_t) (dot - parts->payload.data);

    /* another dot is no character of base64 */

    parts->signature.data = dot + 1;
    parts->signature.len = (size_t) (last - (dot + 1));

    parts->signed_input.data = token->data;
    parts->signed_input.len = (size_t) (dot - token->data);

    return NGX_OK;
}


static ngx_int_t
ngx_grip_jwt_check_header(ngx_str_t *text, ngx_grip_key_t *key,
    const char **reason)
{
    json_t      *root, *alg;
    ngx_int_t    rc;

    root = ngx_grip_jwt_object(text);
    if (root == NULL) {
        *reason = "malformed header";
        return NGX_DECLINED;
    }

    rc = NGX_DECLINED;
    alg = json_object_get(root, "alg");

    if (!json_is_string(alg)) {
        *reason = "malformed header";

    } else if (!ngx_grip_json_tree_is(alg, ngx_grip_jwt_algorithm(key))) {
        *reason = "algorithm mismatch";

    } else if (json_object_get(root, "crit") != NULL) {

        /* RFC 7515, 4.1.11: extensions that must be understood, or refused */

        *reason = "critical extension";

    } else {
        rc = NGX_OK;
    }

    json_decref(root);

    return rc;
}


static ngx_int_t
ngx_grip_jwt_check_signature(ngx_grip_jwt_parts_t *parts, ngx_grip_key_t *key,
    const char **reason)
{
    u_char     buf[ngx_grip_base64_decoded_max(NGX_GRIP_JWT_MAX)];
    ngx_int_t  rc;
    ngx_str_t  sig;

    sig.data = buf;

    if (ngx_grip_base64_url_decode(buf, &sig.len, &parts->signature) != NGX_OK)
    {
        *reason = "malformed signature";
        return NGX_DECLINED;
    }

    rc = ngx_grip_key_verify(key, &parts->signed_input, &sig);

    if (rc == NGX_DECLINED) {
        *reason = "signature mismatch";
    }

    if (rc == NGX_ERROR) {
        *reason = "OpenSSL failed";
    }

    return rc;
}


static ngx_int_t
ngx_grip_jwt_check_claims(ngx_str_t *text, ngx_str_t *iss, time_t now,
    ngx_grip_jwt_claims_t *claims, const char **reason)
{
    json_t     *root;
    ngx_int_t   rc;

    root = ngx_grip_jwt_object(text);
    if (root == NULL) {
        *reason = "malformed claims";
        return NGX_DECLINED;
    }

    rc = ngx_grip_jwt_check_times(root, now, claims, reason);

    if (rc == NGX_OK) {
        rc = ngx_grip_jwt_check_iss(root, iss, claims, reason);
    }

    json_decref(root);

    return rc;
}


static ngx_int_t
ngx_grip_jwt_check_times(json_t *root, time_t now,
    ngx_grip_jwt_claims_t *claims, const char **reason)
{
    double   exp;
    json_t  *value;

    value = json_object_get(root, "exp");

    if (!json_is_number(value)) {
        *reason = "no expiry";
        return NGX_DECLINED;
    }

    /* seconds are exact in a double for longer than anything lasts */

    exp = json_number_value(value);

    if (exp <= (double) now) {
        *reason = "expired";
        return NGX_DECLINED;
    }

    claims->exp = exp < (double) NGX_GRIP_JWT_TIME_MAX ? (time_t) exp
                                                       : NGX_GRIP_JWT_TIME_MAX;

    value = json_object_get(root, "nbf");

    if (value == NULL) {
        return NGX_OK;
    }

    if (!json_is_number(value)) {
        *reason = "malformed claims";
        return NGX_DECLINED;
    }

    if (json_number_value(value) > (double) now) {
        *reason = "not yet valid";
        return NGX_DECLINED;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_grip_jwt_check_iss(json_t *root, ngx_str_t *iss,
    ngx_grip_jwt_claims_t *claims, const char **reason)
{
    size_t   len;
    json_t  *value;

    claims->iss_len = 0;

    value = json_object_get(root, "iss");

    if (value == NULL) {

        if (iss) {
            *reason = "no issuer";
            return NGX_DECLINED;
        }

        return NGX_OK;
    }

    len = json_is_string(value) ? json_string_length(value) : 0;

    if (len == 0 || len > NGX_GRIP_JWT_ISS_MAX) {
        *reason = "malformed issuer";
        return NGX_DECLINED;
    }

    if (iss
        && (iss->len != len
            || memcmp(iss->data, json_string_value(value), len) != 0))
    {
        *reason = "issuer mismatch";
        return NGX_DECLINED;
    }

    memcpy(claims->iss, json_string_value(value), len);
    claims->iss_len = len;

    return NGX_OK;
}


/* the JSON object that the base64url stands for, or NULL */

static json_t *
ngx_grip_jwt_object(ngx_str_t *text)
{
    size_t   len;
    u_char   buf[ngx_grip_base64_decoded_max(NGX_GRIP_JWT_MAX)];
    json_t  *root;

    if (ngx_grip_base64_url_decode(buf, &len, text) != NGX_OK) {
        return NULL;
    }

    root = json_loadb((char *) buf, len, JSON_REJECT_DUPLICATES, NULL);

    if (root != NULL && !json_is_object(root)) {
        json_decref(root);
        return NULL;
    }

    return root;
}


static const char *
ngx_grip_jwt_algorithm(const ngx_grip_key_t *key)
{
    switch (ngx_grip_key_type(key)) {

    case NGX_GRIP_KEY_EC:
        return "ES256";

    case NGX_GRIP_KEY_RSA:
        return "RS256";

    default: /* NGX_GRIP_KEY_SECRET */
        return "HS256";
    }
}


static size_t
ngx_grip_jwt_write_claims(u_char *dst, ngx_str_t *iss, time_t exp)
{
    u_char  *p;

    p = ngx_cpymem(dst, "{\"iss\":\"", sizeof("{\"iss\":\"") - 1);
    p += ngx_grip_json_escape(p, iss->data, iss->len);
    p += sprintf((char *) p, "\",\"exp\":%lld}", (long long) exp);

    return (size_t) (p - dst);
}
