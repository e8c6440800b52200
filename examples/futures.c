/* SPDX-License-Identifier: MIT */
/* Futures: a chain of callbacks, each started by the one before, inside one instrumented task. Nothing is on the stack
 * between two of them, and other tasks' run there; yet each event is in the span of its own chain. What the callbacks
 * call knows nothing of tasks: it logs, and opens scopes. */
#include <spanloom/log.h>
#include <spanloom/task.h>

#include <errno.h>
#include <stdlib.h>

enum { QUEUE = 16, TASKS = 3 };

/* A future: what is to be done when the one before is there, with its value or its error. */
struct chain {
    slm_task task;
    void (*next)(struct chain *chain, int error);
    const char *yak;
    double wool_kg;
};

/* -- the loop: calls what is ready, first come, first served --------------------------------------------------------
 */

static struct {
    struct chain *ready[QUEUE];
    int errors[QUEUE];
    unsigned head, tail;
} loop;

static void then(struct chain *chain, void (*next)(struct chain *chain, int error), int error)
{
    chain->next = next;
    loop.ready[loop.tail % QUEUE] = chain;
    loop.errors[loop.tail++ % QUEUE] = error;
}

static void run_loop(void)
{
    SLM_SCOPE("loop");
    while (loop.head != loop.tail) {
        struct chain *chain = loop.ready[loop.head % QUEUE];
        int error = loop.errors[loop.head++ % QUEUE];
        SLM_TASK_RUN(chain->task); /* entered here, left at the end of the turn: what `instrument` does at each poll */
        chain->next(chain, error);
    }
}

/* -- the chain: catch, shear and weigh, or the error's branch ---------------------------------------------------------
 */

static void done(struct chain *chain, int error)
{
    if (error)
        slm_span_fail(chain->task.span, error, "%s is still woolly", chain->yak);
    SLM_SET(chain->task.span, "wool_kg", chain->wool_kg);
    SLM_INFO("done");
    slm_task_end(chain->task); /* ends with this turn */
}

static void weigh(struct chain *chain, int error)
{
    if (error)
        SLM_WARN(("error", slm_errno(error)), "nothing to weigh");
    else
        chain->wool_kg = 2.5;
    then(chain, done, error);
}

static int cut(const char *yak)
{
    SLM_SCOPE("cut");
    if (yak[0] == 'B') {
        SLM_ERROR("the razor is blunt");
        return EIO;
    }
    SLM_INFO("cut");
    return 0;
}

static void shear(struct chain *chain, int error)
{
    then(chain, weigh, error ? error : cut(chain->yak));
}

static void caught(struct chain *chain, int error)
{
    SLM_INFO("caught");
    then(chain, shear, error);
}

int main(void)
{
    static const char *const yaks[TASKS] = { "Frieda", "Berta", "Olga" };
    static struct chain chains[TASKS];

    slm_init_log(NULL);
    for (int i = 0; i < TASKS; i++) {
        chains[i] = (struct chain){ .task = SLM_TASK("shave", ("yak", yaks[i])), .yak = yaks[i] };
        then(&chains[i], caught, 0);
    }
    run_loop();
    slm_log_shutdown(0);
    return EXIT_SUCCESS;
}
