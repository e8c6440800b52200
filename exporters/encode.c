/* SPDX-License-Identifier: MIT */
#include <spanloom/encode.h>

#include "core/alloc.h"
#include "exporters/encoder.h"
#include "exporters/span_block.h"

enum { BODY_MAX = 64 << 20 };

typedef struct encoding {
    const slmi_encoder *encoder;
    slmi_buffer body;
    slmi_encoding state;
    slmi_span_block *blocks; /* newest first: an encoder knows scopes by their addresses, which must not come again */
    slm_encoded *out;
} encoding;

static const slmi_encoder *encoder_of(slm_encoding which)
{
    switch (which) {
    case SLM_ENCODING_OTLP_JSON:
        return &slmi_encoder_otlp_json;
    case SLM_ENCODING_OTLP_PROTOBUF:
        return &slmi_encoder_otlp_protobuf;
    case SLM_ENCODING_ZIPKIN_JSON:
        return &slmi_encoder_zipkin_json;
    default:
        return NULL;
    }
}

static bool is_scope(const slm_scope_data *a, const slm_scope_data *b)
{
    return slm_string_equal(a->name, b->name) && slm_string_equal(a->version, b->version);
}

/* False without memory. */
static bool add(encoding *e, const slm_span_data *span)
{
    slmi_block_verdict verdict;
    slmi_span_block *block = slmi_span_block_new(span, &verdict);
    e->out->malformed += verdict == SLMI_BLOCK_MALFORMED;
    e->out->too_large += verdict == SLMI_BLOCK_TOO_LARGE;
    if (!block)
        return verdict != SLMI_BLOCK_NO_MEMORY;
    if (e->blocks && is_scope(e->blocks->span.scope, block->span.scope))
        block->span.scope = e->blocks->span.scope;
    block->next = e->blocks;
    e->blocks = block;
    e->out->repaired += verdict == SLMI_BLOCK_REPAIRED;
    e->out->too_large += !slmi_encode_span(e->encoder, &e->body, &e->state, &block->span);
    return !e->body.failed;
}

static void free_blocks(slmi_span_block *block)
{
    while (block) {
        slmi_span_block *next = block->next;
        slmi_span_block_free(block);
        block = next;
    }
}

slm_status slm_encode(slm_encoding which, const slm_span_data *const *spans, size_t count, const slm_resource *resource,
                      slm_encoded *out)
{
    static const slm_resource nobody = { .fields = NULL };
    encoding e = { .encoder = encoder_of(which), .out = out };
    if (!e.encoder || !out || out->size < sizeof *out || (!spans && count > 0))
        return SLM_ERR_INVALID_ARGUMENT;
    out->len = 0;
    out->repaired = out->malformed = out->too_large = 0;
    slmi_buffer_init(&e.body, BODY_MAX);
    e.body.data = out->data;
    e.body.room = out->room;
    e.encoder->begin(&e.body, &e.state, resource ? resource : &nobody);
    bool good = true;
    for (size_t i = 0; i < count && good; i++)
        good = add(&e, spans[i]);
    e.encoder->end(&e.body, &e.state);
    free_blocks(e.blocks);
    out->data = e.body.data;
    out->room = e.body.room;
    if (!good || e.body.failed)
        return SLM_ERR_NO_MEMORY;
    out->len = e.body.len;
    return out->malformed > 0 ? SLM_ERR_MALFORMED : out->too_large > 0 ? SLM_ERR_LIMIT : SLM_OK;
}

void slm_encoded_free(slm_encoded *encoded)
{
    if (!encoded)
        return;
    slmi_free(encoded->data);
    encoded->data = NULL;
    encoded->len = encoded->room = 0;
}
