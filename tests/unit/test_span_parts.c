/* SPDX-License-Identifier: MIT */
/* Status, links, events and time. */
#include "tests/unit/spans.h"

#include <errno.h>

/* -- status -- */

/* OpenTelemetry Trace API, Set Status. */
static const struct {
    const char *why;
    struct {
        slm_span_status status;
        const char *text;
    } set[3];
    const char *want;
} statuses[] = {
    { "unset by default", { { SLM_SPAN_UNSET, NULL } }, "s\n" },
    { "unset is ignored", { { SLM_SPAN_ERROR, "a" }, { SLM_SPAN_UNSET, "b" } }, "s !ERROR \"a\"\n" },
    { "the last error counts", { { SLM_SPAN_ERROR, "a" }, { SLM_SPAN_ERROR, "b" } }, "s !ERROR \"b\"\n" },
    { "ok wins over error", { { SLM_SPAN_ERROR, "a" }, { SLM_SPAN_OK, NULL } }, "s !OK \"\"\n" },
    { "ok is final", { { SLM_SPAN_OK, NULL }, { SLM_SPAN_ERROR, "b" } }, "s !OK \"\"\n" },
    { "ok keeps no text", { { SLM_SPAN_OK, "fine" } }, "s !OK \"\"\n" },
    { "no status of that number", { { (slm_span_status)4, "x" } }, "s\n" },
    { "no status of that number", { { (slm_span_status)3, "x" } }, "s\n" },
};

Test(spans, have_the_status_that_the_rules_say)
{
    recorded_begin(NULL, 0, NULL);
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        slm_span s = SLM_SPAN("s");
        for (size_t j = 0; j < 3; j++)
            slm_span_set_status(s, statuses[i].set[j].status, statuses[i].set[j].text);
        slm_span_end(s);
        cr_expect(eq(str, (char *)recorded_text(), (char *)statuses[i].want), "%s", statuses[i].why);
    }
}

Test(spans, fail_by_a_code)
{
    recorded_begin(NULL, 0, NULL);
    slm_span a = SLM_SPAN("a"), b = SLM_SPAN("b"), c = SLM_SPAN("c"), d = SLM_SPAN("d"), e = SLM_SPAN("e");
    slm_span_fail(a, ENOENT, "no %s", "file");
    slm_span_fail(b, -7, NULL);
    slm_span_fail(c, 0, "nothing");
    slm_span_set_status(d, SLM_SPAN_OK, NULL);
    slm_span_fail(d, EIO, "too late");
    slm_span_fail(e, 123456789012, "%s", "far");
    slm_span all[] = { a, b, c, d, e };
    for (size_t i = 0; i < 5; i++)
        slm_span_end(all[i]);
    TEXT("a {error.type='ENOENT'} !ERROR \"no file\"\nb {error.type='-7'} !ERROR \"-7\"\nc\n"
         "d {error.type='EIO'} !OK \"\"\ne {error.type='123456789012'} !ERROR \"far\"\n");
}

static int evaluated;

static int evaluate(int code)
{
    evaluated++;
    return code;
}

static int failing(int code)
{
    SLM_FUNCTION();
    return SLM_FAIL(evaluate(code));
}

Test(spans, fail_as_the_current_one)
{
    recorded_begin(NULL, 0, NULL);
    cr_expect(eq(int, failing(EIO), EIO));
    cr_expect(eq(int, failing(0), 0));
    cr_expect(eq(int, evaluated, 2));
    cr_expect(eq(int, SLM_FAIL(3), 3));
    TEXT("failing {error.type='EIO'} !ERROR \"EIO\"\nfailing\n");
    MISUSE("");
}

Test(spans, an_error_event_fails_unless_the_program_decided)
{
    recorded_begin(NULL, 0, NULL);
    {
        SLM_SCOPE("a");
        SLM_WARN("not yet");
        SLM_ERROR("now");
    }
    {
        SLM_SCOPE_AS(b, "b");
        slm_span_set_status(b, SLM_SPAN_OK, NULL);
        SLM_ERROR("never mind");
    }
    TEXT("a !ERROR *not yet{level='WARN'} *now{level='ERROR'}\nb !OK \"\" *never mind{level='ERROR'}\n");
}

static slm_span_status status_at_end;

static void keep_status(void *self, const slm_view *span)
{
    (void)self;
    status_at_end = slm_view_status(span);
}

static void ignore_event(void *self, slm_hit *hit)
{
    (void)self;
    (void)hit;
}

Test(spans, an_error_event_fails_where_nothing_is_exported_too)
{
    static const slm_layer_ops ops = { .size = sizeof ops, .on_event = ignore_event, .on_end = keep_status };
    slm_layer layer = { .size = sizeof layer, .ops = &ops };
    slm_subscriber *subscriber;
    cr_assert(eq(int, slm_subscriber_of_layers(&layer, 1, &subscriber), SLM_OK));
    slm_set_global_subscriber(subscriber);
    {
        SLM_SCOPE("a");
        SLM_ERROR("now");
    }
    cr_expect(eq(int, status_at_end, SLM_SPAN_ERROR));
    slm_set_global_subscriber(NULL);
    slm_subscriber_release(subscriber);
}

/* -- links and events -- */

Test(spans, link_to_others)
{
    recorded_begin(NULL, 0, NULL);
    slm_span first = SLM_SPAN("first"), gone = SLM_SPAN("gone");
    slm_link given[] = { { .span = first }, { .context = &remote }, { .span = { 0 } } };
    slm_span s = SLM_SPAN_WITH((.links = given, .link_count = 3), "s", ("a", 1));
    slm_span_end(gone);
    slm_span_add_link(s, (slm_link){ .span = gone });
    slm_span_add_link(s, (slm_link){ .span = s });
    slm_span_end(first);
    slm_span_end(s);
    TEXT("gone\nfirst\ns {a=1} >first >remote >s\n");
    MISUSE("stale-span=1");
}

Test(spans, hold_events_in_their_order)
{
    recorded_begin(NULL, 0, NULL);
    slm_span other = SLM_SPAN("other");
    SLM_INFO("nobody's");
    {
        SLM_SCOPE("s");
        SLM_INFO("plain");
        SLM_DEBUG(("n", 1), ("text", "a text that is longer than a word"), "with %d of %s", 1, "two");
        SLM_WARN(("only", "fields"));
        SLM_TRACE(("level", "own"), "level");
        SLM_INFO("100%%");
        SLM_EVENT_WITH((.parent = slm_under(other)), SLM_LEVEL_INFO, "elsewhere");
        SLM_EVENT_WITH((.time_ns = 1700000000000000000), SLM_LEVEL_INFO, "then");
    }
    slm_span_end(other);
    TEXT("s *plain{level='INFO'} *with %d of %s{message='with 1 of two' n=1 text='a text that is longer than a word' "
         "level='DEBUG'} *event{only='fields' level='WARN'} *level{level='own'} *100%%{message='100%' level='INFO'} "
         "*then{level='INFO'}\nother *elsewhere{level='INFO'}\n");
    MISUSE("");
}

/* -- time -- */

Test(spans, start_and_end_when_they_are_told)
{
    const uint64_t day = 86400u * UINT64_C(1000000000), now = 20000 * day;
    slmi_clock_init();
    slmi_clock_fix(now);
    recorded_begin(NULL, 0, NULL);
    slm_span given = SLM_SPAN_WITH((.start_ns = now - day), "given");
    slm_span_end_at(given, now + 5);
    slm_span before = SLM_SPAN("before");
    slm_span_end_at(before, now - 1);
    slm_span zero = SLM_SPAN("zero");
    slmi_clock_fix(now + 7);
    slm_span_end_at(zero, 0);
    slm_span old = SLM_SPAN_WITH((.start_ns = 1000), "old");
    slm_span young = SLM_SPAN_WITH((.parent = slm_under(old)), "young");
    slm_token token = slm_enter(old);
    SLM_INFO("now");
    slm_exit(token);
    slm_span_end(young);
    slm_span_end(old);
    slm_span ahead = SLM_SPAN_WITH((.start_ns = now + day), "ahead");
    slm_span child = SLM_SPAN_WITH((.parent = slm_under(ahead)), "child");
    slm_span_end(child);
    slm_span_end(ahead);

    static const struct {
        const char *name;
        uint64_t start, end; /* after 1970, or after `now` */
        bool absolute;
    } wants[] = {
        { "given", (uint64_t)0 - 86400u * UINT64_C(1000000000), 5, false },
        { "before", 0, 0, false },
        { "zero", 0, 7, false },
        { "young", 7, 7, false },
        { "ahead", 86400u * UINT64_C(1000000000), 86400u * UINT64_C(1000000000), false },
        { "child", 86400u * UINT64_C(1000000000), 86400u * UINT64_C(1000000000), false },
    };
    for (size_t i = 0; i < sizeof wants / sizeof *wants; i++) {
        const recorded_span *s = recorded_find(wants[i].name);
        cr_expect(eq(u64, s->start_ns, now + wants[i].start), "%s", wants[i].name);
        cr_expect(eq(u64, s->end_ns, now + wants[i].end), "%s", wants[i].name);
    }
    cr_expect(eq(u64, recorded_find("old")->start_ns, 1000u));
    cr_expect(eq(u64, recorded_find("old")->event_ns, now + 7));
    cr_expect(eq(u64, recorded_find("old")->end_ns, now + 7));
}

/* A machine that booted after the time that a span is said to have started at. */
Test(spans, that_started_before_the_machine_do_not_drag_their_children_there)
{
    recorded_begin(NULL, 0, NULL);
    uint64_t before = slmi_now() + slmi_wall_offset();
    slm_span old = SLM_SPAN_WITH((.start_ns = 1000), "old");
    slm_span young = SLM_SPAN_WITH((.parent = slm_under(old)), "young");
    slm_token token = slm_enter(old);
    SLM_INFO("now");
    slm_exit(token);
    slm_span_end(young);
    slm_span_end(old);
    cr_expect(eq(u64, recorded_find("old")->start_ns, 1000u));
    cr_expect(ge(u64, recorded_find("young")->start_ns, before));
    cr_expect(ge(u64, recorded_find("old")->event_ns, before));
    cr_expect(ge(u64, recorded_find("old")->end_ns, before));
}
