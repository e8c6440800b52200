/* SPDX-License-Identifier: MIT */
#include "core/install.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <spanloom/format.h>
#include <spanloom/id_generator.h>
#include <spanloom/log.h>
#include <spanloom/sampler.h>

#include "core/diagnostics.h"
#include "core/dispatch.h"

static _Atomic(bool) installed;
static _Atomic(slm_writer *) log_writer; /* a reference of our own, to flush it */

static slm_filter *parse(const char *directives, const char *name)
{
    slm_filter_error error;
    slm_filter *filter = slm_filter_parse_lossy(slm_string_from_c(directives), &error);
    if (filter && error.reason)
        slmi_diagnose(SLM_DIAG_CONFIGURATION, "%s: '%.*s' at %zu is %s; it is left out, the rest applies", name,
                      (int)error.directive.len, error.directive.data, error.at, error.reason);
    return filter;
}

/* The layer that prints, without its filter. On failure the caller's writer is still the caller's. */
static slm_status make_log(const slmi_installation *in, slm_layer *out)
{
    slm_format_options o = { .size = sizeof o };
    if (in->log_format)
        memcpy(&o, in->log_format, in->log_format->size < sizeof o ? in->log_format->size : sizeof o);
    slm_writer *ours = o.writer ? NULL : slm_writer_fd(in->log_fd);
    if (!o.writer)
        o.writer = ours;
    if (!o.writer)
        return SLM_ERR_NO_MEMORY;
    slm_writer *kept = slm_writer_retain(o.writer);
    slm_status status = slm_layer_format(&o, NULL, out);
    if (status != SLM_OK) {
        slm_writer_release(kept);
        slm_writer_release(ours);
        return status;
    }
    slm_writer_release(atomic_exchange_explicit(&log_writer, kept, memory_order_acq_rel));
    return SLM_OK;
}

static slm_status make_filters(const slmi_installation *in, slm_filter **log, slm_filter **export)
{
    if (in->log_directives && !(*log = parse(in->log_directives, in->log_name)))
        return SLM_ERR_NO_MEMORY;
    if (in->pipelines && !(*export = parse(in->export_directives ? in->export_directives : "info", in->export_name)))
        return SLM_ERR_NO_MEMORY;
    return SLM_OK;
}

static slm_status make(const slmi_installation *in, slm_subscriber **out)
{
    slm_layer log = { .ops = NULL };
    slm_filter *log_filter = NULL, *export_filter = NULL;
    slm_writer *theirs = in->log_format ? in->log_format->writer : NULL;
    slm_status status = make_filters(in, &log_filter, &export_filter);
    if (status == SLM_OK && log_filter)
        status = make_log(in, &log);
    log.filter = log_filter;
    if (status == SLM_OK)
        status = slmi_subscriber_make(&log, log_filter ? 1 : 0, in->pipelines, export_filter, out);
    if (status != SLM_OK) {
        slm_filter_free(export_filter);
        slm_filter_free(log_filter);
        if (log.ops) {
            (void)slm_writer_retain(theirs); /* which the layer took, and the caller keeps */
            log.ops->destroy(log.self);
        }
    }
    return status;
}

/* On failure it has none of them. The generator last: once given, it is destroyed with the subscriber. */
static slm_status give_sampling(const slmi_installation *in, slm_subscriber *subscriber)
{
    slm_status status = in->sampler ? slm_subscriber_set_sampler(subscriber, in->sampler) : SLM_OK;
    if (status == SLM_OK && in->ids)
        status = slm_subscriber_set_id_generator(subscriber, in->ids);
    return status;
}

slm_status slmi_install(const slmi_installation *installation)
{
    if (atomic_exchange_explicit(&installed, true, memory_order_acq_rel))
        return SLM_ERR_EXISTS;
    slm_subscriber *subscriber = NULL;
    slm_status status = slmi_pool_init(installation->max_records) ? make(installation, &subscriber) : SLM_ERR_NO_MEMORY;
    if (status == SLM_OK)
        status = give_sampling(installation, subscriber);
    if (status != SLM_OK) {
        if (subscriber && installation->log_format)
            (void)slm_writer_retain(installation->log_format->writer); /* which stays the caller's */
        slm_subscriber_release(subscriber);
        atomic_store_explicit(&installed, false, memory_order_release);
        return status;
    }
    slm_set_global_subscriber(subscriber);
    slm_subscriber_release(subscriber);
    return SLM_OK;
}

slm_status slmi_uninstall_flushed(uint32_t timeout_ms)
{
    if (!atomic_load_explicit(&installed, memory_order_acquire))
        return SLM_OK;
    slm_set_global_subscriber(NULL);
    slm_writer *writer = atomic_exchange_explicit(&log_writer, NULL, memory_order_acq_rel);
    slm_status status = slm_writer_flush(writer, timeout_ms);
    slm_writer_release(writer);
    atomic_store_explicit(&installed, false, memory_order_release);
    return status;
}

void slmi_uninstall(void)
{
    (void)slmi_uninstall_flushed(0);
}

static const char *variable(const char *name, const char *otherwise)
{
    const char *value = getenv(name);
    return value && *value ? value : otherwise;
}

static uint32_t records_wanted(void)
{
    const char *records = variable("SPANLOOM_MAX_RECORDS", "0");
    char *end = NULL;
    unsigned long count = strtoul(records, &end, 10);
    if (*end == '\0' && count <= SLMI_RECORDS_MAX)
        return (uint32_t)count;
    slmi_diagnose(SLM_DIAG_CONFIGURATION, "SPANLOOM_MAX_RECORDS: '%.40s' is not a number up to %d; the default applies",
                  records, SLMI_RECORDS_MAX);
    return 0;
}

slm_status slm_init_log(const slm_log_config *config)
{
    slm_log_config c = { .size = sizeof c };
    if (config)
        memcpy(&c, config, config->size < sizeof c ? config->size : sizeof c);
    slmi_diagnostics_to_stderr(false);
    slmi_installation in = { .log_name = "SPANLOOM_LOG", .log_fd = c.fd ? c.fd : STDERR_FILENO };
    in.max_records = records_wanted();
    in.log_directives = c.directives ? c.directives : variable("SPANLOOM_LOG", "info");
    in.log_format = c.format;
    return slmi_install(&in);
}

slm_status slm_log_shutdown(uint32_t timeout_ms)
{
    return slmi_uninstall_flushed(timeout_ms);
}
