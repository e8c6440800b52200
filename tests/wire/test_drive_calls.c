/* SPDX-License-Identifier: MIT */
/* What the calls of drive.h promise, one by one: who may call what when, hooks on the threads they are for, answers of
 * a host's resolver, forked children. */
#include "tests/wire/delivery.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROWS(rows) (rows), sizeof(rows) / sizeof *(rows)

static const server_row accepts[] = { { SERVER_ANSWER, 200, NULL, "{}", 0 } };

/* In place of the system's, which may ask the network. */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **out)
{
    (void)name, (void)service, (void)hints, (void)out;
    return EAI_NONAME;
}

static void check_not_driven(void)
{
    CHECK_EQUAL(slm_drive_fd() == -1, true);
    CHECK_EQUAL(slm_drive_timeout_ms() == -1, true);
    slm_drive_step();
}

static void there_is_nothing_to_drive_before_after_and_beside_a_thread(void)
{
    const slm_config none = { .size = (uint32_t)sizeof none, .exporters = SLM_EXPORTER_NONE, .drive = SLM_DRIVE_HOST };
    check_not_driven();
    by_host = false;
    sdk_start(server_free_port(), NULL);
    check_not_driven();
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(slm_init(&none), SLM_OK);
    check_not_driven();
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    by_host = true;
    sdk_start(server_free_port(), NULL);
    CHECK(slm_drive_fd() >= 0);
    CHECK_EQUAL(slm_init(NULL), SLM_ERR_EXISTS);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    check_not_driven();
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_ERR_SHUT_DOWN);
}

static void a_step_preserves_errno_and_waits_for_nothing(void)
{
    const server_row hangs[] = { { SERVER_HANG, 0, NULL, NULL, 0 } };
    server *s = server_start(ROWS(hangs));
    sdk_start(server_port(s), NULL);
    fake_end(100);
    CHECK_EQUAL(slm_flush(0), SLM_ERR_TIMED_OUT);
    while (server_requests(s) == 0)
        slm_drive_step();
    uint64_t start = slmi_deadline_now();
    for (int i = 0; i < 1000; i++) {
        errno = 4242;
        slm_drive_step();
        CHECK_EQUAL(errno, 4242);
    }
    CHECK(elapsed_ms(start) < AMPLE_MS / 2); /* one attempt has 10 s */
    CHECK(slm_drive_timeout_ms() > 0);
    CHECK_EQUAL(fake_suppressed(), false);
    CHECK(slm_shutdown(0) == SLM_ERR_TIMED_OUT);
    server_stop(s);
}

/* -- a host's resolver ----------------------------------------------------------------------------------------------
 */

static unsigned questions;

/* Inside of a step nothing can wait for the step. */
static void try_everything(void *user, const char *host)
{
    (void)user;
    questions++;
    CHECK(fake_suppressed());
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_ERR_INVALID_ARGUMENT);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_ERR_INVALID_ARGUMENT);
    if (by_host) {
        CHECK(slm_drive_fd() >= 0);
        CHECK(slm_drive_timeout_ms() >= 0);
        slm_drive_step();
    }
    static const struct {
        const char *host, *addresses;
        slm_status status;
    } rows[] = {
        { NULL, "127.0.0.1", SLM_ERR_INVALID_ARGUMENT },
        { "other.test", "127.0.0.1", SLM_ERR_NOT_FOUND },
        { "yak.test", "yak.example", SLM_ERR_MALFORMED },
        { "yak.test", "127.0.0.1,", SLM_OK },
        { "yak.test", "127.0.0.1", SLM_ERR_NOT_FOUND }, /* the question has its answer */
        { "yak.test", "127.0.0.1,,127.0.0.2", SLM_ERR_MALFORMED },
        { "yak.test", "127.1", SLM_ERR_MALFORMED },
        { "yak.test", "[::1]", SLM_ERR_MALFORMED },
        { "yak.test", "::1,0123:4567:89ab:cdef:0123:4567:89ab:cdef:0123:4567:89ab:cdef", SLM_ERR_MALFORMED },
    };
    CHECK(strcmp(host, "yak.test") == 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CHECK_EQUAL(slm_resolved(rows[i].host, rows[i].addresses), rows[i].status);
}

static void finds_none(void *user, const char *host)
{
    (void)user;
    questions++;
    CHECK_EQUAL(slm_resolved(host, questions % 2 ? "" : NULL), SLM_OK);
}

static void finds_late(void *user, const char *host)
{
    (void)host;
    atomic_fetch_add((_Atomic unsigned *)user, 1);
}

static slm_config config_with(slm_resolver *resolver, char *endpoint, size_t room, uint16_t port)
{
    resolver->size = (uint32_t)sizeof *resolver;
    snprintf(endpoint, room, "http://yak.test:%u/v1/traces", (unsigned)port);
    return (slm_config){ .endpoint = endpoint, .resolver = resolver };
}

static void a_hosts_resolver_is_asked_inside_of_a_step(void)
{
    char endpoint[80];
    slm_resolver resolver = { .resolve = try_everything };
    server *s = server_start(ROWS(accepts));
    slm_config config = config_with(&resolver, endpoint, sizeof endpoint, server_port(s));
    questions = 0;
    sdk_start(0, &config);
    fake_end(10);
    CHECK_EQUAL(flush_all(), SLM_OK);
    fake_end(10);
    CHECK_EQUAL(flush_all(), SLM_OK);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(questions, 1);
    CHECK_EQUAL(server_acknowledged(s), 20);
    CHECK_EQUAL(slm_resolved("yak.test", "127.0.0.1"), SLM_ERR_NOT_FOUND);
    server_stop(s);
}

static void a_name_without_address_is_said_so_and_asked_again(void)
{
    char endpoint[80];
    slm_resolver resolver = { .resolve = finds_none };
    slm_config config = config_with(&resolver, endpoint, sizeof endpoint, 4318);
    questions = 0;
    sdk_start(0, &config);
    fake_end(10);
    while (fake_messages(SLM_DIAG_UNREACHABLE) < 3)
        CHECK_EQUAL(slm_flush(20), SLM_ERR_TIMED_OUT);
    CHECK(slm_shutdown(0) != SLM_OK);
    CHECK(questions >= 3);
    CHECK_CONTAINS(fake_message(SLM_DIAG_UNREACHABLE), "does not resolve: the host's resolver found no address");
}

static void *answer_from_elsewhere(void *times)
{
    while (atomic_load((_Atomic unsigned *)times) == 0)
        sched_yield();
    CHECK_EQUAL(slm_resolved("yak.test", "::1,127.0.0.1"), SLM_OK);
    return NULL;
}

static void an_answer_may_come_from_any_thread(void)
{
    char endpoint[80];
    _Atomic unsigned times = 0;
    pthread_t thread;
    slm_resolver resolver = { .resolve = finds_late, .user = &times };
    server *s = server_start(ROWS(accepts));
    slm_config config = config_with(&resolver, endpoint, sizeof endpoint, server_port(s));
    sdk_start(0, &config);
    fake_end(10);
    pthread_create(&thread, NULL, answer_from_elsewhere, &times);
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    pthread_join(thread, NULL);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(server_acknowledged(s), 10);
    server_stop(s);
}

/* -- hooks ----------------------------------------------------------------------------------------------------------
 */

typedef struct seen {
    pthread_mutex_t mutex;
    pthread_t exporter, resolver;
    unsigned starts, stops;
    uint32_t cpu;
} seen;

static void started(void *user, const char *name)
{
    seen *s = user;
    char own[16] = "";
    cpu_set_t cpus;
    sigset_t mask;
    pthread_getname_np(pthread_self(), own, sizeof own);
    CHECK(strcmp(own, name) == 0);
    CHECK_EQUAL(pthread_getaffinity_np(pthread_self(), sizeof cpus, &cpus), 0);
    CHECK(CPU_COUNT(&cpus) == 1 && CPU_ISSET(s->cpu, &cpus));
    CHECK_EQUAL(pthread_sigmask(SIG_BLOCK, NULL, &mask), 0);
    CHECK(sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGPROF) == 1);
    CHECK(fake_suppressed());
    pthread_mutex_lock(&s->mutex);
    s->starts++;
    if (strcmp(name, "shear-the-yak") == 0)
        s->exporter = pthread_self();
    else if (strcmp(name, "shear-the-names") == 0)
        s->resolver = pthread_self();
    else
        CHECK_CONTAINS(name, "shear-the-yak");
    pthread_mutex_unlock(&s->mutex);
}

static void stopped(void *user, const char *name)
{
    seen *s = user;
    pthread_mutex_lock(&s->mutex);
    s->stops++;
    bool exporter = strcmp(name, "shear-the-yak") == 0;
    CHECK(pthread_equal(pthread_self(), exporter ? s->exporter : s->resolver));
    pthread_mutex_unlock(&s->mutex);
}

static uint32_t any_cpu(void)
{
    cpu_set_t cpus;
    uint32_t cpu = 0;
    CHECK_EQUAL(pthread_getaffinity_np(pthread_self(), sizeof cpus, &cpus), 0);
    while (!CPU_ISSET(cpu, &cpus))
        cpu++;
    return cpu;
}

static unsigned stops_of(seen *s)
{
    pthread_mutex_lock(&s->mutex);
    unsigned stops = s->stops;
    pthread_mutex_unlock(&s->mutex);
    return stops;
}

static void hooks_are_called_on_the_threads_they_are_for(void)
{
    seen s = { .mutex = PTHREAD_MUTEX_INITIALIZER, .cpu = any_cpu() };
    const slm_thread_hooks hooks = { .size = (uint32_t)sizeof hooks,
                                     .cpus = &s.cpu,
                                     .cpu_count = 1,
                                     .name = "shear-the-yak",
                                     .start = started,
                                     .stop = stopped,
                                     .user = &s };
    const slm_config config = { .thread_hooks = &hooks, .endpoint = "http://nobody.invalid/v1/traces" };
    sdk_start(0, &config);
    fake_end(10);
    while (fake_messages(SLM_DIAG_UNREACHABLE) == 0)
        CHECK_EQUAL(slm_flush(10), SLM_ERR_TIMED_OUT);
    CHECK(slm_shutdown(0) != SLM_OK);
    while (stops_of(&s) < 2)
        sched_yield();
    CHECK_EQUAL(s.starts, 2);
    CHECK_EQUAL(s.stops, 2);
}

static void processors_that_there_are_not_are_said_so(void)
{
    const uint32_t cpus[] = { 1023, 1024 };
    const slm_thread_hooks hooks = {
        .size = (uint32_t)sizeof hooks, .cpus = cpus, .cpu_count = 2, .name = "much longer than the kernel has room for"
    };
    const slm_config config = { .thread_hooks = &hooks };
    sdk_start(server_free_port(), &config);
    while (fake_messages(SLM_DIAG_CONFIGURATION) < 2)
        pass_time();
    CHECK_CONTAINS(fake_message(SLM_DIAG_CONFIGURATION), "1024 is no processor");
    CHECK_CONTAINS(fake_message(SLM_DIAG_CONFIGURATION), "is cut to 15 bytes");
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
}

/* -- fork -----------------------------------------------------------------------------------------------------------
 */

/* In the child. Never returns. */
static void child(unsigned spans, bool steps)
{
    fake_fork_child();
    slm_pipeline_stats stats = fake_stats(0);
    bool good = sum_of(&stats) == 0;
    if (spans > 0)
        fake_end(spans);
    good = good && slm_drive_timeout_ms() == 0 && slm_drive_fd() >= 0;
    if (steps)
        good = good && slm_flush(0) == (spans > 0 ? SLM_ERR_TIMED_OUT : SLM_OK);
    while (steps && fake_stats(0).delivered < spans)
        pass_time();
    good = good && slm_shutdown(AMPLE_MS) == SLM_OK;
    stats = fake_stats(0);
    good = good && stats.delivered == spans && sum_of(&stats) == spans;
    _exit(good && slm_drive_fd() == -1 && check_result() == 0 ? 0 : 1);
}

static void a_forked_child_drives_its_own(unsigned spans, bool steps)
{
    server *s = server_start(ROWS(accepts));
    int status = -1;
    slm_pipeline_stats before = fake_stats(0);
    sdk_start(server_port(s), NULL);
    fake_end(100);
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    fake_end(50);
    pid_t pid = fork();
    if (pid == 0)
        child(spans, steps);
    CHECK_EQUAL(waitpid(pid, &status, 0), pid);
    CHECK_EQUAL(status, 0);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    slm_pipeline_stats stats = stats_since(before, 0);
    CHECK_EQUAL(stats.delivered, 150);
    CHECK_EQUAL(server_acknowledged(s), 150);
    check_balance(&stats);
    CHECK_EQUAL(server_connections(s), spans > 0 ? 2 : 1);
    server_stop(s);
}

int main(void)
{
    there_is_nothing_to_drive_before_after_and_beside_a_thread();
    a_step_preserves_errno_and_waits_for_nothing();
    for (int host = 0; host < 2; host++) {
        by_host = host == 1;
        a_hosts_resolver_is_asked_inside_of_a_step();
        a_name_without_address_is_said_so_and_asked_again();
        an_answer_may_come_from_any_thread();
    }
    by_host = false;
    hooks_are_called_on_the_threads_they_are_for();
    processors_that_there_are_not_are_said_so();
    by_host = true;
    if (CHECK_FORKS) {
        a_forked_child_drives_its_own(0, false);
        a_forked_child_drives_its_own(20, false);
        a_forked_child_drives_its_own(20, true);
    }
    return check_result();
}
