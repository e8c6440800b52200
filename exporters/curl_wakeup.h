/* SPDX-License-Identifier: MIT */
/* libcurl's multi handle has a pair of sockets by which curl_multi_wakeup() works. Up to 8.x it makes them without
 * FD_CLOEXEC and never shows them, so every program that the host starts would inherit two descriptors. */
#ifndef SPANLOOM_EXPORTERS_CURL_WAKEUP_H
#define SPANLOOM_EXPORTERS_CURL_WAKEUP_H

#include <curl/curl.h>

/* Finds the pair of a new, idle `multi`, sets FD_CLOEXEC, and writes both descriptors; -1 where it has none or cannot
 * be told apart beyond doubt. */
void slmi_curl_wakeup_find(CURLM *multi, int pair[2]);

#endif
