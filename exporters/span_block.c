/* SPDX-License-Identifier: MIT */
#include "exporters/span_block.h"

#include "core/alloc.h"
#include "exporters/span_copier.h"

#include <string.h>

/* How many of a list are looked at: none without it, no more than `max`. */
static uint32_t looked_at(slmi_copier *c, const void *list, uint32_t count, uint32_t max, uint32_t *dropped)
{
    if (!list || count <= max) {
        c->repaired |= !list && count > 0;
        return list ? count : 0;
    }
    c->repaired = true;
    *dropped += count - max;
    return max;
}

static const slm_event_data *put_events(slmi_copier *c, slm_span_data *span)
{
    const slm_event_data *events = span->events;
    uint32_t count = looked_at(c, events, span->event_count, SLMI_BLOCK_EVENTS_MAX, &span->dropped_events);
    slm_event_data *copies = slmi_copier_take(c, count * sizeof *copies);
    for (uint32_t i = 0; i < count; i++) {
        slm_event_data event = events[i];
        event.name = slmi_copier_text(c, event.name);
        event.fields =
            slmi_copier_fields(c, event.fields, SLMI_BLOCK_FIELDS_MAX, &event.field_count, &event.dropped_fields);
        if (copies)
            copies[i] = event;
    }
    span->event_count = copies ? count : 0;
    return copies;
}

/* One without ids says something by its tracestate or its fields. */
static bool is_link(const slm_link_data *link)
{
    return link->context && (slm_span_context_is_valid(link->context) || link->context->tracestate_len > 0 ||
                             (link->fields && link->field_count > 0));
}

static const slm_span_context *put_context(slmi_copier *c, const slm_span_context *from)
{
    slm_span_context *copy = slmi_copier_take(c, sizeof *copy);
    bool fits = from->tracestate_len <= SLM_TRACESTATE_MAX;
    c->repaired |= !fits;
    if (!copy)
        return NULL;
    memcpy(copy, from, sizeof *copy);
    copy->tracestate_len = fits ? from->tracestate_len : 0;
    return copy;
}

static const slm_link_data *put_links(slmi_copier *c, slm_span_data *span)
{
    const slm_link_data *links = span->links;
    uint32_t count = looked_at(c, links, span->link_count, SLMI_BLOCK_LINKS_MAX, &span->dropped_links);
    slm_link_data *copies = slmi_copier_take(c, count * sizeof *copies);
    span->link_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        slm_link_data link = links[i];
        if (!is_link(&link)) {
            c->repaired = true;
            span->dropped_links++;
            continue;
        }
        link.context = put_context(c, link.context);
        link.fields =
            slmi_copier_fields(c, link.fields, SLMI_BLOCK_FIELDS_MAX, &link.field_count, &link.dropped_fields);
        if (copies)
            copies[span->link_count++] = link;
    }
    return copies;
}

static const slm_scope_data *put_scope(slmi_copier *c, const slm_scope_data *scope)
{
    static const slm_scope_data unnamed = { .name = { "", 0 } };
    uint32_t uncounted = 0;
    slm_scope_data *copy = slmi_copier_take(c, sizeof *copy);
    const slm_scope_data *from = scope ? scope : &unnamed;
    slm_scope_data data = *from;
    c->repaired |= !scope;
    data.name = slmi_copier_text(c, from->name);
    data.version = slmi_copier_text(c, from->version);
    data.schema_url = slmi_copier_text(c, from->schema_url);
    data.attributes = slmi_copier_fields(c, from->attributes, SLMI_BLOCK_FIELDS_MAX, &data.attribute_count, &uncounted);
    if (copy)
        *copy = data;
    return copy;
}

static void put_line(slmi_copier *c, slm_span_data *span)
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

static slm_span_data walk(slmi_copier *c, const slm_span_data *from)
{
    slm_span_data span = *from;
    put_line(c, &span);
    span.tracestate = slmi_copier_text(c, span.tracestate);
    span.name = slmi_copier_text(c, span.name);
    if (!span.name.data)
        span.name = slm_string_of("", 0);
    span.status_text = slmi_copier_text(c, span.status_text);
    span.scope = put_scope(c, span.scope);
    span.fields = slmi_copier_fields(c, span.fields, SLMI_BLOCK_FIELDS_MAX, &span.field_count, &span.dropped_fields);
    span.events = put_events(c, &span);
    span.links = put_links(c, &span);
    return span;
}

slmi_span_block *slmi_span_block_new(const slm_span_data *span, slmi_block_verdict *verdict)
{
    slmi_copier c = { .room = SLMI_SPAN_BLOCK_MAX };
    *verdict = SLMI_BLOCK_MALFORMED;
    if (!span || span->size < sizeof *span || !slm_trace_id_is_valid(span->trace_id) ||
        !slm_span_id_is_valid(span->span_id))
        return NULL;
    (void)walk(&c, span);
    *verdict = SLMI_BLOCK_TOO_LARGE;
    if (slmi_copier_is_full(&c))
        return NULL;

    size_t bytes = sizeof(slmi_span_block) + c.used;
    slmi_span_block *block = slmi_alloc(bytes);
    *verdict = SLMI_BLOCK_NO_MEMORY;
    if (!block)
        return NULL;
    c = (slmi_copier){ .memory = (char *)(block + 1), .room = c.used };
    *block = (slmi_span_block){ .bytes = bytes };
    block->span = walk(&c, span);
    *verdict = c.repaired ? SLMI_BLOCK_REPAIRED : SLMI_BLOCK_SOUND;
    return block;
}

void slmi_span_block_free(slmi_span_block *block)
{
    slmi_free(block);
}
