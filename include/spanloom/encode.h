/* SPDX-License-Identifier: MIT */
/** @file The encoders on their own: finished spans in, a request's body out. Pure: no I/O, no state, and nothing needs
 *  to be set up. */
#ifndef SPANLOOM_ENCODE_H
#define SPANLOOM_ENCODE_H

#include <spanloom/span_data.h>
#include <spanloom/status.h>

SLM_BEGIN_DECLS

/** What a body is. Numbers are pinned. @since 0.1.0 */
typedef enum slm_encoding {
    SLM_ENCODING_OTLP_JSON = 0,     /**< An ExportTraceServiceRequest; also a line of an OTLP file, without its end. */
    SLM_ENCODING_OTLP_PROTOBUF = 1, /**< The same in protobuf's binary encoding. */
    SLM_ENCODING_ZIPKIN_JSON = 2    /**< A list of Zipkin v2 spans. */
} slm_encoding;

/** A body, and memory that is kept from one to the next. All zero but for `size` before the first. @since 0.1.0 */
typedef struct slm_encoded {
    uint32_t size; /**< sizeof(slm_encoded), set by the caller. */
    char *data;    /**< `len` bytes, not terminated; until the next slm_encode() or slm_encoded_free(). */
    size_t len;
    size_t room;        /**< Of `data`; the library's. */
    uint64_t repaired;  /**< As of slm_shipment. */
    uint64_t malformed; /**< Left out, likewise. */
    uint64_t too_large; /**< Left out: longer than 1 MiB, or the body would be longer than 64 MiB. */
} slm_encoded;

/**
 * Encodes spans that a program filled in, with the care of slm_ship().
 *
 * @param spans     Borrowed for the call. Those of one scope are best put in a row.
 * @param resource  Who sends them; NULL for nobody.
 * @param out       Overwritten. On SLM_ERR_NO_MEMORY its `len` is 0.
 * @retval SLM_OK, SLM_ERR_MALFORMED (some were, and are left out), SLM_ERR_LIMIT (some were too large).
 * @retval SLM_ERR_INVALID_ARGUMENT  `encoding` is none, `out->size` is none, or `spans` is NULL.
 * @retval SLM_ERR_NO_MEMORY
 * @threadsafety  Any thread, with an `out` of its own.    @since 0.1.0
 */
SLM_API slm_status slm_encode(slm_encoding encoding, const slm_span_data *const *spans, size_t count,
                              const slm_resource *resource, slm_encoded *out);

/** Gives its memory back. NULL is fine. Any thread. @since 0.1.0 */
SLM_API void slm_encoded_free(slm_encoded *encoded);

SLM_END_DECLS

#endif
