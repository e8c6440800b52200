/* SPDX-License-Identifier: MIT */
/* What was received, by trace, in bounded memory. One thread; the caller says what time it is. */
#ifndef SPANLOOM_VIEWER_STORE_H
#define SPANLOOM_VIEWER_STORE_H

#include "viewer/model.h"

typedef struct slmi_view_trace {
    slm_trace_id id;
    slmi_view_span *first, *last; /* In order of arrival. */
    size_t span_count;
    size_t bytes;
    size_t refused; /* Spans of this trace for which there was no room. */
    size_t unshown; /* Spans that arrived, or changed, since it was last shown; all of them before that. */
    size_t shown_times;
    bool has_root; /* A span without a parent has arrived. */
    uint64_t unshown_since_ms, last_arrival_ms;
    slmi_view_span **table; /* By span id; a power of two. */
    size_t table_size;
    struct slmi_view_trace *hash_next;
    struct slmi_view_trace *older, *newer; /* In the list of those to show, or of those that were shown. */
} slmi_view_trace;

/* When a trace is shown. */
typedef struct slmi_view_patience {
    uint64_t settle_ms;    /* After the last arrival, once the root is there. */
    uint64_t root_wait_ms; /* After the first arrival at the latest, root or not. */
} slmi_view_patience;

typedef struct slmi_view_counts {
    uint64_t spans;            /* Stored, each id once. */
    uint64_t repeated;         /* Sent again, and merged into what was there. */
    uint64_t refused;          /* For which there was no room. */
    uint64_t evicted_complete; /* Traces that made room: shown with their root; */
    uint64_t evicted_partial;  /* or not yet shown, or without a root. */
} slmi_view_counts;

typedef struct slmi_view_list {
    slmi_view_trace *oldest, *newest;
} slmi_view_list;

typedef struct slmi_view_store {
    size_t max_bytes, bytes;
    uint64_t seed;
    slmi_view_trace **table;
    size_t trace_count;
    slmi_view_list pending;           /* With something to show; by when that came. */
    slmi_view_list complete, partial; /* Shown, with a root and without; by when they were shown last. */
    slmi_view_counts counts;
} slmi_view_store;

/* False when there is no memory. `seed` keeps a sender from choosing ids that meet in one slot. */
bool slmi_view_store_init(slmi_view_store *store, size_t max_bytes, uint64_t seed);
void slmi_view_store_free(slmi_view_store *store);

/* Takes the span. Its trace is never evicted to make room for it. */
void slmi_view_store_add(slmi_view_store *store, slmi_view_span *span, uint64_t now_ms);

/* Shows one trace; false to be called no more. */
typedef bool (*slmi_view_show)(void *context, const slmi_view_trace *trace);

/* Calls `show` with each trace whose time has come, oldest first. It must not touch the store. */
void slmi_view_store_show_due(slmi_view_store *store, const slmi_view_patience *patience, uint64_t now_ms,
                              slmi_view_show show, void *context);

/* Milliseconds until the next one will be due, 0 if one is; -1 if none is waiting. */
int64_t slmi_view_store_wait_ms(const slmi_view_store *store, const slmi_view_patience *patience, uint64_t now_ms);
#endif
