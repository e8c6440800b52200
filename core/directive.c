/* SPDX-License-Identifier: MIT */
/* The grammar of directives:
 *
 *   list       directive *( "," directive )
 *   directive  level | "!" selector | selector [ "=" level ]
 *   selector   [ target ] [ "[" [ span ] [ "{" field *( "," field ) "}" ] "]" ]
 *   field      key [ "=" value ]           value may stand in double quotes
 *
 * A target `scope:NAME` is the instrumentation scope of that name.
 *
 * In a name or value `*` stands for any bytes, and after a `\` each byte for itself.
 */
#include "core/directive.h"

#include <string.h>
#include <strings.h>

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

/* Where `what` first stands outside quotes, and outside further brackets unless `inside`; the length if nowhere.
 * `brackets`: how many are around the text; there are quotes inside them only. */
static size_t find(slm_string s, char what, bool inside, int brackets)
{
    bool quoted = false;
    int depth = brackets;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.data[i];
        if (quoted) {
            if (c == '\\')
                i++;
            else if (c == '"')
                quoted = false;
            continue;
        }
        if (c == '\\' && depth) {
            i++; /* the byte after it stands for itself */
            continue;
        }
        if (c == what && (inside || depth == brackets))
            return i;
        if (c == '"' && depth)
            quoted = true;
        depth += c == '[' || c == '{';
        depth -= (c == ']' || c == '}') && depth > brackets;
    }
    return s.len;
}

static slm_string next(slm_string *rest, int brackets)
{
    size_t end = find(*rest, ',', false, brackets);
    slm_string one = trim(slm_string_of(rest->data, end));
    size_t taken = end < rest->len ? end + 1 : end;
    *rest = slm_string_of(rest->data + taken, rest->len - taken);
    return one;
}

slm_string slmi_directive_next(slm_string *rest)
{
    return next(rest, 0);
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

static const char *parse_field(slm_string text, slmi_wanted *out, size_t *at)
{
    const char *begin = text.data;
    size_t equals = find(text, '=', true, 2);
    out->key = trim(slm_string_of(text.data, equals));
    out->value = (slm_string){ NULL, 0 };
    if (out->key.len == 0) {
        *at = 0;
        return "a field without a name";
    }
    if (equals == text.len)
        return NULL;
    slm_string value = trim(slm_string_of(text.data + equals + 1, text.len - equals - 1));
    *at = value.len ? (size_t)(value.data - begin) : equals + 1;
    if (value.len == 0)
        return "a value is missing after '='";
    if (value.data[0] == '"') {
        size_t close = 1;
        while (close < value.len && value.data[close] != '"')
            close += value.data[close] == '\\' ? 2 : 1;
        if (close != value.len - 1)
            return "a quote that does not end";
        value = slm_string_of(value.data + 1, value.len - 2);
    }
    out->value = value;
    return NULL;
}

/* What stands in braces. */
static const char *parse_fields(slm_string text, slmi_directive *out, size_t *at)
{
    slm_string rest = text;
    for (bool more = true; more;) {
        if (out->field_count == SLMI_DIRECTIVE_FIELDS_MAX) {
            *at = (size_t)(rest.data - text.data);
            return "more than 8 fields";
        }
        slm_string one = next(&rest, 2);
        size_t within = 0;
        const char *why = parse_field(one, &out->fields[out->field_count], &within);
        if (why) {
            *at = (size_t)(one.data - text.data) + within;
            return why;
        }
        out->field_count++;
        more = rest.len || rest.data[-1] == ','; /* the comma that it took */
    }
    return NULL;
}

/* What stands in brackets. */
static const char *parse_span(slm_string text, slmi_directive *out, size_t *at)
{
    size_t brace = find(text, '{', true, 1);
    slm_string name = trim(slm_string_of(text.data, brace));
    if (name.len)
        out->span = name;
    for (size_t i = 0; i < name.len; i += name.data[i] == '\\' ? 2 : 1)
        if (name.data[i] == '[' || name.data[i] == ']' || name.data[i] == '}') {
            *at = (size_t)(name.data - text.data) + i;
            return "not allowed in a span's name";
        }
    if (brace == text.len) {
        *at = 0;
        return name.len ? NULL : "neither a span nor fields in the brackets";
    }
    slm_string tail = trim(slm_string_of(text.data + brace + 1, text.len - brace - 1));
    if (tail.len == 0 || tail.data[tail.len - 1] != '}') {
        *at = brace;
        return "a brace that does not end";
    }
    slm_string inner = trim(slm_string_of(tail.data, tail.len - 1));
    size_t within = 0;
    const char *why = inner.len ? parse_fields(inner, out, &within) : "no field in the braces";
    *at = (size_t)(inner.data - text.data) + within;
    return why;
}

static const char *parse_target(slm_string target, size_t *at)
{
    for (size_t i = 0; i < target.len; i++) {
        unsigned char c = (unsigned char)target.data[i];
        if (c <= ' ' || c == 0x7f || strchr("=,[]{}\"!", c)) {
            *at = i;
            return "not allowed in a target";
        }
    }
    return NULL;
}

static const char *parse_selector(slm_string text, slmi_directive *out, size_t *at)
{
    size_t bracket = find(text, '[', true, 0);
    out->target = trim(slm_string_of(text.data, bracket));
    const char *why = parse_target(out->target, at);
    if (why || bracket == text.len)
        return why;
    if (text.data[text.len - 1] != ']') {
        *at = bracket;
        return "a bracket that does not end";
    }
    out->dynamic = true;
    slm_string inner = slm_string_of(text.data + bracket + 1, text.len - bracket - 2);
    why = parse_span(inner, out, at);
    *at += bracket + 1;
    return why;
}

const char *slmi_directive_parse(slm_string text, slmi_directive *out, size_t *at)
{
    memset(out, 0, sizeof *out);
    *at = 0;
    out->target = (slm_string){ "", 0 };
    if (level_of(text, &out->level))
        return NULL;
    if (text.data[0] == '!') {
        slm_string selector = trim(slm_string_of(text.data + 1, text.len - 1));
        out->level = SLM_LEVEL_OFF;
        if (selector.len == 0)
            return "nothing to exclude after '!'";
        const char *why = parse_selector(selector, out, at);
        *at += (size_t)(selector.data - text.data);
        return why;
    }
    size_t equals = find(text, '=', false, 0);
    out->level = SLM_LEVEL_TRACE;
    if (equals < text.len) {
        slm_string level = trim(slm_string_of(text.data + equals + 1, text.len - equals - 1));
        *at = level.len ? (size_t)(level.data - text.data) : equals + 1;
        if (!level_of(level, &out->level))
            return level.len ? "not a level: off, error, warn, info, debug, trace or 0 to 5" : "a level is missing";
        *at = 0;
        if (equals == 0)
            return "a target is missing before '='";
    }
    return parse_selector(trim(slm_string_of(text.data, equals)), out, at);
}

bool slmi_glob(slm_string pattern, slm_string text)
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

bool slmi_directive_target_matches(slm_string directive, slm_string target)
{
    if (directive.len && memchr(directive.data, '*', directive.len))
        return slmi_glob(directive, target);
    if (directive.len == 0)
        return true;
    if (directive.len > target.len || memcmp(directive.data, target.data, directive.len) != 0)
        return false;
    if (directive.len == target.len)
        return true;
    char next = target.data[directive.len];
    return next == '.' || next == ':' || next == '/';
}

bool slmi_directive_names(const slmi_directive *d, const slm_metadata *meta)
{
    static const char prefix[] = "scope:";
    size_t len = sizeof prefix - 1;
    if (d->target.len <= len || memcmp(d->target.data, prefix, len) != 0)
        return slmi_directive_target_matches(d->target, meta->target);
    return slmi_directive_target_matches(slm_string_of(d->target.data + len, d->target.len - len), meta->scope.name);
}
