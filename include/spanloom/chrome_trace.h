/* SPDX-License-Identifier: MIT */
/** @file The layer that writes a file for chrome://tracing and ui.perfetto.dev: what each thread is inside, when. */
#ifndef SPANLOOM_CHROME_TRACE_H
#define SPANLOOM_CHROME_TRACE_H

#include <spanloom/layer.h>

SLM_BEGIN_DECLS

/** A trace file. Opaque; the layer has one reference, the caller another. @since 0.1.0 */
typedef struct slm_chrome_trace slm_chrome_trace;

/** The bounds of its options. @since 0.1.0 */
enum { SLM_CHROME_TRACE_PATH_MAX = 4000, SLM_CHROME_TRACE_THREADS_MAX = 4096, SLM_CHROME_TRACE_DEPTH_MAX = 1024 };

/** Options of slm_chrome_trace_new(); zero means the default. @since 0.1.0 */
typedef struct slm_chrome_trace_options {
    uint32_t size;         /**< sizeof(slm_chrome_trace_options). */
    uint32_t buffer_bytes; /**< Of each of two buffers: one fills while the other is written. Default 1 MiB; at least
                                64 KiB, at most 256 MiB. */
    const char *path;   /**< Copied; the file is made or emptied. In a forked child `.` and its process id are added. */
    uint64_t max_bytes; /**< Of the file; what would pass that is lost. Default 1 GiB. */
    uint32_t threads;   /**< How many threads are followed at the same time. Default 256, at most
                             SLM_CHROME_TRACE_THREADS_MAX. */
    uint32_t depth;     /**< How deep. Default 128, at most SLM_CHROME_TRACE_DEPTH_MAX. */
    bool write_on_flush; /**< Only slm_chrome_trace_flush() writes; what finds both buffers full before that is lost.
                              Default: the thread that fills a buffer writes it. */
} slm_chrome_trace_options;

/**
 * Makes a layer that writes Chrome's trace event format, as one JSON object:
 *
 * - a complete event (`X`) for each time that a thread was inside a span, from enter to exit, with the span's fields;
 * - a pair of asynchronous events (`b`, `e`), from start to end, for a span that was entered by several threads or by
 *   none;
 * - an instant (`i`) for each event; and the names of process and threads (`M`).
 *
 * Times are microseconds since the file was made, to the nanosecond, by slm_now_ns(). The file is whole, as JSON, after
 * each write: whenever nobody is writing, it can be opened. A scope costs no lock, no allocation and, but for one
 * thread each time that a buffer is full, no system call.
 *
 * @param options  Its `path` must be given.
 * @param filter   Put into `*layer`: slm_subscriber_of_layers() takes it. NULL takes all.
 * @param layer    Written on success. For one subscriber; one that gets none calls `layer->ops->destroy(layer->self)`.
 * @param out      Written on success; given up by slm_chrome_trace_release().
 * @retval SLM_OK, SLM_ERR_INVALID_ARGUMENT, SLM_ERR_NO_MEMORY, SLM_ERR_SYSTEM (the file cannot be opened; errno says
 *         why).
 * @threadsafety Any thread.    @since 0.1.0
 */
SLM_API SLM_NODISCARD slm_status slm_chrome_trace_new(const slm_chrome_trace_options *options, slm_filter *filter,
                                                      slm_layer *layer, slm_chrome_trace **out);

/** Writes what was traced before the call. Waits for a thread that is copying into a buffer, or writing one.
 *  @retval SLM_OK, SLM_ERR_TIMED_OUT, SLM_ERR_SYSTEM (something could not be written since the last flush; it is
 * counted as lost). Any thread, not inside a callback of the same subscriber. @since 0.1.0 */
SLM_API slm_status slm_chrome_trace_flush(slm_chrome_trace *trace, uint32_t timeout_ms);

/** How many events of the file are missing: no room in buffers or file, too many threads, too deep, or not written.
 *  Any thread. @since 0.1.0 */
SLM_API uint64_t slm_chrome_trace_lost(const slm_chrome_trace *trace);

/** Gives the caller's reference up. When the layer is destroyed too, what is left is written and the file closed; a
 *  process that ends before that calls slm_chrome_trace_flush(). NULL is fine. Any thread. @since 0.1.0 */
SLM_API void slm_chrome_trace_release(slm_chrome_trace *trace);

SLM_END_DECLS

#endif
