/* SPDX-License-Identifier: MIT */
/* A transport onto a descriptor of the host's, such as standard output. */
#ifndef SPANLOOM_EXPORTERS_SINK_H
#define SPANLOOM_EXPORTERS_SINK_H

#include "exporters/transport.h"

/* Writes bodies to `fd`, which stays the host's and keeps its mode; a reader that does not read is waited for without
 * blocking. `target` is static. NULL without memory. */
slmi_transport *slmi_sink_new(int fd, const char *target);

#endif
