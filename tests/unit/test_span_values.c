/* SPDX-License-Identifier: MIT */
/* Maps and lists as values, links with fields, and errors as events. */
#include "tests/unit/spans.h"

#include <stdio.h>

#include <spanloom/dynamic.h>

static slm_string key(const char *text)
{
    return slm_string_from_c(text);
}

Test(values, may_be_maps_and_lists_inside_each_other)
{
    static const int numbers[] = { 1, 2 };
    recorded_begin(NULL, 0, NULL);
    const slm_value list[] = { slm_value_string("two", 3), slm_value_f64(0.5), slm_value_empty() };
    const slm_field inner[] = { { key("n"), slm_value_array(SLM_TYPE_I64, numbers, sizeof(int), 2) },
                                { key("l"), slm_value_list(list, 3) } };
    const slm_field outer[] = { { key("text"), slm_value_string("a value of some length", 22) },
                                { key("map"), slm_value_map(inner, 2) },
                                { key("yes"), slm_value_bool(true) } };
    slm_span s = SLM_SPAN("s", ("m", slm_map(outer, 3)), ("after", 1));
    SLM_SET(s, "l", slm_list(list, 2));
    SLM_EVENT_WITH((.parent = slm_under(s)), SLM_LEVEL_INFO, ("m", slm_map(inner, 2)), "e");
    slm_span_end(s);
    TEXT("s {m={text='a value of some length' map={n=[1,2] l=('two',0.5f,EMPTY)} yes=true} after=1 l=('two',0.5f)} "
         "*e{m={n=[1,2] l=('two',0.5f,EMPTY)} level='INFO'}\n");
}

Test(values, keep_what_is_empty)
{
    recorded_begin(NULL, 0, NULL);
    slm_span_end(SLM_SPAN("s", ("m", slm_map(NULL, 0)), ("l", slm_list(NULL, 0)), ("t", ""), ("z", 0)));
    TEXT("s {m={} l=() t='' z=0}\n");
}

Test(values, of_a_key_that_stands_twice_in_a_map_are_its_last)
{
    recorded_begin(NULL, 0, NULL);
    const slm_field fields[] = { { key("a"), slm_value_i64(1) },
                                 { key("b"), slm_value_i64(2) },
                                 { key("a"), slm_value_i64(3) } };
    slm_span_end(SLM_SPAN("s", ("m", slm_map(fields, 3))));
    TEXT("s {m={a=3 b=2}}\n");
}

static unsigned depth_of(const slm_value *value)
{
    unsigned depth = 0;
    while (value->type == SLM_TYPE_LIST && value->len == 1) {
        value = value->as.p;
        depth++;
    }
    return value->type == SLM_TYPE_EMPTY ? depth : 1000;
}

static unsigned depth_seen;

static bool see_depth(void *user, const slm_field *field)
{
    (void)user;
    depth_seen = depth_of(&field->value);
    return true;
}

static void look(void *self, const slm_view *span)
{
    (void)self;
    slm_view_fields(span, see_depth, NULL);
}

Test(values, lie_no_deeper_than_the_limit)
{
    static const slm_layer_ops ops = { .size = sizeof ops, .on_end = look };
    const slm_layer layer = { .size = sizeof layer, .ops = &ops };
    recorded_begin(&layer, 1, NULL);
    slm_value deep[200];
    deep[0] = slm_value_i64(1);
    for (size_t i = 1; i < 200; i++)
        deep[i] = slm_value_list(&deep[i - 1], 1);
    slm_span s = SLM_SPAN("s");
    slm_span_set(s, key("deep"), deep[199]);
    slm_span_end(s);
    cr_expect(eq(u32, depth_seen, SLM_VALUE_DEPTH_MAX));
    /* One that holds itself has no end. */
    slm_value loop[2];
    loop[0] = loop[1] = slm_value_list(loop, 2);
    s = SLM_SPAN("loop");
    slm_span_set(s, key("loop"), loop[0]);
    slm_span_end(s);
    (void)recorded_text();
    cr_expect(recorded_find("loop") != NULL);
}

Test(values, larger_than_a_value_may_be_are_cut_and_counted)
{
    static slm_field fields[2000];
    static char text[70000];
    recorded_begin(NULL, 0, NULL);
    memset(text, 'x', sizeof text);
    for (size_t i = 0; i < 2000; i++)
        fields[i] = (slm_field){ slm_string_of(text, i % 200 + 1), slm_value_string(text, 100) };
    slm_span_end(SLM_SPAN("map", ("m", slm_map(fields, 2000)), ("after", 1)));
    fields[0].value = slm_value_string(text, sizeof text);
    slm_span_end(SLM_SPAN("text", ("m", slm_map(fields, 2)), ("after", 1)));
    (void)recorded_text();
    cr_expect(eq(u32, recorded_find("map")->field_count, 2));
    cr_expect(eq(u32, recorded_find("map")->dropped_fields, 1));
    cr_expect(eq(u32, recorded_find("text")->field_count, 2));
    cr_expect(eq(u32, recorded_find("text")->dropped_fields, 1));
}

static size_t print(const void *object, char *out, size_t room)
{
    (void)object;
    return (size_t)snprintf(out, room, "never");
}

Test(values, that_a_printer_writes_are_empty_inside_a_map)
{
    recorded_begin(NULL, 0, NULL);
    const slm_field fields[] = { { key("d"), slm_value_debug(&remote, print) }, { key("n"), slm_value_i64(1) } };
    slm_span_end(SLM_SPAN("s", ("m", slm_map(fields, 2))));
    TEXT("s {m={d=EMPTY n=1}}\n");
}

/* -- links -- */

Test(links, carry_fields_given_at_the_start_or_later)
{
    recorded_begin(NULL, 0, NULL);
    const slm_field inner[] = { { key("n"), slm_value_i64(1) } };
    const slm_field fields[] = { { key("why"), slm_value_string("retry of a long story", 21) },
                                 { key("m"), slm_value_map(inner, 1) } };
    const slm_link at_start = { .context = &remote, .fields = fields, .field_count = 2 };
    slm_span s = SLM_SPAN_WITH((.links = &at_start, .link_count = 1), "s");
    SLM_SET(s, "between", 1);
    slm_span_add_link(s, (slm_link){ .context = &remote });
    slm_span_add_link(s, (slm_link){ .context = &remote, .fields = fields, .field_count = 1 });
    slm_span_end(s);
    TEXT("s {between=1} >remote{why='retry of a long story' m={n=1}} >remote >remote{why='retry of a long story'}\n");
}

Test(links, without_ids_count_only_if_they_say_something)
{
    recorded_begin(NULL, 0, NULL);
    const slm_span_context none = { .is_remote = true };
    const slm_span_context state = { .is_remote = true, .tracestate_len = 3, .tracestate = "a=1" };
    const slm_field field = { key("why"), slm_value_i64(1) };
    slm_span s = SLM_SPAN("s");
    slm_span_add_link(s, (slm_link){ .context = &none });
    slm_span_add_link(s, (slm_link){ .context = &state });
    slm_span_add_link(s, (slm_link){ .context = &none, .fields = &field, .field_count = 1 });
    slm_span_end(s);
    TEXT("s >remote >remote{why=1}\n");
}

/* -- errors. OpenTelemetry Trace API, Record Exception. -- */

Test(errors, are_events_of_their_span)
{
    recorded_begin(NULL, 0, NULL);
    slm_span s = SLM_SPAN("s"), t = SLM_SPAN("t");
    slm_span_record_error(s, "ENOENT", "no such yak", "at shave()\nat main()");
    slm_span_record_error(t, NULL, "only this", NULL);
    slm_span_end(s);
    slm_span_end(t);
    TEXT("s !ERROR *exception{exception.type='ENOENT' exception.message='no such yak' "
         "exception.stacktrace='at shave()\nat main()' level='ERROR'}\n"
         "t !ERROR *exception{exception.message='only this' level='ERROR'}\n");
}

Test(errors, let_the_caller_have_the_last_word)
{
    recorded_begin(NULL, 0, NULL);
    const slm_field fields[] = { { key("exception.message"), slm_value_string("mine", 4) },
                                 { key("yak"), slm_value_i64(3) } };
    const slm_error error = { .size = sizeof error,
                              .type = "T",
                              .message = "theirs",
                              .fields = fields,
                              .field_count = 2,
                              .time_ns = UINT64_C(1700000000000000000) };
    slm_span s = SLM_SPAN("s");
    slm_span_set_status(s, SLM_SPAN_OK, NULL);
    slm_span_record(s, &error);
    slm_span_end(s);
    TEXT("s !OK \"\" *exception{exception.type='T' exception.message='mine' yak=3 level='ERROR'}\n");
    cr_expect(eq(u64, recorded_find("s")->event_ns, UINT64_C(1700000000000000000)));
}

Test(errors, of_a_span_that_has_ended_are_ignored)
{
    recorded_begin(NULL, 0, NULL);
    slm_span s = SLM_SPAN("s");
    slm_span_end(s);
    slm_span_record_error(s, "T", "late", NULL);
    slm_span_record_error((slm_span){ 0 }, "T", "nobody's", NULL);
    slm_span_record(s, NULL);
    TEXT("s\n");
    MISUSE("stale-span=1");
}
