/* SPDX-License-Identifier: MIT */
/** @file libcurl: the transfers of an application as spans, and trace headers for what it sends.
 *
 * Part of libspanloom-curl. Nothing here calls curl_global_init(): that stays the application's. */
#ifndef SPANLOOM_CURL_H
#define SPANLOOM_CURL_H

#include <curl/curl.h>

#include <spanloom/http.h>

SLM_BEGIN_DECLS

/** Adds the headers of the current context to a request's list, for CURLOPT_HTTPHEADER:
 *
 *      headers = slm_curl_headers(headers);
 *      curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
 *
 *  Headers of these names that the list has are replaced, so a list can serve many requests in turn. Its first node
 *  stays the first: a handle that was given the list before sees the new headers. Unchanged if nothing is current, or
 *  if there is no memory.
 *
 *  @param list  The caller's, or NULL. Taken: use what is returned in its place.
 *  @return  The list, which the caller owns as before, keeps until the transfer is done and then gives to
 *           curl_slist_free_all(). NULL only for NULL.
 *  @threadsafety  Any thread that owns the list.       @since 0.1.0 */
SLM_API SLM_NODISCARD struct curl_slist *slm_curl_headers(struct curl_slist *list);

/** The longest header line that the setter writes, in bytes: the longest baggage, and its name. @since 0.1.0 */
#define SLM_CURL_LINE_MAX 8448

/** Lists of header lines as carriers: a `struct curl_slist **`, which points to NULL for an empty list. A value that is
 *  set replaces the lines of its name. SLM_ERR_NO_MEMORY and SLM_ERR_LIMIT leave the list as it was. Static. Any
 *  thread. @since 0.1.0 @{ */
SLM_API const slm_setter *slm_curl_setter(void);
SLM_API const slm_getter *slm_curl_getter(void);
/** @} */

/** What is known of a transfer only by the application. A zero field means its default. @since 0.1.0 */
typedef struct slm_curl_options {
    uint32_t size;         /**< sizeof(slm_curl_options). */
    uint32_t resend_count; /**< How often the request was sent before: a retry is a transfer of its own. */
    slm_parent parent;     /**< Default: what is current. */
    slm_string method;     /**< Default: what the handle says; of a POST it does so only at the end. */
    slm_string route;      /**< Of the URL, few different ones: `/yaks/{id}`. Borrowed until the end. */
} slm_curl_options;

/** A transfer from begin to end, in memory of the caller's that stays where it is. Its owner ends it, once.
 *  @since 0.1.0 */
typedef struct slm_curl_operation {
    slm_span span;
    CURL *easy;
    struct curl_slist *headers;  /**< The caller's. */
    struct curl_slist *sent;     /**< What the handle was given: trace headers, then the caller's. */
    struct curl_slist *last_own; /**< The last node of `sent` that is not the caller's. */
    uint64_t began_ns;           /**< Since 1970. */
    slm_string route;
    char method[16]; /**< As the handle said at the begin; empty if the application did. */
} slm_curl_operation;

/** Starts the CLIENT span of a transfer and gives the handle its headers: just before curl_easy_perform() or
 *  curl_multi_add_handle(), after all other options.
 *
 *  Sets CURLOPT_HTTPHEADER. Where nobody records, the trace headers of the parent are sent all the same. Redirects that
 *  libcurl follows are part of the one transfer.
 *  @param operation  Not NULL. Owns the merged list until the end.
 *  @param easy       Not NULL; its URL is set.
 *  @param headers    The list that CURLOPT_HTTPHEADER would have been given, or NULL. Borrowed until the end, and not
 *                    to be changed; trace headers in it are left out.
 *  @param options    May be NULL. Borrowed for the call.
 *  @threadsafety  Any thread that may use the handle.       @since 0.1.0 */
SLM_API void slm_curl_begin(slm_curl_operation *operation, CURL *easy, struct curl_slist *headers,
                            const slm_curl_options *options);

/** Ends the span with what libcurl knows of the transfer: status, peer, version, and, as events, the times at which the
 *  name was looked up, the connection and TLS were made, the first byte came and all was done. Gives the handle
 *  `headers` back.
 *
 *  A status from 400 on and a transfer that failed make the span's status ERROR, one that a callback of the
 *  application's stopped (CURLE_ABORTED_BY_CALLBACK) does not.
 *  @param operation  As slm_curl_begin() left it; afterwards it may be used for another transfer. Before the handle is
 *                    reset or cleaned up; with the multi interface when CURLMSG_DONE came, or when it is taken out.
 *  @threadsafety  Any thread that may use the handle.       @since 0.1.0 */
SLM_API void slm_curl_end(slm_curl_operation *operation, CURLcode result);

/** curl_easy_perform() between slm_curl_begin() and slm_curl_end(), with the span entered: what callbacks trace belongs
 *  to it. Parameters as of slm_curl_begin(). Any thread that may use the handle. @since 0.1.0 */
SLM_API CURLcode slm_curl_perform(CURL *easy, struct curl_slist *headers, const slm_curl_options *options);

/** What libcurl says of a transfer, as events at the target "curl": for
 *
 *      curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, slm_curl_debug);
 *      curl_easy_setopt(easy, CURLOPT_DEBUGDATA, &operation);
 *      curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
 *
 *  Its text is DEBUG; a header each is TRACE, and of data there is its size alone, at TRACE. No secret is shown as far
 * as it can be told: of a header whose name has to do with authentication, cookies, keys, tokens, sessions and such
 * only the name, of a URL neither user nor query, of commands other than HTTP's only the command. A line longer than 1
 * KiB is cut, and of one call at most 128 lines are told.
 *  @param user  The transfer's slm_curl_operation, whose span the events then belong to, or NULL: the current span.
 *  @return 0.
 *  @threadsafety  Any thread that may use the handle.       @since 0.1.0 */
SLM_API int slm_curl_debug(CURL *easy, curl_infotype type, char *data, size_t size, void *user);

SLM_END_DECLS

#endif
