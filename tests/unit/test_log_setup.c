/* SPDX-License-Identifier: MIT */
/* What is printed is replaced at run time: by directives, and as log.c's users do it. */
#include <spanloom/format.h>
#include <spanloom/log.h>
#include <spanloom/log_facade.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static FILE *file;
static char text[4096];

static void begin(void)
{
    unsetenv("SPANLOOM_LOG");
    file = tmpfile();
    cr_assert(file != NULL);
}

static void listen(void)
{
    slm_format_options format = {
        .size = sizeof format, .timer = SLM_TIMER_NONE, .hide = SLM_SHOW_TARGET, .writer = slm_writer_fd(fileno(file))
    };
    const slm_log_config config = { .size = sizeof config, .format = &format };
    cr_assert(eq(int, slm_init_log(&config), SLM_OK));
}

static void end(void)
{
    (void)slm_log_shutdown(0);
    (void)fclose(file);
}

TestSuite(log_setup, .init = begin, .fini = end);

static char *printed(void)
{
    rewind(file);
    size_t len = fread(text, 1, sizeof text - 1, file);
    text[len] = '\0';
    cr_assert(eq(int, ftruncate(fileno(file), 0), 0));
    (void)lseek(fileno(file), 0, SEEK_SET);
    return text;
}

static char *say_all(void)
{
    log_trace("t");
    log_debug("d");
    log_info("i");
    log_warn("w");
    log_error("e");
    return printed();
}

Test(log_setup, the_level_can_be_set_again_and_again)
{
    listen();
    cr_expect(eq(str, say_all(), " INFO i\n WARN w\nERROR e\n"));
    log_set_level(LOG_WARN);
    cr_expect(eq(str, say_all(), " WARN w\nERROR e\n"));
    log_set_level(LOG_TRACE);
    cr_expect(eq(str, say_all(), "TRACE t\nDEBUG d\n INFO i\n WARN w\nERROR e\n"));
    log_set_level(LOG_FATAL);
    cr_expect(eq(str, say_all(), "ERROR e\n"));
    log_set_level(100);
    cr_expect(eq(str, say_all(), "ERROR e\n"));
    log_set_level(-100);
    cr_expect(eq(str, say_all(), "TRACE t\nDEBUG d\n INFO i\n WARN w\nERROR e\n"));
}

Test(log_setup, quiet_is_quiet_until_it_is_not)
{
    listen();
    log_set_level(LOG_WARN);
    log_set_quiet(true);
    cr_expect(eq(str, say_all(), ""));
    log_set_level(LOG_ERROR);
    cr_expect(eq(str, say_all(), ""));
    log_set_quiet(false);
    cr_expect(eq(str, say_all(), "ERROR e\n"));
    log_set_lock(NULL, NULL);
}

Test(log_setup, who_runs_the_program_has_the_last_word)
{
    setenv("SPANLOOM_LOG", "debug", 1);
    listen();
    log_set_level(LOG_ERROR);
    log_set_quiet(true);
    cr_expect(eq(str, say_all(), "DEBUG d\n INFO i\n WARN w\nERROR e\n"));
}

Test(log_setup, directives_replace_directives)
{
    cr_expect(eq(int, slm_log_reload("info"), SLM_ERR_NOT_FOUND));
    listen();
    cr_expect(eq(int, slm_log_reload("error,test_log_setup=debug"), SLM_OK));
    cr_expect(eq(str, say_all(), "DEBUG d\n INFO i\n WARN w\nERROR e\n"));
    cr_expect(eq(int, slm_log_reload("debug,test_log_setup=error"), SLM_OK));
    cr_expect(eq(str, say_all(), "ERROR e\n"));
    cr_expect(eq(int, slm_log_reload(NULL), SLM_ERR_INVALID_ARGUMENT));
    cr_expect(eq(int, slm_log_shutdown(0), SLM_OK));
    cr_expect(eq(int, slm_log_reload("info"), SLM_ERR_NOT_FOUND));
    listen();
    cr_expect(eq(str, say_all(), " INFO i\n WARN w\nERROR e\n"));
}
