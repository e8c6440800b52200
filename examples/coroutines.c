/* SPDX-License-Identifier: MIT */
/* Coroutines: two lines around each resume, and scopes may stand open over any yield. Made of ucontext here; minicoro,
 * libaco and libco take the same two lines. */
#include <spanloom/context.h>
#include <spanloom/log.h>
#include <spanloom/trace.h>

#include <stdlib.h>
#include <ucontext.h>

enum { STACK = 256 * 1024, COROUTINES = 3 };

struct coroutine {
    ucontext_t own, resumer;
    slm_context_slot slot; /* what it has entered while it does not run */
    char *stack;
    const char *yak;
    bool done;
};

static struct coroutine *running;

static void yield(void)
{
    swapcontext(&running->own, &running->resumer);
}

static void resume(struct coroutine *c)
{
    running = c;
    slm_context_swap(&c->slot);
    swapcontext(&c->resumer, &c->own);
    slm_context_swap(&c->slot);
}

static void shave(void)
{
    {
        SLM_SCOPE("shave", ("yak", running->yak));
        SLM_INFO("caught");
        yield();
        {
            SLM_SCOPE("lather");
            SLM_INFO("foam");
            yield(); /* inside two scopes */
            SLM_INFO("rinsed");
        }
        SLM_INFO("shaved");
    }
    running->done = true;
    yield();
}

static bool make(struct coroutine *c, const char *yak)
{
    *c = (struct coroutine){ .yak = yak, .stack = malloc(STACK) };
    if (!c->stack || getcontext(&c->own) != 0)
        return false;
    c->own.uc_stack.ss_sp = c->stack;
    c->own.uc_stack.ss_size = STACK;
    makecontext(&c->own, shave, 0);
    return true;
}

int main(void)
{
    static const char *const yaks[COROUTINES] = { "Frieda", "Berta", "Olga" };
    static struct coroutine coroutines[COROUTINES];

    slm_init_log(NULL);
    for (int i = 0; i < COROUTINES; i++) {
        if (!make(&coroutines[i], yaks[i]))
            return EXIT_FAILURE;
    }
    for (int turn = 0; turn < 3; turn++) {
        SLM_SCOPE("turn", ("number", turn));
        for (int i = 0; i < COROUTINES - (turn == 2); i++)
            resume(&coroutines[i]);
        SLM_INFO("turned");
    }
    for (int i = 0; i < COROUTINES; i++) {
        slm_context_abandon(&coroutines[i].slot); /* Olga's is destroyed while suspended inside two scopes */
        free(coroutines[i].stack);
    }
    slm_log_shutdown(0);
    return EXIT_SUCCESS;
}
