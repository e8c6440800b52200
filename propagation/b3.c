/* SPDX-License-Identifier: MIT */
/* Zipkin's B3: all in one header, or one header each. Both forms of a propagator read both, the single one first; they
 * differ in what they write. */
#include "core/diagnostics.h"
#include "propagation/hex.h"
#include "propagation/propagator.h"
#include "propagation/scan.h"

enum { TRACE_DIGITS = 32, ID_DIGITS = 16 };

#define NAME(text)                                                                                                     \
    {                                                                                                                  \
        text, sizeof text - 1                                                                                          \
    }
static const slm_string single_name = NAME("b3");
static const slm_string trace_id_name = NAME("x-b3-traceid");
static const slm_string span_id_name = NAME("x-b3-spanid");
static const slm_string sampled_name = NAME("x-b3-sampled");
static const slm_string flags_name = NAME("x-b3-flags");

/* Reads 16 or 32 digits; 64 bits become the low half. False: malformed or zero. */
static bool read_trace_id(slm_string text, slm_trace_id *out)
{
    slmi_digits bad = { 0 };
    memset(out->bytes, 0, sizeof out->bytes);
    if (text.len == TRACE_DIGITS) {
        slmi_hex_decode16(text.data, out->bytes, &bad);
        slmi_hex_decode16(text.data + ID_DIGITS, out->bytes + 8, &bad);
    } else if (text.len == ID_DIGITS) {
        slmi_hex_decode16(text.data, out->bytes + 8, &bad);
    } else {
        return false;
    }
    return !slmi_hex_is_bad(bad) && slm_trace_id_is_valid(*out);
}

static bool read_span_id(slm_string text, slm_span_id *out)
{
    slmi_digits bad = { 0 };
    if (text.len != ID_DIGITS)
        return false;
    slmi_hex_decode16(text.data, out->bytes, &bad);
    return !slmi_hex_is_bad(bad) && slm_span_id_is_valid(*out);
}

/* A sampling state as a hint; SLM_HINT_NONE for what is none. */
static slm_sampling_hint state_of(char c)
{
    return c == '0' ? SLM_HINT_DENY : c == '1' ? SLM_HINT_ACCEPT : c == 'd' ? SLM_HINT_DEBUG : SLM_HINT_NONE;
}

static void take_ids(slm_carried *out, slm_trace_id trace_id, slm_span_id span_id, slm_sampling_hint state)
{
    out->span.trace_id = trace_id;
    out->span.span_id = span_id;
    out->span.flags = state == SLM_HINT_ACCEPT || state == SLM_HINT_DEBUG ? SLM_FLAG_SAMPLED : 0;
    out->span.is_remote = true;
    out->span.tracestate_len = 0;
    out->hint = state == SLM_HINT_DEBUG || state == SLM_HINT_DEFER ? state : SLM_HINT_NONE;
}

/* {trace}-{span}[-{0|1|d}[-{parent}]], or the state alone. */
static slm_status read_single(slm_string text, slm_carried *out)
{
    text = slmi_trim(text);
    if (text.len == 1 && state_of(text.data[0]) != SLM_HINT_NONE) {
        out->hint = state_of(text.data[0]);
        return SLM_OK;
    }
    size_t trace_len = text.len > TRACE_DIGITS && text.data[TRACE_DIGITS] == '-' ? TRACE_DIGITS : ID_DIGITS;
    if (text.len < trace_len + 1 + ID_DIGITS || text.data[trace_len] != '-')
        return SLM_ERR_MALFORMED;
    slm_trace_id trace_id;
    slm_span_id span_id, parent_id;
    if (!read_trace_id(slm_string_of(text.data, trace_len), &trace_id) ||
        !read_span_id(slm_string_of(text.data + trace_len + 1, ID_DIGITS), &span_id))
        return SLM_ERR_MALFORMED;

    slm_sampling_hint state = SLM_HINT_DEFER;
    slm_string rest = slm_string_of(text.data + trace_len + 1 + ID_DIGITS, text.len - trace_len - 1 - ID_DIGITS);
    if (rest.len > 0) {
        if (rest.len < 2 || rest.data[0] != '-')
            return SLM_ERR_MALFORMED;
        state = state_of(rest.data[1]);
        bool parent_is_fine = rest.len == 2 || (rest.data[2] == '-' &&
                                                read_span_id(slm_string_of(rest.data + 3, rest.len - 3), &parent_id));
        if (state == SLM_HINT_NONE || !parent_is_fine)
            return SLM_ERR_MALFORMED;
    }
    take_ids(out, trace_id, span_id, state);
    return SLM_OK;
}

/* The first value of a name, trimmed; absent if there is none. */
static slm_string first_of(const slm_getter *getter, const void *carrier, slm_string name)
{
    uintptr_t cursor = 0;
    slm_string value;
    return getter->get(carrier, name, &cursor, &value) ? slmi_trim(value) : slm_string_of(NULL, 0);
}

static slm_sampling_hint read_state(slm_string sampled, slm_string flags, bool *malformed)
{
    if (flags.data && slm_string_equal(flags, slm_string_from_c("1")))
        return SLM_HINT_DEBUG;
    if (!sampled.data)
        return SLM_HINT_DEFER;
    /* The words are from before the specification, and still sent. */
    if (slm_string_equal(sampled, slm_string_from_c("1")) || slm_string_equal(sampled, slm_string_from_c("true")))
        return SLM_HINT_ACCEPT;
    *malformed =
        !slm_string_equal(sampled, slm_string_from_c("0")) && !slm_string_equal(sampled, slm_string_from_c("false"));
    return SLM_HINT_DENY;
}

static slm_status read_multi(const slm_getter *getter, const void *carrier, slm_carried *out)
{
    slm_string trace = first_of(getter, carrier, trace_id_name);
    slm_string span = first_of(getter, carrier, span_id_name);
    bool malformed = false;
    slm_sampling_hint state =
        read_state(first_of(getter, carrier, sampled_name), first_of(getter, carrier, flags_name), &malformed);
    if (malformed)
        return SLM_ERR_MALFORMED;
    if (!trace.data && !span.data) {
        if (state == SLM_HINT_DEFER)
            return SLM_ERR_NOT_FOUND;
        out->hint = state;
        return SLM_OK;
    }
    slm_trace_id trace_id;
    slm_span_id span_id;
    if (!read_trace_id(trace, &trace_id) || !read_span_id(span, &span_id))
        return SLM_ERR_MALFORMED;
    take_ids(out, trace_id, span_id, state);
    return SLM_OK;
}

static slm_status extract(const slm_getter *getter, const void *carrier, slm_carried *out)
{
    slm_string single = first_of(getter, carrier, single_name);
    slm_status status = single.data ? read_single(single, out) : SLM_ERR_NOT_FOUND;
    if (status == SLM_OK)
        return SLM_OK;
    slm_status multi = read_multi(getter, carrier, out);
    if (multi != SLM_OK && (status == SLM_ERR_MALFORMED || multi == SLM_ERR_MALFORMED)) {
        slmi_diagnose(SLM_DIAG_MALFORMED_HEADER, "B3 headers were refused");
        return SLM_ERR_MALFORMED;
    }
    return multi;
}

static char state_to_send(const slm_carried *carried)
{
    if (carried->hint == SLM_HINT_DEBUG)
        return 'd';
    if (slm_span_context_is_valid(&carried->span))
        return carried->span.flags & SLM_FLAG_SAMPLED ? '1' : '0';
    return carried->hint == SLM_HINT_DENY ? '0' : carried->hint == SLM_HINT_ACCEPT ? '1' : '\0';
}

static slm_status inject_single(const slm_carried *carried, const slm_setter *setter, void *carrier)
{
    char text[TRACE_DIGITS + 1 + ID_DIGITS + 2];
    char *at = text;
    char state = state_to_send(carried);
    if (state == '\0')
        return SLM_OK;
    if (slm_span_context_is_valid(&carried->span)) {
        at = slmi_hex_encode16(at, carried->span.trace_id.bytes);
        *at++ = '-';
        at = slmi_hex_encode8(at, carried->span.span_id.bytes);
        *at++ = '-';
    }
    *at++ = state;
    return setter->set(carrier, single_name, slm_string_of(text, (size_t)(at - text)));
}

static slm_status inject_multi(const slm_carried *carried, const slm_setter *setter, void *carrier)
{
    char digits[TRACE_DIGITS];
    char state = state_to_send(carried);
    slm_status status = SLM_OK;
    if (state == '\0')
        return SLM_OK;
    if (slm_span_context_is_valid(&carried->span)) {
        slmi_hex_encode16(digits, carried->span.trace_id.bytes);
        status = setter->set(carrier, trace_id_name, slm_string_of(digits, TRACE_DIGITS));
        slmi_hex_encode8(digits, carried->span.span_id.bytes);
        if (status == SLM_OK)
            status = setter->set(carrier, span_id_name, slm_string_of(digits, ID_DIGITS));
    }
    if (status != SLM_OK)
        return status;
    /* Debug implies sampled, which is then not sent. */
    if (state == 'd')
        return setter->set(carrier, flags_name, slm_string_of("1", 1));
    return setter->set(carrier, sampled_name, slm_string_of(&state, 1));
}

static const char *const single_fields[] = { "b3", NULL };
static const char *const multi_fields[] = { "x-b3-traceid", "x-b3-spanid", "x-b3-sampled", "x-b3-flags", NULL };

const slm_propagator slmi_propagator_b3 = {
    .size = sizeof(slm_propagator),
    .name = "b3",
    .extract = extract,
    .inject = inject_single,
    .fields = single_fields,
};

const slm_propagator slmi_propagator_b3multi = {
    .size = sizeof(slm_propagator),
    .name = "b3multi",
    .extract = extract,
    .inject = inject_multi,
    .fields = multi_fields,
};
