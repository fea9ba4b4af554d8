
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <jansson.h>

#include "keys/ngx_grip_jwk.h"
#include "text/ngx_grip_base64.h"
#include "text/ngx_grip_json_tree.h"


static ngx_int_t ngx_grip_jwk_read(json_t *root, ngx_grip_jwk_t *jwk,
    const char **err);
static ngx_int_t ngx_grip_jwk_read_ec(json_t *root, ngx_grip_jwk_t *jwk,
    u_char *p, const char **err);
static ngx_int_t ngx_grip_jwk_algorithm(json_t *root, const char *alg,
    const char **err);
static ngx_int_t ngx_grip_jwk_bytes(json_t *root, const char *name,
    u_char **p, ngx_str_t *bytes);


ngx_int_t
ngx_grip_jwk_parse(ngx_str_t *text, ngx_grip_jwk_t *jwk, const char **err)
{
    json_t     *root;
    ngx_int_t   rc;

    memset(jwk, 0, sizeof(ngx_grip_jwk_t));

    root = json_loadb((char *) text->data, text->len, JSON_REJECT_DUPLICATES,
                      NULL);
    if (root == NULL) {
        *err = "JWK is not valid JSON";
        return NGX_ERROR;
    }

    /* decoded members are shorter than the text they stand in */

    jwk->block = malloc(text->len);
    if (jwk->block == NULL) {
        *err = "no memory";
        json_decref(root);
        return NGX_ERROR;
    }

    rc = ngx_grip_jwk_read(root, jwk, err);

    json_decref(root);

    if (rc != NGX_OK) {
        free(jwk->block);
        jwk->block = NULL;
    }

    return rc;
}


static ngx_int_t
ngx_grip_jwk_read(json_t *root, ngx_grip_jwk_t *jwk, const char **err)
{
    u_char  *p;
    json_t  *kty;

    p = jwk->block;
    kty = json_object_get(root, "kty");

    if (ngx_grip_json_tree_is(kty, "oct")) {
        jwk->type = NGX_GRIP_KEY_SECRET;

        if (ngx_grip_jwk_bytes(root, "k", &p, &jwk->secret) != NGX_OK) {
            *err = "JWK has no valid \"k\"";
            return NGX_ERROR;
        }

        return ngx_grip_jwk_algorithm(root, "HS256", err);
    }

    if (ngx_grip_json_tree_is(kty, "EC")) {
        jwk->type = NGX_GRIP_KEY_EC;

        return ngx_grip_jwk_read_ec(root, jwk, p, err);
    }

    if (ngx_grip_json_tree_is(kty, "RSA")) {
        jwk->type = NGX_GRIP_KEY_RSA;

        if (ngx_grip_jwk_bytes(root, "n", &p, &jwk->modulus) != NGX_OK
            || ngx_grip_jwk_bytes(root, "e", &p, &jwk->exponent) != NGX_OK)
        {
            *err = "JWK has no valid \"n\" and \"e\"";
            return NGX_ERROR;
        }

        return ngx_grip_jwk_algorithm(root, "RS256", err);
    }

    *err = "JWK has a \"kty\" other than \"oct\", \"EC\" and \"RSA\"";

    return NGX_ERROR;
}


static ngx_int_t
ngx_grip_jwk_read_ec(json_t *root, ngx_grip_jwk_t *jwk, u_char *p,
    const char **err)
{
    if (!ngx_grip_json_tree_is(json_object_get(root, "crv"), "P-256")) {
        *err = "JWK is of a curve other than P-256";
        return NGX_ERROR;
    }

    if (ngx_grip_jwk_bytes(root, "x", &p, &jwk->x) != NGX_OK
        || ngx_grip_jwk_bytes(root, "y", &p, &jwk->y) != NGX_OK
        || jwk->x.len != NGX_GRIP_JWK_COORDINATE_LEN
        || jwk->y.len != NGX_GRIP_JWK_COORDINATE_LEN)
    {
        *err = "JWK has no valid \"x\" and \"y\"";
        return NGX_ERROR;
    }

    return ngx_grip_jwk_algorithm(root, "ES256", err);
}


/* a key that says what it is for is not used for something else */

static ngx_int_t
ngx_grip_jwk_algorithm(json_t *root, const char *alg, const char **err)
{
    json_t  *value;

    value = json_object_get(root, "alg");

    if (value == NULL || ngx_grip_json_tree_is(value, alg)) {
        return NGX_OK;
    }

    *err = "JWK has an \"alg\" other than HS256, ES256 and RS256, "
           "or not that of its type";

    return NGX_ERROR;
}


static ngx_int_t
ngx_grip_jwk_bytes(json_t *root, const char *name, u_char **p,
    ngx_str_t *bytes)
{
    json_t     *value;
    ngx_str_t   text;

    value = json_object_get(root, name);

    if (!json_is_string(value)) {
        return NGX_DECLINED;
    }

    text = ngx_grip_json_tree_text(value);

    bytes->data = *p;

    if (ngx_grip_base64_decode(bytes->data, &bytes->len, &text) != NGX_OK
        || bytes->len == 0)
    {
        return NGX_DECLINED;
    }

    *p += bytes->len;

    return NGX_OK;
}
