/* SPDX-License-Identifier: MIT */
/* The viewer's store: identity, memory, and when a trace's time has come. The tests say what time it is. */
#include "tests/unit/view.h"

#include "viewer/store.h"

static const slmi_view_patience patience = { .settle_ms = 1000, .root_wait_ms = 10000 };

/* A span of trace `trace` with id `id` under `parent`; 0 is a root. */
static slmi_view_span *span_of(uint8_t trace, uint8_t id, uint8_t parent)
{
    slmi_view_span *span = slmi_view_span_new(SLMI_VIEW_OTLP);
    cr_assert(span != NULL);
    span->trace_id.bytes[15] = trace;
    span->span_id.bytes[7] = id;
    span->parent_id.bytes[7] = parent;
    return span;
}

static slmi_view_store store_of(size_t max_bytes)
{
    slmi_view_store store;
    cr_assert(slmi_view_store_init(&store, max_bytes, 7));
    return store;
}

/* The traces that were shown, in order, as the last byte of their ids. */
typedef struct shown {
    uint8_t traces[64];
    size_t spans[64], count;
    size_t stop_after;
} shown;

static bool show(void *context, const slmi_view_trace *trace)
{
    shown *s = context;
    s->traces[s->count] = trace->id.bytes[15];
    s->spans[s->count++] = trace->span_count;
    return s->count != s->stop_after;
}

static shown show_at(slmi_view_store *store, uint64_t now_ms)
{
    shown s = { .count = 0 };
    slmi_view_store_show_due(store, &patience, now_ms, show, &s);
    return s;
}

Test(view_store, a_trace_with_its_root_is_shown_once_when_nothing_came_for_a_while)
{
    slmi_view_store store = store_of(1 << 20);
    cr_expect(eq(i64, slmi_view_store_wait_ms(&store, &patience, 0), -1));
    slmi_view_store_add(&store, span_of(1, 2, 1), 100);
    slmi_view_store_add(&store, span_of(1, 1, 0), 500);
    cr_expect(eq(i64, slmi_view_store_wait_ms(&store, &patience, 600), 900));
    cr_expect(zero(sz, show_at(&store, 1499).count));
    cr_expect(eq(i64, slmi_view_store_wait_ms(&store, &patience, 9999), 0));
    shown first = show_at(&store, 1500);
    cr_expect(eq(sz, first.count, 1));
    cr_expect(eq(sz, first.spans[0], 2));
    cr_expect(zero(sz, show_at(&store, 99999).count));
    cr_expect(eq(i64, slmi_view_store_wait_ms(&store, &patience, 99999), -1));
    slmi_view_store_free(&store);
}

Test(view_store, a_trace_without_its_root_is_shown_after_the_longer_wait)
{
    slmi_view_store store = store_of(1 << 20);
    slmi_view_store_add(&store, span_of(1, 2, 1), 0);
    slmi_view_store_add(&store, span_of(1, 3, 1), 9000);
    cr_expect(zero(sz, show_at(&store, 9999).count));
    cr_expect(eq(sz, show_at(&store, 10000).count, 1));
    slmi_view_store_free(&store);
}

Test(view_store, a_trace_that_never_pauses_is_shown_all_the_same)
{
    slmi_view_store store = store_of(1 << 20);
    slmi_view_store_add(&store, span_of(1, 1, 0), 0);
    for (uint8_t i = 2; i < 22; i++)
        slmi_view_store_add(&store, span_of(1, i, 1), (uint64_t)i * 500);
    cr_expect(eq(sz, show_at(&store, 10500).count, 1));
    slmi_view_store_free(&store);
}

Test(view_store, later_spans_have_it_shown_again)
{
    slmi_view_store store = store_of(1 << 20);
    slmi_view_store_add(&store, span_of(1, 1, 0), 0);
    cr_expect(eq(sz, show_at(&store, 1000).count, 1));
    slmi_view_store_add(&store, span_of(1, 2, 1), 5000);
    cr_expect(zero(sz, show_at(&store, 5999).count));
    shown again = show_at(&store, 6000);
    cr_expect(eq(sz, again.count, 1));
    cr_expect(eq(sz, again.spans[0], 2));
    cr_expect(eq(sz, store.complete.newest->shown_times, 2));
    slmi_view_store_free(&store);
}

Test(view_store, who_shows_may_end_it)
{
    slmi_view_store store = store_of(1 << 20);
    for (uint8_t i = 1; i <= 3; i++)
        slmi_view_store_add(&store, span_of(i, 1, 0), i);
    shown s = { .stop_after = 2 };
    slmi_view_store_show_due(&store, &patience, 9999, show, &s);
    cr_expect(eq(sz, s.count, 2));
    shown rest = show_at(&store, 9999);
    cr_expect(eq(sz, rest.count, 1));
    cr_expect(eq(int, rest.traces[0], 3));
    slmi_view_store_free(&store);
}

Test(view_store, the_same_span_sent_twice_is_one_span)
{
    slmi_view_store store = store_of(1 << 20);
    slmi_view_store_add(&store, span_of(1, 1, 0), 0);
    cr_expect(eq(sz, show_at(&store, 1000).count, 1));
    slmi_view_store_add(&store, span_of(1, 1, 0), 2000);
    cr_expect(zero(sz, show_at(&store, 99999).count), "nothing new, nothing shown");
    cr_expect(eq(u64, store.counts.spans, 1));
    cr_expect(eq(u64, store.counts.repeated, 1));

    slmi_view_span *more = span_of(1, 1, 0);
    more->name = "late";
    more->end_ns = 9;
    more->status = SLM_SPAN_ERROR;
    slmi_view_store_add(&store, more, 3000);
    cr_expect(eq(sz, store.pending.oldest->span_count, 1));
    cr_expect(eq(str, (char *)store.pending.oldest->first->name, "late"));
    cr_expect(eq(u64, store.pending.oldest->first->end_ns, 9));
    slmi_view_store_free(&store);
}

Test(view_store, parts_of_one_span_come_together)
{
    slmi_view_store store = store_of(1 << 20);
    slmi_view_batch batch = view_batch(
        slmi_view_read_zipkin,
        "[{\"traceId\":\"1\",\"id\":\"1\",\"name\":\"get\",\"timestamp\":10,\"tags\":{\"a\":\"1\"},"
        "\"annotations\":[{\"timestamp\":11,\"value\":\"x\"}]},"
        "{\"traceId\":\"1\",\"id\":\"1\",\"kind\":\"CLIENT\",\"timestamp\":10,\"duration\":5,\"tags\":{\"a\":\"1\","
        "\"b\":\"2\"},\"annotations\":[{\"timestamp\":11,\"value\":\"x\"},{\"timestamp\":12,\"value\":"
        "\"\\\"y\\\": {\\\"k\\\":\\\"v\\\"}\"}],\"localEndpoint\":{\"serviceName\":\"s\"}}]");
    for (slmi_view_span *span; (span = slmi_view_batch_take(&batch)) != NULL;)
        slmi_view_store_add(&store, span, 0);
    const slmi_view_span *span = store.pending.oldest->first;
    cr_expect(eq(sz, store.pending.oldest->span_count, 1));
    cr_expect(eq(str, (char *)span->name, "get"));
    cr_expect(eq(str, (char *)span->service, "s"));
    cr_expect(eq(int, (int)span->kind, SLM_KIND_CLIENT));
    cr_expect(eq(u64, span->end_ns, 15000));
    cr_expect(eq(u32, span->attributes.count, 2));
    cr_expect(eq(u32, span->event_count, 2));
    cr_expect(eq(str, (char *)slmi_view_attribute_find(&span->events[1].attributes, "k"), "v"));
    slmi_view_store_free(&store);
}

Test(view_store, two_halves_of_a_zipkin_call_are_two_spans)
{
    slmi_view_store store = store_of(1 << 20);
    slmi_view_batch batch =
        view_batch(slmi_view_read_zipkin, "[{\"traceId\":\"1\",\"id\":\"1\",\"kind\":\"CLIENT\"},"
                                          "{\"traceId\":\"1\",\"id\":\"1\",\"kind\":\"SERVER\",\"shared\":true},"
                                          "{\"traceId\":\"1\",\"id\":\"1\",\"kind\":\"SERVER\",\"shared\":true}]");
    for (slmi_view_span *span; (span = slmi_view_batch_take(&batch)) != NULL;)
        slmi_view_store_add(&store, span, 0);
    cr_expect(eq(u64, store.counts.spans, 2));
    cr_expect(eq(u64, store.counts.repeated, 1));
    slmi_view_store_free(&store);
}

/* How much one trace of one plain span takes. */
static size_t bytes_of_one(void)
{
    slmi_view_store store = store_of(1 << 20);
    slmi_view_store_add(&store, span_of(1, 1, 0), 0);
    size_t bytes = store.bytes;
    slmi_view_store_free(&store);
    return bytes;
}

Test(view_store, the_oldest_complete_trace_makes_room_first_and_is_counted)
{
    slmi_view_store store = store_of(3 * bytes_of_one());
    slmi_view_store_add(&store, span_of(1, 2, 1), 0); /* No root, never shown. */
    slmi_view_store_add(&store, span_of(2, 1, 0), 1);
    slmi_view_store_add(&store, span_of(3, 1, 0), 2);
    cr_expect(eq(sz, show_at(&store, 2000).count, 2));

    slmi_view_store_add(&store, span_of(4, 1, 0), 3000);
    cr_expect(eq(u64, store.counts.evicted_complete, 1));
    cr_expect(eq(int, store.complete.oldest->id.bytes[15], 3), "2 was the oldest complete one");
    cr_expect(eq(int, store.pending.oldest->id.bytes[15], 1));

    slmi_view_store_add(&store, span_of(5, 1, 0), 3000);
    cr_expect(eq(u64, store.counts.evicted_complete, 2));
    slmi_view_store_add(&store, span_of(6, 1, 0), 3000);
    cr_expect(eq(u64, store.counts.evicted_partial, 1), "none is complete: the oldest goes");
    cr_expect(eq(int, store.pending.oldest->id.bytes[15], 4));
    cr_expect(eq(sz, store.trace_count, 3));
    cr_expect(le(sz, store.bytes, store.max_bytes));
    slmi_view_store_free(&store);
}

Test(view_store, a_trace_does_not_make_room_for_itself)
{
    slmi_view_store store = store_of(2 * bytes_of_one());
    size_t stored = 0;
    for (uint8_t i = 1; i < 100; i++)
        slmi_view_store_add(&store, span_of(1, i, (uint8_t)(i - 1)), i);
    stored = store.pending.oldest->span_count;
    cr_expect(gt(sz, stored, 0));
    cr_expect(eq(u64, store.counts.refused, 99 - stored));
    cr_expect(eq(sz, store.pending.oldest->refused, 99 - stored));
    cr_expect(le(sz, store.bytes, store.max_bytes));
    slmi_view_store_free(&store);
}

Test(view_store, what_fits_nowhere_leaves_nothing_behind)
{
    const size_t sizes[] = { 1, bytes_of_one() / 2, bytes_of_one() - 1 };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        slmi_view_store store = store_of(sizes[i]);
        slmi_view_store_add(&store, span_of(1, 1, 0), 0);
        cr_expect(eq(u64, store.counts.refused, 1));
        cr_expect(zero(sz, store.trace_count));
        cr_expect(zero(sz, store.bytes));
        slmi_view_store_free(&store);
    }
}

Test(view_store, memory_stays_within_its_bound_whatever_comes)
{
    slmi_view_store store = store_of(40000);
    uint64_t random = 1;
    for (uint64_t i = 0; i < 20000; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        slmi_view_span *span =
            span_of((uint8_t)(random >> 40 & 31), (uint8_t)(random >> 48 | 1), (uint8_t)(random >> 56 & 3));
        span->name = slmi_view_arena_text(&span->arena, "nnnnnnnnnnnnnnnnnnnnnnnn", random >> 35 & 15);
        slmi_view_store_add(&store, span, i * 10);
        shown s = { .count = 0 };
        if (i % 64 == 0)
            slmi_view_store_show_due(&store, &patience, i * 10, show, &s);
        cr_assert(le(sz, store.bytes, store.max_bytes));
    }
    size_t bytes = 0, traces = 0;
    const slmi_view_list *lists[] = { &store.pending, &store.complete, &store.partial };
    for (size_t i = 0; i < 3; i++) {
        for (const slmi_view_trace *trace = lists[i]->oldest; trace; trace = trace->newer) {
            bytes += trace->bytes;
            traces++;
        }
    }
    cr_expect(eq(sz, bytes, store.bytes));
    cr_expect(eq(sz, traces, store.trace_count));
    slmi_view_store_free(&store);
}
