/* SPDX-License-Identifier: MIT */
/* What the macros do at run time in C++: overloads in the place of _Generic, and scopes that exceptions leave. */
#define SLM_TARGET "unit::cpp"
#include <spanloom/trace.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <string>

#include "tests/unit/macros.h"

namespace
{
int failures = 0;

void expect(const char *what, const std::string &got, const std::string &want, int line)
{
    if (got == want)
        return;
    std::fprintf(stderr, "line %d: %s: got \"%s\", not \"%s\"\n", line, what, got.c_str(), want.c_str());
    failures++;
}

#define TELLS(traced, what, want)                                                                                      \
    do {                                                                                                               \
        now.fields[0] = now.message[0] = '\0';                                                                         \
        traced;                                                                                                        \
        expect(#traced, now.what, want, __LINE__);                                                                     \
    } while (0)
#define CALLS(want)                                                                                                    \
    do {                                                                                                               \
        expect("calls", now.calls, want, __LINE__);                                                                    \
        now.calls[0] = '\0';                                                                                           \
    } while (0)

struct point {
    int x, y;
    unsigned bits : 3;
};
enum colour { RED, GREEN };
enum class shade : unsigned char { DARK = 200 };

size_t print_point(const void *object, char *out, size_t room)
{
    const point *p = static_cast<const point *>(object);
    return static_cast<size_t>(std::snprintf(out, room, "(%d,%d)", p->x, p->y));
}

slm_value value_of(const point &p)
{
    return slm_value_i64(p.x * 10 + p.y);
}

void values_are_typed_by_what_they_are()
{
    point p = { 4, 2, 5 };
    char array[] = "array";
    const char *none = nullptr;
    std::string text = "std";
    const int ints[] = { 1, 2 };
    TELLS(SLM_INFO(("v", true)), fields, "v:bool=true");
    TELLS(SLM_INFO(("v", p.x == p.y)), fields, "v:bool=false");
    TELLS(SLM_INFO(("v", 'a')), fields, "v:i64=97");
    TELLS(SLM_INFO(("v", static_cast<signed char>(-1))), fields, "v:i64=-1");
    TELLS(SLM_INFO(("v", static_cast<unsigned char>(255))), fields, "v:u64=255");
    TELLS(SLM_INFO(("v", static_cast<short>(-2))), fields, "v:i64=-2");
    TELLS(SLM_INFO(("v", INT_MIN)), fields, "v:i64=-2147483648");
    TELLS(SLM_INFO(("v", UINT_MAX)), fields, "v:u64=4294967295");
    TELLS(SLM_INFO(("v", LLONG_MIN)), fields, "v:i64=-9223372036854775808");
    TELLS(SLM_INFO(("v", ULLONG_MAX)), fields, "v:u64=18446744073709551615");
    TELLS(SLM_INFO(("v", 0.5F)), fields, "v:f64=0.5");
    TELLS(SLM_INFO(("v", 0.25L)), fields, "v:f64=0.25");
    TELLS(SLM_INFO(("v", GREEN)), fields, "v:i64=1");
    TELLS(SLM_INFO(("v", static_cast<unsigned>(shade::DARK))), fields, "v:u64=200");
    TELLS(SLM_INFO(("v", p.bits)), fields, "v:u64=5");
    TELLS(SLM_INFO(("v", "literal")), fields, "v:string=literal");
    TELLS(SLM_INFO(("v", array)), fields, "v:string=array");
    TELLS(SLM_INFO(("v", none)), fields, "v:empty");
    TELLS(SLM_INFO(("v", nullptr)), fields, "v:empty");
    TELLS(SLM_INFO(("v", text.c_str())), fields, "v:string=std");
    TELLS(SLM_INFO(("v", (text + " and " + text).c_str())), fields, "v:string=std and std");
    TELLS(SLM_INFO(("v", slm_strn(text.data(), 2))), fields, "v:string=st");
    TELLS(SLM_INFO(("v", &p)), fields, "v:pointer=something");
    TELLS(SLM_INFO(("v", slm_bytes("\0\1", 2))), fields, "v:bytes=0001");
    TELLS(SLM_INFO(("v", slm_errno(ENOENT))), fields, "v:errno=2");
    TELLS(SLM_INFO(("v", slm_debug(&p, print_point))), fields, "v:debug=(4,2)");
    TELLS(SLM_INFO(("v", SLM_EMPTY)), fields, "v:empty");
    TELLS(SLM_INFO(("v", value_of(p))), fields, "v:i64=42");
    TELLS(SLM_INFO(("v", SLM_VALUE(value_of(p)))), fields, "v:i64=42");
    TELLS(SLM_INFO(("v", slm_array(ints, 2))), fields, "v:type0x22[2]*4");
    TELLS(SLM_INFO(("first", std::pair<int, int>(7, 8).first), "%s", text.c_str()), message, "std");
}

int throws(int n)
{
    SLM_FUNCTION(("n", n));
    SLM_SCOPE("inner");
    if (n)
        throw std::runtime_error("thrown");
    return n;
}

void an_exception_leaves_and_ends_every_scope()
{
    now.calls[0] = '\0';
    now.last_span = 0;
    try {
        SLM_SCOPE("outer");
        throws(1);
    } catch (const std::runtime_error &e) {
        TELLS(SLM_ERROR(("what", e.what())), fields, "what:string=thrown");
    }
    CALLS("new 1, enter 1, new 2, enter 2, new 3, enter 3, exit 3, end 3, exit 2, end 2, exit 1, end 1, event");
}

template <class T> void generic(T value)
{
    SLM_INFO(("value", value), "generic");
}

void a_template_has_a_callsite_for_each_type()
{
    TELLS(generic(1), fields, "value:i64=1");
    uint32_t first = now.metadata->id;
    TELLS(generic(0.5), fields, "value:f64=0.5");
    uint32_t second = now.metadata->id;
    TELLS(generic("text"), fields, "value:string=text");
    if (first == second || now.metadata->id == second)
        expect("ids", "the same", "three", __LINE__);
}

void options_are_a_chain()
{
    slm_span p = SLM_SPAN("p");
    slm_span s = SLM_SPAN_WITH((.kind(SLM_KIND_CLIENT).parent(slm_under(p)).start_ns(77)), "GET", ("a", 1));
    if (now.kind != SLM_KIND_CLIENT || now.parent.how != SLMI_UNDER_SPAN || now.parent.span.id != p.id ||
        now.time_ns != 77)
        expect("options", "others", "what was given", __LINE__);
    SLM_EVENT_WITH((.parent(SLM_ROOT).time_ns(78)), SLM_LEVEL_INFO, "x");
    if (now.parent.how != SLMI_UNDER_ROOT || now.time_ns != 78)
        expect("options", "others", "what was given", __LINE__);
    slm_span_end(SLM_SPAN_WITH((), "defaults"));
    if (now.kind != SLM_KIND_INTERNAL || now.parent.how != SLMI_UNDER_CURRENT)
        expect("options", "others", "the defaults", __LINE__);
    TELLS(SLM_SET(s, "late", value_of({ 1, 2, 3 })), fields, "late:i64=12");
    slm_span_end(s);
    slm_span_end(p);
}

void lambdas_and_members_are_named_after_themselves()
{
    auto lambda = [](int n) {
        SLM_FUNCTION(("n", n));
        return n;
    };
    lambda(5);
    expect("lambda", std::string(now.metadata->name.data, now.metadata->name.len), "operator()", __LINE__);
    struct local {
        int member() const
        {
            SLM_FUNCTION(("this", this));
            return 1;
        }
    };
    local().member();
    expect("member", std::string(now.metadata->name.data, now.metadata->name.len), "member", __LINE__);
    expect("target", std::string(now.metadata->target.data, now.metadata->target.len), "unit::cpp", __LINE__);
}

void nothing_is_evaluated_when_disabled()
{
    int n = 0;
    auto next = [&n] { return ++n; };
    answers.interest = SLM_INTEREST_NEVER;
    SLM_SCOPE("never", ("n", next()));
    SLM_INFO(("n", std::to_string(next()).c_str()), "%d", next());
    slm_span_end(
        SLM_SPAN_WITH((.start_ns(static_cast<uint64_t>(next()))), "never", ("own", value_of({ next(), 2, 3 }))));
    expect("evaluated", std::to_string(n), "0", __LINE__);
}
} // namespace

int main()
{
    seen_begin();
    values_are_typed_by_what_they_are();
    an_exception_leaves_and_ends_every_scope();
    a_template_has_a_callsite_for_each_type();
    options_are_a_chain();
    lambdas_and_members_are_named_after_themselves();
    nothing_is_evaluated_when_disabled();
    seen_end();
    return failures == 0 ? 0 : 1;
}
