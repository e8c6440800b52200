/* SPDX-License-Identifier: MIT */
/* A program as it was written for rxi's log.c. Compiled twice: with its include replaced, and as it is, with the facade
 * put before it on the compiler's command line. */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#ifdef INCLUDE_IS_REPLACED
#include <spanloom/log_facade.h>
#else
#include "log.h"
#endif

#include "tests/unit/log_program.h"

#define CHECK(cond, ...)                                                                                               \
    do {                                                                                                               \
        if (!(cond)) {                                                                                                 \
            log_error(__VA_ARGS__);                                                                                    \
            goto error;                                                                                                \
        }                                                                                                              \
    } while (0)

struct account {
    const char *owner;
    int64_t balance;
};

static int refuse(const struct account *a, const char *why)
{
    return log_warn("%s: refused, %s", a->owner, why), -1;
}

static int withdraw(struct account *a, int64_t amount)
{
    log_debug("%s withdraws %" PRId64 " of %" PRId64, a->owner, amount, a->balance);
    if (amount <= 0)
        return refuse(a, "nothing to pay out");
    if (amount > a->balance)
        log_warn("%s has only %" PRId64, a->owner, a->balance);
    else
        a->balance -= amount;
    amount > 1000 ? log_info("that is a lot") : log_trace("that is little");
    return 0;
}

int log_program(void)
{
    struct account a = { "Frieda", 50 };
    log_set_level(LOG_TRACE);
    log_set_quiet(false);
    log_trace("start");
    CHECK(withdraw(&a, 20) == 0, "cannot withdraw");
    CHECK(withdraw(&a, 2000) == 0, "cannot withdraw");
    for (int level = LOG_TRACE; level <= LOG_FATAL; level++)
        log_log(level, __FILE__, 99, "at level %d", level);
    LOG_INFO("balance is %" PRId64, a.balance);
    errno = ENOENT;
    CHECK(withdraw(&a, -1) == 0, "withdraw(%d): %s", -1, strerror(errno));
    return 0;

error:
    LOG_FATAL("giving up");
    return 1;
}
