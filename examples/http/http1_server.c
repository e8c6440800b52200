/* SPDX-License-Identifier: MIT */
/* An HTTP/1.1 server on libmicrohttpd: GET /yaks/{id}. With a URL it asks there first, over HTTP/2 without TLS.
 * usage: http1_server [URL] */
#include "examples/demo/http.h"
#include "examples/demo/service.h"
#include <spanloom/curl.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool ask(const char *url)
{
    long status = 0;
    CURL *curl = curl_easy_init();
    if (!curl)
        return false;
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "127.0.0.1");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE);
    if (slm_curl_perform(curl, NULL, NULL) == CURLE_OK)
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(curl);
    return status == 200;
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *path, const char *method,
                              const char *version, const char *data, size_t *data_len, void **state)
{
    static const char route[] = "/yaks/{id}";
    const char *url = context;
    (void)version;
    (void)data;
    if (!*state || *data_len > 0) { /* first the headers, then a body that nobody asked for */
        *state = connection;
        *data_len = 0;
        return MHD_YES;
    }
    bool known = strncmp(path, "/yaks/", 6) == 0 && strcmp(method, "GET") == 0;
    slm_http_server server = http_begin(connection, method, path, known ? route : NULL);
    slm_token token = slm_http_server_enter(&server);
    unsigned status = !known ? MHD_HTTP_NOT_FOUND : url && !ask(url) ? MHD_HTTP_BAD_GATEWAY : MHD_HTTP_OK;
    slm_exit(token);
    slm_http_server_end(&server, status, NULL, NULL);
    return http_answer(connection, status, status == MHD_HTTP_OK ? "a yak\n" : "no yak\n");
}

int main(int argc, char **argv)
{
    sigset_t ends;
    int ending;
    struct sockaddr_in address = http_loopback();
    curl_global_init(CURL_GLOBAL_DEFAULT);
    if (!service_begin("http1_server", &ends))
        return EXIT_FAILURE;
    struct MHD_Daemon *daemon =
        MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION, 0, NULL, NULL, handle,
                         argc > 1 ? argv[1] : NULL, MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_END);
    if (!daemon) {
        perror("http1_server: cannot serve");
        return EXIT_FAILURE;
    }
    service_ready(http_port(daemon));
    sigwait(&ends, &ending);
    MHD_stop_daemon(daemon);
    int status = service_end();
    curl_global_cleanup();
    return status;
}
