/* SPDX-License-Identifier: MIT */
/* Propagators together, and those that are only a name for what stands elsewhere. */
#include "propagation/propagator.h"
#include "core/diagnostics.h"
#include "propagation/carrier.h"
#include "propagation/scan.h"

static slm_status extract_trace_context(const slm_getter *getter, const void *carrier, slm_carried *out)
{
    slm_status status = slm_extract(getter, carrier, &out->span);
    if (status == SLM_OK)
        out->hint = SLM_HINT_NONE;
    return status;
}

static slm_status inject_trace_context(const slm_carried *carried, const slm_setter *setter, void *carrier)
{
    return slm_span_context_is_valid(&carried->span) ? slm_inject(&carried->span, setter, carrier) : SLM_OK;
}

static const char *const trace_context_fields[] = { "traceparent", "tracestate", NULL };

const slm_propagator slmi_propagator_tracecontext = {
    .size = sizeof(slm_propagator),
    .name = "tracecontext",
    .extract = extract_trace_context,
    .inject = inject_trace_context,
    .fields = trace_context_fields,
};

static slm_status extract_baggage(const slm_getter *getter, const void *carrier, slm_carried *out)
{
    if (!out->baggage.text)
        return SLM_ERR_NOT_FOUND;
    slm_status status = slm_baggage_extract(getter, carrier, &out->baggage);
    /* What is left out is counted; what is kept is good. */
    return out->baggage.len > 0 && status != SLM_ERR_NOT_FOUND ? SLM_OK : status;
}

static slm_status inject_baggage(const slm_carried *carried, const slm_setter *setter, void *carrier)
{
    return slm_baggage_inject(&carried->baggage, setter, carrier);
}

static const char *const baggage_fields[] = { "baggage", NULL };

const slm_propagator slmi_propagator_baggage = {
    .size = sizeof(slm_propagator),
    .name = "baggage",
    .extract = extract_baggage,
    .inject = inject_baggage,
    .fields = baggage_fields,
};

const slm_propagator *slm_propagator_find(slm_string name)
{
    static const slm_propagator *const all[] = {
        &slmi_propagator_tracecontext, &slmi_propagator_baggage, &slmi_propagator_b3,
        &slmi_propagator_b3multi,      &slmi_propagator_jaeger,  NULL,
    };
    const slm_propagator *const *at = all;
    while (*at && !slm_string_equal(slm_string_from_c((*at)->name), name))
        at++;
    return *at;
}

static const slm_propagator *find(slm_string name, const slm_propagator *const *own, size_t own_count)
{
    for (size_t i = 0; i < own_count; i++) {
        if (own[i]->name && slm_string_equal(slm_string_from_c(own[i]->name), name))
            return own[i];
    }
    return slm_propagator_find(name);
}

static slm_status add(slm_propagators *list, const slm_propagator *propagator)
{
    for (uint32_t i = 0; i < list->count; i++) {
        if (list->items[i] == propagator)
            return SLM_OK;
    }
    if (list->count == SLM_PROPAGATORS_MAX)
        return SLM_ERR_LIMIT;
    list->items[list->count++] = propagator;
    return SLM_OK;
}

slm_status slm_propagators_parse(slm_string names, const slm_propagator *const *own, size_t own_count,
                                 slm_propagators *out)
{
    slm_status status = SLM_OK;
    *out = (slm_propagators){ .count = 0 };
    for (size_t at = 0; at < names.len;) {
        const char *comma = memchr(names.data + at, ',', names.len - at);
        size_t end = comma ? (size_t)(comma - names.data) : names.len;
        slm_string name = slmi_trim(slm_string_of(names.data + at, end - at));
        at = end + 1;
        if (name.len == 0 || slm_string_equal(name, slm_string_from_c("none")))
            continue;
        const slm_propagator *propagator = find(name, own, own_count);
        slm_status added = propagator ? add(out, propagator) : SLM_ERR_UNSUPPORTED;
        if (added == SLM_ERR_UNSUPPORTED)
            slmi_diagnose(SLM_DIAG_CONFIGURATION, "no propagator is called \"%.*s\"; it is left out",
                          (int)(name.len < 40 ? name.len : 40), name.data);
        if (added != SLM_OK && status == SLM_OK)
            status = added;
    }
    return status;
}

static bool is_usable(const slm_propagator *propagator)
{
    return propagator && propagator->size >= offsetof(slm_propagator, fields) && propagator->extract &&
           propagator->inject;
}

slm_status slm_propagators_extract(const slm_propagators *propagators, const slm_getter *getter, const void *carrier,
                                   slm_carried *out)
{
    if (!propagators || !slmi_getter_is_usable(getter) || !out || out->size < sizeof *out)
        return SLM_ERR_INVALID_ARGUMENT;
    out->hint = SLM_HINT_NONE;
    out->span.trace_id = (slm_trace_id){ { 0 } };
    out->span.span_id = (slm_span_id){ { 0 } };
    out->span.flags = 0;
    out->span.is_remote = false;
    out->span.tracestate_len = 0;
    out->baggage.len = 0;

    slm_status result = SLM_ERR_NOT_FOUND;
    for (uint32_t i = 0; i < propagators->count; i++) {
        if (!is_usable(propagators->items[i]))
            continue;
        slm_status status = propagators->items[i]->extract(getter, carrier, out);
        if (status == SLM_OK || (result != SLM_OK && status != SLM_ERR_NOT_FOUND))
            result = status;
    }
    return result;
}

slm_status slm_propagators_inject(const slm_propagators *propagators, const slm_carried *carried,
                                  const slm_setter *setter, void *carrier)
{
    if (!propagators || !carried || carried->size < sizeof *carried || !slmi_setter_is_usable(setter))
        return SLM_ERR_INVALID_ARGUMENT;
    slm_status result = SLM_OK;
    for (uint32_t i = 0; i < propagators->count; i++) {
        if (!is_usable(propagators->items[i]))
            continue;
        slm_status status = propagators->items[i]->inject(carried, setter, carrier);
        if (result == SLM_OK)
            result = status;
    }
    return result;
}
