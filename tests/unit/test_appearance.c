/* SPDX-License-Identifier: MIT */
/* How lines look, and what exported spans say of themselves: by the environment, by the code. */
#include "tests/unit/settings.h"

#include <spanloom/format.h>
#include <spanloom/log.h>
#include <spanloom/sdk.h>
#include <spanloom/trace.h>

#include <unistd.h>

Test(appearance, how_lines_look_and_what_spans_say_of_themselves)
{
    static const struct {
        const char *format, *details;
        unsigned style;
        uint32_t expected;
        bool complains;
    } cases[] = {
        { "full", "", 0, 0, false },
        { "json", "code", 3, SLM_DETAIL_CODE, false },
        { "tree", " times , level,", 4, SLM_DETAIL_TIMES | SLM_DETAIL_LEVEL, false },
        { "compact", "thread,target", 1, SLM_DETAIL_THREAD | SLM_DETAIL_TARGET, false },
        { "pretty", "code,wool", 2, SLM_DETAIL_CODE, true },
        { "JSON", "level", 0, SLM_DETAIL_LEVEL, true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slmi_settings *s =
            READ(NULL, { "SPANLOOM_LOG_FORMAT", cases[i].format }, { "SPANLOOM_EXPORT_DETAILS", cases[i].details });
        cr_expect(eq(uint, s->log_style, cases[i].style), "case %zu", i);
        cr_expect(eq(u32, s->details, cases[i].expected), "case %zu", i);
        cr_expect(eq(int, complaints.len > 0, cases[i].complains), "case %zu: %s", i, complaints.text);
        slmi_settings_free(s);
    }
    slm_config config = { .size = (uint32_t)sizeof config, .export_details = SLM_DETAIL_TIMES };
    slmi_settings *s = READ(&config, { "SPANLOOM_EXPORT_DETAILS", "code" });
    cr_expect(eq(u32, s->details, (uint32_t)SLM_DETAIL_TIMES));
    slmi_settings_free(s);
}

/* -- what is printed --------------------------------------------------------------------------------------------------
 */

static struct {
    char line[512];
    unsigned lines, destroyed;
} printed;

static slm_status keep_line(void *user, const slm_metadata *metadata, slm_string line)
{
    (void)user;
    (void)metadata;
    snprintf(printed.line, sizeof printed.line, "%.*s", (int)line.len, line.data);
    printed.lines++;
    return SLM_OK;
}

static void count_destroyed(void *user)
{
    (void)user;
    printed.destroyed++;
}

static slm_writer *keeper(void)
{
    static const slm_writer_ops ops = { .size = sizeof ops, .write = keep_line, .destroy = count_destroyed };
    return slm_writer_new(&ops, NULL);
}

Test(appearance, slm_init_prints_in_the_format_and_to_the_writer_it_is_given)
{
    slm_format_options format = { .size = sizeof format, .style = SLM_FORMAT_JSON, .writer = keeper() };
    slm_config config = SLM_CONFIG_INIT;
    config.exporters = SLM_EXPORTER_NONE;
    config.log_filter = "info";
    config.log_format = &format;
    setenv("SPANLOOM_LOG_FORMAT", "pretty", 1); /* the code wins */
    cr_assert(eq(int, (int)slm_init(&config), (int)SLM_OK));
    SLM_INFO(("yaks", 3), "shaved");
    SLM_DEBUG("not printed");
    cr_expect(eq(uint, printed.lines, 1u));
    cr_expect(strstr(printed.line, "\"yaks\":3") != NULL, "%s", printed.line);
    cr_expect(eq(int, (int)slm_shutdown(1000), (int)SLM_OK));
}

Test(appearance, a_writer_is_taken_also_where_nothing_is_printed)
{
    slm_format_options format = { .size = sizeof format, .writer = keeper() };
    slm_config config = SLM_CONFIG_INIT;
    config.exporters = SLM_EXPORTER_NONE;
    config.log_format = &format;
    unsetenv("SPANLOOM_LOG");
    cr_assert(eq(int, (int)slm_init(&config), (int)SLM_OK));
    SLM_ERROR("not printed");
    cr_expect(eq(int, (int)slm_shutdown(1000), (int)SLM_OK));
    cr_expect(eq(uint, printed.lines, 0u));
    cr_expect(eq(uint, printed.destroyed, 1u));
}

Test(appearance, the_environment_names_the_format_where_the_code_does_not)
{
    int pipes[2];
    char line[512];
    cr_assert(eq(int, pipe(pipes), 0));
    slm_log_config config = { .size = sizeof config, .fd = pipes[1], .directives = "info" };
    setenv("SPANLOOM_LOG_FORMAT", "json", 1);
    cr_assert(eq(int, (int)slm_init_log(&config), (int)SLM_OK));
    SLM_INFO("shaved");
    ssize_t n = read(pipes[0], line, sizeof line - 1);
    cr_assert(n > 0);
    line[n] = '\0';
    cr_expect(line[0] == '{' && strstr(line, "\"message\":\"shaved\"") != NULL, "%s", line);
    cr_expect(eq(int, (int)slm_log_shutdown(0), (int)SLM_OK));
}
