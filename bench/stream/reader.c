/* All readers get the same bytes, so nearly all of the work is one comparison with the reference. Only the first
   reader of an event, and whoever is sent anything else, takes frames apart. */
#include "reader.h"

#include <ctype.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void keep(struct reader *one, const char *bytes, size_t size)
{
    if (one->own_size + size > one->own_room) {
        one->own_room = (one->own_size + size) * 2;
        one->own = realloc(one->own, one->own_room);
        if (!one->own)
            err(1, "memory");
    }
    memcpy(one->own + one->own_size, bytes, size);
    one->own_size += size;
}

static void had(struct reader *one, struct tally *all, const struct frame *frame, int64_t now)
{
    if (!one->events++)
        one->first = one->next;
    histogram_note(&all->latency, now - frame->stamp);
    all->delivered++;
    all->last_delivery = now;
    one->seen++;
    if (one->next + all->reference.first == all->until && !one->complete) {
        one->complete = one->seen == all->until - all->from + 1;
        all->complete += one->complete;
    }
    one->next++;
}

/* How many of these bytes are what the reference says comes next. */
static size_t agree(struct reader *one, struct tally *all, const char *bytes, size_t size, int64_t now)
{
    const struct reference *all_had = &all->reference;
    size_t run = all_had->size - one->at;
    if (run > size)
        run = size;
    if (memcmp(all_had->bytes + one->at, bytes, run)) {
        size_t same = 0;
        while (all_had->bytes[one->at + same] == bytes[same])
            same++;
        run = same;
    }
    one->at += run;
    while (one->next < all_had->count && all_had->frames[one->next].end <= one->at)
        had(one, all, &all_had->frames[one->next], now);
    return run;
}

/* The publisher's mark in an event, @NUMBER@NANOSECONDS@; false: it has none. */
static bool mark(const char *bytes, size_t size, uint64_t *number, int64_t *stamp)
{
    const char *end = bytes + size;
    for (const char *at = bytes; (at = memchr(at, '@', (size_t)(end - at))); at++) {
        const char *next = at + 1;
        uint64_t values[2] = {0, 0};
        int found = 0;
        for (; found < 2; found++, next++) {
            const char *start = next;
            for (; next < end && isdigit((unsigned char)*next); next++)
                values[found] = values[found] * 10 + (uint64_t)(*next - '0');
            if (next == start || next >= end || *next != '@')
                break;
        }
        if (found == 2) {
            *number = values[0];
            *stamp = (int64_t)values[1];
            return true;
        }
    }
    return false;
}

/* It has left the reference, or not met it yet: see where this event stands in it. */
static void place(struct reader *one, struct tally *all, uint64_t number, int64_t stamp, int64_t now)
{
    struct reference *known = &all->reference;
    uint64_t due = one->joined ? known->first + one->next : all->from ? all->from : number;
    if (known->count && (number < known->first || number > known->first + known->count)) {
        all->strays++;
        return;
    }
    all->gaps += number > due ? number - due : 0;
    all->duplicates += number < due;
    if (!known->count || number == known->first + known->count)
        reference_add(known, one->own, one->own_size, number, stamp);
    one->next = number - known->first;
    size_t start = reference_start(known, one->next), end = known->frames[one->next].end;
    if (end - start != one->own_size || memcmp(known->bytes + start, one->own, one->own_size))
        all->different++;
    one->joined = true;
    one->at = end;
    had(one, all, &known->frames[one->next], now);
}

static bool named(const struct reader *one, const char *name)
{
    return memmem(one->own, one->own_size, name, strlen(name)) != NULL;
}

/* A whole frame that was not compared. */
static void judge(struct reader *one, struct tally *all, int64_t now)
{
    uint64_t number;
    int64_t stamp;
    if (one->own[0] == ':' || one->own[0] == '\n' || one->own[0] == '\r')
        all->comments += one->own[0] == ':';
    else if (mark(one->own, one->own_size, &number, &stamp))
        place(one, all, number, stamp, now);
    else if (named(one, "event: checkpoint\n"))
        all->checkpoints++;
    else if (named(one, "event: gap\n"))
        all->told_gaps++;
    else if (named(one, "event: busy\n"))
        all->busy++;
    else if (named(one, "event: goodbye\n"))
        all->goodbyes++;
    else
        all->others++;
    one->own_size = one->line = 0;
}

/* Adds the next line; true: with it the frame is whole (a comment is one by itself). */
static bool gather(struct reader *one, const char *bytes, size_t size, size_t *used)
{
    const char *end = memchr(bytes, '\n', size);
    *used = end ? (size_t)(end - bytes) + 1 : size;
    keep(one, bytes, *used);
    if (!end)
        return false;
    size_t length = one->own_size - one->line;
    bool is_blank = length == 1 || (length == 2 && one->own[one->line] == '\r');
    bool is_comment = one->line == 0 && one->own[0] == ':';
    one->line = one->own_size;
    return is_blank || is_comment;
}

static void frames(struct reader *one, struct tally *all, const char *bytes, size_t size, int64_t now)
{
    all->plain_bytes += size;
    while (size) {
        size_t used;
        if (one->joined && !one->own_size) {
            used = agree(one, all, bytes, size, now);
            bytes += used;
            size -= used;
            if (!size)
                return;
            size_t start = reference_start(&all->reference, one->next);
            keep(one, all->reference.bytes + start, one->at - start); /* begun as the reference, but goes on elsewise */
            for (one->line = one->own_size; one->line && one->own[one->line - 1] != '\n'; one->line--)
                ;
            one->at = start;
        }
        if (gather(one, bytes, size, &used))
            judge(one, all, now);
        bytes += used;
        size -= used;
    }
}

static bool plain(struct reader *one, struct tally *all, const char *bytes, size_t size, int64_t now)
{
    static char out[1 << 18];
    if (!one->inflate) {
        frames(one, all, bytes, size, now);
        return true;
    }
    one->inflate->next_in = (unsigned char *)(uintptr_t)bytes;
    one->inflate->avail_in = (unsigned)size;
    for (;;) {
        one->inflate->next_out = (unsigned char *)out;
        one->inflate->avail_out = sizeof out;
        int code = inflate(one->inflate, Z_SYNC_FLUSH);
        if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
            return false;
        frames(one, all, out, sizeof out - one->inflate->avail_out, now);
        if (code == Z_STREAM_END || one->inflate->avail_out)
            return code != Z_BUF_ERROR || !one->inflate->avail_in;
    }
}

static void begin_unpacking(struct reader *one, struct tally *all)
{
    all->gzipped++;
    if (one->pairs && one->stage == CHUNK_SIZE)
        return;
    one->pairs = false;
    one->inflate = calloc(1, sizeof *one->inflate);
    if (!one->inflate || inflateInit2(one->inflate, 31) != Z_OK)
        errx(1, "zlib");
}

/* Whether the head has a line NAME: ...VALUE...; names in any case. */
static bool says(const char *head, const char *name, const char *value)
{
    for (const char *line = head; (line = strstr(line, "\r\n")); line += 2)
        if (!strncasecmp(line + 2, name, strlen(name))) {
            const char *end = strstr(line + 2, "\r\n");
            const char *found = strcasestr(line + 2, value);
            return found && end && found < end;
        }
    return false;
}

/* Reads the head; gives how many bytes of it were in this piece, -1 if it is not that of a stream. */
static ssize_t head(struct reader *one, struct tally *all, const char *bytes, size_t size)
{
    size_t before = one->own_size;
    keep(one, bytes, size);
    char *end = memmem(one->own, one->own_size, "\r\n\r\n", 4);
    if (!end)
        return (ssize_t)size;
    size_t length = (size_t)(end - one->own) + 4;
    end[2] = 0;
    if (length < 12 || memcmp(one->own + 8, " 200", 4)) {
        all->refused++;
        return -1;
    }
    all->heads++;
    one->stage = says(one->own, "Transfer-Encoding:", "chunked") ? CHUNK_SIZE : BARE;
    if (says(one->own, "Content-Encoding:", "gzip"))
        begin_unpacking(one, all);
    else
        one->pairs = false;
    one->own_size = one->line = 0;
    return (ssize_t)(length - before);
}

/* It had what somebody else found in this chunk. */
static void pair(struct reader *one, struct tally *all, const struct piece *found, int64_t since, size_t skipped)
{
    uint64_t begin = all->reference.first;
    size_t due = one->joined ? one->next : all->from > begin ? all->from - begin : 0;
    if (!found->events)
        return;
    if (found->first > due && skipped)
        all->unpaired += skipped; /* what is missing may have been in those */
    else
        all->gaps += found->first > due ? found->first - due : 0;
    all->duplicates += found->first < due;
    one->joined = true;
    one->next = found->first;
    one->at = all->reference.frames[found->first + found->events - 1].end;
    for (size_t event = 0; event < found->events; event++)
        had(one, all, &all->reference.frames[one->next], since);
}

void reader_settle(struct reader *one, struct tally *all)
{
    size_t settled = 0;
    for (size_t place = 0; place < one->waiting_count; place++) {
        const struct piece *found = piece_find(&all->pieces, one->waiting[place].hash);
        if (!found->hash)
            continue; /* not known yet, or its own, as its opening is */
        pair(one, all, found, one->waiting[place].since, place - settled);
        settled = place + 1;
    }
    one->waiting_count -= settled;
    if (settled)
        memmove(one->waiting, one->waiting + settled, one->waiting_count * sizeof *one->waiting);
}

static void end_chunk(struct reader *one, struct tally *all, int64_t now)
{
    if (one->inflate)
        all->is_wiser |= piece_add(&all->pieces, one->hash, one->first, one->events);
    if (!one->pairs)
        return;
    if (one->waiting_count == one->waiting_room) {
        one->waiting_room = one->waiting_room * 2 + 4;
        one->waiting = realloc(one->waiting, one->waiting_room * sizeof *one->waiting);
        if (!one->waiting)
            err(1, "memory");
    }
    one->waiting[one->waiting_count++] = (struct waiting){.hash = one->hash, .since = now};
    reader_settle(one, all);
}

static bool chunk_data(struct reader *one, struct tally *all, const char *bytes, size_t size, int64_t now)
{
    if (one->inflate || one->pairs)
        one->hash = piece_hash(one->hash, bytes, size);
    if (!one->pairs && !plain(one, all, bytes, size, now))
        return false;
    one->chunk_left -= size;
    if (!one->chunk_left) {
        one->stage = CHUNK_END;
        end_chunk(one, all, now);
    }
    return true;
}

static bool chunk_size(struct reader *one, const char byte)
{
    if (isxdigit((unsigned char)byte)) {
        one->chunk_left = one->chunk_left * 16 + (uint64_t)(byte <= '9' ? byte - '0' : (byte | 32) - 'a' + 10);
        return one->chunk_left < 1ULL << 40;
    }
    if (byte == '\n') {
        one->stage = one->chunk_left ? CHUNK_DATA : ENDED;
        one->hash = PIECE_BEGIN;
        one->events = 0;
    }
    return byte == '\n' || byte == '\r';
}

/* One step; gives the bytes that it used, -1 if they are none of HTTP's or zlib's. */
static ssize_t step(struct reader *one, struct tally *all, const char *bytes, size_t size, int64_t now)
{
    switch (one->stage) {
    case HEAD:
        return head(one, all, bytes, size);
    case BARE:
        return plain(one, all, bytes, size, now) ? (ssize_t)size : -1;
    case CHUNK_SIZE:
        return chunk_size(one, *bytes) ? 1 : -1;
    case CHUNK_DATA:
        if (size > one->chunk_left)
            size = one->chunk_left;
        return chunk_data(one, all, bytes, size, now) ? (ssize_t)size : -1;
    case CHUNK_END:
        if (*bytes == '\n')
            one->stage = CHUNK_SIZE;
        return *bytes == '\n' || *bytes == '\r' ? 1 : -1;
    default:
        return (ssize_t)size;
    }
}

bool reader_take(struct reader *one, struct tally *all, const char *bytes, size_t size, int64_t now)
{
    all->wire_bytes += size;
    while (size) {
        ssize_t used = step(one, all, bytes, size, now);
        if (used < 0) {
            all->broken += one->stage != HEAD;
            one->stage = ENDED;
            return false;
        }
        bytes += used;
        size -= (size_t)used;
    }
    return one->stage != ENDED;
}
