/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "tests/unit/recorded.h"

#define TEXT(want)   cr_expect(eq(str, (char *)recorded_text(), (char *)(want)))
#define MISUSE(want) cr_expect(eq(str, (char *)recorded_misuse(), (char *)(want)))

static const slm_span_context remote = { .trace_id = { { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 } },
                                         .span_id = { { 8, 7, 6, 5, 4, 3, 2, 1 } },
                                         .flags = SLM_FLAG_SAMPLED,
                                         .is_remote = true,
                                         .tracestate_len = 7,
                                         .tracestate = "a=1,b=2" };

/* -- parents
 * ------------------------------------------------------------------------------------------------------------ */

Test(spans, stand_under_the_current_span)
{
    recorded_begin(NULL, 0, NULL);
    {
        SLM_SCOPE("outer");
        slm_span aside = SLM_SPAN("aside");
        {
            SLM_SCOPE("inner");
            SLM_SCOPE("innermost");
        }
        slm_span_end(aside);
    }
    slm_span alone = SLM_SPAN("alone");
    slm_span_end(alone);
    TEXT("innermost <inner\ninner <outer\naside <outer\nouter\nalone\n");
    MISUSE("");
}

Test(spans, stand_under_whom_they_are_told)
{
    recorded_begin(NULL, 0, NULL);
    slm_span other = SLM_SPAN("other");
    slm_token entered = slm_enter(other);
    slm_context context = slm_context_capture();
    slm_exit(entered);
    {
        SLM_SCOPE("current");
        slm_span spans[] = {
            SLM_SPAN_WITH((.parent = slm_under(other)), "explicit"),
            SLM_SPAN_WITH((.parent = SLM_ROOT), "root"),
            SLM_SPAN_WITH((.parent = slm_under_remote(&remote)), "of another"),
            SLM_SPAN_WITH((.kind = SLM_KIND_CLIENT), "contextual"),
        };
        slm_span_end(other);
        slm_span late = SLM_SPAN_WITH((.parent = slm_under_context(&context)), "of a context");
        for (size_t i = 0; i < sizeof spans / sizeof *spans; i++)
            slm_span_end(spans[i]);
        slm_span_end(late);
    }
    slm_context_release(&context);
    TEXT(
        "other\nexplicit <other\nroot\nof another <remote\ncontextual <current kind=2\nof a context <other\ncurrent\n");
    const recorded_span *s = recorded_find("of another");
    cr_expect(eq(int, memcmp(&s->parent, &remote.span_id, sizeof s->parent), 0));
    cr_expect(eq(int, memcmp(&s->own.trace_id, &remote.trace_id, sizeof remote.trace_id), 0));
    cr_expect(eq(int, s->own.tracestate_len, 7));
    cr_expect(eq(int, memcmp(s->own.tracestate, "a=1,b=2", 7), 0));
    MISUSE("");
}

/* Never whatever happens to be current. */
Test(spans, under_a_parent_that_is_gone_are_roots)
{
    recorded_begin(NULL, 0, NULL);
    slm_span ended = SLM_SPAN("ended");
    slm_span_end(ended);
    slm_context context = slm_context_capture();
    slm_span_context invalid = { .flags = 1 };
    {
        SLM_SCOPE("current");
        slm_span_end(SLM_SPAN_WITH((.parent = slm_under(ended)), "a"));
        slm_span_end(SLM_SPAN_WITH((.parent = slm_under((slm_span){ 0 })), "b"));
        slm_span_end(SLM_SPAN_WITH((.parent = slm_under_context(&context)), "c"));
        slm_span_end(SLM_SPAN_WITH((.parent = slm_under_remote(&invalid)), "d"));
        slm_span_end(SLM_SPAN_WITH((.parent = slm_under_remote(NULL)), "e"));
        slm_span_end(SLM_SPAN_WITH((.parent = slm_under_context(NULL)), "f"));
        SLM_EVENT_WITH((.parent = slm_under(ended)), SLM_LEVEL_INFO, "lost");
    }
    TEXT("ended\na\nb\nc\nd\ne\nf\ncurrent\n");
    MISUSE("parent-gone=3");
}

Test(spans, of_one_trace_share_its_id_and_roots_do_not)
{
    recorded_begin(NULL, 0, NULL);
    {
        SLM_SCOPE("a");
        SLM_SCOPE("b");
    }
    {
        SLM_SCOPE("c");
    }
    const recorded_span *a = recorded_find("a"), *b = recorded_find("b"), *c = recorded_find("c");
    cr_expect(eq(int, memcmp(&a->own.trace_id, &b->own.trace_id, sizeof a->own.trace_id), 0));
    cr_expect(ne(int, memcmp(&a->own.trace_id, &c->own.trace_id, sizeof a->own.trace_id), 0));
    cr_expect(ne(int, memcmp(&a->own.span_id, &b->own.span_id, sizeof a->own.span_id), 0));
    cr_expect(slm_span_context_is_valid(&a->own) && slm_span_context_is_valid(&c->own));
    cr_expect(eq(int, a->own.flags, SLM_FLAG_SAMPLED | SLM_FLAG_RANDOM));
}

/* Each pipeline names as parent the nearest ancestor that it takes. */
Test(spans, that_are_filtered_out_of_the_export_leave_no_gap)
{
    recorded_begin(NULL, 0, "info");
    {
        SLM_SCOPE("outer");
        SLM_SCOPE_AT(SLM_LEVEL_DEBUG, "filtered");
        SLM_SCOPE_AT(SLM_LEVEL_TRACE, "filtered too");
        SLM_SCOPE("inner");
        SLM_INFO("seen");
    }
    TEXT("inner <outer *seen{level='INFO'}\nouter\n");
}

/* -- fields
 * --------------------------------------------------------------------------------------------------------------- */

Test(spans, keep_the_last_value_of_a_key_where_it_first_stood)
{
    recorded_begin(NULL, 0, NULL);
    slm_span s = SLM_SPAN("s", ("a", 1), ("b", "two"), ("later", SLM_EMPTY), ("never", SLM_EMPTY));
    SLM_SET(s, "b", 2.5);
    SLM_SET(s, "c", (bool)1);
    SLM_SET(s, "later", "now");
    SLM_SET(s, "b", "a text that is longer than a word");
    slm_span_set(s, slm_string_from_c("a"), slm_value_u64(7));
    SLM_SET(s, "c", SLM_EMPTY);
    slm_span_set(s, slm_string_from_c(""), slm_value_u64(1));
    slm_span_set(s, (slm_string){ NULL, 0 }, slm_value_u64(1));
    slm_span_end(s);
    TEXT("s {a=7u b='a text that is longer than a word' c=true later='now'}\n");
}

static size_t print_point(const void *object, char *out, size_t room)
{
    const int *p = object;
    return (size_t)snprintf(out, room, "(%d, %d)", p[0], p[1]);
}

static size_t print_much(const void *object, char *out, size_t room)
{
    memset(out, *(const char *)object, room - 1);
    out[room - 1] = '\0';
    return 100000;
}

Test(spans, keep_values_of_every_type)
{
    recorded_begin(NULL, 0, NULL);
    static const int ints[] = { -1, 2 };
    static const unsigned char small[] = { 255 };
    static const bool bools[] = { true, false };
    static const float floats[] = { 0.5f };
    const char *texts[] = { "a", "", "longer than a word", NULL };
    int point[] = { 3, 4 };
    char *none = NULL;
    {
        SLM_SCOPE("a", ("i8", (signed char)-8), ("u", 5u), ("big", UINT64_MAX), ("least", INT64_MIN), ("d", 0.25));
        SLM_SCOPE("b", ("none", none), ("empty", ""), ("seven", "1234567"), ("eight", "12345678"), ("p", (void *)16));
        SLM_SCOPE("c", ("ints", slm_array(ints, 2)), ("small", slm_array(small, 1)), ("bools", slm_array(bools, 2)),
                  ("floats", slm_array(floats, 1)), ("texts", slm_array(texts, 4)), ("nothing", slm_array(ints, 0)));
        SLM_SCOPE("d", ("bytes", slm_bytes("\0\xff", 2)), ("cut", slm_strn("abc\0def", 7)), ("e", slm_errno(ENOENT)),
                  ("zero", slm_errno(0)), ("point", slm_debug(point, print_point)), ("after", 1));
    }
    TEXT("d <c {bytes=#00ff cut='abc' e=errno 2 zero=errno 0 point='(3, 4)' after=1}\n"
         "c <b {ints=[-1,2] small=[255u] bools=[true,false] floats=[0.5f] texts=['a','','longer than a word',''] "
         "nothing=[]}\n"
         "b <a {empty='' seven='1234567' eight='12345678' p=10}\n"
         "a {i8=-8 u=5u big=18446744073709551615u least=-9223372036854775808 d=0.25f}\n");
    MISUSE("");
}

/* slm_array() of a type of no element, a size of nothing, or one that is no array at all. */
Test(spans, survive_arrays_that_make_no_sense)
{
    recorded_begin(NULL, 0, NULL);
    slm_span s = SLM_SPAN("s");
    static const uint64_t numbers[4] = { 1, 2, 3, 4 };
    static const slm_type types[] = { SLM_TYPE_EMPTY, SLM_TYPE_BOOL,  SLM_TYPE_I64,   SLM_TYPE_U64,
                                      SLM_TYPE_F64,   SLM_TYPE_BYTES, SLM_TYPE_ERRNO, SLM_TYPE_VALUE };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        for (size_t bytes = 0; bytes <= 8; bytes++)
            slm_span_set(s, slm_string_from_c("array"), slm_value_array(types[i], numbers, bytes, 2));
    slm_span_set(s, slm_string_from_c("array"), slm_value_array(SLM_TYPE_U64, NULL, 8, 2));
    slm_span_set(s, slm_string_from_c("array"), slm_value_array(SLM_TYPE_STRING, NULL, 8, 2));
    slm_span_set(s, slm_string_from_c("array"), slm_value_array(SLM_TYPE_I64, numbers, 8, 3));
    slm_span_set(s, slm_string_from_c("debug"), slm_value_debug(numbers, NULL));
    slm_span_end(s);
    TEXT("s {array=[1,2,3] debug=''}\n");
}

Test(spans, cut_what_is_longer_than_its_bound_and_say_so)
{
    recorded_begin(NULL, 0, NULL);
    static char text[70000];
    memset(text, 'x', sizeof text);
    slm_span s = SLM_SPAN("long", ("text", slm_strn(text, sizeof text)));
    slm_span_end(s);
    const recorded_span *found = recorded_find("long");
    cr_expect(eq(sz, found->first_len, 65536));
    cr_expect(eq(u32, found->dropped_fields, 1u));
    char fill = 'y';
    s = SLM_SPAN("printed", ("text", slm_debug(&fill, print_much)));
    slm_span_end(s);
    cr_expect(eq(sz, recorded_find("printed")->first_len, 2047));
    MISUSE("span-limit=1");
}

Test(spans, keep_a_hundred_and_twenty_eight_fields)
{
    recorded_begin(NULL, 0, NULL);
    slm_span s = SLM_SPAN("many", ("first", 1));
    for (unsigned i = 0; i < 200; i++) {
        char key[32];
        slm_span_set(s, slm_string_of(key, (size_t)snprintf(key, sizeof key, "key %u", i)), slm_value_u64(i));
    }
    slm_span_end(s);
    cr_expect(eq(u32, recorded_find("many")->field_count, 128u));
    cr_expect(eq(u32, recorded_find("many")->dropped_fields, 73u));
}

Test(spans, take_another_name)
{
    recorded_begin(NULL, 0, NULL);
    slm_span s = SLM_SPAN("first", ("a", "a text that is longer than a word"));
    SLM_INFO("event");
    slm_span_set_name(s, "second");
    slm_span_set_name(s, NULL);
    SLM_SET(s, "b", 1);
    slm_span_set_name(s, "third");
    slm_span_end(s);
    TEXT("third {a='a text that is longer than a word' b=1}\n");
}

/* -- status
 * ---------------------------------------------------------------------------------------------------------------- */

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

/* -- links and events
 * -------------------------------------------------------------------------------------------------------- */

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

/* -- time
 * ----------------------------------------------------------------------------------------------------------------------
 */

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

/* -- misuse
 * ----------------------------------------------------------------------------------------------------------------------
 */

Test(spans, ended_twice_or_used_after_are_counted)
{
    recorded_begin(NULL, 0, NULL);
    slm_span s = SLM_SPAN("s");
    slm_span_end(s);
    slm_span_end(s);
    SLM_SET(s, "a", 1);
    slm_span_set_name(s, "other");
    slm_span_set_status(s, SLM_SPAN_ERROR, "late");
    slm_span_fail(s, EIO, "late");
    slm_span_add_link(s, (slm_link){ .context = &remote });
    cr_expect(eq(u64, slm_enter(s).id, 0u));
    TEXT("s\n");
    MISUSE("stale-span=7");
    slm_span none = { 0 };
    slm_span_end(none);
    SLM_SET(none, "a", 1);
    slm_exit((slm_token){ 0 });
    MISUSE("stale-span=7");
}

Test(spans, ended_inside_their_own_scope_stay_current_until_its_exit)
{
    recorded_begin(NULL, 0, NULL);
    {
        SLM_SCOPE_AS(s, "s");
        slm_span_end(s);
        cr_expect(eq(u64, slm_current().id, s.id));
        SLM_SCOPE("child");
        SLM_INFO("too late for s, in time for child");
    }
    cr_expect(eq(u64, slm_current().id, 0u));
    MISUSE("ended-inside=1");
    slm_span t = SLM_SPAN("t");
    slm_token token = slm_enter(t);
    slm_span_end(t);
    slm_exit(token);
    cr_expect(eq(u64, slm_current().id, 0u));
    TEXT("s\nchild <s *too late for s, in time for child{level='INFO'}\nt\n");
    MISUSE("ended-inside=2");
}

Test(spans, left_out_of_order_take_with_them_what_was_entered_since)
{
    recorded_begin(NULL, 0, NULL);
    slm_span a = SLM_SPAN("a"), b = SLM_SPAN("b");
    slm_token in_a = slm_enter(a), in_b = slm_enter(b);
    slm_exit(in_a);
    cr_expect(eq(u64, slm_current().id, 0u));
    MISUSE("exit-order=1");
    slm_exit(in_b);
    slm_exit(in_a);
    MISUSE("exit-order=1 exit-twice=2");
    slm_span_end(b);
    slm_span_end(a);
    TEXT("b\na\n");
}

static void *exit_elsewhere(void *token)
{
    slm_span s = SLM_SPAN("elsewhere");
    slm_exit(*(slm_token *)token);
    slm_span_end(s);
    return NULL;
}

Test(spans, left_on_another_thread_stay_entered)
{
    recorded_begin(NULL, 0, NULL);
    slm_span s = SLM_SPAN("s");
    slm_token token = slm_enter(s);
    pthread_t thread;
    cr_assert(eq(int, pthread_create(&thread, NULL, exit_elsewhere, &token), 0));
    pthread_join(thread, NULL);
    cr_expect(eq(u64, slm_current().id, s.id));
    slm_exit(token);
    cr_expect(eq(u64, slm_current().id, 0u));
    slm_span_end(s);
    MISUSE("exit-thread=1");
}

Test(spans, entered_by_a_token_of_before_are_not_left)
{
    recorded_begin(NULL, 0, NULL);
    slm_span s = SLM_SPAN("s");
    slm_token first = slm_enter(s);
    slm_exit(first);
    slm_token second = slm_enter(s);
    slm_exit(first);
    cr_expect(eq(u64, slm_current().id, s.id));
    MISUSE("exit-twice=1");
    slm_exit(second);
    slm_span_end(s);
}

Test(spans, unwound_are_left_and_scopes_among_them_ended)
{
    recorded_begin(NULL, 0, NULL);
    slm_span s = SLM_SPAN("s");
    slm_unwind_mark mark = slm_mark();
    {
        SLM_SCOPE("scope");
        (void)slm_enter(s);
        slm_unwind(mark);
        cr_expect(eq(u64, slm_current().id, 0u));
        slm_unwind(mark);
    } /* a scope that is no more */
    slm_span_end(s);
    TEXT("scope\ns\n");
    MISUSE("stale-span=1");
}

/* -- errno
 * ------------------------------------------------------------------------------------------------------------------------
 */

static void spoil_span(void *self, const slm_view *span)
{
    (void)self;
    (void)span;
    errno = EBADF;
}

static void spoil_event(void *self, slm_hit *hit)
{
    (void)self;
    (void)hit;
    errno = EBADF;
}

static void spoil_record(void *self, const slm_view *span, const slm_field *field)
{
    (void)self;
    (void)span;
    (void)field;
    errno = EBADF;
}

static slm_interest spoil_callsite(void *self, const slm_metadata *metadata)
{
    (void)self;
    (void)metadata;
    errno = EBADF;
    return SLM_INTEREST_SOMETIMES;
}

static bool spoil_enabled(void *self, const slm_metadata *metadata)
{
    (void)self;
    (void)metadata;
    errno = EBADF;
    return true;
}

static void spoil_handler(void *user, slm_diagnostic_kind kind, const char *message)
{
    (void)user;
    (void)kind;
    (void)message;
    errno = EBADF;
}

static size_t spoil_print(const void *object, char *out, size_t room)
{
    (void)object;
    errno = EBADF;
    return (size_t)snprintf(out, room, "x");
}

#define KEEPS(call)                                                                                                    \
    do {                                                                                                               \
        errno = 4242;                                                                                                  \
        call;                                                                                                          \
        cr_expect(eq(int, errno, 4242), #call);                                                                        \
    } while (0)

Test(spans, preserve_errno_whatever_callbacks_do)
{
    static const slm_layer_ops ops = { .size = sizeof ops,
                                       .register_callsite = spoil_callsite,
                                       .enabled = spoil_enabled,
                                       .on_start = spoil_span,
                                       .on_record = spoil_record,
                                       .on_event = spoil_event,
                                       .on_enter = spoil_span,
                                       .on_exit = spoil_span,
                                       .on_end = spoil_span };
    slm_layer layer = { .size = sizeof layer, .ops = &ops };
    slm_set_diagnostic_handler(spoil_handler, NULL);
    recorded_begin(&layer, 1, NULL);
    slm_span s = { 0 };
    slm_token t = { 0 };
    slm_context c = { 0 }, r = { 0 };
    slm_span_context out;
    KEEPS(s = SLM_SPAN("s", ("printed", slm_debug(&s, spoil_print))));
    KEEPS(t = slm_enter(s));
    KEEPS(SLM_INFO(("printed", slm_debug(&s, spoil_print)), "event %d", 1));
    KEEPS(SLM_SET(s, "a", slm_debug(&s, spoil_print)));
    KEEPS(slm_span_set_name(s, "name"));
    KEEPS(slm_span_fail(s, 77777, "text"));
    KEEPS(slm_span_add_link(s, (slm_link){ .span = s }));
    KEEPS((void)slm_span_identity(s, &out));
    KEEPS((void)slm_current());
    KEEPS((void)slm_current_context(&out));
    KEEPS(c = slm_context_capture());
    KEEPS(r = slm_context_remote(&remote));
    KEEPS(slm_context_detach(slm_context_attach(&c)));
    KEEPS(slm_context_detach(slm_context_attach(&r)));
    KEEPS(slm_span_end(s));
    KEEPS(slm_exit(t));
    KEEPS(slm_exit(t));
    KEEPS(slm_span_end(s));
    KEEPS(SLM_SET(s, "a", 1));
    slm_context copy = c;
    KEEPS(slm_context_release(&c));
    KEEPS(slm_context_release(&copy));
    KEEPS(slm_context_release(&r));
    KEEPS({ SLM_SCOPE("scope"); });
    KEEPS((void)SLM_ENABLED(SLM_LEVEL_INFO));
}
