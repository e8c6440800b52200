/* SPDX-License-Identifier: MIT */
#include "exporters/announcement.h"

#include <string.h>
#include <strings.h>

static bool is_path_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("-._~/", c) != NULL);
}

/* What libcurl would ask for elsewhere than it says, "//host" and "/../", is no path. */
static bool is_path(const char *text, size_t len)
{
    if (len == 0 || len >= SLMI_ANNOUNCEMENT_BYTES || text[0] != '/')
        return false;
    for (size_t i = 0; i < len; i++) {
        if (!is_path_character(text[i]))
            return false;
        bool begins = i > 0 && text[i - 1] == '/';
        if (begins && (text[i] == '/' || text[i] == '.'))
            return false;
    }
    return true;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

void slmi_announcement_line(slmi_announcement *announcement, const char *line, size_t len)
{
    static const char name[] = "spanloom-open-spans:";
    static const char status[] = "HTTP/";
    if (len >= sizeof status - 1 && strncasecmp(line, status, sizeof status - 1) == 0)
        *announcement = (slmi_announcement){ .refused = false };
    if (len < sizeof name - 1 || strncasecmp(line, name, sizeof name - 1) != 0)
        return;
    line += sizeof name - 1;
    len -= sizeof name - 1;
    while (len > 0 && is_space(line[0])) {
        line++;
        len--;
    }
    while (len > 0 && is_space(line[len - 1]))
        len--;
    /* A second one contradicts the first, or the sender would have said it once. */
    announcement->refused = announcement->refused || announcement->path[0] != '\0' || !is_path(line, len);
    announcement->path[0] = '\0';
    if (announcement->refused)
        return;
    memcpy(announcement->path, line, len);
    announcement->path[len] = '\0';
}
