/* SPDX-License-Identifier: MIT */
/* What a GLib program logs, as events of the span it is in: one call in main(). */
#define G_LOG_DOMAIN         "yaks"
#define G_LOG_USE_STRUCTURED 1
#include <spanloom/glib_log.h>
#include <spanloom/log.h>
#include <spanloom/trace.h>

int main(void)
{
    slm_init_log(NULL);
    g_log_set_writer_func(slm_glib_log_writer, NULL, NULL);
    {
        SLM_SCOPE("request", ("id", 7));
        g_message("shaving %d yaks", 3);
        g_log_structured(G_LOG_DOMAIN, G_LOG_LEVEL_WARNING, "YAK", "Frieda", "MESSAGE", "got away");
    }
    slm_log_shutdown(1000);
    return 0;
}
