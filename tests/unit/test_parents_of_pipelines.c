/* SPDX-License-Identifier: MIT */
/* Several pipelines with different filters: whatever stands between two spans, each pipeline shows a child under the
 * nearest ancestor that it takes itself. */
#include <spanloom/context.h>
#include <spanloom/dynamic.h>
#include <spanloom/filter.h>
#include <spanloom/trace.h>

#include "core/dispatch.h"
#include "core/export.h"
#include "core/layering.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PIPES = SLM_PIPELINES_MAX, SPANS_MAX = 4096 };

/* What arrived, by pipeline and number of the span, which is its name. */
static struct {
    bool there, remote;
    slm_span_id id, parent;
    unsigned events;
    slm_string event_names[4];
} got[PIPES][SPANS_MAX];
static slmi_scratch scratch;

static void take(void *user, unsigned pipeline, uint32_t record)
{
    (void)user;
    const slm_span_data *s = slmi_record_data(record, pipeline, &scratch);
    char name[16];
    snprintf(name, sizeof name, "%.*s", (int)s->name.len, s->name.data);
    unsigned number = (unsigned)strtoul(name, NULL, 10);
    got[pipeline][number].there = true;
    got[pipeline][number].id = s->span_id;
    got[pipeline][number].parent = s->parent_span_id;
    got[pipeline][number].remote = s->parent_is_remote;
    got[pipeline][number].events = s->event_count;
    for (unsigned i = 0; i < s->event_count && i < 4; i++)
        got[pipeline][number].event_names[i] = s->events[i].name;
    slmi_record_release(record);
}

static void wake(void *user)
{
    (void)user;
}

static slm_subscriber *subscriber;

/* One filter a pipeline; the same text is the same filter. */
static void begin(const char *const *directives, unsigned count)
{
    const slmi_consumer consumer = { .wake = wake };
    slmi_layering layering = { .exports = count };
    for (unsigned i = 0; i < count; i++) {
        for (unsigned j = 0; j < i && !layering.export_filters[i]; j++)
            if (strcmp(directives[i], directives[j]) == 0)
                layering.export_filters[i] = layering.export_filters[j];
        if (!layering.export_filters[i])
            cr_assert(
                eq(int, slm_filter_parse(slm_string_from_c(directives[i]), &layering.export_filters[i], NULL), SLM_OK));
    }
    cr_assert(eq(int, slmi_export_open(&consumer, count), SLM_OK));
    cr_assert(eq(int, slmi_subscriber_layered(&layering, &subscriber), SLM_OK));
    slm_set_global_subscriber(subscriber);
}

static slm_span start(unsigned number, uint8_t level, slm_parent parent)
{
    char name[16];
    snprintf(name, sizeof name, "%u", number);
    const slm_callsite site = { .size = sizeof site, .level = level, .name = slm_string_from_c(name) };
    const slm_span_options options = { .parent = parent };
    return slm_span_start(&site, NULL, 0, &options);
}

static void drain(void)
{
    slmi_export_drain(take, NULL);
}

static bool same(slm_span_id a, slm_span_id b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

static const slm_span_id none;

static slm_span_context remote_parent(void)
{
    slm_span_context remote;
    memset(&remote, 0, sizeof remote);
    memset(&remote.trace_id, 0x11, sizeof remote.trace_id);
    memset(&remote.span_id, 0x22, sizeof remote.span_id);
    remote.flags = SLM_FLAG_SAMPLED;
    remote.is_remote = true;
    return remote;
}

Test(parents_of_pipelines, a_span_hangs_under_the_nearest_that_the_pipeline_takes)
{
    static const char *const directives[] = { "trace", "info", "warn" };
    begin(directives, 3);
    slm_span_context remote = remote_parent();
    /* 0 WARN under a remote span, 1 TRACE, 2 INFO, 3 TRACE, 4 WARN; ancestors end before their children start. */
    static const uint8_t levels[] = { SLM_LEVEL_WARN, SLM_LEVEL_TRACE, SLM_LEVEL_INFO, SLM_LEVEL_TRACE,
                                      SLM_LEVEL_WARN };
    slm_context context = { 0 };
    for (unsigned i = 0; i < 5; i++) {
        slm_span span = start(i, levels[i], i == 0 ? slm_under_remote(&remote) : slm_under_context(&context));
        slm_token in = slm_enter(span);
        slm_context_release(&context);
        context = slm_context_capture();
        slm_exit(in);
        slm_span_end(span);
    }
    slm_context_release(&context);
    drain();

    static const int parents[3][5] = { { -1, 0, 1, 2, 3 }, { -1, -2, 0, -2, 2 }, { -1, -2, -2, -2, 0 } };
    for (unsigned p = 0; p < 3; p++) {
        for (unsigned i = 0; i < 5; i++) {
            int parent = parents[p][i];
            cr_assert(eq(int, got[p][i].there, parent != -2), "span %u in pipeline %u", i, p);
            if (parent == -1)
                cr_expect(same(got[p][i].parent, remote.span_id) && got[p][i].remote);
            else if (parent >= 0)
                cr_expect(same(got[p][i].parent, got[p][parent].id) && !got[p][i].remote, "span %u in pipeline %u", i,
                          p);
        }
    }
}

Test(parents_of_pipelines, a_remote_parent_is_reached_through_all_that_is_filtered)
{
    static const char *const directives[] = { "trace", "warn" };
    begin(directives, 2);
    slm_span_context remote = remote_parent();
    slm_span outer = start(0, SLM_LEVEL_DEBUG, slm_under_remote(&remote));
    slm_span inner = start(1, SLM_LEVEL_DEBUG, slm_under(outer));
    slm_span_end(outer);
    slm_span leaf = start(2, SLM_LEVEL_WARN, slm_under(inner));
    slm_span_end(inner);
    slm_span_end(leaf);
    drain();
    cr_expect(same(got[0][2].parent, got[0][1].id) && !got[0][2].remote);
    cr_expect(same(got[1][2].parent, remote.span_id) && got[1][2].remote);
}

Test(parents_of_pipelines, what_is_sent_on_is_the_nearest_that_any_pipeline_takes)
{
    static const char *const directives[] = { "error", "info" };
    begin(directives, 2);
    slm_span taken = start(0, SLM_LEVEL_INFO, SLM_ROOT);
    slm_token in = slm_enter(taken);
    slm_span_context sent, own;
    cr_assert(slm_current_context(&own));
    for (unsigned i = 1; i < 4; i++) {
        slm_span filtered = start(i, SLM_LEVEL_DEBUG, (slm_parent){ 0 });
        slm_token deeper = slm_enter(filtered);
        cr_assert(slm_current_context(&sent));
        cr_expect(same(sent.span_id, own.span_id));
        slm_exit(deeper);
        slm_span_end(filtered);
    }
    slm_exit(in);
    slm_span_end(taken);
}

Test(parents_of_pipelines, each_gets_the_events_that_its_filter_takes)
{
    static const char *const directives[] = { "trace", "info", "info" };
    begin(directives, 3);
    const slm_callsite quiet = { .size = sizeof quiet, .level = SLM_LEVEL_DEBUG, .name = slm_string_from_c("quiet") };
    const slm_callsite loud = { .size = sizeof loud, .level = SLM_LEVEL_WARN, .name = slm_string_from_c("loud") };
    const slm_field field = { slm_string_from_c("key"), slm_value_i64(7) };
    slm_span span = start(0, SLM_LEVEL_INFO, SLM_ROOT);
    slm_token in = slm_enter(span);
    slm_event(&quiet, (slm_string){ NULL, 0 }, &field, 1, NULL);
    slm_event(&loud, (slm_string){ NULL, 0 }, &field, 1, NULL);
    slm_exit(in);
    slm_span_end(span);
    drain();
    cr_expect(eq(uint, got[0][0].events, 2));
    for (unsigned p = 1; p < 3; p++) {
        cr_assert(eq(uint, got[p][0].events, 1));
        cr_expect(slm_string_equal(got[p][0].event_names[0], slm_string_from_c("loud")));
    }
}

Test(parents_of_pipelines, another_filter_counts_from_its_reload_on)
{
    static const char *const directives[] = { "trace", "error", "error" };
    begin(directives, 3);
    slm_span outer = start(0, SLM_LEVEL_INFO, SLM_ROOT);
    slm_filter *info = NULL;
    cr_assert(eq(int, slm_filter_parse(slm_string_from_c("info"), &info, NULL), SLM_OK));
    cr_expect(eq(int, slm_subscriber_reload(subscriber, 2, info), SLM_ERR_INVALID_ARGUMENT), "it is the second's too");
    cr_assert(eq(int, slm_subscriber_reload(subscriber, 1, info), SLM_OK));
    slm_span middle = start(1, SLM_LEVEL_DEBUG, slm_under(outer));
    slm_span inner = start(2, SLM_LEVEL_INFO, slm_under(middle));
    slm_span_end(inner);
    slm_span_end(middle);
    slm_span_end(outer);
    drain();
    cr_expect(same(got[0][2].parent, got[0][1].id));
    for (unsigned p = 1; p < 3; p++) {
        cr_expect(got[p][0].there && !got[p][1].there, "open spans are judged anew");
        cr_expect(same(got[p][2].parent, got[p][0].id), "pipeline %u", p);
    }
}

/* Where one subscriber has its table another one has fields: they are not taken for it, whatever they say. */
Test(parents_of_pipelines, a_parent_of_another_subscriber_has_no_table_here)
{
    static const char *const two[] = { "trace", "info" };
    static const char *const dynamic[] = { "debug,[{k=1}]=trace", "info,[{k=1}]=debug" };
    begin(two, 2);
    slm_subscriber *first = subscriber;
    slmi_export_close();
    begin(dynamic, 2);
    slm_subscriber *second = subscriber;
    uint64_t word = ((const slmi_dispatch *)second)->serial | UINT64_C(0xffff) << 32; /* 255 groups, all remote */
    slm_set_global_subscriber(first);
    slm_span outer = SLM_SPAN_AT(SLM_LEVEL_DEBUG, "0", ("a", word), ("b", word), ("c", word), ("d", word), ("e", word),
                                 ("f", word), ("g", word), ("h", word), ("i", word), ("j", word), ("k", word));
    slm_span_context identity;
    cr_assert(slm_span_identity(outer, &identity));
    slm_set_global_subscriber(second);
    slm_span inner = start(1, SLM_LEVEL_INFO, slm_under(outer));
    slm_span_end(inner);
    drain();
    for (unsigned p = 0; p < 2; p++)
        cr_expect(got[p][1].there && same(got[p][1].parent, identity.span_id) && !got[p][1].remote, "pipeline %u", p);
    slm_span_end(outer);
}

/* -- any tree, eight pipelines, against a plain model ---------------------------------------------------------------
 */

static uint64_t state = 88172645463325252u;
static unsigned any(unsigned below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)(state % below);
}

static struct {
    int parent; /* -1: none; -2: remote */
    uint8_t level;
    slm_span span;
    slm_context context;
    bool open;
} model[SPANS_MAX];

/* How a new span finds its parent: a span that is still open, or a context captured in it, or in a context. */
static void grow(unsigned number, const slm_span_context *remote)
{
    slm_parent under = SLM_ROOT;
    int parent = (int)any(number + 1) - 1;
    if (parent < 0 && any(2) == 0) {
        parent = -2;
        under = slm_under_remote(remote);
    } else if (parent >= 0 && model[parent].open && any(2) == 0) {
        under = slm_under(model[parent].span);
    } else if (parent >= 0) {
        under = slm_under_context(&model[parent].context);
    }
    model[number].parent = parent;
    model[number].level = (uint8_t)(SLM_LEVEL_ERROR + any(5));
    model[number].span = start(number, model[number].level, under);
    model[number].open = true;
    slm_token in = slm_enter(model[number].span);
    model[number].context = slm_context_capture();
    slm_exit(in);
    if (any(3) == 0) { /* a context of a context */
        slm_token attached = slm_context_attach(&model[number].context);
        slm_context again = slm_context_capture();
        slm_context_detach(attached);
        slm_context_release(&model[number].context);
        model[number].context = again;
    }
    unsigned ended = any(number + 1);
    if (model[ended].open)
        slm_span_end(model[ended].span);
    model[ended].open = false;
}

static int expected_parent(unsigned number, uint8_t most)
{
    int at = model[number].parent;
    while (at >= 0 && model[at].level > most)
        at = model[at].parent;
    return at;
}

Test(parents_of_pipelines, no_tree_leaves_a_parent_dangling)
{
    static const char *const directives[PIPES] = { "trace", "debug", "info", "warn", "error", "info", "off", "trace" };
    static const uint8_t most[PIPES] = { 5, 4, 3, 2, 1, 3, 0, 5 };
    enum { COUNT = 1200 };
    begin(directives, PIPES);
    slm_span_context remote = remote_parent();
    for (unsigned i = 0; i < COUNT; i++)
        grow(i, &remote);
    for (unsigned i = 0; i < COUNT; i++) {
        if (model[i].open)
            slm_span_end(model[i].span);
        slm_context_release(&model[i].context);
    }
    drain();
    for (unsigned p = 0; p < PIPES; p++) {
        for (unsigned i = 0; i < COUNT; i++) {
            cr_assert(eq(int, got[p][i].there, model[i].level <= most[p]), "span %u in pipeline %u", i, p);
            if (!got[p][i].there)
                continue;
            int parent = expected_parent(i, most[p]);
            slm_span_id wanted = parent >= 0 ? got[p][parent].id : parent == -2 ? remote.span_id : none;
            cr_assert(same(got[p][i].parent, wanted), "parent of span %u in pipeline %u", i, p);
            cr_assert(eq(int, got[p][i].remote, parent == -2));
        }
    }
}
