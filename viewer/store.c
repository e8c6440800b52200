/* SPDX-License-Identifier: MIT */
#include "viewer/store.h"

enum { TRACE_SLOTS = 4096, FIRST_SPAN_SLOTS = 16 };

static uint64_t mix(uint64_t x)
{
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93u;
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93u;
    return x ^ x >> 32;
}

static size_t trace_slot(const slmi_view_store *store, slm_trace_id id)
{
    uint64_t halves[2];
    memcpy(halves, id.bytes, sizeof halves);
    return mix(mix(halves[0] ^ store->seed) ^ halves[1]) & (TRACE_SLOTS - 1);
}

static size_t span_slot(const slmi_view_store *store, const slmi_view_trace *trace, slm_span_id id)
{
    uint64_t word;
    memcpy(&word, id.bytes, sizeof word);
    return mix(word ^ store->seed) & (trace->table_size - 1);
}

static void list_append(slmi_view_list *list, slmi_view_trace *trace)
{
    trace->newer = NULL;
    trace->older = list->newest;
    if (list->newest)
        list->newest->newer = trace;
    else
        list->oldest = trace;
    list->newest = trace;
}

static void list_remove(slmi_view_list *list, slmi_view_trace *trace)
{
    if (trace->older)
        trace->older->newer = trace->newer;
    else
        list->oldest = trace->newer;
    if (trace->newer)
        trace->newer->older = trace->older;
    else
        list->newest = trace->older;
    trace->older = trace->newer = NULL;
}

static slmi_view_list *list_of(slmi_view_store *store, const slmi_view_trace *trace)
{
    return trace->unshown > 0 ? &store->pending : trace->has_root ? &store->complete : &store->partial;
}

static void trace_free(slmi_view_trace *trace)
{
    slmi_view_span *span = trace->first;
    while (span) {
        slmi_view_span *next = span->next;
        slmi_view_span_free(span);
        span = next;
    }
    slmi_view_free(trace->table);
    slmi_view_free(trace);
}

bool slmi_view_store_init(slmi_view_store *store, size_t max_bytes, uint64_t seed)
{
    *store = (slmi_view_store){ .max_bytes = max_bytes, .seed = seed };
    store->table = slmi_view_alloc(TRACE_SLOTS * sizeof(slmi_view_trace *));
    return store->table != NULL;
}

void slmi_view_store_free(slmi_view_store *store)
{
    for (size_t slot = 0; store->table && slot < TRACE_SLOTS; slot++) {
        slmi_view_trace *trace = store->table[slot];
        while (trace) {
            slmi_view_trace *next = trace->hash_next;
            trace_free(trace);
            trace = next;
        }
    }
    slmi_view_free(store->table);
    *store = (slmi_view_store){ 0 };
}

static slmi_view_trace *find_trace(const slmi_view_store *store, slm_trace_id id)
{
    slmi_view_trace *trace = store->table[trace_slot(store, id)];
    while (trace && memcmp(&trace->id, &id, sizeof id) != 0)
        trace = trace->hash_next;
    return trace;
}

static void remove_trace(slmi_view_store *store, slmi_view_trace *trace)
{
    list_remove(list_of(store, trace), trace);
    slmi_view_trace **link = &store->table[trace_slot(store, trace->id)];
    while (*link != trace)
        link = &(*link)->hash_next;
    *link = trace->hash_next;
    store->bytes -= trace->bytes;
    store->trace_count--;
    trace_free(trace);
}

/* The one to do without: the oldest that is complete, else the oldest that was shown, else the oldest. */
static slmi_view_trace *expendable(const slmi_view_store *store, const slmi_view_trace *kept)
{
    enum { LISTS = 3 };
    const slmi_view_list *const lists[LISTS] = { &store->complete, &store->partial, &store->pending };
    for (size_t i = 0; i < LISTS; i++) {
        slmi_view_trace *trace = lists[i]->oldest;
        if (trace && trace == kept)
            trace = trace->newer;
        if (trace)
            return trace;
    }
    return NULL;
}

static bool make_room(slmi_view_store *store, size_t bytes, const slmi_view_trace *kept)
{
    if (bytes > store->max_bytes)
        return false;
    while (store->bytes > store->max_bytes - bytes) {
        slmi_view_trace *trace = expendable(store, kept);
        if (!trace)
            return false;
        if (trace->unshown == 0 && trace->has_root)
            store->counts.evicted_complete++;
        else
            store->counts.evicted_partial++;
        remove_trace(store, trace);
    }
    return true;
}

static void account(slmi_view_store *store, slmi_view_trace *trace, size_t bytes)
{
    trace->bytes += bytes;
    store->bytes += bytes;
}

static slmi_view_trace *add_trace(slmi_view_store *store, slm_trace_id id)
{
    size_t bytes = sizeof(slmi_view_trace) + FIRST_SPAN_SLOTS * sizeof(slmi_view_span *);
    if (!make_room(store, bytes, NULL))
        return NULL;
    slmi_view_trace *trace = slmi_view_alloc(sizeof *trace);
    slmi_view_span **table = slmi_view_alloc(FIRST_SPAN_SLOTS * sizeof(slmi_view_span *));
    if (!trace || !table) {
        slmi_view_free(trace);
        slmi_view_free(table);
        return NULL;
    }
    trace->id = id;
    trace->table = table;
    trace->table_size = FIRST_SPAN_SLOTS;
    slmi_view_trace **slot = &store->table[trace_slot(store, id)];
    trace->hash_next = *slot;
    *slot = trace;
    list_append(list_of(store, trace), trace);
    store->trace_count++;
    account(store, trace, bytes);
    return trace;
}

/* Two halves of one call may share an id in Zipkin: the client's, which made it, and the server's. They are two spans.
 * Whatever else has the same id is the same span, reported again. */
static bool is_server_half(const slmi_view_span *span)
{
    return span->via == SLMI_VIEW_ZIPKIN && (span->shared || span->kind == SLM_KIND_SERVER);
}

static slmi_view_span *find_span(const slmi_view_store *store, const slmi_view_trace *trace, const slmi_view_span *like)
{
    slmi_view_span *span = trace->table[span_slot(store, trace, like->span_id)];
    while (span && (memcmp(&span->span_id, &like->span_id, sizeof span->span_id) != 0 ||
                    is_server_half(span) != is_server_half(like)))
        span = span->hash_next;
    return span;
}

/* Twice as many slots once there are more spans than slots; the old ones stay in use when there is no memory. */
static void grow_table(slmi_view_store *store, slmi_view_trace *trace)
{
    size_t old_size = trace->table_size;
    if (trace->span_count < old_size)
        return;
    slmi_view_span **table = slmi_view_alloc(2 * old_size * sizeof(slmi_view_span *));
    if (!table)
        return;
    slmi_view_free(trace->table);
    trace->table = table;
    trace->table_size = 2 * old_size;
    for (slmi_view_span *span = trace->first; span; span = span->next) {
        size_t slot = span_slot(store, trace, span->span_id);
        span->hash_next = table[slot];
        table[slot] = span;
    }
    account(store, trace, old_size * sizeof(slmi_view_span *));
}

static void touch(slmi_view_store *store, slmi_view_trace *trace, const slmi_view_span *span, uint64_t now_ms)
{
    if (trace->unshown == 0) {
        list_remove(list_of(store, trace), trace);
        list_append(&store->pending, trace);
        trace->unshown_since_ms = now_ms;
    }
    trace->unshown++;
    trace->last_arrival_ms = now_ms;
    trace->has_root |= !slm_span_id_is_valid(span->parent_id);
}

static void merge(slmi_view_store *store, slmi_view_trace *trace, slmi_view_span *known, slmi_view_span *span,
                  uint64_t now_ms)
{
    size_t before = slmi_view_span_bytes(known);
    store->counts.repeated++;
    if (slmi_view_span_merge(known, span)) {
        touch(store, trace, known, now_ms);
        account(store, trace, slmi_view_span_bytes(known) - before);
    }
    slmi_view_span_free(span);
}

void slmi_view_store_add(slmi_view_store *store, slmi_view_span *span, uint64_t now_ms)
{
    size_t bytes = slmi_view_span_bytes(span);
    slmi_view_trace *trace = find_trace(store, span->trace_id);
    if (!trace)
        trace = add_trace(store, span->trace_id);
    slmi_view_span *known = trace ? find_span(store, trace, span) : NULL;
    if (!trace || !make_room(store, bytes, trace)) {
        store->counts.refused++;
        if (trace && trace->span_count == 0)
            remove_trace(store, trace);
        else if (trace)
            trace->refused++;
        slmi_view_span_free(span);
        return;
    }
    if (known) {
        merge(store, trace, known, span, now_ms);
        return;
    }

    span->next = NULL;
    if (trace->last)
        trace->last->next = span;
    else
        trace->first = span;
    trace->last = span;
    size_t slot = span_slot(store, trace, span->span_id);
    span->hash_next = trace->table[slot];
    trace->table[slot] = span;
    trace->span_count++;
    store->counts.spans++;
    account(store, trace, bytes);
    touch(store, trace, span, now_ms);
    grow_table(store, trace);
}

static uint64_t due_at(const slmi_view_trace *trace, const slmi_view_patience *patience)
{
    uint64_t settled = trace->last_arrival_ms + patience->settle_ms;
    uint64_t longest = patience->root_wait_ms > patience->settle_ms ? patience->root_wait_ms : patience->settle_ms;
    uint64_t latest = trace->unshown_since_ms + (trace->has_root ? longest : patience->root_wait_ms);
    return trace->has_root && settled < latest ? settled : latest;
}

void slmi_view_store_show_due(slmi_view_store *store, const slmi_view_patience *patience, uint64_t now_ms,
                              slmi_view_show show, void *context)
{
    bool more = true;
    for (slmi_view_trace *trace = store->pending.oldest, *next; more && trace; trace = next) {
        next = trace->newer;
        if (due_at(trace, patience) > now_ms)
            continue;
        more = show(context, trace);
        list_remove(&store->pending, trace);
        trace->unshown = 0;
        trace->shown_times++;
        list_append(list_of(store, trace), trace);
    }
}

int64_t slmi_view_store_wait_ms(const slmi_view_store *store, const slmi_view_patience *patience, uint64_t now_ms)
{
    int64_t wait = -1;
    for (const slmi_view_trace *trace = store->pending.oldest; trace; trace = trace->newer) {
        uint64_t due = due_at(trace, patience);
        int64_t left = due > now_ms ? (int64_t)(due - now_ms) : 0;
        if (wait < 0 || left < wait)
            wait = left;
    }
    return wait;
}
