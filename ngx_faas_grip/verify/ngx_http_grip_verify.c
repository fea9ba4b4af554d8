
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Grip-Sig at run time.  A token that was good a moment ago is good again
 * until it expires: the proxy signs all requests of a second alike.  If only
 * the signature is another one, as those by ES256 always are, it is all that
 * there is to verify.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <openssl/crypto.h>

#include "keys/ngx_grip_jwt.h"
#include "request/ngx_http_grip_content.h"
#include "request/ngx_http_grip_headers.h"
#include "request/ngx_http_grip_refusal.h"
#include "verify/ngx_http_grip_verify.h"
#include "verify/ngx_http_grip_verify_metrics.h"


/* the last token that a key has verified, made when the key first does */

struct ngx_http_grip_verified_s {
    ngx_grip_jwt_claims_t      claims;
    size_t                     len;
    size_t                     signed_len;   /* with the dot that follows */
    u_char                     token[NGX_GRIP_JWT_MAX];
};


static ngx_int_t ngx_http_grip_verify_keys(ngx_http_request_t *r,
    ngx_http_grip_loc_conf_t *glcf, ngx_http_grip_ctx_t *ctx);
static ngx_int_t ngx_http_grip_verify_token(ngx_http_request_t *r,
    ngx_http_grip_verify_key_t *key, ngx_str_t *token,
    ngx_http_grip_ctx_t *ctx);
static void ngx_http_grip_verify_refused(ngx_http_request_t *r,
    const char *reason);
static ngx_int_t ngx_http_grip_verify_claims(ngx_http_grip_verify_key_t *key,
    ngx_str_t *token, ngx_http_grip_ctx_t *ctx);


ngx_http_grip_ctx_t *
ngx_http_grip_verify(ngx_http_request_t *r)
{
    ngx_http_grip_ctx_t       *ctx;
    ngx_http_grip_loc_conf_t  *glcf;

    ctx = ngx_http_grip_ctx_get(r);
    if (ctx == NULL) {
        return NULL;
    }

    glcf = ngx_http_get_module_loc_conf(r->main, ngx_http_faas_grip_module);

    if (ctx->verdict != NGX_HTTP_GRIP_VERDICT_UNKNOWN
        && ctx->keys == glcf->verify_keys)
    {
        return ctx;
    }

    ctx->keys = glcf->verify_keys;
    ctx->iss.len = 0;

    if (ngx_http_grip_verify_keys(r, glcf, ctx) != NGX_OK) {
        return NULL;
    }

    if (glcf->metrics.verdicts) {
        ngx_http_grip_verify_metrics_count(glcf, ctx);
    }

    return ctx;
}


static ngx_int_t
ngx_http_grip_verify_keys(ngx_http_request_t *r,
    ngx_http_grip_loc_conf_t *glcf, ngx_http_grip_ctx_t *ctx)
{
    ngx_str_t                   *token;
    ngx_uint_t                   i;
    const char                  *reason;
    ngx_http_grip_verify_key_t  *key;

    token = ngx_http_grip_header_in(r->main, "grip-sig");
    if (token == NULL) {
        ctx->verdict = NGX_HTTP_GRIP_VERDICT_NONE;
        return NGX_OK;
    }

    ctx->verdict = NGX_HTTP_GRIP_VERDICT_FAILED;
    ctx->reason = "no key";

    if (glcf->verify_keys == NULL) {
        return NGX_OK;
    }

    key = glcf->verify_keys->elts;
    reason = NULL;

    for (i = 0; i < glcf->verify_keys->nelts; i++) {

        switch (ngx_http_grip_verify_token(r, &key[i], token, ctx)) {

        case NGX_OK:
            ctx->verdict = NGX_HTTP_GRIP_VERDICT_SUCCESS;
            return NGX_OK;

        case NGX_ERROR:
            return NGX_ERROR;

        default: /* NGX_DECLINED */
            reason = ngx_grip_jwt_reason(reason, ctx->reason);
        }
    }

    if (reason) {
        ctx->reason = reason;
    }

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "grip signature refused: %s", ctx->reason);

    return NGX_OK;
}


static ngx_int_t
ngx_http_grip_verify_token(ngx_http_request_t *r,
    ngx_http_grip_verify_key_t *key, ngx_str_t *token,
    ngx_http_grip_ctx_t *ctx)
{
    ngx_int_t               rc;
    ngx_grip_jwt_claims_t  *claims;

    rc = ngx_http_grip_verify_claims(key, token, ctx);

    if (rc == NGX_ERROR) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "grip: signature could not be verified: %s",
                      ctx->reason);
    }

    if (rc != NGX_OK) {
        return rc;
    }

    claims = &key->last->claims;

    if (claims->iss_len) {
        ctx->iss.data = ngx_pnalloc(ctx->pool, claims->iss_len);
        if (ctx->iss.data == NULL) {
            ctx->reason = "out of memory";
            return NGX_ERROR;
        }

        ctx->iss.len = claims->iss_len;
        ngx_memcpy(ctx->iss.data, claims->iss, claims->iss_len);
    }

    return NGX_OK;
}


/* NGX_OK: the claims are those of key->last */

static ngx_int_t
ngx_http_grip_verify_claims(ngx_http_grip_verify_key_t *key, ngx_str_t *token,
    ngx_http_grip_ctx_t *ctx)
{
    size_t                     n;
    u_char                    *p;
    ngx_int_t                  rc;
    ngx_grip_jwt_claims_t      claims;
    ngx_http_grip_verified_t  *last;

    last = key->last;

    if (last
        && last->claims.exp > ngx_time()
        && last->signed_len < token->len
        && ngx_memcmp(last->token, token->data, last->signed_len) == 0)
    {
        n = last->signed_len;

        if (last->len == token->len
            && CRYPTO_memcmp(last->token + n, token->data + n, token->len - n)
               == 0)
        {
            return NGX_OK;
        }

        rc = ngx_grip_jwt_verify_signature(token, key->key, &ctx->reason);

        if (rc != NGX_OK) {
            return rc;
        }

    } else {

        rc = ngx_grip_jwt_verify(token, key->key,
                                 key->iss.len ? &key->iss : NULL, ngx_time(),
                                 &claims, &ctx->reason);

        if (rc != NGX_OK) {
            return rc;
        }

        if (last == NULL) {
            last = ngx_palloc(ngx_cycle->pool,
                              sizeof(ngx_http_grip_verified_t));
            if (last == NULL) {
                ctx->reason = "out of memory";
                return NGX_ERROR;
            }

            key->last = last;
        }

        last->claims = claims;
    }

    for (p = token->data + token->len; p[-1] != '.'; p--) { /* void */ }

    last->signed_len = p - token->data;
    last->len = token->len;
    ngx_memcpy(last->token, token->data, token->len);

    return NGX_OK;
}


ngx_int_t
ngx_http_grip_verify_trusted(ngx_http_request_t *r)
{
    ngx_http_grip_ctx_t       *ctx;
    ngx_http_grip_loc_conf_t  *glcf;

    glcf = ngx_http_get_module_loc_conf(r->main, ngx_http_faas_grip_module);

    if (glcf->verify == NGX_HTTP_GRIP_VERIFY_OFF) {
        return NGX_OK;
    }

    ctx = ngx_http_grip_verify(r);
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    return ctx->verdict == NGX_HTTP_GRIP_VERDICT_SUCCESS ? NGX_OK
                                                         : NGX_DECLINED;
}


ngx_int_t
ngx_http_grip_verify_connection(ngx_http_request_t *r)
{
    const char           *err;
    ngx_http_grip_ctx_t  *ctx;

    ctx = ngx_http_grip_ctx_get(r);
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    if (!ctx->recognised) {
        ctx->recognised = 1;
        ctx->events = (ngx_http_grip_content_events(r->main, &err) == NGX_OK);
    }

    return ctx->events ? ngx_http_grip_verify_trusted(r) : NGX_DECLINED;
}


/*
 * Preaccess, and not access: "satisfy any" must not let a signature, which
 * every client's request has, stand for a password, nor the other way round.
 */

ngx_int_t
ngx_http_grip_verify_preaccess(ngx_http_request_t *r)
{
    ngx_uint_t                 mode, level;
    const char                *err;
    ngx_http_grip_ctx_t       *ctx;
    ngx_http_grip_loc_conf_t  *glcf;

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_faas_grip_module);

    mode = glcf->verify;

    if (mode == NGX_HTTP_GRIP_VERIFY_EVENTS) {
        mode = ngx_http_grip_content_events(r, &err) == NGX_DECLINED
               ? NGX_HTTP_GRIP_VERIFY_OPTIONAL : NGX_HTTP_GRIP_VERIFY_ON;
    }

    if (r != r->main
        || (mode != NGX_HTTP_GRIP_VERIFY_ON
            && mode != NGX_HTTP_GRIP_VERIFY_OPTIONAL))
    {
        return NGX_DECLINED;
    }

    ctx = ngx_http_grip_verify(r);
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    switch (ctx->verdict) {

    case NGX_HTTP_GRIP_VERDICT_SUCCESS:
        return NGX_DECLINED;

    case NGX_HTTP_GRIP_VERDICT_NONE:
        if (mode == NGX_HTTP_GRIP_VERIFY_OPTIONAL) {
            return NGX_DECLINED;
        }

        level = ngx_http_grip_refusal_level(NGX_HTTP_GRIP_REFUSAL_MISSING);

        ngx_log_error(level, r->connection->log, 0,
                      "grip: request refused: no \"Grip-Sig\" header%s",
                      ngx_http_grip_refusal_advice(level,
                              "the client does not use the proxy, or the "
                              "proxy does not sign, see its \"sig_key\""));

        return NGX_HTTP_FORBIDDEN;

    default:
        ngx_http_grip_verify_refused(r, ctx->reason);

        return NGX_HTTP_FORBIDDEN;
    }
}


static void
ngx_http_grip_verify_refused(ngx_http_request_t *r, const char *reason)
{
    ngx_uint_t   level;
    const char  *advice;

    if (ngx_strcmp(reason, "expired") == 0
        || ngx_strcmp(reason, "not yet valid") == 0
        || ngx_strcmp(reason, "no expiry") == 0)
    {
        level = ngx_http_grip_refusal_level(NGX_HTTP_GRIP_REFUSAL_EXPIRED);
        advice = ngx_http_grip_refusal_advice(level,
                              "the clocks of the proxy and of this machine "
                              "may differ");

    } else if (ngx_strstr(reason, "issuer")) {
        level = ngx_http_grip_refusal_level(NGX_HTTP_GRIP_REFUSAL_ISSUER);
        advice = ngx_http_grip_refusal_advice(level,
                              "see \"verify-iss=\" of \"grip_url\" and "
                              "\"iss=\" of \"grip_verify_key\"");

    } else {
        level = ngx_http_grip_refusal_level(NGX_HTTP_GRIP_REFUSAL_SIGNATURE);
        advice = ngx_http_grip_refusal_advice(level,
                              "the proxy may sign with another key than that "
                              "of \"grip_url\" or \"grip_verify_key\"");
    }

    ngx_log_error(level, r->connection->log, 0,
                  "grip: request refused: \"Grip-Sig\": %s%s", reason, advice);
}
