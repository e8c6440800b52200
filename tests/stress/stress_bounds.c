/* SPDX-License-Identifier: MIT */
/* Values, events and nestings far beyond what a span holds: each bound holds, what does not fit is counted, readers
 * that walk a record while it grows see whole items only, and all of it comes back to the pool. */
#include "tests/stress/stress.h"

enum { MEBIBYTE = 1 << 20, EVENTS = 10000, NESTED = 10000, WRITERS = 3, ROUNDS = 60, PER_ROUND = 400 };

static stress_consumer consumer;
static char large[MEBIBYTE];
static uint64_t spans_seen, events_seen, events_dropped, fields_dropped; /* the consumer's */

static void see(const slm_span_data *span, void *user)
{
    (void)user;
    spans_seen++;
    events_seen += span->event_count;
    events_dropped += span->dropped_events;
    fields_dropped += span->dropped_fields;
    for (uint32_t i = 0; i < span->field_count; i++) {
        CHECK(span->fields[i].key.len <= 255);
        CHECK(span->fields[i].value.type != SLM_TYPE_STRING || span->fields[i].value.len <= 65536);
    }
    for (uint32_t i = 0; i < span->event_count; i++)
        CHECK(span->events[i].name.len != 0 && span->events[i].time_ns >= span->start_ns);
}

static void forget(void)
{
    stress_drain(&consumer);
    spans_seen = events_seen = events_dropped = fields_dropped = 0;
}

/* A span holds 537 blocks, a quarter of a mebibyte. */
static void a_mebibyte(void)
{
    slm_span s = SLM_SPAN("large", ("at once", slm_strn(large, sizeof large)));
    for (unsigned i = 0; i < 20; i++) {
        char key[32];
        slm_span_set(s, slm_string_of(key, (size_t)snprintf(key, sizeof key, "key %u", i)),
                     slm_value_string(large, sizeof large));
    }
    slm_span_set(s, slm_string_of(large, sizeof large), slm_value_u64(1));
    slm_token token = slm_enter(s);
    SLM_INFO("%s", large);
    SLM_INFO(("text", large), "too late");
    slm_exit(token);
    slm_span_set_name(s, large);
    slm_span_set_status(s, SLM_SPAN_ERROR, large);
    CHECK(slmi_pool_in_use() <= 600 + 2 * SLMI_MAGAZINE);
    slm_span_end(s);
    stress_drain(&consumer);
    CHECK_EQUAL(spans_seen, 1);
    CHECK(fields_dropped > 0);
    CHECK(slm_diagnostic_count(SLM_DIAG_SPAN_LIMIT) > 0);
    forget();
    stress_check_idle(1);
}

static void ten_thousand_events(void)
{
    {
        SLM_SCOPE("eventful");
        for (unsigned i = 0; i < EVENTS; i++)
            SLM_INFO(("i", i), "event %u", i);
    }
    stress_drain(&consumer);
    CHECK_EQUAL(spans_seen, 1);
    CHECK_EQUAL(events_seen + events_dropped, EVENTS);
    CHECK(events_dropped > 0);
    forget();
    stress_check_idle(1);
}

static void nest(unsigned left)
{
    SLM_SCOPE("nested", ("left", left));
    if (left)
        nest(left - 1);
}

/* More than there are records: those for which there is none stand for the innermost that has one. */
static void ten_thousand_scopes(void)
{
    uint64_t before = stress_stats().unrecorded[SLM_UNRECORDED_NO_ROOM];
    nest(NESTED - 1);
    CHECK_EQUAL(slm_current().id, 0);
    stress_drain(&consumer);
    uint64_t refused = stress_stats().unrecorded[SLM_UNRECORDED_NO_ROOM] - before;
    CHECK(refused > 0);
    CHECK_EQUAL(spans_seen + refused, NESTED);
    forget();
    stress_check_idle(1);
}

/* -- one record, many writers and readers
 * ---------------------------------------------------------------------------------- */

static _Atomic(uint64_t) shared, written;
static pthread_barrier_t barrier;

static bool check_field(void *user, const slm_field *field)
{
    (void)user;
    CHECK(field->key.len == 7 && memcmp(field->key.data, "written", 7) == 0);
    CHECK(field->value.type == SLM_TYPE_STRING && field->value.len >= 20);
    for (size_t i = 1; i < field->value.len; i++)
        CHECK(field->value.as.s[i] == field->value.as.s[0]);
    return true;
}

static bool walk(void *user, const slm_view *span)
{
    (void)user;
    slm_view_fields(span, check_field, NULL);
    CHECK(slm_view_name(span).len != 0);
    return true;
}

static void on_event(void *self, slm_hit *hit)
{
    (void)self;
    if (slm_hit_span(hit))
        slm_view_scope(slm_hit_span(hit), walk, NULL);
}

static void *write_into(void *user)
{
    unsigned writer = (unsigned)(uintptr_t)user;
    char text[400];
    memset(text, (char)('a' + writer), sizeof text);
    for (unsigned round = 0; round < ROUNDS; round++) {
        if (writer == 0)
            atomic_store(&shared, SLM_SPAN("shared").id);
        pthread_barrier_wait(&barrier);
        slm_span s = { atomic_load(&shared) };
        for (unsigned i = 0; i < PER_ROUND / WRITERS; i++) {
            slm_span_set(s, slm_string_from_c("written"), slm_value_string(text, 20 + (i * 7) % 300));
            if (i % 16 == writer) {
                SLM_ENTER(s);
                SLM_SCOPE("child");
                SLM_INFO(("n", i), "read %u", i);
                atomic_fetch_add(&written, 1);
            }
            if (i % 32 == 0)
                slm_span_set_name(s, text[0] == 'a' ? "one name" : "another");
        }
        pthread_barrier_wait(&barrier);
        if (writer == 0) {
            slm_span_end(s);
            stress_drain(&consumer);
        }
    }
    return NULL;
}

static void many_write_into_one(void)
{
    CHECK_EQUAL(pthread_barrier_init(&barrier, NULL, WRITERS), 0);
    pthread_t threads[WRITERS];
    for (unsigned i = 0; i < WRITERS; i++)
        CHECK_EQUAL(pthread_create(&threads[i], NULL, write_into, (void *)(uintptr_t)i), 0);
    for (unsigned i = 0; i < WRITERS; i++)
        CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
    stress_drain(&consumer);
    CHECK_EQUAL(spans_seen, ROUNDS + written);
    CHECK_EQUAL(events_seen, written);
    CHECK_EQUAL(events_dropped + fields_dropped, 0);
    stress_check_idle(1);
}

int main(void)
{
    static const slm_layer_ops ops = { .size = sizeof ops, .on_event = on_event };
    slm_filter *filter = slm_filter_level(SLM_LEVEL_INFO);
    slm_layer layer = { .size = (uint32_t)sizeof layer, .flags = SLM_LAYER_SCOPES, .ops = &ops, .filter = filter };
    memset(large, 'x', sizeof large - 1);
    stress_open(&consumer, see, NULL);
    stress_install(NULL, 0);
    a_mebibyte();
    ten_thousand_events();
    ten_thousand_scopes();
    stress_install(&layer, 1);
    many_write_into_one();
    stress_close(&consumer);
    return 0;
}
