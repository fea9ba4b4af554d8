
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include "publish/ngx_http_grip_missed.h"
#include "text/ngx_grip_json.h"


/* parts of the queue that items may take, and names of channels beside them */
#define NGX_HTTP_GRIP_MISSED_ITEMS  4
#define NGX_HTTP_GRIP_MISSED_NAMES  2


typedef struct {
    ngx_str_node_t              sn;
    ngx_queue_t                 queue;       /* of the publisher's channels */
    ngx_queue_t                 kept;        /* deliveries, in order */
    ngx_msec_t                  tried;       /* when one has failed again, if */
    unsigned                    again:1;     /* one has */
    unsigned                    hinted:1;    /* or about to be, and nothing
                                                missed since */
} ngx_http_grip_missed_t;


static void ngx_http_grip_missed_free(void *data);
static ngx_http_grip_missed_t *ngx_http_grip_missed_channel(
    ngx_http_grip_publisher_t *publisher, ngx_str_t *name, ngx_uint_t create);
static void ngx_http_grip_missed_remove(ngx_http_grip_publisher_t *publisher,
    ngx_http_grip_missed_t *missed);
static void ngx_http_grip_missed_drop(ngx_http_grip_publisher_t *publisher,
    ngx_http_grip_missed_t *missed);
static ngx_uint_t ngx_http_grip_missed_room(
    ngx_http_grip_publisher_t *publisher, size_t size, ngx_uint_t part);
static void ngx_http_grip_missed_release(ngx_http_grip_publisher_t *publisher,
    size_t size);
static ngx_http_grip_item_t *ngx_http_grip_missed_item(
    ngx_http_grip_publisher_t *publisher, ngx_str_t *channel, size_t json,
    ngx_http_grip_delivery_pt handler);
static void ngx_http_grip_missed_expire(ngx_http_grip_publisher_t *publisher,
    ngx_http_grip_missed_t *missed);
static size_t ngx_http_grip_missed_json(u_char *dst, ngx_str_t *channel);
static void ngx_http_grip_missed_done(ngx_http_grip_delivery_t *delivery,
    ngx_uint_t status);
static void ngx_http_grip_missed_hinted(ngx_http_grip_delivery_t *delivery,
    ngx_uint_t status);


ngx_int_t
ngx_http_grip_missed_init(ngx_http_grip_publisher_t *publisher,
    ngx_pool_t *pool)
{
    ngx_pool_cleanup_t  *cln;

    cln = ngx_pool_cleanup_add(pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    ngx_queue_init(&publisher->channels);

    ngx_rbtree_init(&publisher->missed, &publisher->sentinel,
                    ngx_str_rbtree_insert_value);

    cln->handler = ngx_http_grip_missed_free;
    cln->data = publisher;

    return NGX_OK;
}


/* when the worker ends, and nobody counts any more */

static void
ngx_http_grip_missed_free(void *data)
{
    ngx_http_grip_publisher_t *publisher = data;

    ngx_queue_t               *q;
    ngx_http_grip_missed_t    *missed;
    ngx_http_grip_delivery_t  *delivery;

    /* that a queue has another head now is what the analyzer does not see */

    while (!ngx_queue_empty(&publisher->channels)) {
        q = ngx_queue_head(&publisher->channels);
        missed = ngx_queue_data(q, ngx_http_grip_missed_t, queue);

        ngx_queue_remove(q);    /* NOLINT(clang-analyzer-*) */

        while (!ngx_queue_empty(&missed->kept)) {
            q = ngx_queue_head(&missed->kept);
            delivery = ngx_queue_data(q, ngx_http_grip_delivery_t, queue);

            ngx_queue_remove(q);    /* NOLINT(clang-analyzer-*) */
            ngx_free(delivery->item);
        }

        ngx_free(missed);
    }
}


void
ngx_http_grip_missed_add(ngx_http_grip_publisher_t *publisher,
    ngx_http_grip_item_t *item, ngx_uint_t keep)
{
    ngx_http_grip_item_t    *copy;
    ngx_http_grip_missed_t  *missed;

    if (item->channel.len == 0 || item->hint) {
        return;
    }

    missed = ngx_http_grip_missed_channel(publisher, &item->channel, 1);
    if (missed == NULL) {
        return;
    }

    missed->hinted = 0;

    if (item->failed) {
        missed->again = 1;
        missed->tried = ngx_current_msec;
    }

    ngx_http_grip_missed_expire(publisher, missed);

    if (!keep
        || (item->failed
            && ngx_current_msec - item->failed >= NGX_HTTP_GRIP_MISSED_TIME))
    {
        return;
    }

    copy = ngx_http_grip_missed_item(publisher, &item->channel,
                                     item->json.len,
                                     ngx_http_grip_missed_done);
    if (copy == NULL) {
        return;
    }

    if (!ngx_http_grip_missed_room(publisher, copy->size,
                                   NGX_HTTP_GRIP_MISSED_ITEMS))
    {
        ngx_http_grip_publisher_release(publisher, copy->size);
        ngx_free(copy);
        return;
    }

    publisher->missed_size += copy->size;

    ngx_memcpy(copy->json.data, item->json.data, item->json.len);

    copy->failed = item->failed ? item->failed : ngx_current_msec;

    ngx_queue_insert_tail(&missed->kept, &copy->deliveries[0].queue);
}


static ngx_uint_t
ngx_http_grip_missed_room(ngx_http_grip_publisher_t *publisher, size_t size,
    ngx_uint_t part)
{
    return publisher->missed_size + size <= publisher->max_size / part;
}


static void
ngx_http_grip_missed_release(ngx_http_grip_publisher_t *publisher, size_t size)
{
    publisher->missed_size -= size;

    ngx_http_grip_publisher_release(publisher, size);
}


static ngx_http_grip_missed_t *
ngx_http_grip_missed_channel(ngx_http_grip_publisher_t *publisher,
    ngx_str_t *name, ngx_uint_t create)
{
    size_t                   size;
    uint32_t                 hash;
    ngx_http_grip_missed_t  *missed;

    hash = ngx_crc32_short(name->data, name->len);

    missed = (ngx_http_grip_missed_t *)
                 ngx_str_rbtree_lookup(&publisher->missed, name, hash);

    if (missed || !create) {
        return missed;
    }

    size = sizeof(ngx_http_grip_missed_t) + name->len;

    /* a queue that is full has room for names all the same */

    if (!ngx_http_grip_missed_room(publisher, size,
                                   NGX_HTTP_GRIP_MISSED_NAMES))
    {
        return NULL;
    }

    missed = ngx_alloc(size, ngx_cycle->log);
    if (missed == NULL) {
        return NULL;
    }

    publisher->size += size;
    publisher->missed_size += size;

    missed->sn.node.key = hash;
    missed->sn.str.len = name->len;
    missed->sn.str.data = (u_char *) missed + sizeof(ngx_http_grip_missed_t);
    missed->again = 0;
    missed->hinted = 0;

    ngx_memcpy(missed->sn.str.data, name->data, name->len);

    ngx_queue_init(&missed->kept);
    ngx_queue_insert_tail(&publisher->channels, &missed->queue);
    ngx_rbtree_insert(&publisher->missed, &missed->sn.node);

    return missed;
}


static void
ngx_http_grip_missed_remove(ngx_http_grip_publisher_t *publisher,
    ngx_http_grip_missed_t *missed)
{
    ngx_queue_remove(&missed->queue);
    ngx_rbtree_delete(&publisher->missed, &missed->sn.node);

    ngx_http_grip_missed_release(publisher, sizeof(ngx_http_grip_missed_t)
                                            + missed->sn.str.len);

    ngx_free(missed);
}


/* the oldest one of those that are kept */

static void
ngx_http_grip_missed_drop(ngx_http_grip_publisher_t *publisher,
    ngx_http_grip_missed_t *missed)
{
    ngx_queue_t               *q;
    ngx_http_grip_delivery_t  *delivery;

    q = ngx_queue_head(&missed->kept);
    delivery = ngx_queue_data(q, ngx_http_grip_delivery_t, queue);

    /* that a head is linked is what the analyzer does not see */

    ngx_queue_remove(q);    /* NOLINT(clang-analyzer-*) */

    ngx_http_grip_missed_release(publisher, delivery->item->size);
    ngx_free(delivery->item);
}


void
ngx_http_grip_missed_yield(ngx_http_grip_publisher_t *publisher, size_t size)
{
    size_t                   rest;
    ngx_queue_t             *q;
    ngx_http_grip_missed_t  *missed;

    rest = publisher->size - publisher->missed_size;

    if (size > publisher->max_size || rest > publisher->max_size - size) {
        return;
    }

    while (publisher->size > publisher->max_size - size) {
        q = ngx_queue_head(&publisher->channels);
        missed = ngx_queue_data(q, ngx_http_grip_missed_t, queue);

        if (ngx_queue_empty(&missed->kept)) {
            ngx_http_grip_missed_remove(publisher, missed);

        } else {
            ngx_http_grip_missed_drop(publisher, missed);
        }
    }
}


/* an item of nobody, with one delivery and room in the queue, or NULL */

static ngx_http_grip_item_t *
ngx_http_grip_missed_item(ngx_http_grip_publisher_t *publisher,
    ngx_str_t *channel, size_t json, ngx_http_grip_delivery_pt handler)
{
    size_t                 size;
    ngx_http_grip_item_t  *item;

    size = sizeof(ngx_http_grip_item_t) + json + channel->len;

    if (publisher->size + size > publisher->max_size) {
        return NULL;
    }

    item = ngx_alloc(size, ngx_cycle->log);
    if (item == NULL) {
        return NULL;
    }

    publisher->size += size;

    ngx_memzero(item, sizeof(ngx_http_grip_item_t));

    item->handler = handler;
    item->data = publisher;
    item->size = size;
    item->pending = 1;
    item->repeatable = 1;
    item->deliveries[0].item = item;

    item->json.len = json;
    item->json.data = (u_char *) item + sizeof(ngx_http_grip_item_t);

    item->channel.len = channel->len;
    item->channel.data = item->json.data + json;

    ngx_memcpy(item->channel.data, channel->data, channel->len);

    return item;
}


static void
ngx_http_grip_missed_expire(ngx_http_grip_publisher_t *publisher,
    ngx_http_grip_missed_t *missed)
{
    ngx_queue_t               *q;
    ngx_http_grip_delivery_t  *delivery;

    while (!ngx_queue_empty(&missed->kept)) {
        q = ngx_queue_head(&missed->kept);
        delivery = ngx_queue_data(q, ngx_http_grip_delivery_t, queue);

        /* the analyzer does not see that a removed one is not the head again */

        if (ngx_current_msec
            - delivery->item->failed    /* NOLINT(clang-analyzer-*) */
            < NGX_HTTP_GRIP_MISSED_TIME)
        {
            return;
        }

        ngx_http_grip_missed_drop(publisher, missed);
    }
}


ngx_uint_t
ngx_http_grip_missed_before(ngx_http_grip_publisher_t *publisher,
    ngx_http_grip_item_t *item)
{
    ngx_queue_t               *q;
    ngx_http_grip_missed_t    *missed;
    ngx_http_grip_delivery_t  *delivery;

    if (item->channel.len == 0 || item->hint) {
        return 0;
    }

    missed = ngx_http_grip_missed_channel(publisher, &item->channel, 0);
    if (missed == NULL) {
        return 0;
    }

    ngx_http_grip_missed_expire(publisher, missed);

    if (ngx_queue_empty(&missed->kept)) {
        return 0;
    }

    /* items that wait do not have them sent again and again meanwhile */

    if (missed->again
        && ngx_current_msec - missed->tried < NGX_HTTP_GRIP_MISSED_PAUSE)
    {
        return 0;
    }

    while (!ngx_queue_empty(&missed->kept)) {
        q = ngx_queue_last(&missed->kept);
        delivery = ngx_queue_data(q, ngx_http_grip_delivery_t, queue);

        ngx_queue_remove(q);
        ngx_queue_insert_head(&publisher->queue, q);
        publisher->nqueued++;

        publisher->missed_size -= delivery->item->size;
    }

    return 1;
}


/*
 * They go with whatever is sent next: if the proxy takes that, it is there
 * again.
 */

void
ngx_http_grip_missed_hints(ngx_http_grip_publisher_t *publisher,
    ngx_http_grip_post_t *post)
{
    size_t                   len;
    ngx_uint_t               n;
    ngx_queue_t             *q, *next;
    ngx_http_grip_item_t    *item;
    ngx_http_grip_missed_t  *missed;

    n = 0;

    for (q = ngx_queue_head(&publisher->channels);
         q != ngx_queue_sentinel(&publisher->channels)
         && n < NGX_HTTP_GRIP_MISSED_HINTS;
         q = next)
    {
        next = ngx_queue_next(q);
        missed = ngx_queue_data(q, ngx_http_grip_missed_t, queue);

        ngx_http_grip_missed_expire(publisher, missed);

        if (missed->hinted) {
            if (ngx_queue_empty(&missed->kept)) {
                ngx_http_grip_missed_remove(publisher, missed);
            }

            continue;
        }

        len = ngx_http_grip_missed_json(NULL, &missed->sn.str);

        if (post->len + 1 + len > NGX_HTTP_GRIP_BATCH_SIZE) {
            return;
        }

        item = ngx_http_grip_missed_item(publisher, &missed->sn.str, len,
                                         ngx_http_grip_missed_hinted);
        if (item == NULL) {
            return;
        }

        (void) ngx_http_grip_missed_json(item->json.data, &missed->sn.str);

        item->hint = 1;
        missed->hinted = 1;

        ngx_queue_insert_tail(&post->queue, &item->deliveries[0].queue);

        post->len += 1 + len;
        post->nhints++;
        n++;
    }
}


static size_t
ngx_http_grip_missed_json(u_char *dst, ngx_str_t *channel)
{
    size_t  n;

    n = ngx_grip_json_literal(dst, "{");
    n += ngx_grip_json_member(ngx_grip_json_at(dst, n), "channel", channel);
    n += ngx_grip_json_literal(ngx_grip_json_at(dst, n),
                               ",\"formats\":{"
                               "\"http-stream\":{\"action\":\"hint\"},"
                               "\"http-response\":{\"action\":\"hint\"}}}");

    return n;
}


/* of a kept item; if it has failed once more there is another copy */

static void
ngx_http_grip_missed_done(ngx_http_grip_delivery_t *delivery,
    ngx_uint_t status)
{
    ngx_free(delivery->item);
}


static void
ngx_http_grip_missed_hinted(ngx_http_grip_delivery_t *delivery,
    ngx_uint_t status)
{
    ngx_http_grip_item_t       *item;
    ngx_http_grip_missed_t     *missed;
    ngx_http_grip_publisher_t  *publisher;

    item = delivery->item;
    publisher = item->data;

    missed = ngx_http_grip_missed_channel(publisher, &item->channel, 0);

    if (missed && status != NGX_HTTP_OK) {
        missed->hinted = 0;
    }

    /* something may have been missed while the hint was under way */

    if (missed && missed->hinted && ngx_queue_empty(&missed->kept)) {
        ngx_http_grip_missed_remove(publisher, missed);
    }

    ngx_free(item);
}
