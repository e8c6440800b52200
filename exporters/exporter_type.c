/* SPDX-License-Identifier: MIT */
#include "exporters/exporter_type.h"

typedef struct type {
    uint32_t bit;
    const char *spans, *logs; /* NULL: it takes none */
} type;

static const char *of(const type *t, const slmi_settings *settings)
{
    return settings->logs ? t->logs : t->spans;
}

const char *slmi_exporter_type(const slmi_settings *settings, uint32_t bit)
{
    static const type grpc = { 0, "otlp_grpc_span_exporter", "otlp_grpc_log_exporter" };
    static const type protobuf = { 0, "otlp_http_span_exporter", "otlp_http_log_exporter" };
    static const type custom = { 0, "custom_span_exporter", NULL };
    static const type types[] = {
        { SLM_EXPORTER_OTLP, "otlp_http_json_span_exporter", "otlp_http_json_log_exporter" },
        { SLM_EXPORTER_ZIPKIN, "zipkin_http_span_exporter", NULL },
        { SLM_EXPORTER_CONSOLE, "console_span_exporter", NULL },
        { SLM_EXPORTER_OTLP_STDOUT, "otlp_stdout_span_exporter", "otlp_stdout_log_exporter" },
        { SLMI_EXPORTER_FILE, "otlp_file_span_exporter", "otlp_file_log_exporter" },
    };
    if (bit == SLM_EXPORTER_OTLP && settings->otlp_protobuf)
        return of(settings->otlp_grpc ? &grpc : &protobuf, settings);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (types[i].bit == bit)
            return of(&types[i], settings);
    }
    return of(&custom, settings);
}
