/* SPDX-License-Identifier: MIT */
/* Claims in plain programs: a failed one says where and with which values, and the program goes on to the end. */
#ifndef SPANLOOM_TESTS_CHECK_H
#define SPANLOOM_TESTS_CHECK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static _Atomic int check_failures;

static inline void check_true(bool good, const char *claim, const char *file, int line)
{
    if (good)
        return;
    fprintf(stderr, "%s:%d: not so: %s\n", file, line, claim);
    atomic_fetch_add(&check_failures, 1);
}

static inline void check_equal(unsigned long long got, unsigned long long wanted, const char *claim, const char *file,
                               int line)
{
    if (got == wanted)
        return;
    fprintf(stderr, "%s:%d: %s is %llu, not %llu\n", file, line, claim, got, wanted);
    atomic_fetch_add(&check_failures, 1);
}

static inline void check_contains(const char *text, const char *part, const char *file, int line)
{
    if (strstr(text, part))
        return;
    fprintf(stderr, "%s:%d: \"%s\" is not in \"%s\"\n", file, line, part, text);
    atomic_fetch_add(&check_failures, 1);
}

/* What a sanitizer's run time does not survive is left out under it: a fork amid threads. The child of a
 * thread-sanitized program may start no thread, and an address-sanitized one may find the allocator's locks locked. */
#ifdef __has_feature
#define CHECK_UNDER(feature) __has_feature(feature)
#else
#define CHECK_UNDER(feature) 0
#endif
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__) || CHECK_UNDER(thread_sanitizer) ||                  \
    CHECK_UNDER(address_sanitizer)
enum { CHECK_FORKS = 0 };
#else
enum { CHECK_FORKS = 1 };
#endif

#define CHECK(claim) check_true((claim), #claim, __FILE__, __LINE__)
#define CHECK_EQUAL(got, wanted)                                                                                       \
    check_equal((unsigned long long)(got), (unsigned long long)(wanted), #got, __FILE__, __LINE__)
#define CHECK_CONTAINS(text, part) check_contains((text), (part), __FILE__, __LINE__)

/* For main()'s end. */
static inline int check_result(void)
{
    return atomic_load(&check_failures) == 0 ? 0 : 1;
}

#endif
