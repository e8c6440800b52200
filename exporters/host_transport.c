/* SPDX-License-Identifier: MIT */
/* Answers come from any thread. One mutex guards which requests are under way and what was answered; it is never held
 * while a function of the host's runs. */
#include "exporters/host_transport.h"

#include "core/alloc.h"
#include "exporters/buffer.h"
#include "exporters/deadline.h"
#include "exporters/gzip.h"
#include "exporters/http_answer.h"
#include <spanloom/stats.h>

#include <pthread.h>
#include <stdio.h>

enum { TEXT_BYTES = 256, HEADERS_MAX = 40, PACKED_MAX = SLMI_HTTP_REQUEST_MAX + SLMI_HTTP_REQUEST_MAX / 256 };

typedef enum phase {
    PHASE_IDLE,
    PHASE_PACKING, /* the body is being compressed */
    PHASE_FLIGHT   /* the host has it */
} phase;

typedef struct host {
    slmi_transport base;
    slmi_loop *loop;
    slm_transport client;
    slmi_url url;
    const char *content_type;
    slmi_reply_reader *read_reply;
    slm_transport_header headers[HEADERS_MAX];
    size_t header_count;
    bool compresses;
    slmi_gzip gzip;
    phase phase;
    uint64_t deadline_ns;

    /* Guarded by the mutex. */
    uint64_t number; /* of the request under way; 0: none */
    bool answered;
    slm_transport_answer answer; /* its pointers are NULL, what they pointed to is below */
    char error[TEXT_BYTES], location[TEXT_BYTES];
    slmi_buffer reply;
} host;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static host *hosts[SLM_PIPELINES_MAX]; /* guarded */
static uint64_t numbers;               /* the same */

static host *from_transport(slmi_transport *transport)
{
    return (host *)(void *)transport;
}

/* With the mutex held. */
static bool enlist(host *h, host *in_place_of)
{
    for (unsigned i = 0; i < SLM_PIPELINES_MAX; i++) {
        if (hosts[i] == in_place_of) {
            hosts[i] = h;
            return true;
        }
    }
    return false;
}

void slmi_host_transport_fork_child(void)
{
    pthread_mutex_init(&mutex, NULL);
    for (unsigned i = 0; i < SLM_PIPELINES_MAX; i++)
        hosts[i] = NULL;
}

static void copy_text(char *out, const char *text)
{
    snprintf(out, TEXT_BYTES, "%s", text ? text : "");
}

/* With the mutex held. */
static void take(host *h, const slm_transport_answer *answer)
{
    copy_text(h->error, answer->error);
    copy_text(h->location, answer->location);
    slmi_buffer_rewind(&h->reply, 0);
    if (answer->body)
        slmi_buffer_add(&h->reply, answer->body, answer->body_len);
    h->answer = *answer;
    h->answer.error = h->answer.location = h->answer.body = NULL;
    h->answered = true;
    slmi_loop_wake(h->loop);
}

slm_status slm_transport_done(uint64_t number, const slm_transport_answer *answer)
{
    slm_transport_answer known = { .size = (uint32_t)sizeof known };
    slm_status status = SLM_ERR_NOT_FOUND;
    if (!answer || answer->size < 2 * sizeof(uint32_t))
        return SLM_ERR_INVALID_ARGUMENT;
    memcpy(&known, answer, answer->size < sizeof known ? answer->size : sizeof known);
    pthread_mutex_lock(&mutex);
    for (unsigned i = 0; i < SLM_PIPELINES_MAX; i++) {
        if (number != 0 && hosts[i] && hosts[i]->number == number && !hosts[i]->answered) {
            take(hosts[i], &known);
            status = SLM_OK;
        }
    }
    pthread_mutex_unlock(&mutex);
    return status;
}

static uint64_t give_number(host *h)
{
    pthread_mutex_lock(&mutex);
    uint64_t number = h->number = ++numbers;
    h->answered = false;
    pthread_mutex_unlock(&mutex);
    return number;
}

static void send_body(host *h, const char *body, size_t len)
{
    int left_ms = slmi_deadline_poll_ms(slmi_deadline_now(), h->deadline_ns);
    const slm_transport_request request = {
        .size = (uint32_t)sizeof request,
        .timeout_ms = left_ms < 0 ? UINT32_MAX : (uint32_t)left_ms,
        .number = give_number(h),
        .deadline_ns = h->deadline_ns,
        .url = h->url.text,
        .socket = h->url.socket[0] ? h->url.socket : NULL,
        .content_type = h->content_type,
        .headers = h->headers,
        .header_count = h->header_count,
        .body = body,
        .body_len = len,
    };
    h->phase = PHASE_FLIGHT;
    h->client.begin(h->client.self, &request);
}

static void host_begin(slmi_transport *transport, const char *body, size_t len, uint64_t deadline_ns)
{
    host *h = from_transport(transport);
    h->deadline_ns = deadline_ns;
    if (!h->compresses) {
        send_body(h, body, len);
        return;
    }
    h->phase = PHASE_PACKING;
    if (!slmi_gzip_begin(&h->gzip, body, len, PACKED_MAX))
        h->deadline_ns = 0; /* there was no memory: over at the next step */
}

/* Ends the request under way; true if it had no answer. */
static bool end_request(host *h, uint64_t *number)
{
    pthread_mutex_lock(&mutex);
    bool open = h->number != 0 && !h->answered;
    *number = h->number;
    h->number = 0;
    pthread_mutex_unlock(&mutex);
    return open;
}

static void host_abort(slmi_transport *transport)
{
    host *h = from_transport(transport);
    uint64_t number;
    if (h->phase == PHASE_FLIGHT && end_request(h, &number))
        h->client.abort(h->client.self, number);
    slmi_gzip_forget(&h->gzip);
    h->phase = PHASE_IDLE;
}

static void pack(host *h, slmi_answer *answer)
{
    slmi_gzip_state state = slmi_gzip_step(&h->gzip);
    if (state == SLMI_GZIP_DONE)
        send_body(h, h->gzip.out.data, h->gzip.out.len);
    if (state == SLMI_GZIP_FAILED) {
        slmi_answer_say(answer, "out of memory");
        h->deadline_ns = 0;
    }
}

/* What the host answered. It owns nothing of the request any more, so only the loop's thread looks from here on. */
static void judge(host *h, slmi_answer *answer)
{
    *answer = (slmi_answer){ .verdict = SLMI_RETRYABLE };
    if (h->answer.http_status == 0) {
        answer->nobody_listens = h->answer.nobody_listens;
        slmi_answer_say(answer, "%s", h->error[0] ? h->error : "no answer");
        return;
    }
    const slmi_http_outcome outcome = {
        .result = CURLE_OK,
        .status = (long)h->answer.http_status,
        .retry_after_s = h->answer.retry_after_s,
        .detail = "",
        .location = h->location[0] ? h->location : NULL,
        .body = h->reply.data,
        .body_len = h->reply.len,
        .sent_protobuf = strstr(h->content_type, "protobuf") != NULL,
        .reply_protobuf = strstr(h->content_type, "protobuf") != NULL,
        .too_long = h->reply.failed,
    };
    slmi_http_judge(&outcome, &h->url, h->read_reply, answer);
}

static bool has_answer(host *h)
{
    pthread_mutex_lock(&mutex);
    bool answered = h->answered;
    pthread_mutex_unlock(&mutex);
    return answered;
}

static bool host_step(slmi_transport *transport, uint64_t now_ns, slmi_answer *answer)
{
    host *h = from_transport(transport);
    uint64_t number;
    *answer = (slmi_answer){ .verdict = SLMI_RETRYABLE };
    if (h->phase == PHASE_PACKING && now_ns < h->deadline_ns)
        pack(h, answer);
    if (h->phase == PHASE_FLIGHT && has_answer(h)) {
        end_request(h, &number);
        judge(h, answer);
        slmi_buffer_free(&h->reply);
        slmi_gzip_forget(&h->gzip);
        h->phase = PHASE_IDLE;
        return true;
    }
    if (now_ns < h->deadline_ns)
        return false;
    if (!answer->text[0])
        slmi_answer_say(answer, h->phase == PHASE_FLIGHT ? "no answer in time" : "it could not be compressed in time");
    host_abort(transport);
    return true;
}

static uint64_t host_due(const slmi_transport *transport)
{
    host *h = (host *)(void *)(uintptr_t)transport;
    if (h->phase == PHASE_PACKING || (h->phase == PHASE_FLIGHT && has_answer(h)))
        return 0;
    return h->phase == PHASE_IDLE ? SLMI_NEVER : h->deadline_ns;
}

static void host_free(slmi_transport *transport)
{
    host *h = from_transport(transport);
    host_abort(transport);
    pthread_mutex_lock(&mutex);
    enlist(NULL, h);
    pthread_mutex_unlock(&mutex);
    slmi_buffer_free(&h->reply);
    slmi_gzip_free(&h->gzip);
    slmi_free(h);
}

static const slmi_transport_ops host_ops = {
    .begin = host_begin,
    .step = host_step,
    .due = host_due,
    .abort = host_abort,
    .free = host_free,
};

/* From "name: value". */
static void add_header(host *h, const char *line)
{
    const char *colon = strchr(line, ':');
    if (!colon || h->header_count == HEADERS_MAX)
        return;
    const char *value = colon + 1 + strspn(colon + 1, " ");
    h->headers[h->header_count++] = (slm_transport_header){
        .name = slm_string_of(line, (size_t)(colon - line)),
        .value = slm_string_from_c(value),
    };
}

slmi_transport *slmi_host_transport_new(slmi_loop *loop, const slm_transport *client, const slmi_http_options *options)
{
    host *h = slmi_alloc_zeroed(sizeof *h);
    if (!h)
        return NULL;
    h->url = options->url;
    h->base = (slmi_transport){ .ops = &host_ops, .target = h->url.shown, .local = h->url.authority.local };
    h->loop = loop;
    h->client = *client;
    h->content_type = options->content_type;
    h->read_reply = options->read_reply;
    h->compresses = options->gzip;
    slmi_buffer_init(&h->reply, SLMI_HTTP_RESPONSE_MAX);
    if (options->gzip)
        add_header(h, "Content-Encoding: gzip");
    for (size_t i = 0; i < options->header_count; i++)
        add_header(h, options->headers[i]);
    pthread_mutex_lock(&mutex);
    bool listed = enlist(h, NULL);
    pthread_mutex_unlock(&mutex);
    if (!listed) {
        slmi_free(h);
        return NULL;
    }
    return &h->base;
}
