
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Links of resumable holds.  The proxy requests them without anything of a
 * client, and shares the answer among all with the same path, so that has
 * all by which answers differ: the location, the channel, the metas and other
 * values of variables, and of a page where it begins; signed by a secret of
 * the zone.
 */


#include "hold/ngx_grip_hold_signed.h"
#include "hold/ngx_http_grip_hold_resume.h"
#include "proxy/ngx_http_grip_proxy.h"
#include "text/ngx_grip_base64.h"
#include "verify/ngx_http_grip_verify.h"


/* what a link may be in all; the name of a location is any */
#define NGX_HTTP_GRIP_LINK_MAX     16384

#define NGX_HTTP_GRIP_LINK_LINE    (sizeof("GET  HTTP/1.1" CRLF) - 1)


static size_t ngx_http_grip_hold_link_bytes(u_char *dst,
    ngx_http_request_t *r, ngx_http_grip_resume_t *resume);
static ngx_int_t ngx_http_grip_hold_link_sign(ngx_http_request_t *r,
    u_char *secret, ngx_str_t *bytes, ngx_str_t *token);
static ngx_grip_key_t *ngx_http_grip_hold_link_key(ngx_http_request_t *r,
    u_char *secret);
static void ngx_http_grip_hold_link_forget(void *data);
static ngx_int_t ngx_http_grip_hold_link_verify(ngx_http_request_t *r,
    ngx_http_grip_loc_conf_t *glcf, ngx_grip_hold_signed_t *known,
    ngx_str_t *bytes, ngx_str_t *token);
static void ngx_http_grip_hold_link_not_signed(ngx_http_request_t *r);
static ngx_int_t ngx_http_grip_hold_link_metas(ngx_http_request_t *r,
    ngx_str_t *fields, ngx_array_t **metas);
static ngx_http_grip_resumable_t *ngx_http_grip_hold_link_location(
    ngx_http_grip_srv_conf_t *gscf, ngx_str_t *name);


static ngx_grip_key_t  *ngx_http_grip_hold_link_kept;

/*
 * Links that the worker has made or found to be right: holds of a channel have
 * the same one, and OpenSSL takes longer for it than nginx for the request.
 * Those that somebody makes up are not kept, and take nobody's place.
 */

static ngx_grip_hold_signed_t
    ngx_http_grip_hold_link_signed[NGX_GRIP_HOLD_SIGNED_PLACES];


ngx_int_t
ngx_http_grip_hold_link_write(ngx_http_request_t *r,
    ngx_http_grip_resume_t *resume)
{
    u_char                     secret[NGX_GRIP_HISTORY_SECRET], *p;
    ngx_str_t                  bytes, fields, token;
    ngx_grip_hold_signed_t    *known;
    ngx_http_grip_loc_conf_t  *glcf;
    ngx_http_grip_srv_conf_t  *gscf;

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);
    gscf = ngx_http_get_module_srv_conf(r, ngx_http_faas_grip_module);

    bytes.len = ngx_http_grip_hold_link_bytes(NULL, r, resume);

    bytes.data = ngx_pnalloc(r->pool, bytes.len);
    if (bytes.data == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_http_grip_hold_link_bytes(bytes.data, r, resume);

    if (ngx_http_grip_history_secret(glcf->history, secret) != NGX_OK) {
        return NGX_ERROR;
    }

    fields = ngx_grip_hold_link_fields(&bytes);

    known = ngx_grip_hold_signed_by_fields(ngx_http_grip_hold_link_signed,
                                           secret, &fields);

    if (known) {
        token.len = ngx_grip_base64_url_len(bytes.len);
        token.data = known->token;

    } else if (ngx_http_grip_hold_link_sign(r, secret, &bytes, &token)
               != NGX_OK)
    {
        return NGX_ERROR;
    }

    resume->link.len = gscf->history_link.len + token.len;

    resume->link.data = ngx_pnalloc(r->pool, resume->link.len);
    if (resume->link.data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_cpymem(resume->link.data, gscf->history_link.data,
                   gscf->history_link.len);
    ngx_memcpy(p, token.data, token.len);

    return NGX_OK;
}


ngx_uint_t
ngx_http_grip_hold_link_fits(ngx_http_request_t *r,
    ngx_http_grip_resume_t *resume)
{
    size_t                     len, max;
    ngx_http_grip_ctx_t       *ctx;
    ngx_http_conf_ctx_t       *conf;
    ngx_http_grip_srv_conf_t  *gscf;
    ngx_http_core_srv_conf_t  *cscf;

    gscf = ngx_http_get_module_srv_conf(r, ngx_http_faas_grip_module);

    len = NGX_GRIP_HISTORY_ID_LEN
          + ngx_http_grip_hold_link_bytes(NULL, r, resume);
    len = gscf->history_link.len + ngx_grip_base64_url_len(len);

    /* of the server that reads the line of a request, before it has the host */

    conf = r->http_connection->conf_ctx;
    cscf = conf->srv_conf[ngx_http_core_module.ctx_index];

    max = cscf->large_client_header_buffers.size - NGX_HTTP_GRIP_LINK_LINE;

    if (len <= ngx_min(max, NGX_HTTP_GRIP_LINK_MAX)) {
        return 1;
    }

    ctx = ngx_http_grip_ctx_find(r);

    if (ctx == NULL || ctx->unlinked) {
        return 0;
    }

    ctx->unlinked = 1;

    if (max < NGX_HTTP_GRIP_LINK_MAX) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "grip: hold will not resume: its link of %uz bytes "
                      "exceeds the %uz bytes for which "
                      "\"large_client_header_buffers\" has room", len, max);
        return 0;
    }

    ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                  "grip: hold will not resume: its link of %uz bytes exceeds "
                  "the limit, %d bytes", len, NGX_HTTP_GRIP_LINK_MAX);

    return 0;
}


static size_t
ngx_http_grip_hold_link_bytes(u_char *dst, ngx_http_request_t *r,
    ngx_http_grip_resume_t *resume)
{
    ngx_grip_hold_link_t       link;
    ngx_http_grip_loc_conf_t  *glcf;

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);

    ngx_memzero(&link, sizeof(ngx_grip_hold_link_t));

    link.location = glcf->hold->resumable;
    link.channel = resume->channel;
    link.keepalive = resume->keepalive;
    link.gone = resume->gone;

    if (resume->more) {
        link.position = resume->position;
    }

    if (resume->metas) {
        link.metas = resume->metas->elts;
        link.nmetas = resume->metas->nelts;
    }

    return ngx_grip_hold_link_write(dst, &link);
}


static ngx_int_t
ngx_http_grip_hold_link_sign(ngx_http_request_t *r, u_char *secret,
    ngx_str_t *bytes, ngx_str_t *token)
{
    ngx_grip_key_t  *key;

    key = ngx_http_grip_hold_link_key(r, secret);
    if (key == NULL) {
        return NGX_ERROR;
    }

    if (ngx_grip_hold_link_sign(bytes, key) != NGX_OK) {
        ngx_http_grip_hold_link_not_signed(r);
        return NGX_ERROR;
    }

    token->len = ngx_grip_base64_url_len(bytes->len);

    token->data = ngx_pnalloc(r->pool, token->len);
    if (token->data == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_grip_base64_url_encode(token->data, bytes->data, bytes->len);

    ngx_grip_hold_signed_keep(ngx_http_grip_hold_link_signed, secret, bytes,
                              token);

    return NGX_OK;
}


/*
 * The key of the zone's secret; NULL: it was logged why not.  The worker keeps
 * the last one, as OpenSSL takes longer to begin with a secret than to sign;
 * more zones than one are rare, and so is a secret that changes.
 */

static ngx_grip_key_t *
ngx_http_grip_hold_link_key(ngx_http_request_t *r, u_char *secret)
{
    ngx_str_t            text;
    const char          *err;
    ngx_grip_key_t      *key;
    ngx_pool_cleanup_t  *cln;

    static u_char  last[NGX_GRIP_HISTORY_SECRET];

    if (ngx_http_grip_hold_link_kept
        && ngx_memcmp(secret, last, sizeof(last)) == 0)
    {
        return ngx_http_grip_hold_link_kept;
    }

    text.len = NGX_GRIP_HISTORY_SECRET;
    text.data = secret;

    key = ngx_grip_key_create_secret(&text, &err);

    if (key == NULL) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "grip: link of a hold not signed: %s", err);
        return NULL;
    }

    if (ngx_http_grip_hold_link_kept == NULL) {

        cln = ngx_pool_cleanup_add(ngx_cycle->pool, 0);
        if (cln == NULL) {
            ngx_grip_key_free(key);
            return NULL;
        }

        cln->handler = ngx_http_grip_hold_link_forget;
    }

    ngx_grip_key_free(ngx_http_grip_hold_link_kept);

    ngx_memcpy(last, secret, sizeof(last));
    ngx_http_grip_hold_link_kept = key;

    return key;
}


static void
ngx_http_grip_hold_link_forget(void *data)
{
    ngx_grip_key_free(ngx_http_grip_hold_link_kept);

    ngx_http_grip_hold_link_kept = NULL;
}


ngx_int_t
ngx_http_grip_hold_link_read(ngx_http_request_t *r,
    ngx_http_grip_resume_t *resume, ngx_str_t *page)
{
    ngx_int_t                   rc;
    ngx_str_t                   token, bytes, metas;
    ngx_grip_hold_link_t        link;
    ngx_grip_hold_signed_t     *known;
    ngx_http_grip_srv_conf_t   *gscf;
    ngx_http_grip_resumable_t  *location;

    gscf = ngx_http_get_module_srv_conf(r, ngx_http_faas_grip_module);

    token.len = r->uri.len - gscf->history_link.len;
    token.data = r->uri.data + gscf->history_link.len;

    if (token.len > NGX_HTTP_GRIP_LINK_MAX) {
        return NGX_HTTP_NOT_FOUND;
    }

    bytes.data = ngx_pnalloc(r->pool, ngx_grip_base64_decoded_max(token.len));
    if (bytes.data == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    known = ngx_grip_hold_signed_by_token(ngx_http_grip_hold_link_signed,
                                          &token);

    if (known) {
        bytes.len = known->len;
        ngx_memcpy(bytes.data, known->bytes, known->len);

    } else if (ngx_grip_base64_url_decode(bytes.data, &bytes.len, &token)
               != NGX_OK)
    {
        return NGX_HTTP_NOT_FOUND;
    }

    if (ngx_grip_hold_link_read(&link, &bytes, &metas) != NGX_OK) {
        return NGX_HTTP_NOT_FOUND;
    }

    location = ngx_http_grip_hold_link_location(gscf, &link.location);
    if (location == NULL) {
        return NGX_HTTP_NOT_FOUND;
    }

    rc = ngx_http_grip_hold_link_verify(r,
            location->loc_conf[ngx_http_faas_grip_module.ctx_index], known,
            &bytes, &token);

    if (rc != NGX_OK) {
        return (rc == NGX_DECLINED) ? NGX_HTTP_NOT_FOUND
                                    : NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /* not before, as others' answers must not tell which locations there are */

    r->loc_conf = location->loc_conf;
    ngx_http_update_location_config(r);

    if (ngx_http_grip_verify_trusted(r) != NGX_OK) {
        return NGX_HTTP_FORBIDDEN;
    }

    resume->channel = link.channel;
    resume->keepalive = link.keepalive;
    resume->gone = link.gone;
    *page = link.position;

    return ngx_http_grip_hold_link_metas(r, &metas, &resume->metas);
}


static ngx_int_t
ngx_http_grip_hold_link_verify(ngx_http_request_t *r,
    ngx_http_grip_loc_conf_t *glcf, ngx_grip_hold_signed_t *known,
    ngx_str_t *bytes, ngx_str_t *token)
{
    u_char           secret[NGX_GRIP_HISTORY_SECRET];
    ngx_int_t        rc;
    ngx_grip_key_t  *key;

    /* it was a stream's: with a link and no hold the proxy would ask on */

    if (glcf->hold->mode == NGX_HTTP_GRIP_HOLD_RESPONSE) {
        return NGX_DECLINED;
    }

    if (ngx_http_grip_history_secret(glcf->history, secret) != NGX_OK) {
        return NGX_ERROR;
    }

    if (known
        && ngx_memcmp(known->secret, secret, NGX_GRIP_HISTORY_SECRET) == 0)
    {
        return NGX_OK;
    }

    key = ngx_http_grip_hold_link_key(r, secret);
    if (key == NULL) {
        return NGX_ERROR;
    }

    rc = ngx_grip_hold_link_verify(bytes, key);

    if (rc == NGX_ERROR) {
        ngx_http_grip_hold_link_not_signed(r);
    }

    if (rc == NGX_OK) {
        ngx_grip_hold_signed_keep(ngx_http_grip_hold_link_signed, secret,
                                  bytes, token);
    }

    return rc;
}


static void
ngx_http_grip_hold_link_not_signed(ngx_http_request_t *r)
{
    ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                  "grip: link of a hold not signed: OpenSSL failed");
}


static ngx_int_t
ngx_http_grip_hold_link_metas(ngx_http_request_t *r, ngx_str_t *fields,
    ngx_array_t **metas)
{
    ngx_str_t  field, *meta;

    while (ngx_grip_hold_link_next(fields, &field)) {

        if (*metas == NULL) {
            *metas = ngx_array_create(r->pool, 2, sizeof(ngx_str_t));
            if (*metas == NULL) {
                return NGX_HTTP_INTERNAL_SERVER_ERROR;
            }
        }

        meta = ngx_array_push(*metas);
        if (meta == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        *meta = field;
    }

    return NGX_OK;
}


static ngx_http_grip_resumable_t *
ngx_http_grip_hold_link_location(ngx_http_grip_srv_conf_t *gscf,
    ngx_str_t *name)
{
    ngx_uint_t                  i;
    ngx_http_grip_resumable_t  *location;

    location = gscf->history_holds->elts;

    for (i = 0; i < gscf->history_holds->nelts; i++) {
        if (location[i].name.len == name->len
            && ngx_memcmp(location[i].name.data, name->data, name->len) == 0)
        {
            return &location[i];
        }
    }

    return NULL;
}
