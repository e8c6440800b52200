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

slmi_http_url slmi_http_url_split(slm_string url)
{
    slmi_http_url parts = { .has_scheme = false };
    size_t colon = url.len ? find(url, ":/?#@") : 0;
    if (colon + 2 < url.len && memcmp(url.data + colon, "://", 3) == 0) {
        parts.has_scheme = true;
        parts.scheme = slm_string_of(url.data, colon);
        url = from(url, colon + 3);
    }
    size_t end = url.len ? find(url, "/?#\\") : 0;
    parts.authority = slm_string_of(url.data, end);
    parts.rest = slm_string_of(url.data ? url.data + end : NULL, url.len - end);
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
    if (parts.has_scheme) {
        add(&text, parts.scheme);
        add_c(&text, "://");
    }
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
