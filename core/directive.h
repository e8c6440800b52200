/* SPDX-License-Identifier: MIT */
/* One directive of a filter, parsed. Its strings point into the text that was parsed. */
#ifndef SPANLOOM_CORE_DIRECTIVE_H
#define SPANLOOM_CORE_DIRECTIVE_H

#include <spanloom/filter.h>
#include <spanloom/metadata.h>

enum { SLMI_DIRECTIVE_FIELDS_MAX = 8 };

/* A field that a span must have, and, if given, with which value. */
typedef struct slmi_wanted {
    slm_string key;
    slm_string value; /* absent: any; may hold `*` */
} slmi_wanted;

typedef struct slmi_directive {
    slm_string target; /* empty: every target; may hold `*` */
    slm_string span;   /* absent: none named */
    slmi_wanted fields[SLMI_DIRECTIVE_FIELDS_MAX];
    uint8_t field_count, level;
    bool dynamic; /* it names a span or fields */
} slmi_directive;

/* Takes the next directive off `*rest`, up to a comma outside brackets and quotes, without the spaces around it. */
slm_string slmi_directive_next(slm_string *rest);
/* Parses one, trimmed and not empty. On a mistake, returns why and sets `*at` to its offset in `text`. */
const char *slmi_directive_parse(slm_string text, slmi_directive *out, size_t *at);

/* `*` stands for any bytes; after a `\`, a byte for itself. */
bool slmi_glob(slm_string pattern, slm_string text);
/* Whether a target is named by a directive's: it is that, or begins with it up to a `.`, `:` or `/`. */
bool slmi_directive_target_matches(slm_string directive, slm_string target);
/* The same of a callsite: `scope:NAME` is for what OpenTelemetry's instrumentation scope of that name makes. */
bool slmi_directive_names(const slmi_directive *directive, const slm_metadata *meta);

#endif
