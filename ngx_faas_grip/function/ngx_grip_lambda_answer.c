
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The result of a Lambda function, as an HTTP response.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <jansson.h>

#include "function/ngx_grip_lambda.h"
#include "text/ngx_grip_base64.h"
#include "text/ngx_grip_json_tree.h"


/* an answer of more headers than any client would take is a mistake */
#define NGX_GRIP_LAMBDA_HEADERS_MAX   1000


/* the answer is first, so that it is found again by its address */

typedef struct {
    ngx_grip_lambda_answer_t  answer;
    ngx_grip_json_tree_t      tree;
    json_t                   *root;
    json_t                   *texts;         /* of what is no string */
    u_char                   *decoded;       /* body */
} ngx_grip_lambda_reader_t;


static ngx_int_t ngx_grip_lambda_read(ngx_grip_lambda_reader_t *reader,
    ngx_str_t *text, ngx_uint_t version, ngx_uint_t failed);
static ngx_int_t ngx_grip_lambda_parse(ngx_grip_lambda_reader_t *reader,
    ngx_str_t *text);
static ngx_int_t ngx_grip_lambda_error(ngx_grip_lambda_reader_t *reader,
    ngx_uint_t failed);
static ngx_int_t ngx_grip_lambda_bare(ngx_grip_lambda_reader_t *reader,
    ngx_str_t *text);
static ngx_int_t ngx_grip_lambda_message(ngx_grip_lambda_reader_t *reader);
static ngx_int_t ngx_grip_lambda_status(ngx_grip_lambda_reader_t *reader);
static ngx_int_t ngx_grip_lambda_answer_headers(
    ngx_grip_lambda_reader_t *reader, ngx_uint_t version);
static ngx_int_t ngx_grip_lambda_multi_headers(
    ngx_grip_lambda_reader_t *reader, json_t *multi);
static ngx_int_t ngx_grip_lambda_single_headers(
    ngx_grip_lambda_reader_t *reader, json_t *single);
static ngx_int_t ngx_grip_lambda_set_cookies(ngx_grip_lambda_reader_t *reader,
    json_t *cookies);
static ngx_int_t ngx_grip_lambda_header(ngx_grip_lambda_reader_t *reader,
    const char *name, json_t *value);
static ngx_uint_t ngx_grip_lambda_has(ngx_grip_lambda_answer_t *answer,
    ngx_grip_pair_t *pair);
static ngx_int_t ngx_grip_lambda_answer_body(ngx_grip_lambda_reader_t *reader);
static ngx_int_t ngx_grip_lambda_boolean(json_t *value);
static json_t *ngx_grip_lambda_member(ngx_grip_lambda_reader_t *reader,
    const char *name);
static ngx_int_t ngx_grip_lambda_declined(ngx_grip_lambda_reader_t *reader,
    const char *err);


ngx_grip_lambda_answer_t *
ngx_grip_lambda_answer_read(ngx_str_t *text, ngx_uint_t version,
    ngx_uint_t failed)
{
    ngx_grip_lambda_reader_t  *reader;

    reader = calloc(1, sizeof(ngx_grip_lambda_reader_t));
    if (reader == NULL) {
        return NULL;
    }

    reader->texts = json_array();
    ngx_str_set(&reader->answer.body, "");

    if (reader->texts == NULL
        || ngx_grip_lambda_read(reader, text, version, failed) == NGX_ERROR)
    {
        ngx_grip_lambda_answer_free(&reader->answer);
        return NULL;
    }

    return &reader->answer;
}


void
ngx_grip_lambda_answer_free(ngx_grip_lambda_answer_t *answer)
{
    ngx_grip_lambda_reader_t  *reader;

    reader = (ngx_grip_lambda_reader_t *) answer;

    ngx_grip_json_tree_free(&reader->tree);
    json_decref(reader->texts);
    free(reader->decoded);
    free(answer->headers);
    free(reader);
}


/* NGX_DECLINED: answer.err says why */

static ngx_int_t
ngx_grip_lambda_read(ngx_grip_lambda_reader_t *reader, ngx_str_t *text,
    ngx_uint_t version, ngx_uint_t failed)
{
    ngx_int_t  rc;

    rc = ngx_grip_lambda_parse(reader, text);

    if (rc == NGX_ERROR || (rc == NGX_DECLINED && !failed)) {
        return rc;
    }

    rc = ngx_grip_lambda_error(reader, failed);

    if (rc != NGX_OK) {
        return rc;
    }

    if (version == NGX_GRIP_LAMBDA_WEBSOCKET) {
        return ngx_grip_lambda_message(reader);
    }

    if (ngx_grip_lambda_member(reader, "statusCode") == NULL) {

        if (version == NGX_GRIP_LAMBDA_2_0) {
            return ngx_grip_lambda_bare(reader, text);
        }

        return ngx_grip_lambda_declined(reader,
                                        json_is_object(reader->root)
                                        ? "\"statusCode\" is missing"
                                        : "it is not an object");
    }

    rc = ngx_grip_lambda_status(reader);

    if (rc == NGX_OK) {
        rc = ngx_grip_lambda_answer_headers(reader, version);
    }

    return rc == NGX_OK ? ngx_grip_lambda_answer_body(reader) : rc;
}


static ngx_int_t
ngx_grip_lambda_parse(ngx_grip_lambda_reader_t *reader, ngx_str_t *text)
{
    ngx_int_t  rc;

    if (text->len == 0) {
        return ngx_grip_lambda_declined(reader, "it is empty");
    }

    rc = ngx_grip_json_tree_read(&reader->tree, text, 1);
    reader->root = reader->tree.root;

    return rc == NGX_DECLINED
           ? ngx_grip_lambda_declined(reader, "it is not JSON") : rc;
}


/* some runtimes do not mark an error, but its shape tells */

static ngx_int_t
ngx_grip_lambda_error(ngx_grip_lambda_reader_t *reader, ngx_uint_t failed)
{
    json_t  *type, *message;

    type = ngx_grip_lambda_member(reader, "errorType");
    message = ngx_grip_lambda_member(reader, "errorMessage");

    if (!failed
        && (!json_is_string(type) || !json_is_string(message)
            || ngx_grip_lambda_member(reader, "statusCode")))
    {
        return NGX_OK;
    }

    reader->answer.error_type = ngx_grip_json_tree_text(type);
    reader->answer.error_message = ngx_grip_json_tree_text(message);

    return ngx_grip_lambda_declined(reader, "it is an error");
}


/* what is not a response is the body of one: a string its text, else JSON */

static ngx_int_t
ngx_grip_lambda_bare(ngx_grip_lambda_reader_t *reader, ngx_str_t *text)
{
    ngx_grip_pair_t           *pair;
    ngx_grip_lambda_answer_t  *answer;

    answer = &reader->answer;

    pair = malloc(sizeof(ngx_grip_pair_t));
    if (pair == NULL) {
        return NGX_ERROR;
    }

    ngx_str_set(&pair->name, "Content-Type");
    ngx_str_set(&pair->value, "application/json");

    answer->headers = pair;
    answer->nheaders = 1;

    answer->status = 200;
    answer->body = json_is_string(reader->root)
                   ? ngx_grip_json_tree_text(reader->root) : *text;

    return NGX_OK;
}


static ngx_int_t
ngx_grip_lambda_message(ngx_grip_lambda_reader_t *reader)
{
    if (!json_is_string(reader->root)) {
        return ngx_grip_lambda_answer_body(reader);
    }

    reader->answer.body = ngx_grip_json_tree_text(reader->root);
    return NGX_OK;
}


static ngx_int_t
ngx_grip_lambda_status(ngx_grip_lambda_reader_t *reader)
{
    size_t       i;
    double       status;
    json_t      *json;
    ngx_str_t    digits;

    json = ngx_grip_lambda_member(reader, "statusCode");
    status = (double) json_integer_value(json);

    /* some languages know no integers */

    if (json_is_real(json)) {
        digits = *ngx_grip_json_tree_number(&reader->tree, json);
        status = strtod((char *) digits.data, NULL);
    }

    /* REST APIs take digits in quotes, too */

    if (json_is_string(json) && json_string_length(json) == 3) {
        digits = ngx_grip_json_tree_text(json);

        for (i = 0; i < 3; i++) {
            if (digits.data[i] < '0' || digits.data[i] > '9') {
                break;
            }

            status = status * 10 + (digits.data[i] - '0');
        }
    }

    if (status < 200 || status > 599
        || status != (double) (ngx_int_t) status)
    {
        return ngx_grip_lambda_declined(reader,
                                        "\"statusCode\" is not a valid "
                                        "status");
    }

    reader->answer.status = (ngx_uint_t) status;

    return NGX_OK;
}


static ngx_int_t
ngx_grip_lambda_answer_headers(ngx_grip_lambda_reader_t *reader,
    ngx_uint_t version)
{
    size_t       n;
    json_t      *single, *multi, *cookies, *values;
    ngx_int_t    rc;
    const char  *name;

    single = ngx_grip_lambda_member(reader, "headers");
    multi = NULL;
    cookies = NULL;

    if (version == NGX_GRIP_LAMBDA_1_0) {
        multi = ngx_grip_lambda_member(reader, "multiValueHeaders");

    } else {
        cookies = ngx_grip_lambda_member(reader, "cookies");
    }

    /* json_array_size() of anything but an array is 0 */

    n = json_object_size(single) + json_array_size(cookies);

    json_object_foreach(multi, name, values) {
        n += json_array_size(values);
    }

    if (n > NGX_GRIP_LAMBDA_HEADERS_MAX) {
        return ngx_grip_lambda_declined(reader, "it has too many headers");
    }

    reader->answer.headers = malloc((n + 1) * sizeof(ngx_grip_pair_t));
    if (reader->answer.headers == NULL) {
        return NGX_ERROR;
    }

    rc = ngx_grip_lambda_multi_headers(reader, multi);

    if (rc == NGX_OK) {
        rc = ngx_grip_lambda_single_headers(reader, single);
    }

    return rc == NGX_OK ? ngx_grip_lambda_set_cookies(reader, cookies) : rc;
}


static ngx_int_t
ngx_grip_lambda_multi_headers(ngx_grip_lambda_reader_t *reader, json_t *multi)
{
    size_t       i;
    json_t      *values, *value;
    ngx_int_t    rc;
    const char  *name;

    if (multi && !json_is_object(multi)) {
        return ngx_grip_lambda_declined(reader,
                                        "\"multiValueHeaders\" is not an "
                                        "object");
    }

    json_object_foreach(multi, name, values) {

        if (!json_is_array(values)) {
            return ngx_grip_lambda_declined(reader,
                                            "a value of \"multiValueHeaders\""
                                            " is not an array");
        }

        for (i = 0; i < json_array_size(values); i++) {
            value = json_array_get(values, i);
            rc = ngx_grip_lambda_header(reader, name, value);

            if (rc != NGX_OK) {
                return rc;
            }
        }
    }

    return NGX_OK;
}


/* a pair that is in both maps is sent once */

static ngx_int_t
ngx_grip_lambda_single_headers(ngx_grip_lambda_reader_t *reader,
    json_t *single)
{
    json_t                    *value;
    ngx_int_t                  rc;
    ngx_uint_t                 n;
    const char                *name;
    ngx_grip_lambda_answer_t  *answer;

    if (single && !json_is_object(single)) {
        return ngx_grip_lambda_declined(reader,
                                        "\"headers\" is not an object");
    }

    answer = &reader->answer;

    json_object_foreach(single, name, value) {

        n = answer->nheaders;
        rc = ngx_grip_lambda_header(reader, name, value);

        if (rc != NGX_OK) {
            return rc;
        }

        if (answer->nheaders > n
            && ngx_grip_lambda_has(answer, &answer->headers[n]))
        {
            answer->nheaders = n;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_grip_lambda_set_cookies(ngx_grip_lambda_reader_t *reader, json_t *cookies)
{
    size_t      i;
    json_t     *cookie;
    ngx_int_t   rc;

    if (cookies && !json_is_array(cookies)) {
        return ngx_grip_lambda_declined(reader, "\"cookies\" is not an array");
    }

    json_array_foreach(cookies, i, cookie) {
        rc = ngx_grip_lambda_header(reader, "Set-Cookie", cookie);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}


/* there is room; null is no header, numbers and booleans are text */

static ngx_int_t
ngx_grip_lambda_header(ngx_grip_lambda_reader_t *reader, const char *name,
    json_t *value)
{
    ngx_grip_pair_t  *pair;

    if (json_is_null(value)) {
        return NGX_OK;
    }

    if (json_is_integer(value) || json_is_boolean(value)) {

        value = json_is_integer(value)
                ? json_sprintf("%" JSON_INTEGER_FORMAT,
                               json_integer_value(value))
                : json_string(json_is_true(value) ? "true" : "false");

        if (json_array_append_new(reader->texts, value)) {
            return NGX_ERROR;
        }
    }

    if (!json_is_string(value) && !json_is_real(value)) {
        return ngx_grip_lambda_declined(reader, "a header is not a string");
    }

    pair = &reader->answer.headers[reader->answer.nheaders++];

    pair->name.len = ngx_strlen(name);
    pair->name.data = (u_char *) name;
    pair->value = json_is_real(value)
                  ? *ngx_grip_json_tree_number(&reader->tree, value)
                  : ngx_grip_json_tree_text(value);

    return NGX_OK;
}


/* whether an earlier header is the same */

static ngx_uint_t
ngx_grip_lambda_has(ngx_grip_lambda_answer_t *answer, ngx_grip_pair_t *pair)
{
    ngx_grip_pair_t  *other;

    for (other = answer->headers; other < pair; other++) {
        if (other->name.len == pair->name.len
            && strncasecmp((char *) other->name.data,
                           (char *) pair->name.data, pair->name.len) == 0
            && other->value.len == pair->value.len
            && ngx_memcmp(other->value.data, pair->value.data,
                          pair->value.len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


static ngx_int_t
ngx_grip_lambda_answer_body(ngx_grip_lambda_reader_t *reader)
{
    json_t     *body, *encoded;
    ngx_int_t   rc;
    ngx_str_t   text;

    body = ngx_grip_lambda_member(reader, "body");
    encoded = ngx_grip_lambda_member(reader, "isBase64Encoded");

    if (encoded == NULL) {
        encoded = ngx_grip_lambda_member(reader, "base64Encoded");
    }

    if (body == NULL) {
        return NGX_OK;
    }

    if (!json_is_string(body)) {
        return ngx_grip_lambda_declined(reader, "\"body\" is not a string");
    }

    rc = ngx_grip_lambda_boolean(encoded);

    if (rc == NGX_DECLINED) {
        return ngx_grip_lambda_declined(reader, "\"isBase64Encoded\" is not "
                                                "a boolean");
    }

    text = ngx_grip_json_tree_text(body);

    if (rc == 0) {
        reader->answer.body = text;
        return NGX_OK;
    }

    reader->decoded = malloc(ngx_grip_base64_decoded_max(text.len));
    if (reader->decoded == NULL) {
        return NGX_ERROR;
    }

    reader->answer.body.data = reader->decoded;

    if (ngx_grip_base64_decode(reader->decoded, &reader->answer.body.len,
                               &text)
        != NGX_OK)
    {
        return ngx_grip_lambda_declined(reader, "\"body\" is not base64");
    }

    return NGX_OK;
}


/* it may be absent, or in quotes */

static ngx_int_t
ngx_grip_lambda_boolean(json_t *value)
{
    ngx_str_t  text;

    if (value == NULL || json_is_boolean(value)) {
        return json_is_true(value);
    }

    text = ngx_grip_json_tree_text(value);

    if (text.len == 4 && strncasecmp((char *) text.data, "true", 4) == 0) {
        return 1;
    }

    return (text.len == 5 && strncasecmp((char *) text.data, "false", 5) == 0)
           ? 0 : NGX_DECLINED;
}


/* NULL if it is absent or null, or if there is no object */

static json_t *
ngx_grip_lambda_member(ngx_grip_lambda_reader_t *reader, const char *name)
{
    json_t  *value;

    value = json_object_get(reader->root, name);

    return json_is_null(value) ? NULL : value;
}


static ngx_int_t
ngx_grip_lambda_declined(ngx_grip_lambda_reader_t *reader, const char *err)
{
    reader->answer.err = err;

    return NGX_DECLINED;
}
