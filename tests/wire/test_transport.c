/* SPDX-License-Identifier: MIT */
/* A host's own HTTP client in place of libcurl: what it is given, what its answers mean, and who may answer when. Under
 * both drives. */
#include "tests/wire/delivery.h"
#include "tests/wire/server_body.h"
#include <spanloom/transport.h>

#include <pthread.h>

enum { SPANS = 30 };

/* The client that the test plays. */
typedef struct client {
    pthread_mutex_t mutex;
    const slm_transport_answer *answers; /* the n-th request gets the n-th, every later one the last; NULL: none */
    unsigned count;
    unsigned requests, aborts, spans;
    uint64_t number; /* of the last */
    bool later;      /* not from inside begin() */
    char content_type[40], encoding[20], header[40], url[120], socket[120];
    bool well_formed;
} client;

static void count_span(void *user, unsigned long id)
{
    (void)id;
    ((client *)user)->spans++;
}

static void copy(char *out, size_t room, slm_string text)
{
    snprintf(out, room, "%.*s", (int)text.len, text.data);
}

static void begin(void *self, const slm_transport_request *request)
{
    client *c = self;
    char head[200];
    CHECK(fake_suppressed());
    CHECK_EQUAL(request->size, sizeof *request);
    CHECK(request->timeout_ms <= 10000);
    pthread_mutex_lock(&c->mutex);
    snprintf(c->content_type, sizeof c->content_type, "%s", request->content_type);
    snprintf(c->url, sizeof c->url, "%s", request->url);
    snprintf(c->socket, sizeof c->socket, "%s", request->socket ? request->socket : "");
    for (size_t i = 0; i < request->header_count; i++) {
        if (slm_string_equal(request->headers[i].name, slm_string_from_c("Content-Encoding")))
            copy(c->encoding, sizeof c->encoding, request->headers[i].value);
        if (slm_string_equal(request->headers[i].name, slm_string_from_c("x-yak")))
            copy(c->header, sizeof c->header, request->headers[i].value);
    }
    int len = snprintf(head, sizeof head, "POST / HTTP/1.1\r\nContent-Type: %s\r\n%s%s\r\n", c->content_type,
                       c->encoding[0] ? "Content-Encoding: " : "", c->encoding[0] ? "gzip\r\n" : "");
    c->well_formed = server_body_read(head, (size_t)len, request->body, request->body_len, count_span, c);
    unsigned at = c->requests < c->count ? c->requests : c->count - 1;
    c->requests++;
    c->number = request->number;
    const slm_transport_answer *answer = c->answers && !c->later ? &c->answers[at] : NULL;
    pthread_mutex_unlock(&c->mutex);
    if (answer) {
        CHECK_EQUAL(slm_transport_done(request->number, answer), SLM_OK);
        CHECK_EQUAL(slm_transport_done(request->number, answer), SLM_ERR_NOT_FOUND);
    }
}

static void give_up(void *self, uint64_t number)
{
    client *c = self;
    pthread_mutex_lock(&c->mutex);
    CHECK_EQUAL(number, c->number);
    c->aborts++;
    pthread_mutex_unlock(&c->mutex);
}

static unsigned requests_of(client *c)
{
    pthread_mutex_lock(&c->mutex);
    unsigned count = c->requests;
    pthread_mutex_unlock(&c->mutex);
    return count;
}

static void start(client *c, slm_config config)
{
    static slm_transport transport;
    pthread_mutex_init(&c->mutex, NULL);
    transport = (slm_transport){ .size = (uint32_t)sizeof transport, .self = c, .begin = begin, .abort = give_up };
    config.transport = &transport;
    sdk_start(4318, &config);
    fake_end(SPANS);
}

#define ANSWER(...)                                                                                                    \
    {                                                                                                                  \
        .size = (uint32_t)sizeof(slm_transport_answer), __VA_ARGS__                                                    \
    }

static void answers_mean_what_they_mean_over_libcurl(void)
{
    static const char partial[] = "{\"partialSuccess\":{\"rejectedSpans\":\"7\",\"errorMessage\":\"moths\"}}";
    static char long_reply[(4 << 20) + 1];
    memset(long_reply, ' ', sizeof long_reply);
    const struct {
        slm_transport_answer first;
        slm_status status;
        unsigned delivered, rejected, requests;
        slm_diagnostic_kind kind;
        const char *message;
    } cases[] = {
        { ANSWER(.http_status = 200), SLM_OK, SPANS, 0, 1, SLM_DIAG_REFUSED, "" },
        { ANSWER(.http_status = 200, .body = partial, .body_len = sizeof partial - 1), SLM_ERR_UNDELIVERED, SPANS - 7,
          7, 1, SLM_DIAG_REFUSED, "moths" },
        { ANSWER(.http_status = 400), SLM_ERR_UNDELIVERED, 0, SPANS, 1, SLM_DIAG_REFUSED, "400 Bad Request" },
        { ANSWER(.http_status = 307, .location = "http://elsewhere/"), SLM_ERR_UNDELIVERED, 0, SPANS, 1,
          SLM_DIAG_REFUSED, "307 Temporary Redirect to http://elsewhere/" },
        { ANSWER(.http_status = 200, .body = long_reply, .body_len = sizeof long_reply), SLM_ERR_UNDELIVERED, 0, SPANS,
          1, SLM_DIAG_REFUSED, "longer than 4 MiB" },
        { ANSWER(.http_status = 503), SLM_OK, SPANS, 0, 2, SLM_DIAG_UNREACHABLE, "503 Service Unavailable" },
        { ANSWER(.http_status = 429, .retry_after_s = 1), SLM_OK, SPANS, 0, 2, SLM_DIAG_UNREACHABLE, "429" },
        { ANSWER(.error = "the line is\ndown"), SLM_OK, SPANS, 0, 2, SLM_DIAG_UNREACHABLE, "the line is down" },
        { ANSWER(.nobody_listens = true), SLM_OK, SPANS, 0, 2, SLM_DIAG_UNREACHABLE, "no answer" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const slm_transport_answer answers[] = { cases[i].first, ANSWER(.http_status = 200) };
        client c = { .answers = answers, .count = 2 };
        slm_pipeline_stats before = fake_stats(0);
        start(&c, (slm_config){ .headers = "x-yak=hairy" });
        CHECK_EQUAL(flush_all(), cases[i].status);
        slm_status ended = slm_shutdown(AMPLE_MS);
        CHECK_EQUAL(ended, SLM_OK);
        slm_pipeline_stats stats = stats_since(before, 0);
        check_balance(&stats);
        CHECK_EQUAL(stats.delivered, cases[i].delivered);
        CHECK_EQUAL(stats.rejected, cases[i].rejected);
        CHECK_EQUAL(c.requests, cases[i].requests);
        CHECK_EQUAL(c.aborts, 0);
        CHECK_CONTAINS(fake_message(cases[i].kind), cases[i].message);
        CHECK(c.well_formed && c.spans == SPANS * c.requests);
        CHECK(strcmp(c.header, "hairy") == 0 && strcmp(c.content_type, "application/json") == 0);
        CHECK(strcmp(c.url, "http://127.0.0.1:4318/v1/traces") == 0 && c.socket[0] == '\0');
    }
}

static void bodies_are_compressed_and_sockets_named(void)
{
    static const slm_transport_answer accepted = ANSWER(.http_status = 200);
    client c = { .answers = &accepted, .count = 1 };
    start(&c, (slm_config){ .endpoint = "unix:/run/yak", .protocol = "http/protobuf", .compression = "gzip" });
    CHECK_EQUAL(flush_all(), SLM_OK);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK(c.well_formed && c.spans == SPANS);
    CHECK(strcmp(c.encoding, "gzip") == 0 && strcmp(c.content_type, "application/x-protobuf") == 0);
    CHECK(strcmp(c.socket, "/run/yak") == 0);
}

static void *answer_at_last(void *user)
{
    client *c = user;
    while (requests_of(c) == 0)
        sched_yield();
    CHECK_EQUAL(slm_transport_done(c->number, c->answers), SLM_OK);
    return NULL;
}

static void an_answer_may_come_from_any_thread(void)
{
    static const slm_transport_answer accepted = ANSWER(.http_status = 200);
    client c = { .answers = &accepted, .count = 1, .later = true };
    pthread_t thread;
    start(&c, (slm_config){ .size = 0 });
    pthread_create(&thread, NULL, answer_at_last, &c);
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    pthread_join(thread, NULL);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(c.aborts, 0);
}

static void what_has_no_answer_is_aborted(void)
{
    static const slm_transport_answer accepted = ANSWER(.http_status = 200);
    client c = { .answers = NULL };
    slm_pipeline_stats before = fake_stats(0);
    start(&c, (slm_config){ .request_timeout_ms = 20 });
    while (fake_messages(SLM_DIAG_UNREACHABLE) == 0)
        CHECK_EQUAL(slm_flush(20), SLM_ERR_TIMED_OUT);
    CHECK_CONTAINS(fake_message(SLM_DIAG_UNREACHABLE), "no answer in time");
    uint64_t first = c.number;
    while (requests_of(&c) < 2)
        CHECK_EQUAL(slm_flush(20), SLM_ERR_TIMED_OUT);
    CHECK(slm_shutdown(100) != SLM_OK);
    await_drop();
    while (requests_of(&c) > c.aborts)
        sched_yield();
    CHECK_EQUAL(slm_transport_done(first, &accepted), SLM_ERR_NOT_FOUND);
    CHECK_EQUAL(slm_transport_done(c.number, &accepted), SLM_ERR_NOT_FOUND);
    slm_pipeline_stats stats = stats_since(before, 0);
    check_balance(&stats);
    CHECK_EQUAL(stats.delivered, 0);
}

static void bad_answers_are_refused(void)
{
    static const slm_transport_answer accepted = ANSWER(.http_status = 200);
    const slm_transport_answer sizeless = { .size = 3 };
    CHECK_EQUAL(slm_transport_done(1, NULL), SLM_ERR_INVALID_ARGUMENT);
    CHECK_EQUAL(slm_transport_done(1, &sizeless), SLM_ERR_INVALID_ARGUMENT);
    CHECK_EQUAL(slm_transport_done(0, &accepted), SLM_ERR_NOT_FOUND);
    CHECK_EQUAL(slm_transport_done(UINT64_MAX, &accepted), SLM_ERR_NOT_FOUND);
}

int main(void)
{
    for (int host = 0; host < 2; host++) {
        by_host = host == 1;
        bad_answers_are_refused();
        answers_mean_what_they_mean_over_libcurl();
        bodies_are_compressed_and_sockets_named();
        an_answer_may_come_from_any_thread();
        what_has_no_answer_is_aborted();
    }
    return check_result();
}
