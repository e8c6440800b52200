/* SPDX-License-Identifier: MIT */
/* Records of other logging libraries as events: what they carry, and bad ones. */
#include <spanloom/log_bridge.h>
#include <spanloom/test.h>
#include <spanloom/trace.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>

#include "core/site.h"

static slm_mock *m;

static void begin(void)
{
    m = slm_mock_begin(NULL);
}

static void end(void)
{
    slm_mock_end(m);
}

TestSuite(log_bridge, .init = begin, .fini = end);

static slm_log_stats stats(void)
{
    slm_log_stats s = { .size = sizeof s };
    slm_log_stats_read(&s);
    return s;
}

/* The shape of rxi's log_Event, whose fields a callback hands on. */
typedef struct {
    va_list ap;
    const char *fmt, *file;
    int line, level;
} event;

static void to_spanloom(event *e)
{
    slm_log_bridge(e->level, e->file, e->line, e->fmt, e->ap);
}

static void SLM_PRINTF(4, 5) log_c(int level, const char *file, int line, const char *format, ...)
{
    event e = { .fmt = format, .file = file, .line = line, .level = level };
    va_start(e.ap, format);
    to_spanloom(&e);
    va_end(e.ap);
}

Test(log_bridge, a_callback_of_log_c_is_an_event_of_the_current_span)
{
    {
        SLM_SCOPE("request");
        log_c(0, "src/yak.c", 12, "level %d", 0);
        log_c(1, "src/yak.c", 13, "level %d", 1);
        log_c(2, "yak.tar.c", 14, "level %d", 2);
        log_c(3, ".c", 15, "100%%");
        log_c(4, "src/", 16, "level %d", 4);
        log_c(5, NULL, -1, "%s%c", "level ", '5');
    }
    cr_expect(slm_expect_only_tree(m, "request > ('level 0'[TRACE,target=yak], 'level 1'[DEBUG,target=yak],"
                                      "'level 2'[INFO,target=yak.tar], '100%'[WARN,target=.c],"
                                      "'level 4'[ERROR,target=log], 'level 5'{severity='FATAL'}[ERROR,target=log])"));
}

Test(log_bridge, unknown_levels_are_the_nearest_and_counted)
{
    log_c(-1, "a.c", 1, "below");
    log_c(INT32_MIN, "a.c", 1, "far below");
    log_c(6, "a.c", 1, "above");
    log_c(INT32_MAX, "a.c", 1, "far above");
    cr_expect(slm_expect_only_tree(m, "'below'[TRACE], 'far below'[TRACE], 'above'{severity='FATAL'}[ERROR],"
                                      "'far above'{severity='FATAL'}[ERROR]"));
    cr_expect(eq(u64, stats().unknown_levels, 4));
}

static void no_format(int level, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    slm_log_bridge(level, "a.c", 1, format, args);
    slm_log_vsyslog(level, format, args);
    va_end(args);
}

Test(log_bridge, nothing_may_be_missing_but_the_record)
{
    slm_log_record bare = { .size = sizeof bare, .level = SLM_LEVEL_INFO };
    no_format(2, NULL);
    slm_log_record_send(&bare, slm_string_of(NULL, 0));
    slm_log_record_send(NULL, slm_string_of("x", 1));
    bare.size = 3;
    slm_log_record_send(&bare, slm_string_of("x", 1));
    cr_expect(slm_expect_only_tree(m, "''[INFO,target=a], ''{severity='CRIT'}[ERROR,target=syslog], ''[target=log]"));
}

Test(log_bridge, syslog_calls_keep_errno_and_know_percent_m)
{
    errno = ENOENT;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat" /* %m is POSIX's, and only of syslog() */
    slm_log_syslog(LOG_ERR | LOG_LOCAL7, "%s: %m", "file");
#pragma GCC diagnostic pop
    cr_expect(eq(int, errno, ENOENT));
    slm_log_syslog(LOG_NOTICE, "started");
    slm_log_syslog(-1, "odd");
    cr_expect(slm_expect_only_tree(m, "'file: No such file or directory'[ERROR,target=syslog],"
                                      "'started'{severity='NOTICE'}[INFO], 'odd'[DEBUG]"));
}

Test(log_bridge, a_record_carries_fields_and_a_time)
{
    slm_field fields[] = { { slm_string_from_c("user.id"), slm_value_u64(7) }, { { NULL, 0 }, slm_value_bool(true) } };
    slm_log_record record = { .size = sizeof record,
                              .level = SLM_LEVEL_WARN,
                              .severity = slm_string_from_c("NOTICE"),
                              .target = slm_string_from_c("db"),
                              .fields = fields,
                              .field_count = 2 };
    cr_expect(slm_log_record_enabled(&record));
    slm_log_record_send(&record, slm_string_from_c("100 % sure"));
    cr_expect(slm_expect_only_tree(m, "'100 % sure'{severity='NOTICE', user.id=7, *}[WARN,target=db]"));
}

Test(log_bridge, more_fields_than_there_is_room_for_are_counted)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz";
    slm_field fields[40];
    for (int i = 0; i < 40; i++)
        fields[i] = (slm_field){ slm_string_of(&letters[i % 26], 3), slm_value_i64(i) };
    slm_log_record record = { .size = sizeof record, .level = 3, .fields = fields, .field_count = 40 };
    slm_log_record_send(&record, slm_string_from_c("many"));
    cr_expect(slm_expect_tree(m, "'many'{abc=0, bcd=1}"));
    cr_expect(eq(u64, stats().fields_omitted, 40 - SLM_LOG_FIELDS_MAX));
}

enum { MEGABYTE = 1024 * 1024 };

Test(log_bridge, a_line_of_a_megabyte_is_cut_and_counted)
{
    char *line = malloc(MEGABYTE + 1);
    cr_assert(line != NULL);
    memset(line, 'x', MEGABYTE);
    line[MEGABYTE] = '\0';
    slm_log_record record = { .size = sizeof record, .level = 3 };
    log_c(2, "a.c", 1, "%s", line);
    slm_log_record_send(&record, slm_string_of(line, MEGABYTE));
    for (size_t i = 0; i < MEGABYTE; i += 3)
        memcpy(line + i, "\xe2\x82\xac", MEGABYTE - i < 3 ? MEGABYTE - i : 3);
    slm_log_record_send(&record, slm_string_of(line, MEGABYTE));
    cr_expect(eq(u64, stats().cut, 3));
    char *expected = malloc(3 * SLM_LOG_MESSAGE_BYTES_MAX);
    cr_assert(expected != NULL);
    memset(line, 'x', SLM_LOG_MESSAGE_BYTES_MAX);
    snprintf(expected, 3 * SLM_LOG_MESSAGE_BYTES_MAX, "'%.*s', '%.*s', '€*€'", SLM_LOG_MESSAGE_BYTES_MAX - 1, line,
             SLM_LOG_MESSAGE_BYTES_MAX - 1, line);
    cr_expect(slm_expect_only_tree(m, expected));
    free(expected);
    free(line);
}

Test(log_bridge, bytes_that_are_no_text_go_through_as_they_are)
{
    log_c(2, "\xff\xfe.c", 1, "%s", "\xff\xc0\x80 \xed\xa0\x80");
    cr_expect(slm_expect_only_tree(m, "'\xff\xc0\x80 \xed\xa0\x80'[target=\xff\xfe]"));
}

static char *path_of(char *room, size_t size, int i)
{
    snprintf(room, size, "/a/long/way/down/to/the/place/where/it/happened/file_%d.c", i);
    return room;
}

Test(log_bridge, ten_thousand_places_take_no_more_than_their_share)
{
    enum { PLACES = 10000 };
    char path[80];
    slm_mock_end(m);
    m = slm_mock_begin(&(slm_mock_options){ .size = sizeof(slm_mock_options), .max_calls = 3 * PLACES });
    uint32_t before = slmi_site_count();
    for (int i = 0; i < PLACES; i++)
        log_c(2, path_of(path, sizeof path, i), i, "here");
    slm_log_stats after = stats();
    cr_expect(eq(u32, slmi_site_count() - before, SLM_LOG_PLACES_MAX + 1));
    cr_expect(eq(u32, after.places, SLM_LOG_PLACES_MAX));
    cr_expect(eq(u64, after.unplaced, PLACES - SLM_LOG_PLACES_MAX));
    cr_expect(eq(sz, slm_mock_count(m, SLM_MOCK_EVENT, "here"), PLACES), "none is lost");
    slm_mock_clear(m);
    log_c(2, path_of(path, sizeof path, 17), 17, "an old place");
    log_c(4, path_of(path, sizeof path, PLACES), 1, "a new place");
    SLM_INFO("a macro finds room");
    cr_expect(slm_expect_only_tree(m, "'an old place'[target=file_17],"
                                      "'a new place'{log.target='file_10000',"
                                      " code.file.path='*/file_10000.c', code.line.number=1}[ERROR,target=log],"
                                      "'a macro finds room'"));
}

Test(log_bridge, a_file_name_without_end_keeps_its_last_part)
{
    char *path = malloc(MEGABYTE);
    cr_assert(path != NULL);
    memset(path, 'd', MEGABYTE);
    memcpy(path + MEGABYTE - 8, "/yaks.c", 8);
    log_c(2, path, 1, "here");
    path[MEGABYTE - 8] = 'd';
    log_c(2, path, 1, "there");
    free(path);
    cr_expect(slm_expect_only_tree(m, "'here'[target=yaks], 'there'[target=dddddddd*]"));
}
