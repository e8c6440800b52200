/* SPDX-License-Identifier: MIT */
/* By the header `Spanloom-Open-Spans: PATH` a receiver says that it takes what is still open, at that path of its own
 * address. Pure. */
#ifndef SPANLOOM_EXPORTERS_ANNOUNCEMENT_H
#define SPANLOOM_EXPORTERS_ANNOUNCEMENT_H

#include <spanloom/detail/base.h>

enum { SLMI_ANNOUNCEMENT_BYTES = 129 };

/* Of one answer; zero at its begin. */
typedef struct slmi_announcement {
    char path[SLMI_ANNOUNCEMENT_BYTES]; /* "" if there is none that may be used */
    bool refused;                       /* there was one that may not */
} slmi_announcement;

/* A line of an answer's head, its end included. A status line begins anew: interim answers announce nothing. */
void slmi_announcement_line(slmi_announcement *announcement, const char *line, size_t len);

#endif
