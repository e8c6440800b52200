/* SPDX-License-Identifier: MIT */
/* A transport onto a descriptor of the host's, such as standard output, or onto a file. */
#ifndef SPANLOOM_EXPORTERS_SINK_H
#define SPANLOOM_EXPORTERS_SINK_H

#include "exporters/transport.h"

/* Writes bodies to `fd`, which stays the host's and keeps its mode; a reader that does not read is waited for without
 * blocking. `target` is static. NULL without memory. */
slmi_transport *slmi_sink_new(int fd, const char *target);

/* Appends bodies, which are lines, to the file at `path` (copied), made if there is none: each by one write if it is a
 * regular file. A pipe that nobody reads is not waited for at its opening. What cannot be opened or written is
 * SLMI_FATAL; a line that was cut short is ended before the next. slm_reopen_file() has an effect at the next body.
 * NULL without memory. */
slmi_transport *slmi_sink_open(const char *path);

#endif
