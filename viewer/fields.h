/* SPDX-License-Identifier: MIT */
/* Which of a span's attributes a reader of the tree wants to see, and how they read. */
#ifndef SPANLOOM_VIEWER_FIELDS_H
#define SPANLOOM_VIEWER_FIELDS_H

#include "viewer/model.h"
#include "viewer/text.h"

/* Adds `{k=v k=v}`, or nothing if there is nothing to say that the line does not say already. */
void slmi_view_span_fields(slmi_view_text *text, const slmi_view_span *span);

/* What an event says. All point into the event or to literals. */
typedef struct slmi_view_saying {
    const char *text;   /* Its message, else its name. */
    const char *detail; /* NULL, or what an exception says beyond its type. */
    const char *level;  /* "" if it has none. */
} slmi_view_saying;

slmi_view_saying slmi_view_event_saying(const slmi_view_event *event);

/* Adds ` k=v k=v`, without what slmi_view_event_saying() took. */
void slmi_view_event_fields(slmi_view_text *text, const slmi_view_event *event);

#endif
