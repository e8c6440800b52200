/* SPDX-License-Identifier: MIT */
/* Which announcements of a receiver are followed. */
#include "exporters/announcement.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

#define NAME "Spanloom-Open-Spans: "

/* Reads lines from memory that ends where they do. */
static void read_lines(const char *lines, slmi_announcement *out)
{
    while (*lines) {
        const char *end = strchr(lines, '\n');
        size_t len = end ? (size_t)(end - lines) + 1 : strlen(lines);
        char *copy = malloc(len);
        cr_assert(copy != NULL);
        memcpy(copy, lines, len);
        slmi_announcement_line(out, copy, len);
        free(copy);
        lines += len;
    }
}

Test(announcement, is_followed_only_to_a_plain_path)
{
    static const struct {
        const char *why, *lines, *path;
        bool refused;
    } cases[] = {
        { "nothing", "", "", false },
        { "other headers", "HTTP/1.1 200 OK\r\nServer: x\r\n\r\n", "", false },
        { "plain", "HTTP/1.1 200 OK\r\n" NAME "/open-spans\r\n\r\n", "/open-spans", false },
        { "lower case", "spanloom-open-spans:/a/b_c.d~e\r\n", "/a/b_c.d~e", false },
        { "spaces around it", "SPANLOOM-OPEN-SPANS: \t /v1/x \t\r\n", "/v1/x", false },
        { "no end of line", NAME "/x", "/x", false },
        { "the root", NAME "/\r\n", "/", false },
        { "an interim answer", "HTTP/1.1 100 Continue\r\n" NAME "/x\r\n\r\nHTTP/1.1 200 OK\r\n", "", false },
        { "a proxy's answer", "HTTP/1.1 200 OK\r\n" NAME "no\r\n\r\nHTTP/2 200\r\n" NAME "/y\r\n", "/y", false },
        { "empty", NAME "\r\n", "", true },
        { "only the name", "Spanloom-Open-Spans:", "", true },
        { "a longer name", "Spanloom-Open-Spans-Too: /x\r\n", "", false },
        { "relative", NAME "x\r\n", "", true },
        { "a URL", NAME "http://127.0.0.1/x\r\n", "", true },
        { "another host", NAME "//evil/x\r\n", "", true },
        { "an empty segment", NAME "/x//y\r\n", "", true },
        { "a way up", NAME "/x/../y\r\n", "", true },
        { "a dot", NAME "/./y\r\n", "", true },
        { "a hidden name", NAME "/.y\r\n", "", true },
        { "a query", NAME "/x?y\r\n", "", true },
        { "a fragment", NAME "/x#y\r\n", "", true },
        { "an escape", NAME "/%2e%2e/y\r\n", "", true },
        { "a space", NAME "/x y\r\n", "", true },
        { "a backslash", NAME "/\\evil\r\n", "", true },
        { "an at sign", NAME "/@evil\r\n", "", true },
        { "a control byte", NAME "/x\x01\r\n", "", true },
        { "a byte of UTF-8", NAME "/\xc3\xa4\r\n", "", true },
        { "two", NAME "/x\r\n" NAME "/y\r\n", "", true },
        { "three", NAME "/x\r\n" NAME "/x\r\n" NAME "/x\r\n", "", true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slmi_announcement out = { .refused = false };
        read_lines(cases[i].lines, &out);
        cr_expect(eq(str, out.path, (char *)(uintptr_t)cases[i].path), "%s", cases[i].why);
        cr_expect(eq(int, out.refused, cases[i].refused), "%s", cases[i].why);
    }
}

Test(announcement, has_a_longest_path)
{
    char line[256] = NAME "/";
    size_t name = strlen(NAME);
    for (size_t len = SLMI_ANNOUNCEMENT_BYTES - 2; len < SLMI_ANNOUNCEMENT_BYTES + 2; len++) {
        slmi_announcement out = { .refused = false };
        memset(line + name + 1, 'x', len - 1);
        line[name + len] = '\0';
        read_lines(line, &out);
        cr_expect(eq(sz, strlen(out.path), len < SLMI_ANNOUNCEMENT_BYTES ? len : 0));
        cr_expect(eq(int, out.refused, len >= SLMI_ANNOUNCEMENT_BYTES));
    }
}

Test(announcement, of_a_byte_of_zero_is_refused)
{
    static const char line[] = NAME "/x\0/y\r\n";
    slmi_announcement out = { .refused = false };
    slmi_announcement_line(&out, line, sizeof line - 1);
    cr_expect(out.refused && out.path[0] == '\0');
}
