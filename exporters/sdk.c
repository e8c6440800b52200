/* SPDX-License-Identifier: MIT */
#include <spanloom/sdk.h>

#include <spanloom/filter.h>

#include "core/diagnostics.h"
#include "core/install.h"
#include "core/propagators_names.h"
#include "exporters/config.h"
#include "exporters/curl_process.h"
#include "exporters/deadline.h"
#include "exporters/drive.h"
#include "exporters/machine.h"
#include "exporters/processors.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

/* Exit handlers run in the reverse order of their registration. libcurl and its TLS library register theirs inside
 * curl_global_init(), here or before in the host; ours comes after, so that the thread has ended before they take down
 * what it uses. */
static bool prepare_process(bool curl_is_ready)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    static bool initialized, hooked;
    pthread_mutex_lock(&mutex);
    initialized = initialized || curl_is_ready || slmi_curl_prepare();
    hooked = hooked || (initialized && atexit(slmi_drive_exit) == 0);
    bool prepared = hooked;
    pthread_mutex_unlock(&mutex);
    return prepared;
}

/* Hands the layers to the core: what is printed, what is exported, and for how many pipelines. */
static slm_status install_layers(const slmi_settings *settings, const slm_config *config, unsigned pipelines)
{
    const struct slm_layer *followers;
    size_t follower_count;
    slm_status status = slmi_processors_make(pipelines > 0 ? config : NULL, &followers, &follower_count);
    if (status != SLM_OK)
        return status;
    slmi_installation installation = {
        .log_directives = settings->log_filter,
        .log_name = "SPANLOOM_LOG",
        .log_fd = STDERR_FILENO,
        .log_format = settings->log_format,
        .log_style = settings->log_style,
        .details = settings->details,
        .export_directives = settings->export_filter,
        .export_name = "SPANLOOM_EXPORT",
        .pipelines = pipelines,
        .followers = followers,
        .follower_count = follower_count,
        .sampler = settings->sampler,
        .ids = settings->ids,
        .max_records = settings->max_records,
        .limits = &settings->limits,
    };
    for (unsigned i = 0, at = pipelines - settings->pipeline_count; i < settings->pipeline_count; i++, at++) {
        installation.pipeline_directives[at] = settings->pipelines[i]->export_filter;
        installation.logs |= settings->pipelines[i]->logs ? UINT32_C(1) << at : 0;
    }
    installation.logs_only = settings->logs_only;
    return slmi_install(&installation);
}

/* A kind of diagnostic is told once a minute, so what is wrong with the filters belongs into the same line as all else.
 */
static void complain_of_filter(const char *name, const char *directives, slmi_complaints *complaints)
{
    slm_filter_error error = { .reason = NULL };
    if (!directives)
        return;
    slm_filter_free(slm_filter_parse_lossy(slm_string_from_c(directives), &error));
    if (error.reason)
        slmi_complain(complaints, "%s: \"%.*s\" is left out: %s", name,
                      (int)(error.directive.len < 60 ? error.directive.len : 60), error.directive.data, error.reason);
}

static void tell(const slmi_settings *settings, slmi_complaints *complaints)
{
    char line[480];
    slmi_diagnostics_to_stderr(settings->quiet);
    complain_of_filter("SPANLOOM_LOG", settings->log_filter, complaints);
    complain_of_filter("SPANLOOM_EXPORT", settings->export_filter, complaints);
    for (unsigned i = 0; i < settings->pipeline_count; i++)
        complain_of_filter("config.pipelines.filter", settings->pipelines[i]->export_filter, complaints);
    if (complaints->len > 0)
        slmi_diagnose(SLM_DIAG_CONFIGURATION, "%s", complaints->text);
    if (settings->show) {
        slmi_settings_show(settings, line, sizeof line);
        slmi_diagnose(SLM_DIAG_CONFIG_SHOWN, "%s", line);
    }
}

slm_status slm_init(const slm_config *config)
{
    slmi_complaints complaints = { .len = 0 };
    slm_status status;
    slmi_settings *settings = slmi_settings_read(config, &complaints, &status);
    if (!settings)
        return status;
    tell(settings, &complaints);
    slmi_propagators_names_read();

    unsigned pipelines = slmi_machine_pipelines(settings);
    bool prepared = pipelines == 0 || prepare_process(settings->curl_is_ready);
    status = prepared ? slmi_drive_start(settings) : SLM_ERR_SYSTEM;
    if (status != SLM_OK) {
        slmi_settings_free(settings);
        return status;
    }
    status = install_layers(settings, config, pipelines);
    if (status != SLM_OK)
        slmi_drive_shutdown(0);
    else
        slmi_processors_commit();
    return status;
}

/* Rounded up: who asked for 100 ms is not answered after 99. */
static uint32_t left_ms(uint64_t due)
{
    return due == SLMI_NEVER ? SLM_ENDLESS_MS : (uint32_t)slmi_deadline_poll_ms(slmi_deadline_now(), due);
}

slm_status slm_flush(uint32_t timeout_ms)
{
    uint64_t due = slmi_deadline_after(slmi_deadline_now(), timeout_ms);
    slm_status processed = slmi_processors_flush(timeout_ms);
    slm_status status = slmi_drive_flush(left_ms(due));
    return status == SLM_OK ? processed : status;
}

slm_status slm_shutdown(uint32_t timeout_ms)
{
    uint64_t due = slmi_deadline_after(slmi_deadline_now(), timeout_ms);
    slm_status processed = slmi_processors_flush(timeout_ms);
    slm_status status = slmi_drive_shutdown(left_ms(due));
    if (status != SLM_OK && status != SLM_ERR_UNDELIVERED && status != SLM_ERR_TIMED_OUT)
        return status;
    slm_status printed = slmi_uninstall_flushed(left_ms(due)); /* what is printed may wait in a writer, too */
    if (status == SLM_OK)
        status = processed;
    return status == SLM_OK ? printed : status;
}
