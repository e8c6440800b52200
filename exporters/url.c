/* SPDX-License-Identifier: MIT */
#include "exporters/url.h"

#include <spanloom/string.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* A URL taken apart; pieces borrow from the text. */
typedef struct pieces {
    slm_string scheme;   /* absent if there is none */
    slm_string userinfo; /* absent if there is none */
    slm_string host_port;
    slm_string path;  /* with its slash; may be empty */
    slm_string query; /* with its question mark; may be empty */
} pieces;

static bool is_in(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

/* Printable ASCII without spaces, quotes and what RFC 3986 leaves out; no fragment. */
static bool is_clean(const char *text)
{
    for (; *text; text++) {
        if (*text <= ' ' || *text >= 0x7f || is_in(*text, "\"<>\\^`{|}#"))
            return false;
    }
    return true;
}

static slm_string cut(const char **at, size_t len)
{
    slm_string piece = slm_string_of(*at, len);
    *at += len;
    return piece;
}

static pieces take_apart(const char *text)
{
    pieces p = { .scheme = { NULL, 0 } };
    const char *scheme_end = strstr(text, "://");
    if (scheme_end && (size_t)(scheme_end - text) < strcspn(text, "/?@")) {
        p.scheme = cut(&text, (size_t)(scheme_end - text));
        text += 3;
    }
    slm_string authority = cut(&text, strcspn(text, "/?"));
    const char *at_sign = memchr(authority.data, '@', authority.len);
    if (at_sign)
        p.userinfo = cut(&authority.data, (size_t)(at_sign - authority.data));
    p.host_port = authority;
    if (at_sign) {
        p.host_port.data++;
        p.host_port.len -= p.userinfo.len + 1;
    }
    p.path = cut(&text, strcspn(text, "?"));
    p.query = slm_string_from_c(text);
    return p;
}

static bool parse_port(slm_string digits, uint16_t *port)
{
    unsigned value = 0;
    if (digits.len == 0 || digits.len > 5)
        return false;
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.data[i] < '0' || digits.data[i] > '9')
            return false;
        value = value * 10 + (unsigned)(digits.data[i] - '0');
    }
    if (value == 0 || value > UINT16_MAX)
        return false;
    *port = (uint16_t)value;
    return true;
}

static bool is_host_name(const char *host)
{
    for (const char *c = host; *c; c++) {
        if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') || is_in(*c, ".-_")))
            return false;
    }
    return *host != '\0' && *host != '.';
}

static bool ends_in_localhost(const char *host)
{
    static const char name[] = "localhost";
    size_t len = strlen(host), tail = sizeof name - 1;
    return len >= tail && strcasecmp(host + len - tail, name) == 0 && (len == tail || host[len - tail - 1] == '.');
}

static void classify(slmi_authority *authority)
{
    struct in_addr v4;
    struct in6_addr v6;
    if (inet_pton(AF_INET, authority->host, &v4) == 1) {
        authority->numeric = true;
        authority->local = (ntohl(v4.s_addr) >> 24) == IN_LOOPBACKNET;
    } else if (inet_pton(AF_INET6, authority->host, &v6) == 1) {
        authority->numeric = true;
        authority->local = IN6_IS_ADDR_LOOPBACK(&v6);
    } else {
        authority->numeric = authority->local = ends_in_localhost(authority->host);
    }
}

/* host, host:port, [v6], [v6]:port */
static bool parse_authority(slm_string text, uint16_t default_port, slmi_authority *out)
{
    slmi_authority authority = { .port = default_port };
    bool bracketed = text.len > 0 && text.data[0] == '[';
    const char *end = bracketed ? memchr(text.data, ']', text.len) : memchr(text.data, ':', text.len);
    if (bracketed && !end)
        return false;

    slm_string host = text;
    slm_string rest = { NULL, 0 };
    if (end) {
        host.len = (size_t)(end - text.data);
        rest = slm_string_of(end + bracketed, text.len - host.len - bracketed);
        host.data += bracketed;
        host.len -= bracketed;
    }
    if (host.len == 0 || host.len >= sizeof authority.host)
        return false;
    if (rest.len > 0 &&
        (rest.data[0] != ':' || !parse_port(slm_string_of(rest.data + 1, rest.len - 1), &authority.port)))
        return false;

    memcpy(authority.host, host.data, host.len);
    struct in6_addr v6;
    if (bracketed ? inet_pton(AF_INET6, authority.host, &v6) != 1 : !is_host_name(authority.host))
        return false;
    classify(&authority);
    *out = authority;
    return true;
}

static bool is_scheme(slm_string scheme, const char *name)
{
    return scheme.len == strlen(name) && strncasecmp(scheme.data, name, scheme.len) == 0;
}

/* printf's arguments for "%.*s". */
#define SHOW(string) (int)(string).len, (string).data ? (string).data : ""

static slm_status build(const char *text, const char *added, slmi_url *out)
{
    if (strlen(text) >= SLMI_URL_BYTES)
        return SLM_ERR_LIMIT;
    if (!is_clean(text))
        return SLM_ERR_MALFORMED;

    pieces p = take_apart(text);
    slmi_url url = { .tls = is_scheme(p.scheme, "https") };
    if (!url.tls && !is_scheme(p.scheme, "http"))
        return SLM_ERR_MALFORMED;
    if (!parse_authority(p.host_port, url.tls ? 443 : 80, &url.authority))
        return SLM_ERR_MALFORMED;

    bool slash_ends_path = p.path.len > 0 && p.path.data[p.path.len - 1] == '/';
    const char *slash = p.path.len == 0 || (*added && !slash_ends_path) ? "/" : "";
    const char *scheme = url.tls ? "https" : "http";
    int len = snprintf(url.text, sizeof url.text, "%s://%.*s%s%.*s%.*s%s%s%.*s", scheme, SHOW(p.userinfo),
                       p.userinfo.data ? "@" : "", SHOW(p.host_port), SHOW(p.path), slash, added, SHOW(p.query));
    if (len < 0 || (size_t)len >= sizeof url.text)
        return SLM_ERR_LIMIT;
    snprintf(url.shown, sizeof url.shown, "%s://%.*s%.*s%s%s%.*s", scheme, SHOW(p.host_port), SHOW(p.path), slash,
             added, SHOW(p.query));
    *out = url;
    return SLM_OK;
}

slm_status slmi_url_parse(const char *text, slmi_url *out)
{
    return build(text, "", out);
}

slm_status slmi_url_parse_base(const char *base, const char *path, slmi_url *out)
{
    return build(base, path, out);
}

/* Writes `text` up to its authority's end, and `path`. */
static bool put_at(char *out, const char *text, const char *path)
{
    size_t scheme = (size_t)(strstr(text, "://") - text) + 3;
    size_t authority_end = scheme + strcspn(text + scheme, "/?");
    int len = snprintf(out, SLMI_URL_BYTES, "%.*s%s", (int)authority_end, text, path);
    return len > 0 && len < SLMI_URL_BYTES;
}

slm_status slmi_url_at(const slmi_url *base, const char *path, slmi_url *out)
{
    slmi_url url = *base;
    if (!put_at(url.text, base->text, path) || !put_at(url.shown, base->shown, path))
        return SLM_ERR_LIMIT;
    *out = url;
    return SLM_OK;
}

slm_status slmi_url_parse_unix(const char *text, const char *path, slmi_url *out)
{
    static const char scheme[] = "unix:";
    if (strncasecmp(text, scheme, sizeof scheme - 1) != 0)
        return SLM_ERR_MALFORMED;
    const char *socket = text + sizeof scheme - 1;
    if (strncmp(socket, "//", 2) == 0)
        socket += 2;
    if (socket[0] != '/' || !is_clean(socket))
        return SLM_ERR_MALFORMED;
    if (strlen(socket) >= SLMI_SOCKET_BYTES)
        return SLM_ERR_LIMIT;
    slmi_url url;
    slm_status status = build("http://localhost", path, &url);
    if (status != SLM_OK)
        return status;
    memcpy(url.socket, socket, strlen(socket) + 1);
    snprintf(url.shown, sizeof url.shown, "%s%s", scheme, socket);
    *out = url;
    return SLM_OK;
}

/* One entry of no_proxy: "*", an address, or a name that stands for itself and what ends in it. */
static bool exempts(slm_string entry, const char *host)
{
    if (entry.len == 1 && entry.data[0] == '*')
        return true;
    if (entry.len > 0 && entry.data[0] == '.') {
        entry.data++;
        entry.len--;
    }
    size_t len = strlen(host);
    if (entry.len == 0 || entry.len > len || strncasecmp(host + len - entry.len, entry.data, entry.len) != 0)
        return false;
    return entry.len == len || host[len - entry.len - 1] == '.';
}

static bool is_exempt(const char *no_proxy, const char *host)
{
    while (no_proxy && *no_proxy) {
        no_proxy += strspn(no_proxy, ", \t");
        size_t len = strcspn(no_proxy, ", \t");
        if (exempts(slm_string_of(no_proxy, len), host))
            return true;
        no_proxy += len;
    }
    return false;
}

slm_status slmi_proxy_choose(const slmi_url *url, const slmi_proxy_environment *environment, slmi_proxy *out)
{
    *out = (slmi_proxy){ .text = "" };
    const char *text = url->tls ? environment->https_proxy : environment->http_proxy;
    if (!text)
        text = environment->all_proxy;
    if (url->socket[0] || !text || is_exempt(environment->no_proxy, url->authority.host))
        return SLM_OK;
    if (strlen(text) >= sizeof out->text)
        return SLM_ERR_LIMIT;
    if (!is_clean(text))
        return SLM_ERR_MALFORMED;

    pieces p = take_apart(text);
    bool address_only = p.scheme.data && (is_scheme(p.scheme, "socks4") || is_scheme(p.scheme, "socks5"));
    bool known = !p.scheme.data || address_only || is_scheme(p.scheme, "http") || is_scheme(p.scheme, "https") ||
                 is_scheme(p.scheme, "socks4a") || is_scheme(p.scheme, "socks5h");
    uint16_t port = p.scheme.data && is_scheme(p.scheme, "https") ? 443 : 1080;
    slmi_proxy proxy = { .resolves_target = !address_only };
    if (!known || !parse_authority(p.host_port, port, &proxy.authority))
        return SLM_ERR_MALFORMED;
    memcpy(proxy.text, text, strlen(text) + 1);
    *out = proxy;
    return SLM_OK;
}
