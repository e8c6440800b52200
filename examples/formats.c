/* SPDX-License-Identifier: MIT */
/* The same events in each style, as a terminal or a file would get them. A service writes to a file instead, of at most
 * 64 MiB and four older ones:
 *
 *     slm_file_options file = { .size = sizeof file, .path = "service.log", .max_bytes = 64 << 20, .keep = 4 };
 *     slm_writer_file(&file, &format.writer);
 */
#include <spanloom/format.h>
#include <spanloom/log.h>
#include <spanloom/trace.h>

#include <errno.h>

static void shave_all(unsigned count)
{
    SLM_SCOPE("shaving_yaks", ("yak_count", count));
    for (unsigned i = 1; i <= count; i++) {
        SLM_SCOPE("shave", ("current_yak", i));
        if (i % 2)
            SLM_INFO("yak shaved successfully");
        else
            SLM_WARN(("error", slm_errno(ENOENT)), "yak shaving failed!");
    }
}

int main(void)
{
    for (int style = SLM_FORMAT_FULL; style <= SLM_FORMAT_TREE; style++) {
        slm_format_options format = { .size = sizeof format,
                                      .style = (slm_format_style)style,
                                      .timer = SLM_TIMER_NONE,
                                      .hide = SLM_SHOW_IDS | SLM_SHOW_FILE | SLM_SHOW_LINE };
        const slm_log_config config = { .size = sizeof config, .directives = "info", .format = &format };
        if (slm_init_log(&config) != SLM_OK)
            return 1;
        shave_all(2);
        if (slm_log_shutdown(1000) != SLM_OK)
            return 1;
    }
    return 0;
}
