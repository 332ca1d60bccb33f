/* The least that a server of the stream can do, as a yardstick: one thread, one log of ready bytes, a cursor for each
   listener, and one send of all that is due. It has no store, no filters, no limits, and trusts its clients.
   POST /publish appends an event; GET /events listens, with Last-Event-ID from there; any other GET is answered with
   a page of the size of a small feed. Usage: limit PORT */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ROOM = 1 << 18, READY = 512, PAGE = 1000, MOST_EVENTS = 1 << 20 };
static const size_t LOG_ROOM = 4UL << 30;
static const char OPENING[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n\r\n";
static const char TAKEN[] = "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n";

struct peer {
    int fd;
    bool listens, waits; /* waits: for room to send */
    size_t cursor, place; /* in the log; among the listeners */
    char *begun;          /* of a request */
    size_t begun_size;
};

static char *log_bytes;
static size_t log_size, *ends, events;
static struct peer **listeners;
static size_t listening, listeners_room;
static int poller;
static char page[PAGE + 200];
static int page_size;

static void watch(int how, struct peer *one, unsigned wanted)
{
    struct epoll_event event = {.events = wanted, .data.ptr = one};
    epoll_ctl(poller, how, one->fd, &event);
}

static void leave(struct peer *one)
{
    if (one->listens) {
        listeners[one->place] = listeners[--listening];
        listeners[one->place]->place = one->place;
    }
    close(one->fd);
    free(one->begun);
    free(one);
}

/* False: it has gone. */
static bool give(struct peer *one)
{
    while (one->cursor < log_size) {
        ssize_t sent = send(one->fd, log_bytes + one->cursor, log_size - one->cursor, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN) {
            leave(one);
            return false;
        }
        if (sent < 0)
            break;
        one->cursor += (size_t)sent;
    }
    bool must_wait = one->cursor < log_size;
    if (must_wait != one->waits)
        watch(EPOLL_CTL_MOD, one, must_wait ? EPOLLIN | EPOLLOUT : EPOLLIN);
    one->waits = must_wait;
    return true;
}

static void give_all(void)
{
    for (size_t place = 0; place < listening;) {
        struct peer *one = listeners[place];
        if (one->waits || one->cursor == log_size || give(one))
            place++;
    }
}

static void append(const char *body, size_t size)
{
    if (events == MOST_EVENTS || log_size + size + 64 > LOG_ROOM)
        errx(1, "the log is full");
    log_size += (size_t)sprintf(log_bytes + log_size, "id: %zu\nevent: published\ndata: ", events + 1);
    memcpy(log_bytes + log_size, body, size);
    memcpy(log_bytes + log_size + size, "\n\n", 2);
    log_size += size + 2;
    ends[events++] = log_size;
}

static void begin_listening(struct peer *one, const char *head)
{
    const char *last = strcasestr(head, "\r\nLast-Event-ID:");
    size_t id = last ? strtoul(last + 16, NULL, 10) : events;
    if (listening == listeners_room) {
        listeners_room = listeners_room ? listeners_room * 2 : 1024;
        listeners = realloc(listeners, listeners_room * sizeof *listeners);
    }
    one->listens = true;
    one->cursor = id && id <= events ? ends[id - 1] : id ? log_size : 0;
    one->place = listening;
    listeners[listening++] = one;
    if (send(one->fd, OPENING, sizeof OPENING - 1, MSG_NOSIGNAL) < 0)
        return; /* noticed at the next event */
    give(one);
}

/* Answers one request; gives its size, 0 if it is not whole. */
static size_t answer(struct peer *one, char *text, size_t size)
{
    char *end = memmem(text, size, "\r\n\r\n", 4);
    if (!end)
        return 0;
    size_t head = (size_t)(end - text) + 4, body = 0;
    end[2] = 0;
    const char *length = strcasestr(text, "\r\nContent-Length:");
    if (length)
        body = strtoul(length + 17, NULL, 10);
    if (head + body > size) {
        end[2] = '\r';
        return 0;
    }
    if (!strncmp(text, "POST ", 5)) {
        append(text + head, body);
        (void)!send(one->fd, TAKEN, sizeof TAKEN - 1, MSG_NOSIGNAL);
    } else if (!strncmp(text, "GET /events", 11))
        begin_listening(one, text);
    else
        (void)!send(one->fd, page, (size_t)page_size, MSG_NOSIGNAL);
    return head + body;
}

static void hear(struct peer *one)
{
    static char text[ROOM * 2];
    memcpy(text, one->begun, one->begun_size);
    ssize_t came = read(one->fd, text + one->begun_size, ROOM);
    if (came <= 0) {
        if (came == 0 || errno != EAGAIN)
            leave(one);
        return;
    }
    size_t size = one->begun_size + (size_t)came, done = 0;
    for (size_t used; !one->listens && done < size && (used = answer(one, text + done, size - done)); done += used)
        ;
    one->begun_size = one->listens ? 0 : size - done;
    if (one->begun_size > ROOM)
        errx(1, "a request is too large");
    one->begun = realloc(one->begun, one->begun_size + 1);
    memcpy(one->begun, text + done, one->begun_size);
}

static void welcome(int door)
{
    for (int fd; (fd = accept4(door, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
        int yes = 1;
        struct peer *one = calloc(1, sizeof *one);
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        one->fd = fd;
        watch(EPOLL_CTL_ADD, one, EPOLLIN);
    }
}

static int opened(int port)
{
    int yes = 1, door = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(door, (struct sockaddr *)&here, sizeof here) || listen(door, 4096))
        err(1, "port %d", port);
    return door;
}

static void prepare(void)
{
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    log_bytes = mmap(NULL, LOG_ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    ends = calloc(MOST_EVENTS, sizeof *ends);
    if (log_bytes == MAP_FAILED || !ends)
        err(1, "memory");
    page_size = sprintf(page, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", PAGE);
    memset(page + page_size, ' ', PAGE);
    page_size += PAGE;
    poller = epoll_create1(0);
}

int main(int count, char **words)
{
    if (count != 2)
        errx(2, "usage: limit PORT");
    prepare();
    int door = opened(atoi(words[1]));
    struct epoll_event ready[READY] = {{.events = EPOLLIN, .data.ptr = NULL}};
    epoll_ctl(poller, EPOLL_CTL_ADD, door, ready);
    for (;;) {
        int found = epoll_wait(poller, ready, READY, -1);
        for (int which = 0; which < found; which++) {
            struct peer *one = ready[which].data.ptr;
            if (!one)
                welcome(door);
            else if (!(ready[which].events & EPOLLOUT) || give(one)) {
                if (ready[which].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
                    hear(one);
            }
        }
        give_all();
    }
}
