/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <spanloom/journald.h>

#include "core/platform.h"
#include "tests/unit/journal.h"
#include "tests/unit/layering.h"

static char path[64];
static int listener = -1;
static struct journal_entry entry;
static slm_journald *journald;
static struct layering l;

static void begin(slm_journald_options options, slm_filter *filter)
{
    slm_layer layer;
    snprintf(path, sizeof path, "journal-%ld", (long)getpid());
    listener = journal_listen(path);
    options.size = sizeof options;
    options.path = path;
    cr_assert(eq(int, (int)slm_journald_new(&options, filter, &layer, &journald), SLM_OK));
    l = layering_begin(&layer);
}

static void take(void)
{
    cr_assert(journal_take(&entry, listener));
    cr_assert(zero(ptr, (void *)(uintptr_t)entry.wrong), "%s", entry.wrong);
}

static void end(void)
{
    cr_expect(not(journal_take(&entry, listener)), "nothing more came");
    layering_end(l);
    slm_journald_release(journald);
    (void)close(listener);
    (void)unlink(path);
}

Test(journald, an_event_is_an_entry_with_what_is_known_of_it)
{
    begin((slm_journald_options){ .identifier = "yaks" }, NULL);
    SLM_WARN("%d yaks", 3);
    uint32_t line = __LINE__ - 1;
    char number[16];
    snprintf(number, sizeof number, "%u", line);
    take();
    cr_expect(journal_has(&entry, "MESSAGE", "3 yaks"));
    cr_expect(journal_has(&entry, "PRIORITY", "4"));
    cr_expect(journal_has(&entry, "SYSLOG_IDENTIFIER", "yaks"));
    cr_expect(journal_has(&entry, "TARGET", "test_journald"));
    cr_expect(journal_has(&entry, "CODE_LINE", number));
    int file = journal_find(&entry, "CODE_FILE", 0);
    cr_assert(ge(int, file, 0));
    cr_expect(ge(sz, entry.fields[file].len, strlen("test_journald.c")));
    cr_expect(lt(int, journal_find(&entry, "TRACE_ID", 0), 0));
    cr_expect(eq(u64, slm_journald_stats_read(journald).sent, 1));
    end();
}

Test(journald, each_level_has_the_priority_that_tracing_gives_it)
{
    begin((slm_journald_options){ 0 }, NULL);
    SLM_ERROR("e");
    SLM_WARN("w");
    SLM_INFO("i");
    SLM_DEBUG("d");
    SLM_TRACE("t");
    static const char *const priorities[] = { "3", "4", "5", "6", "7" };
    for (size_t i = 0; i < 5; i++) {
        take();
        cr_expect(journal_has(&entry, "PRIORITY", priorities[i]));
    }
    end();
}

Test(journald, fields_keep_every_byte)
{
    static const struct {
        const char *why, *bytes;
        size_t len;
    } cases[] = {
        { "plain", "wool", 4 },
        { "empty", "", 0 },
        { "a newline", "two\nlines", 9 },
        { "only a newline", "\n", 1 },
        { "what looks like a field", "x\nMESSAGE=forged\nPRIORITY=0\n", 28 },
        { "NUL and controls", "a\0b\x01\x1b", 5 },
        { "no UTF-8", "\xff\xfe\n", 3 },
    };
    begin((slm_journald_options){ 0 }, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        SLM_INFO(("text", slm_strn(cases[i].bytes, cases[i].len)), ("bytes", slm_bytes(cases[i].bytes, cases[i].len)),
                 "told");
        take();
        cr_expect(journal_is(&entry, "F_TEXT", 0, cases[i].bytes, cases[i].len), "%s", cases[i].why);
        cr_expect(journal_is(&entry, "F_BYTES", 0, cases[i].bytes, cases[i].len), "%s", cases[i].why);
        cr_expect(journal_has(&entry, "MESSAGE", "told"), "%s", cases[i].why);
        cr_expect(lt(int, journal_find(&entry, "MESSAGE", 1), 0), "%s", cases[i].why);
    }
    SLM_INFO("%s", "a\nMESSAGE=forged");
    take();
    cr_expect(journal_has(&entry, "MESSAGE", "a\nMESSAGE=forged"));
    end();
}

Test(journald, values_come_as_text_of_their_type)
{
    static const int64_t numbers[] = { 1, -2 };
    begin((slm_journald_options){ 0 }, NULL);
    const bool yes = true;
    SLM_INFO(("i", -7), ("u", UINT64_MAX), ("b", yes), ("d", 0.5), ("e", slm_errno(ENOENT)), ("none", SLM_EMPTY),
             ("a", SLM_VALUE(slm_value_array(SLM_TYPE_I64, numbers, sizeof *numbers, 2))));
    take();
    cr_expect(journal_has(&entry, "F_I", "-7"));
    cr_expect(journal_has(&entry, "F_U", "18446744073709551615"));
    cr_expect(journal_has(&entry, "F_B", "true"));
    cr_expect(journal_has(&entry, "F_D", "0.5"));
    cr_expect(journal_has(&entry, "F_E", "ENOENT"));
    cr_expect(journal_has(&entry, "F_A", "[1, -2]"));
    cr_expect(lt(int, journal_find(&entry, "F_NONE", 0), 0));
    cr_expect(journal_has(&entry, "MESSAGE", "i=-7 u=18446744073709551615 b=true d=0.5 e=ENOENT a=[1, -2]"),
              "an event without text has its fields as one");
    end();
}

Test(journald, names_become_what_the_journal_takes)
{
    static const struct {
        const char *prefix, *key, *name;
    } cases[] = {
        { NULL, "user.id", "F_USER_ID" },
        { NULL, "9 lives!", "F_9_LIVES_" },
        { NULL, "", "F_" },
        { NULL, "caf\xc3\xa9", "F_CAF__" },
        { "app", "k", "APP_K" },
        { "", "_9_k", "K" },
        { "", "yak.name", "YAK_NAME" },
        { NULL, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
          "F_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin((slm_journald_options){ .prefix = cases[i].prefix }, NULL);
        slm_callsite callsite = { .size = sizeof callsite, .level = SLM_LEVEL_INFO };
        slm_field field = { slm_string_from_c(cases[i].key), slm_value_i64(1) };
        slm_event(&callsite, slm_string_from_c("dynamic"), &field, 1, NULL);
        take();
        cr_expect(journal_has(&entry, cases[i].name, "1"), "%s", cases[i].key);
        end();
    }
}

Test(journald, the_spans_around_come_outermost_first_with_their_fields)
{
    begin((slm_journald_options){ 0 }, NULL);
    slm_span_context identity;
    {
        SLM_SCOPE("request", ("user", 7), ("path", "/a\nb"));
        SLM_SCOPE("query", ("table", "yaks"));
        SLM_SCOPE_AS(inner, "row", ("n", 1));
        slm_span_identity(inner, &identity);
        SLM_INFO(("n", 2), "found");
    }
    take();
    cr_expect(journal_is(&entry, "SPAN_NAME", 0, "request", 7));
    cr_expect(journal_is(&entry, "SPAN_NAME", 1, "query", 5));
    cr_expect(journal_is(&entry, "SPAN_NAME", 2, "row", 3));
    cr_expect(lt(int, journal_find(&entry, "SPAN_NAME", 3), 0));
    cr_expect(journal_has(&entry, "F_USER", "7"));
    cr_expect(journal_has(&entry, "F_PATH", "/a\nb"));
    cr_expect(journal_has(&entry, "F_TABLE", "yaks"));
    cr_expect(journal_is(&entry, "F_N", 0, "2", 1), "the event's own first");
    cr_expect(journal_is(&entry, "F_N", 1, "1", 1));
    cr_expect(lt(int, journal_find(&entry, "F_USER", 0), journal_find(&entry, "SPAN_NAME", 1)),
              "a span's fields stand with it");
    char hex[33];
    for (int i = 0; i < 16; i++)
        snprintf(hex + 2 * i, 3, "%02x", identity.trace_id.bytes[i]);
    cr_expect(journal_has(&entry, "TRACE_ID", hex));
    for (int i = 0; i < 8; i++)
        snprintf(hex + 2 * i, 3, "%02x", identity.span_id.bytes[i]);
    cr_expect(journal_has(&entry, "SPAN_ID", hex));
    end();
}

Test(journald, spans_that_the_layer_does_not_take_are_not_named)
{
    begin((slm_journald_options){ 0 }, slm_filter_level(SLM_LEVEL_INFO));
    {
        SLM_SCOPE("taken");
        SLM_SCOPE_AT(SLM_LEVEL_DEBUG, "not taken", ("secret", 1));
        SLM_INFO("told");
        SLM_DEBUG("not told");
    }
    take();
    cr_expect(journal_is(&entry, "SPAN_NAME", 0, "taken", 5));
    cr_expect(lt(int, journal_find(&entry, "SPAN_NAME", 1), 0));
    cr_expect(lt(int, journal_find(&entry, "F_SECRET", 0), 0));
    end();
}

/* Not every system has sealed memory: there such an entry is lost, and counted. */
static bool lost_for_want_of_memory(void)
{
    int fd = slmi_platform_sealed_memory(NULL, 0);
    if (fd >= 0) {
        (void)close(fd);
        return false;
    }
    cr_expect(gt(u64, slm_journald_stats_read(journald).lost, 0));
    return true;
}

Test(journald, an_entry_too_large_for_a_datagram_comes_as_sealed_memory)
{
    enum { LARGE = 60000, FIELDS = 6 };
    static const char *const names[FIELDS] = { "F_A", "F_B", "F_C", "F_D", "F_E", "F_F" };
    static char text[LARGE];
    begin((slm_journald_options){ 0 }, NULL);
    for (size_t i = 0; i < LARGE; i++)
        text[i] = (char)(i % 251);
    SLM_INFO(("a", slm_bytes(text, LARGE)), ("b", slm_bytes(text, LARGE)), ("c", slm_bytes(text, LARGE)),
             ("d", slm_bytes(text, LARGE)), ("e", slm_bytes(text, LARGE)), ("f", slm_bytes(text, LARGE)), "large");
    if (!lost_for_want_of_memory()) {
        take();
        cr_expect(entry.by_memory);
        for (size_t i = 0; i < FIELDS; i++)
            cr_expect(journal_is(&entry, names[i], 0, text, LARGE));
        cr_expect(eq(u64, slm_journald_stats_read(journald).sent, 1));
        cr_expect(eq(u64, slm_journald_stats_read(journald).cut, 0));
    }
    end();
}

Test(journald, what_passes_the_bounds_is_cut_and_counted)
{
    enum { HUGE_FIELD = 1 << 20, FIELDS = 20 };
    static char text[HUGE_FIELD];
    slm_field fields[FIELDS];
    begin((slm_journald_options){ 0 }, NULL);
    SLM_INFO(("a", slm_bytes(text, HUGE_FIELD)), ("b", 1), "huge");
    take();
    cr_expect(journal_is(&entry, "F_A", 0, text, SLM_JOURNALD_VALUE_BYTES_MAX));
    cr_expect(journal_has(&entry, "F_B", "1"));
    slm_callsite callsite = { .size = sizeof callsite, .level = SLM_LEVEL_INFO };
    for (size_t i = 0; i < FIELDS; i++)
        fields[i] = (slm_field){ slm_string_of(&"abcdefghijklmnopqrst"[i], 1), slm_value_bytes(text, HUGE_FIELD) };
    slm_event(&callsite, slm_string_from_c("twenty"), fields, FIELDS, NULL);
    if (!lost_for_want_of_memory()) {
        take();
        cr_expect(gt(sz, entry.bytes_len, SLM_JOURNALD_EVENT_BYTES_MAX / 2));
        cr_expect(le(sz, entry.bytes_len, SLM_JOURNALD_EVENT_BYTES_MAX));
    }
    cr_expect(eq(u64, slm_journald_stats_read(journald).cut, 2));
    end();
}

Test(journald, ten_thousand_nested_scopes_make_an_entry_that_is_cut)
{
    enum { DEPTH = 3000 };
    begin((slm_journald_options){ 0 }, NULL);
    static slm_span spans[DEPTH];
    static slm_token tokens[DEPTH];
    for (unsigned i = 0; i < DEPTH; i++) {
        spans[i] = SLM_SPAN("deep", ("i", i));
        tokens[i] = slm_enter(spans[i]);
    }
    SLM_INFO("down here");
    for (unsigned i = DEPTH; i-- > 0;) {
        slm_exit(tokens[i]);
        slm_span_end(spans[i]);
    }
    take();
    cr_expect(journal_find(&entry, "SPAN_NAME", 63) >= 0 && journal_find(&entry, "SPAN_NAME", 64) < 0);
    cr_expect(eq(u64, slm_journald_stats_read(journald).cut, 1));
    end();
}

Test(journald, a_journal_that_does_not_keep_up_costs_events_and_no_time)
{
    enum { EVENTS = 5000 };
    begin((slm_journald_options){ 0 }, NULL);
    for (int i = 0; i < EVENTS; i++)
        SLM_INFO("event %d", i);
    slm_journald_stats stats = slm_journald_stats_read(journald);
    cr_expect(gt(u64, stats.lost, 0), "nobody has read any");
    cr_expect(eq(u64, stats.sent + stats.lost, EVENTS));
    uint64_t taken = 0;
    while (journal_take(&entry, listener))
        taken++;
    cr_expect(eq(u64, taken, stats.sent));
    SLM_INFO("there is room again");
    take();
    end();
}

Test(journald, a_journal_that_is_not_there_costs_events_until_it_is)
{
    begin((slm_journald_options){ 0 }, NULL);
    (void)close(listener);
    (void)unlink(path);
    errno = 77;
    SLM_INFO("nobody");
    cr_expect(eq(int, errno, 77));
    cr_expect(eq(u64, slm_journald_stats_read(journald).lost, 1));
    listener = journal_listen(path);
    SLM_INFO("somebody");
    take();
    cr_expect(journal_has(&entry, "MESSAGE", "somebody"));
    end();
}

Test(journald, fields_of_the_host_are_in_every_entry)
{
    const slm_field fields[] = { { slm_string_from_c("SYSLOG_FACILITY"), slm_value_string("3", 1) },
                                 { slm_string_from_c("release.note"), slm_value_string("a\nb", 3) } };
    begin((slm_journald_options){ .fields = fields, .field_count = 2 }, NULL);
    for (int i = 0; i < 2; i++) {
        SLM_INFO("told");
        take();
        cr_expect(journal_has(&entry, "SYSLOG_FACILITY", "3"));
        cr_expect(journal_has(&entry, "RELEASE_NOTE", "a\nb"));
    }
    end();
}

static int child_sends(void *user)
{
    (void)user;
    SLM_INFO("from the child");
    slm_journald_stats stats = slm_journald_stats_read(journald);
    return stats.sent == 1 && stats.lost == 0 ? 0 : 1;
}

Test(journald, a_forked_child_sends_too_and_counts_from_zero)
{
    begin((slm_journald_options){ 0 }, NULL);
    SLM_INFO("from the parent");
    cr_expect(eq(int, layering_fork(child_sends, NULL), 0));
    take();
    cr_expect(journal_has(&entry, "MESSAGE", "from the parent"));
    take();
    cr_expect(journal_has(&entry, "MESSAGE", "from the child"));
    cr_expect(eq(u64, slm_journald_stats_read(journald).sent, 1));
    end();
}

Test(journald, options_that_cannot_be_are_refused)
{
    const slm_field number = { slm_string_from_c("n"), slm_value_i64(1) };
    const slm_field nameless = { slm_string_from_c("_1"), slm_value_string("x", 1) };
    const slm_journald_options cases[] = {
        { .size = 4 },
        { .size = sizeof *cases, .prefix = "has space" },
        { .size = sizeof *cases, .prefix = "_under" },
        { .size = sizeof *cases, .prefix = "longer_than_sixteen" },
        { .size = sizeof *cases, .path = "" },
        { .size = sizeof *cases,
          .path =
              "a/path/longer/than/the/hundred/and/eight/bytes/that/a/unix/socket/address/has/room/for/in/any/system/"
              "known/to/this/test" },
        { .size = sizeof *cases, .fields = &number, .field_count = 1 },
        { .size = sizeof *cases, .fields = &nameless, .field_count = 1 },
        { .size = sizeof *cases, .field_count = 1 },
        { .size = sizeof *cases, .fields = &number, .field_count = SLM_JOURNALD_FIELDS_MAX + 1 },
    };
    slm_layer layer;
    slm_journald *none = NULL;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect(eq(int, (int)slm_journald_new(&cases[i], NULL, &layer, &none), SLM_ERR_INVALID_ARGUMENT), "case %zu",
                  i);
    cr_expect(zero(ptr, none));
    slm_journald_release(NULL);
}
