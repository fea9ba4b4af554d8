
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The fastest that one connection can publish: the same request again and
 * again, each after the answer to the one before.
 *
 *   publisher PORT FILE SECONDS
 *
 * The file is the body.  Prints how many requests were answered, and in how
 * many seconds, as JSON.
 */


#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>


#define BODY_MAX    1000000
#define HEADER_MAX  512


static size_t make_request(const char *port, const char *file, char *request);
static int make_connection(const char *port);
static void send_all(int fd, const char *data, size_t len);
static int receive_answer(int fd);
static const char *find_header(const char *head, const char *name);
static double now(void);
static void fail(const char *what);


int
main(int argc, char **argv)
{
    int          fd;
    size_t       len;
    double       start, end, seconds;
    unsigned     posts;

    static char  request[HEADER_MAX + BODY_MAX];

    if (argc != 4) {
        fprintf(stderr, "usage: publisher PORT FILE SECONDS\n");
        return 2;
    }

    len = make_request(argv[1], argv[2], request);
    seconds = atof(argv[3]);

    fd = -1;
    posts = 0;
    start = now();

    do {
        if (fd == -1) {
            fd = make_connection(argv[1]);
        }

        send_all(fd, request, len);

        if (!receive_answer(fd)) {
            close(fd);
            fd = -1;
        }

        posts++;
        end = now();

    } while (end - start < seconds);

    printf("{\"posts\":%u,\"seconds\":%.6f}\n", posts, end - start);

    return 0;
}


static size_t
make_request(const char *port, const char *file, char *request)
{
    int     n;
    FILE   *in;
    size_t  len;

    static char  body[BODY_MAX];

    in = fopen(file, "rb");
    if (in == NULL) {
        fail(file);
    }

    len = fread(body, 1, BODY_MAX, in);
    fclose(in);

    n = snprintf(request, HEADER_MAX,
                 "POST /publish/ HTTP/1.1\r\n"
                 "Host: 127.0.0.1:%s\r\n"
                 "Content-Type: application/json\r\n"
                 "Content-Length: %zu\r\n"
                 "\r\n", port, len);

    memcpy(request + n, body, len);

    return n + len;
}


static int
make_connection(const char *port)
{
    int                 fd, on;
    struct sockaddr_in  sin;

    memset(&sin, 0, sizeof(struct sockaddr_in));

    sin.sin_family = AF_INET;
    sin.sin_port = htons((unsigned short) atoi(port));
    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

    fd = socket(AF_INET, SOCK_STREAM, 0);

    if (fd == -1
        || connect(fd, (struct sockaddr *) &sin, sizeof(struct sockaddr_in))
           == -1)
    {
        fail("connect()");
    }

    on = 1;

    if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(int)) == -1) {
        fail("setsockopt()");
    }

    return fd;
}


static void
send_all(int fd, const char *data, size_t len)
{
    ssize_t  n;

    while (len) {
        n = send(fd, data, len, MSG_NOSIGNAL);
        if (n == -1) {
            fail("send()");
        }

        data += n;
        len -= n;
    }
}


/* whether another request may follow on the connection */

static int
receive_answer(int fd)
{
    char        *body, head[4096];
    size_t       size, want;
    ssize_t      n;
    const char  *value;

    size = 0;
    want = sizeof(head);

    do {
        n = recv(fd, head + size, sizeof(head) - 1 - size, 0);

        if (n <= 0) {
            fail("recv()");
        }

        size += n;
        head[size] = '\0';

        body = strstr(head, "\r\n\r\n");

        if (body && want == sizeof(head)) {
            value = find_header(head, "\r\nContent-Length:");
            if (value == NULL) {
                fail("an answer without Content-Length");
            }

            want = body + 4 - head + strtoul(value, NULL, 10);
        }

    } while (size < want);

    if (strncmp(head, "HTTP/1.1 200 ", 13) != 0) {
        fail("an answer other than 200");
    }

    value = find_header(head, "\r\nConnection:");

    return value == NULL || strncasecmp(value + strspn(value, " "), "close", 5);
}


static const char *
find_header(const char *head, const char *name)
{
    size_t  len;

    len = strlen(name);

    for (/* void */ ; *head; head++) {
        if (strncasecmp(head, name, len) == 0) {
            return head + len;
        }
    }

    return NULL;
}


static double
now(void)
{
    struct timespec  ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);

    return ts.tv_sec + ts.tv_nsec / 1e9;
}


static void
fail(const char *what)
{
    fprintf(stderr, "publisher: %s: %s\n", what, strerror(errno));
    exit(1);
}
