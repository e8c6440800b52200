/* SPDX-License-Identifier: MIT */
/** @file nghttp2: trace headers in and out of the header arrays of HTTP/2.
 *
 * Part of libspanloom-nghttp2, which calls nothing of nghttp2's. */
#ifndef SPANLOOM_NGHTTP2_H
#define SPANLOOM_NGHTTP2_H

#include <nghttp2/nghttp2.h>

#include <spanloom/propagation.h>

SLM_BEGIN_DECLS

/** An array of nghttp2_nv in memory of the caller's. To extract, `items` and `count` are enough. @since 0.1.0 */
typedef struct slm_nghttp2_headers {
    nghttp2_nv *items;
    size_t count;
    size_t capacity;       /**< Of `items`; a setter adds no more. */
    uint8_t *bytes;        /**< A setter copies names and values here. */
    size_t bytes_used;     /**< Only grows: a value that is set again leaves its old bytes behind. */
    size_t bytes_capacity; /**< Of `bytes`. */
} slm_nghttp2_headers;

/** The carrier is a `const slm_nghttp2_headers *`. Static. Any thread. @since 0.1.0 */
SLM_API const slm_getter *slm_nghttp2_getter(void);

/** The carrier is a `slm_nghttp2_headers *`; SLM_ERR_LIMIT, and nothing changed, when either memory is full.
 *
 *  What is set is marked NGHTTP2_NV_FLAG_NO_INDEX: no two requests have the same traceparent, so that an entry in
 * HPACK's table would only push out others. Static. Any thread.
 *  @spec RFC 7541 6.2.2.       @since 0.1.0 */
SLM_API const slm_setter *slm_nghttp2_setter(void);

SLM_END_DECLS

#endif
