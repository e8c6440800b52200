/* SPDX-License-Identifier: MIT */
/* Every form of the macros, as strict code writes them. What matters is that each compiler takes it in silence; as a
 * program it runs once with nobody listening and once with a log, and answers 0. */
#define SLM_INSTRUMENTATION_NAME    "grammar"
#define SLM_INSTRUMENTATION_VERSION "1.0"
#include "tests/compile/users.h"

#include <spanloom/trace.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include <spanloom/log.h>

enum colour { RED, GREEN };
enum { LOUD = SLM_LEVEL_WARN };
struct point {
    int x, y;
    unsigned bits : 3;
    int small : 2;
};

static size_t print_point(const void *object, char *out, size_t room)
{
    const struct point *p = (const struct point *)object;
    if (room > 1) {
        out[0] = (char)('0' + p->x % 10);
        out[1] = '\0';
    }
    return 1;
}

static slm_value length_of(struct point p)
{
    return slm_value_f64((double)(p.x + p.y));
}

static int twice(int n)
{
    SLM_FUNCTION(("n", n));
    return 2 * n;
}

static int plain_function(void)
{
    SLM_FUNCTION();
    SLM_FUNCTION_AT(SLM_LEVEL_DEBUG);
    return 1;
}

static int traced_function(int n)
{
    SLM_FUNCTION_AT(SLM_LEVEL_TRACE, ("n", n), ("twice", twice(n)));
    return SLM_FAIL(n > 100 ? EINVAL : 0);
}

static void events(const char *what, int n)
{
    SLM_ERROR("just text");
    SLM_WARN("text and arguments: %d %s %%", n, what);
    SLM_INFO(("n", n));
    SLM_DEBUG(("n", n), ("what", what));
    SLM_TRACE(("n", n), "text");
    SLM_INFO(("n", n), ("what", what), "%d and %s", n, what);
    SLM_INFO(("n", ((void)what, n + 1)), "a comma in parentheses");
    SLM_INFO("pasted "
             "from "
             "pieces %d",
             n);
    SLM_INFO(("", n));
    SLM_EVENT_AT(SLM_LEVEL_WARN, ("n", n), "at");
    SLM_EVENT_AT(SLM_LEVEL_WARN, "at %d", n);
    SLM_EVENT_AT((SLM_LEVEL_ERROR + 1), ("n", n));
    SLM_EVENT_AT(LOUD, "an enumerator is a constant");
    SLM_INFO(FIELDS_31(n));
    SLM_INFO(FIELDS_31(n), ("last", 0));
    SLM_INFO(FIELDS_31(n), ("last", what), "thirty-two and %s", what);
}

static void values(struct point *p, const volatile int *v)
{
    bool yes = p->x > 0;
    char c = 'c', room[8] = "text";
    signed char sc = -1;
    short s = -2;
    long l = -3;
    long long ll = -4;
    unsigned char uc = 1;
    unsigned short us = 2;
    unsigned u = 3;
    unsigned long ul = 4;
    unsigned long long ull = 5;
    float f = 0.5F;
    double d = 0.25;
    long double ld = 0.125L;
    const int constant = 7;
    enum colour colour = GREEN;
    size_t size = sizeof *p;
    int64_t i64 = INT64_MIN;
    uint64_t u64 = UINT64_MAX;

    SLM_INFO(("bool", yes), ("true", true), ("comparison", c == 'c'), ("not", !yes), ("char", c), ("signed", sc));
    SLM_INFO(("short", s), ("long", l), ("long_long", ll), ("uchar", uc), ("ushort", us), ("u", u), ("ul", ul));
    SLM_INFO(("ull", ull), ("float", f), ("double", d), ("long_double", ld), ("const", constant), ("enum", colour));
    SLM_INFO(("enumerator", RED), ("size", size), ("i64", i64), ("u64", u64), ("volatile", *v), ("sum", c + s));
    SLM_INFO(("literal", "text"), ("array", room), ("chars", &room[1]), ("const_chars", (const char *)room));
    SLM_INFO(("pointer", p), ("void", (void *)p), ("null", NULL), ("to_volatile", v), ("condition", yes ? "a" : "b"));
    SLM_INFO(("bits", +p->bits), ("small", +p->small), ("member", p->x), ("minus", -p->y), ("cast", (long)p->x));
    SLM_INFO(("strn", slm_strn(room, 2)), ("bytes", slm_bytes(p, sizeof *p)), ("errno", slm_errno(ENOENT)));
    SLM_INFO(("debug", slm_debug(p, print_point)), ("empty", SLM_EMPTY), ("own", SLM_VALUE(length_of(*p))));
    SLM_INFO(("value", SLM_VALUE(slm_value_bool(yes))), ("in_place", ((struct point){ 1, 2, 3, 0 }).x));
}

static void arrays(void)
{
    const bool bools[] = { true, false };
    signed char scs[] = { 1, 2 };
    short ss[] = { 1, 2 };
    int ints[] = { 1, 2, 3 };
    const long ls[] = { 1 };
    long long lls[] = { 1 };
    unsigned char ucs[] = { 1 };
    unsigned short uss[] = { 1 };
    unsigned us[] = { 1 };
    const unsigned long uls[] = { 1 };
    unsigned long long ulls[] = { 1 };
    float fs[] = { 0.5F };
    const double ds[] = { 0.5 };
    const char *strings[] = { "a", NULL };
    const char *const names[] = { "b" };
    int *some = ints + 1;

    SLM_INFO(("bools", slm_array(bools, 2)), ("scs", slm_array(scs, 2)), ("ss", slm_array(ss, 2)));
    SLM_INFO(("ints", slm_array(ints, 3)), ("ls", slm_array(ls, 1)), ("lls", slm_array(lls, 1)));
    SLM_INFO(("ucs", slm_array(ucs, 1)), ("uss", slm_array(uss, 1)), ("us", slm_array(us, 1)));
    SLM_INFO(("uls", slm_array(uls, 1)), ("ulls", slm_array(ulls, 1)), ("fs", slm_array(fs, 1)));
    SLM_INFO(("ds", slm_array(ds, 1)), ("strings", slm_array(strings, 2)), ("names", slm_array(names, 1)));
    SLM_INFO(("some", slm_array(some, 2)), ("none", slm_array(some, 0)));
}

/* Among macros of every name that ours are made of. */
#include "tests/compile/names.h"
static int among_macros(int n)
{
    SLM_FUNCTION(ONE_FIELD, ("n", n));
    SLM_SCOPE_AS(named, A_NAME, ONE_FIELD);
    SLM_INFO(A_FORMAT, n);
    SLM_INFO(ONE_FIELD, A_FORMAT, n);
    SLM_INFO(ONE_FIELD, ("n", n));
    SLM_INFO(("n", n), "%" PRId64, INT64_C(1));
    SLM_SET(named, "n", n);
    SLM_FAIL(n);
    return SLM_ENABLED(SLM_LEVEL_INFO);
}
#undef S
#undef P
#undef site
#undef tags
#undef text
#undef mask
#undef words
#undef level

/* Inside macros of a user's own. */
static int wrapped(int n, slm_span task)
{
    WRAPPED(SLM_SCOPE("in an argument"); SLM_ENTER(task); n++;);
    WRAPPED(SLM_SCOPE_AS(named, "named in an argument"); SLM_SET(named, "n", n););
    WRAPPED(SLM_INFO(("n", n), "%d", n); SLM_INFO("alone"););
    WRAPPED(SLM_FUNCTION(); slm_span_end(SLM_SPAN("s", ONE_FIELD)););
    return n;
}

/* Names that a careless macro would use. */
static int captured(int o, int cs, int site, int level, const char *name)
{
    int var = o, x = cs, M = site, P = level, S = 1, s = 2, k = 3, n = 4, v = 5, e = 6, i = 7, a0 = 8, t = 9, w = 10;
    const char *what = name, *msg = name;
    int _ = 11, size = 12, text = 13, tags = 14, func = 15, line = 16, file = 17, unit = 18, make = 19, id = 20;
    SLM_INFO(("o", o), ("cs", cs), ("site", site), ("level", level), ("name", name), ("var", var), ("x", x), ("M", M));
    SLM_INFO(("P", P), ("S", S), ("s", s), ("what", what), ("msg", msg), ("k", k), ("n", n), ("v", v), ("e", e));
    SLM_INFO(("i", i), ("a0", a0), ("t", t), ("w", w), ("_", _), ("size", size), ("text", text), ("tags", tags));
    SLM_INFO(("func", func), ("line", line), ("file", file), ("unit", unit), ("make", make), ("id", id), "%s", msg);
    SLM_INFO("%d %d %d %d %d %d %s %s", o, cs, site, M, P, S, what, msg);
    SLM_SCOPE("captured", ("what", what), ("s", s), ("x", x));
    return o + cs + site + level + var + x + M + P + S + s + k + n + v + e + i + a0 + t + w + _ + size + text + tags +
           func + line + file + unit + make + id;
}

static void spans(const slm_span_context *remote, const slm_context *context)
{
    slm_span p = SLM_SPAN("plain"), s = SLM_SPAN("with fields", ("a", 1), ("b", "two"), ("late", SLM_EMPTY));
    slm_span at = SLM_SPAN_AT(SLM_LEVEL_DEBUG, "at", ("a", 1)), many = SLM_SPAN("many", FIELDS_31(1), ("last", "x"));
    slm_link link = { s, NULL, NULL, 0 };
    slm_span get =
        SLM_SPAN_WITH((.kind = SLM_KIND_CLIENT, .parent = slm_under(p)), "GET", ("http.request.method", "GET"));
    slm_span root = SLM_SPAN_WITH((.parent = SLM_ROOT), "root");
    slm_span far = SLM_SPAN_WITH_AT((.parent = slm_under_remote(remote)), SLM_LEVEL_TRACE, "far", ("a", 1));
    slm_span near = SLM_SPAN_WITH((.parent = slm_under_context(context), .start_ns = 5), "near");
    slm_span linked = SLM_SPAN_WITH((.links = &link, .link_count = 1), "linked");
    slm_span defaults = SLM_SPAN_WITH((), "defaults");

    SLM_SET(s, "late", 5);
    SLM_SET(s, "late", slm_errno(ENOENT));
    SLM_SET(s, "own", SLM_VALUE(length_of((struct point){ 1, 2, 3, 0 })));
    if (get.id)
        SLM_SET(s, "text", "value");
    else
        SLM_SET(s, "bool", true);
    SLM_EVENT_WITH((.parent = slm_under(s)), SLM_LEVEL_INFO, "in s");
    SLM_EVENT_WITH((.parent = slm_under(s), .time_ns = 7), SLM_LEVEL_INFO, ("a", 1));
    SLM_EVENT_WITH((), SLM_LEVEL_DEBUG, ("a", 1), "both %d", 2);
    slm_span_record_error(s, "type", "message", NULL);
    slm_span_set(s, slm_string_from_c("k"), slm_value_i64(1));
    slm_span_set_name(s, "renamed");
    slm_span_set_status(s, SLM_SPAN_ERROR, "bad");
    slm_span_add_link(s, link);
    slm_span_fail(s, 0, NULL);
    slm_span_fail(s, EIO, "reading %s", "it");
    slm_span_end_at(far, 9);
    slm_span_end(get);
    slm_span_end(root);
    slm_span_end(near);
    slm_span_end(linked);
    slm_span_end(defaults);
    slm_span_end(many);
    slm_span_end(at);
    slm_span_end(s);
    slm_span_end(p);
}

static int scopes(slm_span task, int n)
{
    /* clang-format off */
    SLM_SCOPE("first"); SLM_SCOPE("same line"); SLM_ENTER(task); SLM_ENTER(task);
    /* clang-format on */
    SLM_SCOPE("fields", FIELDS_31(n), ("n", n));
    SLM_SCOPE_AS(named, "named", ("n", n));
    SLM_SCOPE_AT(SLM_LEVEL_DEBUG, "at");
    SLM_SCOPE_WITH((.kind = SLM_KIND_SERVER, .parent = slm_under(named)), "with", ("n", n));
    SLM_SCOPE_WITH((.parent = SLM_ROOT), "with");
    SLM_SET(named, "m", n);
    for (int i = 0; i < 5; i++) {
        SLM_SCOPE("turn", ("i", i));
        if (i == 1)
            continue;
        if (i == 3)
            break;
        if (i > n)
            goto out;
    }
    if (n > 10) {
        SLM_SCOPE("left by return");
        return SLM_FAIL(n);
    }
out:
    return slm_span_is_enabled(named);
}

static int control_flow(int n, int *calls)
{
    int sum = 0;
    if (n)
        SLM_INFO("then");
    else
        SLM_INFO("else");
    if (n)
        SLM_WARN(("n", n), "then");
    else if (n > 1)
        SLM_INFO(("n", n));
    for (int i = 0; i < 2; i++)
        SLM_DEBUG("i=%d", i);
    while (n-- > 0)
        SLM_TRACE(("n", n));
    switch (n) {
    case 0:
        SLM_INFO("zero");
        break;
    case 1: {
        SLM_SCOPE("a case with a block of its own");
        SLM_INFO("one");
        break;
    }
    default:
        SLM_INFO(("n", n));
    }
    if (SLM_ENABLED(SLM_LEVEL_DEBUG))
        sum++;
    sum += SLM_ENABLED(SLM_LEVEL_TRACE) && SLM_ENABLED(SLM_LEVEL_INFO) ? 1 : 2;
    SLM_INFO(("statement", __extension__({
                  int inner = ++*calls;
                  SLM_INFO(("inner", inner), "an event inside a field's value");
                  inner;
              })));
    sum += __extension__({
        SLM_SCOPE("inside an expression", ("sum", sum));
        sum + 1;
    });
    SLM_INFO("argument %d", twice(sum));
    return SLM_FAIL(sum > 1000 ? E2BIG : 0);
}

static int all(int n)
{
    struct point p = { n, 2, 3, 1 };
    int calls = 0;
    slm_span task = SLM_SPAN("task");
    slm_span_context remote;
    slm_context context = slm_context_capture();
    slm_token token;
    slm_unwind_mark mark = slm_mark();

    events("what", n);
    values(&p, &p.y);
    arrays();
    (void)slm_current_context(&remote);
    spans(&remote, &context);
    (void)scopes(task, n);
    (void)slm_span_identity(task, &remote);
    token = slm_enter(task);
    (void)control_flow(n, &calls);
    slm_exit(token);
    slm_unwind(mark);
    slm_span_end(task);
    (void)wrapped(among_macros(n), task);
    slm_context_release(&context);
    (void)slm_current();
    return captured(n, 2, 3, 4, "name") + plain_function() + traced_function(n);
}

int main(void)
{
    slm_log_config config = { .size = sizeof config, .directives = "trace" };
    if (all(1) == 0 || slm_init_log(&config) != SLM_OK || all(1) == 0)
        return EXIT_FAILURE;
    return slm_log_shutdown(0) == SLM_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
