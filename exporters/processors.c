/* SPDX-License-Identifier: MIT */
/* Locks: one mutex, over the list of those that live; never held while a function of the host's runs. */
#include "exporters/processors.h"

#include "core/alloc.h"
#include "exporters/deadline.h"
#include <spanloom/processor.h>

#include <pthread.h>
#include <string.h>

typedef struct processor {
    slm_processor_ops ops;
    void *self;
    unsigned users; /* its layer, and flushes that are under way; guarded */
    bool set_up;    /* guarded */
} processor;

enum { LIVING_MAX = 2 * SLM_PROCESSORS_MAX };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static processor *living[LIVING_MAX]; /* guarded; those of a set-up before may go late */

static void on_start(void *self, const slm_view *view)
{
    processor *p = self;
    if (p->ops.on_start)
        p->ops.on_start(p->self, slm_view_span(view), view);
}

static void on_ending(void *self, const slm_view *view)
{
    processor *p = self;
    if (p->ops.on_ending)
        p->ops.on_ending(p->self, slm_view_span(view), view);
}

static void on_end(void *self, const slm_view *view)
{
    processor *p = self;
    if (p->ops.on_end)
        p->ops.on_end(p->self, view);
}

/* The last user goes: nobody finds it any more. */
static void leave(processor *p)
{
    pthread_mutex_lock(&mutex);
    bool last = --p->users == 0, set_up = p->set_up;
    for (unsigned i = 0; last && i < LIVING_MAX; i++)
        living[i] = living[i] == p ? NULL : living[i];
    pthread_mutex_unlock(&mutex);
    if (!last)
        return;
    if (p->ops.shutdown && set_up)
        p->ops.shutdown(p->self);
    slmi_free(p);
}

static void destroy(void *self)
{
    leave(self);
}

/* Inside fork(): another thread may have held the mutex. */
static void on_fork(void *self)
{
    (void)self;
    static const pthread_mutex_t fresh = PTHREAD_MUTEX_INITIALIZER;
    memcpy(&mutex, &fresh, sizeof mutex);
}

static const slm_layer_ops follower = {
    .size = sizeof follower,
    .on_start = on_start,
    .on_ending = on_ending,
    .on_end = on_end,
    .destroy = destroy,
    .on_fork = on_fork,
};

static bool enlist(processor *p)
{
    pthread_mutex_lock(&mutex);
    unsigned i = 0;
    while (i < LIVING_MAX && living[i])
        i++;
    bool room = i < LIVING_MAX;
    if (room)
        living[i] = p;
    pthread_mutex_unlock(&mutex);
    return room;
}

static slm_status make(const slm_processor *given, slm_layer *out)
{
    if (given->size < sizeof *given || !given->ops || given->ops->size < offsetof(slm_processor_ops, flush))
        return SLM_ERR_INVALID_ARGUMENT;
    processor *p = slmi_alloc_zeroed(sizeof *p);
    if (!p)
        return SLM_ERR_NO_MEMORY;
    memcpy(&p->ops, given->ops, given->ops->size < sizeof p->ops ? given->ops->size : sizeof p->ops);
    p->self = given->self;
    p->users = 1;
    *out = (slm_layer){ .size = (uint32_t)sizeof *out, .ops = &follower, .self = p };
    if (enlist(p))
        return SLM_OK;
    slmi_free(p);
    return SLM_ERR_LIMIT;
}

slm_status slmi_processors_make(const slm_config *config, const slm_layer **out, size_t *count)
{
    static slm_layer layers[SLM_PROCESSORS_MAX];
    *out = layers;
    *count = 0;
    if (!config || config->size < offsetof(slm_config, processor_count) + sizeof config->processor_count ||
        !config->processors)
        return SLM_OK;
    slm_status status = config->processor_count <= SLM_PROCESSORS_MAX ? SLM_OK : SLM_ERR_LIMIT;
    for (uint32_t i = 0; i < config->processor_count && status == SLM_OK; i++) {
        const char *at = (const char *)config->processors + (size_t)i * config->processors->size;
        status = make((const slm_processor *)(const void *)at, &layers[*count]);
        *count += status == SLM_OK;
    }
    while (status != SLM_OK && *count > 0)
        leave(layers[--*count].self);
    return status;
}

void slmi_processors_commit(void)
{
    pthread_mutex_lock(&mutex);
    for (unsigned i = 0; i < LIVING_MAX; i++)
        if (living[i])
            living[i]->set_up = true;
    pthread_mutex_unlock(&mutex);
}

slm_status slmi_processors_flush(uint32_t timeout_ms)
{
    slm_status status = SLM_OK;
    uint64_t due = slmi_deadline_after(slmi_deadline_now(), timeout_ms);
    for (unsigned i = 0; i < LIVING_MAX; i++) {
        pthread_mutex_lock(&mutex);
        processor *p = living[i];
        if (p)
            p->users++;
        pthread_mutex_unlock(&mutex);
        if (!p)
            continue;
        int left_ms = slmi_deadline_poll_ms(slmi_deadline_now(), due);
        slm_status own =
            p->ops.flush ? p->ops.flush(p->self, left_ms < 0 ? SLMI_ENDLESS_MS : (uint32_t)left_ms) : SLM_OK;
        status = status == SLM_OK ? own : status;
        leave(p);
    }
    return status;
}
