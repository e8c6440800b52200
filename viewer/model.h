/* SPDX-License-Identifier: MIT */
/* A received span, whichever protocol it came by. All text is UTF-8, terminated, and may hold control characters. */
#ifndef SPANLOOM_VIEWER_MODEL_H
#define SPANLOOM_VIEWER_MODEL_H

#include "viewer/memory.h"
#include <spanloom/span_context.h>
#include <spanloom/span_data.h>

enum {
    SLMI_VIEW_MAX_ATTRIBUTES = 256, /* Of one span, event or link; what is past these is counted as dropped. */
    SLMI_VIEW_MAX_EVENTS = 1024,
    SLMI_VIEW_MAX_LINKS = 64
};

typedef enum slmi_view_protocol { SLMI_VIEW_OTLP, SLMI_VIEW_ZIPKIN } slmi_view_protocol;

typedef enum slmi_view_type {
    SLMI_VIEW_STRING,
    SLMI_VIEW_INT,    /* `text` is decimal. */
    SLMI_VIEW_DOUBLE, /* `text` is a JSON number, or NaN, Infinity, -Infinity. */
    SLMI_VIEW_BOOL,   /* `text` is true or false. */
    SLMI_VIEW_JSON,   /* An array or a map; `text` is JSON. */
    SLMI_VIEW_BYTES,  /* `text` is base64. */
    SLMI_VIEW_EMPTY   /* `text` is "". */
} slmi_view_type;

typedef struct slmi_view_attribute {
    const char *key, *text;
    slmi_view_type type;
    bool inexact; /* Came as a bare number that a double cannot hold exactly. */
} slmi_view_attribute;

typedef struct slmi_view_attributes {
    slmi_view_attribute *items;
    uint32_t count, capacity, dropped;
} slmi_view_attributes;

typedef struct slmi_view_event {
    const char *name;
    uint64_t time_ns; /* Since 1970; 0 if it was not said. */
    slmi_view_attributes attributes;
} slmi_view_event;

typedef struct slmi_view_link {
    slm_trace_id trace_id;
    slm_span_id span_id;
} slmi_view_link;

typedef struct slmi_view_span {
    slmi_view_arena arena; /* Holds all that this points to, but for the lists of the store. */
    slm_trace_id trace_id;
    slm_span_id span_id, parent_id; /* The parent's is all zero for a root. */
    slmi_view_protocol via;
    slm_kind kind;
    slm_span_status status;
    bool shared;        /* Zipkin: this is the server's half of a span whose id the client made. */
    bool inexact_times; /* A time came as a bare number above 2^53. */
    const char *name, *service, *status_text; /* "" if not said. */
    uint64_t start_ns, end_ns;                /* Since 1970; 0 if not said. */
    slmi_view_attributes attributes;
    slmi_view_event *events;
    uint32_t event_count, event_capacity, dropped_events;
    slmi_view_link *links;
    uint32_t link_count, dropped_links;
    struct slmi_view_span *next;      /* In its batch, then in its trace. */
    struct slmi_view_span *hash_next; /* In its trace's table. */
} slmi_view_span;

/* What one body held. */
typedef struct slmi_view_batch {
    slmi_view_span *first, *last;
    size_t count;
    size_t inexact; /* Bare numbers above 2^53 that became the nearest double. */
} slmi_view_batch;

/* NULL when there is no memory, as for all that yields a pointer here. */
slmi_view_span *slmi_view_span_new(slmi_view_protocol via);
void slmi_view_span_free(slmi_view_span *span);

/* What it occupies. */
size_t slmi_view_span_bytes(const slmi_view_span *span);

/* Makes room for `wanted` more items, within the maximum. False when there is no memory. */
bool slmi_view_attributes_reserve(slmi_view_arena *arena, slmi_view_attributes *list, size_t wanted);
bool slmi_view_events_reserve(slmi_view_span *span, size_t wanted);

/* The next free item, or NULL, counted as dropped, when there is no room left. */
slmi_view_attribute *slmi_view_attribute_add(slmi_view_attributes *list);
slmi_view_event *slmi_view_event_add(slmi_view_span *span);

/* The attribute's text, or NULL. */
const char *slmi_view_attribute_find(const slmi_view_attributes *list, const char *key);

/* Adds to `into` what another report of the same span knows and it does not; whether anything changed. */
bool slmi_view_span_merge(slmi_view_span *into, const slmi_view_span *from);

void slmi_view_batch_add(slmi_view_batch *batch, slmi_view_span *span);
/* Takes the first span out; NULL if there is none. */
slmi_view_span *slmi_view_batch_take(slmi_view_batch *batch);
/* Frees the spans that are left. */
void slmi_view_batch_free(slmi_view_batch *batch);

#endif
