/* One connection's answer: HTTP head, chunks, gzip, server-sent events, each checked against the reference. */
#ifndef READER_H
#define READER_H

#include <stdbool.h>
#include <stdint.h>
#include <zlib.h>

#include "histogram.h"
#include "pieces.h"
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
    uint64_t unpaired;       /* chunks that nobody unpacked, where events are missing */
    struct pieces pieces;
    bool is_wiser;           /* there are new ones */
};

struct waiting {
    uint64_t hash;
    int64_t since;
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
    bool pairs;              /* does not unpack (see pieces.h), so that the listeners are not the limit */
    uint64_t hash;           /* of the chunk so far */
    size_t first, events;    /* what was in it */
    struct waiting *waiting; /* for somebody to unpack them, in order */
    size_t waiting_count, waiting_room;
};

/* Sees what is known by now of the chunks that it was given and did not unpack. */
void reader_settle(struct reader *one, struct tally *all);

/* Takes what came in one read. False: the answer is over, or is none. */
bool reader_take(struct reader *one, struct tally *all, const char *bytes, size_t size, int64_t now);

#endif
