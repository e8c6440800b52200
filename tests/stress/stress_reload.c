/* SPDX-License-Identifier: MIT */
/* Filters are reloaded, the export's too, while threads trace and others read what is open: every span is accounted
 * for, no callback runs in a filter that was destroyed, and whatever filter came last decides. */
#include <spanloom/read.h>

#include "tests/stress/stress.h"

enum { TRACERS = 3, RELOADS = STRESS_SANITIZED ? 300 : 3000, LIVE = 0x11fe };

static stress_consumer consumer;
static _Atomic(bool) done;
static _Atomic(uint64_t) heard, filters_made, filters_destroyed, shared;

static void see(const slm_span_data *span, void *user)
{
    (void)user;
    CHECK(span->end_ns >= span->start_ns);
    if (stress_named(span, "work"))
        CHECK_EQUAL(stress_number(span, "late"), stress_number(span, "i") + 1);
}

static void on_event(void *self, slm_hit *hit)
{
    (void)self;
    CHECK(slm_hit_message(hit).len != 0);
    atomic_fetch_add(&heard, 1);
}

/* -- a filter that would be seen to be used after its end, with a place in each span
 * --------------------------------------- */

static bool enabled(void *self, const slm_metadata *metadata, const slm_view *current, const void *place)
{
    CHECK_EQUAL(*(const unsigned *)self, LIVE);
    CHECK(!current || slm_view_name(current).len != 0);
    return metadata->level <= SLM_LEVEL_INFO ||
           (place && __atomic_load_n((const unsigned char *)place, __ATOMIC_RELAXED) % 2);
}

static void on_start(void *self, const slm_view *span, void *place, const void *parent_place)
{
    CHECK_EQUAL(*(const unsigned *)self, LIVE);
    (void)span;
    __atomic_store_n((unsigned char *)place,
                     parent_place ? __atomic_load_n((const unsigned char *)parent_place, __ATOMIC_RELAXED) : 1,
                     __ATOMIC_RELAXED);
}

static void on_record(void *self, const slm_view *span, const slm_field *field, void *place)
{
    (void)span;
    (void)field;
    (void)place;
    CHECK_EQUAL(*(const unsigned *)self, LIVE);
}

static void destroy(void *self)
{
    *(unsigned *)self = 0;
    free(self);
    atomic_fetch_add(&filters_destroyed, 1);
}

static slm_filter *custom(void)
{
    static const slm_filter_ops ops = { .size = sizeof ops,
                                        .enabled = enabled,
                                        .place_bytes = 8,
                                        .on_start = on_start,
                                        .on_record = on_record,
                                        .destroy = destroy };
    unsigned *self = malloc(sizeof *self);
    CHECK(self != NULL);
    *self = LIVE;
    slm_filter *filter = slm_filter_new(&ops, self);
    CHECK(filter != NULL);
    atomic_fetch_add(&filters_made, 1);
    return filter;
}

static slm_filter *directives(const char *text)
{
    slm_filter *filter = NULL;
    CHECK_EQUAL(slm_filter_parse(slm_string_from_c(text), &filter, NULL), SLM_OK);
    return filter;
}

static slm_filter *filter_of(unsigned i)
{
    static const char *const texts[] = { "info", "trace", "off,[work]=trace", "warn,[work{i=3}]=debug", "off" };
    return i % 6 == 5 ? custom() : directives(texts[i % 6]);
}

/* -- who traces, who reads
 * --------------------------------------------------------------------------------------------------- */

static void work(unsigned i)
{
    SLM_SCOPE_AS(span, "work", ("i", i % 10), ("late", SLM_EMPTY));
    atomic_store_explicit(&shared, span.id, memory_order_release);
    SLM_DEBUG("early %u", i);
    {
        SLM_SCOPE_AT(SLM_LEVEL_TRACE, "inner");
        SLM_TRACE("deep %u", i);
        SLM_WARN("shallow %u", i);
    }
    SLM_SET(span, "late", i % 10 + 1);
    SLM_DEBUG("late %u", i);
}

static void *trace(void *user)
{
    for (unsigned i = (unsigned)(uintptr_t)user; !atomic_load(&done); i++) {
        while (slmi_pool_in_use() > slmi_the_pool.records / 2)
            sched_yield();
        work(i);
    }
    return NULL;
}

static bool look(void *user, const slm_view *span)
{
    slm_span_context identity;
    ++*(unsigned *)user;
    slm_view_identity(span, &identity);
    CHECK(slm_span_context_is_valid(&identity));
    CHECK(slm_view_name(span).len != 0 && slm_view_start_ns(span) != 0);
    return true;
}

static void *read_open(void *user)
{
    (void)user;
    while (!atomic_load(&done)) {
        unsigned spans = 0;
        slm_value value;
        char text[64];
        slm_open_spans(look, &spans);
        CHECK(spans <= slmi_the_pool.records);
        slm_span span = { atomic_load_explicit(&shared, memory_order_acquire) };
        if (slm_span_get(span, slm_string_from_c("i"), &value, text, sizeof text))
            CHECK(value.as.u < 10);
        stress_check_moving();
        sched_yield();
    }
    return NULL;
}

static void reload(slm_subscriber *subscriber, unsigned i)
{
    for (size_t layer = 0; layer < 2; layer++) {
        slm_filter *filter = filter_of(i * 5 + (unsigned)layer * 2);
        slm_status status = slm_subscriber_reload(subscriber, layer, filter);
        if (status != SLM_OK)
            slm_filter_free(filter);
        CHECK_EQUAL(status, SLM_OK);
    }
}

static void check_last(slm_subscriber *subscriber, const char *text, unsigned want)
{
    CHECK_EQUAL(slm_subscriber_reload(subscriber, 0, directives(text)), SLM_OK);
    uint64_t before = atomic_load(&heard);
    work(3);
    CHECK_EQUAL(atomic_load(&heard) - before, want);
}

int main(void)
{
    static const slm_layer_ops ops = { .size = sizeof ops, .on_event = on_event };
    slm_layer layer = { .size = (uint32_t)sizeof layer, .flags = SLM_LAYER_SCOPES, .ops = &ops, .filter = custom() };
    slm_subscriber *subscriber = NULL;
    stress_open(&consumer, see, NULL);
    CHECK_EQUAL(slmi_subscriber_make(&layer, 1, 1, custom(), &subscriber), SLM_OK);
    slm_set_global_subscriber(subscriber);
    stress_start(&consumer);
    pthread_t threads[TRACERS + 1];
    for (unsigned i = 0; i < TRACERS; i++)
        CHECK_EQUAL(pthread_create(&threads[i], NULL, trace, (void *)(uintptr_t)(i * 3)), 0);
    CHECK_EQUAL(pthread_create(&threads[TRACERS], NULL, read_open, NULL), 0);
    for (unsigned i = 0; i < RELOADS; i++) {
        reload(subscriber, i);
        work(i);
    }
    atomic_store(&done, true);
    for (unsigned i = 0; i < TRACERS + 1; i++)
        CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
    check_last(subscriber, "off", 0);
    check_last(subscriber, "info", 1);
    check_last(subscriber, "trace", 4);
    check_last(subscriber, "off,[work]=debug", 3);
    stress_stop(&consumer);
    CHECK(atomic_load(&heard) > 0);
    stress_check_idle(1);
    slm_set_global_subscriber(NULL);
    slm_subscriber_release(subscriber);
    stress_close(&consumer);
    CHECK_EQUAL(filters_destroyed, filters_made);
    for (int kind = 0; kind < SLM_DIAGNOSTIC_KINDS; kind++)
        CHECK_EQUAL(slm_diagnostic_count((slm_diagnostic_kind)kind), 0);
    return 0;
}
