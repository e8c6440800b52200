/* SPDX-License-Identifier: MIT */
/* What the macros do at run time, as a subscriber sees it. */
#define SLM_TARGET                  "unit::macros"
#define SLM_INSTRUMENTATION_NAME    "macros-under-test"
#define SLM_INSTRUMENTATION_VERSION "1.2.3"
#include <spanloom/trace.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <float.h>
#include <limits.h>
#include <stdio.h>

#include "tests/compile/users.h"
#include "tests/unit/macros.h"

/* `traced` is told, and `what` of it reads as `want`. */
#define TELLS(traced, what, want)                                                                                      \
    do {                                                                                                               \
        unsigned hits_before = now.hits;                                                                               \
        traced;                                                                                                        \
        cr_expect(eq(uint, now.hits, hits_before + 1), "%s", #traced);                                                 \
        cr_expect(eq(str, now.what, (char *)(want)), "%s", #traced);                                                   \
    } while (0)

#define CALLS(want)                                                                                                    \
    do {                                                                                                               \
        cr_expect(eq(str, now.calls, (char *)(want)));                                                                 \
        now.calls[0] = '\0';                                                                                           \
    } while (0)

TestSuite(macros, .init = seen_begin, .fini = seen_end);

struct point {
    int x, y;
    unsigned bits : 3;
};

static size_t print_point(const void *object, char *out, size_t room)
{
    const struct point *p = object;
    return (size_t)snprintf(out, room, "(%d,%d)", p->x, p->y);
}

static size_t print_too_much(const void *object, char *out, size_t room)
{
    (void)object;
    memset(out, 'x', room);
    return room * 2;
}

static slm_value value_of_point(struct point p)
{
    return slm_value_i64(p.x * 10 + p.y);
}

Test(macros, values_are_typed_by_what_they_are)
{
    struct point p = { 4, 2, 5 };
    enum { THREE = 3 };
    enum sign { MINUS = -1, PLUS = 1 } sign = MINUS;
    char array[] = "array";
    const char *none = NULL;
    const volatile short changing = -7;

    TELLS(SLM_INFO(("v", (bool)2)), fields, "v:bool=true");
    TELLS(SLM_INFO(("v", (bool)0)), fields, "v:bool=false");
    TELLS(SLM_INFO(("v", 'a')), fields, "v:i64=97");
    TELLS(SLM_INFO(("v", (char)'a')), fields, "v:i64=97");
    TELLS(SLM_INFO(("v", (signed char)SCHAR_MIN)), fields, "v:i64=-128");
    TELLS(SLM_INFO(("v", (unsigned char)UCHAR_MAX)), fields, "v:u64=255");
    TELLS(SLM_INFO(("v", changing)), fields, "v:i64=-7");
    TELLS(SLM_INFO(("v", (unsigned short)USHRT_MAX)), fields, "v:u64=65535");
    TELLS(SLM_INFO(("v", INT_MIN)), fields, "v:i64=-2147483648");
    TELLS(SLM_INFO(("v", UINT_MAX)), fields, "v:u64=4294967295");
    TELLS(SLM_INFO(("v", LONG_MIN)), fields, LONG_MIN < INT_MIN ? "v:i64=-9223372036854775808" : "v:i64=-2147483648");
    TELLS(SLM_INFO(("v", LLONG_MAX)), fields, "v:i64=9223372036854775807");
    TELLS(SLM_INFO(("v", ULLONG_MAX)), fields, "v:u64=18446744073709551615");
    TELLS(SLM_INFO(("v", (uint8_t)1)), fields, "v:u64=1");
    TELLS(SLM_INFO(("v", (int64_t)-1)), fields, "v:i64=-1");
    TELLS(SLM_INFO(("v", sizeof(int32_t))), fields, "v:u64=4");
    TELLS(SLM_INFO(("v", THREE)), fields, "v:i64=3");
    TELLS(SLM_INFO(("v", sign)), fields, "v:i64=-1");
    TELLS(SLM_INFO(("v", (enum sign)PLUS)), fields, "v:i64=1");
    TELLS(SLM_INFO(("v", 0.5F)), fields, "v:f64=0.5");
    TELLS(SLM_INFO(("v", DBL_MAX)), fields, "v:f64=1.79769e+308");
    TELLS(SLM_INFO(("v", 0.25L)), fields, "v:f64=0.25");
    TELLS(SLM_INFO(("v", "literal")), fields, "v:string=literal");
    TELLS(SLM_INFO(("v", "")), fields, "v:string=");
    TELLS(SLM_INFO(("v", array)), fields, "v:string=array");
    TELLS(SLM_INFO(("v", &array[2])), fields, "v:string=ray");
    TELLS(SLM_INFO(("v", none)), fields, "v:empty");
    TELLS(SLM_INFO(("v", &p)), fields, "v:pointer=something");
    TELLS(SLM_INFO(("v", (void *)NULL)), fields, "v:pointer=null");
    TELLS(SLM_INFO(("v", +p.bits)), fields, "v:i64=5");
    TELLS(SLM_INFO(("v", slm_strn(array, 3))), fields, "v:string=arr");
    TELLS(SLM_INFO(("v", slm_strn(none, 3))), fields, "v:empty");
    TELLS(SLM_INFO(("v", slm_bytes("\0\xff", 2))), fields, "v:bytes=00ff");
    TELLS(SLM_INFO(("v", slm_errno(ENOENT))), fields, "v:errno=2");
    TELLS(SLM_INFO(("v", slm_debug(&p, print_point))), fields, "v:debug=(4,2)");
    TELLS(SLM_INFO(("v", SLM_EMPTY)), fields, "v:empty");
    TELLS(SLM_INFO(("v", SLM_VALUE(value_of_point(p)))), fields, "v:i64=42");
}

Test(macros, arrays_keep_the_type_and_size_of_their_elements)
{
    static const bool bools[2] = { true, false };
    short shorts[3] = { 1, 2, 3 };
    const uint64_t big[1] = { 1 };
    float floats[4] = { 0 };
    const char *const names[2] = { "a", "b" };
    TELLS(SLM_INFO(("v", slm_array(bools, 2))), fields, "v:type0x21[2]*1");
    TELLS(SLM_INFO(("v", slm_array(shorts, 3))), fields, "v:type0x22[3]*2");
    TELLS(SLM_INFO(("v", slm_array(big, 1))), fields, "v:type0x23[1]*8");
    TELLS(SLM_INFO(("v", slm_array(floats, 4))), fields, "v:type0x24[4]*4");
    TELLS(SLM_INFO(("v", slm_array(&floats[1], 0))), fields, "v:type0x24[0]*4");
    TELLS(SLM_INFO(("v", slm_array(names, 2))), fields, sizeof(char *) == 8 ? "v:type0x25[2]*8" : "v:type0x25[2]*4");
}

Test(macros, what_a_printer_wants_beyond_its_room_is_cut)
{
    SLM_INFO(("v", slm_debug(NULL, print_too_much)), ("after", 1));
    size_t len = strlen(now.fields);
    cr_expect(len > 100 && strcmp(now.fields + len - sizeof("x after:i64=1") + 1, "x after:i64=1") == 0);
    SLM_INFO(("first", slm_debug(NULL, print_too_much)), ("second", slm_debug(NULL, print_too_much)));
    cr_expect(strstr(now.fields, " second:debug=") != NULL);
}

Test(macros, an_event_has_text_or_fields_or_both)
{
    TELLS(SLM_INFO("just text"), message, "just text");
    cr_expect(eq(sz, (size_t)now.metadata->field_count, 0));
    TELLS(SLM_INFO("%d%% of %s", 50, "it"), message, "50% of it");
    TELLS(SLM_INFO("100%%"), message, "100%");
    TELLS(SLM_INFO(("a", 1), ("b", "two")), fields, "a:i64=1 b:string=two");
    cr_expect(eq(str, now.message, (char *)""));
    cr_expect(eq(sz, now.metadata->name.len, 0));
    TELLS(SLM_INFO(("a", 1), ("b", "two"), "%s and %c", "text", 'c'), message, "text and c");
    cr_expect(eq(str, now.fields, (char *)"a:i64=1 b:string=two"));
    cr_expect(slm_string_equal(now.metadata->name, slm_string_from_c("%s and %c")), "its name is the format");
}

Test(macros, thirty_two_fields_keep_their_order)
{
    SLM_INFO(FIELDS_31(7), ("last", "one"), "%s", "text");
    cr_expect(eq(sz, (size_t)now.metadata->field_count, 32));
    cr_expect(eq(str, now.message, (char *)"text"));
    cr_expect(strncmp(now.fields, "a0:i64=7 a1:i64=7 ", 18) == 0);
    cr_expect(strstr(now.fields, " c7:i64=7 d0:i64=7 ") != NULL);
    cr_expect(strstr(now.fields, " d6:i64=7 last:string=one") != NULL);
    slm_span_end(SLM_SPAN("many", FIELDS_31(7), ("last", "one")));
    cr_expect(strstr(now.fields, " d6:i64=7 last:string=one") != NULL);
}

Test(macros, metadata_says_what_is_static)
{
    static const struct {
        unsigned level;
        bool is_span;
        const char *name;
    } want[] = {
        { SLM_LEVEL_ERROR, false, "error" },  { SLM_LEVEL_WARN, false, "warn" },    { SLM_LEVEL_INFO, false, "info" },
        { SLM_LEVEL_DEBUG, false, "debug" },  { SLM_LEVEL_TRACE, false, "trace" },  { SLM_LEVEL_WARN, false, "at" },
        { SLM_LEVEL_INFO, true, "span" },     { SLM_LEVEL_ERROR, true, "span at" }, { SLM_LEVEL_INFO, true, "with" },
        { SLM_LEVEL_TRACE, true, "with at" },
    };
    const slm_metadata *got[10];
    /* clang-format off */
    const uint32_t line = __LINE__;
    SLM_ERROR("error"); got[0] = now.metadata;
    SLM_WARN("warn"); got[1] = now.metadata;
    SLM_INFO("info"); got[2] = now.metadata;
    SLM_DEBUG("debug"); got[3] = now.metadata;
    SLM_TRACE("trace"); got[4] = now.metadata;
    SLM_EVENT_AT(SLM_LEVEL_WARN, ("key", 1u), ("other", "x"), "at"); got[5] = now.metadata;
    slm_span_end(SLM_SPAN("span")); got[6] = now.metadata;
    slm_span_end(SLM_SPAN_AT(SLM_LEVEL_ERROR, "span at")); got[7] = now.metadata;
    slm_span_end(SLM_SPAN_WITH((), "with")); got[8] = now.metadata;
    slm_span_end(SLM_SPAN_WITH_AT((), SLM_LEVEL_TRACE, "with at")); got[9] = now.metadata;
    /* clang-format on */

    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        const slm_metadata *m = got[i];
        cr_expect(eq(uint, m->level, want[i].level), "%s", want[i].name);
        cr_expect(eq(int, m->is_span, want[i].is_span), "%s", want[i].name);
        cr_expect(slm_string_equal(m->name, slm_string_from_c(want[i].name)), "%s", want[i].name);
        cr_expect(eq(uint, m->line, line + 1 + (uint32_t)i), "%s", want[i].name);
        cr_expect(slm_string_equal(m->file, slm_string_from_c(__FILE__)));
        cr_expect(slm_string_equal(m->target, slm_string_from_c("unit::macros")));
        cr_expect(slm_string_equal(m->scope.name, slm_string_from_c("macros-under-test")));
        cr_expect(slm_string_equal(m->scope.version, slm_string_from_c("1.2.3")));
        for (size_t k = 0; k < i; k++)
            cr_expect(got[k]->id != m->id);
    }
    cr_assert(eq(sz, (size_t)got[5]->field_count, 2));
    cr_expect(slm_string_equal(got[5]->keys[0], slm_string_from_c("key")));
    cr_expect(slm_string_equal(got[5]->keys[1], slm_string_from_c("other")));
    cr_expect(eq(uint, got[5]->types[0], SLM_TYPE_U64));
    cr_expect(eq(uint, got[5]->types[1], SLM_TYPE_STRING));
}

Test(macros, a_file_without_a_target_is_one_and_what_is_above_its_static_level_is_not_there)
{
    int evaluated = 0;
    cr_expect(eq(int, elsewhere(&evaluated), 1));
    cr_expect(eq(int, evaluated, 0));
    cr_expect(eq(uint, now.hits, 1));
    cr_expect(eq(str, now.message, (char *)"at the static level"));
    cr_expect(slm_string_equal(now.metadata->target, slm_string_from_c("macros_elsewhere")));
    cr_expect(slm_string_equal(now.metadata->scope.name, slm_string_from_c("macros_elsewhere")));
    cr_expect(eq(sz, now.metadata->scope.version.len, 0));
}

static int evaluations;

static int count(void)
{
    return ++evaluations;
}

/* Everything that evaluates what it is given, once each. Returns how many did. */
static int evaluate_all(void)
{
    slm_span s;
    evaluations = 0;
    SLM_INFO(("a", count()), "%d", count());
    SLM_INFO("%d", count());
    SLM_EVENT_WITH((.time_ns = (uint64_t)count()), SLM_LEVEL_ERROR, ("a", count()));
    s = SLM_SPAN_WITH((.start_ns = (uint64_t)count()), "span", ("a", count()),
                      ("s", slm_strn("text", (size_t)count() % 4)));
    slm_span_end(s);
    {
        SLM_SCOPE("scope", ("a", count()), ("e", slm_errno(count())));
        SLM_FUNCTION(("a", count()));
        SLM_INFO(("array", slm_array(&evaluations, ((void)count(), 1))), ("value", SLM_VALUE(slm_value_i64(count()))));
    }
    return evaluations;
}

Test(macros, arguments_are_evaluated_once_if_somebody_listens)
{
    cr_expect(eq(int, evaluate_all(), 13));
    cr_expect(eq(uint, now.hits, 7));
    cr_expect(eq(int, evaluate_all(), 13));
}

Test(macros, arguments_are_not_evaluated_if_nobody_listens)
{
    static const struct {
        const char *why;
        seen_answers answers;
        unsigned asked;
    } cases[] = {
        { "never", { SLM_INTEREST_NEVER, true, 0 }, 0 },
        { "sometimes, but not now", { SLM_INTEREST_SOMETIMES, false, 0 }, 7 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        answers = cases[i].answers;
        seen_end();
        seen_begin(); /* a new subscriber is asked anew */
        for (int again = 1; again <= 2; again++) {
            cr_expect(eq(int, evaluate_all(), 0), "%s", cases[i].why);
            cr_expect(eq(uint, now.hits, 0), "%s", cases[i].why);
            cr_expect(eq(uint, now.asked, cases[i].asked * (unsigned)again), "%s", cases[i].why);
        }
    }
    slm_subscriber_scope nobody = slm_thread_subscriber_push(NULL);
    cr_expect(eq(int, evaluate_all(), 0), "no subscriber");
    slm_thread_subscriber_pop(nobody);
}

static void hit_once(int i)
{
    SLM_INFO(("i", i));
}

Test(macros, a_callsite_is_registered_once_and_asked_at_each_hit_only_if_sometimes)
{
    for (int i = 0; i < 100; i++)
        hit_once(i);
    cr_expect(eq(uint, now.registered, 1));
    cr_expect(eq(uint, now.asked, 0));
    cr_expect(eq(uint, now.hits, 100));

    answers.interest = SLM_INTEREST_SOMETIMES;
    seen_end();
    seen_begin();
    for (int i = 0; i < 100; i++)
        hit_once(i);
    cr_expect(eq(uint, now.registered, 1));
    cr_expect(eq(uint, now.asked, 100));
    cr_expect(eq(uint, now.hits, 100));
}

Test(macros, enabled_says_what_an_event_of_that_level_would_meet)
{
    answers.level = SLM_LEVEL_WARN;
    cr_expect(SLM_ENABLED(SLM_LEVEL_ERROR));
    cr_expect(SLM_ENABLED(SLM_LEVEL_WARN));
    cr_expect(not(SLM_ENABLED(SLM_LEVEL_INFO)));
    cr_expect(not(SLM_ENABLED(SLM_LEVEL_TRACE)));
    cr_expect(eq(uint, now.hits, 0));
    answers.interest = SLM_INTEREST_SOMETIMES;
    answers.enabled = false;
    cr_expect(not(SLM_ENABLED(SLM_LEVEL_ERROR)));
}

Test(macros, an_event_inside_a_field_comes_first)
{
    int inner = 0;
    SLM_INFO(("outer", __extension__({
                  SLM_INFO(("inner", ++inner));
                  cr_expect(eq(str, now.fields, (char *)"inner:i64=1"));
                  inner;
              })));
    cr_expect(eq(str, now.fields, (char *)"outer:i64=1"));
    CALLS("event, event");
}

Test(macros, parents_and_kinds_reach_the_subscriber)
{
    slm_span_context remote = { .flags = 1 };
    slm_context context = { 0 };
    slm_span p = SLM_SPAN("p");
    SLM_INFO("in the current one");
    cr_expect(eq(uint, now.parent.how, SLMI_UNDER_CURRENT));
    cr_expect(eq(uint, now.kind, SLM_KIND_INTERNAL));
    SLM_EVENT_WITH((.parent = slm_under(p)), SLM_LEVEL_INFO, "under p");
    cr_expect(eq(uint, now.parent.how, SLMI_UNDER_SPAN));
    cr_expect(eq(u64, now.parent.span.id, p.id));
    SLM_EVENT_WITH((.parent = SLM_ROOT, .time_ns = 1234567890123456789), SLM_LEVEL_INFO, ("a", 1), "a root");
    cr_expect(eq(uint, now.parent.how, SLMI_UNDER_ROOT));
    cr_expect(eq(u64, now.time_ns, 1234567890123456789));

    slm_span_end(SLM_SPAN_WITH((.kind = SLM_KIND_CLIENT, .parent = slm_under(p)), "GET", ("a", 1)));
    cr_expect(eq(uint, now.parent.how, SLMI_UNDER_SPAN));
    cr_expect(eq(u64, now.parent.span.id, p.id));
    cr_expect(eq(uint, now.kind, SLM_KIND_CLIENT));
    slm_span_end(SLM_SPAN_WITH((.parent = slm_under_context(&context), .kind = SLM_KIND_CONSUMER), "s"));
    cr_expect(eq(uint, now.parent.how, SLMI_UNDER_CONTEXT));
    cr_expect(now.parent.borrowed == &context);
    cr_expect(eq(uint, now.kind, SLM_KIND_CONSUMER));
    slm_span_end(SLM_SPAN_WITH_AT((.parent = slm_under_remote(&remote), .start_ns = 77), SLM_LEVEL_WARN, "s"));
    cr_expect(eq(uint, now.parent.how, SLMI_UNDER_REMOTE));
    cr_expect(now.parent.borrowed == &remote);
    cr_expect(eq(u64, now.time_ns, 77));
    {
        SLM_SCOPE_WITH((.parent = SLM_ROOT, .kind = SLM_KIND_SERVER), "scope");
        cr_expect(eq(uint, now.parent.how, SLMI_UNDER_ROOT));
        cr_expect(eq(uint, now.kind, SLM_KIND_SERVER));
    }
    slm_span_end(SLM_SPAN_WITH((), "defaults"));
    cr_expect(eq(uint, now.parent.how, SLMI_UNDER_CURRENT));
    slm_span_end(p);
}
