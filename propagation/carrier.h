/* SPDX-License-Identifier: MIT */
/* What a caller's getter and setter offer, by the size that they were built with. */
#ifndef SPANLOOM_PROPAGATION_CARRIER_H
#define SPANLOOM_PROPAGATION_CARRIER_H

#include <spanloom/propagation.h>

static inline bool slmi_getter_is_usable(const slm_getter *getter)
{
    return getter && getter->size >= offsetof(slm_getter, get) + sizeof getter->get && getter->get;
}

static inline bool slmi_setter_is_usable(const slm_setter *setter)
{
    return setter && setter->size >= offsetof(slm_setter, set) + sizeof setter->set && setter->set;
}

/* Removes what a carrier has from before, where it can. */
static inline void slmi_setter_remove(const slm_setter *setter, void *carrier, slm_string name)
{
    if (setter->size >= offsetof(slm_setter, remove) + sizeof setter->remove && setter->remove)
        setter->remove(carrier, name);
}

#endif
