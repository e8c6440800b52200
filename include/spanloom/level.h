/* SPDX-License-Identifier: MIT */
/** @file Levels: macros, so that `#if` sees them. */
#ifndef SPANLOOM_LEVEL_H
#define SPANLOOM_LEVEL_H

/** The levels of spans and events; a smaller number matters more. OFF is for limits only. @since 0.1.0 */
#define SLM_LEVEL_OFF   0
#define SLM_LEVEL_ERROR 1
#define SLM_LEVEL_WARN  2
#define SLM_LEVEL_INFO  3
#define SLM_LEVEL_DEBUG 4
#define SLM_LEVEL_TRACE 5

/** Spans and events above this level leave no code. Set it for a file or a build. @since 0.1.0 */
#ifndef SLM_STATIC_MAX_LEVEL
#define SLM_STATIC_MAX_LEVEL SLM_LEVEL_TRACE
#endif

#endif
