/* SPDX-License-Identifier: MIT */
/* What libcurl is asked once for the whole process. */
#ifndef SPANLOOM_EXPORTERS_CURL_PROCESS_H
#define SPANLOOM_EXPORTERS_CURL_PROCESS_H

#include <stdbool.h>

/* Whether this build has it: without it only the host's own client carries HTTP. */
bool slmi_curl_is_there(void);
/* curl_global_init(); true in a build without it. One call at a time. */
bool slmi_curl_prepare(void);
/* The file of the CAs that it was built to trust, or NULL. */
const char *slmi_curl_ca_file(void);

#endif
