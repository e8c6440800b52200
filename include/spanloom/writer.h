/* SPDX-License-Identifier: MIT */
/** @file Writers: where finished lines go. Each takes whole lines; they combine: a route, a tee, a buffer in front. */
#ifndef SPANLOOM_WRITER_H
#define SPANLOOM_WRITER_H

#include <spanloom/filter.h>

SLM_BEGIN_DECLS

/** A writer, reference counted. What takes one (a format, a tee, ...) takes the caller's reference; who wants to go on
 *  using it, to flush, reopen or read its counts, keeps another by slm_writer_retain(). @since 0.1.0 */
typedef struct slm_writer slm_writer;

/** A writer's part. Any thread, several at once, with no lock held; what `write` traces is not told to the layer that
 *  wrote. Only `write` must be there. @since 0.1.0 */
typedef struct slm_writer_ops {
    uint32_t size; /**< sizeof(slm_writer_ops). */
    /** Writes one line, its end included, at once. `metadata` is the event's or the span's that it is about. SLM_OK;
     *  SLM_ERR_LIMIT: dropped for want of room; anything else: it could not be written. All are counted. */
    slm_status (*write)(void *self, const slm_metadata *metadata, slm_string line);
    /** Hands on what is held back, within `timeout_ms`. NULL: nothing ever is. */
    slm_status (*flush)(void *self, uint32_t timeout_ms);
    void (*destroy)(void *self);
    /** Asks for the next line to go to a freshly opened file. Async-signal-safe. NULL: there is none to open. */
    void (*reopen)(void *self);
    /** Whether people read it as it comes. NULL: no. */
    bool (*is_terminal)(void *self);
} slm_writer_ops;

/** A writer of one's own. `ops` is borrowed for its life, `self` is given to destroy(). NULL: no memory, or a bad `ops`
 *  (then `self` is not taken). Any thread. @since 0.1.0 */
SLM_API slm_writer *slm_writer_new(const slm_writer_ops *ops, void *self);

/** One more reference, which it returns. NULL is fine. Any thread. @since 0.1.0 */
SLM_API slm_writer *slm_writer_retain(slm_writer *writer);
/** Gives a reference up; the last one destroys the writer, without waiting: what a non-blocking one still holds is
 *  written by its own thread, for which a process that is about to end calls slm_writer_flush() before. NULL is fine.
 *  Any thread. @since 0.1.0 */
SLM_API void slm_writer_release(slm_writer *writer);

/** Writes one line, which ends in a newline; counts what becomes of it. The first line of the process that cannot be
 *  written is told to the diagnostic handler, as SLM_DIAG_WRITER. `metadata` is the library's, as layers get it. Any
 *  thread. @since 0.1.0 */
SLM_API slm_status slm_writer_write(slm_writer *writer, const slm_metadata *metadata, slm_string line);

/** Waits until what was written before the call has been handed to the system (which may still hold it in memory).
 *  @retval SLM_OK, SLM_ERR_TIMED_OUT, or what a writer of one's own says. NULL is fine. Any thread. @since 0.1.0 */
SLM_API slm_status slm_writer_flush(slm_writer *writer, uint32_t timeout_ms);

/** The next line of each file behind this writer goes to a freshly opened one: for a handler of the signal that a tool
 *  such as logrotate sends. If the file cannot be opened, the old one stays in use, and SLM_DIAG_WRITER tells. Any
 *  thread, async-signal-safe. @since 0.1.0 */
SLM_API void slm_writer_reopen(slm_writer *writer);

/** What became of lines. A non-blocking writer counts a line that it accepted in `lines`, and once more in `failed` if
 *  it could not be written later. @since 0.1.0 */
typedef struct slm_writer_stats {
    uint32_t size; /**< sizeof(slm_writer_stats), set by the caller. */
    uint64_t lines;
    uint64_t dropped; /**< For want of room. */
    uint64_t failed;  /**< An error, or only a part was written. */
    uint64_t cut;     /**< Among all of these: lines that a format shortened to SLM_LINE_MAX. */
} slm_writer_stats;

/** Reads the counts into `*stats`, whose `size` the caller set. Any thread. @since 0.1.0 */
SLM_API void slm_writer_stats_read(const slm_writer *writer, slm_writer_stats *stats);

/** Lines to a descriptor, which is borrowed: a terminal, a pipe, a socket, a file. One write each; a SIGPIPE that this
 *  would raise is not delivered. 2 is stderr. NULL: no memory. Any thread. @since 0.1.0 */
SLM_API slm_writer *slm_writer_fd(int fd);

enum { SLM_WRITER_FILES_MAX = 99 }; /**< Of slm_file_options.keep. @since 0.1.0 */

/** Options of slm_writer_file(); zero means the default. @since 0.1.0 */
typedef struct slm_file_options {
    uint32_t size;      /**< sizeof(slm_file_options). */
    uint32_t mode;      /**< Permissions of a new file. Default 0640. */
    const char *path;   /**< Copied. The folder must exist. */
    uint64_t max_bytes; /**< Before a line that would pass this the file becomes PATH.1, and so on. Default: no cap.
                             What other threads write in that moment still goes to the full one. */
    uint32_t keep;      /**< How many of PATH.1, PATH.2, ... are kept; at most SLM_WRITER_FILES_MAX. Default 4. */
} slm_file_options;

/** Lines appended to a file. Several processes may append to one, also with a cap.
 *  @retval SLM_OK, SLM_ERR_INVALID_ARGUMENT, SLM_ERR_NO_MEMORY, SLM_ERR_SYSTEM (it cannot be opened: errno says why).
 *  Any thread. @since 0.1.0 */
SLM_API SLM_NODISCARD slm_status slm_writer_file(const slm_file_options *options, slm_writer **out);

/** @name Combinations: their parts are taken, also on failure, and NULL if a part is, or without memory.
 *  Any thread. @since 0.1.0 @{ */
/** Each line to both. */
SLM_API slm_writer *slm_writer_tee(slm_writer *a, slm_writer *b);
/** Lines about what the filter takes (as slm_filter_takes()) to `a`, the others to `b`; `b` may be NULL: nowhere. By
 *  level: `slm_writer_route(slm_filter_level(SLM_LEVEL_WARN), a, b)`. */
SLM_API slm_writer *slm_writer_route(slm_filter *filter, slm_writer *a, slm_writer *b);
/** @} */

/** Options of slm_writer_nonblocking(); zero means the default. @since 0.1.0 */
typedef struct slm_nonblocking_options {
    uint32_t size;           /**< sizeof(slm_nonblocking_options). */
    uint32_t capacity_bytes; /**< Of lines that wait, with 16 to 32 bytes more for each; rounded up to a power of two.
                                  Default 1 MiB, at least 64 KiB, at most 1 GiB. */
    uint32_t wait_ms; /**< How long a thread that traces waits for room before its line is dropped: back-pressure.
                           Default 0: not at all. UINT32_MAX: as long as it takes. */
} slm_nonblocking_options;

/**
 * Lines to `target` by a thread of the writer's own, which has every signal blocked and runs no longer than the writer:
 * a thread that traces only copies its line.
 *
 * A forked child leaves what waits to its parent, and starts a thread of its own at its first line; where none can be
 * started, lines are written at once.
 * @param options  NULL for the defaults.
 * @param target   Taken, also on failure; NULL is refused.
 * @retval SLM_OK, SLM_ERR_INVALID_ARGUMENT, SLM_ERR_NO_MEMORY, SLM_ERR_SYSTEM (no thread).
 * @threadsafety Any thread.    @since 0.1.0
 */
SLM_API SLM_NODISCARD slm_status slm_writer_nonblocking(const slm_nonblocking_options *options, slm_writer *target,
                                                        slm_writer **out);

SLM_END_DECLS

#endif
