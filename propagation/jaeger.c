/* SPDX-License-Identifier: MIT */
/* Jaeger's own headers: `uber-trace-id: TRACE:SPAN:PARENT:FLAGS`, and baggage as `uberctx-KEY: VALUE`. */
#include "core/diagnostics.h"
#include "propagation/baggage.h"
#include "propagation/hex.h"
#include "propagation/propagator.h"
#include "propagation/scan.h"
#include <spanloom/carrier.h>

enum { TRACE_DIGITS = 32, ID_DIGITS = 16, SAMPLED = 1, DEBUG = 2 };
enum { VALUE_MAX = 1024, KEY_MAX = 120 }; /* Of baggage, in bytes; what is longer is left out and counted. */
enum { ITEMS_READ = 2 * SLM_BAGGAGE_MEMBERS_MAX };

#define NAME(text)                                                                                                     \
    {                                                                                                                  \
        text, sizeof text - 1                                                                                          \
    }
static const slm_string trace_name = NAME("uber-trace-id");
static const slm_string debug_name = NAME("jaeger-debug-id");
static const slm_string manual_baggage_name = NAME("jaeger-baggage");
static const slm_string baggage_prefix = NAME("uberctx-");

/* The part up to the next colon, which some send percent-encoded; `*rest` becomes what is behind it, absent at the
 * end. */
static slm_string next_part(slm_string *rest)
{
    for (size_t i = 0; i < rest->len; i++) {
        const char *at = rest->data + i;
        size_t colon = *at == ':' ? 1 : 0;
        if (*at == '%' && rest->len - i >= 3 && at[1] == '3' && (at[2] | 0x20) == 'a')
            colon = 3;
        if (colon > 0) {
            slm_string part = slm_string_of(rest->data, i);
            *rest = slm_string_of(at + colon, rest->len - i - colon);
            return part;
        }
    }
    slm_string part = *rest;
    *rest = slm_string_of(NULL, 0);
    return part;
}

/* Reads up to `digits` (16 or 32) hexadecimal digits, in any case, as if zeros stood before them. */
static bool read_padded(slm_string text, uint8_t *out, size_t digits)
{
    char padded[TRACE_DIGITS];
    slmi_digits bad = { 0 };
    if (text.len == 0 || text.len > digits)
        return false;
    memset(padded, '0', sizeof padded);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        padded[digits - text.len + i] = c >= 'A' && c <= 'F' ? (char)(c | 0x20) : c;
    }
    for (size_t i = 0; i < digits; i += ID_DIGITS)
        slmi_hex_decode16(padded + i, out + i / 2, &bad);
    return !slmi_hex_is_bad(bad);
}

static slm_status read_ids(slm_string text, slm_carried *out)
{
    slm_string rest = slmi_trim(text);
    slm_string trace = next_part(&rest), span = next_part(&rest);
    (void)next_part(&rest); /* the parent, which nobody needs */
    bool complete = rest.data != NULL;
    slm_string flags = next_part(&rest);
    slm_trace_id trace_id;
    slm_span_id span_id, bits;
    if (!complete || rest.data || flags.len > 2 || !read_padded(trace, trace_id.bytes, TRACE_DIGITS) ||
        !read_padded(span, span_id.bytes, ID_DIGITS) || !read_padded(flags, bits.bytes, ID_DIGITS) ||
        !slm_trace_id_is_valid(trace_id) || !slm_span_id_is_valid(span_id))
        return SLM_ERR_MALFORMED;

    uint8_t set = bits.bytes[7];
    out->span.trace_id = trace_id;
    out->span.span_id = span_id;
    out->span.flags = set & (SAMPLED | DEBUG) ? SLM_FLAG_SAMPLED : 0;
    out->span.is_remote = true;
    out->span.tracestate_len = 0;
    out->hint = set & DEBUG ? SLM_HINT_DEBUG : SLM_HINT_NONE;
    return SLM_OK;
}

/* One `uberctx-KEY: VALUE`; false if it was left out. */
static bool read_item(slm_string key, slm_string value, slm_baggage *out)
{
    char decoded[VALUE_MAX + 1];
    size_t len = slm_baggage_decode(slmi_trim(value), decoded, sizeof decoded);
    return len < sizeof decoded &&
           slm_baggage_set(out, key, slm_string_of(decoded, len), slm_string_of(NULL, 0)) == SLM_OK;
}

static bool has_prefix(slm_string name)
{
    return name.len > baggage_prefix.len &&
           slm_header_name_is(slm_string_of(name.data, baggage_prefix.len), baggage_prefix);
}

/* Whether there is any. An item counts against the bound of members read, so that many headers are not much work. */
static bool extract_baggage(const slm_getter *getter, const void *carrier, slm_baggage *out)
{
    slmi_baggage_reader reader;
    uintptr_t cursor = 0;
    slm_string name, value;
    if (!out->text)
        return false;
    slmi_baggage_start(&reader, out);
    while (getter->get(carrier, manual_baggage_name, &cursor, &value))
        slmi_baggage_read(&reader, value);
    bool complete = slmi_baggage_result(&reader) == SLM_OK;

    bool lists = getter->size >= offsetof(slm_getter, each) + sizeof getter->each && getter->each;
    cursor = 0;
    for (size_t items = 0; lists && getter->each(carrier, &cursor, &name, &value);) {
        if (!has_prefix(name))
            continue;
        if (items++ == ITEMS_READ) {
            complete = false;
            break;
        }
        name = slm_string_of(name.data + baggage_prefix.len, name.len - baggage_prefix.len);
        complete = read_item(name, value, out) && complete;
    }
    if (!complete)
        slmi_diagnose(SLM_DIAG_MALFORMED_HEADER, "Jaeger baggage is malformed or too large; some is left out");
    return out->len > 0;
}

static slm_status extract(const slm_getter *getter, const void *carrier, slm_carried *out)
{
    uintptr_t cursor = 0;
    slm_string value;
    slm_status status = SLM_ERR_NOT_FOUND;
    if (getter->get(carrier, trace_name, &cursor, &value)) {
        status = read_ids(value, out);
        if (status != SLM_OK)
            slmi_diagnose(SLM_DIAG_MALFORMED_HEADER, "an uber-trace-id was refused");
    }
    cursor = 0;
    if (status == SLM_ERR_NOT_FOUND && getter->get(carrier, debug_name, &cursor, &value) && value.len > 0) {
        out->hint = SLM_HINT_DEBUG;
        status = SLM_OK;
    }
    /* A baggage that another propagator has read stays. */
    if (out->baggage.len == 0 && extract_baggage(getter, carrier, &out->baggage))
        return SLM_OK;
    return status;
}

static slm_status inject_baggage(const slm_baggage *baggage, const slm_setter *setter, void *carrier)
{
    size_t cursor = 0;
    for (slm_baggage_member member; slm_baggage_next(baggage, &cursor, &member);) {
        char name[sizeof "uberctx-" + KEY_MAX];
        if (member.key.len > KEY_MAX || !slmi_is_printable(member.key) ||
            (member.value.len > 0 && !slmi_is_printable(member.value)))
            continue;
        memcpy(name, baggage_prefix.data, baggage_prefix.len);
        for (size_t i = 0; i < member.key.len; i++) {
            char c = member.key.data[i];
            name[baggage_prefix.len + i] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
        }
        slm_string set_name = slm_string_of(name, baggage_prefix.len + member.key.len);
        slm_status status = setter->set(carrier, set_name, member.value);
        if (status != SLM_OK)
            return status;
    }
    return SLM_OK;
}

static slm_status inject(const slm_carried *carried, const slm_setter *setter, void *carrier)
{
    char text[TRACE_DIGITS + 1 + ID_DIGITS + sizeof ":0:1"];
    if (slm_span_context_is_valid(&carried->span)) {
        char *at = slmi_hex_encode16(text, carried->span.trace_id.bytes);
        *at++ = ':';
        at = slmi_hex_encode8(at, carried->span.span_id.bytes);
        memcpy(at, ":0:", 3);
        at += 3;
        *at++ = carried->hint == SLM_HINT_DEBUG ? '3' : carried->span.flags & SLM_FLAG_SAMPLED ? '1' : '0';
        slm_status status = setter->set(carrier, trace_name, slm_string_of(text, (size_t)(at - text)));
        if (status != SLM_OK)
            return status;
    }
    return inject_baggage(&carried->baggage, setter, carrier);
}

static const char *const fields[] = { "uber-trace-id", NULL };

const slm_propagator slmi_propagator_jaeger = {
    .size = sizeof(slm_propagator),
    .name = "jaeger",
    .extract = extract,
    .inject = inject,
    .fields = fields,
};
