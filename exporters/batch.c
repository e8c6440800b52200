/* SPDX-License-Identifier: MIT */
#include "exporters/batch.h"

#include "core/alloc.h"

#include <stdlib.h>

typedef struct row {
    const slm_scope_data *scope;
    slmi_parcel parcel;
    uint32_t at; /* keeps the order of one scope's spans */
} row;

static int by_scope(const void *left, const void *right)
{
    const row *a = left, *b = right;
    if (a->scope != b->scope)
        return (uintptr_t)a->scope < (uintptr_t)b->scope ? -1 : 1;
    return a->at < b->at ? -1 : 1;
}

static bool has_one_scope(const slmi_queue *queue, uint32_t count)
{
    const slm_scope_data *first = slmi_parcel_scope(slmi_queue_peek(queue, 0));
    for (uint32_t i = 1; i < count; i++) {
        if (slmi_parcel_scope(slmi_queue_peek(queue, i)) != first)
            return false;
    }
    return true;
}

/* Without memory the batch stays in order of time: larger, but not wrong. */
static void group_by_scope(slmi_queue *queue, uint32_t count)
{
    if (has_one_scope(queue, count))
        return;
    row *rows = slmi_alloc(count * sizeof *rows);
    if (!rows)
        return;
    for (uint32_t i = 0; i < count; i++) {
        slmi_parcel parcel = slmi_queue_peek(queue, i);
        rows[i] = (row){ .scope = slmi_parcel_scope(parcel), .parcel = parcel, .at = i };
    }
    qsort(rows, count, sizeof *rows, by_scope);
    for (uint32_t i = 0; i < count; i++)
        slmi_queue_replace(queue, i, rows[i].parcel);
    slmi_free(rows);
}

/* Appends the parcel, or says why not. */
static bool encode_one(slmi_pipeline *pipeline, slmi_parcel parcel, slmi_encoding *state, slm_drop_reason *why)
{
    const slmi_encoder *encoder = pipeline->options.encoder;
    if (encoder->log) {
        const slm_log_data *log = slmi_parcel_log(parcel, &pipeline->scratch);
        *why = log ? SLM_DROP_TOO_LARGE : SLM_DROP_NO_MEMORY;
        return log && slmi_encode_log(encoder, &pipeline->body, state, log);
    }
    const slm_span_data *span = slmi_parcel_data(parcel, pipeline->options.number, &pipeline->scratch);
    *why = span ? SLM_DROP_TOO_LARGE : SLM_DROP_NO_MEMORY;
    return span && slmi_encode_span(encoder, &pipeline->body, state, span);
}

uint32_t slmi_batch_encode(slmi_pipeline *pipeline, slm_drop_reason *why)
{
    const slmi_pipeline_options *options = &pipeline->options;
    slmi_queue *queue = &pipeline->queue;
    slmi_buffer *body = &pipeline->body;
    uint32_t count = queue->count < options->batch_spans ? queue->count : options->batch_spans;
    group_by_scope(queue, count);

    slmi_encoding state;
    uint32_t encoded = 0;
    slmi_buffer_rewind(body, 0);
    options->encoder->begin(body, &state, options->resource);
    while (encoded < count && encode_one(pipeline, slmi_queue_peek(queue, encoded), &state, why))
        encoded++;
    options->encoder->end(body, &state);
    if (!body->failed)
        return encoded;
    slmi_batch_forget(pipeline);
    *why = SLM_DROP_NO_MEMORY;
    return 0;
}

void slmi_batch_forget(slmi_pipeline *pipeline)
{
    if (pipeline->options.encoder->forget)
        pipeline->options.encoder->forget(&pipeline->body);
}
