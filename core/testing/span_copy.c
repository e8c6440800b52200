/* SPDX-License-Identifier: MIT */
/* Two walks over the same steps: without memory they count, with it they copy. */
#include "core/testing/span_copy.h"

#include <string.h>

#include "core/alloc.h"

struct copier {
    char *memory; /* NULL: count only */
    size_t used;
};

static void *put(struct copier *c, const void *data, size_t size)
{
    size_t at = c->used;
    c->used += (size + 15) & ~(size_t)15;
    if (!c->memory)
        return NULL;
    if (size)
        memcpy(c->memory + at, data, size);
    return c->memory + at;
}

static void put_text(struct copier *c, slm_string *text)
{
    if (!text->data)
        return;
    const char *copy = put(c, text->data, text->len);
    if (copy)
        text->data = copy;
}

static const slm_field *put_fields(struct copier *c, const slm_field *fields, size_t count);

static void put_value(struct copier *c, slm_value *value)
{
    if (value->type == SLM_TYPE_STRING || value->type == SLM_TYPE_BYTES || value->type == SLM_TYPE_DEBUG) {
        slm_string text = { value->as.s, value->len };
        put_text(c, &text);
        value->as.s = text.data;
        return;
    }
    if (value->type == SLM_TYPE_MAP) {
        value->as.p = put_fields(c, value->as.p, value->len);
        return;
    }
    if (value->type == SLM_TYPE_LIST) {
        const slm_value *given = value->as.p;
        slm_value *copies = put(c, given, value->len * sizeof *copies);
        for (size_t i = 0; i < value->len; i++) {
            slm_value one = given[i];
            put_value(c, &one);
            if (copies)
                copies[i] = one;
        }
        value->as.p = copies;
        return;
    }
    if (!(value->type & SLM_TYPE_ARRAY))
        return;
    const slm_string *strings = value->as.p;
    void *elements = put(c, value->as.p, value->len * value->element_bytes);
    if (value->type == ((uint32_t)SLM_TYPE_ARRAY | SLM_TYPE_STRING))
        for (size_t i = 0; i < value->len; i++) {
            slm_string text = strings[i];
            put_text(c, &text);
            if (elements)
                ((slm_string *)elements)[i] = text;
        }
    if (elements)
        value->as.p = elements;
}

static const slm_field *put_fields(struct copier *c, const slm_field *fields, size_t count)
{
    slm_field *copies = put(c, fields, count * sizeof *fields);
    for (size_t i = 0; i < count; i++) {
        slm_field field = fields[i];
        put_text(c, &field.key);
        put_value(c, &field.value);
        if (copies)
            copies[i] = field;
    }
    return copies;
}

static const slm_event_data *put_events(struct copier *c, const slm_span_data *span)
{
    slm_event_data *copies = put(c, span->events, span->event_count * sizeof *copies);
    for (uint32_t i = 0; i < span->event_count; i++) {
        slm_event_data event = span->events[i];
        put_text(c, &event.name);
        event.fields = put_fields(c, event.fields, event.field_count);
        if (copies)
            copies[i] = event;
    }
    return copies;
}

static const slm_link_data *put_links(struct copier *c, const slm_span_data *span)
{
    slm_link_data *copies = put(c, span->links, span->link_count * sizeof *copies);
    for (uint32_t i = 0; i < span->link_count; i++) {
        slm_link_data link = span->links[i];
        link.context = put(c, link.context, sizeof *link.context);
        link.fields = put_fields(c, link.fields, link.field_count);
        if (copies)
            copies[i] = link;
    }
    return copies;
}

static slm_span_data *walk(struct copier *c, const slm_span_data *span)
{
    slm_span_data *copy = put(c, span, sizeof *span), data = *span;
    put_text(c, &data.tracestate);
    put_text(c, &data.name);
    put_text(c, &data.status_text);
    data.fields = put_fields(c, span->fields, span->field_count);
    data.events = put_events(c, span);
    data.links = put_links(c, span);
    if (copy)
        *copy = data;
    return copy;
}

slm_span_data *slmi_span_copy(const slm_span_data *span)
{
    struct copier c = { NULL, 0 };
    (void)walk(&c, span);
    c.memory = slmi_alloc(c.used);
    c.used = 0;
    return c.memory ? walk(&c, span) : NULL;
}
