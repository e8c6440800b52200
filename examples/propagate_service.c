/* SPDX-License-Identifier: MIT */
/* The service by which implementations of W3C Trace Context are tested. For a POST whose body is a JSON list of
 * {"url": ..., "arguments": ...} it POSTs each `arguments` to its `url`, in the trace that it was sent, with a span of
 * its own for each call, and answers when all are done. usage: propagate_service PORT (0 for any) */
#include "examples/demo/http.h"
#include "examples/demo/service.h"
#include <spanloom/curl.h>
#include <spanloom/layer.h>

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BODY_MAX = 1 << 20, CALLS_MAX = 256, TIMEOUT_MS = 10000 };

struct body {
    char *text;
    size_t len;
    bool too_long;
};

static size_t ignore(char *data, size_t size, size_t count, void *context)
{
    (void)data;
    (void)context;
    return size * count;
}

static bool call(const char *url, const char *arguments)
{
    CURL *curl = curl_easy_init();
    if (!curl)
        return false;
    const slm_curl_options options = { .size = sizeof options, .method = slm_string_from_c("POST") };
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, arguments);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ignore);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)TIMEOUT_MS);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    bool done = slm_curl_perform(curl, headers, &options) == CURLE_OK;
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    return done;
}

/* The status to answer with. */
static unsigned call_all(const struct body *body)
{
    unsigned status = MHD_HTTP_OK;
    cJSON *list = cJSON_ParseWithLength(body->text, body->len);
    if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) > CALLS_MAX)
        status = MHD_HTTP_BAD_REQUEST;
    for (const cJSON *item = status == MHD_HTTP_OK ? list->child : NULL; item; item = item->next) {
        const cJSON *url = cJSON_GetObjectItemCaseSensitive(item, "url");
        const cJSON *arguments = cJSON_GetObjectItemCaseSensitive(item, "arguments");
        char *text = arguments ? cJSON_PrintUnformatted(arguments) : NULL;
        if (!cJSON_IsString(url) || !text)
            status = MHD_HTTP_BAD_REQUEST;
        else if (!call(url->valuestring, text))
            status = MHD_HTTP_BAD_GATEWAY;
        cJSON_free(text);
    }
    cJSON_Delete(list);
    return status;
}

static void take(struct body *body, const char *data, size_t len)
{
    char *text = len <= BODY_MAX - body->len ? realloc(body->text, body->len + len) : NULL;
    if (!text) {
        body->too_long = true;
        return;
    }
    memcpy(text + body->len, data, len);
    body->text = text;
    body->len += len;
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *path, const char *method,
                              const char *version, const char *data, size_t *data_len, void **state)
{
    struct body *body = *state;
    (void)context;
    (void)version;
    if (!body) { /* The first call is only to say that there is a request. */
        *state = calloc(1, sizeof *body);
        return *state ? MHD_YES : MHD_NO;
    }
    if (*data_len > 0) {
        take(body, data, *data_len);
        *data_len = 0;
        return MHD_YES;
    }
    slm_http_server server = http_begin(connection, method, path, NULL);
    slm_token token = slm_http_server_enter(&server);
    unsigned status = body->too_long ? MHD_HTTP_CONTENT_TOO_LARGE : call_all(body);
    slm_exit(token);
    slm_http_server_end(&server, status, NULL, NULL);
    return http_answer(connection, status, status == MHD_HTTP_OK ? "done\n" : "not done\n");
}

static void on_answered(void *context, struct MHD_Connection *connection, void **state,
                        enum MHD_RequestTerminationCode code)
{
    struct body *body = *state;
    (void)context;
    (void)connection;
    (void)code;
    if (body)
        free(body->text);
    free(body);
    *state = NULL;
}

/* Spans even where nobody is sent them (OTEL_TRACES_EXPORTER=none): their ids are what is asked for. */
static bool keep_spans(void)
{
    static const slm_layer_ops ops = { .size = sizeof ops };
    const slm_layer layer = { .size = sizeof layer, .ops = &ops };
    const char *exporter = getenv("OTEL_TRACES_EXPORTER");
    slm_subscriber *subscriber = NULL;
    if (!exporter || strcmp(exporter, "none") != 0)
        return true;
    if (slm_subscriber_of_layers(&layer, 1, &subscriber) != SLM_OK)
        return false;
    slm_set_global_subscriber(subscriber);
    slm_subscriber_release(subscriber);
    return true;
}

int main(int argc, char **argv)
{
    sigset_t ends;
    int ending;
    char *end = NULL;
    unsigned long port = argc == 2 ? strtoul(argv[1], &end, 10) : 0;
    if (!end || *end != '\0' || end == argv[1] || port > UINT16_MAX) {
        fprintf(stderr, "usage: %s PORT\n", argv[0]);
        return 2;
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    if (!service_begin("propagate_service", &ends) || !keep_spans())
        return EXIT_FAILURE;
    struct sockaddr_in address = http_loopback();
    address.sin_port = htons((uint16_t)port);
    struct MHD_Daemon *daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION, 0,
                                                 NULL, NULL, handle, NULL, MHD_OPTION_SOCK_ADDR, &address,
                                                 MHD_OPTION_NOTIFY_COMPLETED, on_answered, NULL, MHD_OPTION_END);
    if (!daemon) {
        perror("propagate_service: cannot serve");
        return EXIT_FAILURE;
    }
    service_ready(http_port(daemon));
    sigwait(&ends, &ending);
    MHD_stop_daemon(daemon);
    int status = service_end();
    curl_global_cleanup();
    return status;
}
