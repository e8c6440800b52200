/* SPDX-License-Identifier: MIT */
/* What examples/yaks.c sends, to the byte. usage: test_yaks YAKS EXPECTED OUTPUT
 *
 * What differs from run to run has a name in EXPECTED: ids in the order of their first appearance, times, the version.
 * A line ends before each span and each event there, for people. */
#include "tests/wire/check.h"
#include "tests/wire/listener.h"
#include "tests/wire/viewer.h"
#include <spanloom/version.h>

#include <stdlib.h>
#include <unistd.h>

enum { ROOM = 64 * 1024 };

/* The number of an id: that of the earlier one that is the same, else the next. */
static unsigned number_of(const char *id, size_t len, char known[][33], unsigned *count)
{
    unsigned n = 0;
    while (n < *count && (strlen(known[n]) != len || strncmp(known[n], id, len) != 0))
        n++;
    if (n == *count && n < 16)
        snprintf(known[(*count)++], 33, "%.*s", (int)len, id);
    return n + 1;
}

/* Writes a name for what stands at `text`, if it differs from run to run, and yields its length; else 0. */
static size_t mask_one(const char *text, FILE *out)
{
    static char known[16][33];
    static unsigned count;
    size_t hex = strspn(text, "0123456789abcdef"), version = strlen(SLM_VERSION_STRING);
    if (text[hex] == '"' && hex == 19 && strspn(text, "0123456789") == 19) {
        fputs("TIME", out);
        return hex;
    }
    if (text[hex] == '"' && (hex == 32 || hex == 16)) {
        fprintf(out, "ID%u", number_of(text, hex, known, &count));
        return hex;
    }
    if (strncmp(text, SLM_VERSION_STRING "\"", version + 1) == 0) {
        fputs("VERSION", out);
        return version;
    }
    return 0;
}

static void mask(const char *text, FILE *out)
{
    while (*text) {
        if (strncmp(text, "{\"traceId\"", 10) == 0 || strncmp(text, "{\"timeUnixNano\"", 15) == 0)
            fputc('\n', out);
        size_t len = text[-1] == '"' ? mask_one(text, out) : 0;
        if (len == 0)
            fputc(*text, out);
        text += len > 0 ? len : 1;
    }
    fputc('\n', out);
}

static void check_same(const char *got_path, const char *expected_path)
{
    static char got[ROOM], expected[ROOM];
    FILE *files[] = { fopen(got_path, "re"), fopen(expected_path, "re") };
    CHECK(files[0] && files[1]);
    if (files[0] && files[1]) {
        got[fread(got, 1, ROOM - 1, files[0])] = '\0';
        expected[fread(expected, 1, ROOM - 1, files[1])] = '\0';
        CHECK(strcmp(got, expected) == 0);
        if (strcmp(got, expected) != 0)
            fprintf(stderr, "see: diff %s %s\n", expected_path, got_path);
        (void)fclose(files[0]);
        (void)fclose(files[1]);
    }
}

int main(int argc, char **argv)
{
    static char request[ROOM], endpoint[64];
    uint16_t port;
    if (argc != 4)
        return 2;
    int listener = listener_open(&port);
    snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%u", (unsigned)port);
    (void)setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint, 1);
    (void)setenv("OTEL_SERVICE_NAME", "yaks", 1);
    (void)setenv("SPANLOOM_EXPORT", "trace", 1);
    (void)setenv("no_proxy", "127.0.0.1", 1);

    viewer yaks = viewer_start(argv[1], (const char *[]){ NULL });
    const char *body = listener_take(listener, request, sizeof request, 200, "{}");
    CHECK(strncmp(request, "POST /v1/traces HTTP/1.1\r\n", 26) == 0);
    CHECK_CONTAINS(request, "\r\nContent-Type: application/json\r\n");
    CHECK_EQUAL(viewer_ends(&yaks), 0);
    CHECK(strcmp(yaks.printed[0], "") == 0 && strcmp(yaks.printed[1], "") == 0);
    viewer_free(&yaks);
    (void)close(listener);

    FILE *out = fopen(argv[3], "we");
    CHECK(out && body);
    if (out && body)
        mask(body, out);
    CHECK(out && fclose(out) == 0);
    check_same(argv[3], argv[2]);
    return check_result();
}
