/* SPDX-License-Identifier: MIT */
/* A URL that we take is one for libcurl too, with the same host and port; read again it is the same; and what is shown
 * of it holds no credentials. */
#include "exporters/url.h"

#include "tests/fuzz/fuzz.h"

#include <curl/curl.h>
#include <string.h>
#include <strings.h>

static void compare_with_libcurl(const slmi_url *url)
{
    char *host = NULL, *port = NULL;
    CURLU *theirs = curl_url();
    FUZZ_ASSERT(theirs != NULL);
    FUZZ_ASSERT(curl_url_set(theirs, CURLUPART_URL, url->text, 0) == CURLUE_OK);
    FUZZ_ASSERT(curl_url_get(theirs, CURLUPART_HOST, &host, 0) == CURLUE_OK);
    FUZZ_ASSERT(curl_url_get(theirs, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK);
    /* Theirs keeps the brackets, and writes an odd IPv4 address (0x7f.1) as what it means: we take that for a name. */
    size_t bracket = host[0] == '[';
    bool odd = host[0] >= '0' && host[0] <= '9' && !url->authority.numeric;
    FUZZ_ASSERT(odd || strncasecmp(host + bracket, url->authority.host, strlen(url->authority.host)) == 0 || bracket);
    FUZZ_ASSERT(strtoul(port, NULL, 10) == url->authority.port);
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(theirs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[4096];
    slmi_url url, again;
    slmi_proxy proxy;
    size_t len = size < sizeof text - 1 ? size : sizeof text - 1;
    memcpy(text, data, len);
    text[len] = '\0';

    if (slmi_url_parse(text, &url) == SLM_OK) {
        compare_with_libcurl(&url);
        FUZZ_ASSERT(slmi_url_parse(url.text, &again) == SLM_OK);
        FUZZ_ASSERT(strcmp(url.text, again.text) == 0);
        FUZZ_ASSERT(slmi_url_parse(url.shown, &again) == SLM_OK);
        FUZZ_ASSERT(strcmp(again.text, url.shown) == 0 && strcmp(again.shown, url.shown) == 0);
        FUZZ_ASSERT(strcmp(again.authority.host, url.authority.host) == 0);
    }
    if (slmi_url_parse_base(text, "v1/traces", &url) == SLM_OK) {
        compare_with_libcurl(&url);
        FUZZ_ASSERT(strstr(url.text, "/v1/traces") != NULL);
    }
    slmi_proxy_environment environment = { .http_proxy = text, .no_proxy = text };
    FUZZ_ASSERT(slmi_url_parse("http://c.example/", &url) == SLM_OK);
    if (slmi_proxy_choose(&url, &environment, &proxy) != SLM_OK)
        FUZZ_ASSERT(proxy.text[0] == '\0');
    environment.no_proxy = NULL;
    if (slmi_proxy_choose(&url, &environment, &proxy) == SLM_OK && proxy.text[0])
        FUZZ_ASSERT(proxy.authority.host[0] && proxy.authority.port > 0);
    return 0;
}
