/* SPDX-License-Identifier: MIT */
/** @file The layer that adds up where threads spend their time, by the stack of spans they are inside: folded stacks,
 * for flamegraph.pl, inferno and speedscope. */
#ifndef SPANLOOM_FLAME_H
#define SPANLOOM_FLAME_H

#include <spanloom/layer.h>
#include <spanloom/sink.h>

SLM_BEGIN_DECLS

/** Times by stack. Opaque; the layer has one reference, the caller another. @since 0.1.0 */
typedef struct slm_flame slm_flame;

/** The bounds of its options. @since 0.1.0 */
enum { SLM_FLAME_STACKS_MAX = 1 << 20, SLM_FLAME_THREADS_MAX = 4096, SLM_FLAME_DEPTH_MAX = 1024 };

/** Options of slm_flame_new(); zero means the default. @since 0.1.0 */
typedef struct slm_flame_options {
    uint32_t size;    /**< sizeof(slm_flame_options). */
    uint32_t stacks;  /**< How many different stacks, first come, first served; time in further ones is counted as
                           lost. Default 4096, at most SLM_FLAME_STACKS_MAX. */
    uint32_t threads; /**< How many threads are followed at the same time. Default 256, at most
                           SLM_FLAME_THREADS_MAX. */
    uint32_t depth;   /**< How deep: the time of what is entered deeper counts for its ancestor there. Default 128, at
                           most SLM_FLAME_DEPTH_MAX. */
    bool without_threads; /**< Stacks of all threads are one; else the lowest frame is the thread's name, as it is when
                               the layer first sees the thread. */
} slm_flame_options;

/**
 * Makes a layer of folded stacks. A stack is what one thread has entered and not left, which need not be the tree of
 * spans: what an asynchronous task does counts for the thread that polls it, while it does. Frames are named as the
 * spans' callsites are.
 *
 * A scope costs one reading of the clock at its enter and one at its exit, no lock and no allocation. A forked child
 * counts from zero.
 *
 * @param options  NULL for the defaults.
 * @param filter   Put into `*layer`: slm_subscriber_of_layers() takes it. NULL takes all spans.
 * @param layer    Written on success. For one subscriber; one that gets none calls `layer->ops->destroy(layer->self)`.
 * @param out      Written on success; given up by slm_flame_release().
 * @retval SLM_OK, SLM_ERR_INVALID_ARGUMENT, SLM_ERR_NO_MEMORY.
 * @threadsafety Any thread.    @since 0.1.0
 */
SLM_API SLM_NODISCARD slm_status slm_flame_new(const slm_flame_options *options, slm_filter *filter, slm_layer *layer,
                                               slm_flame **out);

/** Writes a line for each stack that has time of its own: its frames from the outermost, separated by `;`, a space, and
 *  nanoseconds, which count what passed until each thread last entered or left something. In names `;` becomes `:`, and
 *  control bytes and what is no UTF-8 become other characters. False: the sink wanted no more. Any thread. @since 0.1.0
 */
SLM_API bool slm_flame_write(const slm_flame *flame, slm_sink *sink, void *user);

/** What is missing from the stacks. @since 0.1.0 */
typedef struct slm_flame_lost {
    uint64_t scopes;      /**< Enters for which there was no stack, thread or depth left. */
    uint64_t nanoseconds; /**< Time in stacks for which there was no room. */
} slm_flame_lost;

/** Reads what was lost. Any thread. @since 0.1.0 */
SLM_API slm_flame_lost slm_flame_lost_read(const slm_flame *flame);

/** Gives the caller's reference up. NULL is fine. Any thread. @since 0.1.0 */
SLM_API void slm_flame_release(slm_flame *flame);

SLM_END_DECLS

#endif
