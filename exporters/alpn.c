/* SPDX-License-Identifier: MIT */
#include "exporters/alpn.h"

#ifdef SLMI_WITH_OPENSSL

#include <openssl/crypto.h>
#include <openssl/ssl.h>

#include <string.h>

const char *slmi_alpn_why_not(void)
{
    static const char name[] = "OpenSSL/";
    const char *theirs = curl_version_info(CURLVERSION_NOW)->ssl_version;
    if (!theirs || strncmp(theirs, name, sizeof name - 1) != 0)
        return "libcurl's TLS library is not OpenSSL";
    /* Two copies of the library in one process do not share their structures. */
    const char *ours = OpenSSL_version(OPENSSL_VERSION_STRING);
    const char *version = theirs + sizeof name - 1;
    size_t len = strlen(ours);
    if (strncmp(version, ours, len) != 0 || (version[len] != '\0' && version[len] != ' '))
        return "libcurl uses another OpenSSL";
    return NULL;
}

/* CURLOPT_SSL_CTX_FUNCTION. */
static CURLcode offer(CURL *easy, void *context, void *user)
{
    static const unsigned char h2[] = { 2, 'h', '2' };
    (void)easy;
    if (user)
        slmi_trust_apply(user, context);
    return SSL_CTX_set_alpn_protos(context, h2, sizeof h2) == 0 ? CURLE_OK : CURLE_SSL_CONNECT_ERROR;
}

bool slmi_alpn_offer_http2(CURL *easy, const slmi_trust *trust)
{
    return curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, trust) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSL_ENABLE_ALPN, 0L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, offer) == CURLE_OK;
}

#else

const char *slmi_alpn_why_not(void)
{
    return "it was built without OpenSSL";
}

bool slmi_alpn_offer_http2(CURL *easy, const slmi_trust *trust)
{
    (void)easy, (void)trust;
    return false;
}

#endif
