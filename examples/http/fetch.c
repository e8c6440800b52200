/* SPDX-License-Identifier: MIT */
/* A request with libcurl, traced by one line. usage: fetch URL */
#include "examples/demo/service.h"
#include <spanloom/curl.h>

#include <stdio.h>

int main(int argc, char **argv)
{
    sigset_t ends;
    if (argc != 2) {
        fprintf(stderr, "usage: %s URL\n", argv[0]);
        return 2;
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    CURL *curl = curl_easy_init();
    if (!service_begin("fetch", &ends) || !curl)
        return 1;
    curl_easy_setopt(curl, CURLOPT_URL, argv[1]);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "127.0.0.1");
    CURLcode code = slm_curl_perform(curl, NULL, NULL); /* in place of curl_easy_perform(curl) */
    if (code != CURLE_OK)
        fprintf(stderr, "fetch: %s\n", curl_easy_strerror(code));
    curl_easy_cleanup(curl);
    int status = service_end();
    curl_global_cleanup();
    return code == CURLE_OK ? status : 1;
}
