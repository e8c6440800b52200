/* SPDX-License-Identifier: MIT */
#include "exporters/config.h"

#include "exporters/environment.h"

enum { HOLD_MS = 30000, SPANS = 1024, TRACE_SPANS = 256, SPANS_MAX = 1 << 20 };

void slmi_settings_read_tail(slmi_settings *settings, const slm_config *config, slmi_complaints *complaints)
{
    settings->tail_hold_ms = HOLD_MS;
    settings->tail_spans = SPANS;
    settings->tail_trace_spans = TRACE_SPANS;
    slmi_env_number("SPANLOOM_TAIL_SLOW", 1, INT32_MAX, &settings->tail_slow_ms, complaints);
    slmi_env_number("SPANLOOM_TAIL_HOLD", 1, INT32_MAX, &settings->tail_hold_ms, complaints);
    slmi_env_number("SPANLOOM_TAIL_SPANS", 1, SPANS_MAX, &settings->tail_spans, complaints);
    slmi_env_number("SPANLOOM_TAIL_TRACE_SPANS", 1, SPANS_MAX, &settings->tail_trace_spans, complaints);
    if (config->tail_slow_ms > 0)
        settings->tail_slow_ms = config->tail_slow_ms;
    if (config->tail_hold_ms > 0)
        settings->tail_hold_ms = config->tail_hold_ms;
    if (config->tail_spans > 0)
        settings->tail_spans = config->tail_spans < SPANS_MAX ? config->tail_spans : SPANS_MAX;
    if (config->tail_trace_spans > 0)
        settings->tail_trace_spans = config->tail_trace_spans;
}
