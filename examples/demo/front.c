/* SPDX-License-Identifier: MIT */
/* The front service: takes a request, has the yak-shaving service do the work, answers. usage: demo-front URL */
#include "examples/demo/client.h"
#include "examples/demo/http.h"
#include "examples/demo/service.h"
#include <spanloom/propagation.h>
#include <spanloom/trace.h>

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

/* "trace " and the id, by which whoever asked finds the trace again. */
static void name_trace(char *out, size_t room)
{
    slm_span_context self;
    char traceparent[SLM_TRACEPARENT_SIZE];
    *out = '\0';
    if (slm_span_identity(slm_current(), &self) && slm_traceparent_format(&self, traceparent) > 0)
        snprintf(out, room, "trace %.32s", traceparent + 3);
}

static enum MHD_Result shave(struct MHD_Connection *connection, const char *yaks_url)
{
    char said[128], answer[256], trace[64];
    slm_http_server server = http_begin(connection, "GET", "/shave", "/shave");
    slm_token token = slm_http_server_enter(&server);
    bool failed = client_post(yaks_url, said, sizeof said) != MHD_HTTP_OK;
    name_trace(trace, sizeof trace);
    slm_exit(token);

    unsigned status = failed ? MHD_HTTP_BAD_GATEWAY : MHD_HTTP_OK;
    slm_http_server_end(&server, status, NULL, failed ? "the yak shavers cannot help" : NULL);
    snprintf(answer, sizeof answer, "%s (%s)\n", said, trace);
    return http_answer(connection, status, answer);
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *path, const char *method,
                              const char *version, const char *data, size_t *data_len, void **state)
{
    (void)version;
    (void)data;
    if (!*state) { /* The first call is only to say that there is a request. */
        *state = connection;
        return MHD_YES;
    }
    if (*data_len > 0) { /* A body, which nobody asked for. */
        *data_len = 0;
        return MHD_YES;
    }
    if (strcmp(path, "/shave") != 0)
        return http_answer(connection, MHD_HTTP_NOT_FOUND, "there is only /shave\n");
    if (strcmp(method, "GET") != 0)
        return http_answer(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET\n");
    return shave(connection, context);
}

int main(int argc, char **argv)
{
    sigset_t ends;
    int ending;
    if (argc != 2) {
        fprintf(stderr, "usage: %s URL-OF-THE-YAK-SHAVING-SERVICE\n", argv[0]);
        return 2;
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    if (!service_begin("front", &ends))
        return EXIT_FAILURE;

    struct sockaddr_in address = http_loopback();
    struct MHD_Daemon *daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, handle, argv[1],
                                                 MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_END);
    if (!daemon) {
        perror("front: cannot serve");
        return EXIT_FAILURE;
    }
    service_ready(http_port(daemon));
    sigwait(&ends, &ending);
    MHD_stop_daemon(daemon);
    int status = service_end();
    curl_global_cleanup();
    return status;
}
