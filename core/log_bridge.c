/* SPDX-License-Identifier: MIT */
/* Records of other logging libraries as events: dynamic callsites, of which these have a share of their own, so that a
 * library whose places have no end does not take those of the program's macros. */
#include <spanloom/dynamic.h>
#include <spanloom/log_bridge.h>

#include <stdatomic.h>
#include <string.h>

#include "core/dispatch.h"
#include "core/hit.h"

enum { TABLE = 2 * SLM_LOG_PLACES_MAX, EXTRA_FIELDS = 4 };

_Static_assert(SLM_LOG_FIELDS_MAX + EXTRA_FIELDS <= SLMI_FIELDS_MAX, "a record's fields fit into an event");
_Static_assert((int)SLM_LOG_MESSAGE_BYTES_MAX == (int)SLMI_MESSAGE_BYTES_MAX, "one bound for all texts");

/* The places by their hashes; 0 is free. Found without a lock, only ever added to. */
static _Atomic(uint64_t) places[TABLE];
static _Atomic(uint32_t) place_count;
static _Atomic(uint64_t) unplaced, cut, fields_omitted, unknown_levels;

static void count(_Atomic(uint64_t) *counter, uint64_t by)
{
    atomic_fetch_add_explicit(counter, by, memory_order_relaxed);
}

/* Eight bytes at a time: it runs over a path at every record. */
static uint64_t mix(uint64_t hash, const void *data, size_t len)
{
    const unsigned char *at = data;
    uint64_t word;
    for (; len >= sizeof word; at += sizeof word, len -= sizeof word) {
        memcpy(&word, at, sizeof word);
        hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 32;
    }
    word = (uint64_t)len << 56;
    if (len)
        memcpy(&word, at, len);
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 29;
}

static uint64_t hash_of(const slm_callsite *site, const slm_field *fields, size_t field_count)
{
    const uint64_t numbers[2] = { (uint64_t)site->line << 8 | site->level, field_count };
    uint64_t hash = mix(UINT64_C(0x853c49e6748fea9b), numbers, sizeof numbers);
    hash = mix(hash, site->target.data, site->target.len);
    hash = mix(hash, site->file.data, site->file.len);
    for (size_t i = 0; i < field_count; i++)
        hash = mix(hash, fields[i].key.data, fields[i].key.len);
    return hash ? hash : 1;
}

/* Whether the place has room among the callsites, or has had it before. */
static bool has_place(uint64_t hash)
{
    for (uint32_t at = (uint32_t)(hash % TABLE);; at = (at + 1) % TABLE) {
        uint64_t there = atomic_load_explicit(&places[at], memory_order_relaxed);
        if (there == hash)
            return true;
        if (there)
            continue;
        if (atomic_fetch_add_explicit(&place_count, 1, memory_order_relaxed) >= SLM_LOG_PLACES_MAX) {
            atomic_fetch_sub_explicit(&place_count, 1, memory_order_relaxed);
            return false;
        }
        if (atomic_compare_exchange_strong_explicit(&places[at], &there, hash, memory_order_relaxed,
                                                    memory_order_relaxed))
            return true;
        atomic_fetch_sub_explicit(&place_count, 1, memory_order_relaxed);
        if (there == hash)
            return true;
    }
}

/* -- a record as an event ---------------------------------------------------------------------------------------------
 */

struct sending {
    slm_callsite site;
    slm_event_options options;
    slm_field fields[SLMI_FIELDS_MAX];
    size_t field_count;
};

static slm_string base_name(slm_string file)
{
    size_t begin = file.len, end = file.len;
    while (begin > 0 && file.data[begin - 1] != '/')
        begin--;
    for (size_t at = file.len; at > begin + 1; at--)
        if (file.data[at - 1] == '.') {
            end = at - 1;
            break;
        }
    return slm_string_of(file.data + begin, end - begin);
}

/* A cut inside a character of UTF-8 goes back to where that begins. */
static size_t cut_at(slm_string text, size_t most)
{
    size_t len = most;
    for (int back = 0; back < 3 && len && ((unsigned char)text.data[len] & 0xc0) == 0x80; back++)
        len--;
    return ((unsigned char)text.data[len] & 0xc0) == 0x80 ? most : len;
}

static slm_string first_of(slm_string text, size_t most)
{
    return text.len <= most ? text : slm_string_of(text.data, cut_at(text, most));
}

static slm_string last_of(slm_string text, size_t most)
{
    return text.len <= most ? text : slm_string_of(text.data + text.len - most, most);
}

static void add(struct sending *s, const char *key, slm_value value)
{
    s->fields[s->field_count++] = (slm_field){ slm_string_from_c(key), value };
}

static void add_own_fields(struct sending *s, const slm_log_record *record)
{
    size_t given = record->fields ? record->field_count : 0;
    size_t taken = given < SLM_LOG_FIELDS_MAX ? given : SLM_LOG_FIELDS_MAX;
    for (size_t i = 0; i < taken; i++) {
        s->fields[s->field_count] = record->fields[i];
        if (!s->fields[s->field_count].key.data)
            s->fields[s->field_count].key = slm_string_of("", 0);
        s->field_count++;
    }
    if (given > taken)
        count(&fields_omitted, given - taken);
}

/* The same keys always, so that all such records are a callsite a level. */
static void leave_place(struct sending *s, const slm_log_record *record)
{
    slm_callsite *site = &s->site;
    count(&unplaced, 1);
    if (record->fields)
        count(&fields_omitted, record->field_count);
    s->field_count = 0;
    add(s, "severity", slm_value_string(record->severity.data, record->severity.len));
    add(s, "log.target", slm_value_string(site->target.data, site->target.len));
    add(s, "code.file.path", slm_value_string(site->file.data, site->file.len));
    add(s, "code.line.number", site->line ? slm_value_u64(site->line) : slm_value_empty());
    site->target = slm_string_from_c("log");
    site->file = slm_string_of(NULL, 0);
    site->line = 0;
}

static bool describe(struct sending *s, const slm_log_record *record)
{
    if (!record || record->size < sizeof *record)
        return false;
    slmi_thread *self = slmi_thread_get();
    if (!self || !slmi_dispatch_current(self))
        return false;
    int level = record->level;
    if (level < SLM_LEVEL_ERROR || level > SLM_LEVEL_TRACE) {
        count(&unknown_levels, 1);
        level = level < SLM_LEVEL_ERROR ? SLM_LEVEL_ERROR : SLM_LEVEL_TRACE;
    }
    slm_string target = record->target.len ? record->target : base_name(record->file);
    s->site = (slm_callsite){ .size = sizeof s->site,
                              .level = (uint8_t)level,
                              .target = first_of(target, SLM_LOG_TARGET_BYTES_MAX),
                              .file = last_of(record->file, SLM_LOG_FILE_BYTES_MAX),
                              .line = record->line };
    if (s->site.target.len == 0)
        s->site.target = slm_string_from_c("log");
    s->options = (slm_event_options){ .size = sizeof s->options, .time_ns = record->time_ns };
    s->field_count = 0;
    if (record->severity.len)
        add(s, "severity", slm_value_string(record->severity.data, record->severity.len));
    add_own_fields(s, record);
    if (!has_place(hash_of(&s->site, s->fields, s->field_count)))
        leave_place(s, record);
    return true;
}

bool slm_log_record_enabled(const slm_log_record *record)
{
    struct sending s;
    return describe(&s, record) && slm_callsite_enabled(&s.site, false);
}

void slm_log_record_send(const slm_log_record *record, slm_string text)
{
    struct sending s;
    if (!describe(&s, record))
        return;
    if (text.len >= SLM_LOG_MESSAGE_BYTES_MAX) {
        count(&cut, 1);
        text = first_of(text, SLM_LOG_MESSAGE_BYTES_MAX - 1);
    }
    slm_event(&s.site, text, s.fields, s.field_count, &s.options);
}

void slm_log_record_vformat(const slm_log_record *record, const char *format, va_list args)
{
    struct sending s;
    if (!format)
        slm_log_record_send(record, slm_string_of(NULL, 0));
    else if (describe(&s, record))
        slm_event_vformat(&s.site, s.fields, s.field_count, &s.options, format, args);
}

void slm_log_stats_read(slm_log_stats *stats)
{
    slm_log_stats s = { .size = stats->size };
    s.places = atomic_load_explicit(&place_count, memory_order_relaxed);
    s.places = s.places < SLM_LOG_PLACES_MAX ? s.places : SLM_LOG_PLACES_MAX;
    s.unplaced = atomic_load_explicit(&unplaced, memory_order_relaxed);
    s.cut = atomic_load_explicit(&cut, memory_order_relaxed) + slmi_messages_cut();
    s.fields_omitted = atomic_load_explicit(&fields_omitted, memory_order_relaxed);
    s.unknown_levels = atomic_load_explicit(&unknown_levels, memory_order_relaxed);
    memcpy(stats, &s, stats->size < sizeof s ? stats->size : sizeof s);
}
