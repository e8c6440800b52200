/* SPDX-License-Identifier: MIT */
/* Two walks over the same steps: without memory they count, with it they copy. */
#include "exporters/span_block.h"

#include "core/alloc.h"
#include "exporters/element.h"
#include "exporters/utf8.h"

#include <string.h>

enum { PRINTED_MAX = 2048 };

typedef struct copier {
    char *memory; /* NULL: count only */
    size_t used, room;
    bool repaired;
} copier;

static bool is_full(const copier *c)
{
    return c->used > c->room;
}

/* Aligned to 8. Once something did not fit, nothing does. The second walk may find more than the first: a printer need
 * not say the same twice. */
static void *take(copier *c, size_t size)
{
    size_t at = c->used;
    if (is_full(c) || size > c->room - at) {
        c->used = c->room + 1;
        return NULL;
    }
    c->used += (size + 7) & ~(size_t)7;
    return c->memory ? c->memory + at : NULL;
}

static const slm_string replacement = { "\xef\xbf\xbd", 3 };

/* Writes well-formed text to `out`, if that is not NULL, and returns its length. */
static size_t mend(slm_string text, char *out, bool *clean)
{
    size_t len = 0;
    *clean = true;
    for (size_t at = 0; at < text.len;) {
        bool well_formed;
        size_t step = slmi_utf8_next(text.data + at, text.len - at, &well_formed);
        slm_string part = well_formed ? slm_string_of(text.data + at, step) : replacement;
        *clean &= well_formed;
        if (out)
            memcpy(out + len, part.data, part.len);
        len += part.len;
        at += step;
    }
    return len;
}

static slm_string put_text(copier *c, slm_string text)
{
    if (!text.data) {
        c->repaired |= text.len > 0;
        return (slm_string){ NULL, 0 };
    }
    if (text.len > SLMI_SPAN_BLOCK_MAX) {
        (void)take(c, text.len);
        return (slm_string){ NULL, 0 };
    }
    bool clean;
    size_t len = mend(text, NULL, &clean);
    char *copy = take(c, len);
    c->repaired |= !clean;
    if (copy)
        (void)mend(text, copy, &clean);
    return slm_string_of(copy ? copy : "", copy ? len : 0);
}

static slm_value put_bytes(copier *c, const void *data, size_t len)
{
    void *copy = take(c, len);
    if (copy && len > 0)
        memcpy(copy, data, len);
    return slm_value_bytes(copy ? copy : "", copy ? len : 0);
}

/* A number of an array that a caller passed, of any width. */
static uint64_t widened(const slm_value *array, size_t at, uint32_t type)
{
    const char *from = (const char *)array->as.p + at * array->element_bytes;
    slm_word word = { .u = 0 };
    int8_t i8;
    int16_t i16;
    int32_t i32;
    float f32;
    switch (array->element_bytes) {
    case 1:
        memcpy(&i8, from, sizeof i8);
        word.i = type == SLM_TYPE_I64 ? i8 : (uint8_t)i8;
        return word.u;
    case 2:
        memcpy(&i16, from, sizeof i16);
        word.i = type == SLM_TYPE_I64 ? i16 : (uint16_t)i16;
        return word.u;
    case 4:
        memcpy(&i32, from, sizeof i32);
        memcpy(&f32, from, sizeof f32);
        if (type == SLM_TYPE_F64)
            word.d = (double)f32;
        else
            word.i = type == SLM_TYPE_I64 ? i32 : (int64_t)(uint32_t)i32;
        return word.u;
    default:
        memcpy(&word, from, sizeof word);
        return word.u;
    }
}

/* The text at `at`: a slm_string where arrays are as they are read back, a C string in one that a caller passed. */
static slm_string text_at(const slm_value *array, size_t at)
{
    const char *text;
    if (array->element_bytes != sizeof text)
        return slm_string_of(slmi_element(array, at).as.s, slmi_element(array, at).len);
    memcpy(&text, (const char *)array->as.p + at * sizeof text, sizeof text);
    return text ? slm_string_from_c(text) : slm_string_of("", 0);
}

static void put_element(copier *c, const slm_value *array, size_t at, uint32_t type, char *elements)
{
    uint64_t word;
    bool truth;
    slm_string text;
    switch (type) {
    case SLM_TYPE_BOOL:
        truth = slmi_element(array, at).as.u != 0;
        if (elements)
            memcpy(elements + at * sizeof truth, &truth, sizeof truth);
        break;
    case SLM_TYPE_STRING:
        text = put_text(c, text_at(array, at));
        if (elements)
            memcpy(elements + at * sizeof text, &text, sizeof text);
        break;
    default:
        word = array->element_bytes == 0 ? slmi_element(array, at).as.u : widened(array, at, type);
        if (elements)
            memcpy(elements + at * sizeof word, &word, sizeof word);
        break;
    }
}

static bool is_width(uint32_t type, uint32_t bytes)
{
    if (bytes == 0)
        return true;
    if (type == SLM_TYPE_BOOL)
        return bytes == sizeof(bool);
    if (type == SLM_TYPE_STRING)
        return bytes == sizeof(char *) || bytes == sizeof(slm_string);
    return bytes == 8 || bytes == 4 || (type != SLM_TYPE_F64 && (bytes == 2 || bytes == 1));
}

static slm_value put_array(copier *c, const slm_value *array)
{
    uint32_t type = array->type & ~(uint32_t)SLM_TYPE_ARRAY;
    bool known = (type >= SLM_TYPE_BOOL && type <= SLM_TYPE_STRING) && is_width(type, array->element_bytes);
    size_t size = type == SLM_TYPE_STRING ? sizeof(slm_string) : type == SLM_TYPE_BOOL ? sizeof(bool) : 8;
    if (!known || (!array->as.p && array->len > 0)) {
        c->repaired = true;
        return slm_value_empty();
    }
    if (array->len > SLMI_SPAN_BLOCK_MAX) {
        (void)take(c, array->len);
        return slm_value_empty();
    }
    char *elements = take(c, array->len * size);
    for (size_t i = 0; i < array->len && !is_full(c); i++)
        put_element(c, array, i, type, elements);
    slm_value copy = slm_value_array((slm_type)type, elements ? elements : "", size, elements ? array->len : 0);
    return copy;
}

static slm_value put_printed(copier *c, const slm_value *value)
{
    char text[PRINTED_MAX];
    text[0] = '\0';
    size_t wanted = value->print ? value->print(value->as.p, text, sizeof text) : 0;
    slm_string printed = put_text(c, slm_string_of(text, wanted < sizeof text ? wanted : sizeof text - 1));
    return slm_value_string(printed.data, printed.len);
}

/* SLM_TYPE_EMPTY: there is nothing to copy. */
static slm_value put_value(copier *c, const slm_value *value)
{
    slm_string text;
    if (slmi_is_array(value))
        return put_array(c, value);
    switch (value->type) {
    case SLM_TYPE_EMPTY:
    case SLM_TYPE_BOOL:
    case SLM_TYPE_I64:
    case SLM_TYPE_U64:
    case SLM_TYPE_F64:
    case SLM_TYPE_POINTER:
    case SLM_TYPE_ERRNO:
        return *value;
    case SLM_TYPE_STRING:
        text = put_text(c, slm_string_of(value->as.s, value->len));
        return slm_value_string(text.data, text.len);
    case SLM_TYPE_BYTES:
        if (value->as.p)
            return put_bytes(c, value->as.p, value->len);
        break;
    case SLM_TYPE_DEBUG:
        return put_printed(c, value);
    default:
        break;
    }
    c->repaired = true;
    return slm_value_empty();
}

/* The later value of a key wins. Returns the new count. */
static uint32_t put_unique(copier *c, slm_field *fields, uint32_t count, const slm_field *field)
{
    for (uint32_t i = 0; i < count; i++) {
        if (slm_string_equal(fields[i].key, field->key)) {
            fields[i].value = field->value;
            c->repaired = true;
            return count;
        }
    }
    fields[count] = *field;
    return count + 1;
}

/* How many of a list are looked at: none without it, no more than `max`. */
static uint32_t looked_at(copier *c, const void *list, uint32_t count, uint32_t max, uint32_t *dropped)
{
    if (!list || count <= max) {
        c->repaired |= !list && count > 0;
        return list ? count : 0;
    }
    c->repaired = true;
    *dropped += count - max;
    return max;
}

static const slm_field *put_fields(copier *c, const slm_field *fields, uint32_t *count, uint32_t *dropped)
{
    uint32_t looked = looked_at(c, fields, *count, SLMI_BLOCK_FIELDS_MAX, dropped);
    slm_field *copies = take(c, looked * sizeof *copies);
    *count = 0;
    for (uint32_t i = 0; i < looked; i++) {
        slm_field field;
        if (!fields[i].key.data || fields[i].key.len == 0) {
            c->repaired = true;
            *dropped += 1;
            continue;
        }
        field.key = put_text(c, fields[i].key);
        field.value = put_value(c, &fields[i].value);
        if (copies && field.value.type != SLM_TYPE_EMPTY)
            *count = put_unique(c, copies, *count, &field);
    }
    return copies;
}

static const slm_event_data *put_events(copier *c, slm_span_data *span)
{
    const slm_event_data *events = span->events;
    uint32_t count = looked_at(c, events, span->event_count, SLMI_BLOCK_EVENTS_MAX, &span->dropped_events);
    slm_event_data *copies = take(c, count * sizeof *copies);
    for (uint32_t i = 0; i < count; i++) {
        slm_event_data event = events[i];
        event.name = put_text(c, event.name);
        event.fields = put_fields(c, event.fields, &event.field_count, &event.dropped_fields);
        if (copies)
            copies[i] = event;
    }
    span->event_count = copies ? count : 0;
    return copies;
}

static bool is_context(const slm_span_context *context)
{
    return context && slm_span_context_is_valid(context);
}

static const slm_span_context *put_context(copier *c, const slm_span_context *from)
{
    slm_span_context *copy = take(c, sizeof *copy);
    bool fits = from->tracestate_len <= SLM_TRACESTATE_MAX;
    c->repaired |= !fits;
    if (!copy)
        return NULL;
    memcpy(copy, from, sizeof *copy);
    copy->tracestate_len = fits ? from->tracestate_len : 0;
    return copy;
}

static const slm_link_data *put_links(copier *c, slm_span_data *span)
{
    const slm_link_data *links = span->links;
    uint32_t count = looked_at(c, links, span->link_count, SLMI_BLOCK_LINKS_MAX, &span->dropped_links);
    slm_link_data *copies = take(c, count * sizeof *copies);
    span->link_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        slm_link_data link = links[i];
        if (!is_context(link.context)) {
            c->repaired = true;
            span->dropped_links++;
            continue;
        }
        link.context = put_context(c, link.context);
        link.fields = put_fields(c, link.fields, &link.field_count, &link.dropped_fields);
        if (copies)
            copies[span->link_count++] = link;
    }
    return copies;
}

static const slm_scope_data *put_scope(copier *c, const slm_scope_data *scope)
{
    static const slm_scope_data unnamed = { { "", 0 }, { NULL, 0 } };
    slm_scope_data *copy = take(c, sizeof *copy);
    const slm_scope_data *from = scope ? scope : &unnamed;
    slm_scope_data data = *from;
    c->repaired |= !scope;
    data.name = put_text(c, from->name);
    data.version = put_text(c, from->version);
    if (copy)
        *copy = data;
    return copy;
}

static void put_line(copier *c, slm_span_data *span)
{
    bool sensible = span->kind <= SLM_KIND_CONSUMER && span->status <= SLM_SPAN_ERROR && span->end_ns >= span->start_ns;
    c->repaired |= !sensible;
    span->size = sizeof *span;
    if (span->kind > SLM_KIND_CONSUMER)
        span->kind = SLM_KIND_INTERNAL;
    if (span->status > SLM_SPAN_ERROR)
        span->status = SLM_SPAN_UNSET;
    if (span->end_ns < span->start_ns)
        span->end_ns = span->start_ns;
    if (!slm_span_id_is_valid(span->parent_span_id))
        span->parent_is_remote = false;
    if (span->tracestate.len > SLM_TRACESTATE_MAX) {
        c->repaired = true;
        span->tracestate = (slm_string){ NULL, 0 };
    }
}

static slm_span_data walk(copier *c, const slm_span_data *from)
{
    slm_span_data span = *from;
    put_line(c, &span);
    span.tracestate = put_text(c, span.tracestate);
    span.name = put_text(c, span.name);
    if (!span.name.data)
        span.name = slm_string_of("", 0);
    span.status_text = put_text(c, span.status_text);
    span.scope = put_scope(c, span.scope);
    span.fields = put_fields(c, span.fields, &span.field_count, &span.dropped_fields);
    span.events = put_events(c, &span);
    span.links = put_links(c, &span);
    return span;
}

slmi_span_block *slmi_span_block_new(const slm_span_data *span, slmi_block_verdict *verdict)
{
    copier c = { .room = SLMI_SPAN_BLOCK_MAX };
    *verdict = SLMI_BLOCK_MALFORMED;
    if (!span || span->size < sizeof *span || !slm_trace_id_is_valid(span->trace_id) ||
        !slm_span_id_is_valid(span->span_id))
        return NULL;
    (void)walk(&c, span);
    *verdict = SLMI_BLOCK_TOO_LARGE;
    if (is_full(&c))
        return NULL;

    size_t bytes = sizeof(slmi_span_block) + c.used;
    slmi_span_block *block = slmi_alloc(bytes);
    *verdict = SLMI_BLOCK_NO_MEMORY;
    if (!block)
        return NULL;
    c = (copier){ .memory = (char *)(block + 1), .room = c.used };
    *block = (slmi_span_block){ .bytes = bytes };
    block->span = walk(&c, span);
    *verdict = c.repaired ? SLMI_BLOCK_REPAIRED : SLMI_BLOCK_SOUND;
    return block;
}

void slmi_span_block_free(slmi_span_block *block)
{
    slmi_free(block);
}
