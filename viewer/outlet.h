/* SPDX-License-Identifier: MIT */
/* Where text leaves the program. */
#ifndef SPANLOOM_VIEWER_OUTLET_H
#define SPANLOOM_VIEWER_OUTLET_H

#include <spanloom/detail/base.h>

typedef enum slmi_view_written {
    SLMI_VIEW_WRITTEN,
    SLMI_VIEW_INTERRUPTED, /* `signals` became readable while nobody read. */
    SLMI_VIEW_BROKEN       /* Nobody reads any more, or it failed: errno says. */
} slmi_view_written;

/* Writes all of it, waiting as long as the reader takes its time. A signal ends the waiting, not the writing: a pager
 * that is not scrolled must not make the program deaf, and a tree that is being printed is printed to its end. */
slmi_view_written slmi_view_write(int fd, int signals, const char *data, size_t len);

#endif
