/* SPDX-License-Identifier: MIT */
/* A strict reader of syslog messages, from the grammar of RFC 5424, section 6. */
#ifndef SPANLOOM_TESTS_RFC5424_H
#define SPANLOOM_TESTS_RFC5424_H

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RFC5424_PARAMS = 512, RFC5424_WORD = 256, RFC5424_VALUE = 2048 };

struct rfc5424 {
    const char *at, *end;
    const char *wrong; /* NULL: it keeps the grammar */
    unsigned priority;
    char stamp[RFC5424_WORD], host[RFC5424_WORD], app[RFC5424_WORD], process[RFC5424_WORD], id[RFC5424_WORD];
    char data_id[33];
    unsigned count;
    struct {
        char name[33];
        char value[RFC5424_VALUE];
        size_t len;
    } params[RFC5424_PARAMS];
    const char *text;
    size_t text_len;
    bool marked; /* the text began with a byte order mark */
};

static inline bool rfc5424_fail(struct rfc5424 *m, const char *why)
{
    if (!m->wrong)
        m->wrong = why;
    return false;
}

static inline bool rfc5424_is(struct rfc5424 *m, char c)
{
    if (m->at == m->end || *m->at != c)
        return false;
    m->at++;
    return true;
}

/* 1*max PRINTUSASCII without `not`. */
static inline bool rfc5424_word(struct rfc5424 *m, char *out, size_t max, const char * not )
{
    size_t len = 0;
    while (m->at<m->end && * m->at> 32 && *m->at < 127 && !strchr(not, *m->at) && len <= max)
        out[len++] = *m->at++;
    if (len == 0 || len > max)
        return rfc5424_fail(m, "a word of the header");
    out[len] = '\0';
    return true;
}

/* FULL-DATE "T" FULL-TIME with at most six digits of a second, and Z. */
static inline bool rfc5424_stamp(struct rfc5424 *m)
{
    if (!rfc5424_word(m, m->stamp, RFC5424_WORD - 1, ""))
        return false;
    unsigned n[6];
    int used = 0;
    if (sscanf(m->stamp, "%4u-%2u-%2uT%2u:%2u:%2u%n", &n[0], &n[1], &n[2], &n[3], &n[4], &n[5], &used) != 6 ||
        used != 19 || n[1] < 1 || n[1] > 12 || n[2] < 1 || n[2] > 31 || n[3] > 23 || n[4] > 59 || n[5] > 59)
        return rfc5424_fail(m, "a time stamp");
    const char *rest = m->stamp + used;
    if (*rest == '.') {
        size_t digits = strspn(rest + 1, "0123456789");
        if (digits == 0 || digits > 6)
            return rfc5424_fail(m, "digits of a second");
        rest += 1 + digits;
    }
    return strcmp(rest, "Z") == 0 || rfc5424_fail(m, "a time zone");
}

static inline bool rfc5424_param(struct rfc5424 *m)
{
    if (m->count == RFC5424_PARAMS)
        return rfc5424_fail(m, "too many parameters");
    char *out = m->params[m->count].value;
    size_t len = 0;
    if (!rfc5424_word(m, m->params[m->count].name, 32, "= ]\"") || !rfc5424_is(m, '=') || !rfc5424_is(m, '"'))
        return rfc5424_fail(m, "a parameter");
    while (m->at < m->end && *m->at != '"') {
        if (*m->at == ']')
            return rfc5424_fail(m, "a ] that is not escaped");
        if (*m->at == '\\' && m->at + 1 < m->end && strchr("\"\\]", m->at[1]))
            m->at++;
        if (len + 1 == RFC5424_VALUE)
            return rfc5424_fail(m, "a value longer than this reader takes");
        out[len++] = *m->at++;
    }
    out[len] = '\0';
    m->params[m->count++].len = len;
    return rfc5424_is(m, '"') || rfc5424_fail(m, "a value that does not end");
}

static inline bool rfc5424_data(struct rfc5424 *m)
{
    if (rfc5424_is(m, '-'))
        return true;
    if (!rfc5424_is(m, '[') || !rfc5424_word(m, m->data_id, 32, "= ]\""))
        return rfc5424_fail(m, "structured data");
    while (rfc5424_is(m, ' '))
        if (!rfc5424_param(m))
            return false;
    return rfc5424_is(m, ']') || rfc5424_fail(m, "an element that does not end");
}

static inline bool rfc5424_priority(struct rfc5424 *m)
{
    if (!rfc5424_is(m, '<') || m->at == m->end || (*m->at == '0' && m->at + 1 < m->end && m->at[1] != '>'))
        return rfc5424_fail(m, "a priority");
    unsigned digits = 0;
    while (m->at < m->end && isdigit((unsigned char)*m->at) && digits++ < 3)
        m->priority = m->priority * 10 + (unsigned)(*m->at++ - '0');
    bool fine = digits > 0 && m->priority <= 191 && rfc5424_is(m, '>');
    return (fine && rfc5424_is(m, '1') && rfc5424_is(m, ' ')) || rfc5424_fail(m, "a priority and a version");
}

/* Whether it is well-formed UTF-8, or, without a mark, ASCII: then a receiver need not guess. */
static inline bool rfc5424_text_rules(struct rfc5424 *m)
{
    bool ascii = true;
    for (size_t i = 0; i < m->text_len;) {
        const unsigned char *s = (const unsigned char *)m->text + i;
        size_t n = *s < 0x80                 ? 1
                   : *s >= 0xc2 && *s < 0xe0 ? 2
                   : (*s & 0xf0) == 0xe0     ? 3
                   : *s >= 0xf0 && *s < 0xf5 ? 4
                                             : 0;
        ascii = ascii && n == 1;
        if (n == 0 || n > m->text_len - i)
            return rfc5424_fail(m, "text that is no UTF-8");
        for (size_t j = 1; j < n; j++)
            if ((s[j] & 0xc0) != 0x80)
                return rfc5424_fail(m, "text that is no UTF-8");
        i += n;
    }
    return ascii != m->marked || rfc5424_fail(m, "a byte order mark where there must be none, or none");
}

static inline bool rfc5424_read(struct rfc5424 *m, const char *bytes, size_t len)
{
    *m = (struct rfc5424){ .at = bytes, .end = bytes + len };
    if (!rfc5424_priority(m) || !rfc5424_stamp(m))
        return false;
    const struct {
        char *out;
        size_t max;
    } words[] = { { m->host, 255 }, { m->app, 48 }, { m->process, 128 }, { m->id, 32 } };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!rfc5424_is(m, ' ') || !rfc5424_word(m, words[i].out, words[i].max, ""))
            return rfc5424_fail(m, "a header");
    if (!rfc5424_is(m, ' ') || !rfc5424_data(m))
        return rfc5424_fail(m, "structured data");
    if (m->at == m->end)
        return true;
    if (!rfc5424_is(m, ' '))
        return rfc5424_fail(m, "a space before the text");
    m->marked = m->end - m->at >= 3 && memcmp(m->at, "\xef\xbb\xbf", 3) == 0;
    m->text = m->at + (m->marked ? 3 : 0);
    m->text_len = (size_t)(m->end - m->text);
    return rfc5424_text_rules(m);
}

/* The `nth` parameter of this name, from 0; NULL if there is none. */
static inline const char *rfc5424_find(const struct rfc5424 *m, const char *name, unsigned nth)
{
    for (unsigned i = 0; i < m->count; i++)
        if (strcmp(m->params[i].name, name) == 0 && nth-- == 0)
            return m->params[i].value;
    return NULL;
}

#endif
