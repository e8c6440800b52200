/* SPDX-License-Identifier: MIT */
/* URLs as attributes: taken apart, and without what nobody may read in a trace. */
#include "propagation/http.h"

static size_t find(slm_string text, const char *any)
{
    size_t at = 0;
    while (at < text.len && !strchr(any, text.data[at]))
        at++;
    return at;
}

static slm_string from(slm_string text, size_t at)
{
    return slm_string_of(text.data + at, text.len - at);
}

slm_string slmi_http_host(slm_string authority, unsigned *port)
{
    *port = 0;
    if (authority.len == 0)
        return (slm_string){ NULL, 0 };
    bool literal = authority.data[0] == '[';
    size_t end = literal ? find(authority, "]") : find(authority, ":");
    if (literal && end == authority.len)
        return authority;
    slm_string host = slm_string_of(authority.data + literal, end - literal);
    slm_string rest = from(authority, end + literal);
    unsigned number = 0;
    for (size_t i = 1; i < rest.len && rest.data[0] == ':'; i++) {
        unsigned digit = (unsigned)(unsigned char)rest.data[i] - '0';
        number = digit <= 9 ? number * 10 + digit : 65536;
        if (number > 65535)
            return host;
    }
    *port = number;
    return host;
}

/* libcurl takes one to three slashes for two, and a URL without a scheme: what it would take for a user must not be
 * taken for a path here. Of a file there is no authority. */
static size_t prefix_of(slm_string url, size_t *scheme_len)
{
    enum { SLASHES_MAX = 3 };
    size_t colon = url.len ? find(url, ":/?#@") : 0, at = 0;
    *scheme_len = 0;
    if (colon + 1 < url.len && url.data[colon] == ':' && url.data[colon + 1] == '/') {
        *scheme_len = colon;
        at = colon + 1;
    }
    size_t slashes = at;
    while (at < url.len && url.data[at] == '/' && at - slashes < SLASHES_MAX)
        at++;
    return *scheme_len == 0 && at - slashes == 1 ? 0 : at;
}

slmi_http_url slmi_http_url_split(slm_string url)
{
    slmi_http_url parts = { .scheme = { NULL, 0 } };
    if (!url.data)
        return parts;
    size_t scheme_len, begin = prefix_of(url, &scheme_len);
    parts.scheme = slm_string_of(url.data, scheme_len);
    parts.prefix = slm_string_of(url.data, begin);
    if (begin > 0)
        url = from(url, begin);
    bool is_file = scheme_len == 4 && memcmp(parts.scheme.data, "file", 4) == 0;
    size_t end = url.len && !is_file ? find(url, "/?#") : 0;
    parts.authority = slm_string_of(url.data, end);
    parts.rest = from(url, end);
    for (size_t at = end; at > 0; at--) {
        if (url.data[at - 1] == '@') {
            parts.userinfo = slm_string_of(url.data, at - 1);
            parts.authority = slm_string_of(url.data + at, end - at);
            break;
        }
    }
    return parts;
}

struct text {
    char *out;
    size_t len, room;
};

static void add(struct text *text, slm_string part)
{
    size_t fits = part.len < text->room - text->len ? part.len : text->room - text->len;
    if (fits)
        memcpy(text->out + text->len, part.data, fits);
    text->len += fits;
}

static void add_c(struct text *text, const char *part)
{
    add(text, slm_string_from_c(part));
}

/* OpenTelemetry URL semantic conventions, url.query: these values are secret. */
static bool is_secret(slm_string key)
{
    static const char *const keys[] = {
        "AWSAccessKeyId",       "Signature", "sig", "X-Goog-Signature", "X-Amz-Signature", "X-Amz-Credential",
        "X-Amz-Security-Token",
    };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (slm_string_equal(key, slm_string_from_c(keys[i])))
            return true;
    }
    return false;
}

static void add_query(struct text *text, slm_string query)
{
    while (query.len) {
        size_t end = find(query, "&");
        slm_string pair = slm_string_of(query.data, end);
        size_t equals = find(pair, "=");
        if (equals < pair.len && is_secret(slm_string_of(pair.data, equals))) {
            add(text, slm_string_of(pair.data, equals + 1));
            add_c(text, "REDACTED");
        } else {
            add(text, pair);
        }
        if (end < query.len)
            add_c(text, "&");
        query = from(query, end < query.len ? end + 1 : end);
    }
}

size_t slmi_http_query_redact(slm_string query, char *out, size_t room)
{
    struct text text = { out, 0, room };
    add_query(&text, query);
    return text.len;
}

size_t slmi_http_url_redact(slm_string url, char *out, size_t room)
{
    slmi_http_url parts = slmi_http_url_split(url);
    struct text text = { out, 0, room };
    add(&text, parts.prefix);
    if (parts.userinfo.data)
        add_c(&text, find(parts.userinfo, ":") < parts.userinfo.len ? "REDACTED:REDACTED@" : "REDACTED@");
    add(&text, parts.authority);
    size_t question = parts.rest.len ? find(parts.rest, "?#") : 0;
    if (question < parts.rest.len && parts.rest.data[question] == '?') {
        size_t fragment = question + 1 + find(from(parts.rest, question + 1), "#");
        add(&text, slm_string_of(parts.rest.data, question + 1));
        add_query(&text, slm_string_of(parts.rest.data + question + 1, fragment - question - 1));
        add(&text, from(parts.rest, fragment));
    } else {
        add(&text, parts.rest);
    }
    return text.len;
}
