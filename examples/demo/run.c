/* SPDX-License-Identifier: MIT */
/* The demo: starts a viewer and two services, sends a request, and shows the trace of it. On a terminal it goes on
 * until Ctrl-C. Everything it starts ends with it. */
#include "examples/demo/child.h"
#include "examples/demo/target.h"

#include <curl/curl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum {
    EVERY_MS = 3000,     /* from one request to the next */
    REQUEST_MS = 20000,  /* for one request */
    PATIENCE_MS = 10000, /* with a process that is asked to end */
    LINE_BYTES = 512
};

struct demo {
    const char *to; /* NULL: to a viewer of our own. */
    bool once;
    int signals; /* Readable when it is time to end. */
    struct child view, back, front;
    char yaks_url[LINE_BYTES], shave_url[LINE_BYTES];
};

static const char usage[] =
    "usage: demo [--to URL] [--once]\n"
    "\n"
    "  --to URL  send the spans there instead of to a viewer of its own: a Jaeger or a Collector\n"
    "            (http://localhost:4318), or a Zipkin (http://localhost:9411/api/v2/spans)\n"
    "  --once    one request, and end; so it is, too, where standard output is no terminal\n";

/* -- starting ------------------------------------------------------------------------------------------------------ */

static bool start_view(struct demo *demo, bool any_port, char *line)
{
    const char *arguments[8] = { "view" };
    int count = 1;
    if (any_port) {
        arguments[count++] = "--otlp-port=0";
        arguments[count++] = "--zipkin-port=0";
    }
    const char *term = getenv("TERM"), *no_colour = getenv("NO_COLOR");
    if (isatty(STDOUT_FILENO) && !(no_colour && *no_colour) && !(term && strcmp(term, "dumb") == 0))
        arguments[count++] = "--color=always"; /* It prints into a pipe, and we into the terminal. */
    if (demo->once)
        arguments[count++] = "--once";
    if (!child_start(&demo->view, "spanloom", arguments))
        return false;
    return child_line(&demo->view, demo->signals, line, LINE_BYTES);
}

/* The viewer says itself which ports are taken, and by whom. */
static bool start_own_target(struct demo *demo)
{
    char line[LINE_BYTES], url[LINE_BYTES];
    if (!start_view(demo, false, line)) {
        if (child_wait(&demo->view, PATIENCE_MS) != EXIT_FAILURE)
            return false;
        fprintf(stderr, "demo: trying other ports; if what is there takes spans, send them to it with --to URL\n");
        if (!start_view(demo, true, line))
            return false;
    }
    printf("%s\n", line);
    const char *http = strstr(line, "http://");
    if (!http)
        return false;
    snprintf(url, sizeof url, "%.*s", (int)strcspn(http, " "), http);
    target_set(url);
    return true;
}

/* Starts a service, and makes `url` from where it says it listens. */
static bool start_service(struct demo *demo, struct child *child, const char *program, const char *argument,
                          const char *path, char *url)
{
    char line[LINE_BYTES];
    if (!child_start(child, program, (const char *[]){ argument, NULL }) ||
        !child_line(child, demo->signals, line, sizeof line))
        return false;
    const char *http = strstr(line, "http://");
    return http && snprintf(url, LINE_BYTES, "%s%s", http, path) < LINE_BYTES;
}

static bool start(struct demo *demo)
{
    if (demo->to)
        target_set(demo->to);
    else if (!start_own_target(demo))
        return false;
    if (!demo->once)
        setenv("OTEL_BSP_SCHEDULE_DELAY", "200", 0); /* Somebody is watching. */
    return start_service(demo, &demo->back, "demo-back", NULL, "/yaks", demo->yaks_url) &&
           start_service(demo, &demo->front, "demo-front", demo->yaks_url, "/shave", demo->shave_url);
}

/* -- running ------------------------------------------------------------------------------------------------------- */

static bool is_time_to_end(const struct demo *demo)
{
    struct pollfd ready = { .fd = demo->signals, .events = POLLIN };
    return poll(&ready, 1, 0) != 0;
}

static int abort_in_time(void *context, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up_now)
{
    (void)total, (void)now, (void)up_total, (void)up_now;
    return is_time_to_end(context);
}

/* The answer goes to standard output. */
static bool send_request(struct demo *demo)
{
    CURL *curl = curl_easy_init();
    if (!curl)
        return false;
    printf("GET %s: ", demo->shave_url);
    curl_easy_setopt(curl, CURLOPT_URL, demo->shave_url);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)REQUEST_MS);
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, abort_in_time);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, demo);
    CURLcode code = curl_easy_perform(curl);
    curl_easy_cleanup(curl);
    if (code != CURLE_OK)
        printf("%s\n", curl_easy_strerror(code));
    else if (!demo->to)
        printf("\n"); /* The tree comes next. */
    return code == CURLE_OK;
}

/* Passes on what the viewer shows until the next request is due. False when it is time to end, or a process did. */
static bool watch(struct demo *demo)
{
    for (;;) {
        struct pollfd ready[] = { { .fd = demo->signals, .events = POLLIN },
                                  { .fd = demo->back.out, .events = POLLIN },
                                  { .fd = demo->front.out, .events = POLLIN },
                                  { .fd = demo->view.out, .events = POLLIN } };
        int count = poll(ready, sizeof ready / sizeof *ready, EVERY_MS);
        if (count <= 0)
            return count == 0;
        if (ready[0].revents != 0 || ready[1].revents != 0 || ready[2].revents != 0)
            return false;
        if (!child_pass_on(&demo->view))
            return false;
    }
}

static bool run(struct demo *demo)
{
    bool good = send_request(demo);
    if (demo->once || !good)
        return good;
    printf("(a request every few seconds, until Ctrl-C)\n");
    while (watch(demo))
        if (!send_request(demo))
            break;
    return is_time_to_end(demo);
}

/* -- ending -------------------------------------------------------------------------------------------------------- */

static bool ended_well(struct child *child, const char *name)
{
    int status = child_wait(child, PATIENCE_MS);
    if (status != 0)
        fprintf(stderr, "demo: the %s ended with status %d\n", name, status);
    return status == 0;
}

/* Each service delivers its last spans before it ends; the back goes first, so that the trace's root comes last, and
 * what the viewer prints is whole. */
static bool end(struct demo *demo, bool good)
{
    child_end(&demo->back);
    good &= ended_well(&demo->back, "yak-shaving service");
    child_end(&demo->front);
    good &= ended_well(&demo->front, "front service");
    if (good && demo->to)
        printf("delivered to %s\n", demo->to);
    if (!good || !demo->once)
        child_end(&demo->view); /* With --once it ends by itself, when it has shown the trace. */
    return ended_well(&demo->view, "viewer") && good;
}

static bool parse(struct demo *demo, int argc, char **argv)
{
    static const struct option options[] = { { "to", required_argument, NULL, 't' },
                                             { "once", no_argument, NULL, 'o' },
                                             { "help", no_argument, NULL, 'h' },
                                             { NULL, 0, NULL, 0 } };
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 't':
            demo->to = optarg;
            break;
        case 'o':
            demo->once = true;
            break;
        case 'h':
            fputs(usage, stdout);
            exit(EXIT_SUCCESS);
        default:
            return false;
        }
    }
    return optind == argc;
}

static int open_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC);
}

int main(int argc, char **argv)
{
    struct demo demo = { .once = !isatty(STDOUT_FILENO), .view = CHILD_NONE, .back = CHILD_NONE, .front = CHILD_NONE };
    if (!parse(&demo, argc, argv)) {
        fputs(usage, stderr);
        return 2;
    }
    setlinebuf(stdout); /* Others write there too. */
    curl_global_init(CURL_GLOBAL_DEFAULT);
    demo.signals = open_signals();
    bool good = demo.signals >= 0 && start(&demo) && run(&demo);
    good = end(&demo, good);
    curl_global_cleanup();
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
