/* SPDX-License-Identifier: MIT */
/* The filter that directives make: by level and target, decided once for each callsite; and by the spans a hit is in,
 * whose level travels in the filter's place in each span, from parent to child. */
#include <stdatomic.h>
#include <string.h>

#include <spanloom/layer.h>

#include "core/alloc.h"
#include "core/directive.h"
#include "core/filter.h"
#include "core/layers/text.h"
#include "core/site.h"

enum { DYNAMIC_MAX = 32 };

struct directives {
    uint32_t count, dynamic_count;
    uint8_t most, least;           /* levels of the dynamic ones */
    uint16_t dynamic[DYNAMIC_MAX]; /* their places in `list` */
    _Atomic(uint32_t) *matches;    /* by record id: the dynamic ones that a span's callsite fits */
    slmi_directive list[SLM_FILTER_DIRECTIVES_MAX];
    char text[];
};

/* The filter's place in a span: levels plus one, 0 for none. */
struct place {
    uint8_t inherited; /* of the spans around it */
    uint8_t level;     /* inside it */
    uint8_t reserved[6];
};

/* -- what a callsite alone decides -------------------------------------------------------------------------------- */

static bool more_specific(const slmi_directive *a, const slmi_directive *b)
{
    if (a->target.len != b->target.len)
        return a->target.len > b->target.len;
    if ((a->span.data != NULL) != (b->span.data != NULL))
        return a->span.data != NULL;
    return a->field_count >= b->field_count;
}

static bool has_key(const slm_metadata *meta, slm_string key)
{
    for (unsigned i = 0; i < meta->field_count; i++)
        if (slm_string_equal(meta->keys[i], key))
            return true;
    return false;
}

/* An event fits `[{key}]` by having the field; a named span is for what is inside it. */
static bool event_fits(const slmi_directive *d, const slm_metadata *meta)
{
    if (d->span.data || meta->is_span)
        return false;
    for (unsigned i = 0; i < d->field_count; i++)
        if (d->fields[i].value.data || !has_key(meta, d->fields[i].key))
            return false;
    return slmi_directive_target_matches(d->target, meta->target);
}

/* The directive that decides where no span does. */
static const slmi_directive *best_static(const struct directives *set, const slm_metadata *meta)
{
    const slmi_directive *best = NULL;
    for (uint32_t i = 0; i < set->count; i++) {
        const slmi_directive *d = &set->list[i];
        bool fits = d->dynamic ? event_fits(d, meta) : slmi_directive_target_matches(d->target, meta->target);
        if (fits && (!best || more_specific(d, best)))
            best = d;
    }
    return best;
}

static uint32_t span_matches(const struct directives *set, const slm_metadata *meta)
{
    uint32_t mask = 0;
    for (uint32_t i = 0; meta->is_span && i < set->dynamic_count; i++) {
        const slmi_directive *d = &set->list[set->dynamic[i]];
        bool fits =
            slmi_directive_target_matches(d->target, meta->target) && (!d->span.data || slmi_glob(d->span, meta->name));
        if (fits)
            mask |= UINT32_C(1) << i;
    }
    return mask;
}

static slm_interest callsite(void *self, const slm_metadata *meta)
{
    struct directives *set = self;
    const slmi_directive *best = best_static(set, meta);
    bool takes = best && meta->level <= best->level;
    if (set->dynamic_count == 0)
        return takes ? SLM_INTEREST_ALWAYS : SLM_INTEREST_NEVER;
    uint32_t matches = span_matches(set, meta);
    atomic_store_explicit(&set->matches[meta->id], matches, memory_order_relaxed);
    for (uint32_t left = matches; left; left &= left - 1) {
        const slmi_directive *d = &set->list[set->dynamic[__builtin_ctz(left)]];
        bool named = d->span.data != NULL;
        for (unsigned i = 0; i < d->field_count && !named; i++)
            named = has_key(meta, d->fields[i].key);
        if (named)
            return SLM_INTEREST_ALWAYS; /* it must exist, so that what is inside it can be told */
    }
    if (takes && set->least >= meta->level)
        return SLM_INTEREST_ALWAYS;
    if (!takes && set->most < meta->level)
        return SLM_INTEREST_NEVER;
    return SLM_INTEREST_SOMETIMES;
}

/* -- what the spans around a hit decide -----------------------------------------------------------------------------
 */

static uint8_t level_in(const void *place)
{
    return place ? __atomic_load_n(&((const struct place *)place)->level, __ATOMIC_RELAXED) : 0;
}

/* The level of the innermost span that a directive names decides; where the callsite's target has a directive of its
 * own, the more verbose of the two. */
static bool enabled(void *self, const slm_metadata *meta, const slm_view *current, const void *place)
{
    const struct directives *set = self;
    const slmi_directive *best = best_static(set, meta);
    uint8_t inside = level_in(place);
    (void)current;
    if (inside == 0)
        return best && meta->level <= best->level;
    return meta->level <= inside - 1 || (best && best->target.len && meta->level <= best->level);
}

struct match {
    const slmi_directive *d;
    uint32_t found; /* fields, by number */
};

static bool value_fits(slm_string wanted, const slm_value *value)
{
    char bytes[256];
    slmi_text text = { .data = bytes, .room = sizeof bytes };
    if (value->type == SLM_TYPE_STRING || value->type == SLM_TYPE_DEBUG)
        return slmi_glob(wanted, slm_string_of(value->as.s, value->len));
    slmi_text_value(&text, value);
    return slmi_glob(wanted, slm_string_of(text.data, text.len));
}

static bool match_field(void *user, const slm_field *field)
{
    struct match *m = user;
    for (unsigned i = 0; i < m->d->field_count; i++) {
        const slmi_wanted *w = &m->d->fields[i];
        if (slm_string_equal(w->key, field->key) && (!w->value.data || value_fits(w->value, &field->value)))
            m->found |= UINT32_C(1) << i;
    }
    return true;
}

static bool span_fits(const slmi_directive *d, const slm_view *span)
{
    struct match m = { d, 0 };
    if (d->field_count == 0)
        return true;
    slm_view_fields(span, match_field, &m);
    /* A key without a value is there once it is declared. */
    for (unsigned i = 0; i < d->field_count; i++)
        if (!d->fields[i].value.data && has_key(slm_view_metadata(span), d->fields[i].key))
            m.found |= UINT32_C(1) << i;
    return m.found == (UINT32_C(1) << d->field_count) - 1;
}

static uint8_t level_of(const struct directives *set, const slm_view *span, uint8_t inherited)
{
    const slmi_directive *best = NULL;
    uint32_t left = atomic_load_explicit(&set->matches[slm_view_metadata(span)->id], memory_order_relaxed);
    for (; left; left &= left - 1) {
        const slmi_directive *d = &set->list[set->dynamic[__builtin_ctz(left)]];
        if ((!best || more_specific(d, best)) && span_fits(d, span))
            best = d;
    }
    return best ? (uint8_t)(best->level + 1) : inherited;
}

static void on_start(void *self, const slm_view *span, void *place, const void *parent_place)
{
    struct place *p = place;
    uint8_t inherited = level_in(parent_place);
    __atomic_store_n(&p->inherited, inherited, __ATOMIC_RELAXED); /* a reload may be at it too */
    __atomic_store_n(&p->level, level_of(self, span, inherited), __ATOMIC_RELAXED);
}

static void on_record(void *self, const slm_view *span, const slm_field *field, void *place)
{
    struct place *p = place;
    (void)field;
    uint8_t inherited = __atomic_load_n(&p->inherited, __ATOMIC_RELAXED);
    __atomic_store_n(&p->level, level_of(self, span, inherited), __ATOMIC_RELAXED);
}

static void destroy(void *self)
{
    struct directives *set = self;
    slmi_free(set->matches);
    slmi_free(set);
}

/* -- making it --------------------------------------------------------------------------------------------------------
 */

static const char *add(struct directives *set, const slmi_directive *d)
{
    if (set->count == SLM_FILTER_DIRECTIVES_MAX)
        return "too many directives";
    if (d->dynamic) {
        if (set->dynamic_count == DYNAMIC_MAX)
            return "too many directives with spans";
        set->most = set->dynamic_count && set->most > d->level ? set->most : d->level;
        set->least = set->dynamic_count && set->least < d->level ? set->least : d->level;
        set->dynamic[set->dynamic_count++] = (uint16_t)set->count;
    }
    set->list[set->count++] = *d;
    return NULL;
}

static slm_status parse(slm_string text, bool lossy, struct directives *set, slm_filter_error *error)
{
    slm_string rest = { set->text, text.len };
    while (rest.len) {
        slm_string one = slmi_directive_next(&rest);
        if (one.len == 0)
            continue;
        size_t at = 0;
        slmi_directive d;
        slm_status status = SLM_ERR_MALFORMED;
        const char *why = slmi_directive_parse(one, &d, &at);
        if (!why) {
            why = add(set, &d);
            status = SLM_ERR_LIMIT;
        }
        if (!why)
            continue;
        if (!error->reason) {
            size_t begin = (size_t)(one.data - set->text);
            *error = (slm_filter_error){ begin + at, { text.data + begin, one.len }, why };
        }
        if (!lossy)
            return status;
    }
    return SLM_OK;
}

static slm_filter *make_filter(struct directives *set)
{
    static const slm_filter_ops static_ops = { .size = sizeof static_ops, .callsite = callsite, .destroy = destroy };
    static const slm_filter_ops dynamic_ops = { .size = sizeof dynamic_ops,
                                                .callsite = callsite,
                                                .enabled = enabled,
                                                .place_bytes = sizeof(struct place),
                                                .on_start = on_start,
                                                .on_record = on_record,
                                                .destroy = destroy };
    if (set->dynamic_count == 0)
        return slm_filter_new(&static_ops, set);
    set->matches = slmi_alloc_zeroed(SLMI_SITES_MAX * sizeof *set->matches);
    return set->matches ? slm_filter_new(&dynamic_ops, set) : NULL;
}

static slm_status make(slm_string text, bool lossy, slm_filter **out, slm_filter_error *error)
{
    slm_filter_error ignored;
    error = error ? error : &ignored;
    *error = (slm_filter_error){ 0, { NULL, 0 }, NULL };
    struct directives *set = slmi_alloc_zeroed(sizeof *set + text.len);
    if (!set)
        return SLM_ERR_NO_MEMORY;
    if (text.len)
        memcpy(set->text, text.data, text.len);
    slm_status status = parse(text, lossy, set, error);
    slm_filter *filter = status == SLM_OK ? make_filter(set) : NULL;
    if (!filter) {
        destroy(set);
        return status == SLM_OK ? SLM_ERR_NO_MEMORY : status;
    }
    *out = filter;
    return SLM_OK;
}

slm_status slm_filter_parse(slm_string text, slm_filter **out, slm_filter_error *error)
{
    return make(text, false, out, error);
}

slm_filter *slm_filter_parse_lossy(slm_string text, slm_filter_error *error)
{
    slm_filter *filter = NULL;
    return make(text, true, &filter, error) == SLM_OK ? filter : NULL;
}
