/* SPDX-License-Identifier: MIT */
#include "tests/unit/recorded.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/dispatch.h"
#include "core/layering.h"

enum { SPANS_MAX = 4096, LINE_MAX = 4096 };

static struct {
    recorded_span span;
    char line[LINE_MAX]; /* parents and links as ids: "%016x" between two \1 */
} seen[SPANS_MAX];
static unsigned count, told;
static uint64_t delivered;
static slmi_scratch scratch;

static void add(char *out, size_t room, const char *format, ...) SLM_PRINTF(3, 4);
static void add(char *out, size_t room, const char *format, ...)
{
    size_t used = strlen(out);
    va_list args;
    va_start(args, format);
    vsnprintf(out + used, room - used, format, args);
    va_end(args);
}

static void add_array(char *out, size_t room, const slm_value *v)
{
    add(out, room, "[");
    for (size_t i = 0; i < v->len; i++) {
        slm_value one = slm_value_empty();
        one.type = v->type & ~(uint32_t)SLM_TYPE_ARRAY;
        if (one.type == SLM_TYPE_STRING) {
            const slm_string *s = (const slm_string *)v->as.p + i;
            one.as.s = s->data;
            one.len = s->len;
        } else if (one.type == SLM_TYPE_BOOL) {
            one.as.u = ((const bool *)v->as.p)[i];
        } else {
            one.as.u = ((const uint64_t *)v->as.p)[i];
        }
        add(out, room, i ? "," : "");
        recorded_value(out, room, &one);
    }
    add(out, room, "]");
}

static void add_fields(char *out, size_t room, const slm_field *fields, uint32_t n);

void recorded_value(char *out, size_t room, const slm_value *v)
{
    switch (v->type) {
    case SLM_TYPE_EMPTY:
        add(out, room, "EMPTY");
        break;
    case SLM_TYPE_BOOL:
        add(out, room, "%s", v->as.u ? "true" : "false");
        break;
    case SLM_TYPE_I64:
        add(out, room, "%lld", (long long)v->as.i);
        break;
    case SLM_TYPE_U64:
        add(out, room, "%lluu", (unsigned long long)v->as.u);
        break;
    case SLM_TYPE_F64:
        add(out, room, "%gf", v->as.d);
        break;
    case SLM_TYPE_STRING:
        add(out, room, "'%.*s'", (int)(v->len < 100 ? v->len : 100), v->as.s);
        break;
    case SLM_TYPE_ERRNO:
        add(out, room, "errno %lld", (long long)v->as.i);
        break;
    case SLM_TYPE_POINTER:
        add(out, room, "%llx", (unsigned long long)v->as.u);
        break;
    case SLM_TYPE_BYTES:
        add(out, room, "#");
        for (size_t i = 0; i < v->len && i < 16; i++)
            add(out, room, "%02x", ((const unsigned char *)v->as.p)[i]);
        break;
    case SLM_TYPE_MAP:
        add_fields(out, room, v->as.p, (uint32_t)v->len);
        break;
    case SLM_TYPE_LIST:
        add(out, room, "(");
        for (size_t i = 0; i < v->len; i++) {
            add(out, room, i ? "," : "");
            recorded_value(out, room, &((const slm_value *)v->as.p)[i]);
        }
        add(out, room, ")");
        break;
    default:
        add_array(out, room, v);
    }
}

static void add_fields(char *out, size_t room, const slm_field *fields, uint32_t n)
{
    add(out, room, "{");
    for (uint32_t i = 0; i < n; i++) {
        add(out, room, "%s%.*s=", i ? " " : "", (int)fields[i].key.len, fields[i].key.data);
        recorded_value(out, room, &fields[i].value);
    }
    add(out, room, "}");
}

static uint64_t word(slm_span_id id)
{
    uint64_t w;
    memcpy(&w, id.bytes, sizeof w);
    return w;
}

static void describe(char *line, const slm_span_data *s)
{
    add(line, LINE_MAX, "%.*s", (int)s->name.len, s->name.data);
    if (s->parent_is_remote)
        add(line, LINE_MAX, " <remote");
    else if (word(s->parent_span_id))
        add(line, LINE_MAX, " <\1%016llx\1", (unsigned long long)word(s->parent_span_id));
    if (s->kind)
        add(line, LINE_MAX, " kind=%u", s->kind);
    if (s->field_count) {
        add(line, LINE_MAX, " ");
        add_fields(line, LINE_MAX, s->fields, s->field_count);
    }
    if (s->status)
        add(line, LINE_MAX, s->status == SLM_SPAN_OK ? " !OK" : " !ERROR");
    if (s->status_text.data)
        add(line, LINE_MAX, " \"%.*s\"", (int)s->status_text.len, s->status_text.data);
    for (uint32_t i = 0; i < s->event_count; i++) {
        add(line, LINE_MAX, " *%.*s", (int)s->events[i].name.len, s->events[i].name.data);
        add_fields(line, LINE_MAX, s->events[i].fields, s->events[i].field_count);
    }
    for (uint32_t i = 0; i < s->link_count; i++) {
        const slm_link_data *link = &s->links[i];
        if (link->context->is_remote)
            add(line, LINE_MAX, " >remote");
        else
            add(line, LINE_MAX, " >\1%016llx\1", (unsigned long long)word(link->context->span_id));
        if (link->field_count)
            add_fields(line, LINE_MAX, link->fields, link->field_count);
        if (link->dropped_fields)
            add(line, LINE_MAX, "-%u", link->dropped_fields);
    }
    if (s->dropped_fields)
        add(line, LINE_MAX, " -fields=%u", s->dropped_fields);
    if (s->dropped_events)
        add(line, LINE_MAX, " -events=%u", s->dropped_events);
    if (s->dropped_links)
        add(line, LINE_MAX, " -links=%u", s->dropped_links);
}

static void take(void *user, unsigned pipeline, uint32_t record)
{
    (void)user;
    const slm_span_data *s = slmi_record_data(record, pipeline, &scratch);
    if (!s || count == SPANS_MAX)
        abort();
    recorded_span *span = &seen[count].span;
    snprintf(span->name, sizeof span->name, "%.*s", (int)s->name.len, s->name.data);
    span->own.trace_id = s->trace_id;
    span->own.span_id = s->span_id;
    span->own.flags = s->flags;
    span->own.tracestate_len = (uint16_t)s->tracestate.len;
    memcpy(span->own.tracestate, s->tracestate.data ? s->tracestate.data : "", s->tracestate.len);
    span->parent = s->parent_span_id;
    span->parent_is_remote = s->parent_is_remote;
    span->start_ns = s->start_ns;
    span->end_ns = s->end_ns;
    span->event_ns = s->event_count ? s->events[0].time_ns : 0;
    span->field_count = s->field_count;
    span->dropped_fields = s->dropped_fields;
    span->first_len = s->field_count ? s->fields[0].value.len : 0;
    span->first_type = s->field_count ? s->fields[0].value.type : 0;
    describe(seen[count++].line, s);
    slmi_record_release(record);
    delivered++;
}

static void drain(void)
{
    slmi_export_drain(take, NULL);
}

static void ledger(void *user, unsigned pipeline, slm_pipeline_stats *stats)
{
    (void)user;
    (void)pipeline;
    stats->delivered = delivered;
}

static void wake(void *user)
{
    (void)user;
}

void recorded_begin(const slm_layer *layers, size_t layer_count, const char *export_directives)
{
    slmi_consumer consumer = { .wake = wake, .ledger = ledger };
    slm_filter *filter = NULL;
    slm_subscriber *subscriber = NULL;
    if (export_directives && slm_filter_parse(slm_string_from_c(export_directives), &filter, NULL) != SLM_OK)
        abort();
    if (slmi_export_open(&consumer, 1) != SLM_OK ||
        slmi_subscriber_make(layers, layer_count, 1, filter, &subscriber) != SLM_OK)
        abort();
    slm_set_global_subscriber(subscriber);
    slm_subscriber_release(subscriber);
}

static const char *name_of(unsigned long long id)
{
    for (unsigned i = 0; i < count; i++)
        if (word(seen[i].span.own.span_id) == id)
            return seen[i].span.name;
    return "?";
}

const char *recorded_text(void)
{
    static char text[SPANS_MAX * 64];
    drain();
    text[0] = '\0';
    for (; told < count; told++) {
        for (char *at = seen[told].line, *mark; at; at = mark) {
            mark = strchr(at, '\1');
            add(text, sizeof text, "%.*s", mark ? (int)(mark - at) : (int)strlen(at), at);
            if (mark) {
                add(text, sizeof text, "%s", name_of(strtoull(mark + 1, &mark, 16)));
                mark++;
            }
        }
        add(text, sizeof text, "\n");
    }
    return text;
}

const recorded_span *recorded_find(const char *name)
{
    drain();
    for (unsigned i = count; i-- > 0;)
        if (strcmp(seen[i].span.name, name) == 0)
            return &seen[i].span;
    return NULL;
}

const char *recorded_misuse(void)
{
    static char text[512];
    text[0] = '\0';
    for (int kind = 0; kind < SLM_DIAGNOSTIC_KINDS; kind++) {
        uint64_t n = slm_diagnostic_count((slm_diagnostic_kind)kind);
        if (n)
            add(text, sizeof text, "%s%s=%llu", text[0] ? " " : "", slm_diagnostic_name((slm_diagnostic_kind)kind),
                (unsigned long long)n);
    }
    return text;
}
