/* SPDX-License-Identifier: MIT */
/* One trace through four processes: libcurl, an HTTP/1.1 server, an HTTP/2 server, and the child that it starts; as the
 * receiver saw it. usage: test_crossing SPANLOOM BIN DIRECTORY */
#include "tests/wire/check.h"
#include "tests/wire/spans.h"
#include "tests/wire/viewer.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static const char *bin;

static viewer start(const char *name, const char *argument, const char *other)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", bin, name);
    return viewer_start(path, (const char *[]){ argument, other, NULL });
}

/* Runs a program to its end, which must be a good one. */
static void run(const char *name, const char *argument, const char *other)
{
    viewer program = start(name, argument, other);
    CHECK_EQUAL(viewer_ends(&program), 0);
    viewer_free(&program);
}

static unsigned port_of(viewer *server)
{
    static const char says[] = "listening on http://127.0.0.1:";
    CHECK(viewer_prints(server, 0, "\n"));
    const char *at = strstr(server->printed[0], says);
    return at ? (unsigned)strtoul(at + sizeof says - 1, NULL, 10) : 0;
}

static const struct span *of_service(const struct spans *got, const char *service, const char *kind)
{
    for (size_t i = 0; i < got->count; i++)
        if (strcmp(got->at[i].service, service) == 0 && strcmp(got->at[i].kind, kind) == 0)
            return &got->at[i];
    return NULL;
}

/* Each the child of the one before, in one trace. */
static void check_chain(const struct spans *got)
{
    static const struct {
        const char *name, *kind, *service, *version;
    } hops[] = {
        { "GET", "client", "fetch", "1.1" },      { "GET /yaks/{id}", "server", "http1_server", "1.1" },
        { "GET", "client", "http1_server", "2" }, { "GET /shear", "server", "http2_server", "2" },
        { "shear", "internal", "child", "" },
    };
    const struct span *above = NULL, *root = NULL;
    for (size_t i = 0; i < sizeof hops / sizeof *hops; i++) {
        const struct span *s = i == 0 ? of_service(got, "fetch", "client") : spans_child(got, above, hops[i].name, 0);
        CHECK(s != NULL);
        if (!s)
            return;
        root = root ? root : s;
        CHECK(strcmp(s->name, hops[i].name) == 0 && strcmp(s->kind, hops[i].kind) == 0);
        CHECK(strcmp(s->service, hops[i].service) == 0);
        CHECK(strcmp(s->trace_id, root->trace_id) == 0);
        CHECK(strcmp(span_attribute(s, "network.protocol.version"), hops[i].version) == 0);
        if (i < 4)
            CHECK(strcmp(span_attribute(s, "http.response.status_code"), "200") == 0);
        above = s;
    }
    CHECK(strstr(span_attribute(root, "url.full"), "http://REDACTED:REDACTED@127.0.0.1:") != NULL);
    CHECK(span_events(root) >= 4);
}

/* Two streams at a time, each with a span of its own; what is not found is an error of the client alone. */
static void check_streams(const struct spans *got)
{
    const struct span *ask = of_service(got, "http2_client", "internal");
    CHECK(ask != NULL);
    if (!ask)
        return;
    CHECK_EQUAL(spans_children(got, ask), 2);
    for (size_t i = 0; i < 2; i++) {
        const struct span *client = spans_child(got, ask, "GET", i);
        CHECK(client != NULL);
        if (!client)
            continue;
        bool found = strstr(span_attribute(client, "url.full"), "/shear") != NULL;
        const struct span *server = spans_child(got, client, found ? "GET /shear" : "GET", 0);
        CHECK(server != NULL);
        CHECK_EQUAL(client->status, found ? 0 : 2);
        CHECK(strcmp(span_attribute(client, "http.response.status_code"), found ? "200" : "404") == 0);
        CHECK(strcmp(span_attribute(client, "error.type"), found ? "" : "404") == 0);
        if (server) {
            CHECK_EQUAL(server->status, 0);
            CHECK_EQUAL(spans_children(got, server), found ? 1 : 0);
        }
    }
}

/* The stranger's trace is not gone on with, but linked to. */
static void check_stranger(const struct spans *got)
{
    const struct span *server = of_service(got, "epoll_server", "server");
    CHECK(server != NULL);
    if (!server)
        return;
    CHECK(strcmp(server->parent_id, "") == 0);
    char *text = cJSON_PrintUnformatted(server->json);
    const char *link = text ? strstr(text, "\"links\"") : NULL;
    CHECK(link != NULL);
    bool linked = false;
    for (size_t i = 0; i < got->count && link; i++)
        linked = linked || (strcmp(got->at[i].service, "fetch") == 0 && strstr(link, got->at[i].id) &&
                            strstr(link, got->at[i].trace_id));
    CHECK(linked);
    cJSON_free(text);
}

int main(int argc, char **argv)
{
    static struct spans got;
    char path[512], dump[544], url[64], port[16];
    if (argc != 4)
        return 2;
    bin = argv[2];
    snprintf(path, sizeof path, "%s/crossing.jsonl", argv[3]);
    snprintf(dump, sizeof dump, "--dump=%s", path);
    (void)unlink(path);
    viewer view =
        viewer_start(argv[1], (const char *[]){ "view", "--otlp-port=0", "--zipkin-port=0", "--settle=0", dump, NULL });
    CHECK(viewer_listens(&view));
    snprintf(url, sizeof url, "http://127.0.0.1:%u", (unsigned)view.otlp_port);
    (void)setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url, 1);
    (void)setenv("no_proxy", "127.0.0.1", 1);
    (void)unsetenv("OTEL_PROPAGATORS");

    viewer http2 = start("http2_server", NULL, NULL), epoll = start("epoll_server", NULL, NULL);
    unsigned http2_port = port_of(&http2);
    snprintf(url, sizeof url, "http://127.0.0.1:%u/shear", http2_port);
    viewer http1 = start("http1_server", url, NULL);
    snprintf(url, sizeof url, "http://user:secret@127.0.0.1:%u/yaks/3", port_of(&http1));
    run("fetch", url, NULL);
    snprintf(url, sizeof url, "http://127.0.0.1:%u/yaks", port_of(&epoll));
    run("fetch", url, NULL);
    char client[1024];
    snprintf(port, sizeof port, "%u", http2_port);
    snprintf(client, sizeof client, "%s/http2_client", bin);
    viewer asking = viewer_start(client, (const char *[]){ port, "/shear", "/nothing", NULL });
    CHECK_EQUAL(viewer_ends(&asking), 1); /* one of the two is not found */
    viewer_free(&asking);
    CHECK_EQUAL(viewer_stop(&http1, SIGTERM), 0);
    CHECK_EQUAL(viewer_stop(&http2, SIGTERM), 0);
    CHECK_EQUAL(viewer_stop(&epoll, SIGTERM), 0);

    CHECK(spans_read(&got, path));
    CHECK_EQUAL(got.count, 5 + 2 + 1 + 2 * 2 + 1);
    check_chain(&got);
    check_streams(&got);
    check_stranger(&got);
    spans_free(&got);
    CHECK_EQUAL(viewer_stop(&view, SIGTERM), 0);
    return check_result();
}
