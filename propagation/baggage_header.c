/* SPDX-License-Identifier: MIT */
/* Baggage over a carrier, and onto spans. */
#include "propagation/baggage.h"
#include "core/diagnostics.h"
#include "propagation/carrier.h"

static const slm_string baggage_name = { "baggage", sizeof "baggage" - 1 };

slm_status slm_baggage_extract(const slm_getter *getter, const void *carrier, slm_baggage *out)
{
    uintptr_t cursor = 0;
    slm_string line;
    if (!slmi_getter_is_usable(getter) || !out || (!out->text && out->capacity > 0))
        return SLM_ERR_INVALID_ARGUMENT;
    if (!getter->get(carrier, baggage_name, &cursor, &line))
        return SLM_ERR_NOT_FOUND;

    slmi_baggage_reader reader;
    slmi_baggage_start(&reader, out);
    do
        slmi_baggage_read(&reader, line);
    while (getter->get(carrier, baggage_name, &cursor, &line));
    slm_status status = slmi_baggage_result(&reader);
    if (status == SLM_ERR_MALFORMED)
        slmi_diagnose(SLM_DIAG_MALFORMED_HEADER, "a baggage has malformed members; they are left out");
    else if (status == SLM_ERR_LIMIT)
        slmi_diagnose(SLM_DIAG_MALFORMED_HEADER, "a baggage is too large; %zu members of it are kept", reader.count);
    return status;
}

slm_status slm_baggage_inject(const slm_baggage *baggage, const slm_setter *setter, void *carrier)
{
    if (!baggage || !slmi_setter_is_usable(setter) || baggage->len > SLM_BAGGAGE_BYTES_MAX)
        return SLM_ERR_INVALID_ARGUMENT;
    slm_string text = slm_string_of(baggage->text, baggage->len);
    if (text.len > 0 && !slmi_is_printable(text))
        return SLM_ERR_INVALID_ARGUMENT;
    if (text.len > 0)
        return setter->set(carrier, baggage_name, text);
    slmi_setter_remove(setter, carrier, baggage_name);
    return SLM_OK;
}

void slm_span_set_baggage(slm_span span, const slm_baggage *baggage, const char *const *keys)
{
    if (!slm_span_is_enabled(span) || !baggage || !keys)
        return;
    for (; *keys; keys++) {
        slm_string key = slm_string_from_c(*keys);
        slm_baggage_member member;
        char text[1024];
        if (!slm_baggage_find(baggage, key, &member))
            continue;
        size_t len = slm_baggage_decode(member.value, text, sizeof text);
        /* Cut between characters, so what was written may be shorter than the room. */
        slm_span_set(span, key, slm_value_string(text, len < sizeof text ? len : strlen(text)));
    }
}
