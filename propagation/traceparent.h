/* SPDX-License-Identifier: MIT */
/* What the propagators share about ids and flags. */
#ifndef SPANLOOM_PROPAGATION_TRACEPARENT_H
#define SPANLOOM_PROPAGATION_TRACEPARENT_H

#include <spanloom/span_context.h>

/* The flags that this library knows. Unknown ones are neither kept nor sent, W3C Trace Context 3.2.2.5.3. */
enum { SLMI_KNOWN_FLAGS = SLM_FLAG_SAMPLED | SLM_FLAG_RANDOM };

static inline bool slmi_is_ows(char c)
{
    return c == ' ' || c == '\t';
}

/* The string without the spaces and tabs around it: RFC 9110's OWS. */
static inline slm_string slmi_trim(slm_string text)
{
    while (text.len > 0 && slmi_is_ows(text.data[0])) {
        text.data++;
        text.len--;
    }
    while (text.len > 0 && slmi_is_ows(text.data[text.len - 1]))
        text.len--;
    return text;
}

#endif
