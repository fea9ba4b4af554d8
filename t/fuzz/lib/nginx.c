
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The functions of nginx that targets need.  Each allocation ends where its
 * memory does, and is given back when the target returns.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <ctype.h>

#include "fuzz.h"


static u_char *nginx_number(u_char *p, u_char *last, const char *fmt,
    unsigned long n);
static u_char *nginx_text(u_char *p, u_char *last, const void *text,
    size_t len);


void *
ngx_palloc(ngx_pool_t *pool, size_t size)
{
    return fuzz_alloc(size);
}


void *
ngx_pnalloc(ngx_pool_t *pool, size_t size)
{
    return fuzz_alloc(size);
}


void *
ngx_pcalloc(ngx_pool_t *pool, size_t size)
{
    return memset(fuzz_alloc(size), 0, size);
}


u_char *
ngx_pstrdup(ngx_pool_t *pool, ngx_str_t *src)
{
    return fuzz_copy(src->data, src->len).data;
}


ngx_pool_cleanup_t *
ngx_pool_cleanup_add(ngx_pool_t *pool, size_t size)
{
    ngx_pool_cleanup_t  *cln;

    fuzz_holds(size == 0);

    cln = ngx_pcalloc(pool, sizeof(ngx_pool_cleanup_t));

    cln->next = pool->cleanup;
    pool->cleanup = cln;

    return cln;
}


ngx_array_t *
ngx_array_create(ngx_pool_t *pool, ngx_uint_t n, size_t size)
{
    ngx_array_t  *array;

    array = ngx_palloc(pool, sizeof(ngx_array_t));
    (void) ngx_array_init(array, pool, n, size);

    return array;
}


void *
ngx_array_push(ngx_array_t *a)
{
    void  *elts;

    if (a->nelts == a->nalloc) {
        elts = fuzz_alloc(2 * a->nalloc * a->size);
        memcpy(elts, a->elts, a->nelts * a->size);

        a->elts = elts;
        a->nalloc *= 2;
    }

    return (u_char *) a->elts + a->size * a->nelts++;
}


void *
ngx_list_push(ngx_list_t *list)
{
    ngx_list_part_t  *part;

    if (list->last->nelts == list->nalloc) {
        part = ngx_pcalloc(list->pool, sizeof(ngx_list_part_t));
        part->elts = ngx_palloc(list->pool, list->nalloc * list->size);

        list->last->next = part;
        list->last = part;
    }

    return (u_char *) list->last->elts + list->size * list->last->nelts++;
}


ngx_buf_t *
ngx_create_temp_buf(ngx_pool_t *pool, size_t size)
{
    ngx_buf_t  *b;

    b = ngx_pcalloc(pool, sizeof(ngx_buf_t));

    b->start = ngx_palloc(pool, size);
    b->pos = b->start;
    b->last = b->start;
    b->end = b->start + size;
    b->temporary = 1;

    return b;
}


ngx_chain_t *
ngx_alloc_chain_link(ngx_pool_t *pool)
{
    return ngx_palloc(pool, sizeof(ngx_chain_t));
}


ngx_int_t
ngx_strncasecmp(u_char *s1, u_char *s2, size_t n)
{
    return strncasecmp((char *) s1, (char *) s2, n);
}


/* the length of what is looked for is one less than it is */

u_char *
ngx_strlcasestrn(u_char *s1, u_char *last, u_char *s2, size_t n)
{
    for ( /* void */ ; (size_t) (last - s1) > n; s1++) {
        if (strncasecmp((char *) s1, (char *) s2, n + 1) == 0) {
            return s1;
        }
    }

    return NULL;
}


void
ngx_strlow(u_char *dst, u_char *src, size_t n)
{
    while (n--) {
        *dst++ = (u_char) tolower(*src++);
    }
}


ngx_int_t
ngx_memn2cmp(u_char *s1, u_char *s2, size_t n1, size_t n2)
{
    int  rc;

    rc = memcmp(s1, s2, ngx_min(n1, n2));

    return rc ? rc : (ngx_int_t) n1 - (ngx_int_t) n2;
}


ngx_int_t
ngx_atoi(u_char *line, size_t n)
{
    size_t     i;
    ngx_int_t  value;

    value = 0;

    for (i = 0; i < n; i++) {
        if (line[i] < '0' || line[i] > '9' || value > NGX_MAX_INT_T_VALUE / 10
            || value * 10 > NGX_MAX_INT_T_VALUE - (line[i] - '0'))
        {
            return NGX_ERROR;
        }

        value = value * 10 + line[i] - '0';
    }

    return n ? value : NGX_ERROR;
}


u_char * ngx_cdecl
ngx_sprintf(u_char *buf, const char *fmt, ...)
{
    va_list  args;

    va_start(args, fmt);
    buf = ngx_vslprintf(buf, (u_char *) UINTPTR_MAX, fmt, args);
    va_end(args);

    return buf;
}


/* those formats that the lines and numbers of the module have */

u_char *
ngx_vslprintf(u_char *buf, u_char *last, const char *fmt, va_list args)
{
    size_t       len;
    ngx_str_t   *text;
    const char  *s;

    for ( /* void */ ; *fmt; fmt++) {

        if (*fmt != '%') {
            buf = nginx_text(buf, last, fmt, 1);
            continue;
        }

        fmt++;

        switch (*fmt) {

        case 's':
            s = va_arg(args, const char *);
            buf = nginx_text(buf, last, s, strlen(s));
            break;

        case 'V':
            text = va_arg(args, ngx_str_t *);
            buf = nginx_text(buf, last, text->data, text->len);
            break;

        case '*':
            fuzz_holds(*++fmt == 's');
            len = va_arg(args, size_t);
            buf = nginx_text(buf, last, va_arg(args, u_char *), len);
            break;

        case 'd':
            buf = nginx_number(buf, last, "%ld", va_arg(args, int));
            break;

        case 'i':
        case 'O':
            buf = nginx_number(buf, last, "%ld", va_arg(args, long));
            break;

        case 'u':
            fmt++;
            fuzz_holds(*fmt == 'i' || *fmt == 'z');
            buf = nginx_number(buf, last, "%lu", va_arg(args, unsigned long));
            break;

        default:
            fuzz_holds(!"a format that is known");
        }
    }

    return buf;
}


static u_char *
nginx_number(u_char *p, u_char *last, const char *fmt, unsigned long n)
{
    char  text[NGX_INT64_LEN + 2];

    (void) snprintf(text, sizeof(text), fmt, n);

    return nginx_text(p, last, text, strlen(text));
}


static u_char *
nginx_text(u_char *p, u_char *last, const void *text, size_t len)
{
    len = ngx_min(len, (size_t) (last - p));

    return len ? ngx_cpymem(p, text, len) : p;
}


/* not balanced: few nodes are in it */

void
ngx_rbtree_insert(ngx_rbtree_t *tree, ngx_rbtree_node_t *node)
{
    if (tree->root != tree->sentinel) {
        tree->insert(tree->root, node, tree->sentinel);
        return;
    }

    node->parent = NULL;
    node->left = tree->sentinel;
    node->right = tree->sentinel;
    tree->root = node;
}


uintptr_t
ngx_escape_json(u_char *dst, u_char *src, size_t size)
{
    size_t  i;

    for (i = 0; i < size; i++) {
        fuzz_holds(src[i] >= ' ' && src[i] != '"' && src[i] != '\\');
    }

    return dst ? (uintptr_t) ngx_cpymem(dst, src, size) : 0;
}


void
ngx_log_error_core(ngx_uint_t level, ngx_log_t *log, ngx_err_t err,
    const char *fmt, ...)
{
    fuzz_holds(!"a line that is no notice");
}
