/* SPDX-License-Identifier: MIT */
#include "core/layers/lanes.h"

#include <string.h>

#include <spanloom/layer.h>

#include "core/alloc.h"
#include "core/platform.h"

#define INITIAL_EXEC __attribute__((tls_model("initial-exec")))

enum { REMEMBERED = 4, CACHE_LINE = 64, LOOK_EVERY_NS = 100000000 };

static _Atomic(uint64_t) threads, sets;
static _Thread_local uint64_t thread INITIAL_EXEC, number INITIAL_EXEC;
/* Where this thread's lanes were last: of a layer that is gone, `id` is nobody's. A signal handler that traces for
 * another layer may come between the two, so a lane is looked at only if it is one of its own. */
static _Thread_local struct {
    uint64_t id;
    slmi_lane *lane;
} remembered[REMEMBERED] INITIAL_EXEC;

bool slmi_lanes_init(slmi_lanes *lanes, uint32_t count, uint32_t depth)
{
    lanes->id = atomic_fetch_add_explicit(&sets, 1, memory_order_relaxed) + 1;
    lanes->count = count;
    lanes->depth = depth;
    lanes->stride = (sizeof(slmi_lane) + depth * sizeof(slmi_frame) + CACHE_LINE - 1) & ~(size_t)(CACHE_LINE - 1);
    lanes->memory = slmi_alloc_zeroed(count * lanes->stride);
    return lanes->memory != NULL;
}

void slmi_lanes_destroy(slmi_lanes *lanes)
{
    slmi_free(lanes->memory);
    lanes->memory = NULL;
}

static slmi_lane *lane_at(slmi_lanes *lanes, uint32_t at)
{
    return (slmi_lane *)(void *)(lanes->memory + at * lanes->stride);
}

static void clear(slmi_lane *lane)
{
    lane->depth = lane->deeper = 0;
    atomic_store_explicit(&lane->number, 0, memory_order_relaxed);
    atomic_store_explicit(&lane->owner, 0, memory_order_release); /* pairs with the acquire in claim() */
}

void slmi_lanes_forget(slmi_lanes *lanes)
{
    for (uint32_t i = 0; i < lanes->count; i++)
        clear(lane_at(lanes, i));
    number = 0;
}

uint64_t slmi_lane_thread(void)
{
    if (!thread)
        thread = atomic_fetch_add_explicit(&threads, 1, memory_order_relaxed) + 1;
    return thread;
}

static bool is_mine(slmi_lane *lane)
{
    return atomic_load_explicit(&lane->owner, memory_order_relaxed) == thread;
}

static bool claim_from(slmi_lane *lane, uint64_t owner)
{
    if (!atomic_compare_exchange_strong_explicit(&lane->owner, &owner, thread, memory_order_acquire,
                                                 memory_order_relaxed))
        return false;
    if (!number)
        number = slmi_platform_thread_number();
    atomic_store_explicit(&lane->number, number, memory_order_relaxed);
    return true;
}

static bool claim(slmi_lane *lane)
{
    return atomic_load_explicit(&lane->owner, memory_order_relaxed) == 0 && claim_from(lane, 0);
}

/* A lane that its thread left behind. */
static bool claim_left(slmi_lane *lane)
{
    uint64_t owner = atomic_load_explicit(&lane->owner, memory_order_acquire);
    uint64_t its_number = atomic_load_explicit(&lane->number, memory_order_relaxed);
    if (!owner || !its_number || !slmi_platform_thread_is_gone(its_number) || !claim_from(lane, owner))
        return false;
    lane->depth = lane->deeper = 0;
    return true;
}

/* From the thread's own place on, so that threads rarely meet. */
static slmi_lane *search(slmi_lanes *lanes, bool (*fits)(slmi_lane *))
{
    uint32_t from = (uint32_t)(thread % lanes->count);
    for (uint32_t i = 0; i < lanes->count; i++) {
        slmi_lane *lane = lane_at(lanes, (from + i) % lanes->count);
        if (fits(lane))
            return lane;
    }
    return NULL;
}

static slmi_lane *search_left(slmi_lanes *lanes)
{
    uint64_t now = slm_now_ns(), looked = atomic_load_explicit(&lanes->looked_ns, memory_order_relaxed);
    if ((looked && now - looked < LOOK_EVERY_NS) ||
        !atomic_compare_exchange_strong_explicit(&lanes->looked_ns, &looked, now, memory_order_relaxed,
                                                 memory_order_relaxed))
        return NULL;
    return search(lanes, claim_left);
}

static slmi_lane *recall(const slmi_lanes *lanes, unsigned at)
{
    uintptr_t lane = (uintptr_t)remembered[at].lane, first = (uintptr_t)lanes->memory;
    bool theirs = remembered[at].id == lanes->id && lane >= first && lane < first + lanes->count * lanes->stride;
    return theirs ? (slmi_lane *)lane : NULL;
}

slmi_lane *slmi_lane_mine(slmi_lanes *lanes, bool claims)
{
    (void)slmi_lane_thread();
    unsigned at = (unsigned)(lanes->id % REMEMBERED);
    slmi_lane *lane = recall(lanes, at);
    if (lane && is_mine(lane))
        return lane;
    bool hinted = lane != NULL; /* then it has none: it would be the one that is remembered */
    if (lane && claims && claim(lane))
        return lane;
    lane = hinted ? NULL : search(lanes, is_mine);
    if (!lane && claims)
        lane = search(lanes, claim);
    if (!lane && claims)
        lane = search_left(lanes);
    if (lane) {
        remembered[at].id = lanes->id;
        remembered[at].lane = lane;
    }
    return lane;
}

static bool is_open(uint64_t id)
{
    slm_span_context ignored;
    return slm_span_identity((slm_span){ id }, &ignored);
}

void slmi_lane_settle(slmi_lane *lane)
{
    while (lane->depth && !is_open(lane->frames[lane->depth - 1].span)) {
        lane->depth--;
        lane->deeper = 0;
    }
}

slmi_frame *slmi_lane_push(slmi_lanes *lanes, slmi_lane *lane, slm_span span)
{
    if (lane->depth == lanes->depth) {
        lane->deeper++;
        return NULL;
    }
    slmi_frame *frame = &lane->frames[lane->depth++];
    frame->span = span.id;
    return frame;
}

bool slmi_lane_pop(slmi_lane *lane, slm_span span, slmi_frame *out)
{
    uint32_t at = lane->depth;
    while (at && lane->frames[at - 1].span != span.id)
        at--;
    if (at) {
        *out = lane->frames[at - 1];
        lane->depth = at - 1;
        lane->deeper = 0;
    } else if (lane->deeper) {
        lane->deeper--;
    }
    if (lane->depth == 0)
        clear(lane);
    return at != 0;
}
