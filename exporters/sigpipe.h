/* SPDX-License-Identifier: MIT */
/* No SIGPIPE from what the calling thread does in between, and no signal's disposition touched: those are the host's.
 * libcurl sends with MSG_NOSIGNAL, but a TLS library or a write to a pipe may not. */
#ifndef SPANLOOM_EXPORTERS_SIGPIPE_H
#define SPANLOOM_EXPORTERS_SIGPIPE_H

#include <signal.h>
#include <stdbool.h>

typedef struct slmi_sigpipe {
    sigset_t mask;  /* as it was */
    bool untouched; /* one was pending already, so it is blocked, and none of ours can be told from it */
} slmi_sigpipe;

void slmi_sigpipe_hold(slmi_sigpipe *held);
/* Takes back one that came meanwhile. */
void slmi_sigpipe_release(const slmi_sigpipe *held);

#endif
