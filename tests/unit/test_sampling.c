/* SPDX-License-Identifier: MIT */
/* What a subscriber's sampler does to its spans: what is exported, what is inherited, what travels on. */
#include <spanloom/context.h>
#include <spanloom/id_generator.h>
#include <spanloom/layer.h>
#include <spanloom/sampler.h>
#include <spanloom/stats.h>
#include <spanloom/test.h>
#include <spanloom/trace.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <pthread.h>
#include <stdio.h>

#include "core/carried.h"
#include "core/slot.h"

static slm_memory_exporter *exporter;

static void begin(slm_sampler *sampler)
{
    cr_assert(eq(int, (int)slm_memory_exporter_new(NULL, &exporter), (int)SLM_OK));
    slm_subscriber *subscriber = slm_memory_exporter_subscriber(exporter);
    if (sampler)
        cr_assert(eq(int, (int)slm_subscriber_set_sampler(subscriber, sampler), (int)SLM_OK));
    slm_sampler_release(sampler);
    slm_set_global_subscriber(subscriber);
}

static void end(void)
{
    slm_set_global_subscriber(NULL);
    slm_memory_exporter_free(exporter);
}

static unsigned flags_of(slm_span span)
{
    slm_span_context identity;
    cr_assert(slm_span_identity(span, &identity));
    return identity.flags;
}

static uint64_t unsampled(void)
{
    slm_stats stats = { .size = sizeof stats };
    slm_stats_read(&stats);
    return stats.pipelines[0].unsampled;
}

static slm_span_context remote(unsigned flags, const char *tracestate)
{
    slm_span_context r = { .trace_id = { { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 } },
                           .span_id = { { 1, 2, 3, 4, 5, 6, 7, 8 } },
                           .flags = (uint8_t)flags,
                           .is_remote = true };
    r.tracestate_len = (uint16_t)strlen(tracestate);
    memcpy(r.tracestate, tracestate, r.tracestate_len);
    return r;
}

Test(sampling, an_unsampled_span_exists_keeps_its_ids_and_is_counted)
{
    begin(slm_sampler_always_off());
    slm_span root = SLM_SPAN("root", ("k", 1));
    slm_span child = SLM_SPAN_WITH((.parent = slm_under(root)), "child");
    slm_span_context a, b;
    cr_assert(slm_span_identity(root, &a) && slm_span_identity(child, &b));
    cr_expect(slm_span_context_is_valid(&a) && slm_span_context_is_valid(&b));
    cr_expect(memcmp(&a.trace_id, &b.trace_id, sizeof a.trace_id) == 0);
    cr_expect(eq(int, a.flags, (int)SLM_FLAG_RANDOM));
    slm_span_end(child);
    slm_span_end(root);
    cr_expect(eq(sz, slm_memory_exporter_count(exporter), (size_t)0));
    cr_expect(eq(u64, unsampled(), (uint64_t)2));
    end();
}

static slm_sampler *under_parent(slm_sampler *root)
{
    return slm_sampler_parent_based(&(slm_sampler_delegates){ .root = root });
}

Test(sampling, each_sampler_decides_for_roots_and_children_as_its_name_says)
{
    const struct {
        const char *why;
        slm_sampler *sampler;
        bool root, under_on, under_off;
    } cases[] = {
        { "none", NULL, true, true, false },
        { "on", slm_sampler_always_on(), true, true, true },
        { "off", slm_sampler_always_off(), false, false, false },
        { "parent, on", under_parent(slm_sampler_always_on()), true, true, false },
        { "parent, off", under_parent(slm_sampler_always_off()), false, true, false },
        { "ratio 1", slm_sampler_trace_id_ratio(1), true, true, true },
        { "parent, probability 0", under_parent(slm_sampler_probability(0, 0)), false, true, false },
        { "record", slm_sampler_always_record(slm_sampler_always_off()), false, false, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slm_span_context on = remote(SLM_FLAG_SAMPLED, ""), off = remote(0, "");
        begin(cases[i].sampler);
        slm_span spans[3] = { SLM_SPAN("root"), SLM_SPAN_WITH((.parent = slm_under_remote(&on)), "on"),
                              SLM_SPAN_WITH((.parent = slm_under_remote(&off)), "off") };
        const bool expected[3] = { cases[i].root, cases[i].under_on, cases[i].under_off };
        for (int j = 0; j < 3; j++) {
            slm_span child = SLM_SPAN_WITH((.parent = slm_under(spans[j])), "child");
            cr_expect(eq(int, flags_of(spans[j]) & SLM_FLAG_SAMPLED, expected[j]), "%s, %d", cases[i].why, j);
            cr_expect(eq(int, flags_of(child) & SLM_FLAG_SAMPLED, expected[j]), "child: %s, %d", cases[i].why, j);
            /* The random flag is set on roots, and copied. */
            cr_expect(eq(int, flags_of(child) & SLM_FLAG_RANDOM, j == 0 ? (int)SLM_FLAG_RANDOM : 0));
            slm_span_end(child);
            slm_span_end(spans[j]);
        }
        end();
    }
}

static void *child_flags(void *user)
{
    slm_span child = SLM_SPAN_WITH((.parent = slm_under_context(user)), "elsewhere");
    unsigned flags = flags_of(child);
    slm_span_end(child);
    return (void *)(uintptr_t)flags;
}

Test(sampling, the_decision_is_inherited_across_threads_and_contexts_even_after_the_roots_end)
{
    begin(under_parent(slm_sampler_always_off()));
    slm_span root = SLM_SPAN("root");
    slm_token token = slm_enter(root);
    slm_context context = slm_context_capture();
    slm_exit(token);
    slm_span_end(root);
    pthread_t thread;
    void *flags;
    cr_assert(eq(int, pthread_create(&thread, NULL, child_flags, &context), 0));
    pthread_join(thread, &flags);
    cr_expect(eq(int, (int)(uintptr_t)flags, (int)SLM_FLAG_RANDOM));
    slm_context_release(&context);
    cr_expect(eq(u64, unsampled(), (uint64_t)2));
    end();
}

Test(sampling, a_hint_without_ids_counts_as_a_remote_parent_and_debug_wins_over_all)
{
    static const struct {
        const char *why;
        unsigned flags;
        bool parent_based, always_off;
    } cases[] = {
        { "none", SLM_FLAG_SAMPLED, false, false },
        { "deny", 0, false, false },
        { "accept", SLM_FLAG_SAMPLED | SLMI_FLAG_ACCEPT, true, false },
        { "debug", SLM_FLAG_SAMPLED | SLMI_FLAG_DEBUG, true, true },
    };
    for (size_t i = 0; i < 2 * sizeof cases / sizeof *cases; i++) {
        bool based = i % 2;
        begin(based ? under_parent(slm_sampler_trace_id_ratio(0)) : slm_sampler_always_off());
        slm_context context = slmi_context_carried(NULL, slm_string_from_c("k=v"), cases[i / 2].flags);
        slm_span span = SLM_SPAN_WITH((.parent = slm_under_context(&context)), "serve");
        slm_span child = SLM_SPAN_WITH((.parent = slm_under(span)), "child");
        bool expected = based ? cases[i / 2].parent_based : cases[i / 2].always_off;
        cr_expect(eq(int, flags_of(span) & SLM_FLAG_SAMPLED, expected), "%s, %d", cases[i / 2].why, based);
        cr_expect(eq(int, flags_of(child) & SLM_FLAG_SAMPLED, expected), "child: %s, %d", cases[i / 2].why, based);
        slm_span_end(child);
        slm_span_end(span);
        slm_context_release(&context);
        end();
    }
}

/* -- a sampler of the program's own ----------------------------------------------------------------------------------
 */

static struct {
    char seen[256];
    slm_sampling_decision decision;
    const char *tracestate;
    unsigned calls, destroyed;
} custom;

static void decide(void *self, const slm_sampling_request *request, slm_sampling_result *result)
{
    slm_field field;
    (void)self;
    custom.calls++;
    slm_span inner = SLM_SPAN("traced by a sampler");
    cr_expect(slm_span_is_enabled(inner) == false, "what a sampler traces is not recorded");
    slm_span_end(inner);
    int at = snprintf(custom.seen, sizeof custom.seen, "%.*s kind=%d links=%zu parent=%s", (int)request->name.len,
                      request->name.data, (int)request->kind, request->link_count,
                      !request->parent             ? "none"
                      : request->parent->is_remote ? "remote"
                                                   : "local");
    for (size_t i = 0; slm_hit_field(request->hit, i, &field); i++)
        at += snprintf(custom.seen + at, sizeof custom.seen - (size_t)at, " %.*s", (int)field.key.len, field.key.data);
    if (request->parent)
        snprintf(custom.seen + at, sizeof custom.seen - (size_t)at, " [%.*s]", (int)request->parent->tracestate_len,
                 request->parent->tracestate);
    result->decision = custom.decision;
    cr_expect(slm_sampling_add_field(result, slm_string_from_c("rule"), slm_value_string("mine", 4)));
    if (custom.tracestate)
        cr_expect(slm_sampling_set_tracestate(result, slm_string_from_c(custom.tracestate)));
}

static void destroyed(void *self)
{
    (void)self;
    custom.destroyed++;
}

static slm_sampler *own(void)
{
    static const slm_sampler_ops ops = { .size = sizeof ops, .decide = decide, .destroy = destroyed };
    return slm_sampler_new(&ops, NULL, "Own");
}

Test(sampling, a_sampler_of_ones_own_sees_the_start_and_its_answer_is_obeyed)
{
    begin(own());
    slm_span_context from = remote(SLM_FLAG_SAMPLED, "a=1"), identity;
    custom.decision = SLM_SAMPLING_RECORD_AND_SAMPLE;
    custom.tracestate = "b=2";
    const slm_link link = { .context = &from };
    slm_span span =
        SLM_SPAN_WITH((.kind = SLM_KIND_SERVER, .parent = slm_under_remote(&from), .links = &link, .link_count = 1),
                      "serve", ("path", "/"), ("size", SLM_VALUE(slm_value_i64(3))));
    cr_expect(eq(str, custom.seen, (char *)"serve kind=1 links=1 parent=remote path size [a=1]"));
    cr_assert(slm_span_identity(span, &identity));
    cr_expect(slm_string_equal(slm_string_of(identity.tracestate, identity.tracestate_len), slm_string_from_c("b=2")));
    custom.decision = SLM_SAMPLING_RECORD_ONLY;
    custom.tracestate = "";
    slm_span only = SLM_SPAN_WITH((.parent = slm_under(span)), "only");
    cr_expect(eq(str, custom.seen, (char *)"only kind=0 links=0 parent=local [b=2]"));
    cr_assert(slm_span_identity(only, &identity));
    cr_expect(eq(int, identity.tracestate_len, 0), "an empty one takes it away");
    cr_expect(eq(int, identity.flags, 0));
    custom.decision = SLM_SAMPLING_RECORD_AND_SAMPLE;
    custom.tracestate = NULL;
    slm_span grandchild = SLM_SPAN_WITH((.parent = slm_under(only)), "grandchild");
    slm_span_end(grandchild);
    slm_span_end(only);
    slm_span_end(span);
    cr_expect(eq(sz, slm_memory_exporter_count(exporter), (size_t)2));
    const slm_span_data *data = slm_memory_exporter_find(exporter, "serve");
    cr_assert(data && data->field_count == 3);
    cr_expect(slm_string_equal(data->fields[2].key, slm_string_from_c("rule")));
    cr_expect(slm_string_equal(slm_string_of(data->fields[2].value.as.s, data->fields[2].value.len),
                               slm_string_from_c("mine")));
    const slm_span_data *below = slm_memory_exporter_find(exporter, "grandchild");
    cr_assert(below != NULL);
    cr_expect(memcmp(&below->parent_span_id, &data->span_id, sizeof data->span_id) == 0,
              "its parent is the nearest span that is exported");
    cr_expect(eq(uint, custom.calls, 3u));
    end();
    cr_expect(eq(uint, custom.destroyed, 1u));
}

Test(sampling, baggage_stays_when_a_sampler_changes_the_tracestate)
{
    begin(under_parent(slm_sampler_probability(1, 0)));
    slm_context context = slmi_context_carried(NULL, slm_string_from_c("user=7"), SLM_FLAG_SAMPLED);
    slm_span span = SLM_SPAN_WITH((.parent = slm_under_context(&context)), "serve");
    slm_span_context identity;
    cr_assert(slm_span_identity(span, &identity));
    cr_expect(
        slm_string_equal(slm_string_of(identity.tracestate, identity.tracestate_len), slm_string_from_c("ot=th:0")));
    slm_token token = slm_enter(span);
    char text[32];
    size_t len = slm_current_baggage(text, sizeof text);
    cr_expect(slm_string_equal(slm_string_of(text, len), slm_string_from_c("user=7")));
    slm_exit(token);
    slm_span_end(span);
    slm_context_release(&context);
    end();
}

/* -- ids -------------------------------------------------------------------------------------------------------------
 */

static void make_trace_id(void *self, slm_trace_id *out)
{
    memset(out->bytes, *(unsigned char *)self, sizeof out->bytes);
}

static void make_span_id(void *self, slm_span_id *out)
{
    memset(out->bytes, (*(unsigned char *)self)++, sizeof out->bytes);
}

static void ids_destroyed(void *self)
{
    *(unsigned char *)self = 0xdd;
}

Test(sampling, a_generator_makes_the_ids_and_declares_whether_they_are_random)
{
    for (int random = 0; random < 2; random++) {
        static unsigned char count;
        count = 0;
        const slm_id_generator ids = { sizeof ids, random, &count, make_trace_id, make_span_id, ids_destroyed };
        begin(NULL);
        slm_subscriber *subscriber = slm_memory_exporter_subscriber(exporter);
        cr_assert(eq(int, (int)slm_subscriber_set_id_generator(subscriber, &ids), (int)SLM_OK));
        cr_expect(eq(int, (int)slm_subscriber_set_id_generator(subscriber, &ids), (int)SLM_ERR_EXISTS));
        slm_span zero = SLM_SPAN("zero"); /* makes no valid ids: the library's stand */
        slm_span_context a, b;
        cr_assert(slm_span_identity(zero, &a));
        cr_expect(slm_span_context_is_valid(&a));
        cr_expect(eq(int, a.flags, (int)(SLM_FLAG_SAMPLED | SLM_FLAG_RANDOM)));
        slm_span root = SLM_SPAN("root"), child = SLM_SPAN_WITH((.parent = slm_under(root)), "child");
        cr_assert(slm_span_identity(root, &a) && slm_span_identity(child, &b));
        cr_expect(a.trace_id.bytes[0] == 1 && b.trace_id.bytes[15] == 1);
        cr_expect(a.span_id.bytes[0] == 1 && b.span_id.bytes[7] == 2);
        cr_expect(eq(int, b.flags, (int)SLM_FLAG_SAMPLED | (random ? (int)SLM_FLAG_RANDOM : 0)));
        slm_span_end(child);
        slm_span_end(root);
        slm_span_end(zero);
        end();
        cr_expect(eq(int, count, 0xdd));
    }
}

Test(sampling, a_sampler_is_given_once_and_to_layers_only)
{
    static const slm_subscriber_ops ops = { .size = sizeof ops };
    slm_subscriber *raw = NULL;
    slm_sampler *sampler = slm_sampler_always_on();
    begin(slm_sampler_always_off());
    cr_assert(eq(int, (int)slm_subscriber_new(&ops, NULL, &raw), (int)SLM_OK));
    cr_expect(eq(int, (int)slm_subscriber_set_sampler(raw, sampler), (int)SLM_ERR_INVALID_ARGUMENT));
    cr_expect(eq(int, (int)slm_subscriber_set_sampler(NULL, sampler), (int)SLM_ERR_INVALID_ARGUMENT));
    slm_subscriber *layers = slm_memory_exporter_subscriber(exporter);
    cr_expect(eq(int, (int)slm_subscriber_set_sampler(layers, NULL), (int)SLM_ERR_INVALID_ARGUMENT));
    cr_expect(eq(int, (int)slm_subscriber_set_sampler(layers, sampler), (int)SLM_ERR_EXISTS));
    slm_sampler_release(sampler);
    slm_subscriber_release(raw);
    end();
}
