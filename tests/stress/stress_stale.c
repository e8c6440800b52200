/* SPDX-License-Identifier: MIT */
/* Handles, tokens and contexts that outlived what they stood for, after their slot was used again a million times: none
 * reaches another span, and each call is counted. */
#include "tests/stress/stress.h"

enum { REUSES = 1000000, THREADS = 3, ROUNDS = 20000 };

static stress_consumer consumer;

static void see_live(const slm_span_data *span, void *user)
{
    if (!stress_named(span, "live"))
        return;
    ++*(unsigned *)user;
    CHECK_EQUAL(span->field_count, 1);
    CHECK_EQUAL(stress_number(span, "mine"), 1);
    CHECK_EQUAL(span->status, SLM_SPAN_UNSET);
    CHECK_EQUAL(span->event_count, 0);
    CHECK_EQUAL(span->link_count, 0);
}

static uint64_t stale(void)
{
    return slm_diagnostic_count(SLM_DIAG_STALE_SPAN);
}

/* Every call that a stale handle can be given to, while another span has the slot. */
static void misuse(slm_span old, slm_token old_token, slm_context old_context, slm_span live)
{
    slm_span_context none;
    uint64_t before = stale();
    slm_span_end(old);
    SLM_SET(old, "stray", 1);
    slm_span_set_name(old, "stray");
    slm_span_set_status(old, SLM_SPAN_ERROR, "stray");
    slm_span_fail(old, 1, "stray %d", 1);
    slm_span_add_link(old, (slm_link){ .span = live });
    slm_span_end_at(old, 1);
    CHECK_EQUAL(stale(), before + 7);
    CHECK(!slm_span_identity(old, &none));
    CHECK_EQUAL(slm_enter(old).id, 0);
    CHECK_EQUAL(stale(), before + 8);
    slmi_scope_exit(old);
    CHECK_EQUAL(stale(), before + 9);

    uint64_t twice = slm_diagnostic_count(SLM_DIAG_EXIT_TWICE), gone = slm_diagnostic_count(SLM_DIAG_PARENT_GONE);
    slm_exit(old_token);
    slm_context_detach(old_token);
    CHECK_EQUAL(slm_diagnostic_count(SLM_DIAG_EXIT_TWICE), twice + 2);
    slm_span root = SLM_SPAN_WITH((.parent = slm_under(old)), "root");
    SLM_EVENT_WITH((.parent = slm_under(old)), SLM_LEVEL_INFO, "of nobody");
    CHECK_EQUAL(slm_diagnostic_count(SLM_DIAG_PARENT_GONE), gone + 2);
    slm_span_end(root);

    uint64_t released = slm_diagnostic_count(SLM_DIAG_CONTEXT_TWICE);
    slm_context copy = old_context;
    CHECK_EQUAL(slm_context_attach(&old_context).id, 0);
    slm_context_release(&copy);
    root = SLM_SPAN_WITH((.parent = slm_under_context(&old_context)), "root");
    slm_span_end(root);
    CHECK_EQUAL(slm_diagnostic_count(SLM_DIAG_CONTEXT_TWICE), released + 3);
}

static void reuse_a_slot(void)
{
    unsigned seen = 0;
    slm_span old = SLM_SPAN("old");
    slm_token token = slm_enter(old);
    slm_context context = slm_context_capture(), copy = context;
    slm_exit(token);
    slm_span_end(old);
    slm_context_release(&context);
    stress_drain(&consumer);
    uint32_t reused = 0;
    for (unsigned i = 0; i < REUSES; i++) {
        slm_span next = SLM_SPAN("next");
        reused += slmi_id_slot(next.id) == slmi_id_slot(old.id);
        CHECK(next.id != old.id);
        slm_span_end(next);
        stress_drain(&consumer);
    }
    CHECK(reused > REUSES / 4);
    consumer.see = see_live;
    consumer.user = &seen;
    /* Once in the old span's slot, and once in each other that this thread holds. */
    slm_span live[2 * SLMI_MAGAZINE];
    for (unsigned i = 0; i < 2 * SLMI_MAGAZINE; i++)
        live[i] = SLM_SPAN("live", ("mine", 1));
    misuse(old, token, copy, live[0]);
    slm_token entered = slm_enter(live[1]);
    misuse(old, token, copy, live[0]);
    CHECK_EQUAL(slm_current().id, live[1].id);
    slm_exit(entered);
    for (unsigned i = 0; i < 2 * SLMI_MAGAZINE; i++)
        slm_span_end(live[i]);
    stress_drain(&consumer);
    CHECK_EQUAL(seen, 2 * SLMI_MAGAZINE);
    consumer.see = NULL;
    stress_check_idle(1);
}

/* -- threads that all hold one handle: one of them ends it, each of the others is too late and counted
 * ------------------ */

static _Atomic(uint64_t) handle;
static pthread_barrier_t barrier;

static void see_shared(const slm_span_data *span, void *user)
{
    (void)user;
    if (stress_named(span, "other"))
        CHECK_EQUAL(span->field_count, 0);
}

static void *race(void *user)
{
    unsigned thread = (unsigned)(uintptr_t)user;
    for (unsigned i = 0; i < ROUNDS; i++) {
        if (thread == 0)
            atomic_store(&handle, SLM_SPAN("shared").id);
        pthread_barrier_wait(&barrier);
        slm_span shared = { atomic_load(&handle) };
        slm_span_set(shared, slm_string_from_c("stray"), slm_value_u64(i));
        {
            SLM_ENTER(shared);
            slm_span_end(shared);
        }
        slm_span other = SLM_SPAN("other");
        slm_span_set(shared, slm_string_from_c("stray"), slm_value_u64(i));
        slm_span_end(other);
        pthread_barrier_wait(&barrier);
        if (thread == 0)
            stress_drain(&consumer);
    }
    return NULL;
}

static void race_for_the_end(void)
{
    consumer.see = see_shared;
    CHECK_EQUAL(pthread_barrier_init(&barrier, NULL, THREADS), 0);
    pthread_t threads[THREADS];
    for (unsigned i = 0; i < THREADS; i++)
        CHECK_EQUAL(pthread_create(&threads[i], NULL, race, (void *)(uintptr_t)i), 0);
    for (unsigned i = 0; i < THREADS; i++)
        CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
    stress_drain(&consumer);
    stress_check_idle(1);
    CHECK_EQUAL(slm_diagnostic_count(SLM_DIAG_EXIT_THREAD), 0);
}

int main(void)
{
    stress_open(&consumer, NULL, NULL);
    stress_install(NULL, 0);
    reuse_a_slot();
    race_for_the_end();
    stress_close(&consumer);
    return 0;
}
