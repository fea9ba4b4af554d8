
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "keys/ngx_grip_jwk.h"
#include "keys/ngx_grip_key.h"
#include "keys/ngx_grip_key_text.h"
#include "keys/ngx_grip_pkey.h"


struct ngx_grip_key_s {
    ngx_grip_key_type_e   type;
    unsigned              fastly:1;

    ngx_str_t             secret;
    EVP_MAC_CTX          *mac;               /* keyed with the secret */

    ngx_grip_pkey_t      *pkey;              /* NULL for a secret */
};


typedef ngx_int_t (*ngx_grip_key_load_pt)(ngx_grip_key_t *key,
    ngx_str_t *value, const char **err);


static ngx_grip_key_t *ngx_grip_key_make(ngx_str_t *value,
    ngx_grip_key_load_pt load, const char **err);
static ngx_int_t ngx_grip_key_load(ngx_grip_key_t *key, ngx_str_t *value,
    const char **err);
static ngx_int_t ngx_grip_key_load_text(ngx_grip_key_t *key, ngx_str_t *text,
    const char **err);
static ngx_uint_t ngx_grip_key_contains(ngx_str_t *text, const char *part);
static ngx_int_t ngx_grip_key_load_secret(ngx_grip_key_t *key,
    ngx_str_t *secret, const char **err);
static ngx_int_t ngx_grip_key_load_jwk(ngx_grip_key_t *key, ngx_str_t *text,
    const char **err);
static ngx_int_t ngx_grip_key_compare_fastly(ngx_grip_key_t *key,
    const char **err);


/* the public key of all Fastly services */

static u_char  ngx_grip_key_fastly_x[] =
    "\x08\xaa\x39\x03\x57\x9b\xc8\x57\x27\x99\x55\x7c\x48\x4e\x4e\x9f"
    "\xef\x06\xf3\x52\x72\x06\x34\xaf\x72\xbc\x78\x54\xb7\xad\x58\x28";

static u_char  ngx_grip_key_fastly_y[] =
    "\xee\x0c\x09\xa9\xa5\x3a\x37\xc4\xcf\xf3\xcf\xbe\xb7\x08\xe4\xc2"
    "\x80\x77\xe9\xff\xa9\x4f\x74\x2c\x98\x8e\x3a\x9c\xf8\x63\x3b\xb3";

static ngx_grip_jwk_t  ngx_grip_key_fastly = {
    NGX_GRIP_KEY_EC,
    ngx_null_string,
    { NGX_GRIP_JWK_COORDINATE_LEN, ngx_grip_key_fastly_x },
    { NGX_GRIP_JWK_COORDINATE_LEN, ngx_grip_key_fastly_y },
    ngx_null_string,
    ngx_null_string,
    NULL
};


ngx_grip_key_t *
ngx_grip_key_create(ngx_str_t *value, const char **err)
{
    return ngx_grip_key_make(value, ngx_grip_key_load, err);
}


ngx_grip_key_t *
ngx_grip_key_create_secret(ngx_str_t *secret, const char **err)
{
    return ngx_grip_key_make(secret, ngx_grip_key_load_secret, err);
}


static ngx_grip_key_t *
ngx_grip_key_make(ngx_str_t *value, ngx_grip_key_load_pt load,
    const char **err)
{
    ngx_int_t        rc;
    ngx_grip_key_t  *key;

    key = calloc(1, sizeof(ngx_grip_key_t));
    if (key == NULL) {
        *err = "no memory";
        return NULL;
    }

    rc = load(key, value, err);

    ERR_clear_error();

    if (rc != NGX_OK) {
        ngx_grip_key_free(key);
        return NULL;
    }

    return key;
}


void
ngx_grip_key_free(ngx_grip_key_t *key)
{
    if (key == NULL) {
        return;
    }

    EVP_MAC_CTX_free(key->mac);
    ngx_grip_pkey_free(key->pkey);

    if (key->secret.data) {
        OPENSSL_cleanse(key->secret.data, key->secret.len);
        free(key->secret.data);
    }

    free(key);
}


ngx_grip_key_type_e
ngx_grip_key_type(const ngx_grip_key_t *key)
{
    return key->type;
}


ngx_uint_t
ngx_grip_key_is_fastly(const ngx_grip_key_t *key)
{
    return key->fastly;
}


ngx_uint_t
ngx_grip_key_is_well_known(const ngx_grip_key_t *key)
{
    return key->secret.len == 8
           && CRYPTO_memcmp(key->secret.data, "changeme", 8) == 0;
}


ngx_int_t
ngx_grip_key_verify(ngx_grip_key_t *key, ngx_str_t *input, ngx_str_t *sig)
{
    u_char     mac[NGX_GRIP_KEY_MAC_LEN];
    ngx_int_t  rc;

    if (key->type == NGX_GRIP_KEY_SECRET) {

        if (ngx_grip_key_sign(key, input, mac) != NGX_OK) {
            return NGX_ERROR;
        }

        if (sig->len != NGX_GRIP_KEY_MAC_LEN
            || CRYPTO_memcmp(sig->data, mac, NGX_GRIP_KEY_MAC_LEN) != 0)
        {
            return NGX_DECLINED;
        }

        return NGX_OK;
    }

    rc = ngx_grip_pkey_verify(key->pkey, input, sig);

    if (rc != NGX_OK) {

        /* nginx reports what is left in the queue as errors of others */

        ERR_clear_error();
    }

    return rc;
}


ngx_int_t
ngx_grip_key_sign(ngx_grip_key_t *key, ngx_str_t *input, u_char *mac)
{
    size_t  len;

    /* no key in EVP_MAC_init(): that of the context is used again */

    if (key->mac == NULL
        || EVP_MAC_init(key->mac, NULL, 0, NULL) != 1
        || EVP_MAC_update(key->mac, input->data, input->len) != 1
        || EVP_MAC_final(key->mac, mac, &len, NGX_GRIP_KEY_MAC_LEN) != 1)
    {
        ERR_clear_error();
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_grip_key_load(ngx_grip_key_t *key, ngx_str_t *value, const char **err)
{
    ngx_int_t  rc;
    ngx_str_t  text;

    if (value->len == 6 && memcmp(value->data, "fastly", 6) == 0) {
        key->pkey = ngx_grip_pkey_from_jwk(&ngx_grip_key_fastly, err);
        rc = key->pkey ? NGX_OK : NGX_ERROR;

    } else {
        if (ngx_grip_key_text_read(value, &text, err) != NGX_OK) {
            return NGX_ERROR;
        }

        rc = ngx_grip_key_load_text(key, &text, err);

        ngx_grip_key_text_free(&text);
    }

    if (rc != NGX_OK || key->pkey == NULL) {
        return rc;
    }

    key->type = ngx_grip_pkey_type(key->pkey);

    return ngx_grip_key_compare_fastly(key, err);
}


static ngx_int_t
ngx_grip_key_load_text(ngx_grip_key_t *key, ngx_str_t *text, const char **err)
{
    u_char  *p, *last;

    /* a public key must never be taken for a secret: it is none */

    if (ngx_grip_key_contains(text, "-----BEGIN ")) {
        key->pkey = ngx_grip_pkey_from_pem(text, err);
        return key->pkey ? NGX_OK : NGX_ERROR;
    }

    p = text->data;
    last = text->data + text->len;

    while (p < last && (*p == ' ' || *p == '\t' || *p == CR || *p == LF)) {
        p++;
    }

    if (p < last && *p == '{' && ngx_grip_key_contains(text, "\"kty\"")) {
        return ngx_grip_key_load_jwk(key, text, err);
    }

    return ngx_grip_key_load_secret(key, text, err);
}


static ngx_uint_t
ngx_grip_key_contains(ngx_str_t *text, const char *part)
{
    size_t  i, len;

    len = strlen(part);

    for (i = 0; i + len <= text->len; i++) {
        if (memcmp(text->data + i, part, len) == 0) {
            return 1;
        }
    }

    return 0;
}


static ngx_int_t
ngx_grip_key_load_secret(ngx_grip_key_t *key, ngx_str_t *secret,
    const char **err)
{
    EVP_MAC     *mac;
    OSSL_PARAM   params[2];

    key->type = NGX_GRIP_KEY_SECRET;

    key->secret.data = malloc(secret->len);
    if (key->secret.data == NULL) {
        *err = "no memory";
        return NGX_ERROR;
    }

    memcpy(key->secret.data, secret->data, secret->len);
    key->secret.len = secret->len;

    mac = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_HMAC, NULL);
    key->mac = EVP_MAC_CTX_new(mac);

    EVP_MAC_free(mac);

    params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
                                                 (char *) "SHA256", 0);
    params[1] = OSSL_PARAM_construct_end();

    if (key->mac == NULL
        || EVP_MAC_init(key->mac, secret->data, secret->len, params) != 1)
    {
        *err = "OpenSSL has no HMAC with SHA-256";
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_grip_key_load_jwk(ngx_grip_key_t *key, ngx_str_t *text, const char **err)
{
    ngx_int_t       rc;
    ngx_grip_jwk_t  jwk;

    if (ngx_grip_jwk_parse(text, &jwk, err) != NGX_OK) {
        return NGX_ERROR;
    }

    if (jwk.type == NGX_GRIP_KEY_SECRET) {
        rc = ngx_grip_key_load_secret(key, &jwk.secret, err);
        OPENSSL_cleanse(jwk.secret.data, jwk.secret.len);

    } else {
        key->pkey = ngx_grip_pkey_from_jwk(&jwk, err);
        rc = key->pkey ? NGX_OK : NGX_ERROR;
    }

    free(jwk.block);

    return rc;
}


static ngx_int_t
ngx_grip_key_compare_fastly(ngx_grip_key_t *key, const char **err)
{
    ngx_grip_pkey_t  *fastly;

    if (key->type != NGX_GRIP_KEY_EC) {
        return NGX_OK;
    }

    fastly = ngx_grip_pkey_from_jwk(&ngx_grip_key_fastly, err);
    if (fastly == NULL) {
        return NGX_ERROR;
    }

    key->fastly = ngx_grip_pkey_equal(key->pkey, fastly) ? 1 : 0;

    ngx_grip_pkey_free(fastly);

    return NGX_OK;
}
