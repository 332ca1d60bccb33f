/* The one stream that all readers must be given: the events as the first reader of each had them. */
#ifndef REFERENCE_H
#define REFERENCE_H

#include <stddef.h>
#include <stdint.h>

struct frame {
    size_t end;      /* of its bytes in the reference, its blank line included */
    int64_t stamp;   /* when it was published, CLOCK_MONOTONIC in nanoseconds */
};

struct reference {
    char *bytes;
    size_t size, room;
    struct frame *frames;
    size_t count, frames_room;
    uint64_t first;  /* the number of its first event; they are contiguous */
    char first_id[80], last_id[80];
};

/* Adds an event. */
void reference_add(struct reference *all, const char *bytes, size_t size, uint64_t number, int64_t stamp);

/* Where an event begins. */
static inline size_t reference_start(const struct reference *all, size_t index)
{
    return index ? all->frames[index - 1].end : 0;
}

#endif
