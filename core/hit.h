/* SPDX-License-Identifier: MIT */
/* One hit of a callsite: what it carries, worked out when somebody asks. */
#ifndef SPANLOOM_CORE_HIT_H
#define SPANLOOM_CORE_HIT_H

#include <stdarg.h>

#include "core/arena.h"

enum { SLMI_FIELDS_MAX = 32, SLMI_PRINTED_BYTES_MAX = 2048, SLMI_PRINTERS_MAX = 4 };

/* The values of a hit whose types only it tells, with printers called. Lives in the frame of whoever resolves. */
typedef struct slmi_resolved {
    slm_word words[SLMI_FIELDS_MAX];
    slm_value values[SLMI_FIELDS_MAX];
    char text[SLMI_PRINTED_BYTES_MAX];
} slmi_resolved;

struct slm_hit {
    slmi_thread *self;
    const slmi_site_record *record;
    const slm_word *words;
    const char *format; /* NULL: none */
    va_list *args;
    slm_parent parent;
    slm_kind kind;
    bool resolved, formatted;
    bool given; /* the text is the hit's own, not the callsite's */
    int error;  /* errno at the hit, which a format may ask for */
    const slmi_slot *span;
    const slmi_slot *under; /* `span`, or a context; NULL: none, or of another process: */
    const slm_span_context *remote;
    uint32_t layer;    /* the bit of the layer that is being told */
    uint8_t set;       /* its subscriber */
    uint64_t time;     /* monotonic; 0: not read yet */
    uint64_t given_ns; /* since 1970, as the caller gave it; 0: it did not */
    uint64_t anchor;
    slm_string message;
    char *text;          /* SLMI_MESSAGE_BYTES_MAX for the message */
    slmi_resolved *room; /* where a raw subscriber's printers are called, at the first field that needs it */
};

/* Calls printers and copies dynamic values, so that the words of `hit` hold no SLM_TYPE_DEBUG that is not printed. User
 * code: no lock is held. */
void slmi_hit_resolve(slm_hit *hit, slmi_resolved *room);
/* A single value, likewise; `text` has SLMI_PRINTED_BYTES_MAX. */
void slmi_value_print(slm_value *value, char *text, size_t room);
uint64_t slmi_hit_now(slm_hit *hit);
/* An event whose text is ready-made; absent, it is the callsite's name. */
void slmi_event_given(slmi_site *site, uint64_t mask, const slm_word *words, const slm_event_options *options,
                      slm_string message);
/* Likewise, with a text of its own that is formatted when somebody asks for it. */
void slmi_event_formatted(slmi_site *site, uint64_t mask, const slm_word *words, const slm_event_options *options,
                          const char *format, va_list *args);

/* How many texts were cut at SLMI_MESSAGE_BYTES_MAX. */
uint64_t slmi_messages_cut(void);

#endif
