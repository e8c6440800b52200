/* SPDX-License-Identifier: MIT */
/* An error as OpenTelemetry's event "exception" of a span. */
#include <spanloom/dynamic.h>

#include "core/misuse.h"
#include "core/view.h"

/* Of whom filters are to believe that it comes: the span's own target, which lives for good. Empty: there is no such
 * span. */
static slm_string target_of(slm_span span)
{
    uint64_t id = span.id & ~SLMI_ID_UNRECORDED;
    slmi_thread *self = slmi_thread_get();
    slm_string none = { NULL, 0 };
    if (!self)
        return none;
    if (span.id & SLMI_ID_RAW)
        return slm_string_from_c("exception");
    if (!slmi_slot_is_ours(slmi_id_slot(id)) || !slmi_busy_begin(self))
        return none;
    slmi_slot *slot = slmi_pin(id, true);
    slm_string target = slot ? slot->site->target : none;
    if (slot)
        slmi_unpin(self, slot, false);
    slmi_busy_end(self);
    if (!slot)
        slmi_misuse_stale(id);
    return target;
}

/* What the caller says under the same key wins. OpenTelemetry Trace API, Record Exception. */
static size_t put(slm_field *fields, size_t count, const char *key, const char *text, const slm_error *error)
{
    slm_field field = { slm_string_from_c(key), slm_value_string(text, text ? strlen(text) : 0) };
    bool given = !text;
    for (size_t i = 0; error->fields && i < error->field_count; i++)
        given = given || slm_string_equal(error->fields[i].key, field.key);
    if (given)
        return count;
    fields[count] = field;
    return count + 1;
}

void slmi_span_record_error(slm_span span, const slm_error *given)
{
    slm_field fields[SLMI_FIELDS_MAX];
    slm_string target = given ? target_of(span) : (slm_string){ NULL, 0 };
    if (!target.data)
        return;
    slm_error known = { .size = 0 };
    memcpy(&known, given, given->size < sizeof known ? given->size : sizeof known);
    const slm_error *error = &known;
    size_t count = put(fields, 0, "exception.type", error->type, error);
    count = put(fields, count, "exception.message", error->message, error);
    count = put(fields, count, "exception.stacktrace", error->stacktrace, error);
    for (size_t i = 0; error->fields && i < error->field_count && count < SLMI_FIELDS_MAX; i++)
        fields[count++] = error->fields[i];
    const slm_callsite callsite = {
        .size = sizeof callsite, .level = SLM_LEVEL_ERROR, .name = slm_string_from_c("exception"), .target = target
    };
    const slm_event_options options = { .size = sizeof options, .parent = slm_under(span), .time_ns = error->time_ns };
    slm_event(&callsite, (slm_string){ NULL, 0 }, fields, count, &options);
}
