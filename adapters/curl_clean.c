/* SPDX-License-Identifier: MIT */
/* A header is shown as a whole unless its name says that it is a secret; of a URL, neither user nor query is shown; of
 * a command of another protocol, nothing but the command. Who adds a header that is secret by its value alone calls it
 * by a name that says so. */
#include "adapters/curl_log.h"

#include <ctype.h>
#include <strings.h>

static const char hidden[] = "[redacted]", mark[] = "...";

struct line {
    char *out;
    size_t len;
};

static void put(struct line *line, const char *bytes, size_t len)
{
    size_t most = SLMI_CURL_LINE_MAX - sizeof mark;
    if (line->len > most)
        return;
    size_t room = most - line->len, part = len < room ? len : room;
    memcpy(line->out + line->len, bytes, part);
    line->len += part;
    if (part == len)
        return;
    memcpy(line->out + line->len, mark, sizeof mark - 1);
    line->len += sizeof mark - 1;
}

static bool is_name(char c)
{
    return isalnum((unsigned char)c) || (c != '\0' && strchr("!#$%&'*+-.^_`|~", c));
}

/* The length of the header name that the text begins with, 0 if it is none. HTTP/2's own begin with a colon. */
static size_t name_len(slm_string text)
{
    size_t len = text.len && text.data[0] == ':';
    size_t first = len;
    while (len < text.len && is_name(text.data[len]))
        len++;
    return len > first && len < text.len && text.data[len] == ':' ? len : 0;
}

static bool contains(slm_string text, const char *word)
{
    size_t len = strlen(word);
    for (size_t i = 0; i + len <= text.len; i++)
        if (strncasecmp(text.data + i, word, len) == 0)
            return true;
    return false;
}

static bool is_secret(slm_string name)
{
    static const char *const words[] = { "auth",    "cookie",   "token",     "secret",     "key",
                                         "session", "password", "signature", "credential", "jwt" };
    if (name.len == 10 && strncasecmp(name.data, ":authority", 10) == 0)
        return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (contains(name, words[i]))
            return true;
    return false;
}

static bool ends_url(char c)
{
    return isspace((unsigned char)c) || c == '\'' || c == '"' || c == ']' || c == '>' || c == ')';
}

/* How much of the text at `at` is a user name and password before a host, its `@` included. */
static size_t user_len(slm_string text, size_t at)
{
    for (size_t i = at, last = 0;; i++) {
        if (i == text.len || ends_url(text.data[i]) || strchr("/?#", text.data[i]))
            return last;
        if (text.data[i] == '@')
            last = i + 1 - at;
    }
}

/* The text less what is secret in URLs, and less users' names. */
static void put_text(struct line *line, slm_string text)
{
    static const char user[] = "user '";
    for (size_t i = 0; i < text.len;) {
        size_t left = text.len - i, skip = 0;
        if (left > 3 && memcmp(text.data + i, "://", 3) == 0) {
            put(line, "://", 3);
            i += 3;
            skip = user_len(text, i);
            if (skip) {
                put(line, hidden, sizeof hidden - 1);
                put(line, "@", 1);
            }
        } else if (text.data[i] == '?' && left > 1 && !ends_url(text.data[i + 1])) {
            while (skip < left && !ends_url(text.data[i + skip]))
                skip++;
            put(line, "?", 1);
            put(line, hidden, sizeof hidden - 1);
        } else if (left >= sizeof user - 1 && memcmp(text.data + i, user, sizeof user - 1) == 0) {
            const char *close = memchr(text.data + i + sizeof user - 1, '\'', left - (sizeof user - 1));
            skip = close ? (size_t)(close - (text.data + i)) : left;
            put(line, user, sizeof user - 1);
            put(line, hidden, sizeof hidden - 1);
        } else {
            put(line, text.data + i, 1);
            i++;
        }
        i += skip;
    }
}

/* "name: value" */
static void put_header(struct line *line, slm_string text, size_t name)
{
    if (!is_secret(slm_string_of(text.data, name))) {
        put_text(line, text);
        return;
    }
    put(line, text.data, name);
    put(line, ": ", 2);
    put(line, hidden, sizeof hidden - 1);
}

/* What libcurl says of HTTP/2's headers: "h2h3 [authorization: Basic ...]", "[HTTP/2] [1] [cookie: ...]". */
static void put_said(struct line *line, slm_string text)
{
    for (size_t i = 0; i < text.len; i++) {
        slm_string rest = slm_string_of(text.data + i + 1, text.len - i - 1);
        size_t name = text.data[i] == '[' ? name_len(rest) : 0;
        if (name && is_secret(slm_string_of(rest.data, name))) {
            put_text(line, slm_string_of(text.data, i + 1));
            put_header(line, rest, name);
            put(line, "]", 1);
            return;
        }
    }
    size_t name = name_len(text);
    if (name)
        put_header(line, text, name);
    else
        put_text(line, text);
}

static bool is_request(slm_string text)
{
    static const char version[] = " HTTP/";
    for (size_t i = 0; i + sizeof version <= text.len; i++)
        if (memcmp(text.data + i, version, sizeof version - 1) == 0)
            return true;
    return false;
}

/* A command of SMTP, FTP, IMAP ..., or an answer to a challenge, which is nothing but a secret. */
static void put_command(struct line *line, slm_string text)
{
    enum { COMMAND_MAX = 12 };
    size_t len = 0;
    while (len < text.len && !isspace((unsigned char)text.data[len]))
        len++;
    bool is_command = len > 0 && len <= COMMAND_MAX;
    for (size_t i = 0; i < len && is_command; i++)
        is_command = isupper((unsigned char)text.data[i]) || isdigit((unsigned char)text.data[i]);
    if (is_command)
        put(line, text.data, len);
    if (is_command && len < text.len)
        put(line, " ", 1);
    if (!is_command || len < text.len)
        put(line, hidden, sizeof hidden - 1);
}

slm_string slmi_curl_clean(int kind, slm_string text, char out[SLMI_CURL_LINE_MAX])
{
    struct line line = { .out = out };
    size_t name = name_len(text);
    if (kind == SLMI_CURL_TEXT)
        put_said(&line, text);
    else if (name)
        put_header(&line, text, name);
    else if (kind == SLMI_CURL_SENT && !is_request(text))
        put_command(&line, text);
    else
        put_text(&line, text);
    out[line.len] = '\0';
    return slm_string_of(out, line.len);
}
