/* SPDX-License-Identifier: MIT */
/* Spans that a host filled in itself, among the library's own: delivered once to each pipeline, and counted apart. */
#define SLM_TARGET "shed"
#include <spanloom/ship.h>
#include <spanloom/trace.h>

#include "tests/wire/custom.h"

#include <pthread.h>
#include <semaphore.h>
#include <sys/wait.h>
#include <unistd.h>

static slm_span_data span_of(uint32_t number)
{
    static const slm_scope_data scope = { .name = { "foreign", 7 } };
    slm_span_data span;
    memset(&span, 0, sizeof span);
    span.size = (uint32_t)sizeof span;
    span.trace_id.bytes[0] = 1;
    memcpy(span.span_id.bytes, &number, sizeof number);
    span.span_id.bytes[7] = 1;
    span.name = slm_string_from_c("foreign");
    span.start_ns = 1000;
    span.end_ns = 2000;
    span.scope = &scope;
    return span;
}

struct backend {
    size_t foreign, own, scopes;
    slm_status inside; /* what slm_ship() answered within the exporter */
    bool ships;
    sem_t *entered, *released; /* or NULL */
};

static slm_export_verdict export_spans(void *self, const slm_span_data *const *spans, size_t count,
                                       const slm_resource *resource, slm_export_call *call)
{
    struct backend *b = self;
    (void)resource, (void)call;
    for (size_t i = 0; i < count; i++) {
        bool foreign = slm_string_equal(spans[i]->name, slm_string_from_c("foreign"));
        b->foreign += foreign;
        b->own += !foreign;
        b->scopes += i == 0 || spans[i]->scope != spans[i - 1]->scope;
    }
    if (b->ships)
        b->inside = slm_ship(spans, count, NULL);
    if (b->entered) {
        (void)sem_post(b->entered);
        (void)sem_wait(b->released);
    }
    return SLM_EXPORT_ACCEPTED;
}

static const slm_exporter_ops ops = { .size = sizeof ops, .export_spans = export_spans };

static void start(struct backend *backends, uint32_t count, uint32_t queue_spans)
{
    slm_pipeline_config pipelines[2];
    slm_config config = SLM_CONFIG_INIT;
    for (uint32_t i = 0; i < count; i++)
        pipelines[i] = (slm_pipeline_config){ .size = (uint32_t)sizeof *pipelines,
                                              .custom = &ops,
                                              .custom_self = &backends[i],
                                              .filter = i == 0 ? "info" : "off" };
    config.pipelines = pipelines;
    config.pipeline_count = count;
    config.queue_spans = queue_spans;
    custom_start(&config);
}

/* A pipeline's ledger since the start, foreign spans included. */
static slm_pipeline_stats stats_of(unsigned pipeline)
{
    slm_stats now = { .size = (uint32_t)sizeof now };
    slm_stats_read(&now);
    slm_pipeline_stats *p = &now.pipelines[pipeline];
    const slm_pipeline_stats *b = &custom_before.pipelines[pipeline];
    uint64_t sum = p->filtered + p->unsampled + p->queued + p->in_flight + p->delivered + p->rejected;
    for (unsigned reason = 0; reason < SLM_DROP_REASONS; reason++) {
        sum += p->dropped[reason];
        p->dropped[reason] -= b->dropped[reason];
    }
    CHECK_EQUAL(sum, p->ended + p->shipped);
    p->ended -= b->ended;
    p->shipped -= b->shipped;
    p->filtered -= b->filtered;
    p->delivered -= b->delivered;
    return *p;
}

static slm_status ship(uint32_t from, uint32_t count, slm_shipment *shipment)
{
    enum { MOST = 64 };
    slm_span_data spans[MOST];
    const slm_span_data *pointers[MOST];
    for (uint32_t i = 0; i < count && i < MOST; i++) {
        spans[i] = span_of(from + i);
        pointers[i] = &spans[i];
    }
    shipment->size = (uint32_t)sizeof *shipment;
    return slm_ship(pointers, count, shipment);
}

static void they_go_to_every_pipeline_beside_our_own(void)
{
    struct backend backends[2] = { { .foreign = 0 }, { .foreign = 0 } };
    slm_shipment shipment;
    start(backends, 2, 0);
    slm_span_end(SLM_SPAN("own"));
    CHECK_EQUAL(ship(0, 40, &shipment), SLM_OK);
    CHECK_EQUAL(shipment.taken, 40);
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    for (unsigned i = 0; i < 2; i++) {
        CHECK_EQUAL(backends[i].foreign, 40);
        CHECK_EQUAL(backends[i].own, i == 0 ? 1 : 0);
        slm_pipeline_stats stats = stats_of(i);
        CHECK_EQUAL(stats.shipped, 40);
        CHECK_EQUAL(stats.delivered, i == 0 ? 41 : 40);
    }
    CHECK_EQUAL(backends[1].scopes, 1); /* equal scopes are one, whoever copied them */
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(ship(0, 1, &shipment), SLM_ERR_NOT_FOUND);
    CHECK_EQUAL(stats_of(0).shipped, 40);
}

static void what_is_malformed_is_told_and_nowhere_counted(void)
{
    struct backend backend = { .foreign = 0 };
    start(&backend, 1, 0);
    slm_span_data good = span_of(1), early = span_of(2), nobody = span_of(3);
    early.end_ns = 0;
    memset(&nobody.span_id, 0, sizeof nobody.span_id);
    const slm_span_data *spans[] = { &good, &early, &nobody, NULL };
    slm_shipment shipment = { .size = (uint32_t)sizeof shipment };
    CHECK_EQUAL(slm_ship(spans, 4, &shipment), SLM_ERR_MALFORMED);
    CHECK_EQUAL(shipment.taken, 2);
    CHECK_EQUAL(shipment.repaired, 1);
    CHECK_EQUAL(shipment.malformed, 2);
    CHECK_EQUAL(slm_ship(NULL, 1, NULL), SLM_ERR_INVALID_ARGUMENT);
    CHECK_EQUAL(slm_ship(NULL, 0, NULL), SLM_OK);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(stats_of(0).shipped, 2);
    CHECK_EQUAL(stats_of(0).delivered, 2);
}

static void an_exporter_does_not_feed_itself(void)
{
    struct backend backend = { .ships = true };
    slm_shipment shipment;
    start(&backend, 1, 0);
    CHECK_EQUAL(ship(0, 3, &shipment), SLM_OK);
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(backend.inside, SLM_ERR_INVALID_ARGUMENT);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(backend.foreign, 3);
}

/* While the exporter is held, the bound on what is shipped is met: 16 MiB, of spans of half a MiB. */
static void they_are_bounded(void)
{
    static char text[1 << 19];
    static sem_t entered, released;
    (void)sem_init(&entered, 0, 0);
    (void)sem_init(&released, 0, 0);
    struct backend backend = { .entered = &entered, .released = &released };
    slm_shipment shipment = { .size = (uint32_t)sizeof shipment };
    memset(text, 'x', sizeof text);
    start(&backend, 1, 0);
    CHECK_EQUAL(ship(0, 1, &shipment), SLM_OK);
    CHECK_EQUAL(slm_flush(0), SLM_ERR_TIMED_OUT);
    (void)sem_wait(&entered);
    uint64_t dropped = 0;
    slm_span_data large = span_of(7);
    large.status_text = slm_string_of(text, sizeof text);
    const slm_span_data *pointer = &large;
    for (unsigned i = 0; i < 40; i++) {
        slm_status status = slm_ship(&pointer, 1, &shipment);
        dropped += status == SLM_ERR_LIMIT;
    }
    CHECK(dropped >= 8 && dropped < 40);
    for (unsigned i = 0; i < 100; i++)
        (void)sem_post(&released);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    slm_pipeline_stats stats = stats_of(0);
    CHECK_EQUAL(stats.shipped, 41);
    CHECK_EQUAL(stats.dropped[SLM_DROP_QUEUE_FULL], dropped);
    CHECK_EQUAL(stats.delivered, 41 - dropped);
}

/* Amid moves: the terms are at most their sum. */
static uint64_t shipped_now(unsigned pipeline)
{
    slm_stats now = { .size = (uint32_t)sizeof now };
    slm_stats_read(&now);
    const slm_pipeline_stats *p = &now.pipelines[pipeline];
    uint64_t sum = p->filtered + p->unsampled + p->held + p->queued + p->in_flight + p->delivered + p->rejected;
    for (unsigned reason = 0; reason < SLM_DROP_REASONS; reason++)
        sum += p->dropped[reason];
    CHECK(sum <= p->ended + p->shipped);
    return p->shipped - custom_before.pipelines[pipeline].shipped;
}

static void *ship_many(void *unused)
{
    slm_shipment shipment;
    for (uint32_t i = 0; i < 100; i++) {
        (void)ship(i * 10, 10, &shipment);
        slm_span_end(SLM_SPAN("own"));
    }
    return unused;
}

/* The queue is short, and the shutdown comes amid them: whatever becomes of each, it is in one term. */
static void all_is_counted_amid_threads_and_a_shutdown(void)
{
    enum { THREADS = 4 };
    struct backend backend = { .foreign = 0 };
    pthread_t threads[THREADS];
    start(&backend, 1, 64);
    for (unsigned i = 0; i < THREADS; i++)
        CHECK_EQUAL(pthread_create(&threads[i], NULL, ship_many, NULL), 0);
    while (shipped_now(0) < 500)
        sched_yield();
    (void)slm_shutdown(AMPLE_MS);
    for (unsigned i = 0; i < THREADS; i++)
        (void)pthread_join(threads[i], NULL);
    slm_pipeline_stats stats = stats_of(0);
    CHECK_EQUAL(stats.queued, 0);
    CHECK_EQUAL(stats.in_flight, 0);
    CHECK_EQUAL(stats.delivered, backend.foreign + backend.own);
}

struct scopes {
    unsigned spans, whole;
};

static slm_export_verdict look_at_scopes(void *self, const slm_span_data *const *spans, size_t count,
                                         const slm_resource *resource, slm_export_call *call)
{
    struct scopes *seen = self;
    (void)resource, (void)call;
    for (size_t i = 0; i < count; i++) {
        const slm_scope_data *scope = spans[i]->scope;
        bool attributed =
            scope->attribute_count == 1 && slm_string_equal(scope->attributes[0].key, slm_string_from_c("key")) &&
            slm_string_equal(slm_string_of(scope->attributes[0].value.as.s, scope->attributes[0].value.len),
                             slm_string_from_c("a text that lies somewhere"));
        seen->whole += scope->schema_url.len == 12 && memcmp(scope->schema_url.data, "https://s/1.", 11) == 0 &&
                       scope->schema_url.data[11] == (char)('0' + spans[i]->span_id.bytes[0] % 2) &&
                       attributed == (spans[i]->span_id.bytes[0] >= 4);
        seen->spans++;
    }
    return SLM_EXPORT_ACCEPTED;
}

/* Batch after batch, so that the memory of the first is gone by the second. */
static void a_scope_is_its_schema_and_attributes_too(void)
{
    static const slm_exporter_ops looks = { .size = sizeof looks, .export_spans = look_at_scopes };
    struct scopes seen = { .spans = 0 };
    custom_start_one(&looks, &seen, 0);
    for (uint32_t i = 0; i < 8; i++) {
        char url[] = "https://s/1.0", text[] = "a text that lies somewhere";
        url[11] = (char)('0' + i % 2);
        const slm_field field = { slm_string_from_c("key"), slm_value_string(text, sizeof text - 1) };
        const slm_scope_data scope = { .name = slm_string_from_c("schematic"),
                                       .schema_url = slm_string_of(url, 12),
                                       .attributes = &field,
                                       .attribute_count = i >= 4 };
        slm_span_data span = span_of(i);
        span.scope = &scope;
        const slm_span_data *pointer = &span;
        CHECK_EQUAL(slm_ship(&pointer, 1, NULL), SLM_OK);
        CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    }
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(seen.spans, 8);
    CHECK_EQUAL(seen.whole, 8);
}

/* A child that does nothing but ship has its exporter too. */
static void a_forked_child_ships_its_own(void)
{
    struct backend backend = { .foreign = 0 };
    slm_shipment shipment;
    int status = 0;
    start(&backend, 1, 0);
    CHECK_EQUAL(ship(0, 5, &shipment), SLM_OK);
    pid_t child = fork();
    if (child == 0) {
        backend.foreign = 0;
        bool good = ship(10, 7, &shipment) == SLM_OK && slm_shutdown(AMPLE_MS) == SLM_OK;
        _exit(good && backend.foreign == 7 ? 0 : 1);
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    CHECK_EQUAL(status, 0);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(backend.foreign, 5);
}

/* One that only shuts down takes nothing from then on. */
static void a_forked_child_that_shuts_down_is_shut(void)
{
    struct backend backend = { .foreign = 0 };
    int status = 0;
    start(&backend, 1, 0);
    pid_t child = fork();
    if (child == 0) {
        slm_shipment shipment;
        bool good = slm_shutdown(AMPLE_MS) == SLM_OK && ship(0, 1, &shipment) == SLM_ERR_NOT_FOUND;
        _exit(good && stats_of(0).queued == 0 ? 0 : 1);
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    CHECK_EQUAL(status, 0);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
}

static void *shut_down(void *unused)
{
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    return unused;
}

/* What another thread of the parent process waits for is no business of the child's, which is set up anew, and again.
 */
static void a_child_forked_amid_a_shutdown_starts_anew(void)
{
    static sem_t entered, released;
    (void)sem_init(&entered, 0, 0);
    (void)sem_init(&released, 0, 0);
    struct backend backend = { .entered = &entered, .released = &released };
    slm_shipment shipment;
    pthread_t thread;
    int status = 0;
    start(&backend, 1, 0);
    CHECK_EQUAL(ship(0, 1, &shipment), SLM_OK);
    CHECK_EQUAL(slm_flush(0), SLM_ERR_TIMED_OUT);
    (void)sem_wait(&entered);
    CHECK_EQUAL(pthread_create(&thread, NULL, shut_down, NULL), 0);
    while (slm_flush(0) != SLM_ERR_SHUT_DOWN)
        sched_yield();
    pid_t child = fork();
    if (child == 0) {
        struct backend own = { .foreign = 0 };
        bool good = slm_shutdown(AMPLE_MS) == SLM_OK;
        slm_pipeline_config pipeline = { .size = sizeof pipeline, .custom = &ops, .custom_self = &own };
        slm_config config = SLM_CONFIG_INIT;
        config.pipelines = &pipeline;
        config.pipeline_count = 1;
        good = good && slm_init(&config) == SLM_OK && ship(10, 7, &shipment) == SLM_OK;
        slm_span_end(SLM_SPAN("own"));
        good = good && slm_shutdown(AMPLE_MS) == SLM_OK;
        _exit(good && own.foreign == 7 && own.own == 1 ? 0 : 1);
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    CHECK_EQUAL(status, 0);
    for (unsigned i = 0; i < 4; i++)
        (void)sem_post(&released);
    (void)pthread_join(thread, NULL);
    CHECK_EQUAL(backend.foreign, 1);
}

int main(void)
{
    slm_shipment shipment;
    CHECK_EQUAL(ship(0, 1, &shipment), SLM_ERR_NOT_FOUND);
    they_go_to_every_pipeline_beside_our_own();
    what_is_malformed_is_told_and_nowhere_counted();
    an_exporter_does_not_feed_itself();
    they_are_bounded();
    all_is_counted_amid_threads_and_a_shutdown();
    a_scope_is_its_schema_and_attributes_too();
    if (CHECK_FORKS) {
        a_forked_child_ships_its_own();
        a_forked_child_that_shuts_down_is_shut();
        a_child_forked_amid_a_shutdown_starts_anew();
    }
    return check_result();
}
