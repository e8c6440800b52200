/* SPDX-License-Identifier: MIT */
/* The name of an error number. (strerrorname_np() is glibc's alone.) */
#ifndef SPANLOOM_CORE_ERRNO_NAME_H
#define SPANLOOM_CORE_ERRNO_NAME_H

#include <spanloom/detail/base.h>

/* "ENOENT" for ENOENT; NULL for 0 and for a number without a name. Where two names have one number (EAGAIN and
 * EWOULDBLOCK, EDEADLK and EDEADLOCK, EOPNOTSUPP and ENOTSUP), the first. Any thread; async-signal-safe. */
SLM_API const char *slmi_errno_name(int number);

#endif
