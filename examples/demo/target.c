/* SPDX-License-Identifier: MIT */
#include "examples/demo/target.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), end_len = strlen(end);
    return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

/* What is on this machine is not asked for through a proxy. */
static void spare_proxy(void)
{
    char list[4096];
    const char *old = getenv("no_proxy") ? getenv("no_proxy") : getenv("NO_PROXY");
    snprintf(list, sizeof list, "127.0.0.1,localhost%s%s", old ? "," : "", old ? old : "");
    setenv("no_proxy", list, 1);
}

void target_set(const char *url)
{
    spare_proxy();
    unsetenv("OTEL_SDK_DISABLED");
    unsetenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
    if (ends_with(url, "/api/v2/spans")) {
        setenv("OTEL_TRACES_EXPORTER", "zipkin", 1);
        setenv("OTEL_EXPORTER_ZIPKIN_ENDPOINT", url, 1);
        return;
    }
    setenv("OTEL_TRACES_EXPORTER", "otlp", 1);
    setenv(ends_with(url, "/v1/traces") ? "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" : "OTEL_EXPORTER_OTLP_ENDPOINT", url, 1);
}
