
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The allocators of nginx, of jansson and of OpenSSL: what they give is full
 * of one byte, what they take back of another, and each of them can be made
 * to fail once.
 */


#include "ngx_test.h"

#include <jansson.h>
#include <malloc.h>
#include <openssl/crypto.h>


void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
int __real_posix_memalign(void **p, size_t alignment, size_t size);
void __real_free(void *p);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
int __wrap_posix_memalign(void **p, size_t alignment, size_t size);
void __wrap_free(void *p);


static ngx_uint_t  ngx_test_memory_count;
static ngx_uint_t  ngx_test_memory_due;


ngx_uint_t
ngx_test_memory_arm(ngx_uint_t n)
{
    ngx_uint_t  count;

    count = ngx_test_memory_count;

    ngx_test_memory_count = 0;
    ngx_test_memory_due = n;

    return count;
}


ngx_uint_t
ngx_test_memory_failed(void)
{
    return ngx_test_memory_due
           && ngx_test_memory_count >= ngx_test_memory_due;
}


static ngx_uint_t
ngx_test_memory_fails(void)
{
    if (++ngx_test_memory_count != ngx_test_memory_due) {
        return 0;
    }

    errno = ENOMEM;

    return 1;
}


void *
__wrap_malloc(size_t size)
{
    void  *p;

    if (ngx_test_memory_fails()) {
        return NULL;
    }

    p = __real_malloc(size);

    if (p) {
        ngx_memset(p, NGX_TEST_NEW, size);
    }

    return p;
}


void *
__wrap_calloc(size_t n, size_t size)
{
    return ngx_test_memory_fails() ? NULL : __real_calloc(n, size);
}


void *
__wrap_realloc(void *p, size_t size)
{
    return ngx_test_memory_fails() ? NULL : __real_realloc(p, size);
}


int
__wrap_posix_memalign(void **p, size_t alignment, size_t size)
{
    int  rc;

    if (ngx_test_memory_fails()) {
        return ENOMEM;
    }

    rc = __real_posix_memalign(p, alignment, size);

    if (rc == 0) {
        ngx_memset(*p, NGX_TEST_NEW, size);
    }

    return rc;
}


void
__wrap_free(void *p)
{
    if (p) {
        ngx_memset(p, NGX_TEST_OLD, malloc_usable_size(p));
    }

    __real_free(p);
}


static void *
ngx_test_memory_openssl(size_t size, const char *file, int line)
{
    return __wrap_malloc(size);
}


static void *
ngx_test_memory_openssl_again(void *p, size_t size, const char *file, int line)
{
    return __wrap_realloc(p, size);
}


static void
ngx_test_memory_openssl_free(void *p, const char *file, int line)
{
    __wrap_free(p);
}


__attribute__((constructor)) static void
ngx_test_memory_init(void)
{
    json_set_alloc_funcs(__wrap_malloc, __wrap_free);

    if (CRYPTO_set_mem_functions(ngx_test_memory_openssl,
                                 ngx_test_memory_openssl_again,
                                 ngx_test_memory_openssl_free)
        == 0)
    {
        abort();
    }
}
