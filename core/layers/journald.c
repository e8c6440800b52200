/* SPDX-License-Identifier: MIT */
#include <spanloom/journald.h>

#include <string.h>

#include "core/alloc.h"
#include "core/layers/datagram.h"
#include "core/layers/entry.h"
#include "core/layers/loans.h"
#include "core/layers/pairs.h"
#include "core/platform.h"

enum { PREFIX_MAX = 16, PREAMBLE_BYTES_MAX = 32768, SPANS_MAX = 64 };

#define LITERAL(text) slm_string_of("" text, sizeof(text) - 1)

struct slm_journald {
    _Atomic(uint32_t) references;
    slmi_datagram socket;
    slmi_loans loans;
    char prefix[PREFIX_MAX];
    size_t prefix_len;
    slm_string preamble; /* what is the same in every entry */
};

/* -- events -----------------------------------------------------------------------------------------------------------
 */

struct writing {
    const slm_journald *journald;
    slm_hit *event;
    slmi_entry *entry;
    unsigned spans;
    unsigned begins[SPANS_MAX + 1]; /* of each span's parts */
};

static slm_string prefix_of(const slm_journald *j)
{
    return slm_string_of(j->prefix, j->prefix_len);
}

static void put_message(slmi_entry *entry, slm_hit *event)
{
    char bytes[2048];
    slm_string message = slm_hit_message(event);
    if (message.len == 0) {
        slmi_text text = { .data = bytes, .room = sizeof bytes };
        slmi_pairs(&text, event);
        message = text.len ? slm_string_of(bytes, text.len) : slm_hit_metadata(event)->target;
    }
    slmi_entry_field(entry, LITERAL("MESSAGE"), message, false);
}

static void put_identity(slmi_entry *entry, const slm_hit *event)
{
    slm_span_context identity;
    char digits[48];
    slmi_text text = { .data = digits, .room = sizeof digits };
    if (!slm_hit_identity(event, &identity))
        return;
    slmi_text_hex(&text, identity.trace_id.bytes, sizeof identity.trace_id.bytes);
    slmi_text_hex(&text, identity.span_id.bytes, sizeof identity.span_id.bytes);
    slmi_entry_field(entry, LITERAL("TRACE_ID"), slm_string_of(digits, 32), false);
    if (slm_span_id_is_valid(identity.span_id))
        slmi_entry_field(entry, LITERAL("SPAN_ID"), slm_string_of(digits + 32, 16), false);
}

static bool put_span_field(void *user, const slm_field *field)
{
    struct writing *w = user;
    slmi_entry_value(w->entry, prefix_of(w->journald), field, false);
    return true;
}

static bool put_span(void *user, const slm_view *span)
{
    struct writing *w = user;
    if (!slm_hit_takes(w->event, span))
        return true;
    if (w->spans == SPANS_MAX) {
        w->entry->cut = true;
        return false;
    }
    w->entry->apart = true;
    w->begins[w->spans++] = w->entry->count;
    slmi_entry_field(w->entry, LITERAL("SPAN_NAME"), slm_view_name(span), false);
    slm_view_fields(span, put_span_field, w);
    return true;
}

static void reverse(struct iovec *parts, unsigned from, unsigned to)
{
    while (from + 1 < to) {
        struct iovec swapped = parts[from];
        parts[from++] = parts[--to];
        parts[to] = swapped;
    }
}

/* Spans were written innermost first: the order of all parts is turned, and then that within each span once more. */
static void put_spans(struct writing *w, const slm_view *innermost)
{
    slm_view_scope(innermost, put_span, w);
    struct iovec *parts = w->entry->parts;
    unsigned first = w->begins[0], end = w->entry->count;
    if (w->spans < 2)
        return;
    w->begins[w->spans] = end;
    reverse(parts, first, end);
    for (unsigned i = 0; i < w->spans; i++)
        reverse(parts, first + end - w->begins[i + 1], first + end - w->begins[i]);
}

static void put_event(struct writing *w)
{
    const slm_metadata *meta = slm_hit_metadata(w->event);
    const slm_view *span = slm_hit_span(w->event);
    slm_field field;
    slmi_entry_begin(w->entry);
    slmi_entry_refer(w->entry, w->journald->preamble);
    slmi_entry_number(w->entry, LITERAL("PRIORITY"), meta->level + 2u);
    put_message(w->entry, w->event);
    slmi_entry_field(w->entry, LITERAL("TARGET"), meta->target, true);
    if (meta->file.len) {
        slmi_entry_field(w->entry, LITERAL("CODE_FILE"), meta->file, true);
        slmi_entry_number(w->entry, LITERAL("CODE_LINE"), meta->line);
    }
    put_identity(w->entry, w->event);
    for (size_t i = 0; slm_hit_field(w->event, i, &field); i++)
        slmi_entry_value(w->entry, prefix_of(w->journald), &field, true);
    if (span)
        put_spans(w, span);
}

static void on_event(void *layer, slm_hit *event)
{
    slm_journald *j = layer;
    struct writing w = { .journald = j, .event = event };
    char *loan = slmi_loans_take(&j->loans);
    if (!loan) {
        atomic_fetch_add_explicit(&j->socket.lost, 1, memory_order_relaxed);
        return;
    }
    w.entry = (slmi_entry *)(void *)loan;
    put_event(&w);
    if (w.entry->cut)
        atomic_fetch_add_explicit(&j->socket.cut, 1, memory_order_relaxed);
    slmi_datagram_send(&j->socket, w.entry->parts, (int)w.entry->count, true);
    slmi_loans_give(&j->loans, loan);
}

/* -- life -------------------------------------------------------------------------------------------------------------
 */

/* It must be what it is made into, but for the case. */
static bool take_prefix(slm_journald *j, const char *prefix)
{
    size_t len = strlen(prefix);
    char name[SLMI_ENTRY_NAME_MAX];
    if (len > PREFIX_MAX || slmi_entry_name(name, slm_string_of("", 0), slm_string_of(prefix, len)) != len)
        return false;
    for (size_t i = 0; i < len; i++)
        if (name[i] == '_' && prefix[i] != '_')
            return false;
    memcpy(j->prefix, name, len);
    j->prefix_len = len;
    return true;
}

static slm_status take_preamble(slm_journald *j, const slm_journald_options *o)
{
    slmi_entry *entry = slmi_alloc(sizeof *entry);
    char *bytes = slmi_alloc(PREAMBLE_BYTES_MAX);
    slm_status status = entry && bytes ? SLM_OK : SLM_ERR_NO_MEMORY;
    if (status == SLM_OK) {
        slmi_entry_begin(entry);
        slm_string identifier = slm_string_from_c(o->identifier ? o->identifier : slmi_platform_program_name());
        if (identifier.len)
            slmi_entry_field(entry, LITERAL("SYSLOG_IDENTIFIER"), identifier, false);
        for (uint32_t i = 0; i < o->field_count; i++) {
            if (o->fields[i].value.type != SLM_TYPE_STRING)
                status = SLM_ERR_INVALID_ARGUMENT;
            slmi_entry_value(entry, slm_string_of("", 0), &o->fields[i], false);
        }
        if (entry->cut)
            status = SLM_ERR_INVALID_ARGUMENT;
        j->preamble = slm_string_of(bytes, entry->text.len);
        memcpy(bytes, entry->bytes, entry->text.len);
    } else {
        slmi_free(bytes);
    }
    slmi_free(entry);
    return status;
}

static void on_fork(void *layer)
{
    slm_journald *j = layer;
    slmi_datagram_forget(&j->socket);
    slmi_loans_forget(&j->loans);
}

slm_journald_stats slm_journald_stats_read(const slm_journald *journald)
{
    return (slm_journald_stats){ atomic_load_explicit(&journald->socket.sent, memory_order_relaxed),
                                 atomic_load_explicit(&journald->socket.lost, memory_order_relaxed),
                                 atomic_load_explicit(&journald->socket.cut, memory_order_relaxed) };
}

static void free_all(slm_journald *j)
{
    slmi_datagram_destroy(&j->socket);
    slmi_loans_destroy(&j->loans);
    slmi_free((void *)(uintptr_t)j->preamble.data);
    slmi_free(j);
}

void slm_journald_release(slm_journald *journald)
{
    if (journald && atomic_fetch_sub_explicit(&journald->references, 1, memory_order_acq_rel) == 1)
        free_all(journald);
}

static void destroy(void *layer)
{
    slm_journald_release(layer);
}

static const slm_layer_ops ops = { .size = sizeof ops, .on_event = on_event, .destroy = destroy, .on_fork = on_fork };

slm_status slm_journald_new(const slm_journald_options *options, slm_filter *filter, slm_layer *layer,
                            slm_journald **out)
{
    static const slm_journald_options defaults = { .size = sizeof defaults };
    const slm_journald_options *o = options ? options : &defaults;
    if (!layer || !out || o->size < sizeof *o || o->field_count > SLM_JOURNALD_FIELDS_MAX ||
        (o->field_count && !o->fields))
        return SLM_ERR_INVALID_ARGUMENT;
    slm_journald *j = slmi_alloc_zeroed(sizeof *j);
    if (!j)
        return SLM_ERR_NO_MEMORY;
    atomic_store_explicit(&j->references, 2, memory_order_relaxed);
    j->socket.fd = -1;
    slm_status status = take_prefix(j, o->prefix ? o->prefix : "F") ? SLM_OK : SLM_ERR_INVALID_ARGUMENT;
    if (status == SLM_OK)
        status = take_preamble(j, o);
    if (status == SLM_OK)
        status = slmi_loans_init(&j->loans, sizeof(slmi_entry)) ? SLM_OK : SLM_ERR_NO_MEMORY;
    if (status == SLM_OK)
        status = slmi_datagram_init(&j->socket, o->path ? o->path : "/run/systemd/journal/socket");
    if (status != SLM_OK) {
        free_all(j);
        return status;
    }
    *layer = (slm_layer){ .size = sizeof *layer, .flags = SLM_LAYER_SCOPES, .ops = &ops, .self = j, .filter = filter };
    *out = j;
    return SLM_OK;
}
