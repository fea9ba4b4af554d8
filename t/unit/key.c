
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <openssl/err.h>

#include "keys.h"


#define REFUSED(value, why)  refused(value, why, __LINE__)

static void test_secrets(void);
static void test_base64(void);
static void test_files(void);
static void test_pem(void);
static void test_jwk(void);
static void test_jwk_refused(void);
static void test_fastly(void);
static void test_hmac(void);
static void test_signature(EVP_PKEY *pkey, const char *name);
static void refused(const char *value, const char *why, int line);
static ngx_uint_t same(const char *a, const char *b);
static ngx_uint_t verifies(const char *value, EVP_PKEY *pkey);
static ngx_uint_t is_fastly(const char *value);
static const char *file_with(const char *data, size_t len);
static const char *format(const char *fmt, ...)
    __attribute__ ((format (printf, 1, 2)));


static const char  fastly_pem[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAECKo5A1ebyFcnmVV8SE5On+8G81Jy\n"
    "BjSvcrx4VLetWCjuDAmppTo3xM/zz763COTCgHfp/6lPdCyYjjqc+GM7sw==\n"
    "-----END PUBLIC KEY-----\n";

static const char  fastly_jwk[] =
    "{\"kty\":\"EC\",\"crv\":\"P-256\","
    "\"x\":\"CKo5A1ebyFcnmVV8SE5On-8G81JyBjSvcrx4VLetWCg\","
    "\"y\":\"7gwJqaU6N8TP88--twjkwoB36f-pT3QsmI46nPhjO7M\"}";

static EVP_PKEY  *ec;
static EVP_PKEY  *rsa;


int
main(void)
{
    ec = EVP_EC_gen("P-256");
    rsa = EVP_RSA_gen(2048);

    test_secrets();
    test_base64();
    test_files();
    test_pem();
    test_jwk();
    test_jwk_refused();
    test_fastly();
    test_hmac();
    test_signature(ec, "ES256");
    test_signature(rsa, "RS256");

    EVP_PKEY_free(ec);
    EVP_PKEY_free(rsa);

    is_num(ERR_peek_error(), 0, "OpenSSL's error queue is left empty");

    return tap_done();
}


static void
test_secrets(void)
{
    const char      *err;
    ngx_grip_key_t  *key;

    key = key_of("changeme", &err);

    ok(key != NULL, "plain text is a key");
    is_num(ngx_grip_key_type(key), NGX_GRIP_KEY_SECRET, "and a secret");
    ok(ngx_grip_key_is_well_known(key), "\"changeme\" is well known");
    ok(!ngx_grip_key_is_fastly(key), "and is not Fastly's");

    ngx_grip_key_free(key);

    key = key_of("changeme2", &err);
    ok(!ngx_grip_key_is_well_known(key), "\"changeme2\" is not well known");
    ngx_grip_key_free(key);

    ok(same("a", "a"), "equal secrets are the same key");
    ok(!same("a", "b"), "different ones are not");
    ok(!same("a", "aa"), "nor one that begins like the other");

    ok(same("{not a jwk", "base64:e25vdCBhIGp3aw=="),
       "a secret may begin with a brace");

    REFUSED("", "empty");

    ngx_grip_key_free(NULL);
}


static void
test_base64(void)
{
    ok(same("base64:aGVsbG8=", "hello"), "base64 is decoded");
    ok(same("base64:aGVsbG8", "hello"), "without padding too");
    ok(same("base64:+/+/", "base64:-_-_"), "both alphabets are one");
    ok(same("base64: / /", "base64:+/+/"), "a blank is a plus");
    ok(same("base64:aGVs\nbG\r\n8=\n", "hello"), "line ends do not matter");
    ok(same("base64:YQ==", "a") && same("base64:YWI=", "ab"),
       "one and two bytes");
    ok(same("base64:aGVsbG9=", "hello"), "unused bits do not matter");

    REFUSED("base64:", "empty");
    REFUSED("base64:=", "empty");
    REFUSED("base64:aGVsb", "not base64");
    REFUSED("base64:aGVs\nb\n", "not base64");
    REFUSED("base64:aGVs\tbG8=", "not base64");
    REFUSED("base64:aGV*", "not base64");
    REFUSED("base64:aGV\xc3\xa9", "not base64");
    REFUSED("base64:aGV\x80", "not base64");
    REFUSED("base64:aGV\x7f", "not base64");
    REFUSED("base64:aG=V", "not base64");
    REFUSED("base64:YQ===", "not base64");
}


static void
test_files(void)
{
    char        *pem, *big;
    const char  *path;

    ok(same(file_with("hello\n", 6), "hello"),
       "the line end of a file is not of its key");
    ok(same(file_with("hello\r\n", 7), "hello"), "nor is CRLF");
    ok(same(file_with("hello\n\n", 7), "base64:aGVsbG8K"),
       "but only one of them");
    ok(same(file_with("a\0b", 3), "base64:YQBi"), "a file may hold any bytes");

    pem = pem_of(ec, pem_public);
    ok(verifies(file_with(pem, strlen(pem)), ec), "a file may hold PEM");
    free(pem);

    ok(is_fastly(file_with(fastly_jwk, sizeof(fastly_jwk) - 1)), "or a JWK");

    ok(same(file_with("base64:YQ==", 11), "base64:YmFzZTY0OllRPT0="),
       "or what looks like another form, and is not");

    big = malloc(65537);
    memset(big, 'x', 65537);
    path = file_with(big, 65537);
    REFUSED(path, "file is too long");
    path = file_with(big, 65536);
    ok(same(path, path), "the longest file is not too long");
    free(big);

    REFUSED(file_with("", 0), "empty");
    REFUSED(file_with("\n", 1), "empty");
    REFUSED("file:/nonexistent/key", "no such file");
    REFUSED("file:key", "\"file:\" without an absolute path");
    REFUSED("file:", "\"file:\" without an absolute path");
    REFUSED("file:/", "file cannot be read");
    REFUSED("file:/dev/null/key", "file cannot be opened");

    unlink(file_with("", 0) + sizeof("file:") - 1);
}


static void
test_pem(void)
{
    char            *public, *private, *text;
    const char      *err;
    EVP_PKEY        *pkey;
    ngx_grip_key_t  *key;

    public = pem_of(rsa, pem_public);
    private = pem_of(rsa, pem_private);

    key = key_of(public, &err);
    is_num(ngx_grip_key_type(key), NGX_GRIP_KEY_RSA, "PEM of an RSA key");
    ngx_grip_key_free(key);

    ok(verifies(public, rsa), "that verifies what its owner signs");
    ok(verifies(private, rsa), "a private key is its public half");
    ok(verifies(format("base64:%s", base64url_of(public, strlen(public))),
                rsa),
       "PEM in base64");
    ok(verifies(format(" \r\n\tof mine:\n%s\n", public), rsa),
       "PEM with something around it");

    REFUSED(format("%.*s", (int) strlen(public) - 60, public), "invalid PEM");
    REFUSED("-----BEGIN PUBLIC KEY-----\n", "invalid PEM");
    REFUSED("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
            "PEM holds no valid key");
    REFUSED("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            "PEM holds no valid key");

    free(public);
    free(private);

    public = pem_of(ec, pem_public);
    private = pem_of(ec, pem_private);

    key = key_of(public, &err);
    is_num(ngx_grip_key_type(key), NGX_GRIP_KEY_EC, "PEM of an EC key");
    ok(!ngx_grip_key_is_fastly(key), "that is not Fastly's");
    ngx_grip_key_free(key);

    ok(verifies(public, ec), "and verifies what its owner signs");
    ok(verifies(private, ec), "a private EC key is its public half");
    ok(!verifies("fastly", ec), "two EC keys are not the same");

    free(public);
    free(private);

    text = pem_of(rsa, pem_traditional);
    REFUSED(text, "PEM is neither a \"PUBLIC KEY\" nor a \"PRIVATE KEY\"");
    free(text);

    pkey = EVP_EC_gen("P-384");
    text = pem_of(pkey, pem_public);
    REFUSED(text, "EC key of a curve other than P-256");
    free(text);
    EVP_PKEY_free(pkey);

    pkey = EVP_EC_gen("secp256k1");
    text = pem_of(pkey, pem_private);
    REFUSED(text, "EC key of a curve other than P-256");
    free(text);
    EVP_PKEY_free(pkey);

    pkey = EVP_RSA_gen(1024);
    text = pem_of(pkey, pem_public);
    REFUSED(text, "RSA key of less than 2048 bits");
    free(text);
    EVP_PKEY_free(pkey);

    pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    text = pem_of(pkey, pem_public);
    REFUSED(text, "neither EC P-256 nor RSA");
    free(text);
    EVP_PKEY_free(pkey);
}


static void
test_jwk(void)
{
    const char  *jwk;

    ok(same("{\"kty\":\"oct\",\"k\":\"aGVsbG8\"}", "hello"), "JWK of a secret");
    ok(same("{ \"alg\":\"HS256\", \"k\":\"aGVsbG8\", \"kty\":\"oct\" }",
            "hello"), "that is made for HS256");
    ok(same("base64:eyJrdHkiOiJvY3QiLCJrIjoiYUdWc2JHOCJ9", "hello"),
       "JWK in base64");

    jwk = format("{\"kty\":\"EC\",\"crv\":\"P-256\",\"alg\":\"ES256\","
                 "\"kid\":\"1\",\"x\":\"%s\",\"y\":\"%s\"}",
                 number_of(ec, "qx", 32), number_of(ec, "qy", 32));
    ok(verifies(jwk, ec), "JWK of an EC key");

    jwk = format("\n {\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\"}\n",
                 number_of(rsa, "n", 0), number_of(rsa, "e", 0));
    ok(verifies(jwk, rsa), "JWK of an RSA key");
}


static void
test_jwk_refused(void)
{
    EVP_PKEY    *weak;
    const char  *x, *y, *n;

    x = number_of(ec, "qx", 32);
    y = number_of(ec, "qy", 32);

    REFUSED("{\"kty\":\"oct\",\"k\":\"YQ\"", "JWK is not valid JSON");
    REFUSED("{\"kty\":\"oct\",\"k\":\"YQ\",\"k\":\"Yg\"}",
            "JWK is not valid JSON");
    REFUSED("{\"kty\":\"oct\"}", "JWK has no valid \"k\"");
    REFUSED("{\"kty\":\"oct\",\"k\":\"\"}", "JWK has no valid \"k\"");
    REFUSED("{\"kty\":\"oct\",\"k\":\"*\"}", "JWK has no valid \"k\"");
    REFUSED("{\"kty\":\"oct\",\"k\":7}", "JWK has no valid \"k\"");
    REFUSED("{\"kty\":\"OKP\"}",
            "JWK has a \"kty\" other than \"oct\", \"EC\" and \"RSA\"");
    REFUSED("{\"kty\":1}",
            "JWK has a \"kty\" other than \"oct\", \"EC\" and \"RSA\"");
    REFUSED("{\"kty\":\"oct\",\"k\":\"YQ\",\"alg\":\"HS512\"}",
            "JWK has an \"alg\" other than HS256, ES256 and RS256, "
            "or not that of its type");

    REFUSED(format("{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"%s\","
                   "\"y\":\"%s\"}", x, y),
            "JWK is of a curve other than P-256");
    REFUSED(format("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"%s\"}", x),
            "JWK has no valid \"x\" and \"y\"");
    REFUSED(format("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"%s\","
                   "\"y\":\"%s\"}", x + 4, y),
            "JWK has no valid \"x\" and \"y\"");
    REFUSED(format("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"%s\","
                   "\"y\":\"AAAA%s\"}", x, y),
            "JWK has no valid \"x\" and \"y\"");
    REFUSED(format("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"%s\","
                   "\"y\":\"%s\"}", x, x), "JWK holds no valid key");

    REFUSED("{\"kty\":\"RSA\",\"n\":\"AQAB\"}",
            "JWK has no valid \"n\" and \"e\"");

    n = number_of(rsa, "n", 0);
    REFUSED(format("{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"AQ\"}", n),
            "not a valid public key");
    REFUSED(format("{\"kty\":\"RSA\",\"n\":\"%.*sA\",\"e\":\"AQAB\"}",
                   (int) strlen(n) - 1, n), "not a valid public key");

    weak = EVP_RSA_gen(1024);
    REFUSED(format("{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"AQAB\"}",
                   number_of(weak, "n", 0)), "RSA key of less than 2048 bits");
    EVP_PKEY_free(weak);
}


static void
test_fastly(void)
{
    const char      *err;
    ngx_grip_key_t  *key;

    key = key_of("fastly", &err);
    is_num(ngx_grip_key_type(key), NGX_GRIP_KEY_EC, "fastly is an EC key");
    ok(ngx_grip_key_is_fastly(key), "and known as Fastly's");
    ok(!ngx_grip_key_is_well_known(key), "it is no well known secret");
    ngx_grip_key_free(key);

    ok(is_fastly(fastly_pem), "it is the one published as PEM");
    ok(is_fastly(fastly_jwk), "and as JWK");

    key = key_of("base64:ZmFzdGx5", &err);
    is_num(ngx_grip_key_type(key), NGX_GRIP_KEY_SECRET,
           "\"fastly\" may still be a secret");
    ngx_grip_key_free(key);
}


static void
test_hmac(void)
{
    u_char           mac[NGX_GRIP_KEY_MAC_LEN];
    ngx_int_t        rc;
    ngx_str_t        input, sig;
    const char      *err;
    ngx_grip_key_t  *key;

    /* RFC 4231, test case 2 */

    static const u_char  expected[] =
        "\x5b\xdc\xc1\x46\xbf\x60\x75\x4e\x6a\x04\x24\x26\x08\x95\x75\xc7"
        "\x5a\x00\x3f\x08\x9d\x27\x39\x83\x9d\xec\x58\xb9\x64\xec\x38\x43";

    key = key_of("Jefe", &err);
    input = str("what do ya want for nothing?");

    rc = ngx_grip_key_sign(key, &input, mac);
    ok(rc == NGX_OK && memcmp(mac, expected, 32) == 0, "HMAC with SHA-256");

    memset(mac, 0, sizeof(mac));
    rc = ngx_grip_key_sign(key, &input, mac);
    ok(rc == NGX_OK && memcmp(mac, expected, 32) == 0, "once more");

    sig = guarded(expected, 32);
    is_num(ngx_grip_key_verify(key, &input, &sig), NGX_OK, "is verified");

    sig = guarded(expected, 31);
    is_num(ngx_grip_key_verify(key, &input, &sig), NGX_DECLINED,
           "unless shorter");

    sig = guarded(expected, 33);
    is_num(ngx_grip_key_verify(key, &input, &sig), NGX_DECLINED,
           "or longer");

    sig = guarded(expected, 0);
    is_num(ngx_grip_key_verify(key, &input, &sig), NGX_DECLINED, "or empty");

    sig = guarded(expected, 32);
    sig.data[31] ^= 1;
    is_num(ngx_grip_key_verify(key, &input, &sig), NGX_DECLINED,
           "or with another bit");

    sig.data[31] ^= 1;
    input.len--;
    is_num(ngx_grip_key_verify(key, &input, &sig), NGX_DECLINED,
           "or of another text");

    ngx_grip_key_free(key);
}


static void
test_signature(EVP_PKEY *pkey, const char *name)
{
    char            *pem;
    size_t           i, n;
    u_char           sig[512], mac[NGX_GRIP_KEY_MAC_LEN];
    ngx_str_t        input, s;
    ngx_uint_t       accepted;
    const char      *err;
    ngx_grip_key_t  *key;

    pem = pem_of(pkey, pem_private);
    key = key_of(pem, &err);
    free(pem);

    input = str("header.payload");

    /* R and S are now and then shorter than they might be */

    accepted = 0;

    for (i = 0; i < 600; i++) {
        n = sign_with(pkey, input.data, input.len, sig);
        s = string((char *) sig, n);

        accepted += ngx_grip_key_verify(key, &input, &s) == NGX_OK;

        if (!EVP_PKEY_is_a(pkey, "EC")) {
            break;
        }
    }

    is_num(accepted, EVP_PKEY_is_a(pkey, "EC") ? 600 : 1,
           "%s is verified", name);

    s = guarded(sig, n);
    s.data[n / 2] ^= 1;
    is_num(ngx_grip_key_verify(key, &input, &s), NGX_DECLINED,
           "%s: another bit", name);

    s = guarded(sig, n - 1);
    is_num(ngx_grip_key_verify(key, &input, &s), NGX_DECLINED,
           "%s: a byte less", name);

    s = guarded(sig, n + 1);
    is_num(ngx_grip_key_verify(key, &input, &s), NGX_DECLINED,
           "%s: a byte more", name);

    s = guarded(sig, 0);
    is_num(ngx_grip_key_verify(key, &input, &s), NGX_DECLINED,
           "%s: nothing", name);

    s = guarded(sig, n);
    memset(s.data, 0, n);
    is_num(ngx_grip_key_verify(key, &input, &s), NGX_DECLINED,
           "%s: zeros", name);

    memset(s.data, 0xff, n);
    is_num(ngx_grip_key_verify(key, &input, &s), NGX_DECLINED,
           "%s: ones", name);

    s = guarded(sig, n);
    input.len--;
    is_num(ngx_grip_key_verify(key, &input, &s), NGX_DECLINED,
           "%s: another text", name);

    input.len++;
    is_num(ngx_grip_key_verify(key, &input, &s), NGX_OK,
           "%s: the right one after all these", name);

    is_num(ERR_peek_error(), 0, "%s: no errors are left behind", name);

    is_num(ngx_grip_key_sign(key, &input, mac), NGX_ERROR,
           "%s: no HMAC with a public key", name);

    ngx_grip_key_free(key);
}


static void
refused(const char *value, const char *why, int line)
{
    const char      *err;
    ngx_grip_key_t  *key;

    key = key_of(value, &err);

    if (!ok(key == NULL && strcmp(err, why) == 0 && ERR_peek_error() == 0,
            "refused: %s", why))
    {
        printf("#   line %d: %s\n", line, key ? "is accepted" : err);
    }

    ngx_grip_key_free(key);
}


/* two forms of one secret */

static ngx_uint_t
same(const char *a, const char *b)
{
    const char      *err_a, *err_b;
    ngx_uint_t       equal;
    ngx_grip_key_t  *key_a, *key_b;

    key_a = key_of(a, &err_a);
    key_b = key_of(b, &err_b);

    if (key_a && key_b) {
        equal = signs_as(key_a, key_b);

    } else {
        printf("#   not a key: %s\n", key_a ? err_b : err_a);
        equal = 0;
    }

    ngx_grip_key_free(key_a);
    ngx_grip_key_free(key_b);

    return equal;
}


/* a form of the key that verifies what this one signs */

static ngx_uint_t
verifies(const char *value, EVP_PKEY *pkey)
{
    u_char           sig[512];
    ngx_int_t        rc;
    ngx_str_t        input, s;
    const char      *err;
    ngx_grip_key_t  *key;

    key = key_of(value, &err);

    if (key == NULL) {
        printf("#   not a key: %s\n", err);
        return 0;
    }

    input = str("header.payload");

    s.len = sign_with(pkey, input.data, input.len, sig);
    s.data = sig;

    rc = ngx_grip_key_verify(key, &input, &s);

    ngx_grip_key_free(key);

    return rc == NGX_OK;
}


static ngx_uint_t
is_fastly(const char *value)
{
    const char      *err;
    ngx_uint_t       fastly;
    ngx_grip_key_t  *key;

    key = key_of(value, &err);

    fastly = key && ngx_grip_key_is_fastly(key);

    ngx_grip_key_free(key);

    return fastly;
}


/* the key form that names a file of these bytes, until the next call */

static const char *
file_with(const char *data, size_t len)
{
    int          fd;
    static char  path[64];

    if (path[0]) {
        unlink(path + 5);
    }

    strcpy(path, "file:/tmp/ngx_grip_key_XXXXXX");

    fd = mkstemp(path + 5);

    if (fd == -1 || write(fd, data, len) != (ssize_t) len) {
        printf("Bail out! no temporary file\n");
        exit(2);
    }

    close(fd);

    return path;
}


static const char *
format(const char *fmt, ...)
{
    va_list      args;
    static char  buf[8192];

    va_start(args, fmt);
    vsnprintf(buf, sizeof(buf), fmt, args);
    va_end(args);

    return buf;
}
