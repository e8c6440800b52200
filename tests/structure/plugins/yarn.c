/* SPDX-License-Identifier: MIT */
#define SLM_TARGET "yarn"
#include "tests/structure/plugins/yarn.h"

#include <spanloom/trace.h>

int yarn_spin(int turns)
{
    SLM_FUNCTION(("turns", turns));
    {
        SLM_SCOPE("spinning", ("turns", turns));
        SLM_DEBUG(("turns", turns), "spinning %d", turns);
    }
    SLM_INFO("spun");
    return turns + 1;
}
