
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include "publish/ngx_http_grip_numbering.h"
#include "request/ngx_http_grip_notice.h"
#include "wire/ngx_grip_sse.h"


static void ngx_http_grip_numbering_metas(ngx_grip_item_t *item,
    ngx_grip_history_record_t *record);


ngx_int_t
ngx_http_grip_numbering_item(ngx_http_grip_publication_t *pub,
    ngx_grip_item_t *item, ngx_grip_item_t *own,
    ngx_grip_history_record_t *record)
{
    ngx_http_grip_history_marks_t  *marks;

    if (item->prefix.len + item->channel.len > NGX_HTTP_GRIP_HISTORY_NAME) {
        pub->invalid = "the name of the channel is longer than a history "
                       "allows, " ngx_value(NGX_HTTP_GRIP_HISTORY_NAME)
                       " bytes";
        return NGX_DECLINED;
    }

    marks = ngx_http_grip_history_marks(pub->request->connection->log);
    if (marks == NULL) {
        return NGX_ERROR;
    }

    if (item->id.len || item->prev_id.len || item->no_seq) {
        ngx_http_grip_numbering_replaced(pub);
    }

    *own = *item;

    own->id = marks->id;
    own->prev_id = marks->prev;
    own->no_seq = 0;
    own->numbered = 1;

    ngx_memzero(record, sizeof(ngx_grip_history_record_t));

    if (item->formats & (NGX_GRIP_FORMAT_SSE|NGX_GRIP_FORMAT_HTTP_STREAM)) {
        record->flags = NGX_GRIP_HISTORY_STREAM;
        record->stream = item->content;

        if (item->formats & NGX_GRIP_FORMAT_SSE) {
            record->flags |= NGX_GRIP_HISTORY_EVENT;
            record->event = item->event;

            if (ngx_grip_sse_single(&item->content)) {
                record->flags |= NGX_GRIP_HISTORY_LINE;
            }
        }
    }

    if (item->formats & NGX_GRIP_FORMAT_HTTP_RESPONSE) {
        record->type = item->content_type;

        if (record->flags) {
            record->flags |= NGX_GRIP_HISTORY_RESPONSE
                             |NGX_GRIP_HISTORY_SHARED;

        } else {
            record->flags = NGX_GRIP_HISTORY_RESPONSE;
            record->response = item->content;
        }
    }

    ngx_http_grip_numbering_metas(item, record);

    return NGX_OK;
}


/* those that decide for whom an item is */

static void
ngx_http_grip_numbering_metas(ngx_grip_item_t *item,
    ngx_grip_history_record_t *record)
{
    ngx_uint_t  i, k;

    struct {
        ngx_str_t   name;
        ngx_str_t  *value;
    } metas[] = {
        { ngx_string("sender"), &record->sender },
        { ngx_string("skip_users"), &record->skip_users },
        { ngx_string("require_sub"), &record->require_sub }
    };

    for (i = 0; i < item->nmeta; i++) {
        for (k = 0; k < 3; k++) {
            if (item->meta[i].name.len == metas[k].name.len
                && ngx_memcmp(item->meta[i].name.data, metas[k].name.data,
                              metas[k].name.len)
                   == 0)
            {
                *metas[k].value = item->meta[i].value;
            }
        }
    }
}


void
ngx_http_grip_numbering_replaced(ngx_http_grip_publication_t *pub)
{
    static ngx_uint_t  said;

    if (said) {
        return;
    }

    said = 1;

    ngx_log_error(NGX_LOG_INFO, pub->request->connection->log, 0,
                  "grip: ids of history \"%V\" replace the ids, or "
                  "\"no-seq\", that items have",
                  &pub->history->name);
}


size_t
ngx_http_grip_numbering_size(ngx_str_t *prefix, ngx_str_t *channel,
    ngx_grip_history_record_t *record)
{
    return prefix->len + channel->len
           + ngx_grip_history_record_write(NULL, record);
}


void
ngx_http_grip_numbering_keep(ngx_http_grip_item_t *item, ngx_str_t *prefix,
    ngx_str_t *channel, ngx_grip_history_record_t *record)
{
    u_char  *p;

    p = item->json.data + item->json.len;

    item->channel.len = prefix->len + channel->len;
    item->channel.data = p;

    p = ngx_cpymem(p, prefix->data, prefix->len);
    p = ngx_cpymem(p, channel->data, channel->len);

    item->record.len = ngx_grip_history_record_write(p, record);
    item->record.data = p;
    item->unknown = (record->flags & NGX_GRIP_HISTORY_LOST) ? 1 : 0;
}


void
ngx_http_grip_numbering_stamp(ngx_http_grip_publication_t *pub,
    ngx_http_grip_item_t *item)
{
    u_char     *id, prev[NGX_GRIP_HISTORY_ID_LEN];
    ngx_int_t   rc;

    id = pub->id.data;

    rc = ngx_http_grip_history_append(pub->history, &item->channel,
                                      item->record.data, item->record.len, id,
                                      prev);

    if (rc == NGX_DECLINED) {
        ngx_http_grip_notice(pub->request, NGX_LOG_WARN,
                             "grip: an item of %uz bytes is published but not "
                             "kept in history \"%V\": %s",
                             item->json.len, &pub->history->name,
                             item->unknown ? "its content cannot be decoded"
                                           : "it is too large");

    } else if (rc == NGX_ERROR) {

        /* what has lost its zone has no items that could follow */

        ngx_memset(id, '0', NGX_GRIP_HISTORY_ID_LEN);
        ngx_memset(prev, '0', NGX_GRIP_HISTORY_ID_LEN);
    }

    ngx_http_grip_history_stamp(&item->json, id, prev);

    pub->id.len = NGX_GRIP_HISTORY_ID_LEN;
}
