/* SPDX-License-Identifier: MIT */
/* What the tests of the macros share: a raw subscriber of this thread that writes down all it is told, as text. */
#ifndef SPANLOOM_TESTS_UNIT_MACROS_H
#define SPANLOOM_TESTS_UNIT_MACROS_H

#include <spanloom/subscriber.h>

enum { SEEN_TEXT_MAX = 8192 };

SLM_BEGIN_DECLS

/* The newest hit, and every call in order. */
typedef struct seen {
    const slm_metadata *metadata;
    slm_parent parent;
    slm_kind kind;
    uint64_t time_ns;
    char message[SEEN_TEXT_MAX];
    char fields[SEEN_TEXT_MAX]; /* "key:type=value ..." */
    unsigned hits;              /* events and new spans */
    unsigned registered, asked; /* calls of register_callsite() and enabled() */
    uint64_t last_span;
    char calls[SEEN_TEXT_MAX]; /* "new 1, enter 1, event, exit 1, end 1" */
} seen;

/* How the subscriber answers. */
typedef struct seen_answers {
    slm_interest interest;
    bool enabled;
    unsigned level; /* above it: SLM_INTEREST_NEVER; 0 for no limit */
} seen_answers;

extern seen now;
extern seen_answers answers;

/* Makes the subscriber this thread's, and forgets what was seen. */
void seen_begin(void);
void seen_end(void);
/* "key:type=value" of one field, appended to `out`. */
void seen_field(char *out, size_t room, const slm_field *field);

/* macros_elsewhere.c: a file with neither a target nor a scope of its own, and a static level of INFO. */
int elsewhere(int *evaluated);

SLM_END_DECLS

#endif
