/* SPDX-License-Identifier: MIT */
/* Reading a record back: stored words and texts into values. The record is pinned, or ended. */
#ifndef SPANLOOM_CORE_VIEW_H
#define SPANLOOM_CORE_VIEW_H

#include "core/span.h"

enum { SLMI_VIEW_FIELDS_MAX = 64 };

/* Where text that lies in pieces is put together. */
typedef struct slmi_text_room {
    char *bytes;
    size_t size, used;
} slmi_text_room;

slm_string slmi_read_text(slmi_cursor *c, size_t len, slmi_text_room *room);
/* Aligned room for an array; NULL if there is none. */
char *slmi_room_take(slmi_text_room *room, size_t size);
/* A stored value, whose text comes next; `room` NULL only skips it. */
slm_value slmi_read_value(slmi_cursor *c, uint32_t type, const uint64_t *stored, slmi_text_room *room);
/* The fields of a site from their words; those that are SLM_EMPTY are left out. Returns how many. */
unsigned slmi_read_fields(slmi_cursor *c, const slm_metadata *meta, const uint64_t *words, slm_field *out,
                          slmi_text_room *room);
void slmi_skip_item(slmi_cursor *c, const slmi_item *item);
/* Puts a field in the list, in place of one with its key. Returns the new count; one more than `max` is counted. */
unsigned slmi_field_put(slm_field *fields, unsigned count, unsigned max, const slm_field *field, unsigned *dropped);
/* The parent's record, pinned; NULL if the span is a root, has ended, or keeps none. */
slmi_slot *slmi_view_pin_parent(const slmi_slot *child);
void slmi_view_unpin(slmi_slot *slot);
/* The span's name as it is now; it lies in the record. */
slm_string slmi_view_name(const slmi_slot *slot);
/* The span's fields as they are now: the last value of each key. */
unsigned slmi_view_read(const slmi_slot *slot, slm_field *fields, unsigned max, slmi_text_room *room,
                        unsigned *dropped);

#endif
