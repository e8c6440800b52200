/* SPDX-License-Identifier: MIT */
#include "viewer/dump.h"

#include <inttypes.h>
#include <stdlib.h>

static void add_hex(slmi_view_text *text, const char *key, const uint8_t *bytes, size_t count)
{
    slmi_view_text_addf(text, "\"%s\":\"", key);
    for (size_t i = 0; i < count; i++)
        slmi_view_text_addf(text, "%02x", bytes[i]);
    slmi_view_text_puts(text, "\"");
}

static void add_string(slmi_view_text *text, const char *key, const char *value)
{
    slmi_view_text_addf(text, ",\"%s\":", key);
    slmi_view_text_json(text, value);
}

/* Whether a reader that keeps numbers as doubles gets this integer as it is. */
static bool survives_as_double(const char *decimal)
{
    int64_t value = strtoll(decimal, NULL, 10);
    return value <= 9007199254740992 && value >= -9007199254740992;
}

static void add_value(slmi_view_text *text, const slmi_view_attribute *attribute)
{
    bool bare = false;
    switch (attribute->type) {
    case SLMI_VIEW_INT:
        bare = survives_as_double(attribute->text);
        break;
    case SLMI_VIEW_DOUBLE:
        bare = strpbrk(attribute->text, "NI") == NULL;
        break;
    case SLMI_VIEW_BOOL:
    case SLMI_VIEW_JSON:
        bare = true;
        break;
    case SLMI_VIEW_EMPTY:
        slmi_view_text_puts(text, "null");
        return;
    case SLMI_VIEW_STRING:
    case SLMI_VIEW_BYTES:
        break;
    }
    (bare ? slmi_view_text_puts : slmi_view_text_json)(text, attribute->text);
}

static void add_attributes(slmi_view_text *text, const slmi_view_attributes *attributes)
{
    slmi_view_text_puts(text, ",\"attributes\":{");
    for (uint32_t i = 0; i < attributes->count; i++) {
        slmi_view_text_puts(text, i > 0 ? "," : "");
        slmi_view_text_json(text, attributes->items[i].key);
        slmi_view_text_puts(text, ":");
        add_value(text, &attributes->items[i]);
    }
    slmi_view_text_puts(text, "}");
}

static void add_events(slmi_view_text *text, const slmi_view_span *span)
{
    slmi_view_text_puts(text, ",\"events\":[");
    for (uint32_t i = 0; i < span->event_count; i++) {
        slmi_view_text_addf(text, "%s{\"timeUnixNano\":\"%" PRIu64 "\"", i > 0 ? "," : "", span->events[i].time_ns);
        add_string(text, "name", span->events[i].name);
        add_attributes(text, &span->events[i].attributes);
        slmi_view_text_puts(text, "}");
    }
    slmi_view_text_puts(text, "]");
}

static void add_links(slmi_view_text *text, const slmi_view_span *span)
{
    slmi_view_text_puts(text, ",\"links\":[");
    for (uint32_t i = 0; i < span->link_count; i++) {
        slmi_view_text_puts(text, i > 0 ? ",{" : "{");
        add_hex(text, "traceId", span->links[i].trace_id.bytes, sizeof span->links[i].trace_id.bytes);
        slmi_view_text_puts(text, ",");
        add_hex(text, "spanId", span->links[i].span_id.bytes, sizeof span->links[i].span_id.bytes);
        slmi_view_text_puts(text, "}");
    }
    slmi_view_text_puts(text, "]");
}

void slmi_view_dump(slmi_view_text *text, const slmi_view_span *span)
{
    static const char *const kinds[] = { "internal", "server", "client", "producer", "consumer" };
    slmi_view_text_puts(text, "{");
    add_hex(text, "traceId", span->trace_id.bytes, sizeof span->trace_id.bytes);
    slmi_view_text_puts(text, ",");
    add_hex(text, "spanId", span->span_id.bytes, sizeof span->span_id.bytes);
    slmi_view_text_puts(text, ",");
    if (slm_span_id_is_valid(span->parent_id))
        add_hex(text, "parentSpanId", span->parent_id.bytes, sizeof span->parent_id.bytes);
    else
        slmi_view_text_puts(text, "\"parentSpanId\":\"\"");
    add_string(text, "name", span->name);
    add_string(text, "service", span->service);
    add_string(text, "kind", kinds[span->kind]);
    slmi_view_text_addf(text, ",\"startTimeUnixNano\":\"%" PRIu64 "\",\"endTimeUnixNano\":\"%" PRIu64 "\"",
                        span->start_ns, span->end_ns);
    slmi_view_text_addf(text, ",\"status\":{\"code\":%d", (int)span->status);
    add_string(text, "message", span->status_text);
    slmi_view_text_puts(text, "}");
    add_attributes(text, &span->attributes);
    add_events(text, span);
    add_links(text, span);
    slmi_view_text_addf(text, ",\"via\":\"%s\"}\n", span->via == SLMI_VIEW_OTLP ? "otlp" : "zipkin");
}
