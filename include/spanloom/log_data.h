/* SPDX-License-Identifier: MIT */
/** @file An event as plain data, apart from any span: what the encoders of OpenTelemetry's logs read. */
#ifndef SPANLOOM_LOG_DATA_H
#define SPANLOOM_LOG_DATA_H

#include <spanloom/span_data.h>

SLM_BEGIN_DECLS

/** An event as a log record. All it points to is borrowed and read-only while a call has it. Keys of the fields are
 *  unique; text may still be invalid UTF-8. OpenTelemetry Logs Data Model. @since 0.1.0 */
typedef struct slm_log_data {
    uint32_t size;         /**< sizeof(slm_log_data). */
    uint8_t level;         /**< SLM_LEVEL_ERROR to SLM_LEVEL_TRACE. */
    uint8_t flags;         /**< SLM_FLAG_... of the trace. */
    slm_trace_id trace_id; /**< All zero outside any span, as is span_id. */
    slm_span_id span_id;   /**< The span it happened in, or the nearest ancestor that is exported. */
    uint64_t time_ns;      /**< When it happened, since 1970. */
    uint64_t observed_ns;  /**< When the library was told: the same, unless the program gave a time. */
    slm_string body;       /**< Its text; absent if it has none. */
    const slm_field *fields;
    uint32_t field_count, dropped_fields;
    const slm_scope_data *scope; /**< Not NULL. */
} slm_log_data;

SLM_END_DECLS

#endif
