/* SPDX-License-Identifier: MIT */
#include "core/install.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include <spanloom/log.h>

#include "core/diagnostics.h"
#include "core/dispatch.h"
#include "core/layers/full.h"

static _Atomic(bool) installed;

static slm_filter *parse(const char *directives, const char *name)
{
    slm_filter_error error;
    slm_filter *filter = slm_filter_parse_lossy(slm_string_from_c(directives), &error);
    if (filter && error.reason)
        slmi_diagnose(SLM_DIAG_CONFIGURATION, "%s: '%.*s' at %zu is %s; it is left out, the rest applies", name,
                      (int)error.directive.len, error.directive.data, error.at, error.reason);
    return filter;
}

static slm_status make(const slmi_installation *in, slm_subscriber **out)
{
    slm_layer full;
    size_t layers = 0;
    slm_filter *log_filter = NULL, *export_filter = NULL;
    if (in->log_directives) {
        log_filter = parse(in->log_directives, in->log_name);
        if (!log_filter || !slmi_layer_full(in->log_fd, log_filter, &full)) {
            slm_filter_free(log_filter);
            return SLM_ERR_NO_MEMORY;
        }
        layers = 1;
    }
    slm_status status = SLM_OK;
    if (in->pipelines) {
        export_filter = parse(in->export_directives ? in->export_directives : "info", in->export_name);
        status = export_filter ? SLM_OK : SLM_ERR_NO_MEMORY;
    }
    if (status == SLM_OK)
        status = slmi_subscriber_make(&full, layers, in->pipelines, export_filter, out);
    if (status != SLM_OK) {
        slm_filter_free(export_filter);
        slm_filter_free(log_filter);
        if (layers)
            full.ops->destroy(full.self);
    }
    return status;
}

slm_status slmi_install(const slmi_installation *installation)
{
    if (atomic_exchange_explicit(&installed, true, memory_order_acq_rel))
        return SLM_ERR_EXISTS;
    slm_subscriber *subscriber = NULL;
    slm_status status = slmi_pool_init(installation->max_records) ? make(installation, &subscriber) : SLM_ERR_NO_MEMORY;
    if (status != SLM_OK) {
        atomic_store_explicit(&installed, false, memory_order_release);
        return status;
    }
    slm_set_global_subscriber(subscriber);
    slm_subscriber_release(subscriber);
    return SLM_OK;
}

void slmi_uninstall(void)
{
    if (!atomic_load_explicit(&installed, memory_order_acquire))
        return;
    slm_set_global_subscriber(NULL);
    atomic_store_explicit(&installed, false, memory_order_release);
}

static const char *variable(const char *name, const char *otherwise)
{
    const char *value = getenv(name);
    return value && *value ? value : otherwise;
}

slm_status slm_init_log(const slm_log_config *config)
{
    slmi_diagnostics_to_stderr(false);
    slmi_installation in = { .log_name = "SPANLOOM_LOG", .log_fd = STDERR_FILENO };
    const char *records = variable("SPANLOOM_MAX_RECORDS", "0");
    char *end = NULL;
    unsigned long count = strtoul(records, &end, 10);
    if (*end == '\0' && count <= SLMI_RECORDS_MAX)
        in.max_records = (uint32_t)count;
    else
        slmi_diagnose(SLM_DIAG_CONFIGURATION,
                      "SPANLOOM_MAX_RECORDS: '%.40s' is not a number up to %d; the default applies", records,
                      SLMI_RECORDS_MAX);
    if (config && config->fd)
        in.log_fd = config->fd;
    in.log_directives = config && config->directives ? config->directives : variable("SPANLOOM_LOG", "info");
    return slmi_install(&in);
}

slm_status slm_log_shutdown(uint32_t timeout_ms)
{
    (void)timeout_ms;
    slmi_uninstall();
    return SLM_OK;
}
