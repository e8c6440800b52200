/* SPDX-License-Identifier: MIT */
/* A pool of 32 records, exhausted: an unrecorded child stands for its nearest recorded ancestor, an unrecorded root has
 * an identity and nothing else, each is counted, what is written into a record that cannot grow stays readable, and all
 * is well again when records come back. */
#include "tests/stress/stress.h"

enum { RECORDS = 32, ROOTS = RECORDS, THREADS = 4, TURNS = 3000 };

static stress_consumer consumer;
static uint64_t kept_seen; /* the consumer's */

static uint64_t id_of(slm_span span)
{
    slm_span_context context;
    CHECK(slm_span_identity(span, &context));
    CHECK(slm_span_context_is_valid(&context));
    return stress_id(context.span_id);
}

static uint64_t no_room(void)
{
    return stress_stats().unrecorded[SLM_UNRECORDED_NO_ROOM];
}

/* -- one thread, step by step
 * ------------------------------------------------------------------------------------------- */

static slm_span filler[ROOTS];
static unsigned fillers;

/* Makes roots until the pool is empty. */
static void fill(void)
{
    for (fillers = 0; fillers < ROOTS; fillers++) {
        uint64_t before = no_room();
        filler[fillers] = SLM_SPAN("filler");
        CHECK(slm_span_is_enabled(filler[fillers]));
        if (no_room() != before)
            return;
    }
    CHECK(fillers < ROOTS); /* the pool has no more records than it was given */
}

static void empty(void)
{
    for (unsigned i = 0; i <= fillers; i++)
        slm_span_end(filler[i]);
    stress_drain(&consumer);
}

static void see_kept(const slm_span_data *span, void *user)
{
    (void)user;
    if (!stress_named(span, "kept"))
        return;
    kept_seen++;
    CHECK_EQUAL(span->event_count, 2);
    CHECK_EQUAL(stress_number(span, "mine"), 1);
    CHECK(stress_field(span->fields, span->field_count, "not mine") == NULL);
}

/* All that is asked of an unrecorded child reaches its recorded parent, but for what would change that. */
static void children_stand_for_their_ancestor(void)
{
    consumer.see = see_kept;
    slm_span kept = SLM_SPAN("kept");
    fill();
    slm_span child = SLM_SPAN_WITH((.parent = slm_under(kept)), "child", ("field", 1));
    slm_span grandchild = SLM_SPAN_WITH((.parent = slm_under(child)), "grandchild");
    CHECK_EQUAL(id_of(child), id_of(kept));
    CHECK_EQUAL(id_of(grandchild), id_of(kept));
    slm_token token = slm_enter(grandchild);
    CHECK_EQUAL(slm_current().id, kept.id);
    SLM_INFO("of the child");
    {
        SLM_SCOPE_AS(scope, "scope", ("field", 2));
        CHECK_EQUAL(id_of(scope), id_of(kept));
        SLM_INFO("of the scope");
        SLM_SET(scope, "not mine", 1);
    }
    CHECK_EQUAL(slm_current().id, kept.id);
    slm_exit(token);
    CHECK_EQUAL(slm_current().id, 0);
    slm_span_set_status(child, SLM_SPAN_ERROR, "not mine");
    slm_span_set_name(child, "not mine");
    slm_span_end(grandchild);
    slm_span_end(child);
    slm_span_end(child);
    SLM_SET(kept, "mine", 1);
    slm_span_end(kept);
    empty();
    CHECK_EQUAL(kept_seen, 1);
    CHECK_EQUAL(slm_diagnostic_count(SLM_DIAG_STALE_SPAN), 0);
    consumer.see = NULL;
    stress_check_idle(1);
}

/* A root that there is no record for can be entered, propagated and be a parent; nothing of it is delivered. */
static void roots_have_an_identity(void)
{
    uint64_t delivered = consumer.delivered;
    fill();
    uint64_t before = no_room();
    slm_span root = SLM_SPAN("root", ("field", 1));
    CHECK_EQUAL(no_room(), before + 1);
    CHECK(id_of(root) != id_of(filler[0]));
    slm_token token = slm_enter(root);
    CHECK_EQUAL(slm_current().id, root.id);
    slm_span_context sent, own;
    CHECK(slm_current_context(&sent) && slm_span_identity(root, &own));
    CHECK(stress_id(sent.span_id) == stress_id(own.span_id));
    SLM_ERROR(("n", 1), "lost with its span");
    SLM_SET(root, "lost", "too");
    slm_exit(token);
    {
        SLM_SCOPE_AS(scope, "a root scope");
        CHECK_EQUAL(slm_current().id, scope.id);
    }
    CHECK_EQUAL(slm_current().id, 0);
    slm_span_end(root);
    uint64_t stale = slm_diagnostic_count(SLM_DIAG_STALE_SPAN);
    slm_span_end(root); /* counted as for any other */
    CHECK_EQUAL(slm_diagnostic_count(SLM_DIAG_STALE_SPAN), stale + 1);
    empty();
    CHECK_EQUAL(consumer.delivered - delivered, fillers);
    stress_check_idle(1);
}

/* -- a record that cannot grow
 * -------------------------------------------------------------------------------------------- */

static int pattern;

static void check_text(const void *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        CHECK(((const char *)text)[i] == pattern);
}

static void see_grown(const slm_span_data *span, void *user)
{
    if (!stress_named(span, "grown"))
        return;
    ++*(unsigned *)user;
    CHECK_EQUAL(stress_number(span, "after"), 7);
    CHECK_EQUAL(span->event_count, 1);
    CHECK(slm_string_equal(span->events[0].name, slm_string_from_c("after")));
    CHECK(span->dropped_fields > 0);
    CHECK(stress_field(span->fields, span->field_count, "long") != NULL);
    for (uint32_t i = 0; i < span->field_count; i++) {
        const slm_value *v = &span->fields[i].value;
        if (v->type == SLM_TYPE_STRING)
            check_text(v->as.s, v->len);
        if (v->type == (SLM_TYPE_ARRAY | SLM_TYPE_I64))
            check_text(v->as.p, v->len * sizeof(int64_t));
        if (v->type == (SLM_TYPE_ARRAY | SLM_TYPE_STRING))
            for (size_t j = 0; j < v->len; j++)
                check_text(((const slm_string *)v->as.p)[j].data, ((const slm_string *)v->as.p)[j].len);
    }
}

/* Text that would look like an item, if it were taken for one: `pattern` is each of their types. */
static void grow(slm_span span, unsigned how, unsigned pad)
{
    char text[500], element[121];
    const char *strings[16];
    int64_t numbers[64];
    memset(text, pattern, sizeof text);
    memset(numbers, pattern, sizeof numbers);
    memset(element, pattern, sizeof element - 1);
    element[sizeof element - 1] = '\0';
    for (unsigned i = 0; i < 16; i++)
        strings[i] = element;
    slm_span_set(span, slm_string_from_c("pad"), slm_value_string(text, pad));
    if (how == 0)
        SLM_SET(span, "long", slm_array(strings, 16));
    else if (how == 1)
        SLM_SET(span, "long", slm_array(numbers, 64));
    else if (how == 2)
        SLM_SET(span, "long", slm_strn(text, sizeof text));
    else
        for (unsigned i = 0; i < 32; i++)
            slm_span_set(span, slm_string_from_c("long"), slm_value_i64(numbers[i]));
}

/* Whatever did not fit, what is written after it is read as it was written. */
static void what_is_cut_does_not_spoil_the_rest(void)
{
    unsigned seen = 0;
    consumer.see = see_grown;
    consumer.user = &seen;
    enum { WAYS = 4 * 40 };
    for (unsigned how = 0; how < WAYS; how++) {
        pattern = 1 + (int)(how % 5);
        slm_span span = SLM_SPAN("grown");
        fill();
        grow(span, how % 4, how / 4);
        empty();
        slm_token token = slm_enter(span);
        SLM_INFO("after");
        slm_exit(token);
        SLM_SET(span, "after", 7);
        slm_span_end(span);
        stress_drain(&consumer);
        CHECK_EQUAL(seen, how + 1);
    }
    consumer.see = NULL;
    CHECK(slm_diagnostic_count(SLM_DIAG_SPAN_LIMIT) > 0);
    stress_check_idle(1);
}

/* -- many threads
 * --------------------------------------------------------------------------------------------------------- */

static void nest(unsigned depth, const char *text)
{
    SLM_SCOPE("nested", ("depth", depth), ("text", text));
    SLM_INFO(("text", text), "at %u", depth);
    if (depth)
        nest(depth - 1, text);
    slm_context context = slm_context_capture();
    slm_span under = SLM_SPAN_WITH((.parent = slm_under_context(&context)), "under");
    SLM_ENTER(under);
    slm_context_release(&context);
    slm_span_end(under);
}

static void *run(void *user)
{
    char text[1500];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    unsigned seed = (unsigned)(uintptr_t)user;
    for (unsigned i = 0; i < TURNS; i++)
        nest((i + seed) % 9, text + (i * 37) % sizeof text);
    return NULL;
}

static void threads_share_what_there_is(void)
{
    stress_start(&consumer);
    pthread_t threads[THREADS];
    for (unsigned i = 0; i < THREADS; i++)
        CHECK_EQUAL(pthread_create(&threads[i], NULL, run, (void *)(uintptr_t)i), 0);
    for (unsigned i = 0; i < THREADS; i++) {
        stress_check_moving();
        CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
    }
    stress_stop(&consumer);
    stress_check_idle(1);
    CHECK_EQUAL(slm_diagnostic_count(SLM_DIAG_EXIT_TWICE), 0);
    CHECK_EQUAL(slm_diagnostic_count(SLM_DIAG_EXIT_ORDER), 0);
    CHECK_EQUAL(slm_diagnostic_count(SLM_DIAG_EXIT_THREAD), 0);
}

int main(void)
{
    CHECK(slmi_pool_init(RECORDS));
    stress_open(&consumer, NULL, NULL);
    stress_install(NULL, 0);
    children_stand_for_their_ancestor();
    roots_have_an_identity();
    what_is_cut_does_not_spoil_the_rest();
    threads_share_what_there_is();
    roots_have_an_identity();
    stress_close(&consumer);
    return 0;
}
