#include "reference.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

static void *grown(void *memory, size_t wanted, size_t *room, size_t unit)
{
    if (wanted <= *room)
        return memory;
    *room = wanted * 2 > 4096 ? wanted * 2 : 4096;
    memory = realloc(memory, *room * unit);
    if (!memory)
        err(1, "memory");
    return memory;
}

static void keep_id(char *into, size_t room, const char *bytes, size_t size)
{
    const char *found = size > 4 && !memcmp(bytes, "id: ", 4) ? bytes : memmem(bytes, size, "\nid: ", 5);
    size_t length = 0;
    if (found) {
        found += *found == '\n' ? 5 : 4;
        while (found + length < bytes + size && found[length] > ' ' && length + 1 < room)
            length++;
        memcpy(into, found, length);
    }
    into[length] = 0;
}

void reference_add(struct reference *all, const char *bytes, size_t size, uint64_t number, int64_t stamp)
{
    all->bytes = grown(all->bytes, all->size + size, &all->room, 1);
    memcpy(all->bytes + all->size, bytes, size);
    all->size += size;
    all->frames = grown(all->frames, all->count + 1, &all->frames_room, sizeof *all->frames);
    if (!all->count) {
        all->first = number;
        keep_id(all->first_id, sizeof all->first_id, bytes, size);
    }
    keep_id(all->last_id, sizeof all->last_id, bytes, size);
    all->frames[all->count++] = (struct frame){.end = all->size, .stamp = stamp};
}
