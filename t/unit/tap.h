
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The parts that the unit tests share: TAP on standard output, and inputs that
 * end exactly at an unreadable page, so that any over-read faults.
 */


#ifndef _TAP_H_INCLUDED_
#define _TAP_H_INCLUDED_


#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <ngx_config.h>
#include <ngx_core.h>


static int  tap_count;
static int  tap_failed;


#define ok(cond, ...)   tap_ok((cond) ? 1 : 0, __FILE__, __LINE__, __VA_ARGS__)
#define is_num(got, expected, ...)                                           \
    tap_num((long) (got), (long) (expected), __FILE__, __LINE__, __VA_ARGS__)
#define is_str(got, expected, ...)                                           \
    tap_str((got), (expected), sizeof(expected) - 1, __FILE__, __LINE__,     \
            __VA_ARGS__)


static int
tap_ok(int cond, const char *file, int line, const char *fmt, ...)
{
    va_list  args;

    printf("%s %d - ", cond ? "ok" : "not ok", ++tap_count);

    va_start(args, fmt);
    vprintf(fmt, args);
    va_end(args);

    printf("\n");

    if (!cond) {
        tap_failed++;
        printf("#   at %s line %d\n", file, line);
    }

    fflush(stdout);

    return cond;
}


static inline void
tap_num(long got, long expected, const char *file, int line, const char *fmt,
    ...)
{
    char     name[256];
    va_list  args;

    va_start(args, fmt);
    vsnprintf(name, sizeof(name), fmt, args);
    va_end(args);

    if (!tap_ok(got == expected, file, line, "%s", name)) {
        printf("#   got %ld, expected %ld\n", got, expected);
    }
}


static inline void
tap_str(ngx_str_t *got, const char *expected, size_t len, const char *file,
    int line, const char *fmt, ...)
{
    char     name[256];
    va_list  args;

    va_start(args, fmt);
    vsnprintf(name, sizeof(name), fmt, args);
    va_end(args);

    if (!tap_ok(got->len == len
                && (len == 0 || memcmp(got->data, expected, len) == 0),
                file, line, "%s", name))
    {
        printf("#   got \"%.*s\", expected \"%.*s\"\n", (int) got->len,
               (char *) got->data, (int) len, expected);
    }
}


static inline int
tap_done(void)
{
    printf("1..%d\n", tap_count);

    return tap_failed ? 1 : 0;
}


/* a copy of the bytes whose end is the end of readable memory; never freed */

static inline ngx_str_t
guarded(const void *data, size_t len)
{
    size_t      page, size;
    u_char     *p;
    ngx_str_t   str;

    page = (size_t) sysconf(_SC_PAGESIZE);
    size = (len / page + 1) * page;

    p = mmap(NULL, size + page, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED || mprotect(p + size, page, PROT_NONE) == -1) {
        printf("Bail out! no memory for a guard page\n");
        exit(2);
    }

    str.len = len;
    str.data = p + size - len;

    if (len) {
        memcpy(str.data, data, len);
    }

    return str;
}


#endif /* _TAP_H_INCLUDED_ */
