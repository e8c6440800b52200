/* SPDX-License-Identifier: MIT */
/* A raw subscriber that counts, and answers as it is told to. */
#ifndef SPANLOOM_TESTS_UNIT_RAW_H
#define SPANLOOM_TESTS_UNIT_RAW_H

#include <stdatomic.h>

#include <spanloom/subscriber.h>

enum { RAW_CALLS_MAX = 4096, RAW_SITES_MAX = 16384 };

typedef struct raw raw;
struct raw {
    slm_subscriber *subscriber;
    unsigned max_level;        /* above it: never; 0: no limit */
    slm_interest interest;     /* of the others */
    bool disabled;             /* what `enabled` answers, the other way round */
    void (*inside)(raw *self); /* called in each callback but `destroy` */
    atomic_uint registered, asked, started, recorded, events, entered, left, ended, destroyed;
    atomic_uint unregistered; /* told of a callsite that was never registered */
    atomic_uint_least64_t last;
    char calls[RAW_CALLS_MAX]; /* "new 1, enter 1, event, ..." of one thread */
    _Atomic(bool) known[RAW_SITES_MAX];
};

/* Zeroed but for the answer ALWAYS, and with a subscriber. */
raw *raw_new(void);
/* Releases the subscriber; true if it was destroyed, and then frees it. */
bool raw_done(raw *self);

#endif
