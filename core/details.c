/* SPDX-License-Identifier: MIT */
#include "core/details.h"

#include <string.h>

#include "core/clock.h"
#include "core/layers/busy.h"
#include "core/layers/line.h"
#include "core/parent_table.h"

struct times {
    slmi_busy busy;
    uint64_t busy_ns; /* once the span has ended */
};

struct thread {
    uint64_t number; /* 0: the span was there before anybody asked */
    uint32_t name_len;
    char name[SLMI_THREAD_NAME_MAX];
};

/* The times come first. */
static struct times *times_of(const slmi_dispatch *d, const slm_view *span)
{
    return slm_view_place(span, d->details_place);
}

static struct thread *thread_of(const slmi_dispatch *d, const slm_view *span)
{
    uint32_t after = d->details & SLM_DETAIL_TIMES ? (uint32_t)sizeof(struct times) : 0;
    return slm_view_place(span, d->details_place + after);
}

/* -- callbacks ------------------------------------------------------------------------------------------------------
 */

/* The system is asked for a thread's name once. */
static void started(void *dispatch, const slm_view *span)
{
    static _Thread_local struct thread mine __attribute__((tls_model("initial-exec")));
    uint64_t number = slmi_line_thread_number();
    if (mine.number != number) {
        mine.name_len = (uint32_t)slmi_line_thread_name(mine.name).len;
        mine.number = number;
    }
    memcpy(thread_of(dispatch, span), &mine, sizeof mine);
}

static void entered(void *dispatch, const slm_view *span)
{
    slmi_busy_enter(&times_of(dispatch, span)->busy, slmi_now());
}

static void left(void *dispatch, const slm_view *span)
{
    slmi_busy_exit(&times_of(dispatch, span)->busy, slmi_now());
}

static void ended(void *dispatch, const slm_view *span)
{
    const slmi_slot *slot = (const slmi_slot *)span;
    struct times *times = times_of(dispatch, span);
    uint64_t busy = slmi_busy_read(&times->busy, slot->end), open = slot->end - slot->start;
    times->busy_ns = busy < open ? busy : open;
}

/* -- asking for them ------------------------------------------------------------------------------------------------
 */

static const slm_layer_ops *ops_of(uint32_t details)
{
    static const slm_layer_ops thread = { .size = sizeof thread, .on_start = started };
    static const slm_layer_ops times = { .size = sizeof times, .on_enter = entered, .on_exit = left, .on_end = ended };
    static const slm_layer_ops both = {
        .size = sizeof both, .on_start = started, .on_enter = entered, .on_exit = left, .on_end = ended
    };
    bool with_thread = details & SLM_DETAIL_THREAD, with_times = details & SLM_DETAIL_TIMES;
    return with_thread && with_times ? &both : with_thread ? &thread : &times;
}

/* A layer of each group of pipelines: what several of them are told of a span, one after the other, counts once. */
static void listen(slmi_dispatch *d, const slm_layer_ops *ops)
{
    bool watched = (d->on_enter | d->on_exit) != 0;
    for (unsigned at = 0; at < d->count; at++) {
        uint32_t bit = UINT32_C(1) << at;
        if (d->layers[at].pipeline < 0 || d->layers[at].shares)
            continue;
        d->layers[at].ops = ops;
        d->layers[at].self = d;
        d->on_start |= ops->on_start ? bit : 0;
        d->on_enter |= ops->on_enter ? bit : 0;
        d->on_exit |= ops->on_exit ? bit : 0;
        d->on_end |= ops->on_end ? bit : 0;
    }
    if (!watched && ops->on_enter)
        atomic_fetch_add_explicit(&slmi_watchers, 1, memory_order_relaxed);
}

_Static_assert(SLM_PLACE_BYTES_MAX + sizeof(slmi_parent_table) + sizeof(struct times) + sizeof(struct thread) <
                   SLMI_ARENA_BYTES,
               "there is room for them, whatever places layers have");

void slmi_details_ask(slm_subscriber *subscriber, uint32_t details)
{
    slmi_dispatch *d = (slmi_dispatch *)subscriber;
    uint32_t bytes = (details & SLM_DETAIL_TIMES ? (uint32_t)sizeof(struct times) : 0) +
                     (details & SLM_DETAIL_THREAD ? (uint32_t)sizeof(struct thread) : 0);
    d->details = details;
    d->details_place = d->places;
    d->places += (bytes + 7u) & ~7u;
    if (bytes)
        listen(d, ops_of(details));
}

/* -- reading them ---------------------------------------------------------------------------------------------------
 */

static unsigned put(slm_field *out, unsigned count, const char *key, slm_value value)
{
    out[count] = (slm_field){ slm_string_from_c(key), value };
    return count + 1;
}

static unsigned put_text(slm_field *out, unsigned count, const char *key, slm_string text)
{
    return text.len ? put(out, count, key, slm_value_string(text.data, text.len)) : count;
}

unsigned slmi_details_of_site(uint32_t details, const slm_metadata *site, slm_field out[SLMI_EVENT_DETAILS_MAX])
{
    unsigned count = 0;
    if (details & SLM_DETAIL_TARGET)
        count = put_text(out, count, "target", site->target);
    if (details & SLM_DETAIL_CODE) {
        count = put_text(out, count, "code.file.path", site->file);
        if (site->line)
            count = put(out, count, "code.line.number", slm_value_u64(site->line));
    }
    return count;
}

unsigned slmi_details_of(const slmi_slot *slot, slm_field out[SLMI_DETAILS_MAX])
{
    static const char *const levels[] = { "", "ERROR", "WARN", "INFO", "DEBUG", "TRACE" };
    const slmi_dispatch *d = slmi_dispatch_of(slot);
    if (!d || !d->details)
        return 0;
    unsigned count = slmi_details_of_site(d->details, slot->site, out);
    if (d->details & SLM_DETAIL_LEVEL && slot->site->level <= SLM_LEVEL_TRACE)
        count = put_text(out, count, "level", slm_string_from_c(levels[slot->site->level]));
    if (d->details & SLM_DETAIL_THREAD) {
        const struct thread *thread = thread_of(d, (const slm_view *)slot);
        if (thread->number)
            count = put(out, count, "thread.id", slm_value_u64(thread->number));
        count = put_text(out, count, "thread.name", slm_string_of(thread->name, thread->name_len));
    }
    if (d->details & SLM_DETAIL_TIMES) {
        uint64_t busy = times_of(d, (const slm_view *)slot)->busy_ns;
        count = put(out, count, "busy_ns", slm_value_u64(busy));
        count = put(out, count, "idle_ns", slm_value_u64(slot->end - slot->start - busy));
    }
    return count;
}

unsigned slmi_details_of_event(const slmi_slot *slot, const slm_metadata *event, slm_field out[SLMI_EVENT_DETAILS_MAX])
{
    const slmi_dispatch *d = slmi_dispatch_of(slot);
    return d ? slmi_details_of_site(d->details, event, out) : 0;
}
