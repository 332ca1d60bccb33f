/* One connection's answer: HTTP head, chunks, gzip, server-sent events, each checked against the reference. */
#ifndef READER_H
#define READER_H

#include <stdbool.h>
#include <stdint.h>
#include <zlib.h>

#include "histogram.h"
#include "reference.h"

enum stage { HEAD, BARE, CHUNK_SIZE, CHUNK_DATA, CHUNK_END, ENDED };

struct tally {
    struct reference reference;
    struct histogram latency;
    uint64_t delivered, wire_bytes, plain_bytes;
    uint64_t gaps, duplicates, different, strays; /* events: missing, again, not as others had them, unknown */
    uint64_t comments, checkpoints, told_gaps, busy, goodbyes, others;
    uint64_t heads, refused, broken, gzipped, unframed;
    uint64_t complete;
    uint64_t from, until; /* the numbers that each reader is to get */
    int64_t last_delivery;
};

struct reader {
    int fd;
    enum stage stage;
    bool joined, complete;
    uint64_t chunk_left;
    size_t at;        /* so many bytes of the reference it has had */
    size_t next;      /* the index of the event that it is in */
    uint64_t seen;
    char *own;        /* the begun head, chunk size or frame that is not (yet) the reference's */
    size_t own_size, own_room, line; /* line: where the last line in it begins */
    z_stream *inflate;
};

/* Takes what came in one read. False: the answer is over, or is none. */
bool reader_take(struct reader *one, struct tally *all, const char *bytes, size_t size, int64_t now);

#endif
