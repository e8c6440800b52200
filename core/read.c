/* SPDX-License-Identifier: MIT */
/* Reading back what is open. */
#include <spanloom/read.h>

#include <errno.h>
#include <string.h>

#include "core/layers/text.h"
#include "core/open.h"
#include "core/view.h"

struct search {
    slm_string key;
    slm_value *out;
    char *text;
    size_t room;
    bool found;
};

/* What the value points to is the record's: the caller gets its own copy. Arrays, maps and lists are not for copying
 * out. */
static bool keep(struct search *s, const slm_value *value)
{
    *s->out = *value;
    if (value->type & SLM_TYPE_ARRAY || value->type == SLM_TYPE_MAP || value->type == SLM_TYPE_LIST)
        return false;
    if (value->type == SLM_TYPE_STRING || value->type == SLM_TYPE_BYTES || value->type == SLM_TYPE_DEBUG) {
        size_t len = value->len < s->room ? value->len : s->room;
        if (len)
            memcpy(s->text, value->as.s, len);
        s->out->as.s = s->text;
        s->out->len = len;
        if (value->type == SLM_TYPE_DEBUG)
            s->out->type = SLM_TYPE_STRING;
    }
    return true;
}

static bool look_at(void *user, const slm_field *field)
{
    struct search *s = user;
    if (!slm_string_equal(field->key, s->key))
        return true;
    s->found = keep(s, &field->value);
    return false;
}

static bool look_in(void *user, const slm_view *span)
{
    struct search *s = user;
    slm_view_fields(span, look_at, s);
    return !s->found;
}

static slmi_slot *pin_span(slmi_thread *self, slm_span span)
{
    uint64_t id = span.id & ~SLMI_ID_UNRECORDED;
    if (!self || !id || id & SLMI_ID_RAW || !slmi_slot_is_ours(slmi_id_slot(id)) || !slmi_busy_begin(self))
        return NULL;
    slmi_slot *slot = slmi_pin(id, true);
    slmi_busy_end(self);
    return slot;
}

bool slm_span_get(slm_span span, slm_string key, slm_value *out, char *text, size_t room)
{
    slmi_thread *self = slmi_thread_get();
    slmi_slot *slot = pin_span(self, span);
    if (!slot)
        return false;
    struct search s = { key, out, text, room, false };
    (void)look_in(&s, (const slm_view *)slot);
    slmi_view_unpin(slot);
    return s.found;
}

bool slm_current_get(slm_string key, slm_value *out, char *text, size_t room)
{
    slmi_thread *self = slmi_self;
    const slmi_slot *slot = self ? slmi_current_slot(self) : NULL;
    struct search s = { key, out, text, room, false };
    if (slot && slot->type == SLMI_SLOT_SPAN && slmi_slot_is_ours(slmi_slot_index(slot)))
        slm_view_scope((const slm_view *)slot, look_in, &s);
    return s.found;
}

struct trace {
    slmi_text text;
    unsigned depth;
};

static bool put_field(void *user, const slm_field *field)
{
    slmi_text *text = user;
    if (text->len && text->data[text->len - 1] != '{')
        slmi_text_char(text, ' ');
    slmi_text_escaped(text, field->key);
    slmi_text_char(text, '=');
    slmi_text_value(text, &field->value);
    return !text->cut;
}

static bool put_span(void *user, const slm_view *span)
{
    struct trace *t = user;
    const slm_metadata *meta = slm_view_metadata(span);
    if (t->text.len)
        slmi_text_char(&t->text, '\n');
    slmi_text_bytes(&t->text, t->depth < 10 ? "  " : " ", t->depth < 10 ? 2 : 1);
    slmi_text_u64(&t->text, t->depth++);
    slmi_text_bytes(&t->text, ": ", 2);
    slmi_text_escaped(&t->text, slm_view_name(span));
    size_t before = t->text.len;
    slmi_text_char(&t->text, '{');
    slm_view_fields(span, put_field, &t->text);
    if (t->text.len == before + 1)
        t->text.len = before;
    else
        slmi_text_char(&t->text, '}');
    if (meta->file.len) {
        slmi_text_bytes(&t->text, " at ", 4);
        slmi_text_escaped(&t->text, meta->file);
        slmi_text_char(&t->text, ':');
        slmi_text_u64(&t->text, meta->line);
    }
    return !t->text.cut;
}

size_t slm_span_trace(char *text, size_t room)
{
    slmi_thread *self = slmi_self;
    if (room == 0)
        return 0;
    int saved = errno;
    struct trace t = { { .data = text, .room = room - 1 }, 0 };
    const slmi_slot *slot = self ? slmi_current_slot(self) : NULL;
    if (slot && slot->type == SLMI_SLOT_SPAN && slmi_slot_is_ours(slmi_slot_index(slot)))
        slm_view_scope((const slm_view *)slot, put_span, &t);
    text[t.text.len] = '\0';
    errno = saved;
    return t.text.len;
}

struct visit {
    bool (*each)(void *user, const slm_view *span);
    void *user;
};

static bool visit(void *user, slmi_slot *slot)
{
    const struct visit *v = user;
    return v->each(v->user, (const slm_view *)slot);
}

void slm_open_spans(bool (*each)(void *user, const slm_view *span), void *user)
{
    slmi_thread *self = slmi_thread_get();
    if (!self)
        return;
    uint64_t outer = slmi_guard(self);
    slmi_open_each(self, visit, &(struct visit){ each, user });
    slmi_unguard(self, outer);
}
