/* SPDX-License-Identifier: MIT */
/* Finished spans as lines for people:
 *
 *     shave 1.204 ms ERROR "missing yak"
 *         2026-11-23T02:24:26.123456Z trace=4bf9... span=00f0... parent=53ce... kind=internal scope=yaks
 *         current_yak=3
 *         + 1.190 ms "yak shaving failed!" error="missing yak" */
#include "exporters/console.h"

#include "core/errno_name.h"
#include "exporters/element.h"
#include "exporters/json_writer.h"

#include <stdio.h>
#include <time.h>

static char *put_value(slmi_buffer *body, char *at, const slm_value *value, unsigned depth);

static char *put_quoted(slmi_buffer *body, char *at, slm_string text)
{
    at = at ? SLMI_PUT(at, "\"") : NULL;
    at = slmi_json_text(body, at, text);
    return at ? SLMI_PUT(at, "\"") : NULL;
}

/* Bounded values: at most 32 bytes, for which there is room. */
static char *put_number(char *at, const slm_value *value)
{
    if (!at)
        return NULL;
    switch (value->type) {
    case SLM_TYPE_BOOL:
        return value->as.u ? SLMI_PUT(at, "true") : SLMI_PUT(at, "false");
    case SLM_TYPE_I64:
        return slmi_json_i64(at, value->as.i);
    case SLM_TYPE_U64:
        return slmi_json_u64(at, value->as.u);
    case SLM_TYPE_F64:
        return slmi_json_double(at, value->as.d);
    case SLM_TYPE_POINTER:
        return slmi_json_address(at, value->as.p);
    case SLM_TYPE_ERRNO: {
        const char *name = slmi_errno_name((int)value->as.i);
        return name ? slmi_json_literal(at, name, strlen(name)) : slmi_json_i64(at, value->as.i);
    }
    default:
        return at;
    }
}

static char *put_array(slmi_buffer *body, char *at, const slm_value *array)
{
    at = at ? SLMI_PUT(at, "[") : NULL;
    for (size_t i = 0; i < array->len && at; i++) {
        slm_value element = slmi_element(array, i);
        if (i > 0)
            at = SLMI_PUT(at, ", ");
        at = put_value(body, at, &element, 0);
        at = slmi_json_room(body, at, 0);
    }
    return at ? SLMI_PUT(at, "]") : NULL;
}

/* `{key=value, other=[value, value]}` */
static char *put_members(slmi_buffer *body, char *at, const slm_value *value, unsigned depth)
{
    bool is_map = slmi_is_map(value);
    at = at ? slmi_json_literal(at, is_map ? "{" : "[", 1) : NULL;
    for (size_t i = 0; i < value->len && depth < SLM_VALUE_DEPTH_MAX && at; i++) {
        if (i > 0)
            at = SLMI_PUT(at, ", ");
        if (is_map) {
            at = slmi_json_text(body, at, ((const slm_field *)value->as.p)[i].key);
            at = at ? SLMI_PUT(at, "=") : NULL;
        }
        at = put_value(body, at, slmi_member(value, i), depth + 1);
        at = slmi_json_room(body, at, 0);
    }
    return at ? slmi_json_literal(at, is_map ? "}" : "]", 1) : NULL;
}

static char *put_value(slmi_buffer *body, char *at, const slm_value *value, unsigned depth)
{
    if (slmi_is_array(value))
        return put_array(body, at, value);
    if (slmi_has_members(value))
        return put_members(body, at, value, depth);
    if (value->type == SLM_TYPE_STRING)
        return put_quoted(body, at, slm_string_of(value->as.s, value->len));
    if (value->type == SLM_TYPE_BYTES) {
        at = at ? SLMI_PUT(at, "base64:") : NULL;
        return slmi_json_base64(body, at, value->as.p, value->len);
    }
    return put_number(at, value);
}

static char *put_fields(slmi_buffer *body, char *at, const slm_field *fields, uint32_t count, uint32_t dropped)
{
    for (uint32_t i = 0; i < count && at; i++) {
        at = slmi_json_room(body, SLMI_PUT(at, " "), 0);
        at = slmi_json_text(body, at, fields[i].key);
        at = at ? SLMI_PUT(at, "=") : NULL;
        at = slmi_json_room(body, put_value(body, at, &fields[i].value, 0), 0);
    }
    if (dropped > 0 && at)
        at = slmi_json_u64(SLMI_PUT(at, " fields_dropped="), dropped);
    return slmi_json_room(body, at, 0);
}

/* Four units; three digits after the point say enough. */
static char *put_duration(char *at, uint64_t ns)
{
    char text[40];
    int len;
    if (ns < 1000)
        len = snprintf(text, sizeof text, "%u ns", (unsigned)ns);
    else if (ns < 1000000)
        len = snprintf(text, sizeof text, "%u.%03u us", (unsigned)(ns / 1000), (unsigned)(ns % 1000));
    else if (ns < 1000000000)
        len = snprintf(text, sizeof text, "%u.%03u ms", (unsigned)(ns / 1000000), (unsigned)(ns / 1000 % 1000));
    else
        len = snprintf(text, sizeof text, "%llu.%03u s", (unsigned long long)(ns / 1000000000),
                       (unsigned)(ns / 1000000 % 1000));
    return slmi_json_literal(at, text, (size_t)len);
}

static char *put_time(char *at, uint64_t ns)
{
    char text[80];
    struct tm utc = { .tm_year = 0 };
    time_t seconds = (time_t)(ns / 1000000000);
    gmtime_r(&seconds, &utc);
    size_t len = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    int rest = snprintf(text + len, sizeof text - len, ".%06uZ", (unsigned)(ns / 1000 % 1000000));
    return slmi_json_literal(at, text, len + (size_t)rest);
}

static char *put_first_line(slmi_buffer *body, char *at, const slm_span_data *span)
{
    at = slmi_json_text(body, at, span->name);
    at = at ? put_duration(SLMI_PUT(at, " "), span->end_ns - span->start_ns) : NULL;
    if (at && span->status == SLM_SPAN_OK)
        at = SLMI_PUT(at, " OK");
    if (at && span->status == SLM_SPAN_ERROR)
        at = SLMI_PUT(at, " ERROR");
    if (at && span->status_text.len > 0)
        at = put_quoted(body, SLMI_PUT(at, " "), span->status_text);
    return at ? slmi_json_room(body, SLMI_PUT(at, "\n"), 0) : NULL;
}

static char *put_identity(slmi_buffer *body, char *at, const slm_span_data *span)
{
    static const char *const kinds[] = { "internal", "server", "client", "producer", "consumer" };
    static const slm_span_id none;
    at = put_time(SLMI_PUT(at, "    "), span->start_ns);
    at = slmi_json_hex(SLMI_PUT(at, " trace="), span->trace_id.bytes, sizeof span->trace_id.bytes);
    at = slmi_json_hex(SLMI_PUT(at, " span="), span->span_id.bytes, sizeof span->span_id.bytes);
    if (memcmp(&span->parent_span_id, &none, sizeof none) != 0) {
        at = slmi_json_hex(SLMI_PUT(at, " parent="), span->parent_span_id.bytes, sizeof none.bytes);
        if (span->parent_is_remote)
            at = SLMI_PUT(at, " (remote)");
    }
    const char *kind = span->kind < sizeof kinds / sizeof *kinds ? kinds[span->kind] : "unknown";
    at = slmi_json_literal(SLMI_PUT(at, " kind="), kind, strlen(kind));
    at = slmi_json_text(body, SLMI_PUT(at, " scope="), span->scope->name);
    return at ? slmi_json_room(body, SLMI_PUT(at, "\n"), 0) : NULL;
}

static char *put_event(slmi_buffer *body, char *at, const slm_span_data *span, const slm_event_data *event)
{
    uint64_t offset = event->time_ns > span->start_ns ? event->time_ns - span->start_ns : 0;
    at = put_duration(SLMI_PUT(at, "    + "), offset);
    at = put_quoted(body, SLMI_PUT(at, " "), event->name);
    at = put_fields(body, at, event->fields, event->field_count, event->dropped_fields);
    return at ? slmi_json_room(body, SLMI_PUT(at, "\n"), 0) : NULL;
}

static char *put_link(slmi_buffer *body, char *at, const slm_link_data *link)
{
    const slm_span_context *context = link->context;
    at = slmi_json_hex(SLMI_PUT(at, "    link trace="), context->trace_id.bytes, sizeof context->trace_id.bytes);
    at = slmi_json_hex(SLMI_PUT(at, " span="), context->span_id.bytes, sizeof context->span_id.bytes);
    at = put_fields(body, at, link->fields, link->field_count, link->dropped_fields);
    return at ? slmi_json_room(body, SLMI_PUT(at, "\n"), 0) : NULL;
}

static void console_begin(slmi_buffer *body, slmi_encoding *state, const slm_resource *resource)
{
    (void)body, (void)resource;
    *state = (slmi_encoding){ .spans = 0 };
}

static void console_span(slmi_buffer *body, slmi_encoding *state, const slm_span_data *span)
{
    char *at = put_first_line(body, slmi_json_start(body), span);
    at = at ? put_identity(body, at, span) : NULL;
    uint64_t dropped = (uint64_t)span->dropped_fields + span->dropped_events + span->dropped_links;
    if (at && (span->field_count > 0 || dropped > 0)) {
        at = put_fields(body, SLMI_PUT(at, "   "), span->fields, span->field_count, span->dropped_fields);
        if (at && span->dropped_events > 0)
            at = slmi_json_u64(SLMI_PUT(at, " events_dropped="), span->dropped_events);
        if (at && span->dropped_links > 0)
            at = slmi_json_u64(SLMI_PUT(at, " links_dropped="), span->dropped_links);
        at = at ? SLMI_PUT(at, "\n") : NULL;
    }
    at = slmi_json_room(body, at, 0);
    for (uint32_t i = 0; i < span->event_count && at; i++)
        at = put_event(body, at, span, &span->events[i]);
    for (uint32_t i = 0; i < span->link_count && at; i++)
        at = put_link(body, at, &span->links[i]);
    slmi_buffer_commit(body, at);
    state->spans++;
}

static void console_end(slmi_buffer *body, slmi_encoding *state)
{
    (void)body, (void)state;
}

const slmi_encoder slmi_encoder_console = {
    .content_type = "text/plain",
    .begin = console_begin,
    .span = console_span,
    .end = console_end,
};
