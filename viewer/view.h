/* SPDX-License-Identifier: MIT */
#ifndef SPANLOOM_VIEWER_VIEW_H
#define SPANLOOM_VIEWER_VIEW_H

#include "viewer/options.h"

/* Receives and prints until SIGINT, SIGTERM, or what `options` say; yields the status to exit with. Handles both
 * signals meanwhile, and ignores SIGPIPE from then on. */
int slmi_view_run(const slmi_view_options *options);

#endif
