/* SPDX-License-Identifier: MIT */
/** @file Whose memory the library takes, and how much of it at most. See docs/memory.md. */
#ifndef SPANLOOM_MEMORY_H
#define SPANLOOM_MEMORY_H

#include <spanloom/status.h>

SLM_BEGIN_DECLS

/** Where memory comes from. Called on any thread, several at once, also while the library holds a mutex: a hook calls
 *  nothing of the library. What an instrumented thread does once it is known asks for none. @since 0.1.0 */
typedef struct slm_allocator {
    uint32_t size; /**< sizeof(slm_allocator). */
    /** As malloc(), aligned for any type; NULL: there is none. `size` is never 0. */
    void *(*alloc)(void *user, size_t size);
    /** As realloc(); `memory` may be NULL, `size` is never 0. */
    void *(*realloc)(void *user, void *memory, size_t size);
    /** As free(); `memory` is never NULL. */
    void (*free)(void *user, void *memory);
    /** What is kept for good: `size` bytes, zeroed, aligned to a page, that cost nothing until touched.
     * Async-signal-safe: it is asked by the first tracing call of a thread, which may be a signal handler's. NULL:
     * anonymous mappings. */
    void *(*reserve)(void *user, size_t size);
    void *user; /**< What each gets first. */
} slm_allocator;

/**
 * Has the whole library take its memory from `allocator`, which is copied, instead of malloc() and mmap(). Before
 * anything else: the first call of the library that needs memory settles it.
 *
 * Excepted is what other libraries take for themselves: libcurl, its TLS library, cJSON (for replies of at most 64
 * KiB), and the C library (threads' stacks, getaddrinfo(), the time zone). zlib and nghttp2 take theirs from here.
 *
 * @retval SLM_OK, SLM_ERR_INVALID_ARGUMENT (a hook other than `reserve` is missing), SLM_ERR_EXISTS (too late).
 * @threadsafety Any thread.    @since 0.1.0
 */
SLM_API slm_status slm_set_allocator(const slm_allocator *allocator);

/** Bounds what the library has at any time to `bytes`; 0: no bound of its own, as until set. SPANLOOM_MEMORY_LIMIT says
 *  the same at slm_init() and slm_init_log(), where this was not called. What would exceed it is refused as if there
 * were no memory: SLM_ERR_NO_MEMORY where a call answers, and else spans that are not recorded, threads that are not
 * traced, lines that are cut, spans that are dropped, each counted as that. A limit below what is in use takes nothing
 * back. Any thread. @since 0.1.0 */
SLM_API void slm_set_memory_limit(uint64_t bytes);

/** What the library has, in bytes, and what it could not get. @since 0.1.0 */
typedef struct slm_memory {
    uint32_t size;     /**< sizeof(slm_memory), set by the caller. */
    uint64_t heap;     /**< Now, by `alloc` and `realloc`. */
    uint64_t reserved; /**< By `reserve`, as far as it may ever be touched: records, threads' blocks, tables. */
    uint64_t limit;    /**< 0: none. */
    uint64_t refused;  /**< How often there was none, by the limit or by the system. A forked child counts from zero. */
} slm_memory;

/** Fills in `*memory`, whose `size` is set. Any thread, async-signal-safe. @since 0.1.0 */
SLM_API void slm_memory_read(slm_memory *memory);

SLM_END_DECLS

#endif
