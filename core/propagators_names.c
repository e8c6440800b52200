/* SPDX-License-Identifier: MIT */
#include "core/propagators_names.h"
#include "core/diagnostics.h"

#include <stdlib.h>
#include <string.h>

static char names[512];
static const char *known; /* A release store publishes the text to slmi_propagators_names(). */

void slmi_propagators_names_read(void)
{
    static const char standard[] = "tracecontext,baggage";
    if (slmi_propagators_names())
        return;
    const char *text = getenv("OTEL_PROPAGATORS");
    if (!text || text[0] == '\0')
        text = standard;
    size_t len = strlen(text);
    if (len >= sizeof names) {
        slmi_diagnose(SLM_DIAG_CONFIGURATION, "OTEL_PROPAGATORS has %zu bytes, more than %zu; it is left out", len,
                      sizeof names - 1);
        text = standard;
        len = sizeof standard - 1;
    }
    memcpy(names, text, len + 1);
    __atomic_store_n(&known, names, __ATOMIC_RELEASE);
}

const char *slmi_propagators_names(void)
{
    return __atomic_load_n(&known, __ATOMIC_ACQUIRE);
}
