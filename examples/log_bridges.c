/* SPDX-License-Identifier: MIT */
/* Logs both ways. In: a library that logs through a callback, such as rxi's log.c, gets slm_log_bridge(). Out: events
 * go to the logger that the program has, with the ids of their trace and span. */
#include <spanloom/callback.h>
#include <spanloom/log_bridge.h>
#include <spanloom/trace.h>

#include <stdio.h>

/* -- the library: what it logs goes to a callback of the application's ------------------------------------------------
 */

typedef struct {
    va_list ap;
    const char *fmt, *file;
    int line, level;
} log_Event;

static void (*library_callback)(log_Event *event);

static void SLM_PRINTF(3, 4) library_log(int level, int line, const char *format, ...)
{
    log_Event event = { .fmt = format, .file = "lib/shears.c", .line = line, .level = level };
    va_start(event.ap, format);
    library_callback(&event);
    va_end(event.ap);
}

static void library_shave(int yak)
{
    library_log(2, 17, "shears on yak %d", yak);
    library_log(3, 23, "the blades are blunt");
}

/* -- the application --------------------------------------------------------------------------------------------------
 */

static void to_spanloom(log_Event *e)
{
    slm_log_bridge(e->level, e->file, e->line, e->fmt, e->ap);
}

static void to_my_logger(void *user, const slm_callback_event *e)
{
    static const char *const levels[] = { "", "E", "W", "I", "D", "T" };
    slm_string span = e->span ? slm_view_name(e->span) : slm_string_from_c("-");
    fprintf(user, "%s %s:%u [%.*s, %zu + %zu digits] %s\n", levels[e->metadata->level], e->metadata->file.data,
            (unsigned)e->metadata->line, (int)span.len, span.data, strlen(e->trace_id), strlen(e->span_id),
            e->message.data);
}

int main(void)
{
    slm_layer layer;
    slm_subscriber *subscriber;
    if (slm_layer_callback(to_my_logger, stdout, slm_filter_level(SLM_LEVEL_INFO), &layer) != SLM_OK ||
        slm_subscriber_of_layers(&layer, 1, &subscriber) != SLM_OK)
        return 1;
    slm_set_global_subscriber(subscriber);
    library_callback = to_spanloom;

    {
        SLM_SCOPE("request");
        library_shave(1);
    }
    library_shave(2);

    slm_set_global_subscriber(NULL);
    slm_subscriber_release(subscriber);
    return 0;
}
