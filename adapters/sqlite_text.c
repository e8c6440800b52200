/* SPDX-License-Identifier: MIT */
/* SQLite's tokens, as far as literals and comments need them:
 * https://www.sqlite.org/lang_expr.html#literal_values_constants_ A text that is not well-formed has been refused
 * before it gets here, or ends early: nothing is read past its end. */
#include "adapters/sqlite_text.h"

#include <string.h>

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Of an identifier, a keyword, a parameter, or the rest of a number. */
static bool is_word(char c)
{
    unsigned char lower = (unsigned char)c | 0x20u;
    return (lower >= 'a' && lower <= 'z') || is_digit(c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

static size_t comment(const char *s)
{
    if (s[0] == '-' && s[1] == '-')
        return strcspn(s, "\n");
    if (s[0] != '/' || s[1] != '*')
        return 0;
    const char *end = strstr(s + 2, "*/");
    return end ? (size_t)(end + 2 - s) : strlen(s);
}

static size_t blank(const char *s)
{
    size_t len = 0, part;
    do {
        for (part = 0; is_space(s[len + part]);)
            part++;
        part += comment(s + len + part);
        len += part;
    } while (part);
    return len;
}

/* From one quote to the next of its kind; two in a row stand for one. */
static size_t quoted(const char *s)
{
    char end = *s == '[' ? ']' : *s;
    size_t len = 1;
    for (; s[len]; len++)
        if (s[len] == end && (end == ']' || s[++len] != end))
            return end == ']' ? len + 1 : len;
    return len;
}

static size_t number(const char *s)
{
    size_t len = 0;
    while (is_word(s[len]) || s[len] == '.' ||
           ((s[len] == '+' || s[len] == '-') && (s[len - 1] | 0x20) == 'e' && s[1] != 'x' && s[1] != 'X'))
        len++;
    return len;
}

/* The next token, which `*literal` says whether it is to be hidden. */
static size_t token(const char *s, bool quotes_are_text, bool *literal)
{
    size_t len = 0;
    *literal = false;
    if (*s == '\'' || *s == '"' || *s == '`' || *s == '[') {
        *literal = *s == '\'' || (*s == '"' && quotes_are_text);
        return quoted(s);
    }
    if ((*s == 'x' || *s == 'X') && s[1] == '\'') {
        *literal = true;
        return 1 + quoted(s + 1);
    }
    if (is_digit(*s) || (*s == '.' && is_digit(s[1]))) {
        *literal = true;
        return number(s);
    }
    if (*s == '?' || *s == ':' || *s == '@' || *s == '#')
        len++;
    while (is_word(s[len]))
        len++;
    return len ? len : 1;
}

const char *slmi_sqlite_operation(const char *sql, char out[SLMI_SQLITE_OPERATION_BYTES])
{
    size_t len = 0;
    sql += blank(sql);
    while (*sql == '(' || *sql == ';') {
        sql++;
        sql += blank(sql);
    }
    while (len < SLMI_SQLITE_OPERATION_BYTES - 1) {
        char lower = (char)(sql[len] | 0x20);
        if (lower < 'a' || lower > 'z')
            break;
        out[len++] = (char)(lower & ~0x20);
    }
    out[len] = '\0';
    return out;
}

const char *slmi_sqlite_sanitise(const char *sql, bool quotes_are_text, char *out, size_t room)
{
    static const char mark[] = "...";
    size_t at = 0, most = room - sizeof mark;
    sql += blank(sql);
    while (*sql) {
        bool literal = false;
        size_t space = blank(sql), len = space ? 0 : token(sql, quotes_are_text, &literal);
        const char *shown = space ? " " : literal ? "?" : sql;
        size_t want = len == 0 || literal ? 1 : len;
        sql += space + len;
        if (space && !*sql)
            break;
        if (want > most - at) {
            memcpy(out + at, mark, sizeof mark);
            return out;
        }
        memcpy(out + at, shown, want);
        at += want;
    }
    out[at] = '\0';
    return out;
}
