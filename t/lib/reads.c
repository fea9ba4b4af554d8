
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Preloaded into nginx: a thread that reads a file notes it by a byte in the
 * file GRIP_READS, and then waits for as long as that may be executed.
 */


#define _GNU_SOURCE

#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>


typedef ssize_t (*reads_t)(int fd, void *buf, size_t n, off_t offset);


static char  *name;


/* nginx takes the environment away */

__attribute__((constructor)) static void
reads_init(void)
{
    name = getenv("GRIP_READS");
    name = name ? strdup(name) : NULL;
}


static ssize_t
reads_read(const char *function, int fd, void *buf, size_t n, off_t offset)
{
    int          log;
    ssize_t      rc;
    reads_t      next;
    struct stat  st;

    if (name && syscall(SYS_gettid) != getpid()) {
        log = open(name, O_WRONLY|O_APPEND);

        if (log != -1) {
            rc = write(log, ".", 1);
            close(log);

            while (rc == 1 && stat(name, &st) == 0 && st.st_mode & S_IXUSR) {
                usleep(1000);
            }
        }
    }

    next = (reads_t) dlsym(RTLD_NEXT, function);

    return next(fd, buf, n, offset);
}


ssize_t
pread(int fd, void *buf, size_t n, off_t offset)
{
    return reads_read("pread", fd, buf, n, offset);
}


ssize_t
pread64(int fd, void *buf, size_t n, off_t offset)
{
    return reads_read("pread64", fd, buf, n, offset);
}
