/* SPDX-License-Identifier: MIT */
/* usage: emit_logs TRACE_ID BASE_NS      sends the log records of read_back_logs.py to where the environment says.
 *
 * Its status is 0 if every record was delivered, and 3 if the library did not take its settings as they are. */
#define SLM_INSTRUMENTATION_NAME    "interop.logs"
#define SLM_INSTRUMENTATION_VERSION "2.1"
#include <spanloom/sdk.h>
#include <spanloom/trace.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { AMPLE_MS = 30000, SETTINGS_REFUSED = 3 };

/* `n` is where it stands in the list, and how many microseconds after the base it happened. */
#define INSIDE(n)  (.parent = slm_under_remote(remote), .time_ns = base_ns + 1000 * (n))
#define OUTSIDE(n) (.parent = SLM_ROOT, .time_ns = base_ns + 1000 * (n))

static void emit(const slm_span_context *remote, uint64_t base_ns)
{
    static const int64_t integers[] = { -1, 0, INT64_MAX };
    SLM_EVENT_WITH(INSIDE(0), SLM_LEVEL_TRACE, "trace");
    SLM_EVENT_WITH(INSIDE(1), SLM_LEVEL_DEBUG, "debug");
    SLM_EVENT_WITH(INSIDE(2), SLM_LEVEL_INFO, ("id", 3), "%d yaks, \"%s\"\n\xe7\x8a\x9b", 3, "shaved");
    SLM_EVENT_WITH(INSIDE(3), SLM_LEVEL_WARN, ("yes", (bool)true), ("least", INT64_MIN), ("half", 0.5),
                   ("text", "\xce\xb2"), ("bytes", slm_bytes("a\0b", 3)), ("integers", slm_array(integers, 3)),
                   "every type");
    SLM_EVENT_WITH(INSIDE(4), SLM_LEVEL_ERROR, ("error", slm_errno(ENOENT)));
    SLM_EVENT_WITH(OUTSIDE(5), SLM_LEVEL_INFO, "outside any span");
}

static bool read_trace_id(const char *text, slm_trace_id *out)
{
    unsigned byte;
    for (size_t i = 0; i < sizeof out->bytes; i++) {
        if (sscanf(text + 2 * i, "%2x", &byte) != 1)
            return false;
        out->bytes[i] = (uint8_t)byte;
    }
    return true;
}

int main(int count, char **arguments)
{
    uint64_t base_ns;
    slm_span_context remote = { .span_id = { { 0xb7, 0xad, 0x6b, 0x71, 0x69, 0x20, 0x33, 0x31 } },
                                .flags = SLM_FLAG_SAMPLED,
                                .is_remote = true };
    if (count != 3 || !read_trace_id(arguments[1], &remote.trace_id) ||
        sscanf(arguments[2], "%" SCNu64, &base_ns) != 1) {
        fprintf(stderr, "usage: emit_logs TRACE_ID BASE_NS\n");
        return 2;
    }
    slm_config config = SLM_CONFIG_INIT;
    config.service_name = "Interop";
    config.exporters = SLM_EXPORTER_NONE;
    config.export_filter = "trace";
    if (slm_init(&config) != SLM_OK)
        return EXIT_FAILURE;
    emit(&remote, base_ns);
    slm_status status = slm_shutdown(AMPLE_MS);
    if (status != SLM_OK)
        fprintf(stderr, "emit_logs: %s\n", slm_status_text(status));
    if (slm_diagnostic_count(SLM_DIAG_CONFIGURATION) > 0)
        return SETTINGS_REFUSED;
    return status == SLM_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
