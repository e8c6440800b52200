/* SPDX-License-Identifier: MIT */
#include "tests/wire/fake_core.h"

#include "core/alloc.h"
#include "core/diagnostics.h"
#include "core/ids.h"
#include "core/install.h"
#include "core/propagators_names.h"
#include <spanloom/layer.h>
#include <spanloom/suppress.h>

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static slmi_consumer consumer; /* guarded, as all below */
static bool open_now;
static bool revive_next;
static unsigned pipelines;
static unsigned ended, drained, late;
static unsigned held[FAKE_SPANS_MAX];
static unsigned held_in_all;
static bool sleeping;
static char *payload;
static size_t payload_bytes;
static char messages[SLM_DIAGNOSTIC_KINDS][512];
static unsigned message_counts[SLM_DIAGNOSTIC_KINDS];
static _Atomic unsigned fail_in;
static _Atomic unsigned eager;

void fake_reset(void)
{
    pthread_mutex_lock(&mutex);
    ended = drained = late = held_in_all = 0;
    memset(held, 0, sizeof held);
    memset(messages, 0, sizeof messages);
    memset(message_counts, 0, sizeof message_counts);
    free(payload);
    payload = NULL;
    payload_bytes = 0;
    pthread_mutex_unlock(&mutex);
}

void fake_payload(size_t bytes)
{
    pthread_mutex_lock(&mutex);
    free(payload);
    payload = malloc(bytes + 1);
    if (payload)
        memset(payload, 'x', bytes);
    payload_bytes = payload ? bytes : 0;
    pthread_mutex_unlock(&mutex);
}

void fake_end(unsigned count)
{
    pthread_mutex_lock(&mutex);
    void (*revive)(void *) = revive_next && open_now ? consumer.revive : NULL;
    revive_next = false;
    void *user = consumer.user;
    pthread_mutex_unlock(&mutex);
    if (revive)
        revive(user);
    for (unsigned i = 0; i < count; i++) {
        pthread_mutex_lock(&mutex);
        if (ended == FAKE_SPANS_MAX)
            abort();
        ended++;
        late += !open_now;
        bool wake = open_now && sleeping &&
                    ((ended - drained) % SLMI_WAKE_SPANS == 0 || atomic_load_explicit(&eager, memory_order_relaxed));
        if (wake)
            consumer.wake(user);
        pthread_mutex_unlock(&mutex);
    }
}

unsigned fake_ended(void)
{
    pthread_mutex_lock(&mutex);
    unsigned count = ended;
    pthread_mutex_unlock(&mutex);
    return count;
}

unsigned fake_held(void)
{
    pthread_mutex_lock(&mutex);
    unsigned count = held_in_all;
    pthread_mutex_unlock(&mutex);
    return count;
}

slm_pipeline_stats fake_stats(unsigned pipeline)
{
    slm_pipeline_stats stats = { .ended = 0 };
    if (consumer.ledger)
        consumer.ledger(consumer.user, pipeline, &stats);
    pthread_mutex_lock(&mutex);
    stats.ended = ended;
    stats.queued += ended - drained - late;
    stats.dropped[SLM_DROP_SHUT_DOWN] += late;
    pthread_mutex_unlock(&mutex);
    return stats;
}

const char *fake_message(slm_diagnostic_kind kind)
{
    return messages[kind];
}

unsigned fake_messages(slm_diagnostic_kind kind)
{
    pthread_mutex_lock(&mutex);
    unsigned count = message_counts[kind];
    pthread_mutex_unlock(&mutex);
    return count;
}

void fake_fork_child(void)
{
    pthread_mutex_init(&mutex, NULL);
    ended = drained = late = held_in_all = 0;
    memset(held, 0, sizeof held);
    memset(message_counts, 0, sizeof message_counts);
    sleeping = false;
    revive_next = true;
    if (open_now)
        consumer.fork_child(consumer.user);
}

void fake_fail_allocation(unsigned nth)
{
    atomic_store_explicit(&fail_in, nth, memory_order_relaxed);
}

/* core/export.h */

slm_status slmi_export_open(const slmi_consumer *added, unsigned count)
{
    pthread_mutex_lock(&mutex);
    slm_status status = open_now ? SLM_ERR_EXISTS : SLM_OK;
    if (status == SLM_OK) {
        consumer = *added;
        pipelines = count;
        open_now = true;
    }
    pthread_mutex_unlock(&mutex);
    return status;
}

void slmi_export_close(void)
{
    pthread_mutex_lock(&mutex);
    open_now = false;
    pthread_mutex_unlock(&mutex);
}

size_t slmi_export_drain(slmi_take *take, void *user)
{
    size_t handed = 0;
    for (;;) {
        pthread_mutex_lock(&mutex);
        bool any = drained + late < ended;
        unsigned record = drained;
        drained += any;
        held[record] += any ? pipelines : 0;
        held_in_all += any ? pipelines : 0;
        pthread_mutex_unlock(&mutex);
        if (!any)
            return handed;
        for (unsigned pipeline = 0; pipeline < pipelines; pipeline++, handed++)
            take(user, pipeline, record);
    }
}

bool slmi_export_sleep(void)
{
    pthread_mutex_lock(&mutex);
    sleeping = drained + late == ended;
    bool may_sleep = sleeping;
    pthread_mutex_unlock(&mutex);
    return may_sleep;
}

void slmi_export_awake(void)
{
    pthread_mutex_lock(&mutex);
    sleeping = false;
    pthread_mutex_unlock(&mutex);
}

void slmi_scratch_free(slmi_scratch *scratch)
{
    free(scratch->bytes);
    *scratch = (slmi_scratch){ .bytes = NULL };
}

static const slm_scope_data scopes[3] = {
    { .name = { "yaks", 4 } },
    { .name = { "clippers", 8 }, .version = { "2", 1 } },
    { .name = { "sheds", 5 } },
};

slmi_brief slmi_record_brief(uint32_t record, unsigned pipeline)
{
    (void)pipeline;
    return (slmi_brief){ .trace_id = { 1, record } };
}

const slm_log_data *slmi_log_record_data(uint32_t record, slmi_scratch *scratch)
{
    (void)record, (void)scratch;
    return NULL; /* it has spans only */
}

const slm_scope_data *slmi_record_scope(uint32_t record)
{
    return &scopes[record % 3];
}

const slm_span_data *slmi_record_data(uint32_t record, unsigned pipeline, slmi_scratch *scratch)
{
    (void)pipeline;
    struct both {
        slm_span_data span;
        slm_field field;
    } *both = (struct both *)(void *)scratch->bytes;
    if (!both) {
        both = malloc(sizeof *both);
        scratch->bytes = (char *)both;
        if (!both)
            return NULL;
    }
    *both = (struct both){ .span = { .size = sizeof both->span } };
    both->span.trace_id.bytes[0] = 1;
    for (unsigned i = 0; i < 4; i++)
        both->span.span_id.bytes[7 - i] = (uint8_t)((record + 1) >> (8 * i));
    both->span.name = slm_string_from_c("shave");
    both->span.start_ns = 1700000000000000000u + record;
    both->span.end_ns = both->span.start_ns + 1000000;
    both->span.scope = slmi_record_scope(record);
    both->field = (slm_field){ .key = { "wool", 4 }, .value = slm_value_string(payload ? payload : "", payload_bytes) };
    both->span.fields = &both->field;
    both->span.field_count = 1;
    return &both->span;
}

void slmi_record_release(uint32_t record)
{
    pthread_mutex_lock(&mutex);
    if (held[record] == 0) {
        fprintf(stderr, "record %u was released once too often\n", record);
        abort();
    }
    held[record]--;
    held_in_all--;
    pthread_mutex_unlock(&mutex);
}

static _Thread_local bool suppressed;

bool slm_suppress(bool on)
{
    bool before = suppressed;
    suppressed = on;
    return before;
}

bool fake_suppressed(void)
{
    return suppressed;
}

void slmi_export_eager(unsigned whose)
{
    atomic_store_explicit(&eager, whose, memory_order_relaxed);
}

void slm_stats_read(slm_stats *stats)
{
    stats->pipeline_count = pipelines;
    for (unsigned i = 0; i < pipelines; i++)
        stats->pipelines[i] = fake_stats(i);
}

/* spanloom/layer.h: no span is started here. */

slm_span slm_view_span(const slm_view *view)
{
    (void)view;
    return (slm_span){ 0 };
}

/* core/install.h */

slm_status slmi_install(const slmi_installation *installation)
{
    return installation->pipelines == (open_now ? pipelines : 0) ? SLM_OK : SLM_ERR_INVALID_ARGUMENT;
}

slm_status slmi_uninstall_flushed(uint32_t timeout_ms)
{
    (void)timeout_ms;
    return SLM_OK;
}

bool slmi_style_named(const char *name, unsigned *style)
{
    (void)name;
    (void)style;
    return true;
}

/* spanloom/filter.h: every directive is well formed here. */

slm_filter *slm_filter_parse_lossy(slm_string text, slm_filter_error *error)
{
    (void)text;
    *error = (slm_filter_error){ .reason = NULL };
    return NULL;
}

void slm_filter_free(slm_filter *filter)
{
    (void)filter;
}

/* core/propagators_names.h, core/diagnostics.h, core/alloc.h */

void slmi_propagators_names_read(void)
{
}

void slmi_diagnose(slm_diagnostic_kind kind, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    pthread_mutex_lock(&mutex);
    if (message_counts[kind]++ == 0)
        memcpy(messages[kind], text, sizeof text);
    pthread_mutex_unlock(&mutex);
}

void slmi_diagnostics_to_stderr(bool quiet)
{
    (void)quiet;
}

static bool fails(void)
{
    unsigned left = atomic_load_explicit(&fail_in, memory_order_relaxed);
    while (left > 0 && !atomic_compare_exchange_weak_explicit(&fail_in, &left, left - 1, memory_order_relaxed,
                                                              memory_order_relaxed)) {
        /* `left` was read anew. */
    }
    return left == 1;
}

bool slmi_memory_limit_read(void)
{
    return true;
}

void *slmi_alloc(size_t size)
{
    return fails() ? NULL : malloc(size);
}

void *slmi_alloc_zeroed(size_t size)
{
    return fails() ? NULL : calloc(1, size);
}

void *slmi_realloc(void *memory, size_t size)
{
    return fails() ? NULL : realloc(memory, size);
}

void slmi_free(void *memory)
{
    free(memory);
}

/* core/ids.h */

uint64_t slmi_random_own(void)
{
    return 1;
}
