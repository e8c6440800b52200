/* SPDX-License-Identifier: MIT */
/* Which propagators the process has: none before slm_init(), then those of OTEL_PROPAGATORS. */
#include "tests/wire/check.h"
#include <spanloom/carrier.h>
#include <spanloom/diagnostic.h>
#include <spanloom/propagator.h>
#include <spanloom/sdk.h>

#include <stdlib.h>

static const char *sent(void)
{
    static char text[1024];
    slm_http1_lines lines = { text, 0, sizeof text - 1 };
    CHECK_EQUAL(slm_inject_current(slm_http1_setter(), &lines), SLM_OK);
    text[lines.len] = '\0';
    for (size_t i = 0; i < lines.len; i++)
        text[i] = text[i] == '\n' ? '|' : text[i] == '\r' ? ' ' : text[i];
    return text;
}

/* usage: test_propagators_init NAMES|unset HEADERS: which propagators are asked for, and what is sent then */
int main(int argc, char **argv)
{
    static const char parent[] = "00-12345678901234567890123456789012-1234567890123456-01";
    if (argc != 3)
        return 2;
    setenv("OTEL_TRACES_EXPORTER", "none", 1);
    unsetenv("OTEL_PROPAGATORS");
    if (strcmp(argv[1], "unset") != 0)
        setenv("OTEL_PROPAGATORS", argv[1], 1);
    setenv("SPANLOOM_LOG", "", 1);
    slm_span_context remote;
    CHECK_EQUAL(slm_traceparent_parse(slm_string_from_c(parent), &remote), SLM_OK);
    slm_context context = slm_context_with_baggage(slm_under_remote(&remote), slm_string_from_c("k=v"));
    slm_token token = slm_context_attach(&context);
    CHECK(strcmp(sent(), "") == 0);

    slm_set_diagnostic_handler(NULL, NULL);
    CHECK_EQUAL(slm_init(NULL), SLM_OK);
    setenv("OTEL_PROPAGATORS", "jaeger", 1); /* too late */
    CHECK(strcmp(sent(), argv[2]) == 0);
    CHECK(strcmp(sent(), argv[2]) == 0);
    /* Named with the other settings that are not supported, and once more where the propagators are made. */
    CHECK_EQUAL(slm_diagnostic_count(SLM_DIAG_CONFIGURATION), strstr(argv[1], "xray") ? 2 : 0);
    slm_context_detach(token);
    slm_context_release(&context);
    CHECK_EQUAL(slm_shutdown(1000), SLM_OK);
    return check_result();
}
