/* SPDX-License-Identifier: MIT */
/* What the tests of the registry share: a consumer that writes down, as text, every span that was delivered. */
#ifndef SPANLOOM_TESTS_UNIT_RECORDED_H
#define SPANLOOM_TESTS_UNIT_RECORDED_H

#include <spanloom/diagnostic.h>
#include <spanloom/layer.h>
#include <spanloom/trace.h>

#include "core/clock.h"
#include "core/export.h"

/* Installs the layers and one that exports, with the filter's directives (NULL: all). */
void recorded_begin(const slm_layer *layers, size_t count, const char *export_directives);

/* One line a span, in the order they ended, of what ended since the last call:
 *
 *   name <parent {key=value ...} !ERROR "text" *event{key=value ...} >linked
 *
 * The parent and what is linked are named as spans are; `remote` for one of another process, `?` for one that was never
 * delivered, nothing for none. Kinds other than internal stand as `kind=1`, what was dropped as `-fields=1`. Static. */
const char *recorded_text(void);

/* The newest span of this name that was delivered; its times, ids and lists of fields are copied. */
typedef struct recorded_span {
    char name[64];
    slm_span_context own;
    slm_span_id parent;
    bool parent_is_remote;
    uint64_t start_ns, end_ns, event_ns; /* of its first event */
    uint32_t field_count, dropped_fields;
    size_t first_len; /* of its first field's value */
    uint32_t first_type;
} recorded_span;
const recorded_span *recorded_find(const char *name);

/* A value as recorded_text() shows it, appended to `out`. */
void recorded_value(char *out, size_t room, const slm_value *value);

/* How often each kind was diagnosed, but for those that were not: "stale-span=1 exit-twice=2". Static. */
const char *recorded_misuse(void);

#endif
