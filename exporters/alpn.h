/* SPDX-License-Identifier: MIT */
/* HTTP/2 alone, offered over TLS (ALPN, RFC 7301). libcurl would offer what it speaks itself, so the offer is made to
 * its TLS library directly; that is OpenSSL 3, and the very one that libcurl uses, or it cannot be done. */
#ifndef SPANLOOM_EXPORTERS_ALPN_H
#define SPANLOOM_EXPORTERS_ALPN_H

#include "exporters/curl_types.h"
#include "exporters/trust.h"

#include <stdbool.h>

/* NULL if it can be done here; else why not, for people. Static. After curl_global_init(), or before other threads. */
const char *slmi_alpn_why_not(void);
/* Makes a new handle offer h2 alone, and trust whom `trust` says; NULL: whom it does already. Borrowed for its life. */
bool slmi_alpn_offer_http2(CURL *easy, const slmi_trust *trust);

#endif
