
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Preloaded into nginx, measures its worker in the file GRIP_TURNS: the CPU
 * that turns of the event loop take, and the sockets that are open.  A turn is
 * what is between two waits for events.  CPU, as what else the machine does
 * takes none of it.
 */


#define _GNU_SOURCE

#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>


#define TURNS_FILES  65536


/* since somebody has zeroed it */

typedef struct {
    int64_t  all;               /* nanoseconds of turns */
    int64_t  longest;
    int64_t  sockets;           /* opened and not closed */
    int64_t  most;              /* at a time */
} turns_t;


static volatile turns_t  *turns;

static int64_t  started;        /* the turn; 0: this is no worker */
static char     opened[TURNS_FILES];


static int64_t
turns_now(void)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);

    return (int64_t) ts.tv_sec * 1000000000 + ts.tv_nsec;
}


/* by the master, for its workers */

__attribute__((constructor)) static void
turns_init(void)
{
    int          fd;
    void        *p;
    const char  *name;

    name = getenv("GRIP_TURNS");
    fd = name ? open(name, O_RDWR) : -1;

    if (fd == -1) {
        return;
    }

    p = mmap(NULL, sizeof(turns_t), PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0);

    if (p == MAP_FAILED) {
        abort();
    }

    close(fd);

    turns = p;
}


static int
turns_opened(int fd)
{
    if (started && fd >= 0 && fd < TURNS_FILES) {
        opened[fd] = 1;
        turns->sockets++;

        if (turns->sockets > turns->most) {
            turns->most = turns->sockets;
        }
    }

    return fd;
}


int
epoll_wait(int ep, struct epoll_event *events, int max, int timeout)
{
    int      n;
    int64_t  took;

    static int  (*next)(int, struct epoll_event *, int, int);

    if (next == NULL) {
        *(void **) &next = dlsym(RTLD_NEXT, "epoll_wait");
    }

    if (started) {
        took = turns_now() - started;

        turns->all += took;

        if (took > turns->longest) {
            turns->longest = took;
        }
    }

    n = next(ep, events, max, timeout);

    if (turns) {
        started = turns_now();
    }

    return n;
}


int
socket(int domain, int type, int protocol)
{
    static int  (*next)(int, int, int);

    if (next == NULL) {
        *(void **) &next = dlsym(RTLD_NEXT, "socket");
    }

    return turns_opened(next(domain, type, protocol));
}


int
accept4(int fd, struct sockaddr *address, socklen_t *len, int flags)
{
    static int  (*next)(int, struct sockaddr *, socklen_t *, int);

    if (next == NULL) {
        *(void **) &next = dlsym(RTLD_NEXT, "accept4");
    }

    return turns_opened(next(fd, address, len, flags));
}


int
close(int fd)
{
    static int  (*next)(int);

    if (next == NULL) {
        *(void **) &next = dlsym(RTLD_NEXT, "close");
    }

    if (fd >= 0 && fd < TURNS_FILES && opened[fd]) {
        opened[fd] = 0;
        turns->sockets--;
    }

    return next(fd);
}
