/* SPDX-License-Identifier: MIT */
/* Spans and events described at run time: an interned callsite of the library's own, then the same paths. */
#include <spanloom/dynamic.h>

#include <string.h>

#include "core/hit.h"
#include "core/site.h"

enum { KEYS_BYTES_MAX = SLMI_FIELDS_MAX * (SLMI_KEY_BYTES_MAX + 1) };

/* The types of a dynamic callsite: every hit tells its own. */
static const uint8_t types[SLMI_FIELDS_MAX] = {
    SLM_TYPE_VALUE, SLM_TYPE_VALUE, SLM_TYPE_VALUE, SLM_TYPE_VALUE, SLM_TYPE_VALUE, SLM_TYPE_VALUE, SLM_TYPE_VALUE,
    SLM_TYPE_VALUE, SLM_TYPE_VALUE, SLM_TYPE_VALUE, SLM_TYPE_VALUE, SLM_TYPE_VALUE, SLM_TYPE_VALUE, SLM_TYPE_VALUE,
    SLM_TYPE_VALUE, SLM_TYPE_VALUE, SLM_TYPE_VALUE, SLM_TYPE_VALUE, SLM_TYPE_VALUE, SLM_TYPE_VALUE, SLM_TYPE_VALUE,
    SLM_TYPE_VALUE, SLM_TYPE_VALUE, SLM_TYPE_VALUE, SLM_TYPE_VALUE, SLM_TYPE_VALUE, SLM_TYPE_VALUE, SLM_TYPE_VALUE,
    SLM_TYPE_VALUE, SLM_TYPE_VALUE, SLM_TYPE_VALUE, SLM_TYPE_VALUE
};

static slm_string or_else(slm_string s, slm_string otherwise)
{
    return s.data ? s : otherwise;
}

/* Keys as a callsite has them: terminated, one after the other. A NUL inside one would end it early. */
static size_t put_keys(char *out, const slm_field *fields, size_t count)
{
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        size_t len = fields[i].key.len < SLMI_KEY_BYTES_MAX ? fields[i].key.len : SLMI_KEY_BYTES_MAX;
        len = len ? strnlen(fields[i].key.data, len) : 0;
        memcpy(out + at, fields[i].key.data ? fields[i].key.data : "", len);
        out[at + len] = '\0';
        at += len + 1;
    }
    return at;
}

/* What a caller that was built before the scope had more than a name and a version said. */
enum { CALLSITE_BYTES_MIN = offsetof(slm_callsite, scope_schema_url) };

static slmi_site *site_of(const slm_callsite *given, bool is_span, const slm_field *fields, size_t count)
{
    slmi_thread *self = slmi_thread_get();
    if (!self || !given || given->size < CALLSITE_BYTES_MIN || given->level < SLM_LEVEL_ERROR ||
        given->level > SLM_LEVEL_TRACE)
        return NULL;
    slm_callsite known = { .size = 0 }, *callsite = &known;
    memcpy(&known, given, given->size < sizeof known ? given->size : sizeof known);
    char keys[KEYS_BYTES_MAX];
    slm_string empty = { "", 0 };
    slm_string target = or_else(callsite->target, (slm_string){ "dynamic", 7 });
    slmi_content content = { .name = or_else(callsite->name, empty),
                             .target = target,
                             .file = or_else(callsite->file, empty),
                             .line = callsite->line,
                             .scope_name = or_else(callsite->scope_name, target),
                             .scope_version = or_else(callsite->scope_version, empty),
                             .scope_schema_url = or_else(callsite->scope_schema_url, empty),
                             .scope_attributes = or_else(callsite->scope_attributes, empty),
                             .keys = keys,
                             .keys_len = put_keys(keys, fields, count),
                             .types = types,
                             .count = (uint16_t)count,
                             .level = callsite->level,
                             .is_span = is_span,
                             .is_dynamic = true };
    return slmi_site_describe(self, &content);
}

static size_t put_words(slm_word *words, const slm_field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++)
        words[i].p = &fields[i].value;
    return count;
}

bool slm_callsite_enabled(const slm_callsite *callsite, bool is_span)
{
    slmi_site *site = site_of(callsite, is_span, NULL, 0);
    return site && slmi_enabled(site) != 0;
}

slm_span slm_span_start(const slm_callsite *callsite, const slm_field *fields, size_t field_count,
                        const slm_span_options *options)
{
    slm_word words[SLMI_FIELDS_MAX];
    size_t count = field_count < SLMI_FIELDS_MAX ? field_count : SLMI_FIELDS_MAX;
    slmi_site *site = site_of(callsite, true, fields, count);
    uint64_t mask = site ? slmi_enabled(site) : 0;
    if (!mask)
        return (slm_span){ 0 };
    put_words(words, fields, count);
    slm_span span = slmi_span_with(site, mask, words, options);
    for (size_t i = count; i < field_count && span.id; i++)
        slm_span_set(span, fields[i].key, fields[i].value);
    return span;
}

void slm_event(const slm_callsite *callsite, slm_string message, const slm_field *fields, size_t field_count,
               const slm_event_options *options)
{
    slm_word words[SLMI_FIELDS_MAX];
    size_t count = field_count < SLMI_FIELDS_MAX ? field_count : SLMI_FIELDS_MAX;
    slmi_site *site = site_of(callsite, false, fields, count);
    uint64_t mask = site ? slmi_enabled(site) : 0;
    if (!mask)
        return;
    put_words(words, fields, count);
    slmi_event_given(site, mask, words, options, message);
}

void slm_event_vformat(const slm_callsite *callsite, const slm_field *fields, size_t field_count,
                       const slm_event_options *options, const char *format, va_list args)
{
    slm_word words[SLMI_FIELDS_MAX];
    size_t count = field_count < SLMI_FIELDS_MAX ? field_count : SLMI_FIELDS_MAX;
    slmi_site *site = site_of(callsite, false, fields, count);
    uint64_t mask = site ? slmi_enabled(site) : 0;
    if (!mask)
        return;
    va_list copy; /* where a va_list is an array, a parameter of that type has no address of one */
    va_copy(copy, args);
    put_words(words, fields, count);
    slmi_event_formatted(site, mask, words, options, format, &copy);
    va_end(copy);
}
