/* SPDX-License-Identifier: MIT */
/* Shared work: two requests need one name resolved, which a pool does once, in the background. A span has one parent:
 * the resolution is a child of the request that asked first, and linked to the one that joined. Both links are in what
 * is exported, whichever request ends first. */
#include <spanloom/job.h>
#include <spanloom/sdk.h>
#include <spanloom/thread.h>
#include <spanloom/trace.h>

#include <stdlib.h>
#include <string.h>

enum { WAITING = 4 };

/* One resolution under way; who waits for it leaves a job that runs in its own request. */
struct resolution {
    const char *name;
    slm_span span;
    slm_job work, waiting[WAITING];
    unsigned waiters;
    const char *address;
};

static struct resolution one;

/* -- the pool's side --------------------------------------------------------------------------------------------------
 */

static void resolve(void *argument)
{
    struct resolution *r = argument;
    SLM_ENTER(r->span);
    SLM_INFO("asked the name server");
    r->address = strcmp(r->name, "yaks.example") == 0 ? "192.0.2.7" : NULL;
}

static void *work(void *argument)
{
    slm_job_run(argument);
    return NULL;
}

/* -- the loop's side --------------------------------------------------------------------------------------------------
 */

static void answer(void *argument)
{
    const struct resolution *r = argument;
    SLM_INFO(("address", r->address), "connects");
}

/* Inside a request: the first one starts the work, the others join it. */
static void want(struct resolution *r, const char *name)
{
    if (!slm_span_is_enabled(r->span)) {
        r->name = name;
        r->span = SLM_SPAN("resolve", ("name", name));
        slm_job_bind(&r->work, resolve, r);
    } else {
        slm_span_context joined;
        if (slm_current_context(&joined))
            slm_span_add_link(r->span, (slm_link){ .context = &joined });
    }
    slm_job_bind(&r->waiting[r->waiters++], answer, r);
}

int main(void)
{
    slm_span requests[2];
    pthread_t worker;

    if (slm_init(NULL) != SLM_OK)
        return EXIT_FAILURE;
    for (int i = 0; i < 2; i++) {
        requests[i] = SLM_SPAN_WITH((.parent = SLM_ROOT, .kind = SLM_KIND_SERVER), "request", ("number", i));
        SLM_ENTER(requests[i]);
        want(&one, "yaks.example");
    }
    if (pthread_create(&worker, NULL, work, &one.work) != 0)
        return EXIT_FAILURE;
    pthread_join(worker, NULL);
    slm_span_end(one.span);
    for (unsigned i = 0; i < one.waiters; i++)
        slm_job_run(&one.waiting[i]);
    for (int i = 0; i < 2; i++)
        slm_span_end(requests[i]);
    return slm_shutdown(2000) == SLM_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
