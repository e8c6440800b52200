/* SPDX-License-Identifier: MIT */
#include "tests/unit/spans.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* -- parents -- */

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

/* -- fields -- */

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
