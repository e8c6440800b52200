/* SPDX-License-Identifier: MIT */
/* Lines by a thread of the log's own: who traces only copies. Errors go to stderr at once as well. The program says
 * when all of it must be on its way, and what was lost. */
#include <spanloom/format.h>
#include <spanloom/log.h>
#include <spanloom/trace.h>

#include <stdio.h>

/* A writer of one's own, to which the thread hands the lines. */
static slm_status print(void *self, const slm_metadata *metadata, slm_string line)
{
    (void)metadata;
    return fwrite(line.data, 1, line.len, self) == line.len ? SLM_OK : SLM_ERR_SYSTEM;
}

static slm_status flush(void *self, uint32_t timeout_ms)
{
    (void)timeout_ms;
    return fflush(self) == 0 ? SLM_OK : SLM_ERR_SYSTEM;
}

static const slm_writer_ops printing = { .size = sizeof printing, .write = print, .flush = flush };

int main(void)
{
    /* 1 MiB of lines may wait; who finds it full waits for 10 ms before its line is dropped. */
    const slm_nonblocking_options buffer = { .size = sizeof buffer, .capacity_bytes = 1 << 20, .wait_ms = 10 };
    slm_writer *buffered;
    if (slm_writer_nonblocking(&buffer, slm_writer_new(&printing, stdout), &buffered) != SLM_OK)
        return 1;

    slm_writer *errors = slm_writer_route(slm_filter_level(SLM_LEVEL_ERROR), slm_writer_fd(2), NULL);
    slm_format_options format = { .size = sizeof format,
                                  .style = SLM_FORMAT_JSON,
                                  .timer = SLM_TIMER_NONE,
                                  .hide = SLM_SHOW_IDS,
                                  .writer = slm_writer_tee(slm_writer_retain(buffered), errors) };
    const slm_log_config config = { .size = sizeof config, .directives = "info", .format = &format };
    if (slm_init_log(&config) != SLM_OK)
        return 1;

    for (int i = 1; i <= 3; i++) {
        SLM_SCOPE("job", ("id", i));
        if (i < 3)
            SLM_INFO(("steps", 10 * i), "done");
        else
            SLM_ERROR("failed");
    }

    slm_writer_stats stats = { .size = sizeof stats };
    slm_status status = slm_log_shutdown(1000);
    slm_writer_stats_read(buffered, &stats);
    slm_writer_release(buffered);
    printf("%s: %llu lines, %llu dropped\n", slm_status_text(status), (unsigned long long)stats.lines,
           (unsigned long long)stats.dropped);
    return status == SLM_OK ? 0 : 1;
}
