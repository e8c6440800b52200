/* SPDX-License-Identifier: MIT */
#include <spanloom/thread.h>

#include "core/alloc.h"
#include "core/diagnostics.h"

struct beginning {
    slm_context context;
    void *(*start)(void *);
    void *argument;
};

static void leave(void *resumed)
{
    slm_context_leave(resumed);
}

static void *begin(void *allocated)
{
    struct beginning b = *(struct beginning *)allocated;
    void *result;
    slmi_free(allocated);
    slm_resumed in = slm_context_resume_once(&b.context);
    pthread_cleanup_push(leave, &in); /* pthread_exit() and cancellation come by */
    result = b.start(b.argument);
    pthread_cleanup_pop(1);
    return result;
}

int slm_thread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *), void *argument)
{
    struct beginning here = { slm_context_capture(), start, argument };
    struct beginning *kept = here.context.id ? slmi_alloc(sizeof *kept) : NULL;
    if (!kept) {
        if (here.context.id)
            slmi_diagnose(SLM_DIAG_NO_MEMORY, "a thread starts without its creator's context: out of memory");
        slm_context_release(&here.context);
        return pthread_create(thread, attr, start, argument);
    }
    *kept = here;
    int error = pthread_create(thread, attr, begin, kept);
    if (error) {
        slm_context_release(&kept->context);
        slmi_free(kept);
    }
    return error;
}
