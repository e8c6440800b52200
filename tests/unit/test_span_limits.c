/* SPDX-License-Identifier: MIT */
/* OpenTelemetry's limits of a span, and what a record keeps. */
#include <spanloom/span_limits.h>

#include "tests/unit/spans.h"

#include <stdio.h>

static void limit(slm_span_limits limits)
{
    slm_set_span_limits(&limits);
    recorded_begin(NULL, 0, NULL);
}

static void set_numbered(slm_span s, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char key[16];
        snprintf(key, sizeof key, "k%u", i);
        slm_span_set(s, slm_string_from_c(key), slm_value_u64(i));
    }
}

Test(limits, are_128_of_each_unless_somebody_says_otherwise)
{
    recorded_begin(NULL, 0, NULL);
    slm_span a = SLM_SPAN("a"), e = SLM_SPAN("e"), l = SLM_SPAN("l");
    set_numbered(a, 130);
    for (unsigned i = 0; i < 131; i++)
        SLM_EVENT_WITH((.parent = slm_under(e)), SLM_LEVEL_INFO, "e");
    for (unsigned i = 0; i < 132; i++)
        slm_span_add_link(l, (slm_link){ .context = &remote });
    slm_span_end(a);
    slm_span_end(e);
    slm_span_end(l);
    const char *text = recorded_text();
    cr_expect(strstr(text, "k126=126u k127=127u} -fields=2\n") != NULL);
    cr_expect(strstr(text, "*e{level='INFO'} -events=3\n") != NULL);
    cr_expect(strstr(text, ">remote -links=4\n") != NULL);
}

Test(limits, of_attributes_never_keep_an_old_one_from_a_new_value)
{
    slm_span_limits limits = SLM_SPAN_LIMITS_INIT;
    limits.attributes = 2;
    limit(limits);
    slm_span s = SLM_SPAN("s", ("a", 1), ("b", 2), ("c", 3));
    SLM_SET(s, "d", 4);
    SLM_SET(s, "a", 5);
    SLM_SET(s, "b", "six");
    slm_span_end(s);
    TEXT("s {a=5 b='six'} -fields=2\n");
}

Test(limits, of_events_and_links_keep_the_first)
{
    slm_span_limits limits = SLM_SPAN_LIMITS_INIT;
    limits.events = 1;
    limits.links = 1;
    limit(limits);
    slm_span first = SLM_SPAN("first");
    slm_link given[] = { { .span = first }, { .context = &remote } };
    slm_span s = SLM_SPAN_WITH((.links = given, .link_count = 2), "s");
    SLM_EVENT_WITH((.parent = slm_under(s)), SLM_LEVEL_INFO, "one");
    SLM_EVENT_WITH((.parent = slm_under(s)), SLM_LEVEL_INFO, "two");
    slm_span_end(s);
    slm_span_end(first);
    TEXT("s *one{level='INFO'} >first -events=1 -links=1\nfirst\n");
}

Test(limits, of_zero_leave_nothing)
{
    slm_span_limits limits = SLM_SPAN_LIMITS_INIT;
    limits.attributes = limits.events = limits.links = 0;
    limit(limits);
    slm_span s = SLM_SPAN("s", ("a", 1));
    SLM_EVENT_WITH((.parent = slm_under(s)), SLM_LEVEL_INFO, "one");
    slm_span_add_link(s, (slm_link){ .context = &remote });
    slm_span_end(s);
    TEXT("s -fields=1 -events=1 -links=1\n");
}

Test(limits, of_an_event_and_a_link_are_their_own)
{
    static const slm_field fields[] = { { { "x", 1 }, { .type = SLM_TYPE_BOOL, .as.u = 1 } },
                                        { { "y", 1 }, { .type = SLM_TYPE_BOOL } },
                                        { { "x", 1 }, { .type = SLM_TYPE_BOOL } } };
    slm_span_limits limits = SLM_SPAN_LIMITS_INIT;
    limits.event_attributes = 2;
    limits.link_attributes = 1;
    limit(limits);
    slm_span s = SLM_SPAN("s", ("a", 1), ("b", 2), ("c", 3));
    SLM_EVENT_WITH((.parent = slm_under(s)), SLM_LEVEL_INFO, ("a", 1), ("b", 2), ("c", 3), "one");
    slm_span_add_link(s, (slm_link){ .context = &remote, .fields = fields, .field_count = 3 });
    slm_span_add_link(s, (slm_link){ .context = &remote, .fields = fields, .field_count = 1 });
    slm_span_end(s);
    TEXT("s {a=1 b=2 c=3} *one{a=1 b=2} >remote{x=true}-2 >remote{x=true}\n");
}

Test(limits, of_length_cut_between_characters_and_in_whatever_holds_text)
{
    static const char *const texts[] = { "\xc3\xa4\xc3\xb6\xc3\xbc", "ok" };
    slm_span_limits limits = SLM_SPAN_LIMITS_INIT;
    limits.value_length = 2;
    limit(limits);
    const slm_field inner[] = { { slm_string_from_c("long key"), slm_value_string("abc", 3) } };
    const slm_value list[] = { slm_value_string("abc", 3), slm_value_map(inner, 1), slm_value_i64(12345) };
    slm_span s = SLM_SPAN("s", ("t", texts[0]), ("b", slm_bytes("xyz", 3)), ("a", slm_array(texts, 2)),
                          ("l", slm_list(list, 3)), ("n", 12345));
    SLM_EVENT_WITH((.parent = slm_under(s)), SLM_LEVEL_INFO, ("t", "abc"), "one");
    slm_span_end(s);
    TEXT("s {t='\xc3\xa4\xc3\xb6' b=#7879 a=['\xc3\xa4\xc3\xb6','ok'] l=('ab',{long key='ab'},12345) n=12345} "
         "*one{t='ab' level='IN'}\n");
}

Test(limits, of_bytes_hold_for_a_value_and_for_a_span)
{
    char text[3000];
    slm_span_limits limits = SLM_SPAN_LIMITS_INIT;
    limits.value_bytes = 100;
    limits.span_bytes = 1024;
    limit(limits);
    memset(text, 'x', sizeof text);
    slm_span s = SLM_SPAN("s", ("t", slm_strn(text, sizeof text)));
    slm_span_end(s);
    (void)recorded_text();
    cr_expect(eq(sz, recorded_find("s")->first_len, 100));
    slm_span many = SLM_SPAN("many");
    for (unsigned i = 0; i < 100; i++)
        slm_span_set(many, slm_string_of(text, i + 1), slm_value_string(text, 50));
    slm_span_end(many);
    (void)recorded_text();
    cr_expect(lt(u32, recorded_find("many")->field_count, 20));
    cr_expect(ge(u32, recorded_find("many")->field_count + recorded_find("many")->dropped_fields, 100));
}

Test(limits, outside_their_range_become_the_nearest_inside)
{
    slm_span_limits limits = SLM_SPAN_LIMITS_INIT;
    limits.attributes = SLM_UNLIMITED;
    limits.value_bytes = 1;
    limit(limits);
    char text[200];
    memset(text, 'x', sizeof text);
    slm_span s = SLM_SPAN("s", ("t", slm_strn(text, sizeof text)));
    set_numbered(s, 1100);
    slm_span_end(s);
    (void)recorded_text();
    const recorded_span *seen = recorded_find("s");
    cr_expect(eq(sz, seen->first_len, 64));
    cr_expect(eq(u32, seen->field_count, SLM_SPAN_ATTRIBUTES_MAX));
    cr_expect(eq(u32, seen->dropped_fields, 1101 - 1024 + 1)); /* and the value that was cut */
}

Test(limits, go_back_to_their_defaults)
{
    slm_span_limits limits = SLM_SPAN_LIMITS_INIT;
    limits.attributes = 0;
    slm_set_span_limits(&limits);
    slm_set_span_limits(NULL);
    recorded_begin(NULL, 0, NULL);
    slm_span_end(SLM_SPAN("s", ("a", 1)));
    TEXT("s {a=1}\n");
}

/* A caller that was built with an older struct says less. */
Test(limits, of_a_shorter_struct_are_the_defaults_in_the_rest)
{
    slm_span_limits limits = SLM_SPAN_LIMITS_INIT;
    limits.size = offsetof(slm_span_limits, events);
    limits.attributes = 1;
    limits.events = 0;
    limit(limits);
    slm_span s = SLM_SPAN("s", ("a", 1), ("b", 2));
    SLM_EVENT_WITH((.parent = slm_under(s)), SLM_LEVEL_INFO, "one");
    slm_span_end(s);
    TEXT("s {a=1} *one{level='INFO'} -fields=1\n");
}

/* What an endless loop of events takes of the pool is bounded by the limit, not by the span's bytes. */
Test(limits, keep_a_busy_span_small)
{
    recorded_begin(NULL, 0, NULL);
    slm_span s = SLM_SPAN("s");
    for (unsigned i = 0; i < 20000; i++)
        SLM_EVENT_WITH((.parent = slm_under(s)), SLM_LEVEL_INFO, ("a", 1), ("b", 2), ("c", 3), "e");
    slm_stats stats = { .size = sizeof stats };
    slm_stats_read(&stats);
    cr_expect(lt(u64, stats.records_in_use, 30));
    slm_span_end(s);
    const char *text = recorded_text();
    cr_expect(strstr(text, " -events=19872\n") != NULL);
}
