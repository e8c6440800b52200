/* SPDX-License-Identifier: MIT */
/* Many yaks are shaved at a time on one thread, so none can be inside its span all the while: each poll enters it and
 * leaves it again. What happens in between belongs to this yak, however the polls of the others fall. */
#include "examples/demo/yak.h"
#include <spanloom/trace.h>

#include <errno.h>

enum { CATCH_MS = 5 };

/* Goes on from where the last poll left. True: there is nothing more to do. */
static bool poll_yak(struct yak *yak)
{
    const struct yak_nature *nature = yak->nature;
    SLM_ENTER(yak->span);

    switch (yak->state) {
    case YAK_CAUGHT:
        SLM_INFO("caught");
        yak->step = SLM_SPAN("lather",
                             ("foam_l", nature->foam_l)); /* a child of this yak's span, and open until a later poll */
        loop_timer_set(&yak->timer, nature->lather_ms);
        yak->state = YAK_LATHERED;
        return false;

    case YAK_LATHERED:
        slm_span_end(yak->step);
        if (nature->shy) {
            SLM_WARN("nothing left but hoof prints");
            slm_span_fail(yak->span, ENOENT, "yak %d ran away", nature->id);
            return true;
        }
        yak->step = SLM_SPAN("cut", ("wool_kg", nature->wool_kg));
        loop_timer_set(&yak->timer, nature->cut_ms);
        yak->state = YAK_CUT;
        return false;

    case YAK_CUT:
        slm_span_end(yak->step);
        SLM_INFO("yak shaved successfully");
        return true;
    }
    return true;
}

static void on_timer(void *owner)
{
    struct yak *yak = owner;
    if (!poll_yak(yak))
        return;
    loop_timer_close(&yak->timer);
    slm_span_end(yak->span); /* once it has been left */
    yak->finished(yak->owner, !yak->nature->shy);
}

bool yak_start(struct yak *yak, const struct yak_nature *nature, struct loop *loop,
               void (*finished)(void *owner, bool shaved), void *owner)
{
    *yak = (struct yak){ .nature = nature, .state = YAK_CAUGHT, .finished = finished, .owner = owner };
    if (!loop_timer_open(loop, &yak->timer, on_timer, yak))
        return false;
    yak->span = SLM_SPAN("shave", ("yak", nature->id), ("coat", nature->coat));
    loop_timer_set(&yak->timer, CATCH_MS);
    return true;
}
