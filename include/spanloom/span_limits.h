/* SPDX-License-Identifier: MIT */
/** @file How much one span may hold: OpenTelemetry's limits, and the bytes of a record. */
#ifndef SPANLOOM_SPAN_LIMITS_H
#define SPANLOOM_SPAN_LIMITS_H

#include <spanloom/detail/base.h>

SLM_BEGIN_DECLS

/** No limit but the bytes of a record. @since 0.1.0 */
#define SLM_UNLIMITED UINT32_MAX

/** The most attributes of a span, whatever its limit says. @since 0.1.0 */
enum { SLM_SPAN_ATTRIBUTES_MAX = 1024 };

/** Start from SLM_SPAN_LIMITS_INIT, which has the defaults; 0 means none at all. What is beyond a limit is left out and
 *  counted, and the counts are exported: of a list, what came first stays; a new value for a key that is there is no
 *  new attribute. OpenTelemetry Trace SDK, Span Limits. @since 0.1.0 */
typedef struct slm_span_limits {
    uint32_t size;             /**< sizeof(slm_span_limits). */
    uint32_t attributes;       /**< Of a span; at most SLM_SPAN_ATTRIBUTES_MAX. */
    uint32_t events;           /**< Of a span. */
    uint32_t links;            /**< Of a span. */
    uint32_t event_attributes; /**< Of an event. */
    uint32_t link_attributes;  /**< Of a link. */
    uint32_t value_length;     /**< Characters of text or bytes of a value, also within arrays, lists and maps. */
    uint32_t value_bytes;      /**< What a record keeps of one value: 64 bytes to 256 KiB. */
    uint32_t span_bytes;       /**< What a record keeps of one span: 1 KiB to 4 MiB. */
} slm_span_limits;

#ifdef __cplusplus
static inline slm_span_limits slmi_span_limits_init()
{
    slm_span_limits limits = { (uint32_t)sizeof limits, 128, 128, 128, 128, 128, SLM_UNLIMITED, 65536, 262144 };
    return limits;
}
#define SLM_SPAN_LIMITS_INIT slmi_span_limits_init() /**< The defaults. @since 0.1.0 */
#else
#define SLM_SPAN_LIMITS_INIT                                                                                           \
    {                                                                                                                  \
        (uint32_t)sizeof(slm_span_limits), 128, 128, 128, 128, 128, SLM_UNLIMITED, 65536, 262144                       \
    }
#endif

/** Sets the process's limits; NULL sets the defaults. What is outside its range becomes the nearest value inside.
 *  slm_init() does this by what its configuration says: call it for a subscriber of your own. Spans that are open may
 *  follow the old limits or the new. Any thread. @since 0.1.0 */
SLM_API void slm_set_span_limits(const slm_span_limits *limits);

SLM_END_DECLS

#endif
