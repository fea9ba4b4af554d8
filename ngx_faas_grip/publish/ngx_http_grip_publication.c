
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The items of one request, and what became of them.
 */


#include "publish/ngx_http_grip_missed.h"
#include "publish/ngx_http_grip_numbering.h"
#include "publish/ngx_http_grip_publication_state.h"
#include "request/ngx_http_grip_limit.h"
#include "request/ngx_http_grip_notice.h"
#include "wire/ngx_grip_control.h"


#define NGX_HTTP_GRIP_ITEM_MAX  (NGX_GRIP_ITEM_BODY_MAX                       \
                                 - (sizeof(NGX_GRIP_ITEMS_HEAD) - 1)          \
                                 - (sizeof(NGX_GRIP_ITEMS_TAIL) - 1))


static void ngx_http_grip_publication_cleanup(void *data);
static ngx_int_t ngx_http_grip_publication_stage(
    ngx_http_grip_publication_t *pub, size_t len, ngx_str_t *prefix,
    ngx_str_t *channel, ngx_grip_history_record_t *record,
    ngx_http_grip_item_t **staged);
static ngx_int_t ngx_http_grip_publication_reserve(
    ngx_http_grip_publication_t *pub, ngx_http_grip_item_t *item);
static void ngx_http_grip_publication_release(ngx_http_grip_publication_t *pub,
    ngx_http_grip_item_t *item);
static void ngx_http_grip_publication_done(ngx_http_grip_delivery_t *delivery,
    ngx_uint_t status);
static void ngx_http_grip_publication_leg_done(ngx_http_grip_leg_t *leg,
    ngx_uint_t status);
static void ngx_http_grip_publication_wake(ngx_event_t *ev);
static ngx_uint_t ngx_http_grip_publication_needed(
    ngx_http_grip_publication_t *pub);


ngx_http_grip_publication_t *
ngx_http_grip_publication_create(ngx_http_request_t *r)
{
    ngx_uint_t                      n;
    ngx_http_cleanup_t             *cln;
    ngx_http_grip_loc_conf_t       *glcf;
    ngx_http_grip_srv_conf_t       *gscf;
    ngx_http_grip_publication_t    *pub;
    ngx_http_grip_publish_state_t  *state;

    gscf = ngx_http_get_module_srv_conf(r, ngx_http_faas_grip_module);
    glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);

    n = gscf->publishers ? gscf->publishers->nelts : 0;

    pub = ngx_pcalloc(r->pool, sizeof(ngx_http_grip_publication_t));
    if (pub == NULL) {
        return NULL;
    }

    state = ngx_pcalloc(r->pool, sizeof(ngx_http_grip_publish_state_t)
                                 + n * sizeof(ngx_http_grip_leg_t));
    if (state == NULL) {
        return NULL;
    }

    if (glcf->history) {
        pub->id.data = ngx_pnalloc(r->pool, NGX_GRIP_HISTORY_ID_LEN);
        if (pub->id.data == NULL) {
            return NULL;
        }
    }

    /* runs before the pool goes, and when the request is torn down */

    cln = ngx_http_cleanup_add(r, 0);
    if (cln == NULL) {
        return NULL;
    }

    cln->handler = ngx_http_grip_publication_cleanup;
    cln->data = state;

    pub->request = r;
    pub->publishers = gscf->publishers;
    pub->require = glcf->publish_require;
    pub->status = NGX_HTTP_OK;
    pub->history = glcf->history;
    pub->state = state;

    state->publication = pub;

    ngx_queue_init(&state->staged);
    ngx_queue_init(&state->items);

    state->wake.handler = ngx_http_grip_publication_wake;
    state->wake.data = pub;
    state->wake.log = r->connection->log;

    return pub;
}


/* items on their way are left to the publishers */

static void
ngx_http_grip_publication_cleanup(void *data)
{
    ngx_http_grip_publish_state_t *state = data;

    ngx_queue_t           *q;
    ngx_http_grip_item_t  *item;

    if (state->wake.posted) {
        ngx_delete_posted_event(&state->wake);
    }

    /* that a queue has another head now is what the analyzer does not see */

    while (!ngx_queue_empty(&state->items)) {
        q = ngx_queue_head(&state->items);
        item = ngx_queue_data(q, ngx_http_grip_item_t, queue);

        ngx_queue_remove(q);    /* NOLINT(clang-analyzer-*) */

        item->request = NULL;
        item->data = NULL;
    }

    while (!ngx_queue_empty(&state->staged)) {
        q = ngx_queue_head(&state->staged);
        item = ngx_queue_data(q, ngx_http_grip_item_t, queue);

        ngx_queue_remove(q);    /* NOLINT(clang-analyzer-*) */

        ngx_http_grip_publication_release(state->publication, item);
        ngx_free(item);
    }
}


ngx_uint_t
ngx_http_grip_publication_formats(ngx_http_grip_publication_t *pub,
    ngx_uint_t binary)
{
    ngx_uint_t  formats;

    formats = ngx_grip_formats(binary);

    /* streams of a history are read as events, which hold no binary data */

    return (pub->history && binary)
           ? formats & ~(ngx_uint_t) NGX_GRIP_FORMAT_HTTP_STREAM : formats;
}


ngx_int_t
ngx_http_grip_publication_add(ngx_http_grip_publication_t *pub,
    ngx_grip_item_t *item, ngx_uint_t required)
{
    ngx_int_t                   rc;
    ngx_grip_item_t             own;
    ngx_http_grip_item_t       *staged;
    ngx_grip_history_record_t   record;

    pub->invalid = ngx_grip_item_check(item);

    if (pub->invalid) {
        return NGX_DECLINED;
    }

    if (pub->history && !ngx_grip_control_channel_of_one(&item->channel)) {
        rc = ngx_http_grip_numbering_item(pub, item, &own, &record);
        if (rc != NGX_OK) {
            return rc;
        }

        item = &own;
    }

    rc = ngx_http_grip_publication_stage(pub, ngx_grip_item_write(NULL, item),
                                         &item->prefix, &item->channel,
                                         item->numbered ? &record : NULL,
                                         &staged);
    if (rc != NGX_OK) {
        return rc;
    }

    (void) ngx_grip_item_write(staged->json.data, item);

    /* the proxy drops what it has seen only if both ids are there */

    staged->repeatable = (item->id.len && item->prev_id.len);
    staged->required = (required != 0);

    return NGX_OK;
}


ngx_int_t
ngx_http_grip_publication_add_json(ngx_http_grip_publication_t *pub,
    ngx_str_t *json, ngx_str_t *channel, ngx_grip_history_record_t *record,
    ngx_uint_t has_ids, ngx_uint_t required)
{
    ngx_int_t              rc;
    ngx_http_grip_item_t  *staged;

    static ngx_str_t  none = ngx_string("");

    rc = ngx_http_grip_publication_stage(pub, json->len, &none, channel,
                                         record, &staged);
    if (rc != NGX_OK) {
        return rc;
    }

    ngx_memcpy(staged->json.data, json->data, json->len);

    staged->repeatable = (has_ids != 0);
    staged->required = (required != 0);

    return NGX_OK;
}


/* the JSON of len bytes is to be written by the caller */

static ngx_int_t
ngx_http_grip_publication_stage(ngx_http_grip_publication_t *pub, size_t len,
    ngx_str_t *prefix, ngx_str_t *channel, ngx_grip_history_record_t *record,
    ngx_http_grip_item_t **staged)
{
    size_t                          head, size;
    ngx_int_t                       rc;
    ngx_http_grip_item_t           *item;
    ngx_http_grip_publish_state_t  *state;

    if (pub->publishers == NULL) {
        ngx_http_grip_notice(pub->request, NGX_LOG_ERR,
                             "grip: publish refused: there is no "
                             "\"grip_url\"");
        pub->refused = NGX_HTTP_INTERNAL_SERVER_ERROR;
        return NGX_ABORT;
    }

    if (len > NGX_HTTP_GRIP_ITEM_MAX) {
        ngx_http_grip_limit(pub->request, NGX_HTTP_GRIP_LIMIT_ITEM);

        ngx_http_grip_notice(pub->request, NGX_LOG_ERR,
                             "grip: publish refused: an item of %uz bytes "
                             "exceeds the %uz bytes that the proxy takes", len,
                             NGX_HTTP_GRIP_ITEM_MAX);
        pub->refused = NGX_HTTP_REQUEST_ENTITY_TOO_LARGE;
        return NGX_ABORT;
    }

    head = sizeof(ngx_http_grip_item_t)
           + (pub->publishers->nelts - 1) * sizeof(ngx_http_grip_delivery_t);

    size = head + len;

    if (record) {
        size += ngx_http_grip_numbering_size(prefix, channel, record);
    }

    item = ngx_alloc(size, pub->request->connection->log);
    if (item == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(item, head);

    state = pub->state;

    item->request = pub->request;
    item->handler = ngx_http_grip_publication_done;
    item->data = state;
    item->size = size;
    item->json.len = len;
    item->json.data = (u_char *) item + head;

    rc = ngx_http_grip_publication_reserve(pub, item);

    if (rc != NGX_OK) {
        ngx_free(item);
        return rc;
    }

    if (record) {
        ngx_http_grip_numbering_keep(item, prefix, channel, record);
    }

    ngx_queue_insert_tail(&state->staged, &item->queue);

    pub->nitems++;

    *staged = item;

    return NGX_OK;
}


/*
 * A publisher without room fails the item at once; the item itself is
 * refused only when too few publishers are left.
 */

static ngx_int_t
ngx_http_grip_publication_reserve(ngx_http_grip_publication_t *pub,
    ngx_http_grip_item_t *item)
{
    size_t                          held;
    ngx_uint_t                      i;
    ngx_http_grip_publisher_t     **publisher;
    ngx_http_grip_publish_state_t  *state;

    state = pub->state;
    publisher = pub->publishers->elts;

    for (i = 0; i < pub->publishers->nelts; i++) {

        held = pub->trusted ? 0 : state->legs[i].size;

        if (ngx_http_grip_publisher_reserve(publisher[i], pub->request,
                                            item->size, held)
            == NGX_OK)
        {
            state->legs[i].size += item->size;
            item->deliveries[i].item = item;
            item->pending++;
            continue;
        }

        item->status = NGX_HTTP_SERVICE_UNAVAILABLE;

        if (state->legs[i].status == 0
            || state->legs[i].status == NGX_HTTP_OK)
        {
            state->legs[i].status = NGX_HTTP_SERVICE_UNAVAILABLE;
        }
    }

    if (item->pending >= ngx_http_grip_publication_needed(pub)) {
        return NGX_OK;
    }

    ngx_http_grip_publication_release(pub, item);

    pub->refused = NGX_HTTP_SERVICE_UNAVAILABLE;

    return NGX_ABORT;
}


static void
ngx_http_grip_publication_release(ngx_http_grip_publication_t *pub,
    ngx_http_grip_item_t *item)
{
    ngx_uint_t                      i;
    ngx_http_grip_publisher_t     **publisher;
    ngx_http_grip_publish_state_t  *state;

    state = pub->state;
    publisher = pub->publishers->elts;

    for (i = 0; i < pub->publishers->nelts; i++) {
        if (item->deliveries[i].item) {
            state->legs[i].size -= item->size;
            ngx_http_grip_publisher_release(publisher[i], item->size);
        }
    }
}


static ngx_uint_t
ngx_http_grip_publication_needed(ngx_http_grip_publication_t *pub)
{
    return pub->require == NGX_HTTP_GRIP_REQUIRE_ALL ? pub->publishers->nelts
                                                     : 1;
}


void
ngx_http_grip_publication_flush(ngx_http_grip_publication_t *pub)
{
    ngx_uint_t                      i;
    ngx_queue_t                    *q;
    ngx_http_grip_leg_t            *leg;
    ngx_http_grip_item_t           *item;
    ngx_http_grip_publisher_t     **publisher;
    ngx_http_grip_publish_state_t  *state;

    state = pub->state;

    while (!ngx_queue_empty(&state->staged)) {
        q = ngx_queue_head(&state->staged);
        item = ngx_queue_data(q, ngx_http_grip_item_t, queue);

        ngx_queue_remove(q);
        ngx_queue_insert_tail(&state->items, q);

        if (item->record.len) {
            ngx_http_grip_numbering_stamp(pub, item);
        }

        publisher = pub->publishers->elts;

        for (i = 0; i < pub->publishers->nelts; i++) {

            if (item->deliveries[i].item == NULL) {
                ngx_http_grip_missed_add(publisher[i], item, 0);
                continue;
            }

            leg = &state->legs[i];

            if (leg->pending++ == 0) {
                leg->start = ngx_current_msec;
            }

            ngx_http_grip_publisher_enqueue(publisher[i],
                                            &item->deliveries[i]);
        }
    }
}


ngx_int_t
ngx_http_grip_publication_wait(ngx_http_grip_publication_t *pub)
{
    ngx_http_grip_publish_state_t  *state;

    ngx_http_grip_publication_flush(pub);

    state = pub->state;

    if (ngx_queue_empty(&state->items)) {
        return NGX_OK;
    }

    state->waiting = 1;
    state->start = ngx_current_msec;

    return NGX_AGAIN;
}


/* the handler of a delivery; the request may have ended */

static void
ngx_http_grip_publication_done(ngx_http_grip_delivery_t *delivery,
    ngx_uint_t status)
{
    ngx_uint_t                      n;
    ngx_http_grip_item_t           *item;
    ngx_http_grip_publication_t    *pub;
    ngx_http_grip_publish_state_t  *state;

    item = delivery->item;
    state = item->data;

    if (status == NGX_HTTP_OK) {
        item->acknowledged++;

    } else if (item->status == 0) {
        item->status = status;
    }

    if (state) {
        n = delivery - item->deliveries;
        state->legs[n].size -= item->size;
        ngx_http_grip_publication_leg_done(&state->legs[n], status);
    }

    if (--item->pending) {
        return;
    }

    if (state == NULL) {
        ngx_free(item);
        return;
    }

    pub = state->publication;

    if (item->required
        && item->acknowledged < ngx_http_grip_publication_needed(pub)
        && pub->status == NGX_HTTP_OK)
    {
        pub->status = (item->status == NGX_HTTP_GATEWAY_TIME_OUT)
                      ? NGX_HTTP_GATEWAY_TIME_OUT : NGX_HTTP_BAD_GATEWAY;
    }

    ngx_queue_remove(&item->queue);
    ngx_free(item);

    if (state->waiting && ngx_queue_empty(&state->items)) {
        ngx_post_event(&state->wake, &ngx_posted_events);
    }
}


static void
ngx_http_grip_publication_leg_done(ngx_http_grip_leg_t *leg, ngx_uint_t status)
{
    if (leg->status == 0 || leg->status == NGX_HTTP_OK) {
        leg->status = status;
    }

    if (--leg->pending == 0) {
        leg->time += ngx_current_msec - leg->start;
    }
}


/*
 * Each request is woken by an event of its own: it may go on for long, and
 * may end, which is nothing to happen amid the work of another request.
 */

static void
ngx_http_grip_publication_wake(ngx_event_t *ev)
{
    ngx_connection_t               *c;
    ngx_http_request_t             *r;
    ngx_http_grip_publication_t    *pub;
    ngx_http_grip_publish_state_t  *state;

    pub = ev->data;
    state = pub->state;
    r = pub->request;
    c = r->connection;

    state->waiting = 0;
    pub->time += ngx_current_msec - state->start;

    ngx_http_set_log_request(c->log, r);

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, c->log, 0,
                   "grip publish of %ui items is over: %ui",
                   pub->nitems, pub->status);

    pub->handler(r, pub->data);

    ngx_http_run_posted_requests(c);
}
