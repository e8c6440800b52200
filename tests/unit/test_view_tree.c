/* SPDX-License-Identifier: MIT */
/* No claim of a sender's about parents or times breaks the tree or its printing. */
#include "tests/unit/view.h"

#include "viewer/print.h"
#include "viewer/tree.h"

static const slmi_view_style plain = { .colour = false };

/* Spans 1 to `count` in a list, span i under parent_of(i); 0 is no parent. To be freed. */
static slmi_view_span *spans_of(uint32_t count, uint32_t (*parent_of)(uint32_t i))
{
    slmi_view_span *spans = calloc(count, sizeof *spans);
    cr_assert(spans != NULL);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t id = i + 1, parent = parent_of(id);
        spans[i].name = spans[i].service = spans[i].status_text = "";
        spans[i].start_ns = 1000 + i;
        spans[i].end_ns = 2000 + i;
        memcpy(spans[i].span_id.bytes, &id, sizeof id);
        memcpy(spans[i].parent_id.bytes, &parent, sizeof parent);
        spans[i].next = i + 1 < count ? &spans[i + 1] : NULL;
    }
    return spans;
}

static uint32_t itself(uint32_t i)
{
    return i;
}

static uint32_t ring_of_three(uint32_t i)
{
    return i % 3 == 0 ? i - 2 : i + 1;
}

static uint32_t tails_into_a_ring(uint32_t i)
{
    return i == 1 ? 2 : i == 2 ? 1 : i - 1;
}

static uint32_t chain(uint32_t i)
{
    return i - 1;
}

static uint32_t star(uint32_t i)
{
    return i == 1 ? 0 : 1;
}

static uint32_t missing(uint32_t i)
{
    return 1000000 + i % 7;
}

static uint32_t any(uint32_t i)
{
    return (uint32_t)(i * 2654435761u) % 1500;
}

Test(view_tree, whatever_parents_are_claimed_each_span_is_in_the_tree_once)
{
    static const struct {
        const char *why;
        uint32_t (*parent_of)(uint32_t i);
        uint32_t count;
    } cases[] = {
        { "their own parents", itself, 5 }, { "rings", ring_of_three, 9 }, { "a tail", tails_into_a_ring, 100 },
        { "a long chain", chain, 100000 },  { "a star", star, 100000 },    { "missing parents", missing, 1000 },
        { "anything", any, 1000 }
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slmi_view_span *spans = spans_of(cases[i].count, cases[i].parent_of);
        slmi_view_tree tree;
        cr_assert(slmi_view_tree_build(&tree, spans, cases[i].count));
        uint32_t *stack = calloc(2 * (size_t)cases[i].count + 2, sizeof *stack), depth = 0, seen = 0;
        cr_assert(stack != NULL);
        stack[depth++] = tree.first_root;
        while (depth > 0 && seen <= cases[i].count) {
            uint32_t at = stack[--depth];
            if (at == SLMI_VIEW_NOBODY)
                continue;
            seen += tree.nodes[at].span != NULL;
            stack[depth++] = tree.nodes[at].next_sibling;
            stack[depth++] = tree.nodes[at].first_child;
        }
        cr_expect(eq(u32, seen, cases[i].count), "%s", cases[i].why);
        free(stack);
        slmi_view_tree_free(&tree);

        slmi_view_trace trace = { .first = spans, .span_count = cases[i].count };
        slmi_view_text text = slmi_view_text_up_to((size_t)64 << 20);
        slmi_view_print(&text, &trace, &plain);
        cr_expect(not(text.truncated), "%s: depth does not make lines long", cases[i].why);
        slmi_view_text_free(&text);
        free(spans);
    }
}

Test(view_tree, times_at_the_ends_of_their_range_are_survived)
{
    static const uint64_t times[] = { 0, 1, INT64_MAX - 1, INT64_MAX, (uint64_t)INT64_MAX + 1, UINT64_MAX };
    enum { COUNT = sizeof times / sizeof *times };
    slmi_view_event event = { .name = "e" };
    slmi_view_span *spans = spans_of(3, chain);
    spans[1].service = "other";
    spans[1].kind = SLM_KIND_SERVER;
    spans[2].service = "other";
    for (size_t i = 0; i < (size_t)COUNT * COUNT * COUNT * COUNT; i++) {
        spans[0].start_ns = times[i % COUNT];
        spans[0].end_ns = times[i / COUNT % COUNT];
        spans[1].start_ns = times[i / COUNT / COUNT % COUNT];
        spans[1].end_ns = times[i / COUNT / COUNT / COUNT];
        spans[2].start_ns = spans[1].end_ns;
        spans[2].end_ns = spans[0].start_ns;
        event.time_ns = spans[0].end_ns;
        spans[1].events = &event;
        spans[1].event_count = 1;
        slmi_view_trace trace = { .first = spans, .span_count = 3 };
        slmi_view_text text = slmi_view_text_up_to(1 << 16);
        slmi_view_print(&text, &trace, &plain);
        cr_expect(gt(sz, text.len, 0));
        slmi_view_text_free(&text);
    }
    free(spans);
}

Test(view_tree, a_very_large_trace_is_cut_and_says_how_much)
{
    slmi_view_span *spans = spans_of(50, star);
    slmi_view_trace trace = { .first = spans, .span_count = 50 };
    slmi_view_text text = slmi_view_text_up_to(1 << 16);
    slmi_view_print(&text, &trace, &(slmi_view_style){ .max_spans = 10 });
    cr_expect(strstr(text.data, "... and 40 more spans\n") != NULL);
    slmi_view_text_free(&text);
    free(spans);
}
