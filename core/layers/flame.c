/* SPDX-License-Identifier: MIT */
/* Time by stack. Stacks are nodes, each with its parent and a name; a table of them that only grows, as in
 * span_metrics.c: claimed by the compare-and-swap of a hash, read once `named` is set. */
#include <spanloom/flame.h>

#include <string.h>

#include "core/alloc.h"
#include "core/layers/clean.h"
#include "core/layers/lanes.h"
#include "core/layers/text.h"
#include "core/platform.h"

enum { STACKS_DEFAULT = 4096, THREADS_DEFAULT = 256, DEPTH_DEFAULT = 128, FRAME_BYTES_MAX = 512 };

/* The node that stands for those for which there was no room; nodes are counted from 1. */
enum { NOWHERE = 0 };

struct node {
    _Atomic(uint64_t) hash; /* 0: free */
    _Atomic(uint64_t) self_ns;
    _Atomic(bool) named;
    uint32_t parent; /* NOWHERE: it is outermost */
    slm_string name; /* of a callsite, which stays; or `thread` */
    char thread[SLMI_THREAD_NAME_MAX];
};

struct slm_flame {
    _Atomic(uint32_t) references;
    uint32_t count; /* of nodes, without NOWHERE */
    bool without_threads;
    struct node *nodes;
    slmi_lanes lanes;
    _Atomic(uint64_t) lost;
};

/* -- nodes ------------------------------------------------------------------------------------------------------------
 */

static uint64_t hash_of(uint32_t parent, slm_string name)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ parent * UINT64_C(0x9e3779b97f4a7c15);
    for (size_t i = 0; i < name.len; i++)
        hash = (hash ^ (unsigned char)name.data[i]) * UINT64_C(0x100000001b3);
    hash ^= hash >> 32;
    hash *= UINT64_C(0x9e3779b97f4a7c15);
    hash ^= hash >> 29;
    return hash ? hash : 1;
}

static void name_node(struct node *node, uint32_t parent, slm_string name, bool keep)
{
    node->parent = parent;
    node->name = name;
    if (keep) {
        memcpy(node->thread, name.data, name.len);
        node->name.data = node->thread;
    }
    atomic_store_explicit(&node->named, true, memory_order_release);
}

/* The stack `name` on top of `parent`; `keep`: the name must be copied. */
static uint32_t node_of(slm_flame *f, uint32_t parent, slm_string name, bool keep)
{
    uint64_t hash = hash_of(parent, name);
    for (uint32_t probe = 0, at = (uint32_t)(hash % f->count); probe < f->count; probe++, at = (at + 1) % f->count) {
        struct node *node = &f->nodes[at + 1];
        uint64_t seen = atomic_load_explicit(&node->hash, memory_order_relaxed);
        if (seen == 0 && atomic_compare_exchange_strong_explicit(&node->hash, &seen, hash, memory_order_relaxed,
                                                                 memory_order_relaxed)) {
            name_node(node, parent, name, keep);
            return at + 1;
        }
        if (seen == hash)
            return at + 1;
    }
    return NOWHERE;
}

/* This thread's own stack, asked of the system once, with the number of the layer: in one word, because a signal
 * handler may trace for another one. */
static _Thread_local uint64_t home __attribute__((tls_model("initial-exec")));

enum { HOME_BITS = 21 };
_Static_assert(SLM_FLAME_STACKS_MAX < 1 << HOME_BITS, "a node fits");

static uint32_t outermost(slm_flame *f)
{
    char name[SLMI_THREAD_NAME_MAX];
    uint64_t known = home;
    if (known >> HOME_BITS == f->lanes.id)
        return (uint32_t)known & ((1u << HOME_BITS) - 1);
    size_t len = slmi_platform_thread_name(name);
    uint32_t node = node_of(f, NOWHERE, len ? slm_string_of(name, len) : slm_string_from_c("thread"), true);
    home = f->lanes.id << HOME_BITS | node;
    return node;
}

/* -- scopes -----------------------------------------------------------------------------------------------------------
 */

static void lose(slm_flame *f)
{
    atomic_fetch_add_explicit(&f->lost, 1, memory_order_relaxed);
}

/* The time since the thread's last enter or exit is its innermost frame's. */
static void account(slm_flame *f, slmi_lane *lane)
{
    uint64_t now = slm_now_ns();
    if (lane->depth) {
        struct node *node = &f->nodes[lane->frames[lane->depth - 1].value];
        atomic_fetch_add_explicit(&node->self_ns, now - lane->since_ns, memory_order_relaxed);
    }
    lane->since_ns = now;
}

static void on_enter(void *layer, const slm_view *span)
{
    slm_flame *f = layer;
    slmi_lane *lane = slmi_lane_mine(&f->lanes, true);
    if (!lane) {
        lose(f);
        return;
    }
    account(f, lane);
    slmi_lane_settle(lane);
    bool below = lane->depth != 0;
    uint32_t parent = below ? (uint32_t)lane->frames[lane->depth - 1].value : NOWHERE;
    slmi_frame *frame = slmi_lane_push(&f->lanes, lane, slm_view_span(span));
    if (!frame) {
        lose(f);
        return;
    }
    bool lost = below && parent == NOWHERE;
    if (!below && !f->without_threads) {
        parent = outermost(f);
        lost = parent == NOWHERE;
    }
    frame->value = lost ? NOWHERE : node_of(f, parent, slm_view_metadata(span)->name, false);
    if (frame->value == NOWHERE)
        lose(f);
}

static void on_exit(void *layer, const slm_view *span)
{
    slm_flame *f = layer;
    slmi_lane *lane = slmi_lane_mine(&f->lanes, false);
    slmi_frame left;
    if (!lane)
        return; /* its enter was lost */
    account(f, lane);
    (void)slmi_lane_pop(lane, slm_view_span(span), &left);
}

/* -- text -------------------------------------------------------------------------------------------------------------
 */

struct page {
    slm_sink *sink;
    void *user;
    bool more;
    slmi_text line;
    char bytes[4096];
};

static void flush(struct page *page)
{
    page->more = page->more && (page->line.len == 0 || page->sink(page->user, page->line.data, page->line.len));
    page->line.len = 0;
}

static void frame(struct page *page, slm_string name)
{
    char clean[FRAME_BYTES_MAX];
    size_t len = slmi_clean(clean, sizeof clean, name, NULL);
    for (size_t i = 0; i < len; i++) {
        if (clean[i] == ';')
            clean[i] = ':';
        else if (clean[i] == '\n')
            clean[i] = ' ';
    }
    if (len == 0)
        clean[len++] = '?'; /* readers take an empty frame for none */
    if (page->line.room - page->line.len < len + 32)
        flush(page);
    slmi_text_bytes(&page->line, clean, len);
}

/* A stack whose nodes are being named this very moment is left for the next time. */
static void stack(struct page *page, const slm_flame *f, const struct node *top, uint64_t self_ns)
{
    const struct node *chain[SLM_FLAME_DEPTH_MAX + 1];
    unsigned depth = 0;
    for (const struct node *at = top; at != f->nodes && depth <= SLM_FLAME_DEPTH_MAX; at = &f->nodes[at->parent]) {
        if (!atomic_load_explicit(&at->named, memory_order_acquire))
            return;
        chain[depth++] = at;
    }
    while (depth-- > 0) {
        frame(page, chain[depth]->name);
        if (depth)
            slmi_text_char(&page->line, ';');
    }
    slmi_text_char(&page->line, ' ');
    slmi_text_u64(&page->line, self_ns);
    slmi_text_char(&page->line, '\n');
}

bool slm_flame_write(const slm_flame *flame, slm_sink *sink, void *user)
{
    struct page page = { .sink = sink, .user = user, .more = true };
    page.line = (slmi_text){ .data = page.bytes, .room = sizeof page.bytes };
    for (uint32_t i = 1; i <= flame->count && page.more; i++) {
        const struct node *node = &flame->nodes[i];
        uint64_t self_ns = atomic_load_explicit(&node->self_ns, memory_order_relaxed);
        if (self_ns)
            stack(&page, flame, node, self_ns);
    }
    flush(&page);
    return page.more;
}

slm_flame_lost slm_flame_lost_read(const slm_flame *flame)
{
    return (slm_flame_lost){ atomic_load_explicit(&flame->lost, memory_order_relaxed),
                             atomic_load_explicit(&flame->nodes[NOWHERE].self_ns, memory_order_relaxed) };
}

/* -- life -------------------------------------------------------------------------------------------------------------
 */

static void on_fork(void *layer)
{
    slm_flame *f = layer;
    home = 0;
    memset((void *)f->nodes, 0, (f->count + 1u) * sizeof *f->nodes);
    slmi_lanes_forget(&f->lanes);
    atomic_store_explicit(&f->lost, 0, memory_order_relaxed);
}

void slm_flame_release(slm_flame *flame)
{
    if (!flame || atomic_fetch_sub_explicit(&flame->references, 1, memory_order_acq_rel) != 1)
        return;
    slmi_lanes_destroy(&flame->lanes);
    slmi_free(flame->nodes);
    slmi_free(flame);
}

static void destroy(void *layer)
{
    slm_flame_release(layer);
}

static const slm_layer_ops ops = {
    .size = sizeof ops, .on_enter = on_enter, .on_exit = on_exit, .destroy = destroy, .on_fork = on_fork
};

slm_status slm_flame_new(const slm_flame_options *options, slm_filter *filter, slm_layer *layer, slm_flame **out)
{
    static const slm_flame_options defaults = { .size = sizeof defaults };
    const slm_flame_options *o = options ? options : &defaults;
    if (!layer || !out || o->size < sizeof *o || o->stacks > SLM_FLAME_STACKS_MAX ||
        o->threads > SLM_FLAME_THREADS_MAX || o->depth > SLM_FLAME_DEPTH_MAX)
        return SLM_ERR_INVALID_ARGUMENT;
    slm_flame *f = slmi_alloc_zeroed(sizeof *f);
    if (!f)
        return SLM_ERR_NO_MEMORY;
    atomic_store_explicit(&f->references, 2, memory_order_relaxed);
    f->count = o->stacks ? o->stacks : STACKS_DEFAULT;
    f->without_threads = o->without_threads;
    f->nodes = slmi_alloc_zeroed((f->count + 1u) * sizeof *f->nodes);
    bool fine =
        slmi_lanes_init(&f->lanes, o->threads ? o->threads : THREADS_DEFAULT, o->depth ? o->depth : DEPTH_DEFAULT);
    if (!f->nodes || !fine) {
        slmi_lanes_destroy(&f->lanes);
        slmi_free(f->nodes);
        slmi_free(f);
        return SLM_ERR_NO_MEMORY;
    }
    *layer = (slm_layer){ .size = sizeof *layer, .ops = &ops, .self = f, .filter = filter };
    *out = f;
    return SLM_OK;
}
