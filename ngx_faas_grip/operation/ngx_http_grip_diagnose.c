
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The answer is made of what requests of the server have left behind: nothing
 * is asked of a proxy, and no rule is run.
 */


#include "operation/ngx_http_grip_diagnose.h"
#include "publish/ngx_http_grip_publisher.h"
#include "request/ngx_http_grip_content.h"
#include "request/ngx_http_grip_headers.h"
#include "text/ngx_grip_json.h"
#include "text/ngx_grip_line.h"
#include "text/ngx_grip_utf8.h"
#include "verify/ngx_http_grip_verify.h"


/* more than the words of an answer, and of a line about a proxy */
#define NGX_HTTP_GRIP_DIAGNOSE_WORDS   1024
#define NGX_HTTP_GRIP_DIAGNOSE_LINE    256


typedef struct {
    ngx_http_grip_ctx_t         *ctx;
    ngx_str_t                    iss;            /* these are UTF-8, and have */
    ngx_str_t                    features;       /* no control characters */

    const char                  *came;           /* through a proxy or not */
    const char                  *verdict;
    ngx_str_t                    reason;

    ngx_http_grip_publisher_t  **publishers;
    ngx_uint_t                   npublishers;
    ngx_str_t                   *names;          /* of each of them */
    ngx_uint_t                   all;            /* workers, or this one */
} ngx_http_grip_diagnosis_t;


static ngx_int_t ngx_http_grip_diagnose_handler(ngx_http_request_t *r);
static ngx_int_t ngx_http_grip_diagnose_request(ngx_http_request_t *r,
    ngx_http_grip_diagnosis_t *d);
static ngx_int_t ngx_http_grip_diagnose_proxies(ngx_http_request_t *r,
    ngx_http_grip_diagnosis_t *d);
static ngx_int_t ngx_http_grip_diagnose_printable(ngx_pool_t *pool,
    ngx_str_t *text, ngx_str_t *printable);
static u_char *ngx_http_grip_diagnose_text(u_char *p,
    ngx_http_grip_diagnosis_t *d);
static u_char *ngx_http_grip_diagnose_json(u_char *p,
    ngx_http_grip_diagnosis_t *d);
static const char *ngx_http_grip_diagnose_last(
    ngx_http_grip_publisher_t *publisher, time_t *ago);


char *
ngx_http_grip_diagnose(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_grip_loc_conf_t  *glcf = conf;

    if (glcf->handler == ngx_http_grip_diagnose_handler) {
        return "is duplicate";
    }

    return ngx_http_grip_content_handler(cf, glcf,
                                         ngx_http_grip_diagnose_handler);
}


void
ngx_http_grip_diagnose_merge(ngx_http_grip_loc_conf_t *conf)
{
    if (conf->handler == ngx_http_grip_diagnose_handler
        && conf->verify == NGX_CONF_UNSET_UINT)
    {
        conf->verify = NGX_HTTP_GRIP_VERIFY_LAZY;
    }
}


static ngx_int_t
ngx_http_grip_diagnose_handler(ngx_http_request_t *r)
{
    size_t                      size;
    ngx_int_t                   rc;
    ngx_str_t                  *type, body;
    ngx_uint_t                  i, json;
    ngx_http_grip_diagnosis_t   d;

    static ngx_str_t  json_type = ngx_string("application/json");
    static ngx_str_t  text_type = ngx_string("text/plain; charset=utf-8");

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return ngx_http_grip_content_not_allowed(r, "GET, HEAD");
    }

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    ngx_memzero(&d, sizeof(ngx_http_grip_diagnosis_t));

    if (ngx_http_grip_diagnose_request(r, &d) != NGX_OK
        || ngx_http_grip_diagnose_proxies(r, &d) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /* a character becomes six at most, "\u007f" */

    size = NGX_HTTP_GRIP_DIAGNOSE_WORDS + 6 * (d.iss.len + d.features.len)
           + d.npublishers * NGX_HTTP_GRIP_DIAGNOSE_LINE;

    for (i = 0; i < d.npublishers; i++) {
        size += 6 * d.names[i].len;
    }

    body.data = ngx_pnalloc(r->pool, size);
    if (body.data == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    json = ngx_http_grip_content_json(r);
    type = json ? &json_type : &text_type;

    body.len = (json ? ngx_http_grip_diagnose_json(body.data, &d)
                     : ngx_http_grip_diagnose_text(body.data, &d))
               - body.data;

    return ngx_http_grip_content_send(r, NGX_HTTP_OK, type, &body);
}


static ngx_int_t
ngx_http_grip_diagnose_request(ngx_http_request_t *r,
    ngx_http_grip_diagnosis_t *d)
{
    ngx_int_t   rc;
    ngx_str_t   features;

    static ngx_str_t  name = ngx_string("grip-feature");

    d->ctx = ngx_http_grip_verify(r);
    if (d->ctx == NULL) {
        return NGX_ERROR;
    }

    rc = ngx_http_grip_headers_join(r->main, &name, &features);

    if (rc == NGX_ERROR
        || (rc == NGX_OK
            && ngx_http_grip_diagnose_printable(r->pool, &features,
                                                &d->features)
               != NGX_OK)
        || ngx_http_grip_diagnose_printable(r->pool, &d->ctx->iss, &d->iss)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    switch (d->ctx->verdict) {

    case NGX_HTTP_GRIP_VERDICT_SUCCESS:
        d->came = "yes";
        d->verdict = "success";
        break;

    case NGX_HTTP_GRIP_VERDICT_FAILED:
        d->came = "unproven";
        d->verdict = "failed";
        d->reason.data = (u_char *) d->ctx->reason;
        d->reason.len = ngx_strlen(d->ctx->reason);
        break;

    default:
        d->came = rc == NGX_OK ? "unproven" : "no";
        d->verdict = "none";
        ngx_str_set(&d->reason, "no \"Grip-Sig\" header");
        break;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_grip_diagnose_proxies(ngx_http_request_t *r,
    ngx_http_grip_diagnosis_t *d)
{
    ngx_uint_t                 i;
    ngx_http_grip_srv_conf_t  *gscf;

    gscf = ngx_http_get_module_srv_conf(r, ngx_http_faas_grip_module);

    if (gscf->publishers == NULL) {
        return NGX_OK;
    }

    d->publishers = gscf->publishers->elts;
    d->npublishers = gscf->publishers->nelts;
    d->all = (d->publishers[0]->metrics.latest != NULL);

    d->names = ngx_palloc(r->pool, d->npublishers * sizeof(ngx_str_t));
    if (d->names == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < d->npublishers; i++) {
        if (ngx_http_grip_diagnose_printable(r->pool, &d->publishers[i]->name,
                                             &d->names[i])
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_grip_diagnose_printable(ngx_pool_t *pool, ngx_str_t *text,
    ngx_str_t *printable)
{
    size_t  max;

    max = 3 * text->len;

    printable->data = ngx_pnalloc(pool, max + 1);
    if (printable->data == NULL) {
        return NGX_ERROR;
    }

    printable->len = ngx_grip_utf8_copy(printable->data, max, text);
    ngx_grip_line_mask(printable, '?');

    return NGX_OK;
}


static u_char *
ngx_http_grip_diagnose_text(u_char *p, ngx_http_grip_diagnosis_t *d)
{
    time_t       ago;
    ngx_uint_t   i;
    const char  *status;

    p = ngx_sprintf(p, "through a proxy: %s\nsignature: %s", d->came,
                    d->verdict);

    if (d->reason.len) {
        p = ngx_sprintf(p, ", %V", &d->reason);
    }

    if (d->ctx->verdict == NGX_HTTP_GRIP_VERDICT_SUCCESS) {
        p = d->iss.len ? ngx_sprintf(p, ", by \"%V\"", &d->iss)
                       : ngx_sprintf(p, ", by an issuer without a name");
    }

    p = ngx_sprintf(p, "\nfeatures: %s%V\n", d->features.len ? "" : "none",
                    &d->features);

    for (i = 0; i < d->npublishers; i++) {
        status = ngx_http_grip_diagnose_last(d->publishers[i], &ago);

        p = ngx_sprintf(p, "proxy: %V, last POST of %s: ", &d->names[i],
                        d->all ? "all workers" : "this worker");

        p = status ? ngx_sprintf(p, "%s, %T s ago\n", status, ago)
                   : ngx_sprintf(p, "never\n");
    }

    if (d->npublishers == 0) {
        p = ngx_sprintf(p, "proxy: no \"grip_url\"\n");
    }

    return ngx_sprintf(p, "nginx %s, ngx_faas_grip %s\n", NGINX_VERSION,
                       NGX_HTTP_GRIP_VERSION);
}


static u_char *
ngx_http_grip_diagnose_json(u_char *p, ngx_http_grip_diagnosis_t *d)
{
    time_t       ago;
    ngx_uint_t   i;
    const char  *status;

    p = ngx_sprintf(p, "{\"request\":{\"proxy\":\"%s\",\"signature\":\"%s\",",
                    d->came, d->verdict);

    p += ngx_grip_json_member(p, "reason", &d->reason);
    *p++ = ',';
    p += ngx_grip_json_member(p, "iss", &d->iss);
    *p++ = ',';
    p += ngx_grip_json_member(p, "features", &d->features);

    p = ngx_sprintf(p, "},\n\"workers\":\"%s\",\n\"proxies\":[",
                    d->all ? "all" : "this");

    for (i = 0; i < d->npublishers; i++) {
        status = ngx_http_grip_diagnose_last(d->publishers[i], &ago);

        p = ngx_sprintf(p, "%s\n{", i ? "," : "");
        p += ngx_grip_json_member(p, "url", &d->names[i]);

        p = status ? ngx_sprintf(p, ",\"status\":\"%s\",\"age\":%T}", status,
                                 ago)
                   : ngx_sprintf(p, ",\"status\":null,\"age\":null}");
    }

    return ngx_sprintf(p, "],\n\"nginx\":\"%s\",\"ngx_faas_grip\":\"%s\"}\n",
                       NGINX_VERSION, NGX_HTTP_GRIP_VERSION);
}


/* the class of the status of the last POST, or NULL if there was none */

static const char *
ngx_http_grip_diagnose_last(ngx_http_grip_publisher_t *publisher, time_t *ago)
{
    ngx_uint_t  i;

    if (publisher->metrics.latest) {
        return ngx_http_grip_metrics_latest(publisher->metrics.latest,
                                            NGX_HTTP_GRIP_METRICS_STATUSES, &i,
                                            ago)
               == NGX_OK ? ngx_http_grip_metrics_statuses[i] : NULL;
    }

    if (publisher->last == 0) {
        return NULL;
    }

    i = ngx_http_grip_metrics_status(publisher->last_status);
    *ago = ngx_max(ngx_time() - publisher->last, 0);

    return ngx_http_grip_metrics_statuses[i];
}
