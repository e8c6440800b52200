/* SPDX-License-Identifier: MIT */
#include "tests/structure/plugins/plugin.h"

#include <errno.h>
#include <stdio.h>

#include <spanloom/trace.h>

static size_t print_number(const void *object, char *out, size_t room)
{
    return (size_t)snprintf(out, room, "<%d>", *(const int *)object);
}

int plugin_work(int n)
{
    SLM_FUNCTION(("number", n), ("debug", slm_debug(&n, print_number)));
    slm_span own = SLM_SPAN_WITH((.kind = SLM_KIND_PRODUCER), "own", ("number", n), ("late", SLM_EMPTY));
    SLM_SET(own, "late", slm_errno(ENOENT));
    SLM_WARN(("number", n), ("text", "of the plugin"), ("debug", slm_debug(&n, print_number)), "at %d", n);
    {
        SLM_ENTER(own);
        SLM_SCOPE("inner");
        n = yarn_spin(n);
        SLM_ERROR(("errno", slm_errno(EIO)));
    }
    slm_span_end(own);
    SLM_TRACE("done");
    return n;
}

slm_span plugin_open(int n)
{
    return SLM_SPAN("open", ("number", n), ("text", "of the plugin"));
}
