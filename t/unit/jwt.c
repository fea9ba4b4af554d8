
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <openssl/err.h>

#include "keys.h"
#include "keys/ngx_grip_jwt.h"


#define NOW  1795450000

#define HS256  "{\"typ\":\"JWT\",\"alg\":\"HS256\"}"
#define CLAIMS "{\"exp\":1795453600,\"iss\":\"pushpin\"}"

#define REFUSED(token, key, iss, why, name)                                  \
    refused(token, key, iss, why, name, __LINE__)


static void test_proxy_tokens(void);
static void test_expiry(void);
static void test_issuer(void);
static void test_form(void);
static void test_header(void);
static void test_claims(void);
static void test_every_byte(void);
static void test_confusion(void);
static void test_sign(void);
static void refused(const char *token, ngx_grip_key_t *key, const char *iss,
    const char *why, const char *name, int line);
static ngx_int_t verify(const char *token, ngx_grip_key_t *key,
    const char *iss, const char **why);
static const char *token_of(const char *header, const char *claims,
    ngx_grip_key_t *key, EVP_PKEY *pkey);
static const char *with_claims(const char *claims);
static const char *with_header(const char *header);
static ngx_str_t signed_by(ngx_grip_key_t *key, ngx_str_t *iss, time_t exp);


/* as a proxy sent them, with its default key and with one for a test */

static const char  proxy_hs256[] =
    "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9"
    ".eyJleHAiOjE3OTU0NTM4MzQsImlzcyI6InB1c2hwaW4ifQ"
    ".xCl7dxwB1XfzSx4taIB-d_5ha7qTrU42vl0lw46pVzE";

static const char  proxy_es256[] =
    "eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9"
    ".eyJleHAiOjE3OTU0NTQ3MTcsImlzcyI6ImZhc3RseTpURVNUIn0"
    "._RCezs6dwHp838z7-g01lxa4_0i5Vr0BGu4H44VOo0H1GNIfTGWgIq74ANSa647F"
    "WODD_lXpDiJXHIofrGPKaw";

static const char  proxy_pem[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEeFJnR9Qqpen2kuVny0nwQYj6+OsA\n"
    "refYEGKF3MjuM40S/NDoDTxF5xwaKYyEGq36Y5rlv4X3zSkJ5fCWL0eggg==\n"
    "-----END PUBLIC KEY-----\n";

static ngx_grip_key_t         *secret;
static ngx_grip_jwt_claims_t   claims;


int
main(void)
{
    const char  *err;

    secret = key_of("changeme", &err);

    test_proxy_tokens();
    test_expiry();
    test_issuer();
    test_form();
    test_header();
    test_claims();
    test_every_byte();
    test_confusion();
    test_sign();

    ngx_grip_key_free(secret);

    is_num(ERR_peek_error(), 0, "OpenSSL's error queue is left empty");

    return tap_done();
}


static void
test_proxy_tokens(void)
{
    ngx_str_t        iss;
    const char      *why;
    ngx_grip_key_t  *key;

    is_num(verify(proxy_hs256, secret, "pushpin", &why), NGX_OK,
           "a proxy's HS256 token");
    is_num(claims.exp, 1795453834, "with its expiry");

    iss.len = claims.iss_len;
    iss.data = claims.iss;
    is_str(&iss, "pushpin", "and issuer");

    key = key_of(proxy_pem, &why);

    is_num(verify(proxy_es256, key, "fastly:TEST", &why), NGX_OK,
           "a proxy's ES256 token");
    REFUSED(proxy_hs256, key, NULL, "algorithm mismatch",
            "HS256 with an EC key");
    REFUSED(proxy_es256, secret, NULL, "algorithm mismatch",
            "ES256 with a secret");

    ngx_grip_key_free(key);

    key = key_of("fastly", &why);
    REFUSED(proxy_es256, key, NULL, "signature mismatch",
            "another's ES256 token");
    ngx_grip_key_free(key);

    key = key_of("changeyou", &why);
    REFUSED(proxy_hs256, key, NULL, "signature mismatch", "another secret");
    ngx_grip_key_free(key);
}


static void
test_expiry(void)
{
    const char  *why;

    is_num(verify(with_claims("{\"exp\":1795450001}"), secret, NULL, &why),
           NGX_OK, "a second before expiry");
    is_num(claims.iss_len, 0, "no issuer");

    REFUSED(with_claims("{\"exp\":1795450000}"), secret, NULL, "expired",
            "at the second of expiry");
    REFUSED(with_claims("{\"exp\":0}"), secret, NULL, "expired", "exp 0");
    REFUSED(with_claims("{\"exp\":-9e300}"), secret, NULL, "expired",
            "long ago");
    REFUSED(with_claims("{}"), secret, NULL, "no expiry", "no exp");
    REFUSED(with_claims("{\"exp\":\"1795453600\"}"), secret, NULL,
            "no expiry", "exp in a string");
    REFUSED(with_claims("{\"exp\":true}"), secret, NULL, "no expiry",
            "exp true");
    REFUSED(with_claims("{\"exp\":null}"), secret, NULL, "no expiry",
            "exp null");

    is_num(verify(with_claims("{\"exp\":1795450000.5}"), secret, NULL, &why),
           NGX_OK, "half a second is enough");
    REFUSED(with_claims("{\"exp\":1795449999.5}"), secret, NULL, "expired",
            "half a second late");

    is_num(verify(with_claims("{\"exp\":1e300}"), secret, NULL, &why),
           NGX_OK, "an exp that no clock will see");
    ok(claims.exp > NOW, "is still in the future");

    is_num(verify(with_claims("{\"exp\":9223372036854775807}"), secret, NULL,
                  &why), NGX_OK, "the largest integer");
    ok(claims.exp > NOW, "is in the future as well");

    is_num(verify(with_claims("{\"exp\":1795450001,\"nbf\":1795450000}"),
                  secret, NULL, &why), NGX_OK, "valid from now on");
    REFUSED(with_claims("{\"exp\":1795450009,\"nbf\":1795450001}"), secret,
            NULL, "not yet valid", "from the next second on");
    REFUSED(with_claims("{\"exp\":1795450009,\"nbf\":1795450000.5}"), secret,
            NULL, "not yet valid", "from half a second on");
    REFUSED(with_claims("{\"exp\":1795450009,\"nbf\":\"0\"}"), secret, NULL,
            "malformed claims", "nbf in a string");
}


static void
test_issuer(void)
{
    char         iss[512], text[600];
    const char  *why;

    is_num(verify(with_claims(CLAIMS), secret, NULL, &why), NGX_OK,
           "any issuer will do");

    REFUSED(with_claims(CLAIMS), secret, "pushpim", "issuer mismatch",
            "another issuer");
    REFUSED(with_claims(CLAIMS), secret, "push", "issuer mismatch",
            "the beginning of the issuer");
    REFUSED(with_claims(CLAIMS), secret, "pushpin2", "issuer mismatch",
            "a longer issuer");
    REFUSED(with_claims(CLAIMS), secret, "", "issuer mismatch",
            "an empty issuer is one as well");
    REFUSED(with_claims("{\"exp\":1795453600}"), secret, "pushpin",
            "no issuer", "no issuer where one is asked for");
    REFUSED(with_claims("{\"exp\":1795453600,\"iss\":[\"pushpin\"]}"), secret,
            "pushpin", "malformed issuer", "a list of issuers");
    REFUSED(with_claims("{\"exp\":1795453600,\"iss\":7}"), secret, NULL,
            "malformed issuer", "a number for an issuer");

    memset(iss, 'i', sizeof(iss));
    iss[NGX_GRIP_JWT_ISS_MAX] = '\0';
    snprintf(text, sizeof(text), "{\"exp\":1795453600,\"iss\":\"%s\"}", iss);
    is_num(verify(with_claims(text), secret, iss, &why), NGX_OK,
           "the longest issuer");
    is_num(claims.iss_len, NGX_GRIP_JWT_ISS_MAX, "is there as a whole");

    iss[NGX_GRIP_JWT_ISS_MAX] = 'i';
    iss[NGX_GRIP_JWT_ISS_MAX + 1] = '\0';
    snprintf(text, sizeof(text), "{\"exp\":1795453600,\"iss\":\"%s\"}", iss);
    REFUSED(with_claims(text), secret, NULL, "malformed issuer",
            "an issuer that is too long");
}


static void
test_form(void)
{
    char         text[NGX_GRIP_JWT_MAX + 2];
    size_t       i, n;
    const char  *why, *good;

    static const char  *malformed[] = { "", ".", "a", "a.b", "changeme" };

    for (i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
        why = "";
        is_num(verify(malformed[i], secret, NULL, &why), NGX_DECLINED,
               "\"%s\" is no token", malformed[i]);
    }

    REFUSED("..", secret, NULL, "malformed header", "empty parts");

    good = with_claims(CLAIMS);
    n = strlen(good);

    snprintf(text, sizeof(text), "%s=", good);
    REFUSED(text, secret, NULL, "malformed signature", "padding");

    snprintf(text, sizeof(text), "%s.", good);
    REFUSED(text, secret, NULL, "malformed signature", "a dot too many");

    snprintf(text, sizeof(text), "%s.e30", good);
    REFUSED(text, secret, NULL, "malformed signature", "a fourth part");

    snprintf(text, sizeof(text), " %s", good);
    REFUSED(text, secret, NULL, "malformed header", "a blank before it");

    snprintf(text, sizeof(text), "%s\n", good);
    REFUSED(text, secret, NULL, "malformed signature", "a newline after it");

    snprintf(text, sizeof(text), "%.*s", (int) n - 1, good);
    REFUSED(text, secret, NULL, "malformed signature", "a character less");

    snprintf(text, sizeof(text), "%.*s", (int) n - 43, good);
    REFUSED(text, secret, NULL, "signature mismatch", "no signature");

    /* the last character of 32 bytes has two bits that mean nothing */

    snprintf(text, sizeof(text), "%s", proxy_hs256);
    text[strlen(text) - 1]++;
    REFUSED(text, secret, NULL, "malformed signature",
            "a second spelling of the same signature");

    memset(text, 'A', sizeof(text));
    memcpy(text, good, n);
    text[NGX_GRIP_JWT_MAX] = '\0';
    REFUSED(text, secret, NULL, "signature mismatch", "the longest token");

    text[NGX_GRIP_JWT_MAX] = 'A';
    text[NGX_GRIP_JWT_MAX + 1] = '\0';
    REFUSED(text, secret, NULL, "token too long", "a longer one");
}


static void
test_header(void)
{
    const char  *why;

    is_num(verify(with_header("{\"alg\":\"HS256\"}"), secret, NULL, &why),
           NGX_OK, "typ is not asked for");
    is_num(verify(with_header("{\"alg\":\"HS256\",\"kid\":\"1\"}"), secret,
                  NULL, &why), NGX_OK, "nor does kid matter");

    REFUSED(with_header("{\"alg\":\"none\"}"), secret, NULL,
            "algorithm mismatch", "none");
    REFUSED(with_header("{\"alg\":\"None\"}"), secret, NULL,
            "algorithm mismatch", "None");
    REFUSED(with_header("{\"alg\":\"\"}"), secret, NULL,
            "algorithm mismatch", "no name of an algorithm");
    REFUSED(with_header("{\"alg\":\"hs256\"}"), secret, NULL,
            "algorithm mismatch", "the case of an algorithm matters");
    REFUSED(with_header("{\"alg\":\"HS512\"}"), secret, NULL,
            "algorithm mismatch", "HS512");
    REFUSED(with_header("{\"alg\":\"RS256\"}"), secret, NULL,
            "algorithm mismatch", "RS256 with a secret");
    REFUSED(with_header("{\"alg\":[\"HS256\"]}"), secret, NULL,
            "malformed header", "a list of algorithms");
    REFUSED(with_header("{\"typ\":\"JWT\"}"), secret, NULL,
            "malformed header", "no algorithm");
    REFUSED(with_header("{\"alg\":\"none\",\"alg\":\"HS256\"}"), secret, NULL,
            "malformed header", "two algorithms");
    REFUSED(with_header("{\"alg\":\"HS256\\u0000\"}"), secret, NULL,
            "malformed header", "an algorithm with a NUL");
    REFUSED(with_header("\"HS256\""), secret, NULL, "malformed header",
            "a string for a header");
    REFUSED(with_header("[\"HS256\"]"), secret, NULL, "malformed header",
            "an array for a header");
    REFUSED(with_header("{\"alg\":\"HS256\"} {}"), secret, NULL,
            "malformed header", "more than a header");
    REFUSED(with_header("{\"alg\":\"HS256\",\"crit\":[\"b64\"],"
                        "\"b64\":true}"), secret, NULL,
            "critical extension", "crit");
    REFUSED(with_header("{\"alg\":\"HS256\",\"crit\":null}"), secret, NULL,
            "critical extension", "crit of any kind");
}


static void
test_claims(void)
{
    REFUSED(with_claims("[1795453600]"), secret, NULL, "malformed claims",
            "an array for claims");
    REFUSED(with_claims("1795453600"), secret, NULL, "malformed claims",
            "a number for claims");
    REFUSED(with_claims(""), secret, NULL, "malformed claims", "no claims");
    REFUSED(with_claims("{\"exp\":1795453600"), secret, NULL,
            "malformed claims", "half of the claims");
    REFUSED(with_claims("{\"exp\":1,\"exp\":1795453600}"), secret, NULL,
            "malformed claims", "two expiries");
    REFUSED(with_claims("{\"exp\":1795453600,\"iss\":\"a\\u0000b\"}"), secret,
            NULL, "malformed claims", "an issuer with a NUL");
    REFUSED(with_claims("{\"exp\":1795453600,\"iss\":\"\xff\"}"), secret,
            NULL, "malformed claims", "an issuer that is not UTF-8");
    REFUSED(with_claims("{\"exp\":99999999999999999999}"), secret, NULL,
            "malformed claims", "an integer beyond 64 bits");
}


/* whatever character of a good token changes, the token is good no more */

static void
test_every_byte(void)
{
    char         text[512];
    size_t       i, n;
    u_char       c;
    ngx_uint_t   accepted;
    const char  *why;

    n = strlen(proxy_hs256);
    accepted = 0;

    for (i = 0; i < n; i++) {
        for (c = 1; c < 128; c++) {

            if (c == (u_char) proxy_hs256[i]) {
                continue;
            }

            memcpy(text, proxy_hs256, n + 1);
            text[i] = (char) c;

            accepted += ngx_grip_jwt_verify(&(ngx_str_t) { n, (u_char *) text },
                                            secret, NULL, NOW, &claims, &why)
                        != NGX_DECLINED;
        }
    }

    is_num(accepted, 0, "no character may change");

    accepted = 0;

    for (i = 0; i < n; i++) {
        memcpy(text, proxy_hs256, n + 1);
        text[i] = '\0';

        accepted += verify(text, secret, NULL, &why) != NGX_DECLINED;
    }

    is_num(accepted, 0, "no beginning of a token is one");
}


/* the public key of a proxy is known: it must not serve as a secret */

static void
test_confusion(void)
{
    char            *pem;
    EVP_PKEY        *ec, *rsa;
    const char      *why;
    ngx_grip_key_t  *key, *text;

    ec = EVP_EC_gen("P-256");
    rsa = EVP_RSA_gen(2048);

    pem = pem_of(rsa, pem_public);
    key = key_of(pem, &why);

    is_num(verify(token_of("{\"alg\":\"RS256\"}", CLAIMS, NULL, rsa), key,
                  "pushpin", &why), NGX_OK, "RS256");

    REFUSED(token_of("{\"alg\":\"ES256\"}", CLAIMS, NULL, ec), key, NULL,
            "algorithm mismatch", "ES256 with an RSA key");
    REFUSED(token_of("{\"alg\":\"RS256\"}", CLAIMS, NULL, ec), key, NULL,
            "signature mismatch", "ES256 that says RS256");
    REFUSED(token_of("{\"alg\":\"PS256\"}", CLAIMS, NULL, rsa), key, NULL,
            "algorithm mismatch", "PS256");

    text = key_of("-----BEGIN\tPUBLIC KEY-----", &why);
    REFUSED(token_of("{\"alg\":\"HS256\"}", CLAIMS, text, NULL), key, NULL,
            "algorithm mismatch", "HS256 with an RSA key");
    REFUSED(token_of("{\"alg\":\"RS256\"}", CLAIMS, text, NULL), key, NULL,
            "signature mismatch", "HS256 that says RS256");
    ngx_grip_key_free(text);

    ngx_grip_key_free(key);
    free(pem);

    pem = pem_of(ec, pem_private);
    key = key_of(pem, &why);

    is_num(verify(token_of("{\"alg\":\"ES256\"}", CLAIMS, NULL, ec), key,
                  "pushpin", &why), NGX_OK, "ES256");
    REFUSED(token_of("{\"alg\":\"ES256\"}", CLAIMS, secret, NULL), key, NULL,
            "signature mismatch", "HS256 that says ES256");
    REFUSED(token_of("{\"alg\":\"ES256\"}", CLAIMS, NULL, rsa), key, NULL,
            "signature mismatch", "RS256 that says ES256");

    ngx_grip_key_free(key);
    free(pem);

    EVP_PKEY_free(ec);
    EVP_PKEY_free(rsa);
}


static void
test_sign(void)
{
    size_t           len;
    ngx_str_t        iss, token;
    const char      *why;
    ngx_grip_key_t  *key;

    iss = str("pushpin");
    token = signed_by(secret, &iss, 1795453600);

    is_str(&token, "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"
                   ".eyJpc3MiOiJwdXNocGluIiwiZXhwIjoxNzk1NDUzNjAwfQ"
                   ".1Wdu9JpaSiM1FuM5gtWuSiI5nwmjSUuZ4sge_JMSxq8",
           "a token to publish with");
    is_num(ngx_grip_jwt_verify(&token, secret, &iss, NOW, &claims, &why),
           NGX_OK, "is one that we would take");
    is_num(claims.exp, 1795453600, "and has its expiry");

    iss = str("\"quoted\\\"\n\xc3\xa9");
    token = signed_by(secret, &iss, 1795453600);
    is_num(ngx_grip_jwt_verify(&token, secret, &iss, NOW, &claims, &why),
           NGX_OK, "an issuer of odd characters");

    iss = string("", 0);
    token = signed_by(secret, &iss, 1795453600);
    ok(token.len > 0, "an empty issuer can be signed");

    iss.len = NGX_GRIP_JWT_ISS_MAX;
    iss.data = malloc(NGX_GRIP_JWT_ISS_MAX + 1);
    memset(iss.data, 1, NGX_GRIP_JWT_ISS_MAX + 1);
    token = signed_by(secret, &iss, (time_t) 1 << 62);
    is_num(ngx_grip_jwt_verify(&token, secret, &iss, NOW, &claims, &why),
           NGX_OK, "the longest claims");

    iss.len++;
    is_num(ngx_grip_jwt_sign(NULL, &len, &iss, NOW, secret), NGX_ERROR,
           "an issuer that is too long");
    free(iss.data);

    iss = str("\xff");
    is_num(ngx_grip_jwt_sign(NULL, &len, &iss, NOW, secret), NGX_ERROR,
           "an issuer that is not UTF-8");

    iss = str("pushpin");
    key = key_of("fastly", &why);
    is_num(ngx_grip_jwt_sign(NULL, &len, &iss, NOW, key), NGX_ERROR,
           "a public key signs nothing");
    ngx_grip_key_free(key);
}


static void
refused(const char *token, ngx_grip_key_t *key, const char *iss,
    const char *why, const char *name, int line)
{
    ngx_int_t    rc;
    const char  *reason;

    reason = "";
    rc = verify(token, key, iss, &reason);

    if (!ok(rc == NGX_DECLINED && strcmp(reason, why) == 0,
            "refused as %s: %s", why, name))
    {
        printf("#   line %d: rc %ld, \"%s\"\n", line, (long) rc, reason);
    }
}


static ngx_int_t
verify(const char *token, ngx_grip_key_t *key, const char *iss,
    const char **why)
{
    ngx_str_t  text, issuer, *expected;

    text = guarded(token, strlen(token));
    expected = NULL;

    if (iss) {
        issuer = guarded(iss, strlen(iss));
        expected = &issuer;
    }

    memset(&claims, 0xff, sizeof(claims));

    return ngx_grip_jwt_verify(&text, key, expected, NOW, &claims, why);
}


/* a token signed by either key, until the next one is made */

static const char *
token_of(const char *header, const char *payload, ngx_grip_key_t *key,
    EVP_PKEY *pkey)
{
    size_t       n;
    u_char       sig[1024];
    ngx_str_t    input;
    static char  token[NGX_GRIP_JWT_MAX];

    n = snprintf(token, sizeof(token), "%s.%s",
                 base64url_of(header, strlen(header)),
                 base64url_of(payload, strlen(payload)));

    input = string(token, n);

    if (pkey) {
        n = sign_with(pkey, input.data, input.len, sig);

    } else {
        n = NGX_GRIP_KEY_MAC_LEN;
        (void) ngx_grip_key_sign(key, &input, sig);
    }

    snprintf(token + input.len, sizeof(token) - input.len, ".%s",
             base64url_of(sig, n));

    return token;
}


static const char *
with_claims(const char *payload)
{
    return token_of(HS256, payload, secret, NULL);
}


static const char *
with_header(const char *header)
{
    return token_of(header, CLAIMS, secret, NULL);
}


/* signs into exactly the room that it has asked for */

static ngx_str_t
signed_by(ngx_grip_key_t *key, ngx_str_t *iss, time_t exp)
{
    char       *room;
    size_t      len;
    ngx_str_t   token;

    ngx_str_null(&token);

    if (ngx_grip_jwt_sign(NULL, &len, iss, exp, key) != NGX_OK) {
        return token;
    }

    room = calloc(1, len + 1);
    token = guarded(room, len);
    free(room);

    if (ngx_grip_jwt_sign(token.data, &len, iss, exp, key) != NGX_OK
        || len != token.len)
    {
        ngx_str_null(&token);
    }

    return token;
}
