/* SPDX-License-Identifier: MIT */
#include "core/misuse.h"

#include <string.h>

#include "core/current.h"
#include "core/diagnostics.h"

enum { NAME_MAX_SHOWN = 100, TEXT_MAX = 480, HOPS = 3 };

/* A slot in one of this thread's magazines is nobody else's, and holds what it held until it is used again. */
static slmi_slot *freed_here(const slmi_thread *self, uint64_t id)
{
    slmi_slot *slot = slmi_slot_at(slmi_id_slot(id));
    uint64_t word = atomic_load_explicit(&slot->state, memory_order_relaxed);
    if (word >> 32 != (id >> 32) + 1)
        return NULL;
    for (uint32_t i = 0; i < self->free_count; i++)
        if (self->free[i] == slmi_id_slot(id))
            return slot;
    return NULL;
}

/* The span that an entry of its own slot enters, as a handle; 0 if the entry has been left meanwhile. While the entry
 * stands it pins the span: so it is the same span if it still stands when the span is pinned here. */
static uint64_t entered_by(slmi_thread *self, const slmi_slot *entry, uint64_t id)
{
    slmi_slot *slot = slmi_slot_at((uint32_t)entry->start);
    uint64_t span = slmi_id(slmi_slot_index(slot), atomic_load_explicit(&slot->state, memory_order_relaxed));
    if (!slmi_pin(span, false))
        return 0;
    uint64_t word = atomic_load_explicit(&entry->state, memory_order_acquire);
    slmi_unpin(self, slot, false);
    return slmi_same_generation(word, id) && word & SLMI_ENTERED ? span : 0;
}

/* Its name; or, with no name, in `*next` the handle of what has it. */
static slm_string look(slmi_thread *self, uint64_t id, uint64_t *next)
{
    slm_string none = { NULL, 0 };
    slmi_slot *pinned = slmi_pin(id, false), *slot = pinned ? pinned : freed_here(self, id);
    if (!slot)
        return none;
    slm_string name = slot->type == SLMI_SLOT_SPAN && slot->site ? slot->site->name : none;
    if (slot->type == SLMI_SLOT_CONTEXT)
        *next = slot->end;
    else if (slot->type == SLMI_SLOT_ENTRY && pinned)
        *next = entered_by(self, slot, id);
    if (pinned)
        slmi_unpin(self, pinned, false);
    return name;
}

/* Inside a busy section. */
static slm_string name_of(slmi_thread *self, uint64_t id)
{
    slm_string name = { NULL, 0 };
    if (id & SLMI_ID_RAW)
        return name;
    for (unsigned hop = 0; !name.data && id && slmi_slot_is_ours(slmi_id_slot(id)) && hop < HOPS; hop++) {
        uint64_t next = 0;
        name = look(self, slmi_id(slmi_id_slot(id), id), &next);
        id = next;
    }
    return name;
}

static void add(char *text, size_t *used, const char *more, size_t len)
{
    if (len > TEXT_MAX - *used)
        len = TEXT_MAX - *used;
    memcpy(text + *used, more, len);
    *used += len;
}

static void add_name(slmi_thread *self, char *text, size_t *used, uint64_t id)
{
    slm_string name = id && self ? name_of(self, id) : (slm_string){ NULL, 0 };
    if (!name.data) {
        const char *what = id ? "a span" : "no span";
        add(text, used, what, strlen(what));
        return;
    }
    add(text, used, "span '", 6);
    add(text, used, name.data, name.len < NAME_MAX_SHOWN ? name.len : NAME_MAX_SHOWN);
    add(text, used, "'", 1);
}

/* `self` is NULL where no names can be looked up. */
static void compose(slmi_thread *self, char *message, const char *text, const uint64_t ids[2])
{
    size_t used = 0;
    for (unsigned i = 0; *text; i++) {
        size_t len = strcspn(text, "@");
        add(message, &used, text, len);
        text += len;
        if (*text == '@') {
            add_name(self, message, &used, ids[i & 1]);
            text++;
        }
    }
    message[used] = '\0';
}

void slmi_misuse(slm_diagnostic_kind kind, const char *text, uint64_t first, uint64_t second)
{
    char message[TEXT_MAX + 1];
    slmi_thread *self = slmi_self;
    if (!slmi_diagnostic_claim(kind))
        return;
    bool mine = self && slmi_busy_begin(self); /* else this is a signal handler's, and a record may be locked */
    compose(mine ? self : NULL, message, text, (uint64_t[]){ first, second });
    if (mine)
        slmi_busy_end(self);
    slmi_diagnostic_say(kind, "%s", message);
}

void slmi_misuse_within(slm_diagnostic_kind kind, const char *text, uint64_t first, uint64_t second)
{
    char message[TEXT_MAX + 1];
    if (!slmi_diagnostic_claim(kind))
        return;
    compose(slmi_self, message, text, (uint64_t[]){ first, second });
    slmi_diagnostic_say(kind, "%s", message);
}

void slmi_misuse_stale(uint64_t span)
{
    slmi_thread *self = slmi_self;
    slmi_misuse(SLM_DIAG_STALE_SPAN, "a call through a handle of @, which has ended, is ignored; it came from inside @",
                span, self ? self->current : 0);
}
