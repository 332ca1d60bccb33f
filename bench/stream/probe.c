/* One more client, who asks for a page now and then while others are served: how long does the answer take?
   It is told twice: from the asking, and from the moment at which it should have asked, so that a long wait counts for
   all the questions that fell into it. Says on standard output, as JSON, how it went when its standard input ends.
   Usage: probe PORT PATH MILLISECONDS */
#include <arpa/inet.h>
#include <err.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "histogram.h"

enum { ROOM = 1 << 20 };

static int opened(int port)
{
    int yes = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, (struct sockaddr *)&to, sizeof to))
        err(1, "connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return fd;
}

/* Reads one whole answer, which says its length. */
static void hear(int fd)
{
    static char text[ROOM + 1];
    size_t size = 0, wanted = 0;
    while (!wanted || size < wanted) {
        ssize_t came = read(fd, text + size, ROOM - size);
        if (came <= 0)
            errx(1, "the answer is cut off, or is larger than 1 MiB");
        size += (size_t)came;
        text[size] = 0;
        const char *end = wanted ? NULL : strstr(text, "\r\n\r\n");
        const char *length = end ? strcasestr(text, "\r\nContent-Length:") : NULL;
        if (end && (memcmp(text + 8, " 200", 4) || !length || length > end))
            errx(1, "the answer is not 200 with a length");
        if (end)
            wanted = (size_t)(end - text) + 4 + strtoul(length + 17, NULL, 10);
    }
}

static int is_ended(int64_t wait_ns)
{
    struct pollfd input = {.fd = 0, .events = POLLIN};
    struct timespec wait = {.tv_sec = wait_ns / 1000000000, .tv_nsec = wait_ns % 1000000000};
    return ppoll(&input, 1, &wait, NULL) > 0;
}

int main(int count, char **words)
{
    static struct histogram asked, meant;
    if (count != 4)
        errx(2, "usage: probe PORT PATH MILLISECONDS");
    setpriority(PRIO_PROCESS, 0, -10); /* the server is measured, not how busy the listeners are */
    int fd = opened(atoi(words[1]));
    int64_t period = atoi(words[3]) * 1000000LL, due = now_ns();
    char question[1024];
    int size = snprintf(question, sizeof question, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", words[2]);
    for (;; due += period) {
        int64_t wait = due - now_ns();
        if (is_ended(wait > 0 ? wait : 0))
            break;
        int64_t before = now_ns();
        if (write(fd, question, (size_t)size) != size)
            err(1, "write");
        hear(fd);
        int64_t after = now_ns();
        histogram_note(&asked, after - before);
        histogram_note(&meant, after - due);
    }
    printf("{\"answers\": %lu, \"p50\": %.3f, \"p90\": %.3f, \"p99\": %.3f, \"max\": %.3f, \"meant_p99\": %.3f}\n",
           asked.total, histogram_ms(&asked, 0.5), histogram_ms(&asked, 0.9), histogram_ms(&asked, 0.99),
           (double)asked.most / 1e6, histogram_ms(&meant, 0.99));
    return 0;
}
