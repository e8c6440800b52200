/* SPDX-License-Identifier: MIT */
#include "core/diagnostics.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/output.h"
#include "core/thread.h"

enum { MESSAGE_MAX = 500, SUFFIX_MAX = 64 };

/* A handler and its argument are read as a pair: the slot that `current` names is never written again once published,
 * but for a replacement 64 replacements later. */
struct handler {
    slm_diagnostic_handler *call;
    void *user;
};
enum { HANDLERS = 64 };

static struct handler handlers[HANDLERS];
static _Atomic(uint32_t) current_handler; /* 0: the default */
static _Atomic(uint32_t) handler_count;
static _Atomic(int) to_stderr;
static _Atomic(uint64_t) counts[SLM_DIAGNOSTIC_KINDS];
static _Atomic(uint64_t) told[SLM_DIAGNOSTIC_KINDS]; /* what the count was when it was told */
static _Atomic(uint64_t) last[SLM_DIAGNOSTIC_KINDS]; /* when it was told; 0: never */
static _Atomic(uint32_t) interval_ms = SLM_DIAGNOSTIC_INTERVAL_MS;

/* The kinds that a handler on this thread is just told of. */
static _Thread_local uint32_t telling __attribute__((tls_model("initial-exec")));
SLMI_ASSERT((int)SLM_DIAGNOSTIC_KINDS <= 32, "a bit each");

void slm_set_diagnostic_handler(slm_diagnostic_handler *handler, void *user)
{
    uint32_t at = 1 + atomic_fetch_add_explicit(&handler_count, 1, memory_order_relaxed) % (HANDLERS - 1);
    handlers[at] = (struct handler){ handler, user };
    /* Pairs with the acquire in tell(). */
    atomic_store_explicit(&current_handler, at, memory_order_release);
}

uint64_t slm_diagnostic_count(slm_diagnostic_kind kind)
{
    if ((unsigned)kind >= SLM_DIAGNOSTIC_KINDS)
        return 0;
    return atomic_load_explicit(&counts[kind], memory_order_relaxed);
}

const char *slm_diagnostic_name(slm_diagnostic_kind kind)
{
    switch (kind) {
#define ROW(constant, value, name)                                                                                     \
    case constant:                                                                                                     \
        return name;
        SLM_DIAGNOSTIC_MAP(ROW)
#undef ROW
    }
    return "unknown";
}

void slmi_diagnostics_to_stderr(bool quiet)
{
    atomic_store_explicit(&to_stderr, quiet ? 0 : 1, memory_order_relaxed);
}

void slm_set_diagnostic_interval(uint32_t ms)
{
    atomic_store_explicit(&interval_ms, ms, memory_order_relaxed);
}

void slmi_diagnostics_fork_child(void)
{
    for (unsigned i = 0; i < SLM_DIAGNOSTIC_KINDS; i++) {
        atomic_store_explicit(&counts[i], 0, memory_order_relaxed);
        atomic_store_explicit(&told[i], 0, memory_order_relaxed);
        atomic_store_explicit(&last[i], 0, memory_order_relaxed);
    }
}

static void print(const char *message)
{
    char line[MESSAGE_MAX + 16];
    int n = snprintf(line, sizeof line, "spanloom: %s\n", message);
    if (n > 0)
        (void)slmi_output_write(STDERR_FILENO, line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
}

static void tell(slm_diagnostic_kind kind, const char *message)
{
    uint32_t at = atomic_load_explicit(&current_handler, memory_order_acquire);
    if (at == 0) {
        if (atomic_load_explicit(&to_stderr, memory_order_relaxed))
            print(message);
        return;
    }
    struct handler h = handlers[at];
    if (!h.call)
        return;
    uint32_t inside = slmi_thread_mute();
    h.call(h.user, kind, message);
    slmi_thread_unmute(inside);
}

/* Whether the case is this caller's to tell: of several at once, one gets it. */
static bool is_due(slm_diagnostic_kind kind)
{
    uint32_t ms = atomic_load_explicit(&interval_ms, memory_order_relaxed);
    uint64_t at = atomic_load_explicit(&last[kind], memory_order_relaxed);
    if (at && ms == UINT32_MAX)
        return false;
    uint64_t now = slmi_now();
    /* Signed: another core's clock may be a little behind. */
    if (at && ms && (int64_t)(now - at) < (int64_t)ms * 1000000)
        return false;
    return atomic_compare_exchange_strong_explicit(&last[kind], &at, now ? now : 1, memory_order_relaxed,
                                                   memory_order_relaxed);
}

/* How many cases were not told of since the last that was. */
static uint64_t untold(slm_diagnostic_kind kind)
{
    uint64_t count = atomic_load_explicit(&counts[kind], memory_order_relaxed);
    uint64_t before = atomic_exchange_explicit(&told[kind], count, memory_order_relaxed);
    return count > before + 1 ? count - before - 1 : 0;
}

bool slmi_diagnostic_claim(slm_diagnostic_kind kind)
{
    atomic_fetch_add_explicit(&counts[kind], 1, memory_order_relaxed);
    return !(telling & UINT32_C(1) << kind) && is_due(kind);
}

static void say(slm_diagnostic_kind kind, const char *format, va_list args)
{
    int saved = errno;
    char message[MESSAGE_MAX];
    int wanted = vsnprintf(message, sizeof message, format, args);
    uint64_t more = untold(kind);
    size_t len = wanted < 0 ? 0 : (size_t)wanted < MESSAGE_MAX - SUFFIX_MAX ? (size_t)wanted : MESSAGE_MAX - SUFFIX_MAX;
    if (more)
        snprintf(message + len, sizeof message - len, " (and %" PRIu64 " more since the last of them)", more);
    telling |= UINT32_C(1) << kind;
    tell(kind, message);
    telling &= ~(UINT32_C(1) << kind);
    errno = saved;
}

void slmi_diagnostic_say(slm_diagnostic_kind kind, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(kind, format, args);
    va_end(args);
}

void slmi_diagnose(slm_diagnostic_kind kind, const char *format, ...)
{
    if (!slmi_diagnostic_claim(kind))
        return;
    va_list args;
    va_start(args, format);
    say(kind, format, args);
    va_end(args);
}
