/* SPDX-License-Identifier: MIT */
/* What encoding costs a span, and a log record: 512 of about 380 bytes of OTLP/JSON each, into a buffer that has grown
 * already, beside a copy of the very same bytes, which is the limit. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "exporters/encoder.h"
#include <spanloom/level.h>

enum { SPANS = 512, RUNS = 15, ROUNDS = 200 };

typedef void measured(void *user);

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void report(const char *name, measured *body, void *user)
{
    double ns[RUNS];
    for (int run = -1; run < RUNS; run++) { /* the first warms up */
        uint64_t start = now_ns();
        for (int round = 0; round < ROUNDS; round++)
            body(user);
        if (run >= 0)
            ns[run] = (double)(now_ns() - start) / ((double)ROUNDS * SPANS);
    }
    qsort(ns, RUNS, sizeof *ns, compare);
    printf("%-40s %8.1f %8.1f %8.1f  ns/op\n", name, ns[0], ns[RUNS / 2], ns[RUNS - 1]);
}

typedef struct batch {
    const slmi_encoder *encoder;
    slmi_buffer body;
    slm_resource resource;
    slm_span_data spans[SPANS];
    slm_log_data logs[SPANS]; /* that say as much */
    slm_field fields[SPANS][2];
    char *copy;
} batch;

static void fill(batch *b)
{
    static const slm_field service = {
        .key = { "service.name", 12 },
        .value = { .type = SLM_TYPE_STRING, .as = { .s = "checkout" }, .len = 8 },
    };
    static const slm_scope_data scope = { .name = { "checkout.http", 13 }, .version = { "1.4.2", 5 } };
    uint64_t noise = 0x9e3779b97f4a7c15u;

    b->resource = (slm_resource){ .fields = &service, .field_count = 1 };
    for (size_t i = 0; i < SPANS; i++) {
        slm_span_data *span = &b->spans[i];
        *span = (slm_span_data){ .size = sizeof *span,
                                 .kind = SLM_KIND_CLIENT,
                                 .flags = SLM_FLAG_SAMPLED | SLM_FLAG_RANDOM,
                                 .name = slm_string_from_c("GET /cart/{id}"),
                                 .start_ns = 1790000000000000000u + 1234567u * i,
                                 .end_ns = 1790000000000000000u + 1234567u * i + 87654321u,
                                 .fields = b->fields[i],
                                 .field_count = 2,
                                 .scope = &scope };
        for (size_t j = 0; j < 32; j++) {
            uint8_t *ids = j < 16 ? span->trace_id.bytes : j < 24 ? span->span_id.bytes : span->parent_span_id.bytes;
            noise = noise * 6364136223846793005u + 1442695040888963407u;
            ids[j % (j < 16 ? 16 : 8)] = (uint8_t)(noise >> 56);
        }
        b->logs[i] = (slm_log_data){ .size = sizeof b->logs[i],
                                     .level = SLM_LEVEL_INFO,
                                     .flags = span->flags,
                                     .trace_id = span->trace_id,
                                     .span_id = span->span_id,
                                     .time_ns = span->start_ns,
                                     .observed_ns = span->start_ns,
                                     .body = slm_string_from_c("the cart was read"),
                                     .fields = b->fields[i],
                                     .field_count = 2,
                                     .scope = &scope };
        b->fields[i][0] = (slm_field){ slm_string_from_c("url.path"), slm_value_string("/cart/77123", 11) };
        b->fields[i][1] = (slm_field){ slm_string_from_c("http.response.status_code"), slm_value_i64(200) };
    }
}

static void encode(void *user)
{
    batch *b = user;
    slmi_encoding state;
    slmi_buffer_rewind(&b->body, 0);
    b->encoder->begin(&b->body, &state, &b->resource);
    for (size_t i = 0; i < SPANS && b->encoder->span; i++)
        slmi_encode_span(b->encoder, &b->body, &state, &b->spans[i]);
    for (size_t i = 0; i < SPANS && b->encoder->log; i++)
        slmi_encode_log(b->encoder, &b->body, &state, &b->logs[i]);
    b->encoder->end(&b->body, &state);
}

static void copy(void *user)
{
    batch *b = user;
    memcpy(b->copy, b->body.data, b->body.len);
    __asm__ volatile("" : : "r"(b->copy) : "memory");
}

int main(void)
{
    static batch b;
    fill(&b);
    slmi_buffer_init(&b.body, (size_t)1 << 22);

    static const struct {
        const char *name;
        const slmi_encoder *encoder;
    } formats[] = {
        { "otlp_json", &slmi_encoder_otlp_json },
        { "otlp_protobuf", &slmi_encoder_otlp_protobuf },
        { "zipkin_json", &slmi_encoder_zipkin_json },
        { "otlp_json_logs", &slmi_encoder_otlp_json_logs },
        { "otlp_protobuf_logs", &slmi_encoder_otlp_protobuf_logs },
    };
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        char name[64];
        b.encoder = formats[i].encoder;
        encode(&b);
        snprintf(name, sizeof name, "%s, %zu bytes each", formats[i].name, b.body.len / SPANS);
        report(name, encode, &b);

        b.copy = malloc(b.body.len);
        if (!b.copy || b.body.failed)
            return EXIT_FAILURE;
        memset(b.copy, 1, b.body.len);
        report("  memcpy of the same", copy, &b);
        free(b.copy);
    }
    slmi_buffer_free(&b.body);
    return EXIT_SUCCESS;
}
