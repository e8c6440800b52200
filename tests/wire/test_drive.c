/* SPDX-License-Identifier: MIT */
/* The host's drive where it is wanted: in a process that may have no thread, in one that has locked itself in, in one
 * that dies of SIGPIPE. Each case is a process of its own; the server is in another, started after the fork. */
#include "tests/wire/delivery.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROWS(rows) (rows), sizeof(rows) / sizeof *(rows)

enum { SPANS = 700, NOBODY = 65534 };

/* A sanitizer's run time has threads of its own, and files that it opens late. */
static const bool sees_threads = CHECK_FORKS;

static unsigned asked; /* the system's resolver */

/* In place of the system's, for libcurl too: *.test is this machine. */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **out)
{
    static struct sockaddr_in address = { .sin_family = AF_INET };
    static struct addrinfo info = { .ai_family = AF_INET, .ai_addr = (struct sockaddr *)(void *)&address };
    (void)service, (void)hints;
    asked++;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    *out = &info;
    return strstr(name, ".test") ? 0 : EAI_NONAME;
}

void freeaddrinfo(struct addrinfo *info)
{
    (void)info;
}

static unsigned threads(void)
{
    char line[128];
    unsigned count = 0;
    FILE *status = fopen("/proc/self/status", "re");
    while (status && fgets(line, sizeof line, status)) {
        if (strncmp(line, "Threads:", 8) == 0)
            count = (unsigned)strtoul(line + 8, NULL, 10);
    }
    if (status)
        (void)fclose(status);
    return count;
}

static void *nothing(void *unused)
{
    return unused;
}

/* No thread from here on. RLIMIT_NPROC does not bind root. */
static void forbid_threads(void)
{
    const struct rlimit none = { 0, 0 };
    pthread_t thread;
    CHECK_EQUAL(setrlimit(RLIMIT_NPROC, &none), 0);
    if (geteuid() == 0)
        CHECK(setgid(NOBODY) == 0 && setuid(NOBODY) == 0);
    CHECK_EQUAL(pthread_create(&thread, NULL, nothing, NULL), EAGAIN);
}

/* Runs `child` in a process without threads, and the server in this one; the child's exit status. */
static int in_child(server **s, const server_row *rows, unsigned count, void (*child)(uint16_t port, const void *arg),
                    const void *arg)
{
    int ends[2], status = -1;
    uint16_t port;
    CHECK_EQUAL(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[1]);
        CHECK(read(ends[0], &port, sizeof port) == sizeof port);
        by_host = true;
        child(port, arg);
        _exit(check_result());
    }
    *s = server_start(rows, count);
    port = server_port(*s);
    CHECK(write(ends[1], &port, sizeof port) == sizeof port);
    close(ends[0]);
    close(ends[1]);
    CHECK_EQUAL(waitpid(pid, &status, 0), pid);
    return status;
}

static void step_until_delivered(unsigned count)
{
    uint64_t start = slmi_deadline_now();
    while (fake_stats(0).delivered < count && elapsed_ms(start) < AMPLE_MS) {
        pass_time();
        if (sees_threads)
            CHECK_EQUAL(threads(), 1);
    }
    CHECK_EQUAL(fake_stats(0).delivered, count);
}

/* -- no thread -------------------------------------------------------------------------------------------------------
 */

typedef struct way {
    const char *host, *proxy; /* NULL: none */
    const char *protocol, *compression;
    bool resolver, later; /* a host's resolver, which answers at once, or some steps later */
    unsigned asks;        /* of the system's resolver */
} way;

static const char *unanswered;
static bool answers_later;

static void resolve(void *user, const char *host)
{
    CHECK(user == &unanswered);
    CHECK(fake_suppressed());
    if (answers_later)
        unanswered = strcmp(host, "yak.test") == 0 ? "yak.test" : "?";
    else
        CHECK_EQUAL(slm_resolved(host, "127.0.0.1"), SLM_OK);
}

static void deliver_without_threads(uint16_t port, const void *arg)
{
    const way *w = arg;
    const slm_resolver resolver = { .size = (uint32_t)sizeof resolver, .resolve = resolve, .user = &unanswered };
    char endpoint[80], proxy[80];
    snprintf(endpoint, sizeof endpoint, "http://%s:%u/v1/traces", w->host, (unsigned)port);
    snprintf(proxy, sizeof proxy, "http://%s:%u", w->proxy ? w->proxy : "", (unsigned)port);
    if (w->proxy)
        setenv("http_proxy", proxy, 1);
    const slm_config config = { .endpoint = endpoint,
                                .protocol = w->protocol,
                                .compression = w->compression,
                                .resolver = w->resolver ? &resolver : NULL };
    answers_later = w->later;
    if (sees_threads)
        forbid_threads();
    sdk_start(0, &config);
    fake_end(SPANS / 2);
    if (w->later) {
        CHECK_EQUAL(slm_flush(0), SLM_ERR_TIMED_OUT);
        while (!unanswered)
            pass_time();
        CHECK_EQUAL(fake_stats(0).delivered, 0);
        CHECK_EQUAL(slm_resolved(unanswered, "127.0.0.1"), SLM_OK);
    }
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    fake_end(SPANS / 2);
    slm_status status = slm_flush(0);
    CHECK(status == SLM_OK || status == SLM_ERR_TIMED_OUT);
    step_until_delivered(SPANS);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(asked, w->asks);
}

static void everything_arrives_from_a_process_that_may_have_no_thread(void)
{
    static const server_row accepts[] = { { SERVER_ANSWER, 200, NULL, "{}", 0 } };
    static const way ways[] = {
        { "127.0.0.1", NULL, NULL, NULL, false, false, 0 },
        { "localhost", NULL, "http/protobuf", "gzip", false, false, 0 },
        { "yak.test", NULL, NULL, NULL, false, false, 1 },
        { "yak.test", NULL, NULL, NULL, true, false, 0 },
        { "yak.test", NULL, NULL, "gzip", true, true, 0 },
        { "far.away.invalid", "proxy.test", NULL, NULL, false, false, 1 },
        { "far.away.invalid", "proxy.test", NULL, NULL, true, false, 0 },
    };
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        server *s;
        CHECK_EQUAL(in_child(&s, ROWS(accepts), deliver_without_threads, &ways[i]), 0);
        CHECK_EQUAL(server_acknowledged(s), SPANS);
        CHECK(server_bodies_well_formed(s));
        server_stop(s);
    }
}

/* -- locked in ------------------------------------------------------------------------------------------------------
 */

static void deliver_from_inside(uint16_t port, const void *folder)
{
    char endpoint[80], file[80];
    snprintf(endpoint, sizeof endpoint, "http://yak.test:%u/v1/traces", (unsigned)port);
    snprintf(file, sizeof file, "%s/spans", (const char *)folder);
    const slm_config config = { .endpoint = endpoint, .file = file };
    sdk_start(0, &config);
    CHECK(chroot(folder) == 0 && chdir("/") == 0 && setgid(NOBODY) == 0 && setuid(NOBODY) == 0);
    fake_end(SPANS);
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    slm_reopen_file(); /* there is no such file here: the old one stays */
    fake_end(1);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(fake_stats(0).delivered, SPANS + 1);
    CHECK_EQUAL(fake_stats(1).delivered, SPANS + 1);
    CHECK_EQUAL(asked, 1);
}

static bool may_lock_itself_in(void)
{
    int status = -1;
    pid_t pid = fork();
    if (pid == 0)
        _exit(chroot("/") == 0 && setgid(NOBODY) == 0 && setuid(NOBODY) == 0 ? 0 : 1);
    return waitpid(pid, &status, 0) == pid && status == 0;
}

static void everything_arrives_after_chroot_and_loss_of_privileges(void)
{
    static const server_row accepts[] = { { SERVER_ANSWER, 200, NULL, "{}", 0 } };
    char folder[] = "/tmp/spanloom-XXXXXX", file[80];
    server *s;
    if (!may_lock_itself_in()) {
        printf("left out, for it takes root's rights: chroot and loss of privileges\n");
        return;
    }
    CHECK(mkdtemp(folder) != NULL && chmod(folder, 0755) == 0);
    CHECK_EQUAL(in_child(&s, ROWS(accepts), deliver_from_inside, folder), 0);
    CHECK_EQUAL(server_acknowledged(s), SPANS + 1);
    server_stop(s);
    struct stat found;
    snprintf(file, sizeof file, "%s/spans", folder);
    CHECK(stat(file, &found) == 0 && found.st_size > (off_t)SPANS * 100);
    unlink(file);
    rmdir(folder);
}

/* -- SIGPIPE --------------------------------------------------------------------------------------------------------
 */

static void check_default(void)
{
    struct sigaction action;
    sigset_t mask;
    CHECK_EQUAL(sigaction(SIGPIPE, NULL, &action), 0);
    CHECK(action.sa_handler == SIG_DFL);
    CHECK_EQUAL(pthread_sigmask(SIG_BLOCK, NULL, &mask), 0);
    CHECK_EQUAL(sigismember(&mask, SIGPIPE), 0);
}

static void send_to_who_hangs_up(uint16_t port, const void *unused)
{
    (void)unused;
    signal(SIGPIPE, SIG_DFL);
    sdk_start(port, NULL);
    fake_payload(4000);
    fake_end(500);
    CHECK_EQUAL(flush_all(), SLM_OK);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(fake_stats(0).delivered, 500);
    check_default();
}

static void write_to_a_pipe_that_nobody_reads(uint16_t port, const void *unused)
{
    (void)port, (void)unused;
    int ends[2];
    const slm_config config = { .exporters = SLM_EXPORTER_OTLP_STDOUT };
    signal(SIGPIPE, SIG_DFL);
    CHECK(pipe(ends) == 0 && dup2(ends[1], STDOUT_FILENO) == STDOUT_FILENO);
    close(ends[0]);
    close(ends[1]);
    sdk_start(0, &config);
    fake_end(10);
    slm_status status = slm_flush(0);
    CHECK(status == SLM_ERR_TIMED_OUT);
    for (int i = 0; i < 10; i++)
        slm_drive_step();
    CHECK_EQUAL(fake_stats(0).rejected, 10);
    check_default();
    /* One of the host's own is still there. */
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    CHECK_EQUAL(raise(SIGPIPE), 0);
    fake_end(10);
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_ERR_UNDELIVERED);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    const struct timespec at_once = { 0, 0 };
    CHECK_EQUAL(sigtimedwait(&set, NULL, &at_once), SIGPIPE);
}

static void no_signal_comes_of_a_peer_that_hangs_up(void)
{
    static const server_row rows[] = { { SERVER_RAW, 0, NULL, "", 0 },
                                       { SERVER_RAW, 0, NULL, "", 0 },
                                       { SERVER_ANSWER, 200, NULL, "{}", 0 } };
    server *s;
    CHECK_EQUAL(in_child(&s, ROWS(rows), send_to_who_hangs_up, NULL), 0);
    CHECK_EQUAL(server_acknowledged(s), 500);
    server_stop(s);
    CHECK_EQUAL(in_child(&s, ROWS(rows), write_to_a_pipe_that_nobody_reads, NULL), 0);
    server_stop(s);
}

int main(void)
{
    everything_arrives_from_a_process_that_may_have_no_thread();
    everything_arrives_after_chroot_and_loss_of_privileges();
    no_signal_comes_of_a_peer_that_hangs_up();
    return check_result();
}
