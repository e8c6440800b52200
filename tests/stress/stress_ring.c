/* SPDX-License-Identifier: MIT */
/* Threads trace while a consumer drains: every span is seen exactly once, with its own parent, fields, events and
 * links, the ledger adds up at every moment, and the pool is empty in the end. */
#include "tests/stress/stress.h"

enum { THREADS = 4, TURNS = 8000, OPEN_MAX = 1500 };

struct seen {
    uint64_t root, child_parent, grandchild_parent, child;
    unsigned char roots, children, grandchildren;
};

static struct seen *seen; /* by thread and turn; the consumer's */
static stress_consumer consumer;
static _Atomic(uint64_t) made;
static _Atomic(bool) done;

static void see_child(struct seen *s, const slm_span_data *span)
{
    s->children++;
    s->child = stress_id(span->span_id);
    s->child_parent = stress_id(span->parent_span_id);
    CHECK_EQUAL(span->event_count, 2);
    CHECK(slm_string_equal(span->events[0].name, slm_string_from_c("plain")));
    const slm_field *message = stress_field(span->events[1].fields, span->events[1].field_count, "message");
    char want[64];
    snprintf(want, sizeof want, "turn %" PRIu64, stress_number(span, "turn"));
    CHECK(message && slm_string_equal(message->value.type ? slm_string_of(message->value.as.s, message->value.len)
                                                          : slm_string_from_c(""),
                                      slm_string_from_c(want)));
    const slm_field *text = stress_field(span->fields, span->field_count, "text");
    CHECK(text && text->value.len == 600);
    for (size_t i = 0; i < text->value.len; i++)
        CHECK(text->value.as.s[i] == (char)('a' + stress_number(span, "turn") % 26));
    CHECK_EQUAL(span->link_count, 1);
    CHECK_EQUAL(stress_id(span->links[0].context->span_id), s->child_parent);
}

static void see(const slm_span_data *span, void *user)
{
    (void)user;
    struct seen *s = &seen[stress_number(span, "thread") * TURNS + stress_number(span, "turn")];
    CHECK_EQUAL(span->dropped_fields + span->dropped_events + span->dropped_links, 0);
    CHECK(span->end_ns >= span->start_ns);
    if (stress_named(span, "root")) {
        s->roots++;
        s->root = stress_id(span->span_id);
        CHECK_EQUAL(stress_id(span->parent_span_id), 0);
        CHECK_EQUAL(stress_number(span, "late"), stress_number(span, "turn") * 2);
    } else if (stress_named(span, "child")) {
        see_child(s, span);
    } else {
        CHECK(stress_named(span, "grandchild"));
        s->grandchildren++;
        s->grandchild_parent = stress_id(span->parent_span_id);
    }
}

static void turn(unsigned thread, unsigned i)
{
    char text[600];
    memset(text, (char)('a' + i % 26), sizeof text);
    slm_span root = SLM_SPAN("root", ("thread", thread), ("turn", i), ("late", SLM_EMPTY));
    slm_token token = slm_enter(root);
    slm_span child = SLM_SPAN("child", ("thread", thread), ("turn", i), ("text", slm_strn(text, sizeof text)));
    slm_span_add_link(child, (slm_link){ .span = root });
    {
        SLM_ENTER(child);
        SLM_INFO("plain");
        SLM_INFO(("n", i), "turn %u", i);
        SLM_SCOPE("grandchild", ("thread", thread), ("turn", i));
    }
    slm_exit(token);
    SLM_SET(root, "late", i * 2);
    slm_span_end(root);
    slm_span_end(child);
}

static void *produce(void *user)
{
    unsigned thread = (unsigned)(uintptr_t)user;
    for (unsigned i = 0; i < TURNS; i++) {
        while (atomic_load(&made) - atomic_load(&consumer.delivered) > OPEN_MAX)
            sched_yield();
        atomic_fetch_add(&made, 3);
        turn(thread, i);
    }
    return NULL;
}

static void *read_stats(void *user)
{
    (void)user;
    while (!atomic_load(&done)) {
        stress_check_moving();
        sched_yield();
    }
    return NULL;
}

int main(void)
{
    seen = calloc((size_t)THREADS * TURNS, sizeof *seen);
    CHECK(seen != NULL);
    stress_open(&consumer, see, NULL);
    stress_install(NULL, 0);
    stress_start(&consumer);
    pthread_t threads[THREADS], reader;
    CHECK_EQUAL(pthread_create(&reader, NULL, read_stats, NULL), 0);
    for (unsigned i = 0; i < THREADS; i++)
        CHECK_EQUAL(pthread_create(&threads[i], NULL, produce, (void *)(uintptr_t)i), 0);
    for (unsigned i = 0; i < THREADS; i++)
        CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
    stress_stop(&consumer);
    atomic_store(&done, true);
    CHECK_EQUAL(pthread_join(reader, NULL), 0);

    for (size_t i = 0; i < (size_t)THREADS * TURNS; i++) {
        const struct seen *s = &seen[i];
        CHECK(s->roots == 1 && s->children == 1 && s->grandchildren == 1);
        CHECK_EQUAL(s->child_parent, s->root);
        CHECK_EQUAL(s->grandchild_parent, s->child);
    }
    stress_check_idle(1);
    CHECK_EQUAL(consumer.delivered, 3u * THREADS * TURNS);
    for (int kind = 0; kind < SLM_DIAGNOSTIC_KINDS; kind++)
        CHECK_EQUAL(slm_diagnostic_count((slm_diagnostic_kind)kind), 0);
    stress_close(&consumer);
    free(seen);
    return 0;
}
