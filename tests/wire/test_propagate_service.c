/* SPDX-License-Identifier: MIT */
/* The propagation service, called and answered as W3C's conformance suite does it: a few of its cases that need no more
 * than this machine has. usage: test_propagate_service SERVICE */
#include "tests/wire/check.h"
#include "tests/wire/listener.h"
#include "tests/wire/viewer.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define TRACE  "12345678901234567890123456789012"
#define PARENT "1234567890123456"

enum { ROOM = 8192, CALLS = 2 };

static const struct {
    const char *why, *headers;
    bool goes_on;
    const char *tracestate; /* of what is sent; NULL for none */
} cases[] = {
    { "nothing", "", false, NULL },
    { "a trace", "traceparent: 00-" TRACE "-" PARENT "-01\r\ntracestate: foo=1,bar=2\r\n", true, "foo=1,bar=2" },
    { "two lines of tracestate",
      "tracestate: foo=1\r\ntraceparent: 00-" TRACE "-" PARENT "-01\r\ntracestate: bar=2\r\n", true, "foo=1,bar=2" },
    { "tracestate alone", "tracestate: foo=1\r\n", false, NULL },
    { "a later version", "traceparent: cc-" TRACE "-" PARENT "-01-what-the-future-will-be-like\r\n", true, NULL },
    { "version ff", "traceparent: ff-" TRACE "-" PARENT "-01\r\n", false, NULL },
    { "version 00 with a tail", "traceparent: 00-" TRACE "-" PARENT "-01-x\r\n", false, NULL },
    { "two traceparents", "traceparent: 00-" TRACE "-" PARENT "-01\r\ntraceparent: 00-" TRACE "-" PARENT "-01\r\n",
      false, NULL },
    { "a tracestate that is malformed", "traceparent: 00-" TRACE "-" PARENT "-01\r\ntracestate: foo =1\r\n", true,
      NULL },
    { "the random flag", "traceparent: 00-" TRACE "-" PARENT "-03\r\n", true, NULL },
};

static void check_call(size_t n, const char *taken, char *span_id)
{
    const char *traceparent = strstr(taken, "\r\ntraceparent: 00-"), *tracestate = strstr(taken, "\r\ntracestate: ");
    CHECK(traceparent && !strstr(traceparent + 2, "\r\ntraceparent:"));
    if (!traceparent)
        return;
    CHECK((strncmp(traceparent + 18, TRACE, 32) == 0) == cases[n].goes_on);
    CHECK(strncmp(traceparent + 18 + 33, PARENT, 16) != 0);
    CHECK(strncmp(span_id, traceparent + 18 + 33, 16) != 0);
    memcpy(span_id, traceparent + 18 + 33, 16);
    CHECK((tracestate != NULL) == (cases[n].tracestate != NULL));
    if (tracestate && cases[n].tracestate) {
        size_t len = strlen(cases[n].tracestate);
        CHECK(strncmp(tracestate + 14, cases[n].tracestate, len) == 0 && tracestate[14 + len] == '\r');
    }
}

static void run_case(size_t n, uint16_t service, uint16_t harness, int listener)
{
    static char sent[ROOM], taken[ROOM], reply[ROOM], body[512];
    char span_id[17] = "";
    int len = snprintf(body, sizeof body,
                       "[{\"url\":\"http://127.0.0.1:%u/a.0\",\"arguments\":[]},"
                       "{\"url\":\"http://127.0.0.1:%u/a.1\",\"arguments\":[{\"x\":[1,null]}]}]",
                       (unsigned)harness, (unsigned)harness);
    snprintf(sent, sizeof sent,
             "POST /test HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: %d\r\n%s\r\n%s", len,
             cases[n].headers, body);
    int client = listener_send(service, sent);
    for (int i = 0; i < CALLS; i++) {
        const char *arguments = listener_take(listener, taken, sizeof taken, 200, "null");
        CHECK(arguments && strcmp(arguments, i == 0 ? "[]" : "[{\"x\":[1,null]}]") == 0);
        CHECK(strncmp(taken, i == 0 ? "POST /a.0 " : "POST /a.1 ", 10) == 0);
        check_call(n, taken, span_id);
    }
    CHECK_EQUAL(listener_reply(client, reply, sizeof reply), 200);
}

static void check_nonsense(uint16_t service)
{
    static const char *const bodies[] = { "", "{}", "[1]", "[{\"url\":1,\"arguments\":[]}]", "[{\"url\":\"x\"}]", "[" };
    char reply[ROOM];
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
        CHECK_EQUAL(viewer_post(service, "/test", "", bodies[i], strlen(bodies[i]), reply, sizeof reply), 400);
}

int main(int argc, char **argv)
{
    uint16_t harness;
    if (argc != 2)
        return 2;
    (void)setenv("OTEL_TRACES_EXPORTER", "none", 1);
    (void)setenv("no_proxy", "127.0.0.1", 1);
    (void)unsetenv("OTEL_PROPAGATORS");
    int listener = listener_open(&harness);
    viewer service = viewer_start(argv[1], (const char *[]){ "0", NULL });
    CHECK(viewer_prints(&service, 0, "\n"));
    const char *says = strstr(service.printed[0], "127.0.0.1:");
    uint16_t port = says ? (uint16_t)strtoul(says + 10, NULL, 10) : 0;
    for (size_t n = 0; n < sizeof cases / sizeof *cases && port != 0; n++) {
        int before = check_failures;
        run_case(n, port, harness, listener);
        if (check_failures != before)
            fprintf(stderr, "in the case: %s\n", cases[n].why);
    }
    if (port != 0)
        check_nonsense(port);
    CHECK_EQUAL(viewer_stop(&service, SIGTERM), 0);
    (void)close(listener);
    return check_result();
}
