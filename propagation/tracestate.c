/* SPDX-License-Identifier: MIT */
/* W3C Trace Context "tracestate": KEY=VALUE members, the latest leftmost. Reading collects slices of the headers, so
 * that the bounded storage of a context is written once, when all lines have been judged.
 *
 * The grammar is that of the editor's draft and of today's conformance suite, where `@` is a character of a key like
 * others. Levels 1 and 2 split TENANT@SYSTEM, with bounds for each; what they accept is accepted here. */
#include "propagation/tracestate.h"

enum { BIG_MEMBER = 128 }; /* A longer one goes first when the whole is too long, W3C Trace Context 3.3.1.5. */

enum { KEY = 1, KEY_START = 2, VALUE = 4 };

#define START (KEY | KEY_START | VALUE)
#define INNER (KEY | VALUE)
static const uint8_t classes[256] = {
    [' '] = VALUE,  ['!'] = VALUE, ['"'] = VALUE,  ['#'] = VALUE, ['$'] = VALUE, ['%'] = VALUE, ['&'] = VALUE,
    ['\''] = VALUE, ['('] = VALUE, [')'] = VALUE,  ['*'] = INNER, ['+'] = VALUE, ['-'] = INNER, ['.'] = VALUE,
    ['/'] = INNER,  ['0'] = START, ['1'] = START,  ['2'] = START, ['3'] = START, ['4'] = START, ['5'] = START,
    ['6'] = START,  ['7'] = START, ['8'] = START,  ['9'] = START, [':'] = VALUE, [';'] = VALUE, ['<'] = VALUE,
    ['>'] = VALUE,  ['?'] = VALUE, ['@'] = INNER,  ['A'] = VALUE, ['B'] = VALUE, ['C'] = VALUE, ['D'] = VALUE,
    ['E'] = VALUE,  ['F'] = VALUE, ['G'] = VALUE,  ['H'] = VALUE, ['I'] = VALUE, ['J'] = VALUE, ['K'] = VALUE,
    ['L'] = VALUE,  ['M'] = VALUE, ['N'] = VALUE,  ['O'] = VALUE, ['P'] = VALUE, ['Q'] = VALUE, ['R'] = VALUE,
    ['S'] = VALUE,  ['T'] = VALUE, ['U'] = VALUE,  ['V'] = VALUE, ['W'] = VALUE, ['X'] = VALUE, ['Y'] = VALUE,
    ['Z'] = VALUE,  ['['] = VALUE, ['\\'] = VALUE, [']'] = VALUE, ['^'] = VALUE, ['_'] = INNER, ['`'] = VALUE,
    ['a'] = START,  ['b'] = START, ['c'] = START,  ['d'] = START, ['e'] = START, ['f'] = START, ['g'] = START,
    ['h'] = START,  ['i'] = START, ['j'] = START,  ['k'] = START, ['l'] = START, ['m'] = START, ['n'] = START,
    ['o'] = START,  ['p'] = START, ['q'] = START,  ['r'] = START, ['s'] = START, ['t'] = START, ['u'] = START,
    ['v'] = START,  ['w'] = START, ['x'] = START,  ['y'] = START, ['z'] = START, ['{'] = VALUE, ['|'] = VALUE,
    ['}'] = VALUE,  ['~'] = VALUE,
};

static bool is(uint8_t class, char c)
{
    return (classes[(unsigned char)c] & class) != 0;
}

static uint64_t not_value(uint64_t word)
{
    uint64_t in = slmi_at_least(word, ' ') & slmi_is_not(word, ',') & slmi_is_not(word, '=');
    return (~in | slmi_above(word, '~') | word) & SLMI_HIGH_BITS;
}

/* The end of the key that starts at `at`; `*hash` gets what tells most keys apart. */
static const char *key_end(const char *at, const char *start, const char *end, uint64_t *hash)
{
    uint64_t mix = 0;
    for (;;) {
        uint64_t word = slmi_word_at(at, start, end);
        uint64_t stop = slmi_not_alphanumeric(word);
        if (stop == 0) {
            mix = slmi_mix(mix, word);
            at += 8;
            continue;
        }
        mix = slmi_mix(mix, slmi_below(word, stop));
        at += slmi_first(stop);
        if (at == end || !is(KEY, *at)) {
            *hash = mix;
            return at;
        }
        at++;
    }
}

static const char *value_end(const char *at, const char *start, const char *end)
{
    for (;;) {
        uint64_t stop = not_value(slmi_word_at(at, start, end));
        if (stop != 0)
            return at + slmi_first(stop);
        at += 8;
    }
}

/* The member at `at`, its length, 0 if it is malformed. What follows it is for the caller to judge. The text that may
 * be read is from `start` to `end`. */
static size_t read_member(const char *at, const char *start, const char *end, size_t *key_len, uint64_t *hash)
{
    if (at == end || !is(KEY_START, *at))
        return 0;
    const char *equals = key_end(at, start, end, hash);
    if (equals - at > SLM_TRACESTATE_KEY_MAX || equals == end || *equals != '=')
        return 0;
    const char *value = equals + 1;
    const char *stop = value_end(value, start, end);
    while (stop > value && stop[-1] == ' ')
        stop--;
    if (stop == value || stop - value > SLM_TRACESTATE_VALUE_MAX)
        return 0;
    *key_len = (size_t)(equals - at);
    return (size_t)(stop - at);
}

static bool same_key(const slmi_tracestate_member *member, const char *key, size_t len)
{
    return member->key_len == len && memcmp(member->text, key, len) == 0;
}

/* Whether the list has the key, which it is told of for the next time. */
static bool repeats(slmi_tracestate *list, const char *key, size_t len, uint64_t hash)
{
    bool maybe = slmi_hashes_add(&list->hashes, hash);
    for (size_t i = 0; maybe && i < list->count; i++) {
        if (same_key(&list->members[i], key, len))
            return true;
    }
    return false;
}

static void append(slmi_tracestate *list, const char *text, size_t len, size_t key_len, bool follows)
{
    list->members[list->count++] = (slmi_tracestate_member){ text, (uint16_t)len, (uint16_t)key_len, follows };
    list->bytes += len + 1;
}

bool slmi_tracestate_read(slmi_tracestate *list, slm_string line)
{
    if (!line.data || line.len == 0)
        return true;
    const char *p = line.data;
    const char *end = line.data + line.len;
    const char *follower = NULL; /* Where a member would stand that follows the one before it. */

    for (;;) {
        while (p < end && (slmi_is_ows(*p) || *p == ','))
            p++;
        if (p == end)
            return true;

        size_t key_len;
        uint64_t hash;
        size_t len = read_member(p, line.data, end, &key_len, &hash);
        if (len == 0 || list->seen == SLM_TRACESTATE_MEMBERS_MAX)
            return false;
        list->seen++;
        bool follows = p == follower;
        follower = NULL;
        if (!repeats(list, p, key_len, hash)) {
            append(list, p, len, key_len, follows);
            follower = p + len + 1;
        }

        p += len;
        if (p < end && *p != ',')
            follower = NULL;
        while (p < end && slmi_is_ows(*p))
            p++;
        if (p < end && *p != ',')
            return false;
    }
}

static void drop(slmi_tracestate *list, size_t at)
{
    list->bytes -= list->members[at].len + 1u;
    list->count--;
    memmove(&list->members[at], &list->members[at + 1], (list->count - at) * sizeof list->members[0]);
    if (at < list->count)
        list->members[at].follows = false;
}

/* Drops whole members, none left of `from`, until the text fits. */
static void cut(slmi_tracestate *list, size_t from)
{
    enum { FITS = SLM_TRACESTATE_MAX + 1 }; /* The last member has no comma. */
    for (size_t i = list->count; i-- > from && list->bytes > FITS;) {
        if (list->members[i].len > BIG_MEMBER)
            drop(list, i);
    }
    while (list->bytes > FITS && list->count > from)
        drop(list, list->count - 1);
}

/* Copies the text of a list that fits; returns its length. */
static size_t render(const slmi_tracestate *list, char *out)
{
    char *p = out;
    for (size_t i = 0; i < list->count;) {
        const char *text = list->members[i].text;
        const char *end = text + list->members[i].len;
        for (i++; i < list->count && list->members[i].follows; i++)
            end = list->members[i].text + list->members[i].len;
        if (p != out)
            *p++ = ',';
        memcpy(p, text, (size_t)(end - text));
        p += end - text;
    }
    return (size_t)(p - out);
}

void slmi_tracestate_store(slmi_tracestate *list, slm_span_context *context)
{
    cut(list, 0);
    context->tracestate_len = (uint16_t)render(list, context->tracestate);
}

slm_status slm_tracestate_parse(const slm_string *lines, size_t count, slm_span_context *context)
{
    if (!context || (!lines && count > 0))
        return SLM_ERR_INVALID_ARGUMENT;
    slmi_tracestate list;
    slmi_tracestate_init(&list);
    for (size_t i = 0; i < count; i++) {
        if (!slmi_tracestate_read(&list, lines[i]))
            return SLM_ERR_MALFORMED;
    }
    slmi_tracestate_store(&list, context);
    return SLM_OK;
}

static slm_string stored(const slm_span_context *context)
{
    size_t len = context->tracestate_len;
    return slm_string_of(context->tracestate, len <= SLM_TRACESTATE_MAX ? len : SLM_TRACESTATE_MAX);
}

slm_string slmi_tracestate_text(const slm_span_context *context)
{
    slm_string text = stored(context);
    return text.len > 0 && slmi_is_printable(text) ? text : slm_string_of(NULL, 0);
}

/* Members that were stored by hand may break the rules; they are then stepped over, up to their comma. */
bool slm_tracestate_next(const slm_span_context *context, size_t *cursor, slm_string *key, slm_string *value)
{
    slm_string text = stored(context);
    const char *end = text.data + text.len;
    while (*cursor < text.len) {
        const char *at = text.data + *cursor;
        const char *comma = memchr(at, ',', (size_t)(end - at));
        const char *stop = comma ? comma : end;
        *cursor = comma ? (size_t)(comma + 1 - text.data) : text.len;
        size_t key_len;
        uint64_t hash;
        size_t len = read_member(at, at, stop, &key_len, &hash);
        if (len > 0 && at + len == stop) {
            *key = slm_string_of(at, key_len);
            *value = slm_string_of(at + key_len + 1, len - key_len - 1);
            return true;
        }
    }
    return false;
}

slm_string slm_tracestate_get(const slm_span_context *context, slm_string key)
{
    size_t cursor = 0;
    slm_string at, value;
    while (slm_tracestate_next(context, &cursor, &at, &value)) {
        if (slm_string_equal(at, key))
            return value;
    }
    return slm_string_of(NULL, 0);
}

/* Collects what `context` holds, without `key`, behind `list`; whether the key was there. */
static bool collect_others(slmi_tracestate *list, const slm_span_context *context, slm_string key)
{
    bool found = false;
    size_t cursor = 0;
    slm_string at, value;
    while (slm_tracestate_next(context, &cursor, &at, &value)) {
        if (slm_string_equal(at, key)) {
            found = true;
        } else if (list->count < SLM_TRACESTATE_MEMBERS_MAX) {
            append(list, at.data, at.len + 1 + value.len, at.len, false);
        }
    }
    return found;
}

/* Writes a list whose members may point into `context`. */
static void replace(slm_span_context *context, const slmi_tracestate *list)
{
    char text[SLM_TRACESTATE_MAX];
    size_t len = render(list, text);
    memcpy(context->tracestate, text, len);
    context->tracestate_len = (uint16_t)len;
}

slm_status slm_tracestate_set(slm_span_context *context, slm_string key, slm_string value)
{
    char member[SLM_TRACESTATE_KEY_MAX + 1 + SLM_TRACESTATE_VALUE_MAX];
    if (key.len == 0 || key.len > SLM_TRACESTATE_KEY_MAX || value.len == 0 || value.len > SLM_TRACESTATE_VALUE_MAX)
        return SLM_ERR_INVALID_ARGUMENT;
    size_t len = key.len + 1 + value.len;
    memcpy(member, key.data, key.len);
    member[key.len] = '=';
    memcpy(member + key.len + 1, value.data, value.len);
    size_t key_len;
    uint64_t hash;
    if (read_member(member, member, member + len, &key_len, &hash) != len || key_len != key.len)
        return SLM_ERR_INVALID_ARGUMENT;
    if (len > SLM_TRACESTATE_MAX)
        return SLM_ERR_LIMIT;

    slmi_tracestate list;
    slmi_tracestate_init(&list);
    append(&list, member, len, key_len, false);
    collect_others(&list, context, slm_string_of(member, key_len));
    cut(&list, 1);

    replace(context, &list);
    return SLM_OK;
}

bool slm_tracestate_delete(slm_span_context *context, slm_string key)
{
    slmi_tracestate list;
    slmi_tracestate_init(&list);
    if (!collect_others(&list, context, key))
        return false;
    replace(context, &list);
    return true;
}
