
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * JSON in rules: looked up in a message, or in another text.
 */


#include "request/ngx_http_grip_directive.h"
#include "request/ngx_http_grip_value.h"
#include "websocket/ngx_http_grip_message_json.h"
#include "websocket/ngx_http_grip_websocket.h"


/* what a "grip_json_set" line says */

typedef struct {
    ngx_array_t                  keys;           /* ngx_str_t */
    ngx_http_grip_value_t       *from;           /* NULL: the message */
} ngx_http_grip_json_set_t;


/* a text other than the message, and what it was found to be */

typedef struct ngx_http_grip_json_text_s  ngx_http_grip_json_text_t;

struct ngx_http_grip_json_text_s {
    ngx_http_grip_json_text_t   *next;
    ngx_grip_document_t         *document;       /* NULL: no JSON */
    size_t                       len;
    u_char                       data[1];
};


struct ngx_http_grip_json_texts_s {
    ngx_http_grip_json_text_t   *text;           /* the latest first */
};


/* of texts that are kept, all of whom take no more than one may */
#define NGX_HTTP_GRIP_JSON_TEXTS_MAX   16


static ngx_int_t ngx_http_grip_json_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_grip_json_message(ngx_http_grip_ctx_t *ctx);
static void ngx_http_grip_json_message_cleanup(void *data);
static ngx_int_t ngx_http_grip_json_text_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_grip_json_lookup(ngx_http_request_t *r,
    ngx_grip_document_t *document, ngx_http_grip_json_set_t *set,
    ngx_str_t *found);
static ngx_http_grip_json_text_t *ngx_http_grip_json_text(
    ngx_http_request_t *r, ngx_str_t *text);
static ngx_http_grip_json_texts_t *ngx_http_grip_json_texts(
    ngx_http_request_t *r);
static void ngx_http_grip_json_keep(ngx_http_grip_json_texts_t *texts,
    ngx_uint_t n, size_t size);
static void ngx_http_grip_json_cleanup(void *data);


char *
ngx_http_grip_message_json_set(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t                 *value, *key, text;
    ngx_uint_t                 i, literal;
    ngx_http_variable_t       *var;
    ngx_http_grip_json_set_t  *set;

    value = cf->args->elts;

    if (value[1].len < 2 || value[1].data[0] != '$') {
        return ngx_http_grip_directive_invalid(cf, "variable name", &value[1]);
    }

    value[1].len--;
    value[1].data++;

    var = ngx_http_add_variable(cf, &value[1], NGX_HTTP_VAR_NOCACHEABLE);
    if (var == NULL) {
        return NGX_CONF_ERROR;
    }

    if (var->get_handler) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the variable \"$%V\" is defined already",
                           &value[1]);
        return NGX_CONF_ERROR;
    }

    set = ngx_pcalloc(cf->pool, sizeof(ngx_http_grip_json_set_t));
    if (set == NULL) {
        return NGX_CONF_ERROR;
    }

    var->get_handler = ngx_http_grip_json_variable;
    var->data = (uintptr_t) set;

    i = 2;

    /* a key may be anything else that begins so */

    if (ngx_http_grip_parameter(&value[2], "from", &text)
        && ngx_http_grip_has_variables(&text))
    {
        set->from = ngx_http_grip_directive_value(cf, &text, &literal);
        if (set->from == NULL) {
            return NGX_CONF_ERROR;
        }

        var->get_handler = ngx_http_grip_json_text_variable;
        i = 3;
    }

    if (i == cf->args->nelts) {
        return "has no key";
    }

    if (ngx_array_init(&set->keys, cf->pool, cf->args->nelts - i,
                       sizeof(ngx_str_t))
        != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    for ( /* void */ ; i < cf->args->nelts; i++) {
        key = ngx_array_push(&set->keys);
        if (key == NULL) {
            return NGX_CONF_ERROR;
        }

        *key = value[i];
    }

    return NGX_CONF_OK;
}


/* the message is parsed at most once; a value is copied, as the document
   ends with the event */

static ngx_int_t
ngx_http_grip_json_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_http_grip_json_set_t *set = (ngx_http_grip_json_set_t *) data;

    ngx_int_t                   rc;
    ngx_str_t                   text;
    ngx_http_grip_ctx_t        *ctx;
    ngx_http_grip_websocket_t  *ws;

    v->not_found = 1;

    ctx = ngx_http_grip_ctx_find(r);

    if (ctx == NULL || ctx->websocket == NULL) {
        return NGX_OK;
    }

    ws = ctx->websocket;

    if (!ws->parsed && ngx_http_grip_json_message(ctx) != NGX_OK) {
        return ngx_http_grip_value_failed(r, v);
    }

    if (ws->document == NULL) {
        return NGX_OK;
    }

    /* rules ask for the same one time and again */

    if (ws->looked_up == &set->keys) {
        return ws->found.data ? ngx_http_grip_value_set(v, &ws->found)
                              : NGX_OK;
    }

    rc = ngx_http_grip_json_lookup(r, ws->document, set, &text);

    if (rc == NGX_ERROR) {
        return ngx_http_grip_value_failed(r, v);
    }

    ws->looked_up = &set->keys;

    if (rc == NGX_DECLINED) {
        ngx_str_null(&ws->found);
        return NGX_OK;
    }

    ws->found = text;

    return ngx_http_grip_value_set(v, &text);
}


/* the document ends with the event, of the last one with the request */

static ngx_int_t
ngx_http_grip_json_message(ngx_http_grip_ctx_t *ctx)
{
    ngx_pool_cleanup_t         *cln;
    ngx_http_grip_websocket_t  *ws;

    ws = ctx->websocket;

    if (!ws->freed) {
        cln = ngx_pool_cleanup_add(ctx->pool, 0);
        if (cln == NULL) {
            return NGX_ERROR;
        }

        cln->handler = ngx_http_grip_json_message_cleanup;
        cln->data = ws;

        ws->freed = 1;
    }

    if (ngx_grip_document_parse(ws->message.data, ws->message.len,
                                &ws->document)
        == NGX_ERROR)
    {
        return NGX_ERROR;
    }

    ws->parsed = 1;

    return NGX_OK;
}


static void
ngx_http_grip_json_message_cleanup(void *data)
{
    ngx_http_grip_websocket_t *ws = data;

    ngx_grip_document_free(ws->document);
}


static ngx_int_t
ngx_http_grip_json_text_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_http_grip_json_set_t *set = (ngx_http_grip_json_set_t *) data;

    ngx_int_t                   rc;
    ngx_str_t                   text;
    ngx_http_grip_json_text_t  *from;

    if (ngx_http_grip_value_get(r, set->from, &text) != NGX_OK) {
        return ngx_http_grip_value_failed(r, v);
    }

    v->not_found = 1;

    if (text.len == 0 || text.len > NGX_GRIP_DOCUMENT_SIZE_MAX) {
        return NGX_OK;
    }

    from = ngx_http_grip_json_text(r, &text);
    if (from == NULL) {
        return ngx_http_grip_value_failed(r, v);
    }

    if (from->document == NULL) {
        return NGX_OK;
    }

    rc = ngx_http_grip_json_lookup(r, from->document, set, &text);

    if (rc != NGX_OK) {
        return rc == NGX_DECLINED ? NGX_OK : ngx_http_grip_value_failed(r, v);
    }

    return ngx_http_grip_value_set(v, &text);
}


static ngx_int_t
ngx_http_grip_json_lookup(ngx_http_request_t *r, ngx_grip_document_t *document,
    ngx_http_grip_json_set_t *set, ngx_str_t *found)
{
    ngx_int_t  rc;
    ngx_str_t  value;

    rc = ngx_grip_document_lookup(document, set->keys.elts, set->keys.nelts,
                                  &value);
    if (rc != NGX_OK) {
        return rc;
    }

    found->len = value.len;
    found->data = ngx_pnalloc(r->pool, value.len);
    if (found->data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(found->data, value.data, value.len);

    return NGX_OK;
}


/*
 * Several variables look into the same text, and each rule asks for them
 * anew: a text is parsed once while it is among the latest.
 */

static ngx_http_grip_json_text_t *
ngx_http_grip_json_text(ngx_http_request_t *r, ngx_str_t *text)
{
    ngx_http_grip_json_text_t   *t, **last;
    ngx_http_grip_json_texts_t  *texts;

    texts = ngx_http_grip_json_texts(r);
    if (texts == NULL) {
        return NULL;
    }

    for (last = &texts->text; *last; last = &t->next) {
        t = *last;

        if (t->len == text->len
            && ngx_memcmp(t->data, text->data, t->len) == 0)
        {
            *last = t->next;
            t->next = texts->text;
            texts->text = t;

            return t;
        }
    }

    ngx_http_grip_json_keep(texts, NGX_HTTP_GRIP_JSON_TEXTS_MAX - 1,
                            NGX_GRIP_DOCUMENT_SIZE_MAX - text->len);

    t = ngx_alloc(offsetof(ngx_http_grip_json_text_t, data) + text->len,
                  r->connection->log);
    if (t == NULL) {
        return NULL;
    }

    t->len = text->len;
    ngx_memcpy(t->data, text->data, text->len);

    if (ngx_grip_document_parse(t->data, t->len, &t->document) == NGX_ERROR) {
        ngx_free(t);
        return NULL;
    }

    t->next = texts->text;
    texts->text = t;

    return t;
}


static ngx_http_grip_json_texts_t *
ngx_http_grip_json_texts(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t   *cln;
    ngx_http_grip_ctx_t  *ctx;

    ctx = ngx_http_grip_ctx_get(r);

    if (ctx == NULL) {
        return NULL;
    }

    if (ctx->json_texts == NULL) {
        cln = ngx_pool_cleanup_add(ctx->pool,
                                   sizeof(ngx_http_grip_json_texts_t));
        if (cln == NULL) {
            return NULL;
        }

        cln->handler = ngx_http_grip_json_cleanup;

        ctx->json_texts = cln->data;
        ctx->json_texts->text = NULL;
    }

    return ctx->json_texts;
}


/* forgets the oldest texts but that many, and of that many bytes */

static void
ngx_http_grip_json_keep(ngx_http_grip_json_texts_t *texts, ngx_uint_t n,
    size_t size)
{
    ngx_http_grip_json_text_t  *t, **last;

    last = &texts->text;

    while (*last && n && (*last)->len <= size) {
        n--;
        size -= (*last)->len;
        last = &(*last)->next;
    }

    while (*last) {
        t = *last;
        *last = t->next;

        ngx_grip_document_free(t->document);
        ngx_free(t);
    }
}


static void
ngx_http_grip_json_cleanup(void *data)
{
    ngx_http_grip_json_keep(data, 0, 0);
}
