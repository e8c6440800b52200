/* SPDX-License-Identifier: MIT */
/* https://systemd.io/JOURNAL_NATIVE_PROTOCOL/: a field is `NAME=value\n`, or, if a newline is in the value,
 * `NAME\n`, the value's length as 64 bits little-endian, the value, `\n`. */
#include "core/layers/entry.h"

#include <spanloom/journald.h>

#include "core/layers/value.h"

enum { COPIED_BYTES_MAX = 256, PARTS_PER_FIELD = 3, FRAME_BYTES = 10, VALUE_TEXT_BYTES = 4096 };

void slmi_entry_begin(slmi_entry *entry)
{
    entry->count = 0;
    entry->apart = entry->cut = false;
    entry->total = 0;
    entry->text = (slmi_text){ .data = entry->bytes, .room = sizeof entry->bytes };
}

static void add_part(slmi_entry *entry, const char *data, size_t len)
{
    struct iovec *last = entry->count ? &entry->parts[entry->count - 1] : NULL;
    bool continues = last && !entry->apart && (const char *)last->iov_base + last->iov_len == data;
    if (continues)
        last->iov_len += len;
    else
        entry->parts[entry->count++] = (struct iovec){ (void *)(uintptr_t)data, len };
    entry->apart = false;
    entry->total += len;
}

static void copy(slmi_entry *entry, const char *data, size_t len)
{
    const char *at = entry->text.data + entry->text.len;
    slmi_text_bytes(&entry->text, data, len);
    add_part(entry, at, len);
}

void slmi_entry_refer(slmi_entry *entry, slm_string fields)
{
    if (fields.len)
        add_part(entry, fields.data, fields.len);
}

/* How much of the value there is room for; false: not even for its name. */
static bool fit(slmi_entry *entry, size_t name_len, slm_string *value, bool stays)
{
    size_t frame = name_len + FRAME_BYTES;
    size_t text_left = entry->text.room - entry->text.len, total_left = SLM_JOURNALD_EVENT_BYTES_MAX - entry->total;
    if (entry->count + PARTS_PER_FIELD > SLMI_ENTRY_PARTS_MAX || text_left < frame || total_left < frame) {
        entry->cut = true;
        return false;
    }
    size_t most = total_left - frame < SLM_JOURNALD_VALUE_BYTES_MAX ? total_left - frame : SLM_JOURNALD_VALUE_BYTES_MAX;
    bool copied = !stays || value->len <= COPIED_BYTES_MAX;
    if (copied && text_left - frame < most)
        most = text_left - frame;
    entry->cut = entry->cut || value->len > most;
    value->len = value->len < most ? value->len : most;
    return true;
}

void slmi_entry_field(slmi_entry *entry, slm_string name, slm_string value, bool stays)
{
    bool copied = !stays || value.len <= COPIED_BYTES_MAX;
    if (!fit(entry, name.len, &value, stays))
        return;
    copy(entry, name.data, name.len);
    if (value.len && memchr(value.data, '\n', value.len)) {
        char len[9] = { '\n' };
        for (size_t i = 0; i < 8; i++)
            len[1 + i] = (char)((uint64_t)value.len >> (8 * i));
        copy(entry, len, sizeof len);
    } else {
        copy(entry, "=", 1);
    }
    if (copied)
        copy(entry, value.data, value.len);
    else
        add_part(entry, value.data, value.len);
    copy(entry, "\n", 1);
}

void slmi_entry_number(slmi_entry *entry, slm_string name, uint64_t value)
{
    char digits[20];
    slmi_text text = { .data = digits, .room = sizeof digits };
    slmi_text_u64(&text, value);
    slmi_entry_field(entry, name, slm_string_of(digits, text.len), false);
}

size_t slmi_entry_name(char out[SLMI_ENTRY_NAME_MAX], slm_string prefix, slm_string key)
{
    size_t len = 0;
    if (prefix.len) {
        memcpy(out, prefix.data, prefix.len);
        out[prefix.len] = '_';
        len = prefix.len + 1;
    }
    for (size_t i = 0; i < key.len && len < SLMI_ENTRY_NAME_MAX; i++) {
        char c = key.data[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'), digit = c >= '0' && c <= '9';
        if (len == 0 && !letter)
            continue; /* the journal keeps names with `_` first to itself */
        out[len++] = (char)(letter ? c & ~0x20 : digit ? c : '_');
    }
    return len;
}

void slmi_entry_value(slmi_entry *entry, slm_string prefix, const slm_field *field, bool stays)
{
    char name[SLMI_ENTRY_NAME_MAX], bytes[VALUE_TEXT_BYTES];
    slm_string as_it_is = { field->value.as.s, field->value.len };
    size_t len = slmi_entry_name(name, prefix, field->key);
    if (len == 0) {
        entry->cut = true;
        return;
    }
    switch (field->value.type) {
    case SLM_TYPE_EMPTY:
        return;
    case SLM_TYPE_STRING:
    case SLM_TYPE_DEBUG:
    case SLM_TYPE_BYTES:
        slmi_entry_field(entry, slm_string_of(name, len), as_it_is, stays);
        return;
    default: {
        slmi_text text = { .data = bytes, .room = sizeof bytes };
        slmi_text_value(&text, &field->value);
        entry->cut = entry->cut || text.cut;
        slmi_entry_field(entry, slm_string_of(name, len), slm_string_of(bytes, text.len), false);
    }
    }
}
