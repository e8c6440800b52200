/* SPDX-License-Identifier: MIT */
/* What tracing adds to HTTP: to write what is current into a request, to serve one, and to send one with libcurl,
 * without the sending. A layer that does nothing is told of spans and events. */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <spanloom/carrier.h>
#include <spanloom/curl.h>
#include <spanloom/layer.h>
#include <spanloom/propagator.h>
#include <spanloom/trace.h>

#include "bench/figure.h"

static const char url[] = "http://example.com:8080/yaks/3?id=3";

static double inject_current(void *user, uint64_t ops)
{
    uint64_t start = figure_cpu_ns();
    for (uint64_t i = 0; i < ops; i++) {
        slm_header items[4];
        char bytes[256];
        slm_headers headers = { items, 0, 4, bytes, 0, sizeof bytes };
        __asm__ volatile("" : : "r"(user) : "memory");
        if (slm_inject_current(slm_headers_setter(), &headers) != SLM_OK || headers.count == 0)
            abort();
    }
    return (double)(figure_cpu_ns() - start);
}

static double serve(void *user, uint64_t ops)
{
    static const char block[] = "Host: example.com\r\nUser-Agent: curl/8\r\n"
                                "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n";
    slm_string headers = slm_string_of(block, sizeof block - 1);
    const slm_http_request request = { .size = sizeof request,
                                       .method = slm_string_from_c("GET"),
                                       .target = slm_string_from_c("/yaks/3?id=3"),
                                       .route = slm_string_from_c("/yaks/{id}"),
                                       .getter = slm_http1_getter(),
                                       .carrier = &headers };
    (void)user;
    uint64_t start = figure_cpu_ns();
    for (uint64_t i = 0; i < ops; i++) {
        slm_http_server server = slm_http_server_begin(&request);
        slm_http_server_end(&server, 200, NULL, NULL);
    }
    return (double)(figure_cpu_ns() - start);
}

static double call_alone(void *user, uint64_t ops)
{
    const slm_http_call call = { .size = sizeof call, .url = slm_string_from_c(url) };
    (void)user;
    uint64_t start = figure_cpu_ns();
    for (uint64_t i = 0; i < ops; i++)
        slm_http_client_end(slm_http_client_begin(&call), 200, NULL, NULL);
    return (double)(figure_cpu_ns() - start);
}

static double call_by_curl(void *user, uint64_t ops)
{
    uint64_t start = figure_cpu_ns();
    for (uint64_t i = 0; i < ops; i++) {
        slm_curl_operation operation;
        slm_curl_begin(&operation, user, NULL, NULL);
        if (!operation.sent)
            abort();
        slm_curl_end(&operation, CURLE_OK);
    }
    return (double)(figure_cpu_ns() - start);
}

/* One transfer by libcurl alone, so that the handle knows a method, a peer and times, as after any. */
static void *answer_once(void *listener)
{
    static const char reply[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    char request[1024];
    int fd = accept(*(int *)listener, NULL, NULL);
    if (fd < 0 || read(fd, request, sizeof request) <= 0 || write(fd, reply, sizeof reply - 1) < 0)
        abort();
    close(fd);
    return NULL;
}

static void transfer_once(CURL *easy)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    pthread_t thread;
    char here[64];
    if (bind(listener, (struct sockaddr *)&address, len) != 0 || listen(listener, 1) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &len) != 0 ||
        pthread_create(&thread, NULL, answer_once, &listener) != 0)
        abort();
    snprintf(here, sizeof here, "http://127.0.0.1:%u/yaks/3?id=3", ntohs(address.sin_port));
    curl_easy_setopt(easy, CURLOPT_URL, here);
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    if (curl_easy_perform(easy) != CURLE_OK)
        abort();
    pthread_join(thread, NULL);
    close(listener);
}

static void take_event(void *self, slm_hit *event)
{
    (void)self;
    (void)event;
}

static slm_subscriber *keep_spans(void)
{
    static const slm_layer_ops ops = { .size = sizeof ops, .on_event = take_event };
    const slm_layer layer = { .size = sizeof layer, .ops = &ops };
    slm_subscriber *subscriber = NULL;
    if (slm_subscriber_of_layers(&layer, 1, &subscriber) != SLM_OK)
        abort();
    slm_set_global_subscriber(subscriber);
    return subscriber;
}

int main(void)
{
    (void)slm_propagators_from_environment(NULL, 0);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    CURL *easy = curl_easy_init();
    transfer_once(easy);
    figure_calibrate("before");
    slm_subscriber *subscriber = keep_spans();
    slm_span span = SLM_SPAN("current");
    slm_token token = slm_enter(span);
    figure("inject what is current", 1000000, inject_current, NULL);
    figure("serve a request", 200000, serve, NULL);
    double alone = figure("CLIENT span alone", 200000, call_alone, NULL);
    double whole = figure("CLIENT span of a transfer", 200000, call_by_curl, easy);
    printf("%-40s %.0f ns/op\n", "what the transfer adds to its span", whole - alone);
    slm_exit(token);
    slm_span_end(span);
    slm_set_global_subscriber(NULL);
    slm_subscriber_release(subscriber);
    figure_calibrate("after");
    curl_easy_cleanup(easy);
    curl_global_cleanup();
    return 0;
}
