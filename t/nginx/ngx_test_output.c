
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * All that nginx sends, or writes to a file that may be sent, is looked through
 * for memory that is nobody's: for what allocations are filled with, for
 * canaries, and for keys: as they are, in base64 at each of its three
 * alignments, and behind the escapes of JSON and of URIs.  It is reported to a
 * file, as sanitizers do.
 */


#define _GNU_SOURCE  1

#include "ngx_test.h"

#include <dlfcn.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/uio.h>


#define NGX_TEST_OUTPUT_TEXTS    512
#define NGX_TEST_OUTPUT_TEXT     128
#define NGX_TEST_OUTPUT_TAIL     192
#define NGX_TEST_OUTPUT_FDS      4096

/* a run of what fills memory */
#define NGX_TEST_OUTPUT_RUN      12

/* shorter keys may be in something by chance */
#define NGX_TEST_OUTPUT_KEY      8


typedef struct {
    size_t       len;
    u_char       data[NGX_TEST_OUTPUT_TEXT * 2];
} ngx_test_output_text_t;


typedef struct {
    size_t       len;
    u_char       data[NGX_TEST_OUTPUT_TAIL];
} ngx_test_output_tail_t;


const char *ngx_test_reports(void);

void *__real_malloc(size_t size);
void __real_free(void *p);
ssize_t __real_writev(int fd, const struct iovec *iov, int n);
ssize_t __real_send(int fd, const void *buf, size_t len, int flags);
ssize_t __real_sendto(int fd, const void *buf, size_t len, int flags,
    const struct sockaddr *sa, socklen_t salen);
ssize_t __real_pwrite64(int fd, const void *buf, size_t len, off_t offset);
ssize_t __real_pwritev64(int fd, const struct iovec *iov, int n, off_t offset);
int __real_SSL_write(SSL *ssl, const void *buf, int len);
ngx_int_t __real_ngx_grip_key_text_read(ngx_str_t *value, ngx_str_t *text,
    const char **err) __attribute__((weak));

ssize_t __wrap_writev(int fd, const struct iovec *iov, int n);
ssize_t __wrap_send(int fd, const void *buf, size_t len, int flags);
ssize_t __wrap_sendto(int fd, const void *buf, size_t len, int flags,
    const struct sockaddr *sa, socklen_t salen);
ssize_t __wrap_pwrite64(int fd, const void *buf, size_t len, off_t offset);
ssize_t __wrap_pwritev64(int fd, const struct iovec *iov, int n, off_t offset);
int __wrap_SSL_write(SSL *ssl, const void *buf, int len);
ngx_int_t __wrap_ngx_grip_key_text_read(ngx_str_t *value, ngx_str_t *text,
    const char **err);


static ngx_test_output_text_t  ngx_test_output_texts[NGX_TEST_OUTPUT_TEXTS];
static ngx_uint_t              ngx_test_output_ntexts;
static const char             *ngx_test_output_reports;
static const char             *ngx_test_output_shown;
static ngx_test_output_tail_t  ngx_test_output_tails[NGX_TEST_OUTPUT_FDS];


static void
ngx_test_output_add(u_char *data, size_t len)
{
    ngx_uint_t               i;
    ngx_test_output_text_t  *text;

    for (i = 0; i < ngx_test_output_ntexts; i++) {
        text = &ngx_test_output_texts[i];

        if (text->len == len && ngx_memcmp(text->data, data, len) == 0) {
            return;
        }
    }

    if (ngx_test_output_ntexts == NGX_TEST_OUTPUT_TEXTS) {
        return;
    }

    text = &ngx_test_output_texts[ngx_test_output_ntexts++];

    text->len = len;
    ngx_memcpy(text->data, data, len);
}


void
ngx_test_output_keep(u_char *data, size_t len)
{
    u_char      buf[NGX_TEST_OUTPUT_TEXT + 2], out[NGX_TEST_OUTPUT_TEXT * 2];
    ngx_str_t   src, dst;
    ngx_uint_t  i;

    len = ngx_min(len, NGX_TEST_OUTPUT_TEXT);

    ngx_test_output_add(data, len);

    /*
     * the text begins i bytes after the beginning of a group of three; the
     * characters are left out that have bits of what is before and behind it
     */

    for (i = 0; i < 3; i++) {
        ngx_memzero(buf, i);
        ngx_memcpy(buf + i, data, len);

        src.data = buf;
        src.len = (len + i) / 3 * 3;
        dst.data = out;

        ngx_encode_base64(&dst, &src);

        if (i) {
            dst.data += 4;
            dst.len -= 4;
        }

        ngx_test_output_add(dst.data, dst.len);

        src.len = (len + i) / 3 * 3;
        dst.data = out;

        ngx_encode_base64url(&dst, &src);

        if (i) {
            dst.data += 4;
            dst.len -= 4;
        }

        ngx_test_output_add(dst.data, dst.len);
    }
}


static void
ngx_test_output_report(const u_char *found, const u_char *data, size_t len)
{
    FILE    *file;
    size_t   i;
    char     path[1024];

    (void) snprintf(path, sizeof(path), "%s.foreign.%d",
                    ngx_test_output_reports, (int) getpid());

    file = fopen(path, "a");
    if (file == NULL) {
        abort();
    }

    fprintf(file, "foreign memory is sent, at %zu of %zu bytes:\n",
            (size_t) (found - data), len);

    i = found - data > 200 ? found - data - 200 : 0;

    for ( /* void */ ; i < len && data + i < found + 200; i++) {
        fprintf(file, data[i] >= 0x20 && data[i] < 0x7f ? "%c" : "\\x%02x",
                data[i]);
    }

    fprintf(file, "\n");
    fclose(file);
}


static const u_char *
ngx_test_output_find(const u_char *data, size_t len)
{
    size_t                   i, run;
    ngx_uint_t               n;
    const u_char            *p;
    ngx_test_output_text_t  *text;

    run = 1;

    for (i = 1; i < len; i++) {
        run = data[i] == data[i - 1] ? run + 1 : 1;

        if (run == NGX_TEST_OUTPUT_RUN
            && (data[i] == NGX_TEST_NEW || data[i] == NGX_TEST_OLD))
        {
            return &data[i];
        }
    }

    for (n = 0; n < ngx_test_output_ntexts; n++) {
        text = &ngx_test_output_texts[n];

        p = memmem(data, len, text->data, text->len);
        if (p) {
            return p;
        }
    }

    return NULL;
}


/* without the escapes of JSON and of URIs, as far as they stand for one byte */

static size_t
ngx_test_output_plain(u_char *dst, const u_char *data, size_t len)
{
    u_char        *p;
    ngx_int_t      c;
    const u_char  *end;

    p = dst;
    end = data + len;

    while (data < end) {
        if (*data == '%' && end - data >= 3) {
            c = ngx_hextoi((u_char *) data + 1, 2);

            if (c != NGX_ERROR) {
                *p++ = (u_char) c;
                data += 3;
                continue;
            }
        }

        if (*data == '\\' && end - data >= 2) {
            if (data[1] == 'u' && end - data >= 6) {
                c = ngx_hextoi((u_char *) data + 2, 4);

                if (c != NGX_ERROR && c < 0x100) {
                    *p++ = (u_char) c;
                    data += 6;
                    continue;
                }
            }

            data++;
        }

        *p++ = *data++;
    }

    return p - dst;
}


static void
ngx_test_output_look(int fd, const struct iovec *iov, int n)
{
    int                      i;
    size_t                   len, size;
    u_char                  *data, *p, *plain;
    const u_char            *found;
    ngx_test_output_tail_t  *tail, none;

    none.len = 0;
    tail = (fd >= 0 && fd < NGX_TEST_OUTPUT_FDS) ? &ngx_test_output_tails[fd]
                                                 : &none;
    len = tail->len;

    for (i = 0; i < n; i++) {
        len += iov[i].iov_len;
    }

    data = __real_malloc(2 * len + 1);
    if (data == NULL) {
        abort();
    }

    p = ngx_cpymem(data, tail->data, tail->len);

    for (i = 0; i < n; i++) {
        p = ngx_cpymem(p, iov[i].iov_base, iov[i].iov_len);
    }

    found = ngx_test_output_find(data, len);

    if (found) {
        ngx_test_output_report(found, data, len);

    } else {
        plain = data + len;
        size = ngx_test_output_plain(plain, data, len);
        found = ngx_test_output_find(plain, size);

        if (found) {
            ngx_test_output_report(found, plain, size);
        }
    }

    /* what begins in this and ends in what follows on the same connection */

    tail->len = found ? 0 : ngx_min(len, NGX_TEST_OUTPUT_TAIL);
    ngx_memcpy(tail->data, data + len - tail->len, tail->len);

    __real_free(data);
}


static void
ngx_test_output_look_at(int fd, const void *buf, size_t len)
{
    struct iovec  iov;

    iov.iov_base = (void *) buf;
    iov.iov_len = len;

    ngx_test_output_look(fd, &iov, 1);
}


ssize_t
__wrap_writev(int fd, const struct iovec *iov, int n)
{
    ngx_test_output_look(fd, iov, n);

    return __real_writev(fd, iov, n);
}


ssize_t
__wrap_send(int fd, const void *buf, size_t len, int flags)
{
    ngx_test_output_look_at(fd, buf, len);

    return __real_send(fd, buf, len, flags);
}


ssize_t
__wrap_sendto(int fd, const void *buf, size_t len, int flags,
    const struct sockaddr *sa, socklen_t salen)
{
    ngx_test_output_look_at(fd, buf, len);

    return __real_sendto(fd, buf, len, flags, sa, salen);
}


ssize_t
__wrap_pwrite64(int fd, const void *buf, size_t len, off_t offset)
{
    ngx_test_output_look_at(-1, buf, len);

    return __real_pwrite64(fd, buf, len, offset);
}


ssize_t
__wrap_pwritev64(int fd, const struct iovec *iov, int n, off_t offset)
{
    ngx_test_output_look(-1, iov, n);

    return __real_pwritev64(fd, iov, n, offset);
}


int
__wrap_SSL_write(SSL *ssl, const void *buf, int len)
{
    ngx_test_output_look_at(-1, buf, len);

    return __real_SSL_write(ssl, buf, len);
}


/* that of a module which was loaded is in no symbol of the program */

ngx_int_t
__wrap_ngx_grip_key_text_read(ngx_str_t *value, ngx_str_t *text,
    const char **err)
{
    ngx_int_t  rc;

    ngx_int_t  (*read)(ngx_str_t *value, ngx_str_t *text, const char **err);

    read = __real_ngx_grip_key_text_read;

    if (read == NULL) {
        *(void **) &read = dlsym(RTLD_DEFAULT, "ngx_grip_key_text_read");
    }

    if (read == NULL) {
        abort();
    }

    rc = read(value, text, err);

    /* of a key in a file only its form is long */

    if (rc == NGX_OK && text->len >= NGX_TEST_OUTPUT_KEY
        && text->len < NGX_TEST_OUTPUT_TEXT
        && (ngx_test_output_shown == NULL
            || text->len < ngx_strlen(ngx_test_output_shown)
            || ngx_strncmp(text->data, ngx_test_output_shown,
                           ngx_strlen(ngx_test_output_shown))
               != 0))
    {
        ngx_test_output_keep(text->data, text->len);
    }

    return rc;
}


__attribute__((constructor)) static void
ngx_test_output_init(void)
{
    char    *name;
    u_char   run[NGX_TEST_OUTPUT_RUN];

    /* keys of a configuration that is a page as well begin so */

    name = getenv("TEST_SHOWN_KEY");

    if (name) {
        ngx_test_output_shown = strdup(name);
    }

    name = getenv("TEST_REPORTS");

    ngx_test_output_reports = name ? strdup(name) : ngx_test_reports();

    if (setenv("TEST_CANARY", NGX_TEST_CANARY, 1) != 0) {
        abort();
    }

    ngx_test_output_keep((u_char *) NGX_TEST_CANARY,
                         sizeof(NGX_TEST_CANARY) - 1);

    ngx_memset(run, NGX_TEST_NEW, sizeof(run));
    ngx_test_output_keep(run, sizeof(run));

    ngx_memset(run, NGX_TEST_OLD, sizeof(run));
    ngx_test_output_keep(run, sizeof(run));
}
