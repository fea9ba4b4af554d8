
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "text/ngx_grip_json.h"
#include "wire/ngx_grip_sse.h"


static u_char *ngx_grip_sse_find(u_char *p, u_char *last, u_char ch);
static size_t ngx_grip_sse_text(u_char *dst, u_char *text, size_t len,
    ngx_uint_t json);
static size_t ngx_grip_sse_end(u_char *dst, ngx_uint_t json);


size_t
ngx_grip_sse_write(u_char *dst, ngx_str_t *event, ngx_str_t *id,
    ngx_str_t *content, ngx_uint_t json)
{
    size_t  n;

    n = ngx_grip_sse_line(dst, "event: ", event, json);
    n += ngx_grip_sse_line(ngx_grip_json_at(dst, n), "id: ", id, json);
    n += ngx_grip_sse_data(ngx_grip_json_at(dst, n), content, json);

    return n;
}


size_t
ngx_grip_sse_line(u_char *dst, const char *name, ngx_str_t *value,
    ngx_uint_t json)
{
    size_t   n, name_len;
    u_char  *p, *last, *run;

    if (value->len == 0) {
        return 0;
    }

    name_len = ngx_grip_json_literal(dst, name);

    n = name_len;
    p = value->data;
    last = p + value->len;

    while (p < last) {
        run = p;

        while (p < last && *p != CR && *p != LF && *p != '\0') {
            p++;
        }

        n += ngx_grip_sse_text(ngx_grip_json_at(dst, n), run,
                               (size_t) (p - run), json);

        if (p < last) {
            p++;
        }
    }

    if (n == name_len) {
        /*
         * an empty id would make the client forget the last one; the data
         * that follow in any case overwrite the name
         */
        return 0;
    }

    n += ngx_grip_sse_end(ngx_grip_json_at(dst, n), json);

    return n;
}


size_t
ngx_grip_sse_data(u_char *dst, ngx_str_t *content, ngx_uint_t json)
{
    size_t   n;
    u_char  *p, *cr, *lf, *last, *line;

    n = 0;
    p = content->data;
    last = content->len ? p + content->len : p;

    cr = ngx_grip_sse_find(p, last, CR);
    lf = ngx_grip_sse_find(p, last, LF);

    for ( ;; ) {
        line = p;
        p = ngx_min(cr, lf);

        n += ngx_grip_json_literal(ngx_grip_json_at(dst, n), "data: ");
        n += ngx_grip_sse_text(ngx_grip_json_at(dst, n), line,
                               (size_t) (p - line), json);
        n += ngx_grip_sse_end(ngx_grip_json_at(dst, n), json);

        if (p == last) {
            return n + ngx_grip_sse_end(ngx_grip_json_at(dst, n), json);
        }

        if (*p == CR && last - p > 1 && p[1] == LF) {
            p++;
        }

        p++;

        /* each is looked for again once it is passed: in all, once a byte */

        if (cr < p) {
            cr = ngx_grip_sse_find(p, last, CR);
        }

        if (lf < p) {
            lf = ngx_grip_sse_find(p, last, LF);
        }
    }
}


ngx_uint_t
ngx_grip_sse_single(ngx_str_t *content)
{
    u_char  *last;

    if (content->len == 0) {
        return 1;
    }

    last = content->data + content->len;

    return ngx_grip_sse_find(content->data, last, LF) == last
           && ngx_grip_sse_find(content->data, last, CR) == last;
}


static u_char *
ngx_grip_sse_find(u_char *p, u_char *last, u_char ch)
{
    u_char  *found;

    if (p == last) {
        return last;
    }

    found = memchr(p, ch, (size_t) (last - p));

    return found ? found : last;
}


static size_t
ngx_grip_sse_text(u_char *dst, u_char *text, size_t len, ngx_uint_t json)
{
    if (json) {
        return ngx_grip_json_escape(dst, text, len);
    }

    if (dst && len) {
        ngx_memcpy(dst, text, len);
    }

    return len;
}


static size_t
ngx_grip_sse_end(u_char *dst, ngx_uint_t json)
{
    return ngx_grip_json_literal(dst, json ? "\\n" : "\n");
}
