/* SPDX-License-Identifier: MIT */
/** @file libcurl: trace headers for the requests an application sends.
 *
 * Part of libspanloom-curl. Nothing here calls curl_global_init(): that stays the application's. */
#ifndef SPANLOOM_CURL_H
#define SPANLOOM_CURL_H

#include <curl/curl.h>

#include <spanloom/propagation.h>

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

/** The longest header line that the setter writes, in bytes: the longest baggage, and room for its name. */
#define SLM_CURL_LINE_MAX 8448

/** Lists of header lines as carriers: a `struct curl_slist **`, which points to NULL for an empty list. A value that is
 *  set replaces the lines of its name. SLM_ERR_NO_MEMORY and SLM_ERR_LIMIT leave the list as it was. Static. Any
 * thread.
 *  @since 0.1.0 */
SLM_API const slm_setter *slm_curl_setter(void);
SLM_API const slm_getter *slm_curl_getter(void);

SLM_END_DECLS

#endif
