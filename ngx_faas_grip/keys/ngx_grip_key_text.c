
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <openssl/crypto.h>

#include "keys/ngx_grip_key_text.h"
#include "text/ngx_grip_base64.h"


static ngx_int_t ngx_grip_key_text_base64(ngx_str_t *value, ngx_str_t *text,
    const char **err);
static ngx_int_t ngx_grip_key_text_file(ngx_str_t *value, ngx_str_t *text,
    const char **err);
static int ngx_grip_key_text_open(ngx_str_t *path, const char **err);
static ngx_int_t ngx_grip_key_text_read_fd(int fd, ngx_str_t *text,
    const char **err);
static ngx_int_t ngx_grip_key_text_alloc(ngx_str_t *text, size_t size,
    const char **err);


ngx_int_t
ngx_grip_key_text_read(ngx_str_t *value, ngx_str_t *text, const char **err)
{
    ngx_int_t  rc;
    ngx_str_t  rest;

    if (value->len >= 7 && memcmp(value->data, "base64:", 7) == 0) {
        rest.len = value->len - 7;
        rest.data = value->data + 7;

        rc = ngx_grip_key_text_base64(&rest, text, err);

    } else if (value->len >= 5 && memcmp(value->data, "file:", 5) == 0) {
        rest.len = value->len - 5;
        rest.data = value->data + 5;

        rc = ngx_grip_key_text_file(&rest, text, err);

    } else {
        rc = ngx_grip_key_text_alloc(text, value->len, err);

        if (rc == NGX_OK && value->len) {
            memcpy(text->data, value->data, value->len);
        }
    }

    if (rc == NGX_OK && text->len == 0) {
        *err = "empty";
        ngx_grip_key_text_free(text);
        return NGX_ERROR;
    }

    return rc;
}


void
ngx_grip_key_text_free(ngx_str_t *text)
{
    OPENSSL_cleanse(text->data, text->len);
    free(text->data);

    text->len = 0;
    text->data = NULL;
}


static ngx_int_t
ngx_grip_key_text_base64(ngx_str_t *value, ngx_str_t *text, const char **err)
{
    if (ngx_grip_key_text_alloc(text,
                                ngx_grip_base64_decoded_max(value->len), err)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_grip_base64_decode(text->data, &text->len, value) != NGX_OK) {
        *err = "not base64";
        ngx_grip_key_text_free(text);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_grip_key_text_file(ngx_str_t *value, ngx_str_t *text, const char **err)
{
    int        fd;
    ngx_int_t  rc;

    fd = ngx_grip_key_text_open(value, err);
    if (fd == -1) {
        return NGX_ERROR;
    }

    rc = ngx_grip_key_text_read_fd(fd, text, err);

    close(fd);

    if (rc != NGX_OK) {
        return NGX_ERROR;
    }

    if (text->len && text->data[text->len - 1] == LF) {
        text->len--;

        if (text->len && text->data[text->len - 1] == CR) {
            text->len--;
        }
    }

    return NGX_OK;
}


static int
ngx_grip_key_text_open(ngx_str_t *path, const char **err)
{
    int     fd;
    char   *name;

    /* nobody knows what the current directory of a daemon is */

    if (path->len == 0 || path->data[0] != '/') {
        *err = "\"file:\" without an absolute path";
        return -1;
    }

    if (memchr(path->data, '\0', path->len) != NULL) {
        *err = "NUL in a file name";
        return -1;
    }

    name = malloc(path->len + 1);
    if (name == NULL) {
        *err = "no memory";
        return -1;
    }

    memcpy(name, path->data, path->len);
    name[path->len] = '\0';

    fd = open(name, O_RDONLY|O_CLOEXEC);

    if (fd == -1) {
        switch (errno) {

        case ENOENT:
            *err = "no such file";
            break;

        case EACCES:
            *err = "no permission to read the file";
            break;

        default:
            *err = "file cannot be opened";
            break;
        }
    }

    free(name);

    return fd;
}


static ngx_int_t
ngx_grip_key_text_read_fd(int fd, ngx_str_t *text, const char **err)
{
    ssize_t  n;

    /* one byte more than may be, to see that there is more */

    if (ngx_grip_key_text_alloc(text, NGX_GRIP_KEY_TEXT_MAX + 1, err)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    text->len = 0;

    do {
        n = read(fd, text->data + text->len,
                 NGX_GRIP_KEY_TEXT_MAX + 1 - text->len);

        if (n == -1 && errno == EINTR) {
            continue;
        }

        if (n == -1) {
            *err = "file cannot be read";
            ngx_grip_key_text_free(text);
            return NGX_ERROR;
        }

        text->len += (size_t) n;

    } while (n != 0 && text->len <= NGX_GRIP_KEY_TEXT_MAX);

    if (text->len > NGX_GRIP_KEY_TEXT_MAX) {
        *err = "file is too long";
        ngx_grip_key_text_free(text);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_grip_key_text_alloc(ngx_str_t *text, size_t size, const char **err)
{
    /* malloc(0) may answer NULL */

    text->data = malloc(size + 1);
    if (text->data == NULL) {
        *err = "no memory";
        return NGX_ERROR;
    }

    text->len = size;

    return NGX_OK;
}
