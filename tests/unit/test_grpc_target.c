/* SPDX-License-Identifier: MIT */
/* Where gRPC goes: what is taken for a target, which setting wins, and which headers can go along. */
#include "exporters/config_grpc.h"
#include "exporters/headers.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

Test(grpc_target, a_target_is_a_url_or_host_and_port_or_a_socket)
{
    static const struct {
        const char *text;
        bool insecure;
        slm_status status;
        const char *url, *shown, *socket;
    } cases[] = {
        { "http://c:4317", false, SLM_OK, "http://c:4317/", "http://c:4317", "" },
        { "https://c:4317", true, SLM_OK, "https://c:4317/", "https://c:4317", "" },
        { "http://c:4317/v1/traces?x=y", false, SLM_OK, "http://c:4317/", "http://c:4317", "" },
        { "https://c", false, SLM_OK, "https://c/", "https://c", "" },
        { "c:4317", false, SLM_OK, "https://c:4317/", "https://c:4317", "" },
        { "c:4317", true, SLM_OK, "http://c:4317/", "http://c:4317", "" },
        { "localhost", true, SLM_OK, "http://localhost/", "http://localhost", "" },
        { "[::1]:4317", true, SLM_OK, "http://[::1]:4317/", "http://[::1]:4317", "" },
        { "dns:///c:4317", true, SLM_OK, "http://c:4317/", "http://c:4317", "" },
        { "dns:c:4317", true, SLM_OK, "http://c:4317/", "http://c:4317", "" },
        { "http://shaver:wool@c:4317", false, SLM_OK, "http://shaver:wool@c:4317/", "http://c:4317", "" },
        { "unix:/run/otel.sock", false, SLM_OK, "http://localhost/", "unix:/run/otel.sock", "/run/otel.sock" },
        { "unix:///run/otel.sock", false, SLM_OK, "http://localhost/", "unix:/run/otel.sock", "/run/otel.sock" },
        { "", false, SLM_ERR_MALFORMED, NULL, NULL, NULL },
        { "http://", false, SLM_ERR_MALFORMED, NULL, NULL, NULL },
        { "ftp://c:4317", false, SLM_ERR_MALFORMED, NULL, NULL, NULL },
        { "c:99999", false, SLM_ERR_MALFORMED, NULL, NULL, NULL },
        { "c d:4317", false, SLM_ERR_MALFORMED, NULL, NULL, NULL },
        { "xds:///c", false, SLM_ERR_MALFORMED, NULL, NULL, NULL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slmi_url url;
        slm_status status = slmi_grpc_target_parse(cases[i].text, cases[i].insecure, &url);
        cr_expect(eq(int, (int)status, (int)cases[i].status), "%s", cases[i].text);
        if (status != SLM_OK || cases[i].status != SLM_OK)
            continue;
        cr_expect(eq(str, url.text, (char *)cases[i].url), "%s", cases[i].text);
        cr_expect(eq(str, url.shown, (char *)cases[i].shown), "%s", cases[i].text);
        cr_expect(eq(str, url.socket, (char *)cases[i].socket), "%s", cases[i].text);
    }
}

Test(grpc_target, one_that_is_too_long_is_refused)
{
    static char text[3 * SLMI_URL_BYTES];
    slmi_url url;
    memset(text, 'c', sizeof text - 1);
    cr_expect(eq(int, (int)slmi_grpc_target_parse(text, true, &url), (int)SLM_ERR_LIMIT));
    text[SLMI_URL_BYTES - 3] = '\0';
    cr_expect(eq(int, (int)slmi_grpc_target_parse(text, true, &url), (int)SLM_ERR_LIMIT));
}

Test(grpc_target, the_signals_own_setting_wins)
{
    static const struct {
        const char *in_code, *traces, *all, *insecure, *url;
        bool complains;
    } cases[] = {
        { NULL, NULL, NULL, NULL, "http://localhost:4317/", false },
        { NULL, NULL, "http://a:1", NULL, "http://a:1/", false },
        { NULL, "http://b:2/v1/traces", "http://a:1", NULL, "http://b:2/", false },
        { "http://c:3", "http://b:2", "http://a:1", NULL, "http://c:3/", false },
        { NULL, "::", "http://a:1", NULL, "http://a:1/", true },
        { NULL, NULL, "a:1", "true", "http://a:1/", false },
        { NULL, NULL, "a:1", "sure", "https://a:1/", true },
        { NULL, NULL, "https://a:1", "true", "https://a:1/", false },
        { NULL, NULL, "http://me:you@a:1", NULL, "http://me:you@a:1/", true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const slm_config config = { .endpoint = cases[i].in_code };
        slmi_complaints complaints = { .len = 0 };
        slmi_url url;
        setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", cases[i].traces ? cases[i].traces : "", 1);
        setenv("OTEL_EXPORTER_OTLP_ENDPOINT", cases[i].all ? cases[i].all : "", 1);
        setenv("OTEL_EXPORTER_OTLP_INSECURE", cases[i].insecure ? cases[i].insecure : "", 1);
        cr_expect(slmi_grpc_configure(&slmi_signal_traces, &config, &url, &complaints), "case %zu", i);
        cr_expect(eq(str, url.text, (char *)cases[i].url), "case %zu", i);
        cr_expect(eq(int, complaints.len > 0, cases[i].complains), "case %zu: %s", i, complaints.text);
    }
}

Test(grpc_target, the_protocols_own_headers_are_no_metadata)
{
    static const struct {
        const char *line;
        bool good;
    } cases[] = {
        { "x-flock: blue faced", true },
        { "authorization: Bearer w", true },
        { "X-Empty;", true },
        { "grpc-timeout: 1S", false },
        { "GRPC-Status: 0", false },
        { "Connection: close", false },
        { "te: gzip", false },
        { "Content-Type: text/plain", false },
        { "host: elsewhere", false },
        { "User-Agent: yak", false },
        { "tea: green", true },
        { "x-name: J\xc3\xb6rg", false },
        { "Transfer-Encoding: chunked", false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect(eq(int, slmi_headers_is_metadata(cases[i].line), cases[i].good), "%s", cases[i].line);
}
