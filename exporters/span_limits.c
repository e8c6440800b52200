/* SPDX-License-Identifier: MIT */
#include "exporters/span_limits.h"

#include <string.h>

/* A limit's own variable, else the general one, else the default. OpenTelemetry, Attribute Limits. */
static void read_limit(uint32_t *out, const char *own, const char *general, slmi_complaints *complaints)
{
    const char *name = own;
    if (general)
        (void)slmi_env_either(own, general, &name);
    slmi_env_number(name, 0, UINT32_MAX - 1, out, complaints);
}

void slmi_span_limits_read(slm_span_limits *out, const slm_config *config, slmi_complaints *complaints)
{
    static const char count[] = "OTEL_ATTRIBUTE_COUNT_LIMIT", length[] = "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT";
    *out = (slm_span_limits)SLM_SPAN_LIMITS_INIT;
    if (config->limits) {
        uint32_t known = config->limits->size < sizeof *out ? config->limits->size : (uint32_t)sizeof *out;
        memcpy(out, config->limits, known);
        out->size = sizeof *out;
        return;
    }
    read_limit(&out->attributes, "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", count, complaints);
    read_limit(&out->value_length, "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", length, complaints);
    read_limit(&out->events, "OTEL_SPAN_EVENT_COUNT_LIMIT", NULL, complaints);
    read_limit(&out->links, "OTEL_SPAN_LINK_COUNT_LIMIT", NULL, complaints);
    read_limit(&out->event_attributes, "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", count, complaints);
    read_limit(&out->link_attributes, "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", count, complaints);
    slmi_env_number("SPANLOOM_VALUE_BYTES", 64, 256 * 1024, &out->value_bytes, complaints);
    slmi_env_number("SPANLOOM_SPAN_BYTES", 1024, 4 * 1024 * 1024, &out->span_bytes, complaints);
    if (out->attributes > SLM_SPAN_ATTRIBUTES_MAX) {
        slmi_complain(complaints, "a span has at most %d attributes, not %u", SLM_SPAN_ATTRIBUTES_MAX, out->attributes);
        out->attributes = SLM_SPAN_ATTRIBUTES_MAX;
    }
}
