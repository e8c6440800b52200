/* SPDX-License-Identifier: MIT */
/* The functions whose disassembly hot_path.sh reads; valid C and C++. */
#include <spanloom/trace.h>

#ifdef __cplusplus
extern "C" {
#endif
int other(int n);
int event(int n, const char *text);
int event_before_call(int n, const char *text);
int two_events(int n, const char *text);
int scope(int n, const char *text);
int scope_around_call(int n, const char *text);
int span(int n, const char *text);
int asked(int n);
int main(void);
#ifdef __cplusplus
}
#endif

__attribute__((noinline)) int other(int n)
{
    __asm__ volatile("" : "+r"(n));
    return n;
}

int event(int n, const char *text)
{
    SLM_INFO(("number", n), ("text", text), "%d of them", n);
    return n + 1;
}

int event_before_call(int n, const char *text)
{
    SLM_INFO(("number", n), ("text", text));
    return other(n) + 1;
}

int two_events(int n, const char *text)
{
    SLM_INFO(("number", n), "first");
    SLM_ERROR(("text", text), "second");
    return n + 1;
}

int scope(int n, const char *text)
{
    SLM_SCOPE("scope", ("number", n), ("text", text));
    return n + 1;
}

int scope_around_call(int n, const char *text)
{
    SLM_SCOPE("scope", ("number", n), ("text", text));
    return other(n) + 1;
}

int span(int n, const char *text)
{
    slm_span s = SLM_SPAN("span", ("number", n), ("text", text));
    int m = other(n);
    slm_span_end(s);
    return m + 1;
}

int asked(int n)
{
    return SLM_ENABLED(SLM_LEVEL_INFO) ? other(n) : n;
}

int main(void)
{
    return event(1, "") + event_before_call(2, "") + two_events(2, "") + scope(3, "") + scope_around_call(4, "") +
           span(5, "") + asked(6);
}
