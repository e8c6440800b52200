/* SPDX-License-Identifier: MIT */
/** @file A finished span as plain data: what the encoders read, from a record or filled in by a host. */
#ifndef SPANLOOM_SPAN_DATA_H
#define SPANLOOM_SPAN_DATA_H

#include <spanloom/span_context.h>
#include <spanloom/value.h>

SLM_BEGIN_DECLS

/** What a span does in a trace. OpenTelemetry Trace API, SpanKind. @since 0.1.0 */
typedef enum slm_kind {
    SLM_KIND_INTERNAL = 0,
    SLM_KIND_SERVER = 1,
    SLM_KIND_CLIENT = 2,
    SLM_KIND_PRODUCER = 3,
    SLM_KIND_CONSUMER = 4
} slm_kind;

/** A span's status. OpenTelemetry Trace API, Set Status. @since 0.1.0 */
typedef enum slm_span_status { SLM_SPAN_UNSET = 0, SLM_SPAN_OK = 1, SLM_SPAN_ERROR = 2 } slm_span_status;

/** What an exported span says of itself beside what the program recorded, to be or-ed. Values are pinned. A field of
 *  that name which the program gave stands. OpenTelemetry Semantic Conventions, Code, General thread attributes.
 *  @since 0.1.0 */
typedef enum slm_detail {
    SLM_DETAIL_CODE = 1,   /**< `code.file.path` and `code.line.number`; of events too. */
    SLM_DETAIL_LEVEL = 2,  /**< `level`; events always have theirs. */
    SLM_DETAIL_TARGET = 4, /**< `target`; of events too. */
    SLM_DETAIL_THREAD = 8, /**< `thread.id`, `thread.name`: of the thread that started the span. */
    SLM_DETAIL_TIMES = 16  /**< `busy_ns`, while some thread was inside, and `idle_ns`, the rest of its time. */
} slm_detail;

/** The instrumentation scope that made a span. OpenTelemetry Glossary, Instrumentation Scope. @since 0.1.0 */
typedef struct slm_scope_data {
    slm_string name;
    slm_string version;          /**< Absent if there is none. */
    slm_string schema_url;       /**< Of the conventions that its spans follow; absent if there is none. */
    const slm_field *attributes; /**< `attribute_count` of them, keys unique. */
    uint32_t attribute_count;
} slm_scope_data;

/** An event inside a span. @since 0.1.0 */
typedef struct slm_event_data {
    slm_string name;
    uint64_t time_ns; /**< Since 1970. */
    const slm_field *fields;
    uint32_t field_count;
    uint32_t dropped_fields;
} slm_event_data;

/** A link to another span. @since 0.1.0 */
typedef struct slm_link_data {
    const slm_span_context *context;
    const slm_field *fields;
    uint32_t field_count;
    uint32_t dropped_fields;
} slm_link_data;

/** A finished span. All it points to is borrowed and read-only while a call has it. Keys are unique within each list
 *  of fields; text may still be invalid UTF-8. @since 0.1.0 */
typedef struct slm_span_data {
    uint32_t size;  /**< sizeof(slm_span_data); required of a host that fills one in. */
    uint8_t kind;   /**< A slm_kind. */
    uint8_t status; /**< A slm_span_status. */
    uint8_t flags;  /**< SLM_FLAG_... */
    bool parent_is_remote;
    slm_trace_id trace_id;
    slm_span_id span_id;
    slm_span_id parent_span_id; /**< All zero for a root. */
    slm_string tracestate;
    slm_string name;
    uint64_t start_ns; /**< Since 1970. */
    uint64_t end_ns;   /**< Since 1970; not below start_ns. */
    slm_string status_text;
    const slm_field *fields;
    const slm_event_data *events;
    const slm_link_data *links;
    uint32_t field_count, dropped_fields;
    uint32_t event_count, dropped_events;
    uint32_t link_count, dropped_links;
    const slm_scope_data *scope; /**< Not NULL. */
} slm_span_data;

/** Who sends the spans. OpenTelemetry Resource SDK. @since 0.1.0 */
typedef struct slm_resource {
    const slm_field *fields; /**< Unique keys; service.name among them. */
    uint32_t field_count;
    slm_string schema_url; /**< Of the conventions that the attributes follow; absent if there is none. */
} slm_resource;

SLM_END_DECLS

#endif
