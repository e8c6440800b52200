/* SPDX-License-Identifier: MIT */
#include <spanloom/task.h>

#include <string.h>

#include "core/clock.h"
#include "core/diagnostics.h"
#include "core/misuse.h"
#include "core/open.h"
#include "core/open_export.h"
#include "core/span.h"
#include "core/task.h"
#include "core/task_table.h"

static struct {
    _Atomic(uint64_t) finished, untracked, polls, busy, idle;
} totals;

static uint64_t get(const _Atomic(uint64_t) *word)
{
    return atomic_load_explicit(word, memory_order_relaxed);
}

/* Of a field that its lock's holder alone changes. */
static void put(_Atomic(uint64_t) *word, uint64_t value)
{
    atomic_store_explicit(word, value, memory_order_relaxed);
}

static void count(_Atomic(uint64_t) *word, uint64_t by)
{
    atomic_fetch_add_explicit(word, by, memory_order_relaxed);
}

/* The time since the last change goes to `sum`. */
static void add_time(slmi_task_entry *entry, _Atomic(uint64_t) *sum)
{
    uint64_t now = slmi_now(), changed = get(&entry->changed);
    if ((int64_t)(now - changed) <= 0) /* another core's counter may lag */
        return;
    put(sum, get(sum) + (now - changed));
    put(&entry->changed, now);
}

/* As slmi_task_lock(), inside a busy section that it begins. */
static slmi_task_entry *hold(slmi_thread *self, uint64_t id, uint64_t *word)
{
    if (id == 0)
        return NULL;
    if (!slmi_busy_begin(self)) {
        slmi_diagnose(SLM_DIAG_REENTRANT, "a signal handler that interrupted the library ran or ended a task; its "
                                          "times leave that out");
        return NULL;
    }
    slmi_task_entry *entry = slmi_task_lock(id, word);
    if (!entry)
        slmi_busy_end(self);
    return entry;
}

static void let_go(slmi_thread *self, slmi_task_entry *entry, uint64_t word)
{
    slmi_task_unlock(entry, word);
    slmi_busy_end(self);
}

slm_task slmi_task_start(slm_span span)
{
    slm_task task = { span, 0 };
    slmi_thread *self = slmi_thread_get();
    bool recorded = self && !(span.id & (SLMI_ID_RAW | SLMI_ID_UNRECORDED)) && slmi_slot_is_ours(slmi_id_slot(span.id));
    uint32_t at = 0;
    if (recorded && slmi_busy_begin(self)) {
        at = slmi_task_take();
        slmi_busy_end(self);
    }
    if (!at) {
        count(&totals.untracked, 1);
        return task;
    }
    slmi_task_entry *entry = slmi_task_at(at);
    uint64_t now = slmi_now(), generation = SLMI_TASK_OF(get(&entry->state));
    put(&entry->span, span.id);
    put(&entry->started, now);
    put(&entry->changed, now);
    atomic_store_explicit(&entry->state, generation << 32 | SLMI_TASK_USED, memory_order_release);
    task.id = generation << 32 | at;
    return task;
}

slm_run slmi_task_run(slm_task task)
{
    slm_run run = { task, slm_enter(task.span) };
    slmi_thread *self = slmi_thread_get();
    uint64_t word;
    slmi_task_entry *entry = self ? hold(self, task.id, &word) : NULL;
    run.task.id = 0;
    if (!entry)
        return run;
    if ((word & SLMI_TASK_DEPTHS) != SLMI_TASK_DEPTHS) {
        if (!(word & SLMI_TASK_DEPTHS))
            add_time(entry, &entry->idle);
        word += SLMI_TASK_DEPTH;
        put(&entry->polls, get(&entry->polls) + 1);
        run.task.id = task.id;
    }
    let_go(self, entry, word);
    return run;
}

struct spent {
    uint64_t polls, busy, idle;
};

/* The entry is locked and, after this, anybody's. */
static struct spent forget(slmi_thread *self, slmi_task_entry *entry, uint64_t id)
{
    struct spent spent = { get(&entry->polls), get(&entry->busy), get(&entry->idle) };
    slmi_task_give((uint32_t)id);
    slmi_busy_end(self);
    count(&totals.polls, spent.polls);
    count(&totals.busy, spent.busy);
    count(&totals.idle, spent.idle);
    count(&totals.finished, 1);
    return spent;
}

static void end_span(slm_span span, const struct spent *spent)
{
    if (spent) {
        slm_span_set(span, slm_string_from_c("busy_ns"), slm_value_u64(spent->busy));
        slm_span_set(span, slm_string_from_c("idle_ns"), slm_value_u64(spent->idle));
        slm_span_set(span, slm_string_from_c("task.polls"), slm_value_u64(spent->polls));
    }
    slm_span_end(span);
}

void slmi_task_yield(slm_run run)
{
    slmi_thread *self = slmi_thread_get();
    uint64_t word;
    if (run.token.id && !slmi_leave(run.token))
        return; /* a second time, or on another thread: counted, and no run of this task's ends */
    slmi_task_entry *entry = self ? hold(self, run.task.id, &word) : NULL;
    if (!entry)
        return;
    word -= word & SLMI_TASK_DEPTHS ? SLMI_TASK_DEPTH : 0;
    bool last = !(word & SLMI_TASK_DEPTHS);
    if (last)
        add_time(entry, &entry->busy);
    if (last && word & SLMI_TASK_ENDING) {
        struct spent spent = forget(self, entry, run.task.id);
        end_span(run.task.span, &spent);
    } else {
        let_go(self, entry, word);
    }
}

/* Whether any run of it is under way. A jump may have left one without its yield: nobody is inside the span then. */
static bool is_running(slm_span span, uint64_t word)
{
    const slmi_slot *slot = slmi_slot_at(slmi_id_slot(span.id));
    uint64_t state = atomic_load_explicit(&slot->state, memory_order_relaxed);
    return word & SLMI_TASK_DEPTHS && slmi_same_generation(state, span.id) && state & SLMI_ENTERED;
}

void slmi_task_end(slm_task task)
{
    slmi_thread *self = slmi_thread_get();
    uint64_t word;
    slmi_task_entry *entry = self ? hold(self, task.id, &word) : NULL;
    if (!entry) {
        end_span(task.span, NULL);
    } else if (is_running(task.span, word)) {
        bool twice = word & SLMI_TASK_ENDING;
        let_go(self, entry, word | SLMI_TASK_ENDING);
        if (twice)
            slmi_misuse(SLM_DIAG_STALE_SPAN, "the task of @ was ended twice; the second is ignored", task.span.id, 0);
    } else {
        add_time(entry, word & SLMI_TASK_DEPTHS ? &entry->busy : &entry->idle);
        struct spent spent = forget(self, entry, task.id);
        end_span(task.span, &spent);
    }
}

void slmi_tasks_fork_child(void)
{
    slmi_task_table_fork_child();
    memset((void *)&totals, 0, sizeof totals);
}

/* -- reading --------------------------------------------------------------------------------------------------------
 */

/* The span's name and identity; false if it has ended by itself. */
/* `pipeline` SLM_PIPELINES_MAX: whosever. */
static bool identify(slmi_thread *self, slm_span span, unsigned pipeline, slm_task_info *out)
{
    bool good = false;
    if (!slmi_busy_begin(self))
        return false;
    slmi_slot *slot = slmi_pin(span.id, true);
    if (slot) {
        out->name = slot->site->name;
        memcpy(out->trace_id.bytes, slot->trace_id, sizeof out->trace_id.bytes);
        memcpy(out->span_id.bytes, &slot->span_id, sizeof out->span_id.bytes);
        good = pipeline == SLM_PIPELINES_MAX || slmi_open_is_for(slot, pipeline);
        slmi_unpin(self, slot, false);
    }
    slmi_busy_end(self);
    return good;
}

/* The entry at one moment; false if there is no task in it, or it changes all the time. */
static bool look(uint32_t at, uint64_t now, slm_task_info *out)
{
    const slmi_task_entry *entry = slmi_task_at(at);
    for (int attempt = 0; attempt < 16; attempt++) {
        uint64_t word = atomic_load_explicit(&entry->state, memory_order_acquire);
        if (!(word & SLMI_TASK_USED))
            return false;
        memset(out, 0, sizeof *out);
        out->state = word & SLMI_TASK_DEPTHS ? SLM_TASK_RUNNING : SLM_TASK_WAITING;
        out->task = (slm_task){ { get(&entry->span) }, SLMI_TASK_OF(word) << 32 | at };
        uint64_t changed = get(&entry->changed);
        out->polls = get(&entry->polls);
        out->busy_ns = get(&entry->busy);
        out->idle_ns = get(&entry->idle);
        out->started_ns = get(&entry->started) + slmi_wall_offset();
        atomic_thread_fence(memory_order_acquire);
        if (word & SLMI_TASK_LOCK || atomic_load_explicit(&entry->state, memory_order_relaxed) != word)
            continue;
        out->state_ns = now > changed ? now - changed : 0;
        *(out->state == SLM_TASK_RUNNING ? &out->busy_ns : &out->idle_ns) += out->state_ns;
        return true;
    }
    return false;
}

static bool is_before(const slm_task_info *a, const slm_task_info *b)
{
    return a->state != b->state ? a->state < b->state : a->state_ns > b->state_ns;
}

size_t slm_tasks_read(slm_task_info *out, size_t room)
{
    slmi_thread *self = slmi_thread_get();
    uint64_t now = slmi_now();
    size_t found = 0, kept = 0;
    slm_task_info info;
    for (uint32_t at = 1, end = slmi_task_end_of_table(); self && at < end; at++) {
        if (!look(at, now, &info) || !identify(self, info.task.span, SLM_PIPELINES_MAX, &info))
            continue;
        found++;
        size_t place = kept;
        while (place > 0 && is_before(&info, &out[place - 1]))
            place--;
        if (place >= room)
            continue;
        kept += kept < room;
        memmove(&out[place + 1], &out[place], (kept - 1 - place) * sizeof *out);
        out[place] = info;
    }
    return found;
}

uint32_t slmi_tasks_walk(unsigned pipeline, uint32_t from, uint32_t count, slmi_task_look *look_at, void *user)
{
    slmi_thread *self = slmi_thread_get();
    uint64_t now = slmi_now();
    uint32_t at = from ? from : 1, end = self ? slmi_task_end_of_table() : 0;
    slm_task_info info;
    for (; at < end && count > 0; at++, count--)
        if (look(at, now, &info) && identify(self, info.task.span, pipeline, &info))
            look_at(user, &info);
    return at < end ? at : 0;
}

void slm_task_totals_read(slm_task_totals *out)
{
    uint32_t size = out->size;
    slm_task_info info;
    if (size < sizeof *out)
        return;
    memset(out, 0, sizeof *out);
    out->size = size;
    for (uint32_t at = 1, end = slmi_task_end_of_table(); at < end; at++)
        if (look(at, 0, &info))
            ++*(info.state == SLM_TASK_RUNNING ? &out->running : &out->waiting);
    out->finished = get(&totals.finished);
    out->untracked = get(&totals.untracked);
    out->polls = get(&totals.polls);
    out->busy_ns = get(&totals.busy);
    out->idle_ns = get(&totals.idle);
}
