/* SPDX-License-Identifier: MIT */
#include "exporters/headers.h"

#include "core/alloc.h"
#include "exporters/config.h"

#include <stdio.h>
#include <strings.h>

/* RFC 9110 5.6.2. */
static bool is_token(slm_string text)
{
    static const char others[] = "!#$%&'*+-.^_`|~";
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!alphanumeric && (c == '\0' || !strchr(others, c)))
            return false;
    }
    return text.len > 0;
}

/* RFC 9110 5.5: no control bytes, so that a value cannot start a header of its own. */
static bool is_field_value(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if ((c < ' ' && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

static char *parse_one(slm_string member)
{
    char decoded[SLMI_HEADER_BYTES];
    slm_string name, value;
    size_t len;
    if (!slmi_pair_split(member, &name, &value) || !is_token(name) || value.len >= sizeof decoded ||
        !slmi_percent_decode(value, decoded, &len) || !is_field_value(decoded, len))
        return NULL;
    /* libcurl reads "name:" as "leave that header out"; an empty one is written with a semicolon. */
    const char *separator = len > 0 ? ": " : ";";
    size_t room = name.len + 2 + len + 1;
    char *line = slmi_alloc(room);
    if (line)
        snprintf(line, room, "%.*s%s%s", (int)name.len, name.data, separator, decoded);
    return line;
}

size_t slmi_headers_parse(const char *source, const char *list, char **lines, slmi_complaints *complaints)
{
    size_t count = 0;
    slm_string member;
    for (unsigned number = 1; slmi_list_next(&list, &member); number++) {
        if (member.len == 0)
            continue;
        char *line = count < SLMI_HEADERS_MAX ? parse_one(member) : NULL;
        if (line)
            lines[count++] = line;
        else
            slmi_complain(complaints, "%s: header number %u is no name=value, or one too many", source, number);
    }
    return count;
}

bool slmi_headers_is_metadata(const char *line)
{
    static const char *const reserved[] = { "connection",       "host",         "keep-alive",
                                            "proxy-connection", "te",           "upgrade",
                                            "content-length",   "content-type", "transfer-encoding",
                                            "user-agent" };
    static const char own[] = "grpc-";
    size_t len = strcspn(line, ":;");
    if (len >= sizeof own - 1 && strncasecmp(line, own, sizeof own - 1) == 0)
        return false;
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++) {
        if (len == strlen(reserved[i]) && strncasecmp(line, reserved[i], len) == 0)
            return false;
    }
    for (; *line; line++) {
        if (*line < ' ' || *line > '~')
            return false;
    }
    return true;
}
