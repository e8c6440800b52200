/* SPDX-License-Identifier: MIT */
/** @file What is static about a span or an event: what subscribers, layers and filters decide by. */
#ifndef SPANLOOM_METADATA_H
#define SPANLOOM_METADATA_H

#include <spanloom/level.h>
#include <spanloom/span_data.h>

SLM_BEGIN_DECLS

/** A callsite's static part. The library owns it for good: pointers to it and into it stay valid until the process
 * ends, also after the code that holds the callsite was unloaded. Equal contents share one. @since 0.1.0 */
typedef struct slm_metadata {
    slm_string name;   /**< Of a span, its name; of an event, its format, empty if it has none. */
    slm_string target; /**< SLM_TARGET, or the file's base name without its extension. */
    slm_string file;
    uint32_t line;
    uint8_t level; /**< SLM_LEVEL_... */
    bool is_span;
    uint16_t field_count;
    const slm_string *keys; /**< `field_count` of them. */
    const uint8_t *types;   /**< A slm_type each; SLM_TYPE_VALUE where only a hit tells. */
    slm_scope_data scope;   /**< OpenTelemetry's instrumentation scope. */
    uint32_t id;            /**< Small, unique in the process. */
} slm_metadata;

/** What a subscriber, layer or filter says of a callsite, once. @since 0.1.0 */
typedef enum slm_interest {
    SLM_INTEREST_NEVER = 0,     /**< Never ask again: no. */
    SLM_INTEREST_SOMETIMES = 1, /**< Ask at each hit. */
    SLM_INTEREST_ALWAYS = 2     /**< Never ask again: yes. */
} slm_interest;

SLM_END_DECLS

#endif
