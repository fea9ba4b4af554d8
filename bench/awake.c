
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Preloaded into wrk, keeps it from going to sleep.  To wake a process on
 * another core is work of the one that sends, some microseconds for each
 * answer on a virtual machine, and no work of a server in the world outside.
 */


#define _GNU_SOURCE

#include <dlfcn.h>
#include <sys/epoll.h>
#include <time.h>


static long
milliseconds(void)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_MONOTONIC, &ts);

    return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}


int
epoll_wait(int epfd, struct epoll_event *events, int maxevents, int timeout)
{
    int   n;
    long  start;

    static int  (*next)(int, struct epoll_event *, int, int);

    if (next == NULL) {
        *(void **) &next = dlsym(RTLD_NEXT, "epoll_wait");
    }

    start = milliseconds();

    do {
        n = next(epfd, events, maxevents, 0);
    } while (n == 0 && (timeout < 0 || milliseconds() - start < timeout));

    return n;
}
