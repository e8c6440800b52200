/* SPDX-License-Identifier: MIT */
/* Memory that ends at an unmapped page, so that reading one byte too many crashes. */
#ifndef SPANLOOM_TESTS_GUARD_PAGE_H
#define SPANLOOM_TESTS_GUARD_PAGE_H

#include <spanloom/string.h>

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct guard_page {
    char *map;
    size_t map_bytes;
    char *end; /* The first byte that cannot be read. */
};

static inline struct guard_page guard_page_new(size_t room)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    struct guard_page guard;
    guard.map_bytes = (room + page - 1) / page * page + page;
    guard.map = mmap(NULL, guard.map_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (guard.map == MAP_FAILED)
        abort();
    guard.end = guard.map + guard.map_bytes - page;
    if (mprotect(guard.end, page, PROT_NONE) != 0)
        abort();
    return guard;
}

/* The text, right before the unmapped page. */
static inline slm_string guard_page_put(struct guard_page *guard, const char *text, size_t len)
{
    char *at = guard->end - len;
    if (len > 0)
        memcpy(at, text, len);
    return slm_string_of(at, len);
}

static inline void guard_page_free(struct guard_page *guard)
{
    munmap(guard->map, guard->map_bytes);
}

#endif
