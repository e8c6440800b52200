/* SPDX-License-Identifier: MIT */
/* usage: emit TRACE_ID BASE_NS      sends the trace of emit_trace() to where the environment says.
 *
 * Its status is 0 if every span was delivered, and 3 if the library did not take its settings as they are. */
#include "tests/interop/emit.h"

#include <spanloom/id_generator.h>
#include <spanloom/sdk.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { AMPLE_MS = 30000, SETTINGS_REFUSED = 3 };

static slm_trace_id trace_id;

static void give_trace_id(void *self, slm_trace_id *out)
{
    (void)self;
    *out = trace_id;
}

/* e000000000000001, then 2, and so on. */
static void give_span_id(void *self, slm_span_id *out)
{
    uint8_t *last = self;
    *out = (slm_span_id){ { 0xe0, 0, 0, 0, 0, 0, 0, ++*last } };
}

static bool read_trace_id(const char *text)
{
    unsigned byte;
    for (size_t i = 0; i < sizeof trace_id.bytes; i++) {
        if (sscanf(text + 2 * i, "%2x", &byte) != 1)
            return false;
        trace_id.bytes[i] = (uint8_t)byte;
    }
    return true;
}

static slm_status start(uint8_t *last_id)
{
    static const double weights[] = { 0.25, 1e300 };
    const slm_id_generator ids = {
        .size = sizeof ids, .self = last_id, .trace_id = give_trace_id, .span_id = give_span_id
    };
    const slm_field resource[] = {
        { slm_string_from_c("service.namespace"), slm_value_string("yaks", 4) },
        { slm_string_from_c("service.version"), slm_value_string("1.2.3-\xce\xb2", 8) },
        { slm_string_from_c("herd.size"), slm_value_i64(INT64_MIN) },
        { slm_string_from_c("herd.woolly"), slm_value_bool(true) },
        { slm_string_from_c("herd.weights"), slm_value_array(SLM_TYPE_F64, weights, sizeof *weights, 2) },
    };
    slm_config config = SLM_CONFIG_INIT;
    config.service_name = "Interop";
    config.resource = resource;
    config.resource_count = sizeof resource / sizeof *resource;
    config.id_generator = &ids;
    return slm_init(&config);
}

int main(int count, char **arguments)
{
    uint64_t base_ns;
    uint8_t last_id = 0;
    if (count != 3 || !read_trace_id(arguments[1]) || sscanf(arguments[2], "%" SCNu64, &base_ns) != 1) {
        fprintf(stderr, "usage: emit TRACE_ID BASE_NS\n");
        return 2;
    }
    slm_span_context remote = { .trace_id = trace_id,
                                .span_id = { { 0xb7, 0xad, 0x6b, 0x71, 0x69, 0x20, 0x33, 0x31 } },
                                .flags = SLM_FLAG_SAMPLED,
                                .is_remote = true };
    int len = snprintf(remote.tracestate, sizeof remote.tracestate, "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE");
    remote.tracestate_len = (uint16_t)len;

    if (start(&last_id) != SLM_OK)
        return EXIT_FAILURE;
    emit_trace(&remote, base_ns);
    emit_other_scope(&remote, base_ns);
    slm_status status = slm_shutdown(AMPLE_MS);
    if (status != SLM_OK)
        fprintf(stderr, "emit: %s\n", slm_status_text(status));
    if (slm_diagnostic_count(SLM_DIAG_CONFIGURATION) > 0)
        return SETTINGS_REFUSED;
    return status == SLM_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
