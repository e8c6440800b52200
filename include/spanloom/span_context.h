/* SPDX-License-Identifier: MIT */
/** @file What identifies a span across processes: ids, flags and tracestate. */
#ifndef SPANLOOM_SPAN_CONTEXT_H
#define SPANLOOM_SPAN_CONTEXT_H

#include <spanloom/string.h>

SLM_BEGIN_DECLS

/** A trace's id; all zero is invalid. W3C Trace Context 3.2.2.3. @since 0.1.0 */
typedef struct slm_trace_id {
    uint8_t bytes[16];
} slm_trace_id;

/** A span's id; all zero is invalid. W3C Trace Context 3.2.2.4. @since 0.1.0 */
typedef struct slm_span_id {
    uint8_t bytes[8];
} slm_span_id;

/** Bits of slm_span_context.flags. W3C Trace Context 3.2.2.5. @since 0.1.0 */
#define SLM_FLAG_SAMPLED 0x01u
#define SLM_FLAG_RANDOM  0x02u /**< The low 56 bits of the trace id are random (level 2). @since 0.1.0 */

/** The longest tracestate that is carried, in bytes; a longer one loses whole members. @since 0.1.0 */
#define SLM_TRACESTATE_MAX 512

/** A span's identity: what `traceparent` and `tracestate` carry. A plain value: copy it freely.
 *  OpenTelemetry Trace API, SpanContext. @since 0.1.0 */
typedef struct slm_span_context {
    slm_trace_id trace_id;
    slm_span_id span_id;
    uint8_t flags;                       /**< SLM_FLAG_... */
    bool is_remote;                      /**< It came from another process. */
    uint16_t tracestate_len;             /**< Bytes used of `tracestate`; 0 if there is none. */
    char tracestate[SLM_TRACESTATE_MAX]; /**< A well-formed header value; not terminated. */
} slm_span_context;

/** Whether any byte is set. Any thread. @since 0.1.0 */
static inline bool slm_trace_id_is_valid(slm_trace_id id)
{
    uint64_t halves[2];
    memcpy(halves, id.bytes, sizeof halves);
    return (halves[0] | halves[1]) != 0;
}

/** Whether any byte is set. Any thread. @since 0.1.0 */
static inline bool slm_span_id_is_valid(slm_span_id id)
{
    uint64_t word;
    memcpy(&word, id.bytes, sizeof word);
    return word != 0;
}

/** Whether both ids are valid. OpenTelemetry Trace API, IsValid. `context` is not NULL. Any thread. @since 0.1.0 */
static inline bool slm_span_context_is_valid(const slm_span_context *context)
{
    return slm_trace_id_is_valid(context->trace_id) && slm_span_id_is_valid(context->span_id);
}

SLM_END_DECLS

#endif
