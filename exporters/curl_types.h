/* SPDX-License-Identifier: MIT */
/* libcurl's header; or in a build without libcurl (SPANLOOM_CURL=OFF) the names of its types, of which nobody has a
 * value then. */
#ifndef SPANLOOM_EXPORTERS_CURL_TYPES_H
#define SPANLOOM_EXPORTERS_CURL_TYPES_H

#ifdef SLMI_WITH_CURL

#include <curl/curl.h>

#else

typedef void CURL;
typedef void CURLM;
typedef enum CURLcode { CURLE_OK } CURLcode;
struct curl_slist;

#endif

#endif
