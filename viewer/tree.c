/* SPDX-License-Identifier: MIT */
#include "viewer/tree.h"

#include <stdlib.h>

/* What is known of a node while ancestors are followed. */
enum { NOT_YET = 0, ON_THE_WAY = 1, DONE = 2 };

typedef struct builder {
    slmi_view_tree *tree;
    uint32_t *by_id;    /* Nodes of spans, in order of span id. */
    uint32_t *by_start; /* All nodes, in order of start. */
    uint32_t *path;
    uint8_t *state;
} builder;

static int64_t add(int64_t a, int64_t b)
{
    int64_t sum;
    if (__builtin_add_overflow(a, b, &sum))
        return b > 0 ? INT64_MAX : 0;
    return sum < 0 ? 0 : sum;
}

static int64_t as_time(uint64_t ns)
{
    return ns > INT64_MAX ? INT64_MAX : (int64_t)ns;
}

static bool answers(const slmi_view_span *span)
{
    return span->shared || span->kind == SLM_KIND_SERVER;
}

static int by_id_then_half(const void *left, const void *right, void *context)
{
    const slmi_view_tree *tree = context;
    const slmi_view_node *a = &tree->nodes[*(const uint32_t *)left], *b = &tree->nodes[*(const uint32_t *)right];
    int order = memcmp(&a->id, &b->id, sizeof a->id);
    return order != 0 ? order : (int)answers(a->span) - (int)answers(b->span);
}

static int by_start(const void *left, const void *right, void *context)
{
    const slmi_view_tree *tree = context;
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    int64_t start_a = tree->nodes[a].start_ns, start_b = tree->nodes[b].start_ns;
    if (start_a != start_b)
        return start_a < start_b ? -1 : 1;
    return a < b ? -1 : a > b;
}

/* The first place in by_id whose id is not below `id`. */
static uint32_t lower_bound(const builder *b, slm_span_id id)
{
    uint32_t low = 0, high = b->tree->span_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (memcmp(&b->tree->nodes[b->by_id[middle]].id, &id, sizeof id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The node that is `child`'s parent. Where client and server share an id the server's half is the client's child, and
 * the children are those of the half in their own service, or the server's. */
static uint32_t find_parent(const builder *b, uint32_t child)
{
    const slmi_view_node *nodes = b->tree->nodes;
    const slmi_view_span *span = nodes[child].span;
    uint32_t found = SLMI_VIEW_NOBODY;
    bool in_own_service = false;
    if (answers(span)) {
        for (uint32_t i = lower_bound(b, span->span_id); i < b->tree->span_count; i++) {
            const slmi_view_node *other = &nodes[b->by_id[i]];
            if (memcmp(&other->id, &span->span_id, sizeof other->id) != 0)
                break;
            if (!answers(other->span))
                return b->by_id[i];
        }
    }
    for (uint32_t i = lower_bound(b, span->parent_id); i < b->tree->span_count; i++) {
        const slmi_view_node *other = &nodes[b->by_id[i]];
        if (memcmp(&other->id, &span->parent_id, sizeof other->id) != 0)
            break;
        bool same_service = strcmp(other->span->service, span->service) == 0;
        if (same_service || !in_own_service)
            found = b->by_id[i];
        in_own_service |= same_service;
    }
    return found;
}

/* A server's work lies within the call that it answers; if its clock says otherwise, the clock is wrong. A consumer may
 * start long after what it consumes was sent, yet not before. Within one service there is one clock. */
static void set_times(slmi_view_tree *tree, uint32_t index)
{
    slmi_view_node *node = &tree->nodes[index];
    const slmi_view_span *span = node->span;
    int64_t start = as_time(span->start_ns), end = as_time(span->end_ns);
    node->start_ns = start;
    node->duration_ns = end == 0 || start == 0 ? -1 : end > start ? end - start : 0;
    const slmi_view_node *parent = node->parent == SLMI_VIEW_NOBODY ? NULL : &tree->nodes[node->parent];
    if (start == 0 || !parent || !parent->span || parent->start_ns == 0)
        return;
    if (strcmp(parent->span->service, span->service) == 0) {
        node->start_ns = add(start, parent->skew_ns);
    } else if (parent->duration_ns >= 0 && node->duration_ns >= 0 && answers(span)) {
        int64_t slack = parent->duration_ns - node->duration_ns;
        bool outside = start < parent->start_ns ||
                       (slack >= 0 && add(start, node->duration_ns) > add(parent->start_ns, parent->duration_ns));
        if (outside)
            node->start_ns = add(parent->start_ns, slack > 0 ? slack / 2 : 0);
    } else if (start < parent->start_ns) {
        node->start_ns = parent->start_ns;
    }
    node->skew_ns = node->start_ns - start;
}

/* Lets the earliest span of the loop that `at` is part of stand as a root. */
static void break_loop(slmi_view_node *nodes, uint32_t at)
{
    uint32_t earliest = at;
    for (uint32_t step = nodes[at].parent; step != at; step = nodes[step].parent)
        if (nodes[step].span->start_ns < nodes[earliest].span->start_ns)
            earliest = step;
    nodes[earliest].parent = SLMI_VIEW_NOBODY;
    nodes[earliest].in_a_loop = true;
}

static void break_loops(const builder *b)
{
    slmi_view_node *nodes = b->tree->nodes;
    for (uint32_t i = 0; i < b->tree->span_count; i++) {
        uint32_t at = i;
        for (; at != SLMI_VIEW_NOBODY && b->state[at] == NOT_YET; at = nodes[at].parent)
            b->state[at] = ON_THE_WAY;
        bool loop = at != SLMI_VIEW_NOBODY && b->state[at] == ON_THE_WAY;
        for (uint32_t seen = i; seen != SLMI_VIEW_NOBODY && b->state[seen] == ON_THE_WAY; seen = nodes[seen].parent)
            b->state[seen] = DONE;
        if (loop)
            break_loop(nodes, at);
    }
}

/* Sets the times of all nodes, each after its parent. */
static void set_all_times(const builder *b)
{
    memset(b->state, NOT_YET, b->tree->span_count);
    for (uint32_t i = 0; i < b->tree->span_count; i++) {
        uint32_t depth = 0;
        for (uint32_t at = i; at != SLMI_VIEW_NOBODY && b->state[at] == NOT_YET; at = b->tree->nodes[at].parent)
            b->path[depth++] = at;
        while (depth > 0) {
            uint32_t node = b->path[--depth];
            set_times(b->tree, node);
            b->state[node] = DONE;
        }
    }
}

/* One node for each parent that is not there, with all its children. They are neighbours in order of parent id. */
static int by_parent_id(const void *left, const void *right, void *context)
{
    const slmi_view_tree *tree = context;
    const slmi_view_span *a = tree->nodes[*(const uint32_t *)left].span,
                         *b = tree->nodes[*(const uint32_t *)right].span;
    return memcmp(&a->parent_id, &b->parent_id, sizeof a->parent_id);
}

static void add_missing_parents(builder *b)
{
    slmi_view_tree *tree = b->tree;
    uint32_t orphans = 0;
    for (uint32_t i = 0; i < tree->span_count; i++) {
        const slmi_view_node *node = &tree->nodes[i];
        if (node->parent == SLMI_VIEW_NOBODY && !node->in_a_loop && slm_span_id_is_valid(node->span->parent_id))
            b->path[orphans++] = i;
    }
    qsort_r(b->path, orphans, sizeof *b->path, by_parent_id, tree);
    for (uint32_t i = 0; i < orphans; i++) {
        slmi_view_node *orphan = &tree->nodes[b->path[i]];
        slmi_view_node *missing = &tree->nodes[tree->count - 1];
        bool same =
            tree->count > tree->span_count && memcmp(&missing->id, &orphan->span->parent_id, sizeof missing->id) == 0;
        if (!same) {
            missing = &tree->nodes[tree->count++];
            *missing = (slmi_view_node){ .id = orphan->span->parent_id,
                                         .parent = SLMI_VIEW_NOBODY,
                                         .start_ns = orphan->start_ns,
                                         .duration_ns = -1 };
        }
        if (orphan->start_ns < missing->start_ns)
            missing->start_ns = orphan->start_ns;
        orphan->parent = tree->count - 1;
    }
}

/* Children in order of start; roots likewise, with those that only stand for a missing parent after the real ones. */
static void link_siblings(builder *b)
{
    slmi_view_tree *tree = b->tree;
    for (uint32_t i = 0; i < tree->count; i++) {
        b->by_start[i] = i;
        tree->nodes[i].first_child = SLMI_VIEW_NOBODY;
    }
    qsort_r(b->by_start, tree->count, sizeof *b->by_start, by_start, tree);
    uint32_t real_roots = SLMI_VIEW_NOBODY, missing_roots = SLMI_VIEW_NOBODY, last_real = SLMI_VIEW_NOBODY;
    for (uint32_t i = tree->count; i-- > 0;) {
        uint32_t index = b->by_start[i];
        slmi_view_node *node = &tree->nodes[index];
        uint32_t *list = node->parent != SLMI_VIEW_NOBODY ? &tree->nodes[node->parent].first_child
                         : node->span                     ? &real_roots
                                                          : &missing_roots;
        if (list == &real_roots && last_real == SLMI_VIEW_NOBODY)
            last_real = index;
        node->next_sibling = *list;
        *list = index;
    }
    tree->first_root = real_roots;
    if (last_real == SLMI_VIEW_NOBODY)
        tree->first_root = missing_roots;
    else
        tree->nodes[last_real].next_sibling = missing_roots;
}

static void measure_self(slmi_view_tree *tree)
{
    for (uint32_t i = 0; i < tree->span_count; i++) {
        slmi_view_node *node = &tree->nodes[i];
        int64_t covered_to = node->start_ns, end = add(node->start_ns, node->duration_ns);
        node->self_ns = node->duration_ns;
        for (uint32_t c = node->first_child; c != SLMI_VIEW_NOBODY; c = tree->nodes[c].next_sibling) {
            const slmi_view_node *child = &tree->nodes[c];
            if (child->duration_ns < 0 || node->duration_ns < 0)
                continue;
            int64_t from = child->start_ns > covered_to ? child->start_ns : covered_to;
            int64_t to = add(child->start_ns, child->duration_ns);
            to = to < end ? to : end;
            if (to > from) {
                node->self_ns -= to - from;
                covered_to = to;
            }
        }
    }
}

static void measure_total(slmi_view_tree *tree)
{
    int64_t start = INT64_MAX, end = 0;
    for (uint32_t i = 0; i < tree->span_count; i++)
        tree->has_root |= !slm_span_id_is_valid(tree->nodes[i].span->parent_id);
    for (uint32_t i = 0; i < tree->span_count; i++) {
        const slmi_view_node *node = &tree->nodes[i];
        bool root = !slm_span_id_is_valid(node->span->parent_id) && node->parent == SLMI_VIEW_NOBODY;
        if (node->duration_ns < 0 || (tree->has_root && !root))
            continue;
        int64_t node_end = add(node->start_ns, node->duration_ns);
        start = node->start_ns < start ? node->start_ns : start;
        end = node_end > end ? node_end : end;
    }
    tree->total_ns = end > start ? end - start : 0;
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static void count_services(slmi_view_tree *tree, const char **names)
{
    uint32_t named = 0;
    for (uint32_t i = 0; i < tree->span_count; i++)
        if (*tree->nodes[i].span->service)
            names[named++] = tree->nodes[i].span->service;
    qsort(names, named, sizeof *names, compare_names);
    for (uint32_t i = 0; i < named; i++)
        tree->service_count += i == 0 || strcmp(names[i - 1], names[i]) != 0;
}

static void fill(builder *b, const slmi_view_span *first, const char **names)
{
    slmi_view_tree *tree = b->tree;
    const slmi_view_span *span = first;
    for (uint32_t i = 0; i < tree->span_count; i++, span = span->next) {
        tree->nodes[i] = (slmi_view_node){ .span = span, .id = span->span_id };
        b->by_id[i] = i;
    }
    count_services(tree, names);
    qsort_r(b->by_id, tree->span_count, sizeof *b->by_id, by_id_then_half, tree);
    for (uint32_t i = 0; i < tree->span_count; i++)
        tree->nodes[i].parent = find_parent(b, i);
    break_loops(b);
    set_all_times(b);
    add_missing_parents(b);
    link_siblings(b);
    measure_self(tree);
    measure_total(tree);
}

bool slmi_view_tree_build(slmi_view_tree *tree, const slmi_view_span *first, size_t count)
{
    *tree = (slmi_view_tree){ .first_root = SLMI_VIEW_NOBODY };
    if (count == 0 || count > UINT32_MAX / 4)
        return count == 0;
    tree->count = tree->span_count = (uint32_t)count;
    builder b = { .tree = tree };
    tree->nodes = slmi_view_alloc(2 * count * sizeof *tree->nodes);
    b.by_id = slmi_view_alloc(count * sizeof *b.by_id);
    b.by_start = slmi_view_alloc(2 * count * sizeof *b.by_start);
    b.path = slmi_view_alloc((count + 1) * sizeof *b.path);
    b.state = slmi_view_alloc(count);
    const char **names = slmi_view_alloc(count * sizeof *names);
    bool good = tree->nodes && b.by_id && b.by_start && b.path && b.state && names;
    if (good)
        fill(&b, first, names);
    slmi_view_free(names);
    slmi_view_free(b.state);
    slmi_view_free(b.path);
    slmi_view_free(b.by_start);
    slmi_view_free(b.by_id);
    if (!good)
        slmi_view_tree_free(tree);
    return good;
}

void slmi_view_tree_free(slmi_view_tree *tree)
{
    slmi_view_free(tree->nodes);
    *tree = (slmi_view_tree){ .first_root = SLMI_VIEW_NOBODY };
}
