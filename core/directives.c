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
    bool values;                   /* some are for events by their values */
    uint16_t dynamic[DYNAMIC_MAX]; /* their places in `list` */
    _Atomic(uint64_t) *judged;     /* by record id: what the callsite alone decides; 0: not worked out yet */
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

static bool value_fits(slm_string wanted, const slm_value *value)
{
    char bytes[256];
    slmi_text text = { .data = bytes, .room = sizeof bytes };
    if (value->type == SLM_TYPE_STRING || value->type == SLM_TYPE_DEBUG)
        return slmi_glob(wanted, slm_string_of(value->as.s, value->len));
    slmi_text_value(&text, value);
    return slmi_glob(wanted, slm_string_of(text.data, text.len));
}

static bool values_fit(const slmi_directive *d, slm_hit *event)
{
    uint32_t found = 0;
    slm_field field;
    for (size_t at = 0; slm_hit_field(event, at, &field); at++)
        for (unsigned i = 0; i < d->field_count; i++) {
            const slmi_wanted *w = &d->fields[i];
            bool there = slm_string_equal(w->key, field.key) && field.value.type != SLM_TYPE_EMPTY;
            if (there && (!w->value.data || value_fits(w->value, &field.value)))
                found |= UINT32_C(1) << i;
        }
    return found == (UINT32_C(1) << d->field_count) - 1;
}

/* What an event's callsite says of a directive: that its events do not fit, do, or do if their values are like that. */
enum fit { FITS_NOT, FITS, FITS_BY_VALUE };

/* An event fits `[{key}]` by having the field; a named span is for what is inside it. */
static enum fit event_fit(const slmi_directive *d, const slm_metadata *meta)
{
    bool values = false;
    if (d->span.data || meta->is_span || !slmi_directive_names(d, meta))
        return FITS_NOT;
    for (unsigned i = 0; i < d->field_count; i++) {
        if (!has_key(meta, d->fields[i].key))
            return FITS_NOT;
        values = values || d->fields[i].value.data;
    }
    return values ? FITS_BY_VALUE : FITS;
}

/* The directive that decides where no span does; with `event`, by its values too. */
static const slmi_directive *best_static(const struct directives *set, const slm_metadata *meta, slm_hit *event)
{
    const slmi_directive *best = NULL;
    for (uint32_t i = 0; i < set->count; i++) {
        const slmi_directive *d = &set->list[i];
        bool fits = !d->dynamic && slmi_directive_names(d, meta);
        enum fit fit = d->dynamic ? event_fit(d, meta) : FITS_NOT;
        fits = fits || fit == FITS || (fit == FITS_BY_VALUE && event && values_fit(d, event));
        if (fits && (!best || more_specific(d, best)))
            best = d;
    }
    return best;
}

/* The dynamic ones that are for what is inside a span of this callsite, or for some events of it. */
static uint32_t dynamic_matches(const struct directives *set, const slm_metadata *meta)
{
    uint32_t mask = 0;
    for (uint32_t i = 0; i < set->dynamic_count; i++) {
        const slmi_directive *d = &set->list[set->dynamic[i]];
        bool named = !d->span.data || slmi_glob(d->span, meta->name);
        bool fits = meta->is_span ? named && slmi_directive_names(d, meta) : event_fit(d, meta) == FITS_BY_VALUE;
        if (fits)
            mask |= UINT32_C(1) << i;
    }
    return mask;
}

/* A judgement, in one word: the matches in the lower half, and */
enum { LEVEL_AT = 32, INTEREST_AT = 40 }; /* the level outside spans; the interest */
#define OWN    (UINT64_C(1) << 42)        /* the level is of a directive with a target */
#define JUDGED (UINT64_C(1) << 63)

static bool takes_outside(uint64_t judgement, const slm_metadata *meta)
{
    return meta->level <= (judgement >> LEVEL_AT & 0xff);
}

/* Whether a directive is for spans of this callsite by their name or a key: they must exist, so that what is inside
 * them can be told. */
static bool must_exist(const struct directives *set, const slm_metadata *meta, uint32_t matches)
{
    for (uint32_t left = meta->is_span ? matches : 0; left; left &= left - 1) {
        const slmi_directive *d = &set->list[set->dynamic[__builtin_ctz(left)]];
        bool named = d->span.data != NULL;
        for (unsigned i = 0; i < d->field_count && !named; i++)
            named = has_key(meta, d->fields[i].key);
        if (named)
            return true;
    }
    return false;
}

static uint64_t judge(const struct directives *set, const slm_metadata *meta)
{
    const slmi_directive *best = best_static(set, meta, NULL);
    uint32_t matches = dynamic_matches(set, meta);
    uint64_t judgement = JUDGED | matches | (best && best->target.len ? OWN : 0);
    judgement |= best ? (uint64_t)best->level << LEVEL_AT : 0;
    bool takes = takes_outside(judgement, meta), by_value = !meta->is_span && matches;
    slm_interest interest = takes ? SLM_INTEREST_ALWAYS : SLM_INTEREST_NEVER;
    if (set->dynamic_count && must_exist(set, meta, matches))
        interest = SLM_INTEREST_ALWAYS;
    else if (set->dynamic_count && (takes ? set->least < meta->level || by_value : set->most >= meta->level))
        interest = SLM_INTEREST_SOMETIMES;
    return judgement | (uint64_t)interest << INTEREST_AT;
}

static __attribute__((noinline)) uint64_t judge_and_keep(const struct directives *set, const slm_metadata *meta)
{
    uint64_t judgement = judge(set, meta);
    if (set->judged && meta->id < SLMI_SITES_MAX)
        atomic_store_explicit(&set->judged[meta->id], judgement, memory_order_relaxed);
    return judgement;
}

/* Kept for callsites of the library's; see slm_filter_takes(). */
static inline uint64_t judgement_of(const struct directives *set, const slm_metadata *meta)
{
    bool may_be_kept = set->judged && meta->id < SLMI_SITES_MAX;
    uint64_t judgement = may_be_kept ? atomic_load_explicit(&set->judged[meta->id], memory_order_relaxed) : 0;
    return __builtin_expect(judgement != 0, 1) ? judgement : judge_and_keep(set, meta);
}

static slm_interest interest_in(uint64_t judgement)
{
    return (slm_interest)(judgement >> INTEREST_AT & 3);
}

static slm_interest callsite(void *self, const slm_metadata *meta)
{
    return interest_in(judgement_of(self, meta));
}

/* -- what the spans around a hit decide -----------------------------------------------------------------------------
 */

static uint8_t level_in(const void *place)
{
    return place ? __atomic_load_n(&((const struct place *)place)->level, __ATOMIC_RELAXED) : 0;
}

/* The level of the innermost span that a directive names decides; where the callsite's target has a directive of its
 * own, the more verbose of the two. */
static bool decide(uint8_t inside, bool takes, bool own, const slm_metadata *meta)
{
    return inside == 0 ? takes : meta->level <= inside - 1 || (own && takes);
}

static bool enabled(void *self, const slm_metadata *meta, const slm_view *current, const void *place)
{
    const struct directives *set = self;
    uint64_t judgement = judgement_of(set, meta);
    (void)current;
    if (interest_in(judgement) != SLM_INTEREST_SOMETIMES)
        return interest_in(judgement) == SLM_INTEREST_ALWAYS;
    if (decide(level_in(place), takes_outside(judgement, meta), (judgement & OWN) != 0, meta))
        return true;
    for (uint32_t left = meta->is_span ? 0 : (uint32_t)judgement; left; left &= left - 1)
        if (meta->level <= set->list[set->dynamic[__builtin_ctz(left)]].level)
            return true; /* its values may be like that */
    return false;
}

static bool event_decides(void *self, slm_hit *event, const slm_view *current, const void *place)
{
    const slm_metadata *meta = slm_hit_metadata(event);
    if ((uint32_t)judgement_of(self, meta) == 0)
        return enabled(self, meta, current, place);
    const slmi_directive *best = best_static(self, meta, event);
    return decide(level_in(place), best && meta->level <= best->level, best && best->target.len, meta);
}

struct match {
    const slmi_directive *d;
    uint32_t found; /* fields, by number */
};

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
    uint32_t left = (uint32_t)judgement_of(set, slm_view_metadata(span));
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
    slmi_free(set->judged);
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
        for (unsigned i = 0; i < d->field_count && !d->span.data; i++)
            set->values = set->values || d->fields[i].value.data;
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
    static const slm_filter_ops event_ops = { .size = sizeof event_ops,
                                              .callsite = callsite,
                                              .enabled = enabled,
                                              .place_bytes = sizeof(struct place),
                                              .on_start = on_start,
                                              .on_record = on_record,
                                              .destroy = destroy,
                                              .event = event_decides };
    if (set->dynamic_count == 0)
        return slm_filter_new(&static_ops, set);
    set->judged = slmi_alloc_zeroed(SLMI_SITES_MAX * sizeof *set->judged);
    slm_filter *filter = set->judged ? slm_filter_new(set->values ? &event_ops : &dynamic_ops, set) : NULL;
    if (filter)
        filter->whole = true;
    return filter;
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
