/* SPDX-License-Identifier: MIT */
/* What is written into an open span: fields, name, status, links. Values are evaluated and printed before the lock. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/diagnostics.h"
#include "core/errno_name.h"
#include "core/misuse.h"
#include "core/span.h"
#include "core/span_limits.h"

enum { TEXT_ITEM_MAX = 400 };

struct write {
    slmi_thread *self;
    slmi_slot *slot;
    uint64_t word, outer;
    int saved_errno;
    slmi_writer writer;
};

void slmi_span_outgrown(void)
{
    slmi_diagnose(SLM_DIAG_SPAN_LIMIT, "a span outgrew its bounds, or the pool is empty: what does not fit is cut");
}

static void refuse(uint64_t id, bool stale)
{
    if (stale)
        slmi_misuse_stale(id);
    else
        slmi_diagnose(SLM_DIAG_REENTRANT, "traced from a signal handler that interrupted the library; not recorded");
}

/* Locks the record for writing. False: there is nothing to write to. */
static bool begin(struct write *w, uint64_t id)
{
    w->self = slmi_thread_get();
    if (!w->self || id & (SLMI_ID_UNRECORDED | SLMI_ID_RAW) || !slmi_slot_is_ours(slmi_id_slot(id)))
        return false;
    w->saved_errno = *w->self->errno_at;
    if (!slmi_busy_begin(w->self)) {
        refuse(id, false);
        *w->self->errno_at = w->saved_errno;
        return false;
    }
    w->outer = slmi_guard(w->self);
    w->slot = slmi_lock_to_write(w->self, id, &w->word);
    if (!w->slot) {
        slmi_unguard(w->self, w->outer);
        slmi_busy_end(w->self);
        refuse(id, true);
        *w->self->errno_at = w->saved_errno;
        return false;
    }
    slmi_writer_open(&w->writer, w->self, w->slot);
    return true;
}

static void finish(struct write *w)
{
    bool cut = w->writer.cut;
    slmi_unlock(w->slot, w->word);
    slmi_unguard(w->self, w->outer);
    slmi_busy_end(w->self);
    if (cut)
        slmi_span_outgrown();
    *w->self->errno_at = w->saved_errno;
}

/* An item without words: a header and its text. */
static void put_text_item(struct write *w, uint8_t type, uint8_t flags, slm_string text)
{
    if (slmi_mask(w->slot) == 0)
        return;
    /* In one piece, so that a reader need not put it together. */
    size_t len = text.len < TEXT_ITEM_MAX ? text.len : TEXT_ITEM_MAX;
    slmi_item *item = slmi_writer_reserve(&w->writer, sizeof *item + len);
    if (!item)
        return;
    *item = (slmi_item){ type, flags, 0, (uint32_t)len };
    if (len)
        memcpy(item + 1, text.data, len);
    slmi_writer_commit(&w->writer);
}

static void put_key_and_value(slmi_writer *w, slmi_set_item *item, uint8_t item_type, slm_string key, uint32_t type,
                              slm_word word)
{
    size_t len = key.len < SLMI_KEY_BYTES_MAX ? key.len : SLMI_KEY_BYTES_MAX;
    uint16_t n = (uint16_t)slmi_writer_text(w, key.data, len);
    item->item = (slmi_item){ item_type, (uint8_t)type, n, 0 };
    item->word = slmi_writer_value(w, type, word);
}

static void put_field(struct write *w, slm_string key, uint32_t type, slm_word word)
{
    if (slmi_mask(w->slot) == 0)
        return;
    slmi_set_item *item = slmi_writer_reserve(&w->writer, sizeof *item);
    if (!item) {
        slmi_dropped_field(w->slot);
        return;
    }
    put_key_and_value(&w->writer, item, SLMI_ITEM_SET, key, type, word);
    slmi_bits_add(w->slot, SLMI_BIT_LATER); /* before the commit, which shows the item */
    slmi_writer_commit(&w->writer);
}

static void tell_record(slmi_thread *self, uint64_t id, const slm_field *field)
{
    slmi_slot *slot = slmi_pin(id, true);
    if (!slot)
        return;
    const slmi_dispatch *d = slmi_dispatch_of(slot);
    for (uint32_t left = d->filter_records & ~slmi_deaf(self, d); left; left &= left - 1) {
        unsigned at = (unsigned)__builtin_ctz(left);
        const slm_filter *filter = slmi_layer_filter(&d->layers[at]);
        if (!filter || !filter->ops->on_record)
            continue;
        void *place = slmi_filter_place(&d->layers[at], filter, slot->arena);
        if (d->layers[at].filter_bytes && !place)
            continue;
        uint32_t inside = slmi_call_begin(self, d, at);
        filter->ops->on_record(filter->self, (const slm_view *)slot, field, place);
        slmi_call_end(self, d, inside);
    }
    for (uint32_t left = d->on_record & slmi_mask(slot) & ~slmi_deaf(self, d); left; left &= left - 1) {
        unsigned at = (unsigned)__builtin_ctz(left);
        uint32_t inside = slmi_call_begin(self, d, at);
        d->layers[at].ops->on_record(d->layers[at].self, (const slm_view *)slot, field);
        slmi_call_end(self, d, inside);
    }
    bool mine = slmi_busy_begin(self);
    slmi_unpin(self, slot, false);
    if (mine)
        slmi_busy_end(self);
}

static slm_field field_of(slm_string key, uint32_t type, slm_word word)
{
    slm_field f = { key, slm_value_empty() };
    if (type == SLM_TYPE_VALUE) {
        f.value = *(const slm_value *)word.p;
    } else if (type == SLM_TYPE_STRING) {
        f.value = slm_value_string(word.s, word.s ? strlen(word.s) : 0);
    } else {
        f.value.type = type;
        f.value.as = word;
    }
    return f;
}

/* Writes the field, finishes, and tells who asked for it. */
static void put_and_tell(struct write *w, uint64_t id, slm_string key, uint32_t type, slm_word word)
{
    const slmi_dispatch *d = slmi_dispatch_of(w->slot);
    bool told = d->on_record & slmi_mask(w->slot) || d->filter_records;
    put_field(w, key, type, word);
    finish(w);
    if (told) {
        slm_field field = field_of(key, type, word);
        uint64_t outer = slmi_guard(w->self);
        tell_record(w->self, id, &field);
        slmi_unguard(w->self, outer);
    }
}

static void set_raw(slmi_thread *self, uint64_t handle, const slm_field *field)
{
    uint64_t id, outer = slmi_guard(self);
    slmi_dispatch *d = slmi_raw_dispatch(handle, &id);
    if (d && d->ops->record) {
        uint32_t inside = slmi_call_begin(self, d, 0);
        d->ops->record(d->self, id, field);
        slmi_call_end(self, d, inside);
    }
    slmi_unguard(self, outer);
}

void slmi_span_set(slm_span span, const char *key, size_t key_len, uint32_t type, slm_word word)
{
    char text[SLMI_PRINTED_BYTES_MAX];
    slm_value printed;
    slmi_thread *self = slmi_thread_get();
    if (!self || !key || key_len == 0 || span.id & SLMI_ID_UNRECORDED)
        return;
    int saved = *self->errno_at;
    if (type == SLM_TYPE_VALUE && ((const slm_value *)word.p)->type == SLM_TYPE_DEBUG) {
        printed = *(const slm_value *)word.p;
        slmi_value_print(&printed, text, sizeof text);
        word.p = &printed;
    }
    struct write w;
    if (span.id & SLMI_ID_RAW) {
        slm_field field = field_of(slm_string_of(key, key_len), type, word);
        set_raw(self, span.id, &field);
    } else if (begin(&w, span.id)) {
        put_and_tell(&w, span.id, slm_string_of(key, key_len), type, word);
    }
    *self->errno_at = saved;
}

void slmi_span_set_name(slm_span span, slm_string name)
{
    struct write w;
    if (!name.data || !begin(&w, span.id))
        return;
    slmi_bits_add(w.slot, SLMI_BIT_LATER);
    put_text_item(&w, SLMI_ITEM_NAME, 0, name);
    finish(&w);
}

/* OpenTelemetry Trace API, Set Status: Ok is final, Unset is ignored, a description stands with Error only. */
static void put_status(struct write *w, slm_span_status status, slm_string text)
{
    if ((status != SLM_SPAN_OK && status != SLM_SPAN_ERROR) ||
        atomic_load_explicit(&w->slot->status, memory_order_relaxed) == SLM_SPAN_OK)
        return;
    slmi_status_set(w->slot, status);
    slmi_bits_add(w->slot, SLMI_BIT_STATUS_SET);
    put_text_item(w, SLMI_ITEM_STATUS, 0, status == SLM_SPAN_ERROR ? text : slm_string_of("", 0));
}

void slmi_span_set_status(slm_span span, slm_span_status status, slm_string text)
{
    struct write w;
    if (!begin(&w, span.id))
        return;
    put_status(&w, status, text);
    finish(&w);
}

void slmi_span_fail(slm_span span, int64_t code, const char *format, ...)
{
    if (!span.id || code == 0)
        return;
    char type[24], text[512];
    int saved = errno;
    const char *name = code > 0 && code < 4096 ? slmi_errno_name((int)code) : NULL;
    if (!name) {
        snprintf(type, sizeof type, "%lld", (long long)code);
        name = type;
    }
    if (format) {
        va_list args;
        va_start(args, format);
        vsnprintf(text, sizeof text, format, args);
        va_end(args);
    } else {
        snprintf(text, sizeof text, "%s", name);
    }
    struct write w;
    const slm_string key = slm_string_from_c("error.type");
    slmi_thread *self = slmi_thread_get();
    if (self && span.id & SLMI_ID_RAW) {
        slm_field field = field_of(key, SLM_TYPE_STRING, (slm_word){ .s = name });
        set_raw(self, span.id, &field);
    } else if (begin(&w, span.id)) {
        put_status(&w, SLM_SPAN_ERROR, slm_string_from_c(text));
        slmi_writer_open(&w.writer, w.self, w.slot);
        put_and_tell(&w, span.id, key, SLM_TYPE_STRING, (slm_word){ .s = name });
    }
    errno = saved;
}

void slmi_fail(int64_t code)
{
    slm_span span = slmi_current();
    if (span.id)
        slmi_span_fail(span, code, NULL);
}

/* As for events: see event.c. */
static bool beyond_limit(slmi_slot *slot)
{
    slmi_tally *tally = slmi_tally_find(slot);
    if (!tally)
        return false;
    if (tally->links >= SLMI_LIMIT(links))
        return true;
    tally->links++;
    return false;
}

static void put_link(struct write *w, const slm_span_context *linked, const slm_link *link)
{
    slmi_link_item *item = NULL;
    size_t fields = link->fields ? link->field_count : 0;
    if (!beyond_limit(w->slot))
        item = slmi_writer_reserve(&w->writer, sizeof *item);
    if (!item) {
        slmi_dropped_link(w->slot);
        return;
    }
    item->trace_id = linked->trace_id;
    item->span_id = linked->span_id;
    uint8_t flags = (uint8_t)((linked->flags & 3u) | (linked->is_remote ? 4u : 0));
    item->item = (slmi_item){ SLMI_ITEM_LINK, flags, (uint16_t)(fields < UINT16_MAX ? fields : UINT16_MAX),
                              slmi_writer_text(&w->writer, linked->tracestate, linked->tracestate_len) };
    for (size_t i = 0; i < fields && i < SLMI_LIMIT(link_attributes); i++) {
        slmi_set_item *field = slmi_writer_reserve(&w->writer, sizeof *field);
        if (!field)
            break;
        put_key_and_value(&w->writer, field, SLMI_ITEM_LINK_FIELD, link->fields[i].key, SLM_TYPE_VALUE,
                          (slm_word){ .p = &link->fields[i].value });
    }
    slmi_writer_commit(&w->writer);
}

/* A link to no span is one all the same where something is said with it. OpenTelemetry Trace API, Link. */
static bool says_nothing(const slm_span_context *linked, const slm_link *link)
{
    return !slm_trace_id_is_valid(linked->trace_id) && !slm_span_id_is_valid(linked->span_id) &&
           linked->tracestate_len == 0 && !(link->fields && link->field_count);
}

void slmi_span_add_link(slm_span span, const slm_link *link)
{
    slm_span_context linked;
    if (link->span.id) {
        if (!slmi_span_context(link->span, &linked)) {
            refuse(link->span.id, true);
            return;
        }
    } else if (link->context) {
        linked = *link->context;
    } else {
        return;
    }
    struct write w;
    if (says_nothing(&linked, link) || !begin(&w, span.id))
        return;
    if (slmi_mask(w.slot))
        put_link(&w, &linked, link);
    finish(&w);
}
