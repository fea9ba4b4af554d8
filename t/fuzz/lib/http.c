
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * A request, and what stands for the rest of the module: publishing checks and
 * writes each item, the log is looked at, all that comes from the proxy is
 * believed.
 */


#include "function/ngx_http_grip_api_gateway.h"
#include "function/ngx_http_grip_call.h"
#include "function/ngx_http_grip_lambda_set.h"
#include "lib/http.h"
#include "publish/ngx_http_grip_publication.h"
#include "request/ngx_http_grip_headers.h"
#include "request/ngx_http_grip_limit.h"
#include "request/ngx_http_grip_notice.h"
#include "verify/ngx_http_grip_verify.h"


ngx_module_t  ngx_http_faas_grip_module = { .ctx_index = 0 };
ngx_module_t  ngx_http_core_module = { .ctx_index = 1 };

volatile ngx_time_t  *ngx_cached_time;


fuzz_request_t *
fuzz_request(void)
{
    fuzz_request_t      *fr;
    ngx_http_request_t  *r;

    fr = memset(fuzz_alloc(sizeof(fuzz_request_t)), 0, sizeof(fuzz_request_t));
    r = &fr->request;

    fr->log.log_level = NGX_LOG_INFO;
    fr->connection.log = &fr->log;
    fr->core_srv_conf.large_client_header_buffers.size = 1024;
    ngx_str_set(&fr->loc_conf.prefix, "prefix-");
    fr->loc_conf.connection = 1;
    fr->loc_conf.max_events = 10;

    fr->ctxs[0] = &fr->ctx;
    fr->loc_confs[0] = &fr->loc_conf;
    fr->srv_confs[1] = &fr->core_srv_conf;

    fr->ctx.pool = &fr->pool;

    r->main = r;
    r->pool = &fr->pool;
    r->connection = &fr->connection;
    r->http_connection = &fr->http_connection;
    r->ctx = fr->ctxs;
    r->loc_conf = fr->loc_confs;
    r->srv_conf = fr->srv_confs;

    (void) ngx_list_init(&r->headers_in.headers, r->pool, 2,
                         sizeof(ngx_table_elt_t));
    (void) ngx_list_init(&r->headers_out.headers, r->pool, 2,
                         sizeof(ngx_table_elt_t));

    return fr;
}


void
fuzz_request_end(fuzz_request_t *fr)
{
    ngx_pool_cleanup_t  *cln;

    for (cln = fr->pool.cleanup; cln; cln = cln->next) {
        if (cln->handler) {
            cln->handler(cln->data);
        }
    }
}


void
fuzz_header(ngx_list_t *headers, ngx_str_t *name, ngx_str_t *value)
{
    ngx_table_elt_t  *h;

    h = memset(ngx_list_push(headers), 0, sizeof(ngx_table_elt_t));

    h->hash = 1;
    h->key = *name;
    h->value = *value;
    h->lowcase_key = fuzz_room(name->len).data;
    ngx_strlow(h->lowcase_key, name->data, name->len);
}


ngx_uint_t
fuzz_token(ngx_str_t *text)
{
    size_t  i;

    static const char  chars[] =
        "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    for (i = 0; i < text->len; i++) {
        if (text->data[i] == '\0' || strchr(chars, text->data[i]) == NULL) {
            return 0;
        }
    }

    return text->len != 0;
}


ngx_uint_t
fuzz_line(ngx_str_t *text)
{
    return !fuzz_has_controls(text, "\t");
}


void
ngx_http_grip_notice(ngx_http_request_t *r, ngx_uint_t level, const char *fmt,
    ...)
{
    u_char     text[1024];
    va_list    args;
    ngx_str_t  line;

    va_start(args, fmt);

    line.data = text;
    line.len = ngx_vslprintf(text, text + sizeof(text), fmt, args) - text;

    va_end(args);

    fuzz_holds(line.len && !fuzz_has_controls(&line, ""));
}


void
ngx_http_grip_notice_kind(ngx_http_request_t *r, ngx_uint_t level,
    const char *kind, const char *fmt, ...)
{
    fuzz_holds(level == NGX_LOG_INFO && strlen(kind) < 100);
}


ngx_str_t
ngx_http_grip_notice_text(ngx_http_request_t *r, ngx_str_t *text)
{
    size_t     i;
    ngx_str_t  line;

    line = fuzz_copy(text->data,
                     ngx_min(text->len, NGX_HTTP_GRIP_NOTICE_TEXT));

    for (i = 0; i < line.len; i++) {
        if (line.data[i] < ' ' || line.data[i] == 0x7f) {
            line.data[i] = ' ';
        }
    }

    return line;
}


void
ngx_http_grip_limit(ngx_http_request_t *r, ngx_uint_t limit)
{
    fuzz_holds(limit <= NGX_HTTP_GRIP_LIMIT_ITEM);
}


ngx_int_t
ngx_http_grip_verify_connection(ngx_http_request_t *r)
{
    return NGX_OK;
}


ngx_http_grip_publication_t *
ngx_http_grip_publication_create(ngx_http_request_t *r)
{
    return ngx_pcalloc(r->pool, sizeof(ngx_http_grip_publication_t));
}


ngx_uint_t
ngx_http_grip_publication_formats(ngx_http_grip_publication_t *pub,
    ngx_uint_t binary)
{
    return NGX_GRIP_FORMAT_WS_MESSAGE;
}


ngx_int_t
ngx_http_grip_publication_add(ngx_http_grip_publication_t *pub,
    ngx_grip_item_t *item, ngx_uint_t required)
{
    ngx_str_t  json, channel;

    pub->invalid = ngx_grip_item_check(item);

    if (pub->invalid) {
        return NGX_DECLINED;
    }

    json = fuzz_room(ngx_grip_item_write(NULL, item));
    fuzz_holds(ngx_grip_item_write(json.data, item) == json.len);

    channel = fuzz_string(fuzz_member(fuzz_json(&json), "channel"));
    fuzz_holds(channel.len > item->prefix.len);

    pub->nitems++;

    return (item->content.len > 64) ? NGX_ABORT : NGX_OK;
}


/* what is reached by a request that is made, and by no answer that is read */

ngx_http_grip_ctx_t *
ngx_http_grip_ctx_create(ngx_http_request_t *r)
{
    fuzz_holds(!"reached");
}


ngx_http_grip_ctx_t *
ngx_http_grip_ctx_recover(ngx_http_request_t *r)
{
    fuzz_holds(!"reached");
}


ngx_int_t
ngx_http_send_header(ngx_http_request_t *r)
{
    fuzz_holds(!"reached");
}


ngx_int_t
ngx_http_output_filter(ngx_http_request_t *r, ngx_chain_t *chain)
{
    fuzz_holds(!"reached");
}


ngx_uint_t
ngx_http_grip_call_marked(ngx_http_grip_call_t *call)
{
    static ngx_str_t  name = ngx_string("x-amz-function-error");

    return ngx_http_grip_headers_sent(call->subrequest, &name);
}


ngx_uint_t
ngx_http_grip_call_request_passes(ngx_table_elt_t *h)
{
    fuzz_holds(!"reached");
}


ngx_array_t *
ngx_http_grip_lambda_set_headers(ngx_http_request_t *r,
    ngx_http_grip_lambda_set_passes_pt passes)
{
    fuzz_holds(!"reached");
}


ngx_int_t
ngx_http_grip_api_gateway_names(ngx_http_request_t *r,
    ngx_grip_api_gateway_t *event)
{
    fuzz_holds(!"reached");
}


ngx_int_t
ngx_http_grip_api_gateway_metas(ngx_http_request_t *r,
    ngx_grip_api_gateway_t *event)
{
    fuzz_holds(!"reached");
}


ngx_int_t
ngx_http_grip_api_gateway_variables(ngx_http_request_t *r,
    ngx_grip_api_gateway_t *event)
{
    fuzz_holds(!"reached");
}


ngx_int_t
ngx_http_grip_api_gateway_utf8(ngx_http_request_t *r, ngx_str_t *text)
{
    fuzz_holds(!"reached");
}
