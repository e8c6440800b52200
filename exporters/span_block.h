/* SPDX-License-Identifier: MIT */
/* A span with all that it points to in one piece of memory: what a host filled in, or what an exporter of the host's is
 * to see. Nothing about the span is taken on trust but that its pointers, where they are not NULL, lead to what its
 * counts and lengths say. */
#ifndef SPANLOOM_EXPORTERS_SPAN_BLOCK_H
#define SPANLOOM_EXPORTERS_SPAN_BLOCK_H

#include <spanloom/span_data.h>

/* OpenTelemetry SDK, Span limits: the defaults. What is beyond is counted in the span as dropped. */
enum { SLMI_BLOCK_MEMBERS_MAX = 1024 }; /* of a map or a list */
enum { SLMI_BLOCK_FIELDS_MAX = 128, SLMI_BLOCK_EVENTS_MAX = 128, SLMI_BLOCK_LINKS_MAX = 128 };
/* A span with all of its text. */
enum { SLMI_SPAN_BLOCK_MAX = 1 << 20 };

typedef struct slmi_span_block {
    struct slmi_span_block *next;
    size_t bytes;
    uint32_t pins; /* its holders, of one thread */
    slm_span_data span;
} slmi_span_block;

typedef enum slmi_block_verdict {
    SLMI_BLOCK_SOUND,
    SLMI_BLOCK_REPAIRED,  /* something of it made no sense, and was left out or mended */
    SLMI_BLOCK_MALFORMED, /* it has no identity, or its size is none */
    SLMI_BLOCK_TOO_LARGE,
    SLMI_BLOCK_NO_MEMORY
} slmi_block_verdict;

/* A copy; NULL unless the verdict is one of the first two. Its text is well-formed UTF-8, its keys are unique and not
 * empty, its arrays are as they are read back, its end is not before its start. Pins: none. */
slmi_span_block *slmi_span_block_new(const slm_span_data *span, slmi_block_verdict *verdict);
void slmi_span_block_free(slmi_span_block *block);

#endif
