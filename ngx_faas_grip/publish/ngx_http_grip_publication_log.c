
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The values of the variables for logs, of a publication.
 */


#include "publish/ngx_http_grip_publication_state.h"


static ngx_int_t ngx_http_grip_publication_log_list(
    ngx_http_grip_publication_t *pub, ngx_uint_t time, ngx_pool_t *pool,
    ngx_str_t *out);


ngx_int_t
ngx_http_grip_publication_log_status(ngx_http_grip_publication_t *pub,
    ngx_pool_t *pool, ngx_str_t *out)
{
    return ngx_http_grip_publication_log_list(pub, 0, pool, out);
}


ngx_int_t
ngx_http_grip_publication_log_time(ngx_http_grip_publication_t *pub,
    ngx_pool_t *pool, ngx_str_t *out)
{
    return ngx_http_grip_publication_log_list(pub, 1, pool, out);
}


/* of each publisher the time that it took, or else the status */

static ngx_int_t
ngx_http_grip_publication_log_list(ngx_http_grip_publication_t *pub,
    ngx_uint_t time, ngx_pool_t *pool, ngx_str_t *out)
{
    u_char                         *p;
    ngx_uint_t                      i, n;
    ngx_http_grip_leg_t            *leg;
    ngx_http_grip_publish_state_t  *state;

    ngx_str_null(out);

    if (pub->nitems == 0) {
        return NGX_OK;
    }

    state = pub->state;
    n = pub->publishers->nelts;

    p = ngx_pnalloc(pool, n * (NGX_TIME_T_LEN + 4 + 2));
    if (p == NULL) {
        return NGX_ERROR;
    }

    out->data = p;

    for (i = 0; i < n; i++) {
        leg = &state->legs[i];

        if (i) {
            *p++ = ',';
            *p++ = ' ';
        }

        if (leg->status == 0) {
            *p++ = '-';

        } else if (time) {
            p = ngx_sprintf(p, "%T.%03M", (time_t) leg->time / 1000,
                            leg->time % 1000);

        } else {
            p = ngx_sprintf(p, "%ui", leg->status);
        }
    }

    out->len = p - out->data;

    return NGX_OK;
}
