/* SPDX-License-Identifier: MIT */
#include "exporters/custom.h"

#include "core/alloc.h"
#include "core/diagnostics.h"
#include "exporters/deadline.h"
#include "exporters/http_answer.h"
#include "exporters/retry.h"
#include "exporters/span_block.h"
#include <spanloom/suppress.h>

#include <errno.h>

enum { POINTER_BYTES = sizeof(void *) };

typedef struct custom {
    slmi_transport base;
    slmi_custom_options options;
    const slm_span_data *const *spans; /* of the batch; NULL: nothing is under way */
    size_t count;
    uint64_t deadline_ns;
    const slm_span_data *last; /* the first of the batch before: the same again is another attempt */
    uint32_t attempt;
} custom;

/* -- the batch ------------------------------------------------------------------------------------------------------
 */

static void collect_begin(slmi_buffer *body, slmi_encoding *state, const slm_resource *resource)
{
    (void)body, (void)resource;
    *state = (slmi_encoding){ .spans = 0 };
}

static slmi_span_block *block_of(const slm_span_data *span)
{
    return (slmi_span_block *)(void *)((char *)(uintptr_t)span - offsetof(slmi_span_block, span));
}

static void collect_span(slmi_buffer *body, slmi_encoding *state, const slm_span_data *span)
{
    slmi_block_verdict verdict;
    slmi_span_block *block = slmi_span_block_new(span, &verdict);
    if (!block) {
        slmi_buffer_fail(body);
        return;
    }
    /* Equal pointers are equal scopes, also for who sees the copies. */
    block->span.scope = span->scope;
    const slm_span_data *pointer = &block->span;
    slmi_buffer_add(body, &pointer, POINTER_BYTES);
    if (body->failed)
        slmi_span_block_free(block);
    else
        state->spans++;
}

static void collect_end(slmi_buffer *body, slmi_encoding *state)
{
    (void)body, (void)state;
}

static void collect_forget(slmi_buffer *body)
{
    const slm_span_data *span;
    for (size_t at = 0; at < body->len; at += POINTER_BYTES) {
        memcpy(&span, body->data + at, POINTER_BYTES);
        slmi_span_block_free(block_of(span));
    }
    slmi_buffer_rewind(body, 0);
}

const slmi_encoder slmi_encoder_collect = {
    .content_type = "",
    .begin = collect_begin,
    .span = collect_span,
    .end = collect_end,
    .forget = collect_forget,
};

/* -- the transport --------------------------------------------------------------------------------------------------
 */

static void custom_begin(slmi_transport *transport, const char *body, size_t len, uint64_t deadline_ns)
{
    custom *c = (custom *)(void *)transport;
    c->spans = (const slm_span_data *const *)(const void *)body;
    c->count = len / POINTER_BYTES;
    c->deadline_ns = deadline_ns;
    c->attempt = c->last == c->spans[0] ? c->attempt + 1 : 1;
    c->last = c->spans[0];
}

static uint32_t time_left_ms(uint64_t due_ns)
{
    int left = slmi_deadline_poll_ms(slmi_deadline_now(), due_ns);
    return left < 0 ? SLMI_ENDLESS_MS : (uint32_t)left;
}

static void take_answer(const slm_export_call *call, slm_export_verdict verdict, slmi_answer *answer)
{
    switch (verdict) {
    case SLM_EXPORT_ACCEPTED:
        answer->verdict = SLMI_ACCEPTED;
        return;
    case SLM_EXPORT_PARTIAL:
        answer->verdict = SLMI_PARTIAL;
        answer->rejected = call->rejected;
        break;
    case SLM_EXPORT_RETRYABLE:
        answer->verdict = SLMI_RETRYABLE;
        answer->retry_after_ms =
            call->retry_after_ms < SLMI_RETRY_AFTER_MAX_MS ? call->retry_after_ms : (uint32_t)SLMI_RETRY_AFTER_MAX_MS;
        break;
    case SLM_EXPORT_FATAL:
    default:
        answer->verdict = SLMI_FATAL;
        break;
    }
    size_t len = strnlen(call->reason, sizeof call->reason - 1);
    slmi_answer_say(answer, "%.*s", (int)len, len > 0 ? call->reason : "");
}

static bool custom_step(slmi_transport *transport, uint64_t now_ns, slmi_answer *answer)
{
    (void)now_ns;
    custom *c = (custom *)(void *)transport;
    *answer = (slmi_answer){ .verdict = SLMI_ACCEPTED };
    slm_export_call call = { .size = (uint32_t)sizeof call, .attempt = c->attempt };
    call.timeout_ms = time_left_ms(c->deadline_ns);
    if (c->options.ops.export_spans) {
        int before = errno;
        bool suppressed = slm_suppress(true);
        slm_export_verdict verdict =
            c->options.ops.export_spans(c->options.self, c->spans, c->count, c->options.resource, &call);
        (void)slm_suppress(suppressed);
        errno = before;
        take_answer(&call, verdict, answer);
    }
    if (answer->verdict != SLMI_RETRYABLE)
        c->last = NULL;
    return true;
}

static uint64_t custom_due(const slmi_transport *transport)
{
    (void)transport;
    return 0;
}

static void custom_abort(slmi_transport *transport)
{
    ((custom *)(void *)transport)->last = NULL;
}

static void custom_flush(slmi_transport *transport, uint64_t due_ns)
{
    custom *c = (custom *)(void *)transport;
    if (!c->options.ops.flush)
        return;
    bool suppressed = slm_suppress(true);
    slm_status status = c->options.ops.flush(c->options.self, time_left_ms(due_ns));
    (void)slm_suppress(suppressed);
    if (status != SLM_OK)
        slmi_diagnose(SLM_DIAG_REFUSED, "%s could not flush what it holds: %s", c->options.name,
                      slm_status_text(status));
}

static void custom_close(slmi_transport *transport, uint64_t due_ns)
{
    custom *c = (custom *)(void *)transport;
    if (!c->options.ops.shutdown)
        return;
    bool suppressed = slm_suppress(true);
    c->options.ops.shutdown(c->options.self, time_left_ms(due_ns));
    (void)slm_suppress(suppressed);
}

static void custom_free(slmi_transport *transport)
{
    slmi_free(transport);
}

static const slmi_transport_ops custom_ops = {
    .begin = custom_begin,
    .step = custom_step,
    .due = custom_due,
    .abort = custom_abort,
    .flush = custom_flush,
    .close = custom_close,
    .free = custom_free,
};

slmi_transport *slmi_custom_new(const slmi_custom_options *options)
{
    custom *c = slmi_alloc_zeroed(sizeof *c);
    if (!c)
        return NULL;
    c->base = (slmi_transport){ .ops = &custom_ops, .target = options->name, .local = false };
    c->options = *options;
    return &c->base;
}

bool slmi_exporter_adopt(const slm_exporter_ops *ops, slm_exporter_ops *known)
{
    *known = (slm_exporter_ops){ .size = (uint32_t)sizeof *known };
    if (!ops || ops->size < offsetof(slm_exporter_ops, flush))
        return false;
    memcpy(known, ops, ops->size < sizeof *known ? ops->size : sizeof *known);
    return true;
}
