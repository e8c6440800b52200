/* SPDX-License-Identifier: MIT */
/* Zipkin v2 spans as a JSON list. Clauses named here are those of OpenTelemetry to Zipkin Transformation. */
#include "exporters/encoder.h"

#include "exporters/json_writer.h"
#include "exporters/zipkin_endpoint.h"
#include "exporters/zipkin_value.h"

/* Where `at` stands in the buffer, for what may move. */
static size_t offset(const slmi_buffer *body, const char *at)
{
    return (size_t)(at - body->data);
}

/* What stands before a tag's key. */
static char *tag_intro(char *at, bool *any)
{
    at = *any ? SLMI_PUT(at, ",\"") : SLMI_PUT(at, ",\"tags\":{\"");
    *any = true;
    return at;
}

/* A tag's key and the opening quote of its value. `key` is a literal that needs no escape. */
#define TAG(at, any, key) SLMI_PUT(tag_intro(at, any), key "\":\"")

static char *end_text_tag(slmi_buffer *body, char *at, slm_string text)
{
    at = slmi_json_text(body, at, text);
    return at ? SLMI_PUT(at, "\"") : NULL;
}

static char *end_count_tag(char *at, uint32_t count)
{
    return SLMI_PUT(slmi_json_u64(at, count), "\"");
}

/* Tags that are written from elsewhere in the span, or left out on purpose: a tag `error` of any value makes Zipkin
 * take the span as failed, so it may stand for a status of Error alone (clause Status). An attribute of that name
 * would be a second member of the same key, or a lie. */
static bool is_own_tag(slm_string key)
{
    static const slm_string own[] = {
        SLMI_STRING("otel.status_code"),          SLMI_STRING("otel.scope.name"),
        SLMI_STRING("otel.scope.version"),        SLMI_STRING("otel.library.name"),
        SLMI_STRING("otel.library.version"),      SLMI_STRING("otel.dropped_attributes_count"),
        SLMI_STRING("otel.dropped_events_count"), SLMI_STRING("otel.dropped_links_count"),
    };
    if (key.len == 5)
        return memcmp(key.data, "error", 5) == 0;
    if (key.len < 5 || memcmp(key.data, "otel.", 5) != 0)
        return false;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        if (slm_string_equal(key, own[i]))
            return true;
    }
    return false;
}

static char *attribute_tags(slmi_buffer *body, char *at, bool *any, const slm_span_data *span)
{
    for (uint32_t i = 0; i < span->field_count; i++) {
        const slm_field *field = &span->fields[i];
        if (is_own_tag(field->key))
            continue;
        at = slmi_json_text(body, tag_intro(at, any), field->key);
        if (!at)
            return NULL;
        at = slmi_zipkin_value_text(body, SLMI_PUT(at, "\":\""), &field->value);
        if (!at)
            return NULL;
        at = SLMI_PUT(at, "\"");
    }
    return at;
}

static bool has_field(const slm_span_data *span, slm_string key)
{
    for (uint32_t i = 0; i < span->field_count; i++) {
        if (slm_string_equal(span->fields[i].key, key))
            return true;
    }
    return false;
}

/* Clause Status. */
static char *status_tags(slmi_buffer *body, char *at, bool *any, const slm_span_data *span)
{
    if (span->status == SLM_SPAN_OK)
        return SLMI_PUT(TAG(at, any, "otel.status_code"), "OK\"");
    if (span->status != SLM_SPAN_ERROR)
        return at;
    at = SLMI_PUT(TAG(at, any, "otel.status_code"), "ERROR\"");
    return end_text_tag(body, TAG(at, any, "error"), span->status_text);
}

/* The names in use and the ones before them. OpenTelemetry Transformation to non-OTLP Formats, InstrumentationScope. */
static char *scope_tags(slmi_buffer *body, char *at, bool *any, const slm_scope_data *scope)
{
    if (scope->name.len > 0) {
        at = end_text_tag(body, TAG(at, any, "otel.scope.name"), scope->name);
        at = at ? end_text_tag(body, TAG(at, any, "otel.library.name"), scope->name) : NULL;
    }
    if (at && scope->version.len > 0) {
        at = end_text_tag(body, TAG(at, any, "otel.scope.version"), scope->version);
        at = at ? end_text_tag(body, TAG(at, any, "otel.library.version"), scope->version) : NULL;
    }
    return slmi_json_room(body, at, 0);
}

static char *tags(slmi_buffer *body, char *at, const slmi_encoding *state, const slm_span_data *span)
{
    bool any = false;

    at = attribute_tags(body, at, &any, span);
    if (at)
        at = status_tags(body, at, &any, span);
    if (at)
        at = scope_tags(body, at, &any, span->scope);
    if (at && state->service_namespace.len > 0 && !has_field(span, slm_string_from_c("service.namespace")))
        at = end_text_tag(body, TAG(at, &any, "service.namespace"), state->service_namespace);
    if (!at)
        return NULL;
    if (span->dropped_fields > 0)
        at = end_count_tag(TAG(at, &any, "otel.dropped_attributes_count"), span->dropped_fields);
    if (span->dropped_events > 0)
        at = end_count_tag(TAG(at, &any, "otel.dropped_events_count"), span->dropped_events);
    if (span->dropped_links > 0)
        at = end_count_tag(TAG(at, &any, "otel.dropped_links_count"), span->dropped_links);
    if (any)
        *at++ = '}';
    return slmi_json_room(body, at, 0);
}

/* `"name": {"key":value,…}` as text inside a JSON string. Clause Events. */
static char *event_text(slmi_buffer *body, char *at, const slm_event_data *event)
{
    size_t from = offset(body, at);
    bool any = false;

    at = slmi_json_quoted(body, at, event->name);
    if (!at)
        return NULL;
    at = SLMI_PUT(at, ": {");
    for (uint32_t i = 0; i < event->field_count; i++) {
        const slm_field *field = &event->fields[i];
        if (any)
            *at++ = ',';
        any = true;
        at = slmi_json_quoted(body, at, field->key);
        if (!at)
            return NULL;
        *at++ = ':';
        at = slmi_json_room(body, slmi_zipkin_value_json(body, at, &field->value), 0);
        if (!at)
            return NULL;
    }
    if (event->dropped_fields > 0) {
        if (any)
            *at++ = ',';
        at = slmi_json_u64(SLMI_PUT(at, "\"otel.dropped_attributes_count\":"), event->dropped_fields);
    }
    *at++ = '}';
    return slmi_json_escape_again(body, at, from);
}

static char *annotations(slmi_buffer *body, char *at, const slm_span_data *span)
{
    for (uint32_t i = 0; i < span->event_count; i++) {
        const slm_event_data *event = &span->events[i];
        at = i > 0 ? SLMI_PUT(at, ",{") : SLMI_PUT(at, ",\"annotations\":[{");
        at = slmi_json_u64(SLMI_PUT(at, "\"timestamp\":"), event->time_ns / 1000);
        at = SLMI_PUT(at, ",\"value\":\"");
        if (event->field_count > 0 || event->dropped_fields > 0)
            at = event_text(body, at, event);
        else
            at = slmi_json_text(body, at, event->name);
        at = slmi_json_room(body, at, 0);
        if (!at)
            return NULL;
        at = SLMI_PUT(at, "\"}");
    }
    if (span->event_count > 0)
        *at++ = ']';
    return slmi_json_room(body, at, 0);
}

/* Times are whole microseconds; zero would mean "unknown" to Zipkin, so a shorter span takes one. Clause Unit of Time.
 */
static char *times(char *at, const slm_span_data *span)
{
    uint64_t duration_ns = span->end_ns > span->start_ns ? span->end_ns - span->start_ns : 0;
    if (span->start_ns >= 1000)
        at = slmi_json_u64(SLMI_PUT(at, ",\"timestamp\":"), span->start_ns / 1000);
    return slmi_json_u64(SLMI_PUT(at, ",\"duration\":"), duration_ns >= 1000 ? duration_ns / 1000 : 1);
}

/* Clause SpanKind: Internal has none. */
static char *kind(char *at, uint8_t kind)
{
    switch (kind) {
    case SLM_KIND_SERVER:
        return SLMI_PUT(at, ",\"kind\":\"SERVER\"");
    case SLM_KIND_CLIENT:
        return SLMI_PUT(at, ",\"kind\":\"CLIENT\"");
    case SLM_KIND_PRODUCER:
        return SLMI_PUT(at, ",\"kind\":\"PRODUCER\"");
    case SLM_KIND_CONSUMER:
        return SLMI_PUT(at, ",\"kind\":\"CONSUMER\"");
    default:
        return at;
    }
}

static char *head(slmi_buffer *body, char *at, const slmi_encoding *state, const slm_span_data *span)
{
    at = slmi_json_hex(SLMI_PUT(at, "{\"traceId\":\""), span->trace_id.bytes, sizeof span->trace_id.bytes);
    at = slmi_json_hex(SLMI_PUT(at, "\",\"id\":\""), span->span_id.bytes, sizeof span->span_id.bytes);
    if (slm_span_id_is_valid(span->parent_span_id)) {
        at = SLMI_PUT(at, "\",\"parentId\":\"");
        at = slmi_json_hex(at, span->parent_span_id.bytes, sizeof span->parent_span_id.bytes);
    }
    at = kind(SLMI_PUT(at, "\""), span->kind);
    if (span->name.len > 0)
        at = slmi_json_quoted(body, SLMI_PUT(at, ",\"name\":"), span->name);
    if (!at)
        return NULL;
    at = times(at, span);
    at = slmi_json_quoted(body, SLMI_PUT(at, ",\"localEndpoint\":{\"serviceName\":"), state->service_name);
    return at ? SLMI_PUT(at, "}") : NULL;
}

static void begin(slmi_buffer *body, slmi_encoding *state, const slm_resource *resource)
{
    *state = (slmi_encoding){ .service_name = slm_string_from_c("unknown_service") };
    for (uint32_t i = 0; i < resource->field_count; i++) {
        const slm_field *field = &resource->fields[i];
        slm_string text = slm_string_of(field->value.as.s, field->value.len);
        if (field->value.type != SLM_TYPE_STRING)
            continue;
        if (slm_string_equal(field->key, slm_string_from_c("service.name")))
            state->service_name = text;
        else if (slm_string_equal(field->key, slm_string_from_c("service.namespace")))
            state->service_namespace = text;
    }
    slmi_buffer_add(body, "[", 1);
}

static void span(slmi_buffer *body, slmi_encoding *state, const slm_span_data *data)
{
    char *at = slmi_json_start(body);
    if (!at)
        return;
    if (state->spans++ > 0)
        *at++ = ',';
    state->scope = data->scope;

    at = head(body, at, state, data);
    if (at && (data->kind == SLM_KIND_CLIENT || data->kind == SLM_KIND_PRODUCER))
        at = slmi_zipkin_remote_endpoint(body, at, data);
    if (at)
        at = tags(body, at, state, data);
    if (at)
        at = annotations(body, at, data);
    if (at)
        *at++ = '}';
    slmi_buffer_commit(body, at);
}

static void end(slmi_buffer *body, slmi_encoding *state)
{
    (void)state;
    slmi_buffer_add(body, "]", 1);
}

const slmi_encoder slmi_encoder_zipkin_json = {
    .content_type = "application/json",
    .begin = begin,
    .span = span,
    .end = end,
};
