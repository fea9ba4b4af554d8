
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "keys/ngx_grip_jwt.h"
#include "proxy/ngx_grip_url.h"
#include "proxy/ngx_grip_url_host.h"
#include "text/ngx_grip_base64.h"
#include "text/ngx_grip_percent.h"
#include "text/ngx_grip_utf8.h"


#define NGX_GRIP_URL_PUBLISH       "/publish/"

/* the longest of our parameters, each character percent-encoded */
#define NGX_GRIP_URL_NAME_MAX      (3 * (sizeof("verify-key") - 1))


/* the pieces of a URL as they stand in it; data is NULL if absent */
typedef struct {
    ngx_str_t     userinfo;
    ngx_str_t     host;                      /* with brackets and port */
    ngx_str_t     path;
    ngx_str_t     query;

    ngx_str_t     iss;
    ngx_str_t     key;
    ngx_str_t     verify_iss;
    ngx_str_t     verify_key;

    u_char       *free;                      /* the rest of the block */
} ngx_grip_url_parts_t;


typedef struct {
    const char   *name;
    size_t        offset;
    const char   *duplicate;
    const char   *empty;
} ngx_grip_url_param_t;


static ngx_int_t ngx_grip_url_read(ngx_grip_url_t *url,
    ngx_grip_url_parts_t *parts, ngx_str_t *text, const char **err);
static ngx_int_t ngx_grip_url_split(ngx_grip_url_t *url,
    ngx_grip_url_parts_t *parts, ngx_str_t *text, const char **err);
static ngx_int_t ngx_grip_url_uri(ngx_grip_url_t *url,
    ngx_grip_url_parts_t *parts, const char **err);
static ngx_int_t ngx_grip_url_param(ngx_grip_url_parts_t *parts, u_char *p,
    u_char *last, const char **err);
static ngx_int_t ngx_grip_url_auth(ngx_grip_url_t *url,
    ngx_grip_url_parts_t *parts, const char **err);
static ngx_int_t ngx_grip_url_bearer(ngx_grip_url_t *url,
    ngx_grip_url_parts_t *parts, const char **err);
static ngx_int_t ngx_grip_url_basic(ngx_grip_url_t *url,
    ngx_grip_url_parts_t *parts, const char **err);
static ngx_int_t ngx_grip_url_verification(ngx_grip_url_t *url,
    ngx_grip_url_parts_t *parts, const char **err);
static ngx_grip_key_t *ngx_grip_url_key(ngx_str_t *text, const char *name,
    const char **err);
static ngx_int_t ngx_grip_url_iss_ok(ngx_str_t *text);


/* a key's own reason, with the parameter that it is the value of */
static char  ngx_grip_url_key_error[128];


static ngx_grip_url_param_t  ngx_grip_url_params[] = {

    { "iss",
      offsetof(ngx_grip_url_parts_t, iss),
      "duplicate \"iss\"", "empty \"iss\"" },

    { "key",
      offsetof(ngx_grip_url_parts_t, key),
      "duplicate \"key\"", "empty \"key\"" },

    { "verify-iss",
      offsetof(ngx_grip_url_parts_t, verify_iss),
      "duplicate \"verify-iss\"", "empty \"verify-iss\"" },

    { "verify-key",
      offsetof(ngx_grip_url_parts_t, verify_key),
      "duplicate \"verify-key\"", "empty \"verify-key\"" },

    { NULL, 0, NULL, NULL }
};


ngx_int_t
ngx_grip_url_parse(ngx_str_t *text, ngx_grip_url_t *url, const char **err)
{
    size_t                 size;
    ngx_str_t              copy;
    ngx_grip_url_parts_t   parts;

    memset(url, 0, sizeof(ngx_grip_url_t));
    memset(&parts, 0, sizeof(ngx_grip_url_parts_t));

    /* a copy to decode in place, publish_uri, Basic credentials */

    size = text->len
           + text->len + sizeof(NGX_GRIP_URL_PUBLISH) - 1
           + ngx_grip_base64_len(text->len + 1);

    url->block = malloc(size);
    if (url->block == NULL) {
        *err = "no memory";
        return NGX_ERROR;
    }

    copy.len = text->len;
    copy.data = url->block;

    if (text->len) {
        memcpy(copy.data, text->data, text->len);
    }

    parts.free = copy.data + copy.len;

    if (ngx_grip_url_read(url, &parts, &copy, err) != NGX_OK) {
        ngx_grip_url_free(url);
        return NGX_ERROR;
    }

    return NGX_OK;
}


void
ngx_grip_url_free(ngx_grip_url_t *url)
{
    if (url->verify_key != url->key) {
        ngx_grip_key_free(url->verify_key);
    }

    ngx_grip_key_free(url->key);

    free(url->block);

    memset(url, 0, sizeof(ngx_grip_url_t));
}


static ngx_int_t
ngx_grip_url_read(ngx_grip_url_t *url, ngx_grip_url_parts_t *parts,
    ngx_str_t *text, const char **err)
{
    if (ngx_grip_url_split(url, parts, text, err) != NGX_OK
        || ngx_grip_url_host_read(url, &parts->host, err) != NGX_OK
        || ngx_grip_url_uri(url, parts, err) != NGX_OK
        || ngx_grip_url_auth(url, parts, err) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_grip_url_verification(url, parts, err);
}


static ngx_int_t
ngx_grip_url_split(ngx_grip_url_t *url, ngx_grip_url_parts_t *parts,
    ngx_str_t *text, const char **err)
{
    u_char  *p, *last, *end, *at;

    last = text->data + text->len;

    for (p = text->data; p < last; p++) {

        if (*p <= ' ' || *p == 0x7f) {
            *err = "blank or control character";
            return NGX_ERROR;
        }

        if (*p == '#') {
            *err = "fragment (\"#\" is \"%23\" in a parameter)";
            return NGX_ERROR;
        }
    }

    p = text->data;

    if (text->len >= 7 && strncasecmp((char *) p, "http://", 7) == 0) {
        url->port = 80;
        p += 7;

    } else if (text->len >= 8 && strncasecmp((char *) p, "https://", 8) == 0) {
        url->ssl = 1;
        url->port = 443;
        p += 8;

    } else {
        *err = "scheme is neither \"http\" nor \"https\"";
        return NGX_ERROR;
    }

    at = NULL;

    for (end = p; end < last && *end != '/' && *end != '?'; end++) {
        if (*end == '@') {
            at = end;
        }
    }

    if (at) {
        parts->userinfo.data = p;
        parts->userinfo.len = (size_t) (at - p);
        p = at + 1;
    }

    parts->host.data = p;
    parts->host.len = (size_t) (end - p);

    p = end;
    end = p < last ? memchr(p, '?', (size_t) (last - p)) : NULL;

    parts->path.data = p;
    parts->path.len = end ? (size_t) (end - p) : (size_t) (last - p);

    parts->query.data = end ? end + 1 : last;
    parts->query.len = (size_t) (last - parts->query.data);

    return NGX_OK;
}


/* collects our parameters on the way; the others stay in the URI */

static ngx_int_t
ngx_grip_url_uri(ngx_grip_url_t *url, ngx_grip_url_parts_t *parts,
    const char **err)
{
    u_char     *p, *last, *end, *dst, separator;
    ngx_str_t  *path, *uri;
    ngx_int_t   rc;

    path = &parts->path;

    while (path->len && path->data[path->len - 1] == '/') {
        path->len--;
    }

    uri = &url->publish_uri;
    uri->data = parts->free;

    dst = ngx_cpymem(uri->data, path->data, path->len);
    dst = ngx_cpymem(dst, NGX_GRIP_URL_PUBLISH,
                     sizeof(NGX_GRIP_URL_PUBLISH) - 1);

    separator = '?';
    p = parts->query.data;
    last = p + parts->query.len;

    for ( /* void */ ; p < last; p = end + 1) {
        end = memchr(p, '&', (size_t) (last - p));
        if (end == NULL) {
            end = last;
        }

        rc = ngx_grip_url_param(parts, p, end, err);

        if (rc == NGX_ERROR) {
            return NGX_ERROR;
        }

        if (rc == NGX_DECLINED && p < end) {
            *dst++ = separator;
            dst = ngx_cpymem(dst, p, (size_t) (end - p));
            separator = '&';
        }
    }

    uri->len = (size_t) (dst - uri->data);
    parts->free = dst;

    for (p = uri->data; p < dst; p++) {
        if (*p >= 0x80) {
            *err = "character that must be percent-encoded";
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* NGX_OK: one of ours, NGX_DECLINED: not ours */

static ngx_int_t
ngx_grip_url_param(ngx_grip_url_parts_t *parts, u_char *p, u_char *last,
    const char **err)
{
    u_char                *equals;
    u_char                 buf[NGX_GRIP_URL_NAME_MAX];
    ngx_str_t              name, *value;
    ngx_grip_url_param_t  *param;

    equals = memchr(p, '=', (size_t) (last - p));
    if (equals == NULL) {
        equals = last;
    }

    if ((size_t) (equals - p) > NGX_GRIP_URL_NAME_MAX) {
        return NGX_DECLINED;
    }

    name.len = (size_t) (equals - p);
    name.data = buf;
    memcpy(name.data, p, name.len);

    if (ngx_grip_percent_decode(&name, 1) != NGX_OK) {
        return NGX_DECLINED;
    }

    for (param = ngx_grip_url_params; param->name; param++) {
        if (name.len == strlen(param->name)
            && memcmp(name.data, param->name, name.len) == 0)
        {
            break;
        }
    }

    if (param->name == NULL) {
        return NGX_DECLINED;
    }

    value = (ngx_str_t *) ((u_char *) parts + param->offset);

    if (value->data) {
        *err = param->duplicate;
        return NGX_ERROR;
    }

    if (last - equals < 2) {
        *err = param->empty;
        return NGX_ERROR;
    }

    value->data = equals + 1;
    value->len = (size_t) (last - value->data);

    return NGX_OK;
}


static ngx_int_t
ngx_grip_url_auth(ngx_grip_url_t *url, ngx_grip_url_parts_t *parts,
    const char **err)
{
    if (parts->key.data == NULL) {

        if (parts->iss.data) {
            *err = "\"iss\" without \"key\"";
            return NGX_ERROR;
        }

        return ngx_grip_url_basic(url, parts, err);
    }

    if (parts->iss.data == NULL) {
        return ngx_grip_url_bearer(url, parts, err);
    }

    if (ngx_grip_url_iss_ok(&parts->iss) != NGX_OK) {
        *err = "invalid \"iss\"";
        return NGX_ERROR;
    }

    url->key = ngx_grip_url_key(&parts->key, "key", err);
    if (url->key == NULL) {
        return NGX_ERROR;
    }

    if (ngx_grip_key_type(url->key) != NGX_GRIP_KEY_SECRET) {
        *err = "\"key\" next to \"iss\" must be a secret, not a public key";
        return NGX_ERROR;
    }

    url->auth = NGX_GRIP_AUTH_JWT;
    url->iss = parts->iss;

    return NGX_OK;
}


static ngx_int_t
ngx_grip_url_bearer(ngx_grip_url_t *url, ngx_grip_url_parts_t *parts,
    const char **err)
{
    size_t  i;

    /* a token has "+" and no blanks, whatever forms make of it */

    if (ngx_grip_percent_decode(&parts->key, 0) != NGX_OK) {
        *err = "invalid percent-encoding in \"key\"";
        return NGX_ERROR;
    }

    for (i = 0; i < parts->key.len; i++) {
        if (parts->key.data[i] <= ' ' || parts->key.data[i] >= 0x7f) {
            *err = "\"key\" without \"iss\" is not a bearer token";
            return NGX_ERROR;
        }
    }

    url->auth = NGX_GRIP_AUTH_BEARER;
    url->credentials = parts->key;

    return NGX_OK;
}


static ngx_int_t
ngx_grip_url_basic(ngx_grip_url_t *url, ngx_grip_url_parts_t *parts,
    const char **err)
{
    u_char      *colon, *last;
    ngx_str_t    user, password;

    user = parts->userinfo;

    if (user.len == 0) {
        return NGX_OK;
    }

    colon = memchr(user.data, ':', user.len);

    if (colon) {
        password.data = colon + 1;
        password.len = (size_t) (user.data + user.len - password.data);
        user.len = (size_t) (colon - user.data);

    } else {
        password.data = user.data + user.len;
        password.len = 0;
    }

    if (ngx_grip_percent_decode(&user, 0) != NGX_OK
        || ngx_grip_percent_decode(&password, 0) != NGX_OK
        || memchr(user.data, ':', user.len) != NULL)
    {
        *err = "invalid user or password";
        return NGX_ERROR;
    }

    /* decoding has left room for the colon, unless there was none at all */

    user.data[user.len] = ':';
    memmove(user.data + user.len + 1, password.data, password.len);

    url->auth = NGX_GRIP_AUTH_BASIC;
    url->credentials.data = parts->free;
    last = ngx_grip_base64_encode(parts->free, user.data,
                                  user.len + 1 + password.len);
    url->credentials.len = (size_t) (last - parts->free);

    return NGX_OK;
}


static ngx_int_t
ngx_grip_url_verification(ngx_grip_url_t *url, ngx_grip_url_parts_t *parts,
    const char **err)
{
    if (parts->verify_iss.data) {

        if (ngx_grip_url_iss_ok(&parts->verify_iss) != NGX_OK) {
            *err = "invalid \"verify-iss\"";
            return NGX_ERROR;
        }

        url->verify_iss = parts->verify_iss;
    }

    if (parts->verify_key.data == NULL) {
        url->verify_key = url->key;
        return NGX_OK;
    }

    url->verify_key = ngx_grip_url_key(&parts->verify_key, "verify-key", err);

    return url->verify_key ? NGX_OK : NGX_ERROR;
}


static ngx_grip_key_t *
ngx_grip_url_key(ngx_str_t *text, const char *name, const char **err)
{
    const char      *reason;
    ngx_grip_key_t  *key;

    if (ngx_grip_percent_decode(text, 1) != NGX_OK) {
        key = NULL;
        reason = "invalid percent-encoding";

    } else {
        key = ngx_grip_key_create(text, &reason);
    }

    if (key == NULL) {
        (void) snprintf(ngx_grip_url_key_error, sizeof(ngx_grip_url_key_error),
                        "invalid \"%s\": %s", name, reason);
        *err = ngx_grip_url_key_error;
    }

    return key;
}


static ngx_int_t
ngx_grip_url_iss_ok(ngx_str_t *text)
{
    if (ngx_grip_percent_decode(text, 1) != NGX_OK
        || text->len > NGX_GRIP_JWT_ISS_MAX
        || !ngx_grip_utf8_valid(text->data, text->len)
        || memchr(text->data, '\0', text->len) != NULL)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}
