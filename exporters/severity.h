/* SPDX-License-Identifier: MIT */
/* Levels as OpenTelemetry numbers and names them. Logs Data Model, SeverityNumber. */
#ifndef SPANLOOM_EXPORTERS_SEVERITY_H
#define SPANLOOM_EXPORTERS_SEVERITY_H

#include <spanloom/level.h>
#include <spanloom/string.h>

/* 0, which is left out, for what is no level. */
static inline unsigned slmi_severity_number(uint8_t level)
{
    return level >= SLM_LEVEL_ERROR && level <= SLM_LEVEL_TRACE ? 21u - 4u * level : 0;
}

static inline slm_string slmi_severity_text(uint8_t level)
{
    static const slm_string names[] = { { "", 0 },     { "ERROR", 5 }, { "WARN", 4 },
                                        { "INFO", 4 }, { "DEBUG", 5 }, { "TRACE", 5 } };
    return names[level <= SLM_LEVEL_TRACE ? level : 0];
}

#endif
