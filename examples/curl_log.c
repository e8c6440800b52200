/* SPDX-License-Identifier: MIT */
/* What libcurl says of a transfer, as events of its span: in place of `-v`. Nobody listens at this address. */
#include <spanloom/curl.h>
#include <spanloom/log.h>

int main(void)
{
    const slm_log_config config = { .size = sizeof config, .directives = "info,curl=trace" };
    CURL *easy = curl_easy_init();
    slm_init_log(&config);
    curl_easy_setopt(easy, CURLOPT_URL, "http://frieda:secret@127.0.0.1:1/yaks?sig=secret");
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, slm_curl_debug);
    curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
    CURLcode code = slm_curl_perform(easy, NULL, NULL);
    curl_easy_cleanup(easy);
    slm_log_shutdown(1000);
    return code == CURLE_COULDNT_CONNECT ? 0 : 1;
}
