/* SPDX-License-Identifier: MIT */
/* Attributes and small macros that every public header uses. Not for users. */
#ifndef SPANLOOM_DETAIL_BASE_H
#define SPANLOOM_DETAIL_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SLM_API __attribute__((visibility("default")))
#define SLM_NODISCARD __attribute__((warn_unused_result))
#define SLM_COLD __attribute__((cold))
#define SLM_PRINTF(format_at, first_at) __attribute__((format(printf, format_at, first_at)))

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
