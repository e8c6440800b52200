/* SPDX-License-Identifier: MIT */
/** @file nghttp2: streams of HTTP/2 as spans, and trace headers in and out of its header arrays.
 *
 * Part of libspanloom-nghttp2, which calls nothing of nghttp2's. Any thread, of one object one at a time. */
#ifndef SPANLOOM_NGHTTP2_H
#define SPANLOOM_NGHTTP2_H

#include <nghttp2/nghttp2.h>

#include <spanloom/http.h>

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

/** Headers in memory of their own, 15 KiB. It points into itself, so a copy is none. @since 0.1.0 */
typedef struct slm_nghttp2_block {
    slm_nghttp2_headers headers;
    nghttp2_nv items[64];
    uint8_t bytes[12288];
} slm_nghttp2_block;

/** Empties a block, which may be uninitialised. @since 0.1.0 */
SLM_API void slm_nghttp2_block_clear(slm_nghttp2_block *block);

/** @name A server
 *  A session needs one block, as the headers of two streams never mix; a stream needs one slm_http_server, to enter by
 *  slm_http_server_enter() wherever the stream is worked for.
 *
 *      on_begin_headers:            slm_nghttp2_block_clear(block);
 *      on_header:                   slm_nghttp2_keep(block, name, namelen, value, valuelen);
 *      on_frame_recv of a request:  stream->http = slm_nghttp2_server_begin(block, NULL);
 *      on_stream_close:             slm_nghttp2_server_end(&stream->http, stream->status, error_code);
 *  @{ */

/** Keeps a header of a request, if it is one that spans or the process's propagators read; copied. Beyond what the
 *  block has room for, headers are left out. @since 0.1.0 */
SLM_API void slm_nghttp2_keep(slm_nghttp2_block *block, const uint8_t *name, size_t name_len, const uint8_t *value,
                              size_t value_len);

/** Starts the SERVER span of a stream when its headers are complete, as slm_http_server_begin().
 *  @param request  What the headers do not say: peer, route, whether the caller is trusted. NULL for nothing; its
 *                  method, target, scheme, host, version and carrier are the block's. @since 0.1.0 */
SLM_API SLM_NODISCARD slm_http_server slm_nghttp2_server_begin(const slm_nghttp2_block *block,
                                                               const slm_http_request *request);

/** Ends the span of a stream when it is closed.
 *  @param status      As it was submitted; 0 if none was.
 *  @param error_code  Of the stream. Other than NGHTTP2_NO_ERROR it is the field `http2.error_code`, and other than
 *                     NGHTTP2_CANCEL, by which the caller gives up, it makes the status ERROR. @since 0.1.0 */
SLM_API void slm_nghttp2_server_end(slm_http_server *server, unsigned status, uint32_t error_code);
/** @} */

/** @name A client
 *
 *      slm_nghttp2_client_begin(&stream->http, &block, items, count, NULL);
 *      nghttp2_submit_request(session, NULL, block.headers.items, block.headers.count, NULL, stream);
 *      on_header:        slm_nghttp2_client_keep(&stream->http, name, namelen, value, valuelen);
 *      on_stream_close:  slm_nghttp2_client_end(&stream->http, error_code);
 *  @{ */

/** A request that is being sent. Its owner ends it, once. @since 0.1.0 */
typedef struct slm_nghttp2_client {
    slm_span span;
    unsigned status; /**< Of the answer, once it came. */
} slm_nghttp2_client;

/** Starts the CLIENT span of a request, and writes its headers with those of the trace, which are not indexed.
 *
 *  @param client  Not NULL.
 *  @param block   Written: what to submit. nghttp2 copies it when it is submitted. Names and values of `items` are
 *                 borrowed until then.
 *  @param items   The request's headers, with `:method`, `:scheme`, `:authority` and `:path`.
 *  @param call    Parent, route and resend count; the rest is the headers'. May be NULL.
 *  @retval SLM_ERR_LIMIT  There are more headers than the block has room for; it has those that fit, so submit `items`.
 *                         The span is started all the same.
 *  @threadsafety  Any thread that owns `*client`.       @since 0.1.0 */
SLM_API slm_status slm_nghttp2_client_begin(slm_nghttp2_client *client, slm_nghttp2_block *block,
                                            const nghttp2_nv *items, size_t count, const slm_http_call *call);

/** Looks at a header of the answer: its status. @since 0.1.0 */
SLM_API void slm_nghttp2_client_keep(slm_nghttp2_client *client, const uint8_t *name, size_t name_len,
                                     const uint8_t *value, size_t value_len);

/** Ends the span when the stream is closed; `error_code` as of slm_nghttp2_server_end(). @since 0.1.0 */
SLM_API void slm_nghttp2_client_end(slm_nghttp2_client *client, uint32_t error_code);
/** @} */

SLM_END_DECLS

#endif
