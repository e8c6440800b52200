/* SPDX-License-Identifier: MIT */
/* Lines of libcurl's debug callback without what is secret in them. */
#ifndef SPANLOOM_ADAPTERS_CURL_LOG_H
#define SPANLOOM_ADAPTERS_CURL_LOG_H

#include <spanloom/string.h>

enum { SLMI_CURL_LINE_MAX = 1024 };

/* What a line may be. */
enum { SLMI_CURL_TEXT, SLMI_CURL_RECEIVED, SLMI_CURL_SENT };

/* Writes what may be shown of the line to `out`, terminated; cut, and ending in "...", if it is long. */
slm_string slmi_curl_clean(int kind, slm_string line, char out[SLMI_CURL_LINE_MAX]);

#endif
