
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * A GRIP URL.  The text for a request has no byte that would end it, and the
 * error for an invalid URL has no key.
 */


#include "lib/fuzz.h"
#include "proxy/ngx_grip_url.h"


static void url_check(ngx_grip_url_t *url);
static void url_same(ngx_grip_url_t *one, ngx_grip_url_t *other);


void
fuzz_target(fuzz_input_t *in)
{
    char            reason[256];
    size_t          i;
    ngx_str_t       text, copy;
    const char     *err;
    ngx_grip_url_t  url, same;

    text = fuzz_rest(in);

    /* no file of this machine is read: "e:" is as near as one gets to that */

    for (i = 0; i + 1 < text.len; i++) {
        if (((text.data[i] | 0x20) == 'e' || text.data[i] == '5')
            && (text.data[i + 1] == ':' || text.data[i + 1] == '%'))
        {
            return;
        }
    }

    copy = fuzz_copy(text.data, text.len);

    if (ngx_grip_url_parse(&text, &url, &err) != NGX_OK) {
        fuzz_holds(strlen(err) < sizeof(reason));
        (void) strcpy(reason, err);

        fuzz_holds(ngx_grip_url_parse(&text, &same, &err) == NGX_ERROR);
        fuzz_holds(strcmp(reason, err) == 0);

        return;
    }

    fuzz_holds(fuzz_same(&text, &copy));

    url_check(&url);

    fuzz_holds(ngx_grip_url_parse(&text, &same, &err) == NGX_OK);
    url_same(&url, &same);

    ngx_grip_url_free(&same);
    ngx_grip_url_free(&url);
}


static void
url_check(ngx_grip_url_t *url)
{
    size_t  i;
    u_char  ch;

    fuzz_holds(url->host.len && url->port != 0);
    fuzz_holds(!fuzz_has_controls(&url->host, ""));
    fuzz_holds(!fuzz_has_controls(&url->host_header, ""));
    fuzz_holds(url->publish_uri.len && url->publish_uri.data[0] == '/');

    for (i = 0; i < url->publish_uri.len; i++) {
        ch = url->publish_uri.data[i];
        fuzz_holds(ch > ' ' && ch < 0x7f && ch != '#');
    }

    for (i = 0; i < url->host_header.len; i++) {
        ch = url->host_header.data[i];
        fuzz_holds(ch > ' ' && ch < 0x7f && strchr("/?#@", ch) == NULL);
    }

    switch (url->auth) {

    case NGX_GRIP_AUTH_NONE:
        break;

    case NGX_GRIP_AUTH_JWT:
        fuzz_holds(ngx_grip_key_type(url->key) == NGX_GRIP_KEY_SECRET);
        fuzz_holds(url->iss.len && fuzz_utf8(&url->iss));
        fuzz_holds(url->verify_key != NULL);
        break;

    case NGX_GRIP_AUTH_BEARER:
    case NGX_GRIP_AUTH_BASIC:
        fuzz_holds(url->key == NULL && url->credentials.len);

        for (i = 0; i < url->credentials.len; i++) {
            ch = url->credentials.data[i];
            fuzz_holds(ch > ' ' && ch < 0x7f);
        }

        break;
    }
}


static void
url_same(ngx_grip_url_t *one, ngx_grip_url_t *other)
{
    fuzz_holds(one->ssl == other->ssl && one->port == other->port);
    fuzz_holds(one->loopback == other->loopback && one->auth == other->auth);
    fuzz_holds(fuzz_same(&one->host, &other->host));
    fuzz_holds(fuzz_same(&one->publish_uri, &other->publish_uri));
    fuzz_holds(fuzz_same(&one->iss, &other->iss));
    fuzz_holds(fuzz_same(&one->credentials, &other->credentials));
    fuzz_holds(fuzz_same(&one->verify_iss, &other->verify_iss));

    fuzz_holds((one->verify_key == NULL) == (other->verify_key == NULL));
    fuzz_holds(one->verify_key == NULL
               || (ngx_grip_key_type(one->verify_key)
                   == ngx_grip_key_type(other->verify_key)
                   && ngx_grip_key_is_fastly(one->verify_key)
                      == ngx_grip_key_is_fastly(other->verify_key)));
}
