/* SPDX-License-Identifier: MIT */
/** @file HTTP requests as spans, for whatever library sends or serves them: a begin and an end, with the attributes,
 *  names and status rules of OpenTelemetry's HTTP conventions.
 *
 *  Spans are at INFO under the target `http`. Text is copied, cut at 4,096 bytes; credentials in URLs and the values of
 *  signatures in queries are replaced by `REDACTED`. Nothing here needs slm_init(): without, nothing is recorded, and a
 *  request that was received still goes on in those that are sent. */
#ifndef SPANLOOM_HTTP_H
#define SPANLOOM_HTTP_H

#include <spanloom/context.h>
#include <spanloom/propagation.h>

SLM_BEGIN_DECLS

/** A request as a server received it; a zero field is not known. All is borrowed for the call. @since 0.1.0 */
typedef struct slm_http_request {
    uint32_t size;            /**< sizeof(slm_http_request). */
    bool untrusted;           /**< The caller is a stranger: a trace of our own, with a link to the caller's. */
    uint16_t peer_port;       /**< Of the connection. */
    slm_string method;        /**< `GET`, as it was sent. */
    slm_string target;        /**< From the request line or `:path`: `/yaks?id=3`. */
    slm_string scheme;        /**< Default `http`. */
    slm_string host;          /**< Default: the header `host`. */
    slm_string version;       /**< `1.1`, `2`. */
    slm_string route;         /**< `/yaks/{id}`, if known already; see slm_http_server_set_route(). */
    slm_string peer_address;  /**< Of the connection. */
    slm_string client;        /**< Who is behind it, if a proxy that is trusted said so; default: the peer. */
    const slm_getter *getter; /**< Reads the headers of `carrier`. NULL: none. */
    const void *carrier;
    const char *const *baggage_keys; /**< Members of the baggage to record as fields, ended by NULL. NULL: none. */
} slm_http_request;

/** A request that is being served. Its owner ends it, once; any thread may. @since 0.1.0 */
typedef struct slm_http_server {
    slm_span span;       /**< To enter, and to give fields. Disabled if nobody records. */
    slm_context context; /**< What was received, while `span` does not stand for it. */
    char method[24];     /**< The first part of the span's name. */
} slm_http_server;

/** Starts the SERVER span of a request, under the context in its headers, which the process's propagators read.
 *
 *  Of an untrusted caller nothing is taken over: neither trace, nor baggage, nor the word on sampling. What its headers
 *  name becomes a link.
 *  @param request  Not NULL; one of another size is none: a span without attributes.
 *  @return  To be given to slm_http_server_end(). Any thread.
 *  @spec  OpenTelemetry HTTP semantic conventions 1.44, HTTP server span.       @since 0.1.0 */
SLM_API SLM_NODISCARD slm_http_server slm_http_server_begin(const slm_http_request *request);

/** Makes the request current on this thread until slm_exit(): its span, or what was received where nobody records, so
 *  that requests sent meanwhile carry it. Any thread. @since 0.1.0 */
SLM_API slm_token slm_http_server_enter(const slm_http_server *server);

/** Says which route the request took, `/yaks/{id}`: names the span. Any thread. @since 0.1.0 */
SLM_API void slm_http_server_set_route(const slm_http_server *server, slm_string route);

/** Ends the span and gives the context up.
 *
 *  @param status  Of the answer; 0 if none was sent. From 500 on it makes the span's status ERROR, and `error.type`.
 *  @param error   What went wrong: few different ones, such as the name of an errno; NULL for nothing. An ERROR too.
 *  @param text    More about the error, for readers; may be NULL. Any thread. @since 0.1.0 */
SLM_API void slm_http_server_end(slm_http_server *server, unsigned status, const char *error, const char *text);

/** A request to be sent; a zero field is not known. All is borrowed for the call. @since 0.1.0 */
typedef struct slm_http_call {
    uint32_t size;         /**< sizeof(slm_http_call). */
    uint32_t resend_count; /**< How often it was sent before: retries are spans of their own. */
    slm_parent parent;     /**< Default: what is current. */
    slm_string method;     /**< Default `GET`. */
    slm_string url;        /**< `https://host/path?query`. */
    slm_string route;      /**< Of the URL, few different ones: `/yaks/{id}`. Part of the span's name. */
} slm_http_call;

/** Starts the CLIENT span of a request. Enter it to inject it: `slm_enter()`, `slm_inject_current()`, `slm_exit()`.
 *  End it with slm_http_client_end(). `call` is not NULL. Any thread.
 *  @spec  OpenTelemetry HTTP semantic conventions 1.44, HTTP client span.       @since 0.1.0 */
SLM_API SLM_NODISCARD slm_span slm_http_client_begin(const slm_http_call *call);

/** Says the method of a request, where only sending it tells; names the span anew. `route` as in slm_http_call. Any
 *  thread. @since 0.1.0 */
SLM_API void slm_http_client_set_method(slm_span span, slm_string method, slm_string route);

/** Ends the span of a request.
 *
 *  @param status  Of the answer; 0 if there was none. From 400 on it makes the span's status ERROR, and `error.type`.
 *  @param error   Why there was none, few different ones, such as `timeout`; NULL for nothing, as when the caller gave
 *                 up itself. An ERROR too.
 *  @param text    More about the error, for readers; may be NULL. Any thread. @since 0.1.0 */
SLM_API void slm_http_client_end(slm_span span, unsigned status, const char *error, const char *text);

SLM_END_DECLS

#endif
