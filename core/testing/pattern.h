/* SPDX-License-Identifier: MIT */
/* The language of slm_expect_tree(), parsed; see <spanloom/test.h>. */
#ifndef SPANLOOM_CORE_TESTING_PATTERN_H
#define SPANLOOM_CORE_TESTING_PATTERN_H

#include <spanloom/metadata.h>

enum { SLMI_PATTERN_NODES_MAX = 512, SLMI_PATTERN_FIELDS_MAX = 2048, SLMI_PATTERN_DEPTH_MAX = 64 };
enum { SLMI_ANY = 255 };

/* A text to compare with: escapes are still in it, so that `\*` is a star. */
typedef struct slmi_pattern_field {
    slm_string key, value; /* an absent value: any */
    bool quoted;
} slmi_pattern_field;

typedef struct slmi_pattern_node {
    slm_string name, target;
    slm_string source;    /* how it is written */
    uint16_t first, next; /* its first child, its next sibling; 0 for none */
    uint16_t fields, field_count;
    bool is_event, is_any_number, has_others;       /* `'text'`, `**`, `*` among the fields */
    uint8_t level, status, kind, open, is_explicit; /* or SLMI_ANY */
} slmi_pattern_node;

typedef struct slmi_pattern {
    slmi_pattern_node nodes[SLMI_PATTERN_NODES_MAX + 1]; /* number 0 is the root of all */
    slmi_pattern_field fields[SLMI_PATTERN_FIELDS_MAX];
    uint16_t node_count, field_count;
} slmi_pattern;

/* On a mistake, why, and its offset in `*at`. */
const char *slmi_pattern_parse(slm_string text, slmi_pattern *out, size_t *at);
/* Fields alone, as between braces: those of node 0. */
const char *slmi_pattern_parse_fields(slm_string text, slmi_pattern *out, size_t *at);

/* Whether a text fits, with `*` for any bytes and `\` before what stands for itself. */
bool slmi_pattern_fits(slm_string pattern, slm_string text);

#endif
