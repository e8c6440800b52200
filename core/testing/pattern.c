/* SPDX-License-Identifier: MIT */
/* A recursive descent over the grammar of <spanloom/test.h>; the first mistake ends it. */
#include "core/testing/pattern.h"

#include <string.h>

struct parser {
    slm_string text;
    size_t at;
    unsigned depth;
    slmi_pattern *out;
    const char *why;
};

static bool fail(struct parser *p, const char *why)
{
    if (!p->why)
        p->why = why;
    return false;
}

static char peek(const struct parser *p)
{
    return p->at < p->text.len ? p->text.data[p->at] : '\0';
}

static char skip_space(struct parser *p)
{
    while (p->at < p->text.len && strchr(" \t\n", p->text.data[p->at]))
        p->at++;
    return peek(p);
}

static bool take(struct parser *p, char c)
{
    if (skip_space(p) != c || p->at == p->text.len)
        return false;
    p->at++;
    return true;
}

static slm_string since(const struct parser *p, size_t begin)
{
    size_t end = p->at;
    while (end > begin && strchr(" \t\n", p->text.data[end - 1]))
        end--;
    return slm_string_of(p->text.data + begin, end - begin);
}

/* Up to one of `stops`, without the spaces around it. */
static slm_string take_word(struct parser *p, const char *stops)
{
    skip_space(p);
    size_t begin = p->at;
    while (p->at < p->text.len && !(p->text.data[p->at] != '\0' && strchr(stops, p->text.data[p->at])))
        p->at += p->text.data[p->at] == '\\' && p->at + 1 < p->text.len ? 2 : 1;
    return since(p, begin);
}

static bool take_quoted(struct parser *p, slm_string *out)
{
    char quote = peek(p);
    size_t begin = p->at + 1;
    for (p->at = begin; p->at < p->text.len; p->at++) {
        if (p->text.data[p->at] == '\\' && p->at + 1 < p->text.len) {
            p->at++;
        } else if (p->text.data[p->at] == quote) {
            *out = slm_string_of(p->text.data + begin, p->at++ - begin);
            return true;
        }
    }
    p->at = begin - 1;
    return fail(p, "a quote that does not end");
}

/* An array's commas are its own. */
static slm_string take_value(struct parser *p)
{
    if (skip_space(p) != '[')
        return take_word(p, ",}");
    size_t begin = p->at;
    while (p->at < p->text.len && p->text.data[p->at] != ']')
        p->at++;
    p->at += p->at < p->text.len;
    return since(p, begin);
}

static bool parse_field(struct parser *p, slmi_pattern_node *node)
{
    slm_string key = take_word(p, "=,}");
    if (key.len == 0)
        return fail(p, "a key is missing");
    if (key.len == 1 && key.data[0] == '*' && peek(p) != '=') {
        node->has_others = true;
        return true;
    }
    if (p->out->field_count == SLMI_PATTERN_FIELDS_MAX)
        return fail(p, "too many fields");
    slmi_pattern_field *field = &p->out->fields[p->out->field_count++];
    *field = (slmi_pattern_field){ key, { NULL, 0 }, false };
    node->field_count++;
    if (!take(p, '='))
        return true;
    char c = skip_space(p);
    if (c == '"' || c == '\'') {
        field->quoted = true;
        return take_quoted(p, &field->value);
    }
    field->value = take_value(p);
    return field->value.len != 0 || fail(p, "a value is missing");
}

static bool parse_fields(struct parser *p, slmi_pattern_node *node)
{
    node->fields = p->out->field_count;
    do {
        if (!parse_field(p, node))
            return false;
    } while (take(p, ','));
    return true;
}

static bool is(slm_string s, const char *word)
{
    return slm_string_equal(s, slm_string_from_c(word));
}

static int place_in(slm_string s, const char *const *words, int count)
{
    for (int i = 0; i < count; i++)
        if (is(s, words[i]))
            return i;
    return -1;
}

static int level_of(slm_string word)
{
    static const char *const levels[] = { "ERROR", "WARN", "INFO", "DEBUG", "TRACE" };
    int at = place_in(word, levels, 5);
    return at < 0 ? at : at + SLM_LEVEL_ERROR;
}

static bool parse_mark(struct parser *p, slmi_pattern_node *node)
{
    static const char *const statuses[] = { "UNSET", "OK", "ERROR" };
    static const char *const kinds[] = { "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER" };
    size_t begin = p->at;
    slm_string mark = take_word(p, "=,]");
    int at;
    if (is(mark, "target") && take(p, '=')) {
        node->target = take_word(p, ",]");
        return node->target.len || fail(p, "a target is missing");
    }
    if (is(mark, "level") && take(p, '=')) {
        begin = p->at;
        at = level_of(take_word(p, ",]"));
        node->level = (uint8_t)at;
    } else if (is(mark, "explicit") || is(mark, "contextual")) {
        node->is_explicit = is(mark, "explicit");
        return true;
    } else if (node->is_event) {
        at = level_of(mark);
        node->level = (uint8_t)at;
    } else if ((at = place_in(mark, statuses, 3)) >= 0) {
        node->status = (uint8_t)at;
    } else if ((at = place_in(mark, kinds, 5)) >= 0) {
        node->kind = (uint8_t)at;
    } else if (is(mark, "open") || is(mark, "ended")) {
        node->open = is(mark, "open");
        at = 0;
    }
    if (at >= 0)
        return true;
    p->at = begin;
    return fail(p, node->is_event ? "not a mark of an event" : "not a mark of a span");
}

static bool parse_marks(struct parser *p, slmi_pattern_node *node)
{
    do {
        skip_space(p);
        if (!parse_mark(p, node))
            return false;
    } while (take(p, ','));
    return take(p, ']') || fail(p, "a ']' is missing");
}

static bool parse_braces(struct parser *p, slmi_pattern_node *node)
{
    if (take(p, '}')) /* no fields, said in so many words */
        return true;
    return parse_fields(p, node) && (take(p, '}') || fail(p, "a '}' is missing"));
}

static bool parse_forest(struct parser *p, uint16_t parent);

static bool parse_node(struct parser *p, uint16_t parent, uint16_t *last, uint16_t *made)
{
    if (p->out->node_count == SLMI_PATTERN_NODES_MAX)
        return fail(p, "too many nodes");
    uint16_t number = ++p->out->node_count;
    slmi_pattern_node *node = &p->out->nodes[number];
    *node = (slmi_pattern_node){ .level = SLMI_ANY, .status = SLMI_ANY, .kind = SLMI_ANY, .open = SLMI_ANY };
    node->is_explicit = SLMI_ANY;
    *(*last ? &p->out->nodes[*last].next : &p->out->nodes[parent].first) = number;
    *last = *made = number;
    char c = skip_space(p);
    size_t begin = p->at;
    node->is_event = c == '\'' || c == '"';
    if (node->is_event) {
        if (!take_quoted(p, &node->name))
            return false;
    } else {
        node->name = take_word(p, ",>(){}[]'\"");
        if (node->name.len == 0)
            return fail(p, "a name is missing");
        node->is_any_number = is(node->name, "**");
    }
    if (take(p, '{') && !parse_braces(p, node))
        return false;
    if (take(p, '[') && !parse_marks(p, node))
        return false;
    node->source = since(p, begin);
    return true;
}

static bool parse_inside(struct parser *p, uint16_t number)
{
    const slmi_pattern_node *node = &p->out->nodes[number];
    if (!take(p, '>'))
        return true;
    if (node->is_event || node->is_any_number)
        return fail(p, "only a span has something inside it");
    if (++p->depth > SLMI_PATTERN_DEPTH_MAX)
        return fail(p, "nested too deep");
    bool good;
    if (take(p, '(')) {
        good = parse_forest(p, number) && (take(p, ')') || fail(p, "a ')' is missing"));
    } else {
        uint16_t last = 0, made = 0;
        good = parse_node(p, number, &last, &made) && parse_inside(p, made);
    }
    p->depth--;
    return good;
}

static bool parse_forest(struct parser *p, uint16_t parent)
{
    uint16_t last = 0, made = 0;
    do {
        if (!parse_node(p, parent, &last, &made) || !parse_inside(p, made))
            return false;
    } while (take(p, ','));
    return true;
}

const char *slmi_pattern_parse(slm_string text, slmi_pattern *out, size_t *at)
{
    struct parser p = { text, 0, 0, out, NULL };
    out->node_count = out->field_count = 0;
    memset(&out->nodes[0], 0, sizeof out->nodes[0]);
    skip_space(&p);
    if (p.at < text.len && parse_forest(&p, 0)) {
        skip_space(&p);
        if (p.at < text.len)
            (void)fail(&p, "not expected here");
    }
    *at = p.at;
    return p.why;
}

const char *slmi_pattern_parse_fields(slm_string text, slmi_pattern *out, size_t *at)
{
    struct parser p = { text, 0, 0, out, NULL };
    out->node_count = out->field_count = 0;
    memset(&out->nodes[0], 0, sizeof out->nodes[0]);
    skip_space(&p);
    if (p.at < text.len && parse_fields(&p, &out->nodes[0])) {
        skip_space(&p);
        if (p.at < text.len)
            (void)fail(&p, "not expected here");
    }
    *at = p.at;
    return p.why;
}

bool slmi_pattern_fits(slm_string pattern, slm_string text)
{
    size_t p = 0, t = 0, star = SIZE_MAX, retry = 0;
    while (t < text.len) {
        size_t literal = p + (p + 1 < pattern.len && pattern.data[p] == '\\');
        if (p < pattern.len && pattern.data[p] == '*') {
            star = p++;
            retry = t;
        } else if (literal < pattern.len && pattern.data[literal] == text.data[t]) {
            p = literal + 1;
            t++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            t = ++retry;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.data[p] == '*')
        p++;
    return p == pattern.len;
}
