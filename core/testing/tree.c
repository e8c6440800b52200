/* SPDX-License-Identifier: MIT */
/* A forest that is expected against the one that came, and both as one tree where they differ. */
#include <string.h>

#include "core/testing/mock.h"

struct comparison {
    const slm_mock *mock;
    const slmi_pattern *pattern;
    bool only;
    slmi_out *out;
};

static const slmi_pattern_node *wanted(const struct comparison *c, uint16_t at)
{
    return &c->pattern->nodes[at];
}

static const slmi_mock_node *node(const struct comparison *c, uint32_t at)
{
    return &c->mock->nodes[at];
}

/* -- one node -------------------------------------------------------------------------------------------------------
 */

static bool field_matches(const slmi_pattern_field *want, const slmi_mock_field *have)
{
    for (; have; have = have->next)
        if (slmi_pattern_fits(want->key, have->key))
            return !want->value.data ||
                   ((have->is_text || !want->quoted) && slmi_pattern_fits(want->value, have->text));
    return false;
}

bool slmi_fields_match(const slmi_pattern *pattern, const slmi_pattern_node *want, const slmi_mock_field *have,
                       bool only)
{
    const slmi_pattern_field *fields = &pattern->fields[want->fields];
    for (unsigned i = 0; i < want->field_count; i++)
        if (!field_matches(&fields[i], have))
            return false;
    for (; have && only && !want->has_others; have = have->next) {
        bool named = false;
        for (unsigned i = 0; i < want->field_count; i++)
            named |= slmi_pattern_fits(fields[i].key, have->key);
        if (!named)
            return false;
    }
    return true;
}

static bool is_either(uint8_t want, unsigned have)
{
    return want == SLMI_ANY || want == have;
}

static bool node_matches(const struct comparison *c, uint16_t want_at, uint32_t at)
{
    const slmi_pattern_node *want = wanted(c, want_at);
    const slmi_mock_node *have = node(c, at);
    return want->is_event == have->is_event && slmi_pattern_fits(want->name, have->name) &&
           is_either(want->level, have->meta->level) && is_either(want->status, have->status) &&
           is_either(want->kind, have->kind) && is_either(want->open, have->open) &&
           is_either(want->is_explicit, have->is_explicit) &&
           (!want->target.data || slmi_pattern_fits(want->target, have->meta->target)) &&
           slmi_fields_match(c->pattern, want, have->fields, c->only);
}

/* -- siblings -------------------------------------------------------------------------------------------------------
 */

static bool children_match(const struct comparison *c, uint16_t want, uint32_t have);

static bool subtree_matches(const struct comparison *c, uint16_t want, uint32_t at)
{
    return node_matches(c, want, at) && children_match(c, wanted(c, want)->first, node(c, at)->first);
}

/* As a glob over siblings: `**` is its star; where others may stand between, one stands before each and at the end. */
static bool children_match(const struct comparison *c, uint16_t want, uint32_t have)
{
    bool star = !c->only;
    uint16_t retry_want = want;
    uint32_t retry_have = have;
    while (have) {
        if (want && wanted(c, want)->is_any_number) {
            star = true;
            retry_want = want = wanted(c, want)->next;
            retry_have = have;
        } else if (want && subtree_matches(c, want, have)) {
            want = wanted(c, want)->next;
            have = node(c, have)->next;
            if (!c->only) { /* the first that fits is as good as any */
                retry_want = want;
                retry_have = have;
            }
        } else if (star && (c->only || want)) {
            want = retry_want;
            have = retry_have = node(c, retry_have)->next;
        } else {
            return !want && !c->only;
        }
    }
    while (want && wanted(c, want)->is_any_number)
        want = wanted(c, want)->next;
    return want == 0;
}

bool slmi_tree_matches(const slm_mock *mock, const slmi_pattern *pattern, bool only)
{
    struct comparison c = { mock, pattern, only, NULL };
    uint32_t first = mock->node_count ? mock->nodes[0].first : 0;
    return children_match(&c, pattern->nodes[0].first, first);
}

/* -- the difference -------------------------------------------------------------------------------------------------
 */

static void begin_line(const struct comparison *c, char mark, unsigned depth)
{
    slmi_out_format(c->out, "%c %*s", mark, (int)(2 * depth), "");
}

static void print_wanted(const struct comparison *c, uint16_t want, unsigned depth)
{
    begin_line(c, '-', depth);
    slmi_out_put(c->out, wanted(c, want)->source);
    slmi_out_put(c->out, slm_string_from_c("\n"));
}

static void print_node(const struct comparison *c, char mark, uint32_t at, unsigned depth)
{
    begin_line(c, mark, depth);
    slmi_mock_print_node(c->out, node(c, at));
    slmi_out_put(c->out, slm_string_from_c("\n"));
}

static void print_wanted_tree(const struct comparison *c, uint16_t want, unsigned depth)
{
    print_wanted(c, want, depth);
    for (uint16_t child = wanted(c, want)->first; child; child = wanted(c, child)->next)
        print_wanted_tree(c, child, depth + 1);
}

/* Without recursion: it is as deep as the program's spans. */
static void print_tree(const struct comparison *c, char mark, uint32_t top, unsigned depth)
{
    uint32_t at = top;
    unsigned down = 0;
    for (;;) {
        print_node(c, mark, at, depth + down);
        if (node(c, at)->first) {
            at = node(c, at)->first;
            down++;
            continue;
        }
        while (at != top && !node(c, at)->next) {
            at = node(c, at)->parent;
            down--;
        }
        if (at == top)
            return;
        at = node(c, at)->next;
    }
}

/* From worst to best: not at all, by name, by its fields too, in all but what is inside it, in all. */
static unsigned likeness(const struct comparison *c, uint16_t want_at, uint32_t at)
{
    const slmi_pattern_node *want = wanted(c, want_at);
    const slmi_mock_node *have = node(c, at);
    if (want->is_event != have->is_event || !slmi_pattern_fits(want->name, have->name))
        return 0;
    if (!slmi_fields_match(c->pattern, want, have->fields, c->only))
        return 1;
    if (!node_matches(c, want_at, at))
        return 2;
    return subtree_matches(c, want_at, at) ? 4 : 3;
}

/* What the wanted node is best laid beside: the first of those that are most like it. */
static uint32_t counterpart(const struct comparison *c, uint16_t want, uint32_t from)
{
    uint32_t best = 0;
    unsigned most = 0;
    for (uint32_t at = from; at && most < 4; at = node(c, at)->next) {
        unsigned like = likeness(c, want, at);
        if (like > most) {
            most = like;
            best = at;
        }
    }
    return best;
}

static void print_others(const struct comparison *c, char mark, uint32_t from, uint32_t to, unsigned depth)
{
    for (; from != to; from = node(c, from)->next)
        print_tree(c, mark, from, depth);
}

static void print_level(const struct comparison *c, uint16_t want, uint32_t have, unsigned depth)
{
    bool others = !c->only;
    for (; want; want = wanted(c, want)->next) {
        if (wanted(c, want)->is_any_number) {
            others = true;
            continue;
        }
        uint32_t at = counterpart(c, want, have);
        if (!at) {
            print_wanted_tree(c, want, depth);
            continue;
        }
        print_others(c, others ? ' ' : '+', have, at, depth);
        bool same = node_matches(c, want, at);
        if (!same)
            print_wanted(c, want, depth);
        print_node(c, same ? ' ' : '+', at, depth);
        print_level(c, wanted(c, want)->first, node(c, at)->first, depth + 1);
        have = node(c, at)->next;
        others = !c->only;
    }
    print_others(c, others ? ' ' : '+', have, 0, depth);
}

void slmi_tree_print_difference(slmi_out *out, const slm_mock *mock, const slmi_pattern *pattern, bool only)
{
    struct comparison c = { mock, pattern, only, out };
    print_level(&c, pattern->nodes[0].first, mock->node_count ? mock->nodes[0].first : 0, 0);
}
