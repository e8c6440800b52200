/* SPDX-License-Identifier: MIT */
/* CAs, parsed once. libcurl parses them at each new connection, which for the system's takes 20 ms of CPU, more than a
 * step may take. It takes OpenSSL 3, and the very one that libcurl uses. */
#ifndef SPANLOOM_EXPORTERS_TRUST_H
#define SPANLOOM_EXPORTERS_TRUST_H

#include <stddef.h>

/* One thread at a time may verify with it. */
typedef struct slmi_trust slmi_trust;

/* From PEM text. NULL if it cannot be done here, there is no CA in it, or no memory. After curl_global_init() or before
 * other threads. */
slmi_trust *slmi_trust_new(const char *pem, size_t len);
void slmi_trust_free(slmi_trust *trust);
/* In CURLOPT_SSL_CTX_FUNCTION: makes libcurl's SSL_CTX trust these alone. */
void slmi_trust_apply(const slmi_trust *trust, void *context);

#endif
