/* SPDX-License-Identifier: MIT */
#include "examples/demo/client.h"
#include <spanloom/curl.h>

#include <stdio.h>
#include <string.h>

enum { TIMEOUT_MS = 10000 };

struct text {
    char *data;
    size_t len, room;
};

static size_t take(char *data, size_t size, size_t count, void *context)
{
    struct text *text = context;
    size_t more = text->room - 1 - text->len;
    if (more > size * count)
        more = size * count;
    memcpy(text->data + text->len, data, more);
    text->len += more;
    text->data[text->len] = '\0';
    return size * count;
}

long client_post(const char *url, char *text, size_t room)
{
    long status = 0;
    struct text answer = { .data = text, .room = room };
    const slm_curl_options options = { .size = sizeof options, .method = slm_string_from_c("POST") };
    CURL *curl = curl_easy_init();
    *text = '\0';
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, "");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)TIMEOUT_MS);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    CURLcode code = curl ? slm_curl_perform(curl, NULL, &options) : CURLE_OUT_OF_MEMORY; /* this is all */
    if (code == CURLE_OK)
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    else
        snprintf(text, room, "%s", curl_easy_strerror(code));
    curl_easy_cleanup(curl);
    return status;
}
