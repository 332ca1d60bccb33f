/* Times in nanoseconds, counted in buckets: 64 to each doubling, so a figure is true to 1.6 %. */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdint.h>
#include <string.h>
#include <time.h>

enum { FINE = 64, BUCKETS = 60 * FINE };

struct histogram {
    uint64_t counts[BUCKETS], total, most;
};

static inline int64_t now_ns(void)
{
    struct timespec moment;
    clock_gettime(CLOCK_MONOTONIC, &moment);
    return moment.tv_sec * 1000000000LL + moment.tv_nsec;
}

static inline void histogram_note(struct histogram *all, int64_t nanoseconds)
{
    uint64_t value = nanoseconds < 0 ? 0 : (uint64_t)nanoseconds;
    int doublings = value < FINE ? 0 : 58 - __builtin_clzll(value); /* 64..127 is the first doubling */
    int bucket = value < FINE ? (int)value : doublings * FINE + (int)(value >> (doublings - 1)) - FINE;
    all->counts[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
    all->total++;
    if (value > all->most)
        all->most = value;
}

/* The upper end of the bucket in which this share of all lies, in milliseconds. */
static inline double histogram_ms(const struct histogram *all, double share)
{
    uint64_t wanted = (uint64_t)(share * (double)all->total), seen = 0;
    for (int bucket = 0; bucket < BUCKETS; bucket++) {
        seen += all->counts[bucket];
        if (seen > wanted || (seen == all->total && seen)) {
            int doublings = bucket / FINE, rest = bucket % FINE;
            uint64_t end = doublings ? (uint64_t)(FINE + rest + 1) << (doublings - 1) : (uint64_t)bucket + 1;
            return (double)(end < all->most ? end : all->most) / 1e6;
        }
    }
    return 0;
}

#endif
