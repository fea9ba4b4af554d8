
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "keys/ngx_grip_pkey.h"


#define NGX_GRIP_PKEY_HASH_LEN         32

/* R and S */
#define NGX_GRIP_PKEY_EC_SIGNATURE_LEN (2 * NGX_GRIP_JWK_COORDINATE_LEN)

/* a sequence of two integers of up to 33 bytes */
#define NGX_GRIP_PKEY_EC_DER_MAX       (2 + 2 * (2 + 33))


struct ngx_grip_pkey_s {
    ngx_grip_key_type_e   type;

    EVP_PKEY             *pkey;
    EVP_PKEY_CTX         *verify;
    EVP_MD               *md;
    EVP_MD_CTX           *digest;
};


static EVP_PKEY *ngx_grip_pkey_from_der(const char *label, const u_char *der,
    long len);
static EVP_PKEY *ngx_grip_pkey_from_point(ngx_str_t *x, ngx_str_t *y);
static EVP_PKEY *ngx_grip_pkey_from_modulus(ngx_str_t *modulus,
    ngx_str_t *exponent);
static EVP_PKEY *ngx_grip_pkey_from_params(const char *type,
    OSSL_PARAM *params);
static ngx_grip_pkey_t *ngx_grip_pkey_prepare(EVP_PKEY *pkey,
    const char **err);
static ngx_int_t ngx_grip_pkey_check(ngx_grip_pkey_t *key, const char **err);
static size_t ngx_grip_pkey_ec_der(u_char *der, ngx_str_t *sig);


ngx_grip_pkey_t *
ngx_grip_pkey_from_pem(ngx_str_t *text, const char **err)
{
    BIO       *bio;
    char      *label, *header;
    long       len;
    u_char    *der;
    EVP_PKEY  *pkey;

    bio = BIO_new_mem_buf(text->data, (int) text->len);
    if (bio == NULL) {
        *err = "no memory";
        return NULL;
    }

    if (PEM_read_bio(bio, &label, &header, &der, &len) != 1) {
        *err = "invalid PEM";
        BIO_free(bio);
        return NULL;
    }

    BIO_free(bio);

    pkey = NULL;

    if (strcmp(label, PEM_STRING_PUBLIC) != 0
        && strcmp(label, PEM_STRING_PKCS8INF) != 0)
    {
        *err = "PEM is neither a \"PUBLIC KEY\" nor a \"PRIVATE KEY\"";

    } else {
        *err = "PEM holds no valid key";
        pkey = ngx_grip_pkey_from_der(label, der, len);
    }

    OPENSSL_free(label);
    OPENSSL_free(header);
    OPENSSL_clear_free(der, (size_t) len);

    if (pkey == NULL) {
        return NULL;
    }

    return ngx_grip_pkey_prepare(pkey, err);
}


ngx_grip_pkey_t *
ngx_grip_pkey_from_jwk(ngx_grip_jwk_t *jwk, const char **err)
{
    EVP_PKEY  *pkey;

    if (jwk->type == NGX_GRIP_KEY_EC) {
        pkey = ngx_grip_pkey_from_point(&jwk->x, &jwk->y);

    } else {
        pkey = ngx_grip_pkey_from_modulus(&jwk->modulus, &jwk->exponent);
    }

    if (pkey == NULL) {
        *err = "JWK holds no valid key";
        return NULL;
    }

    return ngx_grip_pkey_prepare(pkey, err);
}


void
ngx_grip_pkey_free(ngx_grip_pkey_t *key)
{
    if (key == NULL) {
        return;
    }

    EVP_MD_CTX_free(key->digest);
    EVP_MD_free(key->md);
    EVP_PKEY_CTX_free(key->verify);
    EVP_PKEY_free(key->pkey);

    free(key);
}


ngx_grip_key_type_e
ngx_grip_pkey_type(const ngx_grip_pkey_t *key)
{
    return key->type;
}


ngx_uint_t
ngx_grip_pkey_equal(const ngx_grip_pkey_t *a, const ngx_grip_pkey_t *b)
{
    return EVP_PKEY_eq(a->pkey, b->pkey) == 1;
}


ngx_int_t
ngx_grip_pkey_verify(ngx_grip_pkey_t *key, ngx_str_t *input, ngx_str_t *sig)
{
    int      rc;
    size_t   len;
    u_char  *p;
    u_char   hash[NGX_GRIP_PKEY_HASH_LEN], der[NGX_GRIP_PKEY_EC_DER_MAX];

    if (key->type == NGX_GRIP_KEY_EC) {

        if (sig->len != NGX_GRIP_PKEY_EC_SIGNATURE_LEN) {
            return NGX_DECLINED;
        }

        p = der;
        len = ngx_grip_pkey_ec_der(der, sig);

        if (len == 0) {
            return NGX_ERROR;
        }

    } else {
        p = sig->data;
        len = sig->len;
    }

    if (EVP_DigestInit_ex2(key->digest, key->md, NULL) != 1
        || EVP_DigestUpdate(key->digest, input->data, input->len) != 1
        || EVP_DigestFinal_ex(key->digest, hash, NULL) != 1)
    {
        return NGX_ERROR;
    }

    rc = EVP_PKEY_verify(key->verify, p, len, hash, NGX_GRIP_PKEY_HASH_LEN);

    if (rc == 1) {
        return NGX_OK;
    }

    return rc == 0 ? NGX_DECLINED : NGX_ERROR;
}


static EVP_PKEY *
ngx_grip_pkey_from_der(const char *label, const u_char *der, long len)
{
    EVP_PKEY             *pkey;
    PKCS8_PRIV_KEY_INFO  *info;

    if (strcmp(label, PEM_STRING_PUBLIC) == 0) {
        return d2i_PUBKEY(NULL, &der, len);
    }

    info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &der, len);
    if (info == NULL) {
        return NULL;
    }

    pkey = EVP_PKCS82PKEY(info);

    PKCS8_PRIV_KEY_INFO_free(info);

    return pkey;
}


static EVP_PKEY *
ngx_grip_pkey_from_point(ngx_str_t *x, ngx_str_t *y)
{
    u_char      point[1 + 2 * NGX_GRIP_JWK_COORDINATE_LEN];
    OSSL_PARAM  params[3];

    point[0] = POINT_CONVERSION_UNCOMPRESSED;
    memcpy(point + 1, x->data, NGX_GRIP_JWK_COORDINATE_LEN);
    memcpy(point + 1 + NGX_GRIP_JWK_COORDINATE_LEN, y->data,
           NGX_GRIP_JWK_COORDINATE_LEN);

    params[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
                                                 (char *) SN_X9_62_prime256v1,
                                                 0);
    params[1] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
                                                  point, sizeof(point));
    params[2] = OSSL_PARAM_construct_end();

    return ngx_grip_pkey_from_params("EC", params);
}


static EVP_PKEY *
ngx_grip_pkey_from_modulus(ngx_str_t *modulus, ngx_str_t *exponent)
{
    BIGNUM          *n, *e;
    EVP_PKEY        *pkey;
    OSSL_PARAM      *params;
    OSSL_PARAM_BLD  *build;

    params = NULL;
    pkey = NULL;

    n = BN_bin2bn(modulus->data, (int) modulus->len, NULL);
    e = BN_bin2bn(exponent->data, (int) exponent->len, NULL);
    build = OSSL_PARAM_BLD_new();

    if (n && e && build
        && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) == 1
        && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e) == 1)
    {
        params = OSSL_PARAM_BLD_to_param(build);
    }

    if (params) {
        pkey = ngx_grip_pkey_from_params("RSA", params);
    }

    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    BN_free(n);
    BN_free(e);

    return pkey;
}


static EVP_PKEY *
ngx_grip_pkey_from_params(const char *type, OSSL_PARAM *params)
{
    EVP_PKEY      *pkey;
    EVP_PKEY_CTX  *ctx;

    ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    if (ctx == NULL) {
        return NULL;
    }

    pkey = NULL;

    if (EVP_PKEY_fromdata_init(ctx) != 1
        || EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
    {
        pkey = NULL;
    }

    EVP_PKEY_CTX_free(ctx);

    return pkey;
}


/* owns the EVP_PKEY from here on, whatever comes of it */

static ngx_grip_pkey_t *
ngx_grip_pkey_prepare(EVP_PKEY *pkey, const char **err)
{
    ngx_grip_pkey_t  *key;

    key = calloc(1, sizeof(ngx_grip_pkey_t));
    if (key == NULL) {
        *err = "no memory";
        EVP_PKEY_free(pkey);
        return NULL;
    }

    key->pkey = pkey;
    key->verify = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
    key->md = EVP_MD_fetch(NULL, "SHA256", NULL);
    key->digest = EVP_MD_CTX_new();

    if (key->verify == NULL || key->md == NULL || key->digest == NULL) {
        *err = "OpenSSL cannot use the key";
        ngx_grip_pkey_free(key);
        return NULL;
    }

    if (ngx_grip_pkey_check(key, err) != NGX_OK) {
        ngx_grip_pkey_free(key);
        return NULL;
    }

    return key;
}


static ngx_int_t
ngx_grip_pkey_check(ngx_grip_pkey_t *key, const char **err)
{
    char  group[sizeof(SN_X9_62_prime256v1)];

    if (EVP_PKEY_is_a(key->pkey, "EC")) {
        key->type = NGX_GRIP_KEY_EC;

        if (EVP_PKEY_get_group_name(key->pkey, group, sizeof(group), NULL)
            != 1
            || strcmp(group, SN_X9_62_prime256v1) != 0)
        {
            *err = "EC key of a curve other than P-256";
            return NGX_ERROR;
        }

    } else if (EVP_PKEY_is_a(key->pkey, "RSA")) {
        key->type = NGX_GRIP_KEY_RSA;

        if (EVP_PKEY_get_bits(key->pkey) < NGX_GRIP_PKEY_RSA_BITS_MIN) {
            *err = "RSA key of less than 2048 bits";
            return NGX_ERROR;
        }

    } else {
        *err = "neither EC P-256 nor RSA";
        return NGX_ERROR;
    }

    *err = "not a valid public key";

    if (EVP_PKEY_public_check(key->verify) != 1
        || EVP_PKEY_verify_init(key->verify) != 1)
    {
        return NGX_ERROR;
    }

    if (key->type == NGX_GRIP_KEY_RSA
        && (EVP_PKEY_CTX_set_rsa_padding(key->verify, RSA_PKCS1_PADDING) != 1
            || EVP_PKEY_CTX_set_signature_md(key->verify, key->md) != 1))
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static size_t
ngx_grip_pkey_ec_der(u_char *der, ngx_str_t *sig)
{
    int         len;
    BIGNUM     *r, *s;
    ECDSA_SIG  *pair;

    len = 0;

    pair = ECDSA_SIG_new();
    r = BN_bin2bn(sig->data, NGX_GRIP_JWK_COORDINATE_LEN, NULL);
    s = BN_bin2bn(sig->data + NGX_GRIP_JWK_COORDINATE_LEN,
                  NGX_GRIP_JWK_COORDINATE_LEN, NULL);

    if (pair && r && s && ECDSA_SIG_set0(pair, r, s) == 1) {

        /* the pair owns them now */

        r = NULL;
        s = NULL;

        len = i2d_ECDSA_SIG(pair, &der);
    }

    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(pair);

    return len > 0 ? (size_t) len : 0;
}
