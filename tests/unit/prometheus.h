/* SPDX-License-Identifier: MIT */
/* A strict reader of Prometheus's text format, version 0.0.4, written from its specification and not from the writer:
 * https://prometheus.io/docs/instrumenting/exposition_formats/. It takes nothing that a scraper may refuse. */
#ifndef SPANLOOM_TESTS_PROMETHEUS_H
#define SPANLOOM_TESTS_PROMETHEUS_H

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PROMETHEUS_SAMPLES = 8192, PROMETHEUS_FAMILIES = 64, PROMETHEUS_LABELS = 4 };

struct prometheus_sample {
    char name[128];
    unsigned label_count;
    char keys[PROMETHEUS_LABELS][32];
    char values[PROMETHEUS_LABELS][512];
    double value;
};

struct prometheus {
    const char *at;
    const char *wrong; /* what is not as it must be; NULL: all is */
    unsigned family_count, sample_count;
    struct {
        char name[128], type[16];
        bool helped, sampled, closed;
    } families[PROMETHEUS_FAMILIES];
    struct prometheus_sample samples[PROMETHEUS_SAMPLES];
};

static inline bool prometheus_fail(struct prometheus *p, const char *why)
{
    if (!p->wrong)
        p->wrong = why;
    return false;
}

/* Length of a metric's or (without colons) a label's name. */
static inline size_t prometheus_name(const char *at, bool colons)
{
    size_t n = 0;
    while (isalpha((unsigned char)at[n]) || at[n] == '_' || (colons && at[n] == ':') ||
           (n && isdigit((unsigned char)at[n])))
        n++;
    return n;
}

static inline bool prometheus_take_name(struct prometheus *p, bool colons, char *out, size_t room)
{
    size_t n = prometheus_name(p->at, colons);
    if (n == 0 || n >= room)
        return prometheus_fail(p, "a name");
    memcpy(out, p->at, n);
    out[n] = '\0';
    p->at += n;
    return true;
}

static inline bool prometheus_expect(struct prometheus *p, char c, const char *why)
{
    if (*p->at != c)
        return prometheus_fail(p, why);
    p->at++;
    return true;
}

/* How many bytes of well-formed UTF-8 begin here. */
static inline size_t prometheus_utf8(const unsigned char *s)
{
    size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xc2 && s[0] < 0xe0 ? 2 : (s[0] & 0xf0) == 0xe0 ? 3 : s[0] < 0xf5 ? 4 : 0;
    if (s[0] >= 0x80 && s[0] < 0xc2)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    return n;
}

static inline bool prometheus_label_value(struct prometheus *p, char *out, size_t room)
{
    size_t len = 0;
    if (!prometheus_expect(p, '"', "a quote before a label's value"))
        return false;
    while (*p->at != '"') {
        size_t n = 1;
        char c = *p->at;
        if (c == '\0' || c == '\n')
            return prometheus_fail(p, "a label's value does not end");
        if (c == '\\') {
            c = *++p->at;
            if (c != '\\' && c != '"' && c != 'n')
                return prometheus_fail(p, "an escape in a label's value");
            c = c == 'n' ? '\n' : c;
        } else {
            n = prometheus_utf8((const unsigned char *)p->at);
        }
        if (n == 0 || len + n >= room)
            return prometheus_fail(p, n ? "a label's value is too long" : "a label's value is not UTF-8");
        out[len] = c;
        for (size_t i = 1; i < n; i++)
            out[len + i] = p->at[i];
        len += n;
        p->at += n;
    }
    out[len] = '\0';
    p->at++;
    return true;
}

static inline bool prometheus_labels(struct prometheus *p, struct prometheus_sample *s)
{
    while (*p->at != '}') {
        unsigned i = s->label_count;
        if (i == PROMETHEUS_LABELS)
            return prometheus_fail(p, "too many labels");
        if (!prometheus_take_name(p, false, s->keys[i], sizeof s->keys[i]) ||
            !prometheus_expect(p, '=', "= after a label's name") ||
            !prometheus_label_value(p, s->values[i], sizeof s->values[i]))
            return false;
        for (unsigned j = 0; j < i; j++)
            if (strcmp(s->keys[j], s->keys[i]) == 0)
                return prometheus_fail(p, "a label twice");
        s->label_count++;
        if (*p->at == ',')
            p->at++;
        else if (*p->at != '}')
            return prometheus_fail(p, "neither , nor } after a label");
    }
    p->at++;
    return true;
}

static inline const char *prometheus_label(const struct prometheus_sample *s, const char *key)
{
    for (unsigned i = 0; i < s->label_count; i++)
        if (strcmp(s->keys[i], key) == 0)
            return s->values[i];
    return NULL;
}

/* The family of a sample: its own name, or, of a histogram, that without the suffix. */
static inline int prometheus_family(const struct prometheus *p, const char *sample)
{
    for (unsigned i = 0; i < p->family_count; i++) {
        const char *name = p->families[i].name;
        size_t n = strlen(name);
        if (strcmp(name, sample) == 0)
            return (int)i;
        bool histogram = strcmp(p->families[i].type, "histogram") == 0;
        if (histogram && strncmp(name, sample, n) == 0 &&
            (strcmp(sample + n, "_bucket") == 0 || strcmp(sample + n, "_sum") == 0 ||
             strcmp(sample + n, "_count") == 0))
            return (int)i;
    }
    return -1;
}

static inline bool prometheus_comment(struct prometheus *p)
{
    bool help = strncmp(p->at, "# HELP ", 7) == 0;
    if (!help && strncmp(p->at, "# TYPE ", 7) != 0)
        return prometheus_fail(p, "a comment that is neither HELP nor TYPE");
    char name[128];
    p->at += 7;
    if (!prometheus_take_name(p, true, name, sizeof name) ||
        !prometheus_expect(p, ' ', "a space after a family's name"))
        return false;
    int at = -1;
    for (unsigned i = 0; i < p->family_count; i++)
        if (strcmp(p->families[i].name, name) == 0)
            at = (int)i;
    if (at < 0) {
        if (p->family_count == PROMETHEUS_FAMILIES)
            return prometheus_fail(p, "too many families");
        at = (int)p->family_count++;
        snprintf(p->families[at].name, sizeof p->families[at].name, "%s", name);
    }
    size_t len = strcspn(p->at, "\n");
    if (help && p->families[at].helped)
        return prometheus_fail(p, "HELP twice");
    if (p->families[at].sampled)
        return prometheus_fail(p, "HELP or TYPE after the family's samples");
    if (!help) {
        if (p->families[at].type[0] || len >= sizeof p->families[at].type)
            return prometheus_fail(p, "TYPE twice");
        memcpy(p->families[at].type, p->at, len);
        static const char *const types[] = { "counter", "gauge", "histogram", "summary", "untyped" };
        bool known = false;
        for (size_t i = 0; i < sizeof types / sizeof *types; i++)
            known = known || strcmp(types[i], p->families[at].type) == 0;
        if (!known)
            return prometheus_fail(p, "an unknown TYPE");
    }
    p->families[at].helped = p->families[at].helped || help;
    p->at += len;
    return prometheus_expect(p, '\n', "the last line has no end");
}

static inline bool prometheus_same(const struct prometheus_sample *a, const struct prometheus_sample *b)
{
    if (strcmp(a->name, b->name) != 0 || a->label_count != b->label_count)
        return false;
    for (unsigned i = 0; i < a->label_count; i++) {
        const char *value = prometheus_label(b, a->keys[i]);
        if (!value || strcmp(value, a->values[i]) != 0)
            return false;
    }
    return true;
}

static inline bool prometheus_take_sample(struct prometheus *p)
{
    if (p->sample_count == PROMETHEUS_SAMPLES)
        return prometheus_fail(p, "too many samples");
    struct prometheus_sample *s = &p->samples[p->sample_count];
    memset(s, 0, sizeof *s);
    if (!prometheus_take_name(p, true, s->name, sizeof s->name))
        return false;
    if (*p->at == '{') {
        p->at++;
        if (!prometheus_labels(p, s))
            return false;
    }
    if (!prometheus_expect(p, ' ', "a space before a value"))
        return false;
    char *end = NULL;
    s->value = strtod(p->at, &end);
    if (end == p->at || isspace((unsigned char)*p->at))
        return prometheus_fail(p, "a value");
    p->at = end;
    int family = prometheus_family(p, s->name);
    if (family < 0 || !p->families[family].type[0])
        return prometheus_fail(p, "a sample without a TYPE");
    if (p->families[family].closed)
        return prometheus_fail(p, "the lines of a family are not one group");
    for (unsigned i = 0; i < p->family_count; i++)
        p->families[i].closed = p->families[i].closed || (p->families[i].sampled && (int)i != family);
    p->families[family].sampled = true;
    for (unsigned i = 0; i < p->sample_count; i++)
        if (prometheus_same(&p->samples[i], s))
            return prometheus_fail(p, "a series twice");
    p->sample_count++;
    return prometheus_expect(p, '\n', "the last line has no end");
}

/* The value of the series with these labels (NULL: without); NAN if there is none. */
static inline double prometheus_value(const struct prometheus *p, const char *name, const char *span, const char *le)
{
    for (unsigned i = 0; i < p->sample_count; i++) {
        const struct prometheus_sample *s = &p->samples[i];
        const char *s_span = prometheus_label(s, "span"), *s_le = prometheus_label(s, "le");
        if (strcmp(s->name, name) == 0 && (span ? s_span && strcmp(s_span, span) == 0 : !s_span) &&
            (le ? s_le && strcmp(s_le, le) == 0 : !s_le))
            return s->value;
    }
    return NAN;
}

/* Buckets: bounds ascend and counts do not fall, up to +Inf, which is the count. */
static inline bool prometheus_histograms(struct prometheus *p)
{
    double bound = -HUGE_VAL, below = 0;
    for (unsigned i = 0; i < p->sample_count; i++) {
        const struct prometheus_sample *s = &p->samples[i];
        const char *le = prometheus_label(s, "le");
        size_t n = strlen(s->name);
        if (n <= 7 || strcmp(s->name + n - 7, "_bucket") != 0)
            continue;
        char *end = NULL;
        double upper = le ? strtod(le, &end) : 0;
        if (!le || *end || end == le)
            return prometheus_fail(p, "a bucket's bound");
        if (upper <= bound || s->value < below)
            return prometheus_fail(p, "buckets do not ascend");
        bound = upper;
        below = s->value;
        if (!isinf(upper))
            continue;
        char count[128], sum[128];
        snprintf(count, sizeof count, "%.*s_count", (int)(n - 7), s->name);
        snprintf(sum, sizeof sum, "%.*s_sum", (int)(n - 7), s->name);
        const char *span = prometheus_label(s, "span");
        if (prometheus_value(p, count, span, NULL) != s->value)
            return prometheus_fail(p, "a histogram's count is not its last bucket");
        if (isnan(prometheus_value(p, sum, span, NULL)))
            return prometheus_fail(p, "a histogram without a sum");
        bound = -HUGE_VAL;
        below = 0;
    }
    return isinf(bound) || prometheus_fail(p, "a histogram without a bucket for +Inf");
}

/* Reads a whole page; false, and `wrong` says what, if it is not the format. */
static inline bool prometheus_read(struct prometheus *p, const char *text)
{
    p->at = text;
    p->wrong = NULL;
    p->family_count = p->sample_count = 0;
    memset(p->families, 0, sizeof p->families);
    while (*p->at) {
        bool fine = *p->at == '\n'  ? prometheus_fail(p, "an empty line")
                    : *p->at == '#' ? prometheus_comment(p)
                                    : prometheus_take_sample(p);
        if (!fine)
            return false;
    }
    return prometheus_histograms(p);
}

#endif
