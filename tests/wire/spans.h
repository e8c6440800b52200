/* SPDX-License-Identifier: MIT */
/* What the viewer received: the file of `spanloom view --dump`, span by span. */
#ifndef SPANLOOM_TESTS_SPANS_H
#define SPANLOOM_TESTS_SPANS_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Strings are borrowed from `json`. */
typedef struct span {
    cJSON *json;
    const char *trace_id, *id, *parent_id; /* "" for none */
    const char *name, *service, *kind, *via;
    uint64_t start_ns, end_ns;
    int status;
    const char *message;
} span;

enum { SPANS_MAX = 256 };

typedef struct spans {
    span at[SPANS_MAX];
    size_t count;
} spans;

/* Reads all of the file; false if it cannot, or a line is no span. */
bool spans_read(spans *spans, const char *path);
void spans_free(spans *spans);

const span *spans_by_id(const spans *spans, const char *id);
/* The n-th, from 0, whose parent is `parent` (NULL: who has none) and whose name is `name`; NULL if there are no more. */
const span *spans_child(const spans *spans, const span *parent, const char *name, size_t n);
size_t spans_children(const spans *spans, const span *parent);

/* An attribute as text, in a buffer that the next call but three overwrites; "" if there is none. */
const char *span_attribute(const span *span, const char *key);

size_t span_events(const span *span);
const char *span_event_name(const span *span, size_t n);
uint64_t span_event_ns(const span *span, size_t n);

#endif
