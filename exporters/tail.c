/* SPDX-License-Identifier: MIT */
#include "exporters/tail.h"

#include "core/alloc.h"

enum { REMEMBERED = 1024, NONE = 0 };

typedef enum tail_state { HOLDING, KEPT, DROPPED } tail_state;

/* Of one trace id. Places are numbered from 1. */
typedef struct trace {
    uint64_t id[2];
    uint64_t due_ns;
    uint32_t next;           /* of its bucket, or of the free ones */
    uint32_t newer, older;   /* of its state's list */
    uint32_t oldest, newest; /* held spans */
    uint32_t spans;
    uint8_t state;
    bool failed;
} trace;

typedef struct held {
    uint32_t record;
    uint32_t next; /* of its trace, or of the free ones */
} held;

typedef struct list {
    uint32_t oldest, newest, count;
} list;

struct slmi_tail {
    slmi_tail_options options;
    slmi_tail_verdict *verdict;
    void *user;
    trace *traces;     /* from 1 */
    held *spans;       /* from 1 */
    uint32_t *buckets; /* a power of two */
    uint32_t mask;
    uint32_t free_trace, free_span;
    uint32_t held;
    list holding, decided; /* by age: of the decision, for those */
};

slmi_tail *slmi_tail_new(const slmi_tail_options *options, slmi_tail_verdict *verdict, void *user)
{
    slmi_tail *tail = slmi_alloc_zeroed(sizeof *tail);
    if (!tail)
        return NULL;
    uint32_t spans = options->spans ? options->spans : 1, traces = spans + REMEMBERED, buckets = 1;
    while (buckets < traces)
        buckets *= 2;
    tail->options = *options;
    tail->verdict = verdict;
    tail->user = user;
    tail->mask = buckets - 1;
    tail->traces = slmi_alloc_zeroed((traces + (size_t)1) * sizeof *tail->traces);
    tail->spans = slmi_alloc_zeroed((spans + (size_t)1) * sizeof *tail->spans);
    tail->buckets = slmi_alloc_zeroed(buckets * sizeof *tail->buckets);
    if (!tail->traces || !tail->spans || !tail->buckets) {
        slmi_tail_free(tail);
        return NULL;
    }
    for (uint32_t i = traces; i > 0; i--) {
        tail->traces[i].next = tail->free_trace;
        tail->free_trace = i;
    }
    for (uint32_t i = spans; i > 0; i--) {
        tail->spans[i].next = tail->free_span;
        tail->free_span = i;
    }
    return tail;
}

void slmi_tail_free(slmi_tail *tail)
{
    if (!tail)
        return;
    slmi_free(tail->traces);
    slmi_free(tail->spans);
    slmi_free(tail->buckets);
    slmi_free(tail);
}

static list *list_of(slmi_tail *tail, const trace *t)
{
    return t->state == HOLDING ? &tail->holding : &tail->decided;
}

static void enlist(slmi_tail *tail, uint32_t at)
{
    trace *t = &tail->traces[at];
    list *l = list_of(tail, t);
    t->newer = NONE;
    t->older = l->newest;
    *(l->newest ? &tail->traces[l->newest].newer : &l->oldest) = at;
    l->newest = at;
    l->count++;
}

static void delist(slmi_tail *tail, uint32_t at)
{
    trace *t = &tail->traces[at];
    list *l = list_of(tail, t);
    *(t->older ? &tail->traces[t->older].newer : &l->oldest) = t->newer;
    *(t->newer ? &tail->traces[t->newer].older : &l->newest) = t->older;
    l->count--;
}

/* Ids are random where ours are made; those of others may have their variety in either half. */
static uint32_t *bucket_of(slmi_tail *tail, const uint64_t id[2])
{
    uint64_t mixed = (id[0] ^ id[1]) * UINT64_C(0x9e3779b97f4a7c15);
    return &tail->buckets[(mixed >> 32) & tail->mask];
}

static uint32_t find(slmi_tail *tail, const uint64_t id[2])
{
    uint32_t at = *bucket_of(tail, id);
    while (at && (tail->traces[at].id[0] != id[0] || tail->traces[at].id[1] != id[1]))
        at = tail->traces[at].next;
    return at;
}

static void forget(slmi_tail *tail, uint32_t at)
{
    trace *t = &tail->traces[at];
    uint32_t *link = bucket_of(tail, t->id);
    while (*link != at)
        link = &tail->traces[*link].next;
    *link = t->next;
    delist(tail, at);
    t->next = tail->free_trace;
    tail->free_trace = at;
}

/* There is always a place: one for each span that may be held, and those to remember. */
static uint32_t remember(slmi_tail *tail, const uint64_t id[2], uint64_t due_ns)
{
    if (tail->decided.count >= REMEMBERED)
        forget(tail, tail->decided.oldest);
    uint32_t at = tail->free_trace, *bucket = bucket_of(tail, id);
    trace *t = &tail->traces[at];
    tail->free_trace = t->next;
    *t = (trace){ .id = { id[0], id[1] }, .due_ns = due_ns, .next = *bucket, .state = HOLDING };
    *bucket = at;
    enlist(tail, at);
    return at;
}

static void decide(slmi_tail *tail, uint32_t at, tail_state state)
{
    trace *t = &tail->traces[at];
    uint32_t span = t->oldest;
    delist(tail, at);
    t->state = (uint8_t)state;
    enlist(tail, at);
    t->oldest = t->newest = NONE;
    tail->held -= t->spans;
    t->spans = 0;
    while (span) {
        held *h = &tail->spans[span];
        uint32_t next = h->next;
        h->next = tail->free_span;
        tail->free_span = span;
        tail->verdict(tail->user, h->record, state == KEPT);
        span = next;
    }
    if (tail->decided.count > REMEMBERED)
        forget(tail, tail->decided.oldest);
}

static void hold(slmi_tail *tail, uint32_t at, uint32_t record)
{
    trace *t = &tail->traces[at];
    uint32_t span = tail->free_span;
    tail->free_span = tail->spans[span].next;
    tail->spans[span] = (held){ record, NONE };
    *(t->newest ? &tail->spans[t->newest].next : &t->oldest) = span;
    t->newest = span;
    t->spans++;
    tail->held++;
}

static bool is_worth(const slmi_tail *tail, const slmi_tail_span *span)
{
    return span->failed || span->is_called || span->took_ns >= tail->options.slow_ns;
}

void slmi_tail_take(slmi_tail *tail, const slmi_tail_span *span, uint64_t now_ns)
{
    uint32_t at = find(tail, span->trace_id);
    if (at && tail->traces[at].state != HOLDING) {
        /* A filter may leave several roots of one trace: a later one stands for itself. */
        if (span->is_local_root && is_worth(tail, span))
            decide(tail, at, KEPT);
        tail->verdict(tail->user, span->record, tail->traces[at].state == KEPT);
        return;
    }
    if (tail->held >= tail->options.spans) /* the oldest trace makes room: it waited the longest in vain */
        decide(tail, tail->holding.oldest, KEPT);
    at = find(tail, span->trace_id); /* it may have been that one */
    if (at && tail->traces[at].state == KEPT) {
        tail->verdict(tail->user, span->record, true);
        return;
    }
    if (!at)
        at = remember(tail, span->trace_id, now_ns + tail->options.hold_ns);
    hold(tail, at, span->record);
    trace *t = &tail->traces[at];
    t->failed |= span->failed;
    if (span->is_local_root)
        decide(tail, at, t->failed || is_worth(tail, span) ? KEPT : DROPPED);
    else if (t->spans >= tail->options.trace_spans)
        decide(tail, at, KEPT);
}

void slmi_tail_step(slmi_tail *tail, uint64_t now_ns)
{
    while (tail->holding.oldest && now_ns >= tail->traces[tail->holding.oldest].due_ns)
        decide(tail, tail->holding.oldest, KEPT);
}

uint64_t slmi_tail_due(const slmi_tail *tail)
{
    return tail->holding.oldest ? tail->traces[tail->holding.oldest].due_ns : UINT64_MAX;
}

void slmi_tail_release(slmi_tail *tail)
{
    while (tail->holding.oldest)
        decide(tail, tail->holding.oldest, KEPT);
}

uint32_t slmi_tail_held(const slmi_tail *tail)
{
    return tail->held;
}
