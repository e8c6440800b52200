/* SPDX-License-Identifier: MIT */
/* Every form of the macros in C++17: what grammar.c writes, and templates, lambdas, members, inline functions and
 * exceptions. What matters is that each compiler takes it in silence; as a program it answers 0. */
#define SLM_TARGET "grammar::cpp"
#include "tests/compile/users.h"

extern "C" {
#include <spanloom/trace.h>
}

#include <cerrno>
#include <cinttypes>
#include <cstdlib>
#include <string>
#include <utility>

#include <spanloom/log.h>

namespace
{
enum colour { RED, GREEN };
enum class shade : unsigned char { LIGHT, DARK };
struct point {
    int x, y;
    unsigned bits : 3;
};
struct derived : point {
};

size_t print_point(const void *object, char *out, size_t room)
{
    if (room > 1) {
        out[0] = static_cast<char>('0' + static_cast<const point *>(object)->x % 10);
        out[1] = '\0';
    }
    return 1;
}

slm_value length_of(const point &p)
{
    return slm_value_f64(static_cast<double>(p.x + p.y));
}

inline int in_line(int n)
{
    SLM_FUNCTION(("n", n));
    SLM_INFO(("n", n), "inline %d", n);
    return n;
}

template <class T> T generic(T value, const char *text)
{
    SLM_FUNCTION(("value", value), ("text", text));
    SLM_SCOPE("generic", ("value", value), ("size", sizeof(T)));
    SLM_INFO(("value", value), ("size", sizeof(T)), "%s", text);
    SLM_INFO("no fields %s", text);
    if constexpr (sizeof(T) > 4)
        SLM_DEBUG("wide");
    else
        SLM_DEBUG("narrow");
    return value;
}

template <int N, class... Ts> long variadic(Ts... values)
{
    SLM_INFO(("n", N), ("count", sizeof...(values)), ("sum", (0 + ... + values)));
    return SLM_FAIL((0 + ... + values));
}

class task
{
  public:
    explicit task(const std::string &text)
        : name_(text), count_(0), span_(SLM_SPAN("task", ("name", text.c_str()), ("at", static_cast<void *>(this))))
    {
        SLM_FUNCTION(("this", this));
    }
    task(const task &) = delete;
    task &operator=(const task &) = delete;
    ~task()
    {
        SLM_INFO(("count", count_), "~task");
        slm_span_end(span_);
    }
    int step(int n)
    {
        SLM_ENTER(span_);
        SLM_FUNCTION_AT(SLM_LEVEL_DEBUG, ("count_", count_), ("name", name_.c_str()));
        SLM_SET(span_, "count", ++count_);
        auto twice = [this, n](auto x) {
            SLM_SCOPE("generic lambda", ("x", x), ("n", n), ("name", name_.c_str()));
            SLM_INFO(("x", x), ("count_", count_), "in a lambda");
            return x * 2;
        };
        return twice(n) + static_cast<int>(twice(0.5));
    }
    static int shared(int n)
    {
        SLM_SCOPE("static member", ("n", n));
        return SLM_FAIL(n - n);
    }

  private:
    std::string name_;
    int count_;
    slm_span span_;
};

void events(const char *what, int n)
{
    SLM_ERROR("just text");
    SLM_WARN("text and arguments: %d %s %%", n, what);
    SLM_INFO(("n", n));
    SLM_DEBUG(("n", n), ("what", what));
    SLM_TRACE(("n", n), "text");
    SLM_INFO(("n", n), ("what", what), "%d and %s", n, what);
    SLM_INFO(("first", std::pair<int, int>(n, 2).first), "commas in <>");
    SLM_INFO(("max", n > 1 ? n : 1), "pasted "
                                     "pieces");
    SLM_EVENT_AT(SLM_LEVEL_WARN, ("n", n), "at %d", n);
    SLM_INFO(FIELDS_31(n));
    SLM_INFO(FIELDS_31(n), ("last", what), "thirty-two and %s", what);
}

void values(const point &p, derived *d)
{
    bool yes = p.x > 0;
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
    double dbl = 0.25;
    long double ld = 0.125L;
    colour green = GREEN;
    std::string text = "std";
    static const int ints[] = { 1, 2, 3 };
    const char *strings[] = { "a", "b" };
    double ds[] = { 0.5 };
    bool bools[] = { true };

    SLM_INFO(("bool", yes), ("true", true), ("char", c), ("signed", sc), ("short", s), ("long", l), ("long_long", ll));
    SLM_INFO(("uchar", uc), ("ushort", us), ("u", u), ("ul", ul), ("ull", ull), ("float", f), ("double", dbl));
    SLM_INFO(("long_double", ld), ("enum", green), ("enumerator", RED), ("class", static_cast<int>(shade::DARK)));
    SLM_INFO(("literal", "text"), ("array", room), ("std", text.c_str()), ("temporary", (text + "!").c_str()));
    SLM_INFO(("pointer", &p), ("derived", d), ("null", nullptr), ("bits", p.bits), ("comparison", c == 'c'));
    SLM_INFO(("strn", slm_strn(room, 2)), ("view", slm_strn(text.data(), text.size())), ("e", slm_errno(ENOENT)));
    SLM_INFO(("bytes", slm_bytes(&p, sizeof p)), ("debug", slm_debug(&p, print_point)), ("empty", SLM_EMPTY));
    SLM_INFO(("own", SLM_VALUE(length_of(p))), ("bare", length_of(p)), ("value", SLM_VALUE(slm_value_bool(yes))));
    SLM_INFO(("ints", slm_array(ints, 3)), ("strings", slm_array(strings, 2)), ("ds", slm_array(ds, 1)));
    SLM_INFO(("bools", slm_array(bools, 1)), ("none", slm_array(ints, 0)));
}

/* Among macros of every name that ours are made of. */
#include "tests/compile/names.h"
int among_macros(int n)
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
int wrapped(int n, slm_span task)
{
    WRAPPED(SLM_SCOPE("in an argument"); SLM_ENTER(task); n++;);
    WRAPPED(SLM_SCOPE_AS(named, "named in an argument"); SLM_SET(named, "n", n););
    WRAPPED(SLM_INFO(("n", n), "%d", n); SLM_INFO("alone"););
    WRAPPED(SLM_FUNCTION(); slm_span_end(SLM_SPAN("s", ONE_FIELD)););
    return n;
}

int captured(int o, int cs, int site, int level, const char *name)
{
    int var = o, x = cs, M = site, P = level, S = 1, s = 2, k = 3, n = 4, v = 5, e = 6, w = 7, self = 8, kind = 9;
    const char *what = name, *msg = name;
    SLM_INFO(("o", o), ("cs", cs), ("site", site), ("level", level), ("name", name), ("var", var), ("x", x), ("M", M));
    SLM_INFO(("P", P), ("S", S), ("s", s), ("what", what), ("msg", msg), ("k", k), ("n", n), ("v", v), ("e", e));
    SLM_INFO(("w", w), ("self", self), ("kind", kind), "%d %d %d %s %s", o, cs, site, what, msg);
    SLM_SCOPE("captured", ("what", what), ("s", s), ("x", x));
    return o + cs + site + level + var + x + M + P + S + s + k + n + v + e + w + self + kind;
}

void spans(const slm_span_context *remote, const slm_context *context)
{
    slm_span p = SLM_SPAN("plain"), s = SLM_SPAN("fields", ("a", 1), ("late", SLM_EMPTY));
    slm_span at = SLM_SPAN_AT(SLM_LEVEL_DEBUG, "at", ("a", 1)), many = SLM_SPAN("many", FIELDS_31(1), ("last", "x"));
    slm_span_record_error(s, "type", "message", nullptr);
    slm_link link = { s, nullptr, nullptr, 0 };
    slm_span get = SLM_SPAN_WITH((.kind(SLM_KIND_CLIENT).parent(slm_under(p))), "GET", ("http.request.method", "GET"));
    slm_span root = SLM_SPAN_WITH((.parent(SLM_ROOT)), "root");
    slm_span far = SLM_SPAN_WITH_AT((.parent(slm_under_remote(remote))), SLM_LEVEL_TRACE, "far", ("a", 1));
    slm_span near = SLM_SPAN_WITH((.parent(slm_under_context(context)).start_ns(5)), "near");
    slm_span linked = SLM_SPAN_WITH((.links(&link, 1)), "linked");
    slm_span defaults = SLM_SPAN_WITH((), "defaults");
    SLM_SET(s, "late", slm_errno(ENOENT));
    SLM_SET(s, "own", length_of({ 1, 2, 3 }));
    SLM_EVENT_WITH((.parent(slm_under(s))), SLM_LEVEL_INFO, "in s");
    SLM_EVENT_WITH((.parent(slm_under(s)).time_ns(7)), SLM_LEVEL_INFO, ("a", 1));
    SLM_EVENT_WITH((), SLM_LEVEL_DEBUG, ("a", 1), "both %d", 2);
    slm_span_fail(s, EIO, "reading %s", "it");
    for (slm_span each : { get, root, far, near, linked, defaults, many, at, s, p })
        slm_span_end(each);
}

int scopes(slm_span running, int n)
{
    /* clang-format off */
    SLM_SCOPE("first"); SLM_SCOPE("same line"); SLM_ENTER(running); SLM_ENTER(running);
    /* clang-format on */
    SLM_SCOPE_AS(named, "named", ("n", n), FIELDS_31(n));
    SLM_SCOPE_AS(unread, "a name that nobody reads");
    SLM_SCOPE_AT(SLM_LEVEL_DEBUG, "at");
    SLM_SCOPE_WITH((.kind(SLM_KIND_SERVER).parent(slm_under(named))), "with", ("n", n));
    for (int i = 0; i < 5; i++) {
        SLM_SCOPE("turn", ("i", i));
        if (i == 1)
            continue;
        if (i == 3)
            break;
        SLM_INFO(("i", i));
    }
    if (n)
        SLM_INFO("then");
    else
        SLM_INFO("else");
    switch (n) {
    case 0:
        SLM_INFO("zero");
        break;
    case 1: {
        SLM_SCOPE("one");
        break;
    }
    default:
        SLM_INFO(("n", n));
    }
    return SLM_ENABLED(SLM_LEVEL_DEBUG) ? 1 : 0;
}

int thrower(int n)
{
    SLM_FUNCTION();
    SLM_FUNCTION_AT(SLM_LEVEL_DEBUG);
    SLM_SCOPE("thrown through", ("n", n));
    if (n > 0)
        throw n;
    return n;
}

int caught(int n)
{
    try {
        SLM_SCOPE("try");
        return thrower(n);
    } catch (int e) {
        SLM_SCOPE("catch", ("e", e));
        SLM_ERROR(("e", e), "caught %d", e);
        return SLM_FAIL(e);
    }
}

int all(int n)
{
    point p = { n, 2, 3 };
    derived d{};
    slm_span_context remote;
    slm_context context = slm_context_capture();
    static_cast<void>(slm_current_context(&remote));
    events("what", n);
    values(p, &d);
    spans(&remote, &context);
    task one("one");
    slm_span running = SLM_SPAN("running");
    slm_token token = slm_enter(running);
    int sum = scopes(running, n) + one.step(n) + task::shared(n) + caught(n) + in_line(n);
    sum += wrapped(among_macros(n), running);
    slm_exit(token);
    slm_span_end(running);
    slm_context_release(&context);
    sum += generic(n, "int") + static_cast<int>(generic(0.5, "double")) + generic('c', "char") + generic(true, "bool");
    auto capture_all = [&](const char *text) {
        SLM_INFO(("sum", sum), ("n", n), "%s", text);
        return sum;
    };
    return variadic<3>(1, 2L, sum) > 0 ? capture_all("done") + captured(n, 2, 3, 4, "name") : 1;
}
} // namespace

int main()
{
    slm_log_config config{};
    config.size = sizeof config;
    config.directives = "trace";
    if (all(1) == 0 || slm_init_log(&config) != SLM_OK || all(1) == 0)
        return EXIT_FAILURE;
    return slm_log_shutdown(0) == SLM_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
