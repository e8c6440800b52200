/* SPDX-License-Identifier: MIT */
/* Transfers as spans, against a server of the test's own: what is sent, what is recorded, whose lists are whose. */
#include "tests/unit/recording.h"
#include "tests/wire/check.h"
#include <spanloom/curl.h>
#include <spanloom/propagator.h>
#include <spanloom/trace.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/* Answers each connection once, with the status that its path names, and keeps what it was sent. Path /0 hangs up. */
static struct {
    int fd;
    char url[64];
    char request[16384];
    pthread_t thread;
} server;

static void answer(int connection)
{
    size_t len = 0;
    ssize_t n = 1;
    server.request[0] = '\0';
    while (!strstr(server.request, "\r\n\r\n") && n > 0) {
        n = read(connection, server.request + len, sizeof server.request - 1 - len);
        len += n > 0 ? (size_t)n : 0;
        server.request[len] = '\0';
    }
    const char *path = strchr(server.request, '/');
    long status = path ? strtol(path + 1, NULL, 10) : 0;
    char text[128];
    int size = snprintf(text, sizeof text, "HTTP/1.1 %ld X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", status);
    if (status > 0)
        CHECK(write(connection, text, (size_t)size) == size);
    close(connection);
}

static void *serve(void *unused)
{
    int connection;
    (void)unused;
    while ((connection = accept(server.fd, NULL, NULL)) >= 0)
        answer(connection);
    return NULL;
}

static void server_open(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof address;
    server.fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(bind(server.fd, (struct sockaddr *)&address, len) == 0 && listen(server.fd, 8) == 0);
    CHECK(getsockname(server.fd, (struct sockaddr *)&address, &len) == 0);
    snprintf(server.url, sizeof server.url, "http://u:p@127.0.0.1:%u", ntohs(address.sin_port));
    CHECK(pthread_create(&server.thread, NULL, serve, NULL) == 0);
}

static void server_close(void)
{
    shutdown(server.fd, SHUT_RDWR);
    pthread_join(server.thread, NULL);
    close(server.fd);
}

static CURL *handle(const char *path)
{
    char url[128];
    CURL *easy = curl_easy_init();
    snprintf(url, sizeof url, "%s%s", server.url, path);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    return easy;
}

/* The value that the server got, "" if it did not; or "twice". */
static const char *sent(const char *name)
{
    static char value[512];
    const char *at = strcasestr(server.request, name);
    if (!at)
        return "";
    if (strcasestr(at + 1, name))
        return "twice";
    snprintf(value, sizeof value, "%.*s", (int)strcspn(at + strlen(name), "\r"), at + strlen(name));
    return value;
}

static void test_a_transfer_is_a_span_with_its_moments(void)
{
    CURL *easy = handle("/200?sig=secret");
    struct curl_slist *headers = curl_slist_append(NULL, "X-Mine: 1");
    CHECK_EQUAL(slm_curl_perform(easy, headers, NULL), CURLE_OK);
    CHECK(strcmp(sent("\nX-Mine: "), "1") == 0);
    char traceparent[SLM_TRACEPARENT_SIZE];
    slm_traceparent_format(&recording.identity, traceparent);
    CHECK(strcmp(sent("\ntraceparent: "), traceparent) == 0);
    CHECK(recording.events >= 4);
    for (unsigned i = 0; i < recording.events; i++) {
        CHECK(recording.event_ns[i] >= recording.start_ns - 1000000 &&
              recording.event_ns[i] <= recording.end_ns + 1000000);
        CHECK(i == 0 || recording.event_ns[i] >= recording.event_ns[i - 1]);
    }
    const char *text = recording_take();
    CHECK_CONTAINS(text, "  event name looked up\n  event connected\n  event first byte\n  event done\n");
    CHECK_CONTAINS(text, "\nGET kind=2 status=0 http.request.method=GET url.full=http://REDACTED:REDACTED@127.0.0.1:");
    CHECK_CONTAINS(text, "/200?sig=REDACTED server.address=127.0.0.1 server.port=");
    CHECK_CONTAINS(text, " network.peer.address=127.0.0.1 network.peer.port=");
    CHECK_CONTAINS(text, " network.protocol.version=1.1 http.response.status_code=200\n");
    CHECK(headers->next == NULL && strcmp(headers->data, "X-Mine: 1") == 0);
    curl_slist_free_all(headers);
    curl_easy_cleanup(easy);
}

static void test_a_retry_is_a_span_of_its_own_that_says_so(void)
{
    CURL *easy = handle("/503");
    char first[64];
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "x");
    slm_curl_options options = { .size = sizeof options, .route = slm_string_from_c("/{status}") };
    CHECK_EQUAL(slm_curl_perform(easy, NULL, &options), CURLE_OK);
    snprintf(first, sizeof first, "%s", sent("\ntraceparent: "));
    CHECK_CONTAINS(recording_take(), "POST /{status} kind=2 status=2 http.request.method=POST");
    options.resend_count = 1;
    CHECK_EQUAL(slm_curl_perform(easy, NULL, &options), CURLE_OK);
    CHECK(strcmp(first, sent("\ntraceparent: ")) != 0);
    const char *text = recording_take();
    CHECK_CONTAINS(text, "http.request.resend_count=1");
    CHECK_CONTAINS(text, "http.response.status_code=503 error.type=503");
    curl_easy_cleanup(easy);
}

static void test_headers_of_ours_replace_those_of_the_caller(void)
{
    CURL *easy = handle("/200");
    struct curl_slist *headers = curl_slist_append(NULL, "TraceParent: old");
    headers = curl_slist_append(headers, "X-Mine: 1");
    slm_curl_operation operation;
    slm_curl_begin(&operation, easy, headers, NULL);
    slm_curl_end(&operation, curl_easy_perform(easy));
    CHECK(strncmp(sent("\ntraceparent: "), "00-", 3) == 0);
    CHECK(strcmp(sent("\nX-Mine: "), "1") == 0);
    CHECK_EQUAL(curl_easy_perform(easy), CURLE_OK); /* with the caller's list again */
    CHECK(strcmp(sent("\ntraceparent: "), "old") == 0);
    curl_slist_free_all(headers);
    curl_easy_cleanup(easy);
    recording_take();
}

static int give_up(void *user, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)user, (void)a, (void)b, (void)c, (void)d;
    return 1;
}

static void test_what_fails_is_an_error_and_what_the_caller_stops_is_not(void)
{
    CURL *easy = handle("/0");
    CHECK_EQUAL(slm_curl_perform(easy, NULL, NULL), CURLE_GOT_NOTHING);
    CHECK_CONTAINS(recording_take(), "GET kind=2 status=2 http.request.method=GET");
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, give_up);
    CHECK_EQUAL(slm_curl_perform(easy, NULL, NULL), CURLE_ABORTED_BY_CALLBACK);
    const char *text = recording_take();
    CHECK_CONTAINS(text, "GET kind=2 status=0");
    CHECK(!strstr(text, "error.type"));
    curl_easy_cleanup(easy);
}

static void test_the_multi_interface_has_many_at_a_time(void)
{
    enum { MANY = 8 };
    CURLM *multi = curl_multi_init();
    slm_curl_operation operations[MANY];
    for (int i = 0; i < MANY; i++) {
        CURL *easy = handle("/204");
        slm_curl_begin(&operations[i], easy, NULL, NULL);
        curl_easy_setopt(easy, CURLOPT_PRIVATE, &operations[i]);
        curl_multi_add_handle(multi, easy);
    }
    int running = 1, left, done = 0;
    while (done < MANY) {
        CURLMsg *message;
        if (curl_multi_perform(multi, &running) != CURLM_OK || curl_multi_poll(multi, NULL, 0, 1000, NULL) != CURLM_OK)
            break;
        while ((message = curl_multi_info_read(multi, &left))) {
            slm_curl_operation *operation;
            CURL *easy = message->easy_handle;
            curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&operation);
            slm_curl_end(operation, message->data.result);
            curl_multi_remove_handle(multi, easy);
            curl_easy_cleanup(easy);
            done++;
        }
    }
    CHECK_EQUAL(done, MANY);
    CHECK_EQUAL(recording.spans, MANY);
    recording_take();
    curl_multi_cleanup(multi);
}

static void test_the_parent_is_sent_where_nobody_records(void)
{
    static const char parent[] = "00-12345678901234567890123456789012-00f067aa0ba902b7-01";
    slm_span_context remote;
    CHECK_EQUAL(slm_traceparent_parse(slm_string_from_c(parent), &remote), SLM_OK);
    slm_context context = slm_context_with_baggage(slm_under_remote(&remote), slm_string_from_c("k=v"));
    const struct {
        slm_parent parent;
        const char *traceparent, *baggage;
    } cases[] = {
        { slm_under_context(&context), parent, "k=v" },
        { slm_under_remote(&remote), parent, "" },
        { SLM_ROOT, "", "" },
        { { 0 }, "", "" },
    };
    CURL *easy = handle("/200");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const slm_curl_options options = { .size = sizeof options, .parent = cases[i].parent };
        CHECK_EQUAL(slm_curl_perform(easy, NULL, &options), CURLE_OK);
        CHECK(strcmp(sent("\ntraceparent: "), cases[i].traceparent) == 0);
        CHECK(strcmp(sent("\nbaggage: "), cases[i].baggage) == 0);
    }
    slm_context_release(&context);
    curl_easy_cleanup(easy);
}

int main(void)
{
    unsetenv("OTEL_PROPAGATORS");
    CHECK_EQUAL(slm_propagators_from_environment(NULL, 0), SLM_OK);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    server_open();
    test_the_parent_is_sent_where_nobody_records();
    slm_subscriber *subscriber = recording_begin();
    test_a_transfer_is_a_span_with_its_moments();
    test_a_retry_is_a_span_of_its_own_that_says_so();
    test_headers_of_ours_replace_those_of_the_caller();
    test_what_fails_is_an_error_and_what_the_caller_stops_is_not();
    test_the_multi_interface_has_many_at_a_time();
    recording_end(subscriber);
    server_close();
    curl_global_cleanup();
    return check_result();
}
