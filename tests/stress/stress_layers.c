/* SPDX-License-Identifier: MIT */
/* All layers at once under many threads, while one reads what they have and another replaces filters, with forks in
 * between: what they counted and what they lost is all that there was. */
#include <spanloom/chrome_trace.h>
#include <spanloom/flame.h>
#include <spanloom/journald.h>
#include <spanloom/span_metrics.h>
#include <spanloom/syslog.h>

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/stress/stress.h"

enum { THREADS = 4, ROUNDS = 1500, LAYERS = 5, FORKS = 3 };
enum { SPANS_PER_ROUND = 3, EVENTS_PER_ROUND = 2 };

static slm_span_metrics *metrics;
static slm_flame *flame;
static slm_chrome_trace *chrome;
static slm_journald *journald;
static slm_syslog *sys;
static slm_subscriber *subscriber;
static char chrome_path[64], journal_path[64], syslog_path[64];
static _Atomic(bool) stop;
static _Atomic(uint64_t) handed[THREADS]; /* a span that the next thread enters and ends */

static int listen_at(char *path, size_t room, const char *name)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    snprintf(path, room, "stress-%s-%ld", name, (long)getpid());
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    (void)unlink(path);
    CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0);
    return fd;
}

static void set_up(void)
{
    slm_layer layers[LAYERS];
    snprintf(chrome_path, sizeof chrome_path, "stress-chrome-%ld", (long)getpid());
    slm_chrome_trace_options chrome_options = { .size = sizeof chrome_options,
                                                .path = chrome_path,
                                                .buffer_bytes = 1 << 16 };
    slm_journald_options journald_options = { .size = sizeof journald_options, .path = journal_path };
    slm_syslog_options syslog_options = { .size = sizeof syslog_options, .path = syslog_path };
    CHECK(slm_span_metrics_new(NULL, NULL, &layers[0], &metrics) == SLM_OK);
    CHECK(slm_flame_new(NULL, NULL, &layers[1], &flame) == SLM_OK);
    CHECK(slm_chrome_trace_new(&chrome_options, NULL, &layers[2], &chrome) == SLM_OK);
    CHECK(slm_journald_new(&journald_options, NULL, &layers[3], &journald) == SLM_OK);
    CHECK(slm_syslog_new(&syslog_options, NULL, &layers[4], &sys) == SLM_OK);
    CHECK(slm_subscriber_of_layers(layers, LAYERS, &subscriber) == SLM_OK);
    slm_set_global_subscriber(subscriber);
}

static void round_of(unsigned at, unsigned turn)
{
    SLM_SCOPE("request", ("turn", turn), ("path", "/yaks"));
    slm_span task = SLM_SPAN("task", ("from", at));
    {
        SLM_ENTER(task);
        SLM_SCOPE("query", ("table", "yaks"));
        if (turn % 8)
            SLM_INFO(("n", turn), "found %u", turn);
        else
            SLM_ERROR(("n", turn), "not found");
    }
    /* The other thread ends what is handed over; what nobody took, this one. */
    slm_span other = { atomic_exchange(&handed[(at + 1) % THREADS], task.id) };
    if (other.id) {
        SLM_ENTER(other);
        SLM_INFO("moved");
    } else {
        SLM_INFO("first");
    }
    slm_span_end(other);
}

static void *work(void *user)
{
    unsigned at = *(unsigned *)user;
    char name[16];
    snprintf(name, sizeof name, "worker %u", at);
    (void)pthread_setname_np(pthread_self(), name);
    for (unsigned turn = 0; turn < ROUNDS; turn++)
        round_of(at, turn);
    return NULL;
}

static bool count_bytes(void *user, const char *text, size_t len)
{
    (void)text;
    *(uint64_t *)user += len;
    return true;
}

static void *look(void *user)
{
    uint64_t bytes = 0;
    (void)user;
    while (!atomic_load(&stop)) {
        CHECK(slm_span_metrics_write(metrics, count_bytes, &bytes));
        CHECK(slm_flame_write(flame, count_bytes, &bytes));
        (void)slm_chrome_trace_flush(chrome, 1000);
        (void)slm_chrome_trace_lost(chrome);
        (void)slm_flame_lost_read(flame);
        sched_yield();
    }
    CHECK(bytes > 0);
    return NULL;
}

static void fork_one(void)
{
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        {
            SLM_SCOPE("in the child");
            SLM_INFO("told");
        }
        char own[128];
        snprintf(own, sizeof own, "%s.%ld", chrome_path, (long)getpid());
        slm_journald_stats stats = slm_journald_stats_read(journald);
        bool fine = stats.sent + stats.lost == 1 && slm_span_metrics_lost(metrics) == 0 &&
                    slm_chrome_trace_flush(chrome, 10000) == SLM_OK && slm_chrome_trace_lost(chrome) == 0 &&
                    unlink(own) == 0;
        _exit(fine ? 0 : 1);
    }
    int status = -1;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK_EQUAL(status, 0);
}

static uint64_t count_in_file(const char *what)
{
    FILE *file = fopen(chrome_path, "rb");
    CHECK(file != NULL);
    static char line[16384];
    uint64_t count = 0;
    while (fgets(line, sizeof line, file))
        count += strstr(line, what) != NULL;
    (void)fclose(file);
    CHECK(strcmp(line, "]}\n") == 0);
    return count;
}

/* The sum of all samples that begin so. */
struct sum {
    const char *prefix;
    uint64_t value;
};

static bool add_line(void *user, const char *line, size_t len)
{
    struct sum *sum = user;
    if (strncmp(line, sum->prefix, strlen(sum->prefix)) == 0) {
        size_t at = len - 1;
        while (line[at - 1] != ' ')
            at--;
        sum->value += strtoull(line + at, NULL, 10);
    }
    return true;
}

static uint64_t sum_of(const char *prefix)
{
    struct sum sum = { prefix, 0 };
    CHECK(slm_span_metrics_write(metrics, add_line, &sum));
    return sum.value;
}

static void run(void)
{
    pthread_t threads[THREADS], reader;
    unsigned numbers[THREADS];
    atomic_store(&stop, false);
    CHECK(pthread_create(&reader, NULL, look, NULL) == 0);
    for (unsigned i = 0; i < THREADS; i++) {
        numbers[i] = i;
        CHECK(pthread_create(&threads[i], NULL, work, &numbers[i]) == 0);
    }
    for (unsigned i = 0; i < FORKS; i++)
        fork_one();
    for (unsigned i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    atomic_store(&stop, true);
    CHECK(pthread_join(reader, NULL) == 0);
    for (unsigned i = 0; i < THREADS; i++)
        slm_span_end((slm_span){ atomic_exchange(&handed[i], 0) });
}

/* Filters come and go while threads are inside spans: nothing to count, but nothing may break either. */
static void *replace(void *user)
{
    (void)user;
    for (unsigned i = 0; !atomic_load(&stop); i++) {
        slm_filter *filter = i % 2 ? NULL : slm_filter_level(i % 4 ? SLM_LEVEL_ERROR : SLM_LEVEL_OFF);
        if (slm_subscriber_reload(subscriber, i % LAYERS, filter) != SLM_OK)
            slm_filter_free(filter);
    }
    for (unsigned i = 0; i < LAYERS; i++)
        CHECK(slm_subscriber_reload(subscriber, i, NULL) == SLM_OK);
    return NULL;
}

int main(void)
{
    int journal = listen_at(journal_path, sizeof journal_path, "journal");
    int log = listen_at(syslog_path, sizeof syslog_path, "syslog");
    const uint64_t spans = (uint64_t)THREADS * ROUNDS * SPANS_PER_ROUND;
    const uint64_t events = (uint64_t)THREADS * ROUNDS * EVENTS_PER_ROUND;
    set_up();
    run();
    CHECK_EQUAL(sum_of("spanloom_spans_total{"), spans);
    CHECK_EQUAL(sum_of("spanloom_span_errors_total{span=\"query\""), THREADS * ((ROUNDS + 7) / 8));
    slm_journald_stats journaled = slm_journald_stats_read(journald);
    slm_syslog_stats logged = slm_syslog_stats_read(sys);
    CHECK_EQUAL(journaled.sent + journaled.lost, events);
    CHECK_EQUAL(logged.sent + logged.lost, events);
    CHECK_EQUAL(slm_flame_lost_read(flame).scopes, 0);
    CHECK(slm_chrome_trace_flush(chrome, 10000) == SLM_OK);
    uint64_t moved = spans + count_in_file("\"name\":\"moved\""); /* a span that was handed over is entered twice */
    if (slm_chrome_trace_lost(chrome) == 0) {
        CHECK_EQUAL(count_in_file("\"ph\":\"X\""), moved);
        CHECK_EQUAL(count_in_file("\"ph\":\"i\""), events);
        CHECK_EQUAL(count_in_file("\"ph\":\"b\""), count_in_file("\"ph\":\"e\""));
    }

    pthread_t replacer, threads[THREADS];
    unsigned numbers[THREADS];
    atomic_store(&stop, false);
    CHECK(pthread_create(&replacer, NULL, replace, NULL) == 0);
    for (unsigned i = 0; i < THREADS; i++) {
        numbers[i] = i;
        CHECK(pthread_create(&threads[i], NULL, work, &numbers[i]) == 0);
    }
    for (unsigned i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    atomic_store(&stop, true);
    CHECK(pthread_join(replacer, NULL) == 0);

    slm_set_global_subscriber(NULL);
    slm_subscriber_release(subscriber);
    slm_span_metrics_release(metrics);
    slm_flame_release(flame);
    slm_chrome_trace_release(chrome);
    slm_journald_release(journald);
    slm_syslog_release(sys);
    (void)close(journal);
    (void)close(log);
    (void)unlink(chrome_path);
    (void)unlink(journal_path);
    (void)unlink(syslog_path);
    return 0;
}
