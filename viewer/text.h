/* SPDX-License-Identifier: MIT */
/* Text that grows up to a stated maximum. */
#ifndef SPANLOOM_VIEWER_TEXT_H
#define SPANLOOM_VIEWER_TEXT_H

#include <spanloom/detail/base.h>

/* Past `max` bytes, or without memory, nothing more is added and `truncated` says so. */
typedef struct slmi_view_text {
    char *data; /* Terminated; NULL while nothing was added. */
    size_t len, capacity, max;
    bool truncated;
} slmi_view_text;

static inline slmi_view_text slmi_view_text_up_to(size_t max)
{
    slmi_view_text text = { NULL, 0, 0, max, false };
    return text;
}

/* What a text holds; "" if nothing was added yet. */
static inline const char *slmi_view_text_of(const slmi_view_text *text)
{
    return text->data ? text->data : "";
}

void slmi_view_text_add(slmi_view_text *text, const char *bytes, size_t len);
void slmi_view_text_puts(slmi_view_text *text, const char *string);
void slmi_view_text_addf(slmi_view_text *text, const char *format, ...) SLM_PRINTF(2, 3);
void slmi_view_text_clear(slmi_view_text *text);
void slmi_view_text_free(slmi_view_text *text);

/* Adds what came over the network so that a terminal shows it and obeys none of it; cut after `max_columns` with an
 * ellipsis. Yields the columns it took. */
size_t slmi_view_text_safe(slmi_view_text *text, const char *string, size_t max_columns);

/* Adds a JSON string (RFC 8259, 7), quotes included. `string` is UTF-8. */
void slmi_view_text_json(slmi_view_text *text, const char *string);

/* Columns of a string that has no unsafe characters. */
size_t slmi_view_columns(const char *string);

#endif
