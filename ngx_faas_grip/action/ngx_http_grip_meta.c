
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * A table of metas, filled from the headers of the request when the first one
 * is asked for.  Values that are set live in memory of the main request, which
 * is used again: a batch may set a meta as many times as it has events.
 */


#include "action/ngx_http_grip_meta.h"
#include "request/ngx_http_grip_headers.h"
#include "text/ngx_grip_line.h"
#include "verify/ngx_http_grip_verify.h"


#define NGX_HTTP_GRIP_META_ROOM        64


typedef struct ngx_http_grip_meta_room_s   ngx_http_grip_meta_room_t;
typedef struct ngx_http_grip_meta_entry_s  ngx_http_grip_meta_entry_t;


struct ngx_http_grip_meta_room_s {
    u_char                      *data;
    size_t                       size;
    ngx_uint_t                   event;          /* in which it was replaced */
    ngx_http_grip_meta_room_t   *next;           /* a ring */
};


struct ngx_http_grip_meta_entry_s {
    ngx_rbtree_node_t            node;           /* its key: a hash */
    ngx_str_t                    name;           /* after "Meta-", or, when
                                                    set, "Set-Meta-" */
    ngx_str_t                    value;
    ngx_http_grip_meta_room_t   *room;           /* of the value; NULL: it is
                                                    the request's */
    ngx_queue_t                  all;
    ngx_queue_t                  set;
};


struct ngx_http_grip_metas_s {
    ngx_pool_t                  *pool;           /* of the main request */
    ngx_rbtree_t                 names;          /* in which nobody's choice
                                                    of names takes long */
    ngx_rbtree_node_t            sentinel;
    ngx_queue_t                  all;
    ngx_queue_t                  set;            /* the last one is last */
    ngx_uint_t                   nset;
};


static ngx_http_grip_metas_t *ngx_http_grip_meta_read(ngx_http_request_t *r);
static ngx_http_grip_meta_entry_t *ngx_http_grip_meta_lookup(
    ngx_http_grip_metas_t *metas, ngx_str_t *name, ngx_uint_t hash);
static ngx_http_grip_meta_entry_t *ngx_http_grip_meta_add(
    ngx_http_grip_metas_t *metas, ngx_str_t *name, ngx_uint_t hash);
static ngx_http_grip_meta_entry_t *ngx_http_grip_meta_own(
    ngx_http_grip_metas_t *metas, ngx_http_grip_meta_entry_t *meta,
    ngx_str_t *name, ngx_uint_t hash);
static ngx_int_t ngx_http_grip_meta_value(ngx_pool_t *pool,
    ngx_http_grip_meta_entry_t *meta, ngx_str_t *value, ngx_uint_t event);
static void ngx_http_grip_meta_insert(ngx_rbtree_node_t *temp,
    ngx_rbtree_node_t *node, ngx_rbtree_node_t *sentinel);
static ngx_int_t ngx_http_grip_meta_compare(ngx_http_grip_meta_entry_t *meta,
    ngx_str_t *name, ngx_uint_t hash);
static ngx_uint_t ngx_http_grip_meta_hash(ngx_str_t *name);


/* as names are compared, which variables have to begin with */

#define ngx_http_grip_meta_char(ch)                                          \
    (u_char) ((ch) == '-' ? '_' : ngx_tolower(ch))


ngx_int_t
ngx_http_grip_meta_find(ngx_http_request_t *r, ngx_str_t *name,
    ngx_str_t *value)
{
    ngx_int_t                    rc;
    ngx_http_grip_metas_t       *metas;
    ngx_http_grip_meta_entry_t  *meta;

    metas = ngx_http_grip_meta_read(r);
    if (metas == NULL) {
        return NGX_ERROR;
    }

    meta = ngx_http_grip_meta_lookup(metas, name,
                                     ngx_http_grip_meta_hash(name));

    if (meta == NULL) {
        return NGX_DECLINED;
    }

    if (meta->room == NULL) {
        rc = ngx_http_grip_verify_connection(r);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    *value = meta->value;

    return NGX_OK;
}


/* blanks do not come back, and without them it would be another value */

const char *
ngx_http_grip_meta_invalid(ngx_str_t *value)
{
    ngx_str_t  text;

    if (!ngx_http_grip_headers_value_valid(value)) {
        return "control characters in the value";
    }

    text = *value;
    ngx_grip_line_trim(&text);

    return (text.len == value->len) ? NULL : "a blank at an end of the value";
}


const char *
ngx_http_grip_meta_unusable(ngx_http_request_t *r, ngx_str_t *name,
    ngx_str_t *value)
{
    size_t                     size;
    const char                *reason;
    ngx_http_core_srv_conf_t  *cscf;

    reason = ngx_http_grip_meta_invalid(value);

    if (reason) {
        return reason;
    }

    cscf = ngx_http_get_module_srv_conf(r, ngx_http_core_module);

    size = cscf->large_client_header_buffers.size;

    if (size < sizeof("Meta-: \r\n") - 1 + name->len
        || value->len > size - (sizeof("Meta-: \r\n") - 1 + name->len))
    {
        return "longer than \"large_client_header_buffers\"";
    }

    return NULL;
}


ngx_int_t
ngx_http_grip_meta_set(ngx_http_grip_websocket_t *ws, ngx_str_t *name,
    ngx_str_t *value)
{
    size_t                       i;
    ngx_uint_t                   hash, first;
    ngx_http_grip_metas_t       *metas;
    ngx_http_grip_meta_entry_t  *meta;

    metas = ngx_http_grip_meta_read(ws->request);
    if (metas == NULL) {
        return NGX_ERROR;
    }

    hash = ngx_http_grip_meta_hash(name);
    meta = ngx_http_grip_meta_lookup(metas, name, hash);

    first = (meta == NULL || meta->room == NULL);

    if (first) {
        if (metas->nset == NGX_HTTP_GRIP_META_NAMES_MAX) {
            return NGX_DECLINED;
        }

        meta = ngx_http_grip_meta_own(metas, meta, name, hash);
        if (meta == NULL) {
            return NGX_ERROR;
        }
    }

    if (ngx_http_grip_meta_value(metas->pool, meta, value, ws->nevents)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    /* the last spelling of a name is the one that the proxy will use */

    for (i = 0; i < name->len; i++) {
        meta->name.data[i] = (name->data[i] == '_') ? '-' : name->data[i];
    }

    if (first) {
        metas->nset++;

    } else {
        ngx_queue_remove(&meta->set);
    }

    ngx_queue_insert_tail(&metas->set, &meta->set);

    return NGX_OK;
}


ngx_array_t *
ngx_http_grip_meta_list(ngx_http_request_t *r)
{
    ngx_int_t                    trusted;
    ngx_array_t                 *list;
    ngx_queue_t                 *q;
    ngx_grip_pair_t             *pair;
    ngx_http_grip_metas_t       *metas;
    ngx_http_grip_meta_entry_t  *meta;

    metas = ngx_http_grip_meta_read(r);
    if (metas == NULL) {
        return NULL;
    }

    list = ngx_array_create(r->pool, 4, sizeof(ngx_grip_pair_t));
    if (list == NULL) {
        return NULL;
    }

    trusted = ngx_http_grip_verify_connection(r);
    if (trusted == NGX_ERROR) {
        return NULL;
    }

    for (q = ngx_queue_head(&metas->all);
         q != ngx_queue_sentinel(&metas->all);
         q = ngx_queue_next(q))
    {
        meta = ngx_queue_data(q, ngx_http_grip_meta_entry_t, all);

        if (meta->value.len == 0 || (meta->room == NULL && trusted != NGX_OK)) {
            continue;
        }

        pair = ngx_array_push(list);
        if (pair == NULL) {
            return NULL;
        }

        pair->name = meta->name;
        pair->value = meta->value;
    }

    return list;
}


ngx_int_t
ngx_http_grip_meta_reply(ngx_http_request_t *r)
{
    ngx_str_t                    header;
    ngx_queue_t                 *q;
    ngx_http_grip_ctx_t         *ctx;
    ngx_http_grip_meta_entry_t  *meta;

    ctx = ngx_http_grip_ctx_find(r);

    if (ctx == NULL || ctx->metas == NULL) {
        return NGX_OK;
    }

    for (q = ngx_queue_head(&ctx->metas->set);
         q != ngx_queue_sentinel(&ctx->metas->set);
         q = ngx_queue_next(q))
    {
        meta = ngx_queue_data(q, ngx_http_grip_meta_entry_t, set);

        header.len = sizeof("Set-Meta-") - 1 + meta->name.len;
        header.data = meta->name.data - (sizeof("Set-Meta-") - 1);

        if (ngx_http_grip_headers_out(r, &header, &meta->value) == NULL) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_grip_meta_copy(ngx_http_grip_websocket_t *ws, ngx_http_request_t *r)
{
    ngx_queue_t                 *q;
    ngx_http_grip_ctx_t         *ctx;
    ngx_http_grip_meta_entry_t  *meta;

    ctx = ngx_http_grip_ctx_find(r);

    if (ctx == NULL || ctx->metas == NULL) {
        return NGX_OK;
    }

    for (q = ngx_queue_head(&ctx->metas->set);
         q != ngx_queue_sentinel(&ctx->metas->set);
         q = ngx_queue_next(q))
    {
        meta = ngx_queue_data(q, ngx_http_grip_meta_entry_t, set);

        if (ngx_http_grip_meta_set(ws, &meta->name, &meta->value) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_http_grip_metas_t *
ngx_http_grip_meta_read(ngx_http_request_t *r)
{
    ngx_str_t                    name;
    ngx_uint_t                   hash;
    ngx_table_elt_t             *h;
    ngx_http_grip_ctx_t         *ctx;
    ngx_http_grip_metas_t       *metas;
    ngx_http_grip_headers_t      hs;
    ngx_http_grip_meta_entry_t  *meta;

    ctx = ngx_http_grip_ctx_get(r);
    if (ctx == NULL) {
        return NULL;
    }

    if (ctx->metas) {
        return ctx->metas;
    }

    metas = ngx_pcalloc(ctx->pool, sizeof(ngx_http_grip_metas_t));
    if (metas == NULL) {
        return NULL;
    }

    metas->pool = ctx->pool;

    ngx_rbtree_init(&metas->names, &metas->sentinel,
                    ngx_http_grip_meta_insert);

    ngx_queue_init(&metas->all);
    ngx_queue_init(&metas->set);

    ngx_http_grip_headers_init(&hs, &r->main->headers_in.headers);

    for ( ;; ) {
        h = ngx_http_grip_headers_next(&hs);
        if (h == NULL) {
            break;
        }

        if (h->key.len <= sizeof("meta-") - 1
            || ngx_strncmp(h->lowcase_key, "meta-", sizeof("meta-") - 1) != 0)
        {
            continue;
        }

        name.len = h->key.len - (sizeof("meta-") - 1);
        name.data = h->key.data + sizeof("meta-") - 1;
        hash = ngx_http_grip_meta_hash(&name);

        /* of two headers the first one counts */

        if (ngx_http_grip_meta_lookup(metas, &name, hash)) {
            continue;
        }

        meta = ngx_http_grip_meta_add(metas, &name, hash);
        if (meta == NULL) {
            return NULL;
        }

        meta->value = h->value;
    }

    ctx->metas = metas;

    return metas;
}


static ngx_http_grip_meta_entry_t *
ngx_http_grip_meta_lookup(ngx_http_grip_metas_t *metas, ngx_str_t *name,
    ngx_uint_t hash)
{
    ngx_int_t           rc;
    ngx_rbtree_node_t  *node;

    for (node = metas->names.root;
         node != &metas->sentinel;
         node = (rc < 0) ? node->left : node->right)
    {
        rc = ngx_http_grip_meta_compare((ngx_http_grip_meta_entry_t *) node,
                                        name, hash);

        if (rc == 0) {
            return (ngx_http_grip_meta_entry_t *) node;
        }
    }

    return NULL;
}


static void
ngx_http_grip_meta_insert(ngx_rbtree_node_t *temp, ngx_rbtree_node_t *node,
    ngx_rbtree_node_t *sentinel)
{
    ngx_rbtree_node_t           **p;
    ngx_http_grip_meta_entry_t   *meta;

    meta = (ngx_http_grip_meta_entry_t *) node;

    for ( ;; ) {
        p = (ngx_http_grip_meta_compare((ngx_http_grip_meta_entry_t *) temp,
                                        &meta->name, node->key)
             < 0)
            ? &temp->left : &temp->right;

        if (*p == sentinel) {
            break;
        }

        temp = *p;
    }

    *p = node;
    node->parent = temp;
    node->left = sentinel;
    node->right = sentinel;
    ngx_rbt_red(node);
}


/* how the name compares with that of the meta: by hash, length, characters */

static ngx_int_t
ngx_http_grip_meta_compare(ngx_http_grip_meta_entry_t *meta, ngx_str_t *name,
    ngx_uint_t hash)
{
    size_t  i;
    u_char  one, other;

    if (hash != meta->node.key) {
        return (hash < meta->node.key) ? -1 : 1;
    }

    if (name->len != meta->name.len) {
        return (name->len < meta->name.len) ? -1 : 1;
    }

    for (i = 0; i < name->len; i++) {
        one = ngx_http_grip_meta_char(name->data[i]);
        other = ngx_http_grip_meta_char(meta->name.data[i]);

        if (one != other) {
            return (one < other) ? -1 : 1;
        }
    }

    return 0;
}


static ngx_http_grip_meta_entry_t *
ngx_http_grip_meta_add(ngx_http_grip_metas_t *metas, ngx_str_t *name,
    ngx_uint_t hash)
{
    ngx_http_grip_meta_entry_t  *meta;

    meta = ngx_pcalloc(metas->pool, sizeof(ngx_http_grip_meta_entry_t));
    if (meta == NULL) {
        return NULL;
    }

    meta->name = *name;
    meta->node.key = hash;

    ngx_rbtree_insert(&metas->names, &meta->node);
    ngx_queue_insert_tail(&metas->all, &meta->all);

    return meta;
}


/* gives a meta of the request, or a new one, a name of its own */

static ngx_http_grip_meta_entry_t *
ngx_http_grip_meta_own(ngx_http_grip_metas_t *metas,
    ngx_http_grip_meta_entry_t *meta, ngx_str_t *name, ngx_uint_t hash)
{
    u_char     *p;
    ngx_str_t   own;

    p = ngx_pnalloc(metas->pool, sizeof("Set-Meta-") - 1 + name->len);
    if (p == NULL) {
        return NULL;
    }

    own.len = name->len;
    own.data = ngx_cpymem(p, "Set-Meta-", sizeof("Set-Meta-") - 1);
    ngx_memcpy(own.data, name->data, name->len);

    if (meta == NULL) {
        return ngx_http_grip_meta_add(metas, &own, hash);
    }

    meta->name = own;

    return meta;
}


/*
 * A value that has been seen in the event at hand, by captures or whatever is
 * yet to be done, stays as it is until the event ends.
 */

static ngx_int_t
ngx_http_grip_meta_value(ngx_pool_t *pool, ngx_http_grip_meta_entry_t *meta,
    ngx_str_t *value, ngx_uint_t event)
{
    size_t                      size;
    ngx_http_grip_meta_room_t  *room;

    room = meta->room ? meta->room->next : NULL;

    if (room == NULL || room == meta->room || room->event == event) {

        room = ngx_pcalloc(pool, sizeof(ngx_http_grip_meta_room_t));
        if (room == NULL) {
            return NGX_ERROR;
        }

        if (meta->room) {
            room->next = meta->room->next;
            meta->room->next = room;

        } else {
            room->next = room;
        }
    }

    if (room->data == NULL || room->size < value->len) {

        for (size = NGX_HTTP_GRIP_META_ROOM; size < value->len; size *= 2) {
            /* void */
        }

        room->data = ngx_pnalloc(pool, size);
        if (room->data == NULL) {
            return NGX_ERROR;
        }

        room->size = size;
    }

    if (meta->room) {
        meta->room->event = event;
    }

    if (value->len) {
        ngx_memcpy(room->data, value->data, value->len);
    }

    meta->room = room;
    meta->value.len = value->len;
    meta->value.data = room->data;

    return NGX_OK;
}


static ngx_uint_t
ngx_http_grip_meta_hash(ngx_str_t *name)
{
    size_t      i;
    ngx_uint_t  hash;

    hash = 0;

    for (i = 0; i < name->len; i++) {
        hash = ngx_hash(hash, ngx_http_grip_meta_char(name->data[i]));
    }

    return hash;
}
