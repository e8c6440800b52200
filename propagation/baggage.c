/* SPDX-License-Identifier: MIT */
/* W3C Baggage: KEY=VALUE;PROPERTY;PROPERTY=VALUE members. What is kept is what came, without white space, so that a
 * member is judged in one pass and copied as one. */
#include "propagation/baggage.h"

/* A header may repeat its keys for ever, and each time what was kept is searched: this many members are looked at. */
enum { MEMBERS_READ = 8 * SLM_BAGGAGE_MEMBERS_MAX };

/* RFC 9110 5.6.2: what a token may have beside lower-case letters and digits. */
static bool is_token_mark(char c)
{
#define BIT(c) (UINT64_C(1) << ((c)&63))
    static const uint64_t marks[4] = {
        BIT('!') | BIT('#') | BIT('$') | BIT('%') | BIT('&') | BIT('\'') | BIT('*') | BIT('+') | BIT('-') | BIT('.'),
        BIT('^') | BIT('_') | BIT('`') | BIT('|') | BIT('~') | (BIT('Z') * 2 - BIT('A')),
    };
#undef BIT
    unsigned char u = (unsigned char)c;
    return (marks[u >> 6] >> (u & 63) & 1) != 0;
}

/* W3C Baggage 3.3.1, baggage-octet: printable ASCII but space, `"`, `,`, `;` and `\`. */
static uint64_t not_octet(uint64_t word)
{
    uint64_t in = slmi_at_least(word, '!') & slmi_is_not(word, '"') & slmi_is_not(word, ',') & slmi_is_not(word, ';') &
                  slmi_is_not(word, '\\');
    return (~in | slmi_above(word, '~') | word) & SLMI_HIGH_BITS;
}

/* The text that is being read: nothing outside is touched. */
struct text {
    const char *start, *end;
};

static const char *token_end(const char *at, const struct text *text, uint64_t *hash)
{
    uint64_t mix = 0;
    for (;;) {
        uint64_t word = slmi_word_at(at, text->start, text->end);
        uint64_t stop = slmi_not_alphanumeric(word);
        if (stop == 0) {
            mix = slmi_mix(mix, word);
            at += 8;
            continue;
        }
        mix = slmi_mix(mix, slmi_below(word, stop));
        at += slmi_first(stop);
        if (at == text->end || !is_token_mark(*at)) {
            *hash = mix;
            return at;
        }
        mix += (unsigned char)*at++;
    }
}

static const char *octets_end(const char *at, const struct text *text)
{
    for (;;) {
        uint64_t stop = not_octet(slmi_word_at(at, text->start, text->end));
        if (stop != 0)
            return at + slmi_first(stop);
        at += 8;
    }
}

static const char *skip_ows(const char *at, const struct text *text)
{
    while (at < text->end && slmi_is_ows(*at))
        at++;
    return at;
}

struct member {
    const char *start, *end; /* The end is a comma, the end of the text, or where it stops making sense. */
    size_t key_len, value_at;
    uint64_t hash;
    bool compact; /* Neither white space nor an empty property inside. */
};

/* Reads properties from their `;` on; false: malformed. */
static bool read_properties(struct member *member, const struct text *text)
{
    uint64_t ignored;
    const char *p = member->end;
    while (p < text->end && *p == ';') {
        const char *key = skip_ows(p + 1, text);
        const char *end = token_end(key, text, &ignored);
        const char *next = skip_ows(end, text);
        member->compact = member->compact && key == p + 1 && next == end && end > key;
        if (next < text->end && *next == '=' && end > key) {
            const char *value = skip_ows(next + 1, text);
            end = octets_end(value, text);
            member->compact = member->compact && value == next + 1;
            next = skip_ows(end, text);
            /* White space before a comma or at the end belongs to no property. */
            member->compact = member->compact && (next == end || next == text->end || *next == ',');
        }
        p = next;
    }
    member->end = p;
    return p == text->end || *p == ',';
}

/* Reads the member that starts at `at`; false: malformed. */
static bool read_member(const char *at, const struct text *text, struct member *member)
{
    member->start = at;
    member->end = token_end(at, text, &member->hash);
    member->key_len = (size_t)(member->end - at);
    const char *equals = skip_ows(member->end, text);
    if (member->key_len == 0 || equals == text->end || *equals != '=')
        return false;
    const char *value = skip_ows(equals + 1, text);
    const char *value_end = octets_end(value, text);
    member->compact = equals == member->end && value == equals + 1;
    member->end = skip_ows(value_end, text);
    if (member->end < text->end && *member->end == ';') {
        member->compact = member->compact && member->end == value_end;
        return read_properties(member, text);
    }
    return member->end == text->end || *member->end == ',';
}

/* Copies a member, without white space and empty properties, to `out` if that is not NULL; returns its length. */
static size_t copy_compact(char *out, const char *at, const char *end)
{
    const struct text text = { at, end };
    size_t len = 0;
    for (; at < end; at++) {
        if (slmi_is_ows(*at))
            continue;
        if (*at == ';') {
            const char *next = skip_ows(at + 1, &text);
            if (next == end || *next == ';')
                continue;
        }
        if (out)
            out[len] = *at;
        len++;
    }
    return len;
}

static size_t limit_of(const slm_baggage *baggage)
{
    return baggage->capacity < SLM_BAGGAGE_BYTES_MAX ? baggage->capacity : SLM_BAGGAGE_BYTES_MAX;
}

/* The member of `key`: where it starts, and its end in `*end`; `len` of the text if there is none. */
static size_t place_of(const slm_baggage *baggage, slm_string key, size_t *end)
{
    size_t at = 0;
    slm_baggage_member member;
    for (size_t cursor = 0; slm_baggage_next(baggage, &cursor, &member); at = cursor) {
        if (slm_string_equal(member.key, key)) {
            *end = cursor;
            return at;
        }
    }
    return baggage->len;
}

static void erase(slm_baggage *baggage, size_t at, size_t end)
{
    memmove(baggage->text + at, baggage->text + end, baggage->len - end);
    baggage->len -= end - at;
    if (baggage->len > 0 && baggage->text[baggage->len - 1] == ',')
        baggage->len--;
}

/* Makes room behind the members for one of `len` bytes, in place of that of `key` if `seen`. NULL: none. */
static char *make_room(slm_baggage *baggage, size_t *count, slm_string key, bool seen, size_t len)
{
    size_t end = baggage->len, at = seen ? place_of(baggage, key, &end) : baggage->len;
    bool replaces = at < baggage->len;
    size_t left = baggage->len - (end - at);
    /* Without its last member the text also loses the comma before that. */
    if (replaces && end == baggage->len && at > 0)
        left--;
    size_t comma = left > 0;
    size_t limit = limit_of(baggage);
    if (len > limit || left + comma > limit - len || (!replaces && *count == SLM_BAGGAGE_MEMBERS_MAX))
        return NULL;
    if (replaces)
        erase(baggage, at, end);
    else
        ++*count;
    if (comma)
        baggage->text[baggage->len++] = ',';
    return baggage->text + baggage->len;
}

static void keep(slmi_baggage_reader *reader, const struct member *member)
{
    const char *end = member->end;
    while (end > member->start && slmi_is_ows(end[-1]))
        end--;
    size_t len = member->compact ? (size_t)(end - member->start) : copy_compact(NULL, member->start, end);
    bool seen = slmi_hashes_add(&reader->hashes, member->hash);
    char *at = make_room(reader->out, &reader->count, slm_string_of(member->start, member->key_len), seen, len);
    if (!at) {
        reader->full = true;
        return;
    }
    if (member->compact)
        memcpy(at, member->start, len);
    else
        copy_compact(at, member->start, end);
    reader->out->len += len;
}

void slmi_baggage_start(slmi_baggage_reader *reader, slm_baggage *out)
{
    *reader = (slmi_baggage_reader){ .out = out };
    out->len = 0;
}

void slmi_baggage_read(slmi_baggage_reader *reader, slm_string line)
{
    if (line.len == 0)
        return;
    const struct text text = { line.data, line.data + line.len };
    const char *p = text.start;
    for (;;) {
        while (p < text.end && (slmi_is_ows(*p) || *p == ','))
            p++;
        if (p == text.end)
            return;
        if (reader->seen == MEMBERS_READ) {
            reader->full = true;
            return;
        }
        reader->seen++;
        struct member member;
        if (read_member(p, &text, &member)) {
            keep(reader, &member);
            p = member.end;
            continue;
        }
        reader->malformed = true;
        p = memchr(p, ',', (size_t)(text.end - p));
        if (!p)
            return;
    }
}

slm_status slmi_baggage_result(const slmi_baggage_reader *reader)
{
    if (reader->malformed)
        return SLM_ERR_MALFORMED;
    return reader->full ? SLM_ERR_LIMIT : SLM_OK;
}

slm_status slm_baggage_parse(const slm_string *lines, size_t count, slm_baggage *out)
{
    if (!out || (!out->text && out->capacity > 0) || (!lines && count > 0))
        return SLM_ERR_INVALID_ARGUMENT;
    slmi_baggage_reader reader;
    slmi_baggage_start(&reader, out);
    for (size_t i = 0; i < count; i++)
        slmi_baggage_read(&reader, lines[i]);
    return slmi_baggage_result(&reader);
}

static size_t count_of(const slm_baggage *baggage)
{
    size_t count = 0, cursor = 0;
    for (slm_baggage_member member; slm_baggage_next(baggage, &cursor, &member);)
        count++;
    return count;
}

/* Whether the text is a list of properties, and nothing that would be read as more. */
static bool are_properties(slm_string properties)
{
    if (!properties.data)
        return true;
    const struct text text = { properties.data, properties.data + properties.len };
    uint64_t ignored;
    struct member member = { .end = token_end(text.start, &text, &ignored), .compact = true };
    if (member.end == text.start)
        return false;
    if (member.end < text.end && *member.end == '=')
        member.end = octets_end(member.end + 1, &text);
    return read_properties(&member, &text) && member.end == text.end && member.compact;
}

slm_status slm_baggage_set(slm_baggage *baggage, slm_string key, slm_string value, slm_string properties)
{
    const struct text text = { key.data, key.data + key.len };
    uint64_t hash;
    if (key.len == 0 || token_end(key.data, &text, &hash) != text.end || !are_properties(properties))
        return SLM_ERR_INVALID_ARGUMENT;
    if (key.len > SLM_BAGGAGE_BYTES_MAX || value.len > SLM_BAGGAGE_BYTES_MAX || properties.len > SLM_BAGGAGE_BYTES_MAX)
        return SLM_ERR_LIMIT;

    size_t value_len = slmi_baggage_encode(value, NULL);
    size_t len = key.len + 1 + value_len + (properties.data ? 1 + properties.len : 0);
    size_t count = count_of(baggage);
    char *at = make_room(baggage, &count, key, true, len);
    if (!at)
        return SLM_ERR_LIMIT;
    memcpy(at, key.data, key.len);
    at += key.len;
    *at++ = '=';
    at += slmi_baggage_encode(value, at);
    if (properties.data) {
        *at++ = ';';
        memcpy(at, properties.data, properties.len);
    }
    baggage->len += len;
    return SLM_OK;
}

bool slm_baggage_remove(slm_baggage *baggage, slm_string key)
{
    size_t end, at = place_of(baggage, key, &end);
    if (at == baggage->len)
        return false;
    erase(baggage, at, end);
    return true;
}
