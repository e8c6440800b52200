/* SPDX-License-Identifier: MIT */
/* Writing to a descriptor of the host's as a guest: no cancellation point, and no SIGPIPE or SIGXFSZ for what the host
 * never wrote. */
#ifndef SPANLOOM_CORE_OUTPUT_H
#define SPANLOOM_CORE_OUTPUT_H

#include <stddef.h>
#include <sys/types.h>

/* As write(), begun again when a signal interrupts it. With the peer gone it fails with EPIPE, at the limit of a file's
 * size with EFBIG, and the signal that comes with that does not reach the host. */
ssize_t slmi_output_write(int fd, const void *data, size_t len);

/* From one to the other, this thread is not cancelled. Async-signal-safe where pthread_setcancelstate() is. */
int slmi_cancel_hold(void);
void slmi_cancel_restore(int held);

#endif
