/* SPDX-License-Identifier: MIT */
/** @file A host's own HTTP client in place of libcurl: for hosts that have one already, or have no libcurl (the build
 *  option SPANLOOM_CURL=OFF). Queues, batches, retries and verdicts stay the library's. */
#ifndef SPANLOOM_TRANSPORT_H
#define SPANLOOM_TRANSPORT_H

#include <spanloom/status.h>
#include <spanloom/string.h>

SLM_BEGIN_DECLS

/** Neither is terminated. @since 0.1.0 */
typedef struct slm_transport_header {
    slm_string name, value;
} slm_transport_header;

/** A POST to make. All is borrowed: until slm_transport_done() is called for it, or until `abort` has returned.
 *  @since 0.1.0 */
typedef struct slm_transport_request {
    uint32_t size;        /**< sizeof(slm_transport_request) as the library was built. */
    uint32_t timeout_ms;  /**< Until `deadline_ns`; UINT32_MAX: there is none. */
    uint64_t number;      /**< Its own, in the process; not 0. */
    uint64_t deadline_ns; /**< By CLOCK_MONOTONIC; UINT64_MAX for none. At that time the library aborts it. */
    const char *url;      /**< http: or https:, without fragment. */
    const char *socket;   /**< Path of the Unix socket that leads there; NULL: by host and port. */
    const char *content_type;
    const slm_transport_header *headers; /**< More of them, Content-Encoding among them if the body is compressed. */
    size_t header_count;
    const char *body; /**< At most 64 MiB. */
    size_t body_len;
} slm_transport_request;

/** What became of a request. Start from zero, set `size`. @since 0.1.0 */
typedef struct slm_transport_answer {
    uint32_t size;          /**< sizeof(slm_transport_answer); required. */
    uint32_t http_status;   /**< As 200; 0: no answer came. */
    uint32_t retry_after_s; /**< Of the header Retry-After; 0: none. */
    bool nobody_listens;    /**< No answer, because the connection was refused. */
    const char *error;      /**< No answer: why, for people. NULL: unknown. */
    const char *location;   /**< Of a redirect, which must not be followed. NULL: none. */
    const char *body;       /**< Of the answer, not compressed; what is beyond 4 MiB makes it a failure. */
    size_t body_len;
} slm_transport_answer;

/** The client, for `slm_config.transport`. Copied; `self` stays valid until slm_shutdown() has returned. It serves OTLP
 * and Zipkin over HTTP, one request at a time for each of them. Called by whoever drives (drive.h), with no lock held;
 * must not wait. What it traces in there is not recorded; elsewhere, slm_suppress() (suppress.h) does the same.
 *  @since 0.1.0 */
typedef struct slm_transport {
    uint32_t size; /**< sizeof(slm_transport); required. */
    void *self;
    /** Starts a request. Its end is a call of slm_transport_done(), from in here or later. Required. */
    void (*begin)(void *self, const slm_transport_request *request);
    /** Gives up the request of this number, which has no answer yet: when it returns, what was borrowed must be in use
     * no more. Required. */
    void (*abort)(void *self, uint64_t number);
} slm_transport;

/**
 * Says what became of a request.
 *
 * A 2xx is success, and the body is read for what was refused of it; 429, 502, 503, 504 and no answer are tried again;
 * all else is refused for good.
 *
 * @param answer  Borrowed for the call.
 * @retval SLM_OK
 * @retval SLM_ERR_NOT_FOUND         No request of this number is under way: it was aborted, or has its answer.
 * @retval SLM_ERR_INVALID_ARGUMENT  `answer` is NULL or its `size` is none.
 * @threadsafety Any thread, inside `begin` too. Not async-signal-safe.
 * @spec   OTLP 1.5, OTLP/HTTP Response.       @since 0.1.0
 */
SLM_API slm_status slm_transport_done(uint64_t number, const slm_transport_answer *answer);

SLM_END_DECLS

#endif
