/* SPDX-License-Identifier: MIT */
/* The grammar of directives: what is taken, and where and why the rest is refused. */
#define SLM_TARGET "directives"
#include <spanloom/test.h>
#include <spanloom/trace.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#define FITS "f0,f1,f2,f3,f4,f5,f6,f7"

static const struct {
    const char *text, *directive, *reason; /* no reason: it is taken */
    size_t at;
} cases[] = {
    /* what is taken */
    { "", "", NULL, 0 },
    { ",", "", NULL, 0 },
    { " , ,", "", NULL, 0 },
    { "info", "", NULL, 0 },
    { "db", "", NULL, 0 },
    { "db=info", "", NULL, 0 },
    { "db = info", "", NULL, 0 },
    { "!db", "", NULL, 0 },
    { "! db", "", NULL, 0 },
    { "!db[s{k}]", "", NULL, 0 },
    { "[s]", "", NULL, 0 },
    { "[ s ]=info", "", NULL, 0 },
    { "[{k}]", "", NULL, 0 },
    { "[s{k=1,l=\"a,b\",m=\"]}\"}]=warn", "", NULL, 0 },
    { "[s{k=\"a\\\"b\"}]", "", NULL, 0 },
    { "[s{" FITS "}]", "", NULL, 0 },
    { "a::b/c.d-e_f*", "", NULL, 0 },
    { "6", "", NULL, 0 },
    { "informal", "", NULL, 0 },
    { "[GET /{id}? no]", "[GET /{id}? no]", "a brace that does not end", 6 },
    /* levels */
    { "db=", "db=", "a level is missing", 3 },
    { "db= ,x", "db=", "a level is missing", 3 },
    { "db=6", "db=6", "not a level: off, error, warn, info, debug, trace or 0 to 5", 3 },
    { "x, db = loud", "db = loud", "not a level: off, error, warn, info, debug, trace or 0 to 5", 8 },
    { "db=info=debug", "db=info=debug", "not a level: off, error, warn, info, debug, trace or 0 to 5", 3 },
    { "=info", "=info", "a target is missing before '='", 0 },
    { "info,!", "!", "nothing to exclude after '!'", 5 },
    { "!db=info", "!db=info", "not allowed in a target", 3 },
    /* targets */
    { "a b", "a b", "not allowed in a target", 1 },
    { "info, a\"b", "a\"b", "not allowed in a target", 7 },
    { "a]", "a]", "not allowed in a target", 1 },
    { "a{k}", "a{k}", "not allowed in a target", 1 },
    { "!!a", "!!a", "not allowed in a target", 1 },
    { "\x01", "\x01", "not allowed in a target", 0 },
    /* brackets, braces, quotes */
    { "a[", "a[", "a bracket that does not end", 1 },
    { "a[s", "a[s", "a bracket that does not end", 1 },
    { "a[s]b", "a[s]b", "a bracket that does not end", 1 },
    { "a[s][t]", "a[s][t]", "not allowed in a span's name", 3 },
    { "[s}]", "[s}]", "not allowed in a span's name", 2 },
    { "[]", "[]", "neither a span nor fields in the brackets", 1 },
    { "[ ]=info", "[ ]=info", "neither a span nor fields in the brackets", 1 },
    { "x,[s{k]", "[s{k]", "a brace that does not end", 4 },
    { "[s{k}x]", "[s{k}x]", "a brace that does not end", 2 },
    { "[s{}]", "[s{}]", "no field in the braces", 3 },
    { "[s{ }]", "[s{ }]", "no field in the braces", 4 },
    { "[s{=1}]", "[s{=1}]", "a field without a name", 3 },
    { "[s{a,,b}]", "[s{a,,b}]", "a field without a name", 5 },
    { "[s{a,}]", "[s{a,}]", "a field without a name", 5 },
    { "[s{a=}]", "[s{a=}]", "a value is missing after '='", 5 },
    { "[s{a=,b}]", "[s{a=,b}]", "a value is missing after '='", 5 },
    { "[s{a=\"b}]", "[s{a=\"b}]", "a quote that does not end", 5 },
    { "[s{a=\"b\"c}]", "[s{a=\"b\"c}]", "a quote that does not end", 5 },
    { "[s{" FITS ",f8}]", "[s{" FITS ",f8}]", "more than 8 fields", 27 },
};

Test(directives, mistakes_are_pointed_at)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slm_filter_error error;
        slm_filter *filter = NULL;
        slm_status status = slm_filter_parse(slm_string_from_c(cases[i].text), &filter, &error);
        cr_expect(eq(int, status, cases[i].reason ? SLM_ERR_MALFORMED : SLM_OK), "'%s'", cases[i].text);
        cr_expect(eq(int, filter != NULL, status == SLM_OK));
        if (status != SLM_OK && cases[i].reason) {
            cr_expect(eq(str, (char *)error.reason, (char *)cases[i].reason), "'%s'", cases[i].text);
            cr_expect(eq(sz, error.at, cases[i].at), "'%s'", cases[i].text);
            cr_expect(slm_string_equal(error.directive, slm_string_from_c(cases[i].directive)), "'%s': '%.*s'",
                      cases[i].text, (int)error.directive.len, error.directive.data);
            cr_expect(error.directive.data >= cases[i].text &&
                          error.directive.data <= cases[i].text + strlen(cases[i].text),
                      "it points into the text that was given");
        }
        slm_filter_free(filter);
    }
}

Test(directives, lossy_leaves_out_what_strict_refuses_and_tells_of_the_first)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[256];
        slm_filter_error error;
        (void)snprintf(text, sizeof text, "lossy=warn,%s", cases[i].text);
        slm_filter *filter = slm_filter_parse_lossy(slm_string_from_c(text), &error);
        const slm_metadata warn = { .level = SLM_LEVEL_WARN, .target = slm_string_from_c("lossy") };
        cr_assert(filter != NULL);
        cr_expect(eq(int, error.reason != NULL, cases[i].reason != NULL), "'%s'", text);
        if (error.reason && cases[i].reason)
            cr_expect(eq(sz, error.at, cases[i].at + 11), "'%s'", text);
        /* An open bracket or quote takes what follows it, nothing before it. */
        cr_expect(slm_filter_takes(filter, &warn), "'%s'", text);
        slm_filter_free(filter);
    }
    slm_filter_error error;
    slm_filter *filter = slm_filter_parse_lossy(slm_string_from_c("a=loud,!,b=warn"), &error);
    const slm_metadata b = { .level = SLM_LEVEL_WARN, .target = slm_string_from_c("b") };
    cr_expect(eq(sz, error.at, 2));
    cr_expect(slm_filter_takes(filter, &b), "the rest applies");
    slm_filter_free(filter);
}

Test(directives, every_prefix_of_a_text_is_taken_or_refused_inside_it)
{
    static const char text[] = "info, !noise , db=debug,[req{user=7,path=\"/a,\\\"*\"}]=trace,x*y[{k}]=off,\xc3\xbc=1";
    for (size_t len = 0; len < sizeof text; len++) {
        slm_filter_error error;
        slm_filter *filter = NULL;
        if (slm_filter_parse(slm_string_of(text, len), &filter, &error) != SLM_OK)
            cr_expect(error.at <= len && error.reason != NULL, "%zu", len);
        slm_filter_free(filter);
        slm_filter_free(slm_filter_parse_lossy(slm_string_of(text, len), NULL));
    }
}

Test(directives, there_are_at_most_so_many)
{
    char text[4096];
    size_t len = 0;
    slm_filter_error error;
    slm_filter *filter = NULL;
    for (int i = 0; i < SLM_FILTER_DIRECTIVES_MAX; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%st%d", i ? "," : "", i);
    cr_expect(eq(int, slm_filter_parse(slm_string_of(text, len), &filter, &error), SLM_OK));
    slm_filter_free(filter);
    filter = NULL;
    (void)snprintf(text + len, sizeof text - len, ",more=off");
    cr_expect(eq(int, slm_filter_parse(slm_string_from_c(text), &filter, &error), SLM_ERR_LIMIT));
    cr_expect(eq(sz, error.at, len + 1));
    filter = slm_filter_parse_lossy(slm_string_from_c(text), &error);
    cr_assert(filter != NULL);
    cr_expect(slm_string_equal(error.directive, slm_string_from_c("more=off")));
    slm_filter_free(filter);
}

/* -- what they mean -------------------------------------------------------------------------------------------------
 */

static bool takes(const char *directives, const char *target, uint8_t level)
{
    slm_filter *filter = NULL;
    const slm_metadata meta = { .level = level, .target = slm_string_from_c(target) };
    cr_assert(eq(int, slm_filter_parse(slm_string_from_c(directives), &filter, NULL), SLM_OK), "%s", directives);
    bool yes = slm_filter_takes(filter, &meta);
    slm_filter_free(filter);
    return yes;
}

Test(directives, targets_fit_by_whole_segments_and_wildcards)
{
    static const struct {
        const char *directive, *target;
        bool fits;
    } fits[] = {
        { "db", "db", true },
        { "db", "db.pool", true },
        { "db", "db::pool", true },
        { "db", "db/pool", true },
        { "db", "dbase", false },
        { "db", "a.db", false },
        { "db", "d", false },
        { "db.", "db.pool", false },
        { "db*", "dbase", true },
        { "db*", "db.pool", true },
        { "*db", "a.db", true },
        { "*db", "db.x", false },
        { "*", "anything", true },
        { "d*e", "dbase", true },
        { "d*e", "dbases", false },
        { "**", "x", true },
        { "a*b*c", "a.b.c", true },
        { "a*b*c", "a.c.b", false },
        { "*a*a*a*b", "aaaaaaaa", false },
    };
    for (size_t i = 0; i < sizeof fits / sizeof *fits; i++)
        cr_expect(eq(int, takes(fits[i].directive, fits[i].target, SLM_LEVEL_TRACE), fits[i].fits), "%s, %s",
                  fits[i].directive, fits[i].target);
}

Test(directives, an_excluded_target_is_off_whatever_else_fits_less_closely)
{
    cr_expect(not(takes("trace,!noise", "noise", SLM_LEVEL_ERROR)));
    cr_expect(not(takes("trace,!noise", "noise.deep", SLM_LEVEL_ERROR)));
    cr_expect(takes("!noise,noise.deep=info", "noise.deep", SLM_LEVEL_INFO));
    cr_expect(takes("trace,!noise", "other", SLM_LEVEL_TRACE));
}

static size_t told_inside(const char *directives, void (*traces)(void))
{
    slm_mock_options options = { .size = sizeof options };
    cr_assert(eq(int, slm_filter_parse(slm_string_from_c(directives), &options.filter, NULL), SLM_OK), "%s",
              directives);
    slm_mock *m = slm_mock_begin(&options);
    traces();
    size_t count = slm_mock_count(m, SLM_MOCK_EVENT, NULL);
    slm_mock_end(m);
    return count;
}

static void debug_in_valued_spans(void)
{
    static const char *const texts[] = { "a\"b", "a,b", "a*b", "axb", "a\\b", "/a/b" };
    for (int i = 0; i < 6; i++) {
        SLM_SCOPE("s", ("text", texts[i]), ("n", i), ("half", i + 0.5), ("yes", (bool)(i == 1)));
        SLM_DEBUG("debug");
    }
}

Test(directives, values_are_compared_as_text)
{
    static const struct {
        const char *directive;
        size_t told;
    } values[] = {
        { "[s{text=\"a\\\"b\"}]", 1 },
        { "[s{text=\"a,b\"}]", 1 },
        { "[s{text=a*b}]", 5 },
        { "[s{text=\"a\\*b\"}]", 1 },
        { "[s{text=\"a\\\\b\"}]", 1 },
        { "[s{text=/a*}]", 1 },
        { "[s{text=axb}]", 1 },
        { "[s{text=a}]", 0 },
        { "[s{n=3}]", 1 },
        { "[s{n=\"3\"}]", 1 },
        { "[s{n=*}]", 6 },
        { "[s{half=2.5}]", 1 },
        { "[s{yes=true}]", 1 },
        { "[s{yes=false}]", 5 },
        { "[s{n=3,yes=false}]", 1 },
        { "[s{n=3,yes=true}]", 0 },
        { "[*{n=3}]", 1 },
        { "[x{n=3}]", 0 },
        { "[s{n}]", 6 },
        { "[s{other}]", 0 },
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        char text[64];
        (void)snprintf(text, sizeof text, "error,%s=debug", values[i].directive);
        cr_expect(eq(sz, told_inside(text, debug_in_valued_spans), values[i].told), "%s", text);
    }
}

static void debug_at_depths(void)
{
    SLM_SCOPE("outer", ("level", "x"));
    SLM_DEBUG("in outer");
    {
        SLM_SCOPE("inner");
        SLM_DEBUG("in inner");
        SLM_INFO("in inner");
        SLM_WARN("in inner");
    }
    SLM_DEBUG("in outer again");
}

Test(directives, the_innermost_span_decides_up_or_down)
{
    static const struct {
        const char *directives;
        size_t told;
    } depths[] = {
        { "info", 2 },
        { "error,[outer]=debug", 5 },
        { "error,[outer]=debug,[inner]=warn", 3 },
        { "error,[inner]=warn,[outer]=debug", 3 },
        { "error,[outer]=warn,[inner]=debug", 3 },
        { "debug,[outer]=off", 0 },
        { "debug,[outer]=off,[inner]=info", 2 },
        { "debug,[inner]=off", 2 },
        { "error,[outer]=debug,[outer{level=x}]=warn", 1 },
        { "error,directives[outer]=debug", 5 },
        { "error,other[outer]=debug", 0 },
        { "error,!directives[outer]", 0 },
        { "error,directives=debug,[outer]=off", 5 }, /* a target's own directive, where it is more verbose */
    };
    for (size_t i = 0; i < sizeof depths / sizeof *depths; i++)
        cr_expect(eq(sz, told_inside(depths[i].directives, debug_at_depths), depths[i].told), "%s",
                  depths[i].directives);
}
