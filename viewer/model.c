/* SPDX-License-Identifier: MIT */
#include "viewer/model.h"

slmi_view_span *slmi_view_span_new(slmi_view_protocol via)
{
    slmi_view_span *span = slmi_view_alloc(sizeof *span);
    if (!span)
        return NULL;
    span->via = via;
    span->name = span->service = span->status_text = "";
    return span;
}

void slmi_view_span_free(slmi_view_span *span)
{
    if (!span)
        return;
    slmi_view_arena_free(&span->arena);
    slmi_view_free(span);
}

size_t slmi_view_span_bytes(const slmi_view_span *span)
{
    return sizeof *span + span->arena.bytes;
}

/* A longer copy of `items` in the arena; what the old one took stays with the arena until the end. */
static void *grow(slmi_view_arena *arena, const void *items, size_t count, size_t capacity, size_t size)
{
    void *grown = slmi_view_arena_get(arena, capacity * size);
    if (grown && count > 0)
        memcpy(grown, items, count * size);
    return grown;
}

static uint32_t room_for(uint32_t count, size_t wanted, uint32_t max)
{
    return wanted > max - count ? max : count + (uint32_t)wanted;
}

bool slmi_view_attributes_reserve(slmi_view_arena *arena, slmi_view_attributes *list, size_t wanted)
{
    uint32_t capacity = room_for(list->count, wanted, SLMI_VIEW_MAX_ATTRIBUTES);
    if (capacity <= list->capacity)
        return true;
    slmi_view_attribute *items = grow(arena, list->items, list->count, capacity, sizeof *items);
    if (!items)
        return false;
    list->items = items;
    list->capacity = capacity;
    return true;
}

bool slmi_view_events_reserve(slmi_view_span *span, size_t wanted)
{
    uint32_t capacity = room_for(span->event_count, wanted, SLMI_VIEW_MAX_EVENTS);
    if (capacity <= span->event_capacity)
        return true;
    slmi_view_event *events = grow(&span->arena, span->events, span->event_count, capacity, sizeof *events);
    if (!events)
        return false;
    span->events = events;
    span->event_capacity = capacity;
    return true;
}

slmi_view_attribute *slmi_view_attribute_add(slmi_view_attributes *list)
{
    if (list->count == list->capacity) {
        list->dropped++;
        return NULL;
    }
    return &list->items[list->count++];
}

slmi_view_event *slmi_view_event_add(slmi_view_span *span)
{
    if (span->event_count == span->event_capacity) {
        span->dropped_events++;
        return NULL;
    }
    return &span->events[span->event_count++];
}

const char *slmi_view_attribute_find(const slmi_view_attributes *list, const char *key)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i].key, key) == 0)
            return list->items[i].text;
    return NULL;
}

static const char *copy_text(slmi_view_arena *arena, const char *text)
{
    const char *copy = slmi_view_arena_text(arena, text, strlen(text));
    return copy ? copy : "";
}

static bool merge_attributes(slmi_view_arena *arena, slmi_view_attributes *into, const slmi_view_attributes *from)
{
    bool changed = false;
    for (uint32_t i = 0; i < from->count; i++) {
        const slmi_view_attribute *item = &from->items[i];
        if (slmi_view_attribute_find(into, item->key))
            continue;
        if (into->count == into->capacity && !slmi_view_attributes_reserve(arena, into, from->count - i))
            break;
        slmi_view_attribute *added = slmi_view_attribute_add(into);
        if (!added)
            break;
        *added = (slmi_view_attribute){ copy_text(arena, item->key), copy_text(arena, item->text), item->type,
                                        item->inexact };
        changed = true;
    }
    return changed;
}

static bool has_event(const slmi_view_span *span, const slmi_view_event *event)
{
    for (uint32_t i = 0; i < span->event_count; i++)
        if (span->events[i].time_ns == event->time_ns && strcmp(span->events[i].name, event->name) == 0)
            return true;
    return false;
}

static bool merge_events(slmi_view_span *into, const slmi_view_span *from)
{
    bool changed = false;
    for (uint32_t i = 0; i < from->event_count; i++) {
        const slmi_view_event *event = &from->events[i];
        if (has_event(into, event))
            continue;
        if (into->event_count == into->event_capacity && !slmi_view_events_reserve(into, from->event_count - i))
            break;
        slmi_view_event *added = slmi_view_event_add(into);
        if (!added)
            break;
        *added = (slmi_view_event){ .name = copy_text(&into->arena, event->name), .time_ns = event->time_ns };
        merge_attributes(&into->arena, &added->attributes, &event->attributes);
        changed = true;
    }
    return changed;
}

static bool merge_text(slmi_view_arena *arena, const char **into, const char *from)
{
    if (**into || !*from)
        return false;
    *into = copy_text(arena, from);
    return true;
}

bool slmi_view_span_merge(slmi_view_span *into, const slmi_view_span *from)
{
    bool changed = merge_text(&into->arena, &into->name, from->name);
    changed |= merge_text(&into->arena, &into->service, from->service);
    changed |= merge_text(&into->arena, &into->status_text, from->status_text);
    if (from->start_ns != 0 && (into->start_ns == 0 || from->start_ns < into->start_ns)) {
        into->start_ns = from->start_ns;
        changed = true;
    }
    if (from->end_ns > into->end_ns) {
        into->end_ns = from->end_ns;
        changed = true;
    }
    if (from->status > into->status) {
        into->status = from->status;
        changed = true;
    }
    if (into->kind == SLM_KIND_INTERNAL && from->kind != SLM_KIND_INTERNAL) {
        into->kind = from->kind;
        changed = true;
    }
    if (!slm_span_id_is_valid(into->parent_id) && slm_span_id_is_valid(from->parent_id)) {
        into->parent_id = from->parent_id;
        changed = true;
    }
    changed |= merge_attributes(&into->arena, &into->attributes, &from->attributes);
    changed |= merge_events(into, from);
    return changed;
}

void slmi_view_batch_add(slmi_view_batch *batch, slmi_view_span *span)
{
    span->next = NULL;
    if (batch->last)
        batch->last->next = span;
    else
        batch->first = span;
    batch->last = span;
    batch->count++;
}

slmi_view_span *slmi_view_batch_take(slmi_view_batch *batch)
{
    slmi_view_span *span = batch->first;
    if (!span)
        return NULL;
    batch->first = span->next;
    if (!batch->first)
        batch->last = NULL;
    batch->count--;
    span->next = NULL;
    return span;
}

void slmi_view_batch_free(slmi_view_batch *batch)
{
    slmi_view_span *span;
    while ((span = slmi_view_batch_take(batch)) != NULL)
        slmi_view_span_free(span);
    *batch = (slmi_view_batch){ 0 };
}
