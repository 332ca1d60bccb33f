/* Many listeners of one server, in one thread: connects them, checks every byte that they are sent, and says on
   standard output, as JSON, first that all are connected and then what they got. It stays connected until its
   standard input ends. Usage: load --port P [--path /events] [--listeners N] [--stuck N] [--gzip] [--inflate-one-in N]
   [--last-event-id ID] [--from NUMBER] [--until NUMBER] [--patience SECONDS] */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "reader.h"

#ifndef FROM_ONE_ADDRESS
#define FROM_ONE_ADDRESS 20000 /* connections from 127.0.0.1, the next from 127.0.0.2: an address has 28,232 ports */
#endif
enum { AT_ONCE = 256, READ = 1 << 18, READY = 512 };

static struct {
    int port, listeners, stuck, patience, inflate_one_in;
    bool gzip;
    const char *path, *last_event_id;
} wish = {.listeners = 1, .patience = 30, .inflate_one_in = 1, .path = "/events"};

static struct tally all;
static struct reader *readers;
static int poller, opened, pending, gone; /* gone: before they had all */
static int64_t began, connected;
static struct rusage used_before;
static bool reported;

static void bind_source(int fd, int number)
{
    int yes = 1;
    struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000001u + (unsigned)number)};
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
    if (bind(fd, (struct sockaddr *)&from, sizeof from))
        err(1, "bind");
}

static void watch(int how, struct reader *one, unsigned events)
{
    struct epoll_event wanted = {.events = events, .data.ptr = one};
    if (epoll_ctl(poller, how, one->fd, &wanted))
        err(1, "epoll_ctl");
}

static void open_one(int number)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)wish.port)};
    struct reader *one = &readers[number];
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    one->pairs = number % wish.inflate_one_in != 0;
    one->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (one->fd < 0)
        err(1, "socket");
    if (number >= FROM_ONE_ADDRESS)
        bind_source(one->fd, number / FROM_ONE_ADDRESS);
    if (connect(one->fd, (struct sockaddr *)&to, sizeof to) && errno != EINPROGRESS)
        err(1, "connect");
    watch(EPOLL_CTL_ADD, one, EPOLLOUT);
    pending++;
}

static void leave(struct reader *one)
{
    if (one->stage == HEAD)
        pending--;
    close(one->fd);
    one->fd = -1;
    one->stage = ENDED;
    gone += !one->complete;
}

static void ask(struct reader *one)
{
    char text[1024];
    int size = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n%s%s%s%s\r\n",
                        wish.path, wish.gzip ? "Accept-Encoding: gzip\r\n" : "",
                        wish.last_event_id ? "Last-Event-ID: " : "", wish.last_event_id ? wish.last_event_id : "",
                        wish.last_event_id ? "\r\n" : "");
    if (write(one->fd, text, (size_t)size) != size) {
        all.broken++;
        leave(one);
    } else if (one - readers >= wish.listeners) { /* never reads */
        epoll_ctl(poller, EPOLL_CTL_DEL, one->fd, NULL);
        pending--;
    } else
        watch(EPOLL_CTL_MOD, one, EPOLLIN);
}

static void hear(struct reader *one)
{
    static char bytes[READ];
    for (;;) {
        ssize_t size = read(one->fd, bytes, sizeof bytes);
        if (size < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        bool was_head = one->stage == HEAD;
        bool goes_on = size > 0 && reader_take(one, &all, bytes, (size_t)size, now_ns());
        if (was_head && one->stage != HEAD && one->stage != ENDED)
            pending--;
        else if (was_head && !goes_on && one->stage == ENDED)
            one->stage = HEAD; /* still counted as pending */
        if (!goes_on) {
            leave(one);
            return;
        }
        if ((size_t)size < sizeof bytes)
            return;
    }
}

static double cpu_seconds(const struct rusage *used)
{
    return (double)used->ru_utime.tv_sec + (double)used->ru_stime.tv_sec +
           (double)(used->ru_utime.tv_usec + used->ru_stime.tv_usec) / 1e6;
}

static void tell_connected(void)
{
    connected = now_ns();
    getrusage(RUSAGE_SELF, &used_before);
    printf("{\"connected\": %lu, \"gone\": %d, \"connect_seconds\": %.6f}\n", all.heads, gone,
           (double)(connected - began) / 1e9);
    fflush(stdout);
}

/* Who has been given chunks that nobody has unpacked, and did not have all. */
static int undecided(void)
{
    int count = 0;
    for (int which = 0; which < opened; which++)
        count += readers[which].waiting_count && !readers[which].complete;
    return count;
}

static void tell_result(void)
{
    struct rusage used;
    const struct reference *known = &all.reference;
    int64_t first = known->count ? known->frames[0].stamp : 0, end = now_ns();
    int64_t last = known->count ? known->frames[known->count - 1].stamp : 0;
    getrusage(RUSAGE_SELF, &used);
    reported = true;
    printf("{\"listeners\": %d, \"heads\": %lu, \"complete\": %lu, \"delivered\": %lu, \"gone\": %d, ", wish.listeners,
           all.heads, all.complete, all.delivered, gone);
    printf("\"gaps\": %lu, \"duplicates\": %lu, \"different\": %lu, \"strays\": %lu, ", all.gaps, all.duplicates,
           all.different, all.strays);
    printf("\"refused\": %lu, \"broken\": %lu, \"gzipped\": %lu, \"unpaired\": %lu, \"undecided\": %d, ", all.refused,
           all.broken, all.gzipped, all.unpaired, undecided());
    printf("\"comments\": %lu, \"checkpoints\": %lu, \"told_gaps\": %lu, \"busy\": %lu, \"goodbyes\": %lu, \"others\": %lu, ",
           all.comments, all.checkpoints, all.told_gaps, all.busy, all.goodbyes, all.others);
    printf("\"wire_bytes\": %lu, \"plain_bytes\": %lu, \"events\": %zu, \"event_bytes\": %.1f, ", all.wire_bytes,
           all.plain_bytes, known->count, known->count ? (double)known->size / (double)known->count : 0);
    printf("\"p50\": %.3f, \"p99\": %.3f, \"max\": %.3f, ", histogram_ms(&all.latency, 0.5),
           histogram_ms(&all.latency, 0.99), (double)all.latency.most / 1e6);
    printf("\"since_began\": %.6f, \"since_published\": %.6f, \"publishing\": %.6f, ",
           (double)(all.last_delivery - began) / 1e9, (double)(all.last_delivery - first) / 1e9,
           (double)(last - first) / 1e9);
    printf("\"cpu_seconds\": %.6f, \"busy_seconds\": %.6f, ", cpu_seconds(&used) - cpu_seconds(&used_before),
           (double)(end - (first > connected ? first : connected)) / 1e9);
    printf("\"first_id\": \"%s\", \"last_id\": \"%s\"}\n", known->first_id, known->last_id);
    fflush(stdout);
}

static bool is_over(void)
{
    if (!connected || !all.until)
        return false;
    return all.complete + (uint64_t)gone >= (uint64_t)wish.listeners ||
           now_ns() - connected > wish.patience * 1000000000LL;
}

/* True: standard input has ended. */
static bool turn(void)
{
    struct epoll_event ready[READY];
    int count = epoll_wait(poller, ready, READY, 50);
    for (int which = 0; which < opened && all.is_wiser; which++)
        reader_settle(&readers[which], &all);
    all.is_wiser = false;
    for (int which = 0; which < count; which++) {
        struct reader *one = ready[which].data.ptr;
        char rest[256];
        if (!one) {
            if (read(0, rest, sizeof rest) <= 0)
                return true;
        } else if (ready[which].events & EPOLLOUT)
            ask(one);
        else
            hear(one);
    }
    return false;
}

static void understand(int count, char **words)
{
    enum { PORT = 1, PATH, LISTENERS, STUCK, GZIP, LAST, FROM, UNTIL, PATIENCE, ONE_IN };
    static const struct option names[] = {
        {"port", 1, 0, PORT},   {"path", 1, 0, PATH},          {"listeners", 1, 0, LISTENERS},
        {"stuck", 1, 0, STUCK}, {"gzip", 0, 0, GZIP},          {"last-event-id", 1, 0, LAST},
        {"from", 1, 0, FROM},   {"until", 1, 0, UNTIL},        {"patience", 1, 0, PATIENCE},
        {"inflate-one-in", 1, 0, ONE_IN}, {0}};
    for (int name; (name = getopt_long(count, words, "", names, NULL)) != -1;)
        switch (name) {
        case PORT: wish.port = atoi(optarg); break;
        case PATH: wish.path = optarg; break;
        case LISTENERS: wish.listeners = atoi(optarg); break;
        case STUCK: wish.stuck = atoi(optarg); break;
        case GZIP: wish.gzip = true; break;
        case LAST: wish.last_event_id = optarg; break;
        case FROM: all.from = strtoull(optarg, NULL, 10); break;
        case UNTIL: all.until = strtoull(optarg, NULL, 10); break;
        case PATIENCE: wish.patience = atoi(optarg); break;
        case ONE_IN: wish.inflate_one_in = atoi(optarg); break;
        default: exit(2);
        }
    if (!wish.port || wish.inflate_one_in < 1)
        errx(2, "which --port, and one in how many?");
}

int main(int count, char **words)
{
    understand(count, words);
    int wanted = wish.listeners + wish.stuck;
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    readers = calloc((size_t)wanted + 1, sizeof *readers);
    poller = epoll_create1(0);
    struct epoll_event input = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(poller, EPOLL_CTL_ADD, 0, &input);
    began = now_ns();
    for (bool is_ended = false; !is_ended; is_ended = turn()) {
        while (opened < wanted && pending < AT_ONCE)
            open_one(opened++);
        if (!connected && opened == wanted && !pending)
            tell_connected();
        if (!reported && is_over())
            tell_result();
    }
    if (!reported)
        tell_result();
    return 0;
}
