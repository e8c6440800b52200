/* SPDX-License-Identifier: MIT */
/** @file Contexts: what is current, to carry to another callback, thread or process.
 *
 *  A context outlives the span it was captured in, and stays a parent for later work. Contexts stay real at
 *  SLM_LEVEL_OFF: a library that only propagates still does. */
#ifndef SPANLOOM_CONTEXT_H
#define SPANLOOM_CONTEXT_H

#include <spanloom/span.h>

SLM_BEGIN_DECLS

/** A captured context: one owner releases it, once. Zero is the empty one. @since 0.1.0 */
struct slm_context {
    uint64_t id;
};

/** Captures what is current on this thread; the empty context if nothing is, or if there is no room for one
 *  (counted). The caller owns it and releases it. Any thread. @since 0.1.0 */
SLM_API slm_context slm_context_capture(void);

/** The context of a parent in another process, to attach where work for it is done. Empty if `remote` is NULL or
 *  invalid. The caller releases it. Any thread. @since 0.1.0 */
SLM_API slm_context slm_context_remote(const slm_span_context *remote);

/** The most baggage that a context holds, in bytes of its header. @since 0.1.0 */
#define SLM_CONTEXT_BAGGAGE_BYTES_MAX 8192

/** A context with the identity of `base` (unset: what is current; SLM_ROOT: none, so that a span under it is a root)
 * and with this baggage, in place of any `base` has: the text of a W3C baggage header, well-formed (see baggage.h),
 * copied; absent or empty for none. A span that starts under it, and its descendants, keep the baggage, and make it
 * current where they are entered. Empty if `baggage` is too long or there is no room (counted). The caller releases it.
 * Any thread. @since 0.1.0 */
SLM_API slm_context slm_context_with_baggage(slm_parent base, slm_string baggage);

/** Copies the current baggage to `out`, at most `room` bytes, as the text of a W3C baggage header; returns its whole
 *  length, 0 for none. Any thread. @since 0.1.0 */
SLM_API size_t slm_current_baggage(char *out, size_t room);

/** Makes the context current on this thread until slm_context_detach(). The captured span is current if it is still
 *  open; else its identity alone is, as a parent. May be attached on several threads at once. `context` is borrowed for
 *  the call. Any thread. @since 0.1.0 */
SLM_API slm_token slm_context_attach(const slm_context *context);

/** Makes current what was so before the attach. As slm_exit(). @since 0.1.0 */
SLM_API void slm_context_detach(slm_token token);

/** Gives the context up, and zeroes it; it may still be attached. A second release is counted and does nothing. NULL
 *  and the empty one are fine. Any thread. @since 0.1.0 */
SLM_API void slm_context_release(slm_context *context);

/** What a coroutine has entered, while it does not run. Zero is nothing. @since 0.1.0 */
typedef struct slm_context_slot {
    uint64_t id;
} slm_context_slot;

/** Exchanges what is current on this thread with `*slot`: once before a coroutine is switched to, with its slot, and
 * once when it has switched back, on the same thread. Inside it, scopes may stand open over any switch, and it may be
 * resumed on another thread. The same two lines serve ucontext, minicoro, libaco, libco and the like:
 *
 *     slm_context_swap(&task->slot);
 *     mco_resume(task->co);                   (or swapcontext(), aco_resume(), co_switch(), ...)
 *     slm_context_swap(&task->slot);
 *
 * Layers are told that what goes is left, and that what comes is entered, though nothing ends. A slot whose entries
 * were left already, because it is a copy, brings nothing and is counted (SLM_DIAG_EXIT_TWICE). `slot` is not NULL.
 *  @since 0.1.0 */
SLM_API void slm_context_swap(slm_context_slot *slot);

/** A coroutine is destroyed while it is suspended: leaves what it had entered, innermost first, ends as abandoned what
 * scopes made, and zeroes `*slot`. What is current on this thread stays so. NULL and the empty one are fine. Any
 * thread, while nobody runs the coroutine. @since 0.1.0 */
SLM_API void slm_context_abandon(slm_context_slot *slot);

/** What slm_context_resume() gives and slm_context_leave() takes; for one thread, once. @since 0.1.0 */
typedef struct slm_resumed {
    slm_token token;
    slm_context_slot aside; /**< What was current, while nothing is. */
    uint32_t thread;
} slm_resumed;

/** Runs a callback where it was armed: as slm_context_attach(), and the empty context makes nothing current, so that a
 * callback that was armed outside any span does not fall into the span that the loop runs in. A context that was
 * released, or of the process that forked this one, counts as empty. What adapters are made of; for more of them:
 *
 *     slm_resumed in = slm_context_resume(&timer->context);
 *     callback(timer);
 *     slm_context_leave(&in);
 *
 *  A longjmp() out of a callback that was resumed with the empty context loses what was current before: mark and unwind
 *  inside the callback.
 *  `context` is borrowed for the call, so the callback may release or replace it. Any thread. @since 0.1.0 */
SLM_API slm_resumed slm_context_resume(const slm_context *context);

/** The same for a callback that runs once: `*context` is also released, and zeroed, before this returns, so that the
 *  callback may free or reuse the memory that it lies in. Any thread. @since 0.1.0 */
SLM_API slm_resumed slm_context_resume_once(slm_context *context);

/** Makes current what was so before; what the callback entered and did not leave is left, and counted
 *  (SLM_DIAG_EXIT_ORDER). A second call does nothing; one on another thread does nothing and is counted
 *  (SLM_DIAG_EXIT_THREAD). @since 0.1.0 */
SLM_API void slm_context_leave(slm_resumed *resumed);

/** Writes to `*out`, which is not NULL, the identity that a request sent now should carry: the current span, or its
 *  nearest ancestor that is exported; false and zeroed if there is none. Any thread. @since 0.1.0 */
SLM_API bool slm_current_context(slm_span_context *out);

SLM_END_DECLS

#endif
