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
#include <spanloom/span_limits.h>

#include "core/details.h"
#include "core/alloc.h"
#include "core/diagnostics.h"
#include "core/layering.h"
#include "core/pool.h"

static _Atomic(bool) installed;
static _Atomic(slm_writer *) log_writer; /* a reference of our own, to flush it */
/* The subscriber whose first layer prints, with a reference of our own. Given up before the set-up is undone, and freed
 * when no thread that might have read it is inside the library. */
static _Atomic(slmi_dispatch *) printing;

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
    slm_format_options o = { .size = sizeof o, .style = (slm_format_style)in->log_style };
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

static const char *directives_of(const slmi_installation *in, unsigned pipeline)
{
    if (in->pipeline_directives[pipeline])
        return in->pipeline_directives[pipeline];
    return in->export_directives ? in->export_directives : "info";
}

/* Pipelines of the same directives share one filter, which is asked once for all of them. */
static slm_status make_filters(const slmi_installation *in, slm_filter **log, slm_filter **exports)
{
    if (in->log_directives && !(*log = parse(in->log_directives, in->log_name)))
        return SLM_ERR_NO_MEMORY;
    for (unsigned i = 0; i < in->pipelines; i++) {
        unsigned same = 0;
        while (same < i && strcmp(directives_of(in, same), directives_of(in, i)) != 0)
            same++;
        exports[i] = same < i ? exports[same] : parse(directives_of(in, i), in->export_name);
        if (!exports[i])
            return SLM_ERR_NO_MEMORY;
    }
    return SLM_OK;
}

static void free_filters(const slmi_installation *in, slm_filter *log, slm_filter **exports)
{
    slm_filter_free(log);
    for (unsigned i = 0; i < in->pipelines; i++) {
        bool shared = false;
        for (unsigned j = 0; j < i; j++)
            shared |= exports[j] == exports[i];
        if (!shared)
            slm_filter_free(exports[i]);
    }
}

static slm_status make(const slmi_installation *in, slm_subscriber **out)
{
    if (in->pipelines > SLM_PIPELINES_MAX)
        return SLM_ERR_LIMIT;
    slm_layer log = { .ops = NULL };
    slm_filter *log_filter = NULL;
    slmi_layering layering = { .layers = &log, .exports = in->pipelines, .logs = in->logs, .logs_only = in->logs_only };
    layering.followers = in->followers;
    layering.follower_count = in->follower_count;
    slm_writer *theirs = in->log_format ? in->log_format->writer : NULL;
    slm_status status = make_filters(in, &log_filter, layering.export_filters);
    if (status == SLM_OK && log_filter)
        status = make_log(in, &log);
    log.filter = log_filter;
    layering.count = log_filter ? 1 : 0;
    if (status == SLM_OK)
        status = slmi_subscriber_layered(&layering, out);
    if (status != SLM_OK) {
        free_filters(in, log_filter, layering.export_filters);
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

/* Taken, as was promised, though nothing is printed. */
static void release_writer(const slmi_installation *in)
{
    if (in->log_format && !in->log_directives)
        slm_writer_release(in->log_format->writer);
}

/* Those that no subscriber has. */
static void destroy_followers(const slmi_installation *in)
{
    for (size_t i = 0; i < in->follower_count; i++)
        in->followers[i].ops->destroy(in->followers[i].self);
}

slm_status slmi_install(const slmi_installation *installation)
{
    if (!installation->pipelines && !installation->log_directives) {
        release_writer(installation);
        destroy_followers(installation);
        return SLM_OK;
    }
    if (atomic_exchange_explicit(&installed, true, memory_order_acq_rel)) {
        destroy_followers(installation);
        return SLM_ERR_EXISTS;
    }
    if (installation->limits)
        slm_set_span_limits(installation->limits);
    slm_subscriber *subscriber = NULL;
    slm_status status = slmi_pool_init(installation->max_records) ? make(installation, &subscriber) : SLM_ERR_NO_MEMORY;
    if (status == SLM_OK)
        status = give_sampling(installation, subscriber);
    if (status != SLM_OK) {
        if (subscriber && installation->log_format && installation->log_directives)
            (void)slm_writer_retain(installation->log_format->writer); /* which stays the caller's */
        if (!subscriber)
            destroy_followers(installation);
        slm_subscriber_release(subscriber);
        atomic_store_explicit(&installed, false, memory_order_release);
        return status;
    }
    if (installation->pipelines && installation->details)
        slmi_details_ask(subscriber, installation->details);
    release_writer(installation);
    if (installation->log_directives) {
        slmi_dispatch *d = (slmi_dispatch *)subscriber;
        atomic_fetch_add_explicit(&d->references, 1, memory_order_relaxed);
        atomic_store_explicit(&printing, d, memory_order_release);
    }
    slm_set_global_subscriber(subscriber);
    slm_subscriber_release(subscriber);
    return SLM_OK;
}

slm_status slmi_uninstall_flushed(uint32_t timeout_ms)
{
    if (!atomic_load_explicit(&installed, memory_order_acquire))
        return SLM_OK;
    slm_subscriber_release((slm_subscriber *)atomic_exchange_explicit(&printing, NULL, memory_order_acq_rel));
    slm_set_global_subscriber(NULL);
    slm_writer *writer = atomic_exchange_explicit(&log_writer, NULL, memory_order_acq_rel);
    slm_status status = slm_writer_flush(writer, timeout_ms);
    slm_writer_release(writer);
    atomic_store_explicit(&installed, false, memory_order_release);
    return status;
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

bool slmi_style_named(const char *name, unsigned *style)
{
    static const struct {
        const char *name;
        slm_format_style style;
    } styles[] = { { "full", SLM_FORMAT_FULL },
                   { "compact", SLM_FORMAT_COMPACT },
                   { "pretty", SLM_FORMAT_PRETTY },
                   { "json", SLM_FORMAT_JSON },
                   { "tree", SLM_FORMAT_TREE } };
    for (size_t i = 0; i < sizeof styles / sizeof *styles; i++) {
        if (strcmp(name, styles[i].name) != 0)
            continue;
        *style = styles[i].style;
        return true;
    }
    return false;
}

static unsigned style_wanted(void)
{
    unsigned style = SLM_FORMAT_FULL;
    const char *name = variable("SPANLOOM_LOG_FORMAT", "full");
    if (!slmi_style_named(name, &style))
        slmi_diagnose(SLM_DIAG_CONFIGURATION, "SPANLOOM_LOG_FORMAT: no format is named '%.40s'; full applies", name);
    return style;
}

slm_status slm_init_log(const slm_log_config *config)
{
    slm_log_config c = { .size = sizeof c };
    if (config)
        memcpy(&c, config, config->size < sizeof c ? config->size : sizeof c);
    slmi_diagnostics_to_stderr(false);
    if (!slmi_memory_limit_read())
        slmi_diagnose(SLM_DIAG_CONFIGURATION, "SPANLOOM_MEMORY_LIMIT is not a number of bytes; there is no limit");
    slmi_installation in = { .log_name = "SPANLOOM_LOG", .log_fd = c.fd ? c.fd : STDERR_FILENO };
    in.max_records = records_wanted();
    in.log_directives = c.directives ? c.directives : variable("SPANLOOM_LOG", "info");
    in.log_format = c.format;
    if (!c.format)
        in.log_style = style_wanted();
    return slmi_install(&in);
}

slm_status slm_log_shutdown(uint32_t timeout_ms)
{
    return slmi_uninstall_flushed(timeout_ms);
}

slm_status slm_log_reload(const char *directives)
{
    slmi_thread *self = slmi_thread_get();
    if (!directives || !self)
        return SLM_ERR_INVALID_ARGUMENT;
    slm_filter *filter = parse(directives, "slm_log_reload()");
    if (!filter)
        return SLM_ERR_NO_MEMORY;
    uint64_t outer = slmi_guard(self);
    slmi_dispatch *d = atomic_load_explicit(&printing, memory_order_acquire);
    slm_status status = d ? slm_subscriber_reload((slm_subscriber *)d, 0, filter) : SLM_ERR_NOT_FOUND;
    slmi_unguard(self, outer);
    if (status != SLM_OK)
        slm_filter_free(filter);
    return status;
}
