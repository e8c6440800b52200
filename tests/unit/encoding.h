/* SPDX-License-Identifier: MIT */
/* What the encoders' tests share: a judge of JSON that is as strict as RFC 8259, a repair of UTF-8 written from the
 * Unicode Standard's table rather than from the library, and spans to encode. Parts that a test does not use are
 * inline. */
#ifndef SPANLOOM_TESTS_ENCODING_H
#define SPANLOOM_TESTS_ENCODING_H

#include "exporters/encoder.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The Unicode Standard, table 3-7: the ranges of each byte of a well-formed sequence. */
static const struct {
    uint8_t length;
    struct {
        uint8_t from, to;
    } byte[4];
} utf8_table[] = {
    { 1, { { 0x00, 0x7f } } },
    { 2, { { 0xc2, 0xdf }, { 0x80, 0xbf } } },
    { 3, { { 0xe0, 0xe0 }, { 0xa0, 0xbf }, { 0x80, 0xbf } } },
    { 3, { { 0xe1, 0xec }, { 0x80, 0xbf }, { 0x80, 0xbf } } },
    { 3, { { 0xed, 0xed }, { 0x80, 0x9f }, { 0x80, 0xbf } } },
    { 3, { { 0xee, 0xef }, { 0x80, 0xbf }, { 0x80, 0xbf } } },
    { 4, { { 0xf0, 0xf0 }, { 0x90, 0xbf }, { 0x80, 0xbf }, { 0x80, 0xbf } } },
    { 4, { { 0xf1, 0xf3 }, { 0x80, 0xbf }, { 0x80, 0xbf }, { 0x80, 0xbf } } },
    { 4, { { 0xf4, 0xf4 }, { 0x80, 0x8f }, { 0x80, 0xbf }, { 0x80, 0xbf } } },
};

/* How many bytes at `text` begin a row of the table, for the row that fits best; `*whole` if it is all of that row. */
static inline size_t utf8_match(const char *text, size_t len, bool *whole)
{
    size_t best = 0;
    *whole = false;
    for (size_t row = 0; row < sizeof utf8_table / sizeof *utf8_table; row++) {
        size_t n = 0;
        while (n < utf8_table[row].length && n < len && (uint8_t)text[n] >= utf8_table[row].byte[n].from &&
               (uint8_t)text[n] <= utf8_table[row].byte[n].to)
            n++;
        if (n > best) {
            best = n;
            *whole = n == utf8_table[row].length;
        }
    }
    return best;
}

static inline bool utf8_is_valid(const char *text, size_t len)
{
    bool whole = true;
    for (size_t i = 0, n; i < len; i += n) {
        n = utf8_match(text + i, len - i, &whole);
        if (!whole)
            return false;
    }
    return true;
}

/* `text` with U+FFFD for each maximal subpart that is ill-formed; terminated, to be freed. */
static inline char *utf8_repaired(slm_string text)
{
    char *out = malloc(3 * text.len + 1), *at = out;
    cr_assert(out != NULL);
    for (size_t i = 0, n; i < text.len; i += n) {
        bool whole;
        n = utf8_match(text.data + i, text.len - i, &whole);
        if (whole) {
            memcpy(at, text.data + i, n);
            at += n;
        } else {
            memcpy(at, "\xef\xbf\xbd", 3);
            at += 3;
            n = n > 0 ? n : 1;
        }
    }
    *at = '\0';
    return out;
}

/* RFC 8259, strictly: a position behind the value at `at`, or NULL. */
static const char *json_value(const char *at, const char *end, int depth);

static inline const char *json_digits(const char *at, const char *end)
{
    const char *from = at;
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    return at > from ? at : NULL;
}

static inline const char *json_number(const char *at, const char *end)
{
    if (at < end && *at == '-')
        at++;
    if (at < end && *at == '0')
        at++;
    else
        at = json_digits(at, end);
    if (at && at < end && *at == '.')
        at = json_digits(at + 1, end);
    if (at && at < end && (*at == 'e' || *at == 'E')) {
        at++;
        if (at < end && (*at == '+' || *at == '-'))
            at++;
        at = json_digits(at, end);
    }
    return at;
}

static inline const char *json_string(const char *at, const char *end)
{
    if (at == end || *at++ != '"')
        return NULL;
    while (at < end && *at != '"') {
        if ((uint8_t)*at < 0x20)
            return NULL;
        if (*at++ != '\\')
            continue;
        if (at == end || !memchr("\"\\/bfnrtu", *at, 9))
            return NULL;
        if (*at++ != 'u')
            continue;
        for (int i = 0; i < 4; i++, at++) {
            if (at == end || !memchr("0123456789abcdefABCDEF", *at, 22))
                return NULL;
        }
    }
    return at < end ? at + 1 : NULL;
}

static inline const char *json_container(const char *at, const char *end, int depth)
{
    bool object = *at++ == '{';
    char close = object ? '}' : ']';
    if (at < end && *at == close)
        return at + 1;
    for (;;) {
        if (object) {
            at = json_string(at, end);
            if (!at || at == end || *at++ != ':')
                return NULL;
        }
        at = json_value(at, end, depth + 1);
        if (!at || at == end)
            return NULL;
        if (*at == close)
            return at + 1;
        if (*at++ != ',')
            return NULL;
    }
}

static const char *json_value(const char *at, const char *end, int depth)
{
    static const char *const words[] = { "true", "false", "null" };
    if (at == end || depth > 32)
        return NULL;
    if (*at == '{' || *at == '[')
        return json_container(at, end, depth);
    if (*at == '"')
        return json_string(at, end);
    for (size_t i = 0; i < 3; i++) {
        size_t len = strlen(words[i]);
        if ((size_t)(end - at) >= len && memcmp(at, words[i], len) == 0)
            return at + len;
    }
    return json_number(at, end);
}

/* One JSON value without white space around it, in well-formed UTF-8. */
static inline bool json_is_strict(const char *text, size_t len)
{
    return utf8_is_valid(text, len) && json_value(text, text + len, 0) == text + len;
}

/* The body that `spans` make; to be freed. Checked to be strict JSON, unless it is protobuf. */
static inline slmi_buffer encode_all(const slmi_encoder *encoder, const slm_resource *resource,
                                     const slm_span_data *spans, size_t count)
{
    slmi_buffer body;
    slmi_encoding state;
    slmi_buffer_init(&body, (size_t)1 << 24);
    encoder->begin(&body, &state, resource);
    for (size_t i = 0; i < count; i++)
        cr_assert(slmi_encode_span(encoder, &body, &state, &spans[i]));
    size_t before_end = body.len;
    encoder->end(&body, &state);
    cr_assert(not(body.failed));
    cr_expect(body.len - before_end <= SLMI_ENCODER_END_BYTES);
    if (encoder != &slmi_encoder_otlp_protobuf)
        cr_assert(json_is_strict(body.data, body.len), "not JSON: %.*s", (int)body.len, body.data);
    return body;
}

/* Members and elements; a missing one fails the test. */
static inline const cJSON *member(const cJSON *object, const char *key)
{
    const cJSON *found = cJSON_GetObjectItemCaseSensitive(object, key);
    cr_assert(found != NULL, "no member %s", key);
    return found;
}

static inline const cJSON *element(const cJSON *list, int i)
{
    cr_assert(cJSON_IsArray(list));
    const cJSON *found = cJSON_GetArrayItem(list, i);
    cr_assert(found != NULL, "no element %d", i);
    return found;
}

static inline bool has(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key) != NULL;
}

static inline const char *string_member(const cJSON *object, const char *key)
{
    const cJSON *found = member(object, key);
    cr_assert(cJSON_IsString(found), "%s is no string", key);
    return found->valuestring;
}

static inline double number_member(const cJSON *object, const char *key)
{
    const cJSON *found = member(object, key);
    cr_assert(cJSON_IsNumber(found), "%s is no number", key);
    return found->valuedouble;
}

static inline slm_field field_of(const char *key, slm_value value)
{
    return (slm_field){ slm_string_from_c(key), value };
}

static inline slm_value text_of(const char *text)
{
    return slm_value_string(text, strlen(text));
}

static inline slm_value word_of(uint32_t type, slm_word word)
{
    return (slm_value){ .type = type, .as = word };
}

static inline slm_value list_of(slm_type type, const void *elements, size_t len)
{
    return slm_value_array(type, elements, 0, len);
}

static const slm_scope_data test_scope = { .name = { "scope", 5 }, .version = { "1.2", 3 } };

/* A span with nothing optional. */
static inline slm_span_data plain_span(void)
{
    return (slm_span_data){
        .size = sizeof(slm_span_data),
        .flags = SLM_FLAG_SAMPLED,
        .trace_id = { { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0, 1, 2, 3, 0xfc, 0xfd, 0xfe, 0xff } },
        .span_id = { { 0xde, 0xad, 0xbe, 0xef, 0, 0, 0, 1 } },
        .name = { "op", 2 },
        .start_ns = 1700000000000000001u,
        .end_ns = 1700000000000001235u,
        .scope = &test_scope,
    };
}

/* A span with everything. */
static const slm_span_context linked[] = {
    { .trace_id = { { 0xaa, [15] = 0xbb } },
      .span_id = { { 0xcc, [7] = 0xdd } },
      .flags = 1,
      .is_remote = true,
      .tracestate_len = 7,
      .tracestate = "v=1,w=2" },
    { .trace_id = { { 1 } }, .span_id = { { 2 } } },
};
static const slm_field inner[] = {
    { { "in", 2 }, { .type = SLM_TYPE_I64, .as = { .i = -5 } } },
    { { "out", 3 }, { .type = SLM_TYPE_BOOL, .as = { .u = 1 } } },
};
static const slm_event_data full_events[] = {
    { .name = { "first", 5 }, .time_ns = 1700000000000000500u, .fields = inner, .field_count = 2, .dropped_fields = 3 },
    { .name = { "", 0 }, .time_ns = UINT64_MAX },
};
static const slm_link_data full_links[] = {
    { .context = &linked[0], .fields = inner, .field_count = 1, .dropped_fields = 4 },
    { .context = &linked[1] },
};

static inline slm_span_data full_span(void)
{
    slm_span_data span = plain_span();
    span.kind = SLM_KIND_SERVER;
    span.parent_span_id = (slm_span_id){ { 9, 8, 7, 6, 5, 4, 3, 2 } };
    span.parent_is_remote = true;
    span.tracestate = slm_string_from_c("ot=th:8");
    span.fields = inner;
    span.field_count = 2;
    span.dropped_fields = 1;
    span.events = full_events;
    span.event_count = 2;
    span.dropped_events = 5;
    span.links = full_links;
    span.link_count = 2;
    span.dropped_links = UINT32_MAX;
    span.status = SLM_SPAN_ERROR;
    span.status_text = slm_string_from_c("no");
    return span;
}

/* A sequence that is the same in every run. */
static inline uint64_t next_random(uint64_t *state)
{
    *state += 0x9e3779b97f4a7c15u;
    uint64_t z = *state;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* Bytes that break what can be broken: whole characters, halves of them, controls, quotes. At most `room`. */
static inline size_t random_text(uint64_t *state, char *out, size_t room)
{
    static const char *const pieces[] = { "\"",
                                          "\\",
                                          "\n",
                                          "\x01",
                                          "\x1f",
                                          "\x7f",
                                          "\xc3\xa9",
                                          "\xe2\x82\xac",
                                          "\xf0\x9f\x98\x80",
                                          "\xf0\x9f\x98",
                                          "\xe2\x82",
                                          "\xed\xa0\x80",
                                          "\xc0\x80",
                                          "\xf5",
                                          "\x80",
                                          "\xff",
                                          "plain text of some length",
                                          "</script>" };
    size_t len = (size_t)(next_random(state) % (room + 1)), used = 0;
    while (used < len) {
        uint64_t dice = next_random(state);
        if (dice % 4 == 0) {
            out[used++] = (char)(dice >> 8);
            continue;
        }
        const char *piece = pieces[(dice >> 8) % (sizeof pieces / sizeof *pieces)];
        size_t n = strlen(piece) < len - used ? strlen(piece) : len - used;
        memcpy(out + used, piece, n);
        used += n;
    }
    return len;
}

#endif
