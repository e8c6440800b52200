/* SPDX-License-Identifier: MIT */
/* No memory at the nth request, or from the nth on, for each n that a program makes: set-up over HTTP, to a file and to
 * a log, spans, events, contexts, a second thread, shutdown. Nothing crashes, nothing is freed twice or not at all, and
 * the ledger adds up. Each try is a process of its own, forked before the library was asked for anything. */
#include <spanloom/memory.h>

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <spanloom/context.h>
#include <spanloom/diagnostic.h>
#include <spanloom/filter.h>
#include <spanloom/format.h>
#include <spanloom/layer.h>
#include <spanloom/sdk.h>
#include <spanloom/stats.h>
#include <spanloom/task.h>
#include <spanloom/thread.h>
#include <spanloom/trace.h>
#include <spanloom/writer.h>

#include "core/dispatch.h"

#define CHECK(what)                                                                                                    \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            fprintf(stderr, "line %d: %s\n", __LINE__, #what);                                                         \
            _exit(1);                                                                                                  \
        }                                                                                                              \
    } while (0)

/* What a try tells its parent process. */
struct report {
    _Atomic(uint32_t) requests; /* that were made */
    _Atomic(int32_t) left;      /* pieces that were never given back */
    _Atomic(uint32_t) exported; /* whether all of it was set up */
};
static struct report *report; /* this process's */

static uint32_t fail_at; /* the number of the first request that fails, from 1; 0: none */
static bool fail_on;     /* and all after it */

static bool fails(void)
{
    uint32_t number = atomic_fetch_add(&report->requests, 1) + 1;
    return fail_at && (number == fail_at || (fail_on && number > fail_at));
}

static void *take(void *user, size_t size)
{
    (void)user;
    void *memory = fails() ? NULL : malloc(size);
    atomic_fetch_add(&report->left, memory != NULL);
    return memory;
}

static void *resize(void *user, void *memory, size_t size)
{
    (void)user;
    return fails() ? NULL : realloc(memory, size);
}

static void give(void *user, void *memory)
{
    (void)user;
    atomic_fetch_sub(&report->left, 1);
    free(memory);
}

static void *keep(void *user, size_t size)
{
    (void)user;
    void *memory = fails()
                       ? MAP_FAILED
                       : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

/* -- the program ------------------------------------------------------------------------------------------------------
 */

static size_t print(const void *object, char *out, size_t room)
{
    return (size_t)snprintf(out, room, "yak %d", *(const int *)object);
}

static void *work(void *unused)
{
    char long_text[3000];
    int yak = 7;
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    SLM_SCOPE_AS(s, "outer", ("text", (const char *)long_text), ("late", SLM_EMPTY));
    {
        SLM_SCOPE("inner", ("yak", slm_debug(&yak, print)));
        SLM_INFO(("user", 7), "number %d", 12);
        SLM_ERROR("failed");
    }
    SLM_SET(s, "late", 1);
    slm_context context = slm_context_capture();
    slm_token token = slm_context_attach(&context);
    slm_context_detach(token);
    slm_context_release(&context);
    slm_task task = SLM_TASK("job");
    slm_task_yield(slm_task_run(task));
    slm_task_end(task);
    return unused;
}

/* A subscriber of the thread's own that prints to nowhere, over every combination of writers. */
static slm_subscriber *printing(int fd)
{
    slm_subscriber *subscriber = NULL;
    slm_writer *writer = NULL, *plain = slm_writer_tee(slm_writer_fd(fd), slm_writer_fd(fd));
    slm_layer layer;
    slm_filter *filter = NULL;
    if (slm_filter_parse(slm_string_from_c("info,[{user=7}]=debug,inner=warn"), &filter, NULL) != SLM_OK)
        filter = NULL;
    if (slm_writer_nonblocking(NULL, slm_writer_route(slm_filter_level(SLM_LEVEL_WARN), plain, NULL), &writer) !=
        SLM_OK)
        writer = NULL;
    slm_format_options options = { .size = sizeof options,
                                   .span_events = SLM_SPAN_EVENT_CLOSE,
                                   .writer = writer ? writer : slm_writer_fd(fd) };
    if (!options.writer || slm_layer_format(&options, filter, &layer) != SLM_OK) {
        slm_writer_release(options.writer);
        slm_filter_free(filter);
        return NULL;
    }
    if (slm_subscriber_of_layers(&layer, 1, &subscriber) == SLM_OK)
        return subscriber;
    layer.ops->destroy(layer.self);
    slm_filter_free(filter);
    return NULL;
}

static void check_ledger(void)
{
    slm_stats stats = { .size = sizeof stats };
    slm_stats_read(&stats);
    uint64_t over = stats.ended;
    for (unsigned i = 0; i < SLM_UNRECORDED_REASONS; i++)
        over += stats.unrecorded[i];
    CHECK(stats.started == over);
    for (unsigned i = 0; i < stats.pipeline_count; i++) {
        const slm_pipeline_stats *p = &stats.pipelines[i];
        uint64_t sum = p->filtered + p->unsampled + p->queued + p->in_flight + p->delivered + p->rejected;
        for (unsigned reason = 0; reason < SLM_DROP_REASONS; reason++)
            sum += p->dropped[reason];
        CHECK(p->ended + p->shipped == sum);
        CHECK(p->queued == 0 && p->in_flight == 0);
    }
}

static void be_the_program(void)
{
    const slm_allocator hooks = {
        .size = sizeof hooks, .alloc = take, .realloc = resize, .free = give, .reserve = keep
    };
    slm_config config = { .size = sizeof config,
                          .exporters = SLM_EXPORTER_OTLP | SLM_EXPORTER_ZIPKIN,
                          .endpoint = "http://127.0.0.1:1/",
                          .zipkin_endpoint = "http://127.0.0.1:1/api/v2/spans",
                          .headers = "x-token=secret,other=1",
                          .service_name = "memory",
                          .file = "/dev/null",
                          .export_filter = "debug,[{user=8}]=off" };
    slm_set_diagnostic_handler(NULL, NULL);
    CHECK(slm_set_allocator(&hooks) == SLM_OK);
    slm_status status = slm_init(&config);
    CHECK(status == SLM_OK || status == SLM_ERR_NO_MEMORY || status == SLM_ERR_SYSTEM);
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    (void)work(NULL);
    slm_subscriber *subscriber = printing(nowhere);
    if (subscriber) {
        slm_subscriber_scope scope = slm_thread_subscriber_push(subscriber);
        (void)work(NULL);
        slm_thread_subscriber_pop(scope);
        slm_subscriber_release(subscriber);
    }
    pthread_t thread;
    if (slm_thread_create(&thread, NULL, work, NULL) == 0)
        (void)pthread_join(thread, NULL);
    status = slm_shutdown(5000);
    CHECK(status == SLM_OK || status == SLM_ERR_UNDELIVERED || status == SLM_ERR_SHUT_DOWN ||
          status == SLM_ERR_NOT_FOUND);
    (void)work(NULL);
    check_ledger();
    atomic_store(&report->exported, status == SLM_ERR_UNDELIVERED);
    /* A set-up that failed half-way leaves its thread to put the rest away, and what was replaced is freed once all
     * threads have left it, at the next replacement. */
    for (int i = 0; i < 2000 && atomic_load(&report->left) > 0; i++) {
        slmi_dispatch_collect();
        (void)poll(NULL, 0, 1);
    }
}

/* -- the tries --------------------------------------------------------------------------------------------------------
 */

enum { TRIES_MAX = 2048, AT_ONCE = 16 };

static struct report *reports;

/* A try's number is twice the request's that fails, and one more where all after it fail too. */
static pid_t start(uint32_t number)
{
    report = &reports[number];
    fail_at = number / 2;
    fail_on = number % 2;
    pid_t child = fork();
    if (child == 0) {
        be_the_program();
        _exit(0);
    }
    return child;
}

static bool is_fine(pid_t child, uint32_t number)
{
    int status = -1;
    bool ended = child > 0 && waitpid(child, &status, 0) == child && status == 0;
    int32_t left = atomic_load(&reports[number].left);
    if (!ended || left != 0)
        fprintf(stderr, "request %u%s fails: status %x, %d pieces are kept\n", number / 2,
                number % 2 ? " and all after it" : "", (unsigned)status, left);
    return ended && left == 0;
}

int main(void)
{
    size_t bytes = TRIES_MAX * sizeof *reports;
    reports = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (reports == MAP_FAILED || !is_fine(start(0), 0))
        return 1;
    /* Threads race for the order, so it differs a little from try to try. */
    uint32_t requests = atomic_load(&reports[0].requests) + 10, failures = 0;
    printf("%u requests\n", requests - 10);
    if (requests < 50 || requests >= TRIES_MAX / 2 || !atomic_load(&reports[0].exported))
        return 1;
    for (uint32_t first = 2; first < 2 * requests; first += AT_ONCE) {
        pid_t children[AT_ONCE];
        for (uint32_t i = 0; i < AT_ONCE; i++)
            children[i] = start(first + i);
        for (uint32_t i = 0; i < AT_ONCE; i++)
            failures += !is_fine(children[i], first + i);
    }
    return failures != 0;
}
