/* SPDX-License-Identifier: MIT */
/* A span or a log record in a queue: a record of the registry, by its index, or a block that a host shipped. One word;
 * one thread, the machine's. */
#ifndef SPANLOOM_EXPORTERS_PARCEL_H
#define SPANLOOM_EXPORTERS_PARCEL_H

#include "core/export.h"
#include "exporters/foreign.h"

typedef uint64_t slmi_parcel;

static inline slmi_parcel slmi_parcel_of_record(uint32_t record)
{
    return (slmi_parcel)record << 1;
}

/* Of one that is no block. */
static inline uint32_t slmi_parcel_record(slmi_parcel parcel)
{
    return (uint32_t)(parcel >> 1);
}

/* Blocks are aligned, so the lowest bit tells. */
static inline slmi_parcel slmi_parcel_of_block(slmi_span_block *block)
{
    return (slmi_parcel)(uintptr_t)block | 1u;
}

static inline slmi_span_block *slmi_parcel_block(slmi_parcel parcel)
{
    return parcel & 1u ? (slmi_span_block *)(uintptr_t)(parcel & ~(slmi_parcel)1) : NULL;
}

/* As slmi_record_data(). */
static inline const slm_span_data *slmi_parcel_data(slmi_parcel parcel, unsigned pipeline, slmi_scratch *scratch)
{
    const slmi_span_block *block = slmi_parcel_block(parcel);
    return block ? &block->span : slmi_record_data(slmi_parcel_record(parcel), pipeline, scratch);
}

/* As slmi_log_record_data(), of one that is a log record; what a host ships never is. */
static inline const slm_log_data *slmi_parcel_log(slmi_parcel parcel, slmi_scratch *scratch)
{
    return slmi_parcel_block(parcel) ? NULL : slmi_log_record_data((uint32_t)(parcel >> 1), scratch);
}

/* As slmi_record_scope(). */
static inline const slm_scope_data *slmi_parcel_scope(slmi_parcel parcel)
{
    const slmi_span_block *block = slmi_parcel_block(parcel);
    return block ? block->span.scope : slmi_record_scope(slmi_parcel_record(parcel));
}

/* The pipeline is done with it. */
static inline void slmi_parcel_release(slmi_parcel parcel)
{
    slmi_span_block *block = slmi_parcel_block(parcel);
    if (block)
        slmi_foreign_release(block);
    else
        slmi_record_release(slmi_parcel_record(parcel));
}

#endif
