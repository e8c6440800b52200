/* SPDX-License-Identifier: MIT */
#include "core/layers/full.h"

#include <string.h>

#include "core/alloc.h"
#include "core/diagnostics.h"
#include "core/layers/text.h"
#include "core/output.h"
#include "core/thread.h"
#include "core/view.h"

enum { SCOPES_MAX = 64, SMALL_LINE = 2048 };

struct full {
    int fd;
};

static void fields(slmi_text *text, const slm_field *list, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (i)
            slmi_text_char(text, ' ');
        slmi_text_escaped(text, list[i].key);
        slmi_text_char(text, '=');
        slmi_text_value(text, &list[i].value);
    }
}

static void span(slmi_text *text, const slmi_slot *slot)
{
    slm_field list[SLMI_VIEW_FIELDS_MAX];
    char bytes[SLMI_MESSAGE_BYTES_MAX];
    slmi_text_room room = { bytes, sizeof bytes, 0 };
    unsigned dropped;
    unsigned count = slmi_view_read(slot, list, SLMI_VIEW_FIELDS_MAX, &room, &dropped);
    slmi_text_escaped(text, slmi_view_name(slot));
    if (count) {
        slmi_text_char(text, '{');
        fields(text, list, count);
        slmi_text_char(text, '}');
    }
    slmi_text_char(text, ':');
}

/* The spans around the event that the layer takes, outermost first. Each is pinned while the chain is walked. */
static void scope(slmi_text *text, const slmi_slot *innermost, uint32_t layer)
{
    const slmi_slot *chain[SCOPES_MAX];
    slmi_slot *pinned[SCOPES_MAX];
    unsigned count = 0;
    for (const slmi_slot *at = innermost; at && count < SCOPES_MAX; count++) {
        chain[count] = at;
        at = pinned[count] = slmi_view_pin_parent(at);
    }
    bool any = false;
    for (unsigned i = count; i-- > 0;) {
        if (slmi_mask(chain[i]) & layer) {
            span(text, chain[i]);
            any = true;
        }
    }
    for (unsigned i = 0; i < count; i++)
        if (pinned[i])
            slmi_view_unpin(pinned[i]);
    if (any)
        slmi_text_char(text, ' ');
}

static void line(slmi_text *text, slm_hit *hit, uint32_t layer)
{
    static const char levels[][7] = { "      ", "ERROR ", " WARN ", " INFO ", "DEBUG ", "TRACE " };
    const slm_metadata *meta = slm_hit_metadata(hit);
    slmi_text_time(text, slm_hit_time_ns(hit));
    slmi_text_char(text, ' ');
    slmi_text_bytes(text, levels[meta->level <= SLM_LEVEL_TRACE ? meta->level : 0], 6);
    if (hit->span)
        scope(text, hit->span, layer);
    slmi_text_escaped(text, meta->target);
    slmi_text_char(text, ':');
    slm_string message = slm_hit_message(hit);
    if (message.len) {
        slmi_text_char(text, ' ');
        slmi_text_escaped(text, message);
    }
    slm_field list[SLMI_FIELDS_MAX];
    unsigned count = 0;
    for (size_t i = 0; slm_hit_field(hit, i, &list[count]); i++)
        count += list[count].value.type != SLM_TYPE_EMPTY;
    if (count) {
        slmi_text_char(text, ' ');
        fields(text, list, count);
    }
}

static void put(const struct full *full, slmi_text *text)
{
    /* A cut line still ends: room for the mark and the end is kept apart. */
    if (text->cut) {
        text->room += 4;
        slmi_text_bytes(text, "...", 3);
    } else {
        text->room += 1;
    }
    slmi_text_char(text, '\n');
    ssize_t n = slmi_output_write(full->fd, text->data, text->len);
    if (n != (ssize_t)text->len)
        slmi_diagnose(SLM_DIAG_WRITER, "a log line could not be written to descriptor %d: %s", full->fd,
                      n < 0 ? slm_status_text(SLM_ERR_SYSTEM) : "only part of it went");
}

static void on_event(void *layer, slm_hit *hit)
{
    char small[SMALL_LINE];
    char *taken = slmi_thread_line(hit->self, SLMI_LINE_BYTES_MAX);
    slmi_text text = { taken ? taken : small, 0, (taken ? (size_t)SLMI_LINE_BYTES_MAX : sizeof small) - 4, false };
    line(&text, hit, hit->layer);
    put(layer, &text);
    if (taken)
        slmi_thread_line_done(hit->self);
}

static void destroy(void *layer)
{
    slmi_free(layer);
}

static const slm_layer_ops ops = { .size = sizeof ops, .on_event = on_event, .destroy = destroy };

bool slmi_layer_full(int fd, slm_filter *filter, slm_layer *out)
{
    struct full *full = slmi_alloc(sizeof *full);
    if (!full)
        return false;
    full->fd = fd;
    *out = (slm_layer){
        .size = sizeof *out, .flags = SLM_LAYER_SCOPES, .ops = &ops, .self = full, .filter = filter
    };
    return true;
}
