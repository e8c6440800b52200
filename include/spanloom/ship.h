/* SPDX-License-Identifier: MIT */
/** @file Spans that a program filled in itself, delivered as the library's own are: for hosts that have their spans
 *  already, from a log line or a plan's nodes. */
#ifndef SPANLOOM_SHIP_H
#define SPANLOOM_SHIP_H

#include <spanloom/span_data.h>
#include <spanloom/status.h>

SLM_BEGIN_DECLS

/** What became of the spans of one slm_ship(). @since 0.1.0 */
typedef struct slm_shipment {
    uint32_t size;      /**< sizeof(slm_shipment), set by the caller. */
    uint64_t taken;     /**< Copied, for every pipeline. */
    uint64_t repaired;  /**< Of those: what made no sense in them was mended or left out, and counted in the span. */
    uint64_t malformed; /**< Without a trace id, a span id or a size: not taken, and in no pipeline's ledger. */
    uint64_t dropped;   /**< For want of room or memory; in the ledger. */
} slm_shipment;

/**
 * Hands finished spans to every pipeline, past samplers, filters and processors, which the program has had its way
 * with.
 *
 * A span may be as careless as it likes but for its pointers: lists and texts of which the pointer is NULL are taken as
 * empty, text that is no UTF-8 is replaced, an end before the start becomes the start, a kind or status that is none
 * its default, a link without ids is left out, of a key that stands twice the last value counts. At most 128 fields,
 * events and links each, and 1 MiB in all; 16 MiB for all that are on their way.
 *
 * They are counted in `slm_pipeline_stats.shipped` and the terms after it, not in `ended`.
 *
 * @param spans   Borrowed for the call, and copied; NULL in it is malformed.
 * @param result  May be NULL.
 * @retval SLM_OK, SLM_ERR_MALFORMED (some were), SLM_ERR_LIMIT (some were dropped).
 * @retval SLM_ERR_NOT_FOUND         Nothing is set up to export, or not any more.
 * @retval SLM_ERR_INVALID_ARGUMENT  `spans` is NULL; or where slm_suppress() is in force, as inside an exporter.
 * @threadsafety  Any thread; allocates; waits for nobody. Not async-signal-safe.    @since 0.1.0
 */
SLM_API slm_status slm_ship(const slm_span_data *const *spans, size_t count, slm_shipment *result);

SLM_END_DECLS

#endif
