/* SPDX-License-Identifier: MIT */
/* Work that another thread does for this one: what is current is captured here and attached there. The span may have
 * ended by then; it is a parent all the same. */
#include <spanloom/log.h>
#include <spanloom/trace.h>

#include <pthread.h>
#include <stdlib.h>

struct job {
    slm_context context;
    int yak;
};

static void *shear(void *argument)
{
    struct job *job = argument;
    slm_token attached = slm_context_attach(&job->context);
    {
        SLM_SCOPE("shear", ("yak", job->yak)); /* a child of "market_day", on another thread */
        SLM_INFO("wool!");
    }
    slm_context_detach(attached);
    slm_context_release(&job->context); /* its owner, once; here the thread */
    return NULL;
}

int main(void)
{
    struct job job = { .yak = 1 };
    pthread_t thread;

    slm_init_log(NULL);
    {
        SLM_SCOPE("market_day", ("town", "Lukla"));
        job.context = slm_context_capture();
        if (pthread_create(&thread, NULL, shear, &job) != 0)
            return EXIT_FAILURE;
        pthread_join(thread, NULL);
        SLM_INFO("sold");
    }
    slm_log_shutdown(0);
    return EXIT_SUCCESS;
}
