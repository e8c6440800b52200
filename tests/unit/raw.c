/* SPDX-License-Identifier: MIT */
#include "tests/unit/raw.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void note(raw *self, const char *what, uint64_t span)
{
    size_t used = strlen(self->calls);
    (void)snprintf(self->calls + used, sizeof self->calls - used, span ? "%s%s %" PRIu64 : "%s%s", used ? ", " : "",
                   what, span);
    if (self->inside)
        self->inside(self);
}

static void check(raw *self, const slm_metadata *meta)
{
    if (!atomic_load(&self->known[meta->id]))
        self->unregistered++;
}

static slm_interest register_callsite(void *user, const slm_metadata *meta)
{
    raw *self = user;
    self->registered++;
    atomic_store(&self->known[meta->id], true);
    if (self->inside)
        self->inside(self);
    return self->max_level && meta->level > self->max_level ? SLM_INTEREST_NEVER : self->interest;
}

static bool enabled(void *user, const slm_metadata *meta)
{
    raw *self = user;
    self->asked++;
    check(self, meta);
    return !self->disabled;
}

static uint64_t new_span(void *user, slm_hit *hit)
{
    raw *self = user;
    self->started++;
    check(self, slm_hit_metadata(hit));
    uint64_t id = atomic_fetch_add(&self->last, 1) + 1;
    note(self, "new", id);
    return id;
}

static void record(void *user, uint64_t span, const slm_field *field)
{
    raw *self = user;
    (void)field;
    self->recorded++;
    note(self, "record", span);
}

static void event(void *user, slm_hit *hit)
{
    raw *self = user;
    self->events++;
    check(self, slm_hit_metadata(hit));
    note(self, "event", 0);
}

static void enter(void *user, uint64_t span)
{
    raw *self = user;
    self->entered++;
    note(self, "enter", span);
}

static void leave(void *user, uint64_t span)
{
    raw *self = user;
    self->left++;
    note(self, "exit", span);
}

static void end(void *user, uint64_t span)
{
    raw *self = user;
    self->ended++;
    note(self, "end", span);
}

static void destroy(void *user)
{
    raw *self = user;
    self->destroyed++;
}

static const slm_subscriber_ops ops = { .size = (uint32_t)sizeof ops,
                                        .register_callsite = register_callsite,
                                        .enabled = enabled,
                                        .new_span = new_span,
                                        .record = record,
                                        .event = event,
                                        .enter = enter,
                                        .exit = leave,
                                        .end = end,
                                        .destroy = destroy };

raw *raw_new(void)
{
    raw *self = calloc(1, sizeof *self);
    if (!self)
        abort();
    self->interest = SLM_INTEREST_ALWAYS;
    if (slm_subscriber_new(&ops, self, &self->subscriber) != SLM_OK)
        abort();
    return self;
}

bool raw_done(raw *self)
{
    slm_subscriber_release(self->subscriber);
    bool destroyed = self->destroyed == 1;
    if (destroyed)
        free(self);
    return destroyed;
}
