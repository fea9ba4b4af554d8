
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Headers of requests and responses that nginx has no field for, and bodies
 * that are in memory.
 */


#include "request/ngx_http_grip_compat.h"
#include "request/ngx_http_grip_headers.h"
#include "text/ngx_grip_media.h"


/* a header that nginx knows as a field, too */

typedef struct {
    ngx_str_t   name;
    ngx_uint_t  offset;
} ngx_http_grip_header_field_t;


/* RFC 9110, 7.6.1 */

ngx_str_t  ngx_http_grip_headers_hop[] = {
    ngx_string("connection"),
    ngx_string("keep-alive"),
    ngx_string("proxy-connection"),
    ngx_string("te"),
    ngx_string("trailer"),
    ngx_string("transfer-encoding"),
    ngx_string("upgrade"),
    ngx_null_string
};


static ngx_http_grip_header_field_t  ngx_http_grip_header_fields[] = {
    { ngx_string("content-encoding"),
      offsetof(ngx_http_headers_out_t, content_encoding) },
    { ngx_string("date"), offsetof(ngx_http_headers_out_t, date) },
    { ngx_string("etag"), offsetof(ngx_http_headers_out_t, etag) },
    { ngx_string("expires"), offsetof(ngx_http_headers_out_t, expires) },
    { ngx_string("last-modified"),
      offsetof(ngx_http_headers_out_t, last_modified) },
    { ngx_string("server"), offsetof(ngx_http_headers_out_t, server) },
    { ngx_null_string, 0 }
};


ngx_table_elt_t *
ngx_http_grip_headers_find(ngx_http_grip_headers_t *hs, ngx_str_t *name)
{
    ngx_table_elt_t  *h;

    for ( ;; ) {
        h = ngx_http_grip_headers_next(hs);

        if (h == NULL
            || (h->key.len == name->len
                && ngx_memcmp(h->lowcase_key, name->data, name->len) == 0))
        {
            return h;
        }
    }
}


ngx_str_t *
ngx_http_grip_headers_first(ngx_http_request_t *r, u_char *lowcase_name,
    size_t len)
{
    ngx_table_elt_t          *h;
    ngx_http_grip_headers_t   hs;

    ngx_http_grip_headers_init(&hs, &r->headers_in.headers);

    while ((h = ngx_http_grip_headers_next(&hs)) != NULL) {
        if (h->key.len == len
            && ngx_memcmp(h->lowcase_key, lowcase_name, len) == 0)
        {
            return &h->value;
        }
    }

    return NULL;
}


ngx_uint_t
ngx_http_grip_headers_named(ngx_table_elt_t *h, ngx_str_t *name)
{
    return h->key.len == name->len && ngx_http_grip_headers_begins(h, name);
}


ngx_uint_t
ngx_http_grip_headers_begins(ngx_table_elt_t *h, ngx_str_t *name)
{
    size_t  i;
    u_char  ch;

    if (h->key.len < name->len) {
        return 0;
    }

    for (i = 0; i < name->len; i++) {
        ch = h->lowcase_key[i];

        if (ch != name->data[i] && (ch != '_' || name->data[i] != '-')) {
            return 0;
        }
    }

    return 1;
}


ngx_uint_t
ngx_http_grip_headers_listed(ngx_table_elt_t *h, ngx_str_t *names)
{
    for ( /* void */ ; names->len; names++) {
        if (ngx_http_grip_headers_named(h, names)) {
            return 1;
        }
    }

    return 0;
}


ngx_uint_t
ngx_http_grip_headers_among(ngx_str_t *name, ngx_str_t *names)
{
    for ( /* void */ ; names->len; names++) {
        if (ngx_http_grip_headers_same(name, names)) {
            return 1;
        }
    }

    return 0;
}


ngx_table_elt_t *
ngx_http_grip_headers_find_out(ngx_http_grip_headers_t *hs, ngx_str_t *name)
{
    ngx_table_elt_t  *h;

    for ( ;; ) {
        h = ngx_http_grip_headers_next(hs);

        if (h == NULL
            || (h->hash && ngx_http_grip_headers_same(&h->key, name)))
        {
            return h;
        }
    }
}


/* a comma within quotes is none of the list */

ngx_uint_t
ngx_http_grip_headers_element(ngx_str_t *list, ngx_str_t *element)
{
    u_char      *p, *end, *comma;
    ngx_uint_t   quoted;

    p = list->data;
    end = p + list->len;

    while (p < end && (*p == ' ' || *p == '\t' || *p == ',')) {
        p++;
    }

    element->data = p;
    quoted = 0;

    if (p < end) {
        comma = memchr(p, ',', end - p);
        comma = comma ? comma : end;

        if (memchr(p, '"', comma - p) == NULL) {
            p = comma;
        }
    }

    while (p < end && (quoted || *p != ',')) {

        if (*p == '"') {
            quoted = !quoted;

        } else if (*p == '\\' && quoted && end - p > 1) {
            p++;
        }

        p++;
    }

    list->data = p;
    list->len = end - p;

    while (p > element->data && (p[-1] == ' ' || p[-1] == '\t')) {
        p--;
    }

    element->len = p - element->data;

    return element->len != 0;
}


ngx_int_t
ngx_http_grip_headers_join(ngx_http_request_t *r, ngx_str_t *name,
    ngx_str_t *list)
{
    size_t                    len;
    u_char                   *p;
    ngx_uint_t                n;
    ngx_table_elt_t          *h;
    ngx_http_grip_headers_t   hs;

    ngx_http_grip_headers_init(&hs, &r->headers_in.headers);

    len = 0;

    for (n = 0; (h = ngx_http_grip_headers_find(&hs, name)) != NULL; n++) {
        *list = h->value;
        len += h->value.len + 2;
    }

    if (n < 2) {
        return n ? NGX_OK : NGX_DECLINED;
    }

    p = ngx_pnalloc(r->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    list->data = p;

    ngx_http_grip_headers_init(&hs, &r->headers_in.headers);

    while ((h = ngx_http_grip_headers_find(&hs, name)) != NULL) {
        p = ngx_cpymem(p, h->value.data, h->value.len);
        *p++ = ',';
        *p++ = ' ';
    }

    list->len = len - 2;

    return NGX_OK;
}


ngx_uint_t
ngx_http_grip_headers_lists(ngx_http_request_t *r, ngx_str_t *name,
    ngx_str_t *token)
{
    ngx_table_elt_t          *h;
    ngx_http_grip_headers_t   hs;

    ngx_http_grip_headers_init(&hs, &r->headers_in.headers);

    do {
        h = ngx_http_grip_headers_find(&hs, name);
        if (h == NULL) {
            return 0;
        }

    } while (!ngx_http_grip_headers_holds(h->value, token));

    return 1;
}


ngx_uint_t
ngx_http_grip_headers_holds(ngx_str_t list, ngx_str_t *token)
{
    u_char     *p;
    ngx_str_t   element;

    if (list.len == token->len
        && ngx_memcmp(list.data, token->data, token->len) == 0)
    {
        return 1;
    }

    while (ngx_http_grip_headers_element(&list, &element)) {

        if (element.len < token->len
            || ngx_memcmp(element.data, token->data, token->len) != 0)
        {
            continue;
        }

        p = element.data + token->len;

        while (p < list.data && (*p == ' ' || *p == '\t')) {
            p++;
        }

        if (element.len == token->len || *p == ';') {
            return 1;
        }
    }

    return 0;
}


ngx_table_elt_t *
ngx_http_grip_headers_out(ngx_http_request_t *r, ngx_str_t *name,
    ngx_str_t *value)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NULL;
    }

    h->hash = 1;
    h->key = *name;
    h->value = *value;
    h->lowcase_key = NULL;
    ngx_http_grip_table_elt_last(h);

    return h;
}


ngx_table_elt_t *
ngx_http_grip_headers_take(ngx_http_request_t *r, ngx_str_t *name,
    ngx_str_t *value)
{
    ngx_table_elt_t               *h, **field;
    ngx_http_grip_header_field_t  *known;

    h = ngx_http_grip_headers_out(r, name, value);
    if (h == NULL) {
        return NULL;
    }

    for (known = ngx_http_grip_header_fields; known->name.len; known++) {

        if (ngx_http_grip_headers_same(name, &known->name)) {
            field = (ngx_table_elt_t **) ((char *) &r->headers_out
                                          + known->offset);
            *field = h;
        }
    }

    return h;
}


/* filters look at the type alone, and must know of a charset */

void
ngx_http_grip_headers_take_type(ngx_http_request_t *r, ngx_str_t *value)
{
    u_char     *p, *last;
    ngx_str_t   type;

    type = ngx_grip_media_type(value);
    last = value->data + value->len;

    r->headers_out.content_type.data = type.data;
    r->headers_out.content_type.len = last - type.data;
    r->headers_out.content_type_len = type.len;
    r->headers_out.content_type_lowcase = NULL;
    ngx_str_null(&r->headers_out.charset);

    p = ngx_strlcasestrn(type.data + type.len, last, (u_char *) "charset=",
                         8 - 1);
    if (p == NULL) {
        return;
    }

    p += sizeof("charset=") - 1;

    if (p < last && *p == '"') {
        p++;
    }

    r->headers_out.charset.data = p;

    while (p < last && *p != '"' && *p != ';' && *p != ' ') {
        p++;
    }

    r->headers_out.charset.len = p - r->headers_out.charset.data;
}


/*
 * The header filter appends a charset only when the two lengths of the type
 * are equal; the charset filter declines when a charset is set.
 */

ngx_int_t
ngx_http_grip_headers_untouched(ngx_http_request_t *r, off_t length)
{
    r->headers_out.content_type_len = 0;
    r->headers_out.content_type_lowcase = NULL;
    ngx_str_set(&r->headers_out.charset, "binary");

#if (NGX_HTTP_GZIP)
    r->gzip_tested = 1;
    r->gzip_ok = 0;
#endif

    r->allow_ranges = 0;

    return ngx_http_grip_headers_verbatim(r, length);
}


/*
 * The filters that rewrite, sub and ssi, which a client's text must not reach,
 * decline what has no content; the length that is sent is that of the header.
 * From HTTP/2 on a header of no content would end the stream, unless trailers
 * are expected; that there are none is no error.  In HTTP/1.1 they make the
 * response chunked, as one of unknown length has to be.  Where that cannot be,
 * it ends with the connection.
 */

ngx_int_t
ngx_http_grip_headers_verbatim(ngx_http_request_t *r, off_t length)
{
    ngx_str_t                  value;
    ngx_table_elt_t           *h;
    ngx_http_core_loc_conf_t  *clcf;

    static ngx_str_t        name = ngx_string("Content-Length");
    static ngx_table_elt_t  unknown;

    ngx_http_clear_content_length(r);
    r->headers_out.content_length_n = 0;

    if (length == 0) {
        return NGX_OK;
    }

    if (length == -1) {
        clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

        if (r->http_version < NGX_HTTP_VERSION_11
            || !clcf->chunked_transfer_encoding)
        {
            r->keepalive = 0;
        }

        r->headers_out.content_length = &unknown;
        r->expect_trailers = 1;

        return NGX_OK;
    }

    value.data = ngx_pnalloc(r->pool, NGX_OFF_T_LEN);
    if (value.data == NULL) {
        return NGX_ERROR;
    }

    value.len = ngx_sprintf(value.data, "%O", length) - value.data;

    h = ngx_http_grip_headers_out(r, &name, &value);
    if (h == NULL) {
        return NGX_ERROR;
    }

    r->headers_out.content_length = h;

    if (r->http_version > NGX_HTTP_VERSION_11) {
        r->expect_trailers = 1;
    }

    return NGX_OK;
}


ngx_uint_t
ngx_http_grip_headers_sent(ngx_http_request_t *r, ngx_str_t *name)
{
    ngx_http_grip_headers_t  hs;

    ngx_http_grip_headers_init(&hs, &r->headers_out.headers);

    return ngx_http_grip_headers_find_out(&hs, name) != NULL;
}


ngx_uint_t
ngx_http_grip_headers_encoded(ngx_http_request_t *r)
{
    ngx_str_t                 list, element;
    ngx_table_elt_t          *h;
    ngx_http_grip_headers_t   hs;

    static ngx_str_t  name = ngx_string("content-encoding");

    static ngx_str_t  plains[] = {
        ngx_string("identity"),
        ngx_string("none"),
        ngx_null_string
    };

    ngx_http_grip_headers_init(&hs, &r->headers_out.headers);

    while ((h = ngx_http_grip_headers_find_out(&hs, &name)) != NULL) {
        list = h->value;

        while (ngx_http_grip_headers_element(&list, &element)) {
            if (!ngx_http_grip_headers_among(&element, plains)) {
                return 1;
            }
        }
    }

    return 0;
}


ngx_int_t
ngx_http_grip_headers_send_body(ngx_http_request_t *r, ngx_str_t *body)
{
    ngx_int_t     rc;
    ngx_buf_t    *b;
    ngx_chain_t   out;

    r->headers_out.content_length_n = (off_t) body->len;

    /* of a body that is left out the length is not known */

    if (r->headers_out.status == NGX_HTTP_NOT_MODIFIED
        || (r->method == NGX_HTTP_HEAD && body->len == 0))
    {
        r->headers_out.content_length_n = -1;
    }

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->pos = body->data;
    b->last = b->pos + body->len;
    b->memory = body->len ? 1 : 0;
    b->last_buf = 1;
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}


ngx_uint_t
ngx_http_grip_headers_name_valid(ngx_str_t *name)
{
    size_t  i;
    u_char  ch;

    for (i = 0; i < name->len; i++) {
        ch = name->data[i];

        if (ch <= ' ' || ch >= 0x7f
            || ngx_strchr("\"(),/:;<=>?@[\\]{}", ch) != NULL)
        {
            return 0;
        }
    }

    return name->len != 0;
}
