/* SPDX-License-Identifier: MIT */
/* Names are asked for by the exporter's own thread, here of a resolver that the test plays: libcurl, which would ask
 * the system's, could not find a single one of them. */
#include "exporters/names.h"
#include "tests/wire/delivery.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define ROWS(rows) (rows), sizeof(rows) / sizeof *(rows)

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t opened = PTHREAD_COND_INITIALIZER;
static bool shut;
static unsigned asked;
static _Atomic unsigned failing;

static void shut_gate(bool now_shut)
{
    pthread_mutex_lock(&gate);
    shut = now_shut;
    pthread_cond_broadcast(&opened);
    pthread_mutex_unlock(&gate);
}

static unsigned times_asked(void)
{
    pthread_mutex_lock(&gate);
    unsigned times = asked;
    pthread_mutex_unlock(&gate);
    return times;
}

static struct addrinfo *add(struct addrinfo *next, int family, const char *address)
{
    struct sockaddr_in6 *room = calloc(1, sizeof *room);
    struct addrinfo *info = calloc(1, sizeof *info);
    if (!room || !info)
        abort();
    room->sin6_family = (sa_family_t)family;
    if (family == AF_INET6)
        inet_pton(family, address, &room->sin6_addr);
    else
        inet_pton(family, address, &((struct sockaddr_in *)(void *)room)->sin_addr);
    *info = (struct addrinfo){ .ai_family = family, .ai_addr = (struct sockaddr *)(void *)room, .ai_next = next };
    return info;
}

/* In place of the system's: *.test is this machine, many.test has more addresses than are kept. */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **out)
{
    (void)service, (void)hints;
    pthread_mutex_lock(&gate);
    asked++;
    while (shut)
        pthread_cond_wait(&opened, &gate);
    pthread_mutex_unlock(&gate);
    if (atomic_load(&failing) || !strstr(name, ".test"))
        return EAI_NONAME;
    *out = NULL;
    if (strcmp(name, "many.test") == 0) {
        for (unsigned i = 0; i < 20; i++)
            *out = add(*out, AF_INET6, "2001:db8:1111:2222:3333:4444:5555:6666");
    } else if (strcmp(name, "both.test") == 0) {
        *out = add(add(NULL, AF_INET6, "2001:db8::1"), AF_INET, "192.0.2.1");
    } else {
        *out = add(NULL, AF_INET, "127.0.0.1");
    }
    return 0;
}

void freeaddrinfo(struct addrinfo *info)
{
    while (info) {
        struct addrinfo *next = info->ai_next;
        free(info->ai_addr);
        free(info);
        info = next;
    }
}

static int wake_fd;

static slmi_names *new_table(void)
{
    const slmi_names_options options = { .wake_fd = wake_fd };
    return slmi_names_new(&options);
}

static slmi_name_state look_until_answered(slmi_names *names, const char *host, char *text)
{
    slmi_name_state state;
    while ((state = slmi_names_lookup(names, host, false, text)) == SLMI_NAME_ASKED) {
        struct pollfd entry = { .fd = wake_fd, .events = POLLIN };
        poll(&entry, 1, -1);
        uint64_t wakes;
        CHECK(read(wake_fd, &wakes, sizeof wakes) == sizeof wakes);
    }
    return state;
}

static void a_name_is_asked_for_once_and_its_addresses_are_kept(void)
{
    char text[SLMI_NAME_TEXT_BYTES];
    slmi_names *names = new_table();
    unsigned before = times_asked();
    CHECK_EQUAL(look_until_answered(names, "both.test", text), SLMI_NAME_KNOWN);
    CHECK(strcmp(text, "192.0.2.1,[2001:db8::1]") == 0);
    CHECK_EQUAL(slmi_names_lookup(names, "both.test", false, text), SLMI_NAME_KNOWN);
    CHECK_EQUAL(times_asked(), before + 1);
    CHECK_EQUAL(look_until_answered(names, "many.test", text), SLMI_NAME_KNOWN);
    unsigned commas = 0;
    for (const char *c = text; *c; c++)
        commas += *c == ',';
    CHECK_EQUAL(commas, SLMI_NAME_ADDRESSES_MAX - 1);
    slmi_names_close(names);
}

static void a_failure_is_told_once_and_then_asked_again(void)
{
    char text[SLMI_NAME_TEXT_BYTES];
    slmi_names *names = new_table();
    CHECK_EQUAL(look_until_answered(names, "nowhere.invalid", text), SLMI_NAME_FAILED);
    CHECK(text[0] != '\0');
    unsigned before = times_asked();
    CHECK_EQUAL(look_until_answered(names, "nowhere.invalid", text), SLMI_NAME_FAILED);
    CHECK_EQUAL(times_asked(), before + 1);
    slmi_names_close(names);
}

static void old_addresses_serve_until_new_ones_are_there(void)
{
    char text[SLMI_NAME_TEXT_BYTES];
    slmi_names *names = new_table();
    CHECK_EQUAL(look_until_answered(names, "a.test", text), SLMI_NAME_KNOWN);
    unsigned before = times_asked();
    atomic_store(&failing, 1);
    CHECK_EQUAL(slmi_names_lookup(names, "a.test", true, text), SLMI_NAME_KNOWN);
    struct pollfd entry = { .fd = wake_fd, .events = POLLIN };
    poll(&entry, 1, -1);
    CHECK_EQUAL(times_asked(), before + 1);
    CHECK_EQUAL(slmi_names_lookup(names, "a.test", false, text), SLMI_NAME_KNOWN);
    CHECK(strcmp(text, "127.0.0.1") == 0);
    atomic_store(&failing, 0);
    slmi_names_close(names);
}

static void the_table_is_bounded(void)
{
    char text[SLMI_NAME_TEXT_BYTES], host[300];
    slmi_names *names = new_table();
    for (unsigned i = 0; i < SLMI_NAMES_MAX; i++) {
        snprintf(host, sizeof host, "h%u.test", i);
        CHECK_EQUAL(look_until_answered(names, host, text), SLMI_NAME_KNOWN);
    }
    CHECK_EQUAL(slmi_names_lookup(names, "one-more.test", false, text), SLMI_NAME_FAILED);
    CHECK_CONTAINS(text, "too many names");
    slmi_names_close(names);
    names = new_table();
    memset(host, 'x', sizeof host - 1);
    host[sizeof host - 1] = '\0';
    CHECK_EQUAL(slmi_names_lookup(names, host, false, text), SLMI_NAME_FAILED);
    slmi_names_close(names);
}

static void a_resolver_that_hangs_holds_up_nobody(void)
{
    char text[SLMI_NAME_TEXT_BYTES];
    slmi_names *names = new_table();
    unsigned before = times_asked();
    shut_gate(true);
    for (unsigned i = 0; i < 10; i++) {
        CHECK_EQUAL(slmi_names_lookup(names, "slow.test", true, text), SLMI_NAME_ASKED);
        CHECK_EQUAL(slmi_names_lookup(names, "other.test", true, text), SLMI_NAME_ASKED);
    }
    while (times_asked() == before)
        sched_yield();
    CHECK_EQUAL(times_asked(), before + 1);
    slmi_names_close(names);
    shut_gate(false);
}

static void a_collector_is_found_by_its_name(void)
{
    const server_row rows[] = { { SERVER_ANSWER, 200, NULL, "{}", 0 } };
    char endpoint[80], host[80];
    server *s = server_start(ROWS(rows));
    snprintf(endpoint, sizeof endpoint, "http://yak.test:%u/v1/traces", (unsigned)server_port(s));
    snprintf(host, sizeof host, "\r\nHost: yak.test:%u\r\n", (unsigned)server_port(s));
    const slm_config config = { .endpoint = endpoint };
    sdk_start(0, &config);
    fake_end(10);
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(server_acknowledged(s), 10);
    CHECK_CONTAINS(server_last_head(s), host);
    server_stop(s);
}

static void a_proxy_is_found_by_its_name_and_given_the_targets(void)
{
    const server_row rows[] = { { SERVER_ANSWER, 200, NULL, "{}", 0 } };
    char proxy[80];
    server *s = server_start(ROWS(rows));
    snprintf(proxy, sizeof proxy, "http://proxy.test:%u", (unsigned)server_port(s));
    setenv("http_proxy", proxy, 1);
    const slm_config config = { .endpoint = "http://far.away.invalid/v1/traces" };
    sdk_start(0, &config);
    unsetenv("http_proxy");
    fake_end(10);
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(server_acknowledged(s), 10);
    CHECK_CONTAINS(server_last_head(s), "POST http://far.away.invalid/v1/traces HTTP/1.1\r\n");
    server_stop(s);
}

static void a_name_that_does_not_resolve_is_said_so(void)
{
    const slm_config config = { .endpoint = "http://nowhere.invalid/v1/traces" };
    sdk_start(0, &config);
    fake_end(10);
    while (fake_messages(SLM_DIAG_UNREACHABLE) == 0)
        CHECK_EQUAL(slm_flush(20), SLM_ERR_TIMED_OUT);
    slm_status status = slm_shutdown(50);
    CHECK(status == SLM_ERR_UNDELIVERED || status == SLM_ERR_TIMED_OUT);
    CHECK_CONTAINS(fake_message(SLM_DIAG_UNREACHABLE),
                   "cannot deliver to http://nowhere.invalid/v1/traces: the host name does not resolve: ");
}

static unsigned threads(void)
{
    unsigned count = 0;
    DIR *tasks = opendir("/proc/self/task");
    while (tasks && readdir(tasks))
        count++;
    if (tasks)
        closedir(tasks);
    return count;
}

static void names_that_hang_cost_one_thread_and_no_deadline(void)
{
    const slm_config config = { .endpoint = "http://slow.test/v1/traces", .request_timeout_ms = 20 };
    shut_gate(true);
    sdk_start(0, &config);
    fake_end(10);
    while (fake_messages(SLM_DIAG_UNREACHABLE) < 1)
        CHECK_EQUAL(slm_flush(10), SLM_ERR_TIMED_OUT);
    unsigned first = threads();
    while (fake_messages(SLM_DIAG_UNREACHABLE) < 5)
        CHECK_EQUAL(slm_flush(10), SLM_ERR_TIMED_OUT);
    CHECK(threads() <= first); /* fewer, if one of an earlier test has only now ended */
    CHECK_CONTAINS(fake_message(SLM_DIAG_UNREACHABLE), "the host name was not resolved in time");
    uint64_t start = slmi_deadline_now();
    slm_status status = slm_shutdown(100);
    CHECK(status == SLM_ERR_UNDELIVERED || status == SLM_ERR_TIMED_OUT);
    CHECK(elapsed_ms(start) < 1000);
    shut_gate(false);
}

int main(void)
{
    wake_fd = eventfd(0, EFD_CLOEXEC);
    a_name_is_asked_for_once_and_its_addresses_are_kept();
    a_failure_is_told_once_and_then_asked_again();
    old_addresses_serve_until_new_ones_are_there();
    the_table_is_bounded();
    a_resolver_that_hangs_holds_up_nobody();
    a_collector_is_found_by_its_name();
    a_proxy_is_found_by_its_name_and_given_the_targets();
    a_name_that_does_not_resolve_is_said_so();
    names_that_hang_cost_one_thread_and_no_deadline();
    close(wake_fd);
    return check_result();
}
