/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <spanloom/syslog.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "tests/unit/journal.h"
#include "tests/unit/layering.h"
#include "tests/unit/rfc5424.h"

static char path[64];
static int listener = -1;
static char bytes[SLM_SYSLOG_BYTES_MAX + 1];
static size_t len;
static struct rfc5424 message;
static slm_syslog *sys;
static struct layering l;

static void begin(slm_syslog_options options, slm_filter *filter)
{
    slm_layer layer;
    snprintf(path, sizeof path, "syslog-%ld", (long)getpid());
    listener = journal_listen(path);
    options.size = sizeof options;
    options.path = path;
    cr_assert(eq(int, (int)slm_syslog_new(&options, filter, &layer, &sys), SLM_OK));
    l = layering_begin(&layer);
}

static bool receive(void)
{
    ssize_t n = recv(listener, bytes, sizeof bytes, MSG_DONTWAIT);
    len = n > 0 ? (size_t)n : 0;
    return n > 0;
}

static void take(void)
{
    cr_assert(receive());
    cr_assert(rfc5424_read(&message, bytes, len), "%s: %.*s", message.wrong, (int)len, bytes);
}

static bool text_is(const char *text)
{
    return message.text_len == strlen(text) && memcmp(message.text, text, message.text_len) == 0;
}

static const char *param(const char *name)
{
    const char *value = rfc5424_find(&message, name, 0);
    return value ? value : "none";
}

static void end(void)
{
    cr_expect(not(receive()), "nothing more came");
    layering_end(l);
    slm_syslog_release(sys);
    (void)close(listener);
    (void)unlink(path);
}

Test(syslog, an_event_is_a_message_of_rfc_5424)
{
    char pid[16], host[256] = "";
    snprintf(pid, sizeof pid, "%ld", (long)getpid());
    (void)gethostname(host, sizeof host - 1);
    begin((slm_syslog_options){ .identifier = "yaks", .facility = 16 }, NULL);
    slmi_clock_fix(UINT64_C(1763864092123456789));
    SLM_WARN("%d yaks", 3);
    slmi_clock_fix(0);
    take();
    cr_expect(eq(u32, message.priority, 16 * 8 + 4));
    cr_expect(eq(str, message.stamp, (char *)"2025-11-23T02:14:52.123456Z"));
    cr_expect(eq(str, message.host, host));
    cr_expect(eq(str, message.app, (char *)"yaks"));
    cr_expect(eq(str, message.process, pid));
    cr_expect(eq(str, message.id, (char *)"test_syslog"));
    cr_expect(eq(str, message.data_id, (char *)""));
    cr_expect(text_is("3 yaks"));
    cr_expect(eq(u64, slm_syslog_stats_read(sys).sent, 1));
    end();
}

Test(syslog, fields_are_structured_data)
{
    static const double numbers[] = { 0.5, 2 };
    begin((slm_syslog_options){ .data_id = "yak@1" }, NULL);
    SLM_INFO(("n", -7), ("quote", "say \"ba\\a]\""), ("err", slm_errno(ENOENT)), ("nl", "a\nb"), ("none", SLM_EMPTY),
             ("arr", SLM_VALUE(slm_value_array(SLM_TYPE_F64, numbers, sizeof *numbers, 2))), ("u", "caf\xc3\xa9\xff"),
             "told");
    take();
    cr_expect(eq(str, message.data_id, (char *)"yak@1"));
    cr_expect(eq(u32, message.count, 6));
    cr_expect(eq(str, (char *)param("n"), (char *)"-7"));
    cr_expect(eq(str, (char *)param("quote"), (char *)"say \"ba\\a]\""));
    cr_expect(eq(str, (char *)param("err"), (char *)"ENOENT"));
    cr_expect(eq(str, (char *)param("nl"), (char *)"a\\nb"));
    cr_expect(eq(str, (char *)param("arr"), (char *)"[0.5, 2.0]"));
    cr_expect(eq(str, (char *)param("u"), (char *)"caf\xc3\xa9\\xff"));
    end();
}

Test(syslog, keys_become_names_that_the_grammar_takes)
{
    static const struct {
        const char *key, *name;
    } cases[] = {
        { "user.id", "user.id" },
        { "a=b]\"c d", "a_b__c_d" },
        { "", "_" },
        { "caf\xc3\xa9", "caf__" },
        { "a_key_that_is_longer_than_the_thirty_two_bytes", "a_key_that_is_longer_than_the_th" },
    };
    begin((slm_syslog_options){ 0 }, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slm_callsite callsite = { .size = sizeof callsite,
                                  .level = SLM_LEVEL_INFO,
                                  .target = slm_string_from_c("tar get\n") };
        slm_field field = { slm_string_from_c(cases[i].key), slm_value_i64(1) };
        slm_event(&callsite, slm_string_from_c("dynamic"), &field, 1, NULL);
        take();
        cr_expect(eq(str, message.params[0].name, (char *)cases[i].name));
        cr_expect(eq(str, message.id, (char *)"tar_get_"));
    }
    end();
}

Test(syslog, text_is_ascii_or_marked_as_utf_8)
{
    begin((slm_syslog_options){ 0 }, NULL);
    SLM_INFO("%s", "plain\r\n\x1b[31m");
    take();
    cr_expect(not(message.marked));
    cr_expect(text_is("plain\\r\\n\\x1b[31m"));
    SLM_INFO("%s", "caf\xc3\xa9");
    take();
    cr_expect(message.marked);
    cr_expect(text_is("caf\xc3\xa9"));
    SLM_INFO(("only", "fields"), ("n", 1));
    take();
    cr_expect(text_is("only=\"fields\" n=1"));
    end();
}

Test(syslog, spans_are_named_outermost_first_and_their_fields_follow_the_events)
{
    begin((slm_syslog_options){ 0 }, slm_filter_level(SLM_LEVEL_INFO));
    {
        SLM_SCOPE("request", ("user", 7));
        SLM_SCOPE_AT(SLM_LEVEL_DEBUG, "hidden", ("secret", 1));
        SLM_SCOPE("que]ry", ("n", 1));
        SLM_INFO(("n", 2), "found");
    }
    take();
    cr_expect(eq(str, (char *)param("spans"), (char *)"request:que]ry"));
    cr_expect(eq(str, (char *)rfc5424_find(&message, "n", 0), (char *)"2"));
    cr_expect(eq(str, (char *)rfc5424_find(&message, "n", 1), (char *)"1"));
    cr_expect(eq(str, (char *)param("user"), (char *)"7"));
    cr_expect(eq(str, (char *)param("secret"), (char *)"none"));
    cr_expect(eq(sz, strlen(param("trace_id")), 32));
    cr_expect(eq(sz, strlen(param("span_id")), 16));
    end();
}

Test(syslog, a_long_message_is_cut_within_the_grammar_and_counted)
{
    enum { LONG = 1 << 20 };
    static const uint32_t bounds[] = { SLM_SYSLOG_BYTES_MIN, 2048, 8192, SLM_SYSLOG_BYTES_MAX };
    char *text = malloc(LONG + 1);
    cr_assert(text != NULL);
    for (size_t i = 0; i < LONG; i += 2)
        memcpy(text + i, "\xc3\xa9", 2);
    text[LONG] = '\0';
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
        begin((slm_syslog_options){ .max_bytes = bounds[i], .identifier = "x" }, NULL);
        for (size_t n = 1; n <= 4096; n = n * 3 + 1) {
            SLM_SCOPE("outer", ("big", slm_strn(text, LONG)));
            SLM_INFO(("a", slm_strn(text, LONG)), ("b", slm_strn(text, n * 2)), ("c", slm_bytes(text, LONG)), "%s",
                     text);
            take();
            cr_expect(le(sz, len, bounds[i]));
            cr_expect(gt(sz, message.text_len, 0));
        }
        cr_expect(ge(u64, slm_syslog_stats_read(sys).cut, 8));
        end();
    }
    free(text);
}

Test(syslog, a_listener_that_does_not_keep_up_costs_messages_and_no_time)
{
    enum { EVENTS = 5000 };
    begin((slm_syslog_options){ 0 }, NULL);
    for (int i = 0; i < EVENTS; i++)
        SLM_INFO("event %d", i);
    slm_syslog_stats stats = slm_syslog_stats_read(sys);
    cr_expect(gt(u64, stats.lost, 0), "nobody has read any");
    cr_expect(eq(u64, stats.sent + stats.lost, EVENTS));
    uint64_t taken = 0;
    while (receive())
        taken++;
    cr_expect(eq(u64, taken, stats.sent));
    end();
}

Test(syslog, a_connected_socket_of_the_host_serves_too)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    int server = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), client = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    cr_assert(eq(int, bind(server, (struct sockaddr *)&address, sizeof address), 0));
    cr_assert(eq(int, getsockname(server, (struct sockaddr *)&address, &size), 0));
    cr_assert(eq(int, connect(client, (struct sockaddr *)&address, sizeof address), 0));
    slm_layer layer;
    slm_syslog_options options = { .size = sizeof options, .fd = client };
    cr_assert(eq(int, (int)slm_syslog_new(&options, NULL, &layer, &sys), SLM_OK));
    l = layering_begin(&layer);
    SLM_INFO("by UDP");
    ssize_t n = recv(server, bytes, sizeof bytes, 0);
    cr_assert(gt(i64, (int64_t)n, 0));
    cr_assert(rfc5424_read(&message, bytes, (size_t)n), "%s", message.wrong);
    cr_expect(text_is("by UDP"));
    layering_end(l);
    slm_syslog_release(sys);
    cr_expect(eq(int, close(client), 0), "it was borrowed");
    close(server);
}

static int child_sends(void *user)
{
    (void)user;
    SLM_INFO("from the child");
    return slm_syslog_stats_read(sys).sent == 1 ? 0 : 1;
}

Test(syslog, a_forked_child_sends_under_its_own_process_id_and_counts_from_zero)
{
    char pid[16];
    snprintf(pid, sizeof pid, "%ld", (long)getpid());
    begin((slm_syslog_options){ 0 }, NULL);
    SLM_INFO("from the parent");
    cr_expect(eq(int, layering_fork(child_sends, NULL), 0));
    take();
    cr_expect(eq(str, message.process, pid));
    take();
    cr_expect(text_is("from the child"));
    cr_expect(ne(str, message.process, pid));
    end();
}

Test(syslog, options_that_cannot_be_are_refused)
{
    const slm_syslog_options cases[] = {
        { .size = 4 },
        { .size = sizeof *cases, .max_bytes = SLM_SYSLOG_BYTES_MIN - 1 },
        { .size = sizeof *cases, .max_bytes = SLM_SYSLOG_BYTES_MAX + 1 },
        { .size = sizeof *cases, .facility = 24 },
        { .size = sizeof *cases, .fd = -1 },
        { .size = sizeof *cases, .path = "" },
        { .size = sizeof *cases, .data_id = "" },
        { .size = sizeof *cases, .data_id = "an_id_of_more_than_thirty_two_bytes@32473" },
    };
    slm_layer layer;
    slm_syslog *none = NULL;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect(eq(int, (int)slm_syslog_new(&cases[i], NULL, &layer, &none), SLM_ERR_INVALID_ARGUMENT), "case %zu",
                  i);
    cr_expect(zero(ptr, none));
    slm_syslog_release(NULL);
}
