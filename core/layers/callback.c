/* SPDX-License-Identifier: MIT */
#include <spanloom/callback.h>

#include "core/alloc.h"
#include "core/layers/pairs.h"
#include "core/layers/text.h"

enum { MESSAGE_BYTES = 4096 + 1, TRACE_ID_DIGITS = 32, SPAN_ID_DIGITS = 16 };

struct caller {
    slm_event_callback *callback;
    void *user;
};

static void put_hex(char *out, size_t digits, const uint8_t *id)
{
    slmi_text text = { .data = out, .room = digits };
    slmi_text_hex(&text, id, digits / 2);
    out[text.len] = '\0';
}

static slm_string message_of(slm_hit *event, char room[MESSAGE_BYTES])
{
    slmi_text text = { .data = room, .room = MESSAGE_BYTES - 1 };
    slm_string message = slm_hit_message(event);
    if (message.len)
        slmi_text_bytes(&text, message.data, message.len);
    else
        slmi_pairs(&text, event);
    room[text.len] = '\0';
    return slm_string_of(room, text.len);
}

static void on_event(void *layer, slm_hit *event)
{
    const struct caller *caller = layer;
    char message[MESSAGE_BYTES], trace_id[TRACE_ID_DIGITS + 1] = "", span_id[SPAN_ID_DIGITS + 1] = "";
    slm_span_context identity;
    if (slm_hit_identity(event, &identity)) {
        put_hex(trace_id, TRACE_ID_DIGITS, identity.trace_id.bytes);
        if (slm_span_id_is_valid(identity.span_id))
            put_hex(span_id, SPAN_ID_DIGITS, identity.span_id.bytes);
    }
    const slm_callback_event told = { .size = sizeof told,
                                      .metadata = slm_hit_metadata(event),
                                      .time_ns = slm_hit_time_ns(event),
                                      .message = message_of(event, message),
                                      .trace_id = trace_id,
                                      .span_id = span_id,
                                      .span = slm_hit_span(event),
                                      .event = event };
    caller->callback(caller->user, &told);
}

static void destroy(void *layer)
{
    slmi_free(layer);
}

static const slm_layer_ops ops = { .size = sizeof ops, .on_event = on_event, .destroy = destroy };

slm_status slm_layer_callback(slm_event_callback *callback, void *user, slm_filter *filter, slm_layer *out)
{
    if (!callback || !out)
        return SLM_ERR_INVALID_ARGUMENT;
    struct caller *caller = slmi_alloc_zeroed(sizeof *caller);
    if (!caller)
        return SLM_ERR_NO_MEMORY;
    caller->callback = callback;
    caller->user = user;
    *out = (slm_layer){ .size = sizeof *out, .ops = &ops, .self = caller, .filter = filter };
    return SLM_OK;
}
