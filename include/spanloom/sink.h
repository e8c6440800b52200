/* SPDX-License-Identifier: MIT */
/** @file Where a text goes that is handed over in pieces. */
#ifndef SPANLOOM_SINK_H
#define SPANLOOM_SINK_H

#include <spanloom/detail/base.h>

SLM_BEGIN_DECLS

/** Takes the next piece of a text: `len` bytes, not terminated, borrowed for the call. False: no more, please. Called
 * on the thread that asked for the text, with no lock held. @since 0.1.0 */
typedef bool slm_sink(void *user, const char *text, size_t len);

/** A buffer for slm_sink_buffer(). @since 0.1.0 */
typedef struct slm_buffer {
    char *data;
    size_t room; /**< Bytes at `data`. */
    size_t len;  /**< Bytes of the text so far: more than `room` - 1 if it did not fit. */
} slm_buffer;

/** A sink that fills the slm_buffer `user`, as snprintf() would: what fits is terminated, and `len` counts what did not
 *  fit too. Any thread, with a buffer of its own. @since 0.1.0 */
SLM_API bool slm_sink_buffer(void *user, const char *text, size_t len);

/** A sink that writes to the descriptor `*(int *)user`; false once that fails, and errno says why. Blocks as the
 *  descriptor does. Any thread. @since 0.1.0 */
SLM_API bool slm_sink_fd(void *user, const char *text, size_t len);

SLM_END_DECLS

#endif
