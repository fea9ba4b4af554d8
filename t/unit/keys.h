
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Keys made for one run of a test, and what their owner does with them.
 */


#ifndef _KEYS_H_INCLUDED_
#define _KEYS_H_INCLUDED_


#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "keys/ngx_grip_key.h"
#include "text/ngx_grip_base64.h"
#include "tap.h"


#define str(text)  string(text, strlen(text))


static inline ngx_str_t
string(const char *text, size_t len)
{
    ngx_str_t  s;

    s.len = len;
    s.data = (u_char *) text;

    return s;
}


/* a key of a value of which nothing may be read beyond its end, or NULL */

static inline ngx_grip_key_t *
key_of(const char *value, const char **err)
{
    ngx_str_t  text;

    *err = "";
    text = guarded(value, strlen(value));

    return ngx_grip_key_create(&text, err);
}


typedef enum {
    pem_public = 0,
    pem_private,
    pem_traditional
} pem_form_e;


static inline char *
pem_of(EVP_PKEY *pkey, pem_form_e form)
{
    BIO   *bio;
    long   len;
    char  *data, *text;

    bio = BIO_new(BIO_s_mem());

    switch (form) {

    case pem_public:
        PEM_write_bio_PUBKEY(bio, pkey);
        break;

    case pem_private:
        PEM_write_bio_PKCS8PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL);
        break;

    case pem_traditional:
        PEM_write_bio_PrivateKey_traditional(bio, pkey, NULL, NULL, 0, NULL,
                                             NULL);
        break;
    }

    len = BIO_get_mem_data(bio, &data);

    text = malloc(len + 1);
    memcpy(text, data, len);
    text[len] = '\0';

    BIO_free(bio);

    return text;
}


/* the JWS signature: R and S for an EC key, PKCS #1 v1.5 for an RSA one */

static inline size_t
sign_with(EVP_PKEY *pkey, const void *input, size_t len, u_char *sig)
{
    size_t            n;
    u_char            der[1024];
    EVP_MD_CTX       *ctx;
    ECDSA_SIG        *pair;
    const u_char     *p;

    n = sizeof(der);
    ctx = EVP_MD_CTX_new();

    if (EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, pkey) != 1
        || EVP_DigestSign(ctx, der, &n, input, len) != 1)
    {
        printf("Bail out! cannot sign\n");
        exit(2);
    }

    EVP_MD_CTX_free(ctx);

    if (!EVP_PKEY_is_a(pkey, "EC")) {
        memcpy(sig, der, n);
        return n;
    }

    p = der;
    pair = d2i_ECDSA_SIG(NULL, &p, (long) n);

    BN_bn2binpad(ECDSA_SIG_get0_r(pair), sig, 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(pair), sig + 32, 32);

    ECDSA_SIG_free(pair);

    return 64;
}


/* whether two secrets are the same, as far as anybody can see */

static inline ngx_uint_t
signs_as(ngx_grip_key_t *a, ngx_grip_key_t *b)
{
    u_char     mac_a[NGX_GRIP_KEY_MAC_LEN], mac_b[NGX_GRIP_KEY_MAC_LEN];
    ngx_str_t  input;

    input = str("header.payload");

    return ngx_grip_key_sign(a, &input, mac_a) == NGX_OK
           && ngx_grip_key_sign(b, &input, mac_b) == NGX_OK
           && memcmp(mac_a, mac_b, NGX_GRIP_KEY_MAC_LEN) == 0;
}


/* lives until eight more have been made */

static inline const char *
base64url_of(const void *data, size_t len)
{
    char           *text;
    static char     buf[8][8192];
    static size_t   i;

    text = buf[i++ % 8];
    *ngx_grip_base64_url_encode((u_char *) text, data, len) = '\0';

    return text;
}


/* a number of the key as a JWK has it, such as "n", "e", "qx" or "qy" */

static inline const char *
number_of(EVP_PKEY *pkey, const char *name, int len)
{
    u_char       buf[1024];
    BIGNUM      *bn;
    const char  *text;

    bn = NULL;

    if (EVP_PKEY_get_bn_param(pkey, name, &bn) != 1) {
        printf("Bail out! no %s in the key\n", name);
        exit(2);
    }

    len = BN_bn2binpad(bn, buf, len ? len : BN_num_bytes(bn));
    text = base64url_of(buf, len);

    BN_free(bn);

    return text;
}


#endif /* _KEYS_H_INCLUDED_ */
