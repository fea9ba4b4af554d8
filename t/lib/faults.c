
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Preloaded into nginx: the allocation that brings the number in the file
 * GRIP_FAULTS to zero fails, and no other does.
 */


#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>


extern void *__libc_malloc(size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);


static volatile int  *countdown;


__attribute__((constructor)) static void
faults_init(void)
{
    int          fd;
    void        *p;
    const char  *name;

    name = getenv("GRIP_FAULTS");

    if (name == NULL) {
        return;
    }

    fd = open(name, O_RDWR);

    if (fd == -1) {
        abort();
    }

    p = mmap(NULL, sizeof(int), PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0);

    if (p == MAP_FAILED) {
        abort();
    }

    close(fd);

    countdown = p;
}


static int
faults_due(void)
{
    return countdown && *countdown > 0 && --*countdown == 0;
}


void *
malloc(size_t size)
{
    if (faults_due()) {
        errno = ENOMEM;
        return NULL;
    }

    return __libc_malloc(size);
}


int
posix_memalign(void **p, size_t alignment, size_t size)
{
    if (faults_due()) {
        return ENOMEM;
    }

    *p = __libc_memalign(alignment, size);

    return *p ? 0 : ENOMEM;
}
