
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include "hold/ngx_http_grip_hold_resume.h"
#include "request/ngx_http_grip_content.h"
#include "request/ngx_http_grip_last_id.h"
#include "verify/ngx_http_grip_verify.h"
#include "wire/ngx_grip_control.h"


static ngx_int_t ngx_http_grip_hold_resume_channel(ngx_http_request_t *r,
    ngx_http_grip_resume_t *resume);
static ngx_int_t ngx_http_grip_hold_resume_keep(ngx_http_request_t *r,
    ngx_http_grip_value_t *value, ngx_str_t *kept);
static ngx_int_t ngx_http_grip_hold_resume_from(ngx_http_request_t *r,
    ngx_http_grip_resume_t *resume, ngx_grip_history_query_t *query);
static ngx_int_t ngx_http_grip_hold_resume_says(ngx_http_request_t *r,
    ngx_str_t *id);
static void ngx_http_grip_hold_resume_gone(ngx_http_grip_resume_t *resume,
    ngx_grip_history_query_t *query);
static ngx_str_t ngx_http_grip_hold_resume_type(ngx_http_request_t *r,
    ngx_http_grip_resume_t *resume);
static ngx_uint_t ngx_http_grip_hold_resume_answers(ngx_http_request_t *r,
    ngx_grip_history_query_t *query);
static void ngx_http_grip_hold_resume_discard(ngx_chain_t *in);
static ngx_int_t ngx_http_grip_hold_resume_append(ngx_http_request_t *r,
    ngx_http_grip_resume_t *resume, ngx_chain_t *in);
static ngx_int_t ngx_http_grip_hold_resume_large(ngx_http_request_t *r,
    ngx_grip_history_query_t *query, size_t size, u_char **records);


ngx_int_t
ngx_http_grip_hold_resume(ngx_http_request_t *r)
{
    ngx_int_t                  rc;
    ngx_http_grip_ctx_t       *ctx;
    ngx_grip_history_query_t   query;
    ngx_http_grip_loc_conf_t  *glcf;

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);

    if (glcf->history == NULL || !ngx_http_grip_hold_wanted(r)) {
        return NGX_DECLINED;
    }

    /* an error page is not held, and tells of the error */

    if (r->err_status && r->err_status != NGX_HTTP_OK) {
        return NGX_DECLINED;
    }

    rc = ngx_http_grip_hold_resume_begin(r, &query);

    if (rc != NGX_OK) {
        return rc == NGX_DECLINED ? rc : NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (!ngx_http_grip_hold_resume_answers(r, &query)) {
        return NGX_DECLINED;
    }

    ctx = ngx_http_grip_ctx_find(r);

    /* "error_page ... =200" is for the content */

    r->err_status = 0;

    rc = ngx_http_grip_hold_resume_send(r, ctx->resume);

    /* to the phase NGX_OK would mean that the next one is to come */

    ngx_http_finalize_request(r, rc);

    return NGX_DONE;
}


/* whether what was missed is sent instead of the location's content */

static ngx_uint_t
ngx_http_grip_hold_resume_answers(ngx_http_request_t *r,
    ngx_grip_history_query_t *query)
{
    ngx_http_grip_ctx_t       *ctx;
    ngx_http_grip_loc_conf_t  *glcf;

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);
    ctx = ngx_http_grip_ctx_find(r);

    return glcf->hold->mode == NGX_HTTP_GRIP_HOLD_RESPONSE
           ? ctx->resume->answered : query->resumed;
}


ngx_int_t
ngx_http_grip_hold_resume_late(ngx_http_request_t *r,
    ngx_http_grip_ctx_t *ctx)
{
    ngx_int_t                  rc;
    ngx_str_t                  type;
    ngx_http_grip_resume_t    *resume;
    ngx_grip_history_query_t   query;

    rc = ngx_http_grip_hold_resume_begin(r, &query);

    if (rc != NGX_OK) {
        return rc;
    }

    resume = ctx->resume;

    /* a compressed stream is not held */

    if (!ngx_http_grip_hold_resume_answers(r, &query)
        || (!resume->answered && ngx_http_grip_headers_encoded(r)))
    {
        return NGX_OK;
    }

    resume->instead = 1;
    resume->alone = 1;

    r->err_status = 0;
    r->headers_out.status = resume->status;
    r->headers_out.status_line.len = 0;

    type = ngx_http_grip_hold_resume_type(r, resume);

    r->headers_out.content_type = type;
    r->headers_out.content_type_len = type.len;
    r->headers_out.content_type_lowcase = NULL;
    ngx_str_null(&r->headers_out.charset);

    ngx_http_clear_content_length(r);

    return NGX_OK;
}


ngx_int_t
ngx_http_grip_hold_resume_body(ngx_http_request_t *r,
    ngx_http_grip_resume_t *resume, ngx_chain_t *in)
{
    if (resume->instead) {
        ngx_http_grip_hold_resume_discard(in);
    }

    return resume->items.len ? ngx_http_grip_hold_resume_append(r, resume, in)
                             : NGX_OK;
}


static void
ngx_http_grip_hold_resume_discard(ngx_chain_t *in)
{
    ngx_buf_t    *b;
    ngx_chain_t  *cl;

    for (cl = in; cl; cl = cl->next) {
        b = cl->buf;

        b->pos = b->last;
        b->file_pos = b->file_last;

        /* else the writer would be alarmed by nothing */

        b->temporary = 0;
        b->memory = 0;
        b->mmap = 0;
        b->in_file = 0;
        b->sync = 1;
    }
}


static ngx_int_t
ngx_http_grip_hold_resume_append(ngx_http_request_t *r,
    ngx_http_grip_resume_t *resume, ngx_chain_t *in)
{
    ngx_buf_t    *b;
    ngx_chain_t  *cl;

    for (cl = in; cl && !cl->buf->last_buf; cl = cl->next) { /* void */ }

    if (cl == NULL) {
        return NGX_OK;
    }

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->pos = resume->items.data;
    b->last = b->pos + resume->items.len;
    b->memory = 1;
    b->last_buf = 1;
    b->last_in_chain = 1;

    resume->items.len = 0;

    cl->buf->last_buf = 0;
    cl->buf->last_in_chain = 0;

    if (ngx_buf_size(cl->buf) == 0) {
        cl->buf = b;
        return NGX_OK;
    }

    cl->next = ngx_alloc_chain_link(r->pool);
    if (cl->next == NULL) {
        return NGX_ERROR;
    }

    cl->next->buf = b;
    cl->next->next = NULL;

    return NGX_OK;
}


ngx_int_t
ngx_http_grip_hold_resume_begin(ngx_http_request_t *r,
    ngx_grip_history_query_t *query)
{
    ngx_int_t                   rc;
    ngx_http_grip_ctx_t        *ctx;
    ngx_http_grip_resume_t     *resume;
    ngx_http_grip_loc_conf_t   *glcf;
    ngx_http_grip_hold_conf_t  *hold;

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);
    hold = glcf->hold;

    if (hold->channels == NULL) {
        return NGX_DECLINED;
    }

    ctx = ngx_http_grip_ctx_get(r);
    resume = ngx_pcalloc(r->pool, sizeof(ngx_http_grip_resume_t));

    if (ctx == NULL || resume == NULL) {
        return NGX_ERROR;
    }

    /* a location before an internal redirect may have had one */

    ctx->resume = NULL;

    if (ctx->held || ctx->websocket) {
        return NGX_DECLINED;
    }

    rc = ngx_http_grip_hold_resume_channel(r, resume);

    if (rc == NGX_OK) {
        rc = ngx_http_grip_hold_headers_metas(r, hold, &resume->metas);
    }

    if (rc != NGX_OK) {
        return rc;
    }

    if (hold->mode != NGX_HTTP_GRIP_HOLD_RESPONSE) {

        if (ngx_http_grip_hold_resume_keep(r, hold->keepalive,
                                           &resume->keepalive)
            != NGX_OK
            || ngx_http_grip_hold_resume_keep(r, hold->gone, &resume->gone)
               != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (!ngx_http_grip_hold_link_fits(r, resume)) {
            return NGX_DECLINED;
        }
    }

    ngx_memzero(query, sizeof(ngx_grip_history_query_t));

    query->channel = resume->channel;
    query->initial = hold->history_initial;

    if (ngx_http_grip_hold_resume_from(r, resume, query) != NGX_OK
        || ngx_http_grip_hold_resume_read(r, resume, query) != NGX_OK)
    {
        return NGX_ERROR;
    }

    ctx->resume = resume;

    if (hold->mode != NGX_HTTP_GRIP_HOLD_RESPONSE) {
        return ngx_http_grip_hold_link_write(r, resume);
    }

    if (query->lost && !hold->history_continue) {
        ngx_http_grip_hold_resume_gone(resume, query);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_grip_hold_resume_channel(ngx_http_request_t *r,
    ngx_http_grip_resume_t *resume)
{
    u_char                    *p;
    ngx_str_t                  name;
    ngx_http_grip_channel_t   *channel;
    ngx_http_grip_loc_conf_t  *glcf;

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);
    channel = glcf->hold->channels->elts;

    if (ngx_http_grip_value_get(r, &channel->channel, &name) != NGX_OK) {
        return NGX_ERROR;
    }

    if (!ngx_grip_control_channel_valid(&name)
        || ngx_grip_control_channel_of_one(&name)
        || glcf->prefix.len + name.len > NGX_HTTP_GRIP_HISTORY_NAME)
    {
        return NGX_DECLINED;
    }

    resume->channel.len = glcf->prefix.len + name.len;
    resume->channel.data = ngx_pnalloc(r->pool, resume->channel.len);
    if (resume->channel.data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_cpymem(resume->channel.data, glcf->prefix.data, glcf->prefix.len);
    ngx_memcpy(p, name.data, name.len);

    return NGX_OK;
}


static ngx_int_t
ngx_http_grip_hold_resume_keep(ngx_http_request_t *r,
    ngx_http_grip_value_t *value, ngx_str_t *kept)
{
    if (value == NULL || ngx_http_grip_value_literal(value)) {
        return NGX_OK;
    }

    return ngx_http_grip_value_get(r, value, kept);
}


/* where the client says that it is; what is none of our ids is none of ours */

static ngx_int_t
ngx_http_grip_hold_resume_from(ngx_http_request_t *r,
    ngx_http_grip_resume_t *resume, ngx_grip_history_query_t *query)
{
    ngx_str_t  id;

    if (ngx_http_grip_last_id_of(r, &resume->channel, &id) != NGX_OK
        && ngx_http_grip_hold_resume_says(r, &id) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (id.len == 0) {
        return NGX_OK;
    }

    query->resumed = 1;
    query->foreign = (ngx_grip_history_id_read(&query->from, &id) != NGX_OK);

    return NGX_OK;
}


/* where the client itself says so, or an empty text */

static ngx_int_t
ngx_http_grip_hold_resume_says(ngx_http_request_t *r, ngx_str_t *id)
{
    ngx_str_t                 *header;
    ngx_uint_t                 i;
    ngx_array_t               *list;
    ngx_http_grip_value_t     *from;
    ngx_http_grip_loc_conf_t  *glcf;

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);
    list = glcf->hold->history_from;

    ngx_str_null(id);

    if (list == NULL) {
        header = ngx_http_grip_header_in(r, "last-event-id");

        if (header) {
            *id = *header;
        }

        return NGX_OK;
    }

    from = list->elts;

    for (i = 0; i < list->nelts && id->len == 0; i++) {
        if (ngx_http_grip_value_get(r, &from[i], id) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* a response tells so instead of what is kept */

static void
ngx_http_grip_hold_resume_gone(ngx_http_grip_resume_t *resume,
    ngx_grip_history_query_t *query)
{
    ngx_grip_history_id_write(resume->position.data, &query->last);

    ngx_str_set(&resume->items, "The position is not known any more.\n");
    ngx_str_set(&resume->type, "text/plain");

    resume->status = NGX_HTTP_GRIP_GONE;
    resume->answered = 1;
}


static ngx_str_t
ngx_http_grip_hold_resume_type(ngx_http_request_t *r,
    ngx_http_grip_resume_t *resume)
{
    ngx_str_t                  type;
    ngx_http_grip_loc_conf_t  *glcf;

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);

    type = resume->type.len ? resume->type : glcf->hold->body_type;

    if (type.len == 0) {
        ngx_str_set(&type, "text/plain");
    }

    return type;
}


ngx_int_t
ngx_http_grip_hold_resume_send(ngx_http_request_t *r,
    ngx_http_grip_resume_t *resume)
{
    ngx_int_t                  rc;
    ngx_str_t                  body, type;
    ngx_http_grip_loc_conf_t  *glcf;

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    body = resume->items;

    if (glcf->hold->mode == NGX_HTTP_GRIP_HOLD_SSE && !resume->quiet) {
        body.data -= NGX_HTTP_GRIP_COMMENT_LEN;
        body.len += NGX_HTTP_GRIP_COMMENT_LEN;
        resume->quiet = 1;
    }

    type = ngx_http_grip_hold_resume_type(r, resume);

    /* it is the body, and does not go behind it */

    resume->alone = 1;
    resume->items.len = 0;

    if (glcf->hold->mode == NGX_HTTP_GRIP_HOLD_RESPONSE) {
        resume->answered = 1;
    }

    return ngx_http_grip_content_send(r, resume->status, &type, &body);
}


ngx_int_t
ngx_http_grip_hold_resume_read(ngx_http_request_t *r,
    ngx_http_grip_resume_t *resume, ngx_grip_history_query_t *query)
{
    size_t                      size;
    u_char                     *records;
    ngx_http_grip_loc_conf_t   *glcf;
    ngx_grip_history_record_t   record;

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);

    resume->hold = glcf->hold;
    resume->status = NGX_HTTP_OK;

    resume->position.len = NGX_GRIP_HISTORY_ID_LEN;
    resume->position.data = ngx_pnalloc(r->pool, NGX_GRIP_HISTORY_ID_LEN);

    if (resume->position.data == NULL
        || ngx_http_grip_history_read(glcf->history, query, &records)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (query->len) {
        size = ngx_grip_history_record_read(&record, records, query->len);

        if (size > query->len
            && ngx_http_grip_hold_resume_large(r, query, size, &records)
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return ngx_http_grip_hold_resume_items(r, resume, query, records);
}


/*
 * The first record is longer than what is copied in one go.  If it goes while
 * it is read, what follows is answered to the next request.
 */

static ngx_int_t
ngx_http_grip_hold_resume_large(ngx_http_request_t *r,
    ngx_grip_history_query_t *query, size_t size, u_char **records)
{
    u_char                    *p, *part;
    unsigned                   lost;
    ngx_grip_history_query_t   next;
    ngx_http_grip_loc_conf_t  *glcf;

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);

    p = ngx_palloc(r->pool, size);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(p, *records, query->len);

    lost = query->lost;

    while (query->len < size) {

        next = *query;
        next.skip = query->len;
        next.resumed = 1;
        next.foreign = 0;
        next.told = 1;

        if (ngx_http_grip_history_read(glcf->history, &next, &part)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (next.lost || next.len == 0) {
            query->len = 0;
            break;
        }

        next.len = ngx_min(next.len, size - query->len);

        ngx_memcpy(p + query->len, part, next.len);
        query->len += next.len;
    }

    query->lost = lost;
    *records = p;

    return NGX_OK;
}
