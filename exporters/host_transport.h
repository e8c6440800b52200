/* SPDX-License-Identifier: MIT */
/* One POST at a time over the host's own HTTP client, in place of http.h. */
#ifndef SPANLOOM_EXPORTERS_HOST_TRANSPORT_H
#define SPANLOOM_EXPORTERS_HOST_TRANSPORT_H

#include "exporters/http.h"
#include <spanloom/transport.h>

/* NULL without memory, or if there are too many. `client` is copied. `loop` outlives it, and so do the headers. */
slmi_transport *slmi_host_transport_new(slmi_loop *loop, const slm_transport *client, const slmi_http_options *options);

/* In a forked child: no request is under way any more. Async-signal-safe. */
void slmi_host_transport_fork_child(void);

#endif
