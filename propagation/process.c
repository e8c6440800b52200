/* SPDX-License-Identifier: MIT */
/* The propagators of the process: one pointer to a list that lives for good. */
#include "propagation/propagator.h"
#include "core/propagators_names.h"

#include <pthread.h>
#include <stdlib.h>

static const slm_propagators *process_wide; /* A release store publishes the list to slm_get_propagators(). */

void slm_set_propagators(const slm_propagators *propagators)
{
    __atomic_store_n(&process_wide, propagators, __ATOMIC_RELEASE);
}

static slm_propagators asked_for; /* by the environment at set-up; a name that is not known is told once, here */

static void read_names(void)
{
    (void)slm_propagators_parse(slm_string_from_c(slmi_propagators_names()), NULL, 0, &asked_for);
}

const slm_propagators *slm_get_propagators(void)
{
    static const slm_propagators none = { .count = 0 };
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    const slm_propagators *set = __atomic_load_n(&process_wide, __ATOMIC_ACQUIRE);
    if (set)
        return set;
    if (!slmi_propagators_names())
        return &none;
    pthread_once(&once, read_names);
    return &asked_for;
}

static bool is_same(const slm_propagators *a, const slm_propagators *b)
{
    return a->count == b->count && memcmp(a->items, b->items, sizeof a->items) == 0;
}

slm_status slm_propagators_from_environment(const slm_propagator *const *own, size_t own_count)
{
    /* A list that was published once may be in use on any thread, so none is written again. */
    static slm_propagators lists[SLM_PROPAGATORS_MAX];
    static size_t used;
    const char *names = getenv("OTEL_PROPAGATORS");
    if (!names || names[0] == '\0')
        names = "tracecontext,baggage";

    slm_propagators wanted;
    slm_status status = slm_propagators_parse(slm_string_from_c(names), own, own_count, &wanted);
    size_t at = 0;
    while (at < used && !is_same(&lists[at], &wanted))
        at++;
    if (at == SLM_PROPAGATORS_MAX)
        return SLM_ERR_LIMIT;
    if (at == used)
        lists[used++] = wanted;
    slm_set_propagators(&lists[at]);
    return status;
}
