/* SPDX-License-Identifier: MIT */
/* Filters from directives: behaviours 61 to 68. */
#define SLM_TARGET "directives"
#include <spanloom/dynamic.h>
#include <spanloom/test.h>
#include <spanloom/trace.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

static slm_mock *begin(const char *directives)
{
    slm_mock_options options = { .size = sizeof options };
    cr_assert(eq(int, slm_filter_parse(slm_string_from_c(directives), &options.filter, NULL), SLM_OK), "%s",
              directives);
    return slm_mock_begin(&options);
}

static bool takes(const char *target, unsigned level)
{
    slm_callsite callsite = { .size = sizeof callsite, .level = (uint8_t)level, .target = slm_string_from_c(target) };
    return slm_callsite_enabled(&callsite, false);
}

Test(directives, the_longer_target_decides_in_whichever_order) /* 61 */
{
    static const char *const texts[] = { "info,stuff=debug", "stuff=debug,info", "stuff.deep=warn,info,stuff=debug" };
    for (size_t i = 0; i < 3; i++) {
        slm_mock *m = begin(texts[i]);
        cr_expect(takes("other", SLM_LEVEL_INFO) && !takes("other", SLM_LEVEL_DEBUG));
        cr_expect(takes("stuff", SLM_LEVEL_DEBUG) && !takes("stuff", SLM_LEVEL_TRACE));
        cr_expect(eq(int, takes("stuff.deep", SLM_LEVEL_DEBUG), i < 2), "less verbose too");
        cr_expect(takes("stuff.deep", SLM_LEVEL_WARN));
        slm_mock_end(m);
    }
}

static void debug_event(void)
{
    SLM_DEBUG("debug");
}

Test(directives, a_span_enables_what_is_inside_it_until_it_is_left) /* 62 */
{
    slm_mock *m = begin("info,[cool]=debug");
    debug_event();
    {
        SLM_SCOPE("uncool");
        debug_event();
        SLM_SCOPE("cool");
        debug_event();
        SLM_SCOPE("nested");
        debug_event();
        slm_span_end(SLM_SPAN_AT(SLM_LEVEL_DEBUG, "debug span"));
    }
    debug_event();
    cr_expect(slm_expect_only_tree(m, "uncool > cool > ('debug', nested > ('debug', debug span))"));
    slm_mock_end(m);
}

Test(directives, a_field_that_is_recorded_later_counts) /* 63 */
{
    slm_mock *m = begin("info,[{enabled=true}]=debug");
    SLM_SCOPE_AS(s, "s", ("enabled", (bool)false));
    debug_event();
    SLM_SET(s, "enabled", (bool)true);
    debug_event();
    SLM_SET(s, "enabled", (bool)false);
    debug_event();
    cr_expect(eq(sz, slm_mock_count(m, SLM_MOCK_EVENT, NULL), 1));
    slm_mock_end(m);
}

Test(directives, spans_of_one_name_differ_by_fields_and_targets_by_text) /* 64 */
{
    slm_mock *m = begin("[s{user=1}]=debug,[s{user=2}]=trace,aaa=debug,aab=warn");
    {
        SLM_SCOPE("s", ("user", 1));
        SLM_DEBUG("1 debug");
        SLM_TRACE("1 trace");
    }
    {
        SLM_SCOPE("s", ("user", 2));
        SLM_TRACE("2 trace");
    }
    {
        SLM_SCOPE("s", ("user", 3));
        SLM_ERROR("3 error");
    }
    cr_expect(slm_expect_only_tree(m, "s{user=1} > '1 debug', s{user=2} > '2 trace', s{user=3}"));
    cr_expect(takes("aaa", SLM_LEVEL_DEBUG) && !takes("aab", SLM_LEVEL_DEBUG) && takes("aab", SLM_LEVEL_WARN));
    slm_mock_end(m);
}

Test(directives, levels_are_of_any_case_or_numbers_and_names_of_any_characters) /* 65 */
{
    static const struct {
        const char *directives;
        unsigned level; /* the most verbose that is taken of "target" */
    } cases[] = {
        { "", 0 },
        { " ", 0 },
        { ",", 0 },
        { "off", 0 },
        { "0", 0 },
        { "error", 1 },
        { "WARN", 2 },
        { "Info", 3 },
        { "4", 4 },
        { "5", 5 },
        { "tRaCe", 5 },
        { "target", 5 },
        { "target=3", 3 },
        { "target=OFF", 0 },
        { "info,!target", 0 },
        { "other=5,2", 2 },
        { "targe=5", 0 },
        { "tar*=4", 4 },
        { "*get=4", 4 },
        { "t*g*t=warn", 2 },
        { "tar*,info", 5 },
        { " info , x=5 ", 3 },
        { "info,info=5", 3 },
        { "info,target=1,target=4", 4 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slm_mock *m = begin(cases[i].directives);
        for (unsigned level = 1; level <= 5; level++)
            cr_expect(eq(int, takes("target", level), level <= cases[i].level), "'%s' at %u", cases[i].directives,
                      level);
        slm_mock_end(m);
    }
    static const char *const names[] = { "with-dash", "ünïcødé", "GET /{id}? no", "a b", "x.y:z/w" };
    for (size_t i = 0; i < 5; i++) {
        char directives[64];
        (void)snprintf(directives, sizeof directives, "error,[%s]=debug", i == 2 ? "GET /*" : names[i]);
        slm_mock *m = begin(directives);
        slm_callsite callsite = { .size = sizeof callsite, .level = 3, .name = slm_string_from_c(names[i]) };
        slm_span s = slm_span_start(&callsite, NULL, 0, NULL);
        slm_token t = slm_enter(s);
        debug_event();
        slm_exit(t);
        slm_span_end(s);
        cr_expect(eq(sz, slm_mock_count(m, SLM_MOCK_EVENT, "debug"), 1), "%s", names[i]);
        slm_mock_end(m);
    }
}

Test(directives, strict_refuses_what_lossy_leaves_out) /* 65 */
{
    slm_filter *filter = NULL;
    slm_filter_error error;
    cr_expect(eq(int, slm_filter_parse(slm_string_from_c("info,!"), &filter, &error), SLM_ERR_MALFORMED));
    cr_expect(filter == NULL && error.at == 5);
    filter = slm_filter_parse_lossy(slm_string_from_c("info,!"), &error);
    slm_metadata info = { .level = SLM_LEVEL_INFO, .target = slm_string_from_c("x") };
    cr_assert(filter != NULL);
    cr_expect(error.reason != NULL && slm_filter_takes(filter, &info));
    slm_filter_free(filter);
}

Test(directives, a_text_means_the_same_each_time_and_in_any_order) /* 66 */
{
    static const char *const parts[] = { "warn", "a=info", "a.b=error", "!a.c", "x*=debug" };
    static const char *const targets[] = { "a", "a.b", "a.b.c", "a.c", "xyz", "other" };
    unsigned first[6] = { 0 };
    for (unsigned turn = 0; turn < 5; turn++) {
        char text[64] = "";
        size_t len = 0;
        for (unsigned i = 0; i < 5; i++)
            len += (size_t)snprintf(text + len, sizeof text - len, "%s%s", i ? "," : "", parts[(i + turn) % 5]);
        slm_mock *m = begin(text);
        for (unsigned i = 0; i < 6; i++) {
            unsigned level = 0;
            while (level < 5 && takes(targets[i], level + 1))
                level++;
            if (turn == 0)
                first[i] = level;
            cr_expect(eq(uint, level, first[i]), "%s of %s", targets[i], text);
        }
        slm_mock_end(m);
    }
    cr_expect(eq(uint, first[0], SLM_LEVEL_INFO));
    cr_expect(eq(uint, first[5], SLM_LEVEL_WARN));
}

Test(directives, a_span_may_lower_verbosity_inside_it) /* 67 */
{
    slm_mock *m = begin("debug,[quiet]=warn,[dead]=off");
    {
        SLM_SCOPE("quiet");
        SLM_INFO("not");
        SLM_WARN("warned");
        slm_span_end(SLM_SPAN("not"));
    }
    {
        SLM_SCOPE("dead");
        SLM_ERROR("not");
    }
    debug_event();
    cr_expect(slm_expect_only_tree(m, "quiet > 'warned', dead, 'debug'"));
    slm_mock_end(m);
}

Test(directives, several_fields_stand_in_one_directive) /* 68 */
{
    slm_mock *m = begin("error,[s{a=1,b=two}]=debug");
    {
        SLM_SCOPE("s", ("a", 1), ("b", "two"));
        debug_event();
    }
    {
        SLM_SCOPE("s", ("a", 1), ("b", "three"));
        debug_event();
    }
    {
        SLM_SCOPE("s", ("a", 1));
        debug_event();
    }
    {
        SLM_SCOPE("s", ("b", "two"), ("a", 1));
        debug_event();
    }
    cr_expect(eq(sz, slm_mock_count(m, SLM_MOCK_EVENT, NULL), 2));
    cr_expect(slm_expect_tree(m, "s{b=two} > 'debug', s{b=two} > 'debug'"));
    slm_mock_end(m);
}
