/* What the chunks of a compressed stream hold, as listeners who unpacked them found: by a hash of their bytes. A
   listener who does not unpack what all are given is taken to have had what one who did found in the same chunk. */
#ifndef PIECES_H
#define PIECES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PIECES = 1 << 18 };
#define PIECE_BEGIN 0xcbf29ce484222325u

struct piece {
    uint64_t hash;        /* 0: nothing here */
    size_t first, events; /* the index of its first event in the reference, and how many there are */
};

struct pieces {
    struct piece all[PIECES];
    size_t count;
};

/* FNV-1a, 64 bits: the same however the bytes are cut. */
static inline uint64_t piece_hash(uint64_t hash, const char *bytes, size_t size)
{
    for (size_t at = 0; at < size; at++)
        hash = (hash ^ (unsigned char)bytes[at]) * 0x100000001b3u;
    return hash;
}

static inline struct piece *piece_find(struct pieces *known, uint64_t hash)
{
    struct piece *at = &known->all[hash % PIECES];
    while (at->hash && at->hash != hash)
        at = at == known->all + PIECES - 1 ? known->all : at + 1;
    return at;
}

/* True: it is new. */
static inline bool piece_add(struct pieces *known, uint64_t hash, size_t first, size_t events)
{
    struct piece *at = piece_find(known, hash);
    if (at->hash || known->count > PIECES / 2)
        return false;
    *at = (struct piece){.hash = hash, .first = first, .events = events};
    known->count++;
    return true;
}

#endif
