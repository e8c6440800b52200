/* SPDX-License-Identifier: MIT */
#include "exporters/curl_process.h"

#include <curl/curl.h>

bool slmi_curl_is_there(void)
{
    return true;
}

bool slmi_curl_prepare(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

const char *slmi_curl_ca_file(void)
{
    return curl_version_info(CURLVERSION_NOW)->cainfo;
}
