
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The items that a client has missed, in the format of its hold.
 */


#include "hold/ngx_http_grip_hold_resume.h"
#include "request/ngx_http_grip_headers.h"
#include "text/ngx_grip_json.h"
#include "wire/ngx_grip_sse.h"


static size_t ngx_http_grip_hold_resume_write(u_char *dst,
    ngx_http_grip_hold_conf_t *hold, ngx_http_grip_resume_t *resume,
    ngx_grip_history_query_t *query, u_char *records, ngx_str_t *user,
    ngx_str_t *type, ngx_grip_history_id_t *id);
static void ngx_http_grip_hold_resume_next(u_char *text,
    ngx_grip_history_id_t *id, uint32_t channel);
static size_t ngx_http_grip_hold_resume_item(u_char *dst,
    ngx_http_grip_hold_conf_t *hold, ngx_grip_history_record_t *record,
    u_char *id);
static size_t ngx_http_grip_hold_resume_text(u_char *dst, ngx_str_t *text);
static ngx_uint_t ngx_http_grip_hold_resume_heard(
    ngx_http_grip_resume_t *resume, ngx_uint_t filters, ngx_str_t *user,
    ngx_grip_history_record_t *record);
static ngx_int_t ngx_http_grip_hold_resume_user(ngx_http_request_t *r,
    ngx_array_t *metas, ngx_str_t *user);
static size_t ngx_http_grip_hold_resume_reset(u_char *dst,
    ngx_http_grip_hold_conf_t *hold, u_char *id);
static size_t ngx_http_grip_hold_resume_position(u_char *dst, u_char *id);
static size_t ngx_http_grip_hold_resume_id(u_char *dst, u_char *id);


ngx_int_t
ngx_http_grip_hold_resume_items(ngx_http_request_t *r,
    ngx_http_grip_resume_t *resume, ngx_grip_history_query_t *query,
    u_char *records)
{
    u_char                    *p;
    size_t                     len;
    ngx_str_t                  user, type;
    ngx_grip_history_id_t      id;
    ngx_http_grip_loc_conf_t  *glcf;

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);

    if (ngx_http_grip_hold_resume_user(r, resume->metas, &user) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_str_null(&type);

    len = ngx_http_grip_hold_resume_write(NULL, glcf->hold, resume, query,
                                          records, &user, &type, &id);

    p = ngx_pnalloc(r->pool, NGX_HTTP_GRIP_COMMENT_LEN + len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    p = ngx_cpymem(p, NGX_HTTP_GRIP_COMMENT, NGX_HTTP_GRIP_COMMENT_LEN);

    (void) ngx_http_grip_hold_resume_write(p, glcf->hold, resume, query,
                                           records, &user, &type, &id);

    resume->items.len = len;
    resume->items.data = p;

    resume->more = (id.number < query->last.number);

    if (type.len == 0) {
        return NGX_OK;
    }

    /* the records are gone with the next question */

    resume->type.len = type.len;
    resume->type.data = ngx_pstrdup(r->pool, &type);

    return resume->type.data ? NGX_OK : NGX_ERROR;
}


/*
 * Returns the number of bytes; with dst == NULL only counts.  Sets the position
 * to *id, after the last item.
 */

static size_t
ngx_http_grip_hold_resume_write(u_char *dst, ngx_http_grip_hold_conf_t *hold,
    ngx_http_grip_resume_t *resume, ngx_grip_history_query_t *query,
    u_char *records, ngx_str_t *user, ngx_str_t *type,
    ngx_grip_history_id_t *id)
{
    size_t                      i, n, len;
    u_char                     *text;
    ngx_uint_t                  lost;
    ngx_http_grip_channel_t    *channel;
    ngx_grip_history_record_t   record;

    lost = 0;
    channel = hold->channels->elts;

    *id = query->from;

    /* the text of the id, which is counted on as items are */

    text = resume->position.data;

    ngx_grip_history_id_write(text, id);

    len = 0;
    resume->answered = 0;

    if (query->lost && hold->mode == NGX_HTTP_GRIP_HOLD_SSE) {
        len += ngx_http_grip_hold_resume_reset(dst, hold, text);
    }

    for (i = 0; i < query->len; i += n) {

        n = ngx_grip_history_record_read(&record, records + i, query->len - i);

        if (n > query->len - i) {
            break;
        }

        ngx_http_grip_hold_resume_next(text, id, query->last.channel);

        lost = record.flags & NGX_GRIP_HISTORY_LOST;

        if (!ngx_http_grip_hold_resume_heard(resume, channel->filter_mask,
                                             user, &record))
        {
            continue;
        }

        if (hold->mode == NGX_HTTP_GRIP_HOLD_RESPONSE) {

            if (!(record.flags & NGX_GRIP_HISTORY_RESPONSE)) {
                continue;
            }

            if (resume->answered) {
                len += ngx_http_grip_hold_resume_text(dst ? dst + len : NULL,
                                                      &hold->history_join);
            }

            resume->answered = 1;

            if (record.type.len) {
                *type = record.type;
            }
        }

        len += ngx_http_grip_hold_resume_item(dst ? dst + len : NULL, hold,
                                              &record, text);
    }

    /* who has heard nothing yet, or not the last one, can come back, too */

    if (hold->mode == NGX_HTTP_GRIP_HOLD_SSE
        && (lost || (len == 0 && !query->resumed && !resume->quiet)))
    {
        len += ngx_http_grip_hold_resume_position(ngx_grip_json_at(dst, len),
                                                  text);
    }

    return len;
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


static size_t
ngx_http_grip_hold_resume_item(u_char *dst, ngx_http_grip_hold_conf_t *hold,
    ngx_grip_history_record_t *record, u_char *id)
{
    size_t      n;
    ngx_str_t  *content;

    n = 0;

    if (hold->mode == NGX_HTTP_GRIP_HOLD_RESPONSE) {
        content = &record->response;

    } else if (record->flags & NGX_GRIP_HISTORY_STREAM) {
        content = &record->stream;

        if (record->flags & NGX_GRIP_HISTORY_EVENT) {
            n = ngx_grip_sse_line(dst, "event: ", &record->event, 0);
            n += ngx_http_grip_hold_resume_id(ngx_grip_json_at(dst, n), id);

            dst = ngx_grip_json_at(dst, n);

            return n + ((record->flags & NGX_GRIP_HISTORY_LINE)
                        ? ngx_grip_sse_data_single(dst, content)
                        : ngx_grip_sse_data(dst, content, 0));
        }

        if (record->flags & NGX_GRIP_HISTORY_NAMELESS) {
            n = ngx_http_grip_hold_resume_id(dst, id);
        }

    } else {
        return 0;
    }

    return n + ngx_http_grip_hold_resume_text(ngx_grip_json_at(dst, n),
                                              content);
}


static size_t
ngx_http_grip_hold_resume_text(u_char *dst, ngx_str_t *text)
{
    if (dst) {
        ngx_memcpy(dst, text->data, text->len);
    }

    return text->len;
}


static size_t
ngx_http_grip_hold_resume_reset(u_char *dst, ngx_http_grip_hold_conf_t *hold,
    u_char *id)
{
    ngx_str_t  name, data;

    name.len = NGX_GRIP_HISTORY_ID_LEN;
    name.data = id;

    ngx_str_null(&data);

    return ngx_grip_sse_write(dst, &hold->history_reset, &name, &data, 0);
}


/* without an event */

static size_t
ngx_http_grip_hold_resume_position(u_char *dst, u_char *id)
{
    size_t  n;

    n = ngx_http_grip_hold_resume_id(dst, id);

    if (dst) {
        dst[n] = '\n';
    }

    return n + 1;
}


static size_t
ngx_http_grip_hold_resume_id(u_char *dst, u_char *id)
{
    u_char  *p;

    if (dst) {
        p = ngx_cpymem(dst, "id: ", sizeof("id: ") - 1);
        p = ngx_cpymem(p, id, NGX_GRIP_HISTORY_ID_LEN);
        *p = '\n';
    }

    return sizeof("id: \n") - 1 + NGX_GRIP_HISTORY_ID_LEN;
}


/* as the filters of the proxy decide */

static ngx_uint_t
ngx_http_grip_hold_resume_heard(ngx_http_grip_resume_t *resume,
    ngx_uint_t filters, ngx_str_t *user, ngx_grip_history_record_t *record)
{
    ngx_str_t  list, name;

    if ((filters & NGX_HTTP_GRIP_FILTER_SKIP_SELF)
        && user->len
        && user->len == record->sender.len
        && ngx_memcmp(user->data, record->sender.data, user->len) == 0)
    {
        return 0;
    }

    if ((filters & NGX_HTTP_GRIP_FILTER_SKIP_USERS) && user->len) {
        list = record->skip_users;

        while (ngx_http_grip_headers_element(&list, &name)) {
            if (name.len == user->len
                && ngx_memcmp(name.data, user->data, name.len) == 0)
            {
                return 0;
            }
        }
    }

    if ((filters & NGX_HTTP_GRIP_FILTER_REQUIRE_SUB)
        && record->require_sub.len
        && (record->require_sub.len != resume->channel.len
            || ngx_memcmp(record->require_sub.data, resume->channel.data,
                          resume->channel.len)
               != 0))
    {
        return 0;
    }

    return 1;
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
    }

    return NGX_OK;
}
