/* SPDX-License-Identifier: MIT */
/* The mock inside: what it was told, as nodes (spans and events) in a forest, and as calls in their order.
 *
 * Lock: the mock's mutex guards all of it; no user code runs under it. Nodes refer to each other by number. */
#ifndef SPANLOOM_CORE_TESTING_MOCK_H
#define SPANLOOM_CORE_TESTING_MOCK_H

#include <pthread.h>
#include <stdatomic.h>

#include <spanloom/test.h>

#include "core/testing/out.h"
#include "core/testing/pattern.h"

enum { SLMI_NOBODY = 0, SLMI_EXPECTATIONS_MAX = 1024 };

typedef struct slmi_mock_field {
    slm_string key, text;
    bool is_text; /* a string, or printed */
    struct slmi_mock_field *next;
} slmi_mock_field;

/* Number 0 is the root of all. */
typedef struct slmi_mock_node {
    const slm_metadata *meta;
    slm_string name; /* of an event, its text */
    slmi_mock_field *fields;
    uint64_t span_id;
    uint32_t parent, first, last, next; /* first and last child, next sibling */
    bool is_event, open, is_explicit;
    uint8_t status, kind;
} slmi_mock_node;

typedef struct slmi_mock_told {
    slm_mock_call call;
    uint32_t node;
    slm_string name;             /* the node's at that time */
    const slmi_mock_field *told; /* fields at that time; of a record, the one */
} slmi_mock_told;

struct slmi_mock_chunk;

struct slm_mock {
    _Atomic(uint32_t) references; /* its owner's, its layer's */
    slm_mock_options options;
    uint32_t place; /* of its number in each span */
    slm_subscriber *subscriber;
    slm_subscriber_scope scope;

    pthread_mutex_t mutex;
    slmi_mock_node *nodes;
    uint32_t node_count, node_room;
    slmi_mock_told *calls;
    uint32_t call_count, call_room;
    uint32_t since; /* numbers up to this one were forgotten */
    uint64_t lost;  /* calls that found no room */
    struct slmi_mock_chunk *chunks;
    slm_mock_expectation *expected;
    uint32_t expected_count;
    bool expected_too_many;
    slmi_out printed;
};

/* A copy that lives as long as what the mock was told. */
slm_string slmi_mock_keep(slm_mock *mock, slm_string text);
void *slmi_mock_keep_room(slm_mock *mock, size_t size);

/* The layer's callbacks. */
extern const slm_layer_ops slmi_mock_ops;
void slmi_mock_unreference(slm_mock *mock);
/* Forgets all. Under the mutex. */
void slmi_mock_forget(slm_mock *mock);

void slmi_mock_report(slm_mock *mock, const slmi_out *text);

/* Whether these are the fields that are wanted, at least or only. */
bool slmi_fields_match(const slmi_pattern *pattern, const slmi_pattern_node *want, const slmi_mock_field *have,
                       bool only);
/* `name`, `'text'`, then fields and what is worth saying of it. */
void slmi_mock_print_node(slmi_out *out, const slmi_mock_node *node);
const char *slmi_level_name(unsigned level);

/* Under the mutex. */
bool slmi_tree_matches(const slm_mock *mock, const slmi_pattern *pattern, bool only);
void slmi_tree_print_difference(slmi_out *out, const slm_mock *mock, const slmi_pattern *pattern, bool only);

#endif
