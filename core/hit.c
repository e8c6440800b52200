/* SPDX-License-Identifier: MIT */
#include "core/hit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/parent.h"

static _Atomic(uint64_t) cut;

/* A printer may trace, even the object that it prints: it is called within itself a few times, then no more. */
static size_t print(const slm_value *value, char *text, size_t room)
{
    slmi_thread *self = slmi_self;
    if (self->printing == SLMI_PRINTERS_MAX)
        return (size_t)snprintf(text, room, "...");
    self->printing++;
    size_t wanted = value->print(value->as.p, text, room);
    self->printing--;
    return wanted;
}

void slmi_value_print(slm_value *value, char *text, size_t room)
{
    size_t wanted = 0;
    if (room) {
        text[0] = '\0';
        wanted = value->print ? print(value, text, room) : 0;
    }
    *value = slm_value_string(text, wanted < room ? wanted : (room ? room - 1 : 0));
    value->type = SLM_TYPE_DEBUG; /* printed: its text stands unquoted */
}

void slmi_hit_resolve(slm_hit *hit, slmi_resolved *room)
{
    const slm_metadata *meta = &hit->record->meta;
    size_t used = 0;
    for (unsigned i = 0; i < meta->field_count; i++) {
        room->words[i] = hit->words[i];
        if (meta->types[i] != SLM_TYPE_VALUE)
            continue;
        room->values[i] = *(const slm_value *)hit->words[i].p;
        if (room->values[i].type == SLM_TYPE_DEBUG) {
            slmi_value_print(&room->values[i], room->text + used, sizeof room->text - used);
            used += room->values[i].len + (used + room->values[i].len < sizeof room->text);
        }
        room->words[i].p = &room->values[i];
    }
    hit->words = room->words;
    hit->resolved = true;
}

const slm_metadata *slm_hit_metadata(const slm_hit *hit)
{
    return &hit->record->meta;
}

bool slm_hit_field(slm_hit *hit, size_t at, slm_field *out)
{
    const slm_metadata *meta = &hit->record->meta;
    if (at >= meta->field_count)
        return false;
    out->key = meta->keys[at];
    uint32_t type = meta->types[at];
    slm_word word = hit->words[at];
    if (type == SLM_TYPE_STRING) {
        out->value = slm_value_string(word.s, word.s ? strlen(word.s) : 0);
    } else if (type == SLM_TYPE_VALUE) {
        if (!hit->resolved && hit->room)
            slmi_hit_resolve(hit, hit->room);
        out->value = *(const slm_value *)hit->words[at].p;
    } else {
        out->value = slm_value_u64(0);
        out->value.type = type;
        out->value.as = word;
    }
    return true;
}

slm_string slm_hit_message(slm_hit *hit)
{
    if (hit->formatted || !hit->format)
        return hit->message;
    hit->formatted = true;
    if (hit->record->plain && !hit->given) {
        hit->message = hit->record->meta.name;
        return hit->message;
    }
    va_list args;
    va_copy(args, *hit->args);
    errno = hit->error;
    int n = vsnprintf(hit->text, SLMI_MESSAGE_BYTES_MAX, hit->format, args);
    va_end(args);
    size_t len = n < 0 ? 0 : (size_t)n;
    if (len >= SLMI_MESSAGE_BYTES_MAX)
        atomic_fetch_add_explicit(&cut, 1, memory_order_relaxed);
    hit->message = slm_string_of(hit->text, len < SLMI_MESSAGE_BYTES_MAX ? len : SLMI_MESSAGE_BYTES_MAX - 1);
    return hit->message;
}

uint64_t slmi_hit_now(slm_hit *hit)
{
    if (hit->time == 0) {
        hit->time = slmi_now();
        if (!hit->span) /* a program without spans has no local roots that keep the clock true */
            slmi_clock_look(hit->time);
        else if ((int64_t)(hit->time - hit->span->start) < 0)
            hit->time = hit->span->start;
    }
    return hit->time;
}

uint64_t slm_hit_time_ns(slm_hit *hit)
{
    if (hit->given_ns)
        return hit->given_ns;
    uint64_t now = slmi_hit_now(hit);
    return now + (hit->span ? hit->span->anchor : slmi_wall_offset());
}

slm_parent slm_hit_parent(const slm_hit *hit)
{
    return hit->parent;
}

bool slm_hit_identity(const slm_hit *hit, slm_span_context *out)
{
    if (hit->remote) {
        *out = *hit->remote;
        out->is_remote = true;
        return true;
    }
    if (!hit->under || (hit->under->trace_id[0] | hit->under->trace_id[1]) == 0) {
        memset(out, 0, sizeof *out);
        return false;
    }
    bool remote;
    uint64_t id = slmi_exported_id(hit->under, &remote);
    slmi_identity(hit->under, out);
    memcpy(out->span_id.bytes, &id, sizeof id);
    out->is_remote = remote;
    return true;
}

uint64_t slmi_messages_cut(void)
{
    return atomic_load_explicit(&cut, memory_order_relaxed);
}

slm_kind slm_hit_kind(const slm_hit *hit)
{
    return hit->kind;
}
