/* SPDX-License-Identifier: MIT */
/* How a value is stored: a word, and after the words its text. One value takes no more than its share of a record, and
 * maps and lists are stored to a bounded depth. */
#include <string.h>

#include "core/arena.h"
#include "core/span_limits.h"

enum { MAP_MEMBERS_MAX = 1024 }; /* readers look for keys that stand twice */

struct put {
    slmi_writer *w;
    size_t left; /* bytes this value may still take */
    unsigned depth;
};

static uint64_t put_value(struct put *p, const slm_value *v);

/* Returns how much of it there was room for. */
static uint32_t put_text(struct put *p, const void *text, size_t len)
{
    uint32_t stored = slmi_writer_text(p->w, text, len < p->left ? len : p->left);
    p->left -= stored;
    p->w->cut |= stored < len;
    return stored;
}

static uint64_t put_string(slmi_writer *w, const char *text, size_t len)
{
    if (!text)
        return SLMI_TEXT_ABSENT;
    if (len <= 7) {
        uint64_t word = 0;
        memcpy(&word, text, len);
        return word << 8 | len;
    }
    struct put p = { w, SLMI_LIMIT(value_bytes), 0 };
    uint32_t stored = put_text(&p, text, len);
    return (uint64_t)stored << 32 | (stored < len ? SLMI_CUT : 0) | SLMI_TEXT_LONG;
}

/* An element of a caller's array as the 8 bytes that are stored. */
static uint64_t element(const slm_value *v, size_t at)
{
    const char *p = (const char *)v->as.p + at * v->element_bytes;
    unsigned type = v->type & ~(unsigned)SLM_TYPE_ARRAY;
    uint64_t u = 0;
    if (type == SLM_TYPE_F64) {
        double d = 0;
        float f;
        if (v->element_bytes == sizeof f) {
            memcpy(&f, p, sizeof f);
            d = (double)f;
        } else {
            memcpy(&d, p, sizeof d);
        }
        memcpy(&u, &d, sizeof u);
        return u;
    }
    memcpy(&u, p, v->element_bytes < sizeof u ? v->element_bytes : sizeof u); /* little-endian, as all platforms here */
    if (type == SLM_TYPE_I64 && v->element_bytes < sizeof u) {
        unsigned shift = (unsigned)(64 - 8 * v->element_bytes);
        u = (uint64_t)((int64_t)(u << shift) >> shift);
    }
    return u;
}

/* Eight bytes or none: half a word that is left behind would be read as something else. */
static bool put_word(slmi_writer *w, uint64_t word)
{
    uint32_t stored = slmi_writer_text(w, &word, sizeof word);
    if (stored < sizeof word)
        w->at -= stored; /* all in one part: there was no other */
    return stored == sizeof word;
}

/* A string of an array: its length as it was stored, then its text. */
static bool put_element(slmi_writer *w, const char *text, size_t len)
{
    uint64_t *stored = slmi_writer_reserve(w, sizeof *stored);
    if (!stored)
        return false;
    *stored = slmi_writer_text(w, text, len);
    return true;
}

static uint64_t counted(struct put *p, const slm_value *v, uint32_t stored)
{
    bool cut = stored < v->len;
    p->w->cut |= cut;
    return (uint64_t)stored << 32 | (cut ? SLMI_CUT : 0) | v->type;
}

static uint64_t put_array(struct put *p, const slm_value *v)
{
    uint32_t stored = 0;
    bool strings = (v->type & ~(unsigned)SLM_TYPE_ARRAY) == SLM_TYPE_STRING;
    if (!strings && (v->element_bytes == 0 || v->element_bytes > sizeof(uint64_t)))
        return SLM_TYPE_EMPTY;
    for (size_t i = 0; i < v->len; i++) {
        const char *text = strings ? ((const char *const *)v->as.p)[i] : NULL;
        size_t len = text ? strnlen(text, p->left) : 0;
        if (p->left < len + sizeof(uint64_t))
            break;
        if (!(strings ? put_element(p->w, text, len) : put_word(p->w, element(v, i))))
            break;
        p->left -= len + sizeof(uint64_t);
        stored++;
    }
    return counted(p, v, stored);
}

/* A member of a map or a list, as a field that is set; a list's has no key. */
static bool put_member(struct put *p, slm_string key, const slm_value *value)
{
    slmi_set_item *item = p->left < sizeof *item ? NULL : slmi_writer_reserve(p->w, sizeof *item);
    if (!item)
        return false;
    p->left -= sizeof *item;
    uint16_t n = (uint16_t)put_text(p, key.data, key.len < SLMI_KEY_BYTES_MAX ? key.len : SLMI_KEY_BYTES_MAX);
    item->item = (slmi_item){ SLMI_ITEM_SET, SLM_TYPE_VALUE, n, 0 };
    item->word = put_value(p, value);
    return true;
}

/* OpenTelemetry, Attribute Limits: what lies deeper than the limit becomes an empty value. */
static uint64_t put_members(struct put *p, const slm_value *v)
{
    if (p->depth == SLM_VALUE_DEPTH_MAX)
        return SLM_TYPE_EMPTY;
    const slm_field *fields = v->type == SLM_TYPE_MAP ? v->as.p : NULL;
    const slm_value *values = v->type == SLM_TYPE_LIST ? v->as.p : NULL;
    uint32_t stored = 0;
    size_t max = fields ? MAP_MEMBERS_MAX : SIZE_MAX;
    p->depth++;
    while (stored < v->len && stored < max && v->as.p) {
        slm_string key = fields ? fields[stored].key : slm_string_of("", 0);
        if (!put_member(p, key, fields ? &fields[stored].value : &values[stored]))
            break;
        stored++;
    }
    p->depth--;
    return counted(p, v, stored);
}

static uint64_t put_value(struct put *p, const slm_value *v)
{
    switch (v->type) {
    case SLM_TYPE_BOOL:
        return (uint64_t)(v->as.u != 0) << 32 | v->type;
    case SLM_TYPE_ERRNO:
        return (uint64_t)(uint32_t)v->as.i << 32 | v->type;
    case SLM_TYPE_I64:
    case SLM_TYPE_U64:
    case SLM_TYPE_F64:
    case SLM_TYPE_POINTER:
        return put_word(p->w, v->as.u) ? v->type : SLM_TYPE_EMPTY;
    case SLM_TYPE_DEBUG:
        if (p->depth) /* not printed: that would be user code under the record's lock */
            return SLM_TYPE_EMPTY;
        /* fall through */
    case SLM_TYPE_STRING:
    case SLM_TYPE_BYTES: {
        uint32_t stored = put_text(p, v->as.p, v->len);
        return (uint64_t)stored << 32 | (stored < v->len ? SLMI_CUT : 0) | v->type;
    }
    case SLM_TYPE_MAP:
    case SLM_TYPE_LIST:
        return put_members(p, v);
    default:
        return v->type & SLM_TYPE_ARRAY && v->as.p ? put_array(p, v) : SLM_TYPE_EMPTY;
    }
}

uint64_t slmi_writer_long_value(slmi_writer *w, uint32_t type, slm_word word)
{
    if (type == SLM_TYPE_STRING)
        return put_string(w, word.s, word.s ? strlen(word.s) : 0);
    struct put p = { w, SLMI_LIMIT(value_bytes), 0 };
    return put_value(&p, word.p);
}
