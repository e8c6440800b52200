/* SPDX-License-Identifier: MIT */
/* Directives such as `info,db=debug`: parsed strictly or lossily, matched by target and level. */
#include <string.h>
#include <strings.h>

#include "core/alloc.h"
#include "core/filter.h"

struct directive {
    slm_string target; /* empty: every target */
    uint8_t level;
};

struct directives {
    uint32_t count;
    struct directive directives[SLM_FILTER_DIRECTIVES_MAX];
    char text[];
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

static slm_string trim(slm_string s)
{
    while (s.len && is_space(s.data[0])) {
        s.data++;
        s.len--;
    }
    while (s.len && is_space(s.data[s.len - 1]))
        s.len--;
    return s;
}

static bool level_of(slm_string s, uint8_t *level)
{
    static const char *const names[] = { "off", "error", "warn", "info", "debug", "trace" };
    if (s.len == 1 && s.data[0] >= '0' && s.data[0] <= '5') {
        *level = (uint8_t)(s.data[0] - '0');
        return true;
    }
    for (uint8_t i = 0; i < 6; i++)
        if (strlen(names[i]) == s.len && strncasecmp(names[i], s.data, s.len) == 0) {
            *level = i;
            return true;
        }
    return false;
}

static bool is_target(slm_string s, size_t *bad)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.data[i];
        if (c <= ' ' || c == 0x7f || strchr("=,[]{}\"", c)) {
            *bad = i;
            return false;
        }
    }
    return true;
}

/* One directive, trimmed and not empty. On a mistake, returns why and sets `*at` to its offset in `text`. */
static const char *parse_one(slm_string text, struct directive *out, size_t *at)
{
    const char *equals = memchr(text.data, '=', text.len);
    slm_string target = text, level = { NULL, 0 };
    if (equals) {
        target.len = (size_t)(equals - text.data);
        level = slm_string_of(equals + 1, text.len - target.len - 1);
        target = trim(target);
        slm_string trimmed = trim(level);
        *at = (size_t)(equals - text.data) + 1;
        if (!level_of(trimmed, &out->level))
            return trimmed.len ? "not a level: off, error, warn, info, debug, trace or 0 to 5" : "a level is missing";
        *at = 0;
        if (target.len == 0)
            return "a target is missing before '='";
    } else if (level_of(text, &out->level)) {
        out->target = (slm_string){ "", 0 };
        return NULL;
    } else {
        out->level = SLM_LEVEL_TRACE;
    }
    size_t bad = 0;
    if (!is_target(target, &bad)) {
        *at = (size_t)(target.data - text.data) + bad;
        return "not allowed in a target";
    }
    out->target = target;
    return NULL;
}

static slm_status parse(slm_string text, bool lossy, struct directives **out, slm_filter_error *error)
{
    *error = (slm_filter_error){ 0, { NULL, 0 }, NULL };
    struct directives *set = slmi_alloc(sizeof *set + text.len);
    if (!set)
        return SLM_ERR_NO_MEMORY;
    set->count = 0;
    if (text.len)
        memcpy(set->text, text.data, text.len);
    for (size_t from = 0; from <= text.len && text.len;) {
        const char *comma = memchr(set->text + from, ',', text.len - from);
        size_t end = comma ? (size_t)(comma - set->text) : text.len;
        slm_string one = trim(slm_string_of(set->text + from, end - from));
        from = end + 1;
        if (one.len == 0)
            continue;
        size_t at = 0;
        struct directive d;
        const char *why = parse_one(one, &d, &at);
        slm_status status = SLM_ERR_MALFORMED;
        if (!why && set->count == SLM_FILTER_DIRECTIVES_MAX) {
            why = "too many directives";
            status = SLM_ERR_LIMIT;
        }
        if (!why) {
            set->directives[set->count++] = d;
            continue;
        }
        if (!error->reason) {
            size_t begin = (size_t)(one.data - set->text);
            *error = (slm_filter_error){ begin + at, { text.data + begin, one.len }, why };
        }
        if (!lossy) {
            slmi_free(set);
            return status;
        }
    }
    *out = set;
    return SLM_OK;
}

/* A target matches by whole segments: `db` takes `db` and `db.pool`, not `dbus`. */
static bool target_matches(slm_string directive, slm_string target)
{
    if (directive.len > target.len || memcmp(directive.data, target.data, directive.len) != 0)
        return false;
    if (directive.len == target.len || directive.len == 0)
        return true;
    char next = target.data[directive.len];
    return next == '.' || next == ':' || next == '/';
}

static slm_interest callsite(void *self, const slm_metadata *metadata)
{
    const struct directives *filter = self;
    const struct directive *best = NULL;
    for (uint32_t i = 0; i < filter->count; i++) {
        const struct directive *d = &filter->directives[i];
        if (target_matches(d->target, metadata->target) && (!best || d->target.len >= best->target.len))
            best = d;
    }
    return best && metadata->level <= best->level ? SLM_INTEREST_ALWAYS : SLM_INTEREST_NEVER;
}

static const slm_filter_ops ops = { .size = sizeof ops, .callsite = callsite, .destroy = slmi_free };

static slm_status make(slm_string text, bool lossy, slm_filter **out, slm_filter_error *error)
{
    slm_filter_error ignored;
    struct directives *set = NULL;
    slm_status status = parse(text, lossy, &set, error ? error : &ignored);
    if (status != SLM_OK)
        return status;
    slm_filter *filter = slm_filter_new(&ops, set);
    if (!filter) {
        slmi_free(set);
        return SLM_ERR_NO_MEMORY;
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
