/* SPDX-License-Identifier: MIT */
#include "core/layers/loans.h"

#include "core/alloc.h"

bool slmi_loans_init(slmi_loans *loans, size_t bytes)
{
    loans->bytes = bytes;
    loans->memory = slmi_alloc(SLMI_LOANS * bytes); /* pages that nobody borrows cost nothing */
    atomic_store_explicit(&loans->taken, 0, memory_order_relaxed);
    return loans->memory != NULL;
}

void slmi_loans_destroy(slmi_loans *loans)
{
    slmi_free(loans->memory);
    loans->memory = NULL;
}

void slmi_loans_forget(slmi_loans *loans)
{
    atomic_store_explicit(&loans->taken, 0, memory_order_relaxed);
}

char *slmi_loans_take(slmi_loans *loans)
{
    uint32_t taken = atomic_load_explicit(&loans->taken, memory_order_relaxed);
    while (taken != UINT32_MAX) {
        unsigned at = (unsigned)__builtin_ctz(~taken);
        /* Acquire pairs with the release in slmi_loans_give(): the lender before is done with it. */
        if (atomic_compare_exchange_weak_explicit(&loans->taken, &taken, taken | UINT32_C(1) << at,
                                                  memory_order_acquire, memory_order_relaxed))
            return loans->memory + at * loans->bytes;
    }
    return NULL;
}

void slmi_loans_give(slmi_loans *loans, char *buffer)
{
    size_t at = (size_t)(buffer - loans->memory) / loans->bytes;
    atomic_fetch_and_explicit(&loans->taken, ~(UINT32_C(1) << at), memory_order_release);
}
