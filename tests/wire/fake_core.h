/* SPDX-License-Identifier: MIT */
/* The core as the exporters see it, played by the test: spans that end when the test says so, and what was said to the
 * host. Any thread may end spans; the rest is the test's own thread's. */
#ifndef SPANLOOM_TESTS_FAKE_CORE_H
#define SPANLOOM_TESTS_FAKE_CORE_H

#include "core/export.h"
#include <spanloom/diagnostic.h>

enum { FAKE_SPANS_MAX = 1 << 16 };

/* Forgets everything: spans, numbers, messages. Not while a consumer is open. */
void fake_reset(void);
/* Ends `count` spans, numbered on from the last; the id of number n is n + 1, big-endian. */
void fake_end(unsigned count);
/* How many ended so far. */
unsigned fake_ended(void);
/* The text of each span's one attribute: `bytes` times 'x'. */
void fake_payload(size_t bytes);
/* How many (pipeline, span) pairs were handed out and not released yet. */
unsigned fake_held(void);
/* What a pipeline's ledger says, with `ended` filled in. */
slm_pipeline_stats fake_stats(unsigned pipeline);

/* The first message of a kind, "" if there was none; and how many cases. */
const char *fake_message(slm_diagnostic_kind kind);
unsigned fake_messages(slm_diagnostic_kind kind);

/* Whether nothing that the calling thread traces would be recorded. */
bool fake_suppressed(void);

/* As fork() in the core: the hook in the child, and its revival at the next end. */
void fake_fork_child(void);

/* The `nth` allocation from now fails; 0: none does. */
void fake_fail_allocation(unsigned nth);

#endif
