
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * A key in any of its forms but that of a file.  It is the same key each time,
 * and no more than one; a reason for which it is none does not tell it.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <openssl/err.h>

#include "keys/ngx_grip_key.h"
#include "lib/fuzz.h"


static ngx_uint_t key_signs_as(ngx_grip_key_t *key, ngx_grip_key_t *other);
static void key_use(ngx_grip_key_t *key);


void
fuzz_target(fuzz_input_t *in)
{
    ngx_str_t        value;
    const char      *err;
    ngx_grip_key_t  *key, *same;

    value = fuzz_rest(in);

    if (value.len >= 5 && memcmp(value.data, "file:", 5) == 0) {
        return;
    }

    err = NULL;
    key = ngx_grip_key_create(&value, &err);

    fuzz_holds(ERR_peek_error() == 0);

    if (key == NULL) {
        fuzz_holds(err != NULL && strlen(err) < 100);
        return;
    }

    same = ngx_grip_key_create(&value, &err);

    /* OpenSSL tests by chance whether a modulus that is none is one */

    if (same == NULL) {
        fuzz_holds(ngx_grip_key_type(key) == NGX_GRIP_KEY_RSA);
        ngx_grip_key_free(key);
        return;
    }

    fuzz_holds(ngx_grip_key_type(key) == ngx_grip_key_type(same));
    fuzz_holds(key_signs_as(key, same));
    fuzz_holds(ngx_grip_key_is_fastly(key) == ngx_grip_key_is_fastly(same));

    ngx_grip_key_free(same);

    key_use(key);

    fuzz_holds(ERR_peek_error() == 0);

    ngx_grip_key_free(key);
}


/* a public key signs nothing */

static ngx_uint_t
key_signs_as(ngx_grip_key_t *key, ngx_grip_key_t *other)
{
    u_char     mac[NGX_GRIP_KEY_MAC_LEN];
    ngx_str_t  input, sig;

    if (ngx_grip_key_type(key) != NGX_GRIP_KEY_SECRET) {
        return 1;
    }

    ngx_str_set(&input, "header.claims");

    sig.len = NGX_GRIP_KEY_MAC_LEN;
    sig.data = mac;

    return ngx_grip_key_sign(key, &input, mac) == NGX_OK
           && ngx_grip_key_verify(other, &input, &sig) == NGX_OK;
}


static void
key_use(ngx_grip_key_t *key)
{
    u_char      mac[NGX_GRIP_KEY_MAC_LEN], other[512];
    size_t      i;
    ngx_int_t   rc;
    ngx_str_t   input, sig;

    static const size_t  lens[] = { 0, 32, 64, 256, 512 };

    ngx_str_set(&input, "header.claims");

    sig.len = NGX_GRIP_KEY_MAC_LEN;
    sig.data = mac;

    rc = ngx_grip_key_sign(key, &input, mac);

    if (ngx_grip_key_type(key) == NGX_GRIP_KEY_SECRET) {
        fuzz_holds(rc == NGX_OK);
        fuzz_holds(ngx_grip_key_verify(key, &input, &sig) == NGX_OK);

        mac[0] ^= 1;

    } else {
        fuzz_holds(rc == NGX_ERROR);
        fuzz_holds(!ngx_grip_key_is_well_known(key));

        memset(mac, 0, sizeof(mac));
    }

    fuzz_holds(ngx_grip_key_verify(key, &input, &sig) == NGX_DECLINED);

    memset(other, 0, sizeof(other));
    sig.data = other;

    for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
        sig.len = lens[i];
        fuzz_holds(ngx_grip_key_verify(key, &input, &sig) == NGX_DECLINED);
    }
}
