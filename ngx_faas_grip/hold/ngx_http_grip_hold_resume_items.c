
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The items that a client has missed, in the format of its hold.
 */


#include "hold/ngx_http_grip_hold_resume.h"
#include "text/ngx_grip_line.h"
#include "text/ngx_grip_utf8.h"
#include "wire/ngx_grip_sse.h"


/* an event has this beside its name and its data, if that is one line */
#define NGX_HTTP_GRIP_HOLD_EVENT                                             \
    (sizeof("event: \nid: \ndata: \n\n") - 1 + NGX_GRIP_HISTORY_ID_LEN)

/* at first there is room for so many */
#define NGX_HTTP_GRIP_HOLD_EVENTS  512


static ngx_int_t ngx_http_grip_hold_resume_write(ngx_http_request_t *r,
    ngx_http_grip_resume_t *resume, ngx_grip_history_query_t *query,
    u_char *records, ngx_buf_t *b);
static ngx_int_t ngx_http_grip_hold_resume_one(ngx_http_request_t *r,
    ngx_http_grip_resume_t *resume, ngx_buf_t *b,
    ngx_grip_history_record_t *record, ngx_uint_t told);
static ngx_inline ngx_int_t ngx_http_grip_hold_resume_room(
    ngx_http_request_t *r, ngx_buf_t *b, size_t size);
static ngx_int_t ngx_http_grip_hold_resume_grow(ngx_http_request_t *r,
    ngx_buf_t *b, size_t size);
static void ngx_http_grip_hold_resume_next(u_char *text,
    ngx_grip_history_id_t *id, uint32_t channel);
static size_t ngx_http_grip_hold_resume_most(ngx_http_grip_hold_conf_t *hold,
    ngx_grip_history_record_t *record);
static u_char *ngx_http_grip_hold_resume_item(u_char *dst, u_char *id,
    ngx_grip_history_record_t *record);
static u_char *ngx_http_grip_hold_resume_part(u_char *dst,
    ngx_http_grip_hold_conf_t *hold, ngx_http_grip_resume_t *resume,
    ngx_grip_history_record_t *record);
static ngx_int_t ngx_http_grip_hold_resume_reset(ngx_http_request_t *r,
    ngx_buf_t *b, ngx_http_grip_hold_conf_t *hold, u_char *id);
static ngx_int_t ngx_http_grip_hold_resume_position(ngx_http_request_t *r,
    ngx_buf_t *b, u_char *id);
static u_char *ngx_http_grip_hold_resume_id(u_char *dst, u_char *id);
static ngx_uint_t ngx_http_grip_hold_resume_heard(
    ngx_http_grip_resume_t *resume, ngx_uint_t filters, ngx_str_t *user,
    ngx_grip_history_record_t *record);
static ngx_uint_t ngx_http_grip_hold_resume_same(ngx_str_t *text,
    ngx_str_t *meta);
static ngx_str_t ngx_http_grip_hold_resume_told(ngx_str_t *meta);
static ngx_int_t ngx_http_grip_hold_resume_user(ngx_http_request_t *r,
    ngx_array_t *metas, ngx_str_t *user);


ngx_int_t
ngx_http_grip_hold_resume_items(ngx_http_request_t *r,
    ngx_http_grip_resume_t *resume, ngx_grip_history_query_t *query,
    u_char *records)
{
    size_t     size;
    uint64_t   n;
    ngx_buf_t  b;

    /* mostly enough, so that events of one line are written in one go */

    n = ngx_min(query->last.number - query->from.number,
                query->len / sizeof(ngx_grip_history_head_t));
    n = ngx_min(n, NGX_HTTP_GRIP_HOLD_EVENTS);

    size = NGX_HTTP_GRIP_COMMENT_LEN + query->len
           + (size_t) (n + 1) * NGX_HTTP_GRIP_HOLD_EVENT;

    b.start = ngx_pnalloc(r->pool, size);
    if (b.start == NULL) {
        return NGX_ERROR;
    }

    b.last = ngx_cpymem(b.start, NGX_HTTP_GRIP_COMMENT,
                        NGX_HTTP_GRIP_COMMENT_LEN);
    b.end = b.start + size;

    if (ngx_http_grip_hold_resume_write(r, resume, query, records, &b)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    resume->items.data = b.start + NGX_HTTP_GRIP_COMMENT_LEN;
    resume->items.len = b.last - resume->items.data;

    if (resume->type.len == 0) {
        return NGX_OK;
    }

    /* the records are gone with the next question */

    resume->type.data = ngx_pstrdup(r->pool, &resume->type);

    return resume->type.data ? NGX_OK : NGX_ERROR;
}


/* sets the position, too, after the last item */

static ngx_int_t
ngx_http_grip_hold_resume_write(ngx_http_request_t *r,
    ngx_http_grip_resume_t *resume, ngx_grip_history_query_t *query,
    u_char *records, ngx_buf_t *b)
{
    size_t                      i, n, len;
    u_char                     *text;
    ngx_str_t                   user;
    ngx_uint_t                  lost;
    ngx_grip_history_id_t       id;
    ngx_http_grip_channel_t    *channel;
    ngx_http_grip_loc_conf_t   *glcf;
    ngx_http_grip_hold_conf_t  *hold;
    ngx_grip_history_record_t   record;

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);
    hold = glcf->hold;
    channel = hold->channels->elts;

    if (ngx_http_grip_hold_resume_user(r, resume->metas, &user) != NGX_OK) {
        return NGX_ERROR;
    }

    id = query->from;

    /* the text of the id, which is counted on as items are */

    text = resume->position.data;

    ngx_grip_history_id_write(text, &id);

    lost = 0;
    resume->answered = 0;

    if (query->lost && hold->mode == NGX_HTTP_GRIP_HOLD_SSE
        && ngx_http_grip_hold_resume_reset(r, b, hold, text) != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_memzero(&record, sizeof(ngx_grip_history_record_t));

    for (i = 0; i < query->len; i += n) {

        n = ngx_grip_history_record_read(&record, records + i, query->len - i);

        if (n > query->len - i) {
            break;
        }

        ngx_http_grip_hold_resume_next(text, &id, query->last.channel);

        if (channel->filter_mask
            && !ngx_http_grip_hold_resume_heard(resume, channel->filter_mask,
                                                &user, &record))
        {
            continue;
        }

        len = b->last - b->start;

        if (ngx_http_grip_hold_resume_one(r, resume, b, &record, query->told)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        lost = (lost || (record.flags & NGX_GRIP_HISTORY_LOST))
               && (size_t) (b->last - b->start) == len;
    }

    resume->more = (id.number < query->last.number);

    /* the client can come back from there, though it has heard no item since */

    if (hold->mode == NGX_HTTP_GRIP_HOLD_SSE
        && (lost || (b->last - b->start == NGX_HTTP_GRIP_COMMENT_LEN
                     && !query->resumed && !resume->quiet)))
    {
        return ngx_http_grip_hold_resume_position(r, b, text);
    }

    return NGX_OK;
}


/* on a page, an item may be missing that was not when the client was told */

static ngx_int_t
ngx_http_grip_hold_resume_one(ngx_http_request_t *r,
    ngx_http_grip_resume_t *resume, ngx_buf_t *b,
    ngx_grip_history_record_t *record, ngx_uint_t told)
{
    size_t                      most;
    ngx_http_grip_loc_conf_t   *glcf;
    ngx_http_grip_hold_conf_t  *hold;

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);
    hold = glcf->hold;

    if (told && (record->flags & NGX_GRIP_HISTORY_LOST)
        && hold->mode == NGX_HTTP_GRIP_HOLD_SSE)
    {
        return ngx_http_grip_hold_resume_reset(r, b, hold,
                                               resume->position.data);
    }

    most = ngx_http_grip_hold_resume_most(hold, record);

    if (ngx_http_grip_hold_resume_room(r, b, most) != NGX_OK) {
        return NGX_ERROR;
    }

    b->last = (hold->mode == NGX_HTTP_GRIP_HOLD_RESPONSE)
              ? ngx_http_grip_hold_resume_part(b->last, hold, resume, record)
              : ngx_http_grip_hold_resume_item(b->last,
                                               resume->position.data, record);

    return NGX_OK;
}


/* makes room for as many bytes more; NGX_ERROR: memory is out */

static ngx_inline ngx_int_t
ngx_http_grip_hold_resume_room(ngx_http_request_t *r, ngx_buf_t *b,
    size_t size)
{
    return (size_t) (b->end - b->last) < size
           ? ngx_http_grip_hold_resume_grow(r, b, size) : NGX_OK;
}


static ngx_int_t
ngx_http_grip_hold_resume_grow(ngx_http_request_t *r, ngx_buf_t *b,
    size_t size)
{
    u_char  *p;
    size_t   len;

    len = b->last - b->start;
    size += len + ngx_max(len, NGX_HTTP_GRIP_HISTORY_COPY);

    p = ngx_pnalloc(r->pool, size);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(p, b->start, len);
    (void) ngx_pfree(r->pool, b->start);

    b->start = p;
    b->last = p + len;
    b->end = p + size;

    return NGX_OK;
}


/* the position before the first item of a channel is not yet one of it */

static void
ngx_http_grip_hold_resume_next(u_char *text, ngx_grip_history_id_t *id,
    uint32_t channel)
{
    id->number++;

    if (id->channel == channel) {
        ngx_grip_history_id_next(text);
        return;
    }

    id->channel = channel;
    ngx_grip_history_id_write(text, id);
}


/* the most bytes that an item takes, with the separator before a response */

static size_t
ngx_http_grip_hold_resume_most(ngx_http_grip_hold_conf_t *hold,
    ngx_grip_history_record_t *record)
{
    if (hold->mode == NGX_HTTP_GRIP_HOLD_RESPONSE) {
        return hold->history_join.len + record->response.len;
    }

    if ((record->flags & (NGX_GRIP_HISTORY_EVENT|NGX_GRIP_HISTORY_LINE))
        == NGX_GRIP_HISTORY_EVENT)
    {
        return NGX_HTTP_GRIP_HOLD_EVENT + record->event.len
               + ngx_grip_sse_data(NULL, &record->stream, 0);
    }

    return NGX_HTTP_GRIP_HOLD_EVENT + record->event.len + record->stream.len;
}


/* of a stream */

static u_char *
ngx_http_grip_hold_resume_item(u_char *dst, u_char *id,
    ngx_grip_history_record_t *record)
{
    if (!(record->flags & NGX_GRIP_HISTORY_STREAM)) {
        return dst;
    }

    if (record->flags & NGX_GRIP_HISTORY_EVENT) {
        if (record->event.len) {
            dst += ngx_grip_sse_line(dst, "event: ", &record->event, 0);
        }

        dst = ngx_http_grip_hold_resume_id(dst, id);

        if (!(record->flags & NGX_GRIP_HISTORY_LINE)) {
            return dst + ngx_grip_sse_data(dst, &record->stream, 0);
        }

        dst = ngx_cpymem(dst, "data: ", sizeof("data: ") - 1);
        dst = ngx_cpymem(dst, record->stream.data, record->stream.len);

        return ngx_cpymem(dst, "\n\n", sizeof("\n\n") - 1);
    }

    if (record->flags & NGX_GRIP_HISTORY_NAMELESS) {
        dst = ngx_http_grip_hold_resume_id(dst, id);
    }

    return ngx_cpymem(dst, record->stream.data, record->stream.len);
}


/* of a response, which has the type of its last item */

static u_char *
ngx_http_grip_hold_resume_part(u_char *dst, ngx_http_grip_hold_conf_t *hold,
    ngx_http_grip_resume_t *resume, ngx_grip_history_record_t *record)
{
    if (!(record->flags & NGX_GRIP_HISTORY_RESPONSE)) {
        return dst;
    }

    if (resume->answered) {
        dst = ngx_cpymem(dst, hold->history_join.data, hold->history_join.len);
    }

    resume->answered = 1;

    if (record->type.len) {
        resume->type = record->type;
    }

    return ngx_cpymem(dst, record->response.data, record->response.len);
}


static ngx_int_t
ngx_http_grip_hold_resume_reset(ngx_http_request_t *r, ngx_buf_t *b,
    ngx_http_grip_hold_conf_t *hold, u_char *id)
{
    ngx_str_t  name, data;

    name.len = NGX_GRIP_HISTORY_ID_LEN;
    name.data = id;

    ngx_str_null(&data);

    if (ngx_http_grip_hold_resume_room(r, b, NGX_HTTP_GRIP_HOLD_EVENT
                                             + hold->history_reset.len)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    b->last += ngx_grip_sse_write(b->last, &hold->history_reset, &name, &data,
                                  0);

    return NGX_OK;
}


/* without an event */

static ngx_int_t
ngx_http_grip_hold_resume_position(ngx_http_request_t *r, ngx_buf_t *b,
    u_char *id)
{
    if (ngx_http_grip_hold_resume_room(r, b, NGX_HTTP_GRIP_HOLD_EVENT)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    b->last = ngx_http_grip_hold_resume_id(b->last, id);
    *b->last++ = '\n';

    return NGX_OK;
}


static u_char *
ngx_http_grip_hold_resume_id(u_char *dst, u_char *id)
{
    dst = ngx_cpymem(dst, "id: ", sizeof("id: ") - 1);
    dst = ngx_cpymem(dst, id, NGX_GRIP_HISTORY_ID_LEN);
    *dst++ = '\n';

    return dst;
}


/* as the filters of the proxy decide */

static ngx_uint_t
ngx_http_grip_hold_resume_heard(ngx_http_grip_resume_t *resume,
    ngx_uint_t filters, ngx_str_t *user, ngx_grip_history_record_t *record)
{
    ngx_str_t  list, name;

    if ((filters & NGX_HTTP_GRIP_FILTER_SKIP_SELF)
        && user->len
        && ngx_http_grip_hold_resume_same(user, &record->sender))
    {
        return 0;
    }

    if ((filters & NGX_HTTP_GRIP_FILTER_SKIP_USERS) && user->len) {

        list = ngx_http_grip_hold_resume_told(&record->skip_users);

        while (list.len) {
            name = ngx_grip_line_cut(&list, ',');
            ngx_grip_utf8_trim(&name);

            if (name.len == user->len
                && ngx_memcmp(name.data, user->data, name.len) == 0)
            {
                return 0;
            }
        }
    }

    if ((filters & NGX_HTTP_GRIP_FILTER_REQUIRE_SUB)
        && record->require_sub.len
        && !ngx_http_grip_hold_resume_same(&resume->channel,
                                           &record->require_sub))
    {
        return 0;
    }

    return 1;
}


/* whether a meta of an item is that text */

static ngx_uint_t
ngx_http_grip_hold_resume_same(ngx_str_t *text, ngx_str_t *meta)
{
    ngx_str_t  told;

    told = ngx_http_grip_hold_resume_told(meta);

    return told.len == text->len
           && ngx_memcmp(told.data, text->data, told.len) == 0;
}


/* a meta as the proxy reads it */

static ngx_str_t
ngx_http_grip_hold_resume_told(ngx_str_t *meta)
{
    size_t     n;
    ngx_str_t  told;

    n = ngx_grip_utf8_mark(meta);

    told.len = meta->len - n;
    told.data = meta->data + n;

    return told;
}


/* the meta of that name, of a header: user="..." */

static ngx_int_t
ngx_http_grip_hold_resume_user(ngx_http_request_t *r, ngx_array_t *metas,
    ngx_str_t *user)
{
    u_char      *p, *last, *d;
    ngx_str_t   *meta;
    ngx_uint_t   i;

    ngx_str_null(user);

    if (metas == NULL) {
        return NGX_OK;
    }

    meta = metas->elts;

    for (i = 0; i < metas->nelts; i++) {

        if (meta[i].len < sizeof("user=\"\"") - 1
            || ngx_memcmp(meta[i].data, "user=\"", sizeof("user=\"") - 1) != 0)
        {
            continue;
        }

        d = ngx_pnalloc(r->pool, meta[i].len);
        if (d == NULL) {
            return NGX_ERROR;
        }

        user->data = d;

        last = meta[i].data + meta[i].len - 1;

        for (p = meta[i].data + sizeof("user=\"") - 1; p < last; p++) {
            if (*p == '\\' && p + 1 < last) {
                p++;
            }

            *d++ = *p;
        }

        user->len = d - user->data;
        *user = ngx_http_grip_hold_resume_told(user);
    }

    return NGX_OK;
}
