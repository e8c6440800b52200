/* SPDX-License-Identifier: MIT */
/* What the viewer received: the file of `spanloom view --dump`, span by span. */
#ifndef SPANLOOM_TESTS_SPANS_H
#define SPANLOOM_TESTS_SPANS_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Strings are borrowed from `json`. */
struct span {
    cJSON *json;
    const char *trace_id, *id, *parent_id; /* "" for none */
    const char *name, *service, *kind, *via;
    uint64_t start_ns, end_ns;
    int status;
    const char *message;
};

enum { SPANS_MAX = 256 };

struct spans {
    struct span at[SPANS_MAX];
    size_t count;
};

/* Reads all of the file; false if it cannot, or a line is no span. */
bool spans_read(struct spans *spans, const char *path);
void spans_free(struct spans *spans);

const struct span *spans_by_id(const struct spans *spans, const char *id);
/* The n-th, from 0, whose parent is `parent` (NULL: who has none) and whose name is `name`; NULL if there are no more.
 */
const struct span *spans_child(const struct spans *spans, const struct span *parent, const char *name, size_t n);
size_t spans_children(const struct spans *spans, const struct span *parent);

/* An attribute as text, in a buffer that the next call but three overwrites; "" if there is none. */
const char *span_attribute(const struct span *span, const char *key);

size_t span_events(const struct span *span);
const char *span_event_name(const struct span *span, size_t n);
uint64_t span_event_ns(const struct span *span, size_t n);

#endif
