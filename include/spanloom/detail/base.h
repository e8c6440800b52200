/* SPDX-License-Identifier: MIT */
/* Attributes and small macros that every public header uses. Not for users. */
#ifndef SPANLOOM_DETAIL_BASE_H
#define SPANLOOM_DETAIL_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Underscores, because a user may have a macro called `unused` or `printf`. */
/* Out of line even where a program is optimised as a whole: the address of what a thread has of its own must not be
 * kept over a switch of coroutines that goes on on another thread. */
#define SLM_API __attribute__((__visibility__("default"), __noinline__))
#define SLM_NODISCARD __attribute__((__warn_unused_result__))
/* Such a call leads off its caller's usual path. What it calls is fast all the same: the core does not compile its own
 * functions as cold, for their size. */
#ifdef SLMI_CORE
#define SLM_COLD
#else
#define SLM_COLD __attribute__((__cold__))
#endif
#define SLM_PRINTF(format_at, first_at) __attribute__((__format__(__printf__, format_at, first_at)))

#ifdef __cplusplus
#define SLM_BEGIN_DECLS extern "C" {
#define SLM_END_DECLS }
#define SLMI_ASSERT(what, why) static_assert(what, why)
#else
#define SLM_BEGIN_DECLS
#define SLM_END_DECLS
#define SLMI_ASSERT(what, why) _Static_assert(what, why)
#endif

#endif
