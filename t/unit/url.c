
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <openssl/err.h>

#include "keys.h"
#include "proxy/ngx_grip_url.h"


#define PUBLISH_URI(text, uri)  publish_uri(text, uri, __LINE__)
#define HOST(text, host, header, port, loopback)                             \
    host_is(text, host, header, port, loopback, __LINE__)
#define REFUSED(text, why)      refused(text, why, __LINE__)


static void test_reference_urls(void);
static void test_uri(void);
static void test_host(void);
static void test_jwt(void);
static void test_bearer(void);
static void test_basic(void);
static void test_verification(void);
static void test_refused(void);
static void test_refused_keys(void);
static void publish_uri(const char *text, const char *uri, int line);
static void host_is(const char *text, const char *host, const char *header,
    long port, ngx_uint_t loopback, int line);
static void refused(const char *text, const char *why, int line);
static ngx_int_t parse(const char *text, ngx_grip_url_t *url,
    const char **err);
static ngx_uint_t equals(ngx_str_t *s, const char *text);
static ngx_uint_t key_is(ngx_grip_key_t *key, const char *value);


int
main(void)
{
    test_reference_urls();
    test_uri();
    test_host();
    test_jwt();
    test_bearer();
    test_basic();
    test_verification();
    test_refused();
    test_refused_keys();

    is_num(ERR_peek_error(), 0, "OpenSSL's error queue is left empty");

    return tap_done();
}


static void
test_reference_urls(void)
{
    const char      *err;
    ngx_grip_url_t   url;

    is_num(parse("http://localhost:5561", &url, &err), NGX_OK,
           "the shortest URL of a local proxy");
    ok(!url.ssl && url.has_port && url.loopback, "is plain and local");
    is_num(url.port, 5561, "has its port");
    is_str(&url.publish_uri, "/publish/", "and the usual URI");
    is_num(url.auth, NGX_GRIP_AUTH_NONE, "and needs no credentials");
    ok(url.key == NULL && url.verify_key == NULL, "and no keys");
    ngx_grip_url_free(&url);

    is_num(parse("http://localhost:5561/a/?iss=i&key=base64:ab+/cd==&z=1",
                 &url, &err), NGX_OK, "a URL with it all");
    is_num(url.auth, NGX_GRIP_AUTH_JWT, "signs with JWT");
    is_str(&url.iss, "i", "as its issuer");
    ok(key_is(url.key, "base64:ab-_cd"), "by the key, though it has a \"+\"");
    is_str(&url.publish_uri, "/a/publish/?z=1",
           "foreign parameters are kept, the path's slash is not doubled");
    ok(url.verify_key == url.key, "its secret verifies as well");
    is_num(url.verify_iss.len, 0, "from any issuer");
    ngx_grip_url_free(&url);

    is_num(parse("https://api.fastly.com/service/SID?key=TOK"
                 "&verify-iss=fastly:SID", &url, &err), NGX_OK,
           "a Fastly service");
    ok(url.ssl && !url.has_port && !url.loopback, "is remote, over TLS");
    is_num(url.port, 443, "at the port of https");
    is_num(url.auth, NGX_GRIP_AUTH_BEARER, "bears its token");
    is_str(&url.credentials, "TOK", "as it is");
    is_str(&url.publish_uri, "/service/SID/publish/",
           "and publishes without a query");
    is_str(&url.verify_iss, "fastly:SID", "tells the issuer");
    ok(url.verify_key == NULL && url.key == NULL, "a token is no key");
    ngx_grip_url_free(&url);
}


static void
test_uri(void)
{
    PUBLISH_URI("http://h", "/publish/");
    PUBLISH_URI("http://h/", "/publish/");
    PUBLISH_URI("http://h//", "/publish/");
    PUBLISH_URI("http://h?", "/publish/");
    PUBLISH_URI("http://h/?", "/publish/");
    PUBLISH_URI("http://h/a/b", "/a/b/publish/");
    PUBLISH_URI("http://h/a%2Fb/", "/a%2Fb/publish/");
    PUBLISH_URI("http://h?a", "/publish/?a");
    PUBLISH_URI("http://h?a=1&b=2&&c=/?@:&", "/publish/?a=1&b=2&c=/?@:");
    PUBLISH_URI("http://h/x?b=2&iss=i&a=%zz&key=k&verify-key=v&c&verify-iss=w",
                "/x/publish/?b=2&a=%zz&c");
    PUBLISH_URI("http://h?%6bey=secret&%69ss=i&a=1", "/publish/?a=1");
    PUBLISH_URI("http://h?Key=1&keys=2&ke=3&=4", "/publish/?Key=1&keys=2&ke=3"
                                                 "&=4");
    PUBLISH_URI("http://h?a-name-that-is-longer-than-any-of-ours-is=1",
                "/publish/?a-name-that-is-longer-than-any-of-ours-is=1");
}


static void
test_host(void)
{
    HOST("http://Example.COM", "example.com", "example.com", 80, 0);
    HOST("HTTPS://example.com", "example.com", "example.com", 443, 0);
    HOST("http://example.com:80/x", "example.com", "example.com", 80, 0);
    HOST("https://example.com:443?x", "example.com", "example.com", 443, 0);
    HOST("https://example.com:80", "example.com", "example.com:80", 80, 0);
    HOST("http://a_b-c.d:1", "a_b-c.d", "a_b-c.d:1", 1, 0);
    HOST("http://h:65535", "h", "h:65535", 65535, 0);
    HOST("http://user:p@ss@h:81", "h", "h:81", 81, 0);

    HOST("http://LocalHost", "localhost", "localhost", 80, 1);
    HOST("http://127.0.0.1:5561", "127.0.0.1", "127.0.0.1:5561", 5561, 1);
    HOST("http://127.9.9.9", "127.9.9.9", "127.9.9.9", 80, 1);
    HOST("http://128.0.0.1", "128.0.0.1", "128.0.0.1", 80, 0);
    HOST("http://127.example.com", "127.example.com", "127.example.com", 80,
         0);
    HOST("http://localhost.example.com", "localhost.example.com",
         "localhost.example.com", 80, 0);

    HOST("http://[::1]", "::1", "[::1]", 80, 1);
    HOST("http://[::1]:5561/?a", "::1", "[::1]:5561", 5561, 1);
    HOST("http://[2001:DB8::1]:80", "2001:db8::1", "[2001:db8::1]", 80, 0);
    HOST("http://[::ffff:127.0.0.1]", "::ffff:127.0.0.1",
         "[::ffff:127.0.0.1]", 80, 1);
}


static void
test_jwt(void)
{
    const char      *err;
    ngx_grip_url_t   url;

    (void) parse("http://h?key=a%20b%2bc+d&iss=%C3%A9+1", &url, &err);
    is_str(&url.iss, "\xc3\xa9 1", "iss is decoded as a form is");
    ok(key_is(url.key, "a b+c d"), "so is a plain key");
    ngx_grip_url_free(&url);

    (void) parse("http://h?iss=i&key=base64%3Aab%2B%2Fcd%3D%3D", &url, &err);
    ok(key_is(url.key, "base64:ab+/cd=="), "and base64 that is encoded well");
    ngx_grip_url_free(&url);

    (void) parse("http://u:p@h?iss=i&key=k", &url, &err);
    is_num(url.auth, NGX_GRIP_AUTH_JWT, "a key goes before a password");
    ok(key_is(url.key, "k"), "one character is a key");
    ngx_grip_url_free(&url);

    (void) parse("http://h?iss=i&key={%22kty%22:%22oct%22,%22k%22:%22YQ%22}",
                 &url, &err);
    ok(key_is(url.key, "a"), "a key may be a JWK of a secret");
    ngx_grip_url_free(&url);
}


static void
test_bearer(void)
{
    const char      *err;
    ngx_grip_url_t   url;

    (void) parse("http://h?key=a+b%2Bc%2F%3D", &url, &err);
    is_num(url.auth, NGX_GRIP_AUTH_BEARER, "a key alone is a bearer token");
    is_str(&url.credentials, "a+b+c/=", "that keeps its plus signs");
    ok(url.verify_key == NULL, "and verifies nothing");
    ngx_grip_url_free(&url);

    (void) parse("http://h?key=base64:YQ==", &url, &err);
    is_str(&url.credentials, "base64:YQ==", "a token has no other forms");
    ngx_grip_url_free(&url);

    (void) parse("http://u:p@h?key=k&verify-key=v", &url, &err);
    is_num(url.auth, NGX_GRIP_AUTH_BEARER, "a token goes before a password");
    ok(key_is(url.verify_key, "v"), "a verify-key may stand next to it");
    ngx_grip_url_free(&url);

    REFUSED("http://h?key=a%0d%0aX:1",
            "\"key\" without \"iss\" is not a bearer token");
    REFUSED("http://h?key=a%20b",
            "\"key\" without \"iss\" is not a bearer token");
    REFUSED("http://h?key=%00",
            "\"key\" without \"iss\" is not a bearer token");
    REFUSED("http://h?key=\xc3\xa9",
            "\"key\" without \"iss\" is not a bearer token");
    REFUSED("http://h?key=%7", "invalid percent-encoding in \"key\"");
}


static void
test_basic(void)
{
    size_t           i;
    char             text[512];
    const char      *err;
    ngx_grip_url_t   url;

    (void) parse("http://Aladdin:open%20sesame@h/", &url, &err);
    is_num(url.auth, NGX_GRIP_AUTH_BASIC, "user and password");
    is_str(&url.credentials, "QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
           "are sent by the Basic scheme");
    ngx_grip_url_free(&url);

    (void) parse("http://user@h", &url, &err);
    is_str(&url.credentials, "dXNlcjo=", "a user without a password");
    ngx_grip_url_free(&url);

    (void) parse("http://user:@h?a=1&verify-key=k", &url, &err);
    is_str(&url.credentials, "dXNlcjo=", "or with an empty one");
    is_str(&url.publish_uri, "/publish/?a=1", "leave the URI alone");
    ok(key_is(url.verify_key, "k"), "and verification");
    ngx_grip_url_free(&url);

    (void) parse("http://:p+:%3a@h", &url, &err);
    is_str(&url.credentials, "OnArOjo=", "a password without a user");
    ngx_grip_url_free(&url);

    snprintf(text, sizeof(text), "http://a:%0300d@h", 0);
    (void) parse(text, &url, &err);

    memcpy(text, "YTow", 4);

    for (i = 4; i < 400; i += 4) {
        memcpy(text + i, "MDAw", 4);
    }

    memcpy(text + i, "MDA=", 5);
    ok(equals(&url.credentials, text), "a long password has its room");
    ngx_grip_url_free(&url);

    is_num(parse("http://@h", &url, &err), NGX_OK, "neither of them");
    is_num(url.auth, NGX_GRIP_AUTH_NONE, "are no credentials");
    ngx_grip_url_free(&url);

    REFUSED("http://a%3ab:c@h", "invalid user or password");
    REFUSED("http://a:%@h", "invalid user or password");
    REFUSED("http://%g0:b@h", "invalid user or password");
}


static void
test_verification(void)
{
    const char      *err;
    ngx_grip_url_t   url;

    (void) parse("http://h?verify-key=v&iss=i&key=k&verify-iss=w+x", &url,
                 &err);
    ok(key_is(url.key, "k") && key_is(url.verify_key, "v"),
       "verify-key is another key than key");
    is_str(&url.verify_iss, "w x", "verify-iss is decoded");
    ngx_grip_url_free(&url);

    (void) parse("http://h?verify-key=fastly&verify-iss=fastly:S", &url,
                 &err);
    ok(ngx_grip_key_is_fastly(url.verify_key), "Fastly's key by its name");
    is_num(url.auth, NGX_GRIP_AUTH_NONE, "no key to publish with");
    ngx_grip_url_free(&url);

    (void) parse("http://h?verify-key=-----BEGIN+PUBLIC+KEY-----%0A"
                 "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAECKo5A1ebyFcnmVV8SE5On"
                 "%2B8G81Jy%0A"
                 "BjSvcrx4VLetWCjuDAmppTo3xM/zz763COTCgHfp/6lPdCyYjjqc%2BGM7"
                 "sw==%0A-----END%20PUBLIC%20KEY-----", &url, &err);
    ok(url.verify_key && ngx_grip_key_is_fastly(url.verify_key),
       "PEM in a URL");
    ngx_grip_url_free(&url);

    (void) parse("http://h?iss=i&key=k&verify-key=base64:LS0tLS1CRUdJTiBQVUJM"
                 "SUMgS0VZLS0tLS0KTUZrd0V3WUhLb1pJemowQ0FRWUlLb1pJemowREFRY0RR"
                 "Z0FFQ0tvNUExZWJ5RmNubVZWOFNFNU9uKzhHODFKeQpCalN2Y3J4NFZMZXRX"
                 "Q2p1REFtcHBUbzN4TS96ejc2M0NPVENnSGZwLzZsUGRDeVlqanFjK0dNN3N3"
                 "PT0KLS0tLS1FTkQgUFVCTElDIEtFWS0tLS0tCg", &url, &err);
    ok(url.verify_key && ngx_grip_key_is_fastly(url.verify_key),
       "PEM in base64");
    ngx_grip_url_free(&url);

    (void) parse("http://h?verify-key={\"kty\":\"EC\",\"crv\":\"P-256\","
                 "\"x\":\"CKo5A1ebyFcnmVV8SE5On-8G81JyBjSvcrx4VLetWCg\","
                 "\"y\":\"7gwJqaU6N8TP88--twjkwoB36f-pT3QsmI46nPhjO7M\"}",
                 &url, &err);
    ok(url.verify_key && ngx_grip_key_is_fastly(url.verify_key),
       "a JWK in a URL");
    ngx_grip_url_free(&url);
}


static void
test_refused(void)
{
    char  iss[300];

    REFUSED("", "scheme is neither \"http\" nor \"https\"");
    REFUSED("http:/", "scheme is neither \"http\" nor \"https\"");
    REFUSED("localhost:5561", "scheme is neither \"http\" nor \"https\"");
    REFUSED("ftp://h", "scheme is neither \"http\" nor \"https\"");

    REFUSED("http://", "no host");
    REFUSED("http:///publish", "no host");
    REFUSED("http://:80", "no host");
    REFUSED("http://u:p@", "no host");
    REFUSED("http://[]", "no host");
    REFUSED("http://a%62c", "invalid host");
    REFUSED("http://\xc3\xa9", "invalid host");
    REFUSED("http://a,b", "invalid host");
    REFUSED("http://a\\b", "invalid host");
    REFUSED("http://[::1", "invalid host");
    REFUSED("http://[", "invalid host");
    REFUSED("http://[127.0.0.1]", "invalid host");
    REFUSED("http://[fe80::1%25eth0]", "invalid host");
    REFUSED("http://[g::]", "invalid host");
    REFUSED("http://[1:2:3:4:5:6:7:8:9]", "invalid host");
    REFUSED("http://[1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa]",
            "invalid host");
    REFUSED("http://::1", "no host");

    REFUSED("http://h:", "invalid port");
    REFUSED("http://h:/", "invalid port");
    REFUSED("http://h:0", "invalid port");
    REFUSED("http://h:080", "invalid port");
    REFUSED("http://h:65536", "invalid port");
    REFUSED("http://h:99999999999999999999", "invalid port");
    REFUSED("http://h:18446744073709551617", "invalid port");
    REFUSED("http://h:-1", "invalid port");
    REFUSED("http://h:8x", "invalid port");
    REFUSED("http://h:1:2", "invalid port");
    REFUSED("http://[::1]5561", "invalid port");

    REFUSED("http://h/a b", "blank or control character");
    REFUSED(" http://h", "blank or control character");
    REFUSED("http://h/\r\nX:", "blank or control character");
    REFUSED("http://h?a=\x7f", "blank or control character");
    REFUSED("http://h\n", "blank or control character");
    REFUSED("http://h/\xc3\xa9", "character that must be percent-encoded");
    REFUSED("http://h?a=\xc3\xa9", "character that must be percent-encoded");
    REFUSED("http://h/#a", "fragment (\"#\" is \"%23\" in a parameter)");
    REFUSED("http://h?iss=i&key=a#b",
            "fragment (\"#\" is \"%23\" in a parameter)");

    REFUSED("http://h?iss=%ff&key=k", "invalid \"iss\"");
    REFUSED("http://h?iss=%&key=k", "invalid \"iss\"");
    REFUSED("http://h?iss=a%00b&key=k", "invalid \"iss\"");
    REFUSED("http://h?verify-iss=%ff", "invalid \"verify-iss\"");

    memset(iss, 'i', sizeof(iss));
    memcpy(iss, "http://h?key=k&iss=", 19);
    iss[19 + 257] = '\0';
    REFUSED(iss, "invalid \"iss\"");
}


static void
test_refused_keys(void)
{
    REFUSED("http://h?iss=i", "\"iss\" without \"key\"");
    REFUSED("http://u:p@h?iss=i", "\"iss\" without \"key\"");
    REFUSED("http://h?iss=i&verify-key=k", "\"iss\" without \"key\"");
    REFUSED("http://h?iss=&key=k", "empty \"iss\"");
    REFUSED("http://h?iss&key=k", "empty \"iss\"");
    REFUSED("http://h?iss=i&key=", "empty \"key\"");
    REFUSED("http://h?verify-key", "empty \"verify-key\"");
    REFUSED("http://h?verify-iss=", "empty \"verify-iss\"");
    REFUSED("http://h?iss=i&iss=i&key=k", "duplicate \"iss\"");
    REFUSED("http://h?iss=i&key=k&%6Bey=k", "duplicate \"key\"");
    REFUSED("http://h?verify-key=k&verify-key=k", "duplicate \"verify-key\"");
    REFUSED("http://h?verify-iss=k&verify-iss=k", "duplicate \"verify-iss\"");

    REFUSED("http://h?iss=i&key=base64:*", "invalid \"key\": not base64");
    REFUSED("http://h?iss=i&key=%2x", "invalid \"key\": "
                                      "invalid percent-encoding");
    REFUSED("http://h?iss=i&key=file:k", "invalid \"key\": "
                                         "\"file:\" without an absolute path");
    REFUSED("http://h?iss=i&key=k&verify-key=base64:*",
            "invalid \"verify-key\": not base64");
    REFUSED("http://h?verify-key=file:/nonexistent/k",
            "invalid \"verify-key\": no such file");
    REFUSED("http://h?iss=i&key=file:/etc/passwd%00x",
            "invalid \"key\": NUL in a file name");
    REFUSED("http://h?iss=i&key=fastly",
            "\"key\" next to \"iss\" must be a secret, not a public key");
}


static void
publish_uri(const char *text, const char *uri, int line)
{
    ngx_int_t        rc;
    const char      *err;
    ngx_grip_url_t   url;

    rc = parse(text, &url, &err);

    if (!ok(rc == NGX_OK && equals(&url.publish_uri, uri), "%s posts to %s",
            text, uri))
    {
        printf("#   line %d: %.*s\n", line, (int) url.publish_uri.len,
               url.publish_uri.data);
    }

    ngx_grip_url_free(&url);
}


static void
host_is(const char *text, const char *host, const char *header, long port,
    ngx_uint_t loopback, int line)
{
    ngx_int_t        rc;
    const char      *err;
    ngx_grip_url_t   url;

    rc = parse(text, &url, &err);

    if (!ok(rc == NGX_OK && equals(&url.host, host)
            && equals(&url.host_header, header) && url.port == port
            && url.loopback == loopback, "%s", text))
    {
        printf("#   line %d: \"%.*s\" \"%.*s\" %d %d\n", line,
               (int) url.host.len, url.host.data, (int) url.host_header.len,
               url.host_header.data, url.port, url.loopback);
    }

    ngx_grip_url_free(&url);
}


static void
refused(const char *text, const char *why, int line)
{
    ngx_int_t        rc;
    const char      *err;
    ngx_grip_url_t   url;

    rc = parse(text, &url, &err);

    if (!ok(rc == NGX_ERROR && strcmp(err, why) == 0 && url.block == NULL
            && url.key == NULL && url.verify_key == NULL, "refused: %s", why))
    {
        printf("#   line %d: rc %ld, %s\n", line, (long) rc, err);
    }

    ngx_grip_url_free(&url);
}


static ngx_int_t
parse(const char *text, ngx_grip_url_t *url, const char **err)
{
    ngx_str_t  s;

    *err = "";
    s = guarded(text, strlen(text));

    return ngx_grip_url_parse(&s, url, err);
}


static ngx_uint_t
equals(ngx_str_t *s, const char *text)
{
    return s->len == strlen(text) && memcmp(s->data, text, s->len) == 0;
}


static ngx_uint_t
key_is(ngx_grip_key_t *key, const char *value)
{
    const char      *err;
    ngx_uint_t       equal;
    ngx_grip_key_t  *expected;

    expected = key_of(value, &err);

    equal = key && expected && signs_as(key, expected);

    ngx_grip_key_free(expected);

    return equal;
}
