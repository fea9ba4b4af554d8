
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The parts that a request of our own has of the client's request that it was
 * made for.
 */


#include "detached/ngx_http_grip_detached_copy.h"
#include "request/ngx_http_grip_compat.h"
#include "request/ngx_http_grip_headers.h"


typedef struct {
    ngx_uint_t  index;
    ngx_uint_t  bound;                           /* a flag: to a connection */
} ngx_http_grip_detached_variable_t;


static ngx_int_t ngx_http_grip_detached_copy_connection(ngx_connection_t *c,
    ngx_connection_t *from);
static ngx_int_t ngx_http_grip_detached_copy_sockaddr(ngx_pool_t *pool,
    struct sockaddr **dst, socklen_t *dst_len, struct sockaddr *src,
    socklen_t len);
static ngx_int_t ngx_http_grip_detached_copy_request(ngx_http_request_t *mr,
    ngx_http_request_t *r);
static ngx_int_t ngx_http_grip_detached_copy_headers(ngx_http_request_t *mr,
    ngx_http_request_t *r);
static ngx_int_t ngx_http_grip_detached_copy_header(ngx_http_request_t *mr,
    ngx_table_elt_t *from);
static ngx_int_t ngx_http_grip_detached_copy_variables(
    ngx_http_request_t *mr, ngx_http_request_t *r);
static ngx_array_t *ngx_http_grip_detached_copied(ngx_http_request_t *r,
    ngx_http_core_main_conf_t *cmcf);
static ngx_uint_t ngx_http_grip_detached_copy_bound(ngx_str_t *name);
static ngx_int_t ngx_http_grip_detached_copy_value(ngx_pool_t *pool,
    ngx_http_variable_value_t *dst, ngx_http_variable_value_t *src);
static ngx_int_t ngx_http_grip_detached_copy_verdict(ngx_http_request_t *mr,
    ngx_http_request_t *r);


/* variables that modules read from a connection or its pool, protocol's too */

static ngx_str_t  ngx_http_grip_detached_copy_names[] = {
    ngx_string("scheme"),
    ngx_string("https"),
    ngx_string("http2"),
    ngx_string("http3"),
    ngx_string("ssl_"),
    ngx_string("proxy_protocol_"),
    ngx_string("realip_"),
    ngx_null_string
};


ngx_int_t
ngx_http_grip_detached_copy(ngx_http_request_t *mr, ngx_http_request_t *r)
{
    *mr->http_connection = *r->http_connection;

    mr->http_connection->busy = NULL;
    mr->http_connection->nbusy = 0;
    mr->http_connection->free = NULL;

#if (NGX_HTTP_SSL && defined SSL_CTRL_SET_TLSEXT_HOSTNAME)
    mr->http_connection->ssl_servername = NULL;
#endif

    if (ngx_http_grip_detached_copy_connection(mr->connection, r->connection)
        != NGX_OK
        || ngx_http_grip_detached_copy_request(mr, r) != NGX_OK
        || ngx_http_grip_detached_copy_headers(mr, r) != NGX_OK
        || ngx_http_grip_detached_copy_variables(mr, r) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_grip_detached_copy_verdict(mr, r);
}


/* c->ssl, above all, is left out: that a client has TLS is in variables */

static ngx_int_t
ngx_http_grip_detached_copy_connection(ngx_connection_t *c,
    ngx_connection_t *from)
{
    /* the socket is asked while there is one */

    if (ngx_connection_local_sockaddr(from, NULL, 0) != NGX_OK) {
        return NGX_ERROR;
    }

    c->recv = from->recv;
    c->send = from->send;
    c->recv_chain = from->recv_chain;
    c->send_chain = from->send_chain;

    c->listening = from->listening;
    c->type = from->type;
    c->number = from->number;
    c->start_time = from->start_time;
    c->requests = from->requests;
    c->sendfile = from->sendfile;

    if (ngx_http_grip_detached_copy_sockaddr(c->pool, &c->sockaddr,
                                             &c->socklen, from->sockaddr,
                                             from->socklen)
        != NGX_OK
        || ngx_http_grip_detached_copy_sockaddr(c->pool, &c->local_sockaddr,
                                                &c->local_socklen,
                                                from->local_sockaddr,
                                                from->local_socklen)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_grip_detached_copy_str(c->pool, &c->addr_text,
                                           &from->addr_text);
}


static ngx_int_t
ngx_http_grip_detached_copy_sockaddr(ngx_pool_t *pool, struct sockaddr **dst,
    socklen_t *dst_len, struct sockaddr *src, socklen_t len)
{
    if (src == NULL) {
        return NGX_OK;
    }

    /* as long as the kind with the longest address that is read without len */

    *dst = ngx_pcalloc(pool, ngx_max(len, sizeof(struct sockaddr_in)));
    if (*dst == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(*dst, src, len);
    *dst_len = len;

    return NGX_OK;
}


static ngx_int_t
ngx_http_grip_detached_copy_request(ngx_http_request_t *mr,
    ngx_http_request_t *r)
{
    ngx_time_t  *tp;

    mr->main_conf = r->main_conf;
    mr->srv_conf = r->srv_conf;
    mr->loc_conf = r->loc_conf;

    mr->ctx = ngx_pcalloc(mr->pool, sizeof(void *) * ngx_http_max_module);
    if (mr->ctx == NULL) {
        return NGX_ERROR;
    }

    mr->header_in = ngx_calloc_buf(mr->pool);
    if (mr->header_in == NULL) {
        return NGX_ERROR;
    }

    mr->method = r->method;
    mr->http_version = r->http_version;
    mr->log_handler = r->log_handler;

    tp = ngx_timeofday();
    mr->start_sec = tp->sec;
    mr->start_msec = tp->msec;

    /* of a limit that counts a request once */

    mr->limit_conn_status = r->main->limit_conn_status;
    mr->limit_req_status = r->main->limit_req_status;

    mr->pipeline = r->pipeline;

    mr->uri_changes = NGX_HTTP_MAX_URI_CHANGES + 1;
    mr->subrequests = NGX_HTTP_MAX_SUBREQUESTS + 1;

    mr->headers_out.content_length_n = -1;
    mr->headers_out.last_modified_time = -1;

    if (ngx_http_grip_detached_copy_str(mr->pool, &mr->request_line,
                                        &r->request_line)
        != NGX_OK
        || ngx_http_grip_detached_copy_str(mr->pool, &mr->uri, &r->uri)
           != NGX_OK
        || ngx_http_grip_detached_copy_str(mr->pool, &mr->args, &r->args)
           != NGX_OK
        || ngx_http_grip_detached_copy_str(mr->pool, &mr->unparsed_uri,
                                           &r->unparsed_uri)
           != NGX_OK
        || ngx_http_grip_detached_copy_str(mr->pool, &mr->method_name,
                                           &r->method_name)
           != NGX_OK
        || ngx_http_grip_detached_copy_str(mr->pool, &mr->schema, &r->schema)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_grip_detached_copy_str(mr->pool, &mr->http_protocol,
                                           &r->http_protocol);
}


/*
 * All of them, for variables and calls; what nginx finds out about headers as
 * it reads them, each subrequest finds out about its own.
 */

static ngx_int_t
ngx_http_grip_detached_copy_headers(ngx_http_request_t *mr,
    ngx_http_request_t *r)
{
    ngx_uint_t                n;
    ngx_table_elt_t          *h;
    ngx_http_grip_headers_t   hs;

    n = 0;

    ngx_http_grip_headers_init(&hs, &r->headers_in.headers);

    while (ngx_http_grip_headers_next(&hs)) {
        n++;
    }

    if (ngx_list_init(&mr->headers_in.headers, mr->pool, n ? n : 1,
                      sizeof(ngx_table_elt_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_http_grip_headers_init(&hs, &r->headers_in.headers);

    while ((h = ngx_http_grip_headers_next(&hs)) != NULL) {

        if (ngx_http_grip_detached_copy_header(mr, h) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    mr->headers_in.content_length_n = -1;
    mr->headers_in.keep_alive_n = -1;

    return ngx_http_grip_detached_copy_str(mr->pool, &mr->headers_in.server,
                                           &r->headers_in.server);
}


static ngx_int_t
ngx_http_grip_detached_copy_header(ngx_http_request_t *mr,
    ngx_table_elt_t *from)
{
    u_char           *p;
    ngx_table_elt_t  *h;

    h = ngx_list_push(&mr->headers_in.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    h->hash = from->hash;
    h->key.len = from->key.len;
    h->value.len = from->value.len;

    p = ngx_pnalloc(mr->pool, 2 * from->key.len + from->value.len + 2);
    if (p == NULL) {
        return NGX_ERROR;
    }

    h->key.data = p;
    p = ngx_cpymem(p, from->key.data, from->key.len);
    *p++ = '\0';

    h->value.data = p;
    p = ngx_cpymem(p, from->value.data, from->value.len);
    *p++ = '\0';

    h->lowcase_key = p;
    ngx_memcpy(p, from->lowcase_key, from->key.len);

    ngx_http_grip_table_elt_last(h);

    if (h->key.len == sizeof("host") - 1
        && ngx_http_grip_headers_is(h, "host"))
    {
        mr->headers_in.host = h;
    }

    return NGX_OK;
}


/*
 * Those that can be set have values that were set; all others are evaluated
 * anew when a subrequest wants them, but for those of the connection.
 */

static ngx_int_t
ngx_http_grip_detached_copy_variables(ngx_http_request_t *mr,
    ngx_http_request_t *r)
{
    ngx_uint_t                          i, n;
    ngx_array_t                        *copied;
    ngx_http_variable_value_t          *value;
    ngx_http_core_main_conf_t          *cmcf;
    ngx_http_grip_detached_variable_t  *v;

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);
    copied = ngx_http_grip_detached_copied(r, cmcf);

    if (copied == NULL) {
        return NGX_ERROR;
    }

    mr->variables = ngx_pcalloc(mr->pool, cmcf->variables.nelts
                                          * sizeof(ngx_http_variable_value_t));
    if (mr->variables == NULL) {
        return NGX_ERROR;
    }

    v = copied->elts;

    for (i = 0; i < copied->nelts; i++) {

        n = v[i].index;

        value = v[i].bound ? ngx_http_get_indexed_variable(r, n)
                           : &r->variables[n];
        if (value == NULL) {
            return NGX_ERROR;
        }

        if (ngx_http_grip_detached_copy_value(mr->pool, &mr->variables[n],
                                              value)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (v[i].bound) {
            mr->variables[n].no_cacheable = 0;
        }
    }

    return NGX_OK;
}


/*
 * Which variables those are, in the order of their indexes: it is found out at
 * the first call, when the configuration has all indexes, and lasts as long.
 */

static ngx_array_t *
ngx_http_grip_detached_copied(ngx_http_request_t *r,
    ngx_http_core_main_conf_t *cmcf)
{
    ngx_uint_t                          i, bound;
    ngx_array_t                        *copied;
    ngx_http_variable_t                *v;
    ngx_http_grip_main_conf_t          *gmcf;
    ngx_http_grip_detached_variable_t  *copy;

    gmcf = ngx_http_get_module_main_conf(r, ngx_http_faas_grip_module);

    if (gmcf->call_detached_variables) {
        return gmcf->call_detached_variables;
    }

    copied = ngx_array_create(ngx_cycle->pool, 8,
                              sizeof(ngx_http_grip_detached_variable_t));
    if (copied == NULL) {
        return NULL;
    }

    v = cmcf->variables.elts;

    for (i = 0; i < cmcf->variables.nelts; i++) {

        bound = ngx_http_grip_detached_copy_bound(&v[i].name);

        if (!bound
            && (!(v[i].flags & NGX_HTTP_VAR_CHANGEABLE)
                || v[i].set_handler))
        {
            continue;
        }

        copy = ngx_array_push(copied);
        if (copy == NULL) {
            return NULL;
        }

        copy->index = i;
        copy->bound = bound;
    }

    gmcf->call_detached_variables = copied;

    return copied;
}


static ngx_uint_t
ngx_http_grip_detached_copy_bound(ngx_str_t *name)
{
    ngx_str_t  *bound;

    for (bound = ngx_http_grip_detached_copy_names; bound->len; bound++) {

        if (name->len >= bound->len
            && ngx_strncmp(name->data, bound->data, bound->len) == 0)
        {
            return bound->data[bound->len - 1] == '_'
                   || name->len == bound->len;
        }
    }

    return 0;
}


static ngx_int_t
ngx_http_grip_detached_copy_value(ngx_pool_t *pool,
    ngx_http_variable_value_t *dst, ngx_http_variable_value_t *src)
{
    *dst = *src;

    if (!src->valid || src->len == 0) {
        return NGX_OK;
    }

    dst->data = ngx_pnalloc(pool, src->len);
    if (dst->data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(dst->data, src->data, src->len);

    return NGX_OK;
}


static ngx_int_t
ngx_http_grip_detached_copy_verdict(ngx_http_request_t *mr,
    ngx_http_request_t *r)
{
    ngx_http_grip_ctx_t  *ctx, *from;

    ctx = ngx_http_grip_ctx_get(mr);
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    from = ngx_http_grip_ctx_find(r);
    if (from == NULL) {
        return NGX_OK;
    }

    ctx->verdict = from->verdict;
    ctx->reason = from->reason;
    ctx->keys = from->keys;
    ctx->recognised = from->recognised;
    ctx->events = from->events;

    return ngx_http_grip_detached_copy_str(ctx->pool, &ctx->iss, &from->iss);
}


ngx_int_t
ngx_http_grip_detached_copy_str(ngx_pool_t *pool, ngx_str_t *dst,
    ngx_str_t *src)
{
    dst->len = src->len;
    dst->data = NULL;

    if (src->data == NULL) {
        return NGX_OK;
    }

    dst->data = ngx_pnalloc(pool, src->len + 1);
    if (dst->data == NULL) {
        return NGX_ERROR;
    }

    *ngx_cpymem(dst->data, src->data, src->len) = '\0';

    return NGX_OK;
}
