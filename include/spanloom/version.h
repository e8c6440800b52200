/* SPDX-License-Identifier: MIT */
/** @file The version: of the header here, of the library at run time. The build reads it from this file. */
#ifndef SPANLOOM_VERSION_H
#define SPANLOOM_VERSION_H

#include <spanloom/detail/base.h>

#define SLM_VERSION_MAJOR  0
#define SLM_VERSION_MINOR  1
#define SLM_VERSION_PATCH  0
#define SLM_VERSION_STRING "0.1.0"

SLM_BEGIN_DECLS

/** The version of the library that is loaded, as "MAJOR.MINOR.PATCH"; static. Any thread,
 *  async-signal-safe. @since 0.1.0 */
SLM_API const char *slm_version(void);

SLM_END_DECLS

#endif
