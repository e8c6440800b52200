/* SPDX-License-Identifier: MIT */
/* Samplers: their life, their answers, and those that decide by their parent or not at all. */
#include "core/sampler.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/alloc.h"

/* -- life ------------------------------------------------------------------------------------------------------------
 */

static char *describe(const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int len = vsnprintf(NULL, 0, format, arguments);
    char *text = len < 0 ? NULL : slmi_alloc((size_t)len + 1);
    if (text)
        vsnprintf(text, (size_t)len + 1, format, again);
    va_end(again);
    return text;
}

slm_sampler *slmi_sampler_make(const slm_sampler_ops *ops, unsigned traits, const char *format, ...)
{
    slm_sampler *sampler = slmi_alloc_zeroed(sizeof *sampler);
    if (!sampler)
        return NULL;
    va_list arguments;
    va_start(arguments, format);
    sampler->description = describe(format, arguments);
    va_end(arguments);
    if (!sampler->description) {
        slmi_free(sampler);
        return NULL;
    }
    sampler->ops = ops;
    sampler->self = sampler;
    sampler->traits = traits;
    atomic_store_explicit(&sampler->references, 1, memory_order_relaxed);
    return sampler;
}

slm_sampler *slm_sampler_new(const slm_sampler_ops *ops, void *self, const char *description)
{
    if (!ops || ops->size < sizeof *ops || !ops->decide)
        return NULL;
    slm_sampler *sampler =
        slmi_sampler_make(ops, SLMI_SAMPLER_FOREIGN | SLMI_SAMPLER_READS, "%s", description ? description : "");
    if (sampler)
        sampler->self = self;
    return sampler;
}

slm_sampler *slm_sampler_retain(slm_sampler *sampler)
{
    if (sampler)
        atomic_fetch_add_explicit(&sampler->references, 1, memory_order_relaxed);
    return sampler;
}

void slm_sampler_release(slm_sampler *sampler)
{
    if (!sampler || atomic_fetch_sub_explicit(&sampler->references, 1, memory_order_acq_rel) != 1)
        return;
    if (sampler->ops->destroy)
        sampler->ops->destroy(sampler->self);
    slmi_free(sampler->description);
    slmi_free(sampler);
}

const char *slm_sampler_description(const slm_sampler *sampler)
{
    return sampler->description;
}

/* -- answers ---------------------------------------------------------------------------------------------------------
 */

void slm_sampler_decide(slm_sampler *sampler, const slm_sampling_request *request, slm_sampling_result *result)
{
    /* Its texts are not touched: they are long, and most answers have none. */
    result->size = sizeof *result;
    result->decision = SLM_SAMPLING_DROP;
    result->has_tracestate = false;
    result->tracestate_len = result->field_count = result->text_len = 0;
    sampler->ops->decide(sampler->self, request, result);
}

static const char *keep_text(slm_sampling_result *result, const char *text, size_t len)
{
    char *kept = result->text + result->text_len;
    if (len)
        memcpy(kept, text, len);
    result->text_len = (uint16_t)(result->text_len + len);
    return kept;
}

bool slm_sampling_add_field(slm_sampling_result *result, slm_string key, slm_value value)
{
    bool is_text = value.type == SLM_TYPE_STRING;
    bool is_number = value.type == SLM_TYPE_BOOL || value.type == SLM_TYPE_I64 || value.type == SLM_TYPE_U64 ||
                     value.type == SLM_TYPE_F64;
    size_t room = sizeof result->text - result->text_len;
    size_t len = is_text ? value.len : 0;
    if (!key.data || key.len == 0 || (!is_text && !is_number) || result->field_count == SLM_SAMPLING_FIELDS_MAX ||
        key.len > room || len > room - key.len)
        return false;
    slm_field *field = &result->fields[result->field_count++];
    field->key = slm_string_of(keep_text(result, key.data, key.len), key.len);
    field->value = value;
    if (is_text)
        field->value.as.s = keep_text(result, value.as.s, len);
    return true;
}

bool slm_sampling_set_tracestate(slm_sampling_result *result, slm_string tracestate)
{
    if (tracestate.len > sizeof result->tracestate)
        return false;
    if (tracestate.len)
        memcpy(result->tracestate, tracestate.data, tracestate.len);
    result->tracestate_len = (uint16_t)tracestate.len;
    result->has_tracestate = true;
    return true;
}

/* -- on and off ------------------------------------------------------------------------------------------------------
 */

static void always(void *self, const slm_sampling_request *request, slm_sampling_result *result)
{
    const slm_sampler *sampler = self;
    (void)request;
    result->decision = sampler->traits & SLMI_SAMPLER_ON ? SLM_SAMPLING_RECORD_AND_SAMPLE : SLM_SAMPLING_DROP;
}

slm_sampler *slm_sampler_always_on(void)
{
    static const slm_sampler_ops ops = { .size = sizeof ops, .decide = always };
    return slmi_sampler_make(&ops, SLMI_SAMPLER_ON, "AlwaysOnSampler");
}

slm_sampler *slm_sampler_always_off(void)
{
    static const slm_sampler_ops ops = { .size = sizeof ops, .decide = always };
    return slmi_sampler_make(&ops, SLMI_SAMPLER_OFF, "AlwaysOffSampler");
}

/* -- by the parent ---------------------------------------------------------------------------------------------------
 */

static unsigned delegate_for(const slm_sampling_request *request)
{
    if (request->parent && !request->parent->is_remote)
        return request->parent->flags & SLM_FLAG_SAMPLED ? SLMI_LOCAL_ON : SLMI_LOCAL_OFF;
    if (request->parent)
        return request->parent->flags & SLM_FLAG_SAMPLED ? SLMI_REMOTE_ON : SLMI_REMOTE_OFF;
    switch ((slm_sampling_hint)request->hint) {
    case SLM_HINT_DENY:
        return SLMI_REMOTE_OFF;
    case SLM_HINT_ACCEPT:
    case SLM_HINT_DEBUG:
        return SLMI_REMOTE_ON;
    case SLM_HINT_NONE:
    case SLM_HINT_DEFER:
        break;
    }
    return SLMI_ROOT;
}

static void by_parent(void *self, const slm_sampling_request *request, slm_sampling_result *result)
{
    const slm_sampler *sampler = self;
    slm_sampler *delegate = sampler->delegates[delegate_for(request)];
    delegate->ops->decide(delegate->self, request, result);
}

static void release_delegates(void *self)
{
    slm_sampler *sampler = self;
    for (unsigned i = 0; i < SLMI_DELEGATES; i++)
        slm_sampler_release(sampler->delegates[i]);
}

static unsigned traits_of_parent_based(slm_sampler *const *delegates)
{
    static const unsigned usual[SLMI_DELEGATES] = {
        [SLMI_ROOT] = SLMI_SAMPLER_ON,     [SLMI_REMOTE_ON] = SLMI_SAMPLER_ON,  [SLMI_REMOTE_OFF] = SLMI_SAMPLER_OFF,
        [SLMI_LOCAL_ON] = SLMI_SAMPLER_ON, [SLMI_LOCAL_OFF] = SLMI_SAMPLER_OFF,
    };
    unsigned others = 0;
    for (unsigned i = 0; i < SLMI_DELEGATES; i++)
        others |= delegates[i]->traits & usual[i] ? 0 : 1u << i;
    unsigned traits = others ? 0 : SLMI_SAMPLER_USUAL;
    if (!(others & (1u << SLMI_LOCAL_ON | 1u << SLMI_LOCAL_OFF)))
        traits |= SLMI_SAMPLER_COPIES;
    for (unsigned i = 0; i < SLMI_DELEGATES; i++)
        traits |= delegates[i]->traits & (SLMI_SAMPLER_FOREIGN | SLMI_SAMPLER_READS);
    return traits;
}

slm_sampler *slm_sampler_parent_based(const slm_sampler_delegates *given)
{
    static const slm_sampler_ops ops = { .size = sizeof ops, .decide = by_parent, .destroy = release_delegates };
    slm_sampler *d[SLMI_DELEGATES] = { given->root, given->remote_sampled, given->remote_not_sampled,
                                       given->local_sampled, given->local_not_sampled };
    bool whole = d[SLMI_ROOT] != NULL;
    for (unsigned i = SLMI_REMOTE_ON; i < SLMI_DELEGATES; i++) {
        if (!d[i])
            d[i] = i == SLMI_REMOTE_ON || i == SLMI_LOCAL_ON ? slm_sampler_always_on() : slm_sampler_always_off();
        whole = whole && d[i];
    }
    slm_sampler *sampler = NULL;
    if (whole)
        sampler = slmi_sampler_make(&ops, traits_of_parent_based(d),
                                    "ParentBased{root:%s,remoteParentSampled:%s,remoteParentNotSampled:%s,"
                                    "localParentSampled:%s,localParentNotSampled:%s}",
                                    d[SLMI_ROOT]->description, d[SLMI_REMOTE_ON]->description,
                                    d[SLMI_REMOTE_OFF]->description, d[SLMI_LOCAL_ON]->description,
                                    d[SLMI_LOCAL_OFF]->description);
    for (unsigned i = 0; i < SLMI_DELEGATES; i++) {
        if (sampler)
            sampler->delegates[i] = d[i];
        else
            slm_sampler_release(d[i]);
    }
    return sampler;
}

/* -- always recorded -------------------------------------------------------------------------------------------------
 */

static void record(void *self, const slm_sampling_request *request, slm_sampling_result *result)
{
    const slm_sampler *sampler = self;
    slm_sampler *inner = sampler->delegates[SLMI_ROOT];
    inner->ops->decide(inner->self, request, result);
    if (result->decision == SLM_SAMPLING_DROP)
        result->decision = SLM_SAMPLING_RECORD_ONLY;
}

slm_sampler *slm_sampler_always_record(slm_sampler *inner)
{
    static const slm_sampler_ops ops = { .size = sizeof ops, .decide = record, .destroy = release_delegates };
    slm_sampler *sampler = NULL;
    if (inner)
        sampler = slmi_sampler_make(&ops, inner->traits, "AlwaysRecord{%s}", inner->description);
    if (sampler)
        sampler->delegates[SLMI_ROOT] = inner;
    else
        slm_sampler_release(inner);
    return sampler;
}
