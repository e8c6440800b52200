/* SPDX-License-Identifier: MIT */
/* What an event and a scope cost when nobody listens, through the shared library, beside the same shape written by
 * hand: a relaxed load and a branch. */
#include <stdio.h>
#include <stdlib.h>

#include <spanloom/trace.h>

#include "bench/figure.h"

enum { OPS = 50000000 };

static uint64_t gate;
static void __attribute__((cold, noinline)) by_hand(void)
{
    __asm__ volatile("");
}

#define LOOP(name, ...)                                                                                                \
    static double name(void *user, uint64_t ops)                                                                       \
    {                                                                                                                  \
        const char *text = user;                                                                                       \
        uint64_t start = figure_cpu_ns();                                                                              \
        for (uint64_t i = 0; i < ops; i++) {                                                                           \
            __VA_ARGS__                                                                                                \
            __asm__ volatile("" : "+r"(i), "+r"(text));                                                                \
        }                                                                                                              \
        return (double)(figure_cpu_ns() - start);                                                                      \
    }

static inline void end_by_hand(const uint64_t *entered)
{
    if (__builtin_expect(*entered != 0, 0))
        by_hand();
}

LOOP(empty_loop, ;)
LOOP(event_by_hand, if (__builtin_expect((__atomic_load_n(&gate, __ATOMIC_RELAXED) & 3) != 0, 0)) by_hand();)
LOOP(event_plain, SLM_INFO("shaved");)
LOOP(event_fields, SLM_INFO(("i", i), ("text", text), "shaved %s", text);)
LOOP(
    scope_by_hand, uint64_t entered __attribute__((cleanup(end_by_hand))) = 0;
    if (__builtin_expect((__atomic_load_n(&gate, __ATOMIC_RELAXED) & 3) != 0, 0)) {
        by_hand();
        entered = gate;
    })
LOOP(scope_plain, SLM_SCOPE("shave");)
LOOP(scope_fields, SLM_SCOPE("shave", ("i", i), ("text", text));)

/* Issue: at most 1.5 times the same shape by hand, or 0.1 ns above it. */
static int judge(const char *what, double ours, double hand)
{
    double ratio = hand > 0 ? ours / hand : 0;
    int good = ours <= 1.5 * hand || ours <= hand + 0.1;
    printf("#   %-40s %.2f of by hand, %+.2f ns: %s\n", what, ratio, ours - hand, good ? "within" : "ABOVE");
    return good;
}

int main(void)
{
    static char text[] = "Frieda";
    figure_calibrate("before");
    figure("limit: an empty loop", OPS, empty_loop, text);
    double event = figure("disabled event, by hand", OPS, event_by_hand, text);
    double plain = figure("disabled event", OPS, event_plain, text);
    double fields = figure("disabled event, 2 fields and a format", OPS, event_fields, text);
    double scope = figure("disabled scope, by hand", OPS, scope_by_hand, text);
    double bare = figure("disabled scope", OPS, scope_plain, text);
    double full = figure("disabled scope, 2 fields", OPS, scope_fields, text);
    int good = judge("event", plain, event) & judge("event, 2 fields", fields, event) & judge("scope", bare, scope) &
               judge("scope, 2 fields", full, scope);
    figure_calibrate("after");
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
