/* SPDX-License-Identifier: MIT */
#include <spanloom/watch.h>

void slm_watch_arm(slm_watch *watch, slm_watch_ready *ready)
{
    slm_context before = watch->context;
    watch->context = slm_context_capture();
    watch->ready = ready;
    slm_context_release(&before);
}

void slm_watch_run(slm_watch *watch, uint32_t events)
{
    if (!watch->ready)
        return;
    slm_resumed in = slm_context_resume(&watch->context);
    watch->ready(watch, events);
    slm_context_leave(&in);
}

void slm_watch_disarm(slm_watch *watch)
{
    if (!watch)
        return;
    slm_context_release(&watch->context);
    watch->ready = NULL;
}
