/* SPDX-License-Identifier: MIT */
#ifndef SPANLOOM_VIEWER_PORT_OWNER_H
#define SPANLOOM_VIEWER_PORT_OWNER_H

#include <spanloom/detail/base.h>

typedef struct slmi_view_owner {
    int pid;
    char command[64]; /* As /proc/PID/comm has it; may hold any byte but NUL. */
} slmi_view_owner;

/* Finds a process that listens on this TCP port of the loopback or of every address, by way of /proc. False when there
 * is none or we may not know. */
bool slmi_view_port_owner(uint16_t port, slmi_view_owner *owner);

#endif
